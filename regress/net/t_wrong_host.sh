#!/bin/sh
# SPDX-License-Identifier: ISC
# What is wrong with a host rather than with a tunnel is said by `show' and by
# `diagnose', and the exit status is 1: a file that was cut short, routes of others
# in the place of ours, a LAN whose cable is out, a network that is smaller than the
# LAN, a peer that is away.  What is said to be the mend is.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
conf 203.0.113.1 198.51.100.7
cp "$W/conf" "$W/full"
daemon london; daemon tokyo
poll 20 full || die "not FULL: $(ctl london diagnose)"
poll 10 ping_lan || die "no ping"
# status NAME CODE WORDS...: of show and diagnose, and one says so
status() {
	_n=$1 _want=$2; shift 2
	for _c in show diagnose; do
		_rc=0
		ctl "$_n" $_c >"$W/$_c" 2>&1 || _rc=$?
		[ "$_rc" = "$_want" ] || return 1
		tr -s '\n ' ' ' <"$W/$_c" >"$W/flat"
		awk 'length($0) > 80 { exit 1 }' "$W/$_c" || die "wide: $(cat "$W/$_c")"
	done
	for _c in show diagnose; do tr -s '\n ' ' ' <"$W/$_c"; done >"$W/flat"
	grep -qF "$*" "$W/flat"
}
good() { status "$1" 0 ""; }
poll 10 good london || die "before: $(ctl london diagnose)"
seen() { cat "$W/show" "$W/diagnose"; }

# cut short: nothing is in it, or only what is no tunnel
for n in 0 2; do
	head -n $n "$W/full" >"$W/conf"
	rc=0; ctl london reload >"$W/out" 2>&1 || rc=$?
	[ $rc = 1 ] && grep -q "no mesh and no tunnel" "$W/out" || die "cut after $n lines: $rc $(cat "$W/out")"
	rc=0; ctl london reload -n >"$W/out" 2>&1 || rc=$?
	[ $rc = 1 ] && grep -q "no mesh and no tunnel" "$W/out" || die "-n, cut after $n lines: $rc $(cat "$W/out")"
	in_ns london "$GSD" -n -f "$W/conf" 2>&1 | grep -q "no mesh and no tunnel" || die "greipsecd -n says nothing"
	ping_lan >/dev/null || die "cut after $n lines: taken down"
done
cp "$W/full" "$W/conf"
say "a file cut short changes nothing"

# somebody's route in the place of ours, of three lengths
for p in 10.2.0.0/16 10.2.0.0/24 10.2.0.0/25; do
	ip -n "$P-london" route add $p via 203.0.113.2
	if poll 5 status london 1 "route $p via 203.0.113.2 dev wan"; then :
	else die "$p: $(seen)"; fi
	$(sed -n "s|.*; \(ip route del $p via 203.0.113.2 dev wan\).*|\1|p" "$W/flat" | sed "s/^ip/ip -n $P-london/") || die "no mend: $(cat "$W/flat")"
	poll 5 good london || die "$p is gone: $(seen)"
done
# more than fit on a screen are counted
for n in 1 2 3 4 5 6 7 8 9 10 11; do ip -n "$P-london" route add 10.2.$n.0/24 via 203.0.113.2; done
poll 5 status london 1 "3 more routes of others" || die "many: $(seen)"
for n in 1 2 3 4 5 6 7 8 9 10 11; do ip -n "$P-london" route del 10.2.$n.0/24; done
poll 5 good london || die "many are gone: $(seen)"
ip -n "$P-london" link add name docker0 type bridge
ip -n "$P-london" addr add 10.2.7.1/24 dev docker0
ip -n "$P-london" link set docker0 up
connected() { ctl london show >"$W/show" 2>&1; tr -s '\n ' ' ' <"$W/show" | grep -qF "10.2.7.0/24 dev docker0 is connected here"; }
poll 5 connected || die "connected: $(ctl london show; ip -n "$P-london" route)"
ip -n "$P-london" link del docker0
poll 5 good london || die "docker0 is gone: $(seen)"
say "routes of others are named"

# the LAN's cable
ip -n "$P-tokyo-lan" link set eth0 down
poll 5 status tokyo 1 "lan with 10.2.0.0/24 is down" || die "no LAN: $(seen)"
poll 5 status london 1 "10.2.0.0/16 cannot be reached" || die "no LAN there: $(seen)"
ip -n "$P-tokyo-lan" link set eth0 up
poll 10 good tokyo || die "the LAN is back: $(seen)"
poll 10 good london || die "the LAN is back there: $(seen)"
sed 's|network 10.2.0.0/16|network 10.2.0.0/28|' "$W/full" >"$W/conf"
ctl tokyo reload >/dev/null
poll 5 status tokyo 1 "10.2.0.0/24 on lan is larger, nothing of it is announced" || die "a smaller network: $(seen)"
cp "$W/full" "$W/conf"
ctl tokyo reload >/dev/null
poll 10 good tokyo || die "the whole network: $(seen)"
say "the LAN"

# the peer's line
ip -n "$P-r" link set to-tokyo down
poll 15 status london 1 "10.2.0.0/16 cannot be reached" || die "the peer is away: $(seen)"
ip -n "$P-r" link set to-tokyo up
say "the peer"
