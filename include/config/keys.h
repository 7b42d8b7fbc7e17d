/* keys: the groups of the config as tables of keys. From one table come the reading, the type checks, the unknown keys with the
 * nearest known one, and the missing ones. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/source.h"
#include "config/tree.h"

struct reader {
	struct config *c;
	struct source *source;
	const struct node *root;
	bool check_files;
	char *dir;       /* the config's folder, absolute where it exists; no slash at its end */
	char where[120]; /* "'office'", "rule 'exchange-in'"; "" at the top */
	unsigned depth;  /* of conditions within conditions */
};

enum want { WANT_TEXT, WANT_TEXTS, WANT_FLAG, WANT_NUMBER, WANT_COUNT, WANT_GROUP, WANT_LIST, WANT_ANY, WANT_NOTHING };

struct key {
	const char *name;
	enum want want;
	bool required;
	const char *help;  /* required: an example; WANT_NOTHING: what to do instead */
	size_t at, width;  /* place in the struct that is filled; width 0: nothing is stored */
	double min, max;   /* WANT_NUMBER, WANT_COUNT */
	/* Called with the struct after the value was stored; not when it is no value for this key (of a list of strings: for any of
	 * its elements, those that are none have been reported and are to be passed over, see texts_at()). */
	void (*then)(struct reader *r, const struct node *n, void *to);
};

#define KEY_AT(type, field) offsetof(type, field), sizeof(((type *)0)->field)

/* Fills `to` from the group, in the order of the table. */
void keys_read(struct reader *r, const struct node *group, const struct key *keys, size_t n, void *to);

/* A fault at a node; kept to itself on a line whose syntax was already found wrong. */
void reader_fault(struct reader *r, const struct node *n, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Sets r->where. */
void reader_where(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* ": did you mean 'x'?", or ": known are a, b", or "". The caller frees. */
char *did_you_mean(const char *word, const char *const *known, size_t n);

/* A string that is not empty, fits a line and has no control characters; else it is reported. */
bool text_ok(struct reader *r, const struct node *n, const char *name);

/* A key that takes one string or a list of them. */
void texts_read(struct reader *r, const struct node *n, const char *name, struct strs *to); /* reports what is none; to may be NULL */
size_t texts_count(const struct node *n);
const struct node *texts_at(const struct node *n, size_t i); /* NULL: that element is no string, or not text_ok() */

#endif
