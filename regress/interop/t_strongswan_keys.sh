#!/bin/sh
# SPDX-License-Identifier: ISC
# Our key material against strongSwan's: two charons shake hands in each suite
# and log their secrets; we compute the same from the messages and g^ir, down
# to AUTH and the keys of the child.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
root
charon_build
CHECK=$B/regress/tools/ikecheck
need "$CHECK"
ns a; ns b
veth a eth0 198.51.100.1/24 b eth0 198.51.100.2/24
keypair a.test
keypair b.test
CHARON_LEVEL=4
charon a
CHARON_LEVEL=
charon b
PSK="correct horse battery staple" MODE=transport

# dumps: charon's hex dumps on stdin as "NAME HEX" for ikecheck
dumps() {
	awk '
	function flush() { if (name != "") print name, hex; name = hex = "" }
	/ => [0-9]+ bytes @/ {
		flush()
		s = $0; sub(/^[0-9]+\[[A-Z]+\] */, "", s); sub(/ => .*/, "", s)
		if (s ~ /^shared Diffie/) name = "dh"
		else if (s ~ /^Sk_.* secret/) name = substr(s, 4, index(s, " ") - 4)
		else if (s ~ /^IDx/) name = "id_" side()
		else if (s ~ /^octets = /) name = "octets_" side()
		else if (s ~ /^AUTH = /) name = "auth_" side2()
		else if (s ~ /^encryption initiator/) name = "child_ei"
		else if (s ~ /^encryption responder/) name = "child_er"
		else if (s ~ /^integrity initiator/) name = "child_ai"
		else if (s ~ /^integrity responder/) name = "child_ar"
		next
	}
	name != "" && /^[0-9]+\[[A-Z]+\] +[0-9]+: / {
		s = $0; sub(/^[0-9]+\[[A-Z]+\] +[0-9]+: /, "", s)
		s = substr(s, 1, 48); gsub(/ /, "", s); hex = hex s
		next
	}
	{ flush() }
	# the initiator logs its own first
	function side() { return seen[s]++ ? "r" : "i" }
	function side2() { return auths++ ? "r" : "i" }
	END { flush() }'
}

# run AUTH IKE ESP
run() {
	AUTH=$1 IKE=$2 ESP=$3
	from=$(($(wc -l <"$W/a/log") + 1))
	swan_conf a 198.51.100.1 a.test 198.51.100.2 b.test
	swan_conf b 198.51.100.2 b.test 198.51.100.1 a.test
	swan a --initiate --child c --timeout 10 >>"$W/a/out" 2>&1 ||
	    die "$*: no SA"
	# the log is written behind the answer to swanctl
	written() { tail -n +"$from" "$W/a/log" | grep -q "CHILD_SA .* established"; }
	poll 5 written || die "$*: no SA in the log"
	tail -n +"$from" "$W/a/log" | dumps >"$W/dumps"
	secret=$PSK
	[ "$AUTH" = psk ] || secret=
	"$CHECK" "$IKE" "$ESP" "$secret" <"$W/dumps" || die "$*: as above"
	# a tool that sees no difference is no test
	sed '/^child_er/{s/0$/1/;t;s/.$/0/}' "$W/dumps" |
	    "$CHECK" "$IKE" "$ESP" "$secret" >/dev/null &&
	    die "$*: ikecheck is blind"
	swan a --terminate --ike t --timeout 10 >>"$W/a/out" 2>&1
}

run psk aes256gcm16-prfsha384-ecp384 aes256gcm16
run psk aes128-sha256-modp2048 aes256-sha256
run psk aes256-sha384-ecp256 aes128-sha1
run psk aes256gcm16-prfsha256-x25519 chacha20poly1305
run psk chacha20poly1305-prfsha512-x25519 aes128gcm16
run psk aes128-sha1-modp2048 aes256-sha512
run pubkey aes256-sha512-x25519 aes256gcm16
run pubkey aes128gcm16-prfsha1-ecp256 aes256-sha384
run psk aes192gcm16-prfsha512-ecp521 aes192gcm16
run psk aes256-sha512-modp3072 aes192-sha384
run pubkey aes192-sha256-modp4096 aes128-sha256
