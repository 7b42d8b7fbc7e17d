/* source: the text of a config and of all it includes, made ready for libconfig 1.5.
 *
 * libconfig stops at its first error, cuts integers at 32 bits, glues two strings together where a comma was forgotten, and
 * looks for included files in one folder only. So the files are read here line by line, with a note where each line came from;
 * what is wrong is reported, and mended as far as one can tell what was meant, so that the rest is checked in the same run.
 * Lines of the whole text are counted from 1; 0 stands for the config as a whole. */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strs.h"
#include "config/faults.h"

/* The name given to a key that stands a second time in its group, or was never given: libconfig needs one. */
#define SOURCE_NONAME "*noname*"

struct source_line {
	size_t file; /* index into `files` */
	unsigned line;
	bool faulty; /* something was said about its syntax; what it seems to hold is not judged */
};

struct source {
	struct strs files; /* as an admin would name them; [0] is the config itself */
	struct buf text;
	struct source_line *lines;
	size_t n_lines;
	struct faults *faults; /* borrowed */
	bool broken;           /* a part of the text was not understood: a group that is missing may be there */
	bool cut;              /* libconfig stopped on the way: so may the keys of any group */
};

/* Reads `path` and what it includes, relative to the folder of `path`. False: the file itself could not be read. */
bool source_read(struct source *s, const char *path, struct faults *faults);
/* Mends what libconfig would stumble over, and reports it (source_mend.c). */
void source_mend(struct source *s);
void source_free(struct source *s);

/* Adds a fault at a line of the whole text. */
void source_fault(struct source *s, unsigned line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "on line 12", or "at topics.conf:12" when that line is in another file than `seen_from`. The caller frees. */
char *source_place(const struct source *s, unsigned line, unsigned seen_from);

#endif
