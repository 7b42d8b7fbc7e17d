/* temp_dir: a folder of a test's own, and its end. */
#ifndef TESTS_BASE_TEMP_DIR_H
#define TESTS_BASE_TEMP_DIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"

static inline char *temp_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = mem_fmt("%s/ingang-test.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		abort();
	}
	return dir;
}

static inline int temp_dir_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void temp_dir_remove(char *dir)
{
	nftw(dir, temp_dir_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

/* The path of a file that holds `n` bytes, with that mode whatever the umask. The caller frees. */
static inline char *temp_file(const char *dir, const char *name, const void *bytes, size_t n, mode_t mode)
{
	char *path = mem_fmt("%s/%s", dir, name);
	remove(path); /* one that is there may be read-only */
	FILE *f = fopen(path, "we");
	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0 || chmod(path, mode) != 0) {
		perror(path);
		abort();
	}
	return path;
}

#endif
