#!/bin/sh
# SPDX-License-Identifier: ISC
# A hub and $TUNNELS (1000) spokes, cold: greipsecd at both ends, all spokes one
# daemon with as many addresses; the same with strongSwan's charon, whose SAs go
# nowhere (fakexfrm).  PSK, X25519, AES-128-GCM.
#	ike-cpu, ike-cpu-initiator	what the processes spend that shake
#		hands, at the hub and at the spokes: ike and keys, or charon
#	ike-cpu-all, ike-cpu-all-initiator	what all of them spend until
#		the last tunnel is up; ours also make interfaces, install SAs
#		into a data path and begin with OSPF, charon has none of that
#	ike-rate	handshakes a second, from the first to the last that
#		was seen at the hub
#	ike-memory	all processes of the hub, ours with OSPF FULL on each
# At the spokes all is counted from the start of the daemon, the reading of its
# configuration included, since it begins at once.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
. "$TOP/regress/bench/lib.sh"
. "$TOP/regress/interop/lib.sh"
root; tun
N=${TUNNELS:-1000}
HUB=203.0.113.1
PSK="correct horse battery staple for a bench"

addresses() { seq 1 "$N" | awk '{ printf "198.18.%d.%d %d\n", 1 + $1 / 250, 1 + $1 % 250, $1 }'; }
wire() {
	ns a; ns b
	veth a eth0 $HUB/30 b eth0 203.0.113.2/30
	ip -n "$P-a" route add 198.18.0.0/15 via 203.0.113.2
	addresses | awk '{ print "addr add " $1 "/32 dev lo" }' | ip -n "$P-b" -batch -
	mkdir -p "$W/a" "$W/b"
}
conf() {
	cat <<-END
	psk = "$PSK"
	ospf { area 0.0.0.0  auth md5 1 "0123456789abcdef" }
	host x { id $([ "$1" = b ] && echo 2 || echo 1)
	END
	[ "$1" = none ] || addresses | awk -v side="$1" -v hub=$HUB '{
		l = side == "a" ? hub : $1; p = side == "a" ? $1 : hub
		i = sprintf("10.%d.%d.", 64 + $2 / 16384, $2 / 64 % 256); k = $2 % 64 * 4 + 1
		printf "tunnel t%d { interface gs%d local %s peer %s inner %s%d/30 peer %s%d\n", $2, $2, l, p,
		    i, side == "a" ? k : k + 1, i, side == "a" ? k + 1 : k
		printf "ike { psk $psk %s local-id \"@%s%d.test\" remote-id \"@%s%d.test\" }\n",
		    side == "a" ? "respond" : "initiate", side, $2, side == "a" ? "b" : "a", $2
		print "ipsec { proposal aes128gcm16 } }" }'
	echo "}"
}
# rising COMMAND: until it says $N, note when it said more than nothing first ($r0
# of them at $rt0) and when it said all ($t1)
rising() {
	r0=0
	while :; do
		_n=$("$@") _t=$(now)
		[ $r0 -gt 0 ] || { r0=$_n rt0=$_t; }
		[ "$_n" -lt "$N" ] || break
		[ $((_t - t0)) -lt 240000000000 ] || die "up: $_n"
		sleep 0.05
	done
	t1=$_t
}
# rate SYSTEM: after that
rate() {
	if [ "$r0" -lt "$N" ]; then
		row ike-rate "$1" 1/s "$(calc "($N - $r0) / (($t1 - $rt0) / 1e9)" 0)"
	else
		row ike-rate "$1" 1/s "$(calc "$N / (($t1 - $t0) / 1e9)" 0)"
	fi
}
# each VALUE: of the CPU seconds, ms for one
each() { calc "($1) * 1000 / $N" 3; }
hub_up() { ctl a -j show counters 2>/dev/null | sed -n 's/.*"ike sas up","n":\([0-9]*\).*/\1/p'; }
up() { ctl "$1" show sa 2>/dev/null | grep -c "^t[0-9]" || :; }
all_up() { [ "$(up a)" -ge "$N" ] && [ "$(up b)" -ge "$N" ]; }

wire
conf none >"$W/a.conf"; chmod 600 "$W/a.conf"
daemon a -s x; a=$pid
poll 10 ctl a show counters || die "hub"
m0=$(memory $(family "$a"))
stop "$a"
conf a >"$W/a.conf"; conf b >"$W/b.conf"; chmod 600 "$W/a.conf" "$W/b.conf"
daemon a -s x; a=$pid
ready() { [ "$(ip -n "$P-a" -o link show up | grep -c ': gs')" -ge "$N" ]; }
poll 120 ready || die "hub: $(ip -n "$P-a" -o link show up | grep -c ': gs') interfaces"
poll 10 ctl a show counters || die "hub"
ike=$(child ike "$a") keys=$(child keys "$a") all=$(family "$a")
c0=$(cpu "$ike" "$keys") d0=$(cpu $all)
t0=$(now)
daemon b -s x; b=$pid
rising hub_up
poll 60 all_up || die "up: $(up a), $(up b)"
t2=$(now)
bike=$(child ike "$b") bkeys=$(child keys "$b")
c1=$(cpu "$ike" "$keys") d1=$(cpu $all)
ci=$(cpu "$bike" "$bkeys") di=$(cpu $(family "$b"))
row ike-up greipsecd tunnels "$(up a)"
row ike-cold-start greipsecd s "$(calc "($t2 - $t0) / 1e9")"
rate greipsecd
row ike-cpu greipsecd ms/handshake "$(each "$c1 - $c0")"
row ike-cpu-initiator greipsecd ms/handshake "$(each "$ci")"
row ike-cpu-all greipsecd ms/handshake "$(each "$d1 - $d0")"
row ike-cpu-all-initiator greipsecd ms/handshake "$(each "$di")"
full() { [ "$(ctl a show neighbors | grep -c FULL)" -ge "$N" ]; }
poll 120 full || die "FULL: $(ctl a show neighbors | grep -c FULL)"
row ike-to-full greipsecd s "$(calc "($(now) - $t0) / 1e9")"
row ike-memory greipsecd kB/tunnel "$(calc "($(memory $(family "$a")) - $m0) / $N" 1)"
row ike-memory-ike greipsecd kB/tunnel "$(calc "$(memory "$ike" "$keys") / $N" 1)"
unwire

[ -x "$CHARON" ] && command -v swanctl >/dev/null || exit 0
charon_build
wire
for s in a b; do
	charon $s 'ikesa_limit = 0
		init_limit_half_open = 0
		cookie_threshold = 0
		block_threshold = 0
		ikesa_table_size = 1024
		ikesa_table_segments = 16'
	eval "$s=$pid"
	addresses | awk -v side=$s -v hub=$HUB '
		BEGIN { print "connections {" }
		{ l = side == "a" ? hub : $1; p = side == "a" ? $1 : hub
		  o = side == "a" ? "b" : "a"
		  printf "t%d { version = 2\nmobike = no\nlocal_addrs = %s\nremote_addrs = %s\n", $2, l, p
		  printf "proposals = aes128gcm16-prfsha256-x25519\nrekey_time = 0\nkeyingtries = 0\n"
		  printf "local { auth = psk\nid = %s%d.test\n}\nremote { auth = psk\nid = %s%d.test\n}\n", side, $2, o, $2
		  printf "children { c%d { mode = transport\nesp_proposals = aes128gcm16\nrekey_time = 0\n", $2
		  printf "local_ts = dynamic[gre]\nremote_ts = dynamic[gre]\nstart_action = %s\n} } }\n", side == "b" ? "start" : "none" }
		END { print "}" }' >"$W/$s/sw/swanctl.conf"
	echo "secrets { ike-t { secret = \"$PSK\" } }" >>"$W/$s/sw/swanctl.conf"
done
m0=$(memory "$a")
swan_load a
c0=$(cpu "$a")
i0=$(cpu "$b")
t0=$(now)
swan_load b &
load=$!
stats() { swan a --stats 2>/dev/null | sed -n "s/^IKE_SAs: \([0-9]*\) total, \([0-9]*\) half.*/\1 \2/p"; }
charon_up() { set -- $(stats); echo $((${1:-0} - ${2:-0})); }
rising charon_up
wait $load
c1=$(cpu "$a") i1=$(cpu "$b")
row ike-up charon tunnels "$(charon_up)"
row ike-cold-start charon s "$(calc "($t1 - $t0) / 1e9")"
rate charon
for m in ike-cpu ike-cpu-all; do
	row $m charon ms/handshake "$(each "$c1 - $c0")"
	row $m-initiator charon ms/handshake "$(each "$i1 - $i0")"
done
row ike-memory charon kB/tunnel "$(calc "($(memory "$a") - $m0) / $N" 1)"
