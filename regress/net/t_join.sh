#!/bin/sh
# SPDX-License-Identifier: ISC
# Two sites, one file: from nothing to a ping from LAN to LAN, with nothing in
# clear on the way; through the death of each process, of all of them, of a
# device; a site that is added under way.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun

two_sites
cat >"$W/secrets" <<'END'
k = "0123456789abcdef"
m = "a mesh secret of more than 128 bits, 0123456789abcdef"
END
chmod 600 "$W/secrets"
cat >"$W/conf" <<'END'
include "secrets"
ospf { area 0.0.0.0  auth md5 1 $k  dead 1  hello 250ms }
mesh "corp" {
	tunnels 172.31.0.0/22
	psk $m
	site london { id 1  address 203.0.113.1   network 10.1.0.0/16 }
	site tokyo  { id 2  address 198.51.100.7  network 10.2.0.0/16 }
}
END

route()	{ ip -n "$P-$1" route show "$2" proto 147 | grep -q "dev gs-$3 metric 20"; }
guard()	{ ip -n "$P-$1" route show "$2" | grep -q "^unreachable .*metric 4278198272"; }
logged() { grep -q -- "$2" "$W/$1/log"; }

watch r
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 logged london "tokyo: up" || die "London: not up"
poll 10 route london 10.2.0.0/24 tokyo || die "London: no route"
poll 10 route tokyo 10.1.0.0/24 london || die "Tokyo: no route"
guard london 10.2.0.0/16 || die "no guard beside the route"
poll 5 ping_lan || die "no ping from LAN to LAN"
say "two sites are joined"

# what is too big for the tunnel is said so, and fits when it is not
in_ns london-lan ping -c 1 -W 2 -M "do" -s 1414 10.2.0.10 >/dev/null ||
    die "1442 bytes do not fit"
in_ns london-lan ping -c 1 -W 2 -M "do" -s 1415 10.2.0.10 2>&1 |
    grep -q "mtu = 1442\|mtu=1442" || die "no path MTU of 1442"

# each process dies once, traffic comes back
in_ns london-lan ping -i 0.1 10.2.0.10 >"$W/stream" 2>&1 &
PID_LIST="$PID_LIST $!"
for role in control keys ike ospf esp; do
	p=$(child $role "$london")
	[ -n "$p" ] || die "no process $role"
	kill -9 "$p"
	poll 5 logged london "$role: restarted" || die "$role: not restarted"
	poll 20 ping_lan || die "$role died: no traffic again"
	say "$role died and came back"
done
poll 20 route london 10.2.0.0/24 tokyo || die "no route again"

# the device is deleted behind our back
ip -n "$P-london" link del gs-tokyo
poll 20 ping_lan || die "device deleted: no traffic again"
poll 20 route london 10.2.0.0/24 tokyo || die "device deleted: no route again"
say "the device was deleted and came back"

# all of it dies; what is left leads nowhere but to us; the next start adopts
kill -9 "$london"
wait "$london" 2>/dev/null || :
poll 5 sh -c "[ -z \"\$(ip netns pids $P-london)\" ]" || die "children live on"
guard london 10.2.0.0/16 || die "no guard after SIGKILL"
ip -n "$P-london" link show gs-tokyo >/dev/null || die "no device after SIGKILL"
index=$(ip -n "$P-london" -o link show gs-tokyo | cut -d : -f 1)
sleep 1
! ping_lan >/dev/null || die "a ping without a daemon"
daemon london; london=$pid
poll 30 ping_lan || die "SIGKILL of all: no traffic again"
poll 20 route london 10.2.0.0/24 tokyo || die "SIGKILL of all: no route again"
[ "$(ip -n "$P-london" -o link show gs-tokyo | cut -d : -f 1)" = "$index" ] ||
    die "the device was not adopted"
say "all processes died, the next start adopted"

# a good end, seen from the other side at once
stop "$london"
guard london 10.2.0.0/16 || die "no guard after the end"
poll 5 sh -c "! ip -n $P-tokyo route show 10.1.0.0/24 | grep -q 'metric 20'" ||
    die "Tokyo still has a route"
stop "$tokyo"
nothing_clear 50
say "the underlay carried: $(head -n 1 "$W/counts")"
