/* attachment: what an attached file really is, and whether staff are to be warned of it, by its first bytes and its names.
 *
 * A table of signatures, not a scanner: what it does not know has no real type and is harmless. Linear in the bytes it is given. */
#ifndef MAIL_ATTACHMENT_H
#define MAIL_ATTACHMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/mail.h"

struct _GMimePart;

enum { ATTACHMENT_HEAD = 36 << 10, ATTACHMENT_MOST = 1 << 20 }; /* decoded bytes looked at: of any file; of archives and office files */

/* Sets real and danger of an attachment whose name and type are set. The part may be NULL: it has no bytes of its own. */
void attachment_look(struct attachment *a, struct _GMimePart *part);

/* The media type by the first n bytes (static), or NULL. An archive or an office file wants up to ATTACHMENT_MOST of them. */
const char *attachment_real(const char *s, size_t n);
bool attachment_has_macros(const char *s, size_t n);          /* an office file, by its content */
enum attachment_danger attachment_by_name(const char *name);  /* by its last extension */
enum attachment_danger attachment_worse(enum attachment_danger a, enum attachment_danger b);

const char *attachment_danger_name(enum attachment_danger d); /* "program", "macros", "winmail"; NULL for a harmless one */
bool attachment_danger_by_name(const char *name, enum attachment_danger *out);

#endif
