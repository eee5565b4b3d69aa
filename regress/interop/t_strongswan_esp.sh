#!/bin/sh
# SPDX-License-Identifier: ISC
# Real packets with strongSwan: greipsecd at one end, charon with its ESP in
# user space (kernel-libipsec, tunnel mode in UDP) at the other, where a small
# GRE box in python answers pings.  Each ESP suite, rekeys from both sides
# under the pings, and selectors of either kind.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_esp.sh"
root; tun
need nft
need python3
charon_build
ns a; ns b; ns r
veth a wan 198.51.100.1/25 r to-a 198.51.100.126/25
veth b eth0 198.51.100.130/25 r to-b 198.51.100.129/25
ip -n "$P-a" route add default via 198.51.100.126
ip -n "$P-b" route add default via 198.51.100.129
in_ns r sysctl -qw net.ipv4.ip_forward=1
mkdir -p "$W/a"
PSK="correct horse battery staple"

charon_esp b
# what the GRE box says when charon has just lost its SA would go in clear there
printf 'table ip box {\nchain out { type filter hook output priority 0; oifname "eth0" meta l4proto gre drop; }\n}\n' |
    in_ns b nft -f -
bg b "$W/gre.log" python3 "$TOP/regress/interop/grebox.py"

conf() { greipsecd_conf 198.51.100.1 198.51.100.130 "nat force"; }
# from then on nothing for the box goes to the provider
made() { ip -n "$P-a" route get 10.0.0.2 | grep -q "dev gs-box "; }

watch r
while read -r ike esp; do
	what="$ike $esp"
	AUTH=psk IKE=$ike ESP=$esp MODE=tunnel
	swan_conf b 198.51.100.130 b.test 198.51.100.1 a.test
	conf
	daemon a -s a; a=$pid
	poll 5 made || die "$what: no interface"
	poll 15 pings || die "$what: no ping: $(ctl a show ike; ctl a show sa; swan b --list-sas; tail -20 "$W/b/log")"
	in_ns a ping -D -c 20 -i 0.02 -s 1000 10.0.0.2 >"$W/ping" || die "$what: $(cat "$W/ping"; ctl a show counters)"
	lossless "$W/ping" 20 || die "$what: $(cat "$W/ping"; ctl a show counters)"
	case $esp in aes128gcm16*) rekeys ;; esac
	stop "$a"
	poll 5 no_sas || die "$what: charon keeps its SA after our DELETE"
	say "$what"
done <<END
aes128-sha256-x25519 aes128gcm16
aes128-sha256-x25519 aes128gcm16-x25519
aes256gcm16-prfsha384-ecp384 aes256gcm16
aes128-sha256-ecp256 aes128-sha256
aes256-sha512-modp2048 aes256-sha512
aes128-sha256-x25519 aes128-sha1
aes128-sha256-x25519 chacha20poly1305
END
# Selectors: GRE or all of the two addresses at either end meet in GRE; another
# network does not, and diagnose says what each end wants.
IKE=aes128-sha256-x25519 ESP=aes128gcm16
ts() {	# LOCAL REMOTE: charon's
	swan_conf b 198.51.100.130 b.test 198.51.100.1 a.test
	sed -i "s|local_ts = .*|local_ts = $1|; s|remote_ts = .*|remote_ts = $2|" "$W/b/sw/swanctl.conf"
	swan_load b
}
begin() {	# us|them SELECTOR
	conf
	sed -i "s/mode tunnel/selector $2 &/" "$W/conf"
	[ "$1" = us ] || sed -i 's/nat force/nat force respond/' "$W/conf"
	daemon a -s a; a=$pid
	poll 5 test -S "$W/a/sock" || die "no socket"
	[ "$1" = us ] || swan b --initiate --child c --timeout 5 >>"$W/b/out" 2>&1 || :
}
end() {
	stop "$a"
	swan b --terminate --ike t >>"$W/b/out" 2>&1 || :
	poll 5 no_sas || die "$what: charon keeps its SA"
}
says() { ctl a diagnose >"$W/seen" 2>&1 || :; tr -s '\n ' ' ' <"$W/seen" | grep -qF "$1"; }
while read -r who ours theirs; do
	what="selectors, $who: $ours $theirs"
	ts "$theirs" "$theirs"
	begin "$who" "$ours"
	poll 15 pings || die "$what: no ping: $(ctl a diagnose; tail -20 "$W/b/log")"
	end
done <<END
us any dynamic[gre]
them any dynamic[gre]
us gre dynamic
them gre dynamic
END
what="other selectors"
ts 10.9.0.0/24 dynamic
begin us gre
poll 15 says "refuses the traffic selectors: here GRE" || die "$what: $(cat "$W/seen")"
says "there: protect protocol 47" || die "$what: $(cat "$W/seen")"
end
begin them gre
poll 15 says "theirs 10.9.0.0-10.9.0.255 any to 198.51.100.1 any, ours 198.51.100.130 to 198.51.100.1 gre" ||
    die "$what, they begin: $(cat "$W/seen"; tail -20 "$W/b/log")"
end
say "selectors: narrowed to GRE, others named"
[ "$(grep -c "keepalive answered" "$W/gre.log")" -gt 3 ] ||
    die "GRE keepalives are not answered: $(cat "$W/gre.log")"
nothing_clear 100
say "the underlay carried: $(head -n 1 "$W/counts")"
