# SPDX-License-Identifier: ISC
# Sourced after regress/lib.sh by the measurements.  A measurement appends rows
# of MEASURE, SYSTEM, UNIT, VALUE to $RAW, once a round; regress/bench/run makes
# medians of them.
RAW=${RAW:-$B/bench/raw.tsv}
mkdir -p "$(dirname "$RAW")"

# row MEASURE SYSTEM UNIT VALUE
row() {
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$RAW"
	printf '%7s  %-28s %-14s %12s %s\n' "$(since)" "$1" "$2" "$4" "$3"
}
# PIDs of a process and all below it
family() {
	for _p; do
		echo "$_p"
		family $(cat /proc/"$_p"/task/*/children 2>/dev/null)
	done
}
# cpu PID...: seconds of CPU so far, all threads
cpu() {
	_t=0
	for _p; do
		_t=$((_t + $(sed 's/.*) //' "/proc/$_p/stat" 2>/dev/null | awk '{ print $12 + $13 }')))
	done
	awk -v t=$_t -v hz="$(getconf CLK_TCK)" 'BEGIN { print t / hz }'
}
# busy: seconds of CPU of the whole machine so far, idle and waiting left out
busy() {
	awk -v hz="$(getconf CLK_TCK)" '/^cpu / {
		print ($2 + $3 + $4 + $7 + $8) / hz; exit }' /proc/stat
}
# memory PID...: kB that are theirs alone or their share
memory() {
	_t=0
	for _p; do
		_t=$((_t + $(awk '/^Pss:/ { print $2 }' "/proc/$_p/smaps_rollup" 2>/dev/null || echo 0)))
	done
	echo $_t
}
calc() { awk "BEGIN { printf \"%.${2:-2}f\", $1 }"; }
now() { date +%s%N; }
# unwire: the namespaces and processes of one system go, the next one comes
unwire() {
	stop $PID_LIST
	PID_LIST=
	for _n in $NS_LIST; do
		for _p in $(ip netns pids "$_n"); do kill -9 "$_p" 2>/dev/null || :; done
		ip netns del "$_n"
	done
	NS_LIST=
	rm -rf "$W"/*
}
