#!/bin/sh
# SPDX-License-Identifier: ISC
# What the underlay sees of a packet, and the other LAN: DF, a fixed TTL, DSCP
# and ECN copied out, congestion on the way marked inside, the MSS of a TCP
# connection cut to what fits.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need tcpdump
need python3
need nft
two_sites
conf 203.0.113.1 198.51.100.7

daemon london; daemon tokyo
poll 20 ping_lan || die "no ping"
# watch NS IF FILTER COMMAND...: the first packet of FILTER while COMMAND runs
watch() {
	_n=$1 _i=$2 _f=$3; shift 3
	ip netns exec "$P-$_n" tcpdump -Z root -l -nvvi "$_i" -c 1 "$_f" \
	    >"$W/dump" 2>"$W/dump.err" & _t=$!
	PID_LIST="$PID_LIST $_t"
	poll 5 grep -q listening "$W/dump.err" || die "tcpdump"
	for _k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		"$@" >"$W/did" 2>&1 || :
		for _j in 1 2 3 4 5; do
			over "$_t" && return
			sleep 0.2
		done
	done
	die "nothing of $_f was seen: $(cat "$W/did")"
}
over() { ! is_child "$1"; }
seen() { grep -qE -- "$1" "$W/dump" || die "no $1: $(cat "$W/dump")"; }

# of our pings, neither hellos nor probes of the path
big="esp and ip src 203.0.113.1 and greater 900 and less 1300"
watch r to-london "$big" ping_lan -s 1000 -Q 0xb8
seen "tos 0xb8"; seen "ttl 255"; seen "flags \[DF\]"; seen "proto ESP"
watch r to-london "$big" ping_lan -s 1000 -Q 0x02 -t 9
seen "tos 0x2"; seen "ttl 255"
say "DF, TTL, DSCP and ECN outside"

# a router on the way is congested, for our pings alone: what could say so says
# so inside
in_ns r nft -f - <<'END'
table ip jam {
	chain ahead {
		type filter hook forward priority 0
		ip saddr 203.0.113.1 ip protocol esp ip length 900-1300 ip ecn set ce
	}
}
END
watch tokyo-lan eth0 "icmp[0] = 8" ping_lan -s 1000 -Q 0x02
seen "tos 0x3,CE"
# what cannot is dropped, and counted (RFC 6040)
! ping_lan -s 1000 -Q 0x00 >/dev/null || die "congestion was lost"
ctl tokyo show counters | grep -qE "^esp .*(ecn|congestion)" || die "not counted: $(ctl tokyo show counters)"
in_ns r nft flush ruleset
say "congestion goes inside"

watch tokyo-lan eth0 "tcp[tcpflags] & tcp-syn != 0" \
    in_ns london-lan timeout 20 python3 -c "
import socket
s = socket.socket(); s.settimeout(1); s.connect(('10.2.0.10', 9))"
seen "mss 1402"
say "MSS fits"
