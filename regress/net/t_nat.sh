#!/bin/sh
# SPDX-License-Identifier: ISC
# Both ends behind a NAT that gives what begins inside another port; London's
# leads UDP 500 and 4500 to it, for one end must be found.  Then one whose NAT
# gets another public address than is configured.  Then masquerade rules of the
# sites themselves, which are kept away from what goes through the tunnel and from
# what carries it; and a PPPoE line of 1492 at one end only.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need nft
ns r
in_ns r sysctl -qw net.ipv4.ip_forward=1
printf 'k = "0123456789abcdef"\n' >"$W/secrets"; chmod 600 "$W/secrets"
# nat NAME PUBLIC GATEWAY PRIVATE-NET: a NAT between a site and r
nat() {
	ns "nat-$1"
	in_ns "nat-$1" sysctl -qw net.ipv4.ip_forward=1
	veth "nat-$1" out "$2/24" r "to-$1" "$3/24"
	ip -n "$P-nat-$1" route add default via "$3"
	ns "$1"; ns "$1-lan"
	veth "$1" wan "$4.2/24" "nat-$1" in "$4.1/24"
	ip -n "$P-$1" route add default via "$4.1"
	veth "$1" lan "$5.1/24" "$1-lan" eth0 "$5.10/24"
	ip -n "$P-$1-lan" route add default via "$5.1"
	mkdir -p "$W/$1"
	"$GSC" keygen -o "$W/$1/key" >"$W/$1/pub"
}
nat london 203.0.113.1 203.0.113.2 192.168.1 10.1.0
nat tokyo 198.51.100.7 198.51.100.8 192.168.2 10.2.0
in_ns nat-london nft -f - <<'END'
table ip nat {
	chain pre {
		type nat hook prerouting priority -100
		iifname "out" udp dport { 500, 4500 } dnat to 192.168.1.2
	}
	chain post {
		type nat hook postrouting priority 100
		oifname "out" meta l4proto udp masquerade to :30000-30999
		oifname "out" masquerade
	}
}
END
in_ns nat-tokyo nft -f - <<'END'
table ip nat {
	chain post {
		type nat hook postrouting priority 100
		oifname "out" meta l4proto udp masquerade to :20000-20999
		oifname "out" masquerade
	}
}
END
# what London sends first has another port indeed
in_ns r nft -f - <<'END'
table ip ports {
	chain through {
		type filter hook forward priority 0
		ip saddr 203.0.113.1 udp dport 9 udp sport 30000-30999 counter
	}
}
END
bg london "$W/send.log" "$B/regress/tools/probe" send 198.51.100.7 9 1000; p=$pid
changed() { in_ns r nft list ruleset | grep -q "counter packets [1-9]"; }
poll 5 changed || die "London's NAT keeps its ports: $(in_ns r nft list ruleset)"
stop "$p"
in_ns r nft flush ruleset
conf 203.0.113.1 dynamic
echo 'host london { local dynamic }' >>"$W/conf"
watch r
daemon london -s london; london=$pid
daemon tokyo -s tokyo; tokyo=$pid
poll 30 full || die "both behind NAT: $(ctl tokyo diagnose; ctl london diagnose)"
poll 5 ping_lan || die "both behind NAT: no ping"
ctl london show ike | grep -q " [A-Z]*N" || die "NAT is not shown: $(ctl london show ike)"
ctl london -j show sa | grep -q '"remote_port":20[0-9][0-9][0-9],' || die "ports: $(ctl london -j show sa)"
# both rekey, and the NATs forget their mappings
in_ns london-lan ping -D -i 0.02 -c 200 10.2.0.10 >"$W/ping" & p=$!; PID_LIST="$PID_LIST $p"
ctl london rekey all; sleep 0.5; ctl tokyo rekey all; sleep 0.5; ctl tokyo rekey ike all
wait $p || :
lossless "$W/ping" 200 || die "rekeys behind NAT: $(tail -n 3 "$W/ping")"
ip -n "$P-nat-tokyo" link set out down; ip -n "$P-nat-tokyo" link set out up
ip -n "$P-nat-tokyo" route replace default via 198.51.100.8
poll 30 ping_lan || die "the NAT was restarted: $(ctl tokyo diagnose)"
poll 20 full || die "the NAT was restarted: not FULL"
# the other NAT forgets: either end's packet is the first one, and may be given
# a place in which the other one's are not expected
ip -n "$P-nat-london" link set out down; ip -n "$P-nat-london" link set out up
ip -n "$P-nat-london" route replace default via 203.0.113.2
poll 30 ping_lan || die "London's NAT was restarted: $(ctl tokyo diagnose)"
poll 20 full || die "London's NAT was restarted: not FULL"
stop "$london" "$tokyo"
nothing_clear 50 "both behind NAT"
say "both ends behind a NAT: $(head -n 1 "$W/counts")"

# London's NAT gets another address; the old one is what is configured at both
for n in london london-lan nat-london tokyo tokyo-lan nat-tokyo r; do ip netns del "$P-$n"; done
rm -f "$W/london/key" "$W/tokyo/key"
ns r
in_ns r sysctl -qw net.ipv4.ip_forward=1
nat london 203.0.113.1 203.0.113.2 192.168.1 10.1.0
site tokyo 198.51.100.7 198.51.100.8 10.2.0
in_ns nat-london nft -f - <<'END'
table ip nat {
	chain post {
		type nat hook postrouting priority 100
		oifname "out" masquerade
	}
}
END
conf 203.0.113.1 198.51.100.7
echo 'host london { local dynamic }' >>"$W/conf"
watch r
daemon london -s london; london=$pid
daemon tokyo; tokyo=$pid
poll 30 full || die "fixed, behind a NAT: $(ctl tokyo diagnose; ctl london diagnose)"
poll 5 ping_lan || die "fixed, behind a NAT: no ping"
ikes() { child ike "$london"; child ike "$tokyo"; }
was=$(ikes)
[ "$(echo "$was" | wc -l)" = 2 ] || die "no ike: $was"
ip -n "$P-nat-london" addr del 203.0.113.1/24 dev out
ip -n "$P-nat-london" addr add 203.0.113.9/24 dev out
ip -n "$P-nat-london" route replace default via 203.0.113.2
at() { ctl tokyo -j show sa | grep -q '"remote":"203.0.113.9"'; }
poll 20 at || die "the NAT moved: $(ctl tokyo show sa; ctl tokyo show events)"
for s in tokyo london; do
	spi=$(spis $s)
	other() { [ -n "$(spis $s)" ] && one_pair $s && [ "$(spis $s)" != "$spi" ]; }
	ctl $s rekey all
	poll 20 other || die "the NAT moved: $s does not rekey: $(ctl tokyo show events; ctl tokyo show processes)"
done
[ "$(ikes)" = "$was" ] || die "the NAT moved: ike was replaced: $(ctl tokyo show processes; grep fault "$W/tokyo/log")"
poll 5 at || die "the NAT moved: after the rekeys: $(ctl tokyo show sa)"
poll 5 ping_lan || die "the NAT moved: no ping"
poll 10 full || die "the NAT moved: not FULL"
stop "$london" "$tokyo"
nothing_clear 20 "the NAT moved"
say "the peer's NAT got another address than is configured: rekeys, no process died"

# masquerade rules of the sites themselves: one that gives what leaves other
# ports, one that names no interface and so is for the tunnels too
for n in london london-lan nat-london tokyo tokyo-lan r; do ip netns del "$P-$n"; done
rm -f "$W/london/key" "$W/tokyo/key"
two_sites
conf 203.0.113.1 198.51.100.7
# masquerade SITE NET
masquerade() {
	in_ns "$1" nft -f - <<END
flush ruleset
table ip nat {
	chain post {
		type nat hook postrouting priority 100
		oifname "wan" meta l4proto udp masquerade to :20000-20999
		ip saddr $2 masquerade
	}
}
END
}
masquerade london 10.1.0.0/16
masquerade tokyo 10.2.0.0/16
in_ns tokyo-lan nft -f - <<'END'
table ip seen {
	chain in {
		type filter hook input priority 0
		ip saddr 10.1.0.10 icmp type echo-request counter
	}
}
END
# seen: how many echo requests came to Tokyo's LAN from who sent them
seen() { in_ns tokyo-lan nft list ruleset | sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'; }
five() { in_ns london-lan ping -q -c 5 -i 0.1 10.2.0.10 >/dev/null; }
watch r
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "masquerade: $(ctl london diagnose)"
poll 5 ping_lan || die "masquerade: no ping"
had=$(seen); five
[ $(($(seen) - had)) -ge 5 ] || die "masquerade: the far end sees another source ($had, $(seen)): $(in_ns london nft list ruleset)"
! ctl london -j show sa | grep -q '"udp":true' || die "masquerade: a NAT is seen where none is"
ctl london show events | grep -q "nat  *kernel exempt  *table nat, chain post" || die "masquerade: not named: $(ctl london show events)"
in_ns london "$GSC" -s "$W/london/sock" diagnose >"$W/out" || die "diagnose: $(cat "$W/out")"
! grep -q "NAT" "$W/out" || die "nothing is wrong: $(cat "$W/out")"
# rules that are loaded anew do not open a gap, and do not undo it
masquerade london 10.1.0.0/16
had=$(seen); five
[ $(($(seen) - had)) -ge 5 ] || die "masquerade again: the far end sees another source ($had, $(seen)): $(in_ns london nft list ruleset)"
nothing_clear 5 masquerade
# without others' NAT nothing of ours stands there
rules() { in_ns london nft list tables | grep -q "$1"; }
in_ns london nft delete table ip nat
poll 5 sh -c "! ip netns exec $P-london nft list tables | grep -q ." || die "still there: $(in_ns london nft list ruleset)"
masquerade london 10.1.0.0/16
poll 5 rules greipsecd || die "not there again: $(in_ns london nft list ruleset)"
stop "$london"
! rules greipsecd || die "left behind: $(in_ns london nft list ruleset)"
stop "$tokyo"
say "masquerade rules are kept away from tunnels, inside and outside"

# switched off, it flows from another source, and the rule is named
conf 203.0.113.1 198.51.100.7
echo 'host london { nat-exemption no }' >>"$W/conf"
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "masquerade of all: $(ctl london diagnose)"
poll 5 ping_lan || die "masquerade of all: no ping"
had=$(seen); five
[ "$(seen)" = "$had" ] || die "nat-exemption no: the source is kept: $(in_ns london nft list ruleset)"
in_ns london "$GSC" -s "$W/london/sock" diagnose >"$W/out" || die "diagnose: $(cat "$W/out")"
tr -s '\n ' ' ' <"$W/out" | grep -q "table nat, chain post: ip saddr 10.1.0.0/16 masquerade" ||
    die "the rule is not named: $(cat "$W/out")"
awk 'length($0) > 80 { exit 1 }' "$W/out" || die "wide: $(cat "$W/out")"
# and on again, by reload
conf 203.0.113.1 198.51.100.7
ctl london reload >"$W/out" || die "reload: $(cat "$W/out")"
poll 5 rules greipsecd || die "reload: $(in_ns london nft list ruleset)"
# one that means a tunnel does nothing, and is named
in_ns london nft insert rule ip nat post oifname '"gs-*"' masquerade
in_ns london "$GSC" -s "$W/london/sock" diagnose >"$W/out" || die "diagnose: $(cat "$W/out")"
tr -s '\n ' ' ' <"$W/out" | grep -q 'kept from it: nft table nat, chain post: oifname "gs-\*" masquerade; here: host { nat-exemption no }' ||
    die "the rule is not named: $(cat "$W/out")"
stop "$london" "$tokyo"
say "without the exemption the rule that changes the tunnels' traffic is named"

# PPPoE at one end
in_ns london nft flush ruleset; in_ns tokyo nft flush ruleset
ip -n "$P-london" link set wan mtu 1492
ip -n "$P-r" link set to-london mtu 1492
OSPF="$OSPF mtu-check strict"
conf 203.0.113.1 198.51.100.7
daemon london; london=$pid
daemon tokyo; tokyo=$pid
mtus() { [ "$(ip -n "$P-london" -o link show gs-tokyo | grep -o 'mtu [0-9]*')" = "mtu 1434" ]; }
poll 20 mtus || die "1492: $(ip -n "$P-london" -o link show gs-tokyo)"
OSPF="dead 1  hello 250ms"
stop "$london" "$tokyo"
conf 203.0.113.1 198.51.100.7
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "1492 against 1500: $(ctl london diagnose; ctl tokyo diagnose)"
big() { in_ns london-lan ping -c 1 -W 1 -M want -s 1400 10.2.0.10 >/dev/null && in_ns tokyo-lan ping -c 1 -W 1 -M want -s 1400 10.1.0.10 >/dev/null; }
poll 15 big || die "1492 against 1500: big packets"
say "1492 against 1500: FULL, big packets pass both ways"
stop "$london" "$tokyo"
