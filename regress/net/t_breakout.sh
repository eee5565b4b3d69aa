#!/bin/sh
# SPDX-License-Identifier: ISC
# A site whose own default route is beaten by another one, as by that which OSPF
# learns where the company goes out at one site: a peer whose address is dynamic
# comes, and moves, and is answered by where it is heard.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
conf 203.0.113.1 dynamic
# the better one leads to the LAN, where nobody knows Tokyo
way=$(ip -n "$P-london" route show default | sed 's/^default //')
ip -n "$P-london" route del default
# shellcheck disable=SC2086
ip -n "$P-london" route add default $way metric 100
ip -n "$P-london" route add default via 10.1.0.10 dev lan metric 5
in_ns london sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan.rp_filter=0
daemon london
daemon tokyo -s tokyo; tokyo=$pid
works() { ctl london -j show ike | grep -q '"state":"ESTABLISHED"'; }
poll 10 works || die "no answer: $(ctl london show ike; ctl tokyo show ike)"
say "answered where it was heard"
# it has another address from one moment to the next, and London's SA is there
stop "$tokyo"
ip -n "$P-tokyo" address flush dev wan
ip -n "$P-tokyo" address add 198.51.100.77/24 dev wan
ip -n "$P-tokyo" route add default via 198.51.100.8
daemon tokyo -s tokyo
moved() { ctl london -j show ike | grep -q '"remote":"198.51.100.77"' && works; }
poll 15 moved || die "it moved: $(ctl london show ike; ctl tokyo show ike)"
say "and at another address"
