#!/bin/sh
# SPDX-License-Identifier: ISC
# How an IKE SA with charon begins: both at once, proven to have crossed, with
# PSK and Ed25519; cookies that we ask for, alone and before another group.
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

# hold: nothing of IKE passes, either way, behind the counters
hold() {
	in_ns a nft -f - <<-END
	table ip hold {
		chain in { type filter hook input priority 0; udp dport 500 drop; }
		chain out { type filter hook output priority 0; udp dport 500 drop; }
	}
	END
}
more() { [ "$(seen a "$1")" -gt "$2" ]; }
settled() { same && one_ike && same; }
# Which one comes through first is chance: a round counts when both requests
# came through, and each way of authentication needs two such.
for AUTH in psk pubkey; do
	crossed=0
	for i in 1 2 3 4 5; do
		[ $crossed -lt 2 ] || break
		what="$AUTH, both at once"
		hold
		out=$(seen a out-init) in=$(seen a in-init)
		pair "start initiate"
		swan b --initiate --child c --timeout 20 >>"$W/b/out" 2>&1 & cmd=$!
		PID_LIST="$PID_LIST $cmd"
		poll 10 more out-init "$out" || die "$what: we do not begin"
		poll 10 more in-init "$in" || die "$what: charon does not begin"
		out=$(seen a out-init) in=$(seen a in-init)
		in_ns a nft delete table ip hold
		# charon's end of it is known before what is left is counted
		poll 20 gone "$cmd" || die "$what: charon's does not end: $(tail -20 "$W/b/log")"
		poll 25 settled || die "$what: not one IKE SA and one pair: $(cat "$W/a/events"; swan b --list-sas)
$(sas "$W/a/xfrm")
$(sas "$W/b/xfrm")"
		! more out-init "$out" || ! more in-init "$in" ||
		    crossed=$((crossed + 1))
		unpair
	done
	[ $crossed -ge 2 ] || die "$what: $crossed of $i rounds crossed"
	say "$AUTH: both begin at once, one IKE SA and one pair stay: $crossed times"
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
