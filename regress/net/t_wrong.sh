#!/bin/sh
# SPDX-License-Identifier: ISC
# What can be configured wrongly between two sites: `diagnose' at each end names
# the cause, and says here and there what to change.  users.md 5, scenarios 9
# and 10.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
need nft
two_sites
cat >>"$W/secrets" <<'END'
k2 = "another key text"
p1 = "HtQ7zYw2mK9xR4vB8nL3cF6jD1sG5aPe"
p2 = "Zq8Wn3Lk6Vb1Xc9Mf4Rt7Ys2Hd5Jg0Pa"
END
# file SITE MESH-LINES OSPF-LINES [NAME-OF-MESH]: what is in force there
file() {
	cat >"$W/$1.conf" <<END
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$k  dead 1  hello 250ms  $3 }
mesh "${4:-corp}" { tunnels 172.31.0.0/22  psk \$p1
$2
site london { id 1 address 203.0.113.1 network 10.1.0.0/16 }
site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 }
}
END
}
# codes SITE: the codes of the causes, and the fixes, found there
codes() { in_ns "$1" "$GSC" -s "$W/$1/sock" -j diagnose 2>/dev/null; }
# is SITE CODE PATTERN...: diagnose there has that cause, and the text matches
is() {
	_w=$1; shift
	set +e; in_ns "$_w" "$GSC" -s "$W/$_w/sock" diagnose >"$W/$_w/seen" 2>&1; _rc=$?; set -e
	codes "$_w" >"$W/$_w/json" || :
	python3 - "$W/$_w/json" "$1" <<'END' || return 1
import json, re, sys
j = json.load(open(sys.argv[1]))
sys.exit(0 if any(re.fullmatch(sys.argv[2], c["code"]) for c in j["causes"]) else 1)
END
	[ $_rc = 1 ] || [ "$_rc" = "${RC:-1}" ] || return 1
	shift
	for _p; do tr -s '\n ' ' ' <"$W/$_w/seen" | grep -qE -- "$_p" || return 1; done
	! awk 'length($0) > 80 { exit 0 } END { exit 1 }' "$W/$_w/seen" >/dev/null || :
}
cause() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["causes"][0]["code"])' "$W/$1/json"; }
wide() { awk 'length($0) > 80' "$W/$1/seen"; }
# wrong NAME LONDON-CODE TOKYO-CODE [PATTERN-AT-LONDON]: with the files as they are
wrong() {
	daemon london; first=$pid
	daemon tokyo; second=$pid
	poll 25 is london "$2" "here:|there:" "${4:-.}" || die "$1 at London, wanted $2: $(cat "$W/london/seen")"
	poll 25 is tokyo "$3" "here:|there:" || die "$1 at Tokyo, wanted $3: $(cat "$W/tokyo/seen")"
	[ -z "$(wide london)$(wide tokyo)" ] || die "$1: wide: $(wide london)$(wide tokyo)"
	stop "$first" "$second"
	say "$1: $(cause london) | $(cause tokyo)"
}
good() { file "$1" "" ""; }

# IKE.  The lower id begins; London does.
file london "" ""; file tokyo "" ""; sed -i 's/psk $p1/psk $p2/' "$W/tokyo.conf"
wrong "wrong PSK" '(they|our)-auth' '(they|our)-auth' "psk|PSK"
file london "" ""; file tokyo "" "" corporation
wrong "another identity" 'they-auth|our-id|our-own-id' 'they-auth|our-id|our-own-id'
file london 'ike { proposal "aes256gcm16-prfsha384-ecp384" }' ""; file tokyo 'ike { proposal "aes128-sha256-x25519" }' ""
wrong "IKE suite" '(they|our)-proposal' '(they|our)-proposal' "aes256gcm16-prfsha384-ecp384"
file london 'ike { proposal "aes256gcm16-prfsha384-ecp384" }' ""; file tokyo 'ike { proposal "aes256gcm16-prfsha384-x25519" }' ""
wrong "IKE group" '(they|our)-proposal' '(they|our)-proposal'
file london 'ipsec { proposal "aes256gcm16" }' ""; file tokyo 'ipsec { proposal "chacha20poly1305" }' ""
wrong "ESP suite" '(they|our)-esp-proposal' '(they|our)-esp-proposal' "ours aes256gcm16"
# selectors: what both cover is enough (others: t_strongswan_esp)
file london 'ipsec { selector any }' ""; good tokyo
daemon london; l=$pid
daemon tokyo; t=$pid
poll 20 full || die "selectors: not FULL: $(ctl london diagnose)"
stop "$l" "$t"
say "selector any there, gre here: they meet in GRE"
# PFS differs: all is well until the first rekey, and then there is a warning
file london 'ipsec { pfs x25519 }' ""; good tokyo
daemon london; l=$pid
daemon tokyo; t=$pid
poll 20 full || die "PFS: not FULL"
ctl london rekey tokyo
RC=0
poll 15 is london '(they|our)-esp-proposal' "since then" "PFS" || die "PFS at London: $(cat "$W/london/seen")"
poll 15 is tokyo '(they|our)-esp-proposal' "since then" "PFS" || die "PFS at Tokyo: $(cat "$W/tokyo/seen")"
RC=1
full || die "PFS: the SA in use went"
stop "$l" "$t"
say "PFS: named when the first rekey fails"
# nobody there, silence with and without a ping, port 4500
good london; good tokyo
daemon london; l=$pid
poll 10 is london port-unreachable "there: start greipsecd" || die "no daemon there: $(cat "$W/london/seen")"
say "no daemon there: port-unreachable"
wall 'udp dport 500 drop'
stop "$l"
daemon london; l=$pid
daemon tokyo; t=$pid
poll 30 is london silent-port "answers a ping" "UDP 500" || die "UDP 500 closed: $(cat "$W/london/seen")"
poll 30 is tokyo silent-port || { sleep 1; is tokyo silent-port || is tokyo not-negotiated; } ||
    die "UDP 500 closed, at Tokyo: $(cat "$W/tokyo/seen")"
say "UDP 500 closed: silent-port"
in_ns r nft flush ruleset
wall 'ip daddr 198.51.100.7 drop'
stop "$l" "$t"
daemon london; l=$pid
poll 30 is london silent-host "Neither a ping" || die "all closed: $(cat "$W/london/seen")"
say "nothing answers: silent-host"
stop "$l"
in_ns r nft flush ruleset
wall 'udp dport 4500 drop'
file london 'nat force' ""; file tokyo 'nat force' ""
daemon london; l=$pid
daemon tokyo; t=$pid
poll 40 is london no-answer-4500 "pass UDP 4500" || die "UDP 4500: $(cat "$W/london/seen")"
stop "$l" "$t"
in_ns r nft flush ruleset
say "UDP 4500 closed: no-answer-4500"
ip -n "$P-r" route add unreachable 198.51.100.7/32
good london
daemon london; l=$pid
poll 15 is london host-unreachable || die "host unreachable: $(cat "$W/london/seen")"
stop "$l"
ip -n "$P-r" route del unreachable 198.51.100.7/32
ip -n "$P-london" route del default
daemon london; l=$pid
poll 10 is london no-route-to-peer "ip route get" || die "no route: $(cat "$W/london/seen")"
stop "$l"
ip -n "$P-london" route add default via 203.0.113.2
say "no such host, no route"

# OSPF
good tokyo
good london; sed -i 's/\$k /$k2 /' "$W/london.conf"
wrong "wrong OSPF key" digest digest "key"
good london; sed -i 's/auth md5 1/auth md5 7/' "$W/london.conf"
wrong "key id" key-id key-id "key id 1"
good london; sed -i 's/area 0.0.0.0/area 0.0.0.5/' "$W/london.conf"
wrong "area" area area "0.0.0.0 there"
good london; good tokyo
sed -i 's/dead 1  hello 250ms/dead 8  hello 2/' "$W/london.conf"; sed -i 's/dead 1  hello 250ms/dead 8  hello 1/' "$W/tokyo.conf"
wrong "hello interval" hello-interval hello-interval "hello 1"
sed -i 's/dead 8  hello 1/dead 6  hello 2/' "$W/tokyo.conf"
wrong "dead interval" dead-interval dead-interval "link london tokyo { dead 6 }"
good tokyo; good london
sed -i 's/^site london { id 1/site london { id 1 router-id 9.9.9.9/; s/^site tokyo { id 2/site tokyo { id 2 router-id 9.9.9.8/' "$W/london.conf"
sed -i 's/^site tokyo { id 2/site tokyo { id 2 router-id 9.9.9.9/' "$W/tokyo.conf"
wrong "duplicate router id" duplicate-router-id duplicate-router-id "9.9.9.9"
file london 'mtu 1300' 'mtu-check strict'; file tokyo '' 'mtu-check strict'
RC=1 wrong "MTU" dd-mtu dd-mtu "1300"
# a disagreement that is mended by itself is a warning
file london 'mtu 1300' ''; good tokyo
daemon london; l=$pid
daemon tokyo; t=$pid
poll 20 full || die "MTU accepted: not FULL"
RC=0
either() { is london mtu "1442 there, 1300 here" || is tokyo mtu "1300 there, 1442 here"; }
poll 10 either || die "MTU accepted: $(cat "$W/london/seen" "$W/tokyo/seen")"
stop "$l" "$t"
RC=1
say "MTU that is accepted: a warning at the end that knows"
file london 'tunnels-other' ''
sed -i '/tunnels-other/d; s,172.31.0.0/22,172.30.0.0/22,' "$W/london.conf"; good tokyo
wrong "other inner addresses" source-address source-address
# nothing is announced
good london; good tokyo
ip -n "$P-tokyo" addr del 10.2.0.1/24 dev lan
daemon london; l=$pid
daemon tokyo; t=$pid
poll 20 full || die "not FULL"
poll 10 is london nothing-announced "10.2.0.0/16" || die "nothing announced: $(cat "$W/london/seen")"
RC=0
is tokyo x || grep -q "no address of this host is inside" "$W/tokyo/seen" || tr -s '\n ' ' ' <"$W/tokyo/seen" | grep -q "no address of this host is inside" ||
    die "at Tokyo: $(cat "$W/tokyo/seen")"
ip -n "$P-tokyo" addr add 10.2.0.1/24 dev lan
well() { in_ns "$1" "$GSC" -s "$W/$1/sock" diagnose >"$W/$1/seen" && grep -q "^  \[ok\]" "$W/$1/seen"; }
poll 10 well london || die "all is well: $(cat "$W/london/seen")"
in_ns london "$GSC" -s "$W/london/sock" diagnose tokyo >"$W/out" || die "all is well: $(cat "$W/out")"
[ "$(grep -c "^  \[ok\]" "$W/out")" = 7 ] || die "seven rungs: $(cat "$W/out")"
set +e; in_ns london "$GSC" -s "$W/london/sock" diagnose paris >"$W/out" 2>&1; rc=$?; set -e
[ $rc = 2 ] && grep -q "no such tunnel" "$W/out" || die "diagnose paris: $rc"
stop "$l" "$t"
say "all is well"
