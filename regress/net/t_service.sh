#!/bin/sh
# SPDX-License-Identifier: ISC
# The service manager's side: the notify protocol (ready, reloading, status,
# watchdog, stopping) as systemd would hear it, the unit under systemd-analyze
# and its limits around a real daemon, the rc.d script under a stub of rc.subr and the OpenRC script under stubs of
# its functions (start, check, reload, stop of a real daemon), sysusers,
# tmpfiles, sysctl, completion.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
need python3
E=$TOP/etc

two_sites
conf 203.0.113.1 198.51.100.7

# --- the notify protocol ---
cat >"$W/listen.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\0' + sys.argv[1])
out = open(sys.argv[2], 'w', buffering=1)
print('listening', file=out)
while True:
    print(s.recv(4096).decode().replace('\n', ' '), file=out)
END
bg london "$W/listen.log" python3 "$W/listen.py" "gs-notify-$$" "$W/heard"; listener=$pid
poll 5 grep -q listening "$W/heard" || die "no listener"
heard() { grep -q "$1" "$W/heard"; }
# not -d: who is watched stays in the foreground by himself
bg london "$W/london/log" env NOTIFY_SOCKET="@gs-notify-$$" WATCHDOG_USEC=1500000 \
    "$GSD" -f "$W/conf" -S "$W/london/sock" -p "$W/london/pid" -D "$W/london" -k "$W/london/key"
london=$pid
poll 10 heard "READY=1" || die "no READY: $(cat "$W/heard" "$W/london/log")"
[ "$(cat "$W/london/pid")" = "$london" ] || die "it left the foreground"
poll 5 heard "STATUS=0 of 1 tunnels up" || die "no STATUS: $(cat "$W/heard")"
daemon tokyo; tokyo=$pid
poll 20 heard "STATUS=1 of 1 tunnels up" || die "no second STATUS: $(cat "$W/heard")"
dogs() { [ "$(grep -c "WATCHDOG=1" "$W/heard")" -ge 4 ]; }
poll 5 dogs || die "no WATCHDOG: $(cat "$W/heard")"
order() { grep -o "RELOADING=1 MONOTONIC_USEC=[0-9]*\|READY=1" "$W/heard" | cut -c 1-11 | tr '\n' ' '; }
kill -HUP "$london"
again() { [ "$(order)" = "READY=1 RELOADING=1 READY=1 " ]; }
poll 5 again || die "reload: $(order)"
echo nonsense >>"$W/conf"
kill -HUP "$london"
third() { [ "$(order)" = "READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 " ]; }
poll 5 third || die "a refused reload: $(order)"
sed -i '$d' "$W/conf"
# main that hangs is noticed
kill -STOP "$london"
n=$(grep -c WATCHDOG "$W/heard")
sleep 2
[ "$(grep -c WATCHDOG "$W/heard")" = "$n" ] || die "a stopped main barks"
kill -CONT "$london"
# no role has the socket's name in its environment
for p in $(ps -o pid= --ppid "$london"); do
	! tr '\0' '\n' <"/proc/$p/environ" | grep -q "NOTIFY\|WATCHDOG" || die "a role knows the service manager"
done
stop "$london"
poll 5 heard "STOPPING=1" || die "no STOPPING"
stop "$listener"
say "notify: ready, status, watchdog, reload, stop"

# --- the unit ---
if command -v systemd-analyze >/dev/null; then
	mkdir -p "$W/unit"
	sed "s,/usr/local/sbin/greipsecd,$GSD,; s,/usr/local/sbin/greipsecctl,$GSC," \
	    "$E/systemd/greipsecd.service" >"$W/unit/greipsecd.service"
	out=$(systemd-analyze verify --man=no "$W/unit/greipsecd.service" 2>&1 | grep greipsecd || :)
	[ -z "$out" ] || die "verify: $out"
	level=$(systemd-analyze security --offline=true "$W/unit/greipsecd.service" 2>/dev/null |
	    sed -n 's/.*exposure level for greipsecd.service: \([0-9.]*\) .*/\1/p')
	awk -v l="$level" 'BEGIN { exit !(l > 0 && l < 2.5) }' || die "exposure level $level"
	say "systemd unit: verified, exposure $level"
	# it works with what the unit leaves of system calls and capabilities; no
	# chroot(2) is among them, so the roles need Landlock
	if ! landlock; then
		sed -i 's/^SystemCallFilter=seccomp/& chroot/; s/^CapabilityBoundingSet=/&CAP_SYS_CHROOT /' "$W/unit/greipsecd.service"
		say "no Landlock here: the unit with chroot, as it says"
	fi
	caps=$(sed -n 's/^CapabilityBoundingSet=//p' "$W/unit/greipsecd.service" |
	    tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
	bg london "$W/london/log" setpriv --bounding-set "-all,$caps" --no-new-privs \
	    python3 "$TOP/regress/tools/unitrun.py" "$W/unit/greipsecd.service" \
	    "$GSD" -d -f "$W/conf" -S "$W/london/sock" -p "$W/london/pid" -D "$W/london" -k "$W/london/key"
	london=$pid
	daemon tokyo; tokyo=$pid
	poll 20 full || die "under the unit's filter: $(cat "$W/london/log")"
	ctl london reload >/dev/null || die "under the unit's filter: no reload"
	! grep -q "not permitted" "$W/london/log" || die "under the unit's filter: $(cat "$W/london/log")"
	stop "$london" "$tokyo"
	say "systemd unit: its filter and capabilities leave what is needed"
	mkdir -p "$W/root/etc"
	systemd-sysusers --root "$W/root" "$E/sysusers.d/greipsecd.conf" >"$W/out" 2>&1 ||
	    die "sysusers: $(cat "$W/out")"
	grep -q "^_greipsecd:" "$W/root/etc/passwd" || die "sysusers made no user"
	systemd-tmpfiles --root "$W/root" --create "$E/tmpfiles.d/greipsecd.conf" >"$W/out" 2>&1 ||
	    die "tmpfiles: $(cat "$W/out")"
	[ "$(stat -c %a "$W/root/run/greipsecd/empty")" = 755 ] || die "tmpfiles made no directory"
else
	say "systemd-analyze is not there: unit not verified"
fi
in_ns london sysctl -q -p "$E/sysctl.d/50-greipsecd.conf" || die "sysctl"
[ "$(in_ns london sysctl -n net.ipv4.ip_forward)" = 1 ] || die "sysctl: forwarding"

# --- OpenBSD's rc.d, with what rc.subr does ---
for f in rc.d/greipsecd openrc/greipsecd; do sh -n "$E/$f" || die "$f"; done
flags="-f $W/conf -S $W/london/sock -p $W/london/pid -D $W/london -k $W/london/key"
cat >"$W/rc.subr" <<'END'
rc_start() { ${daemon} ${daemon_flags}; }
rc_check() { pgrep -q -xf "${pexp}"; }
rc_stop() { pkill -TERM -xf "${pexp}"; }
pkill() { while [ "${1#-}" != "$1" ]; do case $1 in -xf) shift; break ;; -*) _sig=$1; shift ;; esac; done; kill $_sig $(cat "$RC_PID"); }
pgrep() { kill -0 $(cat "$RC_PID" 2>/dev/null) 2>/dev/null; }
rc_cmd() {
	case $1 in
	start)	rc_pre && rc_start ;;
	configtest|reload|check|stop) rc_$1 ;;
	esac
}
daemon_flags=$RC_FLAGS
pexp="${daemon} ${daemon_flags}"
END
sed "s,/etc/rc.d/rc.subr,$W/rc.subr,; s,/usr/local/sbin/greipsecd,$GSD," "$E/rc.d/greipsecd" >"$W/rc"
rc() { in_ns london env RC_FLAGS="$flags" RC_PID="$W/london/pid" sh "$W/rc" "$1" >"$W/out" 2>&1; }
# at boot the address may come later, and who this is may not be known
waits() { ctl london show | tr -s '\n ' ' ' | grep -q "waiting for addresses"; }
home() { ip -n "$P-london" addr add 203.0.113.1/24 dev wan; ip -n "$P-london" route replace default via 203.0.113.2; }
rm "$W/london/site"
ip -n "$P-london" addr del 203.0.113.1/24 dev wan
rc start || die "rc.d start: $(cat "$W/out")"
rc check || die "rc.d check"
poll 5 waits || die "rc.d: it does not wait: $(ctl london show)"
rc reload || die "rc.d reload while it waits: $(cat "$W/out")"
home
poll 20 full || die "rc.d: not FULL"
rc reload || die "rc.d reload: $(cat "$W/out")"
echo nonsense >>"$W/conf"
! rc reload || die "rc.d reload of a bad file"
! rc configtest || die "rc.d configtest of a bad file"
sed -i '$d' "$W/conf"
full || die "rc.d: a bad file was noticed"
rc stop || die "rc.d stop"
gone() { ! rc check; }
poll 5 gone || die "rc.d: it did not stop"
say "rc.d: start before the address is there, check, reload, stop"

# --- OpenRC ---
cat >"$W/openrc" <<END
RC_SVCNAME=greipsecd
greipsecd_conf=$W/conf
greipsecd_args="-S $W/london/sock -p $W/london/pid -D $W/london -k $W/london/key"
need() { :; }; use() { :; }; after() { :; }; provide() { :; }
ebegin() { echo "\$*"; }
eend() { return \$1; }
default_start() { start_pre && \$command \$command_args; }
default_stop() { kill \$(cat $W/london/pid); }
default_status() { kill -0 \$(cat $W/london/pid 2>/dev/null) 2>/dev/null; }
END
sed "s,/usr/local/sbin/greipsecd,$GSD,; s,/usr/local/sbin/greipsecctl,$GSC -s $W/london/sock," \
    "$E/openrc/greipsecd" >>"$W/openrc"
# shellcheck disable=SC2016
echo 'depend; case $1 in start|stop|status) default_$1 ;; *) $1 ;; esac' >>"$W/openrc"
orc() { in_ns london sh "$W/openrc" "$1" >"$W/out" 2>&1; }
orc checkconfig || die "openrc checkconfig: $(cat "$W/out")"
ip -n "$P-london" addr del 203.0.113.1/24 dev wan
orc start || die "openrc start: $(cat "$W/out")"
away() { ctl london show | tr -s '\n ' ' ' | grep -q "goes on as london, as before"; }
poll 5 away || die "OpenRC: it does not go on: $(ctl london show)"
home
orc status || die "openrc status"
orc reload || die "openrc reload: $(cat "$W/out")"
poll 20 full || die "openrc: not FULL"
orc stop || die "openrc stop"
gone() { ! orc status; }
poll 5 gone || die "openrc: it did not stop"
say "OpenRC: checkconfig, start before the address is there, status, reload, stop"
stop "$tokyo"

# --- completion ---
"$GSC" completion bash >"$W/completion"
command -v bash >/dev/null || { say "no bash: completion not tried"; exit 0; }
complete() {	# WORDS...: what bash would offer for the last of them
	bash -c '. "$1"; shift; COMP_WORDS=(greipsecctl "$@"); COMP_CWORD=$#; _greipsecctl
	    echo "${COMPREPLY[*]}"' bash "$W/completion" "$@"
}
[ "$(complete show nei)" = neighbors ] || die "completion: $(complete show nei)"
[ "$(complete fib dec)" = decouple ] || die "completion: $(complete fib dec)"
complete di | grep -q diagnose || die "completion: $(complete di)"
say "completion"
