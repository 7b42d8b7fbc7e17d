/* Who is at the other end: TLS and STARTTLS, for IMAP and for SMTP. A certificate that does not pass costs no byte of a password. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "wire/certificates.h"
#include "wire/imap.h"
#include "wire/scripted.h"
#include "wire/smtp.h"

static const struct step IMAP[] = {
	{NULL, "* OK ready\r\n", 0, 0},
	{"CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\n$ OK done\r\n", 0, 0},
	{"LOGIN", "$ OK in\r\n", 0, 0},
	{"CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE\r\n$ OK done\r\n", 0, 0},
	{"LIST", "* LIST (\\Noselect) \"/\" \"\"\r\n$ OK done\r\n", 0, 0},
};
static const struct step IMAP_STARTTLS[] = {
	{NULL, "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", 0, 0},
	{"STARTTLS", "$ OK go on\r\n", ACT_TLS, 0},
	{"CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\n$ OK done\r\n", 0, 0},
	{"LOGIN", "$ OK in\r\n", 0, 0},
	{"CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE\r\n$ OK done\r\n", 0, 0},
	{"LIST", "* LIST (\\Noselect) \"/\" \"\"\r\n$ OK done\r\n", 0, 0},
};
#define SMTP_REST \
	{"EHLO", "250-hi\r\n250 AUTH PLAIN\r\n", 0, 0}, {"AUTH PLAIN", "334 \r\n", 0, 0}, {"AHUAcA==", "235 in\r\n", 0, 0}, {"MAIL", "250 ok\r\n", 0, 0}, \
		{"RCPT", "250 ok\r\n", 0, 0}, {"DATA", "354 go\r\n", ACT_UNTIL, 0}, {NULL, "250 taken\r\n", 0, 0}
static const struct step SMTPS[] = {{NULL, "220 hi\r\n", 0, 0}, SMTP_REST};
static const struct step SMTP_STARTTLS[] = {{NULL, "220 hi\r\n", 0, 0}, {"EHLO", "250-hi\r\n250 STARTTLS\r\n", 0, 0}, {"STARTTLS", "220 go\r\n", ACT_TLS, 0}, SMTP_REST};

static long two_lines(void *ctx, char *out, size_t n)
{
	static const char TEXT[] = "Subject: x\r\n\r\nhej\r\n";
	bool *done = ctx;
	if (*done || n < sizeof TEXT)
		return 0;
	*done = true;
	memcpy(out, TEXT, sizeof TEXT - 1);
	return sizeof TEXT - 1;
}

/* Four ways to one certificate; true when all four let it pass. */
static void try_all(const struct pair *server, const char *host, const char *ca_file, const char *words, const char *name)
{
	static const struct {
		const struct step *v;
		size_t n;
		enum wire_tls tls;
		bool smtp;
	} WAYS[] = {
		{IMAP, sizeof IMAP / sizeof *IMAP, WIRE_TLS, false},
		{IMAP_STARTTLS, sizeof IMAP_STARTTLS / sizeof *IMAP_STARTTLS, WIRE_STARTTLS, false},
		{SMTPS, sizeof SMTPS / sizeof *SMTPS, WIRE_TLS, true},
		{SMTP_STARTTLS, sizeof SMTP_STARTTLS / sizeof *SMTP_STARTTLS, WIRE_STARTTLS, true},
	};
	gnutls_certificate_credentials_t credentials = cert_credentials(server);
	for (size_t i = 0; i < sizeof WAYS / sizeof *WAYS; i++) {
		struct scripted s = scripted_start(&(struct script){WAYS[i].v, WAYS[i].n, WAYS[i].tls == WIRE_TLS}, 1, credentials);
		struct wire_server where = {.host = host, .port = s.port, .tls = WAYS[i].tls, .ca_file = ca_file, .timeout_ms = 5000};
		struct err e = {0};
		bool passed;
		if (WAYS[i].smtp) {
			struct smtp *c = smtp_new(&(struct smtp_login){.server = where, .user = "u", .password = "p", .helo = "office.example"});
			bool done = false;
			enum smtp_result r = smtp_send(c, "a@uni.example", "b@uni.example", two_lines, &done, &e);
			passed = r == SMTP_SENT;
			assert_true(passed || r == SMTP_ACCOUNT);
			smtp_free(c);
		} else {
			struct imap *c = imap_open(&(struct imap_login){.server = where, .user = "u", .password = "p"}, &e);
			passed = c != NULL;
			imap_close(c);
		}
		scripted_end(&s);
		if (passed != !words || (words && (!strstr(e.text, words) || e.kind != ERR_CONFIG)))
			fail_msg("%s, way %zu: %s (kind %d), should %s%s\n%s", name, i, passed ? "passed" : e.text, e.kind, words ? "say " : "pass", words ? words : "", s.log);
		if (!passed && (strstr(s.log, "LOGIN \"") || strstr(s.log, "\nAUTH") || strstr(s.log, "AHUAcA==\n")))
			fail_msg("%s, way %zu: the password was sent\n%s", name, i, s.log);
		free(s.log);
	}
	gnutls_certificate_free_credentials(credentials);
}

static void certificates(void **state)
{
	(void)state;
	static const struct {
		const char *name, *host;
		struct cert_wish wish;
		enum { SIGNED, BY_ITSELF, BY_ANOTHER } by;
		const char *words; /* NULL: passes */
	} CASES[] = {
		{"right", "localhost", {"localhost", NULL, "x", NULL, -1, 9, false}, SIGNED, NULL},
		{"right, for an address", "127.0.0.1", {"imap.example", "127.0.0.1", "x", NULL, -1, 9, false}, SIGNED, NULL},
		{"an address it is not for", "127.0.0.1", {"localhost", "127.0.0.2", "x", NULL, -1, 9, false}, SIGNED, "it is for 'localhost', '127.0.0.2', not for '127.0.0.1'"},
		{"an address as a name", "127.0.0.1", {"127.0.0.1", NULL, "x", NULL, -1, 9, false}, SIGNED, "not for '127.0.0.1'"},
		{"another host's", "localhost", {"imap.example", NULL, "localhost", NULL, -1, 9, false}, SIGNED, "it is for 'imap.example', not for 'localhost'"},
		{"signed by itself", "localhost", {"localhost", NULL, "x", NULL, -1, 9, false}, BY_ITSELF, "it is signed by itself"},
		{"of an unknown authority", "localhost", {"localhost", NULL, "x", NULL, -1, 9, false}, BY_ANOTHER, "unknown authority; set ca_file"},
		{"old", "localhost", {"localhost", NULL, "x", NULL, -9, -1, false}, SIGNED, "it expired on 20"},
		{"not valid yet", "localhost", {"localhost", NULL, "x", NULL, 1, 9, false}, SIGNED, "it is valid only from 20"},
		{"for clients", "localhost", {"localhost", NULL, "x", GNUTLS_KP_TLS_WWW_CLIENT, -1, 9, false}, SIGNED, "not meant for servers"},
		{"named in the subject only", "localhost", {NULL, NULL, "localhost", NULL, -1, 9, false}, SIGNED, "no subjectAltName"},
	};
	struct pair ca = cert_make(&(struct cert_wish){NULL, NULL, "test authority", NULL, -1, 9, true}, NULL);
	struct pair another = cert_make(&(struct cert_wish){NULL, NULL, "another authority", NULL, -1, 9, true}, NULL);
	char ca_file[40];
	cert_write(&ca, ca_file);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct pair server = cert_make(&CASES[i].wish, CASES[i].by == SIGNED ? &ca : CASES[i].by == BY_ANOTHER ? &another : NULL);
		try_all(&server, CASES[i].host, ca_file, CASES[i].words, CASES[i].name);
		cert_free(&server);
	}
	struct pair good = cert_make(&CASES[0].wish, &ca);
	try_all(&good, "localhost", NULL, "unknown authority", "without ca_file");
	try_all(&good, "localhost", "/nonexistent/ca.pem", "ca_file '/nonexistent/ca.pem'", "ca_file missing");
	cert_free(&good);
	cert_free(&another);
	cert_free(&ca);
	unlink(ca_file);
}

/* What comes in the clear before TLS is worth nothing, and after the "OK" it is an attack. */
static void starttls_is_defended(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct step v[3];
		size_t n;
		const char *words;
	} CASES[] = {
		{"injected text", {{NULL, "* OK\r\n", 0, 0}, {"STARTTLS", "$ OK go\r\n* CAPABILITY IMAP4rev1\r\nw2 OK in\r\n", 0, 0}}, 2, "tampering"},
		{"PREAUTH", {{NULL, "* PREAUTH hi\r\n", 0, 0}}, 1, "PREAUTH"},
		{"NO", {{NULL, "* OK\r\n", 0, 0}, {"STARTTLS", "$ NO not here\r\n", 0, 0}}, 2, "refuses STARTTLS: 'NO not here'"},
		{"BAD", {{NULL, "* OK\r\n", 0, 0}, {"STARTTLS", "$ BAD what\r\n", 0, 0}}, 2, "without TLS no password is sent"},
		{"closed", {{NULL, "* OK\r\n", 0, 0}, {"STARTTLS", "$ OK go\r\n", ACT_CLOSE, 0}}, 2, "closed the connection"},
		{"silence", {{NULL, "* OK\r\n", 0, 0}, {"STARTTLS", "$ OK go\r\n", ACT_STALL, 0}}, 2, "no answer"},
		{"no TLS at all", {{NULL, "* OK\r\n", 0, 0}, {"STARTTLS", "$ OK go\r\n", 0, 0}, {"", "hello hello hello hello\r\n", 0, 0}}, 3, "TLS"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct scripted s = scripted_start(&(struct script){CASES[i].v, CASES[i].n, false}, 1, NULL);
		struct imap_login l = {.server = {.host = "localhost", .port = s.port, .tls = WIRE_STARTTLS, .timeout_ms = 500}, .user = "u", .password = "p"};
		struct err e = {0};
		assert_null(imap_open(&l, &e));
		scripted_end(&s);
		for (char *q = e.text; (q = strchr(q, '"')); q++)
			*q = '\'';
		if (!strstr(e.text, CASES[i].words) || strstr(s.log, "LOGIN"))
			fail_msg("%s: '%s'\n%s", CASES[i].name, e.text, s.log);
		free(s.log);
	}
}

static void smtp_starttls_is_defended(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct step v[4];
		size_t n;
		const char *words;
	} CASES[] = {
		{"injected text", {{NULL, "220 hi\r\n", 0, 0}, {"EHLO", "250-hi\r\n250 STARTTLS\r\n", 0, 0}, {"STARTTLS", "220 go\r\n250-AUTH PLAIN\r\n250 ok\r\n", 0, 0}}, 3, "tampering"},
		{"not offered", {{NULL, "220 hi\r\n", 0, 0}, {"EHLO", "250-hi\r\n250 AUTH PLAIN\r\n", 0, 0}}, 2, "offers no STARTTLS"},
		{"refused", {{NULL, "220 hi\r\n", 0, 0}, {"EHLO", "250-hi\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", 0, 0}, {"STARTTLS", "501 no\r\n", 0, 0}}, 3, "refuses STARTTLS"},
		{"closed", {{NULL, "220 hi\r\n", 0, 0}, {"EHLO", "250-hi\r\n250 STARTTLS\r\n", 0, 0}, {"STARTTLS", "220 go\r\n", ACT_CLOSE, 0}}, 3, "TLS"},
		{"silence", {{NULL, "220 hi\r\n", 0, 0}, {"EHLO", "250-hi\r\n250 STARTTLS\r\n", 0, 0}, {"STARTTLS", "220 go\r\n", ACT_STALL, 0}}, 3, "in time"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct scripted s = scripted_start(&(struct script){CASES[i].v, CASES[i].n, false}, 1, NULL);
		struct smtp_login l = {.server = {.host = "localhost", .port = s.port, .tls = WIRE_STARTTLS, .timeout_ms = 500}, .user = "u", .password = "p", .helo = "x"};
		struct smtp *c = smtp_new(&l);
		struct err e = {0};
		bool done = false;
		assert_int_equal(smtp_send(c, "a@uni.example", "b@uni.example", two_lines, &done, &e), SMTP_ACCOUNT);
		smtp_free(c);
		scripted_end(&s);
		if (!strstr(e.text, CASES[i].words) || strstr(s.log, "\nAUTH") || strstr(s.log, "\nMAIL"))
			fail_msg("%s: '%s'\n%s", CASES[i].name, e.text, s.log);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates),
		cmocka_unit_test(starttls_is_defended),
		cmocka_unit_test(smtp_starttls_is_defended),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
