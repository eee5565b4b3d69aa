#!/bin/sh
# SPDX-License-Identifier: ISC
# What of IKE can be configured wrongly between two sites: `diagnose' names it at
# each end, no two of them alike, says here and there what to change, and
# who does as it says has the tunnel up.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
need nft
two_sites
. "$TOP/regress/net/lib_wrong.sh"

# The lower id begins; London does.
good london; good tokyo; change tokyo 's/psk $p1/psk $p2/'
wrong "wrong PSK" our-auth our-auth "tokyo has the identity that is expected" "london has the identity that is expected"
points psk
# only one of them begins: who is refused cannot tell a secret from a name
file london 'ike { initiate }' ""; file tokyo 'ike { respond }' ""; change tokyo 's/psk $p1/psk $p2/'
wrong "wrong PSK, one begins" they-auth our-auth "the secret differs .*or else the identity"
points psk
file london "" ""; file tokyo "" "" corporation
wrong "another identity" our-id our-id "theirs tokyo.corporation, ours tokyo.corp" "theirs london.corp, ours london.corporation"
points mesh
file london 'ike { proposal "aes256gcm16-prfsha384-ecp384" }' ""; file tokyo 'ike { proposal "aes128-sha256-x25519" }' ""
wrong "IKE suite" our-proposal our-proposal 'theirs aes128.*, ours aes256gcm16' 'theirs aes256gcm16.*ecp384, ours aes128'
mends
# a list too long to be said whole: of each kind something is
what="IKE suite, long"
file london 'ike { proposal "aes256gcm16-prfsha384-ecp384" }' ""
file tokyo 'ike { proposal "aes256-aes192-aes128-sha512-sha384-sha256-sha1-prfsha512-prfsha384-prfsha256-modp4096-modp3072-modp2048" }' ""
both
named london our-proposal 'theirs aes256-.*-modp4096.*, ours aes256gcm16'
named tokyo our-proposal 'theirs aes256gcm16.*, ours aes256-.*-modp4096'
mends
say "$what: our-proposal | our-proposal"
file london 'ike { proposal "aes256gcm16-prfsha384-ecp384" }' ""; file tokyo 'ike { proposal "aes256gcm16-prfsha384-x25519" }' ""
wrong "IKE group" our-group our-group "key exchange group" "key exchange group"
mends
file london 'ike { initiate  proposal "aes256gcm16-prfsha384-ecp384" }' ""; file tokyo 'ike { respond  proposal "aes256gcm16-prfsha384-x25519" }' ""
wrong "IKE group, one begins" they-proposal our-group "the suite or its key exchange group" "theirs .*ecp384, ours .*x25519"
tr -s '\n ' ' ' <"$W/london/seen" | grep -q "ike { proposal }' in $W/london.conf" || die "$what: no keyword, no file"
mend tokyo "$(of tokyo here)"
stop "$l" "$t"
file london 'ipsec { proposal "aes256gcm16" }' ""; file tokyo 'ipsec { proposal "chacha20poly1305" }' ""
# who began the IKE SA asks, and is refused
wrong "ESP suite" '(they|our)-esp-proposal' '(they|our)-esp-proposal' "ours aes256gcm16" "ours chacha20poly1305"
grep -qE "theirs (aes256gcm16|chacha20poly1305), ours" "$W/london/json" "$W/tokyo/json" || die "$what: not both named at either end"
mends
# PFS differs: all is well until the first rekey, and then there is a warning
file london 'ipsec { pfs x25519 }' ""; good tokyo
what=PFS RC=0
rekeys() { ctl london show events | grep -c child-rekey || :; }
both
poll 20 full || die "PFS: not FULL"
ctl london rekey tokyo
named london they-pfs "since then" "another than ours .x25519"
named tokyo our-pfs "since then" "PFS is x25519 there and none here"
echo "they-pfs our-pfs" >>"$W/pairs"
say "PFS: named when the first rekey fails: they-pfs | our-pfs"
# mended: rekeys of both ends come to something, and nothing is left to say
mended() {
	[ "$(rekeys)" -gt "$n" ] && ! is london ".*-pfs" && ! is tokyo ".*-pfs"
}
for s in tokyo london; do
	[ $s = tokyo ] || {
		stop "$l" "$t"; cp "$W/before" "$W/tokyo.conf"; both
		poll 20 full || die "PFS: not FULL"
	}
	ctl "$(other $s)" rekey $s
	named $s our-pfs
	mend $s "$(of $s here)"
	n=$(rekeys)
	ctl london rekey tokyo
	poll 20 mended || die "PFS: a rekey fails still: $(cat "$W/london/seen" "$W/tokyo/seen")"
	n=$(rekeys)
	ctl tokyo rekey london
	poll 20 mended || die "PFS: a rekey fails still: $(cat "$W/london/seen" "$W/tokyo/seen")"
done
# another suite here, while what was agreed on before is up
what="ESP suite, changed"
file london 'ipsec { proposal "chacha20poly1305" }' ""
ctl london reload >/dev/null || die "$what: reload"
named london they-esp-proposal "since then"
named tokyo our-esp-proposal "since then"
full || die "$what: what was up has gone"
say "$what: $(of london code) | $(of tokyo code)"
RC=1
stop "$l" "$t"
# selectors: what both cover is enough (others: t_strongswan_esp)
file london 'ipsec { selector any }' ""; good tokyo
both
poll 20 full || die "selectors: not FULL: $(ctl london diagnose)"
stop "$l" "$t"
say "selector any there, gre here: they meet in GRE"
distinct
say "no two alike"
