#!/bin/sh
# SPDX-License-Identifier: ISC
# Two hosts that are in no mesh, with a tunnel block each that the other does not
# know the name of: what diagnose says to put into which block mends it.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
. "$TOP/regress/net/lib_wrong.sh"
# plain SITE TUNNEL-LINES: what is in force there
plain() {
	case $1 in
	london)	_id=1 _name=east _local=203.0.113.1 _peer=198.51.100.7 _inner="10.99.0.1/30 peer 10.99.0.2" _net=2 ;;
	tokyo)	_id=2 _name=west _local=198.51.100.7 _peer=203.0.113.1 _inner="10.99.0.2/30 peer 10.99.0.1" _net=1 ;;
	esac
	cat >"$W/$1.conf" <<EOF
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$k  dead 1  hello 250ms }
host $1 {
id $_id  network 10.$_id.0.0/16
tunnel $_name {
local $_local  peer $_peer
inner $_inner
network 10.$_net.0.0/16
psk \$p1
$2
}
}
EOF
}
both_are() { plain london "$1"; plain tokyo "$2"; }

both_are "dead 8 hello 2" "dead 6 hello 2"
wrong "dead interval" dead-interval dead-interval "here: in tunnel east: dead 6 there: in the tunnel to 203.0.113.1: dead 8, or" \
    "here: in tunnel west: dead 8 there: in the tunnel to 198.51.100.7: dead 6, or"
mends
both_are "" "ospf { dead 8 hello 2 }"
wrong "fast hellos" dead-interval hello-interval "here: in tunnel east: hello 2 dead 8" "here: in tunnel west: hello 333ms dead 1"
mends
both_are 'ike { proposal "aes256gcm16-prfsha384-ecp384" }' 'ike { proposal "aes128-sha256-x25519" }'
wrong "IKE suite" our-proposal our-proposal "here: in tunnel east: ike { proposal" "here: in tunnel west: ike { proposal"
mends
both_are "mtu 1300 mtu-check strict" "mtu-check strict"
wrong "MTU" dd-mtu dd-mtu "here: in tunnel east: mtu 1442" "here: in tunnel west: mtu 1300"
mends
# RouterOS does not accept it, we do: the end that is put right has the mask
what="Hello mask" RC=0 ONE_END=
plain london ""; plain tokyo ""; change tokyo 's,10.99.0.2/30,10.99.0.2/24,'
both
poll 20 full || die "$what: not FULL"
named london hello-mask "here: in tunnel east: inner 10.99.0.1/24 peer 10.99.0.2"
mend london "$(of london here)"
no_mask() { look london; ! grep -q "Hello mask" "$W/london/seen"; }
poll 20 no_mask || die "$what: $(cat "$W/london/seen")"
stop "$l" "$t"
# the tunnel that is taken out of service names the only place there is
what="disabled" RC=0 ONE_END=1
plain london "disable"; plain tokyo ""
both
named london disabled "take .disable' out of .tunnel east' in $W/london.conf"
stop "$l" "$t"
say "$what: disabled"
