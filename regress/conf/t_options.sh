#!/bin/sh
# SPDX-License-Identifier: ISC
# The command line of greipsecd.
set -eu
D=$B/greipsecd/greipsecd
[ -x "$D" ] || { echo "no greipsecd"; exit 77; }
bad=0
# expect STATUS PATTERN OPTIONS...: exit status, and a line of output
expect() {
	want=$1 pat=$2; shift 2
	rc=0
	out=$("$D" "$@" 2>&1) || rc=$?
	if [ $rc != "$want" ] || ! echo "$out" | grep -q "$pat"; then
		echo "greipsecd $*: status $rc, want $want; /$pat/ in: $out"
		bad=1
	fi
}
expect 0 '^greipsecd [0-9]' -V
expect 0 '^greipsecd [0-9]' --version
expect 0 '^usage: greipsecd ' -h
expect 0 '^usage: greipsecd ' --help
expect 2 '^usage: greipsecd ' -x
expect 2 '^usage: greipsecd ' -f
expect 2 'london: not understood' -n london
# a role is not for users: without its channel it says nothing and ends
rc=0; "$D" -R nonesuch 2>/dev/null || rc=$?
[ $rc = 2 ] || { echo "-R nonesuch: $rc"; bad=1; }
# every option of the usage is one of the manual and the other way round
if [ -f "$TOP/man/greipsecd.8" ]; then
	"$D" -h | sed -n 's/^  -\(.\) .*/\1/p' | sort >"${TMPDIR:-/tmp}/o$$"
	sed -n 's/^\.It Fl \([A-Za-z]\).*/\1/p' "$TOP/man/greipsecd.8" |
	    sort -u | diff "${TMPDIR:-/tmp}/o$$" - || bad=1
	rm -f "${TMPDIR:-/tmp}/o$$"
fi
exit $bad
