/* A temporary folder for configs and what they name. */
#ifndef TESTS_CONFIG_DIR_H
#define TESTS_CONFIG_DIR_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config.h"

static char dir[4096]; /* its real path */

static inline int dir_make(void **state)
{
	char made[] = "/tmp/ingang-config-XXXXXX";
	(void)state;
	return mkdtemp(made) && realpath(made, dir) ? 0 : -1;
}

static inline int dir_remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static inline int dir_remove(void **state)
{
	(void)state;
	return nftw(dir, dir_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a name in the folder; the caller frees. */
static inline char *dir_path(const char *name)
{
	return mem_fmt("%s/%s", dir, name);
}

/* Writes bytes, making the folders above. */
static inline void dir_put_bytes(const char *name, const void *bytes, size_t n, mode_t mode)
{
	char *path = dir_path(name);
	for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(path, 0755) != 0)
			assert_int_equal(errno, EEXIST);
		*p = '/';
	}
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	free(path);
}

static inline void dir_put(const char *name, const char *text)
{
	dir_put_bytes(name, text, strlen(text), 0644);
}

static inline void dir_put_secrets(void)
{
	dir_put_bytes("password", "secret\n", 7, 0600);
	dir_put_bytes("open-password", "secret\n", 7, 0644);
	dir_put_bytes("empty-password", "\n", 1, 0600);
}

/* `text` with every `from` made `to`; the caller frees. */
static inline char *replaced(const char *text, const char *from, const char *to)
{
	struct buf b = {0};
	for (const char *hit; (hit = strstr(text, from)) != NULL; text = hit + strlen(from)) {
		buf_add(&b, text, (size_t)(hit - text));
		buf_adds(&b, to);
	}
	buf_adds(&b, text);
	return buf_take(&b);
}

/* "file:line: message" for each, the folder's name left out of `file`. */
static inline char *problem_lines(const struct problems *p)
{
	struct buf b = {0};
	size_t n = strlen(dir);
	for (size_t i = 0; i < p->n; i++) {
		const char *file = p->v[i].file;
		if (strncmp(file, dir, n) == 0 && file[n] == '/')
			file += n + 1;
		buf_addf(&b, "%s:%u: %s\n", file, p->v[i].line, p->v[i].message);
	}
	return buf_take(&b);
}

/* Loads a config of the folder; its problems as lines in *lines (the caller frees). */
static inline struct config *dir_load(const char *name, bool check_files, char **lines)
{
	struct problems p = {0};
	char *path = dir_path(name);
	struct config *c = config_load(path, check_files, &p);
	if (c)
		assert_int_equal(p.n, 0);
	else
		assert_true(p.n > 0);
	*lines = problem_lines(&p);
	problems_free(&p);
	free(path);
	return c;
}

#endif
