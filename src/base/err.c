#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fold.h"

static void cut_whole(char *text, size_t size)
{
	size_t n = strlen(text);
	if (n == size - 1)
		text[utf8_cut(text, n, n - 1)] = '\0';
}

bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	cut_whole(e->text, sizeof e->text);
	e->kind = kind;
	return false;
}

bool err_in(struct err *e, const char *fmt, ...)
{
	struct err whole = {.kind = e->kind};
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(whole.text, sizeof whole.text, fmt, ap);
	va_end(ap);
	size_t at = n < 0 ? 0 : strlen(whole.text), room = sizeof whole.text - 1 - at;
	if (room > 2) {
		memcpy(whole.text + at, ": ", 2);
		size_t k = strnlen(e->text, room - 2);
		memcpy(whole.text + at + 2, e->text, k);
		whole.text[at + 2 + k] = '\0';
	}
	cut_whole(whole.text, sizeof whole.text);
	*e = whole;
	return false;
}
