#!/bin/sh
# SPDX-License-Identifier: ISC
# The processes: confined, replaced when they die, asked through control, and
# all gone when main goes.  An empty configuration.
set -eu
. "$TOP/regress/lib.sh"
root; need "$GSD"; need python3
raw() { python3 "$TOP/regress/tools/ctlraw.py" "$@"; }
S=$W/a/sock
ns a
: >"$W/conf"
chmod 711 "$W"		# a user of the socket's group gets as far as the socket
roles="keys ike ospf esp control"

procs()   { raw "$S" procs 2>/dev/null; }
pid_of()  { procs | awk -v r="$1" '$1 == r { print $2 }'; }
counted() { procs | awk -v r="$1" '$1 == r { print $3 }'; }
all_up()  { [ "$(procs | awk '$2 > 0' | wc -l)" -eq 6 ]; }
back()    { _b=$(pid_of "$1"); [ "${_b:-0}" -gt 0 ] && [ "$_b" != "$2" ] && all_up; }
another() { _b=$(child keys "$main"); [ -n "$_b" ] && [ "$_b" != "$old" ]; }
# not there, or only its exit status is
gone()	  {
	for _g; do
		grep -q '^State:.[^ZX]' "/proc/$_g/status" 2>/dev/null && return 1
	done
	return 0
}
logged()  { grep -qE "$1" "$W/a/log"; }
field()	  { awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status"; }

daemon a
main=$pid
poll 10 all_up || die "not all processes came up"
say "up"

# 1. what each may do
for r in $roles; do
	p=$(pid_of $r)
	[ "$(field "$p" Uid)" != 0 ] || die "$r runs as root"
	[ "$(field "$p" NoNewPrivs)" = 1 ] || die "$r may gain privileges"
	for c in CapInh CapPrm CapEff CapBnd CapAmb; do
		[ "$(field "$p" $c)" = 0000000000000000 ] || die "$r: $c"
	done
	if [ "$(field "$p" Seccomp)" != 2 ]; then
		case $B in *san*) ;; *) die "$r has no filter" ;; esac
	fi
	[ -z "$(ls -A "/proc/$p/root/")" ] || die "$r is not in an empty directory"
	grep -q '^Max core file size *0 *0 ' "/proc/$p/limits" || die "$r: core"
	[ "$(tr '\0' ' ' <"/proc/$p/cmdline" | cut -c1-$((11 + ${#r})))" = \
	    "greipsecd: $r" ] || die "$r: title"
done
[ "$(stat -c %a "$S")" = 660 ] || die "mode of the socket"

# 2. one daemon in a namespace; another may run elsewhere
# as often as one tries
for i in 1 2 3 4; do
	if in_ns a "$GSD" -d -f "$W/conf" -S "$W/s2" -p "$W/p2" -D "$W" \
	    -k "$W/k" >"$W/second.log" 2>&1; then
		die "a second daemon started"
	fi
	grep -q "already running in this network namespace, pid $main" \
	    "$W/second.log" || die "no word about the first daemon"
	[ ! -e "$W/s2" ] || die "the second daemon left a socket"
done

# 3. each one killed comes back, and an event says so
raw "$S" monitor 60 >"$W/events" &
mon=$!
PID_LIST="$PID_LIST $mon"
poll 5 grep -q ready "$W/events" || die "monitor"
for r in keys ike ospf esp control; do
	old=$(pid_of $r)
	kill -9 "$old"
	poll 5 back $r "$old" || die "$r did not come back"
	[ "$(counted $r)" = 1 ] || die "$r: restarts not counted"
	logged "main: $r: pid $old died after .* signal 9 .*; .*; started again at once" ||
	    die "death of $r not told"
done
for r in keys ike ospf esp; do
	grep -q "^$r died" "$W/events" && grep -q "^$r restarted" "$W/events" ||
	    die "$r: no event"
done
say "each came back"

# 4. who dies soon after a start waits; a signal of the sandbox is named
case $B in *san*) word="signal 31" ;; *) word="sandbox violation" ;; esac
k=0
until logged "keys: pid .* died .* $word.* in 1 s"; do
	k=$((k + 1))
	[ "$k" -lt 30 ] || die "no wait"
	# soon after the last one, so nobody is asked who takes his time
	old=$(child keys "$main")
	kill -SYS "$old"
	poll 5 logged "keys: pid $old died .* $word" || die "SIGSYS not named"
	poll 8 another || die "keys did not come back"
done
poll 20 all_up || die "not all came back"
say "backoff"

# 5. an answer is not waited for from the dead
old=$(pid_of ospf)
kill -STOP "$old"
raw "$S" ask 139 >"$W/ask" &
asker=$!
poll 10 grep -q asked "$W/ask" || die "not asked"
sleep 0.3
kill -9 "$old"
wait $asker || die "the question hung"
grep -q '^139 0 11 ospf' "$W/ask" || die "wrong end: $(cat "$W/ask")"
poll 8 back ospf "$old" || die "ospf did not come back"

# 6. who may do what
raw "$S" log | grep -q '^0' || die "root may not set the log level"
raw -u 65534 "$S" procs >/dev/null || die "the group may not read"
raw -u 65534 "$S" log | grep -q '^1 ' || die "a user changed something"

# 7. bad clients end themselves only
before=$(pid_of control)
raw "$S" garbage 3 || die "garbage"
[ "$(raw "$S" crowd 70)" -ge 6 ] || die "more than 64 clients"
poll 5 all_up
raw "$S" flood || die "a client that never reads was not cut"
poll 5 all_up || die "no answers any more"
[ "$(pid_of control)" = "$before" ] || die "control died of a client"
[ "$(counted main)" = 0 ] && kill -0 "$main" || die "main"
say "bad clients"

# 8. the end
kids=$(procs | awk '$1 != "main" { print $2 }')
kill -TERM "$main"
rc=0; wait "$main" || rc=$?
[ $rc = 0 ] || die "exit status $rc"
[ ! -e "$S" ] && [ ! -e "$W/a/pid" ] || die "socket or pid file left"
gone $kids || die "children left"
say "ended"

# a user who holds the name keeps nobody out, whether he listens, is not to be
# connected to, or has a full queue
for how in -1 5 0; do
	rm -f "$W/held"
	ip netns exec "$P-a" python3 -c '
import os, socket, sys, time
os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
s.bind("\0greipsecd")
n = int(sys.argv[1])
if n >= 0:
	s.listen(n)
if n == 0:
	c = socket.socket(socket.AF_UNIX)
	c.connect("\0greipsecd")
print("held", flush=True)
time.sleep(60)' "$how" >"$W/held" &
	user=$!
	PID_LIST="$PID_LIST $user"
	poll 5 grep -q held "$W/held" || die "test: the name is not held"
	: >"$W/a/log"
	daemon a
	main=$pid
	poll 10 all_up || die "a user kept the daemon out ($how): $(cat "$W/a/log")"
	case $how in 5) who="pid $user" ;; *) who=somebody ;; esac
	logged "$who holds the lock of this network namespace" ||
	    die "no word about who holds the name"
	# the pid file is a lock as well
	if in_ns a "$GSD" -d -f "$W/conf" -S "$W/s2" -p "$W/a/pid" -D "$W" \
	    -k "$W/k" >"$W/second.log" 2>&1; then
		die "a second daemon started"
	fi
	grep -q "a/pid: already running, pid $main" "$W/second.log" ||
	    die "no word about the pid file"
	kill -TERM "$main"
	wait "$main" || die "exit status $?"
	kill "$user"
	wait "$user" || :
done
say "a user holds the name"

# 9. main killed: the children go, the next start finds its way
daemon a
main=$pid
poll 10 all_up || die "no second start"
kids=$(procs | awk '$1 != "main" { print $2 }')
kill -9 "$main"
poll 3 gone $kids || die "children outlive main"
[ -S "$S" ] || die "test: the socket should be left"

# 10. in the background: returns when ready, lets go of the terminal
mkdir -p "$W/a"
out=$(in_ns a timeout 20 "$GSD" -f "$W/conf" -S "$S" -p "$W/a/pid" -D "$W/a" \
    -k "$W/a/key" 2>&1) || die "background start: $out"
all_up || die "not ready when it returned"
main=$(cat "$W/a/pid")
[ "$(pid_of main)" = "$main" ] || die "pid file"
[ "$(field "$main" PPid)" != $$ ] || die "not in the background"
kids=$(procs | awk '$1 != "main" { print $2 }')
kill -TERM "$main"
poll 4 gone "$main" $kids || die "does not end"
[ ! -e "$S" ] && [ ! -e "$W/a/pid" ] || die "socket or pid file left"
rc=0
in_ns a "$GSD" -f "$W/conf" -S "$W/none/sock" -p "$W/a/pid" -D "$W/a" \
    -k "$W/a/key" 2>"$W/bad" || rc=$?
[ $rc = 1 ] && grep -q "$W/none/sock" "$W/bad" || die "failed start: $rc"
say "background"
