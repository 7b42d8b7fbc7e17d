/* strs: a list of owned strings, and the few questions about strings that C leaves out. */
#ifndef BASE_STRS_H
#define BASE_STRS_H

#include <stdbool.h>
#include <stddef.h>

struct strs {
	char **v;
	size_t n;
};

void strs_add(struct strs *l, const char *s);        /* copies */
void strs_own(struct strs *l, char *s);              /* takes s */
bool strs_has(const struct strs *l, const char *s);  /* exact bytes */
bool strs_has_case(const struct strs *l, const char *s); /* ASCII case ignored, as for domain names */
void strs_free(struct strs *l);

/* The known word nearest to s (Damerau-Levenshtein distance at most a third of its length), or NULL. Borrowed from `known`. */
const char *str_nearest(const char *s, const char *const *known, size_t n);
bool str_starts(const char *s, const char *prefix);
bool str_ends_case(const char *s, const char *suffix); /* ASCII case ignored */
/* '*' stands for any run of characters; ASCII case ignored. Linear in practice, quadratic at worst, never recursive. */
bool str_glob(const char *pattern, const char *s);

#endif
