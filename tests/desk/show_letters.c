/* show_letters CONFIG MAILS FOLDER: the letters of a few inquiries as files, for scripts/letter-pictures and for the eye. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/mem.h"
#include "desk/letter.h"
#include "desk/route.h"
#include "desk/why.h"
#include "mail/message.h"
#include "store/part.h"
#include "topic/language.h"

struct inquiry {
	struct buf raw;
	struct mail mail;
	struct ticket ticket;
	struct letter_ground ground;
	char *why;
};

static const char *folder, *mails;
static struct config *config;
static const struct token_key key = {1, "a secret of thirty-two bytes...."};
static const struct token_keys keys = {&key, 1};
static struct err e;

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "show_letters: %s: %s\n", what, e.text);
		exit(1);
	}
}

static void save(const char *name, const struct inquiry *q, struct outbox_item *item)
{
	char *path = mem_fmt("%s/%s.eml", folder, name);
	FILE *f = fopen(path, "w");
	must(f != NULL, path);
	for (size_t i = 0; i < item->mail.n; i++)
		fwrite((item->mail.v[i].raw ? q->raw.s : item->mail.bytes.s) + item->mail.v[i].offset, 1, item->mail.v[i].length, f);
	fclose(f);
	free(path);
	outbox_item_free(item);
}

static void read_mail(struct inquiry *q)
{
	message_read(q->raw.s, q->raw.n, &mail_limits_default, &q->mail);
	q->mail.lang = mem_dup(language_of(q->mail.reply_text, strlen(q->mail.reply_text)));
}

static void inquire(const char *file, int64_t id, struct inquiry *q)
{
	char *path = mem_fmt("%s/%s", mails, file);
	struct routing r;
	*q = (struct inquiry){0};
	must(file_read(path, 1 << 20, &q->raw, &e), path);
	read_mail(q);
	route_mail(config, &q->mail, &r);
	q->why = routing_why(config, &r, config->office.languages.v[0]);
	q->ticket = (struct ticket){.id = id, .status = mem_dup("open"), .topic = r.topic >= 0 ? mem_dup(config_topic_name(config, r.topic)) : NULL, .confidence = r.confidence,
	                            .lang = mem_dup(q->mail.lang), .subject = mem_dup(q->mail.subject), .requester_name = mem_dup(q->mail.from.name),
	                            .requester_addr = mem_dup(q->mail.from.addr), .internal = config_is_internal(config, q->mail.from.addr)};
	q->ground = (struct letter_ground){config, &q->ticket, &q->mail, 1, q->raw.n, 1773046800 + id * 3600, &keys, NULL};
	routing_free(&r);
	free(path);
}

static void inquiry_free(struct inquiry *q)
{
	mail_free(&q->mail);
	ticket_free(&q->ticket);
	buf_free(&q->raw);
	free(q->why);
}

static void forward(const char *name, const struct inquiry *q, const char *to, struct forward_words *w)
{
	struct outbox_item item;
	struct strs all = {0};
	strs_add(&all, to);
	w->why = q->why;
	must(letter_forward(&q->ground, to, &all, w, &item, &e), name);
	save(name, q, &item);
	strs_free(&all);
}

static void notice(const struct inquiry *q, const char *template, const struct placeholder *v, size_t n)
{
	struct outbox_item item;
	must(letter_notice(&q->ground, "bo.ek@int.uni.example", template, v, n, NULL, &item, &e), template);
	save(template, q, &item);
}

static void forwards(struct inquiry *velden)
{
	struct outbox_item item;
	must(letter_answer(&velden->ground, "acknowledgement", "acknowledgement", velden->ticket.requester_addr, &item, &e), "acknowledgement");
	save("acknowledgement", velden, &item);
	struct inquiry umbrella, hoshino;
	struct strs cc = {0};
	strs_add(&cc, "exchange@velden.example");
	inquire("13-paraply.eml", 43, &umbrella);
	inquire("03-fornya-avtal-hoshino.eml", 44, &hoshino);
	struct part part = {.number = 1, .addr = NULL, .due = velden->ground.now + 3 * 86400, .handover = true, .watch = true};
	char question[] = "Kan ni bekräfta att kandidatexamen i fysik är kvalitetsgranskad?", topic[] = "networks";
	part.question = question;
	forward("forward", velden, "mobility@uni.example", &(struct forward_words){.kind = FORWARD_NEW, .cc = &cc});
	forward("forward-triage", &umbrella, "triage@uni.example", &(struct forward_words){.kind = FORWARD_NEW});
	forward("forward-html", &hoshino, "agreements@uni.example", &(struct forward_words){.kind = FORWARD_NEW});
	forward("forward-cover", &hoshino, "eva.lind@int.uni.example",
	        &(struct forward_words){.kind = FORWARD_NEW, .cover = "Kan du ta den här? Du har ju avtalet sedan förra året.", .cover_by = "Bo Ek"});
	forward("forward-warning", velden, "mobility@uni.example",
	        &(struct forward_words){.kind = FORWARD_FOLLOWUP, .warning = "Mejlet uppger sig komma från Bo Ek, en kollega, men det gick inte att bevisa. Det har inte skickats vidare, och ingenting är gjort."});
	forward("part-answer", velden, "bo.ek@int.uni.example", &(struct forward_words){.kind = FORWARD_PART_ANSWER, .part = &part, .open_parts = 1});
	forward("handover", velden, "registry@uni.example", &(struct forward_words){.kind = FORWARD_HANDOVER, .part = &part, .cover = "Det här är er fråga, tror vi.", .cover_by = "Bo Ek"});
	part.topic = topic;
	forward("part", velden, "networks@uni.example", &(struct forward_words){.kind = FORWARD_PART, .part = &part});
	strs_free(&cc);
	inquiry_free(&umbrella);
	inquiry_free(&hoshino);
}

static const char bo_writes[] =
	"From: Bo Ek <bo.ek@int.uni.example>\r\nTo: International Office <international@uni.example>\r\nSubject: SV: [INT-42] Nomination of exchange students, autumn semester\r\n"
	"Date: Mon, 9 Mar 2026 13:20:00 +0100\r\nMessage-ID: <bo-1@int.uni.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDear Marit,\r\n\r\nThe form is open until 1 April:\r\nhttps://www.uni.example/international/nominate\r\n\r\n"
	"After that, your students get a mail from us and apply by 15 April. The\r\nLearning Agreement is no problem: I sign it the day it comes.\r\n\r\n"
	"Kind regards,\r\nBo\r\n\r\n-- \r\nBo Ek\r\nbo.ek@int.uni.example\r\n\r\n"
	"On Mon, 9 Mar 2026 at 10:04, Marit de Wael via International Office wrote:\r\n> Dear colleagues,\r\n--b\r\n"
	"Content-Type: text/html; charset=utf-8\r\n\r\n<html><body style=\"font-family:Arial,sans-serif;font-size:15px\"><div style=\"font-family:Arial,sans-serif;font-size:15px\">Dear Marit,</div><div><br></div><div>The form is open until <b>1 April</b>:<br>"
	"<a href=\"https://www.uni.example/international/nominate\">https://www.uni.example/international/nominate</a></div><div><br></div>"
	"<div>After that, your students get a mail from us and apply by 15 April. The Learning Agreement is no problem: I sign it the day it comes.</div><div><br></div>"
	"<div>Kind regards,<br>Bo</div><div><br></div><div>-- <br>Bo Ek<br>bo.ek@int.uni.example</div>"
	"<br><div class=\"gmail_quote\"><div class=\"gmail_attr\">On Mon, 9 Mar 2026 at 10:04, Marit de Wael via International Office wrote:<br></div>"
	"<blockquote class=\"gmail_quote\">Dear colleagues,</blockquote></div></body></html>\r\n--b--\r\n";

static void replies(const struct inquiry *velden)
{
	struct inquiry bo = {.ticket = velden->ticket};
	struct outbox_item item;
	struct strs to = {0}, cc = {0};
	char division[] = "registry@registry.example", asked[] = "bo.ek@int.uni.example", question[] = "";
	buf_adds(&bo.raw, bo_writes);
	read_mail(&bo);
	bo.ground = (struct letter_ground){config, &velden->ticket, &bo.mail, 2, bo.raw.n, 1773058800, &keys, NULL};
	strs_add(&to, velden->ticket.requester_addr);
	strs_add(&cc, "exchange@velden.example");
	const struct reply_words w = {.writer = "bo.ek@int.uni.example", .to = &to, .cc = &cc, .in_reply_to = velden->mail.message_id, .answer = &bo.mail.answer,
	                              .text = bo.mail.answer.text, .html = true};
	must(letter_reply(&bo.ground, to.v[0], &w, &item, &e), "answer");
	save("answer", &bo, &item);
	const struct part part = {.number = 1, .addr = division, .asked_by = asked, .question = question, .due = velden->ground.now + 9 * 86400};
	must(letter_question(&bo.ground, &part, &w, &item, &e), "question");
	save("question", &bo, &item);
	must(letter_reminder(&bo.ground, &part, division, NULL, &item, &e), "reminder");
	save("part-reminder", &bo, &item);
	must(letter_overdue(&bo.ground, asked, &part, &item, &e), "overdue");
	save("part-overdue", &bo, &item);
	bo.ticket = (struct ticket){0};
	strs_free(&to);
	strs_free(&cc);
	inquiry_free(&bo);
}

static void notices(const struct inquiry *q)
{
	const struct placeholder v[] = {{"who", "Eva Lind"}, {"when", "den 9 mars kl. 10.52"}, {"text", "Hej Marit,\n\nFormuläret är öppet till den 1 april.\n\nVänliga hälsningar\nEva"},
	                                {"first", "Hej Marit,\n\nFormuläret är öppet till den 1 april.\n\nVänliga hälsningar\nEva"}, {"done", "Ärendet är stängt."}, {"undo", "yes"},
	                                {"faults", "!flytta avtla\nDet finns inget ämne som heter ”avtla”. Menade du ”agreements”?"}, {"deputy", "Eva Lind"},
	                                {"division", "kvalitet@uni.example"}, {"recipient", "m.dewael@velden.example"}, {"error", "550 5.1.1 no such mailbox"}};
	static const char *const all[] = {"receipt", "command-fault", "help", "link-used", "link-expired", "not-yours", "nothing-sent", "answered", "held", "kept-as-note", "noted",
	                                  "answer-failed", "question-failed", "delivery-failed", "woke", "part-away", "absent", "absent-alone"};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		notice(q, all[i], v, sizeof v / sizeof *v);
	struct outbox_item item;
	must(letter_handed_over(&q->ground, q->ticket.requester_addr, "registry@uni.example", &item, &e), "handed-over");
	save("handed-over", q, &item);
}

int main(int argc, char **argv)
{
	struct problems p = {0};
	struct inquiry velden, physics;
	if (argc != 4) {
		fputs("usage: show_letters CONFIG MAILS FOLDER\n", stderr);
		return 2;
	}
	mails = argv[2];
	folder = argv[3];
	setenv("TZ", "Europe/Stockholm", 1);
	tzset();
	message_setup();
	config = config_load(argv[1], false, &p);
	for (size_t i = 0; i < p.n; i++)
		fprintf(stderr, "%s:%u: %s\n", p.v[i].file, p.v[i].line, p.v[i].message);
	problems_free(&p);
	if (!config)
		return 1;
	inquire("02-nomination-deadline-velden.eml", 42, &velden);
	inquire("01-nominering-fysik.eml", 41, &physics);
	forwards(&velden);
	replies(&velden);
	notices(&physics);
	inquiry_free(&velden);
	inquiry_free(&physics);
	config_free(config);
	return 0;
}
