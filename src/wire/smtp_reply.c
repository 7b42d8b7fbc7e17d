#include "wire/smtp_reply.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *verb;
	enum smtp_stage stage;
} VERBS[] = {
	{"EHLO", SMTP_AT_EHLO}, {"HELO", SMTP_AT_EHLO}, {"STARTTLS", SMTP_AT_STARTTLS}, {"AUTH", SMTP_AT_AUTH},
	{"MAIL", SMTP_AT_MAIL}, {"RCPT", SMTP_AT_RCPT}, {"DATA", SMTP_AT_DATA},
};

void smtp_sent_line(struct smtp_exchange *x, const char *line, size_t n)
{
	enum smtp_stage stage = x->stage; /* a line that is no command continues the AUTH */
	if (n >= 4 && !strncasecmp(line, "QUIT", 4))
		x->over = true;
	if (x->over)
		return;
	for (size_t i = 0; i < sizeof VERBS / sizeof *VERBS; i++) {
		size_t k = strlen(VERBS[i].verb);
		if (n >= k && !strncasecmp(line, VERBS[i].verb, k) && (n == k || !isalnum((unsigned char)line[k])))
			stage = VERBS[i].stage;
	}
	*x = (struct smtp_exchange){.stage = stage};
}

static void add_text(struct smtp_exchange *x, const char *s, size_t n)
{
	size_t at = strlen(x->text);
	if (at && at < sizeof x->text - 1)
		x->text[at++] = ' ';
	for (size_t i = 0; i < n && at < sizeof x->text - 1 && s[i] != '\r' && s[i] != '\n'; i++)
		x->text[at++] = (unsigned char)s[i] < ' ' || (unsigned char)s[i] >= 0x7f ? '?' : s[i] == '"' ? '\'' : s[i];
	x->text[at] = '\0';
}

bool smtp_reply_line(struct smtp_exchange *x, const char *line, size_t n)
{
	if (x->over || n < 3 || !isdigit((unsigned char)line[0]) || !isdigit((unsigned char)line[1]) || !isdigit((unsigned char)line[2]))
		return false;
	if (!x->more) {
		x->text[0] = '\0';
		x->code = 0;
		add_text(x, line, 3);
	}
	if (n > 4)
		add_text(x, line + 4, n - 4);
	x->more = n > 3 && line[3] == '-';
	if (x->more)
		return false;
	x->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
	if (x->stage == SMTP_AT_DATA && x->code == 354)
		*x = (struct smtp_exchange){.stage = SMTP_AT_TEXT};
	return true;
}

const char *smtp_stage_name(enum smtp_stage stage)
{
	static const char *const NAMES[] = {"the greeting",  "EHLO", "STARTTLS", "the login",          "the sender",
	                                    "the recipient", "DATA", "the text", "the end of the text"};
	return NAMES[stage];
}

/* Replies that are about the account or the server and not about this mail: RFC 4954 §6, RFC 5321 §3.8, and what large
 * providers say. */
static bool is_account(const struct smtp_exchange *x)
{
	static const struct {
		int code;              /* 0: any */
		const char *enhanced;  /* NULL: any */
		int stage;             /* -1: any */
	} KNOWN[] = {
		{421, NULL, -1},              /* shutting down */
		{454, NULL, -1}, {530, NULL, -1}, {534, NULL, -1}, {535, NULL, -1}, {538, NULL, -1}, /* log in first, or otherwise */
		{552, NULL, SMTP_AT_MAIL},    /* no size was named: the sender's quota */
		{0, "5.4.5 ", -1},            /* Gmail: daily limit reached */
		{0, "5.1.8 ", -1},            /* Exchange Online: this account is barred from sending */
		{0, "5.7.57 ", -1},           /* Exchange Online: not logged in */
	};
	for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
		if ((!KNOWN[i].code || KNOWN[i].code == x->code) && (KNOWN[i].stage < 0 || KNOWN[i].stage == (int)x->stage) &&
		    (!KNOWN[i].enhanced || !strncmp(x->text + 4, KNOWN[i].enhanced, strlen(KNOWN[i].enhanced))))
			return true;
	return false;
}

enum smtp_result smtp_judge(const struct smtp_exchange *x)
{
	if (x->stage < SMTP_AT_MAIL)
		return SMTP_ACCOUNT;
	if (!x->code)
		return x->stage == SMTP_AT_DOT ? SMTP_UNKNOWN : SMTP_DEFERRED;
	if (is_account(x))
		return SMTP_ACCOUNT;
	if (x->code >= 500)
		return SMTP_REFUSED;
	if (x->code >= 200 && x->code < 300 && x->stage == SMTP_AT_DOT)
		return SMTP_SENT; /* also 251, which libcurl takes for an error */
	/* anything else before the dot is out of step: the mail was not taken; after it nobody knows */
	return x->code >= 400 || x->stage != SMTP_AT_DOT ? SMTP_DEFERRED : SMTP_UNKNOWN;
}
