# SPDX-License-Identifier: ISC
# An insider of OSPF, for the network tests: in Tokyo, on the tunnel to London,
# with Tokyo's router id and key, and the number that Tokyo used last, so that
# Tokyo's own packets still pass.  What is sent goes in groups; of each group is
# proven at London, which runs all the time, that what it should count was
# counted and nothing else, and, unless the group says otherwise, that the
# neighbour did not begin anew, that no ping was lost and no memory was taken.
# Environment: W, GSC, PINGS (a file with the lines of `ping -D').
import contextlib, hashlib, json, os, random, re, socket, struct, subprocess, sys, time

IF, US, TOKYO, LONDON = 'gs-london', '172.31.0.2', '0.0.0.2', '0.0.0.1'
KEY = b'0123456789abcdef'
ALL = '224.0.0.5'
A = socket.inet_aton
rnd = random.Random(11)

def raw_socket(ttl=1, own_header=False):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 255 if own_header else 89)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, IF.encode())
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, A(US))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    return s
raw, raw64, rawip = raw_socket(), raw_socket(64), raw_socket(own_header=True)
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
tap.bind((IF, 3))

seq = 0                 # Tokyo's number
acks = []               # headers that London acknowledged
updates = []            # (time, LSA) that London sent
tokyos = []             # packets of Tokyo's own
ours = set()            # digests of what was sent here

def take(o, src):
    """A packet of OSPF that passed on the tunnel."""
    global seq
    n = struct.unpack('!H', o[2:4])[0]
    if src == A(US):
        if o[n:n + 16] not in ours:
            seq = max(seq, struct.unpack('!I', o[20:24])[0])
            tokyos.append(o)
    elif o[1] == 5:
        acks.extend(o[i:i + 20] for i in range(24, n - 19, 20))
    elif o[1] == 4:
        at = 28
        while at + 20 <= n:
            k = struct.unpack('!H', o[at + 18:at + 20])[0]
            updates.append((time.time(), o[at:at + k]))
            at += max(k, 20)

def listen(t=0.0):
    """What has passed, and what passes within t."""
    end = time.time() + t
    while True:
        tap.settimeout(max(end - time.time(), 0) or 0.000001)
        try: p, a = tap.recvfrom(65535)
        except OSError:
            if time.time() >= end: return
            continue
        o = p[(p[0] & 15) * 4:]
        # fragments of what is larger are nobody's here
        if p[9] == 89 and len(o) >= 24 and not struct.unpack('!H', p[6:8])[0] & 0x3fff: take(o, p[12:16])

def tokyos_number():
    listen()
    return seq
def pkt(kind, body, rid=TOKYO, area='0.0.0.0', ver=2, length=None, au=2, kid=1, aulen=16, key=KEY, n=None, digest=None, tail=b''):
    n = seq if n is None else n
    h = struct.pack('!BBH', ver, kind, 24 + len(body) if length is None else length) + A(rid) + A(area) + \
        struct.pack('!HHHBBI', 0, au, 0, kid, aulen, n & 0xffffffff)
    p = h + body
    d = hashlib.md5(p + key.ljust(16, b'\0')).digest() if digest is None else digest
    ours.add(d)
    return p + d + tail
def send(p, dst=ALL, by=None):
    try: (by or raw).sendto(p, (dst, 0))
    except OSError: pass
    time.sleep(0.002)
def go(kind, body, dst=ALL, by=None, **k):
    listen()
    send(pkt(kind, body, **k), dst, by)
def ip(p, src, dst=ALL, ttl=1):
    """With an IP header of ours; the kernel fills in the sums."""
    return struct.pack('!BBHHHBBH', 0x45, 0xc0, 20 + len(p), 0, 0, ttl, 89, 0) + A(src) + A(dst) + p

def hello(nbrs=(LONDON,), mask='255.255.255.255', iv=2, dead=8, opt=2):
    return A(mask) + struct.pack('!HBBI', iv, opt, 1, dead) + bytes(8) + b''.join(A(x) for x in nbrs)
def dd(mtu=1442, opt=0x42, flags=0, n=1, h=b''): return struct.pack('!HBBI', mtu, opt, flags, n) + h
def lsr(*keys): return b''.join(struct.pack('!I', t) + A(i) + A(a) for t, i, a in keys)

def sums(b):
    c0 = c1 = 0
    for i, x in enumerate(b[2:]):
        c0 = (c0 + (0 if i in (14, 15) else x)) % 255; c1 = (c1 + c0) % 255
    return c0, c1
def fletcher(b):
    c0, c1 = sums(b)
    x = ((len(b) - 17) * c0 - c1) % 255
    if x <= 0: x += 255
    y = 510 - c0 - x
    if y > 255: y -= 255
    return bytes([x, y])
def lsa(kind, lsid, adv, body=b'', num=0x80000010, age=1, length=None, bad=False, opt=2):
    b = struct.pack('!HBB', age, opt, kind) + A(lsid) + A(adv) + struct.pack('!IHH', num & 0xffffffff, 0,
        20 + len(body) if length is None else length) + body
    c = fletcher(b)
    if bad: c = bytes([c[0] ^ 0xff, c[1]])
    return b[:16] + c + b[18:]
def disguise(l, at, cksum):
    """The LSA with the bytes at and at + 1 such that its checksum is cksum."""
    b = bytearray(l); b[at] = b[at + 1] = 0; b[16:18] = b'\0\0'
    c0, c1 = sums(bytes(b))
    for i, x in ((16, cksum[0]), (17, cksum[1])):       # as if they were data
        c0 += x; c1 += x * (len(b) - i)
    w = len(b) - at - 1                                 # weight of the second
    first = (c0 * w - c1) % 255
    b[at], b[at + 1] = first, (-c0 - first) % 255
    b[16:18] = cksum
    assert fletcher(bytes(b)) in (cksum, cksum.replace(b'\xff', b'\0'))
    return bytes(b)
def lsu(*ls, n=None): return struct.pack('!I', len(ls) if n is None else n) + b''.join(ls)
def router(*links, flags=0, n=None):
    return struct.pack('!BBH', flags, 0, len(links) if n is None else n) + b''.join(links)
def link(kind, lid, data, metric=1, tos=0): return A(lid) + A(data) + struct.pack('!BBH', kind, tos, metric)
def external(mask, metric=20, fwd='0.0.0.0', kind2=True):
    return A(mask) + struct.pack('!I', metric | (0x80000000 if kind2 else 0)) + A(fwd) + bytes(4)
BAIT = link(3, '10.66.0.0', '255.255.0.0')
def phantom(i='9.9.9.9', **k): return lsa(1, i, i, router(BAIT), **k)
def acked(adv, kind=None):
    return any(a[8:12] == A(adv) and kind in (None, a[3]) for a in acks)
def heard(kind, lsid, adv):
    """The instances that London sent, oldest first."""
    return [(t, l) for t, l in updates if l[3] == kind and l[4:8] == A(lsid) and l[8:12] == A(adv)]
def number(l): return struct.unpack('!I', l[12:16])[0]

# --- London, and what is asked of it
bad = 0
def expect(ok, what):
    global bad
    if not ok: print('FAILED: ' + what, flush=True); bad += 1
def ctl(*words):
    out = subprocess.run([os.environ['GSC'], '-j', '-s', os.environ['W'] + '/london/sock', 'show', *words],
        stdout=subprocess.PIPE).stdout
    return json.loads(out)[words[0]]
def nbr():
    l = ctl('neighbors')
    return l[0] if l else {'state': 'DOWN', 'uptime_s': 0}
def counters(): return {c['name']: c['n'] for c in ctl('counters') if c['role'] == 'ospf'}
def downs(): return [e for e in ctl('events') if e['what'] in ('down', 'neighbour', 'died')]
def database(kind=None): return [l for l in ctl('database') if kind in (None, l['type'])]
ospf_pid = [p['pid'] for p in ctl('processes') if p['role'] == 'ospf'][0]
def rss():
    """kB; 0 when the process is gone."""
    try: t = open('/proc/%d/status' % ospf_pid).read()
    except OSError: return 0
    return int(re.search(r'VmRSS:\s*(\d+)', t).group(1))
def pings():
    try: return [int(x) for x in re.findall(r'icmp_seq=(\d+) ttl', open(os.environ['PINGS']).read())]
    except OSError: return []
def until(cond, t=10.0):
    end = time.time() + t
    while True:
        v = cond()
        if v or time.time() >= end: return v
        listen(0.05)
def full(): return nbr()['state'] == 'FULL'

# Whatever comes one packet behind Tokyo's own was used up by that one.
BEHIND = 'sequence number'
def name_of(c, k): return k if k in c else 'drop: ' + k
@contextlib.contextmanager
def group(name, want=None, also=(), kept=True, mb=4, gap=0):
    """want: what has to be counted and how often at least; also: what may be
    counted besides.  kept: False when RFC 2328 has the adjacency begin anew, which
    must have happened, and it is FULL again soon; None: whatever it does.  mb:
    megabytes it may take.  gap: pings that may be lost."""
    want = want or {}
    acks.clear(); updates.clear()
    listen()
    if kept:                    # the way may still be coming back from before
        p0 = max(pings(), default=0)
        expect(until(lambda: max(pings(), default=0) > p0, 20), name + ': no ping before it')
    n0, d0, c0, m0, t0, e0 = nbr(), downs(), counters(), rss(), time.time(), bad
    p0 = max(pings(), default=0)
    yield
    def grown():
        c = counters()
        return {k: c[k] - c0[k] for k in c if c[k] > c0[k]}
    def missing():
        g = grown()
        m = {k: n - g.get(name_of(c0, k), 0) for k, n in want.items()}
        m = {k: n for k, n in m.items() if n > 0}
        if sum(m.values()) <= g.get('drop: ' + BEHIND, 0) and all(m[k] < want[k] for k in m): return {}
        return m
    until(lambda: not missing(), 5)
    g = grown()
    for k, n in missing().items(): expect(False, '%s: "%s" counted %d times of %d: %s' % (name, k, g.get(name_of(c0, k), 0), want[k], g))
    may = {name_of(c0, k) for k in list(want) + list(also) + [BEHIND]}
    if '*' not in also:
        other = {k: n for k, n in g.items() if k.startswith('drop: ') and k not in may}
        expect(not other, '%s: counted as something else: %s' % (name, other))
    n1 = nbr()
    expect(rss() != 0 and rss() - m0 <= mb << 10, '%s: memory went from %d to %d kB' % (name, m0, rss()))
    if kept:
        gone = int(time.time() - t0)
        expect(n1['state'] == 'FULL' and n1['uptime_s'] >= n0['uptime_s'] + gone - 2,
            '%s: the adjacency did not stay: %s, %d s; before %s, %d s' % (name, n1['state'], n1['uptime_s'], n0['state'], n0['uptime_s']))
        lost = [e for e in downs() if e not in d0]
        expect(not lost, '%s: events %s' % (name, lost))
        last = max(pings(), default=0)
        expect(until(lambda: max(pings(), default=0) > last, 5), name + ': no ping is answered any more')
        got = pings()
        holes = sorted(set(range(p0 + 1, max(got, default=0))) - set(got))
        expect(len(holes) <= gap, '%s: pings %s of %d to %d were lost' % (name, holes, p0, max(got, default=0)))
    elif kept is False:
        expect(any(e['what'] == 'down' for e in downs() if e not in d0), name + ': the adjacency did not begin anew')
        expect(until(full, 20), name + ': not FULL again')
    print('%-44s %5.1f s  %s%s' % (name, time.time() - t0, 'ok' if bad == e0 else 'FAILED',
        ''.join(', %s %d' % (k.replace('drop: ', ''), g.get(name_of(c0, k), 0)) for k in want)), flush=True)

def begin():
    until(lambda: listen(0.1) or seq, 10)
    assert seq, 'Tokyo was not heard'
    assert until(lambda: len(pings()) > 3 and nbr()['uptime_s'] >= 3, 20), 'no ping, or not FULL for 3 s'
def end(): sys.exit(bad != 0)
