/* spell: what people type, made comparable more generously than base/fold.h: "Måndag", "mandag" and "MÅNDAG" are one word, and dashes are dashes. */
#ifndef DESK_SPELL_H
#define DESK_SPELL_H

#include <stdbool.h>
#include <stddef.h>

/* Folded (composed or decomposed alike), å ä á à → a, ö ø ó → o, é è ë → e, ü ú → u, all dashes '-', all apostrophes '\''; other letters stay. The
 * caller frees. */
char *spell_plain(const char *s, size_t n);
/* The letters and digits alone: "Slå-ihop:" is "slaihop". The caller frees. */
char *spell_compact(const char *s, size_t n);
/* spell_compact() of `written` is `compact`, found out without memory: written must be composed and in lower case, as in our tables. */
bool spell_is(const char *compact, const char *written, size_t n);

#endif
