/* A structural proof that one condition implies another. It need not find all that is so, but what it finds must be so: a rule
 * that can be reached is never refused. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/strs.h"
#include "config/rules.h"

static bool all_of(const struct cond *c)
{
	return c->kind == COND_ALL;
}

/* --- patterns --- */

static bool is_expression(const char *s)
{
	size_t n = strlen(s);
	return n >= 3 && s[0] == '/' && s[n - 1] == '/';
}

/* Word characters, '*' and single spaces: nothing that could match otherwise than word by word. */
static bool plain_words(const char *folded)
{
	size_t n = strlen(folded), k;
	for (size_t i = 0; i < n; i += k) {
		uint32_t c = utf8_next(folded + i, n - i, &k);
		if (c != '*' && c != ' ' && !char_is_word(c))
			return false;
	}
	return true;
}

/* `wide` is one word, with '*' or without, that is found wherever one of the words of `narrow` is. A '*' of `narrow` can only be
 * matched by one of `wide`, which then takes whatever it stands for as well. */
static bool word_within(const char *narrow, const char *wide)
{
	if (strchr(wide, ' ') || !plain_words(narrow) || !plain_words(wide))
		return false;
	char *copy = mem_dup(narrow), *save = NULL;
	bool found = false;
	for (char *w = strtok_r(copy, " ", &save); w && !found; w = strtok_r(NULL, " ", &save))
		found = str_glob(wide, w);
	free(copy);
	return found;
}

/* One word of ASCII: nearly all of most configs, and equal after folding when equal but for case. */
static bool simple(const char *s)
{
	for (; *s; s++)
		if (*s != '*' && ((unsigned char)*s >= 0x80 || !char_is_word((unsigned char)*s)))
			return false;
	return true;
}

static bool words_imply(const char *a, const char *b)
{
	bool ascii = (unsigned char)*a < 0x80 && (unsigned char)*b < 0x80;
	if (ascii && *b != '*' && *a != '*' && (*a | 32) != (*b | 32) && !strchr(a, ' '))
		return false; /* most pairs of most configs */
	if (simple(a) && simple(b))
		return str_glob(b, a);
	char *x = fold_text(a, strlen(a)), *y = fold_text(b, strlen(b));
	bool yes = strcmp(x, y) == 0 || word_within(x, y);
	free(x);
	free(y);
	return yes;
}

/* What pattern `a` finds, `b` finds too. */
static bool pattern_implies(const char *a, const char *b, bool of_address)
{
	if (is_expression(a) || is_expression(b))
		return strcmp(a, b) == 0;
	return of_address ? str_glob(b, a) : words_imply(a, b);
}

static bool patterns_imply(const struct cond *a, const struct cond *b)
{
	bool of_address = a->kind == COND_FROM || a->kind == COND_TO;
	for (size_t i = 0; i < a->n_patterns; i++) {
		bool found = false;
		for (size_t j = 0; j < b->n_patterns && !found; j++)
			found = pattern_implies(pattern_source(a->patterns[i]), pattern_source(b->patterns[j]), of_address);
		if (!found)
			return false;
	}
	return a->n_patterns > 0;
}

/* --- one condition --- */

static bool subset(const struct strs *a, const struct strs *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!strs_has(b, a->v[i]))
			return false;
	return true;
}

static bool disjoint(const struct strs *a, const struct strs *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (strs_has(b, a->v[i]))
			return false;
	return true;
}

static bool leaf_implies(const struct cond *a, const struct cond *b)
{
	if (a->kind == COND_ATTACHMENT && b->kind == COND_HAS_ATTACHMENT)
		return b->flag;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case COND_HEADER: return a->header && b->header && strcasecmp(a->header, b->header) == 0 && patterns_imply(a, b);
	case COND_FROM: case COND_TO: case COND_SUBJECT: case COND_BODY: case COND_ATTACHMENT: return patterns_imply(a, b);
	case COND_TOPIC: case COND_LANG: case COND_KIND: return subset(&a->words, &b->words);
	case COND_INTERNAL: case COND_HAS_ATTACHMENT: return a->flag == b->flag;
	case COND_ALL: case COND_ANY: case COND_NOT: return false;
	}
	return false;
}

static bool leaf_excludes(const struct cond *a, const struct cond *b)
{
	if (a->kind == COND_ATTACHMENT && b->kind == COND_HAS_ATTACHMENT)
		return !b->flag;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case COND_TOPIC: case COND_LANG: case COND_KIND: return disjoint(&a->words, &b->words);
	case COND_INTERNAL: case COND_HAS_ATTACHMENT: return a->flag != b->flag;
	default: return false;
	}
}

static bool is_leaf(const struct cond *c)
{
	return c->kind != COND_ALL && c->kind != COND_ANY && c->kind != COND_NOT;
}

/* --- the whole --- */

static bool each_implies(const struct cond *c, const struct cond *b)
{
	for (size_t i = 0; i < c->n_sub; i++)
		if (!cond_implies(&c->sub[i], b))
			return false;
	return c->n_sub > 0;
}

static bool some_implies(const struct cond *c, const struct cond *b)
{
	for (size_t i = 0; i < c->n_sub; i++)
		if (cond_implies(&c->sub[i], b))
			return true;
	return false;
}

bool cond_implies(const struct cond *a, const struct cond *b)
{
	if (all_of(b)) {
		for (size_t i = 0; i < b->n_sub; i++)
			if (!cond_implies(a, &b->sub[i]))
				return false;
		return true;
	}
	if (a->kind == COND_ANY)
		return each_implies(a, b);
	if (b->kind == COND_ANY)
		for (size_t i = 0; i < b->n_sub; i++)
			if (cond_implies(a, &b->sub[i]))
				return true;
	if (all_of(a))
		return some_implies(a, b);
	if (b->kind == COND_NOT && b->n_sub == 1)
		return (a->kind == COND_NOT && a->n_sub == 1 && cond_implies(&b->sub[0], &a->sub[0])) || cond_excludes(a, &b->sub[0]);
	return is_leaf(a) && is_leaf(b) && leaf_implies(a, b);
}

bool cond_excludes(const struct cond *a, const struct cond *b)
{
	if (is_leaf(a) && is_leaf(b))
		return leaf_excludes(a, b) || leaf_excludes(b, a);
	if (b->kind == COND_NOT && b->n_sub == 1 && cond_implies(a, &b->sub[0]))
		return true;
	if (a->kind == COND_NOT && a->n_sub == 1 && cond_implies(b, &a->sub[0]))
		return true;
	const struct cond *whole = is_leaf(a) || (a->kind == COND_NOT && !is_leaf(b)) ? b : a, *other = whole == a ? b : a;
	if (whole->kind == COND_NOT)
		return false;
	for (size_t i = 0; i < whole->n_sub; i++) {
		bool out = cond_excludes(&whole->sub[i], other);
		if (whole->kind == COND_ALL && out)
			return true;
		if (whole->kind == COND_ANY && !out)
			return false;
	}
	return whole->kind == COND_ANY && whole->n_sub > 0;
}
