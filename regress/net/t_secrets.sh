#!/bin/sh
# SPDX-License-Identifier: ISC
# PSKs, private keys, the OSPF key and the keys of the
# SAs in use are in no log at its most talkative, output, JSON, configuration as
# shown, error, event, command line or environment, as text, base64 or hex; and
# no process leaves a core or may be read by its own user.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
PSK=HtQ7zYw2mK9xR4vB8nL3cF6jD1sG5aPe
cat >>"$W/secrets" <<END2
p = "$PSK"
q = "Zq8Wn3Lk6Vb1Xc9Mf4Rt7Ys2Hd5Jg0Pa"
END2
mkdir "$W/seen"
# search FILE-OF-NEEDLES: a line each, "NAME hex"; says how many files there are
cat >"$W/search.py" <<'END2'
import base64, os, sys
top, needles = sys.argv[1:]
def forms(b):
    f = [b, b.hex(), base64.b64encode(b)[:-2], base64.urlsafe_b64encode(b)[:-2]]
    f += [s.join('%02x' % x for x in b) for s in (' ', ':', ', 0x')]
    f = [x.encode() if isinstance(x, str) else x for x in f]
    return f + [x.upper() for x in f[1:2] + f[4:]]
want = [(l.split()[0], bytes.fromhex(l.split()[1])) for l in open(needles)]
n, bad = 0, 0
for d, _, names in os.walk(top):
    for f in names:
        text = open(os.path.join(d, f), 'rb').read()
        n += 1
        for name, b in want:
            # of a key the first half is enough
            for v in {b, b[:16]}:
                if any(x in text for x in forms(v)):
                    print('%s is in %s' % (name, f)); bad = 1
print(n, 'files,', len(want), 'secrets')
sys.exit(bad)
END2
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
# gather SITE TAG: all that can be asked of it
gather() {
	_o=$W/seen/$1-$2
	mkdir -p "$_o"
	for w in summary tunnels neighbors interfaces rib fib database sa ike events config processes counters; do
		ctl "$1" show $w >"$_o/$w" 2>&1 || :
		ctl "$1" -j show $w >"$_o/$w.json" 2>&1 || :
	done
	in_ns "$1" "$GSC" -s "$W/$1/sock" diagnose >"$_o/diagnose" 2>&1 || :
	in_ns "$1" "$GSC" -s "$W/$1/sock" -j diagnose >"$_o/diagnose.json" 2>&1 || :
	ctl "$1" reload -n >"$_o/reload-n" 2>&1 || :
	in_ns "$1" "$GSD" -n -vv -f "$W/$1.conf" -k "$W/$1/key" >"$_o/check" 2>&1 || :
	cp "$W/$1/log" "$_o/log"
	for _p in $(ctl "$1" -j show processes | grep -o '"pid":[0-9]*' | cut -d : -f 2); do
		cp "/proc/$_p/cmdline" "$_o/cmdline.$_p"
		cp "/proc/$_p/environ" "$_o/environ.$_p"
	done
	[ "$(ls "$_o" | grep -c cmdline)" = 6 ] || die "not six processes: $(ls "$_o")"
}
# cores SITE: none of them leaves one, nor can its user read it
cores() {
	ctl "$1" -j show processes | grep -o '"role":"[a-z]*","pid":[0-9]*' | tr -d '"' | sed 's/role://; s/,pid:/ /' >"$W/procs"
	[ "$(wc -l <"$W/procs")" = 6 ] || die "processes: $(cat "$W/procs")"
	while read -r r p; do
		grep -q '^Max core file size *0 *0 ' "/proc/$p/limits" || die "$r: it may leave a core"
		# what is dumpable belongs to its own user
		[ "$r" = main ] || [ "$(stat -c %u "/proc/$p/status")" = 0 ] || die "$r: it is dumpable"
	done <"$W/procs"
}
full_debug() {
	for s in london tokyo; do ctl $s log debug || die "log debug"; done
	ctl london monitor >"$W/seen/monitor" 2>&1 & PID_LIST="$PID_LIST $!"
	ctl london -j monitor >"$W/seen/monitor.json" 2>&1 & PID_LIST="$PID_LIST $!"
	for act in "rekey tokyo" "rekey ike tokyo" "restart tokyo"; do
		n=$(ctl london show events | grep -c . || :)
		ctl london $act
		more() { [ "$(ctl london show events | grep -c .)" -gt "$n" ]; }
		poll 10 more || die "$act: no event"
		poll 10 full || die "$act: not FULL"
	done
	poll 5 test -s "$W/seen/monitor" || die "monitor is silent"
}
put() { for s in london tokyo; do cp "$W/conf" "$W/$s.conf"; done; }

{
	echo "psk $(hex "$PSK")"
	echo "pair-psk $(hex Zq8Wn3Lk6Vb1Xc9Mf4Rt7Ys2Hd5Jg0Pa)"
	echo "ospf-key $(hex 0123456789abcdef)"
	for s in london tokyo; do
		echo "$s-key $(cut -d : -f 2 "$W/$s/key" | base64 -d | od -An -v -tx1 | tr -d ' \n' | tail -c 64)"
	done
} >"$W/needles"
[ "$(awk 'NF == 2 && length($2) >= 32' "$W/needles" | wc -l)" = 5 ] || die "needles: $(cat "$W/needles")"

for how in keys mesh pair; do
	conf 203.0.113.1 198.51.100.7
	case $how in
	mesh) sed -i "s/ key \"[^\"]*\"/ /; s,/22,/22 psk \$p," "$W/conf" ;;
	pair) sed -i "s/ key \"[^\"]*\"/ /; s,^}\$,link london tokyo { psk \$q } }," "$W/conf" ;;
	esac
	put
	daemon london; l=$pid
	daemon tokyo; t=$pid
	poll 20 full || die "$how: not FULL: $(ctl london show ike)"
	full_debug
	cores london; cores tokyo
	gather london $how; gather tokyo $how
	# what was derived from them for this pair is in keys alone
	stop "$l" "$t"
	cp "$W/london/log" "$W/seen/london-$how/log"
	cp "$W/tokyo/log" "$W/seen/tokyo-$how/log"
	grep -q "first-in" "$W/seen/tokyo-$how/log" || die "$how: that is no log of level debug"
done
say "three ways to prove who one is, rekeys, all that can be asked"
# what is wrong beside a secret is said without it
{
	cat "$W/conf"; echo "mesh \"m\" { psk \"$PSK\" $PSK }"; echo "mesh \"m\" { nonsense }"
	echo "psk $PSK"; echo "mesh \"n\" { psk $PSK }"; echo "ospf { auth md5 1 0123456789abcdef0123 send 3 }"
} >"$W/bad.conf"
! "$GSD" -n -vv -f "$W/bad.conf" -s london >"$W/seen/bad" 2>&1 || die "a bad file is good"
grep -q "nonsense" "$W/seen/bad" && grep -q "not shown, it may be of the secret" "$W/seen/bad" || die "errors: $(cat "$W/seen/bad")"
python3 "$W/search.py" "$W/seen" "$W/needles" >"$W/out" || die "$(cat "$W/out")"
say "$(tail -n 1 "$W/out")"
# the search finds what is there
mkdir "$W/planted"
sed 's/.* //' "$W/needles" | tail -n 1 >"$W/planted/x"
! python3 "$W/search.py" "$W/planted" "$W/needles" >/dev/null || die "the search finds nothing"

# Keys of SAs: charon at the other end says which they are.
. "$TOP/regress/interop/lib.sh"
charon_build
CHARON_LEVEL=4
charon tokyo
AUTH=psk IKE=aes128gcm16-prfsha256-x25519 ESP=aes256gcm16 MODE=transport
swan_conf tokyo 198.51.100.7 b.test 203.0.113.1 a.test
cat >"$W/london.conf" <<END2
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$k }
host london { id 1
  tunnel box {
	local 203.0.113.1  peer 198.51.100.7  inner 10.0.0.1/30  peer 10.0.0.2
	ike { psk \$p  proposal "$IKE"  local-id "@a.test"  remote-id "@b.test" }
	ipsec { proposal "$ESP" }
  }
}
END2
rm -rf "$W/seen/"*
daemon london -s london; l=$pid
two() { [ "$(sas "$W/tokyo/xfrm" | grep -c "key=")" = "${1:-2}" ]; }
poll 20 two || die "charon: no pair: $(ctl london show ike; tail -20 "$W/tokyo/log")"
ctl london log debug
ctl london rekey box
again() { [ "$(grep -o "key=[0-9a-f]*" "$W/tokyo/xfrm" | sort -u | wc -l)" -ge 4 ]; }
poll 10 again || die "charon: no rekey"
gather london charon
stop "$l"
cp "$W/london/log" "$W/seen/london-charon/log"
grep -o 'key=[0-9a-f]*' "$W/tokyo/xfrm" | sort -u | awk -F = '{ print "esp" NR, $2 }' >"$W/needles"
[ "$(wc -l <"$W/needles")" -ge 4 ] || die "keys of ESP: $(cat "$W/tokyo/xfrm")"
python3 - "$W/tokyo/log" >>"$W/needles" <<'END2'
import re, sys
label, left, data = None, 0, ''
for l in open(sys.argv[1], errors='replace'):
    m = re.search(r'\] (Sk_.*? secret|SKEYSEED) => (\d+) bytes', l, re.I)
    if m: label, left, data = m.group(1).replace(' ', '-'), int(m.group(2)), ''; continue
    m = re.search(r'\]\s+\d+: ((?:[0-9A-F]{2} )+)', l)
    if m and label:
        data += m.group(1).replace(' ', '').lower()
        if len(data) >= left * 2: print(label, data[:left * 2]); label = None
END2
grep -qi "^sk_" "$W/needles" || die "keys of IKE: $(grep -i 'sk_' "$W/tokyo/log" | head)"
python3 "$W/search.py" "$W/seen" "$W/needles" >"$W/out" || die "$(cat "$W/out")"
say "keys of SAs, ESP and IKE: $(tail -n 1 "$W/out")"
