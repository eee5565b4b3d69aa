#!/bin/sh
# SPDX-License-Identifier: ISC
# Either end dies without a word, with real packets in ESP: charon killed and
# started again, we killed and started against a charon that lives, each end as
# the one that begins.  Traffic is back in bounded time, and both ends hold one
# IKE SA and one pair of ESP SAs, the same.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_esp.sh"
root; tun
need python3
charon_build
ns a; ns b
veth a wan 198.51.100.1/24 b eth0 198.51.100.130/24
mkdir -p "$W/a"
PSK="correct horse battery staple"
AUTH=psk IKE=aes128gcm16-prfsha256-x25519 ESP=aes128gcm16 MODE=tunnel
start_charon() {
	charon_esp b "retransmit_tries = 3"; charon=$pid
	swan_conf b 198.51.100.130 b.test 198.51.100.1 a.test
	# who begins looks whether the other lives
	[ $who = initiate ] || sed -i 's/mobike = no/&\ndpd_delay = 2s/;
	    s/mode = tunnel/&\ndpd_action = restart/' "$W/b/sw/swanctl.conf"
	swan_load b
}
they_begin() { swan b --initiate --child c --timeout 10 >>"$W/b/out" 2>&1 || :; }
# one_pair: SPIs as each end has them
one_pair() {
	swan b --list-sas >"$W/theirs"
	[ "$(grep -c '^t: .*ESTABLISHED' "$W/theirs")" = 1 ] || return 1
	[ "$(grep -c '^[^ ].*: ' "$W/theirs")" = 1 ] || return 1
	sed -n 's/^ *\(in\|out\) *\([0-9a-f]*\)[,_ ].*/\2/p' "$W/theirs" | sort >"$W/spis.b"
	ctl a -j show sa | grep -o '"spi_\(in\|out\)":"[^"]*"' | grep -o '[0-9a-f]*"$' |
	    tr -d '"' | sort >"$W/spis.a"
	[ "$(wc -l <"$W/spis.a")" = 2 ] && cmp -s "$W/spis.a" "$W/spis.b"
}
# back SECONDS: traffic in that time, and soon after it one pair
back() {
	_t0=$(date +%s%N)
	poll "$1" pings || die "$what: no ping in $1 s: $(ctl a show events | tail -20; swan b --list-sas; tail -20 "$W/b/log")"
	_t=$(awk -v a="$_t0" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }')
	poll 20 one_pair || die "$what: not one pair: $(cat "$W/theirs" "$W/spis.a" "$W/spis.b"; ctl a -j show sa)"
	poll 2 pings || die "$what: no ping with that pair"
	say "$what: back after $_t s, one pair"
}
for who in initiate respond; do
	start_charon
	bg b "$W/gre.log" python3 "$TOP/regress/interop/grebox.py"; box=$pid
	greipsecd_conf 198.51.100.1 198.51.100.130 "nat force $who dpd 2"
	daemon a -s a; a=$pid
	begin() {
		[ $who = respond ] || return 0
		poll 5 test -S "$W/a/sock" || die "no socket"
		they_begin
	}
	what="$who"
	begin
	back 15
	what="$who: charon killed"
	kill -9 "$charon"
	poll 5 sh -c "! kill -0 $charon 2>/dev/null"
	start_charon
	begin
	back 40
	what="$who: greipsecd killed"
	kill -9 "$a"
	poll 5 sh -c "! kill -0 $a 2>/dev/null"
	daemon a -s a; a=$pid
	back 40
	stop "$a" "$box" "$charon"
done
