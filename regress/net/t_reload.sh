#!/bin/sh
# SPDX-License-Identifier: ISC
# A reload does what its class says and no more: SPIs, interface indexes and
# the life of adjacencies are compared, under pings of which none may be lost.
# Then the difference without applying it, the trial with and without confirm,
# keys that are rolled over one site after the other, a bad file; clear
# neighbor, fib decouple and couple.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun

three_sites
# file SITE AUTH PSK [MORE-IN-MESH]: the file of one site
file() {
	cat >"$W/$1.conf" <<END
include "secrets"
ospf { area 0.0.0.0  $2  dead 1  hello 250ms }
mesh "corp" { tunnels 172.31.0.0/22  psk $3
site london { id 1 address 203.0.113.1 network 10.1.0.0/16 }
site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 }
${4:-}
}
END
}
one='auth md5 1 $k1'
both() { file london "$@"; file tokyo "$@"; }
reload() { for _r; do ctl "$_r" reload >"$W/out" 2>&1 || die "reload at $_r: $(cat "$W/out")"; done; }
index() { ip -n "$P-$1" -o link show "gs-$2" | cut -d : -f 1; }
# how often London lost a neighbor or its tunnel
lost() { ctl london -j show events tokyo | grep -o '"what":"[^"]*"' | grep -cE 'lost|"down"|degraded' || :; }
# what must not change where nothing was changed
facts() { echo "$(spis london)" "$(spis tokyo)" "$(index london tokyo)" "$(lost)"; }
pings() { in_ns london-lan ping -D -i 0.01 -c "$1" 10.2.0.10 >"$W/ping" 2>&1 & ping=$!; PID_LIST="$PID_LIST $ping"; n_pings=$1; }
none_lost() {
	wait "$ping" || :
	lossless "$W/ping" "$n_pings" || die "$1: $(tail -n 3 "$W/ping")"
}
same() { [ "$(facts)" = "$before" ] || die "$1: was $before, is $(facts)"; }
rib() { ctl "$1" show rib "$2" | grep -q -- "$3"; }

both "$one" '$p1'
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping"

# the difference, without applying it
before=$(facts)
file london "$one" '$p1' 'metric 7
site hanoi { id 3 address 192.0.2.33 network 10.3.0.0/16 }'
ctl london reload -n >"$W/out" || die "reload -n: $(cat "$W/out")"
grep -q "^~ tunnel tokyo .*metric 10 -> 7" "$W/out" || die "no ~: $(cat "$W/out")"
grep -q "in place" "$W/out" || die "no class: $(cat "$W/out")"
grep -q "^+ tunnel hanoi .*gs-hanoi.*172.31.0" "$W/out" || die "no +: $(cat "$W/out")"
grep -q "3 sites (was 2)" "$W/out" || die "no count: $(cat "$W/out")"
grep -q "^+ network elsewhere 10.3.0.0/16" "$W/out" || die "no network: $(cat "$W/out")"
grep -q "Nothing applied" "$W/out" || die "no end: $(cat "$W/out")"
awk 'length($0) > 80 { exit 1 }' "$W/out" || die "wide: $(cat "$W/out")"
same "reload -n"
! ip -n "$P-london" link show gs-hanoi >/dev/null 2>&1 || die "-n made an interface"
say "reload -n shows and leaves alone"

# a bad file: every error, and nothing happens
file london "$one" '$p1' 'metrik 7
site hanoi { id x address 192.0.2.33 network 10.3.0.0/16 }'
set +e; ctl london reload >"$W/out" 2>&1; rc=$?; set -e
[ $rc = 1 ] && [ "$(grep -c "london.conf:[0-9]*:[0-9]*: " "$W/out")" -ge 2 ] ||
    die "bad file: $rc $(cat "$W/out")"
# each once
grep -q "^greipsecctl: refused, nothing is changed" "$W/out" || die "bad file: the end: $(cat "$W/out")"
# wrapped, not torn
! grep "^/. " "$W/out" || die "torn: $(cat "$W/out")"
same "bad file"
say "a bad file changes nothing"

# in place: metric, a network, and a site that the others do not notice
pings 300
both "$one" '$p1' 'metric 7'
reload london tokyo
poll 5 rib london 10.2.0.0/24 "^10.2.0.0/24 .* 17 " || die "metric: $(ctl london show rib)"
same metric
ip -n "$P-tokyo" link add extra type veth peer name extra-p
ip -n "$P-tokyo" addr add 10.22.0.1/24 dev extra
ip -n "$P-tokyo" link set extra up; ip -n "$P-tokyo" link set extra-p up
both "$one" '$p1' 'metric 7'
sed -i 's|network 10.2.0.0/16|network { 10.2.0.0/16, 10.22.0.0/16 }|' "$W"/*.conf
reload london tokyo
poll 5 rib london 10.22.0.0/24 172.31 || die "network: $(ctl london show rib)"
ip -n "$P-london" route show 10.22.0.0/16 | grep -q unreachable || die "no guard for it"
same network
three='metric 7
site hanoi { id 3 address 192.0.2.33 network 10.3.0.0/16 }'
for s in london tokyo hanoi; do file $s "$one" '$p1' "$three"; done
pairs=$({ spis london; spis tokyo; } | sort)
number=$(index london tokyo) had=$(lost)
reload london tokyo
daemon hanoi; hanoi=$pid
three_full() { [ "$(ctl london show neighbors | grep -c FULL/P2P)" = 2 ] &&
    [ "$(ctl tokyo show neighbors | grep -c FULL/P2P)" = 2 ]; }
poll 20 three_full || die "hanoi: $(ctl london show)"
none_lost "in place"
[ "$(spis london | wc -l)" = 2 ] || die "SAs: $(spis london)"
[ "$(index london tokyo) $(lost)" = "$number $had" ] || die "a site more was noticed"
for spi in $pairs; do
	{ spis london; spis tokyo; } | grep -qF "$spi" || die "a site more: $spi is gone"
done
say "metric, network and a new site: in place"

# and gone again
both "$one" '$p1' 'metric 7'
reload london tokyo
gone() { ! ip -n "$P-london" link show gs-hanoi; }
poll 5 gone || die "the interface of a removed site is there"
! ip -n "$P-london" route show 10.3.0.0/16 | grep -q . || die "its guard is there"
stop "$hanoi"
before=$(facts)

# MD5: a second key, then sent, then the first goes; one site after the other
pings 900
for auth in 'auth md5 1 $k1 auth md5 2 $k2 send 1' \
    'auth md5 1 $k1 auth md5 2 $k2 send 2' 'auth md5 2 $k2'; do
	for s in london tokyo; do
		file $s "$auth" '$p1' 'metric 7'
		reload $s
		sleep 1.2		# the dead interval and more
		full || die "MD5 rollover: $auth at $s: $(ctl $s show neighbors)"
	done
done
same "MD5 rollover"
none_lost "MD5 rollover"
say "MD5 key rolled over, no packet lost"

# PSK: the second is accepted, then offered, then the first goes; each time a
# handshake proves what is there
key2='auth md5 2 $k2'
pings 1500
for psk in '{ $p1, $p2 }' '{ $p2, $p1 }' '$p2'; do
	for s in london tokyo; do
		file $s "$key2" "$psk" 'metric 7'
		reload $s
		was=$(spis $s)
		ctl $s restart all
		fresh() { [ "$(spis $s)" != "$was" ] && [ "$(spis $s | wc -l)" = 1 ]; }
		poll 8 fresh || die "PSK rollover: $psk at $s: $(ctl $s show ike)"
	done
done
none_lost "PSK rollover"
say "PSK rolled over, no packet lost"

# classes rekey and new IKE SA: other SPIs, the same interface and neighbor
poll 15 full || die "not FULL"
number=$(index london tokyo) had=$(lost)
pings 1000
was=$(spis london)
one_new() { [ "$(spis london)" != "$was" ] && [ "$(spis london | wc -l)" = 1 ] &&
    ctl london show sa | grep -q "$1"; }
both "$key2" '$p2' 'metric 7  ipsec { proposal { "chacha20poly1305", "aes256gcm16" } }'
reload london tokyo
poll 10 one_new chacha20poly1305 || die "ESP proposal: $(ctl london show sa)"
both "$key2" '$p2' 'metric 7  ike { proposal "aes256gcm16-prfsha512-ecp384" }'
ctl london reload -n | grep -q "new IKE SA" || die "class of an IKE proposal"
reload london tokyo
suite() { ctl london -j show ike | grep -q "prfsha512-ecp384" && [ "$(spis london | wc -l)" = 1 ]; }
poll 20 suite || die "IKE proposal: $(ctl london show ike)"
[ "$(index london tokyo) $(lost)" = "$number $had" ] ||
    die "proposals: noticed: $(ctl london show events)"
none_lost proposals
say "other proposals: new SAs, same interface, same adjacency"

# a trial that nobody confirms, one that is taken back, one that is confirmed
cost() { rib london 10.2.0.0/24 "^10.2.0.0/24 .* $1 "; }
poll 5 cost 17 || die "cost"
before=$(facts)
file london "$key2" '$p2' 'metric 40  ike { proposal "aes256gcm16-prfsha512-ecp384" }'
ctl london reload -c 2 >"$W/out" || die "-c: $(cat "$W/out")"
grep -q "Taken back in 2 s unless" "$W/out" || die "-c: $(cat "$W/out")"
poll 2 cost 50 || die "on trial: $(ctl london show rib)"
ctl london show >"$W/out" || :
tr -s '\n ' ' ' <"$W/out" | grep -q "comes back in [12] s" || die "show on trial: $(cat "$W/out")"
set +e; ctl london reload >"$W/out" 2>&1; rc=$?; set -e
[ $rc = 1 ] && grep -q "waits for" "$W/out" || die "reload on trial: $rc $(cat "$W/out")"
poll 5 cost 17 || die "not taken back: $(ctl london show rib)"
ctl london show events >"$W/out"; grep -q taken-back "$W/out" || die "no event: $(cat "$W/out")"
ctl london show | tr -s '\n ' ' ' | grep -q "not what is in force" || die "show after it: $(ctl london show)"
ctl london reload -c 5m >/dev/null
poll 2 cost 50 || die "second trial"
ctl london undo || die "undo"
poll 5 cost 17 || die "undone: $(ctl london show rib)"
ctl london reload -c 2 >/dev/null
ctl london confirm || die "confirm"
set +e; ctl london confirm >"$W/out" 2>&1; rc=$?; set -e
[ $rc = 1 ] && grep -q "nothing waits" "$W/out" || die "confirm twice: $rc"
sleep 2.5
cost 50 || die "confirmed and taken back"
same "trial"
say "reload -c, undo, confirm"

# the operator's other switches
ctl london fib decouple
bare() { ! ip -n "$P-london" route show proto 147 | grep -q "10.2.0.0/24"; }
poll 3 bare || die "decoupled: $(ip -n "$P-london" route)"
ip -n "$P-london" route show 10.2.0.0/16 | grep -q unreachable || die "decoupled: no guard"
cost 50 || die "decoupled: the rib"
ctl london show | tr -s '\n ' ' ' | grep -q "kept out of the kernel" || die "show: decoupled"
ctl london fib couple
poll 3 ping_lan || die "coupled"
same "fib decouple"
ctl london clear neighbor tokyo
more_lost() { [ "$(lost)" -gt "${before##* }" ]; }
poll 5 more_lost || die "clear neighbor did nothing: $(ctl london show events)"
poll 10 full || die "cleared: $(ctl london show neighbors)"
poll 5 ping_lan || die "cleared: no ping"
set +e; ctl london clear neighbor paris >"$W/out" 2>&1; rc=$?; set -e
[ $rc = 1 ] && grep -q "no such tunnel" "$W/out" || die "clear neighbor paris: $rc"
say "fib decouple and couple, clear neighbor"

# an address that becomes dynamic and another site's: who was here stays, and
# comes back
file london "$key2" '$p2' 'site osaka { id 3 address 198.51.100.7 }'
sed -i '/site tokyo/s/address [0-9.]*/address dynamic/' "$W/london.conf"
number=$(index london tokyo)
reload london
ip -n "$P-london" link show gs-osaka >/dev/null || die "no tunnel to osaka"
[ "$(index london tokyo)" = "$number" ] || die "another tunnel to tokyo"
both "$key2" '$p2'
reload london tokyo
no_osaka() { ! ip -n "$P-london" link show gs-osaka; }
poll 5 no_osaka || die "the tunnel to osaka is there"
poll 30 full || die "moved: $(ctl london show)"
[ "$(index london tokyo)" = "$number" ] || die "another tunnel to tokyo after it"
say "an address that moves to another site and back"

# other inner addresses and interface names, while routes are in use: a route
# that was right a moment before is no fault of ospf's
ospf_pids() { child ospf "$london"; child ospf "$tokyo"; }
was=$(ospf_pids)
poll 5 rib london 10.2.0.0/24 172.31.0 || die "no route: $(ctl london show rib)"
for range in 172.31.8 172.31.16; do
	both "$key2" '$p2'
	sed -i "s/tunnels 172.31.0/tunnels $range/; /site /s/}/ interface w${range##*.} }/" "$W"/*.conf
	reload london tokyo
	poll 20 rib london 10.2.0.0/24 "$range" || die "renumbered: $(ctl london show rib)"
	poll 20 rib tokyo 10.1.0.0/24 "$range" || die "renumbered: $(ctl tokyo show rib)"
	poll 5 ping_lan || die "renumbered: no ping"
	ip -n "$P-london" link show "w${range##*.}" >/dev/null || die "no w${range##*.}"
done
[ "$(ospf_pids)" = "$was" ] || die "ospf was restarted: $(ctl london show events)"
say "tunnels renumbered and renamed"
stop "$london" "$tokyo"
