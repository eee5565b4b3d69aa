#!/bin/sh
# SPDX-License-Identifier: ISC
# London has two uplinks whose providers let nothing out with the other's source,
# and rules by source for them that were written without a priority, so that they
# come after ours.  A tunnel by each of them to Tokyo, which is where the company
# goes out: neither takes the way of the other, one goes on alone, and what comes
# from the LAN for Tokyo's is never sent out by such a rule.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
veth london wan2 192.0.2.1/24 r to-london2 192.0.2.2/24
for i in to-london to-london2; do in_ns r sysctl -qw "net.ipv4.conf.$i.rp_filter=1"; done
in_ns london sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan.rp_filter=2 net.ipv4.conf.wan2.rp_filter=2
# as DHCP clients write it
ip -n "$P-london" route del default
ip -n "$P-london" route add default via 203.0.113.2 dev wan metric 100
uplink() { # DEV ADDRESS GATEWAY TABLE
	ip -n "$P-london" route add default via "$3" dev "$1" table "$4"
	ip -n "$P-london" rule add from "$2" lookup "$4"
}
uplink wan2 192.0.2.1 192.0.2.2 102
uplink wan 203.0.113.1 203.0.113.2 101
tunnels() { # what is alike at both ends: PEER-OF-ONE PEER-OF-TWO LOCAL-OF-ONE LOCAL-OF-TWO INNER
	for n in 1 2; do
		eval "l=\$$n p=\$$((n + 2))"
		echo "tunnel t$n { local $l peer $p network $5 cost ${n}0"
		echo "inner 10.99.$n.$6 peer 10.99.$n.$7 ike { psk \"HtQ7zYw2mK9xR4vB8nL3cF6jD1sG5aPe\" } }"
	done
}
common="ospf { area 0.0.0.0  auth md5 1 \"0123456789abcdef\"  $OSPF }"
for s in london tokyo; do { echo "$common"; } >"$W/$s.conf"; chmod 600 "$W/$s.conf"; done
{
	echo "host london { router-id 0.0.0.1 network 10.1.0.0/16 }"
	tunnels 203.0.113.1 192.0.2.1 198.51.100.7 198.51.100.7 10.2.0.0/16 1 2
} >>"$W/london.conf"
{
	echo "host tokyo { router-id 0.0.0.2 network 10.2.0.0/16 announce 0.0.0.0/0 }"
	tunnels 198.51.100.7 198.51.100.7 203.0.113.1 192.0.2.1 10.1.0.0/16 2 1
} >>"$W/tokyo.conf"
daemon london -s london; london=$pid
daemon tokyo -s tokyo
two() { [ "$(ctl "$1" show neighbors | grep -c FULL/P2P)" = 2 ]; }
poll 20 two london || die "not FULL: $(ctl london diagnose)"
say "by both uplinks"

# Tokyo's default is better than London's, so the way to Tokyo is pinned; by a
# second more than the dead interval later both are as they were
pinned() { ip -n "$P-london" route show 198.51.100.7 | grep -q "dev wan proto 147 metric 10"; }
poll 10 pinned || die "no pin: $(ctl london show fib)"
ups() { ctl london -j show neighbors | grep -o '"uptime_s":[0-9]*' | cut -d : -f 2; }
kept() { two london && [ "$(ups | awk '$1 >= 3' | wc -l)" = 2 ]; }
poll 15 kept || die "not kept: $(ctl london show neighbors; ip -n "$P-london" rule)"
way() { ip -n "$P-london" route get "$@"; }
way 198.51.100.7 from 192.0.2.1 | grep -q "via 192.0.2.2 dev wan2" || die "the second's way: $(way 198.51.100.7 from 192.0.2.1)"
way 198.51.100.7 from 203.0.113.1 | grep -q "via 203.0.113.2 dev wan" || die "the first's way"
way 8.8.8.8 from 10.1.0.10 iif lan | grep -q "dev gs-t1" || die "the LAN's default: $(way 8.8.8.8 from 10.1.0.10 iif lan)"
say "beside a pin too"

# a rule that sends the LAN out is behind ours: not for Tokyo's networks
ip -n "$P-london" rule add from 10.1.0.0/16 lookup 102 priority 32760
way 10.2.0.10 from 10.1.0.10 iif lan | grep -q "dev gs-t" || die "LAN to LAN by a rule: $(way 10.2.0.10 from 10.1.0.10 iif lan)"
! way 10.2.200.1 from 10.1.0.10 iif lan 2>"$W/err" || die "sent out by a rule: $(way 10.2.200.1 from 10.1.0.10 iif lan)"
grep -qi "no route to host\|unreachable" "$W/err" || die "the guard said: $(cat "$W/err")"
# ours go to the first of theirs, wherever it is now
leads() { [ "$(ip -n "$P-london" rule show priority 32699 | grep -c "goto $1")" = 2 ]; }
poll 5 leads 32760 || die "rules: $(ip -n "$P-london" rule)"
ip -n "$P-london" rule del priority 32760
poll 5 leads 32764 || die "rules: $(ip -n "$P-london" rule)"

# the first uplink is cut in the provider's net: the other carries
ip -n "$P-r" link set to-london down
one() { ctl london show neighbors | grep -q "FULL.*gs-t2" && ip -n "$P-london" route get 10.2.0.10 | grep -q "dev gs-t2"; }
poll 20 one || die "by the other: $(ctl london show neighbors; ip -n "$P-london" route)"
poll 10 ping_lan || die "no ping by the second"
say "one alone"
ip -n "$P-r" link set to-london up
poll 40 two london || die "not back: $(ctl london diagnose)"

# no rules of theirs, none of ours for them; and -C takes all
ip -n "$P-london" rule del from 192.0.2.1 lookup 102
poll 5 leads 32764 || die "rules: $(ip -n "$P-london" rule)"
ip -n "$P-london" rule del from 203.0.113.1 lookup 101
none() { ! ip -n "$P-london" rule | grep -q goto; }
poll 5 none || die "left: $(ip -n "$P-london" rule)"
uplink wan2 192.0.2.1 192.0.2.2 103
ip -n "$P-london" rule add from 203.0.113.1 lookup 101 priority 32765
poll 5 leads 32765 || die "rules: $(ip -n "$P-london" rule)"
stop "$london"
in_ns london "$GSD" -C -p "$W/london/pid" -D "$W/london" >/dev/null 2>&1 || die "-C failed"
! ip -n "$P-london" rule | grep -q "proto 147" || die "left by -C: $(ip -n "$P-london" rule)"
