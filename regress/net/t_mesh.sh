#!/bin/sh
# SPDX-License-Identifier: ISC
# users.md 5 with three sites: FULL everywhere within 15 s from a file of 12 lines
# that is the same on all hosts (1); a link that is cut silently is left within
# the dead interval and a second, one whose interface goes down within a second
# (3); a prefix that covers a peer's outer address attracts nothing of the
# tunnels' own (17); every output in 80 columns with site names of 15
# characters (21).
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
make aa $A 203.0.113.101 203.0.113.102 10.101.101
make bb $B2 198.51.100.107 198.51.100.108 10.102.102
make cc $C 192.0.2.133 192.0.2.134 10.103.103
file() {	# MORE-LINES
	cat >"$W/conf" <<END
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$k  dead 8  hello 2 }
mesh "corp" {
    tunnels 172.31.0.0/22
    site $A { id 101 address 203.0.113.101  network 10.101.0.0/16 $(cat "$W/aa/pub") }
    site $B2 { id 102 address 198.51.100.107 network 10.102.0.0/16 $(cat "$W/bb/pub") ${1:-} }
    site $C { id 103 address 192.0.2.133 network 10.103.0.0/16 $(cat "$W/cc/pub") }
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
narrow() {
	for w in summary tunnels neighbors interfaces rib fib database sa ike events processes counters; do
		ctl aa show $w >"$W/out" 2>&1 || :
		wide=$(awk 'length($0) > 80' "$W/out")
		[ -z "$wide" ] || die "show $w $1: $wide"
	done
	ctl aa diagnose >"$W/out" 2>&1 || :
	wide=$(awk 'length($0) > 80' "$W/out")
	[ -z "$wide" ] || die "diagnose $1: $wide"
}
narrow "when all is well"

# 3: silently
ip -n "$P-r" rule add from 203.0.113.101 to 198.51.100.107 blackhole
ip -n "$P-r" rule add from 198.51.100.107 to 203.0.113.101 blackhole
t0=$(date +%s%N)
poll 12 via aa 10.102.102.10 "$to_c" || die "the route did not move"
t1=$(date +%s%N)
say "cut silently: moved after $(((t1 - t0) / 1000000)) ms with a dead interval of 8 s"
narrow "while a link is cut"
ip -n "$P-r" rule del from 203.0.113.101 to 198.51.100.107 blackhole
ip -n "$P-r" rule del from 198.51.100.107 to 203.0.113.101 blackhole
poll 40 via aa 10.102.102.10 "$to_b" || die "the route did not come back"
# 3: with an event
t0=$(date +%s%N)
ctl aa down $B2
poll 5 via aa 10.102.102.10 "$to_c" || die "taken down: the route did not move"
t1=$(date +%s%N)
# not by the dead timer, which is six seconds away at least
[ $(((t1 - t0) / 1000000)) -le 5000 ] || die "taken down: moved after $(((t1 - t0) / 1000000)) ms"
say "taken down: moved after $(((t1 - t0) / 1000000)) ms"
narrow "while a tunnel is taken down"
ctl aa up $B2
poll 20 two aa || die "it did not come up again: $(ctl aa diagnose)"
poll 10 via aa 10.102.102.10 "$to_b" || die "up: the route did not come back"

# 17: Buenos Aires announces the networks that the outer addresses are in
file 'announce { 192.0.2.0/24, 203.0.113.0/24 }'
"$GSD" -n -f "$W/conf" -k "$W/aa/key" -s $A >/dev/null 2>"$W/out" || :
grep -qi "warning\|outer\|recurs\|tunnel" "$W/out" || die "-n says nothing of it: $(cat "$W/out")"
for s in aa bb cc; do ctl $s reload >/dev/null 2>&1 || die "reload"; done
there() { ctl aa show rib | grep -q "192.0.2.0/24"; }
poll 10 there || die "not announced: $(ctl aa show rib)"
sleep 1
via aa 192.0.2.133 wan || die "the outer address goes by a tunnel: $(ip -n "$P-aa" route get 192.0.2.133)"
two aa && two bb && two cc || die "an adjacency was lost"
in_ns aa-lan ping -c 2 -i 0.2 -W 1 10.103.103.10 >/dev/null || die "no ping"
ctl aa show fib | grep -q "pinned" || ctl aa show | tr -s '\n ' ' ' | grep -q "own packets" || die "nothing pinned, nothing said: $(ctl aa show fib)"
narrow "with a prefix over an outer address"
say "a prefix over the outer addresses: they go by the underlay"
for s in aa bb cc; do eval "stop \$pid_$s"; done
