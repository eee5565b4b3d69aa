#!/bin/sh
# SPDX-License-Identifier: ISC
# Our IKEv2 engine against strongSwan's charon: PSK and Ed25519 raw keys, each
# algorithm and group that we have, either side begins; PFS with each group,
# rekeyed from either side.  What both installed, keys and all, is compared.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_ike.sh"
root
charon_build
charon_pair

while read -r AUTH IKE ESP; do
	what="$AUTH $IKE $ESP"
	pair "start initiate"
	good
	unpair
	pair "start respond"
	they_begin
	good
	case $ESP in
	*-esn) swan b --list-sas | grep -q /ESN ||
		die "$what: no ESN: $(swan b --list-sas)" ;;
	esac
	unpair
done <<END
psk aes128-sha256-x25519 aes128gcm16
pubkey aes128-sha256-x25519 aes256gcm16
psk aes256-sha384-ecp384 aes128-sha256
psk aes256gcm16-prfsha384-ecp256 chacha20poly1305
pubkey aes128gcm16-prfsha256-modp2048 aes256-sha1
psk chacha20poly1305-prfsha512-x25519 aes256-sha256
psk aes192-sha512-ecp256 aes128gcm16-esn
psk aes128-sha1-modp2048 aes192gcm16
pubkey aes192gcm16-prfsha512-ecp521 aes192-sha256
psk aes256gcm16-prfsha512-modp3072 aes256-sha384
psk aes256-sha512-modp4096 aes256-sha256-esn
pubkey aes128gcm16-prfsha1-ecp521 chacha20poly1305-esn
END
say "each suite, either begins"

AUTH=psk IKE=aes128-sha256-x25519
for group in x25519 ecp256 ecp384 ecp521 modp2048 modp3072 modp4096; do
	ESP=aes128gcm16-$group what="PFS $group"
	pair "start initiate"
	good
	rekey_child ours 1
	rekey_child theirs 2
	swan b --list-sas | grep -qi "$(echo $group | sed 's/^ecp/ECP_/; s/^modp/MODP_/; s/^x/CURVE_/')" ||
	    die "$what: charon did without: $(swan b --list-sas)"
	unpair
done
say "PFS with each group, rekeyed from either side"
