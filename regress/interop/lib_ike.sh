# SPDX-License-Identifier: ISC
# Sourced after regress/interop/lib.sh: our engine, run by ikedrive, in
# namespaces against charon or itself.  Everything of NAME is in $W/NAME: conf,
# orders (a pipe), events, err, xfrm (its SAs).
DRIVE=$B/regress/tools/ikedrive

# drive_conf NAME LOCAL LOCAL-ID REMOTE REMOTE-ID [LINES]: from $AUTH (psk or
# pubkey), $IKE, $ESP (comma between alternatives), $MODE, $PSK
drive_conf() {
	mkdir -p "$W/$1"
	{
		echo "local $2"; echo "local-id $3"
		echo "remote $4"; echo "remote-id $5"
		if [ "$AUTH" = pubkey ]; then
			echo "priv $(cat "$W/$3.seed")"
			echo "remote-key $(cat "$W/$5.raw")"
		else
			echo "psk $PSK"
		fi
		echo "$IKE" | tr , '\n' | sed 's/^ */ike /'
		echo "$ESP" | tr , '\n' | sed 's/^ */esp /'
		echo "mode $MODE"
		shift 5
		for _l; do echo "$_l"; done
	} >"$W/$1/conf"
}

# drive NAME: start it
drive() {
	need "$DRIVE"
	rm -f "$W/$1/orders"
	mkfifo "$W/$1/orders"
	: >"$W/$1/xfrm"; : >"$W/$1/events"; : >"$W/$1/err"
	ip netns exec "$P-$1" "$DRIVE" "$W/$1/conf" "$W/$1/xfrm" \
	    <"$W/$1/orders" >"$W/$1/events" 2>"$W/$1/err" &
	pid=$!
	PID_LIST="$PID_LIST $pid"
	eval "DRIVE_PID_$1=$pid"
	exec 9>"$W/$1/orders"
	eval "exec $(drive_fd "$1")>&9"
	exec 9>&-
}
# the descriptor that orders to NAME go to
drive_fd() {
	case $1 in a) echo 7 ;; *) echo 8 ;; esac
}
# tell NAME WORD: give an order
tell() {
	eval "echo $2 >&$(drive_fd "$1")"
}
# drive_end NAME: let it say DELETE and end; what was started after it holds the
# other end of its pipe too
drive_end() {
	eval "gone \$DRIVE_PID_$1" || tell "$1" quit
	eval "exec $(drive_fd "$1")>&-"
	eval "poll 5 gone \$DRIVE_PID_$1" || die "$1: ikedrive does not end"
}
gone() { ! is_child "$1"; }

# events NAME PATTERN [N]: N (1) lines or more
events() {
	[ "$(grep -c -- "$2" "$W/$1/events")" -ge "${3:-1}" ]
}

# --- charon in b against our engine in a ---

# charon_pair: namespaces, keys of both, charon's pid in $charon
charon_pair() {
	ns a; ns b
	veth a eth0 198.51.100.1/24 b eth0 198.51.100.2/24
	keypair a.test
	keypair b.test
	charon b; charon=$pid
	PSK="correct horse battery staple" MODE=transport
}
# pair LINES: both configured anew, ikedrive started with LINES more; $what
# says what for
pair() {
	swan_conf b 198.51.100.2 b.test 198.51.100.1 a.test
	drive_conf a 198.51.100.1 a.test 198.51.100.2 b.test "$@"
	: >"$W/b/xfrm"
	drive a
}
# they_begin: charon does
they_begin() {
	swan b --initiate --child c --timeout 10 >>"$W/b/out" 2>&1 ||
	    die "$what: charon cannot begin: $(cat "$W/a/events" "$W/a/err"; tail -5 "$W/b/log")"
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
# rekey_child WHO N: ours|theirs; it is the Nth, and leaves another pair
rekey_child() {
	_spis=$(sas "$W/a/xfrm")
	case $1 in
	ours) tell a rekey-child ;;
	theirs) swan b --rekey --child c >>"$W/b/out" 2>&1 ;;
	esac
	poll 10 events a child-rekey "$2" ||
	    die "$what: $1: no rekey: $(cat "$W/a/events")"
	good
	[ "$_spis" != "$(sas "$W/a/xfrm")" ] || die "$what: same SPIs"
}
# count_of COUNTER: our engine's
count_of() {
	_n=$(grep -c "^ikes" "$W/a/events" || :)
	tell a show
	poll 5 events a "^ikes" $((_n + 1)) || die "$what: no answer to show"
	sed -n "s/^count $1 //p" "$W/a/events" | tail -n 1
}
# one_ike: both ends have this IKE SA and no other
one_ike() {
	count_of x >/dev/null
	swan b --list-sas 2>/dev/null | sed -n \
	    's/^t: .*, \([0-9a-f]*\)_i\** \([0-9a-f]*\)_r\**.*/\1 \2/p' >"$W/theirs"
	[ "$(wc -l <"$W/theirs")" = 1 ] && [ "ikes 1 $(cat "$W/theirs")" = "$(grep '^ikes' "$W/a/events" | tail -n 1)" ]
}

# watch NAME: count in that namespace the IKE_SA_INIT responses that come and go
# whose first payload is N(COOKIE), cookie, or N(INVALID_KE_PAYLOAD), ke; seen
# NAME in-WORD or out-WORD says how many
watch() {
	need nft
	{
	echo 'table ip watch {'
	for _d in in out; do
		echo "chain $_d { type filter hook ${_d}put priority -10;"
		echo "@th,208,8 34 @th,192,8 0x29 @th,336,16 0x4006 counter comment \"$_d-cookie\";"
		echo "@th,208,8 34 @th,192,8 0x29 @th,336,16 0x0011 counter comment \"$_d-ke\";"
		echo '}'
	done
	echo '}'
	} | in_ns "$1" nft -f -
}
seen() {
	in_ns "$1" nft list ruleset |
	    sed -n "s/.*counter packets \([0-9]*\) .*comment \"$2\".*/\1/p"
}
# deaf NAME: nothing of IKE comes in there, until table deaf is deleted
deaf() {
	printf 'table ip deaf {\nchain in { type filter hook input priority 0; meta l4proto udp drop; }\n}\n' |
	    in_ns "$1" nft -f -
}
