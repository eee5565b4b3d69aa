#!/bin/sh
# SPDX-License-Identifier: ISC
# An insider with the OSPF key sends what no router would, through the tunnel
# itself, at a running daemon: headers, Hellos, database descriptions, requests,
# updates and LSAs that are wrong.  Of each group is proven that what it is was
# counted, that the adjacency did not begin anew, that no ping was lost and that
# no memory was taken; none of it is acknowledged that may not be, no forged
# route is taken, and our own LSA is fought back.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
OSPF="dead 8  hello 2s"
conf 203.0.113.1 198.51.100.7

cat >"$W/forge.py" <<'END'
from forge_ospf import *
begin()
with group('headers', {'version': 1, 'length': 2, 'area': 1, 'router id zero': 1, 'duplicate router id': 1,
        'authentication type': 2, 'key id': 1, 'digest length': 5, 'digest': 2, 'packet type': 4}, ['destination address']):
    for k in (dict(ver=3), dict(length=10), dict(length=2000), dict(area='0.0.0.9'), dict(rid='0.0.0.0'), dict(rid=LONDON),
            dict(au=0), dict(au=1), dict(kid=9), dict(aulen=15), dict(aulen=17), dict(aulen=0), dict(key=b'wrong'),
            dict(digest=b'\0' * 16), dict(digest=b''), dict(digest=b'\0' * 7)):
        go(1, hello(), **k)
    for kind in (0, 6, 10, 255): go(kind, hello())
    go(1, hello(), dst='224.0.0.6')
with group('TTL 64, another source', {'ttl': 2, 'source address': 3}):
    go(1, hello(), by=raw64); go(1, hello(), by=raw64, dst='172.31.0.1')
    for src in ('10.9.9.9', '172.31.0.3', '10.2.0.10'): listen(); send(ip(pkt(1, hello()), src), by=rawip)
with group('what is unusual and right', {'packets accepted': 4}):
    go(1, hello(), dst='172.31.0.1'); go(1, hello([LONDON] * 300))
    go(1, hello(opt=0x12), tail=struct.pack('!HHHHI', 0, 3, 1, 4, 0))     # LLS behind the digest, RFC 5613
    go(1, hello(opt=0xff & ~8))
with group('Hellos', {'hello body': 21, 'hello interval': 1, 'dead interval': 1, 'options': 2}):
    for i in range(20): go(1, hello()[:i])
    for k in (dict(iv=30), dict(dead=99), dict(opt=0), dict(opt=8), dict(mask='255.0.0.0'), dict(mask='0.255.0.255')): go(1, hello(**k))
    go(1, hello([LONDON]) + b'\1')
# each type cut off at each byte, whole and signed again, with its length and without
wholes = {1: hello(), 2: dd(h=bytes(20)), 3: lsr((1, LONDON, LONDON)), 4: lsu(phantom()), 5: phantom()[:20]}
with group('cut off at each byte', {'short packet': 5 * 24, 'length': sum(len(b) for b in wholes.values()), 'hello body': 20,
        'dd body': 26, 'ls request body': 11, 'ls update body': 39, 'ls ack body': 19}):
    for kind, b in wholes.items():
        p = pkt(kind, b)
        for i in range(24 + len(b)): send(p[:i])
        for i in range(len(b)):
            if (kind, i) not in ((1, 20), (2, 8), (3, 0), (4, 0), (5, 0)): go(kind, b[:i])
        time.sleep(0.05)
    go(4, b'')
with group('bodies of requests and acknowledgements', {'ls request body': 2, 'ls ack body': 1}):
    go(3, b'\0' * 11); go(3, lsr((1, '0.0.0.0', '0.0.0.0'))[:7])
    go(5, b'\0' * 19); go(5, os.urandom(20 * 30)); go(5, b'')
with group('updates that do not fit', {'ls update body': 8, 'lsa checksum': 2, 'lsa length': 2, 'lsa type': 5, 'lsa body': 7,
        'lsa sequence': 1, 'lsa link state id': 3, 'lsa age': 2}, mb=6):
    x = phantom()
    for u in (lsu(x, n=1000), lsu(x, n=0xffffffff), lsu(x[:30]), lsu(n=1)): go(4, u)
    for length in (0, 19, 20, 4000, 65535): go(4, lsu(phantom(length=length)))
    go(4, lsu(phantom(bad=True)))
    big = 65515 - 16 - 24 - 4
    go(4, lsu(lsa(10, '1.0.0.0', '9.9.9.9', bytes(big - 20)))); go(4, lsu(lsa(1, '9.9.9.9', '9.9.9.9', router(*[BAIT] * 5453, n=5453))))
    for kind in (0, 6, 8, 12, 200): go(4, lsu(lsa(kind, '9.9.9.9', '9.9.9.9', bytes(8))))
    for n in (0, 2, 200, 65535): go(4, lsu(lsa(1, '9.9.9.9', '9.9.9.9', router(BAIT, n=n))))
    go(4, lsu(lsa(1, '9.9.9.9', '9.9.9.9', router(link(3, '10.66.0.0', '255.255.0.0', tos=255)))))
    go(4, lsu(phantom(num=0x80000000))); go(4, lsu(phantom(age=3601))); go(4, lsu(phantom(age=65535)))
    # another's router-LSA under this name, ours under another's
    go(4, lsu(lsa(1, '8.8.8.8', '9.9.9.9', router(BAIT)))); go(4, lsu(lsa(1, LONDON, '9.9.9.9', router(BAIT)))); go(4, lsu(lsa(1, '9.9.9.9', '0.0.0.0', router(BAIT))))
    go(4, lsu(lsa(2, '9.9.9.9', '9.9.9.9', b'\1\2'))); go(4, lsu(lsa(5, '9.9.9.9', '9.9.9.9', bytes(4))))
    listen(1)
    expect(not acked('9.9.9.9'), 'an LSA that is wrong was acknowledged')
# what is well formed and leads nowhere: no edge back, so no route
with group('LSAs that lead nowhere', {}):
    for i, l in enumerate((link(1, LONDON, '1.2.3.4'), link(1, '7.7.7.7', '1.2.3.4'), link(3, '0.0.0.0', '0.0.0.0'), link(1, '9.9.9.13', '1.2.3.4'),
            link(3, '198.51.100.0', '255.255.255.0'), link(3, '10.66.1.1', '255.0.255.0'), link(3, '10.66.0.0', '255.255.0.0', 65535),
            link(3, '10.66.0.0', '255.255.0.0', 0), link(1, LONDON, '1.2.3.4', 0), link(2, '172.31.0.1', '1.2.3.4'), link(4, LONDON, '1.2.3.4'), link(77, LONDON, '1.2.3.4'))):
        go(4, lsu(lsa(1, '9.9.9.%d' % (10 + i), '9.9.9.%d' % (10 + i), router(l))))
    go(4, lsu(lsa(1, '9.9.9.40', '9.9.9.40', router()))); go(4, lsu(phantom('9.9.9.41', age=3600)))
    for t in (9, 10, 11):
        go(4, lsu(lsa(t, '1.0.0.1', '9.9.9.9', os.urandom(64)))); go(4, lsu(lsa(t, '4.0.0.0', '9.9.9.9')))
        go(4, lsu(lsa(t, '1.0.0.2', '9.9.9.9', struct.pack('!HH', 1, 65535) * 8)))
    for i, b in enumerate((A('255.255.255.0') + A('9.9.9.9'), A('255.0.255.0') + A(LONDON), A('255.255.255.0') + A(LONDON) * 300)):
        go(4, lsu(lsa(2, '10.66.9.%d' % i, '9.9.9.9', b)))
    for i, b in enumerate((external('255.255.0.0', 0xffffff), external('255.255.0.0', fwd='172.31.0.1'), external('255.255.0.0', fwd='172.31.0.2'),
            external('255.255.0.0', fwd='192.0.2.1'), external('255.0.255.0'), external('255.255.255.254'), external('0.0.0.0', 0, kind2=False))):
        go(4, lsu(lsa(5, '10.67.%d.0' % i, '9.9.9.9', b)))
    for t in (3, 4): go(4, lsu(lsa(t, '10.68.0.0', '9.9.9.9', A('255.255.0.0') + struct.pack('!I', 1))))
    until(lambda: acked('9.9.9.9', 5) and acked('9.9.9.9', 3), 5)
    for t in (2, 3, 4, 5, 9, 10, 11): expect(acked('9.9.9.9', t), 'an LSA of type %d that is right was not acknowledged' % t)
# our own LSAs, newer, at the end of their life and of their numbers
def own(num, **k): go(4, lsu(lsa(1, LONDON, LONDON, router(BAIT), num=num, **k)))
def answered(num):
    return until(lambda: [l for t, l in heard(1, LONDON, LONDON) if number(l) == num & 0xffffffff and len(l) != 36], 4)
with group('our own LSA', {'own lsa defended': 2}, ['ls ack other instance']):
    own(0x80000100); expect(answered(0x80000101), 'a forged own LSA was not answered with its number + 1')
    own(0x80000200, age=3600); expect(answered(0x80000201), 'our own LSA at MaxAge was not answered')
# ours is away from the instant that its flushing is acknowledged until it comes anew
with group('the last number in our name', {'own lsa defended': 1}, ['ls ack other instance', 'lsa sequence wrapping'], gap=10):
    own(0x7fffffff); expect(answered(0x80000001), 'after the last number ours did not begin again')
with group('LSAs of ours that are none', {'own lsa defended': 6}):
    for l in (lsa(2, LONDON, LONDON, A('255.255.255.0') + A(LONDON)), lsa(2, '172.31.0.1', '9.9.9.9', A('255.255.255.0') + A('9.9.9.9')),
            lsa(3, '10.67.0.0', LONDON, A('255.255.0.0') + struct.pack('!I', 1)), lsa(4, '9.9.9.9', LONDON, bytes(4) + struct.pack('!I', 1)),
            lsa(5, '10.67.0.0', LONDON, external('255.255.0.0')), lsa(10, '1.0.0.0', LONDON, b'abcd')):
        go(4, lsu(l))
        # it ends everywhere, as it was received
        expect(until(lambda: [x for t, x in heard(l[3], socket.inet_ntoa(l[4:8]), socket.inet_ntoa(l[8:12])) if x[:2] == b'\x0e\x10' and x[2:] == l[2:]], 4),
            'type %d of ours was not flushed' % l[3])
with group('noise under a right digest', {'hello body': 1, 'ls update body': 1}, ['*'], mb=6):
    for i in range(300):
        kind, n = rnd.randrange(1, 6), rnd.randrange(200)
        if kind == 2 and n >= 8 and (n - 8) % 20 == 0 or kind == 3 and n % 12 == 0: n += 1    # a whole one, see t_forged_ospf2
        go(kind, bytes(rnd.randrange(256) for _ in range(n)))
end()
END
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping"
forge
# nothing of London's that London did not say
python3 - "$W/db" <<'END' || die "LSAs in London's name: $(ctl tokyo show database)"
import json, sys
own = [l for l in json.load(open(sys.argv[1]))["database"] if l["adv_router"] == "0.0.0.1" and l["age"] < 3600]
sys.exit(0 if [l["type"] for l in own] == [1] else 1)
END
say "all of it counted, nothing lost"
stop "$london" "$tokyo"
