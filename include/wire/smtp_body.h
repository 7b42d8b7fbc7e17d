/* smtp_body: a mail's bytes on their way out, with CRLF as the only line end (RFC 5321 §2.3.8): a bare CR or LF becomes CRLF, and the
 * last line is ended. So "LF . LF" can end no mail early, whatever the receiver takes for a line end (SMTP smuggling). */
#ifndef WIRE_SMTP_BODY_H
#define WIRE_SMTP_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/smtp.h"

struct smtp_body {
	smtp_read_fn *read;
	void *ctx;
	char in[16384];
	size_t at, n;
	bool cr;    /* a CR was written whose LF is due */
	bool open;  /* the last line has no end yet */
	bool ended, failed; /* all was given out; the source could not be read */
	bool begun;
};

void smtp_body_start(struct smtp_body *b, smtp_read_fn *read, void *ctx);
/* Fills at most n (>= 2) bytes; 0 at the end, -1 when the source fails. */
long smtp_body_next(struct smtp_body *b, char *out, size_t n);

#endif
