#!/bin/sh
# SPDX-License-Identifier: ISC
# The ospf process itself, confined by its sandbox, against FRR: what it tells
# main and control, and a clean end.
set -eu
. "$TOP/regress/lib.sh"
root
need vtysh
[ -x /usr/lib/frr/ospfd ] || skip "needs FRR"
. "$TOP/regress/interop/lib_ospf.sh"

ns a; ns f
veth a eth0 172.31.0.1/30 f eth0 172.31.0.2/30
ip -n "$P-f" addr add 10.9.0.1/16 dev lo
cat >"$W/f.frr" <<E
interface eth0
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf authentication message-digest
 ip ospf message-digest-key 1 md5 k3y
 ip ospf dead-interval minimal hello-multiplier 4
interface lo
 ip ospf area 0
router ospf
 ospf router-id 10.0.0.2
 timers throttle spf 0 50 200
E
mkdir "$W/empty"
chmod 755 "$W" "$W/empty"
frr f
bg a "$W/a.log" "$B/regress/tools/ospfrole" "$W/empty" 10.0.0.1 eth0 \
    172.31.0.1 30 172.31.0.2 k3y 10.1.0.0/16
role=$pid
said() { grep -qE "$1" "$W/a.log"; }
poll 20 said '^full 1 10.0.0.2 tid 9' || die "not FULL"
said '^ack$' || die "configuration not acknowledged"
said '^reserve ' || die "no sequence reserved"
poll 15 said '^route 10.9.0.1/32 [0-9]+ 172.31.0.2$' || die "no route"
poll 5 said '^synced$' || die "not synced"
poll 5 said '^nbr FULL 10.0.0.2' || die "control gets no neighbour"
poll 5 said '^spf [1-9]' || die "control gets no summary"
poll 10 kroute f 10.1.0.0/16 'via 172.31.0.1' || die "FRR has no route"
# FRR falls silent
kill -STOP $f_pid
poll 4 said '^full 0 10.0.0.2 tid 9 dead-timer 1' || die "silence unnoticed"
poll 2 said '^del 10.9.0.1/32' || die "route not withdrawn"
kill -CONT $f_pid
poll 30 sh -c "[ \$(grep -c '^full 1' '$W/a.log') = 2 ]" || die "not FULL again"
poll 10 kroute f 10.1.0.0/16 'via 172.31.0.1' || die "FRR: route not back"
kill $role
poll 3 said '^exit 0$' || die "does not end well"
poll 2 not kroute f 10.1.0.0/16 via || die "its LSA was not flushed"
