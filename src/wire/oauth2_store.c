#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/mem.h"
#include "oauth2_parts.h"

enum { LOCK_TRIES = 1200, LOCK_PAUSE_MS = 50 }; /* a minute: the other may wait for an answer as long */

static int open_folder(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder = !slash ? mem_dup(".") : slash == path ? mem_dup("/") : mem_dupn(path, (size_t)(slash - path));
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err_set(e, ERR_CONFIG, "cannot open the folder '%s' of token_file: %s", folder, strerror(errno));
	free(folder);
	return fd;
}

/* The folder itself is what is locked: it is there, and leaves no file behind. */
int oauth2_store_lock(const char *path, struct err *e)
{
	int fd = open_folder(path, e);
	for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || i == LOCK_TRIES) {
			err_set(e, ERR_TEMPORARY, "cannot lock the folder of '%s': %s", path, strerror(errno));
			close(fd);
			return -1;
		}
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
	return fd;
}

bool oauth2_store_read(const char *path, struct oauth2_kept *out, struct err *e)
{
	struct buf b = {0};
	const char *token = NULL;
	json_int_t expires = 0;
	*out = (struct oauth2_kept){0};
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return err_set(e, ERR_CONFIG, "nobody has signed in yet (there is no '%s'): run 'ingangctl login'", path);
	bool ok = secret_load(path, &b, e);
	json_t *j = ok ? json_loadb(b.s ? b.s : "", b.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (ok && (!j || json_unpack(j, "{s:s, s?I}", "refresh_token", &token, "expires", &expires) != 0 || !*token))
		ok = err_set(e, ERR_CONFIG, "there is no sign-in in '%s': run 'ingangctl login'", path);
	if (ok)
		*out = (struct oauth2_kept){mem_dup(token), expires};
	json_decref(j);
	secret_wipe(&b);
	return ok;
}

void oauth2_kept_free(struct oauth2_kept *k)
{
	secret_free(k->refresh_token);
	*k = (struct oauth2_kept){0};
}

/* When root signs in, the file is the daemon's all the same: whose the one before was, or the folder is. */
static void give_away(int fd, int folder, const char *path)
{
	struct stat st;
	if (geteuid() == 0 && (stat(path, &st) == 0 || fstat(folder, &st) == 0) && fchown(fd, st.st_uid, st.st_gid) != 0)
		return;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

bool oauth2_store_write(const char *path, const struct oauth2_kept *k, struct err *e)
{
	int folder = open_folder(path, e);
	if (folder < 0)
		return false;
	json_t *j = json_pack("{s:s}", "refresh_token", k->refresh_token);
	if (k->expires)
		json_object_set_new(j, "expires", json_integer(k->expires));
	char *text = json_dumps(j, JSON_INDENT(1)), *tmp = mem_fmt("%s.new", path);
	json_decref(j);
	unlink(tmp); /* half of one, of somebody who was killed */
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		give_away(fd, folder, path);
	bool ok = fd >= 0 && text && write_all(fd, text, strlen(text)) && fsync(fd) == 0 && rename(tmp, path) == 0 && fsync(folder) == 0;
	if (!ok) {
		err_set(e, ERR_TEMPORARY, "cannot keep the sign-in in '%s': %s", path, strerror(errno));
		unlink(tmp);
	}
	if (fd >= 0)
		close(fd);
	close(folder);
	secret_free(text);
	free(tmp);
	return ok;
}

bool oauth2_store_answer(const char *path, const struct oauth2_answer *a, struct err *e)
{
	const char *fresh = oauth2_word(a, "refresh_token");
	if (!fresh)
		return true;
	int64_t lives = oauth2_seconds(a, "refresh_token_expires_in", 0);
	struct oauth2_kept k = {.refresh_token = mem_dup(fresh), .expires = lives ? (int64_t)time(NULL) + lives : 0};
	bool ok = oauth2_store_write(path, &k, e);
	oauth2_kept_free(&k);
	return ok;
}
