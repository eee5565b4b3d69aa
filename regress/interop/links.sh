# SPDX-License-Identifier: ISC
# Sourced by t_frr_links.sh and t_bird_links.sh, which set PEER: three of ours
# around FRR or BIRD, with MD5.  The whole route table of each is compared.
#	a	/30 at both ends, the peer's MTU is larger
#	b	/30 here, an address with a peer there (/32), its MTU is smaller
#	c	an address with a peer here (/32), /30 there
. "$TOP/regress/interop/lib_ospf.sh"
need nft
need tcpdump
need tshark
preload net/fakeclock

ns a; ns b; ns c; ns p
veth a eth0 172.31.0.1/30 p eth0 172.31.0.2/30
veth b eth0 172.31.0.5/30 p eth1 172.31.0.6/32
veth c eth0 172.31.0.9/32 p eth2 172.31.0.10/30
ip -n "$P-p" addr flush dev eth1
ip -n "$P-p" addr add 172.31.0.6 peer 172.31.0.5/32 dev eth1
ip -n "$P-c" addr flush dev eth0
ip -n "$P-c" addr add 172.31.0.9 peer 172.31.0.10/32 dev eth0
ip -n "$P-p" link set eth1 mtu 1380
veth p lan 10.9.0.1/24 p lan2 10.10.0.1/24

# ours NAME RID ADDR PEER MTU STUB COST IFCOST KEYS
ours() {
	printf 'rid %s\nstub %s %s\niface eth0 addr %s peer %s mtu %s cost %s hello 1000 dead 4000 rxmt 2000 %s\n' \
	    "$2" "$6" "$7" "$3" "$4" "$5" "$8" "$9" >"$W/$1.ospf"
}
all_ours() {	# KEYS
	ours a 10.0.0.1 172.31.0.1/30 172.31.0.2 1400 10.1.0.0/16 10 10 "$1"
	ours b 10.0.0.3 172.31.0.5/30 172.31.0.6 1500 10.3.0.0/16 "${b_stub:-7}" "${b_cost:-10}" "$1"
	ours c 10.0.0.4 172.31.0.9/32 172.31.0.10 1500 10.4.0.0/16 10 10 "$1"
}
reload_ours() { all_ours "$1"; for _n in a b c; do reload $_n; done; }

# peer_conf ID:TEXT...: its file, with these keys; sends with the last one
peer_conf() {
	case $PEER in
	frr)
		{
		for _i in 0 1 2; do
			printf 'interface eth%s\n ip ospf area 0\n ip ospf network point-to-point\n' $_i
			printf ' ip ospf authentication message-digest\n'
			for _y; do printf ' ip ospf message-digest-key %s md5 %s\n' "${_y%:*}" "${_y#*:}"; done
			printf ' ip ospf hello-interval 1\n ip ospf dead-interval 4\n ip ospf retransmit-interval 2\n'
			[ $_i != 1 ] || printf ' ip ospf cost %s\n' "$p_cost"
		done
		printf 'interface lan\n ip ospf area 0\n ip ospf passive\n'
		printf 'router ospf\n ospf router-id 10.0.0.2\n timers throttle spf 0 50 200\n'
		} >"$W/p.frr" ;;
	bird)
		_pw=
		for _y; do _pw="password \"${_y#*:}\" { id ${_y%:*}; algorithm keyed md5; }; $_pw"; done
		cat >"$W/p.bird" <<-END
		router id 10.0.0.2;
		protocol device { scan time 1; }
		protocol kernel { ipv4 { export where source = RTS_OSPF; }; merge paths yes; }
		protocol ospf v2 ospf1 { tick 1; area 0 {
		$(for _i in 0 1 2; do
			echo "interface \"eth$_i\" { type ptp; cost $([ $_i = 1 ] && echo $p_cost || echo 10);"
			echo "hello 1; dead 4; retransmit 2; authentication cryptographic; $_pw };"
		done)
		interface "lan" { stub; cost 10; };
		}; }
		END
		;;
	esac
}
p_cost=30
peer_start() { $PEER p; }
peer_kill() {	# without a word, and what is in its kernel stays
	kill -9 "$p_pid"
	wait "$p_pid" 2>/dev/null || :
	[ $PEER = frr ] || return 0
	_z=$(cat "$W/frr-p/zebra.pid")
	kill -9 "$_z"
	poll 5 sh -c "! kill -0 $_z" || die "zebra lives"
	rm -rf "$W/frr-p"
}
# peer_key add|del ID TEXT [ID:TEXT...]: one key more or less, as an
# administrator does it; then it has those
peer_key() {
	_w=$1 _k=$2 _t=$3; shift 3
	peer_conf "$@"
	[ $PEER = frr ] || { birdq p configure >"$W/birdc" || die "birdc: $(cat "$W/birdc")"; return 0; }
	for _i in 0 1 2; do
		case $_w in
		add) vty p 'conf t' "interface eth$_i" "ip ospf message-digest-key $_k md5 $_t" ;;
		del) vty p 'conf t' "interface eth$_i" "no ip ospf message-digest-key $_k" ;;
		esac
	done
}
peer_cost() {
	p_cost=$1; shift
	peer_conf "$@"
	case $PEER in
	frr) vty p 'conf t' 'interface eth1' "ip ospf cost $p_cost" ;;
	bird) birdq p configure >"$W/birdc" || die "birdc: $(cat "$W/birdc")" ;;
	esac
}

# zebra installs no route to an address by way of itself
[ $PEER != frr ] || NOT_IN_KERNEL=172.31.0.9/32
# tables WHAT: all four have what follows from $b_stub, $b_cost and $p_cost
tables() {
	cat >"$W/a.routes" <<-END
	10.3.0.0/16 $((10 + p_cost + b_stub)) 172.31.0.2@eth0
	10.4.0.0/16 30 172.31.0.2@eth0
	10.9.0.0/24 20 172.31.0.2@eth0
	172.31.0.4/30 $((10 + p_cost + b_cost)) 172.31.0.2@eth0
	172.31.0.8/30 20 172.31.0.2@eth0
	172.31.0.9/32 20 172.31.0.2@eth0
	END
	cat >"$W/b.routes" <<-END
	10.1.0.0/16 $((b_cost + 20)) 172.31.0.6@eth0
	10.4.0.0/16 $((b_cost + 20)) 172.31.0.6@eth0
	10.9.0.0/24 $((b_cost + 10)) 172.31.0.6@eth0
	172.31.0.0/30 $((b_cost + 10)) 172.31.0.6@eth0
	172.31.0.8/30 $((b_cost + 10)) 172.31.0.6@eth0
	172.31.0.9/32 $((b_cost + 10)) 172.31.0.6@eth0
	END
	cat >"$W/c.routes" <<-END
	10.1.0.0/16 30 172.31.0.10@eth0
	10.3.0.0/16 $((10 + p_cost + b_stub)) 172.31.0.10@eth0
	10.9.0.0/24 20 172.31.0.10@eth0
	172.31.0.0/30 20 172.31.0.10@eth0
	172.31.0.4/30 $((10 + p_cost + b_cost)) 172.31.0.10@eth0
	172.31.0.8/30 20 172.31.0.10@eth0
	END
	cat >"$W/p.routes" <<-END
	10.1.0.0/16 20 172.31.0.1@eth0
	10.3.0.0/16 $((p_cost + b_stub)) 172.31.0.5@eth1
	10.4.0.0/16 20 172.31.0.9@eth2
	172.31.0.4/30 $((p_cost + b_cost)) 172.31.0.5@eth1
	172.31.0.9/32 10 172.31.0.9@eth2
	END
	routes_are "$1" a b c p
}
full_all() {	# WHAT [NAME...]
	_w=$1; shift
	[ $# -gt 0 ] || set -- a b c
	for _n; do
		poll 30 st "$_n" '^nbr eth0 10.0.0.2 FULL' ||
		    die "$_w: $_n is not FULL: $(cat "$W/$_n.st")"
	done
}
# falls NAME: how often its neighbour was FULL and is no more
falls() { grep -c 'FULL ->' "$W/$1.log" || :; }
steady() {	# WHAT NAME N: that many
	[ "$(falls "$2")" = "$3" ] ||
	    die "$1: $2 lost its neighbour: $(grep FULL "$W/$2.log")"
}
# sent FROM: the sequence numbers of its packets, as captured
sent() {
	HOME=$W tshark -n -r "$W/seq.pcap" -Y "ip.src == $1" \
	    -T fields -e ospf.auth.crypt.seq_nbr 2>/dev/null
}
# st_count NAME COUNTER: its number
st_count() { sed -n "s/^count $2 //p" "$W/$1.st" | grep . || echo 0; }
# packets WORD: counted under it
packets() {
	in_ns p nft list ruleset |
	    sed -n "s/.*counter packets \([0-9]*\) .*comment \"$1\".*/\1/p"
}
more() { [ "$(packets "$1")" -ge "$2" ]; }
# using KEY-ID: both ends of each link send with it, from now on
using() {
	in_ns p nft flush ruleset
	{
	echo 'table ip watch {'
	for _d in in out; do
		echo "chain $_d { type filter hook ${_d}put priority 0;"
		for _i in 0 1 2; do
			echo "${_d%put}ifname eth$_i meta l4proto 89 @th,144,8 $1 counter comment \"$_d$_i\";"
			echo "${_d%put}ifname eth$_i meta l4proto 89 @th,144,8 != $1 counter comment \"other$_d$_i\";"
		done
		echo '}'
	done
	echo '}'
	} | sed 's/^inifname/iifname/; s/^outifname/oifname/' | in_ns p nft -f -
	for _i in 0 1 2; do
		for _d in in out; do
			poll 10 more "$_d$_i" 2 ||
			    die "key $1: not used: $(in_ns p nft list ruleset)"
		done
	done
}

b_stub=7 b_cost=10
all_ours "key 1:first"
peer_conf 1:first
bg a "$W/dump.log" tcpdump -Z root --immediate-mode -s 200 -U -i eth0 \
    -w "$W/seq.pcap" proto 89; dump=$pid
poll 5 grep -q listening "$W/dump.log" || die "tcpdump"
peer_start
for n in a b c; do drive $n; done
full_all start
st a 'FULL MTU 1500 there, 1400 here: accepted' || die "a: MTU not named"
st b 'FULL MTU 1380 there, 1500 here: accepted' || die "b: MTU not named"
tables start
say "FULL: MTU larger and smaller there, /30 against /32 both ways, all tables"

sent 172.31.0.2 | uniq -d >"$W/equal"
if [ -s "$W/equal" ]; then
	for n in a b c; do
		st $n '^count drop: sequence number' &&
		    die "equal: $n: $(cat "$W/$n.st")"
	done
	say "sequence numbers sent twice and more: $(wc -l <"$W/equal"), taken"
elif [ $PEER = bird ]; then
	die "BIRD's numbers were all different: $(sent 172.31.0.2)"
fi

p_cost=55; peer_cost 55 1:first
tables "metric there"
b_stub=17; all_ours "key 1:first"; reload b
tables "metric of a network here"
b_cost=25; all_ours "key 1:first"; reload b
tables "metric of a link here"
say "metrics changed there and here: all tables"

# both accept 2, then both send it, then 1 goes
using 1
all_ours "key 1:first key 2:second send 1"; for n in a b c; do reload $n; done
peer_key add 2 second 1:first 2:second
poll 10 more out0 1 || die "keys"
all_ours "key 1:first key 2:second send 2"; for n in a b c; do reload $n; done
using 2
peer_key del 1 first 2:second
all_ours "key 2:second"; for n in a b c; do reload $n; done
using 2
# FRR writes the key id when it makes a packet, and takes the key when it sends
# it: one that a change of keys comes between is wrong
spoilt=0
[ $PEER != frr ] || spoilt=1
for n in a b c; do
	steady keys $n 0
	! st $n '^count drop: key id' && [ "$(st_count $n "drop: digest")" -le $spoilt ] ||
	    die "keys: $n: $(cat "$W/$n.st")"
done
in_ns p nft flush ruleset
tables keys
say "keys changed, no packet of ours refused, no neighbour lost"

# killed without a word; comes again with a clock that is an hour slow, so its
# sequence numbers begin below those that we have seen
old=$(sent 172.31.0.2 | tail -n 1)
peer_kill
PEER_ENV="LD_PRELOAD=$PRELOAD GS_CLOCK=-3600"
peer_start
lower() { [ "$(sent 172.31.0.2 | tail -n 1)" -lt $((old - 1800)) ]; }
poll 10 lower || die "the numbers did not fall: $old, $(sent 172.31.0.2 | tail -n 1)"
fell() { [ "$(falls "$1")" = 1 ]; }
for n in a b c; do poll 10 fell $n || die "killed: $n does not notice"; done
full_all "killed"
tables "killed"
for n in a b c; do steady killed $n 1; done
st a '^count drop: sequence number' || die "fallen numbers were not refused: $(cat "$W/a.st")"
say "killed and back with fallen sequence numbers: all tables"

kill -9 "$b_pid"
wait "$b_pid" 2>/dev/null || :
drive b
full_all "our end killed"
tables "our end killed"
for n in a c; do steady "our end killed" $n 1; done
say "our end killed and back: all tables"

if [ -s "$W/equal" ]; then
	was=$(st_count a "drop: sequence number")
	refused() { [ "$(st_count a "drop: sequence number")" -gt "$was" ]; }
	b_stub=27; all_ours "key 2:second"
	sed -i 's/key 2/strict 1 &/' "$W/a.ospf"; reload a
	reload b	# what it tells makes a burst
	poll 20 refused || die "strict: equal numbers were taken: $(cat "$W/a.st")"
	all_ours "key 2:second"; reload a
	tables "strict"
	say "with \`sequence strict' equal ones are refused"
fi
stop "$dump"

# a and c lose the peer, which does not notice; c tells it at once, a's Hellos
# that name no neighbour (44 bytes) are lost, and BIRD drops a's MTU
for n in a c; do
	in_ns $n nft -f - <<-END
	table ip deaf { chain in { type filter hook input priority 0; ip protocol 89 drop; }; }
	END
done
in_ns a nft -f - <<-END
table ip mute { chain out { type filter hook output priority 0; ip protocol 89 @th,8,24 0x01002c counter drop; }; }
END
for n in a c; do
	poll 10 not st $n '^nbr eth0 10.0.0.2 FULL' || die "one way: $n does not notice"
	in_ns $n nft delete table ip deaf
done
full_all "one way"
! in_ns a nft list table ip mute | grep 'packets 0 ' || die "one way: nothing was lost"
in_ns a nft delete table ip mute
tables "one way"
say "lost by one end only: all tables"

# its LSA goes with it, and what stood in that
stop "$c_pid"
for n in a b p; do
	sed -i '/^10\.4\.0\.0\/16 /d; /^172\.31\.0\.9\/32 /d' "$W/$n.routes"
done
routes_are "our end ended" a b p
say "our end ended: withdrawn from all tables"
stop "$dump"
