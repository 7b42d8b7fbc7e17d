/* The IMAP client against a server that keeps to the protocol, in all the ways that real ones do. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "wire/imap.h"
#include "wire/scripted.h"

#define CAPABILITY(what) {"CAPABILITY", "* CAPABILITY IMAP4rev1 " what "\r\n$ OK done\r\n", 0, 0}
#define GREETING {NULL, "* OK ready\r\n", 0, 0}
#define LOGIN {"LOGIN \"u\" \"p\"", "$ OK in\r\n", 0, 0}
#define LIST_ROOT {"LIST \"\" \"\"", "* LIST (\\Noselect) \"/\" \"\"\r\n$ OK done\r\n", 0, 0}
#define SELECT {"SELECT INBOX", "* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 9] n\r\n$ OK [READ-WRITE] done\r\n", 0, 0}
/* a session up to the selected INBOX, on a server that can do `what` */
#define SELECTED(what) GREETING, CAPABILITY(what), LOGIN, CAPABILITY(what), LIST_ROOT, SELECT
#define START(steps) scripted_start(&(struct script){(steps), sizeof(steps) / sizeof *(steps), false}, 1, NULL)

static struct imap *open_as(const struct scripted *s, const char *user, const char *password, struct err *e)
{
	struct imap_login l = {
		.server = {.host = "127.0.0.1", .port = s->port, .tls = WIRE_PLAIN, .timeout_ms = 5000},
		.user = user,
		.password = password,
	};
	return imap_open(&l, e);
}

static struct imap *open_selected(const struct scripted *s)
{
	struct err e = {0};
	struct imap_box box;
	struct imap *c = open_as(s, "u", "p", &e);
	if (!c || !imap_select(c, "INBOX", &box, &e))
		fail_msg("%s", e.text);
	return c;
}

/* Ends both, and looks whether all of the script was played. */
static void finish(struct imap *c, struct scripted *s)
{
	bool healthy = c && imap_healthy(c);
	imap_close(c);
	scripted_end(s);
	if (strstr(s->log, "UNEXPECTED") || strstr(s->log, "CLOSED") || (healthy && !strstr(s->log, "LOGOUT")))
		fail_msg("the conversation was:\n%s", s->log);
	free(s->log);
}

/* --- login --- */

static void what_select_tells(void **state)
{
	(void)state;
	static const struct step S[] = {
		GREETING, CAPABILITY("IDLE"), LOGIN, CAPABILITY("IDLE"), LIST_ROOT,
		{"SELECT INBOX", "* 5 EXISTS\r\n* OK [UIDVALIDITY 4294967295] v\r\n* OK [UIDNEXT 77] n\r\n$ OK [READ-ONLY] done\r\n", 0, 0},
		{"SELECT nowhere", "$ NO [NONEXISTENT] no such box\r\n", 0, 0},
		{"SELECT INBOX", "* 0 EXISTS\r\n* OK [UIDVALIDITY 3] v\r\n* OK [UIDNEXT 1] n\r\n$ OK [READ-WRITE] done\r\n", 0, 0},
		{"NOOP", "$ OK done\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct err e = {0};
	struct imap_box b;
	struct imap *c = open_as(&s, "u", "p", &e);
	assert_non_null(c);
	assert_true(imap_has_idle(c));
	assert_true(imap_select(c, "inbox", &b, &e));
	assert_true(b.uidvalidity == 4294967295u && b.uidnext == 77 && b.exists == 5 && b.read_only);
	assert_false(imap_select(c, "nowhere", &b, &e));
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(strstr(e.text, "[NONEXISTENT] no such box"));
	assert_true(imap_healthy(c));
	struct imap_uid *v;
	size_t n;
	assert_false(imap_list(c, 1, &v, &n, &e)); /* nothing is selected now */
	assert_int_equal(e.kind, ERR_BUG);
	assert_true(imap_select(c, "INBOX", &b, &e));
	assert_false(b.read_only);
	assert_true(imap_noop(c, &e));
	finish(c, &s);
}

static void passwords(void **state)
{
	(void)state;
	static const struct step QUOTED[] = {
		GREETING, CAPABILITY(""), {"LOGIN \"a\\\"b\" \"p\\\\w {5}\"", "\r\n* CAPABILITY IMAP4rev1 X\r\n\r\n$ OK [CAPABILITY IMAP4rev1 IDLE] in\r\n", 0, 0}, CAPABILITY(""), LIST_ROOT,
	};
	static const struct step UTF8[] = {
		GREETING, CAPABILITY("AUTH=PLAIN"), {"AUTHENTICATE PLAIN", "+ \r\n", 0, 0},
		{"AHUAbMO2c2Vu", "$ OK in\r\n", 0, 0}, /* NUL u NUL lösen */
		CAPABILITY("IDLE"), LIST_ROOT,
	};
	struct err e = {0};
	struct scripted s = START(QUOTED);
	struct imap *c = open_as(&s, "a\"b", "p\\w {5}", &e);
	assert_non_null(c);
	assert_false(imap_has_idle(c)); /* what the login said was overtaken by what was asked after it */
	finish(c, &s);
	s = START(UTF8);
	c = open_as(&s, "u", "lösen", &e);
	if (!c)
		fail_msg("%s", e.text);
	finish(c, &s);
}

/* The responses were put into base64 by another program. */
static void tokens(void **state)
{
	(void)state;
#define X_RESPONSE "dXNlcj11AWF1dGg9QmVhcmVyIHQwa2VuAQE="      /* user=u^Aauth=Bearer t0ken^A^A */
#define BEARER_RESPONSE "bixhPXU9M0R4PTJDeSwBYXV0aD1CZWFyZXIgdDBrZW4BAQ==" /* n,a=u=3Dx=2Cy,^Aauth=Bearer t0ken^A^A */
	static const struct {
		struct step v[8];
		size_t n;
		const char *user;
		enum err_kind kind; /* ERR_NONE: it goes well */
		const char *words;
	} CASES[] = {
		{{GREETING, CAPABILITY("AUTH=XOAUTH2 SASL-IR LOGINDISABLED"), {"AUTHENTICATE XOAUTH2", "+ \r\n", 0, 0}, {X_RESPONSE, "$ OK in\r\n", 0, 0},
		  CAPABILITY("IDLE"), LIST_ROOT}, 6, "u", ERR_NONE, ""},
		{{GREETING, CAPABILITY("AUTH=XOAUTH2 AUTH=OAUTHBEARER"), {"AUTHENTICATE OAUTHBEARER", "+ \r\n", 0, 0}, {BEARER_RESPONSE, "$ OK in\r\n", 0, 0},
		  CAPABILITY("IDLE"), LIST_ROOT}, 6, "u=x,y", ERR_NONE, ""},
		{{GREETING, CAPABILITY("AUTH=XOAUTH2"), {"AUTHENTICATE XOAUTH2", "+ \r\n", 0, 0}, {X_RESPONSE, "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n", 0, 0},
		  {"", "$ NO AUTHENTICATE failed.\r\n", 0, 0}}, 5, "u", ERR_REFUSED, "refuses the OAuth2 token for 'u': \"NO AUTHENTICATE failed.\""},
		{{GREETING, CAPABILITY("AUTH=OAUTHBEARER"), {"AUTHENTICATE OAUTHBEARER", "+ \r\n", 0, 0}, {BEARER_RESPONSE, "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n", 0, 0},
		  {"AQ==", "$ NO [AUTHENTICATIONFAILED] no\r\n", 0, 0}}, 5, "u=x,y", ERR_REFUSED, "AUTHENTICATIONFAILED"},
		{{GREETING, CAPABILITY("AUTH=XOAUTH2"), {"AUTHENTICATE XOAUTH2", "+ \r\n", 0, 0}, {X_RESPONSE, "$ NO [UNAVAILABLE] later\r\n", 0, 0}}, 4, "u",
		 ERR_TEMPORARY, "later"},
		{{GREETING, CAPABILITY("AUTH=XOAUTH2"), {"AUTHENTICATE XOAUTH2", "+ \r\n", 0, 0}, {X_RESPONSE, "", ACT_CLOSE, 0}}, 4, "u", ERR_TEMPORARY, "closed"},
		{{GREETING, CAPABILITY("AUTH=PLAIN")}, 2, "u", ERR_CONFIG, "offers no login with OAuth2"},
		{{GREETING, CAPABILITY("AUTH=XOAUTH2")}, 2, "u\001auth=x", ERR_CONFIG, "must be ASCII"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct scripted s = scripted_start(&(struct script){CASES[i].v, CASES[i].n, false}, 1, NULL);
		struct imap_login l = {.server = {.host = "127.0.0.1", .port = s.port, .tls = WIRE_PLAIN, .timeout_ms = 5000}, .user = CASES[i].user, .token = "t0ken"};
		struct err e = {0};
		struct imap *c = imap_open(&l, &e);
		if ((c != NULL) != (CASES[i].kind == ERR_NONE) || e.kind != CASES[i].kind || !strstr(e.text, CASES[i].words) || strstr(e.text, "t0ken"))
			fail_msg("case %zu: kind %d, '%s'", i, e.kind, e.text);
		finish(c, &s);
	}
}

static void logins_that_fail(void **state)
{
	(void)state;
	static const struct {
		struct step v[4];
		size_t n;
		const char *password;
		enum err_kind kind;
		const char *words;
	} CASES[] = {
		{{GREETING, CAPABILITY(""), {"LOGIN", "$ NO [AUTHENTICATIONFAILED] bad password\r\n", 0, 0}}, 3, "p", ERR_REFUSED, "AUTHENTICATIONFAILED] bad password"},
		{{GREETING, CAPABILITY(""), {"LOGIN", "$ NO [UNAVAILABLE] directory is down\r\n", 0, 0}}, 3, "p", ERR_TEMPORARY, "directory is down"},
		{{GREETING, CAPABILITY(""), {"LOGIN", "$ BAD what\r\n", 0, 0}}, 3, "p", ERR_REFUSED, "BAD what"},
		{{GREETING, CAPABILITY(""), {"LOGIN", "* BYE too many\r\n", ACT_CLOSE, 0}}, 3, "p", ERR_TEMPORARY, "BYE too many"},
		{{GREETING, CAPABILITY("LOGINDISABLED")}, 2, "p", ERR_CONFIG, "LOGINDISABLED"},
		{{GREETING, CAPABILITY("LOGINDISABLED AUTH=PLAIN"), {"AUTHENTICATE PLAIN", "$ NO not that way\r\n", 0, 0}}, 3, "p", ERR_REFUSED, "not that way"},
		{{GREETING, CAPABILITY("")}, 2, "lösen", ERR_CONFIG, "ASCII"},
		{{{NULL, "* BYE come back later\r\n", ACT_CLOSE, 0}}, 1, "p", ERR_TEMPORARY, "come back later"},
		{{{NULL, "* PREAUTH welcome\r\n", 0, 0}}, 1, "p", ERR_CONFIG, "PREAUTH"},
		{{{NULL, "220 smtp.example ESMTP\r\n", 0, 0}}, 1, "p", ERR_TEMPORARY, "does not speak IMAP"},
		{{{NULL, "", ACT_CLOSE, 0}}, 1, "p", ERR_TEMPORARY, "closed the connection"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct scripted s = scripted_start(&(struct script){CASES[i].v, CASES[i].n, false}, 1, NULL);
		struct err e = {0};
		struct imap *c = open_as(&s, "u", CASES[i].password, &e);
		assert_null(c);
		if (e.kind != CASES[i].kind || !strstr(e.text, CASES[i].words) || strstr(e.text, "lösen"))
			fail_msg("case %zu: kind %d, '%s'", i, e.kind, e.text);
		finish(NULL, &s);
	}
}

static void places_that_are_not_there(void **state)
{
	(void)state;
	struct err e = {0};
	struct imap_login l = {.server = {.host = "127.0.0.1", .port = 1, .tls = WIRE_TLS, .timeout_ms = 2000}, .user = "u", .password = "p"};
	assert_null(imap_open(&l, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, "'127.0.0.1:1': Connection refused; is the server running"));
	l.server = (struct wire_server){.host = "imap.uni.example", .port = 143, .tls = WIRE_PLAIN};
	assert_null(imap_open(&l, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "without TLS is refused"));
	static const char *const LOOPBACK[] = {"127.0.0.1", "127.255.0.3", "::1", "localhost", "LocalHost"}, *const NOT[] = {"128.0.0.1", "::2", "localhost.example", "127.0.0.1.example", ""};
	for (size_t i = 0; i < 5; i++) {
		assert_true(wire_is_loopback(LOOPBACK[i]));
		assert_false(wire_is_loopback(NOT[i]));
	}
}

/* --- listing and fetching --- */

static void a_list_is_ascending(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED(""),
		{"UID FETCH 4:* (UID RFC822.SIZE)",
		 "* 3 FETCH (UID 9 RFC822.SIZE 900)\r\n* 1 FETCH (RFC822.SIZE 400 UID 4)\r\n* 1 FETCH (UID 4 RFC822.SIZE 400)\r\n"
		 "* 2 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 7 FLAGS ($x))\r\n* 2 FETCH (UID 7 RFC822.SIZE 0)\r\n$ OK done\r\n", 0, 0},
		{"UID FETCH 10:* (UID RFC822.SIZE)", "* 3 FETCH (UID 9 RFC822.SIZE 900)\r\n$ OK done\r\n", 0, 0},
		{"UID FETCH 1:* (UID RFC822.SIZE)", "$ NO [SERVERBUG] not now\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	struct imap_uid *v;
	size_t n;
	assert_true(imap_list(c, 4, &v, &n, &e));
	assert_int_equal(n, 3);
	assert_true(v[0].uid == 4 && v[0].size == 400 && v[1].uid == 7 && v[1].size == 0 && v[2].uid == 9 && v[2].size == 900);
	free(v);
	assert_true(imap_list(c, 10, &v, &n, &e)); /* "n:*" names the last mail, whatever its UID (RFC 3501 §9, seq-range) */
	assert_int_equal(n, 0);
	free(v);
	assert_false(imap_list(c, 0, &v, &n, &e));
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_null(v);
	finish(c, &s);
}

struct taken {
	struct buf text; /* "UID DATE BYTES;" */
	uint32_t refuse; /* this UID */
};

static bool take(void *ctx, uint32_t uid, int64_t date, char *raw, size_t n, struct err *e)
{
	struct taken *t = ctx;
	bool ended = raw[n] == '\0';
	buf_addf(&t->text, "%u %lld %.*s;", uid, (long long)date, (int)n, raw);
	free(raw);
	assert_true(ended);
	return uid != t->refuse || err_set(e, ERR_INPUT, "enough");
}

static const struct imap_uid FIVE[] = {{7, 5}, {1, 5}, {2, 5}, {3, 5}, {9, 5}};

static void mails_come_as_they_are(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED(""),
		{"UID FETCH 1:3,7,9 (UID INTERNALDATE BODY.PEEK[])",
		 "* 1 FETCH (UID 1 INTERNALDATE \"17-Jul-1996 02:44:25 -0730\" BODY[] {5}\r\na\r\n(\")\r\n"
		 "* 2 FETCH (FLAGS (\\Seen))\r\n"                                                            /* not asked for */
		 "* 2 FETCH (BODY[] {8}\r\n12345678 INTERNALDATE \" 1-Jan-1970 00:00:01 +0000\" UID 2)\r\n"  /* the UID last, and longer than announced */
		 "* 3 FETCH (UID 3 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" BODY[] NIL)\r\n"              /* gone */
		 "* 5 EXPUNGE\r\n"
		 "* 4 FETCH (UID 7 INTERNALDATE \"01-Jan-1970 02:00:00 +0100\" BODY[] \"q\\\"uoted\")\r\n"   /* a short mail as a string */
		 "* 6 FETCH (UID 55 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" BODY[] {2}\r\nno)\r\n"       /* of whom nobody spoke */
		 "* 5 FETCH (UID 9 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" BODY[] {0}\r\n)\r\n"
		 "$ OK done\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	struct taken t = {0};
	if (!imap_fetch(c, FIVE, 5, take, &t, &e))
		fail_msg("%s", e.text);
	assert_string_equal(t.text.s, "1 837598465 a\r\n(\";2 1 12345678;7 3600 q\"uoted;9 0 ;");
	buf_free(&t.text);
	finish(c, &s);
}

static void a_taker_may_stop(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED(""),
		{"UID FETCH 1:3,7,9", "* 1 FETCH (UID 1 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" BODY[] {1}\r\na)\r\n"
		                      "* 2 FETCH (UID 2 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" BODY[] {1}\r\nb)\r\n$ OK done\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	struct taken t = {.refuse = 1};
	assert_false(imap_fetch(c, FIVE, 5, take, &t, &e));
	assert_string_equal(e.text, "enough");
	assert_string_equal(t.text.s, "1 0 a;");
	buf_free(&t.text);
	finish(c, &s);
}

static void some_mails_have_gone(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED(""),
		{"UID FETCH 1:3,7,9", "* 1 FETCH (UID 1 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" BODY[] {1}\r\na)\r\n$ NO [EXPUNGEISSUED] gone\r\n", 0, 0},
		{"UID FETCH 1:3,7,9", "$ NO cannot convert\r\n", 0, 0},
		{"UID FETCH 1:3,7,9", "$ OK nothing\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	struct taken t = {0};
	assert_true(imap_fetch(c, FIVE, 5, take, &t, &e));
	assert_string_equal(t.text.s, "1 0 a;");
	assert_false(imap_fetch(c, FIVE, 5, take, &t, &e));
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_true(imap_healthy(c)); /* so that the caller can try them one by one */
	assert_true(imap_fetch(c, FIVE, 5, take, &t, &e));
	buf_free(&t.text);
	finish(c, &s);
}

static void many_mails_take_several_commands(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED(""),
		{"UID FETCH 2,4,6", "$ OK done\r\n", 0, 0},
		{"UID FETCH 1002,", "$ OK done\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	struct taken t = {0};
	struct imap_uid v[600];
	for (uint32_t i = 0; i < 600; i++)
		v[i] = (struct imap_uid){2 * (i + 1), 10};
	assert_true(imap_fetch(c, v, 600, take, &t, &e));
	assert_true(imap_fetch(c, v, 0, take, &t, &e));
	buf_free(&t.text);
	finish(c, &s);
}

static void the_head_of_a_large_mail(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED(""),
		{"UID FETCH 7 (UID INTERNALDATE BODY.PEEK[]<0.262144>)",
		 "* 1 FETCH (UID 7 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" BODY[]<0> {6}\r\nhead\r\n)\r\n$ OK done\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	struct taken t = {0};
	struct imap_uid huge = {7, UINT32_MAX};
	assert_true(imap_fetch_head(c, &huge, take, &t, &e));
	assert_string_equal(t.text.s, "7 0 head\r\n;");
	buf_free(&t.text);
	finish(c, &s);
}

/* --- our folders --- */

static void folders_are_asked_for(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED(""),
		{"STATUS \"Ingang/a\" (UIDNEXT UIDVALIDITY)", "* STATUS Ingang/a (UIDNEXT 4294967295 UIDVALIDITY 17)\r\n$ OK done\r\n", 0, 0},
		{"STATUS \"Ingang/b\" (UIDNEXT UIDVALIDITY)", "$ NO [NONEXISTENT] no such box\r\n", 0, 0},
		{"STATUS \"Ingang/c\" (UIDNEXT UIDVALIDITY)", "* STATUS \"Ingang/c\" (UIDVALIDITY 3 UIDNEXT 4)\r\n* 9 EXISTS\r\n$ OK done\r\n", 0, 0},
		{"STATUS \"Ingang/d\" (UIDNEXT UIDVALIDITY)", "* STATUS Ingang/d\r\n$ OK done\r\n", 0, 0},
		{"STATUS \"Ingang/e\" (UIDNEXT UIDVALIDITY)", "$ BAD what?\r\n", 0, 0},
		{"SELECT \"Ingang/a\"", "$ NO gone\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	struct imap_box b;
	assert_true(imap_status(c, "Ingang/a", &b, &e));
	assert_true(b.uidnext == 4294967295u && b.uidvalidity == 17);
	assert_true(imap_status(c, "Ingang/b", &b, &e));
	assert_int_equal(b.uidvalidity, 0);
	assert_true(imap_status(c, "Ingang/c", &b, &e));
	assert_true(b.uidnext == 4 && b.uidvalidity == 3);
	assert_int_equal(imap_wait(c, -1, 0, &e), IMAP_WAKE_NEWS); /* what came with the answer is not lost */
	assert_true(imap_status(c, "Ingang/d", &b, &e));
	assert_int_equal(b.uidvalidity, 0);
	assert_false(imap_status(c, "Ingang/e", &b, &e));
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_false(imap_select_ours(c, "Ingang/a", &b, &e));
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_true(imap_healthy(c));
	finish(c, &s);
}

/* --- moving --- */

static const uint32_t THREE[] = {9, 4, 5};

static bool move(struct imap *c, struct err *e)
{
	return imap_move(c, THREE, 3, "Ingang/mobility", e);
}

#define LIST(name, found) {"LIST \"\" \"" name "\"", found "$ OK done\r\n", 0, 0}
#define BEFORE(what) GREETING, CAPABILITY("MOVE " what), LOGIN, CAPABILITY("MOVE " what)
#define NAMESPACED(prefix) BEFORE("NAMESPACE"), {"NAMESPACE", "* NAMESPACE ((\"" prefix "\" \".\")) NIL NIL\r\n$ OK done\r\n", 0, 0}, SELECT

static void moves(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED("MOVE"),
		{"UID MOVE 4:5,9 \"Ingang/mobility\"", "* OK [COPYUID 3 4:5,9 1:3] moved\r\n* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n* 1 EXPUNGE\r\n$ OK done\r\n", 0, 0},
		{"UID MOVE 4:5,9 \"Ingang/mobility\"", "$ NO [TRYCREATE] make it first\r\n", 0, 0},
		{"CREATE \"Ingang/mobility\"", "$ OK done\r\n", 0, 0},
		{"SUBSCRIBE \"Ingang/mobility\"", "$ NO not here\r\n", 0, 0}, /* a pity, no more */
		{"UID MOVE 4:5,9 \"Ingang/mobility\"", "$ OK done\r\n", 0, 0},
		{"UID MOVE 4:5,9 \"Ingang/mobility\"", "$ NO [OVERQUOTA] full\r\n", 0, 0},
		{"CREATE \"Ingang/mobility\"", "$ NO [ALREADYEXISTS] it is there\r\n", 0, 0},
		LIST("Ingang/mobility", "* LIST () \"/\" Ingang/mobility\r\n"), /* there: no reason to look elsewhere */
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	assert_true(move(c, &e));
	assert_true(move(c, &e));
	assert_false(move(c, &e));
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(strstr(e.text, "folder 'Ingang/mobility'"));
	assert_non_null(strstr(e.text, "[OVERQUOTA] full"));
	assert_true(imap_healthy(c));
	assert_true(imap_move(c, THREE, 0, "x", &e));
	assert_false(imap_move(c, THREE, 3, "a\"b", &e));
	assert_int_equal(e.kind, ERR_INPUT);
	finish(c, &s);
}

static void moves_without_move(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED("UIDPLUS"),
		{"UID COPY 4:5,9 \"Ingang/mobility\"", "$ OK [COPYUID 3 4:5 1:2] copied\r\n", 0, 0}, /* 9 had gone */
		{"UID STORE 4:5 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n", 0, 0},
		{"UID EXPUNGE 4:5", "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n$ OK done\r\n", 0, 0}, /* never what others have marked */
		{"UID COPY 4:5,9 \"Ingang/mobility\"", "$ OK copied, it says\r\n", 0, 0},
		{"UID FETCH 4:* (UID RFC822.SIZE)", "* 1 FETCH (UID 5 RFC822.SIZE 3)\r\n$ OK done\r\n", 0, 0},
		{"UID COPY 4:5,9 \"Ingang/mobility\"", "$ OK there was nothing\r\n", 0, 0},
		{"UID FETCH 4:* (UID RFC822.SIZE)", "* 1 FETCH (UID 6 RFC822.SIZE 3)\r\n$ OK done\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	assert_true(move(c, &e));
	assert_false(move(c, &e)); /* not proven: nothing may be deleted */
	assert_non_null(strstr(e.text, "COPYUID"));
	assert_true(imap_healthy(c));
	assert_true(move(c, &e)); /* they have gone, all three */
	finish(c, &s);
}

static void neither_move_nor_uidplus(void **state)
{
	(void)state;
	static const struct step S[] = {SELECTED("IDLE")};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	assert_false(move(c, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "stay in the inbox"));
	finish(c, &s);
}

static void hierarchies(void **state)
{
	(void)state;
#define MOVED(name) {"UID MOVE 4:5,9 \"" name "\"", "$ OK done\r\n", 0, 0}
	static const struct step PREFIX[] = {BEFORE("NAMESPACE"), {"NAMESPACE", "* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"shared.\" \".\"))\r\n$ OK done\r\n", 0, 0}, SELECT, MOVED("INBOX.Ingang.mobility")};
	static const struct step NONE[] = {BEFORE("NAMESPACE"), {"NAMESPACE", "* NAMESPACE ((\"\" \".\")) NIL NIL\r\n$ OK done\r\n", 0, 0}, SELECT, MOVED("Ingang.mobility")};
	static const struct step FLAT[] = {BEFORE(""), {"LIST \"\" \"\"", "* LIST (\\Noselect) NIL \"\"\r\n$ OK done\r\n", 0, 0}, SELECT, MOVED("Ingang/mobility")};
	static const struct step DOT[] = {BEFORE(""), {"LIST \"\" \"\"", "* LIST (\\Noselect) \".\" \"\"\r\n$ OK done\r\n", 0, 0}, SELECT, MOVED("Ingang.mobility")};
	static const struct step BELOW[] = { /* Courier without NAMESPACE: only folders of INBOX can be made */
		BEFORE(""), {"LIST \"\" \"\"", "* LIST (\\Noselect) \".\" \"\"\r\n$ OK done\r\n", 0, 0}, SELECT,
		{"UID MOVE 4:5,9 \"Ingang.mobility\"", "$ NO no such folder\r\n", 0, 0},
		{"CREATE \"Ingang.mobility\"", "$ NO not here\r\n", 0, 0},
		LIST("Ingang.mobility", ""), LIST("INBOX.Ingang.mobility", ""),
		{"CREATE \"INBOX.Ingang.mobility\"", "$ OK done\r\n", 0, 0},
		{"SUBSCRIBE \"INBOX.Ingang.mobility\"", "$ OK done\r\n", 0, 0},
		MOVED("INBOX.Ingang.mobility"),
	};
	static const struct step BELOW_AGAIN[] = { /* the same server, where an earlier connection made it */
		BEFORE(""), {"LIST \"\" \"\"", "* LIST (\\Noselect) \".\" \"\"\r\n$ OK done\r\n", 0, 0}, SELECT,
		{"UID MOVE 4:5,9 \"Ingang.mobility\"", "$ NO no such folder\r\n", 0, 0},
		{"CREATE \"Ingang.mobility\"", "$ NO not here\r\n", 0, 0},
		LIST("Ingang.mobility", ""), LIST("INBOX.Ingang.mobility", "* LIST () \".\" INBOX.Ingang.mobility\r\n"),
		MOVED("INBOX.Ingang.mobility"),
	};
	static const struct step *const ALL[] = {PREFIX, NONE, FLAT, DOT, BELOW, BELOW_AGAIN};
	static const size_t N[] = {sizeof PREFIX, sizeof NONE, sizeof FLAT, sizeof DOT, sizeof BELOW, sizeof BELOW_AGAIN};
	for (size_t i = 0; i < 6; i++) {
		struct scripted s = scripted_start(&(struct script){ALL[i], N[i] / sizeof(struct step), false}, 1, NULL);
		struct imap *c = open_selected(&s);
		struct err e = {0};
		if (!move(c, &e))
			fail_msg("case %zu: %s", i, e.text);
		finish(c, &s);
	}
}

/* A missing right is told; it leads to no folder elsewhere, where nobody would look for the mails. */
static void rights_that_are_missing(void **state)
{
	(void)state;
#define REFUSES(command, name, words) {command " \"" name "\"", "$ NO " words "\r\n", 0, 0}
	static const struct {
		struct step v[12];
		size_t n;
		const char *words, *advice;
	} CASES[] = {
		/* Dovecot with an ACL: no right to make the folder */
		{{NAMESPACED(""), REFUSES("UID MOVE 4:5,9", "Ingang.mobility", "[TRYCREATE] Mailbox doesn't exist: Ingang.mobility"), REFUSES("CREATE", "Ingang.mobility", "[NOPERM] Permission denied")},
		 8, "[NOPERM] Permission denied", "the right to make folders"},
		/* it is there: no right to put mails into it, or not even to see it */
		{{NAMESPACED(""), REFUSES("UID MOVE 4:5,9", "Ingang.mobility", "[NOPERM] Permission denied"), REFUSES("CREATE", "Ingang.mobility", "[ALREADYEXISTS] it is there")},
		 8, "[NOPERM] Permission denied", "put mails into it"},
		{{NAMESPACED(""), REFUSES("UID MOVE 4:5,9", "Ingang.mobility", "[TRYCREATE] Mailbox doesn't exist"), REFUSES("CREATE", "Ingang.mobility", "[ALREADYEXISTS] it is there")},
		 8, "[TRYCREATE] Mailbox doesn't exist", "put mails into it"},
		/* the prefix that was told is used from the start, and no other */
		{{NAMESPACED("INBOX."), REFUSES("UID MOVE 4:5,9", "INBOX.Ingang.mobility", "[TRYCREATE] no"), REFUSES("CREATE", "INBOX.Ingang.mobility", "not you")},
		 8, "not you", "the right to make folders"},
		/* without NAMESPACE: a folder that is there is the one that was meant */
		{{BEFORE(""), LIST_ROOT, SELECT, REFUSES("UID MOVE 4:5,9", "Ingang/mobility", "[NOPERM] Permission denied"), REFUSES("CREATE", "Ingang/mobility", "Permission denied"),
		  LIST("Ingang/mobility", "* LIST () \"/\" Ingang/mobility\r\n")},
		 9, "[NOPERM] Permission denied", "put mails into it"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct scripted s = scripted_start(&(struct script){CASES[i].v, CASES[i].n, false}, 1, NULL);
		struct imap *c = open_selected(&s);
		struct err e = {0};
		if (move(c, &e) || e.kind != ERR_REFUSED || !strstr(e.text, CASES[i].words) || !strstr(e.text, CASES[i].advice))
			fail_msg("case %zu: kind %d, '%s'", i, e.kind, e.text);
		assert_true(imap_healthy(c));
		finish(c, &s);
	}
}

/* --- waiting --- */

static void idle_hears(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED("IDLE"),
		{"IDLE", "+ idling\r\n* 4 EXISTS\r\n", 0, 0}, /* in one packet */
		{"DONE", "$ OK done\r\n", 0, 0},
		{"UID FETCH 1:*", "$ OK none\r\n", 0, 0},
		{"IDLE", "* OK hold on\r\n* 5 EXISTS\r\n+ idling\r\n", 0, 0}, /* the news before the continuation */
		{"DONE", "$ OK done\r\n", 0, 0},
		{"UID FETCH 1:*", "$ OK none\r\n", 0, 0},
		{"IDLE", "+ idling\r\n* OK still here\r\n* 2 EXPUNGE\r\n* 3 FETCH (FLAGS (\\Seen))\r\n* 1 RECENT\r\n", 0, 0}, /* nothing new */
		{"DONE", "* 6 EXISTS\r\n$ OK done\r\n", 0, 0}, /* and at the last moment */
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	struct imap_uid *v;
	size_t n;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(imap_wait(c, -1, 5000, &e), IMAP_WAKE_NEWS);
		assert_int_equal(imap_wait(c, -1, 5000, &e), IMAP_WAKE_NEWS); /* until they are looked at */
		assert_true(imap_list(c, 1, &v, &n, &e));
		free(v);
	}
	assert_int_equal(imap_wait(c, -1, 200, &e), IMAP_WAKE_NEWS);
	finish(c, &s);
}

static void idle_ends(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED("IDLE MOVE"),
		{"IDLE", "+ idling\r\n", 0, 0},
		{"DONE", "$ OK done\r\n", 0, 0},
		{"IDLE", "+ idling\r\n", 0, 0},
		{"DONE", "$ OK done\r\n", 0, 0},
		{"UID MOVE", "* 2 EXPUNGE\r\n* 8 EXISTS\r\n$ OK done\r\n", 0, 0},
	};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	struct err e = {0};
	int p[2];
	assert_int_equal(pipe(p), 0);
	assert_int_equal(imap_wait(c, p[0], 50, &e), IMAP_WAKE_TIMEOUT);
	assert_int_equal(write(p[1], "x", 1), 1);
	assert_int_equal(imap_wait(c, p[0], 5000, &e), IMAP_WAKE_FD);
	assert_true(move(c, &e));
	assert_int_equal(imap_wait(c, -1, 5000, &e), IMAP_WAKE_NEWS); /* came with the answer to MOVE: IDLE would not repeat it */
	close(p[0]);
	close(p[1]);
	finish(c, &s);
}

static void without_idle_it_asks(void **state)
{
	(void)state;
	static const struct step S[] = {
		SELECTED(""),
		{"NOOP", "$ OK done\r\n", 0, 0},
		{"NOOP", "* 4 EXISTS\r\n$ OK done\r\n", 0, 0},
	};
	static const struct step REFUSED[] = {
		SELECTED("IDLE"),
		{"IDLE", "$ NO not today\r\n", 0, 0},
		{"NOOP", "* 4 EXISTS\r\n$ OK done\r\n", 0, 0},
	};
	struct err e = {0};
	struct scripted s = START(S);
	struct imap *c = open_selected(&s);
	assert_int_equal(imap_wait(c, -1, 20, &e), IMAP_WAKE_TIMEOUT);
	assert_int_equal(imap_wait(c, -1, 20, &e), IMAP_WAKE_NEWS);
	finish(c, &s);
	s = START(REFUSED);
	c = open_selected(&s);
	assert_int_equal(imap_wait(c, -1, 20, &e), IMAP_WAKE_NEWS);
	assert_false(imap_has_idle(c));
	finish(c, &s);
}

static int setup(void **state)
{
	(void)state;
	wire_setup();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_select_tells),
		cmocka_unit_test(passwords),
		cmocka_unit_test(tokens),
		cmocka_unit_test(logins_that_fail),
		cmocka_unit_test(places_that_are_not_there),
		cmocka_unit_test(a_list_is_ascending),
		cmocka_unit_test(mails_come_as_they_are),
		cmocka_unit_test(a_taker_may_stop),
		cmocka_unit_test(some_mails_have_gone),
		cmocka_unit_test(the_head_of_a_large_mail), cmocka_unit_test(folders_are_asked_for),
		cmocka_unit_test(many_mails_take_several_commands),
		cmocka_unit_test(moves),
		cmocka_unit_test(moves_without_move),
		cmocka_unit_test(neither_move_nor_uidplus),
		cmocka_unit_test(hierarchies),
		cmocka_unit_test(rights_that_are_missing),
		cmocka_unit_test(idle_hears),
		cmocka_unit_test(idle_ends),
		cmocka_unit_test(without_idle_it_asks),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
