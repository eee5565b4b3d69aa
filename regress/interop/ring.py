#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""ring.py NAME <MAP: the whole route table that router NAME ought to have, as
lib_ospf.sh's tables: "PREFIX COST GATEWAY@IFACE...".  MAP has lines
"link A IFACE ADDRESS B IFACE ADDRESS PREFIX COST [cut]" and
"net ROUTER PREFIX COST".  Every simple path is tried; nothing clever."""
import sys


def main(me):
    hops, nets = {}, []
    for w in map(str.split, sys.stdin):
        if w[0] == 'link':
            _, a, a_if, a_addr, b, b_if, b_addr, prefix, cost = w[:9]
            if w[9:] != ['cut']:
                hops.setdefault(a, []).append((b, int(cost), b_addr, a_if))
                hops.setdefault(b, []).append((a, int(cost), a_addr, b_if))
            # an end that lost its neighbour still has the network
            nets += [(a, prefix, int(cost)), (b, prefix, int(cost))]
        else:
            nets.append((w[1], w[2], int(w[3])))
    best = {}

    def walk(at, cost, first, seen):
        for router, prefix, more in nets:
            if router == at and at != me:
                have = best.setdefault(prefix, (cost + more, set()))
                if cost + more < have[0]:
                    have = best[prefix] = (cost + more, set())
                if cost + more == have[0]:
                    have[1].add(first)
        for to, more, addr, iface in hops.get(at, []):
            if to not in seen:
                walk(to, cost + more, first or '%s@%s' % (addr, iface),
                     seen | {to})

    walk(me, 0, None, {me})
    mine = {prefix for router, prefix, _ in nets if router == me}
    for prefix in sorted(set(best) - mine):
        print(prefix, best[prefix][0], *sorted(best[prefix][1]))


main(*sys.argv[1:])
