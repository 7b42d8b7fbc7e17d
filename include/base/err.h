/* err: a failure as a value: what kind, and in words what was tried, on what, and why it failed.
 *
 * A function that can fail takes a `struct err *` (never NULL), returns false (or NULL), and has filled it in.
 * Texts are lower case without a full stop, name the thing in quotes, and end with what to do where that is known.
 * Each layer may put what only it knows in front with err_in(); the top logs once. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err_kind {
	ERR_NONE = 0,
	ERR_TEMPORARY, /* may go well later: network, lock, disk full */
	ERR_REFUSED,   /* the other side said no, and will again */
	ERR_INPUT,     /* what we were given is wrong */
	ERR_CONFIG,    /* an admin has to change something */
	ERR_BUG        /* cannot happen */
};

struct err {
	enum err_kind kind;
	char text[512];
};

/* Fills *e, cutting an over-long text at a character boundary; always returns false, so that one can `return err_set(…)`. */
bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Puts "fmt: " in front of the text that is there; always returns false. */
bool err_in(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
