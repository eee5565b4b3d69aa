# SPDX-License-Identifier: ISC
# Sourced by the network tests: namespaces, waiting for conditions, cleaning up.
# A test sets nothing up outside the namespaces it makes here, and ends only
# processes that it started.  The caller has TOP and B in its environment.
: "${TOP:?}" "${B:?}"
GSD=$B/greipsecd/greipsecd
GSC=$B/greipsecctl/greipsecctl
P=gs$$			# prefix of this test's namespaces
W=$(mktemp -d "${TMPDIR:-/tmp}/greipsec.XXXXXX")
NS_LIST= PID_LIST=
START=$(date +%s%N)

say()	{ printf '%7s  %s\n' "$(since)" "$*"; }
since()	{ awk -v a="$START" -v b="$(date +%s%N)" 'BEGIN { printf "%.2f", (b - a) / 1e9 }'; }
skip()	{ echo "$*"; exit 77; }
die()	{ echo "FAILED: $*" >"$W/why"; cat "$W/why" >&2; exit 1; }
root()	{ [ "$(id -u)" = 0 ] || skip "needs root"; }
need()	{ command -v "$1" >/dev/null || [ -x "$1" ] || skip "needs $1"; }
tun()	{ [ -c /dev/net/tun ] || skip "needs /dev/net/tun"; }
landlock() { python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)'; }

# ns NAME: make a namespace; its full name is $P-NAME
ns() {
	ip netns add "$P-$1" || skip "cannot make network namespaces"
	NS_LIST="$NS_LIST $P-$1"
	ip -n "$P-$1" link set lo up
}
# in NAME COMMAND...: run inside
in_ns()	{ _n=$1; shift; ip netns exec "$P-$_n" "$@"; }

# veth NS_A IF_A ADDR_A NS_B IF_B ADDR_B: a link with an address at each end
veth() {
	ip link add "$2" netns "$P-$1" type veth peer name "$5" netns "$P-$4"
	ip -n "$P-$1" addr add "$3" dev "$2"
	ip -n "$P-$4" addr add "$6" dev "$5"
	ip -n "$P-$1" link set "$2" up
	ip -n "$P-$4" link set "$5" up
}

# bg NAME LOG COMMAND...: start inside, remember the PID, leave it in $pid
bg() {
	_n=$1 _l=$2; shift 2
	: >"$_l"	# now: who waits for a word must not find an old one
	ip netns exec "$P-$_n" "$@" >"$_l" 2>&1 </dev/null &
	pid=$!
	PID_LIST="$PID_LIST $pid"
}

# is_child PID: a child of this shell has it, and not whoever got the number after it
is_child() {
	{ read -r _st <"/proc/$1/stat"; } 2>/dev/null || return 1
	_st=${_st##*) }; _st=${_st#* }
	[ "${_st%% *}" = $$ ]
}
# stop PID...: end and wait
stop() {
	for _p; do is_child "$_p" && kill "$_p" 2>/dev/null || :; done
	for _p; do wait "$_p" 2>/dev/null || :; done
}

# poll SECONDS COMMAND...: until it succeeds.  At least 15 s: on a slow machine an
# interpreter takes longer to start than what is waited for.
poll() {
	uptime_cs; _pe=$((_cs + ($1 < 15 ? 15 : $1) * 100)) _pn=0; shift
	_pb=$_cs
	while ! "$@" >/dev/null 2>&1; do
		uptime_cs
		[ "$_cs" -lt $_pe ] || return 1
		_pn=$((_pn + 1))
		# what takes long, to happen or to look at, may be looked at less often
		if [ $_pn -lt 20 ] && [ $((_cs - _pb)) -lt 5 ]; then sleep 0.05
		elif [ $_pn -lt 60 ] && [ $((_cs - _pb)) -lt 10 ]; then sleep 0.1
		else sleep 0.25; fi
		uptime_cs; _pb=$_cs
	done
}
# uptime_cs: hundredths of a second in _cs, without another process
uptime_cs() { read -r _cs _ </proc/uptime; _cs=${_cs%.*}${_cs#*.}; }

# lossless FILE N: ping -D (not -q) sent N, and none is missing before the last
# one that was answered.  ping ends two round trips after the last one is sent:
# on a busy machine the end of the row says nothing.
lossless() {
	awk -v n="$2" -F '[][ =]' '/bytes from/ {
		for (i = 1; i < NF; i++) if ($i == "icmp_seq") s = $(i + 1)
		if (s > last + 1)
			printf "lost %d to %d, after %s\n", last + 1, s - 1, at
		if (s > last + 1) bad = 1
		if (s > last) last = s
		at = $2 }
	END { if (last < n * 3 / 4) print "the last answer is to", last + 0
		exit bad || last < n * 3 / 4 }' "$1"
}

# preload NAME: regress/NAME.c as a library to put before those of a program;
# its path is left in $PRELOAD
preload() {
	PRELOAD=$B/regress/$1.so
	[ "$PRELOAD" -nt "$TOP/regress/$1.c" ] && return
	command -v "${CC:-cc}" >/dev/null || skip "needs a compiler"
	mkdir -p "${PRELOAD%/*}"
	"${CC:-cc}" -D_GNU_SOURCE -Wall -Wextra -shared -fPIC -O2 \
	    -o "$PRELOAD.$$" "$TOP/regress/$1.c" -ldl -lpthread &&
	    mv "$PRELOAD.$$" "$PRELOAD" || die "$1 does not build"
}

# daemon NAME [OPTIONS]: greipsecd of a site in its namespace, in the
# foreground with paths of its own, configuration $W/NAME.conf unless $W/conf;
# $GSD_ENV: its environment
daemon() {
	_s=$1; shift
	mkdir -p "$W/$_s"
	_c=$W/$_s.conf; [ -f "$_c" ] || _c=$W/conf
	bg "$_s" "$W/$_s/log" env ${GSD_ENV:-} "$GSD" -d -vv -f "$_c" -S "$W/$_s/sock" \
	    -p "$W/$_s/pid" -D "$W/$_s" -k "$W/$_s/key" "$@"
}
# the process of a role: child of main number $2
child() { ps -o pid=,args= --ppid "$2" | awk -v r="$1" '$0 ~ "-R " r || $0 ~ ": " r { print $1; exit }'; }
# ctl NAME WORDS...: greipsecctl to that site
ctl() {
	_s=$1; shift
	"$GSC" -s "$W/$_s/sock" "$@"
}

# watch NAME: count what crosses a namespace (tools/capture.c), until
# nothing_clear
watch() {
	bg "$1" "$W/capture.log" "$B/regress/tools/capture" -i 10.0.0.0/8 \
	    -i 172.16.0.0/12 -o "$W/counts"
	cap=$pid
	poll 5 grep -q ready "$W/capture.log" || die "capture did not start"
}
# crossed KIND: how many packets of it
crossed() { sed -n "1s/.*\b$1 \([0-9]*\).*/\1/p" "$W/counts"; }
# nothing_clear N [WHAT]: end watch; of what crossed more than N packets were
# ESP, and none had an inner address or was of a kind that has no business there
nothing_clear() {
	stop "$cap"
	[ "$(crossed esp)" -gt "$1" ] ||
	    die "${2:+$2: }hardly any ESP: $(cat "$W/counts")"
	[ "$(crossed clear) $(crossed other)" = "0 0" ] ||
	    die "${2:+$2: }packets in clear: $(cat "$W/counts")"
	! grep "^missed" "$W/counts" || die "${2:+$2: }the capture is not whole"
}

cleanup() {
	_rc=$?
	trap - EXIT INT TERM HUP
	stop $PID_LIST
	# what a test's daemon left in its own namespace, children included
	for _n in $NS_LIST; do
		for _p in $(ip netns pids "$_n" 2>/dev/null); do
			kill -9 "$_p" 2>/dev/null || :
		done
		ip netns del "$_n" 2>/dev/null || :
	done
	if [ $_rc -ne 0 ] && [ $_rc -ne 77 ] && [ $_rc -ne 130 ]; then
		for _l in "$W"/*/log "$W"/*.log; do
			[ -f "$_l" ] && { echo "--- ${_l#"$W"/}"; tail -n 40 "$_l"; }
		done
		# the reason once more, where it is read first
		[ ! -f "$W/why" ] || head -n 12 "$W/why"
	fi
	rm -rf "$W"
	exit $_rc
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
