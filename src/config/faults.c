#include "config/faults.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"

enum { FAULTS_MAX = 300 };

static bool said(const struct faults *f, const char *file, unsigned line, const char *message)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].line == line && strcmp(f->v[i].message, message) == 0 && strcmp(f->v[i].file, file) == 0)
			return true;
	return false;
}

/* What is quoted from a file goes to a terminal and into JSON: no control characters, nothing but UTF-8. */
static char *harmless(char *message)
{
	size_t n = strlen(message), k;
	struct buf b = {0};
	for (size_t i = 0; i < n; i += k) {
		uint32_t c = utf8_next(message + i, n - i, &k);
		bool control = c < ' ' || (c >= 0x7F && c < 0xA0) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
		if (control || (c == 0xFFFD && k == 1))
			buf_addc(&b, '?');
		else
			buf_add(&b, message + i, k);
	}
	free(message);
	return buf_take(&b);
}

void faults_add(struct faults *f, size_t order, const char *file, unsigned line, char *message)
{
	bool full = f->n == FAULTS_MAX;
	message = harmless(message);
	if (full || said(f, file, line, message)) {
		f->more += full;
		free(message);
		return;
	}
	f->v = mem_resize(f->v, f->n + 1, sizeof *f->v);
	f->order = mem_resize(f->order, f->n + 1, sizeof *f->order);
	size_t at = f->n;
	while (at > 0 && f->order[at - 1] > order)
		at--;
	memmove(f->v + at + 1, f->v + at, (f->n - at) * sizeof *f->v);
	memmove(f->order + at + 1, f->order + at, (f->n - at) * sizeof *f->order);
	f->v[at] = (struct problem){.file = mem_dup(file), .line = line, .message = message};
	f->order[at] = order;
	f->n++;
}

void faults_take(struct faults *f, struct problems *out)
{
	if (f->more) {
		f->v = mem_resize(f->v, f->n + 1, sizeof *f->v);
		f->v[f->n++] = (struct problem){mem_dup(f->v[0].file), 0, mem_fmt("and %zu more, to be shown when these are mended", f->more)};
	}
	*out = (struct problems){.v = f->v, .n = f->n};
	free(f->order);
	*f = (struct faults){0};
}

void faults_free(struct faults *f)
{
	struct problems p;
	faults_take(f, &p);
	problems_free(&p);
}
