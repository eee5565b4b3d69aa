#!/bin/sh
# SPDX-License-Identifier: ISC
# deps.sh [build|check|fuzz|bench]: what building (and, by default, the whole
# test suite, or that and the fuzzers or the measurements) needs beyond a shell
# and make.  As root on Debian it installs what is missing; otherwise it prints
# the command and ends with 1.
set -eu

build="gcc libc6-dev make bison pkg-config libevent-dev libbsd-dev libmnl-dev
libseccomp-dev libssl-dev iproute2 iputils-ping procps"
check="$build check git python3 systemd mandoc nftables tcpdump libasan8 libubsan1
tshark strongswan-charon strongswan-swanctl libcharon-extra-plugins
libstrongswan-extra-plugins libstrongswan-standard-plugins frr bird2"

fuzz="$check clang libclang-rt-dev"
bench="$check iperf3 wireguard-go wireguard-tools"

case "${1:-check}" in
build)	want=$build ;;
check)	want=$check ;;
fuzz)	want=$fuzz ;;
bench)	want=$bench ;;
*)	echo "usage: deps.sh [build|check|fuzz|bench]" >&2; exit 2 ;;
esac

if [ "$(uname -s)" != Linux ]; then
	exit 0
fi
if ! command -v dpkg-query >/dev/null; then
	if pkg-config --exists libcrypto libevent libbsd-overlay libmnl \
	    libseccomp 2>/dev/null; then
		exit 0
	fi
	echo "Please install, under your system's names:" $want >&2
	exit 1
fi

missing=
for p in $want; do
	s=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || :)
	[ "$s" = installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "Missing packages.  As root:" >&2
	echo "	apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
echo "installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    install --no-install-recommends $missing; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	exit 1
fi

# The packages of the test peers start daemons; the tests run their own in
# namespaces and want none beside them.
for s in frr bird strongswan-starter; do
	case "$missing" in
	*"${s%-starter}"*)
		if command -v systemctl >/dev/null; then
			systemctl disable --now "$s" >/dev/null 2>&1 || :
		fi
		;;
	esac
done
