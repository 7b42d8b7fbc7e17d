/* lessons: labelled mails read from a file, one JSON object a line: "topic" (null: triage), "second_topic", and of `ingangctl parse --json` the keys
 * "subject", "text", "reply_text"; "from" (the address), "attached_text", "attachments" (names). In the order of time. */
#ifndef CTL_LESSONS_H
#define CTL_LESSONS_H

#include "base/err.h"
#include "config/config.h"
#include "desk/learn.h"
#include "topic/model.h"

struct labelled {
	struct lessons *lessons;
	struct strs label, second; /* of each; "triage"; second "": none */
};

struct labelled *labelled_tickets(const struct config *c, const struct learn_set *s, struct err *e); /* NULL: e */
struct labelled *labelled_read(const struct config *c, const char *file, struct err *e); /* NULL: e */
void labelled_free(struct labelled *l);

#endif
