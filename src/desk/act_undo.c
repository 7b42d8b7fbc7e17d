/* What is noted of a change, and how it is taken back: exactly what it did, and nothing that came since. */
#include <stdlib.h>
#include <string.h>

#include "act_parts.h"
#include "mail/address.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"

/* --- noting --- */

static bool add_person(void *ctx, const struct participant *p)
{
	json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:s?}", "addr", p->addr, "name", p->name, "role", p->role, "bad", p->bad));
	return true;
}

bool undo_begin(struct act *a, struct err *e)
{
	json_t *people = json_array();
	json_object_set_new(a->trace, "people", people);
	return ticket_get(a->db, a->t->id, &a->before, e) > 0 && participant_each(a->db, a->t->id, add_person, people, e);
}

void undo_trace_part(struct act *a, const struct part *p, const char *list)
{
	json_t *parts = json_object_get(a->trace, list);
	if (!parts) {
		parts = json_array();
		json_object_set_new(a->trace, list, parts);
	}
	json_array_append_new(parts, json_pack("[I, i]", (json_int_t)p->ticket, p->number));
}

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* The entry of the same person and role, or NULL. */
static const json_t *find(const json_t *people, const json_t *person)
{
	size_t i;
	json_t *p;
	json_array_foreach (people, i, p)
		if (strcmp(text_of(p, "addr"), text_of(person, "addr")) == 0 && strcmp(text_of(p, "role"), text_of(person, "role")) == 0)
			return p;
	return NULL;
}

/* Those of `a` who are not in `b` in the same role. */
static json_t *missing_in(const json_t *a, const json_t *b)
{
	json_t *out = json_array(), *p;
	size_t i;
	json_array_foreach (a, i, p)
		if (!find(b, p))
			json_array_append(out, p);
	return out;
}

static json_t *fields_of(const struct ticket *t)
{
	return json_pack("{s:s, s:s?, s:s?, s:s?, s:I, s:b}", "status", t->status, "topic", t->topic, "second_topic", t->second_topic, "owner", t->owner, "wakes",
	                 (json_int_t)t->wakes, "spam", t->spam);
}

static char *names_of(const struct commands *c)
{
	struct buf b = {0};
	buf_adds(&b, "");
	for (size_t i = 0; i < c->n; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", command_name(c->v[i].kind, "en"));
	return buf_take(&b);
}

bool undo_keep(struct act *a, struct err *e)
{
	if (!a->changed)
		return true;
	json_t *after = json_array(), *before = json_object_get(a->trace, "people"), *kinds = json_array();
	bool ok = participant_each(a->db, a->t->id, add_person, after, e);
	json_object_set_new(a->trace, "added", missing_in(after, before));
	json_object_set_new(a->trace, "removed", missing_in(before, after));
	json_object_set_new(a->trace, "after", fields_of(a->t));
	json_object_set_new(json_object_get(a->trace, "after"), "sure", json_real(a->before.confidence)); /* before: to the last digit */
	for (size_t i = 0; i < a->c->n; i++)
		json_array_append_new(kinds, json_integer(a->c->v[i].kind));
	json_object_set_new(a->trace, "commands", kinds);
	json_object_del(a->trace, "people");
	json_decref(after);
	char *what = names_of(a->c), *extra = json_dumps(a->trace, JSON_COMPACT);
	ok = ok && change_add(a->db, &a->before, a->g->actor, what, extra, a->g->now, e);
	free(what);
	free(extra);
	a->out->undoable = ok;
	return ok;
}

/* --- may it be taken back? --- */

static bool undo_alone(const struct commands *c)
{
	bool any = false;
	for (size_t i = 0; i < c->n; i++) {
		any = any || c->v[i].kind == COMMAND_UNDO;
		if (c->v[i].kind != COMMAND_UNDO && c->v[i].kind != COMMAND_NOTE && c->v[i].kind != COMMAND_HELP)
			return false;
	}
	return any;
}

/* Somebody else has changed the ticket since, or answered on it. */
static bool built_upon(struct desk *d, const struct change *k, bool *yes, struct err *e)
{
	struct outbox_item sent = {0};
	int there = outbox_last_reply(d->db, k->ticket, &sent, e);
	*yes = k->passed || (there > 0 && sent.writer && sent.created > k->time && !same_person(d->config, sent.writer, k->actor));
	if (there > 0)
		outbox_item_free(&sent);
	return there >= 0;
}

bool act_takes_back_own(struct desk *d, const struct ticket *t, const struct commands *c, const char *actor, bool *yes, struct err *e)
{
	struct change k = {0};
	*yes = false;
	if (!undo_alone(c))
		return true;
	const struct config_person *person = config_person(d->config, actor);
	int there = change_last(d->db, t->id, person ? person->address : actor, &k, e);
	bool ok = there >= 0, built = false;
	if (there > 0)
		ok = built_upon(d, &k, &built, e);
	*yes = ok && there > 0 && !built;
	if (there > 0)
		change_free(&k);
	return ok;
}

/* The actor's answer went out after the change (0: at any time). */
static bool answered_since(struct act *a, int64_t since, bool *yes, struct err *e)
{
	struct outbox_item sent = {0};
	int there = outbox_last_reply(a->db, a->t->id, &sent, e);
	*yes = there > 0 && sent.created >= since && sent.writer && same_person(a->config, sent.writer, a->g->actor);
	if (there > 0)
		outbox_item_free(&sent);
	return there >= 0;
}

/* Nothing but questions, all of which have their answer. */
static bool too_late(struct act *a, bool *late, struct err *e)
{
	json_t *parts = json_object_get(a->taken_back, "parts"), *kinds = json_object_get(a->taken_back, "commands"), *one;
	size_t i;
	*late = json_array_size(parts) > 0;
	json_array_foreach (kinds, i, one) {
		enum command_kind k = (enum command_kind)json_integer_value(one);
		*late = *late && (k == COMMAND_ASK || k == COMMAND_NOTE || k == COMMAND_HELP);
	}
	json_array_foreach (parts, i, one) {
		struct part p = {0};
		int there = part_get(a->db, json_integer_value(json_array_get(one, 0)), (int)json_integer_value(json_array_get(one, 1)), &p, e);
		if (there < 0)
			return false;
		*late = *late && (there == 0 || strcmp(p.state, "open") != 0);
		if (there > 0)
			part_free(&p);
	}
	return true;
}

bool undo_check(struct act *a, const struct command *k, struct err *e)
{
	bool yes = false;
	if (a->taken_back) /* !undo twice in one mail */
		return true;
	int there = change_last(a->db, a->t->id, a->g->actor, &a->change, e);
	if (there < 0 || (there == 0 && !answered_since(a, 0, &yes, e)))
		return false;
	if (there == 0 && yes) {
		act_fault(a, k, mem_dup("Ett svar som är skickat går inte att ta tillbaka, och något annat har du inte ändrat i ärendet."),
		          mem_dup("An answer that was sent cannot be taken back, and you have changed nothing else on this ticket."));
		return true;
	}
	if (there == 0) {
		act_fault(a, k, mem_dup("Du har inte ändrat något i ärendet som går att ta tillbaka."), mem_dup("You have changed nothing on this ticket that can be taken back."));
		return true;
	}
	a->taken_back = json_loads(a->change.extra ? a->change.extra : "{}", 0, NULL);
	if (!json_is_object(a->taken_back))
		return err_set(e, ERR_BUG, "the change %lld cannot be read", (long long)a->change.id);
	if (!built_upon(a->desk, &a->change, &yes, e))
		return false;
	if (yes) {
		act_fault(a, k, mem_dup("Någon annan har ändrat ärendet eller svarat efter dig. Då går det inte att ångra; skriv i stället kommandona för det som ska gälla."),
		          mem_dup("Somebody else has changed the ticket or answered after you, so this cannot be undone. Write the commands for what is to be instead."));
		return true;
	}
	if (!too_late(a, &yes, e))
		return false;
	if (yes)
		act_fault(a, k, mem_dup("Frågan är redan besvarad och går inte att ta tillbaka."), mem_dup("The question is answered already and cannot be taken back."));
	return true;
}

/* --- taking back --- */

static bool same_text(const json_t *o, const char *key, const char *now)
{
	const char *then = text_of(o, key);
	return then && now ? strcmp(then, now) == 0 : !then && !now;
}

static void put_back(char **field, const char *value)
{
	char *copy = mem_dup(value);
	free(*field);
	*field = copy;
}

/* Each field that is as the change left it becomes what it was before. */
static void restore_fields(struct ticket *t, const struct ticket *was, const json_t *after)
{
	int64_t wakes = t->wakes;
	if (same_text(after, "topic", t->topic) && !same_text(after, "topic", was->topic)) {
		put_back(&t->topic, was->topic);
		t->confidence = json_real_value(json_object_get(after, "sure"));
	}
	if (same_text(after, "second_topic", t->second_topic))
		put_back(&t->second_topic, was->second_topic);
	if (same_text(after, "owner", t->owner))
		put_back(&t->owner, was->owner);
	if (json_is_true(json_object_get(after, "spam")) == t->spam)
		t->spam = was->spam;
	if (same_text(after, "status", t->status)) {
		act_set_status(t, was->status, was->closed);
		if (strcmp(t->status, "closed") == 0)
			t->closed = was->closed;
		if (strcmp(t->status, "pending") == 0)
			t->wakes = json_integer_value(json_object_get(after, "wakes")) == wakes ? was->wakes : wakes;
	}
}

static bool restore_people(struct act *a, struct strs *gone, struct err *e)
{
	json_t *p;
	size_t i;
	json_array_foreach (json_object_get(a->taken_back, "added"), i, p) {
		if (!participant_drop(a->db, a->t->id, text_of(p, "addr"), e))
			return false;
		if (strcmp(text_of(p, "role"), "staff") == 0 && !same_person(a->config, text_of(p, "addr"), a->g->actor))
			strs_add(gone, text_of(p, "addr"));
	}
	json_array_foreach (json_object_get(a->taken_back, "removed"), i, p) {
		if (!participant_add(a->db, a->t->id, text_of(p, "addr"), text_of(p, "name"), text_of(p, "role"), e))
			return false;
		if (text_of(p, "bad") && !participant_bad(a->db, a->t->id, text_of(p, "addr"), text_of(p, "bad"), e))
			return false;
		for (size_t k = 0; k < gone->n; k++)
			if (address_same(gone->v[k], text_of(p, "addr")) && strcmp(text_of(p, "role"), "staff") == 0) {
				free(gone->v[k]);
				memmove(gone->v + k, gone->v + k + 1, (--gone->n - k) * sizeof *gone->v);
			}
	}
	return true;
}

/* Parts that the change made: nobody waits for their answers any more. Those that it waived are open again. */
static bool restore_parts(struct act *a, struct err *e)
{
	static const char *const lists[] = {"parts", "waived"};
	json_t *one;
	size_t i;
	for (size_t l = 0; l < 2; l++)
		json_array_foreach (json_object_get(a->taken_back, lists[l]), i, one) {
			struct part p = {0};
			int there = part_get(a->db, json_integer_value(json_array_get(one, 0)), (int)json_integer_value(json_array_get(one, 1)), &p, e);
			bool ok = there >= 0, made = l == 0;
			const char *name = there > 0 ? act_part_name(a->config, &p, a->lang) : "";
			if (there > 0 && made && strcmp(p.state, "open") == 0) {
				ok = act_part_end(a, &p, "waived", e);
				ACT_SAY(a, "Vi väntar inte längre på svar från %s. Mejlet dit kan redan vara skickat.", "We do not wait for an answer of %s any more. The mail there may be sent already.", name);
			} else if (there > 0 && made && strcmp(p.state, "answered") == 0) {
				ACT_SAY(a, "%s har redan svarat; svaret finns kvar i ärendet.", "%s has answered already; the answer stays on the ticket.", name);
			} else if (there > 0 && made) {
				ACT_SAY(a, "Mejlet till %s går inte att ta tillbaka.", "The mail to %s cannot be taken back.", name);
			} else if (there > 0 && strcmp(p.state, "waived") == 0) {
				ok = act_part_end(a, &p, "open", e);
			}
			if (there > 0)
				part_free(&p);
			if (!ok)
				return false;
		}
	return true;
}

static bool restore_merge(struct act *a, struct err *e)
{
	json_t *m = json_object_get(a->taken_back, "merge"), *one;
	struct ticket other = {0};
	size_t i;
	if (!m)
		return true;
	if (ticket_get(a->db, json_integer_value(json_object_get(m, "ticket")), &other, e) <= 0)
		return false;
	bool ok = true;
	json_array_foreach (json_object_get(m, "messages"), i, one)
		ok = ok && message_move(a->db, json_integer_value(one), other.id, e);
	int64_t closed = json_integer_value(json_object_get(m, "closed"));
	other.merged = 0;
	act_set_status(&other, text_of(m, "status"), closed);
	other.closed = strcmp(other.status, "closed") == 0 ? closed : 0;
	other.wakes = strcmp(other.status, "pending") == 0 ? json_integer_value(json_object_get(m, "wakes")) : 0;
	ok = ok && ticket_save(a->db, &other, a->g->now, e) && act_event(a, other.id, mem_dup("undone: merge; this ticket stands by itself again"), e);
	char *tag = act_tag(a->config, other.id);
	ACT_SAY(a, "%s är ett eget ärende igen.", "%s is a ticket of its own again.", tag);
	free(tag);
	ticket_free(&other);
	return ok;
}

/* The ticket that was split off becomes a part of this one: mails that went out for it lead here. */
static bool restore_split(struct act *a, struct err *e)
{
	json_t *m = json_object_get(a->taken_back, "split");
	struct ticket other = {0};
	if (!m)
		return true;
	if (ticket_get(a->db, json_integer_value(json_object_get(m, "ticket")), &other, e) <= 0)
		return false;
	act_set_status(&other, "closed", a->g->now);
	other.merged = a->t->id;
	char *tag = act_tag(a->config, other.id);
	bool ok = act_move_messages(a, other.id, a->t->id, NULL, e) && ticket_save(a->db, &other, a->g->now, e) &&
	          act_event(a, other.id, mem_fmt("undone: split; merged into %s-%lld", a->config->office.tag, (long long)a->t->id), e);
	ACT_SAY(a, "%s är en del av det här ärendet igen.", "%s is a part of this ticket again.", tag);
	free(tag);
	ticket_free(&other);
	return ok;
}

static char *commands_of(const struct act *a)
{
	struct buf b = {0};
	json_t *one;
	size_t i;
	buf_adds(&b, "");
	json_array_foreach (json_object_get(a->taken_back, "commands"), i, one) {
		json_int_t k = json_integer_value(one);
		if (k >= 0 && k < COMMAND_KINDS && k != COMMAND_NOTE && k != COMMAND_HELP)
			buf_addf(&b, "%s!%s", b.n ? ", " : "", command_name((enum command_kind)k, a->lang));
	}
	return buf_take(&b);
}

/* How the ticket stands now. */
static void say_state(struct act *a)
{
	const struct ticket *t = a->t;
	const char *topic = config_topic_title(a->config, t->topic ? config_topic_index(a->config, t->topic) : -1, a->lang);
	const char *state = strcmp(t->status, "open") == 0 ? a->sv ? "öppet" : "open" : strcmp(t->status, "closed") == 0 ? a->sv ? "stängt" : "closed" : a->sv ? "besvarat" : "answered";
	char *commands = commands_of(a), *owner = t->owner ? act_person(a->config, t->owner) : mem_dup(a->sv ? "ingen än" : "nobody yet");
	ACT_SAY(a, "Ångrat: %s. Ärendet är %s, i ämnet ”%s”; den som har det: %s.", "Undone: %s. The ticket is %s, in the topic “%s”; its owner: %s.", commands, state, topic, owner);
	free(commands);
	free(owner);
}

bool do_undo(struct act *a, const struct command *k, struct err *e)
{
	struct ticket was = {0};
	struct strs gone = {0};
	bool answered = false;
	(void)k;
	if (a->undone)
		return true;
	a->undone = true;
	if (!change_restore(a->db, &a->change, &was, e))
		return false;
	if (a->t->owner && !same_person(a->config, a->t->owner, a->g->actor) && !same_person(a->config, a->t->owner, was.owner))
		strs_add(&gone, a->t->owner);
	restore_fields(a->t, &was, json_object_get(a->taken_back, "after"));
	say_state(a);
	bool ok = restore_people(a, &gone, e) && restore_parts(a, e) && restore_merge(a, e) && restore_split(a, e) &&
	          change_undone(a->db, a->change.id, a->g->now, e) && act_event(a, a->t->id, mem_fmt("undone: %s", a->change.what), e) &&
	          answered_since(a, a->change.time, &answered, e);
	if (ok && answered)
		ACT_SAY_PLAIN(a, "Ditt svar är redan skickat och går inte att ta tillbaka.", "Your answer is sent already and cannot be taken back.");
	char *done = mem_fmt(act_staff_sv(a) ? "%s har ångrat sig: du behöver inte göra något med ärendet." : "%s has taken that back: there is nothing for you to do on the ticket.", act_who(a));
	ok = ok && act_tell(a, &gone, done, e);
	free(done);
	strs_free(&gone);
	ticket_free(&was);
	return ok;
}
