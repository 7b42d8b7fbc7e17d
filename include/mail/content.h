/* content: what a part of a parsed mail holds, without its transfer encoding. */
#ifndef MAIL_CONTENT_H
#define MAIL_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct _GMimePart;

struct content {
	const char *s; /* n bytes, no NUL behind them: in the mail itself where there was nothing to decode, else in hold */
	size_t n;
	bool more;     /* than `most` */
	struct buf hold;
};

/* The first `most` bytes. Valid as long as the part. End with content_free(). */
void content_read(struct _GMimePart *part, size_t most, struct content *out);
void content_free(struct content *c);
/* A part of text in UTF-8 with its line ends as they are; the first `most` bytes of it. *more: there are more; *guessed: its character set was. */
void content_text(struct _GMimePart *part, bool html, size_t most, struct buf *out, bool *more, bool *guessed);
uint64_t content_size(struct _GMimePart *part); /* of all of it */

#endif
