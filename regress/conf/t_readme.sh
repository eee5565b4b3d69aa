#!/bin/sh
# SPDX-License-Identifier: ISC
# The file in README.md is one that greipsecd takes; the commands and folders
# it names are there; make install puts everything in its place and make
# uninstall takes it away.
set -eu
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
B=${B:-$TOP/build}
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
fail() { echo "$*"; exit 1; }

sed -n '/^```conf$/,/^```$/p' "$TOP/README.md" | grep -v '^```' |
    sed "s|/etc/greipsecd.secrets|$W/secrets|" >"$W/conf"
[ -s "$W/conf" ] || fail "no file in README.md"
echo 'ospf_key = "0123456789abcdef"' >"$W/secrets"
cp "$TOP/regress/conf/london.key" "$W/key"
chmod 600 "$W/secrets" "$W/key"
"$B/greipsecd/greipsecd" -n -s london -k "$W/key" -f "$W/conf" >"$W/out" 2>&1 ||
    fail "README's file: $(cat "$W/out")"

# nft takes the rules of README.md, and those of the manual page are the same
sed -n '/^```nft$/,/^```$/p' "$TOP/README.md" | grep -v '^```' >"$W/nft"
grep -q 'hook forward' "$W/nft" || fail "no rules in README.md"
n=$(grep -c '^iifname .*accept$' "$TOP/man/greipsecd.8")
[ "$n" = 5 ] || fail "greipsecd.8: $n rules"
grep '^iifname .*accept$' "$TOP/man/greipsecd.8" | while read -r rule; do
	case $rule in
	*"l4proto esp"*) rule='iifname "wan" meta l4proto { esp,' ;;
	esac
	grep -qF "$rule" "$W/nft" || fail "not in README.md: $rule"
done
if command -v nft >/dev/null && nft list ruleset >/dev/null 2>&1; then
	nft -c -f "$W/nft" >"$W/out" 2>&1 || fail "README's rules: $(cat "$W/out")"
fi

for d in $(sed -n 's/^| `\([a-z]*\)\/`.*/\1/p' "$TOP/README.md"); do
	[ -d "$TOP/$d" ] || fail "no folder $d"
done
"$B/greipsecctl/greipsecctl" --help >"$W/help"
sed -n 's/^    greipsecctl \(show [a-z]*\|[a-z]*\).*/\1/p' "$TOP/README.md" |
while read -r a b; do
	grep -q "^  $a${b:+ $b}" "$W/help" || fail "no command $a $b"
done

make -s -C "$TOP" install DESTDIR="$W/root" PREFIX=/usr >"$W/out" 2>&1 ||
    fail "install: $(cat "$W/out")"
for f in sbin/greipsecd sbin/greipsecctl share/man/man8/greipsecd.8 \
    share/man/man8/greipsecctl.8 share/man/man5/greipsecd.conf.5 \
    share/examples/greipsecd/greipsecd.conf; do
	[ -f "$W/root/usr/$f" ] || fail "not installed: $f"
done
"$W/root/usr/sbin/greipsecd" -V | grep -q . || fail "the installed one does not run"
make -s -C "$TOP" uninstall DESTDIR="$W/root" PREFIX=/usr >/dev/null
[ -z "$(find "$W/root" -type f)" ] || fail "left: $(find "$W/root" -type f)"
