#!/bin/sh
# SPDX-License-Identifier: ISC
# The lab itself: what the other tests judge by must see, lose and delay.
set -eu
. "$TOP/regress/lib.sh"
root; tun
PROBE=$B/regress/tools/probe
RELAY=$B/regress/tools/relay

ns a; ns r; ns b
veth a eth0 198.51.100.1/24 r ra 198.51.100.2/24
veth b eth0 203.0.113.1/24 r rb 203.0.113.2/24
ip -n "$P-a" route add default via 198.51.100.2
ip -n "$P-b" route add default via 203.0.113.2
in_ns r sysctl -qw net.ipv4.ip_forward=1
in_ns r ip tuntap add dev bad0 mode tun
ip -n "$P-r" link set bad0 up txqueuelen 10000
in_ns r sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.bad0.rp_filter=0
for i in ra rb; do
	ip -n "$P-r" rule add iif $i lookup 100
	in_ns r sysctl -qw net.ipv4.conf.$i.rp_filter=0
done
ip -n "$P-r" route add default dev bad0 table 100
mkfifo "$W/orders"
ip netns exec "$P-r" "$RELAY" -s 1 bad0 <"$W/orders" >"$W/answers" &
PID_LIST=$!
exec 3>"$W/orders"
poll 5 grep -q ready "$W/answers" || die "relay did not start"
tell() {
	_was=$(grep -c ok "$W/answers" || :)
	echo "$*" >&3
	poll 5 sh -c "[ \$(grep -c ok '$W/answers') -gt $_was ]" ||
	    die "relay does not know: $*"
}

in_ns a ping -c 2 -i 0.2 -W 2 203.0.113.1 >/dev/null || die "no way through"
tell delay 50
in_ns a ping -c 1 -W 2 203.0.113.1 | grep -q 'time=1[0-9][0-9]' ||
    die "delay 50 both ways is not 100 ms"
tell clear

watch r
bg b "$W/recv.log" "$PROBE" recv 7000 "$W/probes"; recv=$pid
sleep 0.2
t0=$("$PROBE" now)
bg a "$W/send.log" "$PROBE" send 203.0.113.1 7000 1000; send=$pid
poll 5 test -s "$W/probes" || die "no probes"
poll 5 sh -c "[ \$(wc -l <'$W/probes') -gt 500 ]" || die "few probes"
set -- $("$PROBE" stats "$W/probes" "$t0" "$("$PROBE" now)")
[ "$4" = 0 ] || die "a clean line lost $4 of $2"
t1=$("$PROBE" now)
tell loss 200
sleep 1
tell clear
set -- $("$PROBE" stats "$W/probes" "$t1" "$("$PROBE" now)")
[ "$4" -gt 50 ] && [ "$4" -lt 500 ] || die "loss 200 lost $4 of $2"
# since NS: a probe sent later than that has arrived
since() { [ "$(tail -n 1 "$W/probes" | cut -d ' ' -f 3)" -gt "$1" ]; }
t2=$("$PROBE" now)
poll 5 since "$t2" || die "no probes"	# losses count from the first one on
tell drop 17 7000
sleep 0.5
tell clear
poll 5 since "$((t2 + 600000000))" || die "probes do not come again"
set -- $("$PROBE" stats "$W/probes" "$t2" "$("$PROBE" now)")
[ "$4" -gt 300 ] || die "drop 17 7000 lost only $4"
stop "$send" "$recv" "$cap"
# probes are neither ESP nor IKE: the capture must call them other
[ "$(crossed other)" -gt 1000 ] || die "capture missed the probes: $(cat "$W/counts")"
[ "$(crossed clear)" = 0 ] || die "in clear: $(cat "$W/counts")"
refused() { ! (nothing_clear 0) 2>/dev/null; }
refused || die "a stream of UDP is nothing in clear"

# what a site's LAN or a tunnel's end sends to the provider is in clear, be it
# answered or not, and however its source was changed on the way
ip -n "$P-a" addr add 10.1.0.10/24 dev lo
ip -n "$P-a" addr add 172.31.0.1/32 dev lo
leak() {	# FROM TO
	watch r
	in_ns a ping -q -c 2 -i 0.2 -W 1 -I "$1" "$2" >"$W/ping" 2>&1 || :
	stop "$cap"
	[ "$(crossed clear)" -ge 2 ] && [ "$(crossed icmp)" = 0 ] ||
	    die "$1 > $2 in clear is not seen: $(cat "$W/counts")"
	grep -q "clear: .* $1 > $2 protocol 1 " "$W/counts" ||
	    die "it is not said what was in clear: $(cat "$W/counts")"
	refused || die "$1 > $2 passes for nothing in clear"
}
leak 10.1.0.10 10.2.0.10
leak 198.51.100.1 10.2.0.10
leak 172.31.0.1 203.0.113.9
