#!/bin/sh
# SPDX-License-Identifier: ISC
# greipsecd.conf(5) is clean, and names every keyword that the parser knows.
set -u
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
page=$TOP/man/greipsecd.conf.5
bad=0
command -v mandoc >/dev/null || { echo "no mandoc"; exit 77; }
out=$(mandoc -T lint -W warning "$page" 2>&1) || { echo "$out"; bad=1; }
n=0
for k in $(sed -n 's/^	{ "\([a-z-]*\)",	*KW_.*/\1/p' "$TOP/greipsecd/conf_opt.c"); do
	n=$((n + 1))
	grep -qE "^\.(It )?Ic (.*[ ,])?$k( |,|\$)|^\.It Ic .*\bIc $k\b|^\.Dl $k |\bIc $k " "$page" || {
		echo "keyword not in greipsecd.conf(5): $k"; bad=1; }
done
[ "$n" -gt 60 ] || { echo "only $n keywords found"; bad=1; }
exit $bad
