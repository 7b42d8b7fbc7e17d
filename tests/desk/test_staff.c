/* Forgeries that must not pass as a colleague's, the lawful mails that must, and who may act on what. The cases are headers, read as the daemon
 * reads them; words in braces stand for tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "desk/staff.h"
#include "mail/head.h"

enum { DAY = 86400 };
#define NOW INT64_C(1790000000)

static const char conf[] =
	"office = { name = \"Office\"; address = \"international@uni.example\"; aliases = [ \"int-office@uni.example\" ]; internal = [ \"uni.example\" ];\n"
	"           plus = true; };\n"
	"imap = { url = \"imaps://imap.uni.example\"; user = \"u\"; password_file = \"p\"; };\nsmtp = { url = \"smtp://smtp.uni.example\"; };\n"
	"store = { path = \"/x.db\"; };\n"
	"staff = { members = [ \"*@int.uni.example\", \"bo.ek@uni.example\", \"gun@uni.example\" ]; authserv_id = \"mx.uni.example\"; people = (\n"
	"    { address = \"bo.ek@uni.example\"; name = \"Bo Ek\"; aliases = [ \"bo@int.uni.example\", \"bo@ek.example\" ]; },\n"
	"    { address = \"eva@uni.example\"; deputy = \"bo.ek@uni.example\"; aliases = \"eva@lind.example\"; } ); };\n"
	"triage = { staff = [ \"triage@uni.example\", \"tove@int.uni.example\" ]; };\n"
	"topics = ( { name = \"mobility\"; staff = [ \"mia@int.uni.example\", \"moa@int.uni.example\" ]; },\n"             /* people alone */
	"           { name = \"agreements\"; staff = [ \"agreements@uni.example\" ]; },\n"                                  /* a group alone */
	"           { name = \"networks\"; staff = [ \"networks@uni.example\", \"nils@int.uni.example\" ]; },\n"           /* both */
	"           { name = \"recruitment\"; staff = [ \"rekrytering@int.uni.example\", \"gun@uni.example\", \"eva@uni.example\" ];\n"
	"             members = [ \"*@rek.uni.example\", \"rut@int.uni.example\" ]; } );\n";                              /* a group within a pattern */

enum { MOBILITY, AGREEMENTS, NETWORKS, RECRUITMENT, TRIAGE = -1 };

static int setup(void **state)
{
	char path[] = "/tmp/ingang-staff-XXXXXX";
	struct problems p;
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, conf, sizeof conf - 1) != (ssize_t)(sizeof conf - 1) || close(fd) != 0)
		return -1;
	*state = config_load(path, false, &p);
	for (size_t i = 0; i < p.n; i++)
		print_error("%u: %s\n", p.v[i].line, p.v[i].message);
	problems_free(&p);
	unlink(path);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	config_free(*state);
	return 0;
}

/* --- tokens --- */

static const struct token_key held[] = {{7, "the secret that makes, of today."}, {3, "the secret before it, still held"}}, gone = {5, "a secret that is held no more..."},
                              stolen_id = {7, "another secret, by the same id.."};
static const struct token_keys keys = {held, 2};

static const struct sample {
	const char *name;
	const struct token_key *key;
	struct token token;
	const char *person;
} samples[] = {
	{"BO", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 1}, "bo.ek@uni.example"},
	{"BO-OLD-KEY", &held[1], {42, TOKEN_STAFF, NOW + 30 * DAY, 1}, "bo.ek@uni.example"},
	{"BO-INT", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 2}, "bo@int.uni.example"},
	{"BO-HOME", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 2}, "bo@ek.example"},
	{"BO-41", &held[0], {41, TOKEN_STAFF, NOW + 30 * DAY, 1}, "bo.ek@uni.example"},
	{"BO-PAST", &held[0], {42, TOKEN_STAFF, NOW - 1 * DAY, 1}, "bo.ek@uni.example"},
	{"BO-GONE", &gone, {42, TOKEN_STAFF, NOW + 30 * DAY, 1}, "bo.ek@uni.example"},
	{"BO-FORGED", &stolen_id, {42, TOKEN_STAFF, NOW + 30 * DAY, 1}, "bo.ek@uni.example"},
	{"BO-COMMAND", &held[0], {42, TOKEN_COMMAND, NOW + 30 * DAY, 5}, "bo.ek@uni.example"},
	{"BO-REQUESTER", &held[0], {40, TOKEN_REQUESTER, NOW + 30 * DAY, 5}, "bo.ek@uni.example"},
	{"MIA", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "mia@int.uni.example"},
	{"MOA", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "moa@int.uni.example"},
	{"EVA", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "eva@uni.example"},
	{"GUN", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "gun@uni.example"},
	{"AGREEMENTS", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "agreements@uni.example"},
	{"NETWORKS", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "networks@uni.example"},
	{"REKRYTERING", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "rekrytering@int.uni.example"},
	{"TRIAGE", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "triage@uni.example"},
	{"OFFICE", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "international@uni.example"},
	{"LEFT", &held[0], {42, TOKEN_STAFF, NOW + 30 * DAY, 3}, "kim@uni.example"},
	{"ANN", &held[0], {42, TOKEN_REQUESTER, NOW + 30 * DAY, 3}, "ann@partner.example"},
};

static void token_named(const char *name, size_t n, char out[static TOKEN_TEXT + 1])
{
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		const struct token_keys one = {samples[i].key, 1};
		if (strlen(samples[i].name) != n || memcmp(samples[i].name, name, n) != 0)
			continue;
		assert_true(token_make(&one, &samples[i].token, samples[i].person, out));
		return;
	}
	fail_msg("no token '%.*s'", (int)n, name);
}

/* "{BO}" is Bo's token; "{BO/30}" its first 30 characters, "{BO^}" in capitals, "{BO~7}" with the seventh character another one; "{RE:BO}" is
 * In-Reply-To with it. Lines end in LF here. */
static char *filled(const char *header)
{
	struct buf b = {0};
	for (const char *p = header; *p;) {
		char token[TOKEN_TEXT + 1];
		if (*p != '{') {
			buf_addf(&b, *p == '\n' ? "\r\n" : "%c", *p);
			p++;
			continue;
		}
		bool reply = strncmp(++p, "RE:", 3) == 0;
		p += reply ? 3 : 0;
		size_t n = strcspn(p, "/^~}"), at = strtoul(p + n + 1, NULL, 10);
		token_named(p, n, token);
		if (p[n] == '/')
			token[at] = '\0';
		if (p[n] == '~')
			token[at] = token[at] == 'q' ? 'r' : 'q';
		for (char *c = token; p[n] == '^' && *c; c++)
			*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
		buf_addf(&b, reply ? "In-Reply-To: <%s.0123456789abcdef@uni.example>\r\n" : "%s", token);
		p += strcspn(p, "}") + 1;
	}
	buf_adds(&b, "\r\n");
	return buf_take(&b);
}

static void mail_from(const char *header, struct mail *m)
{
	char *raw = filled(header);
	*m = (struct mail){0};
	head_read(raw, strlen(raw), &mail_limits_default, m);
	free(raw);
}

static struct config *with_proof(const struct config *c, enum config_proof proof)
{
	struct config *other = mem_alloc(sizeof *other);
	*other = *c;
	other->staff.proof = proof;
	return other;
}

static struct staff_claim claim(const struct config *c, enum config_proof proof, const char *header)
{
	struct config *other = with_proof(c, proof);
	struct staff_claim s;
	struct mail m;
	mail_from(header, &m);
	staff_claim_read(other, &keys, &m, NOW, &s);
	mail_free(&m);
	free(other);
	if (s.proved && !s.listed)
		fail_msg("proved without being listed:\n%s", header);
	if (s.proved != (*s.why == '\0'))
		fail_msg("why '%s':\n%s", s.why, header);
	if (s.has_token != (s.token_person != NULL) || s.has_token != (s.token.ticket != 0) || s.has_token != (*s.token_text != '\0'))
		fail_msg("half a token:\n%s", header);
	for (const char *p = s.why; *p; p++)
		assert_true(*p >= ' ' && *p <= '~');
	return s;
}

static bool proved(const struct config *c, enum config_proof proof, const char *header)
{
	struct staff_claim s = claim(c, proof, header);
	bool yes = s.proved;
	staff_claim_free(&s);
	return yes;
}

/* Under which settings it is proved: "b" both, "t" token, "a" authres. */
struct one {
	const char *header, *settings, *why;
};

static void judge(const struct config *c, const struct one *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		static const struct {
			char letter;
			enum config_proof proof;
		} settings[] = {{'b', PROOF_BOTH}, {'t', PROOF_TOKEN}, {'a', PROOF_AUTHRES}};
		for (size_t k = 0; k < 3; k++) {
			bool want = strchr(v[i].settings, settings[k].letter) != NULL;
			if (proved(c, settings[k].proof, v[i].header) != want)
				fail_msg("%s: %s under '%c':\n%s", v[i].why, want ? "not proved" : "proved", settings[k].letter, v[i].header);
		}
	}
}
#define JUDGE(cases) judge(*state, (cases), sizeof(cases) / sizeof *(cases))

#define AR "Authentication-Results: "
#define PASS AR "mx.uni.example; dmarc=pass header.from=uni.example\n"
#define PASS_INT AR "mx.uni.example; dmarc=pass header.from=int.uni.example\n"
#define FROM_BO "From: Bo Ek <bo.ek@uni.example>\n"
#define BY_US "Received: from laptop by mx.uni.example; Mon, 1 Dec 2026 10:00:00 +0100\n"
#define TO "To: international@uni.example\n"

/* --- what is lawful --- */

static void colleagues_pass(void **state)
{
	static const struct one cases[] = {
		{PASS BY_US FROM_BO TO "{RE:BO}", "bta", "a plain reply"},
		{PASS "From: bo.ek@uni.example\n{RE:BO}", "bta", "an address alone"},
		{PASS "From: bo.ek@uni.example (Bo Ek)\n{RE:BO}", "bta", "a name as a comment behind it"},
		{PASS "From: \"Ek, Bo\" <Bo.Ek@UNI.example>\n{RE:BO}", "bta", "a quoted name, another case"},
		{PASS "From: =?utf-8?q?Bo_=C3=85ke_Ek?= <bo.ek@uni.example>\n{RE:BO}", "bta", "an encoded name"},
		{PASS FROM_BO "{RE:BO^}", "bta", "a token in capitals is the same token"},
		{PASS FROM_BO "{RE:BO-OLD-KEY}", "bta", "a key that no longer makes, but is held"},
		{PASS FROM_BO "{RE:BO-INT}", "bta", "sent to one address of theirs, answered from another"},
		{PASS FROM_BO "{RE:BO-HOME}", "bta", "sent to an alias elsewhere"},
		{PASS_INT "From: bo@int.uni.example\n{RE:BO}", "bta", "answered from an alias"},
		{PASS FROM_BO "{RE:AGREEMENTS}", "bta", "sent to the group of a topic that they work for"},
		{PASS FROM_BO "{RE:NETWORKS}", "bta", "sent to the group of another one"},
		{PASS FROM_BO "{RE:TRIAGE}", "bta", "sent to the group of triage, for which those work whom no topic lists"},
		{PASS "From: agreements@uni.example\n{RE:AGREEMENTS}", "bta", "the group's own address"},
		{PASS_INT "From: nils@int.uni.example\n{RE:NETWORKS}", "bta", "listed beside the group"},
		{PASS_INT "From: rut@int.uni.example\n{RE:REKRYTERING}", "bta", "a member; the group's address lies within a pattern of persons"},
		{AR "mx.uni.example; dmarc=pass header.from=rek.uni.example\nFrom: ro@rek.uni.example\n{RE:REKRYTERING}", "bta", "a member by a pattern alone"},
		{PASS_INT "From: tove@int.uni.example\n{RE:REKRYTERING}", "bta", "triage may act on everything"},
		{PASS FROM_BO "To: International <international+{BO}@uni.example>\n", "bta", "no In-Reply-To: the token stands in To"},
		{PASS FROM_BO TO "Cc: <INTERNATIONAL+{BO^}@UNI.EXAMPLE>\n", "bta", "in Cc"},
		{PASS FROM_BO "To: int-office+{BO}@uni.example\n", "bta", "behind an alias of ours"},
		{PASS FROM_BO "References: <first@partner.example> <{BO}.0123456789abcdef@uni.example> <last@partner.example>\n", "bta", "in References alone"},
		{PASS FROM_BO "Subject: =?utf-8?q?Close_INT-42_{BO-COMMAND}?=\n" TO, "bta", "a link: the command's token in the subject"},
		{PASS FROM_BO "Subject: Re: close {BO-COMMAND^}\n{RE:BO-GONE}", "bta", "the same, in reply to something"},
		{AR "mx.uni.example; dkim=pass header.d=uni.example\n" FROM_BO "{RE:BO}", "bta", "by DKIM"},
		{PASS FROM_BO "In-Reply-To: <{BO-PAST}.0123456789abcdef@uni.example>\nReferences: <{BO}.0123456789abcdef@uni.example>\n", "bta", "a good one beside an old one"},
		{PASS FROM_BO TO, "a", "a mail of their own: no token"},
		{FROM_BO "{RE:BO}", "t", "no server vouches for it"},
	};
	JUDGE(cases);
}

/* --- forgeries, each with everything right but one thing --- */

static void a_leg_is_missing(void **state)
{
	static const struct one cases[] = {
		{FROM_BO TO, "", "neither token nor result"},
		{FROM_BO TO "Subject: [INT-42] !close\nX-Ingang-Ticket: INT-42\nX-Ingang-Staff: bo.ek@uni.example\n", "", "marks that anyone can make"},
		{PASS FROM_BO "In-Reply-To: <20261201.bo.ek@uni.example>\n", "a", "an id without a token"},
		{PASS FROM_BO "In-Reply-To: <reply-42-7-0123456789abcdef0123456789abcdef@uni.example>\n", "a", "an id as other help desks make them"},
		{FROM_BO "{RE:BO}Received-SPF: pass\n", "t", "SPF alone"},
		{PASS "From: Ann <ann@partner.example>\n{RE:BO}", "", "a stranger with a colleague's token"},
		{AR "mx.uni.example; dmarc=pass header.from=partner.example\nFrom: Ann <ann@partner.example>\n{RE:BO}", "", "the same, vouched for"},
		{AR "mx.uni.example; dmarc=pass header.from=partner.example\nFrom: ann@partner.example\n{RE:ANN}", "", "a requester with their own token"},
		{AR "mx.uni.example; dmarc=pass header.from=partner.example\nFrom: ann@partner.example\n{RE:AGREEMENTS}", "", "a requester with a group's token"},
		{PASS "From: head@uni.example\n{RE:BO}", "", "inside the organisation, but not on the list"},
	};
	JUDGE(cases);
}

static void results_are_forged(void **state)
{
	static const struct one cases[] = {
		{AR "mx.evil.example; dmarc=pass header.from=uni.example\n" FROM_BO "{RE:BO}", "t", "another server's"},
		{AR "mx.uni.example.evil.example; dmarc=pass header.from=uni.example\n" FROM_BO "{RE:BO}", "t", "an id that begins with ours"},
		{AR "evil.example (mx.uni.example); dmarc=pass header.from=uni.example\n" FROM_BO "{RE:BO}", "t", "ours in a comment"},
		{AR "mx.evil.example; none\n" PASS FROM_BO "{RE:BO}", "t", "another server's above ours"},
		{AR "mx.uni.example; dmarc=fail header.from=uni.example\n" BY_US PASS FROM_BO "{RE:BO}", "t", "forged below ours, which says fail"},
		{AR "mx.uni.example; none\n" BY_US PASS FROM_BO "{RE:BO}", "t", "forged below ours, which says nothing"},
		{PASS BY_US AR "mx.uni.example; dmarc=fail header.from=uni.example\n" FROM_BO "{RE:BO}", "t", "forged above ours"},
		{AR "mx.uni.example; dmarc=pass header.from=evil.example\n" FROM_BO "{RE:BO}", "t", "for another domain"},
		{AR "mx.uni.example; dkim=pass header.d=evil.example\n" FROM_BO "{RE:BO}", "t", "signed by another domain"},
		{AR "mx.uni.example; spf=pass smtp.mailfrom=bo.ek@uni.example\n" FROM_BO "{RE:BO}", "t", "SPF says nothing of From"},
		{"ARC-Authentication-Results: i=1; mx.uni.example; dmarc=pass header.from=uni.example\n" FROM_BO "{RE:BO}", "t", "an ARC field"},
		{"Subject: x\n " PASS FROM_BO "{RE:BO}", "t", "folded into a subject"},
		{AR "mx.uni.example; spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=uni.example; \"@evil.example; dmarc=none\n" FROM_BO "{RE:BO}", "t",
		 "a stranger's words in our field"},
	};
	JUDGE(cases);
}

static void from_is_not_what_it_seems(void **state)
{
	static const struct one cases[] = {
		{PASS FROM_BO "From: x@evil.example\n{RE:BO}", "", "two From fields"},
		{PASS "From: x@evil.example\n" FROM_BO "{RE:BO}", "", "two From fields, the colleague's last"},
		{PASS FROM_BO FROM_BO "{RE:BO}", "", "two of the same"},
		{PASS "From: bo.ek@uni.example, x@evil.example\n{RE:BO}", "", "two addresses"},
		{PASS "From: x@evil.example, bo.ek@uni.example\n{RE:BO}", "", "two addresses, the colleague's last"},
		{PASS "From: Bo Ek <bo.ek@uni.example> <x@evil.example>\n{RE:BO}", "", "two angles"},
		{PASS "From: \"bo.ek@uni.example\" <x@evil.example>\n{RE:BO}", "", "a colleague's address as display name"},
		{PASS "From: \"Bo Ek <bo.ek@uni.example>\" <x@evil.example>\n{RE:BO}", "", "the whole of it as display name"},
		{PASS "From: \"x@evil.example\" <bo.ek@uni.example>\n{RE:BO}", "", "another address as a colleague's display name"},
		{PASS "From: =?utf-8?q?Bo_Ek_=3Cbo.ek=40uni.example=3E?= <x@evil.example>\n{RE:BO}", "", "an encoded display name"},
		{PASS "From: =?utf-8?q?Bo_Ek_=3Cbo.ek=40uni.example=3E?=\n{RE:BO}", "", "an encoded word that decodes to the whole"},
		{PASS "From: =?utf-8?q?bo.ek?=@uni.example\n{RE:BO}", "", "an encoded local part"},
		{PASS "From: =?utf-8?q?bo.ek=40uni.example=2C?= <x@evil.example>\n{RE:BO}", "", "an encoded comma"},
		{PASS "From: x@evil.example (bo.ek@uni.example)\n{RE:BO}", "", "a colleague's address as comment"},
		{PASS "From: (x) bo.ek@uni.example\n{RE:BO}", "", "a comment before the address"},
		{PASS "From: bo.ek(x)@uni.example\n{RE:BO}", "", "a comment in the address"},
		{PASS "From: Bo <bo.ek@(evil.example)uni.example>\n{RE:BO}", "", "a comment within the angle"},
		{PASS "From: bo.ek @ uni.example\n{RE:BO}", "", "blanks in the address"},
		{PASS "From: \"bo.ek\"@uni.example\n{RE:BO}", "", "a quoted local part"},
		{PASS "From: Staff: bo.ek@uni.example;\n{RE:BO}", "", "a group of one"},
		{PASS "From: Staff: bo.ek@uni.example, x@evil.example;\n{RE:BO}", "", "a group of two"},
		{PASS "From: Staff: x@evil.example; bo.ek@uni.example\n{RE:BO}", "", "a group and an address"},
		{PASS "From: <@evil.example:bo.ek@uni.example>\n{RE:BO}", "", "a route"},
		{PASS "From: <bo.ek@uni.example>@evil.example\n{RE:BO}", "", "more behind the angle"},
		{PASS "From: bo.ek@uni.example.evil.example\n{RE:BO}", "", "an address that begins with theirs"},
		{PASS "From: bo.ek@uni.example@evil.example\n{RE:BO}", "", "two '@'"},
		{PASS "From: bo.ek+x@uni.example\n{RE:BO}", "", "their address with a detail is not on the list"},
		{PASS "From: b\xd0\xbe.ek@uni.example\n{RE:BO}", "", "a letter that looks like theirs"},
		{PASS "Sender: bo.ek@uni.example\nFrom: x@evil.example\n{RE:BO}", "", "Sender is not From"},
		{PASS "Sender: bo.ek@uni.example\nReply-To: bo.ek@uni.example\n{RE:BO}", "", "no From at all"},
		{PASS "Resent-From: bo.ek@uni.example\nFrom: x@evil.example\n{RE:BO}", "", "nor is Resent-From"},
		{PASS "From: international@uni.example\n{RE:BO}", "", "the office's own address"},
		{PASS "From: international@uni.example\n{RE:OFFICE}", "", "with a token for it, if there were one"},
		{PASS "From: int-office+x@uni.example\n{RE:AGREEMENTS}", "", "an alias of ours"},
		{PASS "From: x@evil.example,anna@int.uni.example\n{RE:AGREEMENTS}", "", "two that a pattern would take for one"},
		{PASS_INT "From: \"x@evil.example,\"@int.uni.example\n{RE:AGREEMENTS}", "", "a local part that a pattern would take"},
	};
	JUDGE(cases);
}

static void tokens_are_not_theirs(void **state)
{
	static const struct one cases[] = {
		{PASS FROM_BO "{RE:MIA}", "a", "made for another person"},
		{PASS_INT "From: mia@int.uni.example\n{RE:MOA}", "a", "made for the other one of a topic"},
		{PASS FROM_BO "{RE:EVA}", "a", "made for the one whose deputy they are"},
		{PASS FROM_BO "{RE:ANN}", "a", "made for a requester"},
		{PASS_INT "From: mia@int.uni.example\n{RE:AGREEMENTS}", "a", "made for the group of another topic"},
		{PASS_INT "From: mia@int.uni.example\n{RE:TRIAGE}", "a", "made for triage, by one who works for a topic"},
		{PASS_INT "From: nils@int.uni.example\n{RE:AGREEMENTS}", "a", "made for another group"},
		{PASS FROM_BO "{RE:REKRYTERING}", "a", "made for the group of a topic with members, by none of them"},
		{PASS_INT "From: rut@int.uni.example\n{RE:GUN}", "a", "made for one whom staff.members names, in a topic with members"},
		{PASS_INT "From: rut@int.uni.example\n{RE:EVA}", "a", "made for one of staff.people, in a topic with members"},
		{PASS "From: agreements@uni.example\n{RE:BO}", "a", "made for a person, used by their group"},
		{PASS FROM_BO "{RE:OFFICE}", "a", "made for the office itself"},
		{PASS FROM_BO "{RE:BO-PAST}", "a", "expired"},
		{PASS FROM_BO "{RE:BO-GONE}", "a", "made with a key that is gone"},
		{PASS FROM_BO "{RE:BO-FORGED}", "a", "made with another secret by the id of a key of ours"},
		{PASS FROM_BO "In-Reply-To: <{BO/39}@uni.example>\n", "a", "cut by one"},
		{PASS FROM_BO "In-Reply-To: <{BO/30}@uni.example>\n", "a", "cut"},
		{PASS FROM_BO "In-Reply-To: <{BO}a@uni.example>\n", "a", "longer by one"},
		{PASS FROM_BO "In-Reply-To: <{BO/20}.{BO/20}@uni.example>\n", "a", "in halves"},
		{PASS FROM_BO "In-Reply-To: <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@uni.example>\n", "a", "of the right length and nothing else"},
		{PASS FROM_BO "Subject: Re: [INT-42] {BO}\n", "a", "a forward's token in the subject"},
		{PASS FROM_BO "Subject: Re: [INT-42] {BO-REQUESTER}\n", "a", "a requester's there"},
		{PASS FROM_BO "To: other+{BO}@uni.example\n", "a", "behind an address that is not ours"},
		{PASS FROM_BO "To: international@uni.example <{BO}@evil.example>\n", "a", "as an address elsewhere"},
		{PASS FROM_BO "To: \"{BO}\" <international@uni.example>\n", "a", "as a display name"},
		{PASS FROM_BO "Reply-To: international+{BO}@uni.example\n", "a", "in Reply-To"},
		{PASS FROM_BO "Message-ID: <{BO}.1@uni.example>\nThread-Topic: {BO}\nX-Ingang-Token: {BO}\n", "a", "where nobody puts it"},
		{PASS "From: kim@uni.example\n{RE:LEFT}", "", "of a colleague who is no longer on the list"},
		{PASS "From: kim@uni.example\n{RE:AGREEMENTS}", "", "the same, with their group's"},
	};
	JUDGE(cases);
	for (int at = 0; at < TOKEN_TEXT; at++) { /* purpose, ticket, expiry, nonce or MAC: each character counts */
		char header[200];
		snprintf(header, sizeof header, PASS FROM_BO "{RE:BO~%d}", at);
		assert_false(proved(*state, PROOF_BOTH, header));
		assert_false(proved(*state, PROOF_TOKEN, header));
	}
}

static void without_keys_or_an_id_nothing_is_proved(void **state)
{
	const struct config *c = *state;
	struct config *token = with_proof(c, PROOF_TOKEN), *both = with_proof(c, PROOF_BOTH);
	struct staff_claim s;
	struct mail m;
	const struct token_keys none = {0};
	mail_from(PASS FROM_BO "{RE:BO}", &m);
	staff_claim_read(token, NULL, &m, NOW, &s);
	assert_false(s.proved || s.has_token);
	staff_claim_free(&s);
	staff_claim_read(token, &none, &m, NOW, &s);
	assert_false(s.proved || s.has_token);
	staff_claim_free(&s);
	staff_claim_read(token, &keys, &m, NOW + 31 * DAY, &s);
	assert_false(s.proved || s.has_token);
	assert_string_equal(s.why, "token: expired");
	staff_claim_free(&s);
	both->staff.authserv_id = NULL; /* the config refuses it; still it must not pass */
	staff_claim_read(both, &keys, &m, NOW, &s);
	assert_true(s.has_token && !s.proved);
	staff_claim_free(&s);
	staff_claim_free(&s);
	mail_free(&m);
	m = (struct mail){0};
	staff_claim_read(both, &keys, &m, NOW, &s);
	assert_false(s.listed || s.proved || s.has_token);
	free(token);
	free(both);
}

/* --- what is told of a claim --- */

static void a_claim_tells_which_token(void **state)
{
	static const struct {
		const char *header;
		int64_t ticket; /* 0: no token */
		enum token_purpose purpose;
		const char *person, *token;
		bool listed;
		const char *why;
	} cases[] = {
		{PASS FROM_BO "{RE:BO}", 42, TOKEN_STAFF, "bo.ek@uni.example", "{BO}", true, "plain"},
		{PASS FROM_BO "Subject: [INT-42] x\n{RE:BO-41}", 41, TOKEN_STAFF, "bo.ek@uni.example", "{BO-41}", true, "of another ticket than the subject's: the token's counts"},
		{PASS FROM_BO "In-Reply-To: <{BO-41}.1@uni.example>\nTo: international+{BO}@uni.example\n", 41, TOKEN_STAFF, "bo.ek@uni.example", "{BO-41}", true,
		 "In-Reply-To before To"},
		{PASS FROM_BO "References: <{BO}.1@uni.example> <{BO-41}.2@uni.example>\n", 41, TOKEN_STAFF, "bo.ek@uni.example", "{BO-41}", true, "References, the last first"},
		{PASS FROM_BO "References: <{BO}.1@uni.example>\nTo: international+{BO-41}@uni.example\n", 41, TOKEN_STAFF, "bo.ek@uni.example", "{BO-41}", true,
		 "To before References"},
		{PASS FROM_BO "To: international+{BO-41}@uni.example\nCc: int-office+{BO}@uni.example\n", 41, TOKEN_STAFF, "bo.ek@uni.example", "{BO-41}", true, "To before Cc"},
		{PASS FROM_BO "Subject: {BO-COMMAND}\nReferences: <{BO-41}.1@uni.example>\n", 41, TOKEN_STAFF, "bo.ek@uni.example", "{BO-41}", true,
		 "a reply to a link's mail is no second use of the link"},
		{PASS FROM_BO "Subject: {BO-COMMAND^}\n", 42, TOKEN_COMMAND, "bo.ek@uni.example", "{BO-COMMAND}", true, "in capitals: told in lower case, so that it is used once"},
		{PASS FROM_BO "Subject: {BO} {BO-COMMAND}\n", 42, TOKEN_COMMAND, "bo.ek@uni.example", "{BO-COMMAND}", true, "the one in the subject that counts there"},
		{PASS FROM_BO "Subject: {BO}\n{RE:BO}", 42, TOKEN_STAFF, "bo.ek@uni.example", "{BO}", true, "the same word in the subject takes nothing away"},
		{PASS FROM_BO "{RE:BO-REQUESTER}", 40, TOKEN_REQUESTER, "bo.ek@uni.example", "{BO-REQUESTER}", true, "as a requester"},
		{PASS_INT "From: bo@int.uni.example\n{RE:BO-HOME}", 42, TOKEN_STAFF, "bo@ek.example", "{BO-HOME}", true, "from one alias by another's"},
		{PASS FROM_BO "{RE:AGREEMENTS}", 42, TOKEN_STAFF, "agreements@uni.example", "{AGREEMENTS}", true, "the group's"},
		{"From: Ann <Ann@partner.example>\n{RE:ANN}", 42, TOKEN_REQUESTER, "Ann@partner.example", "{ANN}", false, "a requester has a token too"},
		{"From: ann@partner.example\n{RE:BO}", 0, 0, NULL, NULL, false, "but not a colleague's"},
		{"From: x@evil.example\n{RE:ANN}", 0, 0, NULL, NULL, false, "nor a stranger a requester's"},
		{FROM_BO "{RE:MIA}", 0, 0, NULL, NULL, true, "listed, though nothing shows it"},
		{"From: international@uni.example\n{RE:OFFICE}", 0, 0, NULL, NULL, false, "our own address has none"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct staff_claim s = claim(*state, PROOF_BOTH, cases[i].header);
		char *token = cases[i].token ? filled(cases[i].token) : NULL;
		if (s.listed != cases[i].listed || s.has_token != (cases[i].ticket != 0) || s.token.ticket != cases[i].ticket ||
		    (s.has_token && (s.token.purpose != cases[i].purpose || strcmp(s.token_person, cases[i].person) != 0 || strncmp(s.token_text, token, TOKEN_TEXT) != 0)))
			fail_msg("%s: listed %d, ticket %lld, purpose %d, person %s, %s", cases[i].why, s.listed, (long long)s.token.ticket, (int)s.token.purpose,
			         s.token_person ? s.token_person : "none", s.why);
		free(token);
		staff_claim_free(&s);
	}
}

static void the_log_tells_why(void **state)
{
	static const struct {
		const char *header;
		enum config_proof proof;
		const char *why;
	} cases[] = {
		{PASS FROM_BO, PROOF_BOTH, "token: no token in it"},
		{PASS FROM_BO "{RE:MIA}", PROOF_BOTH, "token: not made by us for this person"},
		{PASS FROM_BO "{RE:BO-GONE}", PROOF_TOKEN, "token: made with a key that is not known (any more)"},
		{PASS FROM_BO "References: <{BO-PAST}.1@uni.example> <{MIA}.1@uni.example>\n", PROOF_TOKEN, "token: expired"}, /* the one that came nearest */
		{PASS FROM_BO "Subject: {BO}\n", PROOF_TOKEN, "token: its token is of a kind that does not count in the subject"},
		{FROM_BO "{RE:BO}", PROOF_BOTH, "no Authentication-Results of 'mx.uni.example'"},
		{FROM_BO, PROOF_BOTH, "token: no token in it; no Authentication-Results of 'mx.uni.example'"},
		{FROM_BO, PROOF_AUTHRES, "no Authentication-Results of 'mx.uni.example'"},
		{PASS FROM_BO FROM_BO "{RE:BO}", PROOF_TOKEN, "there are two From fields"},
		{PASS "From: (x) bo.ek@uni.example\n{RE:BO}", PROOF_BOTH, "the address in From is not written plainly"},
		{PASS "From: x@evil.example\n{RE:BO}", PROOF_BOTH, "its writer is not on the staff list"},
		{PASS "From: international@uni.example\n{RE:BO}", PROOF_BOTH, "its From is an address of our own"},
		{PASS "From:\n{RE:BO}", PROOF_BOTH, "there is no address in From"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct staff_claim s = claim(*state, cases[i].proof, cases[i].header);
		if (strcmp(s.why, cases[i].why) != 0)
			fail_msg("'%s' instead of '%s':\n%s", s.why, cases[i].why, cases[i].header);
		staff_claim_free(&s);
	}
}

/* --- candidates --- */

static void candidates_come_in_the_order_of_evidence(void **state)
{
	static const char *const want[] = {"{BO}", "{BO-41}", "{MIA}", "{MOA}", "{EVA}", "{GUN}", "{BO-COMMAND}"};
	char word[TOKEN_TEXT + 1];
	struct mail m;
	mail_from("Subject: {BO-COMMAND} {BO^}\nReferences: <x@y.example> <{GUN}.1@uni.example> <{BO}.3@uni.example> <{EVA}.2@uni.example>\n"
	          "Cc: x+{LEFT}@uni.example, international+{MOA}@uni.example\nTo: international@uni.example, international+{BO-41}@uni.example, int-office+{MIA}@uni.example\n"
	          "{RE:BO}", &m);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		char *token = filled(want[i]);
		assert_true(token_candidates(*state, &m, i, word));
		if (strncmp(word, token, TOKEN_TEXT) != 0)
			fail_msg("candidate %zu is not %s", i, want[i]);
		free(token);
	}
	assert_false(token_candidates(*state, &m, sizeof want / sizeof *want, word));
	assert_string_equal(word, "");
	mail_free(&m);
	m = (struct mail){0};
	assert_false(token_candidates(*state, &m, 0, word));
}

/* A good one is found behind any number of bad ones, as far as they are tried at all. */
static void every_candidate_is_tried(void **state)
{
	static const char *const bad[] = {"{BO-PAST}", "{BO-GONE}", "{BO-FORGED}", "{MIA}", "{BO~0}", "{BO~8}", "{BO~39}", "{MOA}", "{EVA}", "{ANN}"};
	static const char *const good[] = {"{BO}", "{BO-HOME}", "{NETWORKS}", "{BO-OLD-KEY}"}; /* for From, an alias, a group; of an old key */
	for (size_t g = 0; g < sizeof good / sizeof *good; g++) {
		for (size_t place = 0; place <= STAFF_CANDIDATES; place++) {
			struct buf b = {0};
			buf_adds(&b, PASS FROM_BO "References:");
			for (size_t k = STAFF_CANDIDATES + 1; k > 0; k--) /* read from the last on */
				buf_addf(&b, " <%s.1@uni.example>", k - 1 == place ? good[g] : bad[k - 1]);
			buf_adds(&b, "\n");
			struct staff_claim s = claim(*state, PROOF_BOTH, b.s);
			if (s.proved != (place < STAFF_CANDIDATES))
				fail_msg("%s in place %zu: %s", good[g], place, s.proved ? "proved" : s.why);
			staff_claim_free(&s);
			buf_free(&b);
		}
	}
}

/* A stranger's mail full of words, and a colleague with more addresses than anybody has. */
static void the_cost_is_bounded(void **state)
{
	struct config *c = with_proof(*state, PROOF_TOKEN);
	struct config_person person = {.address = mem_dup("many@uni.example")};
	struct buf b = {0};
	struct mail m;
	char word[TOKEN_TEXT + 1];
	for (int i = 0; i < 500; i++) {
		char alias[40];
		snprintf(alias, sizeof alias, "many%d@uni.example", i);
		strs_add(&person.aliases, alias);
	}
	c->staff.people = &person;
	c->staff.n_people = 1;
	buf_adds(&b, "From: many499@uni.example\nReferences:");
	for (int i = 0; i < 400; i++)
		buf_addf(&b, " <abcdefghijklmnopqrstuvwxyz%c%c%c234567abcdef@uni.example>", 'a' + i % 20, 'a' + i / 20 % 20, 'a' + i / 400);
	buf_adds(&b, "\n");
	mail_from(b.s, &m);
	assert_true(token_candidates(c, &m, STAFF_CANDIDATES - 1, word) == (strlen(word) == TOKEN_TEXT));
	assert_false(token_candidates(c, &m, STAFF_CANDIDATES, word));
	assert_false(token_candidates(c, &m, SIZE_MAX, word));
	struct staff_claim s;
	staff_claim_read(c, &keys, &m, NOW, &s);
	assert_true(s.listed && !s.proved);
	staff_claim_free(&s);
	mail_free(&m);
	for (int i = 0; i < 2; i++) { /* From itself is always among those that are tried */
		char header[300], text[TOKEN_TEXT + 1];
		const char *to = i ? "many499@uni.example" : "many498@uni.example";
		assert_true(token_make(&keys, &samples[0].token, to, text));
		snprintf(header, sizeof header, "From: many499@uni.example\nIn-Reply-To: <%s.1@uni.example>\n", text);
		mail_from(header, &m);
		staff_claim_read(c, &keys, &m, NOW, &s);
		assert_int_equal(s.proved, i);
		staff_claim_free(&s);
		mail_free(&m);
	}
	buf_free(&b);
	free(person.address);
	strs_free(&person.aliases);
	free(c);
}

/* --- who may act on what --- */

static void who_works_for_what(void **state)
{
	static const struct {
		const char *addr, *topics; /* letters: m a n r of topics, t of triage */
		bool person;
		const char *why;
	} cases[] = {
		{"mia@int.uni.example", "m", true, "listed by a topic of people: that one alone"},
		{"MIA@int.uni.example", "m", true, "case never counts"},
		{"nils@int.uni.example", "n", true, "listed beside a group: not for other groups"},
		{"bo.ek@uni.example", "ant", true, "listed by none: for each that has a group and no members"},
		{"bo@ek.example", "ant", true, "the same from an alias"},
		{"anna@int.uni.example", "ant", true, "by a pattern of staff.members"},
		{"agreements@uni.example", "a", false, "a group's address itself"},
		{"networks@uni.example", "n", false, "another's"},
		{"rut@int.uni.example", "r", true, "a member: listed by a topic, so for no other group"},
		{"ro@rek.uni.example", "r", true, "a member by a pattern, on no other list"},
		{"gun@uni.example", "r", true, "in the staff of a topic with members"},
		{"eva@lind.example", "r", true, "the alias of one whom a topic lists by another address"},
		{"rekrytering@int.uni.example", "r", true, "a group's address within a pattern passes for a person's"},
		{"tove@int.uni.example", "manrt", true, "triage's staff: everything"},
		{"triage@uni.example", "manrt", false, "and its group"},
		{"kim@uni.example", "", false, "inside, but on no list"},
		{"ann@partner.example", "", false, "a stranger"},
		{"mia@int.uni.example.evil.example", "", false, "an address that begins with theirs"},
		{"international@uni.example", "", false, "the office itself"},
		{"int-office+x@uni.example", "", false, "its alias"},
		{"", "", false, "nobody"},
		{NULL, "", false, "nobody at all"},
	};
	const struct config *c = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = {0};
		buf_adds(&b, "");
		for (int topic = MOBILITY; topic <= RECRUITMENT; topic++)
			if (staff_works_for(c, cases[i].addr, topic))
				buf_addc(&b, "manr"[topic]);
		bool triage = staff_works_for(c, cases[i].addr, TRIAGE);
		if (triage)
			buf_addc(&b, 't');
		if (strcmp(b.s, cases[i].topics) != 0 || staff_is_person(c, cases[i].addr) != cases[i].person)
			fail_msg("%s (%s): works for '%s', person %d", cases[i].why, cases[i].addr ? cases[i].addr : "NULL", b.s, staff_is_person(c, cases[i].addr));
		assert_int_equal(staff_works_for(c, cases[i].addr, 99), triage); /* a topic that the config no longer has is triage's */
		buf_free(&b);
	}
}

/* An admin may write a pattern that the office's own address matches, too: from there nobody acts. */
static void the_office_is_no_colleague(void **state)
{
	static const char *const own[] = {"international@uni.example", "International+x@uni.example", "int-office@uni.example"};
	struct config *c = with_proof(*state, PROOF_AUTHRES);
	struct strs everybody = {0};
	strs_add(&everybody, "*@uni.example");
	c->staff.members = everybody;
	struct config_topic topics[RECRUITMENT + 1];
	memcpy(topics, c->topics, sizeof topics);
	topics[RECRUITMENT].members = everybody;
	c->topics = topics;
	assert_true(staff_works_for(c, "internationella@uni.example", RECRUITMENT));
	assert_true(proved(c, PROOF_AUTHRES, PASS "From: internationella@uni.example\n"));
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		char header[200];
		snprintf(header, sizeof header, PASS "From: %s\n{RE:OFFICE}", own[i]);
		struct staff_claim s = claim(c, PROOF_AUTHRES, header);
		assert_false(s.listed || s.proved || s.has_token);
		staff_claim_free(&s);
		assert_false(staff_is_person(c, own[i]));
		for (int topic = TRIAGE; topic <= RECRUITMENT; topic++)
			assert_false(staff_works_for(c, own[i], topic));
	}
	strs_free(&everybody);
	free(c);
}

static void which_addresses_are_groups(void **state)
{
	static const struct {
		const char *addr;
		int topic;
		bool group;
	} cases[] = {
		{"agreements@uni.example", AGREEMENTS, true},       {"Agreements@UNI.example", AGREEMENTS, true},  {"agreements@uni.example", NETWORKS, false},
		{"networks@uni.example", NETWORKS, true},           {"nils@int.uni.example", NETWORKS, false},     {"mia@int.uni.example", MOBILITY, false},
		{"rekrytering@int.uni.example", RECRUITMENT, true}, {"gun@uni.example", RECRUITMENT, false},       {"eva@uni.example", RECRUITMENT, false},
		{"rut@int.uni.example", RECRUITMENT, false},        {"triage@uni.example", TRIAGE, true},          {"tove@int.uni.example", TRIAGE, false},
		{"kim@uni.example", TRIAGE, false},                 {NULL, TRIAGE, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (staff_is_group(*state, cases[i].addr, cases[i].topic) != cases[i].group)
			fail_msg("%s, topic %d: %s", cases[i].addr ? cases[i].addr : "NULL", cases[i].topic, cases[i].group ? "no group" : "a group");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colleagues_pass),
		cmocka_unit_test(a_leg_is_missing),
		cmocka_unit_test(results_are_forged),
		cmocka_unit_test(from_is_not_what_it_seems),
		cmocka_unit_test(tokens_are_not_theirs),
		cmocka_unit_test(without_keys_or_an_id_nothing_is_proved),
		cmocka_unit_test(a_claim_tells_which_token),
		cmocka_unit_test(the_log_tells_why),
		cmocka_unit_test(candidates_come_in_the_order_of_evidence),
		cmocka_unit_test(every_candidate_is_tried),
		cmocka_unit_test(the_cost_is_bounded),
		cmocka_unit_test(who_works_for_what),
		cmocka_unit_test(the_office_is_no_colleague),
		cmocka_unit_test(which_addresses_are_groups),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
