#include "base/strs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

void strs_own(struct strs *l, char *s)
{
	if ((l->n & (l->n - 1)) == 0) /* grow at powers of two */
		l->v = mem_resize(l->v, l->n ? l->n * 2 : 1, sizeof *l->v);
	l->v[l->n++] = s;
}

void strs_add(struct strs *l, const char *s)
{
	strs_own(l, mem_dup(s));
}

bool strs_has(const struct strs *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

bool strs_has_case(const struct strs *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcasecmp(l->v[i], s) == 0)
			return true;
	return false;
}

void strs_free(struct strs *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct strs){0};
}

enum { NEAREST_MAX = 63 };

/* Optimal string alignment: insert, delete, replace, swap of neighbours. */
static unsigned distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	if (n > NEAREST_MAX || m > NEAREST_MAX)
		return NEAREST_MAX;
	unsigned char d[NEAREST_MAX + 1][NEAREST_MAX + 1];
	for (size_t i = 0; i <= n; i++)
		d[i][0] = (unsigned char)i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			unsigned cost = a[i - 1] != b[j - 1];
			unsigned best = d[i - 1][j - 1] + cost;
			if (d[i - 1][j] + 1u < best)
				best = d[i - 1][j] + 1u;
			if (d[i][j - 1] + 1u < best)
				best = d[i][j - 1] + 1u;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1u < best)
				best = d[i - 2][j - 2] + 1u;
			d[i][j] = (unsigned char)best;
		}
	return d[n][m];
}

const char *str_nearest(const char *s, const char *const *known, size_t n)
{
	const char *found = NULL;
	unsigned best = (unsigned)(strlen(s) + 2) / 3 + 1;
	for (size_t i = 0; i < n; i++) {
		unsigned d = distance(s, known[i]);
		if (d < best) {
			best = d;
			found = known[i];
		}
	}
	return found;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends_case(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);
	return n >= m && strcasecmp(s + n - m, suffix) == 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_glob(const char *p, const char *s)
{
	const char *star = NULL, *from = NULL;
	while (*s) {
		if (*p == '*') {
			star = p++;
			from = s;
		} else if (lower(*p) == lower(*s)) {
			p++;
			s++;
		} else if (star) {
			p = star + 1;
			s = ++from;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}
