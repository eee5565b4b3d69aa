#!/bin/sh
# SPDX-License-Identifier: ISC
# The unit, sysusers, tmpfiles and sysctl files as installed, under a real systemd
# that is PID 1 of namespaces of its own (tools/sdbox.sh): start when ready, status,
# cgroup, hardening, a tunnel to a peer outside, reload of a good and of a bad
# file, hang, crash, restart for an upgrade, a file that is wrong for a while, stop.
# $UNIT: another unit than ours, to see the test fail.
# shellcheck disable=SC2016
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3; need setpriv; need nsenter; need unshare
need /usr/lib/systemd/systemd; need systemctl
[ "$(readlink /lib)" = usr/lib ] || skip "needs a system whose /lib is in /usr"
CG=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$CG" ] || skip "needs a cgroup2 mount"
CG=$CG/$P
mkdir "$CG" 2>/dev/null || skip "needs a cgroup2 mount that it can write"

box=
empty() { find "$CG" -depth -type d -exec rmdir {} + 2>/dev/null; [ ! -d "$CG" ]; }
over() {
	_rc=$?
	if [ $_rc -ne 0 ] && [ -n "$box" ]; then
		in_box journalctl -q --no-pager -o short-precise >"$W/journal.log" 2>&1 || :
	fi
	# systemd dies with it, and with systemd all that it started
	[ -z "$box" ] || ! is_child "$box" || kill -9 "$box"
	[ -z "$box" ] || wait "$box" 2>/dev/null || :
	poll 5 empty || echo "$CG is left"
	(exit $_rc) || cleanup
	cleanup
}
trap over EXIT

two_sites
conf 203.0.113.1 198.51.100.7
in_ns london sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0

# --- what an administrator copies ---
R=$W/box E=$W/box/etc U=greipsecd.service
mkdir -p "$E/systemd/system/$U.d" "$R/local/sbin" "$R/var"
ln -s /run "$R/var/run"
cp "$GSD" "$GSC" "$R/local/sbin"
cp "${UNIT:-$TOP/etc/systemd/$U}" "$E/systemd/system/$U"
for d in sysusers.d tmpfiles.d sysctl.d; do cp -r "$TOP/etc/$d" "$E"; done
cp "$W/conf" "$E/greipsecd.conf"
cp "$W/secrets" "$W/london/key" "$E"
mv "$E/key" "$E/greipsecd.key"
tr -d - </proc/sys/kernel/random/uuid >"$E/machine-id"
printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >"$E/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$E/group"
# only so that the test need not wait long
printf '[Service]\nWatchdogSec=3s\nRestartSec=100ms\nTimeoutStartSec=20s\n' >"$E/systemd/system/$U.d/test.conf"
caps=00000000000035e0	# kill setgid setuid setpcap bind-service net-admin net-raw
if ! landlock; then
	sed -i 's/^SystemCallFilter=seccomp/& chroot/; s/^CapabilityBoundingSet=/&CAP_SYS_CHROOT /' "$E/systemd/system/$U"
	caps=00000000000435e0
	say "no Landlock here: the unit with chroot, as it says"
fi

sh "$TOP/regress/tools/sdbox.sh" "$P-london" "$CG" "$R" >"$W/box.log" 2>&1 </dev/null &
box=$!
# its number here
init() { ps -o pid=,comm= --ppid "$box" | awk '$2 == "systemd" { print $1 }' | grep .; }
poll 10 init || { is_child "$box" && die "no systemd"; skip "no systemd here: $(tail -n 1 "$W/box.log")"; }
I=$(init)
in_box() {
	nsenter -t "$I" -m -p -n -u -i -C -r -w env -i \
	    PATH=/usr/local/sbin:/usr/sbin:/usr/bin LC_ALL=C "$@"
}
sd()	{ in_box systemctl --no-pager "$@" "$U" 2>&1; }
get()	{ in_box systemctl show -P "$1" $U; }
booted() { in_box systemctl is-system-running | grep -q running; }
poll 20 booted || die "systemd does not boot: $(in_box systemctl --no-pager --failed)"
mode()	{ in_box stat -c '%a %U %G' "$@" | tr '\n' ' '; }
grep -q "^_greipsecd:" "$E/passwd" || die "sysusers made no user"
[ "$(mode /run/greipsecd/empty /var/lib/greipsecd)" = "755 root root 700 root root " ] ||
    die "tmpfiles: $(mode /run/greipsecd/empty /var/lib/greipsecd)"
for s in ip_forward=1 conf.all.rp_filter=2 conf.default.rp_filter=2; do
	[ "$(in_ns london sysctl -n "net.ipv4.${s%=*}")" = "${s#*=}" ] || die "sysctl: $s"
done
say "systemd $(in_box systemctl --version | awk '{ print $2; exit }') is up: user, directories, forwarding"

# --- start ---
daemon tokyo
rm -f "$W/london/sock"
ln -s "/proc/$I/root/run/greipsecd.sock" "$W/london/sock"
started() {
	[ "$(sd is-active)" = active ] || die "$1: $(sd is-active)"
	# 1: not all is up yet
	rc=0; ctl london show >"$W/out" 2>&1 || rc=$?
	[ $rc -le 1 ] || die "$1: systemd takes it for ready, and it does not answer: $(cat "$W/out")"
	main=$(get MainPID)
	[ "$(in_box cat /run/greipsecd.pid)" = "$main" ] || die "$1: MainPID $main"
}
sd start >"$W/out" || die "start: $(cat "$W/out")"
started start
status() { get StatusText | grep -q "1 of 1 tunnels up"; }
poll 20 status || die "status: $(get StatusText)"
poll 20 full || die "not FULL"
poll 5 ping_lan || die "no ping to the peer outside"
procs() { in_box cat "/sys/fs/cgroup/system.slice/$U/cgroup.procs" | tr '\n' ' '; }
family() { in_box ps -o pid= -p "$main" --ppid "$main" | tr -d ' ' | tr '\n' ' '; }
[ "$(procs | wc -w)" = 6 ] && [ "$(procs)" = "$(family)" ] ||
    die "cgroup: $(procs), processes: $(family)"
sd status | grep -q 'greipsecd: ospf"\{0,1\}$' || die "titles: $(sd status)"
sd status | grep -q "Status: \"1 of 1 tunnels up\"" || die "status: $(sd status)"
say "started when ready: status, cgroup, ping to a peer outside"

# --- what confines it ---
# of FIELD PID: from its status
of() { in_box cat "/proc/$2/status" | awk -v f="$1:" '$1 == f { $1 = ""; print substr($0, 2) }'; }
want() { [ "$(of "$2" "$1")" = "$3" ] || die "process $1: $2 is $(of "$2" "$1"), not $3"; }
none=0000000000000000
uid=$(awk -F : '$1 == "_greipsecd" { print $3 }' "$E/passwd")
for p in $(procs); do
	want "$p" NoNewPrivs 1; want "$p" Seccomp 2; want "$p" CapAmb $none
	case $p in
	"$main") want "$p" CapBnd $caps; want "$p" CapEff $caps; want "$p" Groups "$uid" ;;
	*)	want "$p" CapBnd $none; want "$p" CapEff $none
		want "$p" Uid "$uid $uid $uid $uid" ;;
	esac
done
# the mounts that main sees, and what it would get there
seen() { in_box nsenter -t "$main" -m "$@" >"$W/out" 2>&1; }
for f in /usr/local/sbin/x /etc/x /var/lib/x /var/x; do
	in_box touch "$f" || die "$f cannot be written outside of the unit either"
	in_box rm "$f"
	! seen touch "$f" || die "the unit can write $f"
	grep -q "Read-only" "$W/out" || die "$f: $(cat "$W/out")"
done
! seen sysctl -w net.ipv4.ip_forward=1 || die "the unit can write settings"
! seen mkdir /sys/fs/cgroup/x || die "the unit can write control groups"
! seen mkdir /dev/x || die "the unit can make devices"
seen touch /var/lib/greipsecd/x || die "the unit cannot write its state"
in_box rm /var/lib/greipsecd/x
for f in /tmp/x /root/x /home/x; do
	in_box touch "$f"
	! seen test -e "$f" || die "the unit sees $f"
done
# a device that is none of its, by a process in its cgroup: /dev/fuse
in_box mknod /run/fuse c 10 229
! in_box sh -c "echo 0 >/sys/fs/cgroup/system.slice/$U/cgroup.procs; : </run/fuse" 2>"$W/out"
grep -q "not permitted" "$W/out" || die "the unit's cgroup opens any device: $(cat "$W/out")"
! in_box sh -c ": </run/fuse" 2>"$W/out" || : >"$W/out"
! grep -q "not permitted" "$W/out" || die "a device: $(cat "$W/out")"
say "capabilities, filter, read-only system, devices as the unit says"

# --- reload ---
pids=$(procs) since=$(full_for tokyo) spi=$(spis tokyo)
active() { [ "$(sd is-active)" = active ]; }
same() {
	poll 5 active || die "$1: $(sd is-active)"
	[ "$(procs)" = "$pids" ] || die "$1: other processes: $(procs), were $pids"
	[ "$(spis tokyo)" = "$spi" ] || die "$1: other SAs"
	[ "$(full_for tokyo)" -ge "$since" ] || die "$1: the neighbour began anew"
	started "$1"
}
sd reload >"$W/out" || die "reload: $(cat "$W/out")"
same reload
in_box kill -HUP "$main"
applied() { [ "$(in_box journalctl -q -b -u $U | grep -c "configuration: applied")" = "$1" ]; }
poll 10 applied 3 || die "reload and SIGHUP: $(in_box journalctl -u $U)"
same SIGHUP
echo nonsense >>"$E/greipsecd.conf"
! sd reload >"$W/out" || die "a reload of a bad file is called good"
same "refused reload"
in_box journalctl -q -u $U | grep -q "greipsecd.conf:[0-9:]* unknown keyword 'nonsense'" ||
    die "the journal does not say what is wrong: $(in_box journalctl -q -u $U)"
sed -i '$d' "$E/greipsecd.conf"
[ "$(get NRestarts)" = 0 ] || die "it was restarted: $(in_box journalctl -q -u $U)"
say "reload: good, by SIGHUP, refused; nobody noticed"

# --- restarts ---
# again N WHY: it was restarted as the Nth time, by systemd, and works
new() { [ "$(get NRestarts)" = "$1" ] && active; }
again() {
	poll 15 new "$1" || die "$2: not started again: $(sd status)"
	! in_box kill -0 "$main" 2>/dev/null || die "$2: $main lives on"
	started "$2"
	poll 20 full || die "$2: not FULL"
	poll 10 ping_lan || die "$2: no ping"
	say "$2: started again"
}
in_box kill -STOP "$main"
again 1 "main hangs"
in_box journalctl -q -u $U | grep -q "Failed with result 'watchdog'" || die "it was no watchdog"
in_box kill -KILL "$main"
again 2 "main is killed"
failures() { in_box journalctl -q -u $U | grep -c "Failed with result" || :; }
n=$(failures)
in_box systemctl kill -s USR1 --kill-whom=main $U
again 3 "SIGUSR1"
[ "$(failures)" = "$n" ] || die "a restart on purpose is called a failure"

# --- a bad file at start, for longer than systemd's usual patience ---
sd stop >"$W/out" || die "stop: $(cat "$W/out")"
echo nonsense >>"$E/greipsecd.conf"
! sd start >"$W/out" || die "started with a bad file"
tried() { [ "$(get NRestarts)" -ge 7 ]; }
poll 15 tried || die "given up: $(sd status)"
sed -i '$d' "$E/greipsecd.conf"
poll 15 active || die "a file that is good again: $(sd status)"
started "a file that is good again"
poll 20 full || die "not FULL"
say "a bad file at start: tried until it is good"

# --- an address that comes after the start ---
sd stop >"$W/out" || die "stop: $(cat "$W/out")"
ip -n "$P-london" addr del 203.0.113.1/24 dev wan
sd start >"$W/out" || die "without its address: $(cat "$W/out")"
in_box journalctl -q -u $U -n 50 | grep -q "goes on as london, as before" || die "without its address: $(sd status)"
ip -n "$P-london" addr add 203.0.113.1/24 dev wan
ip -n "$P-london" route replace default via 203.0.113.2
poll 20 full || die "its address came: not FULL"
say "started before its address is there"

# --- stop, and the next boot ---
sd stop >"$W/out" || die "stop: $(cat "$W/out")"
[ "$(get ActiveState) $(get SubState) $(get Result)" = "inactive dead success" ] ||
    die "stop: $(get ActiveState) $(get SubState) $(get Result)"
! procs 2>/dev/null | grep -q . || die "left: $(procs)"
! in_box pgrep greipsecd >"$W/out" || die "left: $(cat "$W/out")"
[ "$(mode /run/greipsecd /run/greipsecd/empty /var/lib/greipsecd)" = "755 root root 755 root root 700 root root " ] ||
    die "after stop: $(mode /run/greipsecd /run/greipsecd/empty /var/lib/greipsecd)"
alone() { ! ctl tokyo show neighbors | grep -q FULL; }
poll 5 alone || die "the peer was not told"
in_box systemctl -q enable $U
in_box systemctl start multi-user.target
started enabled
[ "$(mode /run/greipsecd/empty /var/lib/greipsecd)" = "755 root root 700 root root " ] ||
    die "directories: $(mode /run/greipsecd/empty /var/lib/greipsecd)"
poll 20 full || die "enabled: not FULL"
poll 10 ping_lan || die "enabled: no ping"
! in_box journalctl -q -u $U | grep "not permitted\|Unknown key\|ignoring" || die "see above"
say "stop leaves nothing; enabled, it is part of multi-user.target"

# --- nothing but chroot, for which it has an answer, is refused in silence ---
printf '[Service]\nSystemCallErrorNumber=\nSystemCallFilter=chroot\n' >"$E/systemd/system/$U.d/kill.conf"
in_box systemctl daemon-reload
in_ns london sysctl -qw net.ipv4.ip_forward=0
sd restart >"$W/out" || die "a filter that kills: $(cat "$W/out")"
started "a filter that kills"
poll 20 full || die "a filter that kills: not FULL"
in_box journalctl -q -u $U | grep "cannot switch IPv4 forwarding" >"$W/out" || die "forwarding was switched on, or not missed"
[ "$(wc -l <"$W/out")" = 1 ] || die "what is said at start is twice in the journal: $(cat "$W/out")"
sd reload >"$W/out" || die "a filter that kills: $(cat "$W/out")"
sd stop >"$W/out" || die "a filter that kills: $(cat "$W/out")"
! in_box journalctl -q -u $U | grep "violation\|signal 31\|SYS" || die "a filter that kills: see above"
say "no other system call is missing; a warning is in the journal once"
