#include "store/reconcile.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/health.h"
#include "store/message.h"

enum { DAY = 24 * 3600, WRITE_EVERY_S = 60 };

bool left_unexplained(const struct left *l)
{
	return l->how != LEFT_ASIDE;
}

size_t reconciled_unexplained(const struct reconciled *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++)
		n += left_unexplained(&r->v[i]);
	return n;
}

const char *left_why(const struct left *l)
{
	static const char *const why[] = {
		[LEFT_ASIDE] = "it lies in the inbox and could not be taken in; it is tried again, and the log says why",
		[LEFT_FORGOTTEN] = "it lies in the inbox, and was neither taken in nor set aside: report this as a bug",
		[LEFT_GONE] = "it left the inbox before it was taken in: somebody else, or another program, has moved or deleted it",
	};
	return why[l->how];
}

void reconciled_free(struct reconciled *r)
{
	free(r->v);
	*r = (struct reconciled){0};
}

static void add(struct reconciled *r, uint32_t uid, enum left_how how, int64_t since)
{
	if (r->n >= LEFT_MAX)
		return;
	r->v = mem_resize(r->v, r->n + 1, sizeof *r->v);
	r->v[r->n++] = (struct left){uid, how, since};
}

/* --- as it is kept: [[uid, how, since], …] --- */

static char *to_json(const struct reconciled *r)
{
	json_t *all = json_array();
	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(all, json_pack("[I, i, I]", (json_int_t)r->v[i].uid, (int)r->v[i].how, (json_int_t)r->v[i].since));
	char *text = json_dumps(all, JSON_COMPACT), *copy = mem_dup(text ? text : "[]");
	free(text);
	json_decref(all);
	return copy;
}

static void from_json(const char *text, struct reconciled *r)
{
	json_t *all = text ? json_loads(text, 0, NULL) : NULL, *one;
	size_t i;
	json_array_foreach(all, i, one) {
		json_int_t uid, since;
		int how;
		if (json_unpack(one, "[I, i, I]", &uid, &how, &since) == 0 && how >= LEFT_ASIDE && how <= LEFT_GONE)
			add(r, (uint32_t)uid, (enum left_how)how, since);
	}
	json_decref(all);
}

struct kept {
	char *uidvalidity, *left, *looked;
};

static void kept_free(struct kept *k)
{
	free(k->uidvalidity);
	free(k->left);
	free(k->looked);
}

static bool kept_read(struct db *d, struct kept *k, struct err *e)
{
	*k = (struct kept){0};
	return meta_get(d, "inbox", "uidvalidity", &k->uidvalidity, e) && meta_get(d, "inbox", "left", &k->left, e) && meta_get(d, "inbox", "looked", &k->looked, e);
}

static bool kept_write(struct db *d, uint32_t uidvalidity, const char *left, int64_t now, struct err *e)
{
	char box[16], at[24];
	snprintf(box, sizeof box, "%lu", (unsigned long)uidvalidity);
	snprintf(at, sizeof at, "%lld", (long long)now);
	return db_begin(d, e) &&
	       db_end(d, meta_put(d, "inbox", "uidvalidity", box, e) && meta_put(d, "inbox", "left", left, e) && meta_put(d, "inbox", "looked", at, e), e);
}

static bool count_mails(struct db *d, int64_t *n, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_INBOX_COUNT, e);
	if (!q || db_row(d, q, e) != DB_ROW)
		return false;
	*n = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

/* --- reckoning --- */

static bool is_among(const uint32_t *v, size_t n, uint32_t uid)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == uid)
			return true;
	return false;
}

static bool is_there(const struct inbox_look *l, uint32_t uid)
{
	size_t low = 0, high = l->n_there;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (l->there[mid] < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->n_there && l->there[low] == uid;
}

static const struct left *find(const struct reconciled *r, uint32_t uid)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].uid == uid)
			return &r->v[i];
	return NULL;
}

static bool has_outcome(struct db *d, const struct inbox_look *l, uint32_t uid, bool *has, struct err *e)
{
	char *folder;
	bool ok = inbox_known(d, l->uidvalidity, uid, has, &folder, e);
	free(folder);
	return ok;
}

static void note(struct reconciled *out, const struct left *before, uint32_t uid, enum left_how how, int64_t now)
{
	const struct left *l = before;
	size_t n = out->n;
	add(out, uid, how, l ? l->since : now);
	out->n_fresh += out->n > n && how != LEFT_ASIDE && !(l && l->how == how);
}

/* One that was seen by an earlier look, and lies there no longer. */
static bool note_gone(struct db *d, const struct inbox_look *l, uint32_t uid, int64_t now, struct reconciled *out, struct err *e)
{
	bool has = false;
	if (is_there(l, uid))
		return true;
	if (find(out, uid)) /* named twice */
		return true;
	if (!has_outcome(d, l, uid, &has, e))
		return false;
	if (!has)
		note(out, NULL, uid, LEFT_GONE, now);
	return true;
}

static bool reckon(struct db *d, const struct inbox_look *l, const struct reconciled *before, bool same_box, int64_t now, struct reconciled *out, struct err *e)
{
	bool has;
	for (size_t i = 0; i < l->n_there; i++) {
		if (!has_outcome(d, l, l->there[i], &has, e))
			return false;
		if (!has)
			note(out, same_box ? find(before, l->there[i]) : NULL, l->there[i], is_among(l->aside, l->n_aside, l->there[i]) ? LEFT_ASIDE : LEFT_FORGOTTEN, now);
	}
	for (size_t i = 0; same_box && i < before->n; i++)
		if (before->v[i].how != LEFT_GONE && !note_gone(d, l, before->v[i].uid, now, out, e))
			return false;
	for (size_t i = 0; i < l->n_earlier; i++)
		if (!(same_box && find(before, l->earlier[i])) && !note_gone(d, l, l->earlier[i], now, out, e))
			return false;
	for (size_t i = 0; i < before->n; i++)
		if (before->v[i].how == LEFT_GONE && now - before->v[i].since < GONE_DAYS * DAY)
			add(out, before->v[i].uid, LEFT_GONE, before->v[i].since);
	return true;
}

bool reconcile(struct db *d, const struct inbox_look *look, int64_t now, struct reconciled *out, struct err *e)
{
	struct kept k;
	struct reconciled before = {0};
	*out = (struct reconciled){.looked = now};
	bool ok = kept_read(d, &k, e);
	if (ok) {
		int64_t looked = k.looked ? strtoll(k.looked, NULL, 10) : 0;
		from_json(k.left, &before);
		ok = reckon(d, look, &before, k.uidvalidity && strtoul(k.uidvalidity, NULL, 10) == look->uidvalidity, now, out, e);
		out->new_day = looked / DAY != now / DAY;
		char *left = to_json(out);
		bool write = !k.left || strcmp(left, k.left) != 0 || out->new_day || now - looked >= WRITE_EVERY_S || now < looked;
		ok = ok && (!write || kept_write(d, look->uidvalidity, left, now, e)) && (!(out->new_day || out->n_fresh) || count_mails(d, &out->mails, e));
		free(left);
	}
	kept_free(&k);
	reconciled_free(&before);
	if (!ok)
		reconciled_free(out);
	return ok;
}

bool reconcile_last(struct db *d, struct reconciled *out, struct err *e)
{
	struct kept k;
	*out = (struct reconciled){0};
	bool ok = kept_read(d, &k, e) && count_mails(d, &out->mails, e);
	if (ok) {
		out->looked = k.looked ? strtoll(k.looked, NULL, 10) : 0;
		from_json(k.left, out);
	}
	kept_free(&k);
	return ok;
}
