#!/bin/sh
# SPDX-License-Identifier: ISC
# Each fuzz target over its corpus, with sanitizers.
set -eu
dir=$B/san/regress/fuzz
[ -d "$dir" ] || { echo "no build with sanitizers"; exit 77; }
for c in "$TOP"/regress/fuzz/corpus/*; do
	t=$(basename "$c")
	printf '%s: ' "$t"
	"$dir/$t" "$c"
done
