#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""grebox.py [ADDRESS PEER [INTERVAL TRIES]]: a GRE box without IPsec of its own:
answers pings to 10.0.0.2 inside GRE from PEER, and sends keepalives as routers do:
GRE that holds the answer, an IP packet back to us.  Its interface is up from the
first answer on until TRIES in a row, INTERVAL s apart, found none.  Without these
it sends one only where something came in, so nothing while there is no SA."""
import select, socket, struct, sys, time
me, peer = sys.argv[1:3] or ('198.51.100.130', '198.51.100.1')
timed = len(sys.argv) > 4
interval, tries = (float(sys.argv[3]), int(sys.argv[4])) if timed else (0.3, 3)
def cs(b):
    if len(b) % 2: b += b'\0'
    s = sum(struct.unpack('!%dH' % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
s.bind((me, 0))
ka = struct.pack('!BBHHHBBH4s4s', 0x45, 0xc0, 24, 1, 0, 255, 47, 0,
    socket.inet_aton(peer), socket.inet_aton(me))
ka = ka[:10] + struct.pack('!H', cs(ka)) + ka[12:] + b'\0\0\0\0'
due, up, unanswered = time.time(), False, 0
def send(gre):
    # what has no SA is refused here where a filter says so: then it is lost
    try: s.sendto(gre, (peer, 0))
    except OSError: pass
def keepalive():
    global due, up, unanswered
    if time.time() < due: return
    due = time.time() + interval
    if up and unanswered >= tries:
        up = False
        print('interface down', flush=True)
    unanswered += 1
    send(b'\0\0\x08\0' + ka)
while True:
    if timed: keepalive()
    if timed and not select.select([s], [], [], max(0, due - time.time()))[0]: continue
    p = s.recv(65535)
    g = p[(p[0] & 15) * 4:]
    if g == b'\0\0\0\0':
        print('keepalive answered', flush=True)
        unanswered = 0
        if not up: print('interface up', flush=True)
        up = True
        continue
    if not timed: keepalive()
    if g[:4] != b'\0\0\x08\0' or len(g) < 4 + 28: continue
    ip = bytearray(g[4:])
    if ip[9] != 1 or ip[20] != 8 or bytes(ip[16:20]) != bytes([10, 0, 0, 2]): continue
    ip[12:16], ip[16:20] = ip[16:20], ip[12:16]
    ip[10:12] = b'\0\0'; ip[10:12] = struct.pack('!H', cs(bytes(ip[:20])))
    ip[20] = 0; ip[22:24] = b'\0\0'
    n = struct.unpack('!H', ip[2:4])[0]
    ip[22:24] = struct.pack('!H', cs(bytes(ip[20:n])))
    send(g[:4] + bytes(ip[:n]))
