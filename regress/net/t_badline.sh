#!/bin/sh
# SPDX-License-Identifier: ISC
# Two sites over a bad line: 300 ms there and back, packets that overtake each
# other, come twice or not at all.  They join, rekey without losing more than
# the line does, let nothing in twice, and settle on one pair.
set -eu
. "$TOP/regress/lib.sh"
root; tun
RELAY=$B/regress/tools/relay
ns r
site() {	# NAME ADDRESS GATEWAY LAN
	ns "$1"; ns "$1-lan"
	veth "$1" wan "$2/24" r "to-$1" "$3/24"
	ip -n "$P-$1" route add default via "$3"
	veth "$1" lan "$4.1/24" "$1-lan" eth0 "$4.10/24"
	ip -n "$P-$1-lan" route add default via "$4.1"
	mkdir -p "$W/$1"
	"$GSC" keygen -o "$W/$1/key" >"$W/$1/pub"
}
in_ns r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0
in_ns r ip tuntap add dev bad0 mode tun
ip -n "$P-r" link set bad0 up txqueuelen 10000
site london 203.0.113.1 203.0.113.2 10.1.0
site tokyo 198.51.100.7 198.51.100.8 10.2.0
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

printf 'k = "0123456789abcdef"\n' >"$W/secrets"
chmod 600 "$W/secrets"
cat >"$W/conf" <<END
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$k  dead 8  hello 2s }
mesh "corp" { tunnels 172.31.0.0/22
	site london { id 1 address 203.0.113.1 network 10.1.0.0/16 $(cat "$W/london/pub") }
	site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 $(cat "$W/tokyo/pub") }
}
END
daemon london; london=$pid
daemon tokyo; tokyo=$pid
full() { ctl london show neighbors | grep -q FULL/P2P && ctl tokyo show neighbors | grep -q FULL/P2P; }
poll 60 full || die "not FULL: $(ctl london show ike; ctl london show neighbors)"
routed() { ip -n "$P-london" route get 10.2.0.10 | grep -q gs-tokyo; }
poll 10 routed || die "no route"
say "joined"
spis() { ctl "$1" -j show sa | grep -o '"spi_in":"[^"]*"'; }
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
