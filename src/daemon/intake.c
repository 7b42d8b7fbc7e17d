/* intake: from the mailbox into the store. Takes in what lies in the inbox, oldest first; a mail is moved to its topic's folder only
 * after the transaction that made its ticket is on disk. Whatever is cut short is found again by UID, or by what the mail says. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/child.h"
#include "daemon/ends.h"
#include "daemon/folders.h"
#include "daemon/readers.h"
#include "daemon/reckon.h"
#include "desk/desk.h"
#include "desk/learn.h"
#include "reader/reader.h"
#include "store/db.h"
#include "store/health.h"
#include "store/message.h"
#include "wire/imap.h"

enum { BATCH_MAILS = 64, BATCH_BYTES = 4 << 20, MOVE_PAUSE_MS = 60 * 1000, LOGIN_PAUSE_MS = 60 * 1000 };

struct letter { /* a mail of the batch in hand */
	uint32_t uid;
	char *raw;
	size_t n;
	struct mail mail;
	char *trouble;
	struct taken taken;
	bool kept;
};

struct set_aside { /* a mail that could not be kept for a reason of its own: looked at again later */
	uint32_t uid;
	int64_t until;
};

struct intake {
	const struct child_ground *ground;
	const struct config *config;
	struct db *db;
	struct desk desk;
	struct readers readers;
	struct imap *imap;
	struct oauth2 *oauth2; /* NULL: a password */
	struct ends ends;
	bool waited;           /* the connection had done its work, and waited for more */
	struct imap_box box;
	struct letter batch[BATCH_MAILS];
	size_t n;
	struct set_aside *aside;
	size_t n_aside;
	struct reckon reckon;
	struct folders folders;
	int64_t move_again; /* after a refused move: not before this (steady ms) */
	bool trouble;       /* something was left undone in this pass */
	int64_t model;      /* what the classifier has of the store; -1: not looked yet */
};

static void batch_clear(struct intake *in)
{
	for (size_t i = 0; i < in->n; i++) {
		struct letter *l = &in->batch[i];
		free(l->raw);
		free(l->trouble);
		mail_free(&l->mail);
		taken_free(&l->taken);
		*l = (struct letter){0};
	}
	in->n = 0;
}

/* --- reading --- */

static bool take_raw(void *ctx, uint32_t uid, int64_t internal_date, char *raw, size_t n, struct err *e)
{
	struct intake *in = ctx;
	(void)internal_date;
	if (in->n == BATCH_MAILS) {
		free(raw);
		return err_set(e, ERR_TEMPORARY, "the server sent more mails than it was asked for");
	}
	in->batch[in->n++] = (struct letter){.uid = uid, .raw = raw, .n = n};
	return true;
}

static void read_batch(struct intake *in)
{
	struct reader_job jobs[BATCH_MAILS] = {0};
	char *trouble[BATCH_MAILS] = {0};
	for (size_t i = 0; i < in->n; i++)
		jobs[i] = (struct reader_job){.raw = in->batch[i].raw, .n = in->batch[i].n};
	readers_read(&in->readers, jobs, in->n, trouble);
	for (size_t i = 0; i < in->n; i++) {
		struct letter *l = &in->batch[i];
		l->mail = jobs[i].mail;
		l->trouble = trouble[i];
		if (l->trouble)
			log_event(LOG_LEVEL_WARN, "unreadable", LOG_I("uid", l->uid), LOG_I("bytes", l->n), LOG_S("why", l->trouble));
	}
}

/* A mail of the store once more, for somebody who gets it now (desk.read). */
static bool read_again(void *ctx, int64_t message, struct mail *out, uint64_t *raw_bytes, struct err *e)
{
	struct intake *in = ctx;
	struct raw_reader *r = raw_open(in->db, message, e);
	if (!r)
		return false;
	size_t n = (size_t)raw_size(r);
	char *raw = mem_alloc(n + 1), *trouble = NULL;
	bool ok = raw_read(r, 0, raw, n, e);
	raw_close(r);
	*raw_bytes = n;
	if (ok) {
		struct reader_job job = {.raw = raw, .n = n};
		readers_read(&in->readers, &job, 1, &trouble);
		*out = job.mail;
		if (trouble) {
			mail_free(out);
			*out = (struct mail){0};
			ok = err_set(e, ERR_INPUT, "%s", trouble);
		}
	}
	free(trouble);
	free(raw);
	return ok;
}

/* --- keeping --- */

static void put_aside(struct intake *in, uint32_t uid)
{
	const struct set_aside entry = {uid, clock_steady() + 10 * MOVE_PAUSE_MS};
	in->trouble = true;
	for (size_t i = 0; i < in->n_aside; i++)
		if (in->aside[i].uid == uid) {
			in->aside[i] = entry;
			return;
		}
	in->aside = mem_resize(in->aside, in->n_aside + 1, sizeof *in->aside);
	in->aside[in->n_aside++] = entry;
}

static bool is_aside(const struct intake *in, uint32_t uid)
{
	for (size_t i = 0; i < in->n_aside; i++)
		if (in->aside[i].uid == uid && clock_steady() < in->aside[i].until)
			return true;
	return false;
}

/* One mail in a part of the transaction. A mail that cannot be kept as it is read is kept as an unreadable one. */
static bool keep_one(struct intake *in, struct letter *l, struct err *e)
{
	const struct inbox_place place = {in->box.uidvalidity, l->uid};
	for (int attempt = 0; attempt < 2; attempt++) {
		if (!db_part_begin(in->db, e))
			return false;
		if (desk_take(&in->desk, &l->mail, l->raw, l->n, l->trouble, &place, clock_now(), &l->taken, e)) {
			l->kept = true;
			return db_part_end(in->db, e);
		}
		db_part_undo(in->db);
		if (e->kind == ERR_TEMPORARY)
			return false; /* the store's fault: nothing of the batch is kept */
		log_event(LOG_LEVEL_ERROR, "not-kept", LOG_I("uid", l->uid), LOG_S("why", e->text));
		if (!l->trouble)
			l->trouble = mem_dup(e->text);
	}
	put_aside(in, l->uid);
	return true;
}

static void log_taken(const struct intake *in, const struct letter *l)
{
	const struct taken *t = &l->taken;
	char *ticket = t->ticket ? mem_fmt("%s-%lld", in->config->office.tag, (long long)t->ticket) : mem_dup("none"), *confidence = mem_fmt("%.2f", t->confidence);
	if (t->braked)
		log_event(LOG_LEVEL_WARN, "loop-brake", LOG_S("ticket", ticket), LOG_S("from", l->mail.from.addr),
		          LOG_S("why", "too many mails of this writer within the hour: kept, not forwarded; look at who answers whom"));
	log_event(LOG_LEVEL_INFO, t->outcome, LOG_S("ticket", ticket), LOG_S("message-id", l->mail.message_id), LOG_I("uid", l->uid), LOG_S("from", l->mail.from.addr),
	          LOG_S("topic", t->topic), LOG_S("confidence", confidence), LOG_S("to", t->to), LOG_I("answered", t->answered), LOG_S("why", t->why));
	free(ticket);
	free(confidence);
}

static void wake_courier(const struct intake *in)
{
	ssize_t k = write(in->ground->wake_courier[1], "m", 1); /* full pipe: it is awake already */
	(void)k;
}

/* All mails of the batch in one transaction. After it they are ours. */
static bool keep_batch(struct intake *in, struct err *e)
{
	if (!db_begin(in->db, e))
		return false;
	bool ok = true;
	for (size_t i = 0; ok && i < in->n; i++)
		ok = keep_one(in, &in->batch[i], e);
	if (!db_end(in->db, ok, e))
		return false;
	for (size_t i = 0; i < in->n; i++)
		if (in->batch[i].kept)
			log_taken(in, &in->batch[i]);
	wake_courier(in);
	return true;
}

/* --- filing --- */

struct filing { /* mails of the inbox that are ours and belong into a folder */
	uint32_t *uid;
	char **folder;
	size_t n;
};

static void filing_add(struct filing *f, uint32_t uid, const char *folder)
{
	f->uid = mem_resize(f->uid, f->n + 1, sizeof *f->uid);
	f->folder = mem_resize(f->folder, f->n + 1, sizeof *f->folder);
	f->uid[f->n] = uid;
	f->folder[f->n++] = mem_dup(folder);
}

static void filing_free(struct filing *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->folder[i]);
	free(f->folder);
	free(f->uid);
	*f = (struct filing){0};
}

static bool mark_filed(struct intake *in, const uint32_t *uids, size_t n, struct err *e)
{
	if (n == 0)
		return true;
	if (!db_begin(in->db, e))
		return false;
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = inbox_filed(in->db, in->box.uidvalidity, uids[i], e);
	return db_end(in->db, ok, e);
}

/* Moves all that go to one folder with one command. A refused folder is no reason to stop taking mail in. */
static bool file_all(struct intake *in, struct filing *f, struct err *e)
{
	bool ok = true;
	for (size_t i = 0; ok && i < f->n; i++) {
		if (!f->folder[i])
			continue;
		char *folder = f->folder[i];
		uint32_t *uids = mem_array(f->n, sizeof *uids);
		size_t n = 0;
		f->folder[i] = NULL;
		uids[n++] = f->uid[i];
		for (size_t k = i + 1; k < f->n; k++)
			if (f->folder[k] && strcmp(f->folder[k], folder) == 0) {
				uids[n++] = f->uid[k];
				free(f->folder[k]);
				f->folder[k] = NULL;
			}
		if (imap_move(in->imap, uids, n, folder, e)) {
			ok = mark_filed(in, uids, n, e);
		} else if (imap_healthy(in->imap)) {
			log_event(LOG_LEVEL_ERROR, "not-filed", LOG_S("folder", folder), LOG_I("mails", n), LOG_S("why", e->text));
			in->move_again = clock_steady() + MOVE_PAUSE_MS;
			in->trouble = true;
		} else {
			ok = false;
		}
		free(folder);
		free(uids);
	}
	return ok;
}

static bool file_batch(struct intake *in, struct err *e)
{
	struct filing f = {0};
	if (clock_steady() < in->move_again)
		return true;
	for (size_t i = 0; i < in->n; i++)
		if (in->batch[i].kept)
			filing_add(&f, in->batch[i].uid, in->batch[i].taken.folder);
	bool ok = file_all(in, &f, e);
	filing_free(&f);
	return ok;
}

/* --- one look into the inbox --- */

struct gone { /* rows that say "not filed" of mails that are not in the inbox any more */
	const struct imap_uid *there;
	size_t n_there;
	uint32_t *uid;
	size_t n;
};

static bool is_gone(void *ctx, uint32_t uid)
{
	struct gone *g = ctx;
	size_t low = 0, high = g->n_there;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (g->there[mid].uid < uid)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == g->n_there || g->there[low].uid != uid) {
		g->uid = mem_resize(g->uid, g->n + 1, sizeof *g->uid);
		g->uid[g->n++] = uid;
	}
	return true;
}

/* A move whose end we did not see: the mail is where it belongs, or a person has taken it away. */
static bool settle_gone(struct intake *in, const struct imap_uid *there, size_t n, struct err *e)
{
	struct gone g = {there, n, NULL, 0};
	bool ok = inbox_unfiled(in->db, in->box.uidvalidity, is_gone, &g, e) && mark_filed(in, g.uid, g.n, e);
	free(g.uid);
	return ok;
}

static bool was_fetched(const struct intake *in, uint32_t uid)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->batch[i].uid == uid)
			return true;
	return false;
}

/* A mail that the server does not hand over must not stop the others: it is looked at again later. */
static bool fetch_batch(struct intake *in, const struct imap_uid *v, size_t n, struct err *e)
{
	bool ok = v->size > in->config->limits.mail.bytes ? imap_fetch_head(in->imap, v, take_raw, in, e) : imap_fetch(in->imap, v, n, take_raw, in, e);
	if (!ok && !(e->kind == ERR_REFUSED && imap_healthy(in->imap)))
		return false;
	const char *why = ok ? "the server named it, but did not send it" : e->text;
	bool again = !ok && n > 1;
	for (size_t i = 0; i < n; i++) {
		if (was_fetched(in, v[i].uid))
			continue;
		if (again) { /* one of them is the culprit */
			if (!fetch_batch(in, v + i, 1, e))
				return false;
			continue;
		}
		log_event(LOG_LEVEL_WARN, "not-fetched", LOG_I("uid", v[i].uid), LOG_S("why", why));
		put_aside(in, v[i].uid);
	}
	return true;
}

static bool take_batch(struct intake *in, const struct imap_uid *v, size_t n, struct err *e)
{
	if (!fetch_batch(in, v, n, e))
		return false;
	read_batch(in);
	if (v->size > in->config->limits.mail.bytes && in->n == 1 && !in->batch[0].trouble)
		in->batch[0].trouble = mem_fmt("it has %u bytes, more than limits.bytes (%llu) allows: only its beginning was read, the whole mail lies in '%s/triage'",
		                               (unsigned)v->size, (unsigned long long)in->config->limits.mail.bytes, in->config->imap.folder);
	bool ok = in->n == 0 || (keep_batch(in, e) && file_batch(in, e));
	batch_clear(in);
	return ok;
}

/* How many of the next mails go together: no more than fit the memory we allow, a larger one alone. */
static size_t batch_length(const struct intake *in, const struct imap_uid *v, size_t n)
{
	uint64_t bytes = v[0].size;
	size_t k = 1;
	if (v[0].size > in->config->limits.mail.bytes)
		return 1;
	while (k < n && k < BATCH_MAILS && bytes + v[k].size <= BATCH_BYTES)
		bytes += v[k++].size;
	return k;
}

/* Splits what lies in the inbox into mails to take in and mails to file. */
static bool sort_out(struct intake *in, const struct imap_uid *v, size_t n, struct imap_uid **fresh, size_t *n_fresh, struct filing *file, struct err *e)
{
	uint32_t *unknown = mem_array(n, sizeof *unknown);
	size_t n_unknown = 0;
	bool ok = true;
	*fresh = mem_array(n, sizeof **fresh);
	*n_fresh = 0;
	for (size_t i = 0; i < n; i++) {
		bool known;
		char *folder;
		ok = inbox_known(in->db, in->box.uidvalidity, v[i].uid, &known, &folder, e);
		if (!ok)
			break;
		if (known)
			filing_add(file, v[i].uid, folder);
		else
			unknown[n_unknown++] = v[i].uid;
		if (!known && !is_aside(in, v[i].uid))
			(*fresh)[(*n_fresh)++] = v[i];
		free(folder);
	}
	if (ok)
		reckon_seen(&in->reckon, in->box.uidvalidity, unknown, n_unknown);
	free(unknown);
	return ok;
}

static void settle_look(struct intake *in, const struct imap_uid *there, size_t n)
{
	uint32_t *aside = mem_array(in->n_aside, sizeof *aside);
	for (size_t i = 0; i < in->n_aside; i++)
		aside[i] = in->aside[i].uid;
	reckon_settle(&in->reckon, in->db, there, n, aside, in->n_aside, clock_now());
	free(aside);
}

/* A model that was learned, or put to use by an admin, since the last look. Without it mail is classified as before anything was learned. */
static void take_up_model(struct intake *in)
{
	struct err e;
	int64_t before = in->model;
	if (!learn_refresh(in->db, in->config, &in->model, &e))
		log_event(LOG_LEVEL_WARN, "model-unfit", LOG_S("why", e.text));
	else if (in->model != before && (in->model || before > 0))
		log_event(LOG_LEVEL_INFO, "model", LOG_I("in-use", in->model));
}

/* Everything that lies in the inbox now. *took: how many were new. */
static bool pass(struct intake *in, size_t *took, struct err *e)
{
	struct imap_uid *all = NULL, *fresh = NULL;
	struct filing file = {0};
	size_t n = 0;
	*took = 0;
	take_up_model(in);
	bool ok = imap_list(in->imap, 1, &all, &n, e) && settle_gone(in, all, n, e) && sort_out(in, all, n, &fresh, took, &file, e);
	if (ok && file.n && clock_steady() >= in->move_again)
		ok = file_all(in, &file, e);
	for (size_t i = 0, k; ok && i < *took && !stop_wanted(in->ground->stop); i += k) {
		k = batch_length(in, fresh + i, *took - i);
		if (i == 0 && k < *took)
			atomic_store(&in->ground->pulse->burst, clock_steady());
		ok = take_batch(in, fresh + i, k, e);
		pulse_beat(&in->ground->pulse->intake);
	}
	atomic_store(&in->ground->pulse->burst, 0);
	if (ok && !stop_wanted(in->ground->stop))
		settle_look(in, all, n);
	free(all);
	free(fresh);
	filing_free(&file);
	batch_clear(in);
	return ok;
}

/* --- the connection --- */

static struct imap *open_with_password(const struct config_server *s, struct err *e)
{
	char *password = secret_read(s->password_file, e);
	if (!password)
		return NULL;
	const struct imap_login login = {.server = child_server(s), .user = s->user, .password = password};
	struct imap *imap = imap_open(&login, e);
	secret_free(password);
	return imap;
}

/* A token that the server refuses is made anew once: it may have been taken back before its time. */
static struct imap *open_with_token(struct intake *in, const struct config_server *s, struct err *e)
{
	for (;;) {
		const struct imap_login login = {.server = child_server(s), .user = s->user, .token = oauth2_token(in->oauth2, e)};
		struct imap *imap = login.token ? imap_open(&login, e) : NULL;
		if (imap || !login.token || e->kind != ERR_REFUSED || !oauth2_refused(in->oauth2))
			return imap;
	}
}

static bool connect_inbox(struct intake *in, struct err *e)
{
	const struct config_server *s = &in->config->imap.server;
	in->imap = in->oauth2 ? open_with_token(in, s, e) : open_with_password(s, e);
	if (!in->imap || !imap_select(in->imap, in->config->imap.inbox, &in->box, e))
		return false;
	if (in->box.read_only)
		return err_set(e, ERR_CONFIG, "the mailbox '%s' is read-only for %s: give it the right to move mail", in->config->imap.inbox, s->user);
	log_event(LOG_LEVEL_INFO, "connected", LOG_S("imap", s->host), LOG_S("mailbox", in->config->imap.inbox), LOG_I("uidvalidity", in->box.uidvalidity),
	          LOG_I("mails", in->box.exists), LOG_S("idle", imap_has_idle(in->imap) ? "yes" : "no"));
	return true;
}

/* True: go on. False: the process is to end. */
static bool wait_for_news(struct intake *in, struct err *e, bool *broken)
{
	int64_t end = clock_steady() + (int64_t)in->config->imap.poll_seconds * 1000;
	*broken = false;
	for (;;) {
		int64_t left = end - clock_steady();
		if (left <= 0) {
			*broken = !imap_noop(in->imap, e);
			return true;
		}
		pulse_beat(&in->ground->pulse->intake);
		switch (imap_wait(in->imap, in->ground->stop, (int)left, e)) {
		case IMAP_WAKE_NEWS: return true;
		case IMAP_WAKE_TIMEOUT: break;
		case IMAP_WAKE_FD: return false;
		case IMAP_WAKE_ERROR: *broken = true; return true;
		}
	}
}

/* What people have done in the folders. *again: the inbox was not watched meanwhile. */
static bool watch_folders(struct intake *in, bool *again, struct err *e)
{
	size_t moved;
	struct err why;
	if (!folders_look(&in->folders, &in->desk, in->imap, again, &moved, e))
		return false;
	if (moved)
		wake_courier(in);
	if (!*again)
		return true;
	uint32_t uidvalidity = in->box.uidvalidity;
	if (!imap_select(in->imap, in->config->imap.inbox, &in->box, e))
		return false;
	if (in->box.uidvalidity == uidvalidity)
		return true;
	err_set(&why, ERR_TEMPORARY, "the mailbox '%s' was rebuilt while it was not watched", in->config->imap.inbox);
	*e = why;
	return false;
}

/* Works until the connection breaks or the process is to end; true: it is to end. */
static bool attend(struct intake *in, struct backoff *pause, struct err *e)
{
	size_t took;
	for (;;) {
		pulse_beat(&in->ground->pulse->intake);
		ends_look(&in->ends, in->config, clock_now());
		in->waited = false;
		if (!pass(in, &took, e))
			return false;
		health_note(in->db, "imap", clock_now(), NULL);
		backoff_reset(pause);
		if (stop_wanted(in->ground->stop))
			return true;
		if (took > 0)
			continue; /* more may have come meanwhile */
		bool broken, again;
		if (!watch_folders(in, &again, e))
			return false;
		if (again)
			continue;
		if (in->ground->once)
			return true;
		if (!wait_for_news(in, e, &broken))
			return true;
		in->waited = true;
		if (broken)
			return false;
	}
}

static void leave(struct intake *in)
{
	imap_close(in->imap);
	in->imap = NULL;
	batch_clear(in);
}

static int failed(struct intake *in, struct backoff *pause, const struct err *e)
{
	int ms = backoff_ms(pause);
	if (in->oauth2 && in->waited && e->kind == ERR_TEMPORARY) { /* a session ends with its token: that is how it should be */
		log_event(LOG_LEVEL_INFO, "connection-ended", LOG_S("why", e->text), LOG_I("again-in-s", (ms + 999) / 1000));
		return ms;
	}
	if ((e->kind == ERR_REFUSED || e->kind == ERR_CONFIG) && ms < LOGIN_PAUSE_MS) /* an account must not be locked by our trying */
		ms = LOGIN_PAUSE_MS;
	if (in->ground->once)
		log_event(LOG_LEVEL_ERROR, "intake-failed", LOG_S("why", e->text));
	else
		log_event(LOG_LEVEL_ERROR, "intake-failed", LOG_S("why", e->text), LOG_I("again-in-s", (ms + 999) / 1000));
	health_note(in->db, "imap", clock_now(), e->text);
	return ms;
}

int intake_main(const struct child_ground *g)
{
	struct err e = {0};
	struct intake *in = mem_alloc(sizeof *in);
	struct backoff pause = {1000, 300 * 1000, 0};
	int code = EX_OK;
	in->ground = g;
	in->config = g->config;
	in->model = -1;
	in->readers = (struct readers){.line = g->readers, .fd = -1, .pulse = &g->pulse->intake};
	in->db = db_open(g->config->store.path, DB_WRITE, &e);
	if (!in->db) {
		log_event(LOG_LEVEL_ERROR, "store-failed", LOG_S("why", e.text));
		free(in);
		return e.kind == ERR_CONFIG ? EX_CONFIG : EX_TEMPFAIL;
	}
	in->desk = (struct desk){.config = g->config, .db = in->db, .read = read_again, .ctx = in};
	const struct oauth2_client client = g->config->imap.server.oauth2 ? child_oauth2(&g->config->imap.server) : (struct oauth2_client){0};
	if (g->config->imap.server.oauth2)
		in->oauth2 = oauth2_new(&client);
	for (bool end = false; !end;) {
		pulse_beat(&g->pulse->intake);
		ends_look(&in->ends, g->config, clock_now());
		in->waited = false;
		end = connect_inbox(in, &e) && attend(in, &pause, &e);
		leave(in);
		if (end)
			break;
		int ms = failed(in, &pause, &e);
		code = e.kind == ERR_REFUSED || e.kind == ERR_CONFIG ? EX_CONFIG : EX_TEMPFAIL;
		end = g->once || !child_pause(g, &g->pulse->intake, ms);
	}
	if (g->once && in->trouble)
		code = EX_TEMPFAIL;
	readers_end(&in->readers);
	oauth2_free(in->oauth2);
	free(in->aside);
	reckon_free(&in->reckon);
	db_close(in->db);
	free(in);
	return g->once ? code : EX_OK;
}
