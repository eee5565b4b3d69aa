#!/bin/sh
# SPDX-License-Identifier: ISC
# Every NAME.in of this folder, and the samples of etc/, through the parser.
# The line "# args: ..." gives the facts of the host (regress/tools/confcheck).
#   NAME.ok	what -v prints; printed again from itself it is the same, the
#		difference from NAME.in to it is none, and no secret is in it
#   NAME.err	what is said about it; without NAME.ok the file is refused,
#		with the status of the line "# exit: N", else 1
# UPDATE=1 writes them.
set -u
here=$(cd "$(dirname "$0")" && pwd)
TOP=${TOP:-$(cd "$here/../.." && pwd)}
B=${B:-$TOP/build}
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
check=$B/regress/tools/confcheck
bad=0 n=0

cp "$here"/*.in "$here"/*.inc "$here"/*.key "$here"/greipsecd.secrets "$W"
for f in "$TOP"/etc/*.conf; do
	b=$(basename "$f" .conf)
	case $b in hub) s=paris ;; *) s=london ;; esac
	{ cat "$f"; echo "# args: -s $s -k london.key"; } >"$W/sample-$b.in"
done
chmod 600 "$W"/*
chmod 644 "$W"/open*
cd "$W" || exit 1

complain() { echo "$1: $2"; bad=1; }
same() {		# FILE EXPECTED WHAT
	if ! cmp -s "$1" "$2"; then
		complain "$name" "$3"
		diff -u "$2" "$1"
	fi
}

for f in *.in; do
	name=${f%.in}
	n=$((n + 1))
	args=$(sed -n 's/^# args: //p' "$f" | tail -n 1)
	# shellcheck disable=SC2086
	"$check" -v $args "$f" >out 2>err
	rc=$?
	if [ "${UPDATE:-0}" = 1 ]; then
		rm -f "$here/$name.ok" "$here/$name.err"
		[ $rc = 0 ] && cp out "$here/$name.ok"
		[ -s err ] && cp err "$here/$name.err"
	fi
	if grep -E 'HIDDEN|9KxkyQTdZ' out err; then
		complain "$name" "a secret is shown"
	fi
	if grep -vE '^[^:]+:[0-9]+:[0-9]+: ' err; then
		complain "$name" "a message without its place"
	fi
	expect=/dev/null
	[ -f "$here/$name.err" ] && expect=$here/$name.err
	same err "$expect" "other messages than expected"
	if [ ! -f "$here/$name.ok" ]; then
		want=$(sed -n 's/^# exit: //p' "$f")
		[ $rc = "${want:-1}" ] || complain "$name" "exit $rc, want ${want:-1}"
		continue
	fi
	[ $rc = 0 ] || complain "$name" "exit $rc, want 0"
	same out "$here/$name.ok" "other print than expected"
	# shellcheck disable=SC2086
	"$check" -v $args out >again 2>err
	same again out "printed again it is another"
	# shellcheck disable=SC2086
	"$check" $args "$f" out 2>/dev/null >diff
	if grep -v '^= ' diff || ! [ -s diff ]; then
		complain "$name" "the print differs from its source"
	fi
done
[ "$n" -ge 40 ] || complain t_conf "only $n cases"
echo "$n configurations"
exit $bad
