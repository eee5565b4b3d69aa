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
