/* The IMAP client against servers that break, lie or attack: each case ends soon, with a clear line, and holds little memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <malloc.h>

#include "wire/imap.h"
#include "wire/scripted.h"

#define CAPABILITY {"CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE MOVE\r\n$ OK done\r\n", 0, 0}
#define BEFORE {NULL, "* OK ready\r\n", 0, 0}, CAPABILITY, {"LOGIN", "$ OK in\r\n", 0, 0}, CAPABILITY, \
	{"LIST \"\" \"\"", "* LIST (\\Noselect) \"/\" \"\"\r\n$ OK done\r\n", 0, 0}, \
	{"SELECT INBOX", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 9] n\r\n$ OK [READ-WRITE] done\r\n", 0, 0}
#define HEAD "* 1 FETCH (UID 1 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" BODY[] "

enum { TIMEOUT_MS = 400 };

enum what { OPEN, LIST, FETCH, MOVE, WAIT };

struct bad_case {
	const char *name;
	enum what what;      /* is to fail */
	struct step v[12];
	const char *words;   /* in the message */
	bool slow;           /* it ends by the deadline and not before */
};

static const struct bad_case CASES[] = {
	{"no greeting", OPEN, {{.act = ACT_STALL}}, "did not answer in full within 1 s; is it the port for TLS from the start? then imaps://", true},
	{"closed without a greeting", OPEN, {{.act = ACT_CLOSE}}, "closed the connection; is it the port for TLS", false},
	{"a complaint in TLS", OPEN, {{NULL, "\x15\x03\x03", ACT_STALL, 0}}, "answers in TLS; is it the port for TLS from the start? then imaps://", false},
	{"a greeting a byte at a time", OPEN, {{NULL, "* OK this takes much longer than anybody has time for, really\r\n", ACT_DRIP, 0}, {.act = ACT_STALL}}, "within 1 s", true},
	{"a greeting without end", OPEN, {{NULL, "* OK aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ACT_REPEAT, 100000}}, "line without end", false},
	{"noise before the login's answer", OPEN, {{NULL, "* OK\r\n", 0, 0}, CAPABILITY, {"LOGIN", "* OK noise noise noise noise noise noise\r\n", ACT_REPEAT, 100000}}, "more than the 65536 bytes", false},
	{"a challenge in place of an answer", OPEN, {{NULL, "* OK\r\n", 0, 0}, CAPABILITY, {"LOGIN", "+ eyJzdGF0dXMi\r\n", 0, 0}}, "cannot be understood", false},
	{"another's tag", OPEN, {{NULL, "* OK\r\n", 0, 0}, CAPABILITY, {"LOGIN", "x9 OK in\r\n", 0, 0}}, "cannot be understood", false},
	{"closed after the password", OPEN, {{NULL, "* OK\r\n", 0, 0}, CAPABILITY, {"LOGIN", "", ACT_CLOSE, 0}}, "closed the connection", false},
	{"a literal cut short", FETCH, {BEFORE, {"UID FETCH", HEAD "{60000}\r\nxxxxxxxxxx", ACT_CLOSE, 0}}, "closed the connection", false},
	{"a literal that stops", FETCH, {BEFORE, {"UID FETCH", HEAD "{60000}\r\nxxxxxxxxxx", ACT_STALL, 0}}, "did not answer in full", true},
	{"a literal of 4 GB", FETCH, {BEFORE, {"UID FETCH", HEAD "{4000000000}\r\n", ACT_STALL, 0}}, "literal longer than", false},
	{"a literal of 2^32 + 5", FETCH, {BEFORE, {"UID FETCH", HEAD "{4294967301}\r\nhello)\r\n$ OK done\r\n", 0, 0}}, "literal longer than", false},
	{"mails without end", FETCH, {BEFORE, {"UID FETCH", "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n", ACT_REPEAT, 100000}}, "more than the", false},
	{"nested lists", FETCH, {BEFORE, {"UID FETCH", "* 1 FETCH (UID 1 BODYSTRUCTURE ((((((((((((((((((((((((((", ACT_REPEAT, 10000}}, "nested too deep", false},
	{"a BYE in the middle", FETCH, {BEFORE, {"UID FETCH", "* BYE shutting down\r\n", ACT_CLOSE, 0}}, "closed the connection", false},
	{"nonsense", FETCH, {BEFORE, {"UID FETCH", "hello?\r\n", 0, 0}}, "cannot be understood", false},
	{"a list without end", LIST, {BEFORE, {"UID FETCH", "* 1 FETCH (UID 1 RFC822.SIZE 1)\r\n", ACT_REPEAT, 100000}}, "more than the", false},
	{"a body in a list", LIST, {BEFORE, {"UID FETCH", "* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\n", 0, 0}}, "literal longer than", false},
	{"BAD", MOVE, {BEFORE, {"UID MOVE", "$ BAD what is that\r\n", 0, 0}}, "what is that", false},
	{"moved, and then silence", MOVE, {BEFORE, {"UID MOVE", "* 1 EXPUNGE\r\n", ACT_STALL, 0}}, "did not answer", true},
	{"IDLE never answered", WAIT, {BEFORE, {"IDLE", "", ACT_STALL, 0}}, "did not answer", true},
	{"DONE never answered", WAIT, {BEFORE, {"IDLE", "+ idling\r\n* 9 EXISTS\r\n", 0, 0}, {"DONE", "", ACT_STALL, 0}}, "did not answer", true},
	{"closed while idle", WAIT, {BEFORE, {"IDLE", "+ idling\r\n", ACT_CLOSE, 0}}, "closed the connection", false},
	{"sent away while idle", WAIT, {BEFORE, {"IDLE", "+ idling\r\n* BYE autologout\r\n", ACT_CLOSE, 0}}, "BYE autologout", false},
	{"noise while idle", WAIT, {BEFORE, {"IDLE", "+ idling\r\n", 0, 0}, {NULL, "* OK are you still there? I am still here, and here, and here\r\n", ACT_REPEAT, 100000}}, "more than the", false},
	{"half a line while idle", WAIT, {BEFORE, {"IDLE", "+ idling\r\n* 9 EXI", ACT_STALL, 0}}, "did not answer", true},
};

static bool take(void *ctx, uint32_t uid, int64_t date, char *raw, size_t n, struct err *e)
{
	(void)uid, (void)date, (void)n, (void)e;
	++*(int *)ctx;
	free(raw);
	return true;
}

static bool attempt(struct imap *c, enum what what, struct err *e)
{
	struct imap_uid one = {1, 100}, *v;
	size_t n;
	int mails = 0;
	bool ok;
	switch (what) {
	case LIST:
		ok = imap_list(c, 1, &v, &n, e);
		free(v);
		return ok;
	case FETCH:
		ok = imap_fetch(c, &one, 1, take, &mails, e);
		assert_int_equal(mails, 0);
		return ok;
	case MOVE:
		return imap_move(c, &one.uid, 1, "Ingang/x", e);
	case WAIT:
		return imap_wait(c, -1, 100, e) != IMAP_WAKE_ERROR;
	default:
		return true;
	}
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void each_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		const struct bad_case *t = &CASES[i];
		size_t n = 0;
		while (n < 12 && (t->v[n].send || t->v[n].expect || t->v[n].act))
			n++;
		struct scripted s = scripted_start(&(struct script){t->v, n, false}, 1, NULL);
		struct err e = {0};
		struct imap_box box;
		struct imap_login l = {.server = {.host = "127.0.0.1", .port = s.port, .tls = WIRE_PLAIN, .timeout_ms = TIMEOUT_MS}, .user = "u", .password = "p"};
		size_t before = mallinfo2().uordblks;
		int64_t start = now_ms();
		struct imap *c = imap_open(&l, &e);
		bool failed = !c;
		if (c) {
			if (t->what == OPEN || !imap_select(c, "INBOX", &box, &e))
				fail_msg("%s: got too far: %s", t->name, e.text);
			start = now_ms();
			failed = !attempt(c, t->what, &e);
			assert_false(imap_healthy(c));
			assert_false(imap_noop(c, &(struct err){0})); /* dead is dead */
		}
		int64_t took = now_ms() - start;
		size_t held = mallinfo2().uordblks - before;
		imap_close(c); /* nor does it wait for a goodbye */
		int64_t closed = now_ms() - start - took;
		scripted_end(&s);
		if (!failed || !strstr(e.text, t->words) || e.kind != ERR_TEMPORARY)
			fail_msg("%s: '%s' (kind %d) should say '%s'\n%s", t->name, e.text, e.kind, t->words, s.log);
		/* a fetch is allowed a second for each 64 KiB that may come, and a list four times as long */
		if (took > 4 * TIMEOUT_MS + 4000 || closed > 200 || (t->slow && took < TIMEOUT_MS - 50))
			fail_msg("%s: took %lld ms, and %lld to close", t->name, (long long)took, (long long)closed);
		if (held > 1 << 20 && held < SIZE_MAX / 2)
			fail_msg("%s: held %zu bytes", t->name, held);
		if (strstr(s.log, "LOGOUT"))
			fail_msg("%s: spoke on after an error:\n%s", t->name, s.log);
		free(s.log);
	}
}

/* Nobody waits half a minute to be told that it is the wrong port. (The test does wait: for the ten seconds.) */
static void a_greeting_comes_soon(void **state)
{
	(void)state;
	static const struct step SILENT[] = {{.act = ACT_STALL}};
	struct scripted s = scripted_start(&(struct script){SILENT, 1, false}, 1, NULL);
	struct err e = {0};
	struct imap_login l = {.server = {.host = "127.0.0.1", .port = s.port, .tls = WIRE_STARTTLS}, .user = "u", .password = "p"};
	int64_t start = now_ms();
	assert_null(imap_open(&l, &e));
	assert_in_range(now_ms() - start, 9900, 15000);
	assert_non_null(strstr(e.text, "within 10 s; is it the port for TLS from the start? then imaps://"));
	scripted_end(&s);
	free(s.log);
}

static const char *const CUTS = "* 1 FETCH (UID 1 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" BODY[] {20}\r\nFrom: a\r\n\r\nhello!!!!)\r\n2 OK done\r\n";

/* Cut at every byte of a fetch: a mail arrives whole or not at all, and only the whole answer is a success. */
static void cut_anywhere(void **state)
{
	(void)state;
	size_t all = strlen(CUTS), body_end = (size_t)(strstr(CUTS, "!!!!)") - CUTS) + 4;
	for (size_t cut = 0; cut < all; cut++) {
		char text[256];
		snprintf(text, sizeof text, "%.*s", (int)cut, CUTS);
		const struct step v[] = {BEFORE, {"UID FETCH", text, ACT_CLOSE, 0}};
		struct scripted s = scripted_start(&(struct script){v, sizeof v / sizeof *v, false}, 1, NULL);
		struct err e = {0};
		struct imap_box box;
		struct imap_login l = {.server = {.host = "127.0.0.1", .port = s.port, .tls = WIRE_PLAIN, .timeout_ms = 2000}, .user = "u", .password = "p"};
		struct imap *c = imap_open(&l, &e);
		int mails = 0;
		struct imap_uid one = {1, 20};
		assert_true(c && imap_select(c, "INBOX", &box, &e));
		bool ok = imap_fetch(c, &one, 1, take, &mails, &e);
		if (ok || mails > (cut > body_end))
			fail_msg("cut after %zu bytes: %s, %d mails", cut, ok ? "ok" : e.text, mails);
		imap_close(c);
		scripted_end(&s);
		free(s.log);
	}
}

static int setup(void **state)
{
	(void)state;
	wire_setup();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_ends), cmocka_unit_test(a_greeting_comes_soon), cmocka_unit_test(cut_anywhere)};
	return cmocka_run_group_tests(tests, setup, NULL);
}
