#!/bin/sh
# SPDX-License-Identifier: ISC
# A few dozen worlds of the simulator, as built and with sanitizers, and 45 sites
# in full mesh.  "make sim SEEDS=1000" runs more.
set -eu
"$B/regress/sim/sim" -j 2 -n 48
[ ! -x "$B/san/regress/sim/sim" ] || "$B/san/regress/sim/sim" -j 2 -n 12 -s 1000
"$B/regress/sim/sim" mesh
