#!/bin/sh
# SPDX-License-Identifier: ISC
# What we send as tshark reads it: IKE and ESP with charon and with ourselves,
# decrypted with our own keys, which a preloaded library writes down (keylog.c):
# nothing malformed, no expert warning about a packet of ours, every packet that
# is encrypted is read, and what ought to be inside is seen.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/interop/lib.sh"
. "$TOP/regress/interop/lib_esp.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
need tshark
need tcpdump
need nft
charon_build
preload interop/keylog
GSD_ENV="LD_PRELOAD=$PRELOAD GS_KEYLOG=$W/keylog"
export HOME="$W" XDG_CONFIG_HOME="$W/xdg"
tables=$W/xdg/wireshark
mkdir -p "$tables" "$W/a"
shark() { tshark -n -o esp.enable_encryption_decode:TRUE "$@" 2>>"$W/shark.err"; }
# bad FILE FILTER: what is wrong with packets of ours
bad() { shark -r "$1" -Y "($2) && (_ws.malformed || _ws.expert.severity >= 0x00600000)" -T fields -e frame.number -e _ws.expert.message; }
clean() {
	bad "$1" "$2" >"$W/bad"
	[ ! -s "$W/bad" ] || die "$3: $(cat "$W/bad"; shark -r "$1" -V -Y "frame.number == $(head -n 1 "$W/bad" | cut -f 1)" | head -60)"
}
count() { shark -r "$1" -Y "$2" | wc -l; }
# capture NAME IFACE FILTER
capture() {
	bg "$1" "$W/dump.log" tcpdump -Z root --immediate-mode -s 2000 -U -i "$2" \
	    -w "$W/pcap" "$3"; dump=$pid
	poll 5 grep -q listening "$W/dump.log" || die "tcpdump"
}
# readable: with the keys logged so far every packet that is encrypted is read:
# what comes out is IP (tunnel mode) or GRE
readable() {
	python3 "$TOP/regress/interop/saskeys.py" "$W/keylog" "$tables"
	for _f in "isakmp.exchangetype > 34 && !isakmp.enc.decrypted" "esp && !(esp.protocol == 4 || esp.protocol == 47)"; do
		[ "$(count "$W/pcap" "$_f")" = 0 ] ||
		    die "$what: not decrypted: $(shark -r "$W/pcap" -Y "$_f" | head -5; cat "$tables"/*)"
	done
}
# inside FILTER...: seen in packets of ours
inside() {
	for _f; do
		[ "$(count "$W/pcap" "ip.src == 198.51.100.1 && $_f")" -ge 1 ] ||
		    die "$what: not seen: $_f: $(shark -r "$W/pcap" | head -60)"
	done
}
ended() { [ "$(count "$W/pcap" "isakmp.exchangetype == 37 && ip.dst == 198.51.100.1")" -gt "$before" ]; }
# close_down: DELETE is in the capture too
close_down() {
	before=$(count "$W/pcap" "isakmp.exchangetype == 37 && ip.dst == 198.51.100.1")
	stop "$a"
	poll 10 ended || die "$what: no DELETE in the capture"
	stop "$dump"
}

ns a; ns b
veth a wan 198.51.100.1/24 b eth0 198.51.100.130/24
keypair a.test
keypair b.test
echo "ed25519-private:$(cat "$W/a.test.seed")" >"$W/a/key"
chmod 600 "$W/a/key"
PSK="correct horse battery staple" MODE=tunnel

# --- raw keys, AES-GCM, all rekeys with PFS ---
what="raw keys and rekeys"
charon_esp b; charon=$pid
bg b "$W/gre.log" python3 "$TOP/regress/interop/grebox.py"
AUTH=pubkey IKE=aes128gcm16-prfsha256-x25519 ESP=aes128gcm16-x25519
swan_conf b 198.51.100.130 b.test 198.51.100.1 a.test
greipsecd_conf 198.51.100.1 198.51.100.130 "initiate nat force"
capture a wan udp
daemon a -s a; a=$pid
poll 15 pings || die "$what: no ping: $(ctl a show ike)"
rekeys
close_down
readable
clean "$W/pcap" "ip.src == 198.51.100.1" "$what"
inside "isakmp.exchangetype == 34" \
    "isakmp.exchangetype == 35 && isakmp.auth.method == 14" \
    "isakmp.exchangetype == 35 && isakmp.typepayload == 44" \
    "isakmp.exchangetype == 36 && isakmp.notify.msgtype == 16393 && isakmp.typepayload == 34" \
    "isakmp.exchangetype == 36 && isakmp.prop.protoid == 1 && isakmp.flag_r == 0" \
    "isakmp.exchangetype == 36 && isakmp.prop.protoid == 1 && isakmp.flag_r == 1" \
    "isakmp.exchangetype == 37 && isakmp.typepayload == 42" \
    "esp && gre && icmp.type == 8" "esp && gre && ospf.msg == 1"
[ "$(shark -r "$W/pcap" -Y "esp && gre && ip.src == 198.51.100.1" -T fields -e esp.spi | sort -u | wc -l)" -ge 4 ] ||
    die "$what: too few ESP SAs"
say "$what: decrypted, nothing to complain of"

# --- PSK, AES-CBC with HMAC, a cookie and another group asked for ---
what="CBC, cookie, another group"
kill -9 "$charon"
poll 5 sh -c "! kill -0 $charon 2>/dev/null"
charon_esp b "cookie_threshold = 1"; charon=$pid
AUTH=psk IKE=aes256-sha256-ecp256 ESP=aes128-sha256
swan_conf b 198.51.100.130 b.test 198.51.100.1 a.test
IKE=aes256-sha256-x25519-ecp256
greipsecd_conf 198.51.100.1 198.51.100.130 "initiate nat force"
# an INIT of another group is not left half open there: begin with theirs
sed 's/x25519-//' "$W/conf" >"$W/a.conf"
chmod 600 "$W/a.conf"
in_ns a nft -f - <<-END
	table ip deaf {
		chain in { type filter hook input priority 0; meta l4proto udp drop; }
	}
END
: >"$W/b/log"
daemon a -s a; a=$pid
poll 10 grep -q "IKE_SA_INIT response 0" "$W/b/log" || die "$what: not half open"
kill -9 "$a"
poll 5 sh -c "! kill -0 $a 2>/dev/null"
in_ns a nft delete table ip deaf
rm "$W/a.conf"
capture a wan udp
daemon a -s a; a=$pid
poll 15 pings || die "$what: no ping: $(ctl a show ike; tail -30 "$W/b/log")"
in_ns a ping -q -c 20 -i 0.05 10.0.0.2 >/dev/null
close_down
readable
clean "$W/pcap" "ip.src == 198.51.100.1" "$what"
inside "isakmp.exchangetype == 34 && isakmp.notify.msgtype == 16390" \
    "isakmp.exchangetype == 34 && isakmp.key_exchange.dh_group == 19" \
    "isakmp.exchangetype == 35 && isakmp.auth.method == 2" \
    "esp && gre && icmp.type == 8"
[ "$(count "$W/pcap" "isakmp.notify.msgtype == 17 && ip.dst == 198.51.100.1")" -ge 1 ] ||
    die "$what: no other group was asked for: $(shark -r "$W/pcap" | head -20)"
say "$what: decrypted, nothing to complain of"

# --- ours and ours, on the wire and inside ---
what="ours and ours"
two_sites
conf 203.0.113.1 198.51.100.7
capture r to-london "esp or udp"
daemon london; daemon tokyo
poll 20 full || die "$what: not FULL"
ctl london rekey tokyo
ctl london rekey ike tokyo
rekeyed_here() { [ "$(ctl london show counters | awk '/child sas rekeyed|ike sas rekeyed/ { n += $2 > 0 } END { print n }')" = 2 ]; }
poll 10 rekeyed_here || die "$what: no rekeys: $(ctl london show counters)"
poll 5 ping_lan || die "$what: no ping"
stop "$dump"
readable
clean "$W/pcap" ip "$what"
for f in "isakmp.exchangetype == 35 && isakmp.auth.method == 14" \
    "isakmp.exchangetype == 36 && isakmp.prop.protoid == 1" \
    "isakmp.exchangetype == 36 && isakmp.notify.msgtype == 16393" \
    "esp && gre && ospf.msg == 1" "esp && gre && icmp.type == 8"; do
	[ "$(count "$W/pcap" "$f")" -ge 1 ] || die "$what: not seen: $f: $(shark -r "$W/pcap" | head -40)"
done
say "$what: decrypted, nothing to complain of"

bg london "$W/dump.log" tcpdump -Z root --immediate-mode -s 2000 -U -i gs-tokyo -w "$W/ospf.pcap" proto 89; dump=$pid
poll 5 grep -q listening "$W/dump.log" || die "tcpdump"
ctl london clear neighbor tokyo
poll 5 full || :
enough() { [ "$(count "$W/ospf.pcap" "ospf.msg == $1")" -ge 2 ]; }
for m in 1 2 3 4 5; do poll 20 enough $m || die "no packet of type $m"; done
stop "$dump"
clean "$W/ospf.pcap" ospf "OSPF"
say "OSPF: all five kinds, nothing to complain of"
