/* json_text: JSON written straight into a buffer. A tree of objects would cost more than the mail that it tells of.
 *
 * Commas come by themselves: what is put behind '{', '[' or a key needs none. The caller closes what it opens. */
#ifndef MAIL_JSON_TEXT_H
#define MAIL_JSON_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

void json_open(struct buf *out, char bracket); /* '{' or '[' */
void json_close(struct buf *out, char bracket);
void json_key(struct buf *out, const char *key); /* a plain name */
void json_put(struct buf *out, const char *s); /* a string, or null; bytes that are not UTF-8 become U+FFFD */
void json_put_number(struct buf *out, int64_t n);
void json_put_bool(struct buf *out, bool yes);

#endif
