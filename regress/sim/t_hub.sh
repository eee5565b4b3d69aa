#!/bin/sh
# SPDX-License-Identifier: ISC
# A hub with 999 spokes behind one address, started under a flood.
set -eu
exec "$B/regress/sim/sim" hub
