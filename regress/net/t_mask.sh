#!/bin/sh
# SPDX-License-Identifier: ISC
# The two ends of a tunnel have another prefix length for its inner subnet.  On
# a point-to-point link the Hello mask is ignored, so there is an adjacency;
# `show neighbors' and `diagnose' say what differs, here and there.  An end
# without a subnet (0.0.0.0 or a peer address of its own) differs from nobody.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
# file SITE LOCAL PEER INNER INNER-PEER LINES...
file() {
	cat >"$W/$1.conf" <<END
include "secrets"
psk = "correct horse battery staple"
ospf { area 0.0.0.0  auth md5 1 \$k  dead 4  hello 1 }
host $1 { id $6
tunnel other { local $2 peer $3 inner $4 peer $5 interface gs0  ike { psk \$psk }  $7 } }
END
	chmod 600 "$W/$1.conf"
}
london() { file london 203.0.113.1 198.51.100.7 "10.0.0.1$1" 10.0.0.2 1 "ike { initiate } $2"; }
tokyo() { file tokyo 198.51.100.7 203.0.113.1 "10.0.0.2$1" 10.0.0.1 2 "$2"; }
# hears SITE TEXT: that end is FULL, and this is what is odd about it
hears() { ctl "$1" show neighbors >"$W/$1/seen" && grep -q FULL/P2P "$W/$1/seen" && tr -s '\n ' ' ' <"$W/$1/seen" | grep -qF "$2"; }
silent() { ctl "$1" show neighbors >"$W/$1/seen" && grep -q FULL/P2P "$W/$1/seen" && ! grep -q mask "$W/$1/seen"; }
diag() { in_ns "$1" "$GSC" -s "$W/$1/sock" diagnose >"$W/$1/diag"; tr -s '\n ' ' ' <"$W/$1/diag"; }
london /30 ""; tokyo /29 ""
daemon london -s london; l=$pid
daemon tokyo -s tokyo; t=$pid
poll 20 hears london "hello mask 255.255.255.248 there, 255.255.255.252 here: accepted" || die "London: $(cat "$W/london/seen"; ctl london diagnose)"
poll 20 hears tokyo "hello mask 255.255.255.252 there, 255.255.255.248 here: accepted" || die "Tokyo: $(cat "$W/tokyo/seen")"
diag london | grep -qE "\[warn\] ospf +hello mask 255.255.255.248 there.*disagree about the inner subnet.*here:.*there: mask 255.255.255.252" ||
    die "diagnose: $(cat "$W/london/diag")"
ctl london -j show neighbors | grep -q '"code":"hello-mask","ours":"255.255.255.252","theirs":"255.255.255.248"' || die "$(ctl london -j show neighbors)"
[ "$(ctl london -j show events | grep -c '"what":"mask"')" = 1 ] || die "events: $(ctl london show events)"
ctl london -j show neighbors | grep -q '"refused":0,' || die "refused: $(ctl london -j show neighbors)"
say "two subnets: FULL, and a warning at both ends"
tokyo /29 "hello-mask zero"
kill -HUP "$t"
poll 10 silent london || die "0.0.0.0: $(cat "$W/london/seen")"
! diag london | grep -q warn || die "diagnose: $(cat "$W/london/diag")"
say "0.0.0.0 is no subnet"
tokyo "" ""
kill -HUP "$t"
# another prefix is another link, and a new adjacency
anew() { ctl tokyo -j show interfaces | grep -q '"name":"gs0","addr":"10.0.0.2","len":32' && [ "$(ctl london -j show events | grep -c '"what":"full"')" -ge 2 ]; }
poll 20 anew || die "no new adjacency: $(ctl london show events)"
poll 20 silent london || die "/32: $(cat "$W/london/seen")"
poll 20 silent tokyo || die "/32 against /30: $(cat "$W/tokyo/seen")"
say "nor is 255.255.255.255"
stop "$l" "$t"
