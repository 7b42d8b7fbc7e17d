#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "imap_session.h"

/* --- making the folder --- */

static bool create_as(struct imap *c, const char *name, struct err *e)
{
	if (!imap_ready(c, false, e) || !imap_result(c, mailimap_create(c->m, name), "cannot make the folder", e))
		return false;
	/* a folder without a subscription is invisible in many mail programs; that it fails is no reason to stop */
	struct err ignored;
	if (imap_ready(c, false, e))
		imap_result(c, mailimap_subscribe(c->m, name), "cannot subscribe", &ignored);
	return imap_healthy(c) || imap_dead(c, "cannot subscribe to the folder", e);
}

/* Does the server know of that folder? */
static bool is_there(struct imap *c, const char *name, bool *there, struct err *e)
{
	clist *found = NULL;
	*there = false;
	if (!imap_ready(c, false, e) || !imap_result(c, mailimap_list(c->m, "", name, &found), "cannot look for the folder", e))
		return false;
	*there = found && clist_count(found) > 0;
	if (found)
		mailimap_list_result_free(found);
	return true;
}

/* Finds or makes the folder below INBOX, and takes that prefix for all folders of this connection. */
static bool below_inbox(struct imap *c, char **name, const char *folder, struct err *e)
{
	char *prefix = mem_fmt("INBOX%c", c->delimiter), *old = c->prefix;
	bool there;
	c->prefix = prefix;
	char *below = imap_name(c, folder, true, e);
	if (below && is_there(c, below, &there, e) && (there || create_as(c, below, e))) {
		free(old);
		free(*name);
		*name = below;
		return true;
	}
	c->prefix = old;
	free(prefix);
	free(below);
	return false;
}

/* Makes the folder of that name. Old Courier and Cyrus, which have no NAMESPACE, make folders below INBOX alone. A refusal by a server
 * that told where personal folders are, or of a folder that is there, means that a right is missing: another folder would hide it. */
static bool create(struct imap *c, char **name, const char *folder, struct err *e)
{
	struct err second;
	bool there;
	if (create_as(c, *name, e))
		return true;
	if (!imap_healthy(c) || c->can.names || *c->prefix || !c->delimiter)
		return false;
	if (is_there(c, *name, &there, &second) && !there && below_inbox(c, name, folder, &second))
		return true;
	if (!imap_healthy(c))
		*e = second;
	return false;
}

static void advise(struct err *e, const char *what)
{
	struct err said = *e;
	err_set(e, said.kind, "%s", what);
	err_in(e, "%.300s", said.text);
}

/* `first` is why the mails cannot be moved, *e why the folder cannot be made then: tells what matters of it, and what to do. */
static void explain(const struct err *first, struct err *e)
{
	bool missing = strstr(first->text, "TRYCREATE"), exists = strstr(e->text, "ALREADYEXISTS");
	if (missing && !exists) {
		advise(e, "make it by hand, or give the account the right to make folders");
		return;
	}
	*e = *first; /* "over quota" says more than "exists already" */
	if (missing || strstr(first->text, "NOPERM")) /* Dovecot calls a folder missing that the account may not see */
		advise(e, "give the account the right to see the folder and to put mails into it");
}

/* --- moving --- */

/* Without MOVE: the copy is proven by COPYUID (RFC 4315) before anything is deleted, and only what it names is. */
static bool remove_copied(struct imap *c, struct mailimap_set *copied, struct err *e)
{
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();
	mailimap_flag_list_add(flags, mailimap_flag_new_deleted());
	struct mailimap_store_att_flags *deleted = mailimap_store_att_flags_new_add_flags_silent(flags);
	bool ok = imap_ready(c, true, e) && imap_result(c, mailimap_uid_store(c->m, copied, deleted), "cannot mark copied mails", e);
	mailimap_store_att_flags_free(deleted);
	return ok && imap_ready(c, true, e) && imap_result(c, mailimap_uid_expunge(c->m, copied), "cannot remove copied mails", e);
}

/* Are any of them still in the mailbox? */
static bool any_left(struct imap *c, const uint32_t *uids, size_t n, bool *left, struct err *e)
{
	struct imap_uid *all;
	size_t have;
	*left = false;
	if (!imap_list(c, uids[0], &all, &have, e))
		return false;
	for (size_t i = 0, k = 0; i < have && !*left; i++) {
		while (k < n && uids[k] < all[i].uid)
			k++;
		*left = k < n && uids[k] == all[i].uid;
	}
	free(all);
	return true;
}

static int copy(struct imap *c, struct mailimap_set *set, const char *name, struct mailimap_set **copied)
{
	uint32_t validity;
	struct mailimap_set *there = NULL;
	int r = mailimap_uidplus_uid_copy(c->m, set, name, &validity, copied, &there);
	if (r == MAILIMAP_NO_ERROR && there)
		mailimap_set_free(there);
	return r;
}

/* One MOVE, or COPY and the rest. ERR_REFUSED with `missing` set when the folder has to be made first. */
static bool move_slice(struct imap *c, const uint32_t *uids, size_t n, const char *name, bool *missing, struct err *e)
{
	if (!imap_ready(c, true, e))
		return false;
	struct mailimap_set *set = imap_set_of(uids, n), *copied = NULL;
	int r = c->can.move ? mailimap_uid_move(c->m, set, name) : copy(c, set, name, &copied);
	mailimap_set_free(set);
	*missing = r == MAILIMAP_ERROR_UID_MOVE || r == MAILIMAP_ERROR_UID_COPY;
	if (!imap_result(c, r, "cannot move mails", e))
		return false;
	if (c->can.move)
		return true;
	bool ok, left = false;
	if (copied)
		ok = remove_copied(c, copied, e);
	else
		ok = any_left(c, uids, n, &left, e);
	if (left)
		ok = err_set(e, ERR_TEMPORARY, "'%s' does not say what it copied (no COPYUID); the mails stay", c->where);
	if (copied)
		mailimap_set_free(copied);
	return ok;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static bool move_sorted(struct imap *c, const uint32_t *uids, size_t n, const char *folder, struct err *e)
{
	char *name = imap_name(c, folder, true, e);
	bool ok = name, tried = false;
	for (size_t i = 0; i < n && ok;) {
		size_t k = n - i < SET_MAX ? n - i : SET_MAX;
		bool missing = false;
		ok = move_slice(c, uids + i, k, name, &missing, e);
		if (ok)
			i += k;
		else if (missing && imap_healthy(c) && !tried) { /* some servers do not say TRYCREATE: the attempt itself tells */
			struct err first = *e;
			tried = true;
			ok = create(c, &name, folder, e);
			if (!ok && imap_healthy(c))
				explain(&first, e);
		}
	}
	free(name);
	return ok;
}

bool imap_move(struct imap *c, const uint32_t *uids, size_t n, const char *folder, struct err *e)
{
	if (!imap_ready(c, true, e))
		return false;
	if (!n)
		return true;
	if (!c->can.move && !c->can.uidplus)
		return err_set(e, ERR_CONFIG, "'%s' has neither MOVE nor UIDPLUS, so no mail can be filed safely; they stay in the inbox",
		               c->where);
	uint32_t *sorted = mem_array(n, sizeof *sorted);
	memcpy(sorted, uids, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_number);
	bool ok = move_sorted(c, sorted, n, folder, e);
	free(sorted);
	return ok || err_in(e, "folder '%s'", folder);
}
