#!/bin/sh
# SPDX-License-Identifier: ISC
# Somebody on the way answers our first message before the peer does, and later,
# when the tunnel stands and he has seen its SPIs, says plainly what only the
# peer may say.  The true answer is still heard; SAs and neighbour stay; each
# forgery rises the counter that is its.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
OSPF="dead 4  hello 1s"
conf 203.0.113.1 198.51.100.7

cat >"$W/forge.py" <<'END'
import os, struct, sys, time
from forgeike import *
LONDON, TOKYO = '203.0.113.1', '198.51.100.7'
what, d, road = sys.argv[1], Daemon(sys.argv[2], sys.argv[3]), Road()
WHOLE = {'sap': sap(GOOD), 'ke': ke(), 'no': no()}
def wait_first(wait):
    """London's next first message, which the wall keeps from Tokyo."""
    end = time.time() + wait
    while time.time() < end:
        got = road.see(0.2, LONDON)
        if got and got[0] == (500, 500) and len(got[1]) > 28 and got[1][18] == INIT and got[1][19] == I: return got[1]
    return None
def forward(m): road.udp(LONDON, TOKYO, m)
def say(m, *payloads, spi_r=None, src=TOKYO, spi_i=None, flags=R):
    """An answer to m."""
    road.udp(src, LONDON, msg(*chain(*payloads), spi_i=spi_i or m[:8], flags=flags, spi_r=os.urandom(8) if spi_r is None else spi_r))
def whole(m, **k):
    p = {**WHOLE, **k}
    say(m, *[x for x in p.values() if x], spi_r=k.get('spi_r'))
def expect(before, want, ignore=('handshakes begun', 'ike sas up')):
    end = time.time() + 5
    while (got := d.risen(before, ignore)) != want and time.time() < end: time.sleep(0.02)
    if got != want: sys.exit('%s: counted %s, not %s' % (what, got, want))
def open_door(m):
    """What was asked for last reaches Tokyo, and what comes now too."""
    forward(m)
    end = time.time() + 30
    while time.time() < end:
        if d.show('ike')['ike'][0]['state'] == 'ESTABLISHED': return
        if (m := wait_first(0.2)): forward(m)
    sys.exit('%s: not established: %s' % (what, d.show('ike')))

def before_it():
    """Errors, wishes and answers that are none: then the true one, in time."""
    m = wait_first(30) or sys.exit('London says nothing')
    before = d.counters()
    for n in (NO_PROPOSAL, INVALID_SYNTAX, AUTH_FAILED, MAJOR, INVALID_SPI, 4, 43, 9999): say(m, notify(n), spi_r=bytes(8))
    say(m, notify(INVALID_KE, b'\0\2'))                 # a weak group, never offered
    say(m, notify(INVALID_KE, b'\4\7'))
    say(m, notify(INVALID_KE, b'\0'))
    say(m, notify(INVALID_KE, b'\0\x1f'))               # the one we have
    say(m, notify(COOKIE)); say(m, notify(COOKIE, bytes(65))); say(m, notify(COOKIE, bytes(3000)))
    say(m, notify(NO_PROPOSAL), spi_i=os.urandom(8))
    say(m, notify(NO_PROPOSAL), src='198.51.100.99')
    say(m, *WHOLE.values(), spi_r=bytes(8))
    whole(m, ke=None); whole(m, no=None)
    whole(m, sap=sap([tr(1, 3), tr(2, 1), tr(3, 1), tr(4, 2, last=True)]))
    whole(m, sap=sap(suite(20))); whole(m, ke=ke(20, os.urandom(96)))
    whole(m, ke=ke(31, bytes(32))); whole(m, ke=ke(31, os.urandom(33)))
    whole(m, no=no(15)); whole(m, x=(200, b'x', True)); whole(m, x=(46, os.urandom(90)), y=no())
    say(m, flags=R | I); say(m)
    expect(before, {'unprotected notification': 12, 'invalid ke loop': 1, 'wrong cookie': 3, 'unknown ike spi': 1,
        'unknown peer': 1, 'missing payload': 3, 'no proposal in common': 1, 'another key exchange group': 2,
        'key exchange value': 2, 'nonce length': 1, 'unknown critical payload': 1, 'encrypted payload out of place': 1,
        'flags': 1})
    say(m, notify(INVALID_KE, b'\0\x14')); say(m, notify(COOKIE, os.urandom(32)))
    open_door(m)

def loops():
    """Whatever London says is answered with another wish, for a while."""
    before, seen, end = d.counters(), [], time.time() + 6
    while time.time() < end:
        m = wait_first(end - time.time())
        if m is None: break
        seen.append(m)
        for i in range(20):
            say(m, notify(COOKIE, os.urandom(1 + i)))
            say(m, notify(INVALID_KE, b'\0\x14' if i & 1 else b'\0\x1f'))
    rose = d.risen(before)
    print('%d first messages in 6 s, %s' % (len(seen), rose), file=sys.stderr)
    if not rose.get('cookie loop') or not rose.get('invalid ke loop'): sys.exit('the loops are not seen: %s' % rose)
    if not 3 <= len(seen) <= 16: sys.exit('%d first messages' % len(seen))
    open_door(seen[-1])

def another():
    """An answer that is right but for who made it: given up, and begun anew."""
    m = wait_first(30) or sys.exit('London says nothing')
    whole(m)
    time.sleep(0.1)
    open_door(m)

def established():
    """Plain words with the true SPIs."""
    row = d.show('ike')['ike'][0]
    spi_i, spi_r = (bytes.fromhex(row[k][2:].zfill(16)) for k in ('spi_i', 'spi_r'))
    esp = bytes.fromhex(d.show('sa')['sa'][0]['spi_in'][2:].zfill(8))
    mine = 0 if row['initiator'] else I     # Tokyo's flag
    def plain(*p, ex=INFO, mid=0, flags=0, **k):
        road.udp(TOKYO, LONDON, msg(*chain(*p), spi_i=spi_i, spi_r=spi_r, ex=ex, mid=mid, flags=mine | flags, **k))
    things = [[(42, b'\1\0\0\0')], [(42, b'\3\4\0\1' + esp)], [notify(INVALID_SPI, esp)], [notify(16384)], [notify(AUTH_FAILED)],
        [notify(4)], [notify(NO_PROPOSAL)], [notify(INVALID_SYNTAX)], [notify(9)], [], [notify(16393, proto=3, spi=esp)],
        [sap(GOOD), ke(), no()]]
    ids = range(64)
    # requests: all message IDs, so that the one waited for is among them
    for ex in (AUTH, CHILD, INFO):
        before = d.counters()
        for p in things:
            for mid in ids: plain(*p, ex=ex, mid=mid)
        n = len(things) * len(ids)
        end = time.time() + 5
        while sum((rose := d.risen(before)).values()) < n and time.time() < end: time.sleep(0.02)
        if sum(rose.values()) != n or not set(rose) <= {'old request', 'other bytes under the same message id',
                'unprotected message', 'not in this state', 'message id ahead'}: sys.exit('requests: %d, %s' % (n, rose))
        if rose.get('not in this state' if ex == AUTH else 'unprotected message') != len(things): sys.exit('requests %d: %s' % (ex, rose))
    # responses: nobody asked.  A notification makes us look whether the peer is there, no more than that
    t, before = time.time(), d.counters()
    for p in things:
        for mid in ids: plain(*p, mid=mid, flags=R)
    n = len(things) * len(ids)
    kinds = {'unprotected notification', 'response nobody waits for', 'liveness probes'}
    def sum_of(r): return sum(v for k, v in r.items() if k != 'liveness probes')
    end = time.time() + 5
    while sum_of(rose := d.risen(before)) < n and time.time() < end: time.sleep(0.02)
    said = sum(len(ids) for p in things if p and p[0][0] == 41)
    if sum_of(rose) != n or rose.get('unprotected notification') != said or not set(rose) <= kinds | {'unprotected message', 'response to another exchange'}: sys.exit('responses: %s' % rose)
    if rose.get('liveness probes', 0) > 2 + (time.time() - t) / 2: sys.exit('probes: %s' % rose)
    # one at a time, what has a counter of its own
    def one(counter, send):
        before = d.counters()
        send()
        expect(before, {counter: 1}, ('liveness probes',))
    def raw(b): return lambda: road.udp(TOKYO, LONDON, b)
    one('ikev1', raw(msg(12, pay(0, struct.pack('!IBBH', 1, 1, 16, 1) + spi_i + spi_r), spi_i=spi_i, spi_r=spi_r, ver=0x10, ex=5, flags=0)))
    one('ikev1', raw(msg(8, os.urandom(60), spi_i=spi_i, spi_r=spi_r, ver=0x10, ex=32, flags=1)))
    one('version', raw(msg(46, os.urandom(60), spi_i=spi_i, spi_r=spi_r, ver=0x30, ex=INFO, flags=mine)))
    one('other spi of the peer', raw(msg(*chain((46, os.urandom(60))), spi_i=os.urandom(8) if mine else spi_i,
        spi_r=spi_r if mine else os.urandom(8), ex=INFO, flags=mine, mid=0)))
    one('unknown ike spi', raw(msg(*chain((46, os.urandom(60))), spi_i=spi_i, spi_r=spi_r, ex=INFO, flags=mine ^ I, mid=0)))
    for body, counter in ((pay(0, os.urandom(60)), 'integrity check'), (pay(0, b''), 'integrity check'), (pay(0, os.urandom(7)), 'integrity check'),
            (pay(0, os.urandom(60), length=3), 'payload chain'), (pay(0, os.urandom(60), length=65535), 'payload chain'),
            (pay(0, os.urandom(60)) + b'more', 'encrypted payload out of place')):
        before = d.counters()
        for mid in ids: road.udp(TOKYO, LONDON, msg(46, body, spi_i=spi_i, spi_r=spi_r, ex=INFO, flags=mine, mid=mid))
        end = time.time() + 3
        while sum((rose := d.risen(before)).values()) < len(ids) and time.time() < end: time.sleep(0.02)
        if rose.get(counter) != 1: sys.exit('SK: %s, not %s' % (rose, counter))
    # fragments (RFC 7383): not agreed on, whatever stands before them
    for num, of, before_it in ((0, 0, 0), (1, 1, 0), (1, 2, 0), (2, 1, 0), (65535, 65535, 0), (1, 2, 50), (1, 2, 63), (1, 2, 64), (1, 2, 200)):
        body = b''.join(pay(53 if i == before_it - 1 else 201, b'') for i in range(before_it)) + \
            pay(35, struct.pack('!HH', num, of) + os.urandom(60))
        before = d.counters()
        for mid in ids:
            road.udp(TOKYO, LONDON, msg(201 if before_it else 53, body, spi_i=spi_i, spi_r=spi_r, ex=INFO, flags=mine, mid=mid))
        end = time.time() + 3
        while sum((rose := d.risen(before)).values()) < len(ids) and time.time() < end: time.sleep(0.02)
        if rose.get('fragment not agreed on' if before_it < 64 else 'too many payloads') != 1: sys.exit('fragments: %s' % rose)
    # first messages: with that SPI, and the answer to it once more
    one('old request' if mine else 'handshakes answered', raw(good(spi_i=spi_i)))
    one('unknown ike spi' if mine else 'not in this state', raw(good(spi_i=spi_i, spi_r=spi_r, flags=R)))

def ip_fragments():
    """A long message in pieces of IP: whole, backwards, with a gap, overlapping."""
    def long(): return msg(*chain(sap(GOOD), ke(), no(), (43, os.urandom(3000))))
    def pieces(m):
        b = Road.udp_bytes(m, 500, 500)
        return [(at // 8 | (0x2000 if at + 1400 < len(b) else 0), b[at:at + 1400]) for at in range(0, len(b), 1400)]
    def send(v, ident):
        for frag, b in v: road.ip(TOKYO, LONDON, 17, b, frag, ident)
    for ident, v, n in ((60001, pieces(long()), 1), (60002, pieces(long())[::-1], 1), (60003, pieces(long())[:-1], 0),
            (60004, pieces(long())[1:], 0), (60005, [p for p in pieces(long()) for _ in (0, 1)][:5], 1)):
        before = d.counters()
        send(v, ident)
        m = good()
        road.udp(TOKYO, LONDON, m)      # after it, what was before is done with
        expect(before, {'handshakes answered': 1 + n}, ('liveness probes',))
    p = pieces(long())
    before = d.counters()
    send([p[0], (p[0][0] + 100, p[1][1]), p[1], p[2]], 60006)   # the kernel takes none, or the first whole
    road.udp(TOKYO, LONDON, good())
    time.sleep(0.2)
    rose = d.risen(before, ('liveness probes',))
    if sum(rose.values()) > 2 or 'handshakes answered' not in rose: sys.exit('overlap: %s' % rose)

{'before': before_it, 'loops': loops, 'another': another, 'established': established, 'fragments': ip_fragments}[what]()
END
forge() {
	in_ns r env PYTHONPATH="$TOP/regress/tools" PYTHONDONTWRITEBYTECODE=1 python3 "$W/forge.py" "$1" "$GSC" "$W/london/sock" \
	    >"$W/out" 2>&1 || die "$1: $(cat "$W/out")"
	say "$1: as nothing had been; $(cat "$W/out")"
}
# first messages of either side stop at the router: London's goes on by hand
shut() { wall 'udp dport 500 @th,208,8 34 @th,216,8 8 drop'; }
shut
daemon tokyo; tokyo=$pid
daemon london; london=$pid
up() { ctl london show >/dev/null 2>&1 || [ $? = 1 ]; }
poll 10 up || die "London: not up"
forge before
poll 20 full || die "not FULL: $(ctl london diagnose)"
for how in loops another; do
	ctl london down tokyo >/dev/null
	down() { ctl london -j show ike | grep -q '"state":"DOWN"' || [ "$(spis london | wc -l)" = 0 ]; }
	poll 10 down || die "not down"
	ctl london up tokyo >/dev/null
	forge $how
done
in_ns r nft delete table ip wall
poll 20 full || die "not FULL: $(ctl london diagnose)"
poll 5 ping_lan || die "no ping"
poll 20 one_pair london || die "more than one pair"
sas=$(spis london)
was=$(full_for london) since=$(date +%s)
in_ns london-lan ping -D -i 0.05 -c 100 10.2.0.10 >"$W/ping" 2>&1 & p=$!
PID_LIST="$PID_LIST $p"
forge established
forge fragments
wait "$p" || :
lossless "$W/ping" 100 || die "pings: $(tail -n 3 "$W/ping")"
[ "$(spis london)" = "$sas" ] || die "SAs: $sas, now $(spis london)"
full || die "adjacency lost"
[ "$(full_for london)" -ge $((was + $(date +%s) - since - 2)) ] || die "the neighbour is new: $was, now $(full_for london)"
[ -z "$(ctl london -j show processes | grep -o '"restarts":[1-9]')" ] || die "a process died"
say "SAs and neighbour are as they were"
stop "$london" "$tokyo"
