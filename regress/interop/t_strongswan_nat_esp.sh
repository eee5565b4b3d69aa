#!/bin/sh
# SPDX-License-Identifier: ISC
# Real packets through address translation: greipsecd and charon with its ESP in
# user space, ports changed by nftables masquerade at our end, at theirs, and at
# both; GRE in ESP tunnel mode in UDP, rekeys of either side under the pings.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_nat.sh"
. "$TOP/regress/interop/lib_esp.sh"
root; tun
need nft
need python3
charon_build
nat_net
mkdir -p "$W/a"
PSK="correct horse battery staple"
AUTH=psk IKE=aes128gcm16-prfsha256-x25519 ESP=aes128gcm16 MODE=tunnel

while read -r who begin them reach nat_a nat_b; do
	what="NAT at $who"
	plain
	[ "$nat_a" = no ] || translate na 10.8.1.2
	[ "$nat_b" = no ] || translate nb 10.8.2.2 yes
	# what is inside is addressed as we see them: an address of its own there
	ip -n "$P-b" addr flush dev lo scope global
	[ "$reach" = 10.8.2.2 ] || ip -n "$P-b" addr add "$reach/32" dev lo
	charon_esp b; charon=$pid
	swan_conf b 10.8.2.2 b.test "$them" a.test
	sed -i "s|local_ts = .*|local_ts = $reach/32[gre]|; s|remote_ts = .*|remote_ts = 10.8.1.2/32[gre]|" "$W/b/sw/swanctl.conf"
	swan_load b
	bg b "$W/gre.log" python3 "$TOP/regress/interop/grebox.py" "$reach" 10.8.1.2; box=$pid
	greipsecd_conf 10.8.1.2 "$reach" "nat auto $begin"
	daemon a -s a; a=$pid
	# who is behind a NAT begins: its port 500 is another outside then
	if [ "$begin" = respond ]; then
		poll 5 test -S "$W/a/sock" || die "no socket"
		swan b --initiate --child c --timeout 10 >>"$W/b/out" 2>&1 ||
		    die "$what: charon cannot begin: $(tail -20 "$W/b/log")"
	fi
	poll 15 pings || die "$what: no ping: $(ctl a show ike; ctl a diagnose; swan b --list-sas; tail -20 "$W/b/log")"
	in_ns r nft -f - <<-END
	table ip watch { chain pass { type filter hook forward priority 0;
		udp sport != { 500, 4500 } counter comment "changed"
		meta l4proto esp counter comment "bare"
		}
	}
	END
	rekeys
	passed() { in_ns r nft list ruleset | sed -n "s/.*counter packets \([0-9]*\) .*comment \"$1\".*/\1/p"; }
	[ "$(passed bare)" = 0 ] || die "$what: ESP outside UDP"
	[ "$(passed changed)" -ge 50 ] || die "$what: no port was changed: $(in_ns r nft list ruleset)"
	in_ns r nft flush ruleset
	stop "$a" "$box"
	poll 5 no_sas || die "$what: charon keeps its SA after our DELETE"
	stop "$charon"
done <<END
ours	initiate	%any		10.8.2.2	yes	no
theirs	respond		10.8.1.2	198.51.100.5	no	yes
both	initiate	%any		198.51.100.5	yes	yes
END
