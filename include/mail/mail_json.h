/* mail_json: a mail as JSON, for `ingangctl parse --json` and for the pipe from the reader.
 *
 * mail_from_wire() reads what a reader process wrote as if an enemy had written it: types, ranges, sizes, UTF-8, and that every
 * carried byte range lies inside the raw mail. */
#ifndef MAIL_MAIL_JSON_H
#define MAIL_MAIL_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "mail/mail.h"

void mail_write_json(const struct mail *m, struct buf *out); /* the keys of the contract, and kind_why, bounce, encrypted, reply_to */
void mail_write_wire(const struct mail *m, struct buf *out); /* the same with header fields and carry steps */
json_t *mail_to_json(const struct mail *m); /* what those two write, as objects: many times slower */
json_t *mail_to_wire(const struct mail *m);
bool mail_from_wire(const json_t *j, uint64_t raw_bytes, struct mail *out, struct err *e); /* false: out is empty */

#endif
