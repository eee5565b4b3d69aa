#!/bin/sh
# SPDX-License-Identifier: ISC
# More of what an insider with the OSPF key can send (see t_forged_ospf.sh): what
# RFC 2328 lets the adjacency begin anew for, numbers of the digest, instances of
# LSAs, the defence of our own, and more LSAs than there is room for.  `show
# neighbors' says why the neighbour is away when its numbers are refused.
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
def of(kind, adv): return [l for l in database() if l['type'] == kind and l['adv_router'] == adv]
def known(n): return until(lambda: [l for l in of(1, n) if l['age'] < 3600], 4)
# --- instances
with group('two instances in 100 ms', {'lsa min arrival': 1}):
    go(4, lsu(phantom('9.9.9.1', num=0x80000005))); go(4, lsu(phantom('9.9.9.1', num=0x80000006)))
    expect(known('9.9.9.1')[0]['seq'] == 0x80000005, 'the second instance within MinLSArrival was taken')
with group('the same number, another checksum', {}, ['lsa min arrival']):
    a, b = (lsa(1, '9.9.9.2', '9.9.9.2', router(link(3, '10.66.0.0', '255.255.0.0', m))) for m in (1, 2))
    low, high = sorted((a, b), key=lambda l: l[16:18])
    go(4, lsu(low)); known('9.9.9.2')
    def is_high():
        go(4, lsu(high))
        return [l for l in of(1, '9.9.9.2') if l['checksum'] == struct.unpack('!H', high[16:18])[0]]
    expect(until(is_high, 4), 'the higher checksum is not the newer one')
    updates.clear(); listen(1.1); go(4, lsu(low))
    expect(until(lambda: heard(1, '9.9.9.2', '9.9.9.2'), 4), 'who sent the older one was not told of the newer')
with group('the last number of a stranger', {}):
    go(4, lsu(phantom('9.9.9.3', num=0x7fffffff))); known('9.9.9.3')
    go(4, lsu(phantom('9.9.9.3', num=0x80000001)))
    expect(until(lambda: heard(1, '9.9.9.3', '9.9.9.3'), 4), 'the lower number was not answered with the last one')
    # until it is flushed, and then there is place for the first
    listen(1.1); go(4, lsu(phantom('9.9.9.3', num=0x7fffffff, age=3600)))
    expect(until(lambda: not of(1, '9.9.9.3'), 4), 'it cannot be flushed')
    go(4, lsu(phantom('9.9.9.3', num=0x80000001)))
    expect(known('9.9.9.3')[0]['seq'] == 0x80000001, 'there is no place for the first number')
# --- our own
def ours_now(): return [l for l in of(1, LONDON)][0]
def answer(l, num):
    """How long until London sends its own with that number."""
    listen(); updates.clear(); t = time.time(); go(4, lsu(l))
    got = until(lambda: [x for x in heard(1, LONDON, LONDON) if number(x[1]) == num], 4)
    expect(got, 'no answer with number %08x' % num)
    return (got[0][0] - t) * 1000 if got else 0
with group('ten forgeries of ours in a row', {'own lsa defended': 10}, ['ls ack other instance']):
    # MinLSInterval is 5 s, and all ten are answered at once
    t = time.time(); ms = []
    for i in range(10):
        n = ours_now()['seq']
        ms.append(answer(lsa(1, LONDON, LONDON, router(BAIT), num=n + 1), n + 2))
    expect(time.time() - t < 15, 'the answers are paced: %.1f s' % (time.time() - t))
    print('    answered after %.1f to %.1f ms' % (min(ms), max(ms)))
with group('ours in disguise', {'own lsa defended': 1}, ['ls ack other instance']):
    o = ours_now()
    d = disguise(lsa(1, LONDON, LONDON, router(link(3, '10.66.0.0', '255.255.255.255')), num=o['seq']), 26, struct.pack('!H', o['checksum']))
    answer(d, o['seq'] + 1)
# Tokyo has what London says, not what was said in its name
expect(ours_now()['len'] > 36, 'London took the forged one for its own')
# --- numbers of the digest: one that is too high costs two of Tokyo's packets
for what, n in (('+ 2^31', lambda: tokyos_number() + 0x80000000), ('at its end', lambda: 0xffffffff)):
    with group('number ' + what, {'packets accepted': 1, 'sequence number': 2}):
        go(5, b'', n=n())
        before = counters()['packets accepted']
        expect(until(lambda: counters()['packets accepted'] > before, 8), "Tokyo's own are refused for ever")
old = (tokyos * 20)[:20]
with group('a recorded packet twenty times', {'sequence number': 20}):
    for i in range(20): send(old[0])
# --- RFC 2328 10.6 and 10.7: the adjacency begins anew, and is FULL again at once
for what, want, kind, body in (
        ('a description that is first', 'dd sequence', 2, lambda: dd(flags=7)),
        ('a description out of sequence', 'dd sequence', 2, lambda: dd(n=4711)),
        ('description with MTU 0', 'dd sequence', 2, lambda: dd(mtu=0, n=4711)),
        ('description with MTU 65535', 'dd sequence', 2, lambda: dd(mtu=65535, n=4711)),
        ('a request for LSA type 0', 'ls request unknown', 3, lambda: lsr((0, LONDON, LONDON))),
        ('a request for LSA type 255', 'ls request unknown', 3, lambda: lsr((255, LONDON, LONDON))),
        ('a request for what is not there', 'ls request unknown', 3, lambda: lsr((1, '9.9.9.99', '9.9.9.99')))):
    listen(1)
    with group(what, {want: 1}, ['*'], kept=False): go(kind, body())
expect(until(lambda: nbr()['uptime_s'] >= 3, 10), 'it is not FULL for 3 s')
with group('10^4 requests for one LSA', {'packets accepted': 2}):
    for i in range(2): go(3, lsr((1, LONDON, LONDON)) * 5000)
    n = len(until(lambda: heard(1, LONDON, LONDON), 4))
    listen(0.5)
    expect(len(heard(1, LONDON, LONDON)) <= 4, 'answered %d times' % len(heard(1, LONDON, LONDON)))
# --- more than there is room for
def many(first, k): return [lsa(11, socket.inet_ntoa(struct.pack('!I', i)), '9.9.9.9') for i in range(first, first + k)]
with group('10^5 LSAs', {'lsdb share of neighbour full': 50000}, ['lsa min arrival', 'no memory', 'output queue full'], mb=40):
    sent = 0
    while sent < 100000:
        got = counters()['packets accepted']
        go(4, lsu(*many(0x04000000 + sent, 2000)))
        # one at a time: what is lost on the way proves nothing
        until(lambda: counters()['packets accepted'] > got, 1)
        sent += 2000
    expect(len(database()) < 50000, 'there are %d LSAs' % len(database()))
expect(any(e['what'] == 'mismatch' and 'lsdb share' in e['text'] for e in ctl('events')), 'no event names the limit')
# --- locked out by one forged number behind each of Tokyo's own
high = [tokyos_number() + 0x10000000]
def locked():
    listen()
    if locked.seen != len(tokyos):
        locked.seen = len(tokyos); high[0] += 1
        send(pkt(5, b'', n=high[0]))
    n = nbr()
    return n['state'] == 'DOWN' and n
locked.seen = 0
n = until(locked, 25)
expect(n and n['code'] == 'sequence-number' and int(n['ours']) in (high[0], high[0] - 1) and int(n['theirs']) <= tokyos_number() and
    n['reason'] == 'cryptographic sequence %s there, %s here' % (n['theirs'], n['ours']),
    'show neighbors says not why: %s, sent %d' % (n or nbr(), high[0]))
if n: print('    ' + n['reason'])
# what was recorded before does not bring it back
with group('replay after the neighbour is lost', {'sequence number': 20}, kept=None):
    for p in reversed(old): send(p)
    expect(nbr()['state'] == 'DOWN', 'a recorded packet brought the neighbour back')
end()
END
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping"
forge
say "counted and named, nothing lost"
stop "$london" "$tokyo"
