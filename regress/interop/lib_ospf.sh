# SPDX-License-Identifier: ISC
# Sourced by the OSPF interoperation tests, after regress/lib.sh: FRR, BIRD and
# our engine in namespaces over plain veth links.
DRIVE=$B/regress/tools/ospfdrive
FRRLIB=/usr/lib/frr
[ -x "$DRIVE" ] || skip "needs ospfdrive (make tools)"

# drive NAME: our engine in namespace NAME with $W/NAME.ospf, state $W/NAME.st
drive() {
	[ -f "$W/$1.st" ] || : >"$W/$1.st"
	bg "$1" "$W/$1.log" "$DRIVE" "$W/$1.ospf" "$W/$1.st"
	eval "${1}_pid=$pid ${1}_kind=ours"
}
# reload NAME: it reads its file again
reload() { eval "kill -HUP \$${1}_pid"; }
# st NAME PATTERN: a line of its state matches
st() { grep -qE "$2" "$W/$1.st"; }
not() { ! "$@"; }

# frr NAME: zebra and ospfd with $W/NAME.frr, all paths their own; $PEER_ENV
# goes before ospfd, as before BIRD
frr() {
	_d=$W/frr-$1
	mkdir -p "$_d/run"
	chmod 755 "$W"
	cp "$W/$1.frr" "$_d/conf"
	chown -R frr:frr "$_d"
	bg "$1" "$W/$1-zebra.log" $FRRLIB/zebra -u frr -g frr -i "$_d/zebra.pid" \
	    -z "$_d/zserv" --vty_socket "$_d" -f "$_d/conf" -P 0
	poll 10 test -S "$_d/zserv" || die "zebra does not start"
	frr_ospfd "$1"
}
# frr_ospfd NAME: its ospfd, again; what it keeps over a graceful restart lies in
# the one directory that cannot be named
frr_ospfd() {
	_d=$W/frr-$1
	rm -f "$_d/ospfd.vty"
	mkdir -p /run/frr
	bg "$1" "$W/$1-ospfd.log" env ${PEER_ENV:-} unshare -m sh -c "
		mount --bind '$_d/run' /run/frr
		exec $FRRLIB/ospfd -u frr -g frr -i '$_d/ospfd.pid' \
		    -z '$_d/zserv' --vty_socket '$_d' -f '$_d/conf' -P 0"
	eval "${1}_pid=$pid ${1}_kind=frr"
	poll 10 test -S "$_d/ospfd.vty" || die "ospfd does not start"
}
# frr_fast IFACE...: lines for its file: MD5 key 7, hellos four times a second
frr_fast() {
	for _i; do cat <<-END
		interface $_i
		 ip ospf area 0
		 ip ospf network point-to-point
		 ip ospf authentication message-digest
		 ip ospf message-digest-key 7 md5 k3y
		 ip ospf dead-interval minimal hello-multiplier 4
		 ip ospf retransmit-interval 2
		END
	done
}
# frr_over_tunnel NAME IFACE ROUTER-ID: $W/NAME.frr for FRR on a tunnel of ours
# beside interface lan, with the timers and the key of net/lib_sites.sh
frr_over_tunnel() {
	cat >"$W/$1.frr" <<-END
	interface $2
	 ip ospf area 0
	 ip ospf network point-to-point
	 ip ospf authentication message-digest
	 ip ospf message-digest-key 1 md5 0123456789abcdef
	 ip ospf dead-interval minimal hello-multiplier 4
	 ip ospf cost 15
	interface lan
	 ip ospf area 0
	 ip ospf passive
	router ospf
	 ospf router-id $3
	 timers throttle spf 0 50 200
	END
}
# vty NAME COMMAND...: one -c each
vty() {
	_d=$W/frr-$1; shift
	set -- "$@"
	_a=
	for _c; do _a="$_a -c '$_c'"; done
	eval "HOME='$W' vtysh --vty_socket '$_d' -d ospfd $_a" </dev/null
}
# bird NAME: BIRD with $W/NAME.bird
bird() {
	bg "$1" "$W/$1.log" env ${PEER_ENV:-} bird -f -c "$W/$1.bird" -s "$W/$1.ctl" \
	    -P "$W/$1.pid"
	eval "${1}_pid=$pid ${1}_kind=bird"
	poll 10 test -S "$W/$1.ctl" || die "bird does not start"
}
birdq() { _n=$1; shift; birdc -s "$W/$_n.ctl" "$@"; }
# kroute NAME PREFIX PATTERN: the kernel's route there looks like that
kroute() { ip -n "$P-$1" route show "$2" | grep -qE "$3"; }
# lines: "PREFIX WORD... " with what follows the first $1 words in order
ordered() {
	awk -v n="$1" '{
		for (i = n + 2; i <= NF; i++)
			for (j = i; j > n + 1 && $j < $(j - 1); j--) {
				x = $j; $j = $(j - 1); $(j - 1) = x
			}
		print }' | sort
}
# table NAME: its whole table, that of OSPF: "PREFIX COST GATEWAY@IFACE..." for
# each route that has a gateway
table() {
	eval "_k=\$${1}_kind"
	case $_k in
	ours) sed -n 's/^route //p' "$W/$1.st" ;;
	frr) vty "$1" 'show ip ospf route' | awk '
		function put() { if (g != "") print p, c g; g = "" }
		/^[A-Z]/ { put(); p = $(NF > 4 && $2 == "IA" ? 3 : 2); c = $0
			sub(/^[^[]*\[/, "", c); sub(/\].*/, "", c) }
		$1 == "via" { sub(/,$/, "", $2); g = g " " $2 "@" $3 }
		END { put() }' ;;
	bird) birdq "$1" show route protocol ospf1 | awk '
		function put() { if (g != "") print p, c g; g = "" }
		/^[0-9].*\(/ { put(); p = $1; c = $0
			sub(/.*\(150\//, "", c); sub(/[/)].*/, "", c) }
		$1 == "via" { g = g " " $2 "@" $4 }
		END { put() }' ;;
	esac | ordered 2
}
# ktable NAME: the same of the kernel's, without the costs
ktable() {
	ip -n "$P-$1" -4 route show | awk '
	function put() { if (g != "") print p g; g = "" }
	function hop(  i, v, d) {
		for (i = 1; i < NF; i++) {
			if ($i == "via") v = $(i + 1)
			if ($i == "dev") d = $(i + 1)
		}
		if (v != "") g = g " " v "@" d
	}
	$1 != "nexthop" { put(); if (!/proto (ospf|bird)/) next
		p = $1 ~ /\// ? $1 : $1 "/32" }
	{ hop() }
	END { put() }' | ordered 1
}
# same_routes NAME FILE: its table is that of FILE and nothing more; a peer's
# kernel has it too, but for the prefix $NOT_IN_KERNEL
same_routes() {
	ordered 2 <"$2" >"$W/$1.want"
	table "$1" >"$W/$1.is"
	cmp -s "$W/$1.want" "$W/$1.is" || return 1
	eval "[ \$${1}_kind != ours ]" || return 0
	grep -vF "${NOT_IN_KERNEL:-none} " "$W/$1.want" |
	    sed 's/^\([^ ]*\) [0-9]*/\1/' | sort >"$W/$1.kwant"
	ktable "$1" >"$W/$1.kis"
	cmp -s "$W/$1.kwant" "$W/$1.kis"
}
# routes_are WHAT NAME...: each has what $W/NAME.routes says, within 20 s
routes_are() {
	_what=$1; shift
	for _x; do
		poll "${ROUTES_WAIT:-20}" same_routes "$_x" "$W/$_x.routes" ||
		    die "$_what: routes of $_x (< wanted, > there):
$(diff "$W/$_x.want" "$W/$_x.is"; [ ! -f "$W/$_x.kis" ] ||
		    diff "$W/$_x.kwant" "$W/$_x.kis"
		    [ ! -f "$W/$_x.st" ] || cat "$W/$_x.ospf" "$W/$_x.st")"
	done
}
# ms NAME: the engine's clock at its last event
ms() { tail -n 1 "$W/$1.log" | cut -d' ' -f1; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }
