# SPDX-License-Identifier: ISC
"""IKE messages made by hand, sent from a router as if by one of its sides, and
what comes back; counters of the daemon before and after.  For net tests."""
import json
import os
import socket
import struct
import subprocess
import time

(INVALID_SPI, INVALID_SYNTAX, NO_PROPOSAL, INVALID_KE, CRITICAL, COOKIE, MAJOR, AUTH_FAILED) = (
    11, 7, 14, 17, 1, 16390, 5, 24)
INIT, AUTH, CHILD, INFO = 34, 35, 36, 37
I, R = 8, 0x20                          # flags: initiator, response


# --- payloads ---
def tr(kind, num, attr=b'', last=False):
    return struct.pack('!BBHBBH', 0 if last else 3, 0, 8 + len(attr), kind, 0, num) + attr


def key(n):
    return struct.pack('!HH', 0x800e, n)


def suite(group):
    return [tr(1, 20, key(256)), tr(2, 6), tr(4, group, last=True)]


GOOD = suite(31)


def prop(trs, proto=1, spi=b'', n=None, num=1, last=True):
    b = b''.join(trs)
    return struct.pack('!BBHBBBB', 0 if last else 2, 0, 8 + len(spi) + len(b), num, proto, len(spi),
        len(trs) if n is None else n) + spi + b


def pay(nxt, body, critical=False, length=None):
    return struct.pack('!BBH', nxt, 0x80 if critical else 0, 4 + len(body) if length is None else length) + body


def chain(*ps):
    """Of (type, body[, critical]): the first type, and the octets."""
    out = b''
    for i, p in enumerate(ps):
        nxt = ps[i + 1][0] if i + 1 < len(ps) else 0
        out += pay(nxt, p[1], len(p) > 2 and p[2])
    return (ps[0][0] if ps else 0), out


def sap(trs, **k):
    return (33, prop(trs, **k))


def ke(group=31, v=None):
    return (34, struct.pack('!HH', group, 0) + (os.urandom(32) if v is None else v))


def no(n=32):
    return (40, os.urandom(n))


def notify(kind, data=b'', proto=0, spi=b''):
    return (41, struct.pack('!BBH', proto, len(spi), kind) + spi + data)


def msg(first, body, spi_i=None, spi_r=b'\0' * 8, ver=0x20, ex=INIT, flags=I, mid=0, length=None):
    return (os.urandom(8) if spi_i is None else spi_i) + spi_r + struct.pack('!BBBBII', first, ver, ex, flags,
        mid, 28 + len(body) if length is None else length) + body


def good(**k):
    return msg(*chain(sap(GOOD), ke(), no()), **k)


def notifies(m):
    """The first payload of type N in m, as its notify type; 0 with an SA, None."""
    nxt, at, kind = m[16], 28, None
    while nxt and at + 4 <= len(m):
        if nxt == 33:
            return 0
        if nxt == 41 and kind is None:
            kind = struct.unpack('!H', m[at + 6:at + 8])[0]
        nxt, at = m[at], at + max(4, struct.unpack('!H', m[at + 2:at + 4])[0])
    return kind


# --- the road ---
def checksum(b):
    if len(b) % 2:
        b += b'\0'
    s = sum(struct.unpack('!%dH' % (len(b) // 2), b))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


class Road:
    """Between two addresses, in the router: sends as one of them, sees all."""

    def __init__(self):
        self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self.tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.ident = 0

    def ip(self, src, dst, proto, body, frag=0, ident=None):
        if ident is None:
            ident = self.ident = self.ident % 65535 + 1
        self.raw.sendto(struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(body), ident, frag, 60, proto, 0,
            socket.inet_aton(src), socket.inet_aton(dst)) + body, (dst, 0))

    @staticmethod
    def udp_bytes(data, sport, dport):
        return struct.pack('!HHHH', sport, dport, 8 + len(data), 0) + data

    def udp(self, src, dst, data, sport=500, dport=500, pieces=1400):
        """One datagram; in fragments of IP when it is long."""
        b = self.udp_bytes(data, sport, dport)
        self.ident = self.ident % 65535 + 1
        for at in range(0, len(b), pieces - pieces % 8):
            piece = b[at:at + pieces - pieces % 8]
            more = 0x2000 if at + len(piece) < len(b) else 0
            self.ip(src, dst, 17, piece, at // 8 | more, self.ident)

    def see(self, wait=0.0, src=None):
        """The next UDP datagram that comes in from src: (ports, data), or None."""
        end = time.time() + wait
        while True:
            self.tap.settimeout(max(0.0005, end - time.time()))
            try:
                p, where = self.tap.recvfrom(65535)
            except OSError:
                return None
            if where[2] == socket.PACKET_OUTGOING or p[9] != 17:
                if time.time() >= end:
                    return None
                continue
            n = (p[0] & 15) * 4
            if src is None or p[12:16] == socket.inet_aton(src):
                return struct.unpack('!HH', p[n:n + 4]), p[n + 8:]

    def drain(self):
        self.tap.setblocking(False)
        try:
            while True:
                self.tap.recv(65535)
        except OSError:
            pass


class Daemon:
    """What a daemon says of itself: its control tool and socket."""

    def __init__(self, tool, sock):
        self.tool, self.sock = tool, sock

    def show(self, *words):
        out = subprocess.run([self.tool, '-s', self.sock, '-j', 'show', *words], capture_output=True, check=False)
        return json.loads(out.stdout)

    def counters(self):
        """What a stranger can make rise on UDP 500 and 4500."""
        names = {'ike': ('handshakes answered', 'cookies asked for', 'responses repeated', 'liveness probes',
            'handshakes begun', 'ike sas up'), 'esp': ('runt', 'unknown-spi', 'nat-keepalive')}
        return {r['name']: r['n'] for r in self.show('counters')['counters']
            if r['name'] in names.get(r['role'], ()) or r['role'] == 'ike' and r['name'].startswith('drop: ')}

    def risen(self, before, ignore=()):
        now = self.counters()
        return {k.removeprefix('drop: '): now[k] - before[k] for k in now
            if now[k] != before[k] and k not in ignore}

    def wait_risen(self, before, wait=3.0, ignore=()):
        end = time.time() + wait
        while True:
            got = self.risen(before, ignore)
            if got or time.time() > end:
                return got
