/* smtp: mail submission (RFC 5321, RFC 6409) with libcurl over a kept connection: one recipient a transaction, so that one bad
 * address blocks no other. CRLF only: a bare CR or LF in what is sent becomes CRLF on the way (no smuggling); dots are stuffed.
 *
 * Text is sent as it is, 8-bit or not. Where the server offers 8BITMIME, MAIL says BODY=8BITMIME (RFC 6152), if it offers DSN
 * too (as Postfix and Exchange do) and the sender is ASCII: libcurl can be made to say it in no other way. Else the text goes as
 * it is all the same: every server in use takes 8-bit text, and a change on the way would break signatures and what is carried
 * on byte for byte. */
#ifndef WIRE_SMTP_H
#define WIRE_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/stream.h"

struct smtp;

struct smtp_login {
	struct wire_server server;
	const char *user, *password; /* NULL: no login */
	const char *token;           /* an OAuth2 access token instead of the password (XOAUTH2, OAUTHBEARER); NULL */
	const char *helo;            /* EHLO name; the domain of the office's address */
};

enum smtp_result {
	SMTP_SENT,     /* 250 after the dot was seen */
	SMTP_DEFERRED, /* 4xx for this mail or recipient, or the line broke before the dot: try later */
	SMTP_REFUSED,  /* 5xx for this mail or recipient: never */
	SMTP_UNKNOWN,  /* the line broke after the dot: it may have been sent (RFC 1047) */
	SMTP_ACCOUNT   /* connection, certificate, login, or quota: no fault of the mail; nothing can be sent now */
};

/* Reads the next bytes of the mail into out (at most n); 0 at its end, -1 when it cannot be read. */
typedef long smtp_read_fn(void *ctx, char *out, size_t n);

struct smtp *smtp_new(const struct smtp_login *login); /* copies; connects at the first mail */
void smtp_free(struct smtp *s);
void smtp_set_token(struct smtp *s, const char *token); /* of a login that has one: for the next login, on a connection of its own */
bool smtp_was_denied(const struct smtp *s);             /* the last mail was not begun, because the server refused the login itself */
/* envelope_from "" is the null reverse-path. Addresses must be address_ok() (mail/address.h) or the mail is SMTP_REFUSED.
 * Anything but SMTP_SENT fills *e: the server's words, and what to do where that is known. */
enum smtp_result smtp_send(struct smtp *s, const char *envelope_from, const char *recipient, smtp_read_fn *read, void *ctx, struct err *e);

#endif
