#!/bin/sh
# SPDX-License-Identifier: ISC
# The lab: two charons complete a transport mode handshake over fakexfrm, and
# both ends' logs hold the same keys.  What the other strongSwan tests rest on.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
root
charon_build
ns a; ns b
veth a eth0 198.51.100.1/24 b eth0 198.51.100.2/24
keypair a.test
keypair b.test
charon a
charon b
PSK="correct horse battery staple"

# run AUTH MODE IKE ESP
run() {
	AUTH=$1 MODE=$2 IKE=$3 ESP=$4
	swan_conf a 198.51.100.1 a.test 198.51.100.2 b.test
	swan_conf b 198.51.100.2 b.test 198.51.100.1 a.test
	swan a --initiate --child c --timeout 10 >>"$W/a/out" 2>&1 ||
	    die "$*: no SA"
	poll 5 same_sas "$W/a/xfrm" "$W/b/xfrm" || die "$*: keys differ"
	grep -q "mode=$MODE" "$W/a/xfrm.now" || die "$*: another mode"
	swan a --terminate --ike t --timeout 10 >>"$W/a/out" 2>&1 ||
	    die "$*: no end"
	poll 5 same_sas "$W/a/xfrm" "$W/b/xfrm" 0 || die "$*: SAs left"
}

run psk transport aes256-sha256-x25519 aes256gcm16
run pubkey tunnel aes256gcm16-prfsha384-ecp384 aes256-sha256
# and it tells when keys do differ
sed 's/key=/key=ff/' "$W/a/xfrm" >"$W/wrong"
echo "ADD spi=0x1 key=00" >>"$W/wrong"
same_sas "$W/wrong" "$W/b/xfrm" 1 && die "a difference goes unseen"
exit 0
