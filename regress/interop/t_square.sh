#!/bin/sh
# SPDX-License-Identifier: ISC
# A square of ours, FRR, ours and BIRD.  Each of its four links is cut in turn,
# the carrier stays; after each cut and each mend the whole tables of all four
# are what an oracle of our own says (ring.py).
set -eu
. "$TOP/regress/lib.sh"
root
need vtysh
need bird
need nft
need python3
[ -x /usr/lib/frr/ospfd ] || skip "needs FRR"
. "$TOP/regress/interop/lib_ospf.sh"

ns a; ns f; ns b; ns r
veth a to-f 172.31.1.1/30 f to-a 172.31.1.2/30
veth b to-f 172.31.2.1/30 f to-b 172.31.2.2/30
veth b to-r 172.31.3.1/30 r to-b 172.31.3.2/30
veth a to-r 172.31.4.1/30 r to-a 172.31.4.2/30
veth f lan 10.2.0.1/24 f far 10.20.0.1/24
veth r lan 10.4.0.1/24 r far 10.40.0.1/24
fast="hello 250 dead 1000 rxmt 2000 key 7:k3y"
slow="hello 1000 dead 4000 rxmt 2000 key 7:k3y"
cat >"$W/a.ospf" <<E
rid 10.0.0.1
stub 10.1.0.0/16 10
iface to-f addr 172.31.1.1/30 peer 172.31.1.2 $fast
iface to-r addr 172.31.4.1/30 peer 172.31.4.2 $slow
E
cat >"$W/b.ospf" <<E
rid 10.0.0.3
stub 10.3.0.0/16 10
iface to-f addr 172.31.2.1/30 peer 172.31.2.2 $fast
iface to-r addr 172.31.3.1/30 peer 172.31.3.2 $slow
E
{
frr_fast to-a to-b
cat <<E
interface lan
 ip ospf area 0
 ip ospf passive
router ospf
 ospf router-id 10.0.0.2
 timers throttle spf 0 50 200
E
} >"$W/f.frr"
cat >"$W/r.bird" <<E
router id 10.0.0.4;
protocol device { scan time 1; }
protocol kernel { ipv4 { export where source = RTS_OSPF; }; merge paths yes; }
protocol ospf v2 ospf1 {
	tick 1;
	area 0 {
		interface "to-*" {
			type ptp; cost 10; hello 1; dead 4; retransmit 2;
			authentication cryptographic;
			password "k3y" { id 7; algorithm keyed md5; };
		};
		interface "lan" { stub; cost 10; };
	};
}
E
# map [LINK]: for the oracle, with LINK cut
map() {
	sed "s/^link ${1:-none} .*/& cut/" <<-END
	link a to-f 172.31.1.1 f to-a 172.31.1.2 172.31.1.0/30 10
	link b to-f 172.31.2.1 f to-b 172.31.2.2 172.31.2.0/30 10
	link b to-r 172.31.3.1 r to-b 172.31.3.2 172.31.3.0/30 10
	link a to-r 172.31.4.1 r to-a 172.31.4.2 172.31.4.0/30 10
	net a 10.1.0.0/16 10
	net f 10.2.0.0/24 10
	net b 10.3.0.0/16 10
	net r 10.4.0.0/24 10
	END
}
tables() {	# WHAT [LINK THAT IS CUT]
	map "${2:-}" >"$W/map"
	for n in a f b r; do
		python3 "$TOP/regress/interop/ring.py" $n <"$W/map" >"$W/$n.routes"
		[ "$(wc -l <"$W/$n.routes")" = 5 ] ||
		    die "the oracle: $(cat "$W/$n.routes")"
	done
	routes_are "$1" a f b r
}

frr f
bird r
drive a
drive b
ROUTES_WAIT=40
tables "whole"
grep -q '@.*@' "$W/a.routes" || die "no two ways to the far corner"
say "whole: all tables, two ways to the far corner"
for link in "a to-f" "b to-f" "b to-r" "a to-r"; do
	set -- $link
	in_ns "$1" nft -f - <<-END
	table ip cut {
		chain in { type filter hook input priority 0; iifname "$2" drop; }
		chain out { type filter hook output priority 0; oifname "$2" drop; }
	}
	END
	t0=$(now_ms)
	tables "$link cut" "$link"
	cut=$(($(now_ms) - t0))
	ip -n "$P-$1" link show "$2" | grep -q LOWER_UP || die "$link: no carrier"
	in_ns "$1" nft delete table ip cut
	t0=$(now_ms)
	tables "$link mended"
	say "$link: all tables $cut ms after the cut, $(($(now_ms) - t0)) ms after the mend"
done
# nothing fell but what was cut, and that once
for n in a b; do
	[ "$(grep -c 'FULL ->' "$W/$n.log")" = 2 ] ||
	    die "$n: other falls: $(grep FULL "$W/$n.log")"
done
