/* place: where exactly a part of a parsed mail lies in its raw bytes: what GMime says of it, held against them.
 *
 * A range that this gives can be put between the boundaries of another multipart as it is: header, blank line, content. */
#ifndef MAIL_PLACE_H
#define MAIL_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct _GMimeObject;

struct place_nest { /* the multiparts around a part, the nearest first */
	const char *boundary;
	const struct place_nest *outer;
};

struct place {
	size_t from, to;     /* from the first byte of the header to the end of the content, without the line end that belongs to the boundary */
	bool needs_line_end; /* it is empty and had lent its last line end to the boundary */
};

/* A GMimePart inside of `in`. False: its place is in doubt. */
bool place_leaf(struct _GMimeObject *o, const char *raw, size_t n, const struct place_nest *in, struct place *out);
/* A GMimeMessagePart. Linear in its bytes. */
bool place_message(struct _GMimeObject *o, const char *raw, size_t n, const struct place_nest *in, struct place *out);

int64_t place_offset(struct _GMimeObject *o); /* of its header, by GMime's account; -1 unknown */

#endif
