# SPDX-License-Identifier: ISC
# Sourced after regress/lib.sh: London and Tokyo behind a router r, each with a
# LAN host, keys made, the OSPF key in $W/secrets.

# site NAME ADDRESS GATEWAY LAN
site() {
	ns "$1"; ns "$1-lan"
	veth "$1" wan "$2/24" r "to-$1" "$3/24"
	ip -n "$P-$1" route add default via "$3"
	veth "$1" lan "$4.1/24" "$1-lan" eth0 "$4.10/24"
	ip -n "$P-$1-lan" route add default via "$4.1"
	mkdir -p "$W/$1"
	"$GSC" keygen -o "$W/$1/key" >"$W/$1/pub"
}

two_sites() {
	ns r
	in_ns r sysctl -qw net.ipv4.ip_forward=1
	site london 203.0.113.1 203.0.113.2 10.1.0
	site tokyo 198.51.100.7 198.51.100.8 10.2.0
	printf 'k = "0123456789abcdef"\n' >"$W/secrets"
	chmod 600 "$W/secrets"
}

# three_sites: Hanoi too, and two keys and two PSKs to change between
three_sites() {
	two_sites
	site hanoi 192.0.2.33 192.0.2.34 10.3.0
	cat >"$W/secrets" <<-'END'
	k1 = "0123456789abcdef"
	k2 = "fedcba9876543210"
	p1 = "HtQ7zYw2mK9xR4vB8nL3cF6jD1sG5aPe"
	p2 = "Zq8Wn3Lk6Vb1Xc9Mf4Rt7Ys2Hd5Jg0Pa"
	END
}

# conf LONDON-ADDRESS TOKYO-ADDRESS LINES...: one file for both; $OSPF: timers
OSPF="dead 1  hello 250ms"
conf() {
	_a=$1 _b=$2; shift 2
	{
		echo 'include "secrets"'
		echo "ospf { area 0.0.0.0  auth md5 1 \$k  $OSPF }"
		for _x; do echo "$_x"; done
		echo "mesh \"corp\" { tunnels 172.31.0.0/22"
		echo "site london { id 1 address $_a network 10.1.0.0/16 $(cat "$W/london/pub") }"
		echo "site tokyo { id 2 address $_b network 10.2.0.0/16 $(cat "$W/tokyo/pub") }"
		echo "}"
	} >"$W/conf"
}

full() {
	ctl london show neighbors 2>/dev/null | grep -q FULL/P2P &&
	    ctl tokyo show neighbors 2>/dev/null | grep -q FULL/P2P
}
ping_lan() { in_ns london-lan ping -c 1 -W 1 "$@" 10.2.0.10; }
# the inbound SPIs of a site, a line each
spis() { ctl "$1" -j show sa | grep -o '"spi_in":"[^"]*"' | sort; }
one_pair() { [ "$(spis "$1" | wc -l)" = 1 ]; }
# for how long a site's (only) neighbour has been FULL, in seconds
full_for() { ctl "$1" -j show neighbors | grep -o '"uptime_s":[0-9]*' | cut -d : -f 2; }
# wall RULES: the router drops what they say
wall() { printf 'table ip wall {\nchain through {\ntype filter hook forward priority 0\n%s\n}\n}\n' "$1" | in_ns r nft -f -; }
# bad_line SEED ORDERS...: everything through r goes by a relay (tools/relay.c)
bad_line() {
	in_ns r sysctl -qw net.ipv4.conf.all.rp_filter=0
	in_ns r ip tuntap add dev bad0 mode tun
	ip -n "$P-r" link set bad0 up txqueuelen 10000
	for _i in bad0 to-london to-tokyo; do
		in_ns r sysctl -qw "net.ipv4.conf.$_i.rp_filter=0"
		[ $_i = bad0 ] || ip -n "$P-r" rule add iif $_i lookup 100
	done
	ip -n "$P-r" route add default dev bad0 table 100
	mkfifo "$W/orders"
	ip netns exec "$P-r" "$B/regress/tools/relay" -s "$1" bad0 <"$W/orders" >"$W/answers" &
	PID_LIST="$PID_LIST $!"
	exec 3>"$W/orders"
	poll 5 grep -q ready "$W/answers" || die "relay did not start"
	shift
	_k=$#
	for _x; do echo "$_x" >&3; done
	poll 5 sh -c "[ \$(grep -c ok '$W/answers') = $_k ]" || die "relay"
}

# forge: $W/forge.py (on tools/forge_ospf.py) as Tokyo at London, while London's
# LAN pings Tokyo's; and afterwards all is well, without a forged route
quiet() { full && ctl london show rib | grep -q 10.2.0.0/24 && ctl tokyo show rib | grep -q 10.1.0.0/24; }
forge() {
	in_ns london-lan ping -D -i 0.05 10.2.0.10 >"$W/ping" 2>&1 & _ping=$!
	PID_LIST="$PID_LIST $_ping"
	W=$W GSC=$GSC PINGS=$W/ping PYTHONPATH=$TOP/regress/tools PYTHONDONTWRITEBYTECODE=1 \
	    ip netns exec "$P-tokyo" python3 "$W/forge.py" >"$W/out" 2>&1 || die "$(cat "$W/out")"
	cat "$W/out"
	kill $_ping
	poll 20 quiet || die "not well afterwards: $(ctl london show neighbors; ctl london show rib)"
	[ -z "$(ctl london -j show processes | grep -o '"restarts":[1-9]')" ] || die "a process died: $(ctl london show processes)"
	ctl london show rib >"$W/rib"
	! grep -qE "^(10\.6[678]\.|0\.0\.0\.0/0|198\.51\.100)" "$W/rib" || die "a forged route: $(cat "$W/rib")"
	ip -n "$P-london" route get 198.51.100.7 | grep -q "dev wan" || die "the way to Tokyo: $(ip -n "$P-london" route get 198.51.100.7)"
	ctl tokyo -j show database >"$W/db"
}
