#!/bin/sh
# SPDX-License-Identifier: ISC
# What main does to the kernel, whatever its other processes do: guards,
# interfaces, switches, repair, adoption after SIGKILL, the sweep, -C; and the
# configuration it waits for or refuses.
set -eu
. "$TOP/regress/lib.sh"
root; tun

ns a; ns r
ip link add wan netns "$P-a" type veth peer name ra netns "$P-r"
ip -n "$P-a" link set wan up
ip -n "$P-r" link set ra up
has()	{ ip -n "$P-a" "$@"; }
guard()	{ has route show "$1" | grep -q "^unreachable .*metric 4278198272"; }
logged() { grep -q -- "$1" "$W/a/log"; }
dev()	{ has link show "$1" >/dev/null 2>&1; }
mkdir -p "$W/a"
cat >"$W/secrets" <<'END'
k = "0123456789abcdef"
m = "a mesh secret of more than 128 bits, 0123456789abcdef"
END
chmod 600 "$W/secrets"
site_delhi=
conf() {
	cat >"$W/conf" <<END
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$k }
mesh "corp" {
	tunnels 172.31.0.0/22
	psk \$m
	site london { id 1  address 203.0.113.1  network 10.1.0.0/16 }
	site tokyo { id 2  address 198.51.100.7
	    network { 10.2.0.0/16, 10.22.0.0/16 } }
	$site_delhi
}
END
}
conf
in_ns a sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0 \
    net.ipv4.conf.default.rp_filter=1

# no address of any site: it waits, and says so
daemon a; main=$pid
poll 5 logged "waiting for addresses" || die "does not wait"
! dev gs-tokyo || die "an interface for nobody"
has addr add 203.0.113.1/24 dev wan
poll 5 dev gs-tokyo || die "an address came, and nothing happened"
poll 5 guard 10.2.0.0/16 || die "no guard"
guard 10.22.0.0/16 || die "no second guard"
! guard 10.1.0.0/16 || die "a guard before our own network"
poll 5 sh -c "ip -n $P-a addr show dev gs-tokyo |
    grep -q 'inet 172.31.0.1 peer 172.31.0.2/32'" || die "no inner address"
has link show gs-tokyo | grep -q "mtu 1442" || die "MTU"
[ "$(in_ns a sysctl -n net.ipv4.ip_forward)" = 1 ] || die "forwarding"
[ "$(in_ns a sysctl -n net.ipv4.conf.gs-tokyo.rp_filter)" = 2 ] ||
    die "rp_filter"
# nothing is behind the tunnel: it ends here and not at the provider
has route add default via 203.0.113.254 dev wan onlink
in_ns a ping -c 1 -W 1 10.2.0.1 2>&1 | grep -qi "no route to host" ||
    die "goes to the provider"

# who changes it finds it changed back
has link set gs-tokyo mtu 1500
poll 5 sh -c "ip -n $P-a link show gs-tokyo | grep -q 'mtu 1442'" ||
    die "MTU stays changed"
has link set gs-tokyo down
poll 5 sh -c "ip -n $P-a link show gs-tokyo | grep -q ',UP'" ||
    die "stays down"
# (not by a flush: that goes on deleting what comes back)
has addr del 172.31.0.1 peer 172.31.0.2/32 dev gs-tokyo
poll 5 sh -c "ip -n $P-a addr show gs-tokyo | grep -q 172.31.0.1" ||
    die "no address again"
index=$(has -o link show gs-tokyo | cut -d : -f 1)
has link del gs-tokyo
guard 10.2.0.0/16 || die "no guard while the interface is gone"
poll 5 sh -c "ip -n $P-a addr show gs-tokyo | grep -q 172.31.0.1" ||
    die "not recreated"
[ "$(has -o link show gs-tokyo | cut -d : -f 1)" != "$index" ] || die "index"
has route del 10.2.0.0/16 proto 147
poll 5 guard 10.2.0.0/16 || die "the guard stays away"
# the second line: whoever flushes the main table, the provider sees nothing of
# it, and we need not be quick
away() { ! in_ns a ping -c 1 -W 1 10.2.0.1 >"$W/out" 2>&1 && grep -qi "no route to host" "$W/out"; }
second() { has route show table 147 | grep -q "^unreachable $1 " && [ "$(has rule show | grep -c "^3270[01]:")" = 2 ]; }
flush() {
	printf 'route flush table main\nroute add 203.0.113.0/24 dev wan\nroute add default via 203.0.113.254 dev wan\n' >"$W/batch"
	has -batch "$W/batch"
}
second 10.2.0.0/16 && second 10.22.0.0/16 || die "no second line: $(has rule show; has route show table 147)"
kill -STOP "$main"
flush
! guard 10.2.0.0/16 || die "the flush left the guards"
away || die "flushed: goes to the provider: $(cat "$W/out")"
has route get 192.0.2.99 | grep -q "via 203.0.113.254 dev wan" || die "flushed: the default route: $(has route get 192.0.2.99)"
kill -CONT "$main"
poll 5 guard 10.2.0.0/16 || die "flushed: the guards stay away"
has rule del pref 32701
poll 5 second 10.2.0.0/16 || die "the rule stays away"
has route flush table 147
poll 5 second 10.2.0.0/16 || die "the second line stays away"
# the way to the peer has another MTU
has link set wan mtu 1492
poll 5 sh -c "ip -n $P-a link show gs-tokyo | grep -q 'mtu 1434'" ||
    die "does not follow the link's MTU"
has link set wan mtu 1500

# a file that is bad changes nothing; a good one is applied
echo "mesh {" >>"$W/conf"
kill -HUP "$main"
poll 5 logged "configuration: refused: .*conf:1[0-9]:" || die "not refused"
dev gs-tokyo || die "a bad file changed something"
index=$(has -o link show gs-tokyo | cut -d : -f 1)
site_delhi='site delhi { id 4 address 192.0.2.80 network 10.4.0.0/16 }'
conf
kill -HUP "$main"
poll 5 dev gs-delhi || die "no new site"
guard 10.4.0.0/16 || die "no new guard"
[ "$(has -o link show gs-tokyo | cut -d : -f 1)" = "$index" ] ||
    die "a new site disturbed an old one"
site_delhi=
conf
kill -HUP "$main"
poll 5 sh -c "! ip -n $P-a link show gs-delhi 2>/dev/null" || die "not removed"
! guard 10.4.0.0/16 || die "guard not removed"
poll 5 sh -c "! ip -n $P-a route show table 147 | grep -q 10.4.0.0" || die "it stays in the second line"

# killed: everything stays; what has gone from the file since is swept
site_delhi='site delhi { id 4 address 192.0.2.80 network 10.4.0.0/16 }'
conf
kill -HUP "$main"
poll 5 dev gs-delhi || die "no new site, again"
kill -9 "$main"
wait "$main" 2>/dev/null || :
guard 10.2.0.0/16 || die "no guard after SIGKILL"
flush
away || die "flushed after SIGKILL: goes to the provider: $(cat "$W/out")"
dev gs-tokyo || die "no interface after SIGKILL"
has tuntap add dev tun9 mode tun
site_delhi=
conf
poll 5 sh -c "[ -z \"\$(ip netns pids $P-a)\" ]" || die "children live on"
daemon a; main=$pid
poll 5 sh -c "! ip -n $P-a link show gs-delhi 2>/dev/null" || die "not swept"
poll 5 logged "site london: 1 tunnels" || die "no start"
[ "$(has -o link show gs-tokyo | cut -d : -f 1)" = "$index" ] ||
    die "not adopted"
poll 5 guard 10.2.0.0/16 || die "flushed after SIGKILL: no guard again"
! guard 10.4.0.0/16 || die "guard not swept"
poll 5 sh -c "! ip -n $P-a route show table 147 | grep -q 10.4.0.0" || die "second line not swept"
dev tun9 || die "swept another's device"

# a good end: switches as they were, guards and interfaces stay; -C ends all
stop "$main"
guard 10.2.0.0/16 || die "no guard after the end"
dev gs-tokyo || die "no interface after the end"
[ "$(in_ns a sysctl -n net.ipv4.ip_forward)" = 0 ] ||
    die "forwarding not restored"
in_ns a nft add table ip greipsecd 2>/dev/null || :	# as one without owners is left
in_ns a "$GSD" -C -p "$W/a/pid" -D "$W/a" >"$W/clean"
grep -q "1 interfaces, 2 routes" "$W/clean" || die "-C: $(cat "$W/clean")"
! dev gs-tokyo || die "-C left the interface"
! guard 10.2.0.0/16 || die "-C left a guard"
! second 10.2.0.0/16 && ! has rule show | grep "^3270" || die "-C left the second line: $(has rule show)"
dev tun9 || die "-C took another's device"
! in_ns a nft list table ip greipsecd >/dev/null 2>&1 || die "-C left the table"

# below a /proc/sys that is read-only, as with ProtectKernelTunables=
printf '#!/bin/sh\nmount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "%s" "$@"\n' "$GSD" >"$W/ro"
chmod 755 "$W/ro"
loose() { [ "$(in_ns a sysctl -n net.ipv4.conf.gs-tokyo.rp_filter)" = "$1" ]; }
rw=$GSD; GSD=$W/ro
daemon a; main=$pid
GSD=$rw
poll 5 logged "gs-tokyo: strict reverse path check made loose" || die "read-only: $(cat "$W/a/log")"
loose 2 || die "read-only: rp_filter"
logged "cannot switch IPv4 forwarding on: Read-only" || die "it was not read-only"
stop "$main"
loose 1 || die "read-only: rp_filter not restored"
in_ns a "$GSD" -C -p "$W/a/pid" -D "$W/a" >"$W/clean"

# told not to touch switches, it only speaks of them
printf 'host london { sysctl no }\n' >>"$W/conf"
daemon a; main=$pid
poll 5 logged "forwarding is off" || die "does not speak of forwarding"
[ "$(in_ns a sysctl -n net.ipv4.ip_forward)" = 0 ] || die "sysctl no"

# networks of this site: subnets that come and go
ip link add lan netns "$P-a" type veth peer name rb netns "$P-r"
has addr add 10.1.5.1/24 dev lan
has addr add 192.168.9.1/24 dev lan
has link set lan up
poll 5 logged "lan: 10.1.5.1/24 is announced" || die "no LAN"
has addr del 10.1.5.1/24 dev lan
poll 5 logged "lan: 10.1.5.1/24 is no longer announced" || die "LAN stays"
! logged 192.168.9.1 || die "announces what is not its own"

# more news of the kernel than the socket holds, while main does something else
drops() { in_ns a cat /proc/net/netlink | awk 'NR > 1 { n += $9 } END { print n + 0 }'; }
routes() { seq "$2" "$3" | awk -v w="$1" '{ printf "route %s 100.%d.%d.%d/32 dev wan\n", w, 64 + $1 / 65536, $1 / 256 % 256, $1 % 256 }' | has -batch -; }
has addr add 10.1.5.1/24 dev lan
said() { grep "lan: 10.1.5.1/24" "$W/a/log" | tail -n 1 | grep -q "is announced"; }
poll 5 said || die "no LAN again"
[ "$(drops)" = 0 ] || die "lost without a flood"
kill -STOP "$main"
routes add 1 300
has addr del 10.1.5.1/24 dev lan
routes add 301 40000
has addr add 10.1.5.1/24 dev lan
[ "$(drops)" -gt 0 ] || die "40000 routes, and nothing was lost"
kill -CONT "$main"
has addr add 10.1.6.1/24 dev lan
poll 20 logged "lan: 10.1.6.1/24 is announced" || die "flooded: $(tail -n 3 "$W/a/log")"
poll 5 said || die "flooded: $(grep lan: "$W/a/log")"
routes del 1 40000

# its address is away when it starts: it is who it was, and the guards stand
stop "$main"
has addr del 203.0.113.1/24 dev wan
has addr add 100.64.0.9/24 dev wan
has route replace default via 100.64.0.1 dev wan
nothing() { in_ns a ping -c 1 -W 1 10.2.0.1 2>&1 | grep -qi "no route to host"; }
daemon a; main=$pid
poll 5 logged "goes on as london, as before" || die "forgot who it was: $(cat "$W/a/log")"
poll 5 nothing || die "goes on as london: no guard"
warned() { in_ns a "$GSC" -s "$W/a/sock" show | tr -s '\n ' ' ' | grep -q "goes on as london, as before"; }
poll 5 warned || die "show does not say so"
has addr add 203.0.113.1/24 dev wan
known() { ! warned; }
poll 5 known || die "its address came, and show still says so"
# who it was is not known: it waits, and the guards of the life before stay
kill -9 "$main"
wait "$main" 2>/dev/null || :
rm "$W/a/site"
has addr del 203.0.113.1/24 dev wan
poll 5 sh -c "[ -z \"\$(ip netns pids $P-a)\" ]" || die "children live on"
daemon a; main=$pid
poll 5 logged "waiting for addresses" || die "does not wait again"
has route add 192.0.2.0/24 via 100.64.0.1 dev wan	# it has something to look at
in_ns a "$GSC" -s "$W/a/sock" show >/dev/null || :
nothing || die "waits: no guard"
has route flush table 147
nothing || die "waits: no guard in the main table"
stop "$main"
nothing || die "stopped while it waited: no guard"
daemon a; main=$pid
poll 5 logged "waiting for addresses" || die "does not wait once more"
has addr add 203.0.113.1/24 dev wan
poll 5 logged "site london: 1 tunnels" || die "its address came: $(cat "$W/a/log")"
poll 5 grep -qx london "$W/a/site" || die "not noted who it is"
stop "$main"
