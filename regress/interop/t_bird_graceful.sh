#!/bin/sh
# SPDX-License-Identifier: ISC
# Graceful restart (RFC 3623) with BIRD, ours - BIRD - ours in a row: our engine
# is killed and comes back while BIRD helps, as it does unless told otherwise;
# BIRD restarts, planned, while ours help.
set -eu
. "$TOP/regress/lib.sh"
root
need bird
. "$TOP/regress/interop/lib_ospf.sh"

ns a; ns r; ns b
veth a eth0 172.31.0.1/30 r eth0 172.31.0.2/30
veth b eth0 172.31.0.5/30 r eth1 172.31.0.6/30
opts="mtu 1500 hello 1000 dead 6000 rxmt 2000 key 3:s3cret"
cat >"$W/a.ospf" <<E
rid 10.0.0.1
stub 10.1.0.0/16 10
iface eth0 addr 172.31.0.1/30 peer 172.31.0.2 $opts
E
cat >"$W/b.ospf" <<E
rid 10.0.0.3
stub 10.3.0.0/16 10
iface eth0 addr 172.31.0.5/30 peer 172.31.0.6 $opts
E
cat >"$W/r.bird" <<'E'
router id 10.0.0.2;
graceful restart wait 20;
protocol device { scan time 1; }
protocol kernel { ipv4 { export all; }; persist; graceful restart; }
protocol ospf v2 {
	tick 1;
	graceful restart yes;
	graceful restart time 20;
	area 0 {
		interface "eth*" {
			type ptp; cost 10; hello 1; dead 6; retransmit 2;
			authentication cryptographic;
			password "s3cret" { id 3; algorithm keyed md5; };
		};
	};
}
E
log_routes() { bg "$1" "$W/$1.routes" ip monitor route; watching=$pid; }
unmoved() {
	stop "$watching"
	grep -E "10\.[0-9]+\.0\.0" "$W/$1.routes" >"$W/moved" || return 0
	cat "$W/moved"
	return 1
}
bird r
drive a
drive b
poll 30 st a '^route 10.3.0.0/16 30 172.31.0.2@eth0$' || die "a: route to b"
poll 20 kroute r 10.1.0.0/16 'via 172.31.0.1 dev eth0' || die "BIRD: to a"
poll 20 kroute r 10.3.0.0/16 'via 172.31.0.5 dev eth1' || die "BIRD: to b"
sleep 8
say "FULL"

log_routes r
lines=$(wc -l <"$W/b.log")
kill -9 "$a_pid"; wait "$a_pid" 2>/dev/null || :
sleep 2
sed -i '1i grace 20' "$W/a.ospf"
: >"$W/a.st"
drive a
poll 10 grep -q "graceful restart ends: restart over" "$W/a.log" || die "a: $(cat "$W/a.log" "$W/r.log")"
poll 10 st a '^route 10.3.0.0/16 30 172.31.0.2@eth0$' || die "a: route to b after"
sleep 8
unmoved r || die "BIRD moved routes while it helped"
[ "$(wc -l <"$W/b.log")" = "$lines" ] || die "b noticed: $(tail "$W/b.log")"
say "ours was killed and came back: BIRD helped"

routes() { for _x; do grep ^route "$W/$_x.st" | sort >"$W/$_x.was"; done; }
same() { for _x; do grep ^route "$W/$_x.st" | sort | cmp -s - "$W/$_x.was" || return 1; done; }
routes a b
birdq r graceful restart >"$W/prepare" 2>&1 || die "$(cat "$W/prepare")"
wait "$r_pid" 2>/dev/null || :
for x in a b; do
	poll 5 grep -q "10.0.0.2 restarts: helped for" "$W/$x.log" || die "$x: $(tail "$W/$x.log")"
done
# longer than the dead interval
for i in 1 2 3 4 5 6 7 8; do
	sleep 1
	same a b || die "moved while BIRD is away: $(cat "$W/a.log" "$W/b.log")"
done
rm -f "$W/r.ctl"
bg r "$W/r2.log" bird -R -f -c "$W/r.bird" -s "$W/r.ctl" -P "$W/r.pid"
for x in a b; do
	poll 20 grep -q "10.0.0.2: help ends: restart over" "$W/$x.log" || die "$x: $(tail "$W/$x.log")"
done
# BIRD 2.0.12 flushes its own router-LSA when its restart is over, and makes it
# again a tick later
for x in a b; do
	poll 10 same $x || die "$x moved: $(cat "$W/$x.st"; tail "$W/$x.log")"
	st $x '^nbr eth0 10.0.0.2 FULL' || die "$x: not FULL"
	! grep -E "dead timer|not FULL when help|down" "$W/$x.log" || die "$x: an adjacency ended"
done
say "BIRD restarted, away for 8 s: ours helped"
