#!/bin/sh
# SPDX-License-Identifier: ISC
# What of OSPF and of the tunnel's addresses can be configured wrongly between
# two sites: `diagnose' names it at each end, says here and there what to
# change, and who does as it says has the neighbor FULL.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
. "$TOP/regress/net/lib_wrong.sh"
hello_is="Seen 20[0-9-]+ [0-9:]+ hello [0-9]+ dead"

good tokyo; good london; change london 's/\$k /$k2 /'
wrong "wrong OSPF key" digest digest "$hello_is .* key-id 1 " "$hello_is"
points "ospf { auth md5"
good london; change london 's/auth md5 1/auth md5 7/'
wrong "key id" key-id key-id "key id 1.*here id 7.*Seen .* key-id 1 area 0.0.0.0" "key id 7.*here id 1.*Seen .* key-id 7 "
points "ospf { auth md5"
good london; change london 's/area 0.0.0.0/area 0.0.0.5/'
wrong "area" area area "0.0.0.0 there and 0.0.0.5 here.*Seen .* area 0.0.0.0 mask" "0.0.0.5 there and 0.0.0.0 here.*Seen .* area 0.0.0.5"
mends
good london; good tokyo
change london 's/dead 1  hello 250ms/dead 8  hello 2/'; change tokyo 's/dead 1  hello 250ms/dead 8  hello 1/'
wrong "hello interval" hello-interval hello-interval "is 1 s there and 2 s here.*Seen .* hello 1 dead 8" "is 2 s there and 1 s here.*Seen .* hello 2 dead 8"
mends
change tokyo 's/dead 8  hello 1/dead 6  hello 2/'
wrong "dead interval" dead-interval dead-interval "is 6 s there and 8 s here.*link london tokyo { dead 6 }" "is 8 s there and 6 s here.*{ dead 8 }"
mends
# several hellos a second are 0 on the wire, and go with dead 1 only
good london; good tokyo; change tokyo 's/dead 1  hello 250ms/dead 8  hello 2/'
wrong "fast hellos" dead-interval hello-interval "is 8 s there and 1 s here.*{ hello 2 dead 8 }" "is 0 s there and 2 s here .0: several a second.*{ hello 333ms dead 1 }"
mends
good tokyo; good london
change london 's/^site london { id 1/site london { id 1 router-id 9.9.9.9/; s/^site tokyo { id 2/site tokyo { id 2 router-id 9.9.9.8/'
change tokyo 's/^site tokyo { id 2/site tokyo { id 2 router-id 9.9.9.9/'
wrong "duplicate router id" duplicate-router-id duplicate-router-id "9.9.9.9, which is ours" "9.9.9.9, which is ours"
points ".router-id' of site [a-z]*"
file london 'mtu 1300' 'mtu-check strict'; file tokyo '' 'mtu-check strict'
wrong "MTU" dd-mtu dd-mtu "1442 there and 1300 here" "1300 there and 1442 here"
mends
# a disagreement that is mended by itself is a warning
file london 'mtu 1300' ''; good tokyo
both
poll 20 full || die "MTU accepted: not FULL"
RC=0
either() { is london mtu "1442 there, 1300 here" || is tokyo mtu "1300 there, 1442 here"; }
poll 10 either || die "MTU accepted: $(cat "$W/london/seen" "$W/tokyo/seen")"
stop "$l" "$t"
RC=1
say "MTU that is accepted: a warning at the end that knows"
# an MTU that is more than fits is taken over by nobody: after every line that is
# printed packets as large as the device takes get through
what="MTU larger than fits"
good london; file tokyo 'mtu 1476' ''
lines() {
	: >"$W/fixes"
	for m_site in london tokyo; do
		look "$m_site"
		grep -q '"code":"mtu"' "$W/$m_site/json" || continue
		echo "$m_site $(of $m_site here)" >>"$W/fixes"
		echo "$(other $m_site) $(of $m_site there)" >>"$W/fixes"
	done
	put_able <"$W/fixes" | sed 's/link tokyo london/link london tokyo/; s/, or .*//' | sort -u >"$W/lines"
	[ -s "$W/lines" ]
}
mtu_at() { ip netns exec "$P-$1" cat "/sys/class/net/gs-$(other "$1")/mtu"; }
whole() {
	in_ns london-lan ping -M do -c 1 -W 1 -s $(($(mtu_at london) - 28)) 10.2.0.10 &&
	    in_ns tokyo-lan ping -M do -c 1 -W 1 -s $(($(mtu_at tokyo) - 28)) 10.1.0.10
}
both
poll 20 full || die "$what: not FULL"
poll 10 lines || die "$what: no line: $(cat "$W/london/seen" "$W/tokyo/seen")"
! grep -q "mtu 14[5-9]" "$W/lines" || die "$what: $(cat "$W/lines")"
while read -r m_site m_fix <&4; do
	[ -n "$l" ] || both
	mend "$m_site" "$m_fix"
	poll 10 whole >"$W/out" || die "$what: $m_fix at $m_site: packets of $(mtu_at london) and $(mtu_at tokyo) bytes: $(cat "$W/out")"
	cp "$W/before" "$W/$m_site.conf"
	stop "$l" "$t"; l=
done 4<"$W/lines"
say "$what: no line that loses packets"
good tokyo; good london; change london 's,172.31.0.0/22,172.30.0.0/22,'
wrong "other inner addresses" source-address source-address "172.31.0.2, where 172.30.0.2" "172.30.0.1, where 172.31.0.1"
points ".tunnels'.*"
distinct
# nothing is announced
good london; good tokyo
ip -n "$P-tokyo" addr del 10.2.0.1/24 dev lan
both
poll 20 full || die "not FULL"
poll 10 is london nothing-announced "10.2.0.0/16" || die "nothing announced: $(cat "$W/london/seen")"
look tokyo
tr -s '\n ' ' ' <"$W/tokyo/seen" | grep -q "no address of this host is inside" || die "at Tokyo: $(cat "$W/tokyo/seen")"
ip -n "$P-tokyo" addr add 10.2.0.1/24 dev lan
well() { look "$1" && [ "$_rc" = 0 ] && grep -q "^  \[ok\]" "$W/$1/seen"; }
poll 10 well london || die "all is well: $(cat "$W/london/seen")"
in_ns london "$GSC" -s "$W/london/sock" diagnose tokyo >"$W/out" || die "all is well: $(cat "$W/out")"
[ "$(grep -c "^  \[ok\]" "$W/out")" = 7 ] || die "seven rungs: $(cat "$W/out")"
# what was measured
grep -qE "underlay .*, ping [0-9.]+m?s$" "$W/out" || die "no ping of the peer: $(cat "$W/out")"
pinged() { in_ns london "$GSC" -s "$W/london/sock" diagnose tokyo | tr -s '\n ' ' ' | grep -qE "gre [0-9]+ packets in, [0-9]+ out, MTU 1442, inner ping [0-9.]+m?s \([0-9]+s ago\)"; }
poll 10 pinged || die "no inner ping: $(cat "$W/out")"
set +e; in_ns london "$GSC" -s "$W/london/sock" diagnose paris >"$W/out" 2>&1; rc=$?; set -e
[ $rc = 2 ] && grep -q "no such tunnel" "$W/out" || die "diagnose paris: $rc"
stop "$l" "$t"
say "all is well"
