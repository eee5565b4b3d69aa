#!/bin/sh
# SPDX-License-Identifier: ISC
# Three sites: MD5 key and PSK are rolled over, one site after the other, under
# pings between all of them of which none is lost.  Then each class of change on
# the link of London and Tokyo, and a new key of a site, while London's link to
# Hanoi keeps its SPIs, its interface and its neighbour.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
three_sites
ALL="london tokyo hanoi"
AUTH='auth md5 1 $k1' PSK='$p1' LINK= key_london= key_tokyo= key_hanoi=
file() {	# SITE
	cat >"$W/$1.conf" <<END
include "secrets"
ospf { area 0.0.0.0  $AUTH  dead 1  hello 250ms }
mesh "corp" { tunnels 172.31.0.0/22  psk $PSK
site london { id 1 address 203.0.113.1 network 10.1.0.0/16 $key_london }
site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 $key_tokyo }
site hanoi { id 3 address 192.0.2.33 network 10.3.0.0/16 $key_hanoi }
$LINK
}
END
}
reload() { for _r; do file $_r; ctl "$_r" reload >"$W/out" 2>&1 || die "reload at $_r: $(cat "$W/out")"; done; }
two() { [ "$(ctl "$1" show neighbors | grep -c FULL/P2P)" = 2 ]; }
all_full() { two london && two tokyo && two hanoi; }
spi() { ctl "$1" -j show sa "$2" | grep -o '"spi_in":"[^"]*"' | sort; }
# pairs: a line for each tunnel end, "SITE PEER SPI..."
pairs() { for _a in $ALL; do for _b in $ALL; do [ $_a = $_b ] || echo $_a $_b $(spi $_a $_b); done; done; }
# every end has one pair, and another one than in FILE
fresh() {
	pairs >"$W/now"
	[ "$(awk 'NF == 3' "$W/now" | wc -l)" = 6 ] &&
	    ! cut -d ' ' -f 3 "$W/now" | grep -qFf "$1"
}
pings() {	# 50 a second between each two LANs, until hush
	jobs=
	for _x in "london 2" "tokyo 3" "hanoi 1"; do
		poll 10 in_ns "${_x% *}-lan" ping -c 1 -W 1 "10.${_x#* }.0.10" ||
		    die "no ping from ${_x% *}"
		bg "${_x% *}-lan" "$W/ping.${_x% *}" ping -D -i 0.02 "10.${_x#* }.0.10"
		jobs="$jobs $pid"
	done
	sleep 1
}
# ping writes what it has at SIGINT only
hush() { for _x in $jobs; do kill -INT "$_x"; wait "$_x" || :; done; }
none_lost() {
	stop_at=$1
	hush
	for _x in $ALL; do
		_n=$(grep -c "bytes from" "$W/ping.$_x")
		[ "$_n" -gt 20 ] || die "$stop_at: hardly a ping from $_x"
		lossless "$W/ping.$_x" "$_n" || die "$stop_at: from $_x: $(tail -n 3 "$W/ping.$_x")"
	done
}
lost() { ctl "$1" -j show events "$2" | grep -o '"what":"[^"]*"' | grep -cE '"down"|degraded|lost' || :; }
up_s() { ctl london -j show neighbors hanoi | sed -n 's/.*"uptime_s":\([0-9]*\).*/\1/p'; }
index() { ip -n "$P-london" -o link show "$1" | cut -d : -f 1; }

for s in $ALL; do file $s; daemon $s; eval "pid_$s=$pid"; done
poll 30 all_full || die "not FULL: $(ctl london show)"
poll 5 ping_lan || die "no ping"

# MD5: the second key is accepted by all, then sent by all, then the first goes
notice() { for _s in london:tokyo london:hanoi tokyo:hanoi; do lost ${_s%:*} ${_s#*:}; done; }
had=$(notice)
pings
for AUTH in 'auth md5 1 $k1 auth md5 2 $k2 send 1' 'auth md5 1 $k1 auth md5 2 $k2 send 2' 'auth md5 2 $k2'; do
	for s in $ALL; do reload $s; sleep 1.2; done	# longer than the dead interval
done
sleep 1.2
all_full || die "MD5: $(ctl london show neighbors; ctl tokyo show neighbors)"
[ "$(notice)" = "$had" ] || die "MD5: an adjacency fell: $(ctl london show events)"
none_lost MD5
say "MD5 key rolled over at three sites, no packet lost"

# PSK: each step is proven by a new handshake of all pairs
pings
for PSK in '{ $p1, $p2 }' '{ $p2, $p1 }' '$p2'; do
	for s in $ALL; do reload $s; done
	pairs | cut -d ' ' -f 3 >"$W/was"
	ctl london restart all; ctl tokyo restart hanoi
	poll 20 fresh "$W/was" || die "PSK $PSK: $(cat "$W/now"; ctl london show ike)"
done
none_lost PSK
say "PSK rolled over at three sites, no packet lost"

# what Hanoi's link is, and that it does not change
facts() { echo "$(spi london hanoi) $(spi hanoi london) $(index gs-hanoi) $(lost london hanoi) $(lost hanoi london)"; }
begin() { poll 20 all_full || die "$1: not FULL before"; before=$(facts) age=$(up_s) tokyo_spi=$(spi london tokyo) tokyo_index=$(index gs-tokyo); pings; }
class() { ctl london reload -n >"$W/out"; grep -q "$1" "$W/out" || die "class $1: $(cat "$W/out")"; }
end() {
	[ "$(facts)" = "$before" ] || die "$1: Hanoi's link was $before, is $(facts)"
	[ "$(up_s)" -ge "$age" ] || die "$1: Hanoi's adjacency is new"
}
same_tokyo() { [ "$(spi london tokyo)" = "$tokyo_spi" ] && [ "$(index gs-tokyo)" = "$tokyo_index" ] || die "$1: Tokyo's SPIs or interface"; }
change() { LINK="link london tokyo { $2 }"; begin "$1"; file london; class "$3"; reload london tokyo; }

change description 'description "the old cable"' "nothing to do"
sleep 0.5; same_tokyo description; none_lost description; end description
change cost "metric 17" "in place, nothing restarts"
metric() { ctl london show rib 10.2.0.0/24 | grep -q "^10.2.0.0/24 .* 2[07] "; }
poll 10 metric || die "cost: $(ctl london show rib)"
same_tokyo cost; none_lost cost; end cost
chacha='ipsec { proposal "chacha20poly1305" }'
change "ESP proposal" "$chacha" "new child SAs"
other() { ctl london show sa tokyo | grep -q chacha20poly1305 && [ "$(spi london tokyo | wc -l)" = 1 ]; }
poll 20 other || die "ESP proposal: $(ctl london show sa)"
[ "$(index gs-tokyo)" = "$tokyo_index" ] || die "ESP proposal: interface"
none_lost "ESP proposal"; end "ESP proposal"
change "PSK of the link" "$chacha"'  psk $p1' "in place, nothing restarts"
newer() { [ "$(spi london tokyo | wc -l)" = 1 ] && [ "$(spi london tokyo)" != "$tokyo_spi" ]; }
ctl london restart tokyo
poll 20 newer || die "PSK of the link: $(ctl london show ike)"
[ "$(index gs-tokyo)" = "$tokyo_index" ] || die "PSK of the link: interface"
none_lost "PSK of the link"; end "PSK of the link"
change "interface" "$chacha"'  psk $p1  interface gs-east' "made anew"
there() { ip -n "$P-london" link show gs-east >/dev/null 2>&1 && ! ip -n "$P-london" link show gs-tokyo >/dev/null 2>&1; }
poll 10 there || die "interface: $(ip -n "$P-london" link)"
hush
end interface
LINK=; reload london tokyo
poll 20 all_full || die "interface: not FULL again: $(ctl london show)"
# both ends begin anew, each when its device is open, and of two SAs one goes:
# until nothing has changed for a second
both_spis() { echo "$(spi london tokyo) $(spi tokyo london)"; }
settled() {
	_was=$(both_spis)
	sleep 1
	[ "$(both_spis)" = "$_was" ] && [ "$(echo "$_was" | wc -w)" = 2 ] &&
	    [ "$(ctl london -j show ike tokyo | grep -o '"state":"' | wc -l)" = 1 ] &&
	    [ "$(ctl tokyo -j show ike london | grep -o '"state":"' | wc -l)" = 1 ] && all_full
}
poll 20 settled || die "interface: it does not settle: $(ctl london show ike; ctl tokyo show ike)"
fell=$(lost london tokyo)
change "prefix" "prefix 30" "in place; OSPF begins anew"
again() { [ "$(lost london tokyo)" -gt "$fell" ] && all_full; }
poll 10 again || die "prefix: $(ctl london show events tokyo; ctl london show neighbors)"
same_tokyo prefix; hush; end prefix
change "disable" "disable" "taken down: its SAs and interface go"
away() { [ -z "$(spi london tokyo)" ] && ! ip -n "$P-london" link show gs-tokyo >/dev/null 2>&1; }
poll 10 away || die "disable: $(ctl london show sa; ip -n "$P-london" link)"
hush; end disable
LINK=; file london; class "(started)"
reload london tokyo
poll 20 all_full || die "disable: not FULL again: $(ctl london show)"
for LINK in 'link london tokyo { interface gs-hanoi } link london hanoi { interface gs-tokyo }' ''; do
	old="$(spi london tokyo) $(spi london hanoi)"
	file london; class "made anew"
	reload london
	# with SAs of the new devices: OSPF and a way round outlive the old ones
	swapped() {
		for _s in tokyo hanoi; do
			_now=$(spi london $_s)
			[ "$(echo "$_now" | wc -w)" = 1 ] || return 1
			case $old in *"$_now"*) return 1 ;; esac
		done
		all_full
	}
	poll 20 swapped || die "interfaces swapped: $(ctl london show; ip -n "$P-london" addr)"
	poll 5 ping_lan || die "interfaces swapped: no ping: $(ip -n "$P-london" route; ip -n "$P-london" addr; ctl london show rib; ctl london show neighbors; ctl london show fib)"
done
say "description, cost, proposal, key, interface, prefix, disable of one link: the other does not notice"
say "two names of interfaces swapped"

# keys instead of the PSK, and then another one at Tokyo
for s in $ALL; do eval "key_$s=\$(cat '$W/$s/pub')"; done
pairs | cut -d ' ' -f 3 >"$W/was"
reload $ALL
poll 30 fresh "$W/was" || die "keys: $(cat "$W/now"; ctl london show ike)"
poll 20 all_full || die "keys: not FULL"
begin "key of a site"
rm "$W/tokyo/key"
key_tokyo=$("$GSC" keygen -o "$W/tokyo/key")
file london; class "new IKE SA"
reload $ALL
poll 40 newer || die "key of a site: $(ctl london show ike; ctl tokyo show ike)"
poll 20 all_full || die "key of a site: not FULL"
[ "$(index gs-tokyo)" = "$tokyo_index" ] || die "key of a site: interface"
none_lost "key of a site"; end "key of a site"
say "another key of a site: new IKE SAs of its links, no packet lost"
for s in $ALL; do eval "stop \$pid_$s"; done
