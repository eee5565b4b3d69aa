#!/bin/sh
# SPDX-License-Identifier: ISC
# First messages made by hand, as if from the peer's own address, at a running
# daemon: headers, payload chains, proposals, public values and nonces that are
# wrong.  Each has its verdict (silence, a certain notify, or an answer), never
# more bytes out than in, and the counter that rises by one while no other does.
# Once while the peer is away, once while the tunnel is FULL, which then keeps
# its SAs and its neighbour; then a flood, which cookies stop.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
OSPF="dead 4  hello 1s"
conf 203.0.113.1 198.51.100.7

cat >"$W/forge.py" <<'END'
import os, struct, sys
from forgeike import *
LONDON, TOKYO = '203.0.113.1', '198.51.100.7'
what, d, road = sys.argv[1], Daemon(sys.argv[2], sys.argv[3]), Road()
# London tries too while Tokyo is away; when it is there, an unknown ESP SPI makes it look
IGNORE = ('handshakes begun', 'liveness probes')
bad = 0
def fail(text):
    global bad
    bad += 1
    print(text)
def answers(spi_i, wait=0.02):
    """Everything that London says to it, within a while."""
    out = []
    while True:
        got = road.see(wait, LONDON)
        if got is None: return out
        if got[0][0] == 4500: got = got[0], got[1].removeprefix(bytes(4))
        if got[1][:8] == spi_i and len(got[1]) >= 28 and got[1][19] & R: out.append(got[1])
KE, N = ke(), no()
P384 = 2**384 - 2**128 - 2**96 + 2**32 - 1
def ecp(x, y): return ke(20, x.to_bytes(48, 'big') + y.to_bytes(48, 'big'))
def first(*ps, **k): return msg(*chain(*ps), **k)
def x25519(n): return first(sap(GOOD), ke(31, n.to_bytes(32, 'little')), N)
def p384(x, y): return first(sap(suite(20)), ecp(x, y), N)
BODY, CHAIN, MISSING, NOPROP, VALUE, LENGTH = ('payload body', 'payload chain', 'missing payload',
    'no proposal in common', 'key exchange value', 'header length')
ANSWERED = 'handshakes answered'
# name, message, the notify (0: an answer, None: silence), the counter
cases = [
    ('good', good(), 0, ANSWERED),
    # header
    ('length too long', good(length=5000), None, LENGTH), ('length too short', good(length=40), None, LENGTH),
    ('length 0', good(length=0), None, LENGTH), ('length huge', good(length=0xffffffff), None, LENGTH),
    ('length of a sign', good(length=0x80000000), None, LENGTH),
    ('version 3', good(ver=0x30), MAJOR, 'version'), ('version 15', good(ver=0xf0), MAJOR, 'version'),
    ('version 3, a response', good(ver=0x30, flags=R), None, 'version'),
    ('version 3, short', msg(0, bytes(7), ver=0x30), None,
        {'version': 1, 'answer longer than the question': 1}),
    ('version 3 on an SA', msg(46, os.urandom(60), ver=0x30, ex=INFO, mid=7, spi_r=os.urandom(8)), MAJOR, 'version'),
    ('minor 15', good(ver=0x2f), 0, ANSWERED),
    ('version 1', msg(1, b'\0' * 40, ver=0x10, ex=2, flags=0), None, 'ikev1'),
    ('version 0', good(ver=0), None, 'version'),
    ('exchange 99', good(ex=99), None, 'exchange type'), ('zero spi', good(spi_i=b'\0' * 8), None, 'zero initiator spi'),
    ('responder spi', good(spi_r=os.urandom(8)), None, 'other spi of the peer'),
    ('message id 7', good(mid=7), None, 'message id of first message'),
    ('response flag', good(flags=R), None, 'unknown ike spi'), ('both flags', good(flags=I | R), None, 'flags'),
    ('not initiator', good(flags=0), None, 'flags'), ('AUTH first', good(ex=AUTH, mid=1), None, 'unknown ike spi'),
    ('AUTH of nobody', good(ex=AUTH, mid=1, spi_r=os.urandom(8)), None, 'unknown ike spi'),
    ('informational of nobody', good(ex=INFO, mid=0, spi_r=os.urandom(8)), None, 'unknown ike spi'),
    # chain
    ('payload length 0', msg(33, pay(34, prop(GOOD), length=0) + os.urandom(50)), None, CHAIN),
    ('payload length 3', msg(33, pay(34, prop(GOOD), length=3) + os.urandom(50)), None, CHAIN),
    ('payload past end', msg(33, pay(34, prop(GOOD), length=4000)), None, CHAIN),
    ('a chain of none', msg(33, pay(33, b'') * 63 + pay(0, b'')), None, 'payload twice'),
    ('a chain without end', msg(43, pay(43, b'') * 63), None, CHAIN),
    ('bytes behind the end', msg(33, chain(sap(GOOD), KE, N)[1] + b'abc'), None, CHAIN),
    ('nothing, with bytes', msg(0, bytes(60)), None, CHAIN),
    ('zeros behind none', msg(43, pay(0, b'') + bytes(400)), None, CHAIN),
    ('unknown critical', first((200, b'abcd', True), sap(GOOD), KE, N), CRITICAL, 'unknown critical payload'),
    ('unknown not critical', first((200, b'abcd'), sap(GOOD), ke(), no()), 0, ANSWERED),
    ('known and critical', first((33, prop(GOOD), True), (*ke(), True), (*no(), True)), 0, ANSWERED),
    ('SA twice', first(sap(GOOD), sap(GOOD), KE, N), None, 'payload twice'),
    ('KE twice', first(sap(GOOD), KE, KE, N), None, 'payload twice'),
    ('nonce twice', first(sap(GOOD), KE, N, N), None, 'payload twice'),
    ('no SA', first(KE, N), None, MISSING), ('no KE', first(sap(GOOD), N), None, MISSING),
    ('no nonce', first(sap(GOOD), KE), None, MISSING), ('nothing', msg(0, b''), None, MISSING),
    ('IKEv1 payload types', first((1, prop(GOOD)), (4, os.urandom(32)), (10, os.urandom(32))), None, MISSING),
    ('900 tiny payloads', first(*([(43, b'')] * 900 + [sap(GOOD), KE, N])), None, 'too many payloads'),
    ('25 notifies', first(*([notify(16430)] * 25 + [sap(GOOD), KE, N])), None, 'too many payloads'),
    ('9 deletes', first(*([(42, b'\1\0\0\0')] * 9 + [sap(GOOD), KE, N])), None, 'too many payloads'),
    ('encrypted payload', first((46, os.urandom(80))), None, 'encrypted payload out of place'),
    ('encrypted payload, then another', msg(46, pay(40, os.urandom(80)) + pay(0, os.urandom(32))), None,
        'encrypted payload out of place'),
    ('notify with a long spi', first((41, struct.pack('!BBH', 3, 255, 11) + b'abcd'), sap(GOOD), KE, N), None, BODY),
    ('delete that lies', first((42, struct.pack('!BBH', 3, 4, 9999) + b'abcd'), sap(GOOD), KE, N), None, BODY),
    # proposals
    ('proposal with spi 1', first(sap(GOOD, spi=b'x'), ke(), no()), NO_PROPOSAL, NOPROP),
    ('proposal with spi 8', first(sap(GOOD, spi=os.urandom(8)), KE, N), NO_PROPOSAL, NOPROP),
    ('proposal with spi 255', first(sap(GOOD, spi=os.urandom(255)), KE, N), NO_PROPOSAL, NOPROP),
    ('spi longer than the proposal', first((33, struct.pack('!BBHBBBB', 0, 0, 8, 1, 1, 255, 3)), KE, N), None, BODY),
    ('transform count lies', first(sap(GOOD, n=9), KE, N), None, BODY),
    ('no transform', first(sap([]), KE, N), None, BODY), ('no proposal', first((33, b''), KE, N), None, BODY),
    ('ESP proposal', first(sap(GOOD, proto=3), KE, N), NO_PROPOSAL, NOPROP),
    ('key length 0', first(sap([tr(1, 20, key(0))] + GOOD[1:]), KE, N), NO_PROPOSAL, NOPROP),
    ('key length 1', first(sap([tr(1, 20, key(1))] + GOOD[1:]), KE, N), NO_PROPOSAL, NOPROP),
    ('key length 65535', first(sap([tr(1, 20, key(65535))] + GOOD[1:]), KE, N), NO_PROPOSAL, NOPROP),
    ('key length as TLV', first(sap([tr(1, 20, struct.pack('!HHH', 14, 2, 256))] + GOOD[1:]), KE, N), NO_PROPOSAL, NOPROP),
    ('attribute past end', first(sap([tr(1, 20, struct.pack('!HH', 14, 999))] + GOOD[1:]), KE, N), None, BODY),
    ('95 proposals', first((33, b''.join(prop([tr(1, 3), tr(2, 1), tr(3, 1), tr(4, 1, last=True)], num=i,
        last=i == 95) for i in range(1, 96))), KE, N), NO_PROPOSAL, NOPROP),
    ('too long for a first message', first((33, b''.join(prop([tr(1, 3), tr(2, 1), tr(3, 1), tr(4, 1, last=True)], num=i,
        last=i == 255) for i in range(1, 256))), KE, N), None, 'too long'),
    ('no group', first(sap([tr(1, 20, key(256)), tr(2, 6, last=True)]), KE, N), NO_PROPOSAL, NOPROP),
    ('group none', first(sap(GOOD[:2] + [tr(4, 0, last=True)]), ke(0), N), NO_PROPOSAL, NOPROP),
    ('weak suite', first(sap([tr(1, 3), tr(2, 1), tr(3, 1), tr(4, 2, last=True)]), ke(2, os.urandom(128)), N), NO_PROPOSAL, NOPROP),
    ('weak group with a strong one', first(sap(GOOD[:2] + [tr(4, 2), tr(4, 31, last=True)]), ke(2, os.urandom(128)), N),
        INVALID_KE, 'another key exchange group'),
    ('unknown transform types', first(sap([tr(99, 1)] + GOOD), KE, N), NO_PROPOSAL, NOPROP),
    # public values and nonces
    ('KE of another group', first(sap(GOOD), ke(19, os.urandom(64)), N), INVALID_KE, 'another key exchange group'),
    ('KE of a private group', first(sap(GOOD), ke(1031), N), INVALID_KE, 'another key exchange group'),
    ('KE 31 bytes', first(sap(GOOD), ke(31, os.urandom(31)), N), None, VALUE),
    ('KE 33 bytes', first(sap(GOOD), ke(31, os.urandom(33)), N), None, VALUE),
    ('KE empty', first(sap(GOOD), ke(31, b''), N), None, BODY),
    ('ecp384 off the curve', first(sap(suite(20)), ke(20, os.urandom(96)), N), None, VALUE),
    ('ecp384 with x = p', p384(P384, 1), None, VALUE), ('ecp384 with y = p', p384(1, P384), None, VALUE),
    ('ecp384 with all ones', p384(2**384 - 1, 2**384 - 1), None, VALUE),
    ('ecp384 at infinity', p384(0, 0), None, VALUE),
    ('nonce of 15', first(sap(GOOD), KE, no(15)), None, 'nonce length'),
    ('nonce of 257', first(sap(GOOD), KE, no(257)), None, 'nonce length'),
    ('nonce empty', first(sap(GOOD), KE, no(0)), None, 'nonce length'),
    # notifies, cookies, fragments
    ('short nonce: not without a cookie', first(sap(GOOD), ke(), no(16)), COOKIE, 'cookies asked for'),
    ('cookie of 65 bytes', first(notify(COOKIE, os.urandom(65)), sap(GOOD), ke(), no()), 0, {ANSWERED: 1, 'wrong cookie': 1}),
    ('a cookie nobody gave', first(notify(COOKIE, os.urandom(32)), sap(GOOD), ke(), no()), 0, {ANSWERED: 1, 'wrong cookie': 1}),
    ('NAT that lies', first(sap(GOOD), ke(), no(), notify(16388, os.urandom(20)), notify(16389, os.urandom(20))), 0, ANSWERED),
    ('NAT with 1 byte', first(sap(GOOD), ke(), no(), notify(16388, b'x'), notify(16389)), COOKIE, 'cookies asked for'),
    ('hash list without ours', first(sap(GOOD), ke(), no(), notify(16431, b'\0\1')), 0, ANSWERED),
    ('hash list of one byte', first(sap(GOOD), ke(), no(), notify(16431, b'\0')), COOKIE, 'cookies asked for'),
    ('16 kB', first(sap(GOOD), KE, N, (43, os.urandom(15000))), None, 'too long'),
    ('64 kB', first(sap(GOOD), KE, N, (43, os.urandom(65000))), None, 'too long'),
]
# X25519: points of small order give nothing
for n in (0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823):
    cases.append(('X25519 %x' % n, x25519(n), None, VALUE))
# fragments (RFC 7383) that nobody agreed on, whatever their numbers say
for num, of in ((0, 0), (0, 1), (1, 1), (1, 65535), (65535, 1), (2, 1)):
    for ex, spi_r in ((INIT, bytes(8)), (AUTH, os.urandom(8))):
        cases.append(('fragment %d of %d in %d' % (num, of, ex), msg(53, pay(33, struct.pack('!HH', num, of) +
            os.urandom(60)), ex=ex, mid=ex - INIT, spi_r=spi_r), None, 'fragment not agreed on' if ex == INIT
            else 'unknown ike spi'))
cases.append(('fragment behind 60 unknown payloads', msg(200, b''.join(pay(200 + i % 50 + 1 if i < 59 else 53, b'x')
    for i in range(60)) + pay(33, b'\0\1\0\1' + os.urandom(60))), None, 'fragment not agreed on'))
cases.append(('fragment behind 70 unknown payloads', msg(200, b''.join(pay(200 + i % 50 + 1 if i < 69 else 53, b'x')
    for i in range(70)) + pay(33, b'\0\1\0\1' + os.urandom(60))), None, 'too many payloads'))
for n in range(28):     # all that is no header
    for b in (bytes(n), b'\xff' * n, good()[:n]):
        cases.append(('%d bytes %s' % (n, b[:1].hex()), b, None, 'keepalive' if b == b'\xff' else 'short header'))

def verdict(name, m, want, counter, dport=500, data=None):
    road.drain()
    before = d.counters()
    road.udp(TOKYO, LONDON, m if data is None else data, 500 if dport == 500 else 4500, dport)
    got = d.wait_risen(before, ignore=IGNORE)
    expect = counter if isinstance(counter, dict) else {counter: 1}
    if got != expect: fail('%s: counted %s, not %s' % (name, got, expect))
    said = answers(m[:8] if len(m) >= 8 else b'????????')
    if len(said) > 1: fail('%s: %d answers' % (name, len(said)))
    kind = notifies(said[0]) if said else None
    if kind != want: fail('%s: said %s, not %s' % (name, kind, want))
    if want == MAJOR and said[0][16:24] != b'\x29\x20' + m[18:19] + bytes([R]) + m[20:24]: fail('%s: header %s' % (name, said[0][:28].hex()))
    if said and len(said[0]) > len(m): fail('%s: %d bytes for %d' % (name, len(said[0]), len(m)))

def repeated():
    """One message 100 times: the same octets, all in all no more than came."""
    m = first(sap(GOOD), ke(), no(), notify(16388, os.urandom(20)), notify(16389, os.urandom(20)))
    road.drain()
    before = d.counters()
    for i in range(100): road.udp(TOKYO, LONDON, m)
    said = answers(m[:8], 0.5)
    if len(set(said)) != 1: fail('a repeated request has %d answers' % len(set(said)))
    if len(said) > 100 or sum(map(len, said)) > 100 * len(m): fail('repeats: %d answers' % len(said))
    if d.risen(before, IGNORE) != {ANSWERED: 1, 'responses repeated': 99}: fail('repeats: %s' % d.risen(before, IGNORE))
    verdict('another with the same SPI', m[:8] + good()[8:], None, 'other bytes under the same message id')

def marker():
    """On 4500, IKE has four zero bytes in front, and nothing else is IKE."""
    m = good()
    verdict('4500', m, 0, ANSWERED, 4500, bytes(4) + m)
    for b, counter in ((m, 'unknown-spi'), (b'\xff', 'nat-keepalive'), (b'', 'runt'), (bytes(3), 'runt'), (bytes(4), 'short header'),
            (bytes(31), 'short header'), (bytes(32), 'version')):
        verdict('4500: %d bytes' % len(b), b, None, counter, 4500)

def flood():
    road.drain()
    before = d.counters()
    into = out = 0
    for i in range(3000):
        m = good(); into += len(m)
        road.udp(TOKYO, LONDON, m)
        while (got := road.see(0, LONDON)) is not None: out += len(got[1])
    while (got := road.see(0.3, LONDON)) is not None: out += len(got[1])
    rose = d.risen(before, IGNORE)
    print('flood: %d bytes in, %d out, %s' % (into, out, rose), file=sys.stderr)
    if rose.get('cookies asked for', 0) < 100: fail('flood: no cookies')
    if rose.get(ANSWERED, 0) > 64: fail('flood: %d begun' % rose[ANSWERED])
    if out > into: fail('flood: more out than in')

if what == 'flood': flood()
else:
    for c in cases: verdict(*c)
    repeated()
    marker()
    print('%d cases' % len(cases), file=sys.stderr)
sys.exit(bad != 0)
END
forge() {
	in_ns r env PYTHONPATH="$TOP/regress/tools" PYTHONDONTWRITEBYTECODE=1 python3 "$W/forge.py" "$1" "$GSC" "$W/london/sock" \
	    >"$W/out" 2>"$W/said" || die "$1: $(cat "$W/out" "$W/said")"
	say "$1: $(cat "$W/said")"
}
daemon london; london=$pid
up() { ctl london show >/dev/null 2>&1 || [ $? = 1 ]; }
poll 10 up || die "London: not up"
mem() { awk '/VmRSS/ { print $2 }' "/proc/$(child ike "$london")/status"; }
before=$(mem)
# what London says is seen, and goes no further: nobody there refuses it
wall 'ip daddr 198.51.100.7 udp dport { 500, 4500 } drop'
forge away
in_ns r nft delete table ip wall
daemon tokyo; tokyo=$pid
poll 40 full || die "the peer cannot join afterwards: $(ctl london diagnose)"
poll 5 ping_lan || die "no ping"
poll 20 one_pair london || die "more than one pair"
sas=$(spis london)
was=$(full_for london) since=$(date +%s)
forge full
forge flood
[ "$(spis london)" = "$sas" ] || die "SAs: $sas, now $(spis london)"
full || die "adjacency lost"
[ "$(full_for london)" -ge $((was + $(date +%s) - since - 2)) ] || die "the neighbour is new: $was, now $(full_for london)"
poll 5 ping_lan || die "no ping afterwards"
after=$(mem)
[ $((after - before)) -lt 20000 ] || die "ike grew from $before to $after kB"
[ -z "$(ctl london -j show processes | grep -o '"restarts":[1-9]')" ] || die "a process died"
say "each had its verdict, the tunnel is as it was, ike is at $after kB"
stop "$london" "$tokyo"
