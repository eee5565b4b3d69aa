#!/bin/sh
# SPDX-License-Identifier: ISC
# A site of the mesh that has turned bad: it has its key, and says in IKE_AUTH
# and inside of its IKE SA what it should not (regress/scenario/lib_forge.h: the
# list, here those that ask).  To each the running daemon gives the answer, or
# the silence, and counts what the list says; no process of it ends, and the
# tunnel to an honest site keeps its SAs and its neighbour and loses no packet.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
# no ESP comes from the bad site: with NAT detection that is a reason for UDP
DRIVE=$B/regress/tools/ikedrive
need "$DRIVE"
two_sites
site paris 192.0.2.7 192.0.2.8 10.3.0
conf 203.0.113.1 198.51.100.7
sed -i '/^site tokyo/a site paris { id 3 address 192.0.2.7 network 10.3.0.0/16 '"$(cat "$W/paris/pub")"' }
/^mesh/a ipsec { pfs x25519 }  ike { nat off }' "$W/conf"
raw() { sed -n 's/.*ed25519:\([^"]*\).*/\1/p' "$W/$1/pub"; }
cat >"$W/paris/conf" <<END
local 192.0.2.7
remote 203.0.113.1
local-id paris.corp
remote-id london.corp
priv $(sed 's/.*://' "$W/paris/key")
remote-key $(raw london)
ike aes256gcm16-prfsha384-x25519
esp aes256gcm16-x25519
mode transport
nat off
END
cat >"$W/tell.py" <<'END'
import json, queue, subprocess, sys, threading, time
drive, ctl, ns, dir = sys.argv[1:]
REQUESTS, SILENCE = (0, 2, 4, 6), 65535
p = subprocess.Popen(['ip', 'netns', 'exec', ns, drive, dir + '/paris/conf', dir + '/paris/sas'],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
lines = queue.Queue()
threading.Thread(target=lambda: [lines.put(l) for l in p.stdout], daemon=True).start()
seen = []
def event(what, secs):
    """The next event that begins so; None."""
    end = time.time() + secs
    while time.time() < end:
        try: l = lines.get(timeout=max(0.01, end - time.time())).split(None, 1)[1].strip()
        except queue.Empty: break
        seen.append(l)
        if l.startswith(what): return l
def tell(w): p.stdin.write(w + '\n')
def drops(name):
    o = json.loads(subprocess.run([ctl, '-s', dir + '/london/sock', '-j', 'show', 'counters'], capture_output=True,
        text=True).stdout)
    return sum(r['n'] for r in o['counters'] if r['name'] == 'drop: ' + name)
if not event('state ike=1 child=1', 20): sys.exit('the tunnel to the bad site does not come up: %s' % seen[-9:])
def renew(name):
    tell('restart')
    if not event('child-up', 20): sys.exit('%s: no new tunnel: %s' % (name, seen[-9:]))
bad = n = 0
last = '0'
for line in subprocess.run([drive, '-l'], capture_output=True, text=True).stdout.splitlines():
    name, base, want, drop, harm = line.split('|')
    if int(base) not in REQUESTS: continue
    if base != last: renew(name)
    n, last = n + 1, base
    want = int(want)
    before = drops(drop) if drop != 'none' else 0
    tell('forge ' + name)
    why = None
    if not event('forged ' + name, 20): sys.exit('%s: is not told: %s' % (name, seen[-9:]))
    if want != SILENCE:
        got = event('answer', 5)
        if got != 'answer %d %s' % (want, name): why = 'got %s, wanted %d' % (got, want)
    if drop != 'none':
        end = time.time() + 5
        while drops(drop) == before and time.time() < end: time.sleep(0.02)
        if drops(drop) != before + 1: why = '"%s" counted %d times' % (drop, drops(drop) - before)
    if want == SILENCE and event('answer', 0.1): why = 'an answer: %s' % seen[-1]
    if why:
        print('%s: %s' % (name, why)); bad += 1
    if harm == '1':
        # whatever is left of it goes for a new one
        renew(name)
p.stdin.close(); p.wait(5)
print('%d told, %d wrong' % (n, bad))
sys.exit(bad != 0)
END
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "London and Tokyo: not FULL: $(ctl london diagnose)"
procs() { ps -o pid= --ppid "$london" | sort; }
honest() { ctl london -j show sa tokyo | grep -o '"spi_[a-z]*":"[^"]*"' | sort; }
before=$(procs); sas=$(honest)
[ -n "$before" ] && [ -n "$sas" ] || die "nothing to compare: $before, $sas"
poll 10 ping_lan || die "no ping"
bg london-lan "$W/ping" ping -D -i 0.05 10.2.0.10; ping=$pid
python3 "$W/tell.py" "$DRIVE" "$GSC" "$P-paris" "$W" >"$W/out" 2>&1 || die "$(cat "$W/out")"
kill -INT $ping; wait $ping || :
[ "$before" = "$(procs)" ] || die "processes changed: $before, then $(procs)"
[ "$sas" = "$(honest)" ] || die "Tokyo's SAs changed: $sas, then $(honest)"
full || die "Tokyo is FULL no more"
sent=$(sed -n 's/^\([0-9]*\) packets.*/\1/p' "$W/ping")
lossless "$W/ping" "$sent" || die "the honest tunnel lost packets: $(tail -n 3 "$W/ping")"
say "$(cat "$W/out"); the honest tunnel lost nothing of $sent"
stop "$london" "$tokyo"
