#!/bin/sh
# SPDX-License-Identifier: ISC
# Packets of one flow that come out of a tunnel in one batch go to the kernel as
# one (esp/merge.c), and a host behind it finds them as they were sent: datagrams
# of all lengths in their order, those with a wrong checksum not, a TCP stream
# octet for octet, also where the LAN's device cuts in software.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
OSPF="dead 40  hello 1s"
conf 203.0.113.1 198.51.100.7
daemon london; london=$pid
daemon tokyo; tokyo=$pid
poll 30 full || die "not FULL: $(ctl london diagnose)"
poll 10 ping_lan || die "no ping"

cat >"$W/send.py" <<'END'
"""send.py LENGTHS BAD: a datagram for each length; those in BAD with a wrong sum"""
import random, socket, struct, sys
def fold(b):
    s = sum(struct.unpack('!%dH' % ((len(b) + 1) // 2), b + b'\0' * (len(b) % 2)))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return s
src, dst = socket.inet_aton('10.1.0.10'), socket.inet_aton('10.2.0.10')
lengths, bad = eval(sys.argv[1]), eval(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for i, n in enumerate(lengths):
    data = struct.pack('!H', i) + random.Random(i).randbytes(n - 2)
    udp = struct.pack('!HHHH', 4000, 5001, 8 + n, 0) + data
    c = 0xffff - fold(src + dst + struct.pack('!HH', 17, 8 + n) + udp) or 0xffff
    udp = udp[:6] + struct.pack('!H', c ^ 0x1111 if i in bad else c) + udp[8:]
    s.sendto(struct.pack('!BBHHHBBH', 0x45, 0, 28 + n, i, 0x4000, 64, 17, 0) + src + dst + udp, ('10.2.0.10', 0))
END
cat >"$W/take.py" <<'END'
import random, socket, struct, sys
lengths, bad = eval(sys.argv[1]), eval(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('10.2.0.10', 5001))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
print('ready', flush=True)
for i, n in enumerate(lengths):
    if i in bad: continue
    s.settimeout(60)
    got = s.recv(65535)
    want = struct.pack('!H', i) + random.Random(i).randbytes(n - 2)
    if got != want: sys.exit('datagram %d of %d: got %d of %d' % (i, n, struct.unpack('!H', got[:2])[0], len(got)))
s.settimeout(0.3)
try: sys.exit('one more: %s' % s.recv(65535)[:2].hex())
except TimeoutError: print('all', flush=True)
END
rx() { ip -n "$P-tokyo" -s -j link show gs-london | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["stats64"]["rx"]["packets"])'; }
# what the router has sent to Tokyo so far
passed() { in_ns r cat /proc/net/dev | awk '$1 == "to-tokyo:" { print $11 }'; }
csum() { in_ns tokyo-lan cat /proc/net/snmp | awk '/^Udp: [0-9]/ { print $8 }'; }
# before Linux 6.2 datagrams go one by one
merges=$(uname -r | awk -F '[.-]' '{ print ($1 * 100 + $2 >= 602) }')
# burst LENGTHS BAD MOST: all of it in one batch at either end; at most so many
# packets for Tokyo's kernel
burst() {
	bg tokyo-lan "$W/taken" python3 "$W/take.py" "$1" "$2"; taker=$pid
	poll 5 grep -q ready "$W/taken" || die "no receiver: $(cat "$W/taken")"
	n=$(python3 -c "print(len($1))") wrong=$(csum)
	# the tunnel carries nothing else meanwhile, however long it takes
	quiet="$(child ospf "$tokyo") $(child ospf "$london")"
	kill -STOP $quiet "$(child esp "$tokyo")" "$(child esp "$london")"
	in_ns london-lan python3 "$W/send.py" "$1" "$2"
	r0=$(rx) before=$(passed)
	kill -CONT "$(child esp "$london")"
	there() { [ "$(passed)" -ge $((before + n)) ]; }
	poll 5 there || die "of $n only $(($(passed) - before)) came to Tokyo"
	kill -CONT "$(child esp "$tokyo")"
	wait "$taker" || die "$1: $(cat "$W/taken")"
	took=$(($(rx) - r0))
	kill -CONT $quiet
	[ "$took" -le "$3" ] || [ "$merges" = 0 ] || die "$1: $took packets for the kernel, not $3"
	[ "$(($(csum) - wrong))" = "$(python3 -c "print(len($2))")" ] || die "$1: $(($(csum) - wrong)) wrong checksums seen"
	say "$n datagrams, as $took packets of the device"
}

# one size, one of its own at the end; sizes as they come; a wrong one among them
some() {
	burst "[64] * 60" "[]" 6
	burst "[1400] * 59 + [7]" "[]" 8
	burst "[100, 100, 40, 300, 300, 301, 2, 2, 2, 1024] * 6" "[]" 50
	burst "[200] * 60" "[20, 40]" 10
}
some
ip -n "$P-tokyo" link set lan gso_max_segs 1
some
say "cut in software: the same"
ip -n "$P-tokyo" link set lan gso_max_segs 65535

cat >"$W/stream.py" <<'END'
import hashlib, random, socket, sys
data = random.Random(1).randbytes(8 << 20)
if sys.argv[1] == 'serve':
    s = socket.create_server(('10.2.0.10', 5002))
    print('ready', flush=True)
    c, _ = s.accept()
    got = b''.join(iter(lambda: c.recv(1 << 20), b''))
    if got != data: sys.exit('another stream, %d octets' % len(got))
    c.sendall(b'good')
else:
    c = socket.create_connection(('10.2.0.10', 5002))
    c.sendall(data)
    c.shutdown(socket.SHUT_WR)
    if c.recv(4) != b'good': sys.exit('refused')
END
bg tokyo-lan "$W/served" python3 "$W/stream.py" serve; server=$pid
poll 5 grep -q ready "$W/served" || die "no server: $(cat "$W/served")"
r0=$(rx)
in_ns london-lan timeout 60 python3 "$W/stream.py" send || die "stream: $(cat "$W/served")"
wait "$server" || die "stream: $(cat "$W/served")"
say "a TCP stream of 8 MB, as $(($(rx) - r0)) packets of the device"
full || die "not FULL in the end"
