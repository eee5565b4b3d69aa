/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  See ctl_cause.h.  In the texts {here} and {there} are
 * the names of the two sites, {local} and {peer} their outer addresses, {in} and
 * {at} the head of the block that settles it, here and there, {end} its end,
 * {facts}, {ours} and {theirs} what was seen, {file} the configuration of this
 * end, {mtu} ours and {most} what of it fits, {fix} and {fix-there} what
 * ctl_fix.c has for either end, {fast} what a hello interval of 0 means.
 * {places}, {own}, {nat}, {self}, {us}, {diag} and {both} are worded as the two are
 * sites of a mesh or not.  {{ and }} are braces.
 */
#include <stdio.h>
#include <string.h>

#include "greipsecctl/ctl_fix.h"

static const struct fld cause_f[] = {
	F_STR(view_cause, site), F_STR(view_cause, code),
	F_STR(view_cause, cause), F_STR(view_cause, here),
	F_STR(view_cause, there), F_STR(view_cause, seen), F_END
};
const struct fld_table view_cause_fld = FLD_TABLE(view_cause, cause_f);

static const struct {
	const char	*code, *cause, *here, *there;
} causes[] = {
	{ "no-such-address",
	    "This site is {local} in the configuration, and no "
	    "interface of this host has that address.",
	    "give an interface {local}, or mend {own} in {file}; where a "
	    "NAT has it: {nat}",
	    "" },
	{ "no-route-to-peer",
	    "This host has no route to {peer}: {facts}.",
	    "ip route get {peer}; mend the default route",
	    "" },
	{ "underlay-down",
	    "The way to {peer} is not usable: {facts}.",
	    "bring the interface up; ip route get {peer}",
	    "" },
	{ "other-interface",
	    "They leave by another line than their address belongs to: "
	    "{facts}. Few providers let that pass, and no answer would "
	    "come back by it.",
	    "ip route get {peer} from {local}; is the default route by the "
	    "right interface?",
	    "" },
	{ "peer-unknown",
	    "The address of {there} is dynamic: only it can begin, and "
	    "it has not been heard yet.",
	    "",
	    "{there} must reach {here}: {diag}" },
	{ "no-answer",
	    "Nothing comes back from UDP 500 of {peer}, not even an "
	    "ICMP error: a packet filter drops it, or the host is away.",
	    "is {peer} the address of {there}?",
	    "does greipsecd run? pass UDP 500, UDP 4500 and IP protocol "
	    "50 from {local}" },
	{ "silent-port",
	    "{peer} answers a ping, and nothing comes back from its UDP "
	    "500, not even an ICMP error: a packet filter there or on "
	    "the way drops it.",
	    "",
	    "does greipsecd run (greipsecctl show)? pass UDP 500, UDP "
	    "4500 and IP protocol 50 from {local}" },
	{ "silent-host",
	    "Neither a ping nor UDP 500 of {peer} is answered: the host "
	    "or its line is down, it has another address, or all from "
	    "here is filtered.",
	    "is {peer} the address of {there}? does this site reach "
	    "other hosts?",
	    "is the line up? pass UDP 500, UDP 4500 and IP protocol 50 "
	    "from {local}" },
	{ "no-answer-4500",
	    "UDP 500 of {peer} answers and UDP 4500 does not. There is "
	    "a NAT between the two sites, or `nat force', so all goes "
	    "by 4500.",
	    "",
	    "pass UDP 4500 from {local}, on the host and on every "
	    "filter before it" },
	{ "no-answer-auth",
	    "{peer} answers the first message and not the second, which "
	    "is larger and encrypted: a filter drops it, fragments are "
	    "lost on the way, or the peer cannot decrypt it.",
	    "",
	    "pass UDP 500 and 4500 from {local}, fragments too; {diag}" },
	{ "port-unreachable",
	    "{peer} lives and says that nothing listens on its port: "
	    "{facts}.",
	    "is {peer} the address of {there}?",
	    "start greipsecd: rcctl start greipsecd, or systemctl start "
	    "greipsecd; does a filter there reject UDP 500 or 4500?" },
	{ "host-unreachable",
	    "A router on the way, or the last one, says that {peer} "
	    "cannot be reached.",
	    "is {peer} the address of {there}?",
	    "is the host on, and its line?" },
	{ "no-route",
	    "This host cannot send to {peer}: no route, or its own "
	    "address is away.",
	    "ip route get {peer}; ip address",
	    "" },
	{ "own-filter",
	    "The packet filter of this host does not let out what is sent "
	    "to {peer} (EPERM).",
	    "accept UDP 500, UDP 4500 and IP protocol 50 to {peer} on the "
	    "way out (nft list ruleset, the chains at output)",
	    "" },
	{ "lost",
	    "{there} answered before and does not now. What is "
	    "negotiated stays in place and is tried again every 20 s.",
	    "",
	    "is the host on, its line up, greipsecd running?" },
	{ "they-proposal",
	    "{there} refuses the IKE proposals of this site ({facts}): "
	    "the suite or its key exchange group differs. It may also not "
	    "know our address.",
	    "`ike {{ proposal }}' in {file}: one in common with {there}; "
	    "{both}",
	    "the same; does its file have {here} with address {local}?" },
	{ "our-proposal",
	    "No IKE proposal in common: {facts}.",
	    "{fix}",
	    "{fix-there}" },
	{ "our-group",
	    "The IKE proposals differ in their key exchange group only: "
	    "{facts}.",
	    "{fix}",
	    "{fix-there}" },
	{ "they-group",
	    "{there} wants a key exchange group that is not offered "
	    "here: {facts}.",
	    "add it to ike {{ proposal ... }}",
	    "or offer one of ours" },
	{ "they-cookie",
	    "{there} answers with cookies only: it is under a flood of "
	    "handshakes, or our answers with the cookie do not reach "
	    "it.",
	    "",
	    "greipsecctl show counters; who floods UDP 500?" },
	{ "they-version",
	    "{there} speaks IKEv1 only: {facts}. Here only IKEv2 is "
	    "spoken, so the two never meet. (Anybody can send such a "
	    "message in its name.)",
	    "ike {{ version 2 }} is all there is: IKEv1 is not available "
	    "in greipsecd; is {peer} the address of {there}?",
	    "enable IKEv2 for {local}, or upgrade that box" },
	{ "they-error",
	    "{there} reports an error: {facts}.",
	    "",
	    "look at its log" },
	{ "they-auth",
	    "{there} does not accept who we say we are: there this site is "
	    "not in the file in force, or is disabled or taken down; or "
	    "the secret differs (`psk', or `key' of {here}), or else the "
	    "identity that it expects (names of mesh and sites, `local-id' "
	    "here, `remote-id' there).",
	    "`psk' of the mesh or of the pair in {file}: the same words "
	    "on both ends; with `key': did `greipsecctl keygen' make a "
	    "new one?",
	    "greipsecctl reload, where its file has {here} and does not "
	    "use it yet; greipsecctl up {us}; the same secret. {diag}, or "
	    "`greipsecctl show events' (unknown peer), tells which it is" },
	{ "our-auth",
	    "{there} has the identity that is expected and could not "
	    "prove it: the `psk' of this pair, or the `key' of {there}, "
	    "is not the one that it uses.",
	    "`psk' of the mesh or of the pair in {file}: the same words "
	    "on both ends; with `key': the line that keygen printed at "
	    "{there}",
	    "the same; was its key made anew?" },
	{ "our-method",
	    "{there} authenticates by another method ({facts}; 2 is a "
	    "PSK, 14 a signature): one end has `key', the other `psk'.",
	    "`key' of both sites, or `psk', in {file}: what is there",
	    "the same as here" },
	{ "our-id",
	    "{there} says to be somebody else: {facts}.",
	    "{fix}",
	    "the names of mesh and sites as they are here; or its "
	    "`local-id'" },
	{ "our-own-id",
	    "{there} wants to speak to somebody else: {facts}.",
	    "{fix}",
	    "the names of mesh and sites as they are here; or its "
	    "`remote-id'" },
	{ "they-esp-proposal",
	    "IKE works, but {there} refuses the ESP proposals of this "
	    "site ({facts}).",
	    "`ipsec {{ proposal }}' in {file}: one in common with "
	    "{there}; {both}",
	    "the same" },
	{ "they-pfs",
	    "{there} took the ESP proposals of this site and refuses them "
	    "at a rekey, where PFS counts: its group is another than ours "
	    "({ours}). The SA in use works until it expires.",
	    "`ipsec {{ pfs }}' in {file}, as it is there",
	    "{at} ipsec {{ pfs {ours} }}{end}" },
	{ "our-esp-proposal",
	    "IKE works, and no ESP proposal is in common: {facts}.",
	    "{fix}",
	    "{fix-there}" },
	{ "our-pfs",
	    "PFS is {theirs} there and {ours} here: ESP works until the "
	    "first rekey, which cannot be agreed.",
	    "{fix}",
	    "{at} ipsec {{ pfs {ours} }}{end}" },
	{ "they-selector",
	    "{there} refuses the traffic selectors: here GRE (protocol "
	    "47) between {local} and {peer}.",
	    "selector any, when {there} protects everything between the "
	    "two addresses",
	    "protect protocol 47, or everything, between {peer} and "
	    "{local}" },
	{ "our-selector",
	    "The traffic selectors do not meet: {facts}.",
	    "selector any, when {there} protects everything between the "
	    "two addresses",
	    "protect protocol 47, or everything, between {peer} and "
	    "{local}" },
	{ "they-child",
	    "IKE works, and {there} refuses the child SA: {facts}.",
	    "",
	    "look at its log" },
	{ "our-answer",
	    "The answer of {there} does not fit what was asked "
	    "({facts}).",
	    "greipsecctl log debug ike shows the exchange",
	    "look at its log" },
	{ "mode",
	    "{there} chose another IPsec mode than this file asks for: "
	    "{facts}. It works, with another MTU.",
	    "{in} ipsec {{ mode {facts} }}{end}",
	    "or `ipsec {{ mode }}' as it is here" },
	{ "data-path",
	    "The keys are agreed, and this host could not use them: "
	    "{facts}.",
	    "greipsecctl show; the log of greipsecd",
	    "" },
	{ "no-secret",
	    "There is no secret for this tunnel in the keys process: "
	    "{facts}.",
	    "`key' or `psk' of {there}; greipsecctl reload",
	    "" },
	{ "key-exchange",
	    "The public value of {there} is no valid one, or the "
	    "computation failed.",
	    "",
	    "look at its log" },
	{ "deleted",
	    "{there} deleted the SA: it was stopped, taken down or "
	    "configured anew.",
	    "",
	    "greipsecctl show; greipsecctl up {us}" },
	{ "taken-down",
	    "It was taken down here by the operator.",
	    "greipsecctl up {there}",
	    "" },
	{ "expired",
	    "The lifetime was over before a new key was agreed: "
	    "{facts}.",
	    "",
	    "does it answer? {diag}" },
	{ "disabled",
	    "`disable' is set for this link in the file.",
	    "take `disable' out of {places} in {file}, then greipsecctl "
	    "reload",
	    "" },
	{ "not-negotiated",
	    "Nothing has been negotiated yet, and nothing has failed.",
	    "wait a few seconds; greipsecctl up {there}",
	    "" },
	{ "no-child",
	    "IKE is up, without a pair of ESP SAs.",
	    "greipsecctl rekey {there}",
	    "" },
	{ "no-esp-in",
	    "Keys are agreed by UDP, and no ESP packet of {there} "
	    "arrives in {facts}: IP protocol 50 (no port) is dropped on "
	    "the way, or the other end sends nothing.",
	    "pass IP protocol 50 from {peer}, or `nat force' for this "
	    "link in both files: then it all goes by UDP 4500",
	    "the same; does it send? {diag}" },
	{ "no-esp-in-udp",
	    "Keys are agreed by UDP, and no ESP packet of {there} "
	    "arrives in {facts}, though ESP goes in UDP 4500 as IKE does: "
	    "the other end sends nothing into the tunnel.",
	    "",
	    "has it a GRE interface to {local}, with OSPF on it? does its "
	    "IPsec cover GRE? {diag}" },
	{ "esp-in-udp",
	    "IP protocol 50 does not pass between {local} and {peer}: ESP "
	    "goes in UDP 4500, which costs 8 bytes a packet.",
	    "pass IP protocol 50 (no port) from {peer}, then greipsecctl "
	    "restart {there}; or leave it",
	    "pass IP protocol 50 (no port) from {local}" },
	{ "clear-gre",
	    "GRE packets came in clear from {peer} ({facts}) and were "
	    "dropped: its IPsec does not cover GRE, or somebody forges.",
	    "",
	    "its IPsec must require ESP for protocol 47 to {local}" },
	{ "esp-auth",
	    "ESP packets with a wrong check value came in ({facts}): "
	    "damaged, forged, or keys differ.",
	    "greipsecctl rekey {there}",
	    "" },
	{ "interface-down",
	    "The interface {ifname} is not up for OSPF: the tunnel has "
	    "no SA yet, or was taken down.",
	    "greipsecctl show tunnels {there}",
	    "" },
	{ "nothing-heard",
	    "The tunnel is protected, and no OSPF Hello of {there} came "
	    "through it.",
	    "",
	    "does OSPF run on that tunnel, not passive? does a filter "
	    "drop protocol 89 in GRE? {diag}" },
	{ "nothing-comes",
	    "Nothing at all comes from {there} for {facts}, no ESP and no "
	    "answer to a ping: its host or line is down, or so is ours.",
	    "does this site reach other hosts?",
	    "is the host on, and its line up?" },
	{ "no-ospf-in",
	    "Packets of {there} arrive by {ifname}, and no OSPF among them "
	    "gets through: the packet filter of this host drops it, or "
	    "none is sent.",
	    "accept `ip protocol 89' that comes in by gs-* (nft list "
	    "ruleset)",
	    "or: does OSPF run on that tunnel, not passive? {diag}" },
	{ "one-way",
	    "Hellos of {there} arrive, and they do not list us: ours do "
	    "not reach it, or it refuses them.",
	    "",
	    "{diag} (or its log) says why; a filter "
	    "on protocol 89 or 224.0.0.5?" },
	{ "area",
	    "The area is {theirs} there and {ours} here. Each end drops "
	    "the other's packets.",
	    "{fix}",
	    "ospf {{ area {ours} }}" },
	{ "authentication-type",
	    "The authentication type is {theirs} there and {ours} here "
	    "(0 none, 1 clear password, 2 MD5). Each end drops the "
	    "other's packets.",
	    "ospf {{ auth ... }}: the same on both",
	    "OSPF authentication: MD5 with the same key id and key" },
	{ "key-id",
	    "Packets of {there} are signed with key id {theirs}, which is "
	    "not known here; here id {ours} is sent.",
	    "ospf {{ auth md5 {theirs} ... }} in {file}, with the key "
	    "that it has there",
	    "ospf {{ auth md5 {ours} ... }}, with the key that it has here" },
	{ "digest",
	    "Packets of {there} have the right key id and a wrong digest: "
	    "the text of the key differs.",
	    "ospf {{ auth md5 ... }} in {file}: the same key text in both "
	    "(16 characters count)",
	    "the same; no blank at its end" },
	{ "digest-length",
	    "The digest of {there} is {theirs} bytes, MD5 has {ours}.",
	    "",
	    "use MD5 (RFC 2328) there, no HMAC-SHA" },
	{ "sequence-number",
	    "The cryptographic sequence of {there} went back ({theirs} "
	    "after {ours}): it restarted without keeping its number, "
	    "its clock was set back, or packets are replayed.",
	    "sequence strict can be taken out, when it is set; else it "
	    "mends itself after a few packets",
	    "restart its OSPF once more; keep its clock right" },
	{ "hello-interval",
	    "The hello interval is {theirs} s there and {ours} s here{fast}. "
	    "RFC 2328 10.5: each end ignores the other's hellos, and "
	    "nothing is said on the wire.",
	    "{fix}",
	    "{fix-there}" },
	{ "dead-interval",
	    "The dead interval is {theirs} s there and {ours} s here. RFC "
	    "2328 10.5: each end ignores the other's hellos, and nothing "
	    "is said on the wire.",
	    "{fix}",
	    "{fix-there}" },
	{ "options",
	    "The options are {theirs} there and {ours} here: the area "
	    "is stub or NSSA at one end and not at the other.",
	    "greipsecd has no stub areas",
	    "the area must be no stub and no NSSA" },
	{ "duplicate-router-id",
	    "{there} has the router id {theirs}, which is ours.",
	    "`router-id' of {self} in {file}: another one",
	    "or another router id there" },
	{ "mtu",
	    "The MTU is {theirs} there and {ours} here: accepted, but "
	    "packets larger than the smaller one are lost in one "
	    "direction.",
	    "{fix}",
	    "{fix-there}" },
	{ "hello-mask",
	    "The Hello mask is {theirs} there and {ours} here: accepted, as "
	    "RFC 2328 10.5 has it on a point-to-point link, but the two "
	    "ends disagree about the inner subnet, and RouterOS does not "
	    "accept it.",
	    "{fix}",
	    "mask {ours} on that tunnel's inner address" },
	{ "dd-mtu",
	    "The MTU is {theirs} there and {ours} here, and the end with "
	    "the smaller one refuses that (RFC 2328 10.6; `mtu-check "
	    "strict').",
	    "{fix}",
	    "{fix-there}" },
	{ "exstart",
	    "Database descriptions of ours get no answer: the other end "
	    "refuses our MTU ({mtu}), or large packets are lost in the "
	    "tunnel.",
	    "`mtu' of this tunnel as it is there, where that is less than "
	    "{most}; else path-mtu lower",
	    "MTU {most} on that tunnel, or ignore the MTU there (ip ospf "
	    "mtu-ignore)" },
	{ "source-address",
	    "OSPF packets come from {theirs}, where {ours} is expected: "
	    "the inner addresses of the two files differ.",
	    "{fix}",
	    "as they are here; or inner address {ours} there" },
	{ "second-router",
	    "Two routers answer on this point-to-point link: {theirs} "
	    "beside {ours}.",
	    "",
	    "only one router at the other end; did its router id "
	    "change?" },
	{ "ttl",
	    "OSPF packets come with TTL {theirs} instead of 1: they "
	    "were routed, or the other end sets it.",
	    "",
	    "TTL 1 for OSPF on that tunnel; is it a tunnel of its own?" },
	{ "not-full",
	    "The neighbor is not FULL yet.",
	    "wait for the dead interval; greipsecctl show neighbors",
	    "" },
	{ "nothing-announced",
	    "The neighbor is FULL, and nothing inside {facts} is "
	    "announced by anybody.",
	    "",
	    "is an interface up there with an address inside? "
	    "`announce' says a prefix without one; greipsecctl show "
	    "there warns of it" },
	{ "not-installed",
	    "OSPF has the route, and the kernel has not: {facts}.",
	    "greipsecctl show fib; greipsecctl show",
	    "" },
	{ "forward-drop",
	    "The tunnel works, and the packet filter of this host drops what "
	    "is forwarded: nft chain {facts} drops what no rule accepts, and "
	    "none accepts what goes from the LAN to {ifname} or comes by it.",
	    "nft insert rule {facts} iifname 'gs-*' accept; nft insert rule "
	    "{facts} oifname 'gs-*' accept; and in the file that it has its "
	    "rules from (ufw: ufw route allow in on {ifname}, and out)",
	    "" },
};
#define N_CAUSES	(sizeof(causes) / sizeof(causes[0]))

/* What is said for the other end where that is no greipsecd, if it is not the
 * same: nothing of our commands and words of the file. */
static const struct {
	const char	*code, *there;
} boxes[] = {
	{ "peer-unknown", "it must reach {local}: what does its log say?" },
	{ "no-answer", "is its IKE daemon running? pass UDP 500, UDP 4500 and "
	    "IP protocol 50 from {local}" },
	{ "silent-port", "is its IKE daemon running? pass UDP 500, UDP 4500 "
	    "and IP protocol 50 from {local}" },
	{ "no-answer-auth", "pass UDP 500 and 4500 from {local}, fragments "
	    "too; what does its log say?" },
	{ "port-unreachable", "is its IKE daemon running? does a filter there "
	    "reject UDP 500 or 4500?" },
	{ "lost", "is the host on, its line up, its IKE daemon running?" },
	{ "they-proposal", "IKE proposal, one of each kind of: {ours}; does "
	    "it have a peer {local}?" },
	{ "they-cookie", "who floods its UDP 500?" },
	{ "they-auth", "the same secret for {local}, and the identity that we "
	    "have; its log tells which it is" },
	{ "our-auth", "the same secret for {local}" },
	{ "our-id", "its own IKE identity: {ours}" },
	{ "our-own-id", "the IKE identity that it expects of {local}: ours" },
	{ "they-esp-proposal", "ESP proposal, one of each kind of: {ours}" },
	{ "they-pfs", "PFS: {ours}" },
	{ "our-pfs", "PFS: {ours}" },
	{ "mode", "or the IPsec mode (transport, tunnel) that it has here" },
	{ "deleted", "is it configured still, and was not taken down?" },
	{ "expired", "does it answer? what does its log say?" },
	{ "no-esp-in", "pass IP protocol 50 from {local}, or go by UDP 4500 at "
	    "both ends; does it send?" },
	{ "no-esp-in-udp", "has it a GRE interface to {local}, with OSPF on "
	    "it? does its IPsec cover GRE?" },
	{ "nothing-heard", "does OSPF run on that tunnel, not passive? does a "
	    "filter drop protocol 89 in GRE?" },
	{ "no-ospf-in", "or: does OSPF run on that tunnel, not passive?" },
	{ "one-way", "its log may say why; a filter on protocol 89 or "
	    "224.0.0.5?" },
	{ "area", "area {ours} on that tunnel" },
	{ "key-id", "MD5 key id {ours}, with the key that it has here" },
	{ "source-address", "inner address {ours} there" },
	{ "nothing-announced", "is an interface up there with an address "
	    "inside, and its network in OSPF?" },
};

static const char *
box_text(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
		if (strcmp(boxes[i].code, code) == 0)
			return (boxes[i].there);
	return (NULL);
}

const char *
cause_code(size_t i)
{
	return (i < N_CAUSES ? causes[i].code : NULL);
}

/* What stands for a word in braces; NULL: not known. */
static const char *
value(const struct cause_facts *f, const struct fix *x, const char *word,
    size_t len)
{
	const struct {
		const char	*word, *value;
	} words[] = {
		{ "here", f->here[0] != '\0' ? f->here : "this site" },
		{ "there", f->there },
		{ "local", f->local }, { "peer", f->peer },
		{ "ifname", f->ifname }, { "facts", f->facts },
		{ "ours", f->ours }, { "theirs", f->theirs },
		{ "file", f->file }, { "in", x->in }, { "at", x->at },
		{ "end", x->end }, { "places", x->places },
		{ "own", x->own }, { "self", x->self },
		{ "nat", x->nat }, { "us", x->us }, { "diag", x->diag },
		{ "both", x->both },
		{ "mtu", x->mtu }, { "most", x->most }, { "fix", x->here },
		{ "fix-there", x->there }, { "fast", x->fast }
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len &&
		    memcmp(words[i].word, word, len) == 0)
			return (words[i].value);
	return (NULL);
}

static void
put(char *buf, size_t cap, size_t *n, const char *text, size_t len)
{
	if (*n + len >= cap)
		len = cap - 1 - *n;
	memcpy(buf + *n, text, len);
	*n += len;
	buf[*n] = '\0';
}

static void
expand(const char *s, const struct cause_facts *f, const struct fix *x,
    char *buf, size_t cap)
{
	const char *v;
	size_t n = 0, len;

	buf[0] = '\0';
	while (*s != '\0') {
		len = strcspn(s, "{}");
		put(buf, cap, &n, s, len);
		s += len;
		if (s[0] == '\0')
			break;
		if (s[1] == s[0]) {
			put(buf, cap, &n, s, 1);
			s += 2;
			continue;
		}
		len = strcspn(s + 1, "}");
		if ((v = value(f, x, s + 1, len)) != NULL)
			put(buf, cap, &n, v, strlen(v));
		s += len + 2;
	}
}

void
cause_make(const char *code, const struct cause_facts *f,
    struct view_cause *out)
{
	const char *there = f->foreign ? box_text(code) : NULL;
	struct fix x;
	size_t i;

	memset(out, 0, sizeof(*out));
	(void)snprintf(out->site, sizeof(out->site), "%s", f->there);
	(void)snprintf(out->code, sizeof(out->code), "%s", code);
	(void)snprintf(out->seen, sizeof(out->seen), "%s", f->seen);
	for (i = 0; i < N_CAUSES; i++)
		if (strcmp(causes[i].code, code) == 0)
			break;
	if (i == N_CAUSES) {
		(void)snprintf(out->cause, sizeof(out->cause), "%s%s%s", code,
		    f->facts[0] != '\0' ? ": " : "", f->facts);
		return;
	}
	fix_make(code, f, &x);
	expand(causes[i].cause, f, &x, out->cause, sizeof(out->cause));
	expand(causes[i].here, f, &x, out->here, sizeof(out->here));
	expand(there != NULL ? there : causes[i].there, f, &x, out->there,
	    sizeof(out->there));
}
