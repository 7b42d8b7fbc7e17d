#include "desk/thread.h"

#include <stdlib.h>
#include <string.h>

#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"

enum { TAG_DIGITS_MAX = 15 };

int64_t thread_tag(const char *tag, const char *subject)
{
	size_t n = strlen(tag);
	for (const char *s = subject; (s = strchr(s, '[')); s++) {
		if (strncasecmp(s + 1, tag, n) != 0 || s[1 + n] != '-')
			continue;
		const char *digits = s + 2 + n;
		size_t k = strspn(digits, "0123456789");
		int64_t number = k <= TAG_DIGITS_MAX && digits[k] == ']' ? strtoll(digits, NULL, 10) : 0;
		if (number > 0)
			return number;
	}
	return 0;
}

struct seek {
	struct db *db;
	const struct config *config;
	const struct mail *mail;
	struct threading *out;
	enum evidence evidence;
	struct err *err;
	bool failed;
};

struct found { /* the tickets that one id names */
	int64_t ticket[8];
	bool ours[8];
	size_t n;
};

static bool collect(void *ctx, int64_t ticket, bool ours)
{
	struct found *f = ctx;
	f->ticket[f->n] = ticket;
	f->ours[f->n++] = ours;
	return f->n < sizeof f->ticket / sizeof *f->ticket;
}

/* May this mail's writer speak on that ticket? */
static bool may_join(struct seek *s, int64_t ticket, bool ours, bool *yes)
{
	const char *from = s->mail->from.addr;
	*yes = ours && mail_is_automatic(s->mail);
	if (*yes || !from || !*from)
		return true;
	if (config_is_staff(s->config, from)) {
		*yes = true;
		return true;
	}
	return participant_is(s->db, ticket, from, yes, s->err);
}

/* True: settled, or failed. */
static bool try_id(struct seek *s, const char *id)
{
	struct found f = {0};
	if (!id || !*id)
		return false;
	if (!thread_find(s->db, id, collect, &f, s->err))
		return s->failed = true;
	for (size_t i = 0; i < f.n; i++) {
		bool yes;
		if (!may_join(s, f.ticket[i], f.ours[i], &yes))
			return s->failed = true;
		if (yes) {
			s->out->ticket = f.ticket[i];
			s->out->evidence = s->evidence;
			return true;
		}
		if (!s->out->wished)
			s->out->wished = f.ticket[i];
	}
	return false;
}

static bool by_returned(struct seek *s)
{
	const char *id = s->mail->bounce.message_id;
	s->evidence = EVIDENCE_RETURNED;
	if (s->mail->kind != MAIL_BOUNCE || !try_id(s, id))
		return false;
	if (!s->failed && !outbox_by_message_id(s->db, id, &s->out->outbox, s->err))
		s->failed = true;
	return true;
}

/* Our own mail, redirected to us by one who got it. All of ours are automatic; a person's mail with a copied id is a person's. */
static bool by_own_id(struct seek *s)
{
	struct found f = {0};
	const char *id = s->mail->message_id;
	if (!id || !*id || !mail_is_automatic(s->mail))
		return false;
	if (!thread_find(s->db, id, collect, &f, s->err))
		return s->failed = true;
	if (f.n == 0 || !f.ours[0])
		return false;
	s->out->ticket = f.ticket[0];
	s->out->evidence = EVIDENCE_OWN;
	return true;
}

static bool by_references(struct seek *s)
{
	const struct strs *r = &s->mail->references;
	s->evidence = EVIDENCE_REFERENCE;
	if (try_id(s, s->mail->in_reply_to))
		return true;
	for (size_t i = r->n; i > 0; i--)
		if (try_id(s, r->v[i - 1]))
			return true;
	return false;
}

static bool by_tag(struct seek *s)
{
	int64_t ticket = s->mail->subject ? thread_tag(s->config->office.tag, s->mail->subject) : 0;
	struct ticket t;
	if (!ticket || mail_is_automatic(s->mail))
		return false;
	int there = ticket_get(s->db, ticket, &t, s->err);
	if (there <= 0)
		return s->failed = there < 0;
	ticket_free(&t);
	bool yes;
	if (!may_join(s, ticket, false, &yes))
		return s->failed = true;
	if (yes) {
		s->out->ticket = ticket;
		s->out->evidence = EVIDENCE_TAG;
	} else if (!s->out->wished) {
		s->out->wished = ticket;
	}
	return yes;
}

bool thread_place(struct db *d, const struct config *c, const struct mail *m, struct threading *out, struct err *e)
{
	*out = (struct threading){0};
	struct seek s = {.db = d, .config = c, .mail = m, .out = out, .err = e};
	if (!by_own_id(&s) && !by_returned(&s) && !by_references(&s))
		by_tag(&s);
	if (out->ticket)
		out->wished = 0;
	return !s.failed;
}
