/* compose_parts: what compose.c and compose_answer.c share. */
#ifndef MAIL_COMPOSE_PARTS_H
#define MAIL_COMPOSE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "mail/compose.h"

void compose_span(struct composed *c, bool raw, uint64_t offset, uint64_t length);
void compose_end_bytes(struct composed *c); /* all of c->bytes that no span has named yet becomes one */

bool compose_check(const struct outgoing *o, struct err *e);
void compose_header(struct buf *b, const struct outgoing *o); /* everything but MIME's fields */

struct compose_part {
	const char *type; /* "text/plain; charset=utf-8" */
	const char *head; /* further fields with their line ends, or "" */
	const char *text;
	bool in_multipart;
};

/* The fields, the blank line, and the encoded text. A part of a multipart ends where its text ends: the line end before the
 * boundary belongs to the boundary (RFC 2046 §5.1.1). */
void compose_part(struct buf *b, const struct compose_part *p);

char *compose_lf(const char *s);                           /* CR LF to LF; the caller frees */
char *compose_language(const struct outgoing *o);          /* a field, or "" */
/* That occurs in none of our parts, and in no mail that was written before. `level`: a letter, for those of one mail. */
char *compose_boundary(const struct outgoing *o, const char *text, char level);

#endif
