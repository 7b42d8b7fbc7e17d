/* Parts: what others are asked about a ticket, or are given of it; and their answers. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "act_parts.h"
#include "desk/reply.h"
#include "mail/address.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"

enum { WATCH_SECONDS = 7 * 24 * 3600 };

/* --- the parts of a ticket --- */

static void copy_part(struct part *to, const struct part *p)
{
	*to = *p;
	to->addr = mem_dup(p->addr);
	to->topic = mem_dup(p->topic);
	to->asked_by = mem_dup(p->asked_by);
	to->question = mem_dup(p->question);
	to->state = mem_dup(p->state);
}

bool act_parts_add(void *ctx, const struct part *p)
{
	struct act_parts *l = ctx;
	l->v = mem_resize(l->v, l->n + 1, sizeof *l->v);
	copy_part(&l->v[l->n++], p);
	return true;
}

bool act_parts_of(struct db *d, int64_t ticket, struct act_parts *out, struct err *e)
{
	*out = (struct act_parts){0};
	return part_each(d, ticket, act_parts_add, out, e);
}

void act_parts_free(struct act_parts *l)
{
	for (size_t i = 0; i < l->n; i++)
		part_free(&l->v[i]);
	free(l->v);
	*l = (struct act_parts){0};
}

const char *act_part_name(const struct config *c, const struct part *p, const char *lang)
{
	return *p->addr ? p->addr : p->topic ? config_topic_title(c, config_topic_index(c, p->topic), lang) : "?";
}

static bool end_part(struct db *d, struct part *p, const char *state, int64_t message, int64_t now, struct err *e)
{
	free(p->state);
	p->state = mem_dup(state);
	p->done = strcmp(state, "open") == 0 ? 0 : now;
	p->message = message;
	return part_save(d, p, e);
}

bool act_part_end(struct act *a, struct part *p, const char *state, struct err *e)
{
	const char *said = strcmp(state, "open") == 0 ? "open again" : state;
	return end_part(a->db, p, state, p->message, a->g->now, e) &&
	       act_event(a, p->ticket, mem_fmt("part %d (%s) is %s", p->number, act_part_name(a->config, p, "en"), said), e);
}

/* --- a second topic --- */

/* Those of its staff who have not got the ticket. */
static bool new_staff(struct desk *d, const struct ticket *t, int topic, struct strs *out, struct err *e)
{
	const struct strs *all = config_topic_staff(d->config, topic);
	for (size_t i = 0; i < all->n; i++) {
		char *role = NULL;
		if (!participant_role(d->db, t->id, all->v[i], &role, e))
			return false;
		if (!(role && strcmp(role, "staff") == 0) && !same_person(d->config, all->v[i], t->owner))
			strs_add(out, all->v[i]);
		free(role);
	}
	return true;
}

/* p->number 0 afterwards: there was nobody to tell. */
static bool also(struct desk *d, const struct letter_ground *g, int topic, const char *asked_by, struct forward_words *w, struct strs *told, struct part *p, struct err *e)
{
	struct strs staff = {0}, cc = {0};
	*p = (struct part){.ticket = g->ticket->id,
	                   .addr = mem_dup(""),
	                   .topic = mem_dup(config_topic_name(d->config, topic)),
	                   .asked_by = mem_dup(asked_by),
	                   .question = mem_dup(""),
	                   .state = mem_dup("open"),
	                   .created = g->now};
	bool ok = new_staff(d, g->ticket, topic, &staff, e) && participant_list(d->db, g->ticket->id, "cc", &cc, e);
	char *what = NULL;
	w->kind = FORWARD_PART;
	w->part = p;
	w->cc = &cc;
	if (ok && staff.n) {
		ok = part_add(d->db, p, e) && send_forwards(d, g, &staff, w, "part", told, e);
		what = mem_fmt("also for %s (part %d)", p->topic, p->number);
	} else if (ok) {
		what = mem_fmt("also for %s, whose staff have the ticket already", p->topic);
	}
	ok = ok && event_add(d->db, g->ticket->id, g->now, asked_by, what, e);
	w->cc = NULL;
	strs_free(&staff);
	strs_free(&cc);
	free(what);
	return ok;
}

bool desk_also(struct desk *d, const struct letter_ground *g, int topic, const char *asked_by, const char *why, const char *trouble, struct strs *told, struct err *e)
{
	struct part p = {0};
	struct forward_words w = {.why = why, .trouble = trouble};
	bool ok = also(d, g, topic, asked_by, &w, told, &p, e);
	part_free(&p);
	return ok;
}

bool do_also(struct act *a, const struct command *k, struct err *e)
{
	struct part p = {0};
	struct forward_words w = {0};
	const char *title = config_topic_title(a->config, a->also, a->lang);
	(void)k;
	if (!act_load(a, e))
		return false;
	char *why = mem_fmt(act_staff_sv(a) ? "%s ber om er hjälp med ärendet" : "%s asks for your help with the ticket", act_who(a));
	free(a->t->second_topic);
	a->t->second_topic = mem_dup(config_topic_name(a->config, a->also));
	a->changed = true;
	const struct letter_ground g = carried_ground(a->desk, a->g->keys, a->t, &a->carried, a->g->now);
	w.why = why;
	w.trouble = a->carried.trouble;
	bool ok = also(a->desk, &g, a->also, a->g->actor, &w, &a->out->told, &p, e);
	if (ok && p.number) {
		undo_trace_part(a, &p, "parts");
		ACT_SAY(a, "Kollegorna på ”%s” har också fått mejlet. Deras svar kommer till den som har ärendet.",
		        "The colleagues of “%s” have got the mail too. What they answer comes to whoever has the ticket.", title);
	} else if (ok) {
		ACT_SAY(a, "”%s” är nu ärendets andra ämne. Kollegorna där har redan ärendet.", "“%s” is the ticket's second topic now. The colleagues there have the ticket already.", title);
	}
	part_free(&p);
	free(why);
	return ok;
}

/* --- a question --- */

enum { QUOTE_LINES = 1000, QUOTE_BYTES = 256 << 10 };

/* The words of a text in a row, one blank between them, without the marks of a quote before its lines. */
static char *run_of_words(const char *s, size_t n)
{
	struct buf b = {0};
	bool start = true;
	buf_addc(&b, ' ');
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		if (c == '\n')
			start = true;
		if ((start && (c == '>' || c == '|')) || c == ' ' || c == '\n' || c == '\t' || c == '\r') {
			if (b.s[b.n - 1] != ' ')
				buf_addc(&b, ' ');
			continue;
		}
		start = false;
		buf_addc(&b, c);
	}
	if (b.s[b.n - 1] != ' ')
		buf_addc(&b, ' ');
	return buf_take(&b);
}

/* What of the requester's own text stands in the asker's mail still, quoted: only those words, so that neither our block nor anything of another
 * ticket goes to another division; and not what the asker has taken out. */
static void add_left_in(struct buf *out, const char *mail_text, const char *original)
{
	size_t n = strlen(mail_text), lines = 0;
	char *there = run_of_words(mail_text, n < QUOTE_BYTES ? n : QUOTE_BYTES);
	bool blank = false;
	for (const char *s = original; *s && lines < QUOTE_LINES; lines++) {
		size_t len = strcspn(s, "\n");
		char *words = run_of_words(s, len);
		if (strcmp(words, " ") == 0) {
			blank = out->n > 0;
		} else if (strstr(there, words)) {
			if (blank)
				buf_adds(out, ">\n");
			blank = false;
			buf_adds(out, *s == '>' ? ">" : "> ");
			buf_add(out, s, len);
			buf_addc(out, '\n');
		}
		free(words);
		s += len + (s[len] == '\n');
	}
	free(there);
}

/* The question with what the asker left in of the mail below it. *quoted: something was. */
static bool question_text(struct act *a, char **text, bool *quoted, struct err *e)
{
	struct message_row row = {0};
	struct buf b = {0}, quote = {0};
	int there = a->g->mail && a->g->mail->text && a->about ? message_get(a->db, a->about, &row, e) : 0;
	if (there < 0)
		return false;
	buf_adds(&b, a->g->text);
	if (there > 0) {
		add_left_in(&quote, a->g->mail->text, row.text);
		*quoted = quote.n > 0;
		char *when = letter_time(row.date ? row.date : row.received, a->config->office.languages.v[0]);
		const char *who = *row.from_name ? row.from_name : row.from_addr;
		if (quote.n)
			buf_addf(&b, act_staff_sv(a) ? "\n\n%s skrev %s:\n\n%s" : "\n\n%s wrote %s:\n\n%s", who, when, quote.s);
		free(when);
		message_row_free(&row);
	}
	buf_free(&quote);
	*text = buf_take(&b);
	return true;
}

static int64_t end_of_day(const struct day *d)
{
	struct tm tm = {.tm_year = d->year - 1900, .tm_mon = d->month - 1, .tm_mday = d->day, .tm_hour = 23, .tm_min = 59, .tm_sec = 59, .tm_isdst = -1};
	return (int64_t)mktime(&tm);
}

static bool ask_one(struct act *a, const struct command *k, const char *to, const char *text, bool quoted, struct err *e)
{
	struct part p = {.ticket = a->t->id,
	                 .addr = mem_dup(to),
	                 .asked_by = mem_dup(a->g->actor),
	                 .question = mem_dup(a->g->text),
	                 .state = mem_dup("open"),
	                 .due = k->has_date ? end_of_day(&k->date) : 0,
	                 .created = a->g->now};
	const struct mail none = {0};
	const struct letter_ground g = {.config = a->config,
	                                .ticket = a->t,
	                                .mail = a->g->mail ? a->g->mail : &none,
	                                .message = a->g->message,
	                                .raw_bytes = a->g->raw_bytes,
	                                .now = a->g->now,
	                                .keys = a->g->keys};
	struct reply_words w = {.writer = a->g->admin ? NULL : a->g->actor, .writer_name = a->g->admin ? NULL : act_who(a), .text = text, .html = !quoted};
	struct outbox_item item;
	if (a->g->mail)
		w.answer = &a->g->mail->answer;
	w.html = w.html && a->g->mail && reply_html_fits(a->g->mail, text);
	bool ok = part_add(a->db, &p, e) && letter_question(&g, &p, &w, &item, e) && letter_post(a->db, &item, a->g->now, e) &&
	          participant_add(a->db, a->t->id, to, "", "part", e);
	if (ok) {
		undo_trace_part(a, &p, "parts");
		strs_add(&a->out->told, to);
		ok = act_event(a, a->t->id,
		               k->has_date ? mem_fmt("asked %s (part %d), by %04d-%02d-%02d: %s", to, p.number, k->date.year, k->date.month, k->date.day, p.question)
		                           : mem_fmt("asked %s (part %d): %s", to, p.number, p.question),
		               e);
	}
	part_free(&p);
	return ok;
}

bool do_ask(struct act *a, const struct command *k, struct err *e)
{
	char *text = NULL, *people = act_people(a->config, &k->addresses, a->lang), *day = k->has_date ? act_day(&k->date, a->lang) : NULL;
	char *owner = a->t->owner && !same_person(a->config, a->t->owner, a->g->actor) ? act_person(a->config, a->t->owner) : NULL;
	bool quoted = false, ok = question_text(a, &text, &quoted, e);
	for (size_t i = 0; ok && i < k->addresses.n; i++)
		ok = ask_one(a, k, k->addresses.v[i], text, quoted, e);
	a->changed = true;
	if (ok) {
		char *by = !day ? mem_dup("") : mem_fmt(a->sv ? " (senast %s)" : " (by %s)", day);
		if (owner)
			ACT_SAY(a, "Frågan har gått till %s%s. Svaret kommer till %s, som har ärendet.", "The question has gone to %s%s. The answer comes to %s, who has the ticket.", people, by, owner);
		else
			ACT_SAY(a, "Frågan har gått till %s%s. Svaret kommer till dig.", "The question has gone to %s%s. The answer comes to you.", people, by);
		free(by);
	}
	free(text);
	free(people);
	free(day);
	free(owner);
	return ok;
}

/* --- the whole ticket to another division --- */

/* The requester hears of it, unless nobody would read that. */
static bool tell_requester(struct act *a, const char *division, bool *done, struct err *e)
{
	const char *to = a->t->answer_addr ? a->t->answer_addr : a->t->requester_addr;
	struct outbox_item item;
	*done = address_ok(to) && !config_is_own_address(a->config, to) && !address_is_robot(to) && !a->t->spam && !mail_is_automatic(&a->carried.mail);
	if (!*done)
		return true;
	const struct letter_ground g = carried_ground(a->desk, a->g->keys, a->t, &a->carried, a->g->now);
	if (!letter_handed_over(&g, to, division, &item, e))
		return false;
	free(item.kind); /* a colleague's doing: it does not count as the desk's one answer */
	item.kind = mem_dup("reply");
	item.writer = mem_dup(a->g->actor);
	strs_add(&a->out->told, to);
	return letter_post(a->db, &item, a->g->now, e);
}

bool do_handover(struct act *a, const struct command *k, struct err *e)
{
	const char *to = k->addresses.v[0];
	struct strs one = {0};
	struct part p = {.ticket = a->t->id,
	                 .addr = mem_dup(to),
	                 .asked_by = mem_dup(a->g->actor),
	                 .question = mem_dup(a->g->text),
	                 .state = mem_dup("open"),
	                 .due = k->watch ? a->g->now + WATCH_SECONDS : 0,
	                 .created = a->g->now,
	                 .handover = true,
	                 .watch = k->watch};
	bool told = false;
	strs_add(&one, to);
	bool ok = act_load(a, e) && part_add(a->db, &p, e) && (k->watch || end_part(a->db, &p, "waived", 0, a->g->now, e)) &&
	          act_forward(a, FORWARD_HANDOVER, &one, NULL, &p, k->watch ? "watch" : "part", e) && tell_requester(a, to, &told, e);
	if (ok) {
		act_set_status(a->t, k->watch ? "pending" : "closed", a->g->now);
		a->changed = true;
		undo_trace_part(a, &p, "parts");
		ACT_SAY(a, "Hela ärendet har gått till %s.", "The whole ticket has gone to %s.", to);
		if (told)
			ACT_SAY_PLAIN(a, "Den som frågade har fått veta det.", "Whoever asked has been told.");
		else
			ACT_SAY_PLAIN(a, "Den som frågade har inte fått veta det, för dit går det inte att skriva.", "Whoever asked has not been told: that address cannot be written to.");
		if (k->watch)
			ACT_SAY_PLAIN(a, "Deras svar visas för dig och stänger ärendet. Dröjer det, får du en påminnelse om en vecka.",
			              "Their answer is shown to you and closes the ticket. If it takes long you are reminded in a week.");
		else
			ACT_SAY_PLAIN(a, "Ärendet är stängt här.", "The ticket is closed here.");
		ok = act_event(a, a->t->id, mem_fmt("handed over to %s%s (part %d)", to, k->watch ? ", watched" : "", p.number), e);
	}
	strs_free(&one);
	part_free(&p);
	return ok;
}

/* --- what comes of it --- */

/* Whose the answer is: the owner's, else the asker's where that is a colleague, else of all who have the ticket. */
static bool answer_goes_to(struct desk *d, const struct ticket *t, const struct part *p, const char *from, struct strs *out, struct err *e)
{
	if (!t->owner && config_is_staff(d->config, p->asked_by)) {
		strs_add(out, p->asked_by);
		return true;
	}
	return ticket_holders(d->db, d->config, t, from, out, e);
}

static bool told_of_away(struct desk *d, const struct letter_ground *g, const struct part *p, const struct strs *people, struct strs *told, struct err *e)
{
	const struct placeholder v[] = {{"division", act_part_name(d->config, p, d->config->office.languages.v[0])}, {"text", g->mail->reply_text ? g->mail->reply_text : ""}};
	char *what = mem_fmt("an automatic answer to part %d: it stays open", p->number);
	bool ok = send_notices(d, g, people, "part-away", v, 2, told, e) && event_add(d->db, g->ticket->id, g->now, "desk", what, e);
	free(what);
	return ok;
}

static bool carry_answer(struct desk *d, const struct letter_ground *g, const struct part *p, const struct strs *people, const char *trouble, const char *warning,
                         int64_t open, struct strs *told, struct err *e)
{
	struct strs cc = {0};
	struct forward_words w = {.kind = FORWARD_PART_ANSWER, .trouble = trouble, .warning = warning, .part = p, .open_parts = open, .cc = &cc};
	bool ok = participant_list(d->db, g->ticket->id, "cc", &cc, e) && send_forwards(d, g, people, &w, "staff", told, e);
	strs_free(&cc);
	return ok;
}

/* The division that was given the ticket has answered: it is done. */
static bool close_watched(struct desk *d, struct ticket *t, const struct part *p, int64_t now, struct err *e)
{
	if (!p->watch || strcmp(t->status, "closed") == 0)
		return true;
	act_set_status(t, "closed", now);
	return ticket_save(d->db, t, now, e) && event_add(d->db, t->id, now, "desk", "closed: those who were given the ticket have answered", e);
}

bool desk_part_answered(struct desk *d, const struct letter_ground *g, struct ticket *t, struct part *p, const char *trouble, const char *warning, struct strs *told,
                        int64_t *open, struct err *e)
{
	const char *from = g->mail->from.addr ? g->mail->from.addr : "";
	struct strs people = {0};
	bool automatic = !trouble && mail_is_automatic(g->mail), again = strcmp(p->state, "answered") == 0;
	bool ok = answer_goes_to(d, t, p, from, &people, e);
	if (ok && automatic) {
		ok = told_of_away(d, g, p, &people, told, e) && part_open_count(d->db, t->id, open, e);
	} else if (ok) {
		ok = (again || end_part(d->db, p, "answered", g->message, g->now, e)) && part_open_count(d->db, t->id, open, e) &&
		     carry_answer(d, g, p, &people, trouble, warning, *open, told, e);
		char *what = mem_fmt("part %d (%s) %s by %s; open parts: %lld", p->number, act_part_name(d->config, p, "en"), again ? "answered further" : "answered", from,
		                     (long long)*open);
		ok = ok && event_add(d->db, t->id, g->now, "desk", what, e) && close_watched(d, t, p, g->now, e);
		free(what);
	}
	strs_free(&people);
	return ok;
}

bool desk_part_failed(struct desk *d, const struct letter_ground *g, const char *recipient, const char *error, struct strs *told, struct err *e)
{
	struct act_parts parts = {0};
	bool ok = act_parts_of(d->db, g->ticket->id, &parts, e);
	for (size_t i = 0; ok && i < parts.n; i++) {
		struct part *p = &parts.v[i];
		struct strs people = {0};
		if (p->handover || strcmp(p->state, "open") != 0 || !address_same(p->addr, recipient))
			continue;
		const struct placeholder v[] = {{"recipient", recipient}, {"error", error}, {"text", p->question}};
		char *what = mem_fmt("part %d failed: the question did not reach %s: %s", p->number, recipient, error);
		if (config_is_staff(d->config, p->asked_by))
			strs_add(&people, p->asked_by);
		else
			ok = ticket_holders(d->db, d->config, g->ticket, recipient, &people, e);
		ok = ok && end_part(d->db, p, "failed", 0, g->now, e) && event_add(d->db, g->ticket->id, g->now, "desk", what, e) &&
		     send_notices(d, g, &people, "question-failed", v, 3, told, e);
		strs_free(&people);
		free(what);
	}
	act_parts_free(&parts);
	return ok;
}
