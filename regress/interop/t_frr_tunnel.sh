#!/bin/sh
# SPDX-License-Identifier: ISC
# FRR over our tunnel: Tokyo's greipsecd protects it and leaves OSPF to FRR,
# which speaks on the tunnel's interface to London's greipsecd.  FULL with MD5,
# routes and traffic, a metric, a change of keys without a flap, FRR killed,
# another MTU there, a /30 and a pair of /32 addresses.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need vtysh
[ -x /usr/lib/frr/ospfd ] || skip "needs FRR"
. "$TOP/regress/interop/lib_ospf.sh"
two_sites
printf 'k2 = "second"\n' >>"$W/secrets"

full_here() { ctl london show neighbors | grep -q FULL/P2P; }
to_tokyo() { ip -n "$P-london" route show 10.2.0.0/24 | grep -q "dev gs-tokyo"; }
to_london() { ip -n "$P-tokyo" route show 10.1.0.0/24 | grep -q "dev gs-london proto ospf"; }
cost_is() { ctl london show rib | grep "^10.2.0.0/24" | grep -qw "$1"; }
lost() { ctl london -j show events | grep -c '"what":"down"' || :; }

for prefix in 30 32; do
	conf 203.0.113.1 198.51.100.7
	sed "s/^}/link london tokyo { prefix $prefix }\n}/" "$W/conf" >"$W/london.conf"
	sed "s/^ospf { /&disable  /" "$W/london.conf" >"$W/tokyo.conf"
	daemon london; london=$pid
	daemon tokyo; tokyo=$pid
	poll 20 sh -c "'$GSC' -s '$W/tokyo/sock' show tunnels | grep -q 'up '" || die "not up: $(ctl tokyo show tunnels)"
	frr_over_tunnel tokyo gs-london 0.0.0.2
	frr tokyo; zebra=$(cat "$W/frr-tokyo/zebra.pid")
	poll 20 full_here || die "not FULL: $(ctl london show neighbors; vty tokyo 'show ip ospf neighbor')"
	poll 10 to_tokyo && poll 10 to_london || die "routes: $(ip -n "$P-tokyo" route)"
	poll 5 ping_lan || die "no ping"
	ctl tokyo diagnose london >"$W/diag" || die "diagnose: $(cat "$W/diag")"
	grep -q "left to another program" "$W/diag" || die "diagnose: $(cat "$W/diag")"
	say "/$prefix: FULL with FRR through the tunnel, routes both ways"

	# its metric of the LAN is ours at once
	vty tokyo 'conf t' 'interface lan' 'ip ospf cost 77'
	poll 10 cost_is 87 || die "cost: $(ctl london show rib)"
	# keys: both accept 2, then both send it, then 1 goes
	before=$(lost)
	sed -i 's/auth md5 1 \$k/& auth md5 2 $k2 send 1/' "$W/london.conf"
	ctl london reload
	vty tokyo 'conf t' 'interface gs-london' 'ip ospf message-digest-key 2 md5 second'
	sed -i 's/send 1/send 2/' "$W/london.conf"
	ctl london reload
	vty tokyo 'conf t' 'interface gs-london' 'no ip ospf message-digest-key 1'
	sed -i 's/auth md5 1 \$k auth/auth/' "$W/london.conf"
	ctl london reload
	in_ns london-lan ping -D -c 30 -i 0.1 10.2.0.10 >"$W/ping" || die "keys: $(cat "$W/ping")"
	lossless "$W/ping" 30 || die "keys: $(cat "$W/ping")"
	[ "$(lost)" = "$before" ] || die "the adjacency fell: $(ctl london show events)"
	say "/$prefix: metric and keys changed, nothing lost"

	# FRR dies and comes again, from the same sequence numbers or lower
	kill -9 "$tokyo_pid"
	poll 5 sh -c "! '$GSC' -s '$W/london/sock' show neighbors | grep -q FULL" || die "death unnoticed"
	kill "$zebra"
	sed -i 's/key 1 md5 .*/key 2 md5 second/' "$W/tokyo.frr"
	rm -rf "$W/frr-tokyo"
	poll 5 sh -c "! kill -0 $zebra" || die "zebra"
	# smaller there than here, then larger
	ip -n "$P-tokyo" link set gs-london mtu 1300
	frr tokyo; zebra=$(cat "$W/frr-tokyo/zebra.pid")
	poll 30 full_here || die "not FULL again: $(ctl london show neighbors)"
	poll 30 ping_lan || die "no ping again: $(ctl london show rib; ip -n "$P-tokyo" route; vty tokyo "show ip ospf database")"
	say "/$prefix: FRR restarted with a smaller MTU"
	# and back to ours, and once more away
	stop "$tokyo_pid" "$zebra"
	sed -i 's/disable  //' "$W/tokyo.conf"
	sed -i 's/auth md5 1 \$k/auth md5 2 $k2/' "$W/tokyo.conf"
	ctl tokyo reload >/dev/null
	poll 30 full || die "not FULL with ours: $(ctl london show neighbors; ctl tokyo show neighbors)"
	sed -i 's/^ospf { /&disable  /' "$W/tokyo.conf"
	ctl tokyo reload >/dev/null
	poll 5 sh -c "! '$GSC' -s '$W/london/sock' show neighbors | grep -q FULL" || die "ours goes on"
	ctl tokyo show tunnels | grep -q "up " || die "not up: $(ctl tokyo show tunnels)"
	say "/$prefix: OSPF back to ours and away again by reload"
	stop "$london" "$tokyo"
	rm -rf "$W/frr-tokyo"
done
