/* faults: what is wrong, collected in any order and handed out in that of the files. */
#ifndef CONFIG_FAULTS_H
#define CONFIG_FAULTS_H

#include <stddef.h>

#include "config/config.h"

struct faults {
	struct problem *v;
	size_t *order; /* place in the text as a whole; the same place keeps the order of finding */
	size_t n;
	size_t more;   /* left out: garbage would fill the screen */
};

/* Takes `message`, copies `file`. */
void faults_add(struct faults *f, size_t order, const char *file, unsigned line, char *message);
/* Moves all to `out` in order, one of each; f is empty afterwards. */
void faults_take(struct faults *f, struct problems *out);
void faults_free(struct faults *f);

#endif
