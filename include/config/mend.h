/* mend: the state of source_mend() on its way through a text, and what its files share. */
#ifndef CONFIG_MEND_H
#define CONFIG_MEND_H

#include "config/source.h"

enum { MEND_DEPTH = 24 };

/* What may come next in a group (or at the top): a key, its '=', its value, or what ends a value. In a list: the last two. */
enum mend_state { KEY, EQUALS, VALUE, AFTER };

struct known_key {
	const char *name; /* in the text */
	size_t n;
	unsigned line;
};

struct frame {
	char open; /* '{', '(' or '['; '\0' for the top */
	unsigned line;
	enum mend_state state;
	bool after_string;   /* AFTER: the value was a string, and another may be glued to it */
	bool key_at_margin;  /* a key of it stood in the first column */
	struct known_key *keys;
	size_t n_keys;
};

struct pen {
	struct source *s;
	const char *start, *p, *end;
	unsigned line;
	struct buf out;
	struct frame stack[MEND_DEPTH + 1];
	size_t depth;
	const char *key;       /* the last key, in the text */
	size_t key_n, key_at;  /* and where it was written */
	unsigned key_line;
	size_t comma_at;       /* of a list: where the last comma was written, while nothing followed */
	bool has_comma;
	bool guess;            /* an unindented key closes what was left open */
	bool gave_up;
	unsigned missing;      /* line of a bracket that is still open at the end; 0: none */
};

struct frame *mend_top(struct pen *m);
bool mend_in_group(const struct frame *f);

/* --- what is wrong (mend_text.c) --- */

/* Says nothing on a line of which it was said that it is not understood: what follows would only confuse. */
void mend_fault(struct pen *m, unsigned line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void mend_not_understood(struct pen *m, unsigned line); /* what stands on this line is a guess from now on */
void mend_give_up(struct pen *m);                       /* the rest is not looked at */

/* --- reading and writing (mend_text.c) --- */

void mend_skip(struct pen *m);                              /* white space and comments, keeping the lines */
char mend_peek(const struct pen *m, const char *p);         /* the next character that is neither, without going there; NUL: none */
size_t mend_name_length(const char *p, const char *end);    /* of what can be a key; 0: none */
size_t mend_run_length(const struct pen *m);                /* of what stands without a break at m->p */
bool mend_key_follows(const struct pen *m, const char *p);  /* a key and its '=' */
bool mend_is_word(const char *s, size_t n, const char *word); /* in any case */
void mend_put(struct pen *m, const char *s, size_t n);
void mend_wipe_from(struct pen *m, size_t at);              /* what was written, but for the line ends */

/* --- values (mend_values.c): what stands at m->p --- */

void mend_string(struct pen *m); /* begins with '"' */
void mend_bare(struct pen *m);   /* without quotes: a number, true, false, or what should have been a string */

#endif
