#!/bin/sh
# SPDX-License-Identifier: ISC
# Restarts: with the clock set back an hour, with a state file that is torn,
# old, or gone; a peer that was killed without a word, and a reboot of one end
# that leaves nothing in the kernel.  Adjacency and traffic are back within 15 s
# each time.  Both ends refuse equal and lower cryptographic numbers here
# (sequence strict), as FRR 10.6 does, and those on the wire never fall while
# there is a good state file, whatever the clock says.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
conf 203.0.113.1 198.51.100.7
sed -i 's/^ospf {/ospf { sequence strict/' "$W/conf"
preload net/fakeclock
# the numbers that come out of Tokyo's end of the tunnel: id 1 is London
cat >"$W/numbers.py" <<'END'
import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
print('ready', flush=True)
while True:
    p, a = s.recvfrom(65535)
    o = p[(p[0] & 15) * 4:]
    if a[2] != 4 and p[9] == 89 and o[4:8] == b'\0\0\0\1' and o[14:16] == b'\0\2':
        print(struct.unpack('!I', o[20:24])[0], flush=True)
END
bg tokyo "$W/numbers" python3 "$W/numbers.py"
poll 10 grep -q ready "$W/numbers" || die "no sight of the numbers"
# rising LINE: from there on none is lower than one before
rising() {
	tail -n +"$1" "$W/numbers" | awk '$1 != "ready" {
		if ($1 < last) { print "from", last, "to", $1; exit bad = 1 }
		last = $1; n++ }
	END { if (!bad && n < 3) print "only", n + 0; exit bad || n < 3 }'
}
# moved SECONDS: London's clock is off by so much, so the premise holds
moved() {
	_l=$(ctl london -j show | sed -n 's/.*"loaded_ms":\([0-9-]*\).*/\1/p')
	_d=$((_l / 1000 - $(date +%s) - $1))
	[ $_d -gt -120 ] && [ $_d -lt 120 ] ||
	    die "the clock of London is off by $((_d + $1)) s, not by $1"
}
# london SECONDS: start it with the clock moved by so much
london() {
	bg london "$W/london/log" env LD_PRELOAD="$PRELOAD" GS_CLOCK="$1" "$GSD" -d -vv -f "$W/conf" \
	    -S "$W/london/sock" -p "$W/london/pid" -D "$W/london" -k "$W/london/key"
	london=$pid clock=$1
}
back() {
	_t0=$(date +%s%N)
	poll 15 full || die "$1: not FULL in 15 s: $(ctl tokyo diagnose; ctl tokyo show events | tail -n 20)"
	poll 5 ping_lan || die "$1: no ping"
	moved "$clock"
	say "$1: back after $(awk -v a="$_t0" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }') s"
}
crash() { kill -9 "$london"; wait "$london" 2>/dev/null || :; }

london 0
daemon tokyo; tokyo=$pid
back "first start"
[ -s "$W/london/state" ] || die "no state file"
first=$(cat "$W/london/state")
stop "$london"
london -3600
back "stopped, clock set back an hour"
crash
london -86400
back "killed, clock set back a day"
fell=$(rising 1) || die "the numbers fell: $fell"
k=$(sed -n 2p "$W/numbers")
[ "$k" -ge $(($(date +%s) - 600)) ] || die "the first number is not of the clock: $k"
[ "$(cat "$W/london/state")" != "$first" ] || die "the number did not rise"
crash
head -c 10 "$W/london/state" >"$W/torn"; cp "$W/torn" "$W/london/state"
london 0
back "torn state file"
grep -q "state: .*ignored" "$W/london/log" || die "the torn file is not named: $(head "$W/london/log")"
crash
printf '%s\n' "$first" >"$W/london/state"
london 0
back "old state file"
crash
head -c 200 /dev/urandom >"$W/london/state"
london 0
back "noise for a state file"
crash
rm -f "$W/london/state"
mark=$(($(wc -l <"$W/numbers") + 1))
london 0
back "no state file"

# a reboot: nothing is left in the kernel, and the clock begins in 1970
crash
ip -n "$P-london" link del gs-tokyo
ip -n "$P-london" route flush proto 147
london -1700000000
back "rebooted, the clock is in 1973"
fell=$(rising "$mark") || die "rebooted: the numbers fell: $fell"
# the other end restarts without a word as well
kill -9 "$tokyo"; wait "$tokyo" 2>/dev/null || :
daemon tokyo; tokyo=$pid
back "the other end was killed and started"
stop "$london" "$tokyo"
