#!/bin/sh
# SPDX-License-Identifier: ISC
# A stranger on the way throws what he can at a running daemon: noise, spoilt
# and repeated copies of what he saw, forged IKE answers, forged ESP, OSPF
# without authentication, ICMP that lies.  Nobody dies, no adjacency and no SA
# is lost, pings go on, and each kind is counted.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3

two_sites
OSPF="dead 4  hello 1s"
conf 203.0.113.1 198.51.100.7

cat >"$W/attack.py" <<'END'
# In the router: sees everything that goes to London, sends as Tokyo.
import random, socket, struct, sys, time
rnd = random.Random(7)
LONDON, TOKYO = '203.0.113.1', '198.51.100.7'
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
tap.settimeout(0.05)
def cs(b):
    if len(b) % 2: b += b'\0'
    s = sum(struct.unpack('!%dH' % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
def send(proto, body, src=TOKYO, tos=0):
    h = struct.pack('!BBHHHBBH4s4s', 0x45, tos, 20 + len(body), rnd.randrange(65536), 0, 60, proto, 0,
        socket.inet_aton(src), socket.inet_aton(LONDON))
    try: raw.sendto(h + body, (LONDON, 0))
    except OSError: pass
def udp(port, data, sport=None):
    send(17, struct.pack('!HHHH', sport or port, port, 8 + len(data), 0) + data)
def noise(n): return bytes(rnd.randrange(256) for _ in range(n))
seen, end = [], time.time() + 6
while time.time() < end:
    try: p = tap.recv(65535)
    except socket.timeout: p = None
    if p and p[16:20] == socket.inet_aton(LONDON) and p[9] in (17, 50):
        body = p[(p[0] & 15) * 4:]
        seen.append((p[9], body))
        send(p[9], body)                                    # repeated
        b = bytearray(body); b[rnd.randrange(8, len(b))] ^= 1 << rnd.randrange(8)
        send(p[9], bytes(b))                                # spoilt
        if p[9] == 50 and len(b) > 8:                       # a number to come
            b[4:8] = struct.pack('!I', struct.unpack('!I', body[4:8])[0] + 1000)
            send(50, bytes(b))
        send(p[9], body[:rnd.randrange(len(body))])         # cut off
        send(p[9], body, tos=3)
    udp(500, noise(rnd.randrange(300)))
    udp(4500, noise(rnd.randrange(300)))
    udp(4500, b'\0\0\0\0' + noise(rnd.randrange(300)))
    h = bytearray(noise(28 + rnd.randrange(200))); h[17] = 0x20; h[18] = rnd.choice([34, 35, 36, 37])
    h[24:28] = struct.pack('!I', len(h)); udp(500, bytes(h))
    h[8:16] = bytes(8); h[18] = 34; h[19] = 8; h[20:24] = bytes(4); h[16] = 33; udp(500, bytes(h))
    send(50, noise(rnd.randrange(200)))
    send(50, struct.pack('!II', rnd.randrange(2**32), rnd.randrange(2**32)) + noise(64))
    send(47, b'\0\0\x08\0' + noise(40))                     # GRE in clear
    send(89, struct.pack('!BBH', 2, rnd.randrange(1, 6), 44) + noise(40))
    if seen:
        proto, body = rnd.choice(seen[-200:])
        q = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(body), 0, 0, 60, proto, 0,
            socket.inet_aton(LONDON), socket.inet_aton(TOKYO)) + body[:8]
        for t, c, m in ((3, 4, 68), (3, 3, 0), (3, 2, 0), (3, 1, 0)):
            ic = struct.pack('!BBHHH', t, c, 0, 0, m) + q
            send(1, ic[:2] + struct.pack('!H', cs(ic)) + ic[4:], src='198.51.100.8')
        if rnd.randrange(20) == 0:
            send(*rnd.choice(seen))
print(len(seen))
END

daemon london; london=$pid
daemon tokyo
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping"
# what crossed at the start is settled
number() { ctl london -j show counters | grep -o "\"name\":\"$1\",\"n\":[0-9]*" | cut -d : -f 3; }
one() { [ "$(spis london | wc -l)" = 1 ] && [ "$(number "ike sas up")" -le $((1 + $(number collisions))) ]; }
poll 20 one || die "more than one pair"
before=$(spis london)
in_ns london-lan ping -D -i 0.02 -c 300 -s 400 10.2.0.10 >"$W/ping" 2>&1 & p=$!
PID_LIST="$PID_LIST $p"
in_ns r python3 "$W/attack.py" >"$W/attack" 2>&1 || die "attack: $(cat "$W/attack")"
wait "$p" || :
[ "$(cat "$W/attack")" -gt 100 ] || die "the stranger saw little: $(cat "$W/attack")"
lossless "$W/ping" 300 || die "pings: $(tail -n 3 "$W/ping")"
! grep -q "duplicates" "$W/ping" || die "repeated packets got in: $(cat "$W/ping")"
[ "$(spis london)" = "$before" ] || die "SAs: $before, now $(spis london)"
full || die "adjacency lost"
[ -z "$(ctl london -j show processes | grep -o '"restarts":[1-9]')" ] ||
    die "a process died: $(ctl london show processes)"
! ctl london show events | grep -qE "FULL -> |full: lost" || die "flapped: $(ctl london show events)"
ctl london show counters >"$W/counters"
count() { grep -qE "^$1 +[1-9][0-9]* .*$2" "$W/counters" || die "not counted: $1 $2: $(cat "$W/counters")"; }
count ike "no non-esp marker|unknown ike spi"
count ike "payload|header"
count esp "replay"
count esp "auth"
count esp "spi"
say "nobody was harmed; $(cat "$W/attack") packets were seen by the stranger"
ip -n "$P-london" -o link show gs-tokyo | grep -q " mtu 1442 " ||
    say "a lie about the path MTU was believed: $(ip -n "$P-london" -o link show gs-tokyo | cut -c 1-80)"
stop "$london"
