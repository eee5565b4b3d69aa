#!/bin/sh
# SPDX-License-Identifier: ISC
# The peer's end of the tunnel is a numbered /30, ours a
# /32 with a peer address.  Its Hellos carry another mask than ours (RFC 2328
# 9.5: ignored on a point-to-point link): FULL, both ends and both LANs are
# reached, first with a greipsecd there, then with FRR.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
conf 203.0.113.1 198.51.100.7
for s in "london 32" "tokyo 30"; do
	set -- $s
	sed "s/^}/link london tokyo { prefix $2 }\n}/" "$W/conf" >"$W/$1.conf"
done
addr() { ip -n "$P-$1" -o addr show dev "$2" | grep -q "$3"; }
full_here() { ctl london show neighbors | grep -q FULL/P2P; }
lan() { ip -n "$P-$1" route show "$2" | grep -q "dev $3"; }
all_there() {
	addr london gs-tokyo "inet 172.31.0.1 peer 172.31.0.2/32 " ||
	    die "$1: London: $(ip -n "$P-london" addr show dev gs-tokyo)"
	addr tokyo gs-london "inet 172.31.0.2/30 " ||
	    die "$1: Tokyo: $(ip -n "$P-tokyo" addr show dev gs-london)"
	poll 10 lan london 10.2.0.0/24 gs-tokyo || die "$1: no route here: $(ctl london show rib)"
	poll 10 lan tokyo 10.1.0.0/24 gs-london || die "$1: no route there: $(ip -n "$P-tokyo" route)"
	poll 5 in_ns london ping -q -c 1 -W 1 172.31.0.2 || die "$1: inner end, from here"
	poll 5 in_ns tokyo ping -q -c 1 -W 1 172.31.0.1 || die "$1: inner end, from there"
	poll 5 ping_lan || die "$1: LAN, from here"
	poll 5 in_ns tokyo-lan ping -q -c 1 -W 1 10.1.0.10 || die "$1: LAN, from there"
	# the masks differ indeed
	in_ns london timeout 5 tcpdump -c 2 -nvi gs-tokyo -Q in ip proto 89 and src 172.31.0.2 >"$W/hello" 2>/dev/null || :
	grep -q "Mask 255.255.255.252" "$W/hello" || die "$1: its Hello: $(cat "$W/hello")"
	say "$1: FULL, both ends, both LANs"
}
need tcpdump
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL: $(ctl london show neighbors; ctl tokyo show neighbors)"
all_there "greipsecd"
stop "$tokyo"

if [ -x /usr/lib/frr/ospfd ] && command -v vtysh >/dev/null; then
	. "$TOP/regress/interop/lib_ospf.sh"
	sed -i 's/^ospf { /&disable  /' "$W/tokyo.conf"
	daemon tokyo; tokyo=$pid
	frr_over_tunnel tokyo gs-london 0.0.0.2
	frr tokyo
	poll 30 full_here || die "FRR: not FULL: $(ctl london show neighbors; vty tokyo 'show ip ospf neighbor')"
	all_there "FRR"
else
	say "FRR is not here"
fi
stop "$london" "$tokyo"
