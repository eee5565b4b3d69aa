#!/bin/sh
# SPDX-License-Identifier: ISC
# Three sites: FULL everywhere within 15 s from a file of 12 lines
# that is the same on all hosts (1); a link that is cut silently is left within
# the dead interval and a second, with failover fast within five, and one that is
# taken down within a second, by the kernel's own word on its routes (3); a
# prefix that covers a peer's outer address is named by file, line and column,
# and attracts nothing of the tunnels' own (17); every output in 80 columns with
# site names of 15 characters (21).
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
A=amsterdam-south B2=buenos-aires-no C=christchurch-12
ns r
in_ns r sysctl -qw net.ipv4.ip_forward=1
printf 'k = "0123456789abcdef"\n' >"$W/secrets"; chmod 600 "$W/secrets"
ns aa; ns bb; ns cc
# name of namespace, site, address, gateway, LAN
make() {
	ns "$1-lan"
	veth "$1" wan "$3/24" r "to-$1" "$4/24"
	ip -n "$P-$1" route add default via "$4"
	veth "$1" lan "$5.1/24" "$1-lan" eth0 "$5.10/24"
	ip -n "$P-$1-lan" route add default via "$5.1"
	mkdir -p "$W/$1"
	"$GSC" keygen -o "$W/$1/key" >"$W/$1/pub"
}
make aa $A 203.113.113.101 203.113.113.102 10.101.101
make bb $B2 198.151.100.107 198.151.100.108 10.102.102
make cc $C 192.168.202.133 192.168.202.134 10.103.103
file() {	# MORE-LINES
	cat >"$W/conf" <<END
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$k  dead 8  hello 2 }
mesh "corp" {
    tunnels 172.31.0.0/22
    site $A { id 101 address 203.113.113.101  network 10.101.0.0/16 $(cat "$W/aa/pub") }
    site $B2 { id 102 address 198.151.100.107 network 10.102.0.0/16 $(cat "$W/bb/pub") ${1:-} }
    site $C { id 103 address 192.168.202.133 network 10.103.0.0/16 $(cat "$W/cc/pub") }
}
END
	sed -i 's,/22,/17,' "$W/conf"
}
file
[ "$(wc -l <"$W/conf")" -le 12 ] || die "more than 12 lines"
for s in aa bb cc; do "$GSD" -n -f "$W/conf" -k "$W/$s/key" -s $A >/dev/null 2>"$W/out" || [ $s != aa ] || die "$(cat "$W/out")"; done
t0=$(date +%s)
for s in aa bb cc; do daemon $s; eval "pid_$s=$pid"; done
two() { [ "$(ctl "$1" show neighbors | grep -c FULL/P2P)" = 2 ]; }
for s in aa bb cc; do poll 15 two $s || die "$s: $(ctl $s diagnose)"; done
[ $(($(date +%s) - t0)) -le 15 ] || die "later than 15 s"
say "three sites FULL from $(wc -l <"$W/conf") lines"
via() { ip -n "$P-$1" route get "$2" | grep -q "dev $3 "; }
ifc() { ctl aa -j show tunnels | python3 -c 'import json, sys
print([t["ifname"] for t in json.load(sys.stdin)["tunnels"] if t["name"] == sys.argv[1]][0])' "$1"; }
to_b=$(ifc $B2) to_c=$(ifc $C)
poll 5 via aa 10.102.102.10 "$to_b" || die "no direct route"

# 21: 80 columns, whatever the names
fits() {	# WHAT: $W/out is that wide
	wide=$(awk 'length($0) > 80' "$W/out")
	[ -z "$wide" ] || die "$1: $wide"
}
narrow() {
	for w in summary tunnels neighbors interfaces rib fib database sa ike events config processes counters; do
		ctl aa show $w >"$W/out" 2>&1 || :
		fits "show $w $1"
	done
	for w in "" $B2 $C; do
		in_ns aa "$GSC" -s "$W/aa/sock" diagnose $w >"$W/out" 2>&1 || :
		fits "diagnose $w $1"
	done
	ctl aa reload -n >"$W/out" 2>&1 || :
	[ -s "$W/out" ] || die "reload -n says nothing"
	fits "reload -n $1"
}
ctl aa monitor >"$W/monitor" 2>&1 & PID_LIST="$PID_LIST $!"
narrow "when all is well"

# 3: when aa's kernel is told of other ways; each line begins with the time
bg aa "$W/routes" ip -ts monitor route
mark=1
now_ms() { echo $(($(date +%s%N) / 1000000)); }
cut_ms() {	# add | del
	ip -n "$P-r" rule $1 from 203.113.113.101 to 198.151.100.107 blackhole
	ip -n "$P-r" rule $1 from 198.151.100.107 to 203.113.113.101 blackhole
}
# moved WHAT MS: from $t0 to the route by Christchurch; more than MS is too late
moved() {
	poll $(($2 / 1000 + 10)) via aa 10.102.102.10 "$to_c" || die "$1: the route did not move"
	told() { _at=$(tail -n +$mark "$W/routes" | sed -n "s/^\[\([^]]*\)\] 10.102.102.0\/24 .*dev $to_c .*/\1/p" | head -n 1) && [ -n "$_at" ]; }
	poll 5 told || die "$1: the kernel says nothing of it: $(cat "$W/routes")"
	_ms=$(($(date -d "$_at" +%s%N) / 1000000 - t0))
	[ $_ms -ge 0 ] && [ $_ms -le "$2" ] || die "$1: moved after $_ms ms"
	say "$1: moved after $_ms ms"
}
back() {
	poll 40 via aa 10.102.102.10 "$to_b" || die "$1: the route did not come back"
	poll 20 two aa && poll 20 two bb && poll 20 two cc || die "$1: not FULL again"
	mark=$(($(wc -l <"$W/routes") + 1))
}
# silently: the last Hello may have come just before
t0=$(now_ms)
cut_ms add
moved "cut silently, dead interval 8 s" 9000
narrow "while a link is cut"
cut_ms del
back "cut silently"
sed -i 's/dead 8  hello 2/failover fast/' "$W/conf"
for s in aa bb cc; do ctl $s reload >/dev/null || die "reload: failover fast"; done
back "failover fast"
t0=$(now_ms)
cut_ms add
moved "cut silently, failover fast" 5000
cut_ms del
back "failover fast"
# with an event
t0=$(now_ms)
ctl aa down $B2
# a second, and what a busy machine needs to start greipsecctl
moved "taken down" 1500
narrow "while a tunnel is taken down"
ctl aa up $B2
back "taken down"
# the link that the way to Buenos Aires leaves by loses its carrier
veth aa wan2 10.99.0.1/30 r to-aa2 10.99.0.2/30
ip -n "$P-aa" route add 198.151.100.107 via 10.99.0.2 src 203.113.113.101
poll 10 via aa 198.151.100.107 wan2 || die "no second way"
ping_b() { in_ns aa-lan ping -c 1 -W 1 10.102.102.10 >/dev/null; }
poll 10 ping_b || die "no ping by the second way"
t0=$(now_ms)
ip -n "$P-r" link set to-aa2 down
moved "its link lost the carrier" 1500
cut() { ctl aa show events $B2 | grep -q "main *cut *its link is down"; }
cut || die "no event of the cut: $(ctl aa show events $B2)"
ip -n "$P-r" link set to-aa2 up
back "its link lost the carrier"
ip -n "$P-aa" link del wan2

# a down says why, in the events as they come and as they are kept
why() {
	ctl aa show events $B2 | tr -s '\n ' ' ' >"$W/out"
	grep -qE "ospf down [0-9.]+: dead timer: FULL -> DOWN" "$W/out" &&
	    grep -q "main degraded protected, OSPF is not FULL: dead timer" "$W/out" &&
	    grep -q "main down no ESP SA: taken-down" "$W/out"
}
why || die "no reason: $(ctl aa show events $B2)"
tr -s '\n ' ' ' <"$W/monitor" >"$W/out"
grep -q "$B2 main degraded protected, OSPF is not FULL: dead timer" "$W/out" &&
    grep -q "$B2 main down no ESP SA: taken-down" "$W/out" ||
    die "monitor: no reason: $(cat "$W/monitor")"
cp "$W/monitor" "$W/out"
fits monitor
say "down has its reason, in monitor and in the events"

# one site's rekey, restart and log leave the others alone
spi() { ctl aa -j show sa | python3 -c 'import json, sys
print(sorted(s["spi_in"] for s in json.load(sys.stdin)["sa"] if s["name"] == sys.argv[1]))' "$1"; }
ike_spi() { ctl aa -j show ike | python3 -c 'import json, sys
print([(k["spi_i"], k["spi_r"]) for k in json.load(sys.stdin)["ike"] if k["name"] == sys.argv[1]])' "$1"; }
rekeyed() { ctl aa -j show events "$1" | grep -c '"what":"child-rekey"' || :; }
logged() { grep -c "ike: $1: child-rekey" "$W/aa/log" || :; }
ctl aa log brief
ctl aa log verbose ike $B2
n_b=$(rekeyed $B2) n_c=$(rekeyed $C) l_b=$(logged $B2) l_c=$(logged $C)
b=$(spi $B2) c=$(spi $C) ic=$(ike_spi $C)
[ "$c" != "[]" ] || die "no SA of $C"
ctl aa rekey $B2
new() { [ "$(spi $B2)" != "$b" ] && [ "$(rekeyed $B2)" -gt "$n_b" ]; }
poll 10 new || die "rekey $B2: $(ctl aa show sa)"
[ "$(spi $C)" = "$c" ] && [ "$(ike_spi $C)" = "$ic" ] && [ "$(rekeyed $C)" = "$n_c" ] || die "rekey $B2: that of $C went too"
ib=$(ike_spi $B2)
ctl aa restart $B2
other_ike() { [ "$(ike_spi $B2)" != "$ib" ] && two aa; }
poll 20 other_ike || die "restart $B2: $(ctl aa show ike)"
[ "$(spi $C)" = "$c" ] && [ "$(ike_spi $C)" = "$ic" ] || die "restart $B2: the SAs of $C went too"
two aa && two bb && two cc || die "restart $B2: an adjacency went"
ctl aa rekey $C
third() { [ "$(rekeyed $C)" -gt "$n_c" ]; }
poll 10 third || die "rekey $C"
more_b() { [ "$(logged $B2)" -gt "$l_b" ]; }
poll 5 more_b || die "log verbose ike $B2: its rekey is not logged"
[ "$(logged $C)" = "$l_c" ] || die "log verbose ike $B2 logs $C: $(grep "$C: child-rekey" "$W/aa/log")"
# and had it been asked for, it would be there
ctl aa log verbose ike $C
n_c=$(rekeyed $C)
ctl aa rekey $C
poll 10 third || die "rekey $C"
more_c() { [ "$(logged $C)" -gt "$l_c" ]; }
poll 5 more_c || die "log verbose ike $C: its rekey is not logged"
ctl aa log debug
say "rekey, restart and log of one site are of that site"

# 17: Buenos Aires announces the networks that the outer addresses are in
file 'announce { 192.168.202.0/24, 203.113.113.0/24 }'
"$GSD" -n -f "$W/conf" -k "$W/aa/key" -s $A >/dev/null 2>"$W/out" || :
at() { awk -v w="$1" 'i = index($0, w) { print NR ":" i; exit }' "$W/conf"; }
cat >"$W/lint" <<END
$W/conf:$(at 192.168.202.0/24): warning: network 192.168.202.0/24 of $B2 holds $C's outer address 192.168.202.133: a tunnel's packets must not be routed into a tunnel; such a route is kept out
$W/conf:$(at 203.113.113.0/24): warning: network 203.113.113.0/24 of $B2 holds $A's outer address 203.113.113.101: a tunnel's packets must not be routed into a tunnel; such a route is kept out
END
grep "holds" "$W/out" | cmp -s - "$W/lint" || die "-n says $(cat "$W/out") and not $(cat "$W/lint")"
for s in aa bb cc; do ctl $s reload >/dev/null 2>&1 || die "reload"; done
there() { ctl aa show rib | grep -q "192.168.202.0/24"; }
poll 10 there || die "not announced: $(ctl aa show rib)"
sleep 1
# the prefix is in use, and the peer's own address goes where it went before
via aa 192.168.202.1 "$to_b" || die "not used: $(ip -n "$P-aa" route get 192.168.202.1)"
via aa 192.168.202.133 wan || die "the outer address goes by a tunnel: $(ip -n "$P-aa" route get 192.168.202.133)"
two aa && two bb && two cc || die "an adjacency was lost"
in_ns aa-lan ping -c 2 -i 0.2 -W 1 10.103.103.10 >/dev/null || die "no ping"
ip -n "$P-aa" route show 192.168.202.133 proto 147 | grep -q "via 203.113.113.102 dev wan metric 10" ||
    die "no host route: $(ip -n "$P-aa" route)"
ctl aa show fib pinned | grep -q "192.168.202.133/32" || die "not shown: $(ctl aa show fib)"
narrow "with a prefix over an outer address"
say "a prefix over the outer addresses: they go by the underlay"
# what reload says of a change, with names as long as they get
file 'announce { 192.168.202.0/24, 203.113.113.0/24 } metric 7'
ctl aa reload -n >"$W/out" || die "reload -n: $(cat "$W/out")"
grep -q "^~ .*$B2" "$W/out" || die "reload -n: $(cat "$W/out")"
fits "reload -n"
ctl aa reload >"$W/out" || die "reload: $(cat "$W/out")"
fits reload
for s in aa bb cc; do eval "stop \$pid_$s"; done
