# SPDX-License-Identifier: ISC
# Sourced after lib_sites.sh: London and Tokyo with a file each, so that these
# can differ; what diagnose says at each end, and doing what it says.
cat >>"$W/secrets" <<'EOF'
k2 = "another key text"
p1 = "HtQ7zYw2mK9xR4vB8nL3cF6jD1sG5aPe"
p2 = "Zq8Wn3Lk6Vb1Xc9Mf4Rt7Ys2Hd5Jg0Pa"
EOF
# file SITE MESH-LINES OSPF-LINES [NAME-OF-MESH]: what is in force there
file() {
	cat >"$W/$1.conf" <<EOF
include "secrets"
ospf { area 0.0.0.0  auth md5 1 \$k  dead 1  hello 250ms  $3 }
mesh "${4:-corp}" { tunnels 172.31.0.0/22  psk \$p1
$2
site london { id 1 address 203.0.113.1 network 10.1.0.0/16 }
site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 }
}
EOF
}
good() { file "$1" "" ""; }
# change SITE SED-SCRIPT: a line of the file of that site
change() {
	cp "$W/$1.conf" "$W/before"
	sed -i "$2" "$W/$1.conf"
	! cmp -s "$W/before" "$W/$1.conf" || die "$1: nothing to change by $2"
}
both() { daemon london; l=$pid; daemon tokyo; t=$pid; }
other() { [ "$1" = london ] && echo tokyo || echo london; }

# look SITE: diagnose there, as text and as JSON
look() {
	set +e
	in_ns "$1" "$GSC" -s "$W/$1/sock" diagnose >"$W/$1/seen" 2>&1; _rc=$?
	in_ns "$1" "$GSC" -s "$W/$1/sock" -j diagnose >"$W/$1/json" 2>/dev/null
	set -e
}
# is SITE CODE [PATTERN]...: a cause there has that code and what RC says is
# the exit status, and the text, its lines joined, has all of these
RC=1
is() {
	_w=$1 _c=$2; shift 2
	look "$_w"
	[ "$_rc" = "$RC" ] || return 1
	python3 - "$W/$_w/json" "$_c" <<'EOF' || return 1
import json, re, sys
j = json.load(open(sys.argv[1]))
sys.exit(not any(re.fullmatch(sys.argv[2], c["code"]) for c in j["causes"]))
EOF
	for _p; do tr -s '\n ' ' ' <"$W/$_w/seen" | grep -qE -- "$_p" || return 1; done
}
# of SITE FIELD: of the first cause, as `is' saw it
of() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["causes"][0][sys.argv[2]])' "$W/$1/json" "$2"; }
narrow() {
	for _s; do
		_x=$(awk 'length($0) > 80' "$W/$_s/seen")
		[ -z "$_x" ] || die "$_s: wide: $_x"
	done
}
# named SITE CODE [PATTERN]...: it is, in time, with something to do at both ends
named() {
	_n=$1
	poll 40 is "$@" || die "$what at $_n: wanted $*: $(cat "$W/$_n/seen")"
	narrow "$_n"
	[ -n "${ONE_END:-}" ] || { [ -n "$(of "$_n" here)" ] && [ -n "$(of "$_n" there)" ]; } ||
	    die "$what at $_n: here and there: $(cat "$W/$_n/seen")"
}
# wrong NAME LONDON-CODE TOKYO-CODE [PATTERN-AT-LONDON [PATTERN-AT-TOKYO]]
wrong() {
	what=$1
	both
	named london "$2" "${4:-.}"
	named tokyo "$3" "${5:-.}"
	echo "$(of london code) $(of tokyo code)" >>"$W/pairs"
	say "$what: $(of london code) | $(of tokyo code)"
}
# No two of these looked the same from both ends.
distinct() {
	[ -z "$(sort "$W/pairs" | uniq -d)" ] || die "two wrongs look the same: $(sort "$W/pairs" | uniq -d)"
	: >"$W/pairs"
}
# put SITE FIX: a line as diagnose prints it, into the file there
put() {
	python3 - "$W/$1.conf" "$2" <<'EOF' || die "$what: no line to put into the file: $2"
import re, sys
conf, fix = open(sys.argv[1]).read(), sys.argv[2]
def block(text, head):			# from behind its brace to the one that ends it
    m = re.search(head + r' \{', text)
    if not m: return None
    end, depth = m.end(), 1
    while depth:
        depth += (text[end] == '{') - (text[end] == '}')
        end += 1
    return m.end(), end - 1
def settle(text, head, stmt):		# a word that is there gets that value
    at, end = block(text, head)
    inside = text[at:end]
    deeper = re.fullmatch(r'(ike|ipsec|ospf) \{ (.*) \}', stmt)
    if deeper and block(inside, deeper[1]): inside = settle(inside, deeper[1], deeper[2])
    elif deeper: inside += ' ' + stmt + '\n'
    else:
        for word, value in re.findall(r'(inner) (\S+ peer \S+)', stmt) or re.findall(r'(\S+) (\S+)', stmt):
            old = r'\b%s %s' % (word, r'\S+ peer \S+' if word == 'inner' else r'\S+')
            if re.search(old, inside): inside = re.sub(old, word + ' ' + value, inside)
            else: inside += ' %s %s\n' % (word, value)
    return text[:at] + inside + text[end:]
if '...' in fix: sys.exit(1)
link = re.search(r'(link \S+ \S+|ospf) \{', fix)
tunnel = re.search(r'in (tunnel \S+|the tunnel to (\S+)): (.*)', fix)
if tunnel:
    head = tunnel[1]
    if tunnel[2]: head = r'tunnel \S+(?= \{[^{}]*\bpeer %s\b)' % re.escape(tunnel[2])
    conf = settle(conf, head, tunnel[3])
elif link:
    at, end = block(fix, link[1])
    if link[1] == 'ospf': conf = settle(conf, 'ospf', fix[at:end].strip())
    else:
        cut = conf.rindex('}')
        conf = conf[:cut] + fix[link.start():end + 1] + '\n' + conf[cut:]
else: sys.exit(1)
open(sys.argv[1], 'w').write(conf)
EOF
}
# mend SITE FIX: do that there, and all is well at both ends
mend() {
	cp "$W/$1.conf" "$W/before"
	put "$1" "$2"
	ctl "$1" reload >"$W/out" 2>&1 || die "$what: $2: $(cat "$W/out")"
	poll 40 full || die "$what: not FULL with $2 at $1: $(ctl london show ike; ctl london show neighbors)"
	say "  mended at $1 by: $2"
}
# mends: whatever lines the two are told, for themselves or for the other, each
# by itself from the start, and there is one for either end
mends() {
	: >"$W/fixes"
	for m_site in london tokyo; do
		echo "$m_site $(of $m_site here)" >>"$W/fixes"
		echo "$(other $m_site) $(of $m_site there)" >>"$W/fixes"
	done
	put_able <"$W/fixes" | sed 's/link tokyo london/link london tokyo/; s/, or .*//' | sort -u >"$W/lines"
	grep -q "^london" "$W/lines" && grep -q "^tokyo" "$W/lines" || die "$what: no line for each end: $(cat "$W/fixes")"
	m_code=$(of london code)
	# who sees it itself and who is refused may change places
	m_code=${m_code#they-} m_code="(they-|our-)?${m_code#our-}"
	while read -r m_site m_fix <&4; do
		[ -n "$l" ] || {
			both
			poll 40 is london "$m_code" || die "$what: it did not come back: $(cat "$W/london/seen")"
		}
		mend "$m_site" "$m_fix"
		cp "$W/before" "$W/$m_site.conf"
		stop "$l" "$t"; l=
	done 4<"$W/lines"
}
put_able() { grep -E "(link [a-z]+ [a-z]+|ospf) \{[^.]*[^ .].*\}|in tunnel [a-z]+: |in the tunnel to [0-9.]+: " | grep -vF "..." || :; }
# points WORD: where no line can be printed, keyword and file are named
points() {
	for _s in london tokyo; do
		tr -s '\n ' ' ' <"$W/$_s/seen" | grep -q "here: [^:]*\`*$1.* in $W/$_s.conf" ||
		    die "$what: neither $1 nor its file is named: $(cat "$W/$_s/seen")"
	done
	stop "$l" "$t"
}
