#!/bin/sh
# SPDX-License-Identifier: ISC
# IP protocol 50 is closed on the way: from the start, in mid-session, one way
# only.  The tunnel goes over to UDP encapsulation by itself and says so, and
# back when the operator asks.  An outage of everything is none of that: plain ESP
# is back after it.  With UDP 4500 closed as well it stays as it is,
# and diagnose names protocol 50.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need nft
two_sites
conf 203.0.113.1 198.51.100.7
open() { in_ns r nft flush ruleset; }
udp() { ctl "$1" -j show sa | grep -q '"udp":true'; }
plain() { full && ctl london -j show sa | grep -q '"udp":false' && [ "$(spis london | wc -l)" = 1 ]; }
in_udp() { full && udp london && udp tokyo && ping_lan >/dev/null; }
told() { ctl "$1" show events tokyo london 2>/dev/null | grep -q esp-in-udp || ctl "$1" show events | grep -q esp-in-udp; }

wall 'ip protocol esp drop'
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 50 in_udp || die "from the start: $(ctl london diagnose; ctl london show events)"
told london || told tokyo || die "nobody says so"
one() { [ "$(spis london | wc -l)" = 1 ] && [ "$(spis tokyo | wc -l)" = 1 ]; }
poll 15 one || die "not one pair: $(spis london)"
# the end that went over says why
said() { for _s in london tokyo; do
	ctl $_s show 2>/dev/null | tr -s '\n ' ' ' | grep -q "protocol 50 does not pass" &&
	    { ctl $_s diagnose $([ $_s = london ] && echo tokyo || echo london) || :; } |
	    tr -s '\n ' ' ' | grep -q "IP protocol 50" && return 0
    done; return 1; }
poll 5 said || die "show and diagnose: $(ctl london show; ctl london diagnose tokyo; ctl tokyo show)"
say "closed from the start: in UDP"

# a rekey and a restart of ike keep it
ctl london rekey all; ctl london rekey ike all
sleep 1
poll 10 in_udp || die "rekeyed: $(ctl london show sa)"

open
ctl tokyo restart all; sleep 2; ctl london restart all
poll 20 plain || die "opened and restarted: $(ctl london show sa)"
say "opened, restarted: plain ESP"

# nothing passes for 20 s: no protocol is to blame, whichever passes first
moves() { for _s in london tokyo; do ctl $_s show events; done | grep -c esp-in-udp || :; }
n=$(moves)
wall 'counter drop'
sleep 20
open
back() { plain && [ "$(full_for london)" -ge 8 ]; }
poll 60 back || die "after an outage: $(ctl london show sa; ctl tokyo show events)"
[ "$(moves)" = "$n" ] || die "an outage was taken for a closed protocol: $(ctl london show events; ctl tokyo show events)"
say "20 s of nothing: plain ESP as before"

# in mid-session, towards Tokyo only: Tokyo hears nothing
wall 'ip daddr 198.51.100.7 ip protocol esp drop'
poll 90 in_udp || die "mid-session: $(ctl tokyo diagnose; ctl tokyo show events)"
say "closed one way in mid-session: in UDP"
open
stop "$london" "$tokyo"

# nothing helps: 4500 is closed too
wall 'ip protocol esp drop
udp dport 4500 drop'
daemon london; london=$pid
daemon tokyo; tokyo=$pid
named() { in_ns london "$GSC" -s "$W/london/sock" -j diagnose | grep -q '"code":"no-esp-in"'; }
poll 30 named || die "both closed: $(ctl london diagnose)"
sleep 20
ctl london show ike | grep -q ESTABLISHED || die "both closed: the IKE SA is gone: $(ctl london show ike)"
poll 10 named || die "both closed, later: $(ctl london diagnose)"
open
poll 40 full || die "all open again: $(ctl london diagnose)"
say "UDP 4500 closed as well: named, and well when it opens"
stop "$london" "$tokyo"
