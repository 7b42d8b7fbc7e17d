#include "desk/thread.h"

#include <stdlib.h>
#include <string.h>

#include "mail/address.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/part.h"
#include "store/ticket.h"

enum { TAG_DIGITS_MAX = 15, CANDIDATES_MAX = 8 };

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
	const struct thread_ground *ground;
	const struct mail *mail;
	struct threading *out;
	struct err *err;
	bool failed;
};

static bool fail(struct seek *s)
{
	s->failed = true;
	return true;
}

static const char *writer_addr(const struct seek *s)
{
	return s->mail->from.addr ? s->mail->from.addr : "";
}

/* The ticket that a number stands for now. False: there is none, or it failed. */
static bool the_ticket(struct seek *s, int64_t number, struct ticket *t)
{
	int64_t final = 0;
	if (number <= 0)
		return false;
	if (!ticket_final(s->ground->db, number, &final, s->err)) {
		s->failed = true;
		return false;
	}
	int there = final ? ticket_get(s->ground->db, final, t, s->err) : 0;
	s->failed = s->failed || there < 0;
	return there > 0;
}

/* As whom staff speak on this ticket: proved is not enough, it must be theirs (its topic's, its owner's, or of those who have it). */
static bool staff_standing(struct seek *s, const struct ticket *t, enum writer *out)
{
	const struct config *c = s->ground->config;
	const struct staff_claim *claim = s->ground->claim;
	char *role = NULL;
	*out = WRITER_STRANGER;
	if (!claim->listed)
		return true;
	*out = WRITER_UNPROVED;
	if (!claim->proved)
		return true;
	*out = WRITER_STAFF;
	if (staff_works_for(c, writer_addr(s), t->topic ? config_topic_index(c, t->topic) : -1) || (t->owner && address_same(t->owner, writer_addr(s))))
		return true;
	if (!participant_role(s->ground->db, t->id, writer_addr(s), &role, s->err))
		return false;
	if (!role || strcmp(role, "staff") != 0)
		*out = WRITER_NOT_YOURS;
	free(role);
	return true;
}

static bool settle(struct seek *s, int64_t ticket, enum evidence evidence, enum writer writer)
{
	s->out->ticket = ticket;
	s->out->evidence = evidence;
	s->out->writer = writer;
	return true;
}

static void wish(struct seek *s, int64_t ticket)
{
	if (!s->out->wished)
		s->out->wished = ticket;
}

/* --- by a token --- */

/* The token stands behind the '+' of our address, in a link's subject, or in an id that is ours to the letter: a token in an id that was made up
 * around it proves nothing. */
static bool stands_where_we_put_it(struct seek *s, const char *token, bool *yes)
{
	const struct mail *m = s->mail;
	const struct mailboxes *lists[] = {&m->to, &m->cc};
	int64_t row = 0;
	*yes = m->subject && strcasestr(m->subject, token);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			*yes = *yes || (lists[k]->v[i].addr && strcasestr(lists[k]->v[i].addr, token));
	for (size_t i = 0; !*yes && i <= m->references.n; i++) {
		const char *id = i < m->references.n ? m->references.v[i] : m->in_reply_to;
		if (!id || !strcasestr(id, token))
			continue;
		if (!outbox_by_message_id(s->ground->db, id, &row, s->err))
			return false;
		*yes = row != 0;
	}
	return true;
}

static bool by_token(struct seek *s)
{
	const struct staff_claim *claim = s->ground->claim;
	struct ticket t = {0};
	enum writer writer = WRITER_PEOPLE;
	bool ours = false;
	if (!claim->has_token || !the_ticket(s, claim->token.ticket, &t))
		return s->failed;
	bool ok = true;
	switch (claim->token.purpose) {
	case TOKEN_STAFF:
	case TOKEN_NOTICE:
	case TOKEN_COMMAND:
		ok = staff_standing(s, &t, &writer) && stands_where_we_put_it(s, claim->token_text, &ours);
		if (writer == WRITER_STAFF && !ours)
			writer = WRITER_UNPROVED;
		break;
	case TOKEN_PART:
		writer = WRITER_PART;
		s->out->part = claim->token.nonce;
		s->out->asked = claim->token.ticket;
		break;
	default:
		break;
	}
	int64_t ticket = t.id;
	ticket_free(&t);
	if (!ok || !outbox_by_token(s->ground->db, claim->token_text, &s->out->outbox, s->err))
		return fail(s);
	if (writer == WRITER_STRANGER) { /* a token of staff in the hand of one who is staff no longer */
		wish(s, ticket);
		return false;
	}
	return settle(s, ticket, EVIDENCE_TOKEN, writer);
}

/* Whoever answers for a division that was asked: the address itself, its domain, or anyone of the house. */
static bool of_the_division(const struct seek *s, const char *asked)
{
	const char *from = writer_addr(s);
	return *from && (address_same(from, asked) || config_is_internal(s->ground->config, from) || strcasecmp(address_domain(from), address_domain(asked)) == 0);
}

/* A question goes to an address that many may read; its token is checked for that address. */
static bool by_question(struct seek *s)
{
	char token[TOKEN_TEXT + 1];
	for (size_t i = 0; i < CANDIDATES_MAX && token_candidates(s->ground->config, s->mail, i, token); i++) {
		struct outbox_item row = {0};
		struct token t = {0};
		int64_t id = 0;
		if (!outbox_by_token(s->ground->db, token, &id, s->err))
			return fail(s);
		int there = id ? outbox_get(s->ground->db, id, &row, s->err) : 0;
		bool good = there > 0 && token_check(s->ground->keys, token, row.recipient, s->ground->now, &t) == TOKEN_GOOD && t.purpose == TOKEN_PART;
		bool ours = good && of_the_division(s, row.recipient);
		outbox_item_free(&row);
		if (there < 0)
			return fail(s);
		struct ticket ticket = {0};
		if (!good || !the_ticket(s, t.ticket, &ticket)) {
			if (s->failed)
				return true;
			continue;
		}
		int64_t number = ticket.id;
		ticket_free(&ticket);
		if (!ours) {
			wish(s, number);
			continue;
		}
		s->out->part = t.nonce;
		s->out->asked = t.ticket;
		s->out->outbox = id;
		return settle(s, number, EVIDENCE_TOKEN, WRITER_PART);
	}
	return false;
}

/* --- by an id, or by the subject --- */

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

struct find_part { /* the latest that was asked of an address and is open */
	const char *addr;
	int64_t ticket;
	int number;
};

static bool find_part(void *ctx, const struct part *p)
{
	struct find_part *f = ctx;
	if (strcmp(p->state, "open") == 0 && p->addr && address_same(p->addr, f->addr)) {
		f->ticket = p->ticket;
		f->number = p->number;
	}
	return true;
}

/* A division that was asked, by its own address; some programs drop all that threads a mail. */
static bool part_standing(struct seek *s, const struct ticket *t, enum writer *out)
{
	struct find_part f = {.addr = writer_addr(s)};
	if (!part_each(s->ground->db, t->id, find_part, &f, s->err))
		return false;
	if (f.number) {
		*out = WRITER_PART;
		s->out->part = f.number;
		s->out->asked = f.ticket;
	}
	return true;
}

/* May this mail's writer speak on that ticket, and as whom? */
static bool standing(struct seek *s, const struct ticket *t, bool ours, enum writer *out)
{
	char *role = NULL;
	*out = WRITER_STRANGER;
	if (*writer_addr(s) && !participant_role(s->ground->db, t->id, writer_addr(s), &role, s->err))
		return false;
	if (role && (strcmp(role, "requester") == 0 || strcmp(role, "cc") == 0))
		*out = WRITER_PEOPLE;
	bool part = role && (strcmp(role, "part") == 0 || strcmp(role, "watch") == 0);
	free(role);
	if (part && !part_standing(s, t, out))
		return false;
	if (*out == WRITER_STRANGER && !staff_standing(s, t, out))
		return false;
	if (*out == WRITER_STRANGER && ours && mail_is_automatic(s->mail))
		*out = WRITER_PEOPLE;
	return true;
}

/* True: settled, or failed. */
static bool try_ticket(struct seek *s, int64_t number, bool ours, enum evidence evidence)
{
	struct ticket t = {0};
	enum writer writer;
	if (!the_ticket(s, number, &t))
		return s->failed;
	bool ok = standing(s, &t, ours, &writer);
	int64_t ticket = t.id;
	ticket_free(&t);
	if (!ok)
		return fail(s);
	if (writer != WRITER_STRANGER)
		return settle(s, ticket, evidence, writer);
	wish(s, ticket);
	return false;
}

static bool try_id(struct seek *s, const char *id, enum evidence evidence)
{
	struct found f = {0};
	if (!id || !*id)
		return false;
	if (!thread_find(s->ground->db, id, collect, &f, s->err))
		return fail(s);
	for (size_t i = 0; i < f.n; i++)
		if (try_ticket(s, f.ticket[i], f.ours[i], evidence)) {
			if (!s->failed && f.ours[i] && !outbox_by_message_id(s->ground->db, id, &s->out->outbox, s->err))
				s->failed = true;
			return true;
		}
	return false;
}

static bool by_returned(struct seek *s)
{
	return s->mail->kind == MAIL_BOUNCE && try_id(s, s->mail->bounce.message_id, EVIDENCE_RETURNED);
}

/* Our own mail, redirected to us by one who got it: it is automatic, or bears our address; a person's mail with a copied id is a person's. */
static bool by_own_id(struct seek *s)
{
	struct found f = {0};
	const char *id = s->mail->message_id;
	if (!id || !*id || !(mail_is_automatic(s->mail) || config_is_own_address(s->ground->config, s->mail->from.addr)))
		return false;
	if (!thread_find(s->ground->db, id, collect, &f, s->err))
		return fail(s);
	if (f.n == 0 || !f.ours[0])
		return false;
	return settle(s, f.ticket[0], EVIDENCE_OWN, WRITER_PEOPLE);
}

static bool by_references(struct seek *s)
{
	const struct strs *r = &s->mail->references;
	if (try_id(s, s->mail->in_reply_to, EVIDENCE_REFERENCE))
		return true;
	for (size_t i = r->n; i > 0; i--)
		if (try_id(s, r->v[i - 1], EVIDENCE_REFERENCE))
			return true;
	return false;
}

static bool by_tag(struct seek *s)
{
	int64_t ticket = s->mail->subject ? thread_tag(s->ground->config->office.tag, s->mail->subject) : 0;
	return ticket && !mail_is_automatic(s->mail) && try_ticket(s, ticket, false, EVIDENCE_TAG);
}

bool thread_place(const struct thread_ground *g, const struct mail *m, struct threading *out, struct err *e)
{
	*out = (struct threading){0};
	struct seek s = {.ground = g, .mail = m, .out = out, .err = e};
	if (!by_own_id(&s) && !by_returned(&s) && !by_token(&s) && !by_question(&s) && !by_references(&s))
		by_tag(&s);
	if (out->ticket)
		out->wished = 0;
	return !s.failed;
}

bool thread_of_staff(struct db *d, const struct config *c, const struct ticket *t, const char *to, char **message_id, struct err *e)
{
	int topic = t->topic ? config_topic_index(c, t->topic) : -1;
	const struct strs *staff = config_topic_staff(c, topic);
	bool ok = outbox_first_forward(d, t->id, to, message_id, e);
	for (size_t i = 0; ok && !*message_id && staff_works_for(c, to, topic) && i < staff->n; i++)
		if (staff_is_group(c, staff->v[i], topic))
			ok = outbox_first_forward(d, t->id, staff->v[i], message_id, e);
	return ok;
}
