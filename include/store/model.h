/* model: what was learned from decided tickets, version by version; and these tickets.
 *
 * A ticket is decided when staff have moved it, marked it as spam, answered it or closed it. The versions are a cache: the tickets are kept, and
 * give the same model again. Writes only inside a transaction. */
#ifndef STORE_MODEL_H
#define STORE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/db.h"

struct model_row { /* the caller's: model_row_free() */
	int64_t id, made;
	int64_t upto;    /* the last row of `change` that it knows of */
	bool live;       /* in use */
	int64_t before;  /* what was in use until it was this one; 0: what the program was built with */
	int64_t lessons;
	char *figures;   /* JSON */
	char *verdict;   /* why it was put to use, or was not */
	int64_t bytes;   /* of the model; 0: thrown away, as there are newer ones */
};
void model_row_free(struct model_row *r); /* the contents */

enum { MODELS_KEPT = 5 }; /* of older ones the figures alone are kept */

bool model_add(struct db *d, const struct model_row *r, const struct buf *bytes, int64_t *id, struct err *e); /* not in use yet; id, live and before are not read */
typedef bool model_fn(void *ctx, const struct model_row *r); /* false ends the walk */
bool model_list(struct db *d, model_fn *fn, void *ctx, struct err *e); /* oldest first */
int model_get(struct db *d, int64_t id, struct model_row *out, struct err *e); /* 1 found, 0 none, -1 e */
bool model_bytes(struct db *d, int64_t id, struct buf *out, struct err *e); /* ERR_INPUT: there are none */
bool model_in_use(struct db *d, int64_t *id, struct err *e); /* 0: what the program was built with */
/* 0: what the program was built with. back: a way back, after which the next one leads further back. ERR_INPUT: it cannot be. */
bool model_use(struct db *d, int64_t id, bool back, struct err *e);
/* Tickets that were corrected since the last model was made; *upto: the last change that there is. */
bool model_corrections(struct db *d, int64_t *n, int64_t *upto, struct err *e);

struct decided { /* a ticket; borrowed during the callback */
	int64_t ticket, message;
	const char *topic;   /* NULL: triage's, or spam */
	const char *second;  /* that it has this topic too, a person has said; or NULL */
	int64_t when;        /* decided */
	int64_t received;
	bool corrected;      /* it had another topic, and was moved; or it is spam */
	const char *from, *subject, *text, *reply_text, *attached_text, *attachments /* names, a line each */;
};
typedef bool decided_fn(void *ctx, const struct decided *t);
bool decided_each(struct db *d, int64_t most, decided_fn *fn, void *ctx, struct err *e); /* the newest ones, oldest first */

#endif
