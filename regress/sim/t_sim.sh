#!/bin/sh
# SPDX-License-Identifier: ISC
# A few dozen worlds of the simulator, as built and with sanitizers, and 36 sites
# in full mesh ("make sim SEEDS=1000" runs more, and 45).  A seed does the same
# each time, and one in which something is wrong ends with 1, prints itself, what
# does not hold and its last events.
set -eu
SIM=$B/regress/sim/sim
d=$(mktemp -d "${TMPDIR:-/tmp}/greipsec.XXXXXX")
trap 'rm -rf "$d"' EXIT
trap 'exit 130' INT TERM HUP
die() { echo "FAILED: $*"; exit 1; }

"$SIM" -v -n 1 -s 5 >"$d/a" 2>&1 || die "seed 5: $(tail -n 5 "$d/a")"
"$SIM" -v -n 1 -s 5 >"$d/b" 2>&1 || die "seed 5 the second time"
cmp "$d/a" "$d/b" || die "seed 5 does not do the same again"
[ "$(wc -l <"$d/a")" -gt 500 ] || die "-v says nothing"

# wrong NAME TEXT [SEEDS]: what is wrong is found, and so described, in one world
# or, where chance has to bring it about, in one of several
wrong() {
	rc=0
	"$SIM" -F "$1" -n "${3:-1}" -s 5 >"$d/$1" 2>&1 || rc=$?
	[ $rc = 1 ] || die "-F $1 ends with $rc"
	grep -q "^FAIL small seed [0-9]*: .*$2" "$d/$1" || die "-F $1: $(head -n 1 "$d/$1")"
	[ "$(grep -cE '^ +[0-9]+\.[0-9]{3} ' "$d/$1")" -ge 20 ] || die "-F $1 prints no events"
}
wrong route 'cost 0 by 0, not'
wrong extra 'has [0-9]* routes and should have'
wrong sa 'the data path has not one pair'
wrong replay 'took number .* twice' 12
cp "$d/route" "$d/first"
wrong route 'cost 0 by 0, not'
cmp "$d/first" "$d/route" || die "a seed that fails does not do the same again"

"$SIM" -j 2 -n 48
[ ! -x "$B/san/regress/sim/sim" ] || "$B/san/regress/sim/sim" -j 2 -n 12 -s 1000
"$SIM" -N 36 mesh
