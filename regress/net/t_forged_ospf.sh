#!/bin/sh
# SPDX-License-Identifier: ISC
# An insider with the OSPF key sends what no router would, through the tunnel
# itself, at a running daemon: headers, Hellos, database descriptions, requests,
# updates and LSAs that are wrong.  Nobody dies, none of it is acknowledged that
# may not be, no forged route is taken that RFC 2328 does not allow, our own LSA
# is fought back, and the adjacency stays.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
OSPF="dead 8  hello 2s"
conf 203.0.113.1 198.51.100.7

cat >"$W/forge.py" <<'END'
# In Tokyo, on the tunnel to London; speaks with Tokyo's router id, key and the
# number that Tokyo used last, so that Tokyo's own packets still pass.
import hashlib, os, random, socket, struct, sys, time
rnd = random.Random(11)
IF, US, TOKYO, LONDON = 'gs-london', '172.31.0.2', '0.0.0.2', '0.0.0.1'
KEY = b'0123456789abcdef'
A = socket.inet_aton
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
raw.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, IF.encode())
raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, A(US))
raw.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
tap.bind((IF, 3)); tap.settimeout(0.02)
seq, acks = 0, []
def listen(t=0.02):
    """Tokyo's number, and what London acknowledges."""
    global seq
    end = time.time() + t
    while time.time() < end:
        try: p, a = tap.recvfrom(65535)
        except OSError: continue
        if p[9] != 89: continue
        o = p[(p[0] & 15) * 4:]
        if len(o) < 24: continue
        if p[12:16] == A(US): seq = max(seq, struct.unpack('!I', o[20:24])[0])
        elif o[1] == 5:
            for i in range(24, struct.unpack('!H', o[2:4])[0] - 19, 20): acks.append(o[i:i + 20])
def pkt(kind, body, rid=TOKYO, area='0.0.0.0', ver=2, length=None, au=2, kid=1, aulen=16, key=KEY, n=None, digest=None):
    n = seq if n is None else n
    h = struct.pack('!BBH', ver, kind, 24 + len(body) if length is None else length) + A(rid) + A(area) + \
        struct.pack('!HHHBBI', 0, au, 0, kid, aulen, n)
    p = h + body
    return p + (hashlib.md5(p + key.ljust(16, b'\0')).digest() if digest is None else digest)
def send(p, dst='224.0.0.5'):
    listen()
    try: raw.sendto(p() if callable(p) else p, (dst, 0))
    except OSError: pass
def go(kind, body, dst='224.0.0.5', **k): send(lambda: pkt(kind, body, **k), dst)
def hello(nbrs=(LONDON,), mask='255.255.255.252', iv=2, dead=8, opt=2):
    return A(mask) + struct.pack('!HBBI', iv, opt, 1, dead) + bytes(8) + b''.join(A(x) for x in nbrs)
def fletcher(b):
    c0 = c1 = 0
    for i, x in enumerate(b[2:]):
        c0 = (c0 + (0 if i in (14, 15) else x)) % 255; c1 = (c1 + c0) % 255
    off, n = 14, len(b) - 2
    x = ((n - off - 1) * c0 - c1) % 255
    if x <= 0: x += 255
    y = 510 - c0 - x
    if y > 255: y -= 255
    return bytes([x, y])
def lsa(kind, lsid, adv, body, num=0x80000010, age=1, length=None, bad=False):
    b = struct.pack('!HBB', age, 2, kind) + A(lsid) + A(adv) + struct.pack('!IHH', num & 0xffffffff, 0,
        20 + len(body) if length is None else length) + body
    c = fletcher(b) if len(b) > 20 else b'\1\1'
    if bad: c = bytes([c[0] ^ 0xff, c[1]])
    return b[:16] + c + b[18:]
def lsu(*ls, n=None): return struct.pack('!I', len(ls) if n is None else n) + b''.join(ls)
def router(*links, flags=0, n=None):
    return struct.pack('!BBH', flags, 0, len(links) if n is None else n) + b''.join(links)
def link(kind, lid, data, metric=1, tos=0): return A(lid) + A(data) + struct.pack('!BBH', kind, tos, metric)
def acked(adv, kind):
    return any(a[3] == kind and a[8:12] == A(adv) for a in acks)
listen(3)
assert seq, 'Tokyo was not heard'
bad = 0
def expect(ok, what):
    global bad
    if not ok: print(what); bad += 1
# --- headers
for k in (dict(ver=3), dict(length=10), dict(length=2000), dict(area='0.0.0.9'), dict(rid='0.0.0.0'), dict(rid=LONDON),
        dict(au=0), dict(au=1), dict(kid=9), dict(aulen=15), dict(aulen=17), dict(aulen=0), dict(key=b'wrong'),
        dict(digest=b'\0' * 16), dict(digest=b''), dict(digest=b'\0' * 7)):
    go(1, hello(), **k)
for kind in (0, 6, 10, 255): go(kind, hello())
go(1, hello(), dst='172.31.0.1')
go(1, hello(), dst='224.0.0.6')
for n in (0, 1, 5): go(1, hello(), n=n)
# --- Hellos: truncated at every byte, other intervals, options
for i in range(20): go(1, hello()[:i])
for k in (dict(iv=30), dict(dead=99), dict(opt=0), dict(opt=8), dict(mask='255.0.0.0'), dict(mask='0.255.0.255')): go(1, hello(**k))
go(1, hello([LONDON] * 300)); go(1, hello([LONDON]) + b'\1')
# --- database descriptions out of place, requests, acknowledgements
def dd(mtu=1442, opt=2, flags=0, n=1, h=b''): return struct.pack('!HBBI', mtu, opt, flags, n) + h
for i in range(8): go(2, dd()[:i])
go(3, b'\0' * 11); go(3, struct.pack('!III', 1, 0, 0)[:7])
go(5, b'\0' * 19); go(5, os.urandom(20 * 30)); go(5, b'')
# --- updates that do not fit
x = lsa(1, '9.9.9.9', '9.9.9.9', router(link(3, '10.66.0.0', '255.255.0.0')))
for u in (lsu(x, n=1000), lsu(x, n=0xffffffff), lsu(x[:30]), lsu(x)[:10], b'', lsu(n=1)):
    go(4, u)
for length in (0, 19, 20, 4000, 65535):
    go(4, lsu(lsa(1, '9.9.9.9', '9.9.9.9', router(link(3, '10.66.0.0', '255.255.0.0')), length=length)))
for i in range(0, len(x), 3): go(4, lsu(x[:i]))
go(4, lsu(lsa(1, '9.9.9.9', '9.9.9.9', router(link(3, '10.66.0.0', '255.255.0.0')), bad=True)))
for kind in (0, 6, 8, 12, 200): go(4, lsu(lsa(kind, '9.9.9.9', '9.9.9.9', b'\0' * 8)))
go(4, lsu(lsa(1, '9.9.9.9', '9.9.9.9', router(link(3, '10.66.0.0', '255.255.0.0'), n=200))))
go(4, lsu(lsa(1, '9.9.9.9', '9.9.9.9', router(link(3, '10.66.0.0', '255.255.0.0', tos=255)))))
go(4, lsu(lsa(1, '9.9.9.9', '9.9.9.9', router(link(3, '10.66.0.0', '255.255.0.0')), num=0x80000000)))
go(4, lsu(lsa(1, '8.8.8.8', '9.9.9.9', router(link(3, '10.66.0.0', '255.255.0.0')))))
go(4, lsu(lsa(2, '9.9.9.9', '9.9.9.9', b'\1\2'))); go(4, lsu(lsa(5, '9.9.9.9', '9.9.9.9', b'\0' * 4)))
listen(1)
expect(not acked('9.9.9.9', 1), 'a router-LSA that is wrong was acknowledged')
expect(not acked('9.9.9.9', 2), 'a network-LSA that is too short was acknowledged')
expect(not acked('9.9.9.9', 5), 'an external LSA that is too short was acknowledged')
# --- what is well formed and leads nowhere: no edge back, so no route
for i, l in enumerate((link(1, LONDON, '1.2.3.4'), link(1, '7.7.7.7', '1.2.3.4'), link(3, '0.0.0.0', '0.0.0.0'),
        link(3, '198.51.100.0', '255.255.255.0'), link(3, '10.66.1.1', '255.0.255.0'), link(3, '10.66.0.0', '255.255.0.0', 65535))):
    go(4, lsu(lsa(1, '9.9.9.%d' % (10 + i), '9.9.9.%d' % (10 + i), router(l))))
go(4, lsu(lsa(1, '9.9.9.20', '9.9.9.20', router()))); go(4, lsu(lsa(1, '9.9.9.21', '9.9.9.21', router(), age=3600)))
for t in (9, 10, 11):
    go(4, lsu(lsa(t, '1.0.0.1', '9.9.9.9', os.urandom(64)))); go(4, lsu(lsa(t, '4.0.0.0', '9.9.9.9', b'')))
    go(4, lsu(lsa(t, '1.0.0.2', '9.9.9.9', struct.pack('!HH', 1, 65535) * 8)))
# --- our own LSAs, newer, at the end of their life and of their numbers
def own(**k): go(4, lsu(lsa(1, LONDON, LONDON, router(link(3, '10.66.0.0', '255.255.0.0')), **k)))
own(num=0x80000100); listen(1.2); own(num=0x80000200, age=3600); listen(1.2); own(num=0x7fffffff); listen(3)
go(4, lsu(lsa(2, LONDON, LONDON, A('255.255.255.0') + A(LONDON)))); go(4, lsu(lsa(5, '10.67.0.0', LONDON,
    A('255.255.0.0') + struct.pack('!I', 0x80000001) + bytes(8)))); go(4, lsu(lsa(10, '1.0.0.0', LONDON, b'abcd')))
# --- noise under a right digest
for i in range(150):
    go(rnd.randrange(1, 6), os.urandom(rnd.randrange(200)))
listen(1)
sys.exit(bad != 0)
END
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping"
in_ns london-lan ping -q -i 0.05 -w 40 10.2.0.10 >"$W/ping" 2>&1 & p=$!
PID_LIST="$PID_LIST $p"
in_ns tokyo python3 "$W/forge.py" >"$W/out" 2>&1 || die "$(cat "$W/out")"
wait $p || :
# 13.4 needs a moment when the number went to its end
quiet() { full && ctl london show rib | grep -q 10.2.0.0/24 && ctl tokyo show rib | grep -q 10.1.0.0/24; }
poll 20 quiet || die "not well afterwards: $(ctl london show neighbors; ctl london show rib)"
[ -z "$(ctl london -j show processes | grep -o '"restarts":[1-9]')" ] || die "a process died: $(ctl london show processes)"
ctl london show rib >"$W/rib"
! grep -qE "^(10\.6[67]\.|0\.0\.0\.0/0|198\.51\.100)" "$W/rib" || die "a forged route: $(cat "$W/rib")"
ip -n "$P-london" route get 198.51.100.7 | grep -q "dev wan" || die "the way to Tokyo: $(ip -n "$P-london" route get 198.51.100.7)"
# nothing of London's that London did not say
ctl tokyo -j show database >"$W/db"
python3 - "$W/db" <<'END' || die "LSAs in London's name: $(ctl tokyo show database)"
import json, sys
own = [l for l in json.load(open(sys.argv[1]))["database"] if l["adv_router"] == "0.0.0.1" and l["age"] < 3600]
sys.exit(0 if [l["type"] for l in own] == [1] else 1)
END
ctl london show counters >"$W/counters"
for c in "area" "digest" "key id" "authentication type" "hello body" "ls update body" "lsa checksum" "lsa sequence" \
    "version" "packet type" "duplicate router id" "dead interval" "options"; do
	grep -qE "^ospf +[1-9][0-9]* .*drop: $c" "$W/counters" || die "not counted: $c: $(cat "$W/counters")"
done
loss=$(sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p' "$W/ping")
say "all of it counted, no forged route, ${loss:-?} % of the pings lost"
stop "$london" "$tokyo"
