#!/bin/sh
# SPDX-License-Identifier: ISC
# os.h on this system: what it makes is there by the system's own tools, and
# what the system's own tools do is seen through it.
set -eu
. "$TOP/regress/lib.sh"
root; tun
D=$B/regress/tools/osdrive

ns a; ns b
veth a eth0 198.51.100.1/24 b eth0 198.51.100.2/24
os()	{ in_ns a "$D" "$@"; }
sees()	{ os dump | grep -qF -- "$1"; }
has()	{ ip -n "$P-a" "$@"; }

# a device: made, dressed, held; it stays when it is let go
hold() {	# NAME MARK MTU: leaves $pid and the device open
	rm -f "$W/hold"; mkfifo "$W/hold"
	ip netns exec "$P-a" "$D" tun "$1" "$2" "$3" <"$W/hold" >"$W/index" &
	pid=$!
	PID_LIST="$PID_LIST $pid"
	exec 4>"$W/hold"
	poll 5 grep -q index "$W/index" || die "no device $1"
}
bg a "$W/events" "$D" events; ev=$pid
poll 5 grep -q ready "$W/events" || die "no events"
hold gs-tokyo "greipsecd tokyo" 1442
has -d link show gs-tokyo >"$W/link"
for x in "mtu 1442" "alias greipsecd tokyo" MULTICAST UP "persist on" \
    "addrgenmode none" "qlen 1000"; do
	grep -q -- "$x" "$W/link" || die "device is not: $x: $(cat "$W/link")"
done
has -6 addr show dev gs-tokyo | grep -q fe80 && die "link-local address"
index=$(has -o link show gs-tokyo | cut -d : -f 1)
grep -q "^index $index$" "$W/index" || die "index"
if os tun gs-tokyo x 1400 </dev/null >/dev/null 2>"$W/err"; then
	die "a second owner"
fi
grep -qi busy "$W/err" || die "a second owner: $(cat "$W/err")"
if os tun eth0 x 1400 </dev/null >/dev/null 2>"$W/err"; then
	die "took eth0"
fi
grep -qi exists "$W/err" || die "eth0: $(cat "$W/err")"
knobs() { [ "$(grep -c '^knobs' "$W/events")" -gt "$had" ]; }
for x in ip_forward=0 ip_forward=1 conf.eth0.rp_filter=1; do
	had=$(grep -c '^knobs' "$W/events" || :)
	in_ns a sysctl -qw "net.ipv4.$x"
	[ $x = ip_forward=0 ] || poll 5 knobs || die "event not seen: $x"
done
exec 4>&-
poll 5 sh -c "! kill -0 $pid 2>/dev/null" || die "does not let go"
has link show gs-tokyo | grep -q NO-CARRIER || die "not persistent"
hold gs-tokyo "greipsecd tokyo" 1400
grep -q "^index $index$" "$W/index" || die "not adopted"
poll 5 sees "gs-tokyo mtu 1400 up running multicast tun mark \"greipsecd tokyo\"" ||
    die "not seen as made"

# addresses, twice is once
os addr add gs-tokyo 172.31.0.1/32 172.31.0.2
os addr add gs-tokyo 172.31.0.1/32 172.31.0.2
has addr show dev gs-tokyo | grep -q "inet 172.31.0.1 peer 172.31.0.2/32" ||
    die "no peer address"
sees "addr gs-tokyo 172.31.0.1/32 peer 172.31.0.2" || die "address not seen"
os addr add eth0 192.0.2.1/30
sees "addr eth0 192.0.2.1/30 peer -" || die "subnet not seen"
os addr del eth0 192.0.2.1/30
os addr del eth0 192.0.2.1/30
! sees 192.0.2.1 || die "address not removed"

# routes: guard, route with a gateway on the link, replaced, multipath
os route add 10.2.0.0/16 4278198272 unreachable
has route show | grep -q "unreachable 10.2.0.0/16 proto 147 metric 4278198272" ||
    die "no guard"
in_ns a ping -c 1 -W 1 10.2.0.10 2>&1 | grep -qi "no route to host" ||
    die "the guard does not guard"
os route add 10.2.0.0/24 20 via 172.31.0.2 dev gs-tokyo
has route show 10.2.0.0/24 | grep -q "via 172.31.0.2 dev gs-tokyo proto 147 metric 20" ||
    die "no route"
has route get 10.2.0.1 | grep -q "dev gs-tokyo" || die "not used"
os route add 10.2.0.0/24 20 via 198.51.100.2 dev eth0
[ "$(has route show 10.2.0.0/24 | grep -c .)" = 1 ] || die "not replaced"
os route add 10.2.0.0/24 20 via 198.51.100.2 dev eth0 via 172.31.0.2 dev gs-tokyo
[ "$(has route show 10.2.0.0/24 | grep -c nexthop)" = 2 ] || die "no multipath"
sees "route 10.2.0.0/24 metric 20 via ours [198.51.100.2 eth0] [172.31.0.2 gs-tokyo]" ||
    die "multipath not seen"
has route add default via 198.51.100.2
sees "route 0.0.0.0/0 metric 0 via [198.51.100.2 eth0]" || die "default"
sees "route 198.51.100.0/24 metric 0 via [- eth0]" || die "connected"
[ "$(os lookup 203.0.113.9)" = "eth0 198.51.100.1" ] || die "lookup"
# a rule by source is for who sends from there
veth a eth9 192.0.2.1/30 b eth9 192.0.2.2/30
has rule add from 192.0.2.1 lookup 101
has route add default via 192.0.2.2 table 101
[ "$(os lookup 203.0.113.9)" = "eth0 198.51.100.1" ] || die "lookup with a rule"
[ "$(os lookup 203.0.113.9 192.0.2.1)" = "eth9 192.0.2.1" ] || die "lookup by source: $(os lookup 203.0.113.9 192.0.2.1)"
! os lookup 203.0.113.9 192.0.2.77 2>/dev/null || die "lookup from an address that is not here"
# the packets of a tunnel go to the first of them, also when that is another
by() { os bypass 198.51.100.1 203.0.113.9 && has rule show | grep -c "from 198.51.100.1 to 203.0.113.9 goto ${1:-}" || :; }
[ "$(by 32765)" = 1 ] || die "no way to the rule: $(has rule show)"
has rule add pref 32760 from 192.0.2.1 lookup 101
[ "$(by 32760)" = 1 ] && [ "$(by)" = 1 ] || die "no way to the new first rule: $(has rule show)"
os bypass
! has rule show | grep goto || die "the way to the rules stays"
has link del eth9
# links that come while they are told: told again, and nothing is left unread
seq 200 | sed 's/.*/link add br& type bridge/' | has -batch -
os disturbed "ip link add br201 type bridge" 203.0.113.9 >"$W/out" 2>&1 || die "disturbed dump: $(tail -n 2 "$W/out")"
[ "$(tail -n 1 "$W/out")" = "eth0 198.51.100.1" ] || die "lookup after it: $(tail -n 2 "$W/out")"
for n in 1 200 201; do grep -q " br$n mtu" "$W/out" || die "br$n is not in it"; done
[ "$(grep -c " br1 mtu" "$W/out")" -gt 1 ] || die "the dump was not disturbed"
seq 201 | sed 's/.*/link del br&/' | has -batch -
os route del 10.2.0.0/24 20 unreachable
os route del 10.2.0.0/24 20 unreachable
! sees "10.2.0.0/24 metric 20" || die "not removed"
# another's route is not removed by our number
has route add 10.9.0.0/24 via 198.51.100.2 metric 20
os route del 10.9.0.0/24 20 unreachable
has route show 10.9.0.0/24 | grep -q . || die "removed another's route"

# a gateway of the other family is one, and is put as it was seen
has route add 192.0.2.64/26 via inet6 fe80::1 dev eth0
sees "route 192.0.2.64/26 metric 0 via [fe80::1 eth0]" || die "inet6 gateway"
has route add 192.0.2.128/26 nexthop via inet6 fe80::1 dev eth0 nexthop via 198.51.100.2 dev eth0
sees "route 192.0.2.128/26 metric 0 via [fe80::1 eth0] [198.51.100.2 eth0]" || die "inet6 gateway of two"
os route add 192.0.2.7/32 10 via fe80::1 dev eth0
has route show 192.0.2.7 | grep -q "via inet6 fe80::1 dev eth0 proto 147" || die "not put by an inet6 gateway"
os route add 192.0.2.7/32 10 via fe80::1 dev eth0 via 198.51.100.2 dev eth0
has route show 192.0.2.7 | grep -q "nexthop via inet6 fe80::1 dev eth0" || die "not put by an inet6 gateway of two"
os route del 192.0.2.7/32 10 unreachable

# thousands in a few sends
os batch add 5000
[ "$(has route show proto 147 | grep -c 'metric 20')" = 5000 ] ||
    die "batch: $(has route show proto 147 | grep -c .)"
os batch del 5000
[ "$(has route show proto 147 | grep -c 'metric 20')" = 0 ] || die "batch del"

# who is refused knows it, and of our own routes nothing is told but by others
os beside "ip route del 10.0.9.0/24 metric 20; ip route add 192.0.2.192/26 via 198.51.100.2" >"$W/out"
printf '%s\n' "refused 63" "refused 163" "route-gone 10.0.9.0/24 metric 20 unreachable ours" \
    "route 192.0.2.192/26 metric 0 via [198.51.100.2 eth0]" >"$W/want"
diff "$W/want" "$W/out" >&2 || die "beside ours"
[ "$(has route show proto 147 | grep -c 'metric 20')" = 197 ] || die "refused: not the rest"
has route flush proto 147

# events of what others do
has link set eth0 mtu 1492
has addr add 203.0.113.7/32 dev eth0
has route add 203.0.113.128/25 via 198.51.100.2
has link set eth0 down
has link del gs-tokyo
for x in "eth0 mtu 1492" "addr eth0 203.0.113.7/32" \
    "route 203.0.113.128/25 metric 0 via [198.51.100.2" \
    "link-gone $index gs-tokyo"; do
	poll 5 grep -qF -- "$x" "$W/events" || die "event not seen: $x"
done
exec 4>&-

# the sweep takes ours only
hold gs-a "greipsecd a" 1400
exec 4>&-
has tuntap add dev tun9 mode tun
os sweep
! has link show gs-a 2>/dev/null || die "not swept"
has link show tun9 >/dev/null || die "swept another's device"
