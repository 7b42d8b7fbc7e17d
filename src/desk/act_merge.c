/* Two tickets become one, and one mail a ticket of its own. */
#include <stdlib.h>
#include <string.h>

#include "act_parts.h"
#include "desk/route.h"
#include "desk/staff.h"
#include "mail/address.h"
#include "store/message.h"
#include "store/ticket.h"

struct ids {
	int64_t *v;
	size_t n;
};

static bool add_id(void *ctx, const struct message *m)
{
	struct ids *l = ctx;
	l->v = mem_resize(l->v, l->n + 1, sizeof *l->v);
	l->v[l->n++] = m->id;
	return true;
}

bool act_move_messages(struct act *a, int64_t from, int64_t to, json_t *moved, struct err *e)
{
	struct ids all = {0};
	bool ok = message_list(a->db, from, add_id, &all, e);
	for (size_t i = 0; ok && i < all.n; i++) {
		ok = message_move(a->db, all.v[i], to, e);
		if (moved)
			json_array_append_new(moved, json_integer(all.v[i]));
	}
	free(all.v);
	return ok;
}

/* --- merge --- */

struct crowd { /* people of a ticket, copied: the walk is no place for changes */
	struct strs addr, name, role;
};

static bool add_person(void *ctx, const struct participant *p)
{
	struct crowd *l = ctx;
	if (p->bad)
		return true;
	strs_add(&l->addr, p->addr);
	strs_add(&l->name, p->name);
	strs_add(&l->role, p->role);
	return true;
}

static void crowd_free(struct crowd *l)
{
	strs_free(&l->addr);
	strs_free(&l->name);
	strs_free(&l->role);
}

/* Whoever asked there is in copy here; colleagues come along where the ticket is theirs. */
static bool move_people(struct act *a, struct err *e)
{
	struct crowd l = {0};
	bool ok = participant_each(a->db, a->other.id, add_person, &l, e);
	for (size_t i = 0; ok && i < l.addr.n; i++) {
		const char *role = l.role.v[i];
		if (strcmp(role, "staff") == 0 && !act_allowed(a->config, a->t, l.addr.v[i]))
			continue;
		ok = participant_add(a->db, a->t->id, l.addr.v[i], l.name.v[i], strcmp(role, "requester") == 0 ? "cc" : role, e);
	}
	crowd_free(&l);
	return ok;
}

/* "Anna Berg <anna@partner.example> och Erik <erik@partner.example>": all whom an answer reaches */
static bool reached(struct act *a, char **out, struct err *e)
{
	struct crowd l = {0};
	struct strs all = {0};
	bool ok = participant_each(a->db, a->t->id, add_person, &l, e);
	for (size_t i = 0; ok && i < l.addr.n; i++) {
		bool asks = strcmp(l.role.v[i], "requester") == 0 || strcmp(l.role.v[i], "cc") == 0;
		if (asks && !config_is_staff(a->config, l.addr.v[i]) && !config_is_own_address(a->config, l.addr.v[i]))
			strs_own(&all, *l.name.v[i] ? mem_fmt("%s <%s>", l.name.v[i], l.addr.v[i]) : mem_dup(l.addr.v[i]));
	}
	*out = act_people(a->config, &all, a->lang);
	crowd_free(&l);
	strs_free(&all);
	return ok;
}

/* Those who have the ticket that stays get the other's latest mail, unless they had it there. */
static bool show_mail(struct act *a, int64_t latest, struct err *e)
{
	struct strs holders = {0}, lacking = {0};
	struct crowd had = {0};
	struct carried mail = {0};
	bool ok = !latest || (ticket_holders(a->db, a->config, a->t, a->g->actor, &holders, e) && participant_each(a->db, a->other.id, add_person, &had, e));
	for (size_t i = 0; ok && i < holders.n; i++) {
		bool has = false;
		for (size_t k = 0; k < had.addr.n; k++)
			has = has || (strcmp(had.role.v[k], "staff") == 0 && address_same(had.addr.v[k], holders.v[i]));
		if (!has)
			strs_add(&lacking, holders.v[i]);
	}
	if (ok && lacking.n) {
		const struct forward_words w = {.kind = FORWARD_FOLLOWUP};
		ok = carried_load(a->desk, latest, &mail, e);
		struct forward_words words = w;
		words.trouble = mail.trouble;
		const struct letter_ground g = carried_ground(a->desk, a->g->keys, a->t, &mail, a->g->now);
		ok = ok && send_forwards(a->desk, &g, &lacking, &words, "staff", &a->out->told, e);
	}
	carried_free(&mail);
	crowd_free(&had);
	strs_free(&holders);
	strs_free(&lacking);
	return ok;
}

void act_merge_order(struct act *a)
{
	if (a->other.id > a->t->id)
		return;
	struct ticket stays = a->other;
	a->other = *a->t;
	*a->t = stays;
}

bool do_merge(struct act *a, const struct command *k, struct err *e)
{
	struct ticket *t = a->t, *o = &a->other;
	int64_t latest = 0;
	char *stays = act_tag(a->config, t->id), *goes = act_tag(a->config, o->id), *people = NULL;
	(void)k;
	json_t *trace = json_pack("{s:I, s:s, s:I, s:I, s:[]}", "ticket", (json_int_t)o->id, "status", o->status, "closed", (json_int_t)o->closed, "wakes",
	                          (json_int_t)o->wakes, "messages");
	json_object_set_new(a->trace, "merge", trace);
	bool was_open = strcmp(o->status, "open") == 0;
	bool ok = message_last_of(a->db, o->id, NULL, &latest, e) && act_move_messages(a, o->id, t->id, json_object_get(trace, "messages"), e) && move_people(a, e);
	if (ok && !t->owner && o->owner)
		t->owner = mem_dup(o->owner);
	if (ok && was_open && strcmp(t->status, "open") != 0)
		act_set_status(t, "open", a->g->now);
	a->changed = true;
	act_set_status(o, "closed", a->g->now);
	o->merged = t->id;
	ok = ok && ticket_save(a->db, o, a->g->now, e) && act_event(a, o->id, mem_fmt("merged into %s-%lld", a->config->office.tag, (long long)t->id), e) &&
	     act_event(a, t->id, mem_fmt("%s-%lld was merged into this ticket", a->config->office.tag, (long long)o->id), e) && show_mail(a, latest, e) && reached(a, &people, e);
	if (ok)
		ACT_SAY(a, "%s är nu en del av %s. Nästa svar i %s når %s.", "%s is a part of %s now. The next answer on %s reaches %s.", goes, stays, stays,
		        *people ? people : a->sv ? "ingen utanför kontoret" : "nobody outside the office");
	free(stays);
	free(goes);
	free(people);
	return ok;
}

/* --- split --- */

static bool add_asker(struct act *a, int64_t ticket, const struct mail *m, struct err *e)
{
	const struct mailboxes *lists[] = {&m->to, &m->cc};
	if (m->from.addr && address_ok(m->from.addr) && !participant_add(a->db, ticket, m->from.addr, m->from.name ? m->from.name : "", "requester", e))
		return false;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->n; i++) {
			const struct mailbox *b = &lists[k]->v[i];
			if (b->addr && address_ok(b->addr) && !config_is_own_address(a->config, b->addr) && !config_is_staff(a->config, b->addr) &&
			    !participant_add(a->db, ticket, b->addr, b->name ? b->name : "", "cc", e))
				return false;
		}
	return true;
}

/* By its own words, where they are clear; else it stays in the topic that it was in. */
static void place_split(struct act *a, struct ticket *n)
{
	struct routing r = {.topic = -1};
	if (!a->carried.trouble)
		route_mail(a->config, &a->carried.mail, &r);
	n->topic = r.topic >= 0 ? mem_dup(config_topic_name(a->config, r.topic)) : mem_dup(a->t->topic);
	n->confidence = r.topic >= 0 ? r.confidence : a->t->confidence;
	if (!a->carried.trouble)
		routing_free(&r);
}

bool do_split(struct act *a, const struct command *k, struct err *e)
{
	(void)k;
	if (!act_load(a, e))
		return false;
	const struct mail *m = &a->carried.mail;
	struct ticket n = {.status = mem_dup("open"),
	                   .lang = mem_dup(m->lang ? m->lang : a->t->lang),
	                   .subject = mem_dup(m->subject ? m->subject : ""),
	                   .requester_name = mem_dup(m->from.name ? m->from.name : ""),
	                   .requester_addr = mem_dup(m->from.addr ? m->from.addr : ""),
	                   .internal = config_is_internal(a->config, m->from.addr),
	                   .linked = a->t->id,
	                   .created = a->g->now,
	                   .updated = a->g->now};
	place_split(a, &n);
	bool ok = ticket_add(a->db, &n, e) && message_move(a->db, a->about, n.id, e) && add_asker(a, n.id, m, e);
	char *tag = act_tag(a->config, n.id), *old = act_tag(a->config, a->t->id);
	char *why = mem_fmt(act_staff_sv(a) ? "%s har brutit ut mejlet ur %s" : "%s has split the mail off %s", act_who(a), old);
	int topic = n.topic ? config_topic_index(a->config, n.topic) : -1;
	if (ok) {
		const struct letter_ground g = carried_ground(a->desk, a->g->keys, &n, &a->carried, a->g->now);
		const struct forward_words w = {.kind = FORWARD_NEW, .why = why, .trouble = a->carried.trouble};
		ok = act_event(a, a->t->id, mem_fmt("split: a mail of %s became %s-%lld", n.requester_addr, a->config->office.tag, (long long)n.id), e) &&
		     act_event(a, n.id, mem_fmt("opened: split off %s-%lld", a->config->office.tag, (long long)a->t->id), e) &&
		     send_forwards(a->desk, &g, config_topic_staff(a->config, topic), &w, "staff", &a->out->told, e);
	}
	if (ok) {
		json_object_set_new(a->trace, "split", json_pack("{s:I, s:I}", "ticket", (json_int_t)n.id, "message", (json_int_t)a->about));
		a->changed = true;
		ACT_SAY(a, "Mejlet är nu ett eget ärende, %s, i ämnet ”%s”.", "The mail is a ticket of its own now, %s, in the topic “%s”.", tag,
		        config_topic_title(a->config, topic, a->lang));
	}
	free(tag);
	free(old);
	free(why);
	ticket_free(&n);
	return ok;
}
