#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strs.h"

enum { SECRET_MAX = 64 * 1024 };

static bool read_all(int fd, const char *path, size_t max, struct buf *out, struct err *e)
{
	char part[16384];
	size_t got = 0;
	for (;;) {
		ssize_t k = read(fd, part, sizeof part);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_set(e, ERR_INPUT, "cannot read '%s': %s", path, strerror(errno));
		if (k == 0)
			return true;
		got += (size_t)k;
		if (got > max)
			return err_set(e, ERR_INPUT, "'%s' is larger than %zu bytes", path, max);
		buf_add(out, part, (size_t)k);
	}
}

bool file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_INPUT, "cannot open '%s': %s", path, strerror(errno));
	bool ok = read_all(fd, path, max, out, e);
	close(fd);
	return ok;
}

static char *secret_path(const char *path, struct err *e)
{
	if (!str_starts(path, "credential:"))
		return mem_dup(path);
	const char *name = path + strlen("credential:"), *dir = getenv("CREDENTIALS_DIRECTORY");
	if (!*name || strchr(name, '/')) {
		err_set(e, ERR_CONFIG, "'%s' names no credential: write 'credential:NAME' as in LoadCredential=NAME:… of the unit", path);
		return NULL;
	}
	if (!dir) {
		err_set(e, ERR_CONFIG, "'%s' needs a systemd credential, but $CREDENTIALS_DIRECTORY is not set: add LoadCredential=%s:/path to the unit", path, name);
		return NULL;
	}
	return mem_fmt("%s/%s", dir, name);
}

bool secret_load(const char *source, struct buf *out, struct err *e)
{
	struct stat st;
	char *path = secret_path(source, e);
	int fd = -1;
	bool ok = false;
	if (!path)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO is refused below, not waited for */
	if (fd < 0 || fstat(fd, &st) != 0) {
		err_set(e, ERR_CONFIG, "cannot open the secret file '%s': %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, ERR_CONFIG, "the secret '%s' is not a regular file", path);
		goto out;
	}
	if ((st.st_mode & 077) && !str_starts(source, "credential:")) {
		err_set(e, ERR_CONFIG, "the secret file '%s' can be read by others (mode %04o): chmod 600 '%s'", path, (unsigned)(st.st_mode & 07777), path);
		goto out;
	}
	buf_reserve(out, SECRET_MAX); /* no copy left behind by growing */
	ok = read_all(fd, path, SECRET_MAX, out, e);
	if (!ok)
		e->kind = ERR_CONFIG;
out:
	if (fd >= 0)
		close(fd);
	free(path);
	return ok;
}

void secret_wipe(struct buf *b)
{
	if (b->s)
		explicit_bzero(b->s, b->cap);
	buf_free(b);
}

char *secret_read(const char *source, struct err *e)
{
	struct buf b = {0};
	char *secret = NULL;
	if (secret_load(source, &b, e)) {
		size_t n = b.s ? strcspn(b.s, "\r\n") : 0;
		if (n)
			secret = mem_dupn(b.s, n);
		else
			err_set(e, ERR_CONFIG, "the secret file '%s' has nothing on its first line", source);
	}
	secret_wipe(&b);
	return secret;
}

bool secret_check(const char *path, struct err *e)
{
	char *s = secret_read(path, e);
	secret_free(s);
	return s != NULL;
}

void secret_free(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}
