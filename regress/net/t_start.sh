#!/bin/sh
# SPDX-License-Identifier: ISC
# Both ends are started in the same moment, again and again: each time there is
# one IKE SA, whose SPIs both ends know, and one pair of child SAs.  In between
# both press restart at once, with the same end.  The engines do it some hundred
# times in regress/scenario, under loss as well.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
# so that what one sends has not arrived when the other one begins
bad_line 11 "delay 15"
OSPF="dead 4  hello 1s"
conf 203.0.113.1 198.51.100.7
pair() { ctl "$1" -j show sa | grep -o '"spi_\(in\|out\)":"[^"]*"' | cut -d '"' -f 4 | sort | tr '\n' ' '; }
ikes() { ctl "$1" -j show ike | grep -o '"spi_i":"[^"]*","spi_r":"[^"]*"' | sort | tr '\n' ' '; }
# one IKE SA and one pair, the same here and there, and others than before
one() {
	i_l=$(ikes london) i_t=$(ikes tokyo) p_l=$(pair london) p_t=$(pair tokyo)
	[ "$(echo $i_l | wc -w)" = 1 ] && [ "$i_l" = "$i_t" ] &&
	    [ "$(echo $p_l | wc -w)" = 2 ] && [ "$p_l" = "$p_t" ] &&
	    [ "$i_l" != "$was" ]
}
seen() { echo "ike: $i_l| $i_t; sa: $p_l| $p_t"; ctl london show events tokyo | tail -n 20; }
# at_once LONDON TOKYO: two commands, held by one gate
mkfifo "$W/gate"
exec 7<>"$W/gate"
at_once() {
	# a line for each, that one who comes late finds as well
	{ read -r _ <&7; exec 7<&-; eval "$1"; } & _a=$!
	{ read -r _ <&7; exec 7<&-; eval "$2"; } & _b=$!
	PID_LIST="$PID_LIST $_a $_b"
	sleep 0.02
	printf '\n\n' >&7
}
run() { echo "exec ip netns exec $P-$1 '$GSD' -d -vv -f '$W/conf' -S '$W/$1/sock' -p '$W/$1/pid' -D '$W/$1' -k '$W/$1/key' >>'$W/$1/log' 2>&1 </dev/null"; }
mkdir -p "$W/london" "$W/tokyo"
was= i=0 n=0 crossed=0
end=$(($(date +%s) + 60))
while [ $i -lt 200 ] && [ "$(date +%s)" -lt $end ]; do
	at_once "$(run london)" "$(run tokyo)"
	london=$_a tokyo=$_b
	poll 15 one || die "start $i: $(seen)"
	was=$i_l
	i=$((i + 1))
	c=$(ctl london show counters | sed -n 's/^ike *\([0-9]*\) collisions$/\1/p')
	crossed=$((crossed + (${c:-0} > 0)))
	# the start of the peer is of the past; both make another, at once
	if [ $((i % 4)) = 0 ]; then
		at_once "'$GSC' -s '$W/london/sock' restart all" \
		    "'$GSC' -s '$W/tokyo/sock' restart all"
		wait "$_a" "$_b"
		poll 15 one || die "restart $i: $(seen)"
		n=$((n + 1))
		! ctl london show events tokyo | grep -q "ike-down" ||
		    die "restart $i: both SAs went: $(seen)"
		was=$i_l
	fi
	kill -9 $(ip netns pids "$P-london") $(ip netns pids "$P-tokyo") 2>/dev/null || :
	wait "$london" "$tokyo" 2>/dev/null || :
	empty() { [ -z "$(ip netns pids "$P-london")$(ip netns pids "$P-tokyo")" ]; }
	poll 5 empty || die "children live on"
done
[ $i -ge 4 ] || die "only $i starts"
say "$i starts at once ($crossed crossed), $n restarts at once: one IKE SA, one pair each time"
