/* list, show, search: tickets as they stand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "ctl/ctl.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"

static json_t *ticket_json(const struct ticket *t)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:f, s:o, s:o, s:{s:o, s:o}, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "id", (json_int_t)t->id, "status", json_text(t->status), "topic",
	                 json_text(t->topic), "second_topic", json_text(t->second_topic), "confidence", t->confidence, "lang", json_text(t->lang), "subject",
	                 json_text(t->subject), "requester", "name", json_text(t->requester_name), "addr", json_text(t->requester_addr), "internal", t->internal, "owner",
	                 json_text(t->owner), "created", json_time(t->created), "updated", json_time(t->updated), "linked",
	                 t->linked ? json_integer(t->linked) : json_null(), "wakes", json_time(t->wakes), "closed", json_time(t->closed), "merged",
	                 t->merged ? json_integer(t->merged) : json_null(), "answered", json_time(t->answered), "answer_to", json_text(t->answer_addr), "spam", t->spam);
}

struct listing {
	const struct ctl *ctl;
	size_t n;
};

static const char *status_colour(const char *status)
{
	return strcmp(status, "open") == 0 ? "32" : strcmp(status, "closed") == 0 ? "2" : "33";
}

static bool print_ticket(void *ctx, const struct ticket *t)
{
	struct listing *l = ctx;
	if (l->ctl->json) {
		print_json(ticket_json(t));
		return true;
	}
	if (l->n++ == 0)
		printf("%s%-6s %-7s %-11s %-5s %-24s %s%s\n", colour("1"), "no", "state", "topic", "sure", "who asks", "subject", colour(""));
	printf("%-6lld %s%-7s%s %-11.11s %3.0f %% ", (long long)t->id, colour(status_colour(t->status)), t->status, colour(""), t->topic ? t->topic : "triage",
	       t->confidence * 100);
	print_column(*t->requester_addr ? t->requester_addr : t->requester_name, 23);
	print_text(t->subject, 22);
	putchar('\n');
	return true;
}

static int listed(struct ctl *c, const struct listing *l, bool ok, const struct err *e)
{
	if (!ok)
		return ctl_fail(e);
	if (!c->json && l->n == 0)
		puts("no tickets");
	return EX_OK;
}

static bool known_status(const char *s)
{
	return strcmp(s, "open") == 0 || strcmp(s, "pending") == 0 || strcmp(s, "closed") == 0;
}

int cmd_list(struct ctl *c)
{
	const char *status = NULL, *topic = NULL;
	struct listing l = {c, 0};
	struct err e;
	ctl_option(c, "status", &status);
	ctl_option(c, "topic", &topic);
	if (c->argc > 0)
		return ctl_usage("unexpected argument '%s' (list [--status S] [--topic T])", c->argv[0]);
	if (status && !known_status(status))
		return ctl_usage("unknown status '%s': open, pending or closed", status);
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	if (topic && strcmp(topic, "triage") != 0 && config_topic_index(c->config, topic) < 0)
		return ctl_usage("there is no topic '%s' in '%s'", topic, c->config_file);
	return listed(c, &l, ticket_list(c->db, status, topic, print_ticket, &l, &e), &e);
}

int cmd_search(struct ctl *c)
{
	struct listing l = {c, 0};
	struct err e;
	struct buf words = {0};
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	buf_adds(&words, "");
	for (int i = 0; i < c->argc; i++)
		buf_addf(&words, "%s%s", i ? " " : "", c->argv[i]);
	bool ok = ticket_search(c->db, words.s, print_ticket, &l, &e);
	buf_free(&words);
	return listed(c, &l, ok, &e);
}

/* --- show --- */

struct showing {
	const struct ctl *ctl;
	json_t *messages, *events;
};

static json_t *addresses(const char *array)
{
	json_t *a = json_loads(array, 0, NULL);
	return a ? a : json_array();
}

static void print_message_head(const char *direction, const char *kind, const char *who, const char *when)
{
	printf("\n%s%s %s%s  ", colour("1"), direction, kind, colour(""));
	print_text(who, 0);
	printf("  %s\n", when);
}

static bool show_message(void *ctx, const struct message *m)
{
	struct showing *s = ctx;
	if (s->ctl->json) {
		json_array_append_new(s->messages, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "direction", "in", "kind", json_text(m->kind), "from",
		                                             json_text(m->from_addr), "to", addresses(m->recipients), "message_id", json_text(m->message_id), "date",
		                                             json_time(m->date), "received", json_time(m->received), "subject", json_text(m->subject), "text",
		                                             json_text(m->text)));
		return true;
	}
	char when[32];
	print_message_head("in", m->kind, m->from_addr, print_time(m->received, when));
	print_text(m->text, 0);
	putchar('\n');
	if (*m->warnings) {
		fputs(colour("33"), stdout);
		print_text(m->warnings, 0);
		fputs(colour(""), stdout);
	}
	return true;
}

static bool show_sent(void *ctx, const struct outbox_item *i)
{
	struct showing *s = ctx;
	if (s->ctl->json) {
		json_array_append_new(s->messages,
		                      json_pack("{s:s, s:o, s:o, s:[o], s:o, s:o, s:o, s:o, s:o}", "direction", "out", "kind", json_text(i->kind), "from",
		                                json_text(s->ctl->config->office.address), "to", json_text(i->recipient), "message_id", json_text(i->message_id), "date",
		                                json_time(i->done ? i->done : i->created), "state", json_text(i->state), "subject", json_text(i->subject), "text",
		                                json_text(i->text)));
		return true;
	}
	char when[32];
	print_message_head("out", i->kind, i->recipient, i->done ? print_time(i->done, when) : "");
	printf("(%s%s%s)\n", i->state, i->error ? ": " : "", i->error ? i->error : "");
	return true;
}

static bool show_event(void *ctx, int64_t time, const char *actor, const char *what)
{
	struct showing *s = ctx;
	if (s->ctl->json) {
		json_array_append_new(s->events, json_pack("{s:o, s:o, s:o}", "time", json_time(time), "actor", json_text(actor), "what", json_text(what)));
		return true;
	}
	char when[32];
	printf("%s  %s: ", print_time(time, when), actor);
	print_text(what, 0);
	putchar('\n');
	return true;
}

static void print_head(const struct ctl *c, const struct ticket *t)
{
	char when[32];
	printf("%s[%s-%lld] ", colour("1"), c->config->office.tag, (long long)t->id);
	print_text(t->subject, 60);
	printf("%s\n", colour(""));
	printf("%s%s%s  %s (%.0f %%)%s%s  %s  opened %s\n", colour(status_colour(t->status)), t->status, colour(""), t->topic ? t->topic : "triage", t->confidence * 100,
	       t->second_topic ? ", also " : "", t->second_topic ? t->second_topic : "", t->lang ? t->lang : "language unknown", print_time(t->created, when));
	fputs("from ", stdout);
	print_text(t->requester_name, 40);
	fputs(" <", stdout);
	print_text(t->requester_addr, 0);
	printf("> (%s)\n", t->internal ? "internal" : "external");
	printf("owner %s\n", t->owner ? t->owner : "nobody yet");
	if (t->wakes)
		printf("sleeps until %s\n", print_time(t->wakes, when));
	if (t->merged)
		printf("is now part of [%s-%lld]\n", c->config->office.tag, (long long)t->merged);
	if (t->spam)
		puts("spam");
	putchar('\n');
}

int cmd_show(struct ctl *c)
{
	struct err e;
	struct ticket t;
	int64_t id;
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	if (!ctl_number(c->argv[0], c->config->office.tag, &id))
		return ctl_usage("'%s' is no ticket number", c->argv[0]);
	int there = ticket_get(c->db, id, &t, &e);
	if (there == 0)
		err_set(&e, ERR_INPUT, "there is no ticket %lld", (long long)id);
	if (there <= 0)
		return ctl_fail(&e);
	struct showing s = {c, json_array(), json_array()};
	if (!c->json)
		print_head(c, &t);
	bool ok = event_list(c->db, id, show_event, &s, &e) && message_list(c->db, id, show_message, &s, &e) && outbox_of_ticket(c->db, id, show_sent, &s, &e);
	if (c->json) {
		json_t *j = ticket_json(&t);
		json_object_set(j, "messages", s.messages);
		json_object_set(j, "events", s.events);
		print_json(j);
	}
	json_decref(s.messages);
	json_decref(s.events);
	ticket_free(&t);
	return ok ? EX_OK : ctl_fail(&e);
}
