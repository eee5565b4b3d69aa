#!/bin/sh
# SPDX-License-Identifier: ISC
# Hellos four times a second and a dead interval of 1 s with FRR: FULL, and
# routes gone within that second when FRR falls silent.
set -eu
. "$TOP/regress/lib.sh"
root
need vtysh
[ -x /usr/lib/frr/ospfd ] || skip "needs FRR"
. "$TOP/regress/interop/lib_ospf.sh"

ns a; ns f; ns b
veth a eth0 172.31.0.1/30 f eth0 172.31.0.2/30
veth b eth0 172.31.0.5/30 f eth1 172.31.0.6/30
veth a eth1 172.31.0.9/30 b eth1 172.31.0.10/30
fast="hello 250 dead 1000 rxmt 2000 key 7:k3y"
cat >"$W/a.ospf" <<E
rid 10.0.0.1
stub 10.1.0.0/16 10
iface eth0 addr 172.31.0.1/30 peer 172.31.0.2 $fast
iface eth1 addr 172.31.0.9/30 peer 172.31.0.10 cost 100 $fast
E
cat >"$W/b.ospf" <<E
rid 10.0.0.3
stub 10.3.0.0/16 10
iface eth0 addr 172.31.0.5/30 peer 172.31.0.6 $fast
iface eth1 addr 172.31.0.10/30 peer 172.31.0.9 cost 100 $fast
E
{
frr_fast eth0 eth1
printf 'router ospf\n ospf router-id 10.0.0.2\n timers throttle spf 0 50 200\n'
} >"$W/f.frr"
frr f
drive a
drive b
for x in a b; do
	poll 20 st $x '^nbr eth0 10.0.0.2 FULL' || die "$x is not FULL"
done
poll 15 st a '^route 10.3.0.0/16 30 172.31.0.2@eth0$' || die "a: route to b"
say "FULL, through FRR"
sleep 2
kill -STOP $f_pid
t0=$(now_ms)
poll 5 st a '^route 10.3.0.0/16 110 172.31.0.10@eth1$' || die "a: no way round"
t=$(($(now_ms) - t0))
say "round it after $t ms"
# a second from the last Hello, and what a busy machine needs to look
[ $t -ge 600 ] && [ $t -le 4000 ] || die "$t ms is not the dead interval"
kill -CONT $f_pid
poll 30 st a '^nbr eth0 10.0.0.2 FULL' || die "not FULL again"
poll 20 st a '^route 10.3.0.0/16 30 172.31.0.2@eth0$' || die "not back"
say "back through FRR"
grep -c 'eth1: 10.0.0.3: .*FULL ->' "$W/a.log" | grep -qx 0 ||
    die "the other adjacency flapped"
