#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static void out_of_memory(void) __attribute__((noreturn));
static void out_of_memory(void)
{
	static const char line[] = "error event=out-of-memory: the process ends and is started again; raise its memory limit if this repeats\n";
	ssize_t done = write(STDERR_FILENO, line, sizeof line - 1);
	(void)done;
	_exit(EX_TEMPFAIL);
}

void *mem_alloc(size_t n)
{
	return mem_array(1, n);
}

void *mem_array(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *mem_resize(void *p, size_t n, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(n, size, &total))
		out_of_memory();
	p = realloc(p, total ? total : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *mem_dup(const char *s)
{
	return s ? mem_dupn(s, strlen(s)) : NULL;
}

char *mem_dupn(const char *s, size_t n)
{
	if (n == SIZE_MAX)
		out_of_memory();
	char *p = mem_alloc(n + 1);
	if (n)
		memcpy(p, s, n);
	return p;
}

char *mem_fmt(const char *fmt, ...)
{
	char *p = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n < 0 || !p)
		out_of_memory();
	return p;
}
