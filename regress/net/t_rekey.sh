#!/bin/sh
# SPDX-License-Identifier: ISC
# A rekey every ten seconds under 1000 packets a second, on a line with delay
# and loss: no packet is lost to a rekey, as the counters of both data paths
# tell, and one pair is left.  Then ike is stopped: the hard limits hold in esp.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
PROBE=$B/regress/tools/probe
two_sites
bad_line 5 "delay 20" "jitter 2" "loss 5"

OSPF="dead 4  hello 1s"
conf 203.0.113.1 198.51.100.7 "ipsec { life 12s }"
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
sleep 30
stop "$send"
sleep 0.5
stop "$recv"
set -- $("$PROBE" stats "$W/probes" 0 "$("$PROBE" now)")
after="$(drops london)| $(drops tokyo)"
[ "$before" = "$after" ] || die "rekeys cost packets: before $before, after $after"
n=$(($(rekeys) - first))
[ "$n" -ge 2 ] || die "hardly a rekey: $n"
say "$n rekeys under 1000 packets a second: $4 of $2 lost to the line, none to a rekey"
[ "$2" -gt 10000 ] || die "only $2 packets"
[ "$4" -lt $(($2 / 20)) ] || die "$4 of $2 packets lost, the line loses 0.5 % each way"
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
