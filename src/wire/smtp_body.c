#include "wire/smtp_body.h"

void smtp_body_start(struct smtp_body *b, smtp_read_fn *read, void *ctx)
{
	b->read = read;
	b->ctx = ctx;
	b->at = b->n = 0;
	b->cr = b->open = b->ended = b->failed = b->begun = false;
}

/* Is there a byte to look at? Reads on when needed. */
static bool more(struct smtp_body *b)
{
	if (b->at < b->n)
		return true;
	if (b->ended || b->failed)
		return false;
	long r = b->read(b->ctx, b->in, sizeof b->in);
	b->begun = true;
	b->at = 0;
	b->n = r > 0 ? (size_t)r : 0;
	b->failed = r < 0;
	b->ended = r == 0;
	return r > 0;
}

long smtp_body_next(struct smtp_body *b, char *out, size_t n)
{
	size_t k = 0;
	while (k + 2 <= n && more(b)) { /* one byte in gives two at most */
		char c = b->in[b->at];
		if (b->cr) { /* the LF that follows, or that should have */
			b->cr = false;
			out[k++] = '\n';
			b->at += c == '\n';
			continue;
		}
		b->at++;
		b->open = c != '\r' && c != '\n';
		if (c == '\r') {
			out[k++] = c;
			b->cr = true;
		} else if (c == '\n') {
			out[k++] = '\r';
			out[k++] = c;
		} else
			out[k++] = c;
	}
	if (b->failed)
		return -1;
	if (b->ended && k + 2 <= n && (b->cr || b->open)) {
		if (b->open)
			out[k++] = '\r';
		out[k++] = '\n';
		b->cr = b->open = false;
	}
	return (long)k;
}
