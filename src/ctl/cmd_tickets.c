/* list, search: tickets as they stand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "ctl/ctl.h"
#include "store/ticket.h"

json_t *ticket_json(const struct ticket *t)
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

const char *status_colour(const char *status)
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
