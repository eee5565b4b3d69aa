#!/bin/sh
# SPDX-License-Identifier: ISC
# Ours - FRR - ours in a row with MD5: FULL, an LSA larger than the MTU, a wrong
# key named, withdrawal at our shutdown.
set -eu
. "$TOP/regress/lib.sh"
root
need vtysh
[ -x /usr/lib/frr/ospfd ] || skip "needs FRR"
. "$TOP/regress/interop/lib_ospf.sh"

ns a; ns f; ns b
veth a eth0 172.31.0.1/30 f eth0 172.31.0.2/30
veth b eth0 172.31.0.5/30 f eth1 172.31.0.6/30
cat >"$W/a.ospf" <<E
rid 10.0.0.1
stub 10.1.0.0/16 10
$(i=0; while [ $i -lt 150 ]; do echo "stub 10.200.$i.0/24 1"; i=$((i + 1)); done)
iface eth0 addr 172.31.0.1/30 peer 172.31.0.2 hello 1000 dead 4000 rxmt 2000 key 1:first
E
cat >"$W/b.ospf" <<E
rid 10.0.0.3
stub 10.3.0.0/16 7
iface eth0 addr 172.31.0.5/30 peer 172.31.0.6 mtu 1400 hello 1000 dead 4000 rxmt 2000 key 1:first
E
cat >"$W/f.frr" <<E
interface eth0
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf authentication message-digest
 ip ospf message-digest-key 1 md5 first
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip ospf retransmit-interval 2
interface eth1
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf authentication message-digest
 ip ospf message-digest-key 1 md5 first
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip ospf retransmit-interval 2
 ip ospf cost 30
router ospf
 ospf router-id 10.0.0.2
 timers throttle spf 0 50 200
E
frr f
drive a
drive b
poll 20 st a '^nbr eth0 10.0.0.2 FULL' || die "a is not FULL"
# FRR has 1500 there, we say 1400: accepted both ways
poll 20 st b '^nbr eth0 10.0.0.2 FULL' || die "b is not FULL"
say "FULL"
poll 10 st a '^route 10.3.0.0/16 47 172.31.0.2@eth0$' || die "a: route to b"
poll 10 st b '^route 10.1.0.0/16 30 172.31.0.6@eth0$' || die "b: route to a"
poll 10 st a '^route 172.31.0.4/30 40 172.31.0.2@eth0$' || die "a: far link"
poll 10 kroute f 10.1.0.0/16 'via 172.31.0.1 dev eth0' || die "FRR: to a"
poll 10 kroute f 10.3.0.0/16 'via 172.31.0.5 dev eth1' || die "FRR: to b"
# an LSA larger than the MTU, in fragments
poll 10 kroute f 10.200.149.0/24 'via 172.31.0.1' || die "FRR: large LSA"
poll 10 st b '^route 10.200.77.0/24 ' || die "b: large LSA"
vty f 'show ip ospf database' | grep -c '^10.0.0' | grep -qx 3 ||
    die "FRR holds other LSAs"
say "routes, those of the large LSA too"

# another key text: said so
sed -i 's/1:first/1:other/' "$W/a.ospf"
reload a
poll 10 st a '^nbr eth0 .*digest wrong' || die "no reason for a wrong key"
sed -i 's/1:other/1:first/' "$W/a.ospf"
reload a
poll 15 st a '^nbr eth0 10.0.0.2 FULL' || die "not FULL again"
say "wrong key named"

# shutdown flushes our LSA
kill $b_pid
poll 3 not kroute f 10.3.0.0/16 via || die "b's route stays after its end"
poll 3 not st a '^route 10.3.0.0/16' || die "a keeps b's route"
# FRR shows it until its sweep of MaxAge LSAs, 60 s
vty f 'show ip ospf database' | awk '$1 == "10.0.0.3" && $3 < 3600' |
    grep -q . && die "b's LSA lives"
say "flushed"
