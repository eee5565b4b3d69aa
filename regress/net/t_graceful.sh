#!/bin/sh
# SPDX-License-Identifier: ISC
# Graceful restart (RFC 3623) of the whole daemon under traffic: London and Hanoi
# see each other through Tokyo.  Every process of one site is killed and the
# daemon started again within the dead interval: the neighbours' uptime goes on,
# no route of the two other sites changes, nor do those of the one that was
# away, and traffic is back.  When it stays away too long, and when it is
# stopped, the routes go as ever.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
site hanoi 192.0.2.33 192.0.2.34 10.3.0
cat >"$W/conf" <<END
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$k  dead 6  hello 1s }
mesh "corp" { tunnels 172.31.0.0/22
topology hub { tokyo }
site london { id 1 address 203.0.113.1 network 10.1.0.0/16 $(cat "$W/london/pub") }
site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 $(cat "$W/tokyo/pub") }
site hanoi { id 3 address 192.0.2.33 network 10.3.0.0/16 $(cat "$W/hanoi/pub") }
}
END
for s in london tokyo hanoi; do daemon $s; eval "$s=$pid"; done
all_full() {
	for _x in "london 1" "tokyo 2" "hanoi 1"; do
		set -- $_x
		[ "$(ctl "$1" show neighbors 2>/dev/null | grep -c FULL/P2P)" = "$2" ] || return 1
	done
}
far() { in_ns london-lan ping -c 1 -W 1 10.3.0.10; }
uptime() { ctl "$1" -j show neighbors | sed -n 's/.*"uptime_s":\([0-9]*\).*/\1/p'; }
events() { ctl "$1" show events | grep -E "helper|restart" || :; }
# log_routes SITE: routes that change there from now on, in $W/SITE.routes
log_routes() {
	bg "$1" "$W/$1.routes" ip monitor route
	eval "log_$1=$pid"
}
# our own routes only: a device's own ones come and go with it
moved() { grep "proto 147" "$W/$1.routes" | grep -v unreachable || :; }
# die_all SITE: everything of it, at once
die_all() {
	kill -9 $(ip netns pids "$P-$1" | grep -vx "$2") 2>/dev/null || :
	eval "wait \$$1 2>/dev/null || :"
}
poll 20 all_full || die "not FULL: $(ctl tokyo show neighbors)"
poll 10 far || die "no ping through Tokyo"
say "FULL, and London sees Hanoi"
sleep 6

for who in london tokyo; do
	others="london tokyo hanoi"
	for s in $others; do
		log_routes $s
		eval "was_$s=\"$(uptime $s | sort -n | head -n 1)\""
	done
	sleep 0.3
	in_ns london-lan ping -D -i 0.05 -c 160 -W 1 10.3.0.10 >"$W/ping" 2>&1 & ping=$!
	PID_LIST="$PID_LIST $ping"
	sleep 0.5
	eval "w=\$log_$who"
	die_all $who "$w"
	# when it lived is not told by a file on the disk, which is written now and then
	touch -d '1 hour ago' "$W/$who/state"
	sleep 1
	t0=$(date +%s%N)
	daemon $who; eval "$who=$pid"
	poll 5 far || die "$who: no traffic: $(events $who)"
	say "$who: traffic $(awk -v a="$t0" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }') s after the start"
	over() { ctl $who show events | grep -q "graceful restart ends"; }
	poll 20 over || die "$who: the restart does not end: $(ctl $who show events)"
	events $who | grep -q "ends: restart over" || die "$who: $(events $who; ctl $who show neighbors)"
	wait $ping || :
	sleep 3
	all_full || die "$who: not FULL: $(ctl $who show neighbors)"
	for s in $others; do
		eval "stop \$log_$s"
		[ -z "$(moved $s)" ] || die "$who restarted, $s moved: $(moved $s); $(events $s)"
		[ $s != $who ] || continue
		if [ $s != hanoi ] || [ $who = tokyo ]; then
			events $s | grep -q "help ends: restart over" || die "$s: $(events $s)"
		fi
		eval "was=\$was_$s"
		now=$(uptime $s | sort -n | head -n 1)
		[ "$now" -ge $((was + 8)) ] || die "$who restarted: uptime in $s was $was, is $now: $(ctl $s show events)"
	done
	say "$who: killed whole and started again: no route changed anywhere, no adjacency ended"
	ctl $who show rib | grep -q 10.3.0.0/24 || die "$who: $(ctl $who show rib)"
done

# planned: the neighbours are told, and wait for longer than the dead interval
# who gave the order is told to start it again
for s in london tokyo hanoi; do log_routes $s; done
sleep 0.3
kill -USR1 "$tokyo"
rc=0; wait "$tokyo" || rc=$?
[ $rc = 75 ] || die "tokyo ended with $rc: $(cat "$W/tokyo/log")"
for s in london hanoi; do
	poll 2 sh -c "'$GSC' -s '$W/$s/sock' show neighbors | grep -q 'helping: it restarts, '" || die "$s: $(ctl $s show neighbors)"
done
sleep 9
daemon tokyo; tokyo=$pid
poll 5 far || die "planned: no traffic: $(events tokyo)"
poll 20 sh -c "'$GSC' -s '$W/tokyo/sock' show events | grep -q 'ends: restart over'" || die "planned: $(events tokyo)"
sleep 3
all_full || die "planned: not FULL: $(ctl tokyo show neighbors)"
for s in london tokyo hanoi; do
	eval "stop \$log_$s"
	[ -z "$(moved $s)" ] || die "tokyo restarted as planned, $s moved: $(moved $s); $(events $s)"
done
say "tokyo: ended by SIGUSR1, started 9 s later: no route changed anywhere"

# it stays away: the dead interval is what counts, as ever
there() { ip -n "$P-hanoi" route show proto 147 | grep -q "10.1.0.0/24"; }
notthere() { ! there; }
there || die "no route to London"
log_routes hanoi
sleep 0.3
die_all london 0
poll 10 notthere || die "London is dead, its route stays"
stop "$log_hanoi"
moved hanoi | grep -q "Deleted 10.1.0.0/24" || die "nobody watches: $(cat "$W/hanoi.routes")"
sleep 6
daemon london; london=$pid
poll 20 all_full || die "not FULL after a long time: $(ctl tokyo show neighbors)"
poll 10 far || die "no ping after a long time"
events london | grep -q "graceful" && die "graceful, much too late: $(events london)"
say "away for 12 s: a start like any other"

# a stop withdraws, and what starts then is no restart
sleep 3
stop "$london"
poll 3 notthere || die "London was stopped, its route stays"
daemon london; london=$pid
poll 20 all_full || die "not FULL after a stop"
events london | grep -q "graceful" && die "graceful after a stop: $(events london)"
say "stopped: withdrawn at once, and a start like any other"
stop "$london" "$tokyo" "$hanoi"
