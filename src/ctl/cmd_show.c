/* show: the whole story of a ticket, in the order it happened. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/part.h"
#include "store/ticket.h"

enum moment_kind { MOMENT_EVENT, MOMENT_OUT, MOMENT_IN };

struct moment { /* a mail in or out, or a line of the history */
	int64_t time, after; /* after: the last line of all history before it; of a line, its own number */
	enum moment_kind kind;
	size_t order;   /* as it was found */
	char *line;     /* for people: without its time */
	char *text;     /* below it, or NULL */
	json_t *json;   /* of mails; NULL: of an event */
};

struct showing {
	const struct ctl *ctl;
	struct moment *v;
	size_t n;
	json_t *events, *parts, *people;
	struct buf parts_text, people_text;
};

static void add_moment(struct showing *s, int64_t time, int64_t after, enum moment_kind kind, char *line, const char *text, json_t *json)
{
	s->v = mem_resize(s->v, s->n + 1, sizeof *s->v);
	s->v[s->n] = (struct moment){time, after, kind, s->n, line, text && *text ? mem_dup(text) : NULL, json};
	s->n++;
}

/* Within one second the history's own order; what was made of a line stands below it. */
static int in_order(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->after != y->after)
		return x->after < y->after ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static json_t *addresses(const char *array)
{
	json_t *a = json_loads(array, 0, NULL);
	return a ? a : json_array();
}

static char *listed(const json_t *array)
{
	struct buf b = {0};
	buf_adds(&b, "");
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *one = json_string_value(json_array_get(array, i));
		buf_addf(&b, "%s%s", i ? ", " : "", one ? one : "?");
	}
	return buf_take(&b);
}

static bool add_message(void *ctx, const struct message *m)
{
	struct showing *s = ctx;
	json_t *to = addresses(m->recipients);
	char *names = listed(to);
	char *line = mem_fmt("in   %s: %s%s%s%s → %s  (mail %lld)", m->kind, m->from_name, *m->from_name ? " <" : "", m->from_addr, *m->from_name ? ">" : "", names, (long long)m->id);
	char *text = *m->warnings ? mem_fmt("%s\n(%s)", m->text, m->warnings) : mem_dup(m->text);
	add_moment(s, m->received, m->after, MOMENT_IN, line, text,
	           json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "direction", "in", "id", (json_int_t)m->id, "kind", json_text(m->kind), "from",
	                     json_text(m->from_addr), "to", to, "message_id", json_text(m->message_id), "date", json_time(m->date), "received", json_time(m->received),
	                     "subject", json_text(m->subject), "text", json_text(m->text), "warnings", json_text(m->warnings)));
	free(names);
	free(text);
	return true;
}

/* What a colleague or the desk wrote is shown; of a forward only that it went. */
static bool is_words(const struct outbox_item *i)
{
	return strcmp(i->kind, "reply") == 0 || strcmp(i->kind, "question") == 0 || strcmp(i->kind, "answer") == 0;
}

static bool add_sent(void *ctx, const struct outbox_item *i)
{
	struct showing *s = ctx;
	char done[32];
	struct buf b = {0};
	buf_addf(&b, "out  %s", i->kind);
	if (i->writer)
		buf_addf(&b, " by %s", i->writer);
	buf_addf(&b, " → %s  (%s", i->recipient, i->state);
	if (i->done)
		buf_addf(&b, " %s", print_time(i->done, done));
	buf_addf(&b, "%s%s)", i->error ? ": " : "", i->error ? i->error : "");
	add_moment(s, i->created, i->after, MOMENT_OUT, buf_take(&b), is_words(i) ? i->text : NULL,
	           json_pack("{s:s, s:o, s:o, s:[o], s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "direction", "out", "kind", json_text(i->kind), "from",
	                     json_text(s->ctl->config->office.address), "to", json_text(i->recipient), "message_id", json_text(i->message_id), "date",
	                     json_time(i->done ? i->done : i->created), "created", json_time(i->created), "state", json_text(i->state), "writer", json_text(i->writer),
	                     "subject", json_text(i->subject), "text", json_text(i->text)));
	return true;
}

static bool add_event(void *ctx, int64_t line, int64_t time, const char *actor, const char *what)
{
	struct showing *s = ctx;
	json_array_append_new(s->events, json_pack("{s:o, s:o, s:o}", "time", json_time(time), "actor", json_text(actor), "what", json_text(what)));
	size_t n = strcspn(what, "\n");
	add_moment(s, time, line, MOMENT_EVENT, mem_fmt("     %s: %.*s", actor, (int)n, what), what[n] ? what + n + 1 : NULL, NULL);
	return true;
}

static bool add_part(void *ctx, const struct part *p)
{
	struct showing *s = ctx;
	char when[32], done[32];
	json_array_append_new(s->parts, json_pack("{s:I, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "ticket", (json_int_t)p->ticket, "number", p->number, "to",
	                                          *p->addr ? json_text(p->addr) : json_null(), "topic", json_text(p->topic), "asked_by", json_text(p->asked_by), "question",
	                                          json_text(p->question), "state", json_text(p->state), "due", json_time(p->due), "created", json_time(p->created), "done",
	                                          json_time(p->done), "handover", p->handover, "watch", p->watch));
	struct buf *b = &s->parts_text;
	buf_addf(b, "part %d to %s%s%s, asked by %s: %s", p->number, *p->addr ? p->addr : "the staff of ", *p->addr ? "" : p->topic,
	         p->handover ? " (the whole ticket)" : "", p->asked_by, p->state);
	if (p->due && !p->done)
		buf_addf(b, ", due %s", print_time(p->due, when));
	if (p->done)
		buf_addf(b, " %s", print_time(p->done, done));
	buf_addc(b, '\n');
	return true;
}

static bool add_person(void *ctx, const struct participant *p)
{
	struct showing *s = ctx;
	json_array_append_new(s->people, json_pack("{s:o, s:o, s:o, s:o}", "addr", json_text(p->addr), "name", json_text(p->name), "role", json_text(p->role), "bad",
	                                           json_text(p->bad)));
	buf_addf(&s->people_text, "%-9s %s%s%s\n", p->role, p->addr, p->bad ? "  mail does not arrive: " : "", p->bad ? p->bad : "");
	return true;
}

/* Line by line, each broken at the terminal's width. */
static void print_indented(const char *text, int indent)
{
	for (const char *s = text; *s;) {
		size_t n = strcspn(s, "\n");
		char *line = mem_dupn(s, n);
		printf("%*s", n ? indent : 0, "");
		print_wrapped(line, indent, indent);
		free(line);
		s += n + (s[n] == '\n');
	}
}

static void print_head(const struct ctl *c, const struct ticket *t)
{
	char when[32];
	printf("%s[%s-%lld] ", colour("1"), c->config->office.tag, (long long)t->id);
	print_text(t->subject, 60);
	printf("%s\n", colour(""));
	char *rest = mem_fmt("  %s (%.0f %%)%s%s  %s  opened %s", t->topic ? t->topic : "triage", t->confidence * 100, t->second_topic ? ", also " : "",
	                     t->second_topic ? t->second_topic : "", t->lang ? t->lang : "language unknown", print_time(t->created, when));
	printf("%s%s%s", colour(status_colour(t->status)), t->status, colour(""));
	print_wrapped(rest, (int)strlen(t->status), 0);
	free(rest);
	fputs("from ", stdout);
	print_text(t->requester_name, 40);
	fputs(" <", stdout);
	print_text(t->requester_addr, 0);
	printf("> (%s)\n", t->internal ? "internal" : "external");
	printf("owner %s\n", t->owner ? t->owner : "nobody yet");
	if (t->answered)
		printf("first answered %s\n", print_time(t->answered, when));
	if (t->wakes)
		printf("rests until %s\n", print_time(t->wakes, when));
	if (t->closed)
		printf("closed %s%s\n", print_time(t->closed, when), t->spam ? " as spam" : "");
	if (t->merged)
		printf("is a part of [%s-%lld] now\n", c->config->office.tag, (long long)t->merged);
	if (t->linked)
		printf("belongs with [%s-%lld]\n", c->config->office.tag, (long long)t->linked);
}

static void print_story(const struct showing *s)
{
	enum { TIME = 18, WAY = 5 }; /* columns of a moment's time, and of "in", "out" or nothing */
	char when[32];
	putchar('\n');
	print_indented(s->people_text.s ? s->people_text.s : "", 0);
	if (s->parts_text.n)
		putchar('\n');
	print_indented(s->parts_text.s ? s->parts_text.s : "", 0);
	putchar('\n');
	for (size_t i = 0; i < s->n; i++) {
		const struct moment *m = &s->v[i];
		printf("%s%s  %.*s", m->kind == MOMENT_EVENT ? "" : colour("1"), print_time(m->time, when), WAY, m->line);
		print_wrapped(m->line + WAY, TIME + WAY, TIME + WAY);
		fputs(m->kind == MOMENT_EVENT ? "" : colour(""), stdout);
		if (m->text)
			print_indented(m->text, 4);
	}
}

static void print_as_json(struct showing *s, const struct ticket *t)
{
	json_t *j = ticket_json(t), *messages = json_array();
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].json)
			json_array_append(messages, s->v[i].json);
	json_object_set_new(j, "messages", messages);
	json_object_set(j, "events", s->events);
	json_object_set(j, "parts", s->parts);
	json_object_set(j, "people", s->people);
	print_json(j);
}

static void showing_free(struct showing *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].line);
		free(s->v[i].text);
		json_decref(s->v[i].json);
	}
	free(s->v);
	json_decref(s->events);
	json_decref(s->parts);
	json_decref(s->people);
	buf_free(&s->parts_text);
	buf_free(&s->people_text);
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
	struct showing s = {.ctl = c, .events = json_array(), .parts = json_array(), .people = json_array()};
	bool ok = event_list(c->db, id, add_event, &s, &e) && message_list(c->db, id, add_message, &s, &e) && outbox_of_ticket(c->db, id, add_sent, &s, &e) &&
	          part_each(c->db, id, add_part, &s, &e) && participant_each(c->db, id, add_person, &s, &e);
	if (s.n)
		qsort(s.v, s.n, sizeof *s.v, in_order);
	if (ok && c->json) {
		print_as_json(&s, &t);
	} else if (ok) {
		print_head(c, &t);
		print_story(&s);
	}
	showing_free(&s);
	ticket_free(&t);
	return ok ? EX_OK : ctl_fail(&e);
}
