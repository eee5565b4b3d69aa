#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""ctlraw.py [-u UID] SOCKET COMMAND...: a control client made by hand, for what
greipsecctl would never do.

procs                 "role pid restarts" of each process
ask TYPE [TYPE...]    one request each, on one connection; prints "asked", and
                      "TYPE rows error text" for each as it ends
log                   a change (CTL_LOG); prints "error text"
garbage N             N connections of malformed bytes each; fails if one is
                      still open after that
flood                 ask for ever and never read; ends when it is cut
crowd N               N connections at once; prints how many were sent away
monitor SECONDS       prints "subject what" of each event
"""
import os
import select
import socket
import struct
import sys
import time

HDR = struct.Struct('>HHII')
CTL_SUMMARY, CTL_PROC, CTL_MONITOR, CTL_LOG, CTL_END = 128, 129, 146, 160, 190


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(20)
    return s


def frame(typ, num, body=b'', flags=0):
    return HDR.pack(typ, flags, len(body), num) + body


def req(match=b'', arg=0):
    return struct.pack('>H', len(match)) + match + struct.pack('>I', arg)


def exactly(s, n):
    b = b''
    while len(b) < n:
        got = s.recv(n - len(b))
        if not got:
            raise EOFError
        b += got
    return b


def message(s):
    typ, _, length, num = HDR.unpack(exactly(s, HDR.size))
    return typ, num, exactly(s, length)


def text(b):
    n = struct.unpack('>H', b[:2])[0]
    return b[2:2 + n].decode(), b[2 + n:]


def end(b):
    return struct.unpack('>I', b[:4])[0], text(b[4:])[0]


def procs(path):
    s = connect(path)
    s.sendall(frame(CTL_PROC, 1, req()))
    while True:
        typ, num, b = message(s)
        assert num == 1
        if typ == CTL_END:
            sys.exit(1 if end(b)[0] else 0)
        role, b = text(b)
        pid, _, restarts = struct.unpack('>III', b)
        print(role, pid, restarts)


def ask(path, types):
    s = connect(path)
    rows = {}
    for i, t in enumerate(types):
        s.sendall(frame(int(t), 100 + i, req()))
        rows[100 + i] = 0
    print('asked', flush=True)
    while rows:
        typ, num, b = message(s)
        if typ != CTL_END:
            assert typ == int(types[num - 100])
            rows[num] += 1
            continue
        print(types[num - 100], rows.pop(num), *end(b), flush=True)


def log(path):
    s = connect(path)
    s.sendall(frame(CTL_LOG, 9, struct.pack('>BII', 7, 0, 0)))
    typ, num, b = message(s)
    assert (typ, num) == (CTL_END, 9)
    print(*end(b))


def garbage(path, n):
    cases = [
        b'\0' * 64, b'\xff' * 64, b'GET / HTTP/1.0\r\n\r\n',
        frame(CTL_PROC, 1, b''), frame(CTL_PROC, 1, b'\xff\xff' + b'x' * 9),
        frame(CTL_PROC, 1, req() + b'z'), frame(CTL_END, 1, b'\0' * 6),
        frame(1, 1, b'x' * 60), frame(8, 0, req()), frame(32, 0),
        frame(CTL_PROC, 1, req(b'a' * 32)), frame(CTL_PROC, 1, req(b'a\0b')),
        frame(CTL_PROC, 1, req(), flags=1), frame(CTL_PROC, 1, req(), 0x8000),
        HDR.pack(CTL_PROC, 0, 0xffffffff, 1), HDR.pack(CTL_PROC, 0, 65537, 1),
        frame(CTL_LOG, 1, b'\7'), frame(0, 0), frame(65535, 0),
    ]
    for _ in range(n):
        for c in cases:
            s = connect(path)
            try:
                s.sendall(c)
                while s.recv(4096):
                    pass
            except (BrokenPipeError, ConnectionResetError):
                pass
    # descriptors that nobody asked for
    s = connect(path)
    socket.send_fds(s, [frame(CTL_PROC, 1, req())], [0, 1, 2])
    try:
        while s.recv(4096):
            pass
    except ConnectionResetError:
        pass


def flood(path):
    s = connect(path)
    s.setblocking(False)
    q = frame(CTL_SUMMARY, 1, req()) * 500
    until = time.time() + 20
    left = q
    while time.time() < until:
        try:
            select.select([], [s], [], 1)
            left = left[s.send(left):] or q
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            return
    sys.exit('never cut')


def crowd(path, n):
    socks = [connect(path) for _ in range(n)]
    time.sleep(0.3)
    away = 0
    for s in socks:
        if select.select([s], [], [], 0)[0]:
            typ, _, b = message(s)
            assert typ == CTL_END and end(b)[0] != 0
            away += 1
    print(away)


def monitor(path, seconds):
    s = connect(path)
    s.sendall(frame(CTL_MONITOR, 5, req()))
    s.settimeout(seconds)
    print('ready', flush=True)
    while True:
        try:
            typ, num, b = message(s)
        except (EOFError, TimeoutError, socket.timeout):
            return
        assert (typ, num) == (CTL_MONITOR, 5)
        subject, b = text(b[13:])
        what, b = text(b)
        print(subject, what, flush=True)


def main(argv):
    if argv[0] == '-u':
        os.setgroups([])
        os.setgid(0)
        os.setuid(int(argv[1]))
        argv = argv[2:]
    path, cmd, args = argv[0], argv[1], argv[2:]
    if cmd == 'procs':
        procs(path)
    elif cmd == 'ask':
        ask(path, args)
    elif cmd == 'log':
        log(path)
    elif cmd == 'garbage':
        garbage(path, int(args[0]))
    elif cmd == 'flood':
        flood(path)
    elif cmd == 'crowd':
        crowd(path, int(args[0]))
    elif cmd == 'monitor':
        monitor(path, float(args[0]))
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
