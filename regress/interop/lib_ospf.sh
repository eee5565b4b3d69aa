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
	eval "${1}_pid=$pid"
}
# reload NAME: it reads its file again
reload() { eval "kill -HUP \$${1}_pid"; }
# st NAME PATTERN: a line of its state matches
st() { grep -qE "$2" "$W/$1.st"; }
not() { ! "$@"; }

# frr NAME: zebra and ospfd with $W/NAME.frr, all paths their own
frr() {
	_d=$W/frr-$1
	mkdir -p "$_d"
	chmod 755 "$W"
	cp "$W/$1.frr" "$_d/conf"
	chown -R frr:frr "$_d"
	bg "$1" "$W/$1-zebra.log" $FRRLIB/zebra -u frr -g frr -i "$_d/zebra.pid" \
	    -z "$_d/zserv" --vty_socket "$_d" -f "$_d/conf" -P 0
	poll 10 test -S "$_d/zserv" || die "zebra does not start"
	bg "$1" "$W/$1-ospfd.log" $FRRLIB/ospfd -u frr -g frr \
	    -i "$_d/ospfd.pid" -z "$_d/zserv" --vty_socket "$_d" \
	    -f "$_d/conf" -P 0
	eval "${1}_pid=$pid"
	poll 10 test -S "$_d/ospfd.vty" || die "ospfd does not start"
}
# vty NAME COMMAND...: one -c each
vty() {
	_d=$W/frr-$1; shift
	set -- "$@"
	_a=
	for _c; do _a="$_a -c '$_c'"; done
	eval "vtysh --vty_socket '$_d' -d ospfd $_a" </dev/null
}
# bird NAME: BIRD with $W/NAME.bird
bird() {
	bg "$1" "$W/$1.log" bird -f -c "$W/$1.bird" -s "$W/$1.ctl" \
	    -P "$W/$1.pid"
	eval "${1}_pid=$pid"
	poll 10 test -S "$W/$1.ctl" || die "bird does not start"
}
birdq() { _n=$1; shift; birdc -s "$W/$_n.ctl" "$@"; }
# kroute NAME PREFIX PATTERN: the kernel's route there looks like that
kroute() { ip -n "$P-$1" route show "$2" | grep -qE "$3"; }
# ms NAME: the engine's clock at its last event
ms() { tail -n 1 "$W/$1.log" | cut -d' ' -f1; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }
