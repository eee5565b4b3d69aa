#!/bin/sh
# SPDX-License-Identifier: ISC
# OSPF of another make at the other end, through a real tunnel: it is silent, has
# another authentication, a stub area, a sequence that goes back, packets that
# were routed, a digest of another kind; it does not list us, does not answer
# our descriptions.  diagnose names each, with what the Hello said.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
. "$TOP/regress/net/lib_wrong.sh"
cat >"$W/box.py" <<'END2'
# In Tokyo, on the tunnel to London: Hellos as the file `how' says.
import hashlib, socket, struct, sys, time
A = socket.inet_aton
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
raw.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'gs-london')
raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, A('172.31.0.2'))
start = n = int(time.time())
while True:
    how = open(sys.argv[1]).read().split()
    k = dict(opt=2, au=2, nbr='0.0.0.1', ttl=1, back=0, aulen=16)
    for h in how: k[h.split('=')[0]] = type(k.get(h.split('=')[0], ''))(h.split('=')[1])
    raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, k['ttl'])
    n += 1
    body = A('255.255.255.252') + struct.pack('!HBBI', 0, k['opt'], 1, 1) + bytes(8) + (A(k['nbr']) if k['nbr'] != 'none' else b'')
    p = struct.pack('!BBH', 2, 1, 24 + len(body)) + A('0.0.0.2') + A('0.0.0.0') + struct.pack('!HHHBBI', 0, k['au'], 0, 1,
        k['aulen'], start - k['back'] if k['back'] else n) + body   # one that rises is taken for a restart
    if k['au'] == 0:
        p = p[:16] + bytes(8) + p[24:]
        c = sum(struct.unpack('!%dH' % (len(p) // 2), p))
        c = (c & 0xffff) + (c >> 16); c = ~((c & 0xffff) + (c >> 16)) & 0xffff
        p = p[:12] + struct.pack('!H', c) + p[14:]
    else: p += hashlib.md5(p + b'0123456789abcdef').digest() + bytes(k['aulen'] - 16)
    if 'silent' not in k:
        try: raw.sendto(p, ('224.0.0.5', 0))
        except OSError: pass
    time.sleep(0.2)
END2
good london; file tokyo '' 'disable'
how() { echo "$*" >"$W/how.new"; mv "$W/how.new" "$W/how"; }
how silent=1
both
bg tokyo "$W/box.log" sh -c "until [ -e /sys/class/net/gs-london ]; do sleep 0.1; done; exec python3 $W/box.py $W/how"; box=$pid
protected() { ctl london show tunnels | grep -q "degraded"; }
poll 20 protected || die "no tunnel: $(ctl london show ike)"
ONE_END=1
shown() {	# CODE HOW PATTERN...
	_k=$1; how "$2"; shift 2
	what=$_k
	named london "$_k" "$@"
	say "$what: $(of london seen)"
}
shown nothing-heard "silent=1" "does OSPF run on that tunnel"
shown authentication-type "au=0" "type is 0 there and 2 here" "here: ospf { auth" "there: OSPF authentication: MD5" "Seen .* auth-type 0 area"
shown digest-length "aulen=20" "is 20 bytes, MD5 has 16" "there: use MD5"
shown options "opt=0" "0x00 there and 0x02 here" "stub or NSSA"
shown ttl "ttl=9" "TTL 9 instead of 1" "there: TTL 1"
shown one-way "nbr=none" "Hellos of tokyo arrive, and they do not list us"
shown sequence-number "back=1000" "sequence of tokyo went back" "here: .*sequence strict" "there:"
shown exstart "nbr=0.0.0.1" "Database descriptions of ours get no answer" "large packets are lost"
look tokyo
[ "$_rc" = 0 ] || grep -q "left to another program" "$W/tokyo/seen" || die "at Tokyo: $(cat "$W/tokyo/seen")"
stop "$box" "$l" "$t"
