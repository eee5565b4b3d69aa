#!/bin/sh
# SPDX-License-Identifier: ISC
# make demo: London, Tokyo and Hanoi in network namespaces behind a routed
# underlay, each with a LAN host.  One configuration file, the same bytes for
# all.  What it claims it reads from packet captures, probe numbers and the
# kernel, not from the daemon's own words.  KEEP=1 leaves the sites up.
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)
B=$TOP/build
export TOP B
[ "$(id -u)" = 0 ] || { echo "make demo makes network namespaces: run it as root" >&2; exit 1; }
. "$TOP/regress/lib.sh"
PROBE=$B/regress/tools/probe
SITES="london tokyo hanoi"
[ -c /dev/net/tun ] || die "no /dev/net/tun on this machine"

site_addr()	{ case $1 in london) echo 203.0.113.1 ;; tokyo) echo 198.51.100.7 ;; hanoi) echo 192.0.2.33 ;; esac; }
site_gw()	{ case $1 in london) echo 203.0.113.2 ;; tokyo) echo 198.51.100.8 ;; hanoi) echo 192.0.2.34 ;; esac; }
site_lan()	{ case $1 in london) echo 10.1.0 ;; tokyo) echo 10.2.0 ;; hanoi) echo 10.3.0 ;; esac; }

underlay() {
	ns inet
	in_ns inet sysctl -qw net.ipv4.ip_forward=1
	for s in $SITES; do
		ns "$s"
		ns "$s-lan"
		veth "$s" wan "$(site_addr "$s")/24" inet "to-$s" "$(site_gw "$s")/24"
		ip -n "$P-$s" route add default via "$(site_gw "$s")"
		veth "$s" lan "$(site_lan "$s").1/24" "$s-lan" eth0 "$(site_lan "$s").10/24"
		ip -n "$P-$s-lan" route add default via "$(site_lan "$s").1"
	done
}

configure() {
	for s in $SITES; do
		mkdir -p "$W/$s"
		eval "key_$s=\$($GSC keygen -o $W/$s/key | sed 's/^key //')"
	done
	printf 'ospf_key = "%s"\n' "$("$GSC" genpsk | cut -c 1-16)" >"$W/secrets"
	chmod 600 "$W/secrets"
	cat >"$W/conf" <<EOF
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$ospf_key  dead 1  hello 250ms }
mesh "corp" {
    tunnels 172.31.0.0/22
    site london { id 1  address 203.0.113.1   network 10.1.0.0/16
                  key $key_london }
    site tokyo  { id 2  address 198.51.100.7  network 10.2.0.0/16
                  key $key_tokyo }
    site hanoi  { id 3  address 192.0.2.33    network 10.3.0.0/16
                  key $key_hanoi }
}
EOF
}

full()		{ [ "$(ctl "$1" show neighbors | grep -c FULL/P2P)" = 2 ]; }
# the kernel of SITE sends to LAN by way of interface IF
via()		{ ip -n "$P-$1" route get "$2" 2>/dev/null | grep -q "dev $3 "; }
ttl_is()	{ [ "$(tail -n 1 "$W/$1" | cut -d ' ' -f 2)" = "$2" ]; }
blackhole() {
	ip -n "$P-inet" rule "$1" from 203.0.113.1 to 198.51.100.7 blackhole
	ip -n "$P-inet" rule "$1" from 198.51.100.7 to 203.0.113.1 blackhole
}

underlay
configure
say "three sites, one configuration of $(grep -c . "$W/conf") lines:"
sed 's/^/         | /; s/"ed25519:\(......\)[^"]*"/"ed25519:\1..."/' "$W/conf"

watch inet
for s in $SITES; do daemon "$s"; eval "pid_$s=$pid"; done
for s in $SITES; do
	poll 20 full "$s" || die "$s: no full adjacency"
done
for s in $SITES; do
	for o in $SITES; do
		[ "$s" = "$o" ] || poll 5 via "$s" "$(site_lan "$o").10" "gs-$o" ||
		    die "$s: no route to $o"
	done
done
say "every adjacency is FULL, every route in the kernel"
say "london: greipsecctl show neighbors"
ctl london show neighbors | sed 's/^/         | /'
say "london: greipsecctl show rib"
ctl london show rib | sed 's/^/         | /'
say "london: greipsecctl show fib"
ctl london show fib | sed 's/^/         | /'

in_ns london-lan ping -c 3 -i 0.2 -W 2 10.2.0.10 >"$W/ping" ||
    die "no ping from London's LAN to Tokyo's"
say "LAN to LAN: $(tail -n 1 "$W/ping")"

bg tokyo-lan "$W/recv.log" "$PROBE" recv 7000 "$W/probes"; recv=$pid
bg london-lan "$W/send.log" "$PROBE" send 10.2.0.10 7000 1000; send=$pid
poll 5 ttl_is probes 62 || die "no probes on the direct path"
sleep 1
t0=$("$PROBE" now)
blackhole add
say "CUT: the underlay drops London-Tokyo both ways, no carrier is lost"
poll 15 via london 10.2.0.10 gs-hanoi || die "London did not move the route"
poll 10 ttl_is probes 61 || die "probes did not come by Hanoi"
say "traffic comes by Hanoi (TTL 61 instead of 62)"
say "london: $(ip -n "$P-london" route get 10.2.0.10 | head -n 1)"
sleep 1
t1=$("$PROBE" now)
set -- $("$PROBE" stats "$W/probes" "$t0" "$t1")
say "outage: $4 of $2 probes lost, $8 ms"
lost_cut=$4
[ "$lost_cut" -gt 0 ] || die "the cut cost nothing: it did not cut"

blackhole del
t2=$("$PROBE" now)
say "HEAL"
poll 25 ttl_is probes 62 || die "traffic did not return to the short path"
sleep 1
t3=$("$PROBE" now)
set -- $("$PROBE" stats "$W/probes" "$t2" "$t3")
say "back on the short path (TTL 62): $4 of $2 probes lost on the way back"

# a process dies in London: what it costs, and that it comes back
role_pid()	{ ps -o pid=,args= --ppid "$pid_london" | awk -v r="$1" '$0 ~ "-R " r || $0 ~ ": " r { print $1; exit }'; }
reborn()	{ _now=$(role_pid "$1"); [ -n "$_now" ] && [ "$_now" != "$2" ]; }
for role in ike ospf esp; do
	p=$(role_pid $role)
	t4=$("$PROBE" now)
	kill -9 "$p"
	poll 5 reborn $role "$p" || die "$role was not started again"
	sleep 2
	set -- $("$PROBE" stats "$W/probes" "$t4" "$("$PROBE" now)")
	say "KILL -9 $role: $4 of $2 probes lost, longest gap $8 ms"
	[ $role = esp ] || [ "$4" = 0 ] || die "$role: its death cost packets"
	[ "${8%.*}" -lt 2000 ] || die "$role: its death cost too much"
done
poll 10 full london || die "not FULL after the kills"
say "london: greipsecctl show processes"
ctl london show processes | sed 's/^/         | /'
stop "$send"
sleep 0.2
stop "$recv"

if [ "${KEEP:-0}" = 1 ]; then
	trap - EXIT INT TERM HUP
	cat <<EOF

The sites stay up.  Look around:
  ip netns exec $P-london $GSC -s $W/london/sock show
  ip netns exec $P-london ip route
  ip netns exec $P-london-lan ping 10.2.0.10
  ip netns exec $P-inet tcpdump -ni any
Cut and heal:
  ip -n $P-inet rule add from 203.0.113.1 to 198.51.100.7 blackhole
  ip -n $P-inet rule del from 203.0.113.1 to 198.51.100.7 blackhole
End it:
  kill $PID_LIST; for n in$NS_LIST; do ip netns del \$n; done; rm -r $W
EOF
	exit 0
fi

stop $pid_london $pid_tokyo $pid_hanoi
nothing_clear 1000
say "the underlay carried: $(head -n 1 "$W/counts")"
took=$(since)
[ "${took%.*}" -lt 90 ] || die "it took $took s"
say "demo: ok, in $took s"
