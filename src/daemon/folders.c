#include "daemon/folders.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/child.h"
#include "desk/drag.h"
#include "mail/message.h"
#include "store/folder.h"
#include "store/keys.h"

enum { MAILS_MOST = 200 /* of one folder at one look; the others come at the next */ };

struct look {
	struct desk *desk;
	struct imap *imap;
	struct strs ids; /* of what is new in the folder in hand */
	bool away;
	size_t moved;
};

static bool take_head(void *ctx, uint32_t uid, int64_t date, char *raw, size_t n, struct err *e)
{
	struct look *l = ctx;
	struct mail m = {0};
	(void)uid;
	(void)date;
	(void)e;
	message_read_header(raw, n, &m);
	if (m.message_id)
		strs_add(&l->ids, m.message_id);
	mail_free(&m);
	free(raw);
	return true;
}

static bool put_mark(struct look *l, const char *folder, uint32_t uidvalidity, uint32_t uidnext, struct err *e)
{
	return db_begin(l->desk->db, e) && db_end(l->desk->db, folder_mark_put(l->desk->db, folder, uidvalidity, uidnext, e), e);
}

static bool one(struct look *l, const struct token_keys *keys, const char *id, const char *folder, int topic, struct err *e)
{
	struct dragged r;
	if (!db_part_begin(l->desk->db, e))
		return false;
	if (!desk_dragged(l->desk, keys, id, topic, clock_now(), &r, e)) {
		db_part_undo(l->desk->db);
		if (e->kind == ERR_TEMPORARY)
			return false;
		log_event(LOG_LEVEL_ERROR, "not-dragged", LOG_S("message-id", id), LOG_S("folder", folder), LOG_S("why", e->text)); /* it must not stop the others */
		return true;
	}
	if (r.ticket) {
		char *ticket = mem_fmt("%s-%lld", l->desk->config->office.tag, (long long)r.ticket);
		log_event(r.moved ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "dragged", LOG_S("ticket", ticket), LOG_S("message-id", id), LOG_S("folder", folder), LOG_S("why", r.done));
		free(ticket);
		l->moved += r.moved;
	}
	dragged_free(&r);
	return db_part_end(l->desk->db, e);
}

/* What was found and how far we have looked, in one transaction. */
static bool settle(struct look *l, const char *folder, int topic, uint32_t uidvalidity, uint32_t uidnext, struct err *e)
{
	struct keys keys = {0};
	if (!db_begin(l->desk->db, e))
		return false;
	bool ok = keys_load(l->desk->db, clock_now(), &keys, e);
	const struct token_keys token_keys = {keys.v, keys.n};
	for (size_t i = 0; ok && i < l->ids.n; i++)
		ok = one(l, &token_keys, l->ids.v[i], folder, topic, e);
	ok = db_end(l->desk->db, ok && folder_mark_put(l->desk->db, folder, uidvalidity, uidnext, e), e);
	keys_free(&keys);
	return ok;
}

static bool look_through(struct look *l, const char *folder, int topic, uint32_t first, struct err *e)
{
	struct imap_box box;
	struct imap_uid *v = NULL;
	size_t n = 0;
	l->away = true;
	bool ok = imap_select_ours(l->imap, folder, &box, e) && imap_list(l->imap, first, &v, &n, e);
	uint32_t next = n > MAILS_MOST ? v[MAILS_MOST].uid : n && v[n - 1].uid >= box.uidnext ? v[n - 1].uid + 1 : box.uidnext;
	ok = ok && (n == 0 || imap_fetch_heads(l->imap, v, n < MAILS_MOST ? n : MAILS_MOST, take_head, l, e)) && settle(l, folder, topic, box.uidvalidity, next, e);
	strs_free(&l->ids);
	free(v);
	return ok;
}

static bool look_at(struct look *l, const char *folder, int topic, struct err *e)
{
	struct folder_mark mark;
	struct imap_box box;
	if (!folder_mark_get(l->desk->db, folder, &mark, e) || !imap_status(l->imap, folder, &box, e))
		return false;
	if (!mark.known || (mark.uidvalidity && mark.uidvalidity != box.uidvalidity)) /* what lay there before is not asked about */
		return (mark.known && !box.uidvalidity) || put_mark(l, folder, box.uidvalidity, box.uidvalidity ? box.uidnext : 1, e);
	if (!box.uidvalidity || mark.uidnext >= box.uidnext)
		return true;
	return look_through(l, folder, topic, mark.uidnext ? mark.uidnext : 1, e);
}

bool folders_look(struct folders *f, struct desk *desk, struct imap *imap, bool *away, size_t *moved, struct err *e)
{
	const struct config *c = desk->config;
	struct look l = {.desk = desk, .imap = imap};
	bool ok = true, refused = false;
	*away = false;
	*moved = 0;
	if (clock_steady() < f->next)
		return true;
	for (int topic = -1; ok && topic < (int)c->n_topics; topic++) {
		char *folder = mem_fmt("%s/%s", c->imap.folder, config_topic_name(c, topic));
		ok = look_at(&l, folder, topic, e);
		if (!ok && e->kind == ERR_REFUSED && imap_healthy(imap)) { /* no reason to stop taking mail in */
			if (!f->failing)
				log_event(LOG_LEVEL_WARN, "folder-closed", LOG_S("folder", folder), LOG_S("why", e->text));
			ok = refused = true;
		}
		free(folder);
	}
	f->failing = refused;
	f->next = clock_steady() + (int64_t)c->imap.poll_seconds * 1000;
	*away = l.away;
	*moved = l.moved;
	return ok;
}
