#!/bin/sh
# SPDX-License-Identifier: ISC
# charon and our engine with address translation between them that changes ports
# (nftables masquerade): ours behind it, charon behind it, both; UDP
# encapsulation, rekeys from either side, and charon killed and started again
# without a DELETE.  What both installed is compared by SPI and keys.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_ike.sh"
. "$TOP/regress/interop/lib_nat.sh"
root
need nft
charon_build
PSK="correct horse battery staple" MODE=transport
AUTH=psk IKE=aes128gcm16-prfsha256-x25519 ESP=aes128gcm16

nat_net
# the SAs of a log without their addresses, which differ
bare() { sas "$1" | sed 's/ src=[^ ]* dst=[^ ]*//'; }
same() { bare "$W/a/xfrm" >"$W/a.now"; bare "$W/b/xfrm" >"$W/b.now"
    [ "$(wc -l <"$W/a.now")" = "${1:-2}" ] && cmp -s "$W/a.now" "$W/b.now"; }
in_udp() { grep -q "^ADD.*encap=[^ ]*[1-9]" "$W/a/xfrm"; }
good() {
	poll 20 same || die "$what: SAs differ:
$(cat "$W/a/events" "$W/a/err")
$(cat "$W/a.now"; echo; cat "$W/b.now")
$(tail -20 "$W/b/log")"
}
start_charon() {
	charon b
	charon=$pid
	swan_conf b 10.8.2.2 b.test "$them" a.test
	: >"$W/b/xfrm"
}

while read -r who us them reach nat_a nat_b; do
	what="NAT at $who"
	plain
	[ "$nat_a" = no ] || translate na 10.8.1.2
	[ "$nat_b" = no ] || translate nb 10.8.2.2 yes
	start_charon
	case $us in
	begin)	drive_conf a 10.8.1.2 a.test "$reach" b.test "start initiate" "dpd 1"; drive a ;;
	*)	drive_conf a 10.8.1.2 a.test "$reach" b.test "start respond" "dpd 1"; drive a
		swan b --initiate --child c --timeout 10 >>"$W/b/out" 2>&1 ||
		    die "$what: charon cannot begin: $(cat "$W/a/events" "$W/a/err"; tail -20 "$W/b/log")" ;;
	esac
	good
	in_udp || die "$what: not in UDP: $(head -2 "$W/a/xfrm")"
	say "$what: one pair, in UDP"

	first=$(cat "$W/a.now")
	tell a rekey-child
	changed() { same && [ "$(cat "$W/a.now")" != "$first" ]; }
	poll 20 changed || die "$what: our rekey: $(cat "$W/a/events")"
	first=$(cat "$W/a.now")
	swan b --rekey --child c >>"$W/b/out" 2>&1
	poll 20 changed || die "$what: charon's rekey: $(cat "$W/a/events"; tail -20 "$W/b/log")"
	say "$what: rekeys from either side"

	# no DELETE: the silence is noticed, who can begin does, and one pair is left
	kill -9 "$charon"
	poll 5 sh -c "! kill -0 $charon 2>/dev/null"
	start_charon
	[ "$us" = begin ] || swan b --initiate --child c --timeout 10 >>"$W/b/out" 2>&1 ||
	    die "$what: charon cannot begin again: $(tail -20 "$W/b/log")"
	poll 60 same || die "$what: restart: $(cat "$W/a/events")"
	say "$what: charon back without a DELETE"
	drive_end a
	stop "$charon"
done <<END
ours	begin	%any		10.8.2.2	yes	no
charon	wait	10.8.1.2	198.51.100.5	no	yes
both	begin	%any		198.51.100.5	yes	yes
END
