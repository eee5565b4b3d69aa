#!/bin/sh
# SPDX-License-Identifier: ISC
# A path gets narrow and says so, for ESP in UDP to several addresses.  IKE and
# ESP have a socket each on port 4500, and which of them an ICMP error is given
# to the kernel decides by a hash of the addresses: every tunnel learns the MTU,
# by what the router says and not by probing, which would find 1300.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
in_ns r sysctl -qw net.ipv6.conf.all.forwarding=1
ip -n "$P-london" addr add 2001:db8:1::1/64 dev wan nodad
ip -n "$P-r" addr add 2001:db8:1::2/64 dev to-london nodad
ip -n "$P-london" route add default via 2001:db8:1::2
ip -n "$P-tokyo" addr add 2001:db8:2::1/64 dev wan nodad
ip -n "$P-r" addr add 2001:db8:2::2/64 dev to-tokyo nodad
ip -n "$P-tokyo" route add default via 2001:db8:2::2
for s in london tokyo; do
	cat >"$W/$s.conf" <<-END
	include "secrets"
	psk = "correct horse battery staple"
	ospf { area 0.0.0.0  auth md5 1 \$k  disable }
	host $s { id 1 }
	END
	chmod 600 "$W/$s.conf"
done
n=0
# tunnel LONDON TOKYO/LEN [OPTION]: an address more for Tokyo, and a tunnel to it
tunnel() {
	n=$((n + 1))
	ip -n "$P-tokyo" addr add "$2" dev wan ${3:-}
	echo "tunnel t$n { local $1 peer ${2%/*} inner 10.9.$n.1 peer 10.9.$n.2 ike { psk \$psk nat force initiate } }" >>"$W/london.conf"
	echo "tunnel t$n { local ${2%/*} peer $1 inner 10.9.$n.2 peer 10.9.$n.1 ike { psk \$psk nat force respond } }" >>"$W/tokyo.conf"
}
for i in 1 2 3 4 5 6 7 8; do tunnel 203.0.113.1 198.51.100.1$i/24; done
for i in 1 2 3 4 5 6 7 8; do tunnel 2001:db8:1::1 2001:db8:2::1$i/64 nodad; done
daemon london -s london; l=$pid
daemon tokyo -s tokyo; t=$pid
rows() { ctl london -j show tunnels | grep -o "\"$1\":$2[,}]" | wc -l; }
# up, and the path was found wide: the next look is five minutes away
wide() { [ "$(rows sa_udp true)" = $n ] && [ "$(rows gre_rtt_us '[1-9][0-9]*')" = $n ]; }
poll 30 wide || die "not up: $(ctl london show tunnels)"
sleep 2
[ "$(rows path_mtu 1500)" = $n ] || die "path: $(ctl london -j show tunnels | grep -o '"path_mtu":[0-9]*')"
ip -n "$P-r" link set to-tokyo mtu 1310
ip -n "$P-tokyo" link set wan mtu 1310
narrow() {
	for _i in $(seq $n); do
		in_ns london ping -c 1 -W 0.05 -M want -s 1390 "10.9.$_i.2" >/dev/null || :
	done
	[ "$(rows path_mtu 1310)" = $n ]
}
poll 10 narrow || die "$(rows path_mtu 1310) of $n learned it: $(ctl london -j show tunnels | grep -o '"path_mtu":[0-9]*' | tr '\n' ' ')"
in_ns london ping -q -c 3 -i 0.1 -W 1 -M want -s 1200 10.9.1.2 >"$W/ping" || die "$(cat "$W/ping")"
say "$n tunnels learned of 1310 bytes"
stop "$l" "$t"
