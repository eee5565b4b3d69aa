#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""inject.py IFNAME OWN-ADDRESS PEER-ADDRESS PEER-ROUTER-ID KEY ROWS COLUMNS

An OSPF neighbor on a point-to-point interface that has a whole network behind
it: a grid of ROWS x COLUMNS routers with three /32 each.  It becomes FULL with
the router under test, floods that database, and says "loaded" when all of it
is acknowledged.  For each line "change N" on standard input the N-th change
follows: one metric deep in the grid and one /32 that has another address.  The
metric is of a link that leads back to where the router under test is, on no
shortest path as a rule; with "move N" of one that leads on.  The answer is
"changed N ADDRESS TIME" (the new /32, seconds since 1970).  Hello 1 s, dead
interval 4 s, MD5 with key id 1."""
import hashlib
import select
import socket
import struct
import sys
import time

RID = 0xff000001
ROUTER1 = 0xf0000001
AGE0, OPTIONS = 1, 2


def ip4(text):
    return struct.unpack('!I', socket.inet_aton(text))[0]


def dotted(value):
    return socket.inet_ntoa(struct.pack('!I', value))


def fletcher(body):
    """Checksum of an LSA without its age; its field (14, 15) is zero."""
    c0 = c1 = 0
    for b in body:
        c0 = (c0 + b) % 255
        c1 = (c1 + c0) % 255
    x = ((len(body) - 14 - 1) * c0 - c1) % 255
    if x <= 0:
        x += 255
    y = 510 - c0 - x
    if y > 255:
        y -= 255
    return x, y


class Lsa:
    def __init__(self, rid, links):
        self.rid, self.links, self.seq = rid, links, -0x7fffffff
        self.make()

    def make(self):
        body = struct.pack('!BBH', 0, 0, len(self.links))
        body += b''.join(struct.pack('!IIBBH', *link) for link in self.links)
        head = struct.pack('!BBIIiHH', OPTIONS, 1, self.rid, self.rid,
                           self.seq, 0, 20 + len(body))
        whole = bytearray(head + body)
        whole[14], whole[15] = fletcher(whole)
        self.wire = struct.pack('!H', AGE0) + bytes(whole)
        self.header = self.wire[:20]

    def key(self):
        return (self.rid, self.seq)


class Neighbor:
    def __init__(self, ifname, own, peer, peer_rid, key):
        self.own, self.peer, self.peer_rid = ip4(own), peer, ip4(peer_rid)
        self.key = key.encode().ljust(16, b'\0')
        self.seq = int(time.time())
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
        s = self.sock
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, ifname.encode())
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        index = socket.if_nametoindex(ifname)
        self.mtu = int(open('/sys/class/net/%s/mtu' % ifname).read())
        mreq = struct.pack('@4s4si', socket.inet_aton('224.0.0.5'),
                           socket.inet_aton(own), index)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreq)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, mreq)
        self.seen = False
        self.state = 'down'
        self.dd = 7777
        self.next_hello = self.next_dd = 0
        self.unacked = {}

    def send(self, kind, body, to='224.0.0.5'):
        self.seq += 1
        head = struct.pack('!BBHIIHHHBBI', 2, kind, 24 + len(body), RID, 0, 0,
                           2, 0, 1, 16, self.seq)
        p = head + body
        self.sock.sendto(p + hashlib.md5(p + self.key).digest(), (to, 0))

    def hello(self):
        body = struct.pack('!IHBBIII', 0xfffffffc, 1, OPTIONS, 1, 4, 0, 0)
        if self.seen:
            body += struct.pack('!I', self.peer_rid)
        self.send(1, body)

    def describe(self, flags):
        self.send(2, struct.pack('!HBBI', self.mtu, OPTIONS, flags, self.dd),
                  self.peer)

    def flood(self, lsas):
        batch, size = [], 0
        for lsa in lsas + [None]:
            if lsa is None or size + len(lsa.wire) > 1300:
                if batch:
                    self.send(4, struct.pack('!I', len(batch)) +
                              b''.join(x.wire for x in batch))
                batch, size = [], 0
            if lsa is not None:
                batch.append(lsa)
                size += len(lsa.wire)
                self.unacked[lsa.key()] = (time.time() + 2, lsa)

    def receive(self):
        p = self.sock.recv(65535)
        p = p[(p[0] & 15) * 4:]
        if len(p) < 24 or struct.unpack('!I', p[4:8])[0] == RID:
            return
        kind, length = p[1], struct.unpack('!H', p[2:4])[0]
        body = p[24:length]
        if kind == 1:
            self.seen = True
            if self.state == 'down' and struct.pack('!I', RID) in body[20:]:
                self.state = 'exstart'
        elif kind == 2 and self.state in ('exstart', 'exchange'):
            flags, seq = body[3], struct.unpack('!I', body[4:8])[0]
            if seq != self.dd or flags & 1:
                return
            done = self.state == 'exchange' and not flags & 2
            self.dd += 1
            if done:
                self.state = 'full'
                return
            self.state = 'exchange'
            self.describe(1)
            self.next_dd = time.time() + 1
        elif kind == 4:
            n, at, acks = struct.unpack('!I', body[:4])[0], 4, b''
            for _ in range(n):
                acks += body[at:at + 20]
                at += struct.unpack('!H', body[at + 18:at + 20])[0]
            self.send(5, acks)
        elif kind == 5:
            for at in range(0, len(body) - 19, 20):
                adv, seq = struct.unpack('!Ii', body[at + 8:at + 16])
                self.unacked.pop((adv, seq), None)

    def tick(self):
        now = time.time()
        if now >= self.next_hello:
            self.next_hello = now + 1
            self.hello()
        if self.state in ('exstart', 'exchange') and now >= self.next_dd:
            self.next_dd = now + 1
            self.describe(7 if self.state == 'exstart' else 1)
        late = [lsa for due, lsa in self.unacked.values() if due < now]
        self.flood(late[:500])


def grid(rows, columns, own, peer_rid):
    """The router LSAs; the first is our own."""
    def rid(r, c):
        return ROUTER1 + r * columns + c

    def link(to, n, metric):
        return (to, 0x0b800000 + n, 1, 0, metric)
    lsas = [Lsa(RID, [(peer_rid, own, 1, 0, 10), link(ROUTER1, 1, 1),
                      (own & 0xfffffffc, 0xfffffffc, 3, 0, 10)])]
    for r in range(rows):
        for c in range(columns):
            links, me = [], rid(r, c)
            if (r, c) == (0, 0):
                links.append(link(RID, 2, 1))
            for rr, cc in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if 0 <= rr < rows and 0 <= cc < columns:
                    a, b = min(me, rid(rr, cc)), max(me, rid(rr, cc))
                    links.append(link(rid(rr, cc), me & 0xffffff,
                                      10 + (a * 7 + b * 13) % 10))
            base = 0x0b000000 + (r * columns + c) * 4
            for k in range(3):
                links.append((base + k, 0xffffffff, 3, 0, 1))
            lsas.append(Lsa(me, links))
    return lsas


def change(lsas, n, on):
    """One metric, of a link that leads on or back, and one /32 of a router deep
    inside; the new /32."""
    count = len(lsas) - 1
    lsa = lsas[1 + (count // 2 + n * 17) % count]
    k = len(lsa.links) - 4 if on else 0
    to, data, kind, tos, metric = lsa.links[k]
    lsa.links[k] = (to, data, kind, tos, metric + 1)
    _, mask, kind, tos, metric = lsa.links[-1]
    new = 0x0c000000 + n
    lsa.links[-1] = (new, mask, kind, tos, metric)
    lsa.seq += 1
    lsa.make()
    return lsa, new


def main(ifname, own, peer, peer_rid, key, rows, columns):
    n = Neighbor(ifname, own, peer, peer_rid, key)
    lsas = grid(int(rows), int(columns), n.own, n.peer_rid)
    todo, loaded = list(lsas), False
    while True:
        ready, _, _ = select.select([n.sock, sys.stdin], [], [], 0.02)
        if n.sock in ready:
            n.receive()
        if sys.stdin in ready:
            word = sys.stdin.readline().split()
            if not word:
                return
            lsa, new = change(lsas, int(word[1]), word[0] == 'move')
            at = time.time()
            n.flood([lsa])
            print('changed %s %s %.6f' % (word[1], dotted(new), at), flush=True)
        n.tick()
        if n.state == 'full' and todo and len(n.unacked) < 300:
            n.flood(todo[:100])
            del todo[:100]
        if not todo and not n.unacked and not loaded:
            loaded = True
            print('loaded %d' % len(lsas), flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
