# SPDX-License-Identifier: ISC
# Sourced after regress/lib.sh: strongSwan's charon in a namespace of a test,
# with fakexfrm in the kernel's place.  charon's pid file has a fixed path, so
# each gets a /run of its own.  Everything of NAME is in $W/NAME: its log, the
# SAs with their keys as fakexfrm saw them (xfrm), swanctl's files (sw/).
CHARON=/usr/lib/ipsec/charon

charon_build() {
	[ -x "$CHARON" ] || skip "needs strongswan-charon"
	need swanctl
	need openssl
	preload interop/fakexfrm
	FAKEXFRM=$PRELOAD
}

# charon NAME [LINES FOR charon {}]: start it; CHARON_LOAD: plugins beside the
# usual ones, CHARON_PRELOAD: instead of fakexfrm (empty: none), CHARON_LEVEL: of
# its log; 4 has the keys; CHARON_CRYPTO: plugins for that, the first ones win
charon() {
	_s=$1; shift
	mkdir -p "$W/$_s/run" "$W/$_s/sw/private" "$W/$_s/sw/pubkey"
	cat >"$W/$_s/strongswan.conf" <<-END
	charon {
		load = random nonce ${CHARON_CRYPTO:-aes sha1 sha2 hmac kdf gcm chapoly curve25519 openssl} pem pkcs1 pkcs8 pubkey x509 ${CHARON_LOAD:-} kernel-netlink socket-default vici
		install_routes = no
		install_virtual_ip = no
		retransmit_timeout = 1.0
		retransmit_tries = 8
		delete_rekeyed_delay = 0
		filelog { log {
			path = $W/$_s/log
			default = 1
			ike = ${CHARON_LEVEL:-2}
			chd = ${CHARON_LEVEL:-1}
			cfg = 2
			flush_line = yes
		} }
		plugins { vici { socket = unix://$W/$_s/vici } }
		$*
	}
	swanctl {
		load = random nonce aes sha1 sha2 hmac gcm curve25519 openssl pem pkcs1 pkcs8 pubkey x509
	}
	END
	: >"$W/$_s/xfrm"
	rm -f "$W/$_s/vici" "$W/$_s/run/charon.pid"	# of one before
	ip netns exec "$P-$_s" unshare -m sh -c "
		mount --bind '$W/$_s/run' /run
		STRONGSWAN_CONF='$W/$_s/strongswan.conf' \
		FAKEXFRM_LOG='$W/$_s/xfrm' LD_PRELOAD='${CHARON_PRELOAD-$FAKEXFRM}' \
		    exec $CHARON" >"$W/$_s/out" 2>&1 </dev/null &
	pid=$!
	PID_LIST="$PID_LIST $pid"
	poll 10 test -S "$W/$_s/vici" || die "$_s: charon did not start"
}

# charon_esp NAME [LINES FOR charon {}]: one with its ESP in user space
# (kernel-libipsec)
charon_esp() {
	[ -f /usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so ] ||
	    skip "needs strongSwan's kernel-libipsec (libcharon-extra-plugins)"
	for _k in all default eth0; do
		in_ns "$1" sysctl -qw "net.ipv4.conf.$_k.rp_filter=0"
	done
	CHARON_LOAD=kernel-libipsec CHARON_PRELOAD=
	_n=$1; shift
	charon "$_n" "
		plugins {
			kernel-libipsec { allow_peer_ts = yes }
			kernel-netlink { fwmark = !0x42 }
			socket-default { fwmark = 0x42 }
			vici { socket = unix://$W/$_n/vici }
		}
		install_routes = yes
		# its default: packets that wait inside find their old SA
		delete_rekeyed_delay = 5
		$*"
	unset CHARON_LOAD CHARON_PRELOAD
}

# swan NAME WORDS...: swanctl to that charon
swan() {
	_s=$1; shift
	STRONGSWAN_CONF="$W/$_s/strongswan.conf" SWANCTL_DIR="$W/$_s/sw" \
	    swanctl "$@" --uri "unix://$W/$_s/vici"
}
# swan_load NAME: give it $W/NAME/sw/swanctl.conf
swan_load() {
	swan "$1" --load-all --noprompt >>"$W/$1/out" 2>&1 ||
	    die "$1: swanctl does not load its file"
}

# keypair NAME: an Ed25519 key: PEM in $W/NAME.{key,pub}, raw in base64 in
# $W/NAME.{seed,raw}
keypair() {
	openssl genpkey -algorithm ED25519 -out "$W/$1.key" 2>/dev/null
	openssl pkey -in "$W/$1.key" -pubout -out "$W/$1.pub"
	openssl pkey -in "$W/$1.key" -outform DER | tail -c 32 | base64 >"$W/$1.seed"
	openssl pkey -pubin -in "$W/$1.pub" -outform DER | tail -c 32 |
	    base64 >"$W/$1.raw"
}

# swan_conf NAME LOCAL LOCAL-ID REMOTE REMOTE-ID: one connection t with one
# child c from $AUTH (psk or pubkey: keypairs named as the ids), $IKE, $ESP,
# $MODE and $MORE lines for the child, and load it
swan_conf() {
	if [ "$AUTH" = pubkey ]; then
		cp "$W/$3.key" "$W/$1/sw/private/"
		cp "$W/$3.pub" "$W/$5.pub" "$W/$1/sw/pubkey/"
		_l="pubkeys = $3.pub" _r="pubkeys = $5.pub"
	else
		_l= _r=
	fi
	cat >"$W/$1/sw/swanctl.conf" <<-END
	connections { t {
		version = 2
		mobike = no
		local_addrs = $2
		remote_addrs = $4
		proposals = $IKE
		rekey_time = 0
		local {
			auth = $AUTH
			id = $3
			$_l
		}
		remote {
			auth = $AUTH
			id = $5
			$_r
		}
		children { c {
			mode = $MODE
			local_ts = dynamic[gre]
			remote_ts = dynamic[gre]
			esp_proposals = $ESP
			rekey_time = 0
			${MORE:-}
		} }
	} }
	secrets { ike-t { secret = "$PSK" } }
	END
	swan_load "$1"
}

# sas FILE: the SAs of an XFRM log that are there at its end, as sorted lines
# "spi=X src=A dst=B mode=M ALG/ICV key=HEX..."
sas() {
	awk '
	{ spi = ""; for (i = 1; i <= NF; i++) if ($i ~ /^spi=/) spi = $i }
	$1 == "FLUSH" { for (x in sa) delete sa[x] }
	$1 == "DEL" { delete sa[spi] }
	$1 == "ADD" || $1 == "UPD" {
		s = ""; key = 0
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^(spi|encap)=/) continue
			if ($i ~ /^key=/) key = 1
			s = s " " $i
		}
		if (key) sa[spi] = s
	}
	END { for (x in sa) print x sa[x] }' "$1" | sort
}

# same_sas A B [N]: both logs hold the same SAs with the same keys, N (2) of
# them
same_sas() {
	sas "$1" >"$1.now" && sas "$2" >"$2.now" &&
	    [ "$(wc -l <"$1.now")" = "${3:-2}" ] && cmp -s "$1.now" "$2.now"
}
