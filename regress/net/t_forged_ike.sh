#!/bin/sh
# SPDX-License-Identifier: ISC
# First messages made by hand, from the peer's own address, at a running daemon:
# headers, payload chains, proposals, public values and nonces that are wrong,
# each with its verdict (silence, a certain notify, or an answer), never more
# bytes out than in; then a flood, which cookies stop.  Afterwards the peer
# itself joins as if nothing had been.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
two_sites
conf 203.0.113.1 198.51.100.7

cat >"$W/forge.py" <<'END'
import os, socket, struct, sys, time
LONDON = ('203.0.113.1', 500)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('198.51.100.7', 500))
INVALID_SYNTAX, NO_PROPOSAL, INVALID_KE, CRITICAL, COOKIE, MAJOR = 7, 14, 17, 1, 16390, 5

def tr(kind, num, attr=b'', last=False):
    return struct.pack('!BBHBBH', 0 if last else 3, 0, 8 + len(attr), kind, 0, num) + attr
def key(n): return struct.pack('!HH', 0x800e, n)
GOOD = [tr(1, 20, key(256)), tr(2, 6), tr(4, 31, last=True)]
def prop(trs, proto=1, spi=b'', n=None, num=1, last=True):
    b = b''.join(trs)
    return struct.pack('!BBHBBBB', 0 if last else 2, 0, 8 + len(spi) + len(b), num, proto, len(spi),
        len(trs) if n is None else n) + spi + b
def pay(nxt, body, critical=False, length=None):
    return struct.pack('!BBH', nxt, 0x80 if critical else 0, 4 + len(body) if length is None else length) + body
def chain(*ps):     # (type, body[, critical]): first type, octets
    out = b''
    for i, p in enumerate(ps):
        nxt = ps[i + 1][0] if i + 1 < len(ps) else 0
        out += pay(nxt, p[1], len(p) > 2 and p[2])
    return ps[0][0], out
def sa(*a, **k): return (33, prop(GOOD, *a, **k))
def ke(group=31, v=None): return (34, struct.pack('!HH', group, 0) + (os.urandom(32) if v is None else v))
def no(n=32): return (40, os.urandom(n))
def msg(first, body, spi_i=None, spi_r=b'\0' * 8, ver=0x20, ex=34, flags=8, mid=0, length=None):
    return (os.urandom(8) if spi_i is None else spi_i) + spi_r + struct.pack('!BBBBII', first, ver, ex, flags,
        mid, 28 + len(body) if length is None else length) + body
def good(**k): return msg(*chain(sa(), ke(), no()), **k)
def ask(m, wait=0.25):
    """What comes back for m: None, or the notify type, or 'answer'."""
    s.sendto(m, LONDON)
    end = time.time() + wait
    while time.time() < end:
        s.settimeout(max(0.01, end - time.time()))
        try: r = s.recv(65535)
        except OSError: break
        if len(r) < 28 or r[:8] != m[:8] or not r[19] & 0x20:
            continue
        nxt, at, kind = r[16], 28, None
        while nxt and at + 4 <= len(r):
            if nxt == 41: kind = struct.unpack('!H', r[at + 6:at + 8])[0]
            if nxt == 33: return 'answer', len(r)
            nxt, at = r[at], at + struct.unpack('!H', r[at + 2:at + 4])[0]
        return kind, len(r)
    return None, 0
KE, N = ke(), no()
def sap(trs, **k): return (33, prop(trs, **k))
cases = [
    ('good', good(), ['answer']),
    # 1: header
    ('length too long', good(length=5000), [None]), ('length too short', good(length=40), [None]),
    ('length 0', good(length=0), [None]), ('27 bytes', good()[:27], [None]),
    ('version 3', good(ver=0x30), [None, MAJOR]), ('minor 15', good(ver=0x2f), ['answer']),
    ('version 1', msg(1, b'\0' * 40, ver=0x10, ex=2, flags=0), [None]),
    ('exchange 99', good(ex=99), [None]), ('zero spi', good(spi_i=b'\0' * 8), [None]),
    ('responder spi', good(spi_r=os.urandom(8)), [None, 11, 4]), ('message id 7', good(mid=7), [None]),
    ('response flag', good(flags=0x20), [None]), ('both flags', good(flags=0x28), [None]),
    ('not initiator', good(flags=0), [None]), ('AUTH first', good(ex=35, mid=1), [None, 4, 11]),
    # 2: chain
    ('payload length 0', msg(33, pay(34, prop(GOOD), length=0) + os.urandom(50)), [None, INVALID_SYNTAX]),
    ('payload length 3', msg(33, pay(34, prop(GOOD), length=3) + os.urandom(50)), [None, INVALID_SYNTAX]),
    ('payload past end', msg(33, pay(34, prop(GOOD), length=4000)), [None, INVALID_SYNTAX]),
    ('unknown critical', msg(*chain((200, b'abcd', True), sa(), KE, N)), [CRITICAL]),
    ('unknown not critical', msg(*chain((200, b'abcd'), sa(), KE, N)), ['answer']),
    ('SA twice', msg(*chain(sa(), sa(), KE, N)), [None, INVALID_SYNTAX]),
    ('KE twice', msg(*chain(sa(), KE, KE, N)), [None, INVALID_SYNTAX]),
    ('nonce twice', msg(*chain(sa(), KE, N, N)), [None, INVALID_SYNTAX]),
    ('no SA', msg(*chain(KE, N)), [None, INVALID_SYNTAX]), ('no KE', msg(*chain(sa(), N)), [None, INVALID_SYNTAX, INVALID_KE]),
    ('no nonce', msg(*chain(sa(), KE)), [None, INVALID_SYNTAX]), ('nothing', msg(0, b''), [None, INVALID_SYNTAX]),
    ('IKEv1 payload types', msg(*chain((1, prop(GOOD)), (4, os.urandom(32)), (10, os.urandom(32)))), [None, INVALID_SYNTAX]),
    ('900 tiny payloads', msg(*chain(*([(43, b'')] * 900 + [sa(), KE, N]))), [None, INVALID_SYNTAX, 'answer']),
    ('encrypted payload', msg(*chain((46, os.urandom(80)))), [None, INVALID_SYNTAX]),
    ('proposal with spi 8', msg(*chain(sa(spi=os.urandom(8)), KE, N)), [None, INVALID_SYNTAX, NO_PROPOSAL]),
    ('proposal with spi 255', msg(*chain(sa(spi=os.urandom(255)), KE, N)), [None, INVALID_SYNTAX, NO_PROPOSAL]),
    ('transform count lies', msg(*chain(sa(n=9), KE, N)), [None, INVALID_SYNTAX, NO_PROPOSAL]),
    ('no transform', msg(*chain(sap([]), KE, N)), [None, INVALID_SYNTAX, NO_PROPOSAL]),
    ('ESP proposal', msg(*chain(sa(proto=3), KE, N)), [None, INVALID_SYNTAX, NO_PROPOSAL]),
    ('key length 0', msg(*chain(sap([tr(1, 20, key(0))] + GOOD[1:]), KE, N)), [NO_PROPOSAL, INVALID_SYNTAX]),
    ('key length 65535', msg(*chain(sap([tr(1, 20, key(65535))] + GOOD[1:]), KE, N)), [NO_PROPOSAL, INVALID_SYNTAX]),
    ('key length as TLV', msg(*chain(sap([tr(1, 20, struct.pack('!HHH', 14, 2, 256))] + GOOD[1:]), KE, N)), [None, NO_PROPOSAL, INVALID_SYNTAX]),
    ('attribute past end', msg(*chain(sap([tr(1, 20, struct.pack('!HH', 14, 999))] + GOOD[1:]), KE, N)), [None, NO_PROPOSAL, INVALID_SYNTAX]),
    ('255 proposals', msg(*chain((33, b''.join(prop([tr(1, 3), tr(2, 1), tr(3, 1), tr(4, 1, last=True)], num=i, last=i == 255)
        for i in range(1, 256))), KE, N)), [None, NO_PROPOSAL, INVALID_SYNTAX]),
    ('no group', msg(*chain(sap([tr(1, 20, key(256)), tr(2, 6, last=True)]), KE, N)), [NO_PROPOSAL, INVALID_SYNTAX]),
    ('group none', msg(*chain(sap(GOOD[:2] + [tr(4, 0, last=True)]), ke(0), N)), [NO_PROPOSAL, INVALID_SYNTAX, None]),
    ('weak suite', msg(*chain(sap([tr(1, 3), tr(2, 1), tr(3, 1), tr(4, 2, last=True)]), ke(2, os.urandom(128)), N)), [NO_PROPOSAL]),
    ('unknown transform types', msg(*chain(sap([tr(99, 1)] + GOOD), KE, N)), [NO_PROPOSAL, INVALID_SYNTAX]),
    # 3: public values and nonces
    ('KE of another group', msg(*chain(sa(), ke(19, os.urandom(64)), N)), [INVALID_KE]),
    ('KE of a private group', msg(*chain(sa(), ke(1031), N)), [INVALID_KE]),
    ('KE 0', msg(*chain(sa(), ke(31, bytes(32)), N)), [None, INVALID_SYNTAX]),
    ('KE 1', msg(*chain(sa(), ke(31, b'\1' + bytes(31)), N)), [None, INVALID_SYNTAX]),
    ('KE p-1', msg(*chain(sa(), ke(31, b'\xec' + b'\xff' * 30 + b'\x7f'), N)), [None, INVALID_SYNTAX]),
    ('KE 31 bytes', msg(*chain(sa(), ke(31, os.urandom(31)), N)), [None, INVALID_SYNTAX]),
    ('KE 33 bytes', msg(*chain(sa(), ke(31, os.urandom(33)), N)), [None, INVALID_SYNTAX]),
    ('KE empty', msg(*chain(sa(), ke(31, b''), N)), [None, INVALID_SYNTAX]),
    ('ecp384 off the curve', msg(*chain(sap(GOOD[:2] + [tr(4, 20, last=True)]), ke(20, os.urandom(96)), N)), [None, INVALID_SYNTAX]),
    ('nonce of 15', msg(*chain(sa(), KE, no(15))), [None, INVALID_SYNTAX]),
    ('nonce of 257', msg(*chain(sa(), KE, no(257))), [None, INVALID_SYNTAX]),
    ('nonce empty', msg(*chain(sa(), KE, no(0))), [None, INVALID_SYNTAX]),
    # notifies and cookies
    ('cookie of 65 bytes', msg(*chain((41, struct.pack('!BBH', 0, 0, COOKIE) + os.urandom(65)), sa(), KE, N)), [None, 'answer', COOKIE, INVALID_SYNTAX]),
    ('a cookie nobody gave', msg(*chain((41, struct.pack('!BBH', 0, 0, COOKIE) + os.urandom(32)), sa(), KE, N)), ['answer', COOKIE]),
    ('64 kB', msg(*chain(sa(), KE, N, (43, os.urandom(60000)))), [None]),
]
bad = 0
for name, m, want in cases:
    got, size = ask(m)
    if got not in want or size > max(len(m), 28) and got != 'answer':
        print('%s: %s of %d bytes for %d, wanted %s' % (name, got, size, len(m), want))
        bad += 1
    if got == 'answer' and size > len(m) + 200:
        print('%s: %d bytes for %d' % (name, size, len(m))); bad += 1
# on 4500 without the four zero bytes, and a keepalive: nothing of IKE
t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); t.bind(('198.51.100.7', 4500)); t.settimeout(0.2)
for m in (good(), b'\xff', b'\0\0\0\0', b'\0' * 3, b''):
    t.sendto(m, ('203.0.113.1', 4500))
    try: t.recv(4096); print('4500: an answer to %d bytes' % len(m)); bad += 1
    except OSError: pass
# same first message again: the same octets; another under the same SPI: not
m = good()
def octets(m):
    s.sendto(m, LONDON); end = time.time() + 0.5
    while time.time() < end:
        s.settimeout(0.3)
        try: r = s.recv(65535)
        except OSError: return None
        if r[:8] == m[:8] and r[19] & 0x20: return r
one, two = octets(m), octets(m)
if one is None or one != two: print('a repeated request is not answered with the same octets'); bad += 1
# flood: cookies, and never more out than in
out = into = cookies = answers = 0
for i in range(3000):
    m = good(); into += len(m)
    s.sendto(m, LONDON)
    s.settimeout(0.0005)
    try:
        while True:
            r = s.recv(65535); out += len(r)
            if r[19] & 0x20:
                if r[16] == 41: cookies += 1
                else: answers += 1
    except OSError: pass
print('flood: %d bytes in, %d out, %d cookies, %d answers' % (into, out, cookies, answers), file=sys.stderr)
if cookies == 0: print('flood: no cookie'); bad += 1
if out > into: print('flood: more out than in'); bad += 1
sys.exit(bad != 0)
END
daemon london; london=$pid
up() { ctl london show >/dev/null 2>&1 || [ $? = 1 ]; }
poll 10 up || die "London: not up"
mem() { awk '/VmRSS/ { print $2 }' "/proc/$(ps -o pid=,args= --ppid "$london" | awk '/-R ike|: ike/ { print $1; exit }')/status"; }
before=$(mem)
in_ns tokyo python3 "$W/forge.py" >"$W/out" 2>"$W/flood" || die "$(cat "$W/out" "$W/flood")"
say "$(cat "$W/flood")"
after=$(mem)
[ $((after - before)) -lt 20000 ] || die "ike grew from $before to $after kB"
[ -z "$(ctl london -j show processes | grep -o '"restarts":[1-9]')" ] || die "a process died"
daemon tokyo; tokyo=$pid
poll 40 full || die "the peer cannot join afterwards: $(ctl london diagnose)"
poll 5 ping_lan || die "no ping"
say "each had its verdict, the peer joined, ike is at $after kB"
stop "$london" "$tokyo"
