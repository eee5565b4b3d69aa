#!/bin/sh
# SPDX-License-Identifier: ISC
# Both ends are started in the same moment, twenty times: after a few seconds
# there is one IKE SA and one pair of child SAs, at both ends the same.  The
# engines do it some hundred times in regress/scenario, under loss as well.
set -eu
. "$TOP/regress/lib.sh"
. "$TOP/regress/net/lib_sites.sh"
root; tun
two_sites
conf 203.0.113.1 198.51.100.7
pair() { ctl "$1" -j show sa | grep -o '"spi_\(in\|out\)":"[^"]*"' | cut -d '"' -f 4 | sort | tr '\n' ' '; }
ikes() { ctl "$1" -j show ike | grep -o '"spi_[ir]":"[^"]*"' | sort -u | tr '\n' ' '; }
one() {
	full && [ "$(pair london | wc -w)" = 2 ] &&
	    [ "$(pair london)" = "$(pair tokyo)" ] &&
	    [ "$(ikes london)" = "$(ikes tokyo)" ]
}
i=0
while [ $i -lt 20 ]; do
	daemon london; london=$pid
	daemon tokyo; tokyo=$pid
	poll 15 one || die "start $i: $(ctl london show sa; ctl tokyo show sa)"
	stop "$london" "$tokyo"
	i=$((i + 1))
done
say "20 starts at once: one IKE SA, one pair each time"
