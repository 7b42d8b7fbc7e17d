/* Mail submission against a server that keeps to RFC 5321, and one that breaks at each stage. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "wire/scripted.h"
#include "wire/smtp.h"

#define HELLO {NULL, "220 hi\r\n", 0, 0}, {"EHLO office.example", "250-hi\r\n250 8BITMIME\r\n", 0, 0}
#define MAIL {"MAIL FROM:<office@uni.example>", "250 ok\r\n", 0, 0}
#define RCPT {"RCPT TO:<anna@x.example>", "250 ok\r\n", 0, 0}
#define DATA {"DATA", "354 go\r\n", ACT_UNTIL, 0}
#define TAKEN {NULL, "250 2.0.0 taken\r\n", 0, 0}
#define WHOLE MAIL, RCPT, DATA, TAKEN
#define N(v) (sizeof(v) / sizeof *(v))

enum { PATIENT_MS = 3000, HASTY_MS = 200 }; /* a reply may take ten times as long */

struct source {
	const char *s;
	size_t n;
	bool fails;
};

static long read_source(void *ctx, char *out, size_t n)
{
	struct source *s = ctx;
	size_t k = s->n < n ? s->n : n;
	if (!k)
		return s->fails ? -1 : 0;
	memcpy(out, s->s, k);
	s->s += k;
	s->n -= k;
	return (long)k;
}

static struct smtp *client_with(const struct scripted *s, const char *user, const char *token, int timeout_ms)
{
	struct smtp_login l = {
		.server = {.host = "127.0.0.1", .port = s->port, .tls = WIRE_PLAIN, .timeout_ms = timeout_ms},
		.user = user,
		.password = token ? NULL : "p",
		.token = token,
		.helo = "office.example",
	};
	return smtp_new(&l);
}

static struct smtp *client(const struct scripted *s, const char *user, int timeout_ms)
{
	return client_with(s, user, NULL, timeout_ms);
}

static const char MESSAGE[] = "Subject: x\n\n.hidden\n.\nlast";

static enum smtp_result post(struct smtp *c, const char *to, struct err *e)
{
	struct source src = {MESSAGE, sizeof MESSAGE - 1, false};
	*e = (struct err){0};
	return smtp_send(c, "office@uni.example", to, read_source, &src, e);
}

static int count(const char *text, const char *what)
{
	int n = 0;
	for (const char *s = text; (s = strstr(s, what)); s += strlen(what))
		n++;
	return n;
}

static void the_connection_is_kept(void **state)
{
	(void)state;
	static const struct step S[] = {HELLO, WHOLE, WHOLE, {"MAIL FROM:<>", "250 ok\r\n", 0, 0}, RCPT, DATA, TAKEN};
	struct scripted s = scripted_start(&(struct script){S, N(S), false}, 1, NULL);
	struct smtp *c = client(&s, NULL, PATIENT_MS);
	struct err e;
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
	assert_int_equal(e.kind, ERR_NONE);
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
	struct source src = {"", 0, false};
	assert_int_equal(smtp_send(c, "", "anna@x.example", read_source, &src, &e), SMTP_SENT);
	smtp_free(c);
	scripted_wait(&s);
	scripted_end(&s);
	assert_int_equal(count(s.log, "EHLO"), 1);
	assert_int_equal(count(s.log, "| Subject: x\n| \n| ..hidden\n| ..\n| last\n| .\n"), 2);
	assert_int_equal(count(s.log, "QUIT"), 1);
	free(s.log);
}

static void each_stage(void **state)
{
	(void)state;
	static const struct {
		struct step v[8];
		size_t n;
		enum smtp_result result;
		const char *words;
	} CASES[] = {
		{{{NULL, "421 busy\r\n", 0, 0}}, 1, SMTP_ACCOUNT, "421 busy"},
		{{{NULL, "554 not for you\r\n", 0, 0}}, 1, SMTP_ACCOUNT, "554 not for you"},
		{{{NULL, "", ACT_STALL, 0}}, 1, SMTP_ACCOUNT, "at the greeting: no answer in time; is it the port for TLS from the start? then smtps://"},
		{{{NULL, "* OK IMAP here\r\n", ACT_STALL, 0}}, 1, SMTP_ACCOUNT, "greeting"},
		{{{NULL, "220 hi\r\n", 0, 0}, {"EHLO", "", ACT_CLOSE, 0}}, 2, SMTP_ACCOUNT, "the connection was closed"},
		{{HELLO, {"MAIL", "550 5.7.1 not you\r\n", 0, 0}}, 3, SMTP_ACCOUNT, "let the account send as"},
		{{HELLO, {"MAIL", "530 5.7.0 log in\r\n", 0, 0}}, 3, SMTP_ACCOUNT, "530 5.7.0 log in"},
		{{HELLO, {"MAIL", "552 5.2.2 quota\r\n", 0, 0}}, 3, SMTP_ACCOUNT, "quota"},
		{{HELLO, MAIL, {"RCPT", "550-5.1.1 no such\r\n550 5.1.1 person\r\n", 0, 0}}, 4, SMTP_REFUSED, "550 5.1.1 no such 5.1.1 person"},
		{{HELLO, MAIL, {"RCPT", "450 4.2.0 greylisted\r\n", 0, 0}}, 4, SMTP_DEFERRED, "greylisted"},
		{{HELLO, MAIL, {"RCPT", "", ACT_CLOSE, 0}}, 4, SMTP_DEFERRED, "at the recipient: the connection was closed"},
		{{HELLO, MAIL, {"RCPT", "", ACT_STALL, 0}}, 4, SMTP_DEFERRED, "no answer in time"},
		{{HELLO, MAIL, RCPT, {"DATA", "451 4.3.0 later\r\n", 0, 0}}, 5, SMTP_DEFERRED, "451 4.3.0 later"},
		{{HELLO, MAIL, RCPT, {"DATA", "554 5.6.0 never\r\n", 0, 0}}, 5, SMTP_REFUSED, "never"},
		{{HELLO, MAIL, RCPT, DATA, {NULL, "451 4.3.0 full\r\n", 0, 0}}, 6, SMTP_DEFERRED, "451 4.3.0 full"},
		{{HELLO, MAIL, RCPT, DATA, {NULL, "554 5.7.1 spam\r\n", 0, 0}}, 6, SMTP_REFUSED, "554 5.7.1 spam"},
		{{HELLO, MAIL, RCPT, DATA, {NULL, "421 4.3.2 bye\r\n", ACT_CLOSE, 0}}, 6, SMTP_ACCOUNT, "421 4.3.2 bye"},
		{{HELLO, MAIL, RCPT, DATA, {NULL, "251 elsewhere\r\n", 0, 0}}, 6, SMTP_SENT, ""},
		{{HELLO, MAIL, RCPT, DATA, {NULL, "", ACT_CLOSE, 0}}, 6, SMTP_UNKNOWN, "may or may not have been sent"},
		{{HELLO, MAIL, RCPT, DATA, {NULL, "", ACT_STALL, 0}}, 6, SMTP_UNKNOWN, "may or may not have been sent"},
		{{HELLO, MAIL, RCPT, DATA, {NULL, "25", ACT_CLOSE, 0}}, 6, SMTP_UNKNOWN, "may or may not have been sent"},
	};
	for (size_t i = 0; i < N(CASES); i++) {
		static const struct step GOOD[] = {HELLO, WHOLE};
		struct script both[] = {{CASES[i].v, CASES[i].n, false}, {GOOD, N(GOOD), false}};
		struct scripted s = scripted_start(both, 2, NULL);
		bool stalls = CASES[i].v[CASES[i].n - 1].act == ACT_STALL;
		struct smtp *c = client(&s, NULL, stalls ? HASTY_MS : PATIENT_MS);
		struct err e;
		enum smtp_result r = post(c, "anna@x.example", &e);
		if (r != CASES[i].result || !strstr(e.text, CASES[i].words))
			fail_msg("case %zu: result %d, '%s'", i, r, e.text);
		smtp_free(c);
		c = client(&s, NULL, PATIENT_MS); /* and the next connection is none the worse */
		r = post(c, "anna@x.example", &e);
		smtp_free(c);
		scripted_end(&s);
		if (r != SMTP_SENT)
			fail_msg("case %zu, afterwards: result %d, '%s'\n%s", i, r, e.text, s.log);
		free(s.log);
	}
}

static void a_late_reply_is_not_the_next_mails(void **state)
{
	(void)state;
	/* no reply to the dot in time; then the server says that it had taken it, and goes on */
	static const struct step LATE[] = {HELLO, MAIL, RCPT, DATA, {"", "250 taken, at last\r\n", 0, 0}, {.act = ACT_STALL}};
	static const struct step GOOD[] = {HELLO, WHOLE};
	struct script both[] = {{LATE, N(LATE), false}, {GOOD, N(GOOD), false}};
	struct scripted s = scripted_start(both, 2, NULL);
	struct smtp *c = client(&s, NULL, HASTY_MS);
	struct err e;
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_UNKNOWN);
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
	smtp_free(c);
	scripted_end(&s);
	assert_int_equal(count(s.log, "EHLO"), 2);
	free(s.log);
}

static void an_idle_connection_may_have_gone(void **state)
{
	(void)state;
	static const struct step CLOSED[] = {HELLO, WHOLE, {.act = ACT_CLOSE}};
	static const struct step TOLD[] = {HELLO, WHOLE, {NULL, "421 4.4.2 idle too long\r\n", ACT_CLOSE, 0}};
	static const struct step AT_MAIL[] = {HELLO, WHOLE, {"MAIL", "", ACT_CLOSE, 0}};
	static const struct step AT_MAIL_TOLD[] = {HELLO, WHOLE, {"MAIL", "421 4.4.2 idle too long\r\n", ACT_CLOSE, 0}};
	static const struct step GOOD[] = {HELLO, WHOLE};
	static const struct script FIRST[] = {{CLOSED, N(CLOSED), false}, {TOLD, N(TOLD), false}, {AT_MAIL, N(AT_MAIL), false}, {AT_MAIL_TOLD, N(AT_MAIL_TOLD), false}};
	for (size_t i = 0; i < N(FIRST); i++) {
		struct script both[] = {FIRST[i], {GOOD, N(GOOD), false}};
		struct scripted s = scripted_start(both, 2, NULL);
		struct smtp *c = client(&s, NULL, PATIENT_MS);
		struct err e;
		assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
		enum smtp_result r = post(c, "anna@x.example", &e);
		smtp_free(c);
		scripted_end(&s);
		if (r != SMTP_SENT || count(s.log, "| .\n") != 2)
			fail_msg("case %zu: %d '%s'\n%s", i, r, e.text, s.log);
		free(s.log);
	}
}

/* A new connection that breaks is no stale one: no second attempt within one call. */
static void a_new_connection_is_tried_once(void **state)
{
	(void)state;
	static const struct step BREAKS[] = {HELLO, {"MAIL", "", ACT_CLOSE, 0}};
	struct script all[] = {{BREAKS, N(BREAKS), false}, {BREAKS, N(BREAKS), false}};
	struct scripted s = scripted_start(all, 2, NULL);
	struct smtp *c = client(&s, NULL, PATIENT_MS);
	struct err e;
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_DEFERRED);
	smtp_free(c);
	scripted_end(&s);
	assert_int_equal(count(s.log, "EHLO"), 1);
	free(s.log);
}

static void one_refused_and_the_next_sent(void **state)
{
	(void)state;
	static const struct step FIRST[] = {HELLO, MAIL, {"RCPT TO:<nobody@x.example>", "550 5.1.1 no such\r\n", 0, 0}};
	static const struct step SECOND[] = {HELLO, WHOLE};
	struct script both[] = {{FIRST, N(FIRST), false}, {SECOND, N(SECOND), false}};
	struct scripted s = scripted_start(both, 2, NULL);
	struct smtp *c = client(&s, NULL, PATIENT_MS);
	struct err e;
	assert_int_equal(post(c, "nobody@x.example", &e), SMTP_REFUSED);
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
	smtp_free(c);
	scripted_end(&s);
	free(s.log);
}

static void logins(void **state)
{
	(void)state;
#define OFFERS(what) {NULL, "220 hi\r\n", 0, 0}, {"EHLO", "250-hi\r\n250 " what "\r\n", 0, 0}
	static const struct {
		struct step v[10];
		size_t n;
		enum smtp_result result;
		enum err_kind kind;
		const char *words;
	} CASES[] = {
		{{OFFERS("AUTH PLAIN GSSAPI NTLM"), {"AUTH PLAIN", "334 \r\n", 0, 0}, {"AHUAcA==", "235 in\r\n", 0, 0}, WHOLE}, 8, SMTP_SENT, ERR_NONE, ""},
		{{OFFERS("AUTH LOGIN"), {"AUTH LOGIN", "334 VXNlcm5hbWU6\r\n", 0, 0}, {"dQ==", "334 UGFzc3dvcmQ6\r\n", 0, 0}, {"cA==", "235 in\r\n", 0, 0}, WHOLE}, 9, SMTP_SENT, ERR_NONE, ""},
		{{OFFERS("AUTH PLAIN"), {"AUTH PLAIN", "334 \r\n", 0, 0}, {"AHUAcA==", "535 5.7.8 bad password\r\n", 0, 0}}, 4, SMTP_ACCOUNT, ERR_REFUSED, "535 5.7.8 bad password"},
		{{OFFERS("AUTH PLAIN"), {"AUTH PLAIN", "334 \r\n", 0, 0}, {"AHUAcA==", "454 4.7.0 later\r\n", 0, 0}}, 4, SMTP_ACCOUNT, ERR_TEMPORARY, "454 4.7.0 later"},
		{{OFFERS("AUTH GSSAPI NTLM"), {"QUIT", "221 bye\r\n", 0, 0}}, 3, SMTP_ACCOUNT, ERR_CONFIG, "no way to log in"},
		{{OFFERS("AUTH PLAIN"), {"AUTH PLAIN", "", ACT_CLOSE, 0}}, 3, SMTP_ACCOUNT, ERR_TEMPORARY, "the connection was closed"},
	};
	for (size_t i = 0; i < N(CASES); i++) {
		struct scripted s = scripted_start(&(struct script){CASES[i].v, CASES[i].n, false}, 1, NULL);
		struct smtp *c = client(&s, "u", PATIENT_MS);
		struct err e;
		enum smtp_result r = post(c, "anna@x.example", &e);
		smtp_free(c);
		scripted_end(&s);
		if (r != CASES[i].result || e.kind != CASES[i].kind || !strstr(e.text, CASES[i].words))
			fail_msg("case %zu: result %d, kind %d, '%s'\n%s", i, r, e.kind, e.text, s.log);
		free(s.log);
	}
}

/* The tokens' responses were put into base64 by another program. */
static void tokens(void **state)
{
	(void)state;
#define X_RESPONSE "dXNlcj11AWF1dGg9QmVhcmVyIHQwa2VuAQE=" /* user=u^Aauth=Bearer t0ken^A^A */
#define BEARER_RESPONSE "bixhPXUsAWhvc3Q9MTI3LjAuMC4xAXBv"  /* n,a=u,^Ahost=127.0.0.1^A… */
	static const struct {
		struct step v[10];
		size_t n;
		enum smtp_result result;
		enum err_kind kind;
		const char *words;
		bool denied;
	} CASES[] = {
		{{OFFERS("AUTH LOGIN XOAUTH2"), {"AUTH XOAUTH2", "334 \r\n", 0, 0}, {X_RESPONSE, "235 in\r\n", 0, 0}, WHOLE}, 8, SMTP_SENT, ERR_NONE, "", false},
		{{OFFERS("AUTH XOAUTH2 PLAIN OAUTHBEARER"), {"AUTH OAUTHBEARER", "334 \r\n", 0, 0}, {BEARER_RESPONSE, "235 in\r\n", 0, 0}, WHOLE}, 8, SMTP_SENT, ERR_NONE, "", false},
		{{OFFERS("AUTH XOAUTH2"), {"AUTH XOAUTH2", "334 \r\n", 0, 0}, {X_RESPONSE, "535 5.7.3 unsuccessful\r\n", 0, 0}}, 4, SMTP_ACCOUNT, ERR_REFUSED, "refuses the OAuth2 token for 'u': \"535 5.7.3 unsuccessful\"", true},
		{{OFFERS("AUTH XOAUTH2"), {"AUTH XOAUTH2", "334 \r\n", 0, 0}, {X_RESPONSE, "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n", 0, 0}, {"", "535 no\r\n", 0, 0}}, 5, SMTP_ACCOUNT, ERR_REFUSED, "refuses the OAuth2 token", true},
		{{OFFERS("AUTH OAUTHBEARER"), {"AUTH OAUTHBEARER", "334 \r\n", 0, 0}, {BEARER_RESPONSE, "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n", 0, 0}, {"AQ==", "535 no\r\n", 0, 0}}, 5, SMTP_ACCOUNT, ERR_REFUSED, "refuses the OAuth2 token", true},
		{{OFFERS("AUTH XOAUTH2"), {"AUTH XOAUTH2", "334 \r\n", 0, 0}, {X_RESPONSE, "454 4.7.0 later\r\n", 0, 0}}, 4, SMTP_ACCOUNT, ERR_TEMPORARY, "454 4.7.0 later", false},
		{{OFFERS("AUTH PLAIN LOGIN"), {"QUIT", "221 bye\r\n", 0, 0}}, 3, SMTP_ACCOUNT, ERR_CONFIG, "no way to log in with OAuth2", false},
	};
	for (size_t i = 0; i < N(CASES); i++) {
		struct scripted s = scripted_start(&(struct script){CASES[i].v, CASES[i].n, false}, 1, NULL);
		struct smtp *c = client_with(&s, "u", "t0ken", PATIENT_MS);
		struct err e;
		enum smtp_result r = post(c, "anna@x.example", &e);
		bool denied = smtp_was_denied(c);
		smtp_free(c);
		scripted_end(&s);
		if (r != CASES[i].result || e.kind != CASES[i].kind || !strstr(e.text, CASES[i].words) || strstr(e.text, "t0ken") || denied != CASES[i].denied)
			fail_msg("case %zu: result %d, kind %d, '%s'\n%s", i, r, e.kind, e.text, s.log);
		free(s.log);
	}
}

/* A kept connection belongs to the token that it was opened with. */
static void a_new_token(void **state)
{
	(void)state;
	static const struct step OLD[] = {OFFERS("AUTH XOAUTH2"), {"AUTH XOAUTH2", "334 \r\n", 0, 0}, {X_RESPONSE, "235 in\r\n", 0, 0}, WHOLE, WHOLE};
	static const struct step NEW[] = {OFFERS("AUTH XOAUTH2"), {"AUTH XOAUTH2", "334 \r\n", 0, 0}, {"dXNlcj11AWF1dGg9QmVhcmVyIG4zdwEB", "235 in\r\n", 0, 0}, WHOLE};
	struct scripted s = scripted_start((struct script[]){{OLD, N(OLD), false}, {NEW, N(NEW), false}}, 2, NULL);
	struct smtp *c = client_with(&s, "u", "t0ken", PATIENT_MS);
	struct err e;
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
	smtp_set_token(c, "t0ken"); /* the same: the connection is kept */
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
	smtp_set_token(c, "n3w");
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
	smtp_free(c);
	scripted_wait(&s);
	scripted_end(&s);
	assert_null(strstr(s.log, "UNEXPECTED"));
	free(s.log);
}

static void addresses(void **state)
{
	(void)state;
	static const char *const BAD[] = {"", "anna", "a@b.example\r\nRCPT TO:<evil@x.example>", "a b@x.example", "<a@x.example>", "a@x.example> SIZE=1", "\"a\"@x.example"};
	struct err e = {0};
	struct source src = {"", 0, false};
	struct smtp_login l = {.server = {.host = "127.0.0.1", .port = 1, .tls = WIRE_PLAIN, .timeout_ms = PATIENT_MS}, .helo = "x"};
	struct smtp *c = smtp_new(&l);
	for (size_t i = 0; i < N(BAD); i++) {
		assert_int_equal(smtp_send(c, "office@uni.example", BAD[i], read_source, &src, &e), SMTP_REFUSED); /* and nothing connected */
		assert_int_equal(e.kind, ERR_INPUT);
		assert_int_equal(smtp_send(c, BAD[i], "anna@x.example", read_source, &src, &e), *BAD[i] ? SMTP_REFUSED : SMTP_ACCOUNT);
	}
	assert_non_null(strstr(e.text, "no address that mail can be sent"));
	smtp_free(c);
	l.server.host = "smtp.uni.example";
	c = smtp_new(&l);
	assert_int_equal(smtp_send(c, "office@uni.example", "anna@x.example", read_source, &src, &e), SMTP_ACCOUNT);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "without TLS is refused"));
	smtp_free(c);
}

static void addresses_beyond_ascii(void **state)
{
	(void)state;
	static const struct step ASCII[] = {HELLO, WHOLE, {.act = ACT_STALL}};
	static const struct step AGAIN[] = {HELLO, {.act = ACT_STALL}};
	static const struct step UTF8[] = {
		{NULL, "220 hi\r\n", 0, 0}, {"EHLO", "250-hi\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n", 0, 0},
		{"MAIL FROM:<office@uni.example> SMTPUTF8", "250 ok\r\n", 0, 0}, {"RCPT TO:<\xc3\xa5sa@x.example>", "250 ok\r\n", 0, 0}, DATA, TAKEN,
	};
	struct err e;
	struct script both[] = {{ASCII, N(ASCII), false}, {AGAIN, N(AGAIN), false}};
	struct scripted s = scripted_start(both, 2, NULL);
	struct smtp *c = client(&s, NULL, PATIENT_MS);
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
	assert_int_equal(post(c, "\xc3\xa5sa@x.example", &e), SMTP_REFUSED);
	assert_non_null(strstr(e.text, "SMTPUTF8"));
	smtp_free(c);
	scripted_end(&s);
	assert_int_equal(count(s.log, "MAIL"), 1);
	free(s.log);
	s = scripted_start(&(struct script){UTF8, N(UTF8), false}, 1, NULL);
	c = client(&s, NULL, PATIENT_MS);
	assert_int_equal(post(c, "\xc3\xa5sa@x.example", &e), SMTP_SENT);
	smtp_free(c);
	scripted_end(&s);
	free(s.log);
}

/* What MAIL says of 8-bit text, word for word. */
static void eight_bits(void **state)
{
	(void)state;
#define EHLO(what) {NULL, "220 hi\r\n", 0, 0}, {"EHLO", "250-hi\r\n" what "250 HELP\r\n", 0, 0}
#define LOGGED_IN {"AUTH PLAIN", "334 \r\n", 0, 0}, {"AHUAcA==", "235 in\r\n", 0, 0}
#define SAYS " BODY=8BITMIME ENVID=ingang>" /* '>' is a character of xtext: RFC 3461 §4 */
#define ANY {"MAIL", "250 ok\r\n", 0, 0}, {"RCPT", "250 ok\r\n", 0, 0}, DATA, TAKEN
	static const struct {
		struct step v[12];
		size_t n;
		const char *user, *from, *to, *mail;
	} CASES[] = {
		{{EHLO("250-AUTH PLAIN\r\n250-8BITMIME\r\n250-DSN\r\n250-SIZE 1000000\r\n"), LOGGED_IN, ANY}, 8, "u", "office@uni.example", "anna@x.example",
		 "MAIL FROM:<office@uni.example>" SAYS "\n"},
		{{EHLO("250-8bitmime\r\n250-dsn\r\n"), ANY}, 6, NULL, "", "anna@x.example", "MAIL FROM:<>" SAYS "\n"},
		{{EHLO("250-SMTPUTF8\r\n250-DSN \r\n250-8BITMIME\r\n250-SIZE\r\n"), ANY}, 6, NULL, "office@uni.example", "\xc3\xa5sa@x.example",
		 "MAIL FROM:<office@uni.example>" SAYS " SMTPUTF8\n"},
		/* not offered, or no way to say it */
		{{EHLO("250-DSN\r\n250-8BITMIMETIC\r\n"), ANY}, 6, NULL, "office@uni.example", "anna@x.example", "MAIL FROM:<office@uni.example>\n"},
		{{EHLO("250-8BITMIME\r\n250-DSNX\r\n"), ANY}, 6, NULL, "office@uni.example", "anna@x.example", "MAIL FROM:<office@uni.example>\n"},
		{{EHLO("250-SMTPUTF8\r\n250-8BITMIME\r\n250-DSN\r\n"), ANY}, 6, NULL, "k\xc3\xb6n@uni.example", "anna@x.example", "MAIL FROM:<k\xc3\xb6n@uni.example> SMTPUTF8\n"},
	};
	for (size_t i = 0; i < N(CASES); i++) {
		struct scripted s = scripted_start(&(struct script){CASES[i].v, CASES[i].n, false}, 1, NULL);
		struct smtp *c = client(&s, CASES[i].user, PATIENT_MS);
		struct err e = {0};
		struct source src = {"Subject: x\n\nbl\xc3\xa5", 16, false};
		enum smtp_result r = smtp_send(c, CASES[i].from, CASES[i].to, read_source, &src, &e);
		smtp_free(c);
		scripted_end(&s);
		if (r != SMTP_SENT || !strstr(s.log, CASES[i].mail) || !strstr(s.log, "| bl\xc3\xa5\n"))
			fail_msg("case %zu: %d '%s'\n%s", i, r, e.text, s.log);
		free(s.log);
	}
}

/* Each connection is asked anew; a server that chokes on the parameters is spared them from then on. */
static void eight_bits_of_the_next_connection(void **state)
{
	(void)state;
#define REFUSING(code) EHLO("250-AUTH PLAIN\r\n250-8BITMIME\r\n250-DSN\r\n"), LOGGED_IN, {"BODY=8BITMIME", code " what is that\r\n", ACT_CLOSE, 0}
	static const struct step WITH[] = {EHLO("250-AUTH PLAIN\r\n250-8BITMIME\r\n250-DSN\r\n"), LOGGED_IN, ANY, ANY, {.act = ACT_CLOSE}};
	static const struct step WITHOUT[] = {EHLO("250-AUTH PLAIN\r\n"), LOGGED_IN, ANY, {.act = ACT_CLOSE}};
	static const struct step CHOKES[] = {REFUSING("555 5.5.4")}, DENIES[] = {REFUSING("550 5.7.1")};
	static const struct step GOOD[] = {EHLO("250-AUTH PLAIN\r\n250-8BITMIME\r\n250-DSN\r\n"), LOGGED_IN, ANY, {.act = ACT_CLOSE}};
	struct script changing[] = {{WITH, N(WITH), false}, {WITHOUT, N(WITHOUT), false}, {GOOD, N(GOOD), false}};
	struct scripted s = scripted_start(changing, 3, NULL);
	struct smtp *c = client(&s, "u", PATIENT_MS);
	struct err e;
	for (int i = 0; i < 4; i++)
		assert_int_equal(post(c, "anna@x.example", &e), SMTP_SENT);
	smtp_free(c);
	scripted_end(&s);
	assert_int_equal(count(s.log, "MAIL FROM:<office@uni.example>" SAYS "\n"), 3);
	assert_int_equal(count(s.log, "MAIL FROM:<office@uni.example>\n"), 1);
	free(s.log);

	struct script choking[] = {{CHOKES, N(CHOKES), false}, {GOOD, N(GOOD), false}, {GOOD, N(GOOD), false}};
	s = scripted_start(choking, 3, NULL);
	c = client(&s, "u", PATIENT_MS);
	for (int i = 0; i < 2; i++)
		if (post(c, "anna@x.example", &e) != SMTP_SENT)
			fail_msg("%s", e.text);
	smtp_free(c);
	scripted_end(&s);
	assert_int_equal(count(s.log, "BODY=8BITMIME"), 1);
	assert_int_equal(count(s.log, "MAIL FROM:<office@uni.example>\n"), 2);
	free(s.log);

	s = scripted_start(&(struct script){DENIES, N(DENIES), false}, 1, NULL); /* a sender that may not send: no word about parameters */
	c = client(&s, "u", PATIENT_MS);
	assert_int_equal(post(c, "anna@x.example", &e), SMTP_ACCOUNT);
	assert_non_null(strstr(e.text, "550 5.7.1"));
	smtp_free(c);
	scripted_end(&s);
	free(s.log);
}

static void a_source_that_fails(void **state)
{
	(void)state;
	static const struct step S[] = {HELLO, MAIL, RCPT, DATA, TAKEN};
	struct scripted s = scripted_start(&(struct script){S, N(S), false}, 1, NULL);
	struct smtp *c = client(&s, NULL, PATIENT_MS);
	struct err e = {0};
	struct source src = {"Subject: half\n", 14, true};
	assert_int_equal(smtp_send(c, "office@uni.example", "anna@x.example", read_source, &src, &e), SMTP_DEFERRED);
	assert_non_null(strstr(e.text, "cannot be read"));
	smtp_free(c);
	scripted_end(&s);
	assert_null(strstr(s.log, "| .\n")); /* half a mail never ends with the dot */
	free(s.log);
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
		cmocka_unit_test(the_connection_is_kept),
		cmocka_unit_test(each_stage),
		cmocka_unit_test(a_late_reply_is_not_the_next_mails),
		cmocka_unit_test(an_idle_connection_may_have_gone),
		cmocka_unit_test(a_new_connection_is_tried_once),
		cmocka_unit_test(one_refused_and_the_next_sent),
		cmocka_unit_test(logins),
		cmocka_unit_test(tokens),
		cmocka_unit_test(a_new_token),
		cmocka_unit_test(addresses),
		cmocka_unit_test(addresses_beyond_ascii),
		cmocka_unit_test(eight_bits),
		cmocka_unit_test(eight_bits_of_the_next_connection),
		cmocka_unit_test(a_source_that_fails),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
