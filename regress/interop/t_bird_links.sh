#!/bin/sh
# SPDX-License-Identifier: ISC
# BIRD with three of ours: MTU larger and smaller there, /30 against /32 both
# ways, metrics and keys changed, sequence numbers equal and fallen, either end
# killed; the whole route table of each (links.sh).
set -eu
. "$TOP/regress/lib.sh"
root
need bird
PEER=bird
. "$TOP/regress/interop/links.sh"
