#!/bin/sh
# SPDX-License-Identifier: ISC
# Two sites over a bad line: 300 ms there and back, packets that overtake each
# other, come twice or not at all.  They join, rekey without losing more than
# the line does, let nothing in twice, and settle on one pair.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
RELAY=$B/regress/tools/relay
two_sites
in_ns r sysctl -qw net.ipv4.conf.all.rp_filter=0
in_ns r ip tuntap add dev bad0 mode tun
ip -n "$P-r" link set bad0 up txqueuelen 10000
for i in bad0 to-london to-tokyo; do
	in_ns r sysctl -qw net.ipv4.conf.$i.rp_filter=0
	[ $i = bad0 ] || ip -n "$P-r" rule add iif $i lookup 100
done
ip -n "$P-r" route add default dev bad0 table 100
mkfifo "$W/orders"
ip netns exec "$P-r" "$RELAY" -s 3 bad0 <"$W/orders" >"$W/answers" &
PID_LIST="$PID_LIST $!"
exec 3>"$W/orders"
poll 5 grep -q ready "$W/answers" || die "relay did not start"
for o in "delay 130" "jitter 40" "loss 20" "dup 50" "reorder 5"; do
	echo "$o" >&3
done
poll 5 sh -c "[ \$(grep -c ok '$W/answers') = 5 ]" || die "relay"

OSPF="dead 8  hello 2s"
conf 203.0.113.1 198.51.100.7
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 60 full || die "not FULL: $(ctl london show ike; ctl london show neighbors)"
routed() { ip -n "$P-london" route get 10.2.0.10 | grep -q gs-tokyo; }
poll 10 routed || die "no route"
say "joined"
one() { [ "$(spis london | wc -l)" = 1 ] && [ "$(spis tokyo | wc -l)" = 1 ]; }
poll 60 one || die "not one pair: $(spis london) $(spis tokyo)"
in_ns london-lan ping -q -i 0.05 -c 400 10.2.0.10 >"$W/ping" 2>&1 & p=$!
PID_LIST="$PID_LIST $p"
for act in "london rekey all" "tokyo rekey all" "london rekey ike all"; do
	was=$(spis london)
	ctl ${act%% *} ${act#* }
	case $act in *ike*) continue ;; esac
	changed() { one && [ "$(spis london)" != "$was" ]; }
	poll 30 changed || die "$act: $(ctl london show sa)"
done
wait "$p" || :
full || die "adjacency lost"
lost=$(sed -n 's/.* \([0-9]*\)[.0-9]*% packet loss.*/\1/p' "$W/ping")
[ "${lost:-100}" -lt 15 ] || die "rekeys cost more than the line: $(cat "$W/ping")"
! grep -q duplicates "$W/ping" || die "packets came twice: $(cat "$W/ping")"
n=$(ctl london show counters | sed -n 's/^esp *\([0-9]*\) replay$/\1/p')
[ "${n:-0}" -gt 0 ] || die "no repeated packet was seen"
say "rekeys: $lost % lost on a line that loses 4 %, ${n} repeated ones refused"
stop "$london"
stop "$tokyo"
