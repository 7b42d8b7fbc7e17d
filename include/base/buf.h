/* buf: growable bytes. `s` is NUL-terminated after `n` bytes once anything was added (and NULL before); bytes may hold NULs.
 * Start with `struct buf b = {0}`; end with buf_free(), or take the bytes with buf_take(). */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
	char *s;
	size_t n, cap;
};

void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_reserve(struct buf *b, size_t more); /* room for `more` further bytes without another allocation */
void buf_cut(struct buf *b, size_t n);        /* keeps the first n bytes */
void buf_clear(struct buf *b);                /* keeps the memory */
char *buf_take(struct buf *b);                /* the caller frees; never NULL; b is empty afterwards */
void buf_free(struct buf *b);

static inline void buf_addc(struct buf *b, char c) /* here, because it is called for every byte of some texts */
{
	if (!b->s || b->cap - b->n < 2)
		buf_reserve(b, 1);
	b->s[b->n++] = c;
	b->s[b->n] = '\0';
}

#endif
