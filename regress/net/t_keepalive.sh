#!/bin/sh
# SPDX-License-Identifier: ISC
# A box under IPsec that sends GRE keepalives as Cisco's
# do, and takes its interface down when three in a row find no answer (2 s apart
# here, 10 there).  We answer: it stays up, and we count; switched off it goes
# down, so the box would notice.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_esp.sh"
root; tun
need python3
charon_build
ns a; ns b
veth a wan 198.51.100.1/24 b eth0 198.51.100.130/24
mkdir -p "$W/a"
PSK="correct horse battery staple"
charon_esp b
AUTH=psk IKE=aes128-sha256-x25519 ESP=aes128gcm16 MODE=tunnel
swan_conf b 198.51.100.130 b.test 198.51.100.1 a.test
conf() { greipsecd_conf 198.51.100.1 198.51.100.130 "nat force" "$@"; }
conf
daemon a -s a; a=$pid
tunnel_up() { ctl a -j show tunnels | grep -q '"child_up":true\|"state":"\(degraded\|up\)"'; }
poll 20 tunnel_up || die "no SA: $(ctl a show ike)"
bg b "$W/box" python3 "$TOP/regress/interop/grebox.py" 198.51.100.130 198.51.100.1 2 3
says() { [ "$(grep -c "interface $1" "$W/box")" = "$2" ]; }
poll 15 says up 1 || die "keepalives find no answer: $(ctl a show counters)"
answered() { ctl a -j show tunnels | grep -o '"gre_keepalives":[0-9]*' | cut -d : -f 2; }
many() { [ "$(grep -c answered "$W/box")" -ge 5 ]; }
poll 30 many || die "answers: $(cat "$W/box")"
says down 0 || die "the interface went down: $(cat "$W/box")"
n=$(answered)
[ "${n:-0}" -ge 5 ] || die "answered ${n:-none} by our count: $(ctl a -j show tunnels)"
ctl a diagnose box >"$W/out" || :
grep -q "keepalives answered" "$W/out" || die "diagnose: $(cat "$W/out")"
say "$n keepalives answered, the interface there is up"

conf "keepalive off"
ctl a reload >/dev/null || die "reload"
poll 20 says down 1 || die "switched off, and still up: $(cat "$W/box")"
conf "keepalive reply"
ctl a reload >/dev/null || die "reload"
poll 15 says up 2 || die "switched on, and still down: $(cat "$W/box")"
say "switched off it goes down there, switched on it comes up"
stop "$a"
