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
	: >"$W/$1/xfrm"
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
# drive_end NAME: let it say DELETE and end
drive_end() {
	eval "exec $(drive_fd "$1")>&-"
	eval "poll 5 gone \$DRIVE_PID_$1" || die "$1: ikedrive does not end"
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# events NAME PATTERN [N]: N (1) lines or more
events() {
	[ "$(grep -c -- "$2" "$W/$1/events")" -ge "${3:-1}" ]
}
