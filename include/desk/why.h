/* why: the reasons of a routing in words that a person understands, in English (the log, the ticket's history) or in the language of staff. */
#ifndef DESK_WHY_H
#define DESK_WHY_H

#include "config/config.h"
#include "desk/route.h"

/* "rule 'nominations'", or "nominering* in the subject, utbyte in the text", or why nobody could be chosen; one line; the caller frees.
 * lang: "sv", else English is written. */
char *routing_why(const struct config *c, const struct routing *r, const char *lang);

#endif
