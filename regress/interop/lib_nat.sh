# SPDX-License-Identifier: ISC
# Sourced after regress/lib.sh: a and b, each behind a router of its own (na, nb)
# that may translate addresses and ports; r is between.
# nat_net: a 10.8.1.2, behind 198.51.100.1; b 10.8.2.2, behind 198.51.100.5
nat_net() {
	ns a; ns na; ns r; ns nb; ns b
	for n in na r nb; do in_ns $n sysctl -qw net.ipv4.ip_forward=1; done
	veth a eth0 10.8.1.2/24 na in 10.8.1.1/24
	veth na out 198.51.100.1/30 r ra 198.51.100.2/30
	veth b eth0 10.8.2.2/24 nb in 10.8.2.1/24
	veth nb out 198.51.100.5/30 r rb 198.51.100.6/30
	ip -n "$P-a" route add default via 10.8.1.1
	ip -n "$P-b" route add default via 10.8.2.1
	ip -n "$P-na" route add default via 198.51.100.2
	ip -n "$P-nb" route add default via 198.51.100.6
	ip -n "$P-r" route add 10.8.1.0/24 via 198.51.100.1
	ip -n "$P-r" route add 10.8.2.0/24 via 198.51.100.5
}

# translate NAT INSIDE [yes]: masquerade there; yes: what comes for IKE goes in
translate() {
	_in=
	[ $# -lt 3 ] || _in="iifname \"out\" udp dport { 500, 4500 } dnat to $2;"
	in_ns "$1" nft -f - <<-END
	table ip box {
		chain out { type nat hook postrouting priority 100; oifname "out" masquerade random; }
		chain in { type nat hook prerouting priority -100; $_in }
	}
	END
}
plain() { for _n in na nb; do in_ns $_n nft flush ruleset; done; }
