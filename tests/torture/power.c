/* power SEED IMAGES [lie]: what a power cut leaves of the store, tried on IMAGES images.
 *
 * A run of the store as intake and courier use it goes through a layer under SQLite that notes each write, cut, sync and removal, and each commit that
 * was told to be done. Then, for instants that SEED chooses: of what no sync had brought to the disk by then, any piece of 512 bytes may be there
 * or not, in any order. The image is opened as the daemon does, has to keep all promises of `verify`, and to hold every commit told before the instant.
 * "lie": the disk says that it has synced, and has not; then images must be found that break this, or the test sees nothing. Prints the images that broke
 * something and "images N, broken N, commits N". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/temp_store.h"

enum { SECTOR = 512, ROUNDS = 90, FILES = 4, MAILS_MAX = 1000 };

enum change { WRITE, CUT, SYNC, REMOVE, SYNC_FOLDER };
static const char *const endings[FILES] = {"", "-wal", "-journal", "-other"};

struct note {
	enum change change;
	int file;
	size_t at, n;
	unsigned char *bytes;
};

static struct journal { /* what happened, in order */
	struct note *v;
	size_t n;
} journal;

enum fact { TAKEN, FILED, SENT };
static struct told { /* a commit that the store said is on disk */
	enum fact fact;
	int64_t first, last; /* mails, or outbox rows */
	size_t after;        /* notes before it */
} *told;
static size_t n_told;
static bool lie;

static uint64_t state;
static uint64_t dice(uint64_t below)
{
	uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */
	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return (z ^ z >> 31) % below;
}

static void add_note(enum change change, int file, const void *bytes, size_t n, size_t at)
{
	if ((change == SYNC || change == SYNC_FOLDER) && lie)
		return;
	journal.v = mem_resize(journal.v, journal.n + 1, sizeof *journal.v);
	journal.v[journal.n++] = (struct note){change, file, at, n, bytes ? (unsigned char *)mem_dupn(bytes, n) : NULL};
}

/* --- the layer --- */

struct file {
	sqlite3_file base;
	sqlite3_file *real;
	int number;
	bool fresh; /* a log or a journal: its first sync is one of the folder too (os_unix.c) */
};

static sqlite3_vfs *under;
#define F(f) ((struct file *)(void *)(f))
#define R(f) (F(f)->real->pMethods)

static int number_of(const char *path)
{
	for (int i = 1; path && i < FILES - 1; i++) {
		size_t n = strlen(path), k = strlen(endings[i]);
		if (n > k && strcmp(path + n - k, endings[i]) == 0)
			return i;
	}
	return path && strstr(path, "ingang.db") ? 0 : FILES - 1;
}

static int on_close(sqlite3_file *f) { return R(f)->xClose(F(f)->real); }
static int on_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at) { return R(f)->xRead(F(f)->real, to, n, at); }
static int on_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
	add_note(WRITE, F(f)->number, bytes, (size_t)n, (size_t)at);
	return R(f)->xWrite(F(f)->real, bytes, n, at);
}
static int on_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	add_note(CUT, F(f)->number, NULL, (size_t)n, 0);
	return R(f)->xTruncate(F(f)->real, n);
}
static int on_sync(sqlite3_file *f, int flags)
{
	int rc = R(f)->xSync(F(f)->real, flags);
	add_note(SYNC, F(f)->number, NULL, 0, 0);
	if (F(f)->fresh)
		add_note(SYNC_FOLDER, -1, NULL, 0, 0);
	F(f)->fresh = false;
	return rc;
}
static int on_size(sqlite3_file *f, sqlite3_int64 *n) { return R(f)->xFileSize(F(f)->real, n); }
static int on_lock(sqlite3_file *f, int k) { return R(f)->xLock(F(f)->real, k); }
static int on_unlock(sqlite3_file *f, int k) { return R(f)->xUnlock(F(f)->real, k); }
static int on_check(sqlite3_file *f, int *out) { return R(f)->xCheckReservedLock(F(f)->real, out); }
static int on_control(sqlite3_file *f, int op, void *arg) { return R(f)->xFileControl(F(f)->real, op, arg); }
static int on_sector(sqlite3_file *f) { return R(f)->xSectorSize(F(f)->real); }
static int on_traits(sqlite3_file *f) { return R(f)->xDeviceCharacteristics(F(f)->real); }
static int on_map(sqlite3_file *f, int page, int n, int extend, void volatile **out) { return R(f)->xShmMap(F(f)->real, page, n, extend, out); }
static int on_shm_lock(sqlite3_file *f, int at, int n, int flags) { return R(f)->xShmLock(F(f)->real, at, n, flags); }
static void on_barrier(sqlite3_file *f) { R(f)->xShmBarrier(F(f)->real); }
static int on_unmap(sqlite3_file *f, int del) { return R(f)->xShmUnmap(F(f)->real, del); }

static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = on_close, .xRead = on_read, .xWrite = on_write, .xTruncate = on_truncate, .xSync = on_sync, .xFileSize = on_size, .xLock = on_lock,
	.xUnlock = on_unlock, .xCheckReservedLock = on_check, .xFileControl = on_control, .xSectorSize = on_sector, .xDeviceCharacteristics = on_traits,
	.xShmMap = on_map, .xShmLock = on_shm_lock, .xShmBarrier = on_barrier, .xShmUnmap = on_unmap,
};

static int on_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out)
{
	(void)v;
	F(f)->real = (sqlite3_file *)(void *)(F(f) + 1);
	F(f)->number = number_of(path);
	F(f)->fresh = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) && (flags & SQLITE_OPEN_CREATE);
	int rc = under->xOpen(under, path, F(f)->real, flags, out);
	f->pMethods = F(f)->real->pMethods ? &methods : NULL;
	return rc;
}

static int on_delete(sqlite3_vfs *v, const char *path, int sync)
{
	(void)v;
	add_note(REMOVE, number_of(path), NULL, 0, 0);
	if (sync)
		add_note(SYNC_FOLDER, -1, NULL, 0, 0);
	return under->xDelete(under, path, sync);
}

/* --- the run --- */

#define DO(call) \
	do { \
		if (!(call)) { \
			fprintf(stderr, "power: %s: %s\n", #call, e.text); \
			exit(2); \
		} \
	} while (0)

static void tell(enum fact fact, int64_t first, int64_t last)
{
	told = mem_resize(told, n_told + 1, sizeof *told);
	told[n_told++] = (struct told){fact, first, last, journal.n};
}

static int64_t mails; /* taken so far: mail k is ticket k, message k, inbox k, outbox 2k-1 and 2k */

static void take_in(struct db *d, int k)
{
	struct err e;
	int64_t first = mails + 1;
	DO(db_begin(d, &e));
	while (k--) {
		size_t n = dice(4) ? 300 + dice(3000) : 20000 + dice(40000);
		char *raw = mem_alloc(n), *id = mem_fmt("m%lld@partner.example", (long long)++mails), *one = mem_fmt("f%lld@uni.example", (long long)mails),
		     *two = mem_fmt("a%lld@uni.example", (long long)mails);
		memset(raw, 'a' + (int)dice(26), n);
		memcpy(raw, id, strlen(id)); /* no mail is a copy of another */
		int64_t t = add_ticket(d, "mobility", "anna@partner.example"), m = add_message(d, t, "Exchange", id, raw, n);
		DO(inbox_add(d, 1, (uint32_t)mails, m, "opened", "Ingang/mobility", 1000, &e) && thread_add(d, id, t, false, &e) && event_add(d, t, 1000, "desk", "opened", &e));
		add_outbox(d, t, "forward", "mobility@uni.example", one, 1000);
		add_outbox(d, t, "acknowledgement", "anna@partner.example", two, 1000);
		free(raw);
		free(id);
		free(one);
		free(two);
	}
	DO(db_commit(d, &e));
	tell(TAKEN, first, mails);
	DO(db_begin(d, &e));
	for (int64_t uid = first; uid <= mails; uid++)
		DO(inbox_filed(d, 1, (uint32_t)uid, &e));
	DO(db_commit(d, &e));
	tell(FILED, first, mails);
}

static void send_out(struct db *d, int k)
{
	struct err e;
	while (k--) {
		struct outbox_item i = {0};
		if (outbox_next(d, 2000, &i, &e) <= 0)
			return;
		if (outbox_once(&i))
			DO(db_begin(d, &e) && outbox_claim(d, i.id, &e) && db_commit(d, &e));
		DO(db_begin(d, &e) && outbox_sent(d, i.id, 2000, &e) && db_commit(d, &e));
		tell(SENT, i.id, i.id);
		outbox_item_free(&i);
	}
}

static void work(const char *path)
{
	struct err e;
	struct db *d;
	DO(d = db_open(path, DB_CREATE, &e));
	db_close(d);
	for (int part = 0; part < 3; part++) {
		struct db *intake, *courier;
		DO((intake = db_open(path, DB_WRITE, &e)) && (courier = db_open(path, DB_WRITE, &e)));
		for (int i = 0; i < ROUNDS / 3 && mails < MAILS_MAX - 5; i++) {
			take_in(intake, 1 + (int)dice(4));
			send_out(courier, (int)dice(9));
		}
		db_close(intake);
		db_close(courier); /* the last one to go takes the log into the file, and removes it */
	}
}

/* --- the images --- */

struct bytes {
	struct buf b;
	bool there;
};

static void put(struct bytes *f, size_t at, const unsigned char *from, size_t n)
{
	static const char zeros[SECTOR];
	while (f->b.n < at + n) /* a hole, until it is written */
		buf_add(&f->b, zeros, at + n - f->b.n < SECTOR ? at + n - f->b.n : SECTOR);
	memcpy(f->b.s + at, from, n);
	f->there = true;
}

/* Pieces end where the disk's sectors do. */
static void put_some(struct bytes *f, const struct note *note, unsigned keep)
{
	for (size_t at = note->at, end = note->at + note->n; at < end;) {
		size_t next = (at / SECTOR + 1) * SECTOR;
		if (next > end)
			next = end;
		if (dice(100) < keep)
			put(f, at, note->bytes + (at - note->at), next - at);
		at = next;
	}
}

static size_t last(enum change change, int file, size_t instant)
{
	size_t found = 0;
	for (size_t i = 0; i < instant; i++)
		if (journal.v[i].change == change && journal.v[i].file == file)
			found = i;
	return found;
}

/* `keep` percent of what was not synced by then is there. */
static void image(const char *path, size_t instant, unsigned keep)
{
	size_t folder = last(SYNC_FOLDER, -1, instant);
	for (int file = 0; file < FILES - 1; file++) {
		struct bytes f = {{0}, false};
		size_t synced = last(SYNC, file, instant);
		bool gone = true; /* false: its removal was not synced and did not happen; what was written since is another file of that name */
		for (size_t i = 0; i < instant && gone; i++) {
			const struct note *note = &journal.v[i];
			if (note->file != file)
				continue;
			if (note->change == WRITE) {
				put_some(&f, note, i < synced ? 100 : keep);
			} else if (note->change == CUT && f.b.n > note->n && (i < synced || dice(100) < keep)) {
				f.b.n = note->n;
			} else if (note->change == REMOVE && (gone = i < folder || dice(100) < keep)) {
				f.b.n = 0;
				f.there = false;
			}
		}
		char *to = mem_fmt("%s%s", path, endings[file]);
		unlink(to);
		int fd = f.there ? open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
		if (f.there && (fd < 0 || (f.b.n && write(fd, f.b.s, f.b.n) != (ssize_t)f.b.n))) {
			perror(to);
			exit(2);
		}
		if (fd >= 0)
			close(fd);
		free(to);
		buf_free(&f.b);
	}
}

static void on_breach(void *ctx, const char *invariant, const char *breach, const char *what_to_do)
{
	struct buf *wrong = ctx;
	(void)what_to_do;
	buf_addf(wrong, "%s: %s; ", invariant, breach);
}

static int64_t count(struct db *d, const char *what, int64_t first, int64_t last)
{
	char query[256];
	snprintf(query, sizeof query, "SELECT count(*) FROM %s BETWEEN %lld AND %lld", what, (long long)first, (long long)last);
	return sql_number(d, query);
}

static void look(struct db *d, size_t instant, struct buf *wrong)
{
	static const char *const there[] = {[TAKEN] = "ticket t JOIN message m ON m.ticket = t.id JOIN raw r ON r.message = m.id WHERE t.id", [FILED] = "inbox WHERE filed = 1 AND uid",
	                                    [SENT] = "outbox WHERE state = 'sent' AND id"};
	for (size_t i = 0; i < n_told && told[i].after <= instant; i++) {
		const char *what = there[told[i].fact];
		if (count(d, what, told[i].first, told[i].last) != told[i].last - told[i].first + 1) {
			buf_addf(wrong, "commit %zu of %zu is not there (%s %lld-%lld); ", i, n_told, what, (long long)told[i].first, (long long)told[i].last);
			return;
		}
	}
	if (sql_number(d, "SELECT (SELECT count(*) FROM ticket) * 6 - (SELECT count(*) FROM message) - (SELECT count(*) FROM raw) - (SELECT count(*) FROM inbox)"
	                  " - (SELECT count(*) FROM event) - (SELECT count(*) FROM outbox)"))
		buf_adds(wrong, "a part of a commit is there; ");
}

static bool holds(const char *path, int number)
{
	struct err e = {0};
	struct buf wrong = {0};
	size_t instant = (size_t)dice(journal.n + 1);
	static const unsigned keeps[] = {0, 50, 90, 100, 10};
	unsigned keep = keeps[number % 5];
	char *shm = mem_fmt("%s-shm", path);
	image(path, instant, keep);
	unlink(shm); /* it is of the memory */
	free(shm);
	struct db *d = db_open(path, DB_CREATE, &e);
	if (!d || !db_verify(d, on_breach, &wrong, &e))
		buf_adds(&wrong, e.text);
	else
		look(d, instant, &wrong);
	db_close(d);
	if (wrong.n && !lie)
		printf("image %d, after %zu of %zu changes, %u %% of the unsynced kept: %s\n", number, instant, journal.n, keep, wrong.s);
	bool ok = wrong.n == 0;
	buf_free(&wrong);
	return ok;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 64;
	int images = atoi(argv[2]), broken = 0;
	state = strtoull(argv[1], NULL, 10);
	lie = argc > 3;
	char *dir = temp_dir(), *path = mem_fmt("%s/ingang.db", dir);
	under = sqlite3_vfs_find(NULL);
	sqlite3_vfs layer = *under;
	layer.zName = "noted";
	layer.szOsFile = (int)sizeof(struct file) + under->szOsFile;
	layer.xOpen = on_open;
	layer.xDelete = on_delete;
	sqlite3_vfs_register(&layer, 1);
	work(path);
	sqlite3_vfs_register(under, 1);
	for (int i = 0; i < images; i++)
		broken += !holds(path, i);
	printf("images %d, broken %d, commits %zu\n", images, broken, n_told);
	for (size_t i = 0; i < journal.n; i++)
		free(journal.v[i].bytes);
	free(journal.v);
	free(told);
	temp_dir_remove(dir);
	free(path);
	return (broken != 0) == lie ? 0 : 1;
}
