/* calendar: an invitation (iCalendar, RFC 5545 and 5546) in words, for a mail that says nothing else. */
#ifndef MAIL_CALENDAR_H
#define MAIL_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Adds the first event (or task) in s to out, as UTF-8: what it is, when, where, who, and its description. Times stay as they were written,
 * with their zone. The charset may be NULL. False, and nothing added, where there is none. Linear. */
bool calendar_words(const char *charset, const char *s, size_t n, struct buf *out);

#endif
