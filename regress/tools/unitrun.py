# SPDX-License-Identifier: ISC
# unitrun.py UNIT COMMAND...: run it under the SystemCallFilter of a systemd
# unit, as systemd makes one of it: sets are resolved, a line that begins with ~
# takes away, the last one wins; what remains fails with EPERM.  Needs
# libseccomp, and systemd-analyze for the sets.
import ctypes, os, subprocess, sys


def sets():
    found, name = {}, None
    text = subprocess.run(['systemd-analyze', '--no-pager', 'syscall-filter'],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    for line in text.splitlines():
        if line.startswith('@'):
            name = line.strip()
            found[name] = []
        elif line.startswith(' ') and '#' not in line and name:
            found[name].append(line.strip())
    return found


def resolve(found, word):
    if not word.startswith('@'):
        return {word}
    return set().union(*(resolve(found, w) for w in found[word]))


found = sets()
allowed = resolve(found, '@default')
for line in open(sys.argv[1]):
    key, _, value = line.strip().partition('=')
    if key == 'SystemCallFilter':
        names = [resolve(found, w) for w in value.lstrip('~').split()]
        if value.startswith('~'):
            allowed = allowed.difference(*names)
        else:
            allowed = allowed.union(*names)
lib = ctypes.CDLL('libseccomp.so.2')
lib.seccomp_init.restype = ctypes.c_void_p
lib.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
lib.seccomp_load.argtypes = [ctypes.c_void_p]
ctx = lib.seccomp_init(0x00050001)      # SCMP_ACT_ERRNO(EPERM)
for name in allowed:
    nr = lib.seccomp_syscall_resolve_name(name.encode())
    if nr >= 0:
        lib.seccomp_rule_add(ctx, 0x7fff0000, nr, 0)
if lib.seccomp_load(ctx) != 0:
    sys.exit('seccomp_load')
os.execvp(sys.argv[2], sys.argv[2:])
