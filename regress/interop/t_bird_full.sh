#!/bin/sh
# SPDX-License-Identifier: ISC
# Ours - BIRD - ours with MD5.  One link with the larger MTU there, one with
# the larger MTU here (BIRD refuses any difference); one end with a /32 and a
# peer against BIRD's /30.
set -eu
. "$TOP/regress/lib.sh"
root
need bird
. "$TOP/regress/interop/lib_ospf.sh"

ns a; ns r; ns b; ns c
veth a eth0 172.31.0.1/30 r eth0 172.31.0.2/30
veth b eth0 172.31.0.5/30 r eth1 172.31.0.6/30
ip link add eth2 netns "$P-r" type veth peer name eth0 netns "$P-c"
ip -n "$P-r" addr add 172.31.0.10/30 dev eth2
ip -n "$P-c" addr add 172.31.0.9 peer 172.31.0.10/32 dev eth0
ip -n "$P-r" link set eth2 up
ip -n "$P-c" link set eth0 up
ip -n "$P-r" link set eth1 mtu 1380
common="hello 1000 dead 4000 rxmt 2000 key 3:s3cret"
cat >"$W/a.ospf" <<E
rid 10.0.0.1
stub 10.1.0.0/16 10
iface eth0 addr 172.31.0.1/30 peer 172.31.0.2 mtu 1400 $common
E
cat >"$W/b.ospf" <<E
rid 10.0.0.3
stub 10.3.0.0/16 10
iface eth0 addr 172.31.0.5/30 peer 172.31.0.6 mtu 1500 $common
E
cat >"$W/c.ospf" <<E
rid 10.0.0.4
stub 10.4.0.0/16 10
iface eth0 addr 172.31.0.9/32 peer 172.31.0.10 mtu 1500 $common
E
cat >"$W/r.bird" <<'E'
router id 10.0.0.2;
protocol device { scan time 1; }
protocol kernel { ipv4 { export all; }; merge paths yes; }
protocol ospf v2 {
	tick 1;
	area 0 {
		interface "eth*" {
			type ptp; cost 10; hello 1; dead 4; retransmit 2;
			authentication cryptographic;
			password "s3cret" { id 3; algorithm keyed md5; };
		};
	};
}
E
bird r
drive a
drive b
drive c
for x in a b c; do
	poll 30 st $x '^nbr eth0 10.0.0.2 FULL' || die "$x is not FULL"
done
st a 'FULL MTU 1500 there, 1400 here: accepted' || die "a: MTU not named"
st b 'FULL MTU 1380 there, 1500 here: accepted' || die "b: MTU not named"
say "FULL with both kinds of MTU"
poll 20 st a '^route 10.3.0.0/16 30 172.31.0.2@eth0$' || die "a: route to b"
poll 20 st a '^route 10.4.0.0/16 30 172.31.0.2@eth0$' || die "a: route to c"
poll 20 st b '^route 10.1.0.0/16 30 172.31.0.6@eth0$' || die "b: route to a"
poll 20 st c '^route 10.1.0.0/16 30 172.31.0.10@eth0$' || die "c: route to a"
poll 20 kroute r 10.1.0.0/16 'via 172.31.0.1 dev eth0' || die "BIRD: to a"
poll 20 kroute r 10.3.0.0/16 'via 172.31.0.5 dev eth1' || die "BIRD: to b"
poll 20 kroute r 10.4.0.0/16 'via 172.31.0.9 dev eth2' || die "BIRD: to c"
say "routes equal, /30 against /32 too"
birdq r show ospf state >"$W/ospf-state"
grep -q 'router 10.0.0.4' "$W/ospf-state" || die "BIRD does not see c"
kill $c_pid
poll 5 not st a '^route 10.4.0.0/16' || die "c's route stays"
say "withdrawn"
