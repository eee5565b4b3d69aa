#!/bin/sh
# SPDX-License-Identifier: ISC
# Two sites over ways as they are: behind a NAT that changes ports and mapping,
# in tunnel mode, with each ESP suite, over IPv6, with a GRE key, over a path
# whose MTU shrinks, under loss.  And what is said when keys differ.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need nft

two_sites
in_ns r sysctl -qw net.ipv6.conf.all.forwarding=1
for s in "london 2001:db8:1::1/64 2001:db8:1::2/64" "tokyo 2001:db8:2::1/64 2001:db8:2::2/64"; do
	set -- $s
	ip -n "$P-$1" addr add "$2" dev wan nodad
	ip -n "$P-r" addr add "$3" dev "to-$1" nodad
	ip -n "$P-$1" route add default via "${3%/*}"
done
up() {		# WHAT [OPTIONS]
	what=$1; shift
	watch r
	daemon london -s london "$@"; london=$pid
	daemon tokyo -s tokyo "$@"; tokyo=$pid
	poll 25 full || die "$what: not FULL: $(ctl london show ike)"
	poll 5 ping_lan || die "$what: no ping"
}
down() {
	in_ns london-lan ping -q -c 20 -i 0.01 -s 1200 10.2.0.10 >"$W/ping" ||
	    die "$what: $(cat "$W/ping")"
	stop "$london"; stop "$tokyo"
	nothing_clear 20 "$what"
	say "$what: $(head -n 1 "$W/counts")"
}
sas() { ctl london -j show sa; }

for esp in aes128gcm16 chacha20poly1305 aes256-sha256 aes128-sha1 aes256gcm16-esn; do
	conf 203.0.113.1 198.51.100.7 "ipsec { proposal \"$esp\" }"
	up "$esp"
	sas | grep -q "${esp%-esn}" || die "$esp: $(sas)"
	down
done
conf 203.0.113.1 198.51.100.7 "ipsec { mode tunnel }"
up "tunnel mode"
sas | grep -q '"mode":"tunnel"' || die "$what: $(sas)"
down
conf 203.0.113.1 198.51.100.7 "ike { nat force }"
up "UDP forced"
sas | grep -q '"udp":true' || die "$what: $(sas)"
down
conf 2001:db8:1::1 2001:db8:2::1
up "IPv6 outside"
for w in summary tunnels sa ike events; do
	ctl london show $w >"$W/out" || :
	[ -z "$(awk 'length($0) > 80' "$W/out")" ] || die "IPv6: show $w: $(awk 'length($0) > 80' "$W/out")"
done
in_ns london "$GSC" -s "$W/london/sock" diagnose tokyo >"$W/out" || die "IPv6: diagnose: $(cat "$W/out")"
grep -q "underlay .*2001:db8:1::1" "$W/out" || die "IPv6: diagnose: $(cat "$W/out")"
tr -s '\n ' ' ' <"$W/out" | grep -qE "underlay .*, ping [0-9.]+m?s" || die "IPv6: no ping: $(cat "$W/out")"
[ -z "$(awk 'length($0) > 80' "$W/out")" ] || die "IPv6: diagnose: $(cat "$W/out")"
down

# the path gets narrow, and says so; then it says nothing
conf 203.0.113.1 198.51.100.7
up "narrow path"
ip -n "$P-r" link set to-tokyo mtu 1300
ip -n "$P-tokyo" link set wan mtu 1300
big() { in_ns london-lan ping -c 1 -W 1 -M want -s 1390 10.2.0.10; }
poll 15 big || die "$what: big packets do not get through"
mtu() { ip -n "$P-london" -o link show gs-tokyo | grep -qE "mtu 12[0-9][0-9] "; }
poll 10 mtu || die "$what: $(ip -n "$P-london" -o link show gs-tokyo)"
down
ip -n "$P-r" link set to-tokyo mtu 1500
ip -n "$P-tokyo" link set wan mtu 1500

# London behind a NAT that gives other ports, and others again under way
in_ns r nft -f - <<'END'
table ip nat {
	chain post {
		type nat hook postrouting priority 100
		ip saddr 203.0.113.1 udp dport { 500, 4500 } masquerade to :20000-20999
	}
}
END
conf dynamic 198.51.100.7
up "behind a NAT"
ctl tokyo -j show sa | grep -q '"remote_port":20[0-9][0-9][0-9],' || die "$what: $(ctl tokyo -j show sa)"
in_ns r nft -f - <<'END'
flush table ip nat
table ip nat {
	chain post {
		ip saddr 203.0.113.1 udp dport { 500, 4500 } masquerade to :30000-30999
	}
}
END
# masquerading forgets its mappings with the link
ip -n "$P-r" link set to-tokyo down
ip -n "$P-r" link set to-tokyo up
poll 15 ping_lan || die "$what: another mapping: no ping"
remapped() { ctl tokyo -j show sa | grep -q '"remote_port":30[0-9][0-9][0-9],'; }
poll 10 remapped || die "$what: the mapping is the old one: $(ctl tokyo -j show sa)"
poll 10 full || die "$what: another mapping: not FULL"
down
in_ns r nft flush ruleset

# loss, and both ends say why when keys differ
in_ns r nft -f - <<'END'
table ip loss {
	chain lossy {
		type filter hook forward priority 0
		numgen random mod 100 < 10 drop
	}
}
END
OSPF='dead 8  hello 2s'
conf 203.0.113.1 198.51.100.7
what="one of ten is lost"
daemon london -s london; london=$pid
daemon tokyo -s tokyo; tokyo=$pid
poll 40 full || die "$what: not FULL: $(ctl london show ike)"
say "$what"
stop "$london"; stop "$tokyo"
in_ns r nft flush ruleset

what="keys differ"
mv "$W/london/key" "$W/london/key.good"
"$GSC" keygen -o "$W/london/key" >/dev/null
set +e
daemon london -s london; london=$pid
set -e
daemon tokyo -s tokyo; tokyo=$pid
gone() { ! is_child "$london"; }
poll 10 gone || die "$what: a key that is not the site's is taken"
grep -q "key" "$W/london/log" || die "$what: $(cat "$W/london/log")"
sed "s|$(cat "$W/london/pub")|$("$GSC" keygen -o "$W/other" | tee "$W/otherpub")|" "$W/conf" >"$W/tokyo.conf"
mv "$W/london/key.good" "$W/london/key"
stop "$tokyo"
daemon tokyo -s tokyo; tokyo=$pid
daemon london -s london; london=$pid
said() { ctl "$1" show ike 2>/dev/null | tr -s '\n ' ' ' | grep -qE "$2"; }
poll 15 said tokyo "authentication is wrong" || die "$what: $(ctl tokyo show ike)"
poll 15 said london "(rejected our authentication|authentication is wrong)" || die "$what: $(ctl london show ike)"
! ping_lan >/dev/null || die "$what: and yet a ping"
say "$what: both ends say so"
stop "$london"; stop "$tokyo"
