#!/bin/sh
# SPDX-License-Identifier: ISC
# A hub with 199 spokes behind one address, started under a flood; "make sim" has
# 999 of them.
set -eu
exec "$B/regress/sim/sim" -N 200 hub
