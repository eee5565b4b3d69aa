#!/bin/sh
# SPDX-License-Identifier: ISC
# Two sites over a bad line: 300 ms there and back, packets that overtake each
# other, come twice or not at all.  They join, rekey without losing more than
# the line does, let nothing in twice, and settle on one pair.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
bad_line 3 "delay 130" "jitter 40" "loss 20" "dup 50" "reorder 5"

OSPF="dead 8  hello 2s"
conf 203.0.113.1 198.51.100.7
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 60 full || die "not FULL: $(ctl london show ike; ctl london show neighbors)"
routed() { ip -n "$P-london" route get 10.2.0.10 | grep -q gs-tokyo; }
poll 10 routed || die "no route"
say "joined"
# what is shown is the line's 260 to 340 ms, and the machine's own delay
rtt() { ctl london -j show tunnels | sed -n 's/.*"gre_rtt_us":\([0-9]*\).*/\1/p'; }
measured() { [ "$(rtt)" -gt 0 ]; }
poll 60 measured || die "no RTT: $(ctl london show tunnels)"
[ "$(rtt)" -ge 260000 ] && [ "$(rtt)" -lt 900000 ] || die "RTT of $(rtt) us on a line of 260 to 340 ms"
ctl london show tunnels | grep -qE '^tokyo .* [2-8][0-9][0-9]ms ' ||
    die "show tunnels: $(ctl london show tunnels)"
ctl london -j show tunnels | grep -q '"gre_rtt_age_s":[0-9]' || die "no age of the RTT"
say "RTT $(rtt) us"
one() { [ "$(spis london | wc -l)" = 1 ] && [ "$(spis tokyo | wc -l)" = 1 ]; }
poll 60 one || die "not one pair: $(spis london) $(spis tokyo)"
in_ns london-lan ping -q -i 0.05 -c 400 10.2.0.10 >"$W/ping" 2>&1 & p=$!
PID_LIST="$PID_LIST $p"
for act in "london rekey all" "tokyo rekey all" "london rekey ike all"; do
	was=$(spis london)
	ctl ${act%% *} ${act#* }
	case $act in *ike*) continue ;; esac
	changed() { one && [ "$(spis london)" != "$was" ]; }
	poll 30 changed || die "$act: $(ctl london show sa)"
done
wait "$p" || :
full || die "adjacency lost"
lost=$(sed -n 's/.* \([0-9]*\)[.0-9]*% packet loss.*/\1/p' "$W/ping")
[ "${lost:-100}" -lt 15 ] || die "rekeys cost more than the line: $(cat "$W/ping")"
! grep -q duplicates "$W/ping" || die "packets came twice: $(cat "$W/ping")"
n=$(ctl london show counters | sed -n 's/^esp *\([0-9]*\) replay$/\1/p')
[ "${n:-0}" -gt 0 ] || die "no repeated packet was seen"
say "rekeys: $lost % lost on a line that loses 4 %, ${n} repeated ones refused"
stop "$london"
stop "$tokyo"
