#!/bin/sh
# SPDX-License-Identifier: ISC
# Packets are reordered by 5 on the way.  Where both ends
# refuse MD5 sequence numbers that do not rise (sequence strict), what comes late
# is refused and counted; else it is accepted, for ESP lets nothing in twice.
# The adjacency stays FULL.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
bad_line 9
OSPF="dead 1  hello 250ms  sequence strict"
conf 203.0.113.1 198.51.100.7
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL: $(ctl london show neighbors)"
refused() { ctl "$1" show counters | sed -n 's/^ospf *\([0-9]*\) drop: sequence number$/\1/p' | grep . || echo 0; }
sent() { ctl london show counters | sed -n 's/^ospf *\([0-9]*\) packets sent$/\1/p'; }
changes() { ctl "$1" -j show events | grep -o '"what":"[^"]*"' | grep -cE '"down"|degraded|lost' || :; }
had="$(changes london) $(changes tokyo)"
[ "$(refused london) $(refused tokyo)" = "0 0" ] || die "refused on a clean line"
# hardly anything but Hellos is under way, so that five others take a while
echo "reorder 5 3000" >&3
many() { [ "$(refused london)" -ge 3 ] && [ "$(refused tokyo)" -ge 3 ]; }
poll 90 many || die "late Hellos are not refused: $(refused london) $(refused tokyo)"
full || die "not FULL: $(ctl london show neighbors)"
[ "$(changes london) $(changes tokyo)" = "$had" ] ||
    die "the adjacency fell: $(ctl london show events; ctl tokyo show events)"
poll 5 ping_lan || die "no ping"
n="$(refused london) and $(refused tokyo)"
sed -i 's/ sequence strict//' "$W/conf"
for s in london tokyo; do ctl $s reload >/dev/null || die "reload"; done
say "$n late packets refused, the adjacency stays"
was="$(refused london) $(refused tokyo)"
n=$(sent)
more() { [ "$(sent)" -ge $((n + 60)) ]; }
poll 60 more || die "no Hellos"
[ "$(refused london) $(refused tokyo)" = "$was" ] || die "refused, and not strict"
full && [ "$(changes london) $(changes tokyo)" = "$had" ] ||
    die "the adjacency fell: $(ctl london show events; ctl tokyo show events)"
say "without strict none is refused"
stop "$london" "$tokyo"
