#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void buf_reserve(struct buf *b, size_t more)
{
	if (b->cap > b->n && b->cap - b->n > more)
		return;
	size_t want;
	if (__builtin_add_overflow(b->n, more, &want) || want == SIZE_MAX)
		want = SIZE_MAX; /* mem_resize() ends the process */
	else
		want += 1;
	size_t half = b->cap + b->cap / 2;
	b->cap = want > half ? want : half;
	if (b->cap < 64)
		b->cap = 64;
	b->s = mem_resize(b->s, b->cap, 1);
	b->s[b->n] = '\0'; /* buf_take() of nothing added is still a string */
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	buf_reserve(b, n);
	if (n)
		memcpy(b->s + b->n, p, n);
	b->n += n;
	b->s[b->n] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		buf_reserve(b, (size_t)n);
		vsnprintf(b->s + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void buf_cut(struct buf *b, size_t n)
{
	if (n >= b->n)
		return;
	b->n = n;
	b->s[n] = '\0';
}

void buf_clear(struct buf *b)
{
	buf_cut(b, 0);
}

char *buf_take(struct buf *b)
{
	char *s = b->s ? b->s : mem_dupn("", 0);
	*b = (struct buf){0};
	return s;
}

void buf_free(struct buf *b)
{
	free(b->s);
	*b = (struct buf){0};
}
