#!/bin/sh
# SPDX-License-Identifier: ISC
# The own line of a site: its default route leads to a host of its LAN, or its
# provider drops all that is to it.  No peer answers, and that is said once, of this
# host, besides what each tunnel has; of one of two it is not said.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
need nft
two_sites
site hanoi 192.0.2.33 192.0.2.34 10.3.0
. "$TOP/regress/net/lib_wrong.sh"
for s in london tokyo; do
	cat >"$W/$s.conf" <<'EOF'
include "secrets"
ospf { area 0.0.0.0  auth md5 1 $k  dead 1  hello 250ms }
mesh "corp" { tunnels 172.31.0.0/22  psk $p1
site london { id 1 address 203.0.113.1 network 10.1.0.0/16 }
site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 }
site hanoi { id 3 address 192.0.2.33 network 10.3.0.0/16 }
}
EOF
done
mine() { tr -s '\n ' ' ' <"$W/tokyo/seen" | grep -q "This host: .*no peer answers anything, not even a ping: .*(now by $1)"; }
ONE_END=1

what="default route into the LAN"
ip -n "$P-tokyo" route replace default via 10.2.0.10
daemon tokyo; t=$pid
named tokyo silent-host "\\[warn\\] underlay by lan from 198.51.100.7, which wan has" "other line than their address belongs to: wan has 198.51.100.7, and packets to 203.0.113.1 leave by lan"
poll 20 is tokyo silent-host "no peer answers" || die "$what: $(cat "$W/tokyo/seen")"
mine lan || die "$what: $(cat "$W/tokyo/seen")"
[ "$(grep -c "no peer answers" "$W/tokyo/seen")" = 1 ] || die "$what: more than once: $(cat "$W/tokyo/seen")"
narrow tokyo
say "$what: named"

what="its provider drops all"
wall 'ip daddr 198.51.100.7 drop'
ip -n "$P-tokyo" route replace default via 198.51.100.8
poll 20 is tokyo silent-host "no peer answers" || die "$what: $(cat "$W/tokyo/seen")"
mine wan || die "$what: $(cat "$W/tokyo/seen")"
! grep -q "which wan has" "$W/tokyo/seen" || die "$what: $(cat "$W/tokyo/seen")"
in_ns r nft flush ruleset
say "$what: named"

# Hanoi is away still, and London comes up
what="one of two"
daemon london; l=$pid
poll 60 full || die "$what: not FULL: $(ctl tokyo diagnose)"
look tokyo
! grep -q "no peer answers" "$W/tokyo/seen" || die "$what: $(cat "$W/tokyo/seen")"
stop "$l" "$t"
say "$what: it is not the line"
