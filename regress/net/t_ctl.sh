#!/bin/sh
# SPDX-License-Identifier: ISC
# greipsecctl against two joined sites: every show in text (80 columns) and in
# JSON, filters, words it does not know, who may do what, rekey, restart, down
# and up, monitor, log, reload; and no secret in any output.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3

two_sites
conf 203.0.113.1 198.51.100.7
# keys, as a user makes them
[ "$(stat -c %a "$W/london/key")" = 600 ] || die "mode of the key"
! "$GSC" keygen -o "$W/london/key" >"$W/out" 2>&1 || die "a key is overwritten"
grep -q exists "$W/out" || die "keygen does not say why"
[ "$("$GSC" genpsk | tr -d '\n' | wc -c)" = 43 ] || die "genpsk"
ospf_key=0123456789abcdef

# without a daemon
set +e; "$GSC" -s "$W/nowhere" show >"$W/out" 2>&1; rc=$?; set -e
[ $rc = 2 ] && grep -q "not running" "$W/out" || die "no daemon: $rc"

daemon london; london=$pid
daemon tokyo
poll 20 full || die "not FULL"
in_ns london-lan ping -c 3 -i 0.1 10.2.0.10 >/dev/null || die "no ping"

mkdir "$W/seen"
for w in summary tunnels neighbors interfaces rib fib database sa ike events \
    config processes counters; do
	ctl london show $w >"$W/seen/$w" || die "show $w"
	[ -s "$W/seen/$w" ] || die "show $w: nothing"
	long=$(awk 'length($0) > 80' "$W/seen/$w")
	[ $w = config ] || [ -z "$long" ] || die "show $w: long lines: $long"
	ctl london -j show $w >"$W/seen/$w.json" || die "show -j $w"
	python3 -m json.tool <"$W/seen/$w.json" >/dev/null ||
	    die "show -j $w: no JSON: $(cat "$W/seen/$w.json")"
done
say "every show in text and JSON"
seen() { grep -qE -- "$2" "$W/seen/$1" || die "show $1: no $2: $(cat "$W/seen/$1")"; }
seen summary "Tunnels +1 up"
seen tunnels "tokyo.*up"
seen neighbors "^ID +Pri State +DeadTime Address +Iface +Uptime"
seen neighbors "0.0.0.2 .*FULL/P2P .*172.31.0.2 +gs-tokyo"
seen interfaces "gs-tokyo"
seen rib "10.2.0.0/24 +172.31.0.2 .*Intra-Area +Network"
seen fib "ospf .*10.2.0.0/24 .*gs-tokyo"
seen fib "guard .*10.2.0.0/16 .*unreachable"
seen database "[Rr]outer"
seen sa "aes256gcm"
seen ike "ESTABLISHED|established|up"
seen events "child-up"
seen config "host london"
seen processes "keys"
seen counters "drop|received"
for s in $(cut -d : -f 2 "$W"/*/key) "$ospf_key" \
    "$(cut -d : -f 2 "$W/london/key" | base64 -d | od -An -tx1 | tr -d ' \n')"; do
	! grep -rqF -- "$s" "$W/seen" "$W"/*/log || die "a secret is shown"
done
say "no secret in it"

# filters, abbreviations
[ "$(ctl london sh ri 10.2.0.10 | grep -c 10.2.0.0/24)" = 1 ] || die "show rib ADDRESS"
! ctl london show rib 10.2.0.10 | grep -q 10.1.0.0 || die "rib is not filtered"
! ctl london show fib guard | grep -q "ospf " || die "fib is not filtered"
ctl london show tunnels tokyo | grep -q tokyo || die "show tunnels tokyo"
fails() {	# CODE PATTERN WORDS...
	_c=$1 _p=$2; shift 2
	set +e; ctl london "$@" >"$W/out" 2>&1; rc=$?; set -e
	[ $rc = "$_c" ] && grep -q -- "$_p" "$W/out" || die "$*: $rc $(cat "$W/out")"
}
fails 2 "ambiguous: interfaces, ike\|unknown here\|ambiguous" show i
fails 2 "unknown here; possible" shwo
fails 2 "no such tunnel" show tunnels paris
fails 2 "what? possible" log
fails 2 "not an address" show rib 10.2.0
fails 1 "." rekey paris

# the group may look, root alone may change
chmod 711 "$W" "$W/london"
chmod 755 "$W/london/sock" 2>/dev/null || :
gid=$(stat -c %g "$W/london/sock")
chmod 660 "$W/london/sock"
if command -v setpriv >/dev/null && setpriv --reuid 65534 --regid "$gid" \
    --clear-groups test -x "$GSC" 2>/dev/null; then
	setpriv --reuid 65534 --regid "$gid" --clear-groups "$GSC" \
	    -s "$W/london/sock" show neighbors >"$W/out" 2>&1 ||
	    die "the group may not look: $(cat "$W/out")"
	set +e
	setpriv --reuid 65534 --regid "$gid" --clear-groups "$GSC" \
	    -s "$W/london/sock" rekey tokyo >"$W/out" 2>&1; rc=$?
	set -e
	[ $rc = 1 ] || die "the group may change: $rc $(cat "$W/out")"
	say "the group looks, root changes"
fi

# rekey and restart under pings: none is lost
ctl london monitor >"$W/monitor" 2>&1 & PID_LIST="$PID_LIST $!"
in_ns london-lan ping -D -i 0.01 -c 500 10.2.0.10 >"$W/ping" 2>&1 & ping=$!
PID_LIST="$PID_LIST $ping"
old=$(spis london)
for act in "rekey tokyo" "rekey ike tokyo" "restart tokyo" "rekey all"; do
	ctl london $act || die "$act"
	changed() { [ "$(spis london)" != "$old" ]; }
	[ "$act" = "rekey ike tokyo" ] || poll 5 changed || die "$act: same SPIs"
	one() { [ "$(spis london | wc -l)" = 1 ]; }
	poll 15 one || die "$act: not one pair: $(spis london)"
	old=$(spis london)
done
wait "$ping" || die "pings: $(tail -n 3 "$W/ping")"
lossless "$W/ping" 500 || die "lost: $(tail -n 3 "$W/ping")"
say "rekey and restart lose nothing"
poll 5 grep -q "child-rekey" "$W/monitor" || die "monitor says nothing: $(cat "$W/monitor")"

ctl london down tokyo
downed() { ctl london show ike | grep -qi "down" && ! ctl tokyo show neighbors | grep -q FULL; }
poll 10 downed || die "down: $(ctl london show ike)"
set +e; ctl london show >"$W/out"; rc=$?; set -e
[ $rc = 1 ] && grep -q tokyo "$W/out" || die "show while down: $rc $(cat "$W/out")"
! in_ns london-lan ping -c 1 -W 1 10.2.0.10 >/dev/null || die "a ping while down"
fails 1 "no SA" rekey tokyo
# who takes ike's place knows of it
ike=$(child ike "$london"); kill -9 "$ike"
again() { _p=$(child ike "$london"); [ -n "$_p" ] && [ "$_p" != "$ike" ] && ctl london show ike | grep -q tokyo; }
poll 10 again || die "ike: not restarted: $(ctl london show processes)"
sleep 3
downed && [ -z "$(spis london)$(spis tokyo)" ] || die "down was forgotten: $(ctl london show ike)"
ctl london up tokyo
poll 20 full || die "up: $(ctl london show ike)"
say "down and up"

# what is routine is logged when it is asked for, of whom it is asked for
seen() { grep -c "$1" "$W/london/log" || :; }
rekeyed() {	# N: events of that kind, whatever is logged
	[ "$(ctl london show events | grep -c "child-rekey")" -ge "$1" ]
}
ctl london log brief
n=$(seen child-rekey)
e=$(ctl london show events | grep -c "child-rekey" || :)
ctl london rekey tokyo
poll 5 rekeyed $((e + 1)) || die "no rekey: $(ctl london show events)"
ctl london log verbose ospf
ctl london rekey tokyo
poll 5 rekeyed $((e + 2)) || die "no second rekey"
[ "$(seen child-rekey)" = "$n" ] || die "a rekey is logged, though routine of ospf is asked for"
ctl london log verbose ike tokyo
ctl london rekey tokyo
poll 5 rekeyed $((e + 3)) || die "no third rekey"
[ "$(seen child-rekey)" -gt "$n" ] || die "log verbose ike tokyo: a rekey is not logged"
ctl london log brief
say "log"
cp "$W/conf" "$W/conf.good"
echo "nonsense" >>"$W/conf"
fails 1 "conf:[0-9]*:[0-9]*" reload
full || die "a bad file changed something"
cp "$W/conf.good" "$W/conf"
ctl london reload >"$W/out" || die "reload: $(cat "$W/out")"
full || die "reload of the same file was noticed"
say "log and reload"
"$GSC" --help | awk 'length($0) > 80 { exit 1 }' || die "--help is wide"
"$GSC" completion bash | bash -n || die "completion"
stop "$london"
