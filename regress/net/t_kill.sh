#!/bin/sh
# SPDX-License-Identifier: ISC
# SIGKILL of each process under 500 packets a second: what it costs, and what
# the peer notices.  Control, keys and ike cost nothing; ospf comes back with
# its neighbours, twice in a row too; esp costs what a handshake takes.  Then
# main, and every process at once: nothing leaves in clear, and the next start
# has the traffic back within 15 s.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
CAP=$B/regress/tools/capture
PROBE=$B/regress/tools/probe

two_sites
OSPF="dead 4  hello 1s"
conf 203.0.113.1 198.51.100.7
bg r "$W/capture.log" "$CAP" -o "$W/counts"; cap=$pid
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping"
restarted() { [ "$(child $1 "$london")" != "$2" ] && [ -n "$(child $1 "$london")" ]; }
uptime() { ctl "$1" -j show neighbors | sed -n 's/.*"uptime_s":\([0-9]*\).*/\1/p'; }
lost() { ctl "$1" -j show events | grep -o '"what":"[^"]*"' | grep -cE '"down"|degraded' || :; }
ping_many() { in_ns london-lan ping -i 0.002 -c 1000 10.2.0.10 >"$W/ping" 2>&1; }
lost_of() { awk '/packets transmitted/ { print $1 - $4 }' "$W/ping"; }
# cost ROLE...: kill them in London under traffic, leave the loss in $n
cost() {
	ping_many & _ping=$!; PID_LIST="$PID_LIST $_ping"
	sleep 0.4
	for _r; do
		_p=$(child "$_r" "$london")
		kill -9 "$_p"
		poll 5 restarted "$_r" "$_p" || die "$_r: not restarted"
	done
	wait "$_ping" || :
	n=$(lost_of)
}

for role in control keys ike; do
	cost $role
	[ "$n" = 0 ] || die "$role cost $n packets"
	say "$role: 0 of 1000 packets"
done
cost ospf
[ "$n" = 0 ] || die "ospf cost $n packets: $(ctl london show events)"
full || die "ospf: $(ctl london show neighbors)"
say "ospf: 0 of 1000 packets"
# one that lives for less than 5 s is not given what may have killed it, and is
# started a second later: its neighbours see a router that begins anew
cost ospf
poll 5 full || die "ospf twice: $(ctl london show neighbors)"
say "ospf again after 3 s: $n of 1000 packets"
sleep 6
had2=$(lost tokyo)
cost ospf
[ "$n" = 0 ] || die "ospf a third time cost $n packets"
[ "$(lost tokyo)" = "$had2" ] || die "ospf: Tokyo noticed: $(ctl tokyo show events)"
[ "$(uptime london)" -ge 6 ] || die "ospf: the adjacency is new: $(ctl london show neighbors)"
ctl london show rib | grep -q "10.2.0.0/24 .* 20 " || die "ospf: $(ctl london show rib)"
say "ospf a third time: 0 of 1000 packets, the adjacency did not end"

# what it learns afterwards is learnt, and what goes, goes
ip -n "$P-tokyo" link add extra type veth peer name extra-p
ip -n "$P-tokyo" addr add 10.2.77.1/24 dev extra
ip -n "$P-tokyo" link set extra up; ip -n "$P-tokyo" link set extra-p up
there() { ctl london show rib | grep -q "10.2.77.0/24"; }
poll 10 there || die "a new subnet: $(ctl london show rib)"
ip -n "$P-tokyo" link del extra
notthere() { ! there; }
poll 10 notthere || die "a subnet gone: $(ctl london show rib)"

# its memory is kept for the dead interval only: the peer goes meanwhile
p=$(child ospf "$london")
kill -9 "$tokyo"; wait "$tokyo" 2>/dev/null || :
kill -9 "$p"
gone() { ! ctl london show neighbors | grep -q FULL && ! ip -n "$P-london" route show proto 147 | grep -q "10.2.0.0/24"; }
poll 10 gone || die "a neighbour that is dead: $(ctl london show neighbors)"
daemon tokyo; tokyo=$pid
poll 15 full || die "Tokyo is back, and not FULL"
poll 5 ping_lan || die "Tokyo is back: no ping"
say "a neighbour that died meanwhile is gone, and comes back"

cost esp
say "esp: $n of 1000 packets"
[ "$n" -lt 400 ] || die "esp cost $n packets"
poll 5 full || die "esp: not FULL"

# main takes all with it; so does everything at once
for how in main all; do
	if [ $how = main ]; then kill -9 "$london"; else
		kill -9 $(ip netns pids "$P-london") 2>/dev/null || :
	fi
	wait "$london" 2>/dev/null || :
	empty() { [ -z "$(ip netns pids "$P-london")" ]; }
	poll 5 empty || die "$how: children live on"
	ip -n "$P-london" route show 10.2.0.0/16 | grep -q unreachable || die "$how: no guard"
	! in_ns london-lan ping -c 2 -i 0.2 -W 1 10.2.0.10 >/dev/null || die "$how: a ping without a daemon"
	t0=$(date +%s%N)
	daemon london; london=$pid
	poll 15 ping_lan || die "$how: no traffic 15 s after the start"
	poll 15 full || die "$how: not FULL 15 s after the start"
	say "$how died; traffic is back $(awk -v a="$t0" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }') s after the start"
done

# address and link of the underlay go and come
ip -n "$P-london" addr del 203.0.113.1/24 dev wan
sleep 2
ip -n "$P-london" addr add 203.0.113.1/24 dev wan
ip -n "$P-london" route replace default via 203.0.113.2
poll 15 ping_lan || die "the address came back, the traffic did not"
ip -n "$P-london" link set wan down
sleep 2
ip -n "$P-london" link set wan up
ip -n "$P-london" route replace default via 203.0.113.2
poll 15 ping_lan || die "the link came back, the traffic did not"
say "address and link went and came"
# the machine's network is restarted: everything but our processes
for l in wan lan gs-tokyo; do ip -n "$P-london" link set $l down; done
ip -n "$P-london" addr flush dev wan; ip -n "$P-london" addr flush dev lan
ip -n "$P-london" route flush table main
ip -n "$P-london" link del gs-tokyo 2>/dev/null || :
sleep 1
ip -n "$P-london" addr add 10.1.0.1/24 dev lan; ip -n "$P-london" link set lan up
ip -n "$P-london" addr add 203.0.113.1/24 dev wan; ip -n "$P-london" link set wan up
ip -n "$P-london" route add default via 203.0.113.2
poll 15 ping_lan || die "the network was restarted, the traffic did not come back"
ip -n "$P-london" route show 10.2.0.0/16 | grep -q unreachable || die "network restart: no guard"
say "the network was restarted"

stop "$london" "$tokyo"
sleep 0.2
stop "$cap"
set -- $(head -n 1 "$W/counts")
[ "$2" -gt 1000 ] || die "hardly any ESP"
[ "${12}" = 0 ] || { cat "$W/counts"; die "packets in clear"; }
