#!/bin/sh
# SPDX-License-Identifier: ISC
# Graceful restart (RFC 3623) with FRR, ours - FRR - ours in a row: our engine is
# killed and comes back while FRR helps; FRR's ospfd restarts, planned, while
# ours help; FRR says so and does not come back.  Then our whole daemon over a
# tunnel to FRR.  Routes stay everywhere, but in the third case.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root
need vtysh
[ -x /usr/lib/frr/ospfd ] || skip "needs FRR"
. "$TOP/regress/interop/lib_ospf.sh"

# its file in parts
frr_iface() {
	cat <<-END
	interface $1
	 ip ospf area 0
	 ip ospf network point-to-point
	 ip ospf authentication message-digest
	 ip ospf message-digest-key 1 md5 first
	 ip ospf hello-interval 1
	 ip ospf dead-interval 6
	 ip ospf retransmit-interval 2
	END
}
frr_router() {
	cat <<-END
	router ospf
	 ospf router-id $1
	 capability opaque
	 graceful-restart grace-period 90
	 graceful-restart helper enable
	 timers throttle spf 0 50 200
	END
}
# log_routes SITE: what changes in its kernel from now on, in $W/SITE.routes
log_routes() { bg "$1" "$W/$1.routes" ip monitor route; watching=$pid; }
# unmoved SITE: nothing did
unmoved() {
	stop "$watching"
	grep -E "10\.[0-9]+\.0\.0" "$W/$1.routes" >"$W/moved" || return 0
	cat "$W/moved"
	return 1
}
# lost NAME: adjacencies that ended, as its log has it.  A first Hello of FRR that
# does not list us yet takes the state back, not the adjacency, while it is helped.
lost() {
	awk '/ restarts: helped/ { helped = 1 }
	/dead timer|not FULL when help/ || /1-way: FULL/ && !helped { n++ }
	/ help ends:/ { helped = 0 }
	END { print n + 0 }' "$W/$1.log"
}

ns a; ns f; ns b
veth a eth0 172.31.0.1/30 f eth0 172.31.0.2/30
veth b eth0 172.31.0.5/30 f eth1 172.31.0.6/30
opts="hello 1000 dead 6000 rxmt 2000 key 1:first"
cat >"$W/a.ospf" <<E
rid 10.0.0.1
stub 10.1.0.0/16 10
iface eth0 addr 172.31.0.1/30 peer 172.31.0.2 $opts
E
cat >"$W/b.ospf" <<E
rid 10.0.0.3
stub 10.3.0.0/16 7
iface eth0 addr 172.31.0.5/30 peer 172.31.0.6 $opts
E
{ frr_iface eth0; frr_iface eth1; frr_router 10.0.0.2; } >"$W/f.frr"
frr f
drive a
drive b
poll 20 st a '^route 10.3.0.0/16 27 172.31.0.2@eth0$' || die "a: route to b"
poll 10 kroute f 10.1.0.0/16 'via 172.31.0.1 dev eth0' || die "FRR: to a"
poll 10 kroute f 10.3.0.0/16 'via 172.31.0.5 dev eth1' || die "FRR: to b"
sleep 3
say "FULL"

# ours restarts, FRR helps
log_routes f
lines=$(wc -l <"$W/b.log")
kill -9 "$a_pid"; wait "$a_pid" 2>/dev/null || :
sleep 2
sed -i '1i grace 20' "$W/a.ospf"
: >"$W/a.st"
drive a
helper() { vty f 'show ip ospf graceful-restart helper detail'; }
poll 10 grep -q "graceful restart ends: restart over" "$W/a.log" || die "a: $(cat "$W/a.log"; helper)"
poll 10 st a '^route 10.3.0.0/16 27 172.31.0.2@eth0$' || die "a: route to b after"
poll 10 grep -q synced "$W/a.log" || die "a: not synced"
sleep 8
unmoved f || die "FRR moved routes while it helped"
[ "$(wc -l <"$W/b.log")" = "$lines" ] || die "b noticed: $(tail "$W/b.log")"
helper >"$W/helper"
grep -q "Last Helper exit Reason.*:.*Successful" "$W/helper" || die "FRR: $(cat "$W/helper")"
sed -i 1d "$W/a.ospf"
say "ours was killed and came back: FRR helped"

# FRR restarts, ours help
routes() { for _x; do grep ^route "$W/$_x.st" | sort >"$W/$_x.was"; done; }
same() { for _x; do grep ^route "$W/$_x.st" | sort | cmp -s - "$W/$_x.was" || return 1; done; }
routes a b
la=$(lost a) lb=$(lost b)
log_routes f
vty f 'graceful-restart prepare ip ospf' >"$W/prepare" 2>&1 || die "$(cat "$W/prepare")"
for x in a b; do
	poll 5 grep -q "10.0.0.2 restarts: helped for .* software restart" "$W/$x.log" || die "$x: $(tail "$W/$x.log")"
done
poll 5 st a "^nbr eth0 10.0.0.2 FULL helping: it restarts, " || die "a: $(cat "$W/a.st")"
kill "$f_pid"; wait "$f_pid" 2>/dev/null || :
# longer than the dead interval
for i in 1 2 3 4 5 6 7 8; do
	sleep 1
	same a b || die "moved while FRR is away: $(cat "$W/a.log" "$W/b.log")"
done
frr_ospfd f
for x in a b; do
	poll 60 grep -q "10.0.0.2: help ends: restart over" "$W/$x.log" || die "$x: $(tail "$W/$x.log"; vty f 'show ip ospf graceful-restart')"
	same $x || die "$x moved: $(cat "$W/$x.st"; tail "$W/$x.log")"
	st $x '^nbr eth0 10.0.0.2 FULL' || die "$x: not FULL"
done
sleep 3
same a b || die "moved afterwards: $(cat "$W/a.log")"
[ "$la" = "$(lost a)" ] && [ "$lb" = "$(lost b)" ] || die "an adjacency ended"
unmoved f || die "FRR's routes moved"
say "FRR restarted, away for 8 s: ours helped"

# it says so and does not come back
vty f 'conf t' 'router ospf' 'graceful-restart grace-period 20' || die "FRR: no shorter grace"
vty f 'graceful-restart prepare ip ospf' >"$W/prepare" 2>&1
poll 5 st a "helping: it restarts" || die "a helps not: $(cat "$W/a.st")"
kill -9 "$f_pid"; wait "$f_pid" 2>/dev/null || :
sleep 8
st a '^route 10.3.0.0/16 ' || die "a: not helped so long"
poll 35 not st a '^route 10.3.0.0/16 ' || die "a: the route stays"
grep -q "help ends: grace period expired" "$W/a.log" || die "a: $(tail "$W/a.log")"
say "FRR did not come back: until the grace period ended"
stop "$a_pid" "$b_pid" "$(cat "$W/frr-f/zebra.pid")"

# our whole daemon, over a tunnel
[ -c /dev/net/tun ] || { say "no /dev/net/tun: no tunnel"; exit 0; }
two_sites
printf 'k = "first"\n' >"$W/secrets"
OSPF="dead 6  hello 1s"
conf 203.0.113.1 198.51.100.7
cp "$W/conf" "$W/london.conf"
sed "s/^ospf { /&disable  /" "$W/conf" >"$W/tokyo.conf"
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 sh -c "'$GSC' -s '$W/tokyo/sock' show tunnels | grep -q 'up '" || die "not up: $(ctl tokyo show tunnels)"
{
	frr_iface gs-london
	printf 'interface lan\n ip ospf area 0\n ip ospf passive\n'
	frr_router 0.0.0.2
} >"$W/tokyo.frr"
frr tokyo; zebra=$(cat "$W/frr-tokyo/zebra.pid")
full_here() { ctl london show neighbors | grep -q FULL/P2P; }
poll 20 full_here || die "not FULL: $(ctl london show neighbors)"
poll 10 kroute tokyo 10.1.0.0/24 "dev gs-london proto ospf" || die "FRR: no route"
poll 10 ping_lan || die "no ping"
sleep 6
log_routes tokyo
# all of it, but nothing else that runs there
kill -9 "$london" $(ps -o pid= --ppid "$london")
wait "$london" 2>/dev/null || :
sleep 1
daemon london; london=$pid
poll 8 ping_lan || die "no traffic again"
poll 10 full_here || die "not FULL again"
over() { ctl london show events | grep -q "graceful restart ends: restart over"; }
poll 10 over || die "restart: $(ctl london show events)"
sleep 8
grep "10.1.0.0" "$W/tokyo.routes" && die "FRR moved its route"
full_here || die "not FULL in the end"
say "our daemon was killed whole and started again: FRR helped"
stop "$watching" "$tokyo_pid" "$zebra" "$london" "$tokyo"
