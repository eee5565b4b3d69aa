#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""table.py RAW OUT [MEASUREMENT...]: medians of the rows of RAW (measure, system,
unit, value) as OUT (measure, system, unit, median, min, max) and as a table;
then the figures that are to be reached, each with what was.  What the named
measurements (all) should have given and did not is NOT MEASURED; that, like a
figure that was missed, ends with 1."""
import statistics
import sys

TUNNEL = ['veth', 'greipsecd', 'wireguard-go', 'strongswan']
IKE = ['greipsecd', 'charon']
ROUTERS = ['greipsecd', 'frr', 'bird']
SIZES = [100, 1000, 4000]

# what each measurement gives: measure, systems
ROWS = {
    'tunnel': [
        ('tcp-stream', TUNNEL), ('tcp-cpu', TUNNEL),
        ('tcp-cpu-machine', TUNNEL), ('udp-64-bytes', TUNNEL),
        ('round-trip', TUNNEL)],
    'ike': [
        ('ike-up', IKE), ('ike-cold-start', IKE), ('ike-rate', IKE),
        ('ike-cpu', IKE), ('ike-cpu-initiator', IKE), ('ike-cpu-all', IKE),
        ('ike-cpu-all-initiator', IKE), ('ike-to-full', IKE),
        ('ike-memory', IKE), ('ike-memory-ike', IKE)],
    'mesh': [
        ('mesh-start', ['greipsecd']), ('heal', ['greipsecd', 'frr'])],
    'ospf': [('%s-%d' % (m, n), ROUTERS) for n in SIZES for m in
             ('ospf-memory', 'lsa-cpu', 'lsa-to-kernel', 'lsa-move-cpu',
              'spf')],
}

# what there is none of, and why
NONE = {
    ('tcp-cpu', 'veth'): 'it has no daemon',
    ('ike-to-full', 'charon'): 'it has no OSPF',
    ('ike-memory-ike', 'charon'): 'it is one process: ike-memory',
}

# measurement, measure, what ours may be against whom: (system or number,
# factor, relation)
TARGETS = [
    ('tunnel', 'tcp-stream', 'wireguard-go', 1.0, '>='),
    ('tunnel', 'udp-64-bytes', 'strongswan', 2.0, '>='),
    ('ike', 'ike-cpu', 1.0, 1.0, '<='),
    ('ike', 'ike-cpu-initiator', 1.0, 1.0, '<='),
    ('ike', 'ike-up', 1000, 1.0, '>='),
    ('ike', 'ike-memory', 20.0, 1.0, '<='),
    ('ospf', 'spf-1000', 1000.0, 1.0, '<='),
    ('ospf', 'lsa-cpu-1000', 'bird', 1.0, '<='),
    ('ospf', 'lsa-cpu-4000', 'bird', 1.0, '<='),
]


def read(raw):
    """Values by (measure, system, unit), in the order of measures."""
    rows = {}
    for line in open(raw):
        measure, system, unit, value = line.rstrip('\n').split('\t')
        rows.setdefault((measure, system, unit), []).append(float(value))
    names = list(dict.fromkeys(k[0] for k in rows))
    return dict(sorted(rows.items(), key=lambda r: names.index(r[0][0])))


def table(rows, out):
    """Print and write; medians by (measure, system)."""
    median, last = {}, None
    with open(out, 'w') as f:
        f.write('measure\tsystem\tunit\tmedian\tmin\tmax\n')
        print('\n%-22s %-14s %-12s %10s %10s %10s' % (
            'measure', 'system', 'unit', 'median', 'min', 'max'))
        for k, v in rows.items():
            m = median[k[:2]] = statistics.median(v)
            f.write('%s\t%s\t%s\t%g\t%g\t%g\n' % (*k, m, min(v), max(v)))
            print('%-22s %-14s %-12s %10.6g %10.6g %10.6g' % (
                k[0] if k[0] != last else '', k[1], k[2], m, min(v), max(v)))
            last = k[0]
    return median


def absent(median, which):
    """Print what is not in the table; how much of that should be."""
    bad = 0
    for measurement in which:
        for measure, systems in ROWS[measurement]:
            for system in systems:
                if (measure, system) in median:
                    continue
                why = NONE.get((measure, system))
                bad += why is None
                print('%-22s %-14s %s' % (measure, system, 'NOT MEASURED' if
                                          why is None else 'n/a: ' + why))
    return bad


def reached(median, which):
    """Print each figure against its target; how many miss it."""
    bad = 0
    for measurement, measure, other, factor, rel in TARGETS:
        if measurement not in which:
            continue
        ours = median.get((measure, 'greipsecd'))
        base = median.get((measure, other)) if isinstance(other, str) else other
        if ours is None or base is None:
            bad += 1
            print('NOT MEASURED %s%s' % (measure, '' if ours is None else
                                         ' of ' + other))
            continue
        limit = base * factor
        ok = ours >= limit if rel == '>=' else ours <= limit
        bad += not ok
        print('%-8s %s: %g, to be %s %g%s' % (
            'reached' if ok else 'MISSED', measure, ours, rel, limit,
            ' (%g x %s)' % (factor, other) if isinstance(other, str) else ''))
    return bad


def main(raw, out, which):
    median = table(read(raw), out)
    print()
    bad = absent(median, which)
    print()
    bad += reached(median, which)
    return 0 if bad == 0 else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:] or list(ROWS)))
