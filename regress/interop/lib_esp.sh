# SPDX-License-Identifier: ISC
# Sourced after regress/interop/lib.sh: greipsecd in a and charon with its ESP in
# user space in b, with a GRE box behind it (grebox.py) that answers pings.

# greipsecd_conf LOCAL PEER IKE-WORDS [WORDS]: of a, from $AUTH, $PSK, $IKE and $ESP
greipsecd_conf() {
	_auth='psk $psk'
	[ "$AUTH" = psk ] || _auth="key \"ed25519:$(cat "$W/b.test.raw")\""
	cat >"$W/conf" <<-END
	psk = "$PSK"
	ospf { area 0.0.0.0  auth md5 1 "0123456789abcdef" }
	host a { id 1
	  tunnel box {
		local $1  peer $2
		inner 10.0.0.1/30  peer 10.0.0.2  ${4:-}
		$_auth
		ike { proposal "$IKE"  local-id "@a.test"  remote-id "@b.test"  $3 }
		ipsec { mode tunnel  proposal "$ESP" }
	  }
	}
	END
	chmod 600 "$W/conf"
}
pings() { in_ns a ping -q -c 1 -W 1 10.0.0.2; }
no_sas() { swan b --list-sas 2>/dev/null | grep -q . && return 1; return 0; }

# rekeyed KIND: how often, whoever began
rekeyed() { ctl a show counters | sed -n "s/^ike *\([0-9]*\) $1 sas rekeyed\$/\1/p" | grep . || echo 0; }
# step KIND COMMAND...: it makes one rekey of that kind, under the pings
step() {
	_kind=$1; shift
	_was=$(rekeyed "$_kind")
	"$@" >>"$W/b/out" 2>&1 || die "$what: $*"
	once() { [ "$(rekeyed "$_kind")" = $((_was + 1)) ]; }
	poll 20 once || die "$what: $*: $(rekeyed "$_kind") after $_was: $(ctl a show events; tail -20 "$W/b/log")"
	# the old one goes under them too
	poll 10 one_child || die "$what: $*: the old one stays: $(swan b --list-sas)"
	_ping=$(wc -l <"$W/ping")
	later() { [ "$(wc -l <"$W/ping")" -ge $((_ping + 30)) ]; }
	poll 5 later || die "$what: $*: no pings after it"
}
one_child() { [ "$(swan b --list-sas 2>/dev/null | grep -c 'reqid .*INSTALLED\|reqid .*REKEY')" = 1 ]; }
# rekeys: each kind by either side, and no ping is lost
rekeys() {
	bg a "$W/ping" stdbuf -oL ping -D -i 0.01 10.0.0.2; p=$pid
	step child ctl a rekey box
	step ike ctl a rekey ike box
	step child swan b --rekey --child c
	step ike swan b --rekey --ike t
	[ "${ESP#*-x}" = "$ESP" ] || swan b --list-sas | grep -q 'GCM_16-128/CURVE_25519' ||
	    die "$what: charon did without PFS: $(swan b --list-sas)"
	step child ctl a rekey box
	stop "$p"
	# charon takes its old inbound SA away with our answer to its DELETE
	n=$(awk -F '[ =]' '/icmp_seq/ { for (i = 1; i < NF; i++) if ($i == "icmp_seq") n = $(i + 1) } END { print n }' "$W/ping")
	lossless "$W/ping" "$n" || die "$what: rekeys: $(tail -n 3 "$W/ping"; lossless "$W/ping" "$n"; ctl a show counters; ctl a show events)"
	say "$what: five rekeys under $n pings, none lost"
}
