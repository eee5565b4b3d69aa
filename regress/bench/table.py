#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""table.py RAW OUT: medians of the rows of RAW (measure, system, unit, value)
as OUT (measure, system, unit, median, min, max) and as a table; then the
figures that are to be reached, each with what was."""
import statistics
import sys

# measure, what ours may be against whom: (system or number, factor, relation)
TARGETS = [
    ('tcp-stream', 'wireguard-go', 1.0, '>='),
    ('udp-64-bytes', 'strongswan', 2.0, '>='),
    ('ike-cpu', 1.0, 1.0, '<='),
    ('ike-up', 1000, 1.0, '>='),
    ('ike-memory', 20.0, 1.0, '<='),
    ('spf-1000', 1000.0, 1.0, '<='),
    ('lsa-cpu-1000', 'bird', 1.0, '<='),
    ('lsa-cpu-4000', 'bird', 1.0, '<='),
]


def main(raw, out):
    rows, order = {}, []
    for line in open(raw):
        measure, system, unit, value = line.rstrip('\n').split('\t')
        key = (measure, system, unit)
        if key not in rows:
            rows[key] = []
            order.append(key)
        rows[key].append(float(value))
    names = list(dict.fromkeys(k[0] for k in order))
    order.sort(key=lambda k: names.index(k[0]))
    median = {}
    with open(out, 'w') as f:
        f.write('measure\tsystem\tunit\tmedian\tmin\tmax\n')
        print('\n%-18s %-14s %-10s %12s %12s %12s' % ('measure', 'system',
              'unit', 'median', 'min', 'max'))
        last = None
        for k in order:
            v = rows[k]
            m = statistics.median(v)
            median[k[:2]] = m
            f.write('%s\t%s\t%s\t%g\t%g\t%g\n' % (*k, m, min(v), max(v)))
            print('%-18s %-14s %-10s %12.6g %12.6g %12.6g' % (
                k[0] if k[0] != last else '', k[1], k[2], m, min(v), max(v)))
            last = k[0]
    print()
    bad = 0
    for measure, other, factor, rel in TARGETS:
        ours = median.get((measure, 'greipsecd'))
        if ours is None:
            continue
        base = median.get((measure, other)) if isinstance(other, str) else other
        if base is None:
            continue
        limit = base * factor
        ok = ours >= limit if rel == '>=' else ours <= limit
        bad += not ok
        print('%-8s %s: %g, to be %s %g%s' % ('reached' if ok else 'MISSED',
              measure, ours, rel, limit, '' if not isinstance(other, str) else
              ' (%g x %s)' % (factor, other)))
    return 0 if bad == 0 else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2]))
