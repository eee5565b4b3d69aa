#!/bin/sh
# SPDX-License-Identifier: ISC
# A site whose address is dynamic lets anybody ask: first messages from random
# addresses, and one source that returns every cookie until there is no more
# room.  The peer joins meanwhile and stays; never more bytes go out than came
# in, the room is never exceeded, memory is bounded and comes back into use.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
OSPF="dead 4  hello 1s"
conf 203.0.113.1 dynamic
# what London says to addresses that are nowhere ends at the router, in silence
ip -n "$P-r" route add blackhole default

cat >"$W/flood.py" <<'END'
import random, sys, time
from forgeike import *
LONDON = '203.0.113.1'
d, road, stop = Daemon(sys.argv[1], sys.argv[2]), Road(), sys.argv[3]
rnd, into, out, n = random.Random(3), 0, 0, 0
greedy, waiting = '192.0.2.66', {}
def one(src, m):
    global into
    into += len(m)
    road.udp(src, LONDON, m)
def listen(wait=0.0):
    global out
    while (got := road.see(wait, LONDON)) is not None:
        (_, dport), m = got
        mine = waiting.pop(m[:8], None)
        if mine is None: continue       # Tokyo's, or an answer after the cookie
        out += len(m)
        if notifies(m) == COOKIE:
            at = 28 + 8
            if mine[0] != greedy: continue
            first, body = mine[1]
            back = msg(41, pay(first, notify(COOKIE, m[at:at + 32])[1]) + body, spi_i=m[:8])
            waiting[m[:8]] = None, None
            one(greedy, back)
def begin(src):
    global n
    n += 1
    first, body = chain(sap(GOOD), ke(), no())
    m = msg(first, body)
    waiting[m[:8]] = src, (first, body)
    one(src, m)
before, half, phase = d.counters(), 0, time.time()
while not os.path.exists(stop):
    for i in range(50): begin(greedy if i & 1 else '%d.%d.%d.%d' % tuple(rnd.randrange(1, 223) for _ in range(4)))
    listen()
    if n % 1000 == 0:
        half = max(half, {r['name']: r['n'] for r in d.show('counters')['counters']}['half-open'])
        if half > 4096: sys.exit('%d half-open' % half)
        if d.risen(before).get('too many half-open', 0) > 500 and not os.path.exists(stop + '.full'): open(stop + '.full', 'w').close()
listen(0.3)
rose = d.risen(before)
print('%d first messages, %d bytes in, %d out, at most %d half-open, %s' % (n, into, out, half, rose))
if out > into: sys.exit('more out than in')
if half < 2000: sys.exit('at most %d half-open' % half)
END
daemon london; london=$pid
up() { ctl london show >/dev/null 2>&1 || [ $? = 1 ]; }
poll 10 up || die "London: not up"
mem() { awk '/VmRSS/ { print $2 }' "/proc/$(child ike "$london")/status"; }
before=$(mem)
bg r "$W/flood.log" env PYTHONPATH="$TOP/regress/tools" PYTHONDONTWRITEBYTECODE=1 python3 "$W/flood.py" "$GSC" "$W/london/sock" "$W/stop"; flood=$pid
poll 100 test -e "$W/stop.full" || die "the room is not full: $(cat "$W/flood.log")"
say "no more room; the peer comes"
daemon tokyo -s tokyo; tokyo=$pid
poll 30 full || die "the peer cannot join: $(ctl london diagnose)"
poll 5 ping_lan || die "no ping"
say "FULL"
in_ns london-lan ping -D -i 0.05 -c 100 10.2.0.10 >"$W/ping" 2>&1 || :
kill -0 "$flood" || die "the flood is over: $(cat "$W/flood.log")"
touch "$W/stop"
rc=0; wait "$flood" || rc=$?
[ $rc = 0 ] || die "$(cat "$W/flood.log")"
lossless "$W/ping" 100 || die "pings: $(tail -n 3 "$W/ping")"
full || die "adjacency lost"
after=$(mem)
[ $((after - before)) -lt 60000 ] || die "ike grew from $before to $after kB"
[ -z "$(ctl london -j show processes | grep -o '"restarts":[1-9]')" ] || die "a process died"
say "$(cat "$W/flood.log")"
# all is forgotten within half a minute
empty() { ctl london -j show counters | grep -q '"name":"half-open","n":0}'; }
poll 45 empty || die "half-open for ever: $(ctl london show counters | grep half)"
full || die "adjacency lost"
say "the peer came and stayed, ike is at $after kB"
stop "$london" "$tokyo"
