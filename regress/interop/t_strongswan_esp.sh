#!/bin/sh
# SPDX-License-Identifier: ISC
# Real packets with strongSwan: greipsecd at one end, charon with its ESP in
# user space (kernel-libipsec, tunnel mode in UDP) at the other, where a small
# GRE box in python answers pings.  Each ESP suite, rekeys from both sides
# under the pings, and selectors of either kind.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
root; tun
need python3
charon_build
CAP=$B/regress/tools/capture
ns a; ns b; ns r
veth a wan 198.51.100.1/25 r to-a 198.51.100.126/25
veth b eth0 198.51.100.130/25 r to-b 198.51.100.129/25
ip -n "$P-a" route add default via 198.51.100.126
ip -n "$P-b" route add default via 198.51.100.129
in_ns r sysctl -qw net.ipv4.ip_forward=1
mkdir -p "$W/a"
PSK="correct horse battery staple"

charon_esp b
bg b "$W/gre.log" python3 "$TOP/regress/interop/grebox.py"

conf() {	# IKE ESP
	cat >"$W/conf" <<-END
	psk = "$PSK"
	ospf { area 0.0.0.0  auth md5 1 "0123456789abcdef" }
	host a { id 1
	  tunnel box {
		local 198.51.100.1  peer 198.51.100.130
		inner 10.0.0.1/30  peer 10.0.0.2
		ike { psk \$psk  proposal "$1"  local-id "@a.test"  remote-id "@b.test"  nat force }
		ipsec { mode tunnel  proposal "$2" }
	  }
	}
	END
	chmod 600 "$W/conf"
}
pings() { in_ns a ping -q -c 1 -W 1 10.0.0.2; }
gone() { swan b --list-sas 2>/dev/null | grep -q . && return 1; return 0; }

bg r "$W/capture.log" "$CAP" -o "$W/counts"; cap=$pid
while read -r ike esp; do
	what="$ike $esp"
	AUTH=psk IKE=$ike ESP=$esp MODE=tunnel
	swan_conf b 198.51.100.130 b.test 198.51.100.1 a.test
	conf "$ike" "$esp"
	daemon a -s a; a=$pid
	poll 15 pings || die "$what: no ping: $(ctl a show ike; ctl a show sa; swan b --list-sas; tail -20 "$W/b/log")"
	in_ns a ping -D -c 20 -i 0.02 -s 1000 10.0.0.2 >"$W/ping" || die "$what: $(cat "$W/ping"; ctl a show counters)"
	lossless "$W/ping" 20 || die "$what: $(cat "$W/ping"; ctl a show counters)"
	if [ "$esp" = aes128gcm16 ]; then
		in_ns a ping -D -c 400 -i 0.01 10.0.0.2 >"$W/ping" 2>&1 & p=$!
		PID_LIST="$PID_LIST $p"
		ctl a rekey box
		poll 5 sh -c 'true'
		swan b --rekey --child c >>"$W/b/out" 2>&1
		ctl a rekey ike box
		wait "$p" || :
		# charon takes its old inbound SA away with our answer to its DELETE
		lossless "$W/ping" 400 || die "rekeys: $(tail -n 3 "$W/ping"; ctl a show counters)"
		[ "$(ctl a -j show counters | grep -c .)" -gt 5 ] || die "no counters"
		n=$(ctl a show counters | sed -n 's/^ike *\([0-9]*\) child sas rekeyed$/\1/p')
		[ "${n:-0}" -ge 2 ] || die "rekeys: only ${n:-0}: $(ctl a show events)"
	fi
	stop "$a"
	poll 5 gone || die "$what: charon keeps its SA after our DELETE"
	say "$what"
done <<END
aes128-sha256-x25519 aes128gcm16
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
	conf "$IKE" "$ESP"
	sed -i "s/mode tunnel/selector $2 &/" "$W/conf"
	[ "$1" = us ] || sed -i 's/nat force/nat force respond/' "$W/conf"
	daemon a -s a; a=$pid
	poll 5 test -S "$W/a/sock" || die "no socket"
	[ "$1" = us ] || swan b --initiate --child c --timeout 5 >>"$W/b/out" 2>&1 || :
}
end() {
	stop "$a"
	swan b --terminate --ike t >>"$W/b/out" 2>&1 || :
	poll 5 gone || die "$what: charon keeps its SA"
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
stop "$cap"
set -- $(head -n 1 "$W/counts")
[ "${12}" = 0 ] || { cat "$W/counts"; die "packets in clear"; }
say "the underlay carried: $*"
