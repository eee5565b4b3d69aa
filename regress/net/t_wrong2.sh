#!/bin/sh
# SPDX-License-Identifier: ISC
# Between two sites: nobody answers, for one reason or another, read at each end;
# a peer with IKEv1 only; IPsec modes, keys and PSKs that do not go together;
# packets that do not authenticate; a filter in the tunnel.
# diagnose has its own words for each.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
need nft
two_sites
. "$TOP/regress/net/lib_wrong.sh"
wall_off() { in_ns r nft flush ruleset; }

# --- nobody answers
ONE_END=1 what="no daemon there"
good london; good tokyo
daemon london; l=$pid
named london port-unreachable "there: start greipsecd" "udp 500 to 198.51.100.7 closed: ICMP port unreachable" "icmp echo to 198.51.100.7 answered in"
stop "$l"
daemon tokyo; t=$pid
named tokyo port-unreachable "there: start greipsecd" "udp 500 to 203.0.113.1 closed"
stop "$t"
say "$what: port-unreachable | port-unreachable"

what="UDP 500 closed"
wall 'udp dport 500 drop'
both
named london silent-port "answers a ping" "udp 500 to 198.51.100.7 no reply, no ICMP error" "udp 4500 to"
named tokyo silent-port "answers a ping" "udp 500 to 203.0.113.1 no reply, no ICMP error"
python3 - "$W/london/json" <<'EOF' || die "JSON: $(cat "$W/london/json")"
import json, sys
p = {x["what"]: x for x in json.load(open(sys.argv[1]))["probes"]}
assert p["icmp echo"]["answer"] == "answer" and p["icmp echo"]["rtt_us"] > 0
assert p["udp 500"]["answer"] == "silence"
EOF
stop "$l" "$t"; wall_off
say "$what: silent-port | silent-port"

what="UDP 500 rejected"
wall 'udp dport 500 reject'
both
named london port-unreachable "udp 500 to 198.51.100.7 closed" "UDP 500"
named tokyo port-unreachable "udp 500 to 203.0.113.1 closed" "UDP 500"
stop "$l" "$t"; wall_off
say "$what: port-unreachable | port-unreachable"

what="UDP 4500 closed"
wall 'udp dport 4500 drop'
file london 'nat force' ""; file tokyo 'nat force' ""
both
named london no-answer-4500 "pass UDP 4500" "udp 4500 to 198.51.100.7 no reply"
named tokyo no-answer-4500 "pass UDP 4500" "udp 4500 to 203.0.113.1 no reply"
stop "$l" "$t"; wall_off
good london; good tokyo
say "$what: no-answer-4500 | no-answer-4500"

# nothing reaches Tokyo; London's answers are lost to it as well
what="nothing answers"
wall 'ip daddr 198.51.100.7 drop'
both
named london silent-host "Neither a ping"
named tokyo silent-host "Neither a ping"
stop "$l" "$t"; wall_off
say "$what: silent-host | silent-host"

what="host unreachable"
ip -n "$P-r" route add unreachable 198.51.100.7/32
both
named london host-unreachable "A router on the way"
named tokyo silent-host "Neither a ping"
stop "$l" "$t"
ip -n "$P-r" route del unreachable 198.51.100.7/32
say "$what: host-unreachable | silent-host"

what="no route"
ip -n "$P-london" route del default
both
named london no-route-to-peer "ip route get"
named tokyo silent-host "Neither a ping"
stop "$l" "$t"
ip -n "$P-london" route add default via 203.0.113.2
say "$what: no-route-to-peer | silent-host"
ONE_END=

# --- IKEv1 only
cat >"$W/old.py" <<'END2'
# A box in Tokyo that has IKEv1: begins main mode, or answers what it gets.
import os, socket, struct, sys, time
how = sys.argv[1]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('198.51.100.7', 500)); s.settimeout(0.2)
L = ('203.0.113.1', 500)
def v1(ex, spi, body=b'', next=1): return spi + struct.pack('!BBBBII', next, 0x10, ex, 0, 0, 28 + len(body)) + body
last = 0
while True:
    if how == 'begins' and time.time() - last > 0.5:
        last = time.time()
        s.sendto(v1(2, os.urandom(8) + bytes(8), struct.pack('!HHII', 0, 12, 1, 1)), L)
    try: p, a = s.recvfrom(4096)
    except OSError: continue
    if len(p) < 28: continue
    if how == 'begins':		# as strongSwan with version 1: no proposal for IKEv2
        n = struct.pack('!BBHBBH', 0, 0, 8, 0, 0, 14)
        s.sendto(p[:8] + bytes(8) + struct.pack('!BBBBII', 41, 0x20, 34, 0x20, 0, 28 + len(n)) + n, a)
    elif how == 'answers':	# as isakmpd: an IKEv1 notification, INVALID-MAJOR-VERSION
        s.sendto(v1(5, p[:8] + os.urandom(8), struct.pack('!HHIBBH', 0, 12, 1, 1, 0, 5), 11), a)
    else:			# RFC 7296 2.5
        n = struct.pack('!BBHBBH', 0, 0, 8, 0, 0, 5)
        s.sendto(p[:8] + bytes(8) + struct.pack('!BBBBII', 41, 0x20, 34, 0x20, 0, 28 + len(n)) + n, a)
END2
for how in "begins:it sent main mode of IKEv1" "answers:it sent a notification of IKEv1" "refuses:INVALID_MAJOR_VERSION"; do
	what="IKEv1 only, ${how%%:*}"
	good london
	bg tokyo "$W/old.log" python3 "$W/old.py" "${how%%:*}"; old=$pid
	daemon london; l=$pid
	named london they-version "tokyo speaks IKEv1 only: ${how#*:}" "there: enable IKEv2 for 203.0.113.1"
	stop "$l" "$old"
done
say "IKEv1 only: they-version, for each way to show it"

# --- what does not go together
what="IPsec mode"
file london 'ipsec { mode tunnel }' ""; file tokyo 'ipsec { mode transport }' ""
both
poll 20 full || die "$what: not FULL"
RC=0
either() { is london mode "another IPsec mode" || is tokyo mode "another IPsec mode"; }
poll 20 either || die "$what: $(cat "$W/london/seen" "$W/tokyo/seen")"
at=london; is london mode || at=tokyo
grep -q "link .* { ipsec { mode" "$W/$at/seen" || die "$what: no line: $(cat "$W/$at/seen")"
RC=1
mend $at "$(of $at here)"
ctl $at restart all
clean() { look $at; [ "$_rc" = 0 ] && ! grep -q "IPsec mode" "$W/$at/seen"; }
poll 20 clean || die "$what: still there: $(cat "$W/$at/seen")"
stop "$l" "$t"
say "$what: named at $at"

what="key here, psk there"
sed "s/ psk .p1//; s/^site london {/& $(sed 's,[/&],\\&,g' "$W/london/pub")/; s/^site tokyo {/& $(sed 's,[/&],\\&,g' "$W/tokyo/pub")/" "$W/tokyo.conf" >"$W/keys.conf"
good london; mv "$W/keys.conf" "$W/tokyo.conf"
wrong "$what" our-method our-method "theirs 14, ours 2.*.psk., in $W/london.conf" "theirs 2, ours 14.*.psk., in $W/tokyo.conf"
stop "$l" "$t"

# --- what comes in from outside the tunnel
cat >"$W/forge.py" <<'END2'
import os, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 50)
s.bind(('198.51.100.7', 0))
for i in range(10):
    s.sendto(struct.pack('!II', int(sys.argv[1], 0), 100000 + i) + os.urandom(80), ('203.0.113.1', 0))
END2
good london; good tokyo
both
poll 20 full || die "not FULL"
RC=0
what="forged ESP"
in_ns tokyo python3 "$W/forge.py" "$(ctl london -j show sa | sed -n 's/.*"spi_in":"\([^"]*\)".*/\1/p')"
ONE_END=1 named london esp-auth "wrong check value"
say "$what: esp-auth"
full || die "$what: not FULL any more"
# --- a filter in the tunnel: who hears is not heard
what="one way"
in_ns tokyo nft -f - <<'EOF'
table ip f { chain i { type filter hook input priority 0
iifname "gs-*" ip protocol 89 drop
}
}
EOF
RC=1
ONE_END=1 named london one-way "Hellos of tokyo arrive, and they do not list us" "there:.*protocol 89"
named tokyo no-ospf-in "arrive by gs-london, and no OSPF among them gets through" "here: accept .ip protocol 89. that comes in by gs-" "there: or: does OSPF run"
in_ns tokyo nft flush ruleset
poll 20 full || die "$what: not FULL after all"
stop "$l" "$t"
say "$what: one-way | no-ospf-in"
# the same from the start, by a policy, with all but OSPF open
what="one way, from the start"
in_ns tokyo nft -f - <<'EOF'
table ip f { chain i { type filter hook input priority 0; policy drop;
ct state established,related accept
ip protocol { icmp, esp } accept
udp dport { 500, 4500 } accept
}
}
EOF
both
ONE_END=1 named london one-way "there:.*protocol 89"
named tokyo no-ospf-in "here: accept .ip protocol 89. that comes in by gs-"
in_ns tokyo nft flush ruleset
poll 20 full || die "$what: not FULL after all"
stop "$l" "$t"
say "$what: one-way | no-ospf-in"
