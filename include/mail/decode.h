/* decode: the transfer encodings of a part's body (RFC 2045 §6.7, §6.8), from memory, as GMime reads them: what does not belong there is
 * passed over, and a broken escape stays as it is. */
#ifndef MAIL_DECODE_H
#define MAIL_DECODE_H

#include <stddef.h>

#include "base/buf.h"

/* Adds what s holds, decoded, but no more than `most` bytes and a few. */
void decode_base64(const char *s, size_t n, size_t most, struct buf *out);
void decode_quoted(const char *s, size_t n, size_t most, struct buf *out);
/* How many bytes that would be, without decoding. */
size_t decoded_base64(const char *s, size_t n);
size_t decoded_quoted(const char *s, size_t n);

#endif
