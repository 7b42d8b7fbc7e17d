/* mem: memory that is there or the process is not. Out of memory ends the process with a line on stderr (exit 75):
 * every process of Ingång may die at any instant and is started again; the store says what is left to do. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t n) __attribute__((malloc, returns_nonnull));            /* zeroed */
void *mem_array(size_t n, size_t size) __attribute__((malloc, returns_nonnull)); /* zeroed; overflow of n * size ends the process too */
void *mem_resize(void *p, size_t n, size_t size) __attribute__((returns_nonnull)); /* grown part is not zeroed */
char *mem_dup(const char *s) __attribute__((malloc));                           /* NULL stays NULL */
char *mem_dupn(const char *s, size_t n) __attribute__((malloc, returns_nonnull)); /* n bytes and a NUL */
char *mem_fmt(const char *fmt, ...) __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

#endif
