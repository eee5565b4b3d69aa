#!/bin/sh
# SPDX-License-Identifier: ISC
# Three sites from the start of the daemons to FULL everywhere; and a silent cut
# in a square of four with a dead interval of 1 s and four Hellos a second, ours
# over tunnels and FRR over plain links: how long 1 ms probes are missing.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/bench/lib.sh"
root; tun
. "$TOP/regress/interop/lib_ospf.sh"
PROBE=$B/regress/tools/probe

# place N: site N behind the underlay, with a LAN host
place() {
	ns "s$1"; ns "h$1"
	veth "s$1" wan 198.51.$1.1/24 inet "to-$1" 198.51.$1.2/24
	ip -n "$P-s$1" route add default via 198.51.$1.2
	veth "s$1" lan 10.$1.0.1/24 "h$1" eth0 10.$1.0.10/24
	ip -n "$P-h$1" route add default via 10.$1.0.1
	mkdir -p "$W/s$1"
	"$GSC" keygen -o "$W/s$1/key" >"$W/s$1/pub"
}
# conf SITES LINES...
conf() {
	_s=$1; shift
	{
		echo 'ospf { area 0.0.0.0  auth md5 1 "0123456789abcdef"  dead 1  hello 250ms }'
		echo 'mesh "corp" { tunnels 172.31.0.0/22'
		for _x; do echo "$_x"; done
		for _x in $_s; do
			echo "site s$_x { id $_x address 198.51.$_x.1 network 10.$_x.0.0/16 $(cat "$W/s$_x/pub") }"
		done
		echo "}"
	} >"$W/conf"
	chmod 600 "$W/conf"
}
full() { [ "$(ctl "$1" show neighbors 2>/dev/null | grep -c FULL/P2P)" = "$2" ]; }
# by DEV: the way that will be cut is the one in use
by() { ip -n "$P-s1" route get 10.4.0.10 | grep -q " dev $1 "; }
# outage SYSTEM: probes from h1 to h4 while cut() is called
outage() {
	bg h4 "$W/recv.log" "$PROBE" recv 7000 "$W/probes"
	bg h1 "$W/send.log" "$PROBE" send 10.4.0.10 7000 1000
	flows() { [ "$("$PROBE" last "$W/probes")" != "" ]; }
	poll 5 flows || die "$1: no probes"
	sleep 1.$(($(now) / 1000 % 1000))
	_t0=$("$PROBE" now)
	cut
	sleep 4
	_t1=$("$PROBE" now)
	row heal "$1" ms "$("$PROBE" stats "$W/probes" "$_t0" "$_t1" | awk '{ print $8 }')"
}

ns inet
in_ns inet sysctl -qw net.ipv4.ip_forward=1
for n in 1 2 3; do place $n; done
conf "1 2 3"
t0=$(now)
for n in 1 2 3; do daemon s$n; done
for n in 1 2 3; do poll 20 full s$n 2 || die "s$n is not FULL"; done
row mesh-start greipsecd ms "$(calc "($(now) - $t0) / 1e6" 0)"
unwire

ns inet
in_ns inet sysctl -qw net.ipv4.ip_forward=1
for n in 1 2 3 4; do place $n; done
conf "1 2 3 4" "topology links" "link s1 s2 { }" "link s2 s4 { }" \
    "link s1 s3 { metric 20 }" "link s3 s4 { metric 20 }"
for n in 1 2 3 4; do daemon s$n; done
for n in 1 2 3 4; do poll 20 full s$n 2 || die "s$n is not FULL: $(ctl s$n show neighbors)"; done
poll 10 by gs-s2 || die "not by s2: $(ip -n "$P-s1" route)"
poll 10 in_ns h1 ping -c 1 -W 1 10.4.0.10 || die "no ping"
cut() {
	ip -n "$P-inet" rule add from 198.51.1.1 to 198.51.2.1 blackhole
	ip -n "$P-inet" rule add from 198.51.2.1 to 198.51.1.1 blackhole
}
outage greipsecd
unwire

[ -x $FRRLIB/ospfd ] || exit 0
for n in 1 2 3 4; do
	ns s$n; ns h$n
	in_ns s$n sysctl -qw net.ipv4.ip_forward=1
	veth s$n lan 10.$n.0.1/24 h$n eth0 10.$n.0.10/24
	ip -n "$P-h$n" route add default via 10.$n.0.1
done
veth s1 to2 172.31.0.1/30 s2 to1 172.31.0.2/30
veth s2 to4 172.31.0.5/30 s4 to2 172.31.0.6/30
veth s1 to3 172.31.0.9/30 s3 to1 172.31.0.10/30
veth s3 to4 172.31.0.13/30 s4 to3 172.31.0.14/30
links() { case $1 in 1) echo to2 to3 ;; 2) echo to1 to4 ;; 3) echo to1 to4 ;; 4) echo to2 to3 ;; esac; }
for n in 1 2 3 4; do
	{
		for i in $(links $n); do
			[ $n = 3 ] || [ $i = to3 ] && c=20 || c=10
			printf 'interface %s\n ip ospf area 0\n ip ospf network point-to-point\n' $i
			printf ' ip ospf authentication message-digest\n ip ospf message-digest-key 1 md5 0123456789abcdef\n'
			printf ' ip ospf dead-interval minimal hello-multiplier 4\n ip ospf cost %s\n' $c
		done
		printf 'interface lan\n ip ospf area 0\n ip ospf passive\nrouter ospf\n ospf router-id 0.0.0.%s\n' $n
		printf ' timers throttle spf 0 50 200\n'
	} >"$W/s$n.frr"
	frr s$n
done
poll 30 by to2 || die "FRR: not by s2: $(ip -n "$P-s1" route)"
poll 30 in_ns h1 ping -c 1 -W 1 10.4.0.10 || die "FRR: no ping"
sleep 2
cut() {
	in_ns s2 nft -f - <<-'END'
	table inet cut {
		chain i { type filter hook input priority -300; iifname "to1" drop; }
		chain o { type filter hook output priority -300; oifname "to1" drop; }
		chain f { type filter hook forward priority -300; iifname "to1" drop; oifname "to1" drop; }
	}
	END
}
outage frr
