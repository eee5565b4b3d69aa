#!/bin/sh
# SPDX-License-Identifier: ISC
# The manual pages are clean.  greipsecd.conf(5) names every keyword that the
# parser knows, the other two every option and command of their programs.  Every
# example in them parses: the files and lines of a file as greipsecd reads them,
# the commands as their program does, without a daemon.
set -u
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
B=${B:-$TOP/build}
page=$TOP/man/greipsecd.conf.5
bad=0
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
command -v mandoc >/dev/null || { echo "no mandoc"; exit 77; }
for p in "$TOP"/man/*.[0-9]; do
	out=$(mandoc -T lint -W warning "$p" 2>&1) || { echo "$out"; bad=1; }
done
for o in $("$B/greipsecd/greipsecd" -h | sed -n 's/^  -\(.\) .*/\1/p'); do
	grep -q "^\.It Fl $o" "$TOP/man/greipsecd.8" || {
		echo "option not in greipsecd(8): -$o"; bad=1; }
done
"$B/greipsecctl/greipsecctl" --help >"$W/help"
for o in $(sed -n 's/^  -\(.\) .*/\1/p' "$W/help"); do
	[ "$o" = h ] || grep -q "^\.It Fl $o" "$TOP/man/greipsecctl.8" || {
		echo "option not in greipsecctl(8): -$o"; bad=1; }
done
for c in $(sed -n 's/^  \(show \)\{0,1\}\([a-z]\{2,\}\)\( .*\|$\)/\2/p' "$W/help"); do
	grep -qE "^\.It Cm (show )?(Op Cm )?$c" "$TOP/man/greipsecctl.8" || {
		echo "command not in greipsecctl(8): $c"; bad=1; }
done
n=0
for k in $(sed -n 's/^	{ "\([a-z-]*\)",	*KW_.*/\1/p' "$TOP/greipsecd/conf_opt.c"); do
	n=$((n + 1))
	grep -qE "^\.(It )?Ic (.*[ ,])?$k( |,|\$)|^\.It Ic .*\bIc $k\b|^\.Dl $k |\bIc $k " "$page" || {
		echo "keyword not in greipsecd.conf(5): $k"; bad=1; }
done
[ "$n" -gt 60 ] || { echo "only $n keywords found"; bad=1; }
# what it says of `allow weak' is true as long as no algorithm is weak
if grep -q "weak = true" "$TOP/lib/suite.c"; then
	! grep -q "^None of those above counts as weak" "$page" || {
		echo "an algorithm is weak, the page says none is"; bad=1; }
fi
# the options of ospf { } that may not stand bare are those that it names
for k in $(sed -n 's/^	{ KW_\([A-Z_]*\), [^{]* B(OSPF), ANY, .*/\1/p' "$TOP/greipsecd/conf_opt.c" | tr A-Z_ a-z-); do
	sed -n '/^\.Sh OSPF OPTIONS/,/^\.Bl/p' "$page" | grep -qw "$k" || {
		echo "may not stand bare, the page says it may: $k"; bad=1; }
done

# plain PAGE: its text without markup, as one may copy it
plain() { sed 's/\\(dq/"/g; s/\\&//g; s/\\e/\\/g' "$1"; }
echo 'ospf_key = "0123456789abcdef"' >"$W/greipsecd.secrets"
cp "$TOP/regress/conf/london.key" "$W/key"
: >"$W/file"
chmod 600 "$W"/*
keys=$(grep -o '"ed25519:[^"]*"' "$TOP/README.md")
n=0
# check FILE WHAT: greipsecd takes it
check() {
	n=$((n + 1))
	"$B/greipsecd/greipsecd" -n -s london -k "$W/key" -f "$1" >"$W/out" 2>&1 || {
		echo "$2:"; cat "$1" "$W/out"; bad=1; }
}
for p in "$TOP"/man/*.[0-9]; do
	# each display is a file; one key after the other stands for "ed25519:..."
	plain "$p" | awk -v dir="$W" -v keys="$keys" '
	/^\.Bd -literal/ { file = dir "/display." ++n; n_keys = split(keys, key); k = 0; next }
	/^\.Ed/ { file = "" }
	file != "" {
		while (sub(/"ed25519:\.\.\."/, key[k % n_keys + 1])) k++
		print >file
	}'
done
[ -s "$W/display.1" ] || { echo "no example of a file"; bad=1; }
# the name that examples call it by
cp "$W/display.1" "$W/greipsecd.conf"
for f in "$W"/display.*; do
	[ ! -f "$f" ] || check "$f" "example in a manual page"
done
# lines that stand outside of blocks, on top of the first one
plain "$page" | sed -n 's/^\.Dl //p' >"$W/lines"
[ -s "$W/lines" ] || { echo "no example of a line"; bad=1; }
cat "$W/lines" "$W/display.1" >"$W/conf"
check "$W/conf" "lines in greipsecd.conf(5)"

# commands
grep -hE "^\.(Dl|Ql|Ic) (# )?(greipsecctl|greipsecd) " "$TOP"/man/*.[0-9] |
    sed 's/^\.[A-Z][a-z] //; s/^# //; s/ [.,]$//' | sort -u >"$W/commands"
while read -r prog words; do
	n=$((n + 1))
	case "$prog $words" in
	"greipsecd "*)
		(cd "$W" && "$B/greipsecd/greipsecd" -k key -f display.1 -s london $words) ;;
	*keygen*)
		rm -f "$W/new"; "$B/greipsecctl/greipsecctl" $words -o "$W/new" ;;
	*)	"$B/greipsecctl/greipsecctl" $words -s "$W/none" ;;
	esac >"$W/out" 2>&1 </dev/null
	rc=$?
	# it was understood, and there is nobody to ask
	[ $rc = 0 ] || { [ $rc = 2 ] && grep -q "not running.*$W/none" "$W/out"; } || {
		echo "$prog $words: $rc $(cat "$W/out")"; bad=1; }
done <"$W/commands"
[ "$n" -ge 10 ] || { echo "only $n examples found"; bad=1; }
exit $bad
