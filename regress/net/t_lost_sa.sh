#!/bin/sh
# SPDX-License-Identifier: ISC
# The ESP SAs die at one end and its IKE does not know, as when an operator flushes
# them there: what the other end sends under them ends at a wall, and IKE passes.
# There are new SAs without anybody's help, in plain ESP and in UDP, and plain ESP
# stays what it is.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need nft
two_sites
lost() { # WHERE-THE-SPI-IS UDP
	before=$(spis london; spis tokyo)
	n=$(echo "$before" | wc -l)
	[ "$n" = 2 ] || die "not one pair: $before"
	wall "$(echo "$before" | sed 's/.*:"\(0x\)*//; s/"//; s/.*/'"$1"' 0x& drop/')"
	new() { full && ping_lan && ! { spis london; spis tokyo; } | grep -qF "$before"; }
	poll 60 new || die "no new SAs: $(ctl london show sa; ctl london show events; in_ns r nft list ruleset)"
	ctl london -j show sa | grep -q "\"udp\":$2" || die "encapsulated otherwise: $(ctl london show sa)"
	{ ctl london show events; ctl tokyo show events; } | grep -q esp-silent || die "nobody says so"
	in_ns r nft flush ruleset
}
conf 203.0.113.1 198.51.100.7
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL: $(ctl london diagnose)"
poll 10 ping_lan || die "no ping"
lost 'ip protocol esp @th,0,32' false
say "plain ESP: new SAs"
stop "$london" "$tokyo"
conf 203.0.113.1 198.51.100.7 "ike { nat force }"
daemon london; daemon tokyo
poll 20 full || die "in UDP: not FULL: $(ctl london diagnose)"
poll 10 ping_lan || die "in UDP: no ping"
lost 'udp dport 4500 @th,64,32' true
say "ESP in UDP: new SAs"
