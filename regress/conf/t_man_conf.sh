#!/bin/sh
# SPDX-License-Identifier: ISC
# The manual pages are clean.  greipsecd.conf(5) names every keyword that the
# parser knows, the other two every option and command of their programs.
set -u
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
B=${B:-$TOP/build}
page=$TOP/man/greipsecd.conf.5
bad=0
command -v mandoc >/dev/null || { echo "no mandoc"; exit 77; }
for p in "$TOP"/man/*.[0-9]; do
	out=$(mandoc -T lint -W warning "$p" 2>&1) || { echo "$out"; bad=1; }
done
for o in $("$B/greipsecd/greipsecd" -h | sed -n 's/^  -\(.\) .*/\1/p'); do
	grep -q "^\.It Fl $o" "$TOP/man/greipsecd.8" || {
		echo "option not in greipsecd(8): -$o"; bad=1; }
done
"$B/greipsecctl/greipsecctl" --help >/tmp/help.$$
for o in $(sed -n 's/^  -\(.\) .*/\1/p' /tmp/help.$$); do
	[ "$o" = h ] || grep -q "^\.It Fl $o" "$TOP/man/greipsecctl.8" || {
		echo "option not in greipsecctl(8): -$o"; bad=1; }
done
for c in $(sed -n 's/^  \(show \)\{0,1\}\([a-z]\{2,\}\)\( .*\|$\)/\2/p' /tmp/help.$$); do
	grep -qE "^\.It Cm (show )?(Op Cm )?$c" "$TOP/man/greipsecctl.8" || {
		echo "command not in greipsecctl(8): $c"; bad=1; }
done
rm -f /tmp/help.$$
n=0
for k in $(sed -n 's/^	{ "\([a-z-]*\)",	*KW_.*/\1/p' "$TOP/greipsecd/conf_opt.c"); do
	n=$((n + 1))
	grep -qE "^\.(It )?Ic (.*[ ,])?$k( |,|\$)|^\.It Ic .*\bIc $k\b|^\.Dl $k |\bIc $k " "$page" || {
		echo "keyword not in greipsecd.conf(5): $k"; bad=1; }
done
[ "$n" -gt 60 ] || { echo "only $n keywords found"; bad=1; }
exit $bad
