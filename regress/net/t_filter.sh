#!/bin/sh
# SPDX-License-Identifier: ISC
# The packet filter of the host itself: what it drops is named as its own fault,
# and who does as diagnose says has it mended.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
need nft
two_sites
. "$TOP/regress/net/lib_wrong.sh"
good london; good tokyo
both
poll 20 full || die "not FULL"
poll 10 ping_lan >/dev/null || die "no ping"
rules() { in_ns tokyo nft -f -; }

# --- what is forwarded
what="forward policy drop"
rules <<'EOF'
table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop;
jump DOCKER-USER
oifname "docker0" ct state established,related accept
iifname "docker0" oifname != "docker0" accept
}
chain DOCKER-USER { return
}
}
EOF
! ping_lan >/dev/null || die "$what: a ping passes"
# what works on the way up works still
ways() { tr -s '\n ' ' ' <"$W/tokyo/seen" | grep -q "\[ok\] ospf FULL .*\[warn\] forward nft chain ip filter FORWARD drops what is forwarded"; }
RC=0 ONE_END=1 named tokyo forward-drop "insert rule ip filter FORWARD iifname 'gs-\*' accept" "comes by it|gs-london"
ways || die "$what: $(cat "$W/tokyo/seen")"
look london; ! grep -q forward "$W/london/seen" || die "$what: also at london: $(cat "$W/london/seen")"
of tokyo here | tr ';' '\n' | grep "nft insert" | sed 's/^and //' >"$W/fix"
[ "$(wc -l <"$W/fix")" = 2 ] || die "$what: $(of tokyo here)"
in_ns tokyo sh -e "$W/fix" || die "$what: $(cat "$W/fix")"
ping_lan >/dev/null || die "$what: no ping with $(cat "$W/fix")"
look tokyo; ! grep -q forward "$W/tokyo/seen" || die "$what: still there: $(cat "$W/tokyo/seen")"
say "$what: named, and mended by what is said"

what="forward, by LAN"
in_ns tokyo nft flush ruleset
rules <<'EOF'
table inet fw { chain f { type filter hook forward priority 0; policy drop;
ct state established,related accept
iifname "lan" accept
}
}
EOF
look tokyo
tr -s '\n ' ' ' <"$W/tokyo/seen" | grep -q "This host: .*nft chain inet fw f drops what no rule accepts, .* may drop" || die "$what: $(cat "$W/tokyo/seen")"
grep -q "^  \[ok\] *london" "$W/tokyo/seen" || die "$what: $(cat "$W/tokyo/seen")"
narrow tokyo
in_ns tokyo nft flush ruleset
say "$what: it may drop"
stop "$l" "$t"

# --- what goes out
what="output drop"
in_ns tokyo nft flush ruleset
rules <<'EOF'
table inet fw { chain out { type filter hook output priority 0; policy accept;
udp dport { 500, 4500 } drop
}
}
EOF
both
ONE_END=1 named tokyo own-filter "refused by this host's packet filter .EPERM." "\[ok\] underlay" "here: accept UDP 500, UDP 4500 .* to 203.0.113.1 on the way out"
ONE_END=1 named london silent-port "answers a ping"
in_ns tokyo nft flush ruleset
poll 40 full || die "$what: not FULL after all"
stop "$l" "$t"
say "$what: own-filter | silent-port"

# --- the rules of README.md are enough, from the start
what="README's rules"
in_ns tokyo nft flush ruleset
sed -n '/^```nft$/,/^```$/p' "$TOP/README.md" | grep -v '^```' | rules
both
poll 20 full || die "$what: not FULL: $(ctl tokyo diagnose)"
poll 10 ping_lan >/dev/null || die "$what: no ping"
in_ns tokyo-lan ping -c 1 -W 1 10.1.0.10 >/dev/null || die "$what: no ping from tokyo"
in_ns tokyo "$GSC" -s "$W/tokyo/sock" diagnose >"$W/out" || die "$what: $(cat "$W/out")"
! grep -q "drop" "$W/out" || die "$what: $(cat "$W/out")"
stop "$l" "$t"
say "$what: all works, and nothing is said of them"
