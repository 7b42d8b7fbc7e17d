/* Whose the ticket is, where it belongs, and how it stands: take, assign, move, note, close, reopen, wait, spam, send. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "act_parts.h"
#include "store/outbox.h"
#include "store/ticket.h"

enum { WAKE_HOUR = 8 };

static void set(char **field, const char *value)
{
	char *copy = mem_dup(value);
	free(*field);
	*field = copy;
}

void act_set_status(struct ticket *t, const char *status, int64_t now)
{
	set(&t->status, status);
	t->closed = strcmp(status, "closed") != 0 ? 0 : t->closed ? t->closed : now;
	if (strcmp(status, "pending") != 0)
		t->wakes = 0;
}

static bool is_closed(const struct act *a)
{
	return strcmp(a->t->status, "closed") == 0;
}

const char *act_who(const struct act *a)
{
	const struct config_person *p = config_person(a->config, a->g->actor);
	return p && p->name ? p->name : a->g->actor_name && *a->g->actor_name ? a->g->actor_name : a->g->actor;
}

/* The language of forwards and notices. */
bool act_staff_sv(const struct act *a)
{
	return strcmp(a->config->office.languages.v[0], "sv") == 0;
}

/* Who had the ticket and has it no longer. */
static bool tell_owner(struct act *a, const char *former, char *done, struct err *e)
{
	struct strs one = {0};
	bool ok = true;
	if (former && !same_person(a->config, former, a->g->actor)) {
		strs_add(&one, former);
		ok = act_tell(a, &one, done, e);
	}
	strs_free(&one);
	free(done);
	return ok;
}

/* --- whose it is --- */

bool do_take(struct act *a, const struct command *k, struct err *e)
{
	struct ticket *t = a->t;
	(void)k;
	if (same_person(a->config, t->owner, a->g->actor)) {
		ACT_SAY_PLAIN(a, "Ärendet är redan ditt.", "The ticket is yours already.");
		return true;
	}
	char *former = t->owner;
	t->owner = mem_dup(a->g->actor);
	a->changed = true;
	ACT_SAY_PLAIN(a, "Ärendet är ditt nu.", "The ticket is yours now.");
	bool ok = participant_add(a->db, t->id, a->g->actor, a->g->actor_name ? a->g->actor_name : "", "staff", e) &&
	          act_event(a, t->id, former ? mem_fmt("taken over from %s", former) : mem_dup("taken"), e) &&
	          tell_owner(a, former, mem_fmt(act_staff_sv(a) ? "%s har tagit över ärendet." : "%s has taken the ticket over.", act_who(a)), e);
	free(former);
	return ok;
}

/* What forwards of the ticket say beside the mail. */
static bool words_of(struct act *a, enum forward_kind kind, const char *why, struct strs *cc, struct forward_words *w, struct err *e)
{
	bool cover = a->c->rest_is == REST_COVER && *a->g->text;
	*w = (struct forward_words){.kind = kind, .why = why, .cc = cc, .trouble = a->carried.trouble};
	if (cover) {
		w->cover = a->g->text;
		w->cover_by = act_who(a);
	}
	return participant_list(a->db, a->t->id, "cc", cc, e);
}

bool act_forward(struct act *a, enum forward_kind kind, const struct strs *people, const char *why, const struct part *p, const char *role, struct err *e)
{
	struct strs cc = {0};
	struct forward_words w;
	bool ok = act_load(a, e) && words_of(a, kind, why, &cc, &w, e);
	if (ok) {
		const struct letter_ground g = carried_ground(a->desk, a->g->keys, a->t, &a->carried, a->g->now);
		w.part = p;
		ok = send_forwards(a->desk, &g, people, &w, role, &a->out->told, e);
	}
	strs_free(&cc);
	return ok;
}

bool do_assign(struct act *a, const struct command *k, struct err *e)
{
	struct ticket *t = a->t;
	const struct config_person *p = config_person(a->config, k->addresses.v[0]);
	const char *to = p ? p->address : k->addresses.v[0];
	if (same_person(a->config, to, a->g->actor))
		return do_take(a, k, e);
	char *former = t->owner, *name = act_person(a->config, to);
	char *why = mem_fmt(act_staff_sv(a) ? "%s har gett dig ärendet" : "%s has given you the ticket", act_who(a));
	struct strs one = {0};
	strs_add(&one, to);
	t->owner = mem_dup(to);
	a->changed = true;
	ACT_SAY(a, "%s har fått ärendet.", "%s has the ticket now.", name);
	bool ok = act_forward(a, FORWARD_NEW, &one, why, NULL, "staff", e) && act_event(a, t->id, mem_fmt("assigned to %s", to), e);
	if (ok && !same_person(a->config, former, to))
		ok = tell_owner(a, former, mem_fmt(act_staff_sv(a) ? "%s har gett ärendet till %s." : "%s has given the ticket to %s.", act_who(a), name), e);
	strs_free(&one);
	free(former);
	free(name);
	free(why);
	return ok;
}

/* --- where it belongs --- */

static bool same_name(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Its new staff were asked as those of the second topic: they have all of it now. */
static bool waive_second(struct act *a, const char *topic, struct err *e)
{
	struct act_parts parts = {0};
	bool ok = !same_name(a->t->second_topic, topic);
	if (ok)
		return true;
	set(&a->t->second_topic, NULL);
	ok = act_parts_of(a->db, a->t->id, &parts, e);
	for (size_t i = 0; ok && i < parts.n; i++) {
		if (!same_name(parts.v[i].topic, topic) || strcmp(parts.v[i].state, "open") != 0)
			continue;
		undo_trace_part(a, &parts.v[i], "waived");
		ok = act_part_end(a, &parts.v[i], "waived", e);
	}
	act_parts_free(&parts);
	return ok;
}

bool do_move(struct act *a, const struct command *k, struct err *e)
{
	struct ticket *t = a->t;
	const char *topic = a->topic < 0 ? NULL : config_topic_name(a->config, a->topic), *lang = a->config->office.languages.v[0];
	const struct strs *staff = config_topic_staff(a->config, a->topic);
	(void)k;
	char *what = mem_fmt("moved from %s to %s", t->topic ? t->topic : "triage", topic ? topic : "triage");
	char *why = mem_fmt(act_staff_sv(a) ? "%s har flyttat ärendet från %s" : "%s has moved the ticket from %s", act_who(a),
	                    config_topic_title(a->config, t->topic ? config_topic_index(a->config, t->topic) : -1, lang));
	char *people = act_people(a->config, staff, a->lang);
	set(&t->topic, topic);
	set(&t->owner, NULL);
	t->confidence = 1;
	a->changed = true;
	ACT_SAY(a, "Ärendet är flyttat till ”%s” och har gått till %s.", "The ticket is in “%s” now and has gone to %s.", config_topic_title(a->config, a->topic, a->lang), people);
	bool ok = participant_drop_staff(a->db, t->id, e) && waive_second(a, topic, e) && act_event(a, t->id, what, e) &&
	          act_forward(a, FORWARD_NEW, staff, why, NULL, "staff", e);
	free(why);
	free(people);
	return ok;
}

/* --- notes --- */

bool do_note(struct act *a, const char *text, struct err *e)
{
	const char *name = act_who(a);
	struct strs others = {0};
	const struct mail none = {0};
	const struct letter_ground g = {.config = a->config, .ticket = a->t, .mail = &none, .now = a->g->now, .keys = a->g->keys};
	const struct placeholder v[] = {{"who", name}, {"text", text}};
	bool ok = act_event(a, a->t->id, mem_fmt("note: %s", text), e) && ticket_colleagues(a->db, a->config, a->t, a->g->actor, &others, e) &&
	          send_notices(a->desk, &g, &others, "noted", v, 2, &a->out->told, e);
	if (ok && others.n)
		ACT_SAY_PLAIN(a, "Din anteckning är sparad, och kollegorna som har ärendet har fått den.", "Your note is kept, and the colleagues who have the ticket have got it.");
	else if (ok)
		ACT_SAY_PLAIN(a, "Din anteckning är sparad.", "Your note is kept.");
	strs_free(&others);
	return ok;
}

/* --- how it stands --- */

/* Who still owes an answer: "kvalitet@uni.example och Avtal". */
static bool open_parts(struct act *a, char **names, size_t *n, struct err *e)
{
	struct act_parts parts = {0};
	struct strs who = {0};
	bool ok = act_parts_of(a->db, a->t->id, &parts, e);
	*n = 0;
	for (size_t i = 0; ok && i < parts.n; i++) {
		const struct part *p = &parts.v[i];
		if (strcmp(p->state, "open") != 0)
			continue;
		++*n;
		const char *one = act_part_name(a->config, p, a->lang);
		if (!strs_has_case(&who, one))
			strs_add(&who, one);
	}
	*names = act_people(a->config, &who, a->lang);
	strs_free(&who);
	act_parts_free(&parts);
	return ok;
}

bool do_close(struct act *a, const struct command *k, struct err *e)
{
	char *names = NULL;
	size_t open = 0;
	(void)k;
	if (is_closed(a)) {
		ACT_SAY_PLAIN(a, "Ärendet var redan stängt.", "The ticket was closed already.");
		return true;
	}
	if (!open_parts(a, &names, &open, e)) {
		free(names);
		return false;
	}
	act_set_status(a->t, "closed", a->g->now);
	a->changed = true;
	if (open)
		ACT_SAY(a, "Ärendet är stängt. %s har inte svarat än; svaret kommer till dig när det kommer.",
		        "The ticket is closed. %s: not answered yet; the answer comes to you when it comes.", names);
	else
		ACT_SAY_PLAIN(a, "Ärendet är stängt.", "The ticket is closed.");
	free(names);
	return act_event(a, a->t->id, mem_dup("closed"), e);
}

bool do_reopen(struct act *a, const struct command *k, struct err *e)
{
	(void)k;
	act_set_status(a->t, "open", a->g->now);
	a->changed = true;
	ACT_SAY_PLAIN(a, "Ärendet är öppet igen.", "The ticket is open again.");
	return act_event(a, a->t->id, mem_dup("reopened"), e);
}

int64_t act_morning(const struct day *d)
{
	struct tm tm = {.tm_year = d->year - 1900, .tm_mon = d->month - 1, .tm_mday = d->day, .tm_hour = WAKE_HOUR, .tm_isdst = -1};
	return (int64_t)mktime(&tm);
}

bool do_wait(struct act *a, const struct command *k, struct err *e)
{
	char *day = act_day(&k->date, a->lang);
	act_set_status(a->t, "pending", a->g->now);
	a->t->wakes = act_morning(&k->date);
	a->changed = true;
	ACT_SAY(a, "Ärendet vilar till %s klockan 8. Då öppnas det igen, och den som har det får en påminnelse.",
	        "The ticket rests until %s, 8 o'clock. Then it is opened again, and whoever has it is reminded.", day);
	free(day);
	return act_event(a, a->t->id, mem_fmt("waits until %04d-%02d-%02d", k->date.year, k->date.month, k->date.day), e);
}

bool do_spam(struct act *a, const struct command *k, struct err *e)
{
	(void)k;
	act_set_status(a->t, "closed", a->g->now);
	a->t->spam = true;
	a->changed = true;
	ACT_SAY_PLAIN(a, "Ärendet är märkt som skräppost och stängt. Avsändaren får inga automatiska mejl från oss.", "The ticket is marked as spam and closed. Its sender gets no automatic mail from us.");
	return act_event(a, a->t->id, mem_dup("closed as spam"), e);
}

/* --- an answer that was held --- */

static bool tell_answered(struct act *a, const char *writer, struct err *e)
{
	struct outbox_item sent = {0};
	struct strs others = {0};
	const struct mail none = {0};
	const struct letter_ground g = {.config = a->config, .ticket = a->t, .mail = &none, .now = a->g->now, .keys = a->g->keys};
	int there = outbox_last_reply(a->db, a->t->id, &sent, e);
	char *name = letter_who(a->config, writer);
	const struct placeholder v[] = {{"who", name}, {"text", there > 0 ? sent.text : ""}};
	bool ok = there >= 0 && ticket_colleagues(a->db, a->config, a->t, writer, &others, e) && send_notices(a->desk, &g, &others, "answered", v, 2, &a->out->told, e);
	if (there > 0)
		outbox_item_free(&sent);
	strs_free(&others);
	free(name);
	return ok;
}

bool do_send(struct act *a, const struct command *k, struct err *e)
{
	struct ticket *t = a->t;
	(void)k;
	for (size_t i = 0; i < a->writers.n; i++) {
		const char *writer = a->writers.v[i];
		int n;
		if (!outbox_release(a->db, t->id, writer, a->g->now, &n, e) || !act_event(a, t->id, mem_fmt("the held answer of %s is sent", writer), e))
			return false;
		if (!t->owner)
			t->owner = mem_dup(writer);
		if (!t->answered)
			t->answered = a->g->now;
		if (!is_closed(a) && !a->out->status_said)
			act_set_status(t, "pending", a->g->now);
		if (!tell_answered(a, writer, e))
			return false;
	}
	ACT_SAY_PLAIN(a, "Svaret som hölls inne är på väg.", "The answer that was held is on its way.");
	return true;
}
