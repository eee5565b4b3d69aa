#!/bin/sh
# SPDX-License-Identifier: ISC
# Our IKEv2 engine against strongSwan's charon: groups that are guessed wrong,
# rekeys of child and IKE SA from either side, both modes, mistakes with their
# reasons, liveness, cookies that charon asks for, DELETE at the end.  What both
# installed, keys and all, is compared.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_ike.sh"
root
charon_build
charon_pair
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
	rekey_child ours 1
	rekey_child theirs 2
	rekey_child ours 3
	rekey_child theirs 4
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

AUTH=psk what="wrong PSK"
swan_conf b 198.51.100.2 b.test 198.51.100.1 a.test
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
watch b
swan_conf b 198.51.100.2 b.test 198.51.100.1 a.test
drive_conf a 198.51.100.1 a.test 198.51.100.2 b.test "start initiate"
deaf a
drive a
poll 10 grep -q "IKE_SA_INIT response 0" "$W/b/log" || die "$what: not half open"
kill -KILL "$DRIVE_PID_a"
poll 5 gone "$DRIVE_PID_a" || die "$what: ikedrive lives"
in_ns a nft delete table ip deaf
before=$(seen b in-cookie)
drive a
good
[ "$(seen b out-cookie)" -ge 1 ] || die "$what: charon asked for none"
[ "$(seen b in-cookie)" -gt "$before" ] || die "$what: none was returned"
unpair
say "$what, as charon asks for them"

say "ended"
