#include "daemon/reckon.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/reconcile.h"

enum { NAMED_MAX = 20 }; /* lines of one look */

void reckon_seen(struct reckon *r, uint32_t uidvalidity, const uint32_t *uids, size_t n)
{
	if (r->uidvalidity != uidvalidity) /* other names for all of them */
		r->n_seen = 0;
	r->uidvalidity = uidvalidity;
	size_t before = r->n_seen;
	r->seen = mem_resize(r->seen, before + n, sizeof *r->seen);
	for (size_t i = 0, k = 0; i < n; i++) { /* both ascend, but for what later looks have added */
		while (k < before && r->seen[k] < uids[i])
			k++;
		if (k == before || r->seen[k] != uids[i])
			r->seen[r->n_seen++] = uids[i];
	}
}

static void tell(const struct reconciled *out, uint32_t uidvalidity, size_t n_aside)
{
	size_t told = 0;
	for (size_t i = 0; i < out->n && told < NAMED_MAX; i++)
		if (left_unexplained(&out->v[i]) && (out->new_day || out->v[i].since == out->looked)) {
			told++;
			log_event(LOG_LEVEL_ERROR, "unexplained", LOG_I("uid", out->v[i].uid), LOG_I("uidvalidity", uidvalidity), LOG_S("why", left_why(&out->v[i])));
		}
	if (out->new_day || out->n_fresh)
		log_event(out->n_fresh ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "reconciled", LOG_I("mails", out->mails), LOG_I("unexplained", reconciled_unexplained(out)),
		          LOG_I("aside", n_aside));
}

void reckon_settle(struct reckon *r, struct db *db, const struct imap_uid *there, size_t n, const uint32_t *aside, size_t n_aside, int64_t now)
{
	struct err e;
	struct reconciled out;
	uint32_t *uids = mem_array(n, sizeof *uids);
	for (size_t i = 0; i < n; i++)
		uids[i] = there[i].uid;
	const struct inbox_look look = {r->uidvalidity, uids, n, r->seen, r->n_seen, aside, n_aside};
	if (reconcile(db, &look, now, &out, &e)) {
		size_t waits = 0;
		for (size_t i = 0; i < out.n; i++)
			waits += out.v[i].how == LEFT_ASIDE;
		tell(&out, r->uidvalidity, waits);
		reconciled_free(&out);
		r->n_seen = 0;
	} else {
		log_event(LOG_LEVEL_WARN, "not-reconciled", LOG_S("why", e.text));
	}
	free(uids);
}

void reckon_free(struct reckon *r)
{
	free(r->seen);
	*r = (struct reckon){0};
}
