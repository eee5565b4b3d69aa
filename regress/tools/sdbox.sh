#!/bin/sh
# SPDX-License-Identifier: ISC
# sdbox.sh NETNS CGROUP DIR: systemd as PID 1 of a system made of DIR/etc, DIR/var,
# DIR/local (its /usr/local) and the rest of this host's /usr, read-only, in that
# network namespace.  CGROUP, a new directory of a cgroup2 mount, is its root; of
# the kernel's settings it can write those of its network only; and it has no
# units but those copied below and in DIR/etc, so that none touches the host.
set -eu
case $1 in
pid1)	# a process outside, above the new root, stays where it was
	echo 0 >"$2/cgroup.procs"
	exec unshare --cgroup sh "$0" root "$2" "$3"
	;;
root)	;;
*)	# ends with its caller, whatever ends that
	exec setpriv --pdeathsig KILL nsenter --net="/run/netns/$1" unshare --pid \
	    --fork --kill-child --mount --uts --ipc sh "$0" pid1 "$2" "$3"
	;;
esac

mount --bind "$3" "$3"
cd "$3"
mkdir -p proc sys dev run usr tmp etc var root home local
for d in bin sbin lib lib64; do
	[ ! -L "/$d" ] || ln -sfn "usr/$d" $d
done
mount --rbind /usr usr
mount -o remount,ro,bind usr
mount --bind local usr/local
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp

mount -t proc proc proc
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,ro,bind proc/sys
[ ! -e proc/sysrq-trigger ] || mount --bind /dev/null proc/sysrq-trigger
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs sys/fs
mkdir sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup

mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/net dev/pts dev/shm
while read -r name major minor; do
	mknod -m 666 "dev/$name" c "$major" "$minor"
done <<'DEVICES'
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
net/tun 10 200
DEVICES
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd

S=usr/lib/systemd/system
for d in systemd/system systemd/system-generators sysusers.d tmpfiles.d sysctl.d; do
	[ ! -d "usr/lib/$d" ] || mount -t tmpfs tmpfs "usr/lib/$d"
done
mkdir $S/sysinit.target.wants
for u in sysinit basic multi-user network network-pre sockets timers paths slices \
    local-fs local-fs-pre swap shutdown umount final exit emergency; do
	[ ! -f "/$S/$u.target" ] || cp "/$S/$u.target" $S
done
for u in systemd-journald.service systemd-journald.socket \
    systemd-journald-dev-log.socket systemd-sysusers.service \
    systemd-tmpfiles-setup.service systemd-sysctl.service; do
	cp "/$S/$u" $S
	ln -s "../$u" $S/sysinit.target.wants
done

mkdir run/old
pivot_root . run/old
cd /
umount -l run/old
rmdir run/old
no=-sys_time,-sys_module,-sys_rawio,-sys_pacct,-sys_boot,-syslog
no=$no,-audit_read,-audit_control,-audit_write,-wake_alarm,-block_suspend
exec env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin container=box \
    setpriv --bounding-set "$no" \
    /usr/lib/systemd/systemd --unit=basic.target --show-status=no
