#!/bin/sh
# SPDX-License-Identifier: ISC
# Four hundred tunnels at once: each interface is made once and none is taken
# for removed; all come up; a reload without a change does nothing; all go.
set -eu
. "$TOP/regress/lib.sh"
root; tun
N=400
ns a; ns b
veth a eth0 203.0.113.1/30 b eth0 203.0.113.2/30
ip -n "$P-a" route add 198.18.0.0/15 via 203.0.113.2
addresses() { seq 1 $N | awk '{ printf "198.18.%d.%d %d\n", 1 + $1 / 250, 1 + $1 % 250, $1 }'; }
addresses | awk '{ print "addr add " $1 "/32 dev lo" }' | ip -n "$P-b" -batch -
for s in a b; do
	{
		echo 'psk = "correct horse battery staple"'
		echo "ospf { area 0.0.0.0  auth md5 1 \"0123456789abcdef\" }"
		echo "host x { id $([ $s = a ] && echo 1 || echo 2)"
		addresses | awk -v s=$s '{
			l = s == "a" ? "203.0.113.1" : $1; p = s == "a" ? $1 : "203.0.113.1"
			i = sprintf("10.64.%d.", $2 / 64); k = $2 % 64 * 4 + 1
			printf "tunnel t%d { interface gs%d local %s peer %s inner %s%d/30 peer %s%d\n", $2, $2, l, p,
			    i, s == "a" ? k : k + 1, i, s == "a" ? k + 1 : k
			print "ike { psk $psk " (s == "a" ? "respond" : "initiate") " } }" }'
		echo "}"
	} >"$W/$s.conf"
	chmod 600 "$W/$s.conf"
done
daemon a -s x; a=$pid
daemon b -s x
up() { [ "$(ctl "$1" show tunnels | grep -c " up ")" = $N ]; }
poll 90 up a || die "a: $(ctl a show | head -20)"
poll 30 up b || die "b: $(ctl b show | head -20)"
for s in a b; do
	[ "$(ip -n "$P-$s" -o link show | grep -c ': gs')" = $N ] || die "$s: interfaces"
	[ "$(grep -c 'gs[0-9]*: open$' "$W/$s/log")" = $N ] ||
	    die "$s: opened $(grep -c ': open$' "$W/$s/log") times"
	! grep -q recreated "$W/$s/log" || die "$s: $(grep -m 3 recreated "$W/$s/log")"
done
say "$N tunnels up, FULL, each made once"
ctl a reload >"$W/reload"
ctl a show counters | grep -qE "^ike +$N ike sas up" || die "counters: $(ctl a show counters | grep ^ike)"
up a || die "a reload without a change did something: $(cat "$W/reload")"
stop "$a"
[ "$(ip -n "$P-a" -o link show | grep -c ': gs')" = $N ] || die "the guards went with the daemon"
in_ns a "$GSD" -C -p "$W/a/pid" -D "$W/a" >"$W/clean"
! ip -n "$P-a" -o link show | grep -q ': gs' || die "left behind: $(ip -n "$P-a" -o link show | grep -c ': gs')"
say "all gone"
