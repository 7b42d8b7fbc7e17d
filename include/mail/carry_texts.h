/* carry_texts: the texts of a mail that a block of ours goes into, decoded, and where exactly they lie in the raw mail.
 *
 * Of a multipart/mixed it is the first text, of multipart/related its root, of multipart/alternative one of each branch, so that the
 * block is there whichever the reader's program shows. */
#ifndef MAIL_CARRY_TEXTS_H
#define MAIL_CARRY_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "mail/mail.h"

struct _GMimeObject;

enum { CARRY_TEXTS = 4 }; /* alternatives of one mail; with more it is wrapped */

struct carry_text {
	size_t from, to;     /* the part in the raw mail: from the first byte of its header to the end of its content; both 0 with `top` */
	bool needs_line_end; /* it was empty and had lent its last line end to the boundary */
	bool html, flowed, delsp, top;
	char *text, *head;   /* as in struct carry_step */
	size_t insert;
};

struct carry_texts {
	struct carry_text v[CARRY_TEXTS];
	size_t n;
};

/* False: no text, or none that may be changed (signed, encrypted, too large, not decodable without loss, offsets that do not hold).
 * Free the result either way. */
bool carry_texts_find(struct _GMimeObject *root, const char *raw, size_t n, const struct mail_limits *limits, struct carry_texts *out);
void carry_texts_free(struct carry_texts *t);

/* Appends the Content-* fields of a part that stay when its type and encoding are written anew. */
void carry_fields(struct _GMimeObject *o, struct buf *out);

#endif
