#!/bin/sh
# SPDX-License-Identifier: ISC
# One tunnel between two namespaces on one machine: a TCP stream, 64-byte UDP
# payloads as fast as they go, round trips; the CPU time of both ends together:
# tcp-cpu is that of the daemons, which a plain veth has not, tcp-cpu-machine all
# that the machine was busy (/proc/stat), iperf3 and the kernel's part included.
# A plain veth, ours, wireguard-go, strongSwan's ESP in user space.  One round;
# AES-128-GCM but for wireguard-go, whose cipher is ChaCha20-Poly1305.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/bench/lib.sh"
. "$TOP/regress/interop/lib.sh"
CHARON_CRYPTO="openssl hmac kdf"	# its fastest
root; tun
need iperf3
SECS=${BENCH_SECS:-4}
PSK="correct horse battery staple for a bench"

wire() {
	ns a; ns b
	veth a eth0 198.51.100.1/30 b eth0 198.51.100.2/30
	mkdir -p "$W/a" "$W/b"
}
json() { python3 -c "
import json,sys
d = json.load(open('$W/iperf'))['end']
print($1)"; }

# measure SYSTEM ADDRESS PID...: to the address in b, with these daemons
measure() {
	sys=$1 to=$2; shift 2
	bg b "$W/server.log" iperf3 -s; server=$pid
	poll 5 sh -c "ip netns exec $P-b ss -ltn | grep -q :5201"
	all=$([ $# = 0 ] || family "$@")
	c0=$(cpu $all) b0=$(busy)
	in_ns a iperf3 -c "$to" -t "$SECS" -O 1 -J >"$W/iperf" || die "$sys: $(tail -3 "$W/iperf")"
	c1=$(cpu $all) b1=$(busy)
	bits=$(json "d['sum_received']['bits_per_second']")
	row tcp-stream "$sys" Mbit/s "$(calc "$bits / 1e6" 0)"
	[ $# = 0 ] || row tcp-cpu "$sys" s/GB "$(calc "($c1 - $c0) / ($bits / 8e9 * ($SECS + 1))")"
	row tcp-cpu-machine "$sys" s/GB "$(calc "($b1 - $b0) / ($bits / 8e9 * ($SECS + 1))")"
	in_ns a iperf3 -c "$to" -u -l 64 -b 0 -t "$SECS" -J >"$W/iperf" || die "$sys: $(tail -3 "$W/iperf")"
	row udp-64-bytes "$sys" packets/s "$(json "int((d['sum']['packets'] - d['sum']['lost_packets']) / d['sum']['seconds'])")"
	in_ns a ping -q -c 200 -i 0.01 "$to" >"$W/ping" || die "$sys: $(cat "$W/ping")"
	row round-trip "$sys" us "$(awk -F'[/ ]' '/^rtt/ { printf "%.0f", $8 * 1000 }' "$W/ping")"
	stop "$server"
}

wire
measure veth 198.51.100.2
unwire

wire
for s in a b; do
	[ $s = a ] && l=1 p=2 || { l=2; p=1; }
	cat >"$W/$s.conf" <<-END
	psk = "$PSK"
	ospf { area 0.0.0.0  auth md5 1 "0123456789abcdef" }
	host $s { id $l
	  tunnel t {
		local 198.51.100.$l  peer 198.51.100.$p
		inner 10.0.0.$l/30  peer 10.0.0.$p
		ike { psk \$psk  local-id "@$l.test"  remote-id "@$p.test" }
		ipsec { proposal aes128gcm16 }
	} }
	END
	chmod 600 "$W/$s.conf"
done
daemon a -s a; a=$pid
daemon b -s b; b=$pid
poll 20 in_ns a ping -c 1 -W 1 10.0.0.2 || die "ours: no ping"
measure greipsecd 10.0.0.2 "$a" "$b"
unwire

if command -v wireguard-go >/dev/null && command -v wg >/dev/null; then
	wire
	for s in a b; do wg genkey >"$W/$s/key"; wg pubkey <"$W/$s/key" >"$W/$s/pub"; done
	for s in a b; do
		[ $s = a ] && l=1 p=2 o=b || { l=2; p=1; o=a; }
		mkdir -p "$W/$s/run"
		ip netns exec "$P-$s" unshare -m sh -c "
			mkdir -p /var/run/wireguard && mount --bind '$W/$s/run' /var/run/wireguard
			WG_PROCESS_FOREGROUND=1 exec wireguard-go wg0" >"$W/$s/log" 2>&1 &
		PID_LIST="$PID_LIST $!"
		eval "wg_$s=$!"
		poll 5 test -S "$W/$s/run/wg0.sock" || die "wireguard-go: $(cat "$W/$s/log")"
		ip netns exec "$P-$s" unshare -m sh -c "
			mount --bind '$W/$s/run' /var/run/wireguard
			wg set wg0 private-key '$W/$s/key' listen-port 51820 peer '$(cat "$W/$o/pub")' \
			    allowed-ips 0.0.0.0/0 endpoint 198.51.100.$p:51820"
		ip -n "$P-$s" addr add 10.0.0.$l/30 dev wg0
		ip -n "$P-$s" link set wg0 mtu 1420 up
	done
	poll 10 in_ns a ping -c 1 -W 1 10.0.0.2 || die "wireguard-go: no ping"
	measure wireguard-go 10.0.0.2 "$wg_a" "$wg_b"
	unwire
fi

if [ -f /usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so ]; then
	wire
	AUTH=psk IKE=aes128gcm16-prfsha256-x25519 ESP=aes128gcm16 MODE=tunnel
	for s in a b; do
		[ $s = a ] && l=1 || l=2
		ip -n "$P-$s" addr add 10.0.$l.1/32 dev lo
		charon_esp $s
		eval "ss_$s=$pid"
	done
	swan_conf a 198.51.100.1 1.test 198.51.100.2 2.test
	swan_conf b 198.51.100.2 2.test 198.51.100.1 1.test
	for s in a b; do
		[ $s = a ] && l=1 p=2 || { l=2; p=1; }
		sed -i "s|local_ts = .*|local_ts = 10.0.$l.1/32|; s|remote_ts = .*|remote_ts = 10.0.$p.1/32|" \
		    "$W/$s/sw/swanctl.conf"
		swan_load $s
	done
	swan a --initiate --child c >"$W/a/out" 2>&1 || die "strongSwan: $(tail -5 "$W/a/out")"
	poll 10 in_ns a ping -c 1 -W 1 -I 10.0.1.1 10.0.2.1 || die "strongSwan: no ping: $(ip -n "$P-a" route show table 220)"
	measure strongswan 10.0.2.1 "$ss_a" "$ss_b"
	unwire
fi
