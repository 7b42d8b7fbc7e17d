/* parse, classify: what the desk sees in a mail, and what it would make of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/ctl.h"
#include "ctl/mails.h"
#include "desk/route.h"
#include "desk/why.h"
#include "mail/mail_json.h"

static void print_people(const char *label, const struct mailboxes *l)
{
	if (l->n == 0)
		return;
	printf("%s%-12s%s", colour("1"), label, colour(""));
	for (size_t i = 0; i < l->n; i++) {
		fputs(i ? ", " : "", stdout);
		if (*l->v[i].name) {
			print_text(l->v[i].name, 0);
			fputs(" <", stdout);
		}
		print_text(l->v[i].addr, 0);
		fputs(*l->v[i].name ? ">" : "", stdout);
	}
	putchar('\n');
}

static void print_line(const char *label, const char *value)
{
	if (!value || !*value)
		return;
	printf("%s%-12s%s", colour("1"), label, colour(""));
	print_text(value, 0);
	putchar('\n');
}

static bool print_mail(void *ctx, const char *file, const struct mail *m)
{
	const struct ctl *c = ctx;
	if (c->json) {
		print_json(mail_to_json(m));
		return true;
	}
	char date[32];
	const struct mailboxes from = {(struct mailbox[]){m->from}, m->from.addr ? 1 : 0};
	print_line("File", file);
	print_people("From", &from);
	print_people("To", &m->to);
	print_people("Cc", &m->cc);
	print_line("Date", m->has_date ? print_time(m->date, date) : NULL);
	print_line("Subject", m->subject);
	print_line("Message-ID", m->message_id);
	print_line("Kind", mail_kind_name(m->kind));
	print_line("Because", m->kind_why);
	print_line("Language", m->lang ? m->lang : "unknown");
	for (size_t i = 0; i < m->n_attachments; i++) {
		printf("%s%-12s%s", colour("1"), "Attachment", colour(""));
		print_text(m->attachments[i].name, 40);
		fputs(" (", stdout);
		print_text(m->attachments[i].type, 40);
		printf(", %llu bytes)\n", (unsigned long long)m->attachments[i].size);
	}
	for (size_t i = 0; i < m->warnings.n; i++)
		print_line("Warning", m->warnings.v[i]);
	putchar('\n');
	print_text(m->text ? m->text : "", 0);
	putchar('\n');
	return true;
}

int cmd_parse(struct ctl *c)
{
	struct mails r = {.limits = &mail_limits_default, .fd = -1};
	return mails_each(&r, c->argc, c->argv, print_mail, c);
}

struct classifying {
	struct ctl *ctl;
	bool explain;
};

static const char *topic_or_null(const struct config *c, int topic)
{
	return topic < 0 ? NULL : config_topic_name(c, topic);
}

static json_t *classified_json(const struct config *c, const char *file, const struct mail *m, const struct routing *r)
{
	json_t *scores = json_object(), *why = json_array();
	for (size_t i = 0; i < r->verdict.n; i++)
		json_object_set_new(scores, c->topics[i].name, json_real(r->verdict.scores[i]));
	for (size_t i = 0; i < r->verdict.n_why; i++) {
		const struct reason *y = &r->verdict.why[i];
		json_array_append_new(why, json_pack("{s:s, s:o, s:o, s:o, s:f}", "source", y->source, "what", json_text(y->what), "where", json_text(y->where), "topic",
		                                     json_text(config_topic_name(c, y->topic)), "weight", y->weight));
	}
	return json_pack("{s:o, s:o, s:f, s:o, s:o, s:o, s:o, s:o, s:o}", "file", json_text(file), "topic", json_text(topic_or_null(c, r->topic)), "confidence",
	                 r->confidence, "second_topic", json_text(topic_or_null(c, r->second)), "lang", json_text(m->lang), "kind", json_text(mail_kind_name(m->kind)),
	                 "answer", json_text(r->answer), "scores", scores, "why", why);
}

static bool print_classified(void *ctx, const char *file, const struct mail *m)
{
	const struct classifying *k = ctx;
	const struct config *c = k->ctl->config;
	struct routing r;
	enum { WHY_AT = 55 }; /* the column that the reason begins in */
	route_mail(c, m, &r);
	if (k->ctl->json) {
		print_json(classified_json(c, file, m, &r));
	} else {
		char *why = routing_why(c, &r, "en");
		print_column(file, 30);
		printf("%s%-12s%s %3.0f %%  %-4s", colour(r.topic < 0 ? "33" : "32"), config_topic_name(c, r.topic), colour(""), r.confidence * 100, m->lang ? m->lang : "?");
		if (k->explain) {
			print_wrapped(why, WHY_AT, 4);
		} else {
			print_text(why, 28);
			putchar('\n');
		}
		for (size_t i = 0; k->explain && i < r.verdict.n; i++)
			printf("    %-14s %5.1f %%\n", c->topics[i].name, r.verdict.scores[i] * 100);
		for (size_t i = 0; k->explain && i < r.verdict.n_why; i++) {
			const struct reason *y = &r.verdict.why[i];
			printf("    %-5s %+6.2f  %-12s ", y->source, y->weight, config_topic_name(c, y->topic));
			print_text(y->what, 40);
			printf(" in the %s\n", y->where);
		}
		free(why);
	}
	routing_free(&r);
	return true;
}

int cmd_classify(struct ctl *c)
{
	const char *tsv = NULL, *model = NULL;
	bool terms = ctl_option(c, "terms", NULL);
	struct classifying k = {c, ctl_option(c, "explain", NULL)};
	if (ctl_option(c, "tsv", &tsv)) {
		ctl_option(c, "model", &model);
		return model && c->argc == 0 ? classify_table(tsv, model, c->json) : ctl_usage("classify --tsv FILE wants --model FILE, and no mails");
	}
	if (c->argc < 1)
		return ctl_usage("classify wants a mail file or a folder of them");
	int code = ctl_config(c, false);
	if (code != EX_OK)
		return code;
	if (terms)
		classifier_forget(c->config->classifier);
	else
		ctl_learned(c);
	struct mails r = {.limits = &c->config->limits.mail, .fd = -1};
	return mails_each(&r, c->argc, c->argv, print_classified, &k);
}
