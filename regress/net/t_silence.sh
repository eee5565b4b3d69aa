#!/bin/sh
# SPDX-License-Identifier: ISC
# Why nobody answers: no daemon there, no such host, nothing at all, port 4500
# closed; each has its own words.  And when the peer comes at last, all is well.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need nft
two_sites
conf 203.0.113.1 198.51.100.7
said() { ctl london show ike 2>/dev/null | tr -s '\n ' ' ' | grep -qE "$1"; }
again() { ctl london restart tokyo; }
daemon london; london=$pid
poll 10 said "no IKE daemon there" || die "port unreachable: $(ctl london show ike)"
set +e; ctl london show >"$W/out"; rc=$?; set -e
[ $rc = 1 ] && grep -q "tokyo.*down" "$W/out" && grep -q "10.2.0.0/16" "$W/out" ||
    die "show: $rc $(cat "$W/out")"
say "no daemon there"

ip -n "$P-r" route add unreachable 198.51.100.7/32
again
poll 10 said "host unreachable" || die "host unreachable: $(ctl london show ike)"
ip -n "$P-r" route del unreachable 198.51.100.7/32
say "no such host"

in_ns r nft -f - <<'END'
table ip wall {
	chain through {
		type filter hook forward priority 0
		udp dport 500 drop
	}
}
END
stop "$london"
daemon london; london=$pid
poll 10 said "no answer" || die "silence: $(ctl london show ike)"
say "silence"

# 500 answers, 4500 does not
in_ns r nft flush ruleset
in_ns r nft -f - <<'END'
table ip wall {
	chain through {
		type filter hook forward priority 0
		udp dport 4500 drop
	}
}
END
conf 203.0.113.1 198.51.100.7 "ike { nat force }"
stop "$london"
daemon london; london=$pid
daemon tokyo
poll 40 said "UDP 500 answers, 4500 does not" || die "4500: $(ctl london show ike)"
say "4500 is closed"

in_ns r nft flush ruleset
poll 60 full || die "not FULL after all: $(ctl london show ike)"
said "4500 does not" && die "the old reason is still there" || :
say "and then all is well"
stop "$london"
