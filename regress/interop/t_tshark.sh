#!/bin/sh
# SPDX-License-Identifier: ISC
# What we send as tshark reads it: IKE and ESP with charon, decrypted with the
# keys of charon's log, and OSPF inside a tunnel: nothing malformed, no expert
# warning about a packet of ours, and the layers inside are seen.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
need tshark
need tcpdump
charon_build
export HOME="$W" XDG_CONFIG_HOME="$W/xdg"
tables=$W/xdg/wireshark
mkdir -p "$tables"
shark() { tshark -n -o esp.enable_encryption_decode:TRUE "$@" 2>>"$W/shark.err"; }
# bad FILE FILTER: what is wrong with packets of ours
bad() { shark -r "$1" -Y "($2) && (_ws.malformed || _ws.expert.severity >= 0x00600000)" -T fields -e frame.number -e _ws.expert.message; }
clean() {
	bad "$1" "$2" >"$W/bad"
	[ ! -s "$W/bad" ] || die "$3: $(cat "$W/bad"; shark -r "$1" -V -Y "frame.number == $(head -n 1 "$W/bad" | cut -f 1)" | head -60)"
}
count() { shark -r "$1" -Y "$2" | wc -l; }

# --- IKE and ESP with charon ---
ns a; ns b
veth a wan 198.51.100.1/24 b eth0 198.51.100.130/24
mkdir -p "$W/a"
PSK="correct horse battery staple"
CHARON_LEVEL=4
charon_esp b
bg b "$W/gre.log" python3 "$TOP/regress/interop/grebox.py"
AUTH=psk IKE=aes128gcm16-prfsha256-x25519 ESP=aes128gcm16 MODE=tunnel
swan_conf b 198.51.100.130 b.test 198.51.100.1 a.test
cat >"$W/conf" <<END
psk = "$PSK"
ospf { area 0.0.0.0  auth md5 1 "0123456789abcdef" }
host a { id 1
  tunnel box {
	local 198.51.100.1  peer 198.51.100.130
	inner 10.0.0.1/30  peer 10.0.0.2
	ike { psk \$psk  initiate  proposal "$IKE"  local-id "@a.test"  remote-id "@b.test"  nat force }
	ipsec { mode tunnel  proposal "$ESP" }
  }
}
END
chmod 600 "$W/conf"
bg a "$W/dump.log" tcpdump -Z root --immediate-mode -s 2000 -U -i wan -w "$W/ike.pcap" udp; dump=$pid
poll 5 grep -q listening "$W/dump.log" || die "tcpdump"
daemon a -s a; a=$pid
poll 15 in_ns a ping -q -c 1 -W 1 10.0.0.2 || die "no ping: $(ctl a show ike)"
in_ns a ping -q -c 20 -i 0.05 10.0.0.2 >/dev/null
stop "$a"
ended() { [ "$(count "$W/ike.pcap" "isakmp.exchangetype == 37")" -ge 2 ]; }
poll 10 ended || die "no DELETE in the capture"
stop "$dump"
spi() { shark -r "$W/ike.pcap" -Y "esp && ip.src == $1" -T fields -e esp.spi | head -n 1; }
ike=$(shark -r "$W/ike.pcap" -Y "isakmp.exchangetype == 35" -T fields -e isakmp.ispi -e isakmp.rspi | head -n 1)
python3 "$TOP/regress/interop/saskeys.py" "$W/b/log" $ike "$(spi 198.51.100.1)" "$(spi 198.51.100.130)" \
    198.51.100.1 198.51.100.130 >"$W/keys" || die "no keys in charon's log"
while read -r table line; do echo "$line" >>"$tables/$table"; done <"$W/keys"
clean "$W/ike.pcap" "ip.src == 198.51.100.1" "IKE and ESP"
for f in "isakmp.exchangetype == 34" "isakmp.exchangetype == 35 && isakmp.typepayload == 39" \
    "isakmp.exchangetype == 35 && isakmp.typepayload == 44" "isakmp.exchangetype == 37 && isakmp.typepayload == 42" \
    "esp && gre && icmp.type == 8" "esp && gre && ospf.msg == 1"; do
	[ "$(count "$W/ike.pcap" "ip.src == 198.51.100.1 && $f")" -ge 1 ] ||
	    die "not seen: $f: $(shark -r "$W/ike.pcap" | head -30; cat "$W/keys")"
done
say "IKE and ESP: decrypted, nothing to complain of"

# --- OSPF as it is inside ---
two_sites
conf 203.0.113.1 198.51.100.7
rm -f "$W/a.conf"
daemon london; daemon tokyo
poll 20 full || die "not FULL"
bg london "$W/dump.log" tcpdump -Z root --immediate-mode -s 2000 -U -i gs-tokyo -w "$W/ospf.pcap" proto 89; dump=$pid
poll 5 grep -q listening "$W/dump.log" || die "tcpdump"
ctl london clear neighbor tokyo
poll 5 full || :
enough() { [ "$(count "$W/ospf.pcap" "ospf.msg == $1")" -ge 2 ]; }
for m in 1 2 3 4 5; do poll 20 enough $m || die "no packet of type $m"; done
stop "$dump"
clean "$W/ospf.pcap" ospf "OSPF"
say "OSPF: all five kinds, nothing to complain of"
