#!/bin/sh
# SPDX-License-Identifier: ISC
# A provider gives the site another address, as many do each night: there are new
# SAs as soon as there is a way with it, without dead-peer detection, be its default
# route there at once or later.  An address that was away and is back is no reason.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
OSPF="dead 40  hello 1s"
conf 203.0.113.1 dynamic "ike { dpd off }"
daemon london
daemon tokyo -s tokyo
poll 20 full || die "not FULL: $(ctl london diagnose; ctl tokyo diagnose)"
poll 10 ping_lan || die "no ping"
ikes() { ctl tokyo -j show ike | grep -o '"spi_i":"[^"]*"'; }
first=$(ikes)
[ -n "$first" ] || die "no IKE SA: $(ctl tokyo -j show ike)"

# away and back, another address in between
ip -n "$P-tokyo" address flush dev wan
ip -n "$P-tokyo" address add 10.2.0.3/24 dev lan
ip -n "$P-tokyo" address add 198.51.100.7/24 dev wan
ip -n "$P-tokyo" route add default via 198.51.100.8
poll 15 full || die "the same address again: $(ctl tokyo show neighbors)"
poll 10 ping_lan || die "the same address again: no ping"
[ "$(ikes)" = "$first" ] || die "the same address again: a new IKE SA"
say "the same address again: the same IKE SA"

for n in 77 78 79; do
	before=$(ikes)
	ip -n "$P-tokyo" address flush dev wan
	ip -n "$P-tokyo" address add "198.51.100.$n/24" dev wan
	[ $n != 77 ] || sleep 2
	ip -n "$P-tokyo" route add default via 198.51.100.8
	there() { ctl london -j show ike | grep -q "\"remote\":\"198.51.100.$n\"" && full && ping_lan; }
	poll 10 there || die "198.51.100.$n: $(ctl tokyo show ike; ctl tokyo show events; ctl london show ike)"
	[ "$(ikes)" != "$before" ] || die "198.51.100.$n: the same IKE SA?"
	say "198.51.100.$n: there"
done
one() { one_pair london && one_pair tokyo; }
poll 40 one || die "what was before is still there: $(ctl london show sa; ctl tokyo show sa)"
