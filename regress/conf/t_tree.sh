#!/bin/sh
# SPDX-License-Identifier: ISC
# The tree keeps its own rules: rooms include one way, pure files do no I/O,
# calls that a daemon does not use, sizes.
set -eu
cd "$TOP"
bad=0
complain() { [ -z "$2" ] || { echo "$1:"; echo "$2" | sed 's/^/  /'; bad=1; }; }

for d in ike ospf esp greipsecctl; do
	for o in ike ospf esp greipsecctl greipsecd; do
		[ $d = $o ] || complain "$d includes $o" \
		    "$(grep -nE "#include +\"$o/" $d/*.[ch] || :)"
	done
done
complain "lib includes a room above it" \
    "$(grep -nE '#include +"(ike|ospf|esp|greipsecd|greipsecctl)/' lib/*.[ch] || :)"

# what may open sockets, read clocks, log
io='(_proc|_io|_linux|_openbsd)\.c$|^ike/keys\.c$'
pure=$(ls ike/*.[ch] ospf/*.[ch] esp/*.[ch] | grep -vE "$io")
complain "pure files do I/O" "$(grep -nE \
    '#include +(<sys/socket.h>|<event.h>|<time.h>|"lib/(ev|msg|log|clock|proc).h")' \
    $pure || :)"
complain "calls we do not use" "$(grep -nE \
    '\b(strcpy|strcat|sprintf|gets|atoi|system|popen|strtok|alloca)\(' \
    lib/*.[ch] ike/*.[ch] ospf/*.[ch] esp/*.[ch] greipsecd/*.[chy] \
    greipsecctl/*.[ch] || :)"
complain "conditionals on the system outside its files" "$(grep -nE \
    '#if.*__(linux|OpenBSD)__' ike/*.[ch] ospf/*.[ch] esp/*.[ch] \
    greipsecctl/*.[ch] || :)"
complain "files over 900 lines" "$(wc -l */*.[chy] regress/*/*.[ch] |
    awk '$2 != "total" && $1 > 900 { print $2 ": " $1 }')"
complain "functions over 80 lines" "$(for f in lib/*.c ike/*.c ospf/*.c \
    esp/*.c greipsecd/*.c greipsecctl/*.c; do awk -v f="$f" '
	/^[a-z_][A-Za-z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name) }
	/^\{/ { s = NR }
	/^\}/ { if (s && NR - s > 80) print f ":" s " " name ": " NR - s; s = 0 }
    ' "$f"; done)"
complain "loose ends" "$(grep -nIE '\b(TO''DO|FIX''ME|X''XX|HA''CK)\b' \
    lib/* ike/* ospf/* esp/* greipsecd/* greipsecctl/* GNUmakefile || :)"
complain "no licence line" "$(grep -L 'SPDX-License-Identifier: ISC' \
    */*.[chy] regress/*/*.[ch] regress/*/*.sh || :)"
exit $bad
