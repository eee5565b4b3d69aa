#!/bin/sh
# SPDX-License-Identifier: ISC
# INTEROP.md speaks of the versions that are installed, and of tests that exist.
set -eu
. "$TOP/regress/lib.sh"
doc=$TOP/INTEROP.md
sed -n '/^## Versions/,/^## Tested/{/^| [a-z0-9-]* | [0-9][0-9.]* |/p;}' "$doc" |
    tr -d '|' | awk '{ print $1, $2 }' >"$W/versions"
[ "$(wc -l <"$W/versions")" -ge 5 ] || die "no table: $(cat "$W/versions")"
grep -o '`t_[a-z_]*\.sh`' "$doc" | tr -d '`' | sort -u >"$W/tests"
[ "$(wc -l <"$W/tests")" -ge 10 ] || die "no tests are named"
while read -r t; do
	[ -f "$TOP/regress/interop/$t" ] || die "INTEROP.md: there is no $t"
done <"$W/tests"
command -v dpkg-query >/dev/null || skip "not Debian: no dpkg-query"
[ "$(. /etc/os-release; echo "${ID:-}${VERSION_ID:-}")" = debian12 ] ||
    skip "not Debian 12, of which INTEROP.md speaks"
none=
while read -r package said; do
	is=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$package" 2>/dev/null || :)
	case $is in
	"installed "*) ;;
	*) none="$none $package"; continue ;;
	esac
	is=${is#installed }
	is=${is#*:}
	case $is in
	"$said" | "$said".* | "$said"-* | "$said"+*) ;;
	*) die "INTEROP.md: $package $said, installed is $is" ;;
	esac
	say "$package $is"
done <"$W/versions"
[ -z "$none" ] || skip "not installed:$none"
