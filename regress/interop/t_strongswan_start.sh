#!/bin/sh
# SPDX-License-Identifier: ISC
# How an IKE SA with charon begins: both at once, made to cross, with PSK and
# Ed25519; cookies that we ask for, alone and before another group.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_ike.sh"
root
need nft
charon_build
charon_pair
watch a
IKE=aes128-sha256-x25519 ESP=aes128gcm16

# hold in|out EXCHANGE: of that exchange requests pass, but no response
hold() {
	in_ns a nft -f - <<-END
	table ip hold_$1_$2 {
		chain c {
			type filter hook ${1}put priority 0
			udp dport 500 @th,208,8 $2 @th,216,8 & 0x20 == 0x20 counter drop comment "$1-held-$2"
		}
	}
	END
}
free() { in_ns a nft delete table ip "hold_$1_$2"; }
# held in|out EXCHANGE: charon, or we, have answered, and it was held
held() {
	poll 20 answered "$@" || die "$what: no answer, $*: $(cat "$W/a/events"; tail -20 "$W/b/log")"
}
answered() { [ "$(seen a "$1-held-$2")" -gt 0 ]; }
settled() { same && one_ike && same; }
# Each end has begun, and has answered the other, before it knows of an answer
# to its IKE_SA_INIT (34), or even to its IKE_AUTH (35), when two IKE SAs are up:
# it is for both ends to see that one is enough, and which.
for AUTH in psk pubkey; do
	for ex in 34 35; do
		what="$AUTH, both at once, $ex"
		hold in 34; hold out 34
		pair "start initiate"
		swan b --initiate --child c --timeout 60 >>"$W/b/out" 2>&1 & cmd=$!
		PID_LIST="$PID_LIST $cmd"
		held in 34; held out 34
		if [ $ex = 35 ]; then
			# who sees another one up goes no further than IKE_SA_INIT
			hold in 35; hold out 35
			free in 34; held in 35
			free out 34; held out 35
			free in 35; free out 35
		else
			free in 34; free out 34
		fi
		# charon's end of it is known before what is left is counted
		poll 60 gone "$cmd" || die "$what: charon's does not end: $(tail -20 "$W/b/log")"
		poll 25 settled || die "$what: not one IKE SA and one pair: $(cat "$W/a/events"; swan b --list-sas)
$(sas "$W/a/xfrm")
$(sas "$W/b/xfrm")"
		unpair
	done
	say "$AUTH: both begin, and are answered, at once, one IKE SA and one pair stay"
done

# One handshake is left half open with us, the next is asked for a cookie.
AUTH=psk
cookie() {	# WHAT PROPOSAL-OF-THE-SECOND-CHARON
	what=$1
	: >"$W/b/log"
	pair "start respond" "cookie 1"
	deaf b
	swan b --initiate --child c --timeout 1 >>"$W/b/out" 2>&1 || :
	half() { [ "$(count_of half-open)" = 1 ]; }
	poll 5 half || die "$what: not half open: $(cat "$W/a/events")"
	kill -KILL "$charon"
	poll 5 gone "$charon" || die "charon lives"
	in_ns b nft delete table ip deaf
	asked=$(seen a out-cookie) returned=$(seen a in-cookie) other=$(seen a out-ke)
	charon b; charon=$pid
	sed -i "s/proposals = $IKE/proposals = $2/" "$W/b/sw/swanctl.conf"
	swan_load b
	they_begin
	good
	[ "$(count_of 'cookies asked for')" -ge 1 ] || die "$what: no cookie asked for"
	[ "$(seen a out-cookie)" -gt "$asked" ] || die "$what: none was sent"
	[ "$(seen a in-cookie)" -gt "$returned" ] || die "$what: none came back"
}
cookie "cookie" "$IKE"
[ "$(seen a out-ke)" = "$other" ] || die "$what: another group"
unpair
say "charon returns our cookie"
IKE=aes128-sha256-ecp256
cookie "cookie and INVALID_KE_PAYLOAD" aes128-sha256-x25519-ecp256
[ "$(seen a out-ke)" -gt "$other" ] || die "$what: no other group asked for"
unpair
say "and with another group after it"
