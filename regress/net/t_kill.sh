#!/bin/sh
# SPDX-License-Identifier: ISC
# SIGKILL of each process, of all of them, of what they made in the kernel, and
# of the network under them, each under a stream of 500 packets a second and in
# sight of a capture: what it costs is printed, and nothing leaves in clear.
# Control, keys and ike cost nothing; ospf comes back with its neighbours, twice
# in a row too; esp costs what a handshake takes; what takes all along costs the
# time until there is a daemon again, and a start of no more than 15 s.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
PROBE=$B/regress/tools/probe

two_sites
OSPF="dead 4  hello 1s"
conf 203.0.113.1 198.51.100.7
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping"
bg tokyo-lan "$W/recv.log" "$PROBE" recv 7000 "$W/probes"; recv=$pid
bg london-lan "$W/send.log" "$PROBE" send 10.2.0.10 7000 2000; send=$pid
newest() { tail -n 1 "$W/probes" | cut -d ' ' -f 3; }
# sent later than NS, and there
flows_since() { _s=$(newest); [ "${_s:-0}" -gt "$1" ]; }
flows() { _now=$("$PROBE" now); poll "$1" flows_since "$_now"; }
flows 5 || die "no stream"
restarted() { [ "$(child $1 "$london")" != "$2" ] && [ -n "$(child $1 "$london")" ]; }
uptime() { ctl "$1" -j show neighbors | sed -n 's/.*"uptime_s":\([0-9]*\).*/\1/p'; }
lost() { ctl "$1" -j show events | grep -o '"what":"[^"]*"' | grep -cE '"down"|degraded' || :; }

# begin: from here on losses and what is in clear belong to this step
begin() { watch r; t0=$("$PROBE" now); }
# end WHAT MOST MS: its losses, at most MOST packets and a silence of MS, and
# nothing in clear.  What was lost behind the last probe that came is not known,
# so the stream must flow, and for long enough to be seen.
end() {
	flows 20 || die "$1: the stream does not come back: $(ctl london diagnose)"
	came=$(wc -l <"$W/probes")
	fifty() { [ "$(wc -l <"$W/probes")" -ge $((came + 50)) ]; }
	poll 10 fifty || die "$1: the stream does not stay: $(ctl london diagnose)"
	set -- "$1" "$2" "$3" $("$PROBE" stats "$W/probes" "$t0" "$("$PROBE" now)")
	nothing_clear 20 "$1"
	say "$1: $7 of $5 packets lost, longest silence ${11} ms"
	[ "$5" -gt 100 ] || die "$1: hardly a stream: $*"
	[ "$7" -le "$2" ] || die "$1 cost $7 of $5 packets: $(ctl london show events)"
	[ "${11%.*}" -le "$3" ] || die "$1: silence of ${11} ms"
}
# kill_role ROLE SECONDS: and wait for its successor, and so much longer
kill_role() {
	_p=$(child "$1" "$london")
	kill -9 "$_p"
	poll 5 restarted "$1" "$_p" || die "$1: not restarted"
	sleep "$2"
}

for role in control keys ike; do
	begin
	kill_role $role 1
	end $role 0 5000
done
# what becomes of the adjacency shows in the dead interval
begin
kill_role ospf 5
full || die "ospf: $(ctl london show neighbors)"
end ospf 0 5000
had2=$(lost tokyo)
begin
kill_role ospf 1
full || die "ospf again: $(ctl london show neighbors)"
# one that lives for less than 5 s is not given what may have killed it, and is
# started a second later: its neighbours see a router that begins anew
kill_role ospf 0
poll 10 full || die "ospf twice: $(ctl london show neighbors)"
end "ospf twice in a second" 2500 5000
sleep 5
begin
had2=$(lost tokyo)
kill_role ospf 5
end "ospf once more" 0 5000
[ "$(lost tokyo)" = "$had2" ] || die "ospf: Tokyo noticed: $(ctl tokyo show events)"
[ "$(uptime london)" -ge 9 ] || die "ospf: the adjacency is new: $(ctl london show neighbors)"
ctl london show rib | grep -q "10.2.0.0/24 .* 20 " || die "ospf: $(ctl london show rib)"

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
begin
p=$(child ospf "$london")
kill -9 "$tokyo"; wait "$tokyo" 2>/dev/null || :
kill -9 "$p"
gone() { ! ctl london show neighbors | grep -q FULL && ! ip -n "$P-london" route show proto 147 | grep -q "10.2.0.0/24"; }
poll 10 gone || die "a neighbour that is dead: $(ctl london show neighbors)"
daemon tokyo; tokyo=$pid
poll 15 full || die "Tokyo is back, and not FULL"
end "ospf, while the peer died" 15000 30000

begin
kill_role esp 1
poll 5 full || die "esp: not FULL"
end esp 2500 5000

# main takes all with it; so does everything at once
for how in main all; do
	begin
	if [ $how = main ]; then kill -9 "$london"; else
		kill -9 $(ip netns pids "$P-london") 2>/dev/null || :
	fi
	wait "$london" 2>/dev/null || :
	empty() { [ -z "$(ip netns pids "$P-london")" ]; }
	poll 5 empty || die "$how: children live on"
	ip -n "$P-london" route show 10.2.0.0/16 | grep -q unreachable || die "$how: no guard"
	! in_ns london-lan ping -c 2 -i 0.2 -W 1 10.2.0.10 >/dev/null || die "$how: a ping without a daemon"
	started=$("$PROBE" now)
	daemon london; london=$pid
	poll 15 flows_since "$started" || die "$how: no traffic 15 s after the start"
	poll 15 full || die "$how: not FULL 15 s after the start"
	end "$how" 10000 20000
done

# the device of the tunnel
begin
ip -n "$P-london" link del gs-tokyo
sleep 1
poll 10 full || die "the device was deleted: $(ctl london diagnose)"
# it is made again at once, not when it would be tried again, in 2 s
end "ip link del of the tunnel" 900 1800
# the kernel takes the default route away as well; it comes by hand
back() {
	ip -n "$P-london" route replace default via 203.0.113.2
	poll 15 full || die "$1: $(ctl london diagnose)"
	end "$1" 10000 20000
}
begin
ip -n "$P-london" addr del 203.0.113.1/24 dev wan
sleep 1
ip -n "$P-london" addr add 203.0.113.1/24 dev wan
back "the address went and came"
begin
ip -n "$P-london" link set wan down
sleep 1
ip -n "$P-london" link set wan up
back "the link went and came"

# the machine's network is restarted: everything but our processes
begin
for l in wan lan gs-tokyo; do ip -n "$P-london" link set $l down; done
ip -n "$P-london" addr flush dev wan; ip -n "$P-london" addr flush dev lan
ip -n "$P-london" route flush table main
ip -n "$P-london" link del gs-tokyo 2>/dev/null || :
sleep 1
ip -n "$P-london" addr add 10.1.0.1/24 dev lan; ip -n "$P-london" link set lan up
ip -n "$P-london" addr add 203.0.113.1/24 dev wan; ip -n "$P-london" link set wan up
back "the network was restarted"
ip -n "$P-london" route show 10.2.0.0/16 | grep -q unreachable || die "network restart: no guard"

# the routes alone, while LAN and provider are there: ours with all others
i=0
begin
while [ $i -lt 20 ]; do
	printf 'route flush table main\nroute add 203.0.113.0/24 dev wan src 203.0.113.1\nroute add 10.1.0.0/24 dev lan src 10.1.0.1\nroute add default via 203.0.113.2\n' >"$W/batch"
	ip -n "$P-london" -batch "$W/batch" || die "batch"
	flows 15 || die "routes flushed: no stream: $(ctl london diagnose)"
	i=$((i + 1))
done
end "the routes were flushed, $i times" 10000 20000

stop "$send" "$recv" "$london" "$tokyo"
