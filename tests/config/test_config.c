#include "config_dir.h"

#include "base/files.h"
#include "base/fold.h"

static const char good[] =
	"office = { name = \"Avdelningen för internationalisering\"; address = \"international@uni.example\"; tag = \"UIN\";\n"
	"           aliases = [ \"int-office@uni.example\" ]; languages = [ \"sv\", \"en\" ]; internal = [ \"uni.example\", \"sh.example\" ];\n"
	"           timezone = \"Europe/Stockholm\"; plus = true; reopen_days = 0; answer_from = \"{office} ({name})\"; };\n"
	"imap = { url = \"imaps://imap.uni.example:1993\"; user = \"int\"; password_file = \"password\"; inbox = \"Inkorg\";\n"
	"         folder = \"Ärenden\"; poll_seconds = 30; };\n"
	"smtp = { url = \"smtp://smtp.uni.example\"; };\n"
	"store = { path = \"/var/lib/ingang/ingang.db\"; };\n"
	"staff = { members = [ \"*@int.uni.example\", \"bo.ek@uni.example\" ]; authserv_id = \"mx.uni.example\"; proof = \"authres\"; commands = false;\n"
	"          hold_minutes = 10080; people = ( { address = \"eva@sh.example\"; },\n"
	"          { address = \"bo.ek@uni.example\"; name = \"Bo Ek\"; aliases = \"bo@ek.example\"; deputy = \"eva@sh.example\"; } ); };\n"
	"triage = { staff = [ \"triage@uni.example\" ]; lead = \"bo.ek@uni.example\"; confidence = 1; title = { sv = \"Övrigt\"; }; };\n"
	"@include \"sub/topics.conf\"\n"
	"rules = (\n"
	"    { name = \"all of it\"; topic = \"mobility\"; second = \"agreements\"; answer = \"opening-hours\";\n"
	"      forward_to = \"head@uni.example\"; acknowledge = false; continue = true;\n"
	"      when = { from = \"*@partner.example\"; to = [ \"a@uni.example\", \"/^b@/\" ]; subject = \"avtal\"; body = \"/x\\d+\\.\\b/\";\n"
	"               header = ( { name = \"X-A\"; matches = \"1\"; }, { name = \"X-B\"; matches = [ \"2\", \"3\" ]; } );\n"
	"               attachment = \"*.pdf\"; topic = [ \"triage\", \"mobility\" ]; lang = [ \"sv\", \"unknown\" ]; kind = \"list\"; internal = false;\n"
	"               any = ( { attachment = true; }, { subject = \"x1\"; } ); all = ( { body = \"y1\"; } ); not = { kind = \"bounce\"; }; }; },\n"
	"    { name = \"rest\"; topic = \"triage\"; },\n" /* a comma after the last, as people write it */
	");\n"
	"limits = { answers_per_hour = 10; bytes = 1073741824; depth = 7; };\n";

static const char topics[] =
	"topics = ( { name = \"mobility\"; title = { sv = \"Utbyte\"; en = \"Mobility\"; }; staff = \"mobility@uni.example\"; terms = [ \"nominering*\" ]; },\n"
	"           { name = \"agreements\"; staff = [ \"agreements@uni.example\" ]; members = [ \"*@avtal.example\", \"pia@uni.example\" ];\n"
	"             lead = \"pia@uni.example\"; } );\n"
	"triage_terms = [ \"phd\" ];\n";

static int setup(void **state)
{
	if (dir_make(state) != 0)
		return -1;
	dir_put_secrets();
	dir_put("sub/topics.conf", topics);
	dir_put("good.conf", good);
	return 0;
}

static struct config *load_good(void)
{
	char *lines;
	struct config *c = dir_load("good.conf", false, &lines);
	assert_string_equal(lines, "");
	free(lines);
	return c;
}

static void every_key_reaches_its_place(void **state)
{
	struct config *c = load_good();
	char *password = dir_path("password");
	(void)state;
	assert_string_equal(c->office.name, "Avdelningen för internationalisering");
	assert_string_equal(c->office.address, "international@uni.example");
	assert_string_equal(c->office.tag, "UIN");
	assert_string_equal(c->office.timezone, "Europe/Stockholm");
	assert_int_equal(c->office.languages.n, 2);
	assert_string_equal(c->office.languages.v[0], "sv");
	assert_int_equal(c->office.internal.n, 2);
	assert_string_equal(c->imap.server.host, "imap.uni.example");
	assert_int_equal(c->imap.server.port, 1993);
	assert_int_equal(c->imap.server.tls, CONFIG_TLS);
	assert_string_equal(c->imap.server.user, "int");
	assert_string_equal(c->imap.server.password_file, password);
	assert_null(c->imap.server.ca_file);
	assert_string_equal(c->imap.inbox, "Inkorg");
	assert_string_equal(c->imap.folder, "Ärenden");
	assert_int_equal(c->imap.poll_seconds, 30);
	assert_int_equal(c->smtp.port, 587);
	assert_int_equal(c->smtp.tls, CONFIG_STARTTLS);
	assert_null(c->smtp.user);
	assert_null(c->smtp.password_file);
	assert_string_equal(c->store.path, "/var/lib/ingang/ingang.db");
	assert_int_equal(c->staff.members.n, 2);
	assert_string_equal(c->staff.authserv_id, "mx.uni.example");
	assert_true(c->office.plus);
	assert_int_equal(c->office.reopen_days, 0);
	assert_string_equal(c->office.answer_from, "{office} ({name})");
	assert_int_equal(c->staff.proof, PROOF_AUTHRES);
	assert_false(c->staff.commands);
	assert_int_equal(c->staff.hold_minutes, 10080);
	assert_int_equal(c->staff.n_people, 2);
	assert_null(c->staff.people[0].name);
	assert_null(c->staff.people[0].deputy);
	assert_string_equal(c->staff.people[1].name, "Bo Ek");
	assert_string_equal(c->staff.people[1].deputy, "eva@sh.example");
	assert_string_equal(c->triage.lead, "bo.ek@uni.example");
	assert_null(c->topics[0].lead);
	assert_int_equal(c->topics[0].members.n, 0);
	assert_string_equal(c->topics[1].lead, "pia@uni.example");
	assert_string_equal(c->topics[1].members.v[0], "*@avtal.example");
	assert_true(c->triage.confidence > 0.999); /* written as a whole number */
	assert_string_equal(c->triage.terms.v[0], "phd");
	assert_int_equal(c->limits.answers_per_hour, 10);
	assert_int_equal(c->limits.answers_per_address_hour, 1);
	assert_true(c->limits.mail.bytes == 1073741824);
	assert_int_equal(c->limits.mail.depth, 7);
	assert_int_equal(c->limits.mail.parts, mail_limits_default.parts);
	assert_null(c->templates);
	assert_int_equal(c->n_topics, 2);
	assert_string_equal(c->topics[0].staff.v[0], "mobility@uni.example");
	assert_string_equal(c->topics[0].terms.v[0], "nominering*");
	assert_int_equal(c->topics[1].terms.n, 0);
	assert_non_null(c->classifier);
	free(password);
	config_free(c);
}

/* What is written, and what follows from it: the way, where it is asked, and for what. */
static void oauth2_in_all_its_ways(void **state)
{
	(void)state;
	static const struct {
		const char *written;
		enum config_grant grant;
		const char *token_url, *device_url, *visit_url, *scope;
	} CASES[] = {
		{"provider = \"microsoft\"; tenant = \"uni.example\"; client_id = \"c\"; secret_file = \"password\"; expires = \"2027-05-01\";", GRANT_SECRET,
		 "https://login.microsoftonline.com/uni.example/oauth2/v2.0/token", "https://login.microsoftonline.com/uni.example/oauth2/v2.0/devicecode", NULL,
		 "https://outlook.office365.com/.default"},
		{"provider = \"microsoft\"; url = \"https://login.other.example/t/\"; client_id = \"c\"; certificate_file = \"c.pem\"; key_file = \"k.pem\"; scope = \"s\";",
		 GRANT_CERTIFICATE, "https://login.other.example/t/token", "https://login.other.example/t/devicecode", NULL, "s"},
		{"provider = \"microsoft\"; tenant = \"uni.example\"; client_id = \"c\"; token_file = \"t\";", GRANT_SIGN_IN,
		 "https://login.microsoftonline.com/uni.example/oauth2/v2.0/token", "https://login.microsoftonline.com/uni.example/oauth2/v2.0/devicecode", NULL,
		 "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"},
		{"provider = \"google\"; key_file = \"credential:google\";", GRANT_SERVICE, "https://oauth2.googleapis.com/token", NULL,
		 "https://accounts.google.com/o/oauth2/v2/auth", "https://mail.google.com/"},
		{"provider = \"google\"; client_id = \"c\"; secret_file = \"password\"; token_file = \"t\";", GRANT_SIGN_IN, "https://oauth2.googleapis.com/token", NULL,
		 "https://accounts.google.com/o/oauth2/v2/auth", "https://mail.google.com/"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		char *lines, *text = mem_fmt("office = { name = \"O\"; address = \"int@uni.example\"; };\n"
		                             "imap = { url = \"imaps://imap.uni.example\"; user = \"int\"; oauth2 = { %s }; };\n"
		                             "smtp = { url = \"smtp://smtp.uni.example\"; user = \"int\"; oauth2 = \"imap\"; };\n"
		                             "store = { path = \"/x/y\"; };\ntriage = { staff = \"t@uni.example\"; };\n@include \"sub/topics.conf\"\n", CASES[i].written);
		dir_put("oauth2.conf", text);
		struct config *c = dir_load("oauth2.conf", false, &lines);
		if (!c)
			fail_msg("case %zu: %s", i, lines);
		const struct config_oauth2 *o = c->imap.server.oauth2;
		assert_int_equal(o->grant, CASES[i].grant);
		assert_string_equal(o->token_url, CASES[i].token_url);
		assert_string_equal(o->device_url ? o->device_url : "", CASES[i].device_url ? CASES[i].device_url : "");
		assert_string_equal(o->visit_url ? o->visit_url : "", CASES[i].visit_url ? CASES[i].visit_url : "");
		assert_string_equal(o->scope, CASES[i].scope);
		assert_int_equal(o->expires, i == 0 ? 1809129600 : 0); /* date -ud 2027-05-01 +%s */
		assert_int_equal(o->secret_file != NULL, strstr(CASES[i].written, "secret_file") != NULL);
		if (CASES[i].grant == GRANT_SERVICE)
			assert_string_equal(o->key_file, "credential:google");
		if (CASES[i].grant == GRANT_SIGN_IN)
			assert_int_equal(o->token_file[0], '/');
		assert_ptr_equal(c->smtp.oauth2, o);
		config_free(c);
		free(lines);
		free(text);
	}
}

static const struct cond *sub(const struct cond *c, size_t i, enum cond_kind kind, size_t patterns, size_t words, size_t subs)
{
	assert_true(i < c->n_sub);
	const struct cond *s = &c->sub[i];
	assert_int_equal(s->kind, kind);
	assert_int_equal(s->n_patterns, patterns);
	assert_int_equal(s->words.n, words);
	assert_int_equal(s->n_sub, subs);
	return s;
}

static void a_rule_becomes_conditions(void **state)
{
	struct config *c = load_good();
	const struct config_rule *r = &c->rules[0];
	const struct cond *w = &r->when, *h;
	(void)state;
	assert_int_equal(c->n_rules, 2);
	assert_string_equal(r->name, "all of it");
	assert_true(str_ends_case(r->file, "/good.conf"));
	assert_int_equal(r->line, 14);
	assert_string_equal(r->topic, "mobility");
	assert_string_equal(r->second, "agreements");
	assert_string_equal(r->answer, "opening-hours");
	assert_string_equal(r->forward_to.v[0], "head@uni.example");
	assert_false(r->acknowledge);
	assert_true(r->go_on);
	assert_int_equal(w->kind, COND_ALL);
	assert_int_equal(w->n_sub, 13);
	sub(w, 0, COND_FROM, 1, 0, 0);
	sub(w, 1, COND_TO, 2, 0, 0);
	sub(w, 2, COND_SUBJECT, 1, 0, 0);
	assert_string_equal(pattern_source(sub(w, 3, COND_BODY, 1, 0, 0)->patterns[0]), "/x\\d+\\.\\b/"); /* no doubled backslashes needed */
	h = sub(w, 4, COND_ANY, 0, 0, 2);
	assert_string_equal(sub(h, 0, COND_HEADER, 1, 0, 0)->header, "X-A");
	assert_string_equal(sub(h, 1, COND_HEADER, 2, 0, 0)->header, "X-B");
	sub(w, 5, COND_ATTACHMENT, 1, 0, 0);
	assert_string_equal(sub(w, 6, COND_TOPIC, 0, 2, 0)->words.v[0], "triage");
	sub(w, 7, COND_LANG, 0, 2, 0);
	sub(w, 8, COND_KIND, 0, 1, 0);
	assert_false(sub(w, 9, COND_INTERNAL, 0, 0, 0)->flag);
	h = sub(w, 10, COND_ANY, 0, 0, 2);
	assert_true(sub(sub(h, 0, COND_ALL, 0, 0, 1), 0, COND_HAS_ATTACHMENT, 0, 0, 0)->flag);
	h = sub(w, 11, COND_ALL, 0, 0, 1);
	sub(sub(h, 0, COND_ALL, 0, 0, 1), 0, COND_BODY, 1, 0, 0);
	h = sub(w, 12, COND_NOT, 0, 0, 1);
	sub(sub(h, 0, COND_ALL, 0, 0, 1), 0, COND_KIND, 0, 1, 0);
	assert_int_equal(c->rules[1].when.n_sub, 0);
	assert_true(c->rules[1].acknowledge);
	assert_false(c->rules[1].go_on);
	config_free(c);
}

static void what_is_left_out_has_a_default(void **state)
{
	char *lines;
	(void)state;
	dir_put("least.conf", "office = { name = \"Office\"; address = \"int@uni.example\"; };\n"
	                      "imap = { url = \"imap://imap.uni.example\"; user = \"int\"; password_file = \"credential:imap\"; };\n"
	                      "smtp = { url = \"smtps://smtp.uni.example/\"; };\n"
	                      "store = { path = \"/x.db\"; };\ntriage = { staff = [ \"t@uni.example\" ]; };\n"
	                      "topics = ( { name = \"mobility\"; staff = [ \"m@uni.example\" ]; } );\n");
	struct config *c = dir_load("least.conf", false, &lines);
	assert_string_equal(lines, "");
	assert_string_equal(c->office.tag, "INT");
	assert_string_equal(c->office.timezone, "UTC");
	assert_int_equal(c->office.languages.n, 1);
	assert_string_equal(c->office.languages.v[0], "en");
	assert_int_equal(c->office.internal.n, 1);
	assert_string_equal(c->office.internal.v[0], "uni.example");
	assert_int_equal(c->office.aliases.n, 0);
	assert_string_equal(c->imap.inbox, "INBOX");
	assert_string_equal(c->imap.folder, "Ingang");
	assert_int_equal(c->imap.poll_seconds, 60);
	assert_int_equal(c->imap.server.port, 143);
	assert_int_equal(c->imap.server.tls, CONFIG_STARTTLS);
	assert_string_equal(c->imap.server.password_file, "credential:imap");
	assert_int_equal(c->smtp.port, 465);
	assert_int_equal(c->smtp.tls, CONFIG_TLS);
	assert_true(c->triage.confidence > 0.59 && c->triage.confidence < 0.61);
	assert_int_equal(c->limits.answers_per_hour, 60);
	assert_int_equal(c->staff.members.n, 0);
	assert_false(c->office.plus);
	assert_int_equal(c->office.reopen_days, 30);
	assert_string_equal(c->office.answer_from, "{name}, {office}");
	assert_int_equal(c->staff.proof, PROOF_TOKEN);
	assert_true(c->staff.commands);
	assert_int_equal(c->staff.hold_minutes, 60);
	assert_int_equal(c->staff.n_people, 0);
	assert_null(c->triage.lead);
	assert_int_equal(c->n_rules, 0);
	free(lines);
	config_free(c);
}

static void urls(void **state)
{
	static const struct {
		const char *imap, *host; /* host NULL: refused */
		unsigned port;
		enum config_tls tls;
	} cases[] = {
		{"url = \"imaps://imap.uni.example\";", "imap.uni.example", 993, CONFIG_TLS},
		{"url = \"IMAPS://imap.uni.example/\";", "imap.uni.example", 993, CONFIG_TLS}, /* RFC 3986 §3.1 */
		{"url = \"imap://10.0.0.7:1143\";", "10.0.0.7", 1143, CONFIG_STARTTLS},
		{"url = \"imaps://[2001:db8::7]\";", "2001:db8::7", 993, CONFIG_TLS},
		{"url = \"imaps://[::1]:1993\";", "::1", 1993, CONFIG_TLS},
		{"url = \"imap://127.0.0.1:1143\"; tls = \"none\";", "127.0.0.1", 1143, CONFIG_PLAIN},
		{"url = \"imap://localhost\"; tls = \"none\";", "localhost", 143, CONFIG_PLAIN},
		{"url = \"imap://[::1]\"; tls = \"none\";", "::1", 143, CONFIG_PLAIN},
		{"url = \"imap://127.0.0.1.evil.example\"; tls = \"none\";", NULL, 0, 0},
		{"url = \"imap://localhost.evil.example\"; tls = \"none\";", NULL, 0, 0},
		{"url = \"imap://[::2]\"; tls = \"none\";", NULL, 0, 0},
		{"url = \"imaps://\";", NULL, 0, 0},
		{"url = \"imaps://:993\";", NULL, 0, 0},
		{"url = \"imaps://host:\";", NULL, 0, 0},
		{"url = \"imaps://host:0\";", NULL, 0, 0},
		{"url = \"imaps://host:65536\";", NULL, 0, 0},
		{"url = \"imaps://host:+993\";", NULL, 0, 0},
		{"url = \"imaps://host:993x\";", NULL, 0, 0},
		{"url = \"imaps://host/INBOX\";", NULL, 0, 0},
		{"url = \"imaps://ho st\";", NULL, 0, 0},
		{"url = \"imaps://[::1\";", NULL, 0, 0},
		{"url = \"imaps://-host\";", NULL, 0, 0},
		{"url = \"pop3://host\";", NULL, 0, 0},
		{"url = \"imaps:host\";", NULL, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *lines, *text = mem_fmt("office = { name = \"O\"; address = \"int@uni.example\"; };\nsmtp = { url = \"smtp://s.example\"; };\n"
		                             "store = { path = \"/x.db\"; };\ntriage = { staff = [ \"t@uni.example\" ]; };\n"
		                             "topics = ( { name = \"m\"; staff = [ \"m@uni.example\" ]; } );\n"
		                             "imap = { user = \"u\"; password_file = \"p\"; %s };\n", cases[i].imap);
		dir_put("url.conf", text);
		struct config *c = dir_load("url.conf", false, &lines);
		if (!!c != !!cases[i].host)
			fail_msg("%s: %s", cases[i].imap, lines);
		if (c) {
			assert_string_equal(c->imap.server.host, cases[i].host);
			assert_int_equal(c->imap.server.port, cases[i].port);
			assert_int_equal(c->imap.server.tls, cases[i].tls);
		} else {
			assert_true(str_starts(lines, "url.conf:6: "));
		}
		config_free(c);
		free(lines);
		free(text);
	}
}

static void addresses_and_topics(void **state)
{
	static const struct {
		const char *addr;
		bool own, internal, staff;
	} cases[] = {
		{"international@uni.example", true, true, false},
		{"International@UNI.example", true, true, false},
		{"international+t42@uni.example", true, true, false}, /* our own detail */
		{"int-office+x@uni.example", true, true, false},
		{"internationall@uni.example", false, true, false},
		{"international@sub.uni.example", false, true, false},
		{"bo.ek@uni.example", false, true, true},
		{"BO.EK@uni.example", false, true, true},
		{"anna@int.uni.example", false, true, true},
		{"anna@int.uni.example.evil.example", false, false, false},
		{"mobility@uni.example", false, true, true},
		{"triage@uni.example", false, true, true},
		{"eva@sh.example", false, true, true},
		{"Bo@EK.example", false, false, true}, /* an alias */
		{"pia@uni.example", false, true, true}, /* a topic's member */
		{"x@avtal.example", false, false, true},
		{"head@uni.example", false, true, false}, /* gets forwards of a rule; that makes nobody staff */
		{"x@otheruni.example", false, false, false},
		{"x@sh.example", false, true, false},
		{"", false, false, false},
		{"nobody", false, false, false},
		{NULL, false, false, false},
	};
	struct config *c = load_good();
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *a = cases[i].addr;
		if (config_is_own_address(c, a) != cases[i].own || config_is_internal(c, a) != cases[i].internal || config_is_staff(c, a) != cases[i].staff)
			fail_msg("%s: own %d internal %d staff %d", a ? a : "NULL", config_is_own_address(c, a), config_is_internal(c, a), config_is_staff(c, a));
	}
	assert_ptr_equal(config_person(c, "EVA@sh.example"), &c->staff.people[0]);
	assert_ptr_equal(config_person(c, "bo.ek@uni.example"), &c->staff.people[1]);
	assert_ptr_equal(config_person(c, "bo@ek.example"), &c->staff.people[1]);
	assert_null(config_person(c, "anna@int.uni.example"));
	assert_null(config_person(c, NULL));
	assert_int_equal(config_topic_index(c, "agreements"), 1);
	assert_int_equal(config_topic_index(c, "triage"), -1);
	assert_int_equal(config_topic_index(c, NULL), -1);
	assert_string_equal(config_topic_name(c, 1), "agreements");
	assert_string_equal(config_topic_name(c, -1), "triage");
	assert_string_equal(config_topic_name(c, 99), "triage");
	assert_string_equal(config_topic_title(c, 0, "sv"), "Utbyte");
	assert_string_equal(config_topic_title(c, 0, "fi"), "Mobility");
	assert_string_equal(config_topic_title(c, 0, NULL), "Mobility");
	assert_string_equal(config_topic_title(c, 1, "sv"), "agreements");
	assert_string_equal(config_topic_title(c, -1, "sv"), "Övrigt");
	assert_string_equal(config_topic_staff(c, -1)->v[0], "triage@uni.example");
	assert_string_equal(config_topic_staff(c, 1)->v[0], "agreements@uni.example");
	config_free(c);
	config_free(NULL);
}

static void proof_is_both_where_both_can_be_had(void **state)
{
	static const struct {
		const char *staff;
		enum config_proof proof;
	} cases[] = {
		{"", PROOF_TOKEN},
		{"staff = { };", PROOF_TOKEN},
		{"staff = { authserv_id = \"mx.uni.example\"; };", PROOF_BOTH},
		{"staff = { proof = \"token\"; authserv_id = \"mx.uni.example\"; };", PROOF_TOKEN},
		{"staff = { proof = \"token\"; };", PROOF_TOKEN},
		{"staff = { proof = \"both\"; authserv_id = \"mx.uni.example\"; };", PROOF_BOTH},
		{"staff = { proof = \"authres\"; authserv_id = \"mx.uni.example\"; };", PROOF_AUTHRES},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *lines, *text = mem_fmt("office = { name = \"O\"; address = \"int@uni.example\"; };\nsmtp = { url = \"smtp://s.example\"; };\n"
		                             "imap = { url = \"imaps://i.example\"; user = \"u\"; password_file = \"p\"; };\n"
		                             "store = { path = \"/x.db\"; };\ntriage = { staff = [ \"t@uni.example\" ]; };\n"
		                             "topics = ( { name = \"m\"; staff = [ \"m@uni.example\" ]; } );\n%s\n", cases[i].staff);
		dir_put("proof.conf", text);
		struct config *c = dir_load("proof.conf", false, &lines);
		if (!c || c->staff.proof != cases[i].proof)
			fail_msg("'%s': %d %s", cases[i].staff, c ? (int)c->staff.proof : -1, lines);
		config_free(c);
		free(lines);
		free(text);
	}
}

/* Deputies of deputies are followed at any length; one after the other is no circle. */
static void a_chain_of_deputies_is_good(void **state)
{
	struct buf b = {0};
	char *lines;
	(void)state;
	buf_adds(&b, "office = { name = \"O\"; address = \"int@uni.example\"; plus = true; };\nsmtp = { url = \"smtp://s.example\"; };\n"
	             "imap = { url = \"imaps://i.example\"; user = \"u\"; password_file = \"p\"; };\nstore = { path = \"/x.db\"; };\n"
	             "triage = { staff = [ \"t@uni.example\" ]; lead = \"p0@uni.example\"; };\n"
	             "topics = ( { name = \"m\"; staff = [ \"m@uni.example\" ]; lead = \"t@uni.example\"; } );\nstaff = { people = (\n");
	for (int i = 0; i < 200; i++)
		buf_addf(&b, "{ address = \"p%d@uni.example\"; deputy = \"%s%d@uni.example\"; aliases = \"a%d@uni.example\"; },\n", i, i % 2 ? "p" : "a", i + 1, i);
	buf_adds(&b, "{ address = \"p200@uni.example\"; aliases = \"a200@uni.example\"; deputy = \"m@uni.example\"; } ); };\n");
	dir_put("chain.conf", b.s);
	struct config *c = dir_load("chain.conf", false, &lines);
	assert_string_equal(lines, "");
	assert_int_equal(c->staff.n_people, 201);
	config_free(c);
	free(lines);
	char *circle = replaced(b.s, "deputy = \"m@", "deputy = \"a7@");
	dir_put("circle.conf", circle);
	assert_null(dir_load("circle.conf", false, &lines));
	assert_true(str_starts(lines, "circle.conf:15: the deputies go round in a circle, 'p7@uni.example' -> 'p8@uni.example'")); /* where the circle begins; once */
	assert_ptr_equal(strchr(lines, '\n'), lines + strlen(lines) - 1);
	free(lines);
	free(circle);
	buf_free(&b);
}

/* Files are looked at only when asked for: `classify` and `what-if` run where the daemon's secrets are not. */
static void files_are_looked_at_on_demand(void **state)
{
	char *lines;
	(void)state;
	char *text = replaced(good, "\"password\"", "\"open-password\"");
	dir_put("open.conf", text);
	struct config *c = dir_load("open.conf", false, &lines);
	assert_non_null(c);
	config_free(c);
	free(lines);
	c = dir_load("open.conf", true, &lines);
	assert_null(c);
	assert_non_null(strstr(lines, "open.conf:4: password_file: "));
	assert_non_null(strstr(lines, "open.conf:7: the store's folder '/var/lib/ingang'"));
	free(lines);
	free(text);
}

/* Faults in included files come where they are included, with the name and line of their own file. */
static void faults_come_in_the_order_of_the_files(void **state)
{
	char *lines;
	(void)state;
	dir_put("order.conf", "ofice = 1;\n@include \"sub/a.inc\"\nimapp = 2;\n");
	dir_put("sub/a.inc", "\n\nstor = 3;\n@include \"sub/b.inc\"\nstaf = 4;\n"); /* below the config's folder, not below its own */
	dir_put("sub/b.inc", "limts = 5;\n");
	struct config *c = dir_load("order.conf", false, &lines);
	const char *at = lines;
	const char *const want[] = {"order.conf:1: unknown key 'ofice'", "sub/a.inc:3: unknown key 'stor'", "sub/b.inc:1: unknown key 'limts'",
	                            "sub/a.inc:5: unknown key 'staf'", "order.conf:3: unknown key 'imapp'"};
	assert_null(c);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		const char *hit = strstr(at, want[i]);
		if (!hit)
			fail_msg("'%s' is not in, or not after what comes before it:\n%s", want[i], lines);
		at = hit;
	}
	free(lines);
}

static void files_of_other_systems_are_read(void **state)
{
	char *lines, *crlf = replaced(good, "\n", "\r\n"), *bom = mem_fmt("\xEF\xBB\xBF%s", crlf);
	(void)state;
	dir_put("bom.conf", bom);
	struct config *c = dir_load("bom.conf", false, &lines);
	assert_string_equal(lines, "");
	assert_int_equal(c->rules[0].line, 14);
	config_free(c);
	free(lines);
	free(crlf);
	free(bom);
}

static void a_file_that_cannot_be_read_is_one_problem(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n;
		const char *said;
	} cases[] = {
		{"nowhere.conf", NULL, 0, "cannot open"},
		{"sub", NULL, 0, "cannot read"},
		{"binary.conf", "\x7f" "ELF\0\0\0", 7, "is no text file"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct problems p;
		if (cases[i].bytes)
			dir_put_bytes(cases[i].name, cases[i].bytes, cases[i].n, 0644);
		char *path = dir_path(cases[i].name);
		assert_null(config_load(path, true, &p));
		assert_int_equal(p.n, 1);
		assert_string_equal(p.v[0].file, path);
		assert_int_equal(p.v[0].line, 0);
		assert_non_null(strstr(p.v[0].message, cases[i].said));
		problems_free(&p);
		free(path);
	}
}

/* Any bytes give a config or problems. */
static void load_any(const char *bytes, size_t n)
{
	char *lines;
	dir_put_bytes("any.conf", bytes, n, 0644);
	struct config *c = dir_load("any.conf", false, &lines);
	if (strstr(lines, "syntax error")) /* libconfig's words: source_mend() let something through */
		fail_msg("%s\n%.*s", lines, (int)n, bytes);
	assert_true(utf8_valid(lines, strlen(lines)));
	for (const char *p = lines; *p; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	config_free(c);
	free(lines);
}

static void a_cut_file_is_no_crash(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof good; n += 3)
		load_any(good, n);
}

static uint32_t random_below(uint64_t *seed, uint32_t n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % n;
}

static void a_garbled_file_is_no_crash(void **state)
{
	static const char *const pieces[] = {"{", "}", "(", ")", "[", "]", "=", ";", ",", "\"", "\n", "/*", "*/", "#", "//", "\\", "“", "\\x00", "\\x1b[31m", "\\xe5", "\x1b",
	                                     "\n@include \"any.conf\"\n", "99999999999999999999", "-", "1e9", ".5", "true", "rules = (", "\xff", ":"};
	char *text = mem_alloc(sizeof good + 1000);
	uint64_t seed = 2026;
	(void)state;
	for (int round = 0; round < 1500; round++) {
		size_t n = sizeof good - 1;
		memcpy(text, good, n);
		for (uint32_t k = random_below(&seed, 5) + 1; k > 0; k--) {
			size_t at = random_below(&seed, (uint32_t)n), cut = random_below(&seed, 10);
			const char *piece = pieces[random_below(&seed, sizeof pieces / sizeof *pieces)];
			if (at + cut > n)
				cut = n - at;
			memmove(text + at + strlen(piece), text + at + cut, n - at - cut);
			memcpy(text + at, piece, strlen(piece));
			n = n - cut + strlen(piece);
		}
		load_any(text, n);
	}
	free(text);
}

static char *sample(const char *name)
{
	struct buf b = {0};
	struct err e;
	char *path = mem_fmt("%s/../etc/%s", TESTS_DIR, name);
	if (!file_read(path, 1 << 20, &b, &e))
		fail_msg("%s", e.text);
	free(path);
	return buf_take(&b);
}

static void the_sample_is_good(void **state)
{
	char *conf = sample("ingang.conf"), *topics_conf = sample("topics.conf"), *lines;
	(void)state;
	dir_put("sample.conf", conf);
	dir_put("topics.conf", topics_conf);
	struct config *c = dir_load("sample.conf", false, &lines);
	assert_string_equal(lines, "");
	assert_int_equal(c->n_topics, 4);
	assert_int_equal(c->n_rules, 0);
	for (size_t i = 0; i < c->n_topics; i++) {
		char *group = mem_fmt("%s@uni.example", c->topics[i].name);
		assert_string_equal(c->topics[i].staff.v[0], group);
		assert_true(c->topics[i].terms.n > 0);
		assert_string_not_equal(config_topic_title(c, (int)i, "sv"), config_topic_title(c, (int)i, "en"));
		free(group);
	}
	config_free(c);
	free(lines);
	free(conf);
	free(topics_conf);
}

/* What the sample shows as comments is right too: settings, and whole groups. */
static void what_the_sample_has_as_comments_is_good(void **state)
{
	struct buf b = {0};
	char *conf = sample("ingang.conf"), *save = NULL, *lines;
	bool in_block = false;
	(void)state;
	for (char *line = strtok_r(conf, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *hash = line + strspn(line, " "), *equals = strstr(line, " = ");
		bool setting = str_starts(hash, "# ") && equals && strspn(hash + 2, "abcdefghijklmnopqrstuvwxyz_") == (size_t)(equals - hash - 2) && !strstr(line, "…");
		in_block |= str_starts(line, "# rules = (") || str_starts(line, "# limits = {") || str_starts(line, "# learning = {") || str_starts(hash, "# people = (");
		bool last = in_block && (strcmp(hash, "# );") == 0 || strcmp(line, "# };") == 0);
		buf_addf(&b, "%s\n", setting || in_block ? hash + 1 : line);
		in_block = in_block && !last;
	}
	char *topics_conf = sample("topics.conf");
	dir_put("sample.conf", b.s);
	dir_put("topics.conf", topics_conf);
	struct config *c = dir_load("sample.conf", false, &lines);
	assert_string_equal(lines, "");
	assert_int_equal(c->n_rules, 2);
	assert_non_null(c->imap.server.ca_file);
	assert_non_null(c->smtp.ca_file);
	assert_non_null(c->templates);
	/* "What is commented out shows the default, or an example where it says so." */
	assert_int_equal(c->imap.poll_seconds, 60);
	assert_string_equal(c->imap.folder, "Ingang");
	assert_string_equal(c->imap.inbox, "INBOX");
	assert_int_equal(c->limits.answers_per_hour, 60);
	assert_int_equal(c->limits.answers_per_address_hour, 1);
	assert_int_equal(c->office.reopen_days, 30);
	assert_string_equal(c->office.answer_from, "{name}, {office}");
	assert_false(c->office.plus);
	assert_int_equal(c->staff.proof, PROOF_BOTH);
	assert_true(c->staff.commands);
	assert_int_equal(c->staff.hold_minutes, 60);
	assert_int_equal(c->staff.n_people, 2);
	assert_non_null(c->triage.lead);
	config_free(c);
	free(lines);
	free(conf);
	free(topics_conf);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_reaches_its_place),
		cmocka_unit_test(oauth2_in_all_its_ways),
		cmocka_unit_test(a_rule_becomes_conditions),
		cmocka_unit_test(what_is_left_out_has_a_default),
		cmocka_unit_test(urls),
		cmocka_unit_test(addresses_and_topics),
		cmocka_unit_test(proof_is_both_where_both_can_be_had),
		cmocka_unit_test(a_chain_of_deputies_is_good),
		cmocka_unit_test(files_are_looked_at_on_demand),
		cmocka_unit_test(faults_come_in_the_order_of_the_files),
		cmocka_unit_test(files_of_other_systems_are_read),
		cmocka_unit_test(a_file_that_cannot_be_read_is_one_problem),
		cmocka_unit_test(a_cut_file_is_no_crash),
		cmocka_unit_test(a_garbled_file_is_no_crash),
		cmocka_unit_test(the_sample_is_good),
		cmocka_unit_test(what_the_sample_has_as_comments_is_good),
	};
	return cmocka_run_group_tests(tests, setup, dir_remove);
}
