#!/bin/sh
# SPDX-License-Identifier: ISC
# Restarts: with the clock set back an hour, with a state file that is torn,
# old, or gone; a peer that was killed without a word, and a reboot of one end
# that leaves nothing in the kernel.  Adjacency and traffic are back within 15 s
# each time.  Both ends refuse equal and lower cryptographic numbers here
# (sequence strict), as FRR 10.6 does.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
conf 203.0.113.1 198.51.100.7
sed -i 's/^ospf {/ospf { sequence strict/' "$W/conf"
preload net/fakeclock
# london SECONDS: start it with the clock moved by so much
london() {
	bg london "$W/london/log" env LD_PRELOAD="$PRELOAD" GS_CLOCK="$1" "$GSD" -d -vv -f "$W/conf" \
	    -S "$W/london/sock" -p "$W/london/pid" -D "$W/london" -k "$W/london/key"
	london=$pid
}
back() {
	_t0=$(date +%s%N)
	poll 15 full || die "$1: not FULL in 15 s: $(ctl tokyo diagnose; ctl tokyo show events | tail -n 20)"
	poll 5 ping_lan || die "$1: no ping"
	say "$1: back after $(awk -v a="$_t0" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }') s"
}
crash() { kill -9 "$london"; wait "$london" 2>/dev/null || :; }
seq_of() { sed -n 's/.*ospf.*[^0-9]\([0-9]\{6,\}\).*/\1/p' "$W/london/state" | head -n 1; }

london 0
daemon tokyo; tokyo=$pid
back "first start"
[ -s "$W/london/state" ] || die "no state file"
first=$(cat "$W/london/state")
stop "$london"
london -3600
grep -q . "$W/london/state"
back "stopped, clock set back an hour"
crash
london -86400
back "killed, clock set back a day"
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
london 0
back "no state file"

# a reboot: nothing is left in the kernel, and the clock begins in 1970
crash
ip -n "$P-london" link del gs-tokyo
ip -n "$P-london" route flush proto 147
london -1700000000
back "rebooted, the clock is in 1973"
# the other end restarts without a word as well
kill -9 "$tokyo"; wait "$tokyo" 2>/dev/null || :
daemon tokyo; tokyo=$pid
back "the other end was killed and started"
stop "$london" "$tokyo"
