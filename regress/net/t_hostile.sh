#!/bin/sh
# SPDX-License-Identifier: ISC
# A stranger on the way throws what he can at a running daemon: noise, spoilt
# and repeated copies of what he saw, forged IKE answers, forged ESP, OSPF
# without authentication, GRE in clear, ICMP that lies.  Nobody dies, no
# adjacency and no SA is lost, pings go on, nothing of it reaches the LAN, what a
# lie about the MTU may do is bounded, and each kind is counted.
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
def ip(proto, src, dst, body):
    h = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(body), 7, 0, 60, proto, 0, socket.inet_aton(src), socket.inet_aton(dst))
    return h[:10] + struct.pack('!H', cs(h)) + h[12:] + body
def icmp(t, c, m, q, src):
    b = struct.pack('!BBHHH', t, c, 0, 0, m) + q
    send(1, b[:2] + struct.pack('!H', cs(b)) + b[4:], src=src)
def noise(n): return bytes(rnd.randrange(256) for _ in range(n))
# what is in GRE in clear: a ping for the LAN, and a Hello that is well formed
echo = struct.pack('!BBHHH', 8, 0, 0, 99, 1) + b'hostile'
echo = echo[:2] + struct.pack('!H', cs(echo)) + echo[4:]
ping = ip(1, '10.2.0.99', '10.1.0.10', echo)
hello = struct.pack('!BBH4s4sHHQ', 2, 1, 44, b'\0\0\0\2', b'\0' * 4, 0, 0, 0) + struct.pack('!4sHBBI4s4s', b'\xff' * 4, 1, 2, 1, 4, b'\0' * 4, b'\0' * 4)
hello = hello[:12] + struct.pack('!H', cs(hello[:16] + hello[24:])) + hello[14:]
if sys.argv[1:]:        # nothing but this: about a packet of London's, or as if
    tap.settimeout(10)
    p = bytes(20)
    while p[12:20] != socket.inet_aton(LONDON) + socket.inet_aton(TOKYO) or p[9] != 50:
        p = tap.recv(65535)
    for _ in range(20):
        icmp(3, 4, 576, p[:20] + (bytes(8) if sys.argv[1] == 'zeros' else p[20:28]), '203.0.113.2')
        time.sleep(0.02)
    sys.exit()
seen, lies, end = [], 0, time.time() + 6
while time.time() < end:
    try: p = tap.recv(65535)
    except socket.timeout: p = None
    if p and p[12:20] == socket.inet_aton(LONDON) + socket.inet_aton(TOKYO) and p[9] == 50:
        # London's own packet, said to be too large by the first router
        for m in (0, 68, 300): icmp(3, 4, m, p[:28], '203.0.113.2')
        lies += 1
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
    send(47, b'\0\0\x08\0' + ping)
    send(47, b'\0\0\x08\0' + ip(89, '172.31.0.2', '224.0.0.5', hello))
    send(89, hello)
    send(89, struct.pack('!BBH', 2, rnd.randrange(1, 6), 44) + noise(40))
    if seen:
        proto, body = rnd.choice(seen[-200:])
        q = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(body), 0, 0, 60, proto, 0,
            socket.inet_aton(LONDON), socket.inet_aton(TOKYO)) + body[:8]
        for t, c, m in ((3, 4, 68), (3, 3, 0), (3, 2, 0), (3, 1, 0)):
            icmp(t, c, m, q, '198.51.100.8')
        if rnd.randrange(20) == 0:
            send(*rnd.choice(seen))
print(len(seen), lies)
END

daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping"
# what crossed at the start is settled
number() { ctl london -j show counters | grep -o "\"name\":\"$1\",\"n\":[0-9]*" | cut -d : -f 3; }
one() { [ "$(spis london | wc -l)" = 1 ] && [ "$(number "ike sas up")" -le $((1 + $(number collisions))) ]; }
poll 20 one || die "more than one pair"
before=$(spis london)
in_ns london-lan ping -D -i 0.02 -c 300 -s 400 10.2.0.10 >"$W/ping" 2>&1 & p=$!
PID_LIST="$PID_LIST $p"
bg london-lan "$W/lan.log" "$B/regress/tools/capture" -i 10.2.0.99/32 -o "$W/lan"; lan=$pid
poll 5 grep -q ready "$W/lan.log" || die "capture did not start"
in_ns r python3 "$W/attack.py" >"$W/attack" 2>&1 || die "attack: $(cat "$W/attack")"
wait "$p" || :
stop "$lan"
read -r n lies <"$W/attack"
[ "$n" -gt 100 ] && [ "$lies" -gt 100 ] || die "the stranger saw little: $(cat "$W/attack")"
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
count esp "gre-in-clear"
# who sends GRE in clear is named; nothing of it came to the LAN or to OSPF
grep -q "clear 0$" "$W/lan" || die "GRE in clear was delivered: $(cat "$W/lan")"
n=$(ctl london show neighbors | grep -c FULL/P2P) || :
[ "$n" = 1 ] || die "a neighbor by Hellos in clear: $(ctl london show neighbors)"
ctl london diagnose tokyo >"$W/out" || :
grep -q "no clear .* GRE packets came in clear, dropped" "$W/out" || die "diagnose: $(cat "$W/out")"
tr -s '\n ' ' ' <"$W/out" | grep -q "there: its IPsec must require ESP for protocol 47 to 203.0.113.1" ||
    die "diagnose: $(cat "$W/out")"
ctl london show >"$W/out" || :
tr -s '\n ' ' ' <"$W/out" | grep -q "came in clear and were dropped" || die "show: $(cat "$W/out")"
# the smallest path that is believed is 576
grep -q "MTU 1442 -> 518 (path 576)" "$W/london/log" || die "no lie about the MTU was believed"
low=$(sed -n 's/.*MTU [0-9]* -> \([0-9]*\) (path.*/\1/p' "$W/london/log" | sort -n | head -n 1)
[ "$low" = 518 ] || die "a lie about the path MTU made it $low"
say "nobody was harmed; the stranger saw $(cat "$W/attack") packets in and out"
stop "$london"; stop "$tokyo"

# an MTU that is fixed: a lie about the path costs nothing, and one that does not
# quote an SPI of ours is no news at all
sed -i 's|tunnels 172.31.0.0/22|& mtu 1400|' "$W/conf"
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "fixed MTU: not FULL"
poll 5 ping_lan || die "fixed MTU: no ping"
path() { ctl london -j show tunnels | grep -o '"path_mtu":[0-9]*' | cut -d : -f 2; }
lowered() { [ "$(path)" = 576 ]; }
in_ns r python3 "$W/attack.py" zeros || die "no packet of London's"
! poll 1 lowered || die "ICMP that quotes zeros was believed"
[ "$(path)" = 1500 ] || die "fixed MTU: path $(path)"
in_ns r python3 "$W/attack.py" real || die "no packet of London's"
poll 5 lowered || die "fixed MTU: path $(path), a lie was not heard at all"
in_ns london-lan ping -q -c 20 -i 0.01 -M want -s 1372 10.2.0.10 >"$W/ping" ||
    die "a lie about the path cuts off what is large: $(cat "$W/ping")"
[ "$(number too-big)" = 0 ] || die "a lie about the path: $(number too-big) packets dropped"
say "fixed MTU: a lie about the path costs nothing"
stop "$london"; stop "$tokyo"
