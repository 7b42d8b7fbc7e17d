#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "imap_session.h"

enum {
	LISTED = 256,                /* bytes that a server may spend on one mail of a listing */
	LIST_BUDGET = 64 << 20,      /* and on the whole of it */
	HEAD = 256 * 1024,           /* what is fetched of a mail that is too large */
	FIRST = 16 * 1024,           /* what is fetched of one that is only to be recognised */
	SLACK = 64 * 1024,           /* what a mail may be longer than announced; and a quarter, as some servers guess its size */
	BYTES_A_SECOND = 64 * 1024,  /* slower than that is no connection */
};

static struct mailimap_msg_att_static *static_item(struct mailimap_msg_att_item *it)
{
	return it->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC ? it->att_data.att_static : NULL;
}

/* --- listing --- */

struct listing {
	uint32_t first;
	struct imap_uid *v;
	size_t n, cap;
};

static void on_listed(struct mailimap_msg_att *att, void *ctx)
{
	struct listing *l = ctx;
	struct imap_uid u = {0};
	bool sized = false;
	for (clistiter *i = clist_begin(att->att_list); i; i = clist_next(i)) {
		const struct mailimap_msg_att_static *s = static_item(clist_content(i));
		if (s && s->att_type == MAILIMAP_MSG_ATT_UID)
			u.uid = s->att_data.att_uid;
		else if (s && s->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE) {
			u.size = s->att_data.att_rfc822_size;
			sized = true;
		}
	}
	if (!u.uid || !sized || u.uid < l->first) /* a change of flags; or "n:*" beyond the last mail, which names the last */
		return;
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		l->v = mem_resize(l->v, l->cap, sizeof *l->v);
	}
	l->v[l->n++] = u;
}

static int by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct imap_uid *)a)->uid, y = ((const struct imap_uid *)b)->uid;
	return (x > y) - (x < y);
}

static struct mailimap_fetch_type *attributes(struct mailimap_fetch_att *a, struct mailimap_fetch_att *b,
                                              struct mailimap_fetch_att *c)
{
	struct mailimap_fetch_att *v[] = {a, b, c};
	struct mailimap_fetch_type *t = mailimap_fetch_type_new_fetch_att_list_empty();
	for (size_t i = 0; i < 3; i++)
		if (v[i])
			mailimap_fetch_type_new_fetch_att_list_add(t, v[i]);
	return t;
}

static int run_fetch(struct imap *c, struct mailimap_set *set, struct mailimap_fetch_type *t)
{
	clist *held = NULL;
	int r = mailimap_uid_fetch(c->m, set, t, &held);
	if (r == MAILIMAP_NO_ERROR && held)
		mailimap_fetch_list_free(held);
	mailimap_set_msg_att_handler(c->m, NULL, NULL);
	mailimap_set_msg_body_handler(c->m, NULL, NULL);
	mailimap_fetch_type_free(t);
	mailimap_set_free(set);
	return r;
}

bool imap_list(struct imap *c, uint32_t first, struct imap_uid **out, size_t *n, struct err *e)
{
	*out = NULL;
	*n = 0;
	if (!imap_ready(c, true, e))
		return false;
	struct listing l = {.first = first ? first : 1};
	uint64_t budget = TALK_BUDGET + (uint64_t)LISTED * c->m->imap_selection_info->sel_exists;
	/* four times as long as others: an old server may have to read every mail for its size */
	stream_allow(c->stream, 4 * c->timeout_ms, budget < LIST_BUDGET ? budget : LIST_BUDGET);
	c->news = false;
	mailimap_set_msg_att_handler(c->m, on_listed, &l);
	int r = run_fetch(c, mailimap_set_new_interval(l.first, 0),
	                  attributes(mailimap_fetch_att_new_uid(), mailimap_fetch_att_new_rfc822_size(), NULL));
	if (!imap_result(c, r, "cannot list the mails", e)) {
		free(l.v);
		return false;
	}
	if (l.n)
		qsort(l.v, l.n, sizeof *l.v, by_uid);
	for (size_t i = 0; i < l.n; i++) /* a server may repeat itself */
		if (!*n || l.v[*n - 1].uid != l.v[i].uid)
			l.v[(*n)++] = l.v[i];
	*out = l.v;
	return true;
}

/* --- fetching --- */

struct fetching {
	struct imap *c;
	const struct imap_uid *v; /* ascending */
	size_t n, next;           /* next: which of them most likely comes now */
	uint32_t head;            /* only so many bytes of each; 0: all */
	struct buf raw;
	bool stopped;
	imap_take_fn *take;
	void *ctx;
	struct err *e;
};

static bool on_chunk(int type, struct mailimap_msg_att_body_section *section, const char *p, size_t n, void *ctx)
{
	struct fetching *f = ctx;
	(void)type;
	(void)section;
	if (f->stopped)
		return false;
	if (!f->raw.s)
		buf_reserve(&f->raw, !f->head && f->next < f->n && f->v[f->next].size > n ? f->v[f->next].size : n);
	buf_add(&f->raw, p, n);
	return true;
}

static int64_t seconds(const struct mailimap_date_time *d)
{
	struct tm tm = {
		.tm_year = d->dt_year - 1900,
		.tm_mon = d->dt_month - 1,
		.tm_mday = d->dt_day,
		.tm_hour = d->dt_hour,
		.tm_min = d->dt_min,
		.tm_sec = d->dt_sec,
	};
	int zone = d->dt_zone < 0 ? -d->dt_zone : d->dt_zone, off = zone / 100 * 3600 + zone % 100 * 60;
	return (int64_t)timegm(&tm) - (d->dt_zone < 0 ? -off : off);
}

static const struct imap_uid *asked_for(const struct fetching *f, uint32_t uid)
{
	struct imap_uid key = {.uid = uid};
	return bsearch(&key, f->v, f->n, sizeof *f->v, by_uid);
}

/* One FETCH response is complete: a mail, or news of flags that nobody asked for. */
static void on_mail(struct mailimap_msg_att *att, void *ctx)
{
	struct fetching *f = ctx;
	uint32_t uid = 0;
	int64_t date = 0;
	bool body = false;
	for (clistiter *i = clist_begin(att->att_list); i; i = clist_next(i)) {
		const struct mailimap_msg_att_static *s = static_item(clist_content(i));
		if (s && s->att_type == MAILIMAP_MSG_ATT_UID)
			uid = s->att_data.att_uid;
		else if (s && s->att_type == MAILIMAP_MSG_ATT_INTERNALDATE && s->att_data.att_internal_date)
			date = seconds(s->att_data.att_internal_date);
		else if (s && s->att_type == MAILIMAP_MSG_ATT_BODY_SECTION)
			body = s->att_data.att_body_section->sec_body_part != NULL; /* NIL: the mail has gone */
	}
	const struct imap_uid *u = body && !f->stopped ? asked_for(f, uid) : NULL;
	if (!u) {
		buf_free(&f->raw);
		return;
	}
	f->next = (size_t)(u - f->v) + 1;
	size_t n = f->raw.n;
	if (f->raw.cap - n > SLACK)
		f->raw.s = mem_resize(f->raw.s, n + 1, 1);
	char *raw = buf_take(&f->raw);
	struct timespec before, after;
	clock_gettime(CLOCK_MONOTONIC, &before);
	f->stopped = !f->take(f->ctx, uid, date, raw, n, f->e);
	clock_gettime(CLOCK_MONOTONIC, &after);
	stream_extend(f->c->stream, (after.tv_sec - before.tv_sec) * INT64_C(1000) + 1); /* the server waits for us meanwhile */
}

static bool fetch_slice(struct imap *c, struct fetching *f, struct err *e)
{
	uint32_t uids[SET_MAX];
	uint64_t bytes = 0, longest = 0;
	for (size_t i = 0; i < f->n; i++) {
		uint64_t size = f->head ? f->head : f->v[i].size, room = size + size / 4 + SLACK;
		uids[i] = f->v[i].uid;
		bytes += room;
		longest = room > longest ? room : longest;
	}
	if (!imap_ready(c, true, e))
		return false;
	uint64_t ms = (uint64_t)c->timeout_ms + bytes * 1000 / BYTES_A_SECOND;
	stream_allow(c->stream, ms < INT32_MAX ? (int)ms : INT32_MAX, bytes);
	c->guard.literal_max = longest;
	mailimap_set_msg_att_handler(c->m, on_mail, f);
	mailimap_set_msg_body_handler(c->m, on_chunk, f);
	struct mailimap_section *all = mailimap_section_new(NULL);
	struct mailimap_fetch_att *body = f->head ? mailimap_fetch_att_new_body_peek_section_partial(all, 0, f->head)
	                                          : mailimap_fetch_att_new_body_peek_section(all);
	int r = run_fetch(c, imap_set_of(uids, f->n),
	                  attributes(mailimap_fetch_att_new_uid(), mailimap_fetch_att_new_internaldate(), body));
	c->guard.literal_max = 0;
	buf_free(&f->raw);
	if (f->stopped) { /* e is the callback's; what the server still sends is of no use */
		c->dead = c->dead || r != MAILIMAP_NO_ERROR;
		return false;
	}
	if (r == MAILIMAP_ERROR_UID_FETCH && c->m->imap_response_info && c->m->imap_response_info->rsp_atom &&
	    !strcasecmp(c->m->imap_response_info->rsp_atom, "EXPUNGEISSUED")) { /* some have gone (RFC 5530); the others came */
		imap_note_news(c);
		return true;
	}
	return imap_result(c, r, "cannot fetch mails", e);
}

static bool fetch_all(struct imap *c, const struct imap_uid *v, size_t n, uint32_t head, imap_take_fn *take, void *ctx, struct err *e)
{
	struct imap_uid *sorted = mem_array(n ? n : 1, sizeof *sorted);
	if (n) {
		memcpy(sorted, v, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, by_uid);
	}
	bool ok = true;
	for (size_t i = 0; i < n && ok; i += SET_MAX) {
		struct fetching f = {.c = c, .v = sorted + i, .n = n - i < SET_MAX ? n - i : SET_MAX, .head = head, .take = take, .ctx = ctx, .e = e};
		ok = fetch_slice(c, &f, e);
	}
	free(sorted);
	return ok;
}

bool imap_fetch(struct imap *c, const struct imap_uid *v, size_t n, imap_take_fn *take, void *ctx, struct err *e)
{
	return fetch_all(c, v, n, 0, take, ctx, e);
}

bool imap_fetch_heads(struct imap *c, const struct imap_uid *v, size_t n, imap_take_fn *take, void *ctx, struct err *e)
{
	return fetch_all(c, v, n, FIRST, take, ctx, e);
}

bool imap_fetch_head(struct imap *c, const struct imap_uid *v, imap_take_fn *take, void *ctx, struct err *e)
{
	struct fetching f = {.c = c, .v = v, .n = 1, .head = HEAD, .take = take, .ctx = ctx, .e = e};
	return fetch_slice(c, &f, e);
}
