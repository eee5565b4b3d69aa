#!/bin/sh
# SPDX-License-Identifier: ISC
# A path that gets narrow without a word: ICMP is filtered, what is too large
# vanishes, and so do IP fragments.  Probes through the tunnel find what fits, in
# seconds, and find out when it is wide again; so does another esp; a path on which nothing passes at
# all is not taken for a narrow one.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need nft
two_sites
conf 203.0.113.1 198.51.100.7
wall() { printf 'table ip wall {\nchain out {\ntype filter hook output priority 0\nip protocol icmp drop\n}\nchain through {\ntype filter hook forward priority 0\n%s\n}\n}\n' "$1" | in_ns r nft -f -; }
mtu() { ip -n "$P-$1" -o link show "$2" | grep -o 'mtu [0-9]*' | cut -d ' ' -f 2; }
wall 'ip length > 1320 drop
ip frag-off & 0x3fff != 0x4000 ip frag-off & 0x3fff != 0 drop'
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping"
small() { [ "$(mtu london gs-tokyo)" -lt 1270 ] && [ "$(mtu tokyo gs-london)" -lt 1270 ]; }
poll 60 small || die "not found: $(mtu london gs-tokyo) $(mtu tokyo gs-london)"
[ "$(mtu london gs-tokyo)" -ge 1200 ] || die "too small: $(mtu london gs-tokyo)"
full || die "an adjacency was lost"
# what is as large as the tunnel says goes through, and larger is told so
big() { in_ns london-lan ping -c 1 -W 1 -M want -s $(($(mtu london gs-tokyo) - 28)) 10.2.0.10; }
poll 5 big >/dev/null || die "what should fit does not"
huge() { in_ns london-lan ping -c 1 -W 1 -M want -s 1400 10.2.0.10; }
poll 5 huge >/dev/null || die "what does not fit is not cut"
say "1320 bytes without a word: tunnel MTU $(mtu london gs-tokyo)"
grep -q "MTU 1442 -> $(mtu london gs-tokyo)" "$W/london/log" || die "not said: $(grep MTU "$W/london/log")"
# what esp learnt goes with it: its successor would not find the end of it
wide() { [ "$(mtu london gs-tokyo)" = 1442 ]; }
in_ns r nft flush ruleset
kill -9 "$(child esp "$london")"
poll 60 wide || die "wide, and esp is another: $(mtu london gs-tokyo)"
poll 20 full || die "not FULL after esp died"
say "wide again, with another esp"
stop "$london" "$tokyo"

# nothing passes: no MTU is to blame
wall 'counter'
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 20 full || die "not FULL"
sleep 4
in_ns r nft flush ruleset
wall 'ip protocol esp drop
udp dport 4500 drop'
sleep 15
[ "$(mtu london gs-tokyo)" = 1442 ] || die "silence was taken for a narrow path: $(mtu london gs-tokyo)"
say "silence is not a narrow path"
stop "$london" "$tokyo"
