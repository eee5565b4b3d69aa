#!/bin/sh
# SPDX-License-Identifier: ISC
# Lines of main and of a confined role reach syslog, also after the log daemon
# was started again: main connects, and hands a connection to each role.
set -eu
. "$TOP/regress/lib.sh"
root; need "$GSD"; need python3
ns a
: >"$W/conf"
mkdir "$W/a"

cat >"$W/inside" <<'EOF'
set -eu
# a /dev of our own: this mount namespace ends with us
mount -t tmpfs none /dev
mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/urandom c 1 9
logd() {
	python3 -c '
import os, socket, sys
if os.path.exists("/dev/log"): os.unlink("/dev/log")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
open(sys.argv[1] + ".up", "w")
while True:
    b = s.recv(4096)
    with open(sys.argv[1], "ab") as f: f.write(b + b"\n")
' "$1" &
	logd=$!
	for i in $(seq 100); do
		[ -e "$1.up" ] && return
		sleep 0.1
	done
	exit 4
}
ends() {
	kill "$logd" 2>/dev/null || :
	[ ! -f "$W/a/pid" ] || kill "$(cat "$W/a/pid")"
}
trap ends EXIT
raw() { python3 "$TOP/regress/tools/ctlraw.py" "$W/a/sock" "$@"; }
found() {
	for i in $(seq 100); do
		grep -qE "$2" "$1" 2>/dev/null && return
		sleep 0.1
	done
	echo "not in ${1##*/}: $2"; cat "$1"; exit 5
}
pid_of() { raw procs | awk -v r="$1" '$1 == r { print $2 }'; }

logd "$W/first"
"$GSD" -f "$W/conf" -S "$W/a/sock" -p "$W/a/pid" -D "$W/a" -k "$W/a/key"
kill -9 "$(pid_of esp)"
found "$W/first" '^<28>[A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]{8} greipsecd\[[0-9]+\]: main: esp: pid [0-9]+ died'
raw garbage 1
found "$W/first" '^<29>.* greipsecd\[[0-9]+\]: control: client .* type not allowed'
kill "$logd"; wait "$logd" || :
# nobody listens: nothing hangs
kill -9 "$(pid_of esp)"; raw garbage 1; raw procs >/dev/null
logd "$W/second"
sleep 5.2		# main tries every five seconds
kill -9 "$(pid_of keys)"
found "$W/second" 'main: keys: pid [0-9]+ died'
raw garbage 1
found "$W/second" 'control: client .* type not allowed'
found "$W/second" '[0-9]+ lines lost here'
EOF
export W GSD
in_ns a sh "$W/inside" || die "inside: $?"
say "syslog"
