#!/bin/sh
# SPDX-License-Identifier: ISC
# The database of a network of 100, 1024 and 4096 routers in a grid, given by
# one neighbor (inject.py), and $CHANGES changes of one router-LSA: CPU for each,
# beyond what idling costs, time to the kernel's route, memory for the database
# and the routes.  Ours through a tunnel (ospf and main), FRR (ospfd and zebra),
# BIRD.  Then as many changes once more, such that routes behind the router move,
# and after each the time of the shortest-path run is asked: of the whole tree, so
# ours has its own metric changed for it.  BIRD does not know the time, and
# birdspf.c takes it there.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
. "$TOP/regress/bench/lib.sh"
root; tun
need python3
. "$TOP/regress/interop/lib_ospf.sh"
CHANGES=${CHANGES:-10}
SHAPES=${SHAPES:-100:10:10 1000:32:32 4000:64:64}
BIRDSPF=$B/regress/bench/birdspf.so
KEY=0123456789abcdef

# ns of CPU of all threads of PIDs
spent() {
	_t=0
	for _p; do
		_t=$((_t + $(cat /proc/"$_p"/task/*/schedstat | awk '{ t += $1 } END { printf "%d", t }')))
	done
	echo $_t
}
# middle FILE: the mean of the middle half of ns, as us
middle() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { q = int(NR / 4)
		for (i = q + 1; i <= NR - q; i++) t += v[i]
		printf "%.0f", t / (NR - 2 * q) / 1000 }'
}
# pairs WORD ROW [COMMAND...]: $CHANGES changes, in turn with nothing, so that what
# idling costs is known from beside each; after each pair the command
pairs() {
	_word=$1 _row=$2; shift 2
	: >"$W/pairs"
	_end=$((k + CHANGES))
	while [ $k -lt $_end ]; do
		c0=$(spent $CPU_PIDS)
		echo "$_word $k" >&5
		sleep 1.2
		c1=$(spent $CPU_PIDS)
		sleep 1.2
		c2=$(spent $CPU_PIDS)
		echo $(((c1 - c0) - (c2 - c1))) >>"$W/pairs"
		k=$((k + 1))
		[ $# -eq 0 ] || "$@" >>"$W/times" || die "$sys $size: no time of the SPF run"
	done
	row "$_row-$size" "$sys" us "$(middle "$W/pairs")"
}
# moves COMMAND...: changes that have routes move, and the median of what the
# command says of the tree after each
moves() {
	: >"$W/times"
	pairs move lsa-move-cpu "$@"
	row "spf-$size" "$sys" us "$(sort -n "$W/times" | awk '{ v[NR] = $1 }
		END { printf "%.0f", (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }')"
}
ours_spf() {
	sed "s/ metric [0-9]*/ metric $((10 + k % 2))/" "$W/a.conf" >"$W/a.new"
	cat "$W/a.new" >"$W/a.conf"
	ctl a reload >&2 || return 1
	sleep 0.5
	ctl a -j show database | grep -o '"spf_last_us":[0-9]*' | cut -d: -f2 | grep .
}
frr_spf() {
	vty a 'show ip ospf' | awk '/Last SPF duration/ { u = $4 $5
		f = u ~ /us/ ? 1 : u ~ /ms/ ? 1000 : 1000000
		printf "%d\n", u * f; n++; exit } END { exit !n }'
}
bird_spf() { tail -n 1 "$W/bird-spf" | grep .; }

# measure SYSTEM NS ADDRESS RID INJECTOR-NS IF OWN-ADDRESS SIZE ROWS COLUMNS: after
# $CPU_PIDS and $MEM_PIDS are set
measure() {
	sys=$1 dut=$2 addr=$3 rid=$4 ins=$5 ifn=$6 own=$7 size=$8; shift 8
	m0=$(memory $MEM_PIDS)
	rm -f "$W/orders"; mkfifo "$W/orders"
	ip netns exec "$P-$ins" python3 "$TOP/regress/bench/inject.py" "$ifn" "$own" \
	    "$addr" "$rid" $KEY "$1" "$2" <"$W/orders" >"$W/said" 2>"$W/inject.log" &
	inject=$!
	PID_LIST="$PID_LIST $inject"
	exec 5>"$W/orders"
	poll 90 grep -q loaded "$W/said" || die "$sys $size: not loaded: $(cat "$W/said" "$W/inject.log")"
	want=$((3 * $1 * $2))
	routes() { [ "$(ip -n "$P-$dut" route show | grep -c '^11\.')" -ge "$want" ]; }
	poll 60 routes || die "$sys $size: $(ip -n "$P-$dut" route show | grep -c '^11\.') of $want routes"
	sleep 3
	row "ospf-memory-$size" "$sys" kB "$(($(memory $MEM_PIDS) - m0))"
	ip netns exec "$P-$dut" ip -ts -o monitor route >"$W/monitor" 2>&1 &
	mon=$!
	PID_LIST="$PID_LIST $mon"
	sleep 0.5
	k=1
	pairs change lsa-cpu
	stop "$mon"
	TZ=UTC python3 - "$W/said" "$W/monitor" >"$W/late" <<-'END'
	import datetime, re, statistics, sys
	at = {}
	for line in open(sys.argv[1]):
	    w = line.split()
	    if w[0] == 'changed':
	        at[w[2]] = float(w[3])
	late = []
	for line in open(sys.argv[2]):
	    m = re.match(r'\[(\S+)\] (?!Deleted)(\S+)', line)
	    if m and m.group(2) in at:
	        t = datetime.datetime.fromisoformat(m.group(1)).replace(tzinfo=datetime.timezone.utc).timestamp()
	        late.append((t - at.pop(m.group(2))) * 1000)
	print('%.2f' % statistics.median(late) if not at else 'missing %d' % len(at))
	END
	case $(cat "$W/late") in
	missing*) die "$sys $size: $(cat "$W/late") routes: $(tail -3 "$W/monitor")" ;;
	esac
	row "lsa-to-kernel-$size" "$sys" ms "$(cat "$W/late")"
}

for shape in $SHAPES; do
	size=${shape%%:*} rows=${shape#*:}
	columns=${rows#*:} rows=${rows%:*}

	ns a; ns b
	veth a eth0 198.51.100.1/30 b eth0 198.51.100.2/30
	for s in a b; do
		[ $s = a ] && l=1 p=2 off= || { l=2; p=1; off=disable; }
		cat >"$W/$s.conf" <<-END
		psk = "correct horse battery staple for a bench"
		ospf { area 0.0.0.0  auth md5 1 "$KEY"  hello 1  dead 4  spf-delay 0ms  $off }
		host $s { id $l
		  tunnel t { local 198.51.100.$l  peer 198.51.100.$p  inner 10.0.0.$l/30  peer 10.0.0.$p  metric 10
			ike { psk \$psk } }
		}
		END
		chmod 600 "$W/$s.conf"
		daemon $s -s $s
		eval "$s=$pid"
	done
	poll 20 in_ns b ping -c 1 -W 1 10.0.0.1 || die "ours: no ping"
	ospf=$(child ospf "$a")
	CPU_PIDS="$ospf $a" MEM_PIDS="$ospf $a"
	measure greipsecd a 10.0.0.1 0.0.0.1 b gs-t 10.0.0.2 "$size" "$rows" "$columns"
	moves ours_spf
	exec 5>&-
	unwire

	if [ -x $FRRLIB/ospfd ]; then
		ns a; ns b
		veth a eth0 10.0.0.1/30 b eth0 10.0.0.2/30
		cat >"$W/a.frr" <<-END
		interface eth0
		 ip ospf area 0
		 ip ospf network point-to-point
		 ip ospf authentication message-digest
		 ip ospf message-digest-key 1 md5 $KEY
		 ip ospf hello-interval 1
		 ip ospf dead-interval 4
		router ospf
		 ospf router-id 0.0.0.1
		 timers throttle spf 0 50 200
		END
		frr a
		CPU_PIDS="$(cat "$W/frr-a/ospfd.pid") $(cat "$W/frr-a/zebra.pid")"
		MEM_PIDS=$CPU_PIDS
		measure frr a 10.0.0.1 0.0.0.1 b eth0 10.0.0.2 "$size" "$rows" "$columns"
		moves frr_spf
		exec 5>&-
		unwire
	fi
	if command -v bird >/dev/null; then
		ns a; ns b
		veth a eth0 10.0.0.1/30 b eth0 10.0.0.2/30
		cat >"$W/a.bird" <<-END
		log stderr all;
		router id 0.0.0.1;
		protocol device { }
		protocol kernel { ipv4 { export all; }; }
		protocol ospf v2 o {
			ipv4 { import all; export none; };
			area 0 { interface "eth0" { type ptp; hello 1; dead 4;
				authentication cryptographic; password "$KEY" { id 1; };
			}; };
		}
		END
		export BIRDSPF_OUT="$W/bird-spf"
		LD_PRELOAD=$BIRDSPF bird a
		CPU_PIDS=$a_pid MEM_PIDS=$a_pid
		measure bird a 10.0.0.1 0.0.0.1 b eth0 10.0.0.2 "$size" "$rows" "$columns"
		birdq a 'debug o { events }' >"$W/debug" || die "bird: $(cat "$W/debug")"
		moves bird_spf
		exec 5>&-
		unwire
	fi
done
