#!/bin/sh
# SPDX-License-Identifier: ISC
# A rekey every ten seconds for a minute under 1000 packets a second, on a line
# of 300 ms there and back that loses one of a hundred: no packet is lost to a
# rekey, as the counters of both data paths tell, and each pair is soon the only
# one.  Then ike is stopped: the hard limits hold in esp.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
PROBE=$B/regress/tools/probe
two_sites
bad_line 5 "delay 150" "loss 10"

OSPF="dead 4  hello 1s"
conf 203.0.113.1 198.51.100.7 "ipsec { life 10s }"
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 30 full || die "not FULL: $(ctl london diagnose)"
poll 10 ping_lan || die "no ping"
count() { ctl "$1" show counters | sed -n "s/^esp *\([0-9]*\) $2\$/\1/p" | grep . || echo 0; }
drops() { for _c in unknown-spi sa-expired no-sa authentication replay sequence-exhausted; do printf '%s=%s ' $_c "$(count "$1" $_c)"; done; }
before="$(drops london)| $(drops tokyo)"
rekeys() { ctl london -j show sa | sed -n 's/.*"rekeys":\([0-9]*\).*/\1/p' | head -n 1; }
first=$(rekeys)
bg tokyo-lan "$W/recv.log" "$PROBE" recv 7000 "$W/probes"; recv=$pid
bg london-lan "$W/send.log" "$PROBE" send 10.2.0.10 7000 1000; send=$pid
# the pairs of each end, twice a second: what is used and what it replaces, and for
# three seconds the second of two that crossed (RFC 7296 2.8.1); and each is the
# only one at some time
end=$(($(date +%s) + 61))
while [ "$(date +%s)" -lt $end ]; do
	for s in london tokyo; do
		echo $(spis $s) >>"$W/$s.pairs"
	done
	sleep 0.4
done
stop "$send"
sleep 0.5
stop "$recv"
for s in london tokyo; do
	awk '{ n = NF > 2 ? n + 1 : 0 } NF > 3 || n > 6 { exit 1 }' "$W/$s.pairs" ||
	    die "$s: a pair too many: $(awk 'NF > 2' "$W/$s.pairs")"
	k=$(awk 'NF == 1' "$W/$s.pairs" | sort -u | wc -l)
	[ "$k" -ge 6 ] || die "$s: only $k pairs were left alone: $(uniq -c "$W/$s.pairs")"
done
set -- $("$PROBE" stats "$W/probes" 0 "$("$PROBE" now)")
after="$(drops london)| $(drops tokyo)"
[ "$before" = "$after" ] || die "rekeys cost packets: before $before, after $after"
n=$(($(rekeys) - first))
[ "$n" -ge 5 ] || die "hardly a rekey: $n"
say "$n rekeys under 1000 packets a second: $4 of $2 lost to the line, none to a rekey"
[ "$2" -gt 40000 ] || die "only $2 packets"
[ "$4" -lt $(($2 * 2 / 100)) ] || die "$4 of $2 packets lost, the line loses 1 %"
one() { [ "$(spis london | wc -l)" = 1 ] && [ "$(spis tokyo | wc -l)" = 1 ]; }
poll 15 one || die "not one pair: $(spis london)"

# ike is stopped at both ends: nothing goes when the limit is over
a=$(child ike "$london") b=$(child ike "$tokyo")
had=$(($(count london sa-expired) + $(count london no-sa)))
kill -STOP "$a" "$b"
silent() { ! ping_lan >/dev/null; }
poll 30 silent || die "the hard limit does not hold"
refused() { echo $(($(count london sa-expired) + $(count london no-sa))); }
[ "$(refused)" -gt "$had" ] || die "not counted: $(ctl london show counters)"
sleep 2
silent || die "it holds for a while only"
# and what asks the others too is answered
set +e; ctl london show >"$W/out" 2>&1; rc=$?; set -e
[ $rc != 2 ] && grep -q "FULL" "$W/out" || die "show while ike hangs: $rc $(cat "$W/out")"
kill -CONT "$a" "$b"
poll 30 ping_lan || die "ike goes on, the traffic does not: $(ctl london show ike)"
say "the hard limit holds while ike is stopped"
stop "$london" "$tokyo"
