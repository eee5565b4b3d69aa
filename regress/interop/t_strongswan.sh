#!/bin/sh
# SPDX-License-Identifier: ISC
# Our IKEv2 engine against strongSwan's charon: PSK and Ed25519 raw keys, each
# suite and group, either side begins, groups that are guessed wrong, rekeys of
# child and IKE SA from either side, both modes, mistakes with their
# reasons, liveness, cookies, DELETE at the end.  What both installed, keys and
# all, is compared.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_ike.sh"
root
charon_build
ns a; ns b
veth a eth0 198.51.100.1/24 b eth0 198.51.100.2/24
keypair a.test
keypair b.test
charon b; charon=$pid
PSK="correct horse battery staple" MODE=transport

# pair LINES: both configured anew, ikedrive started with LINES more
pair() {
	swan_conf b 198.51.100.2 b.test 198.51.100.1 a.test
	drive_conf a 198.51.100.1 a.test 198.51.100.2 b.test "$@"
	: >"$W/b/xfrm"
	drive a
}
same() { same_sas "$W/a/xfrm" "$W/b/xfrm" "${1:-2}"; }
unpair() {
	drive_end a
	poll 5 same 0 || die "$what: SAs are left: $(sas "$W/b/xfrm")"
}
# good: one pair with equal keys is there
good() {
	poll 10 same || die "$what: SAs differ:
$(cat "$W/a/events" "$W/a/err")
$(sas "$W/a/xfrm")
$(sas "$W/b/xfrm")
$(tail -20 "$W/b/log")"
}

while read -r AUTH IKE ESP; do
	what="$AUTH $IKE $ESP"
	pair "start initiate"
	good
	unpair
	pair "start respond"
	swan b --initiate --child c --timeout 10 >>"$W/b/out" 2>&1 ||
	    die "$what: charon cannot begin: $(cat "$W/a/events" "$W/a/err")"
	good
	unpair
done <<END
psk aes128-sha256-x25519 aes128gcm16
pubkey aes128-sha256-x25519 aes256gcm16
psk aes256-sha384-ecp384 aes128-sha256
psk aes256gcm16-prfsha384-ecp256 chacha20poly1305
pubkey aes128gcm16-prfsha256-modp2048 aes256-sha1
psk chacha20poly1305-prfsha512-x25519 aes256-sha256
psk aes192-sha512-ecp256 aes128gcm16-esn
END
say "each suite, either begins"

AUTH=pubkey what="group guessed wrong"
IKE=aes128-sha256-x25519-ecp256 ESP=aes128gcm16
swan_conf b 198.51.100.2 b.test 198.51.100.1 a.test
sed -i 's/proposals = aes128-sha256-x25519-ecp256/proposals = aes128-sha256-ecp256/' "$W/b/sw/swanctl.conf"
swan_load b
drive_conf a 198.51.100.1 a.test 198.51.100.2 b.test "start initiate"
: >"$W/b/xfrm"
drive a
good
unpair
IKE=aes128-sha256-ecp256-x25519
swan_conf b 198.51.100.2 b.test 198.51.100.1 a.test
IKE=aes128-sha256-x25519
drive_conf a 198.51.100.1 a.test 198.51.100.2 b.test "start respond"
: >"$W/b/xfrm"
drive a
swan b --initiate --child c --timeout 10 >>"$W/b/out" 2>&1 ||
    die "$what: charon cannot begin"
good
unpair
say "INVALID_KE_PAYLOAD both ways"

IKE=aes128-sha256-x25519
for ESP in aes128gcm16 aes128gcm16-x25519; do
	what="rekey $ESP"
	pair "start initiate"
	good
	spis=$(sas "$W/a/xfrm")
	n=2
	for who in tell swan tell swan; do
		case $who in
		tell) tell a rekey-child ;;
		swan) swan b --rekey --child c >>"$W/b/out" 2>&1 ;;
		esac
		poll 10 events a child-rekey $((n - 1)) ||
		    die "$what: $who: no rekey: $(cat "$W/a/events")"
		good
		[ "$spis" != "$(sas "$W/a/xfrm")" ] || die "$what: same SPIs"
		spis=$(sas "$W/a/xfrm")
		n=$((n + 1))
	done
	n=1
	for who in tell swan tell swan; do
		case $who in
		tell) tell a rekey-ike ;;
		swan) swan b --rekey --ike t >>"$W/b/out" 2>&1 ;;
		esac
		poll 10 events a ike-rekey $n ||
		    die "$what: $who: no IKE rekey: $(cat "$W/a/events")"
		n=$((n + 1))
	done
	# the new IKE SA works for both
	tell a rekey-child
	poll 10 events a child-rekey 5 || die "$what: after an IKE rekey"
	good
	unpair
done
say "rekeys from either side"

for MODE in tunnel transport; do
	what="mode $MODE" ESP=aes128gcm16
	pair "start initiate"
	good
	grep -q "mode=$MODE" "$W/a/xfrm" || die "$what: not in that mode"
	unpair
done
say "both modes"

what="both at once" AUTH=psk
for i in 1 2 3; do
	pair "start initiate"
	swan b --initiate --child c --timeout 10 >>"$W/b/out" 2>&1 || :
	poll 20 same || die "$what: not one pair: $(cat "$W/a/events")
$(sas "$W/a/xfrm")
$(sas "$W/b/xfrm")"
	unpair
done
say "both begin at once: one pair stays"

what="wrong PSK"
drive_conf a 198.51.100.1 a.test 198.51.100.2 b.test "start initiate"
sed -i 's/^psk .*/psk an altogether different secret/' "$W/a/conf"
drive a
poll 10 events a "rejected our authentication" ||
    die "$what: $(cat "$W/a/events")"
swan b --initiate --child c --timeout 5 >>"$W/b/out" 2>&1 || :
poll 10 events a "authentication is wrong" || die "$what as responder: $(cat "$W/a/events")"
unpair
what="wrong identity"
drive_conf a 198.51.100.1 a.test 198.51.100.2 other.test "start initiate"
drive a
poll 10 events a "ike-fail" || die "$what: no reason"
unpair
what="IKE proposal"
IKE=aes256-sha512-ecp384
drive_conf a 198.51.100.1 a.test 198.51.100.2 b.test "start initiate"
drive a
poll 10 events a "NO_PROPOSAL_CHOSEN" || die "$what: no reason"
swan b --initiate --child c --timeout 5 >>"$W/b/out" 2>&1 || :
poll 10 events a "no IKE proposal in common" || die "$what: no reason of ours"
unpair
what="ESP proposal"
IKE=aes128-sha256-x25519 ESP=aes256-sha512
drive_conf a 198.51.100.1 a.test 198.51.100.2 b.test "start initiate"
drive a
poll 10 events a "no ESP proposal in common" || die "$what: no reason"
events a "ike=1" || die "$what: IKE SA is not up"
unpair
say "mistakes have their reasons"

# charon stands still: it is noticed, what is installed stays, and it goes on
what="liveness" ESP=aes128gcm16
pair "start initiate" "dpd 1"
good
kill -STOP "$charon"
poll 30 events a "stopped answering" || die "$what: silence is not noticed"
[ "$(sas "$W/a/xfrm" | wc -l)" = 2 ] || die "$what: the SAs went"
kill -CONT "$charon"
poll 30 events a "answers again" || die "$what: $(cat "$W/a/events")"
poll 15 same || die "$what: not one pair: $(cat "$W/a/events")"
unpair
say "liveness"

# charon with one handshake left half open asks every stranger for a cookie
what="cookies" AUTH=psk
kill "$charon"
poll 10 gone "$charon" || die "charon does not end"
: >"$W/b/log"
charon b "cookie_threshold = 1"; charon=$pid
printf '%s\n' 'table ip watch {' 'chain in { type filter hook input priority 0;
	udp dport 500 @th,192,16 0x2920 @th,208,8 34 counter comment "returned"; }' \
    'chain out { type filter hook output priority 0;
	udp sport 500 @th,192,16 0x2920 @th,208,8 34 counter comment "asked"; }' '}' |
    in_ns b nft -f -
cookies() {	# WORD: packets counted under it
	in_ns b nft list ruleset |
	    sed -n "s/.*counter packets \([0-9]*\) .*comment \"$1\".*/\1/p"
}
swan_conf b 198.51.100.2 b.test 198.51.100.1 a.test
drive_conf a 198.51.100.1 a.test 198.51.100.2 b.test "start initiate"
printf 'table ip deaf {\nchain in { type filter hook input priority 0; udp sport 500 drop; }\n}\n' |
    in_ns a nft -f -
drive a
poll 10 grep -q "IKE_SA_INIT response 0" "$W/b/log" || die "$what: not half open"
kill -KILL "$DRIVE_PID_a"
poll 5 gone "$DRIVE_PID_a" || die "$what: ikedrive lives"
in_ns a nft delete table ip deaf
before=$(cookies returned)
drive a
good
[ "$(cookies asked)" -ge 1 ] || die "$what: charon asked for none"
[ "$(cookies returned)" -gt "$before" ] || die "$what: none was returned"
unpair
say "$what, as charon asks for them"

say "ended"
