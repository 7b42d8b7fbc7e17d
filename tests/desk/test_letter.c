#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/command.h"
#include "desk/letter.h"
#include "desk/office.h"
#include "mail/answer.h"
#include "store/part.h"

enum { DAY = 86400, KIND_SHIFT = 11 };

#define ANNA "anna@partner.example"
#define BO "bo.ek@uni.example"

static const struct token_key the_key = {3, "thirty-two bytes that nobody has"};
static const struct token_keys the_keys = {&the_key, 1};

/* --- a ticket of Anna's, and what was written about it --- */

struct stage {
	struct office *o;
	struct buf raw;
	struct mail mail;
	struct ticket ticket;
	struct letter_ground g;
};

static const char question[] = "From: Anna Berg <" ANNA ">\r\nTo: " OFFICE "\r\nSubject: Nomination\r\nMessage-ID: <q1@partner.example>\r\n\r\n"
                               "Dear colleagues,\r\n\r\nMay we nominate three? See https://partner.example/list?a=1&b=2.\r\n";

static void stage_open(struct stage *s, struct office *o, const char *raw)
{
	*s = (struct stage){.o = o};
	buf_adds(&s->raw, raw);
	mail_of(raw, &s->mail);
	s->ticket = (struct ticket){.id = 42, .status = mem_dup("open"), .topic = mem_dup("mobility"), .confidence = 0.93, .lang = mem_dup("en"), .subject = mem_dup("Nomination"),
	                            .requester_name = mem_dup("Anna Berg"), .requester_addr = mem_dup(ANNA)};
	s->g = (struct letter_ground){o->config, &s->ticket, &s->mail, 1, s->raw.n, o->now, &the_keys, NULL};
}

static void stage_close(struct stage *s)
{
	mail_free(&s->mail);
	ticket_free(&s->ticket);
	buf_free(&s->raw);
}

/* The letter as it would be sent, read back. */
static void deliver(const struct stage *s, const struct outbox_item *item, struct sent *out)
{
	*out = (struct sent){0};
	for (size_t i = 0; i < item->mail.n; i++)
		buf_add(&out->bytes, (item->mail.v[i].raw ? s->raw.s : item->mail.bytes.s) + item->mail.v[i].offset, item->mail.v[i].length);
	message_read(out->bytes.s, out->bytes.n, &mail_limits_default, &out->mail);
	expect_sound_mail(out, item->kind);
}

static void sent_free(struct sent *s)
{
	buf_free(&s->bytes);
	mail_free(&s->mail);
}

/* The one part of a type, decoded; the caller frees. NULL: there is none. Our own parts are quoted-printable or 7bit. */
static char *body_of(const struct sent *s, const char *type)
{
	char *want = mem_fmt("Content-Type: %s;", type), *p = strstr(s->bytes.s, want);
	free(want);
	if (!p)
		return NULL;
	bool qp = strstr(p, "quoted-printable") && strstr(p, "quoted-printable") < strstr(p, "\r\n\r\n");
	struct buf b = {0};
	buf_adds(&b, "");
	for (p = strstr(p, "\r\n\r\n") + 4; *p && strncmp(p, "\r\n--=_ingang_", 13) != 0; p++) {
		if (qp && strncmp(p, "=\r\n", 3) == 0)
			p += 2;
		else if (qp && *p == '=') {
			char hex[3] = {p[1], p[2], '\0'};
			buf_addc(&b, (char)strtol(hex, NULL, 16));
			p += 2;
		} else if (*p != '\r')
			buf_addc(&b, *p);
	}
	return buf_take(&b);
}

static void has(const char *text, const char *what)
{
	if (!text || !strstr(text, what))
		fail_msg("no '%s' in:\n%s", what, text ? text : "(nothing)");
}

static void has_not(const char *text, const char *what)
{
	if (text && strstr(text, what))
		fail_msg("'%s' in:\n%s", what, text);
}

static void speak(const struct stage *s, const char *lang) /* the language of staff */
{
	free(s->o->config->office.languages.v[0]);
	s->o->config->office.languages.v[0] = mem_dup(lang);
}

static void forward(const struct stage *s, const char *to, const struct forward_words *w, struct outbox_item *item)
{
	struct err e;
	struct strs all = {0};
	strs_add(&all, to);
	MUST(letter_forward(&s->g, to, &all, w, item, &e));
	strs_free(&all);
}

/* --- languages --- */

static void the_language_of_an_answer(void **state)
{
	(void)state;
	static const struct {
		const char *office[3], *mail, *want;
	} cases[] = {
		{{"sv", "en"}, "sv", "sv"}, {{"sv", "en"}, "en", "en"}, {{"sv", "en"}, "de", "en"}, {{"sv", "en"}, NULL, "en"}, {{"sv"}, "en", "sv"},
		{{"sv"}, NULL, "sv"},       {{"sv", "de"}, "fr", "sv"}, {{"de", "sv"}, "sv", "sv"}, {{"en", "sv"}, "no", "en"}, {{"sv", "en"}, "", "en"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config c = {0};
		for (size_t k = 0; k < 3 && cases[i].office[k]; k++)
			strs_add(&c.office.languages, cases[i].office[k]);
		const char *got = letter_language(&c, cases[i].mail);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("case %zu: %s", i, got);
		strs_free(&c.office.languages);
	}
}

static void moments(void **state)
{
	(void)state; /* 2026-11-26 14:05 UTC, the tests' zone */
	char *sv = letter_time(1795701900, "sv"), *en = letter_time(1795701900, "en");
	assert_string_equal(sv, "den 26 november kl. 14.05");
	assert_string_equal(en, "on 26 November at 14:05");
	free(sv);
	free(en);
}

/* --- ids --- */

/* Without keys: 128 bits that nobody can guess, with the ticket in front, under the office's domain: no two are alike. */
static void ids_cannot_be_guessed(void **state)
{
	struct stage s;
	enum { N = 300 };
	struct strs seen = {0};
	stage_open(&s, *state, question);
	s.g.keys = NULL;
	for (int i = 0; i < N; i++) {
		struct outbox_item item;
		struct err e;
		MUST(letter_answer(&s.g, "acknowledgement", "acknowledgement", ANNA, &item, &e));
		const char *random = item.message_id + strlen("INT-42.");
		assert_true(str_starts(item.message_id, "INT-42."));
		assert_int_equal(strspn(random, "0123456789abcdef"), 32);
		assert_string_equal(random + 32, "@uni.example");
		assert_false(strs_has(&seen, item.message_id));
		strs_add(&seen, item.message_id);
		outbox_item_free(&item);
	}
	strs_free(&seen);
	stage_close(&s);
}

/* Every letter's id holds the token of who gets it, for what it is good for, and 64 bits of its own. */
static void expect_token(const struct outbox_item *item, const char *person, enum token_purpose purpose, unsigned nonce, int64_t now, int64_t days)
{
	char text[TOKEN_TEXT + 1];
	struct token t;
	memcpy(text, item->message_id, TOKEN_TEXT);
	text[TOKEN_TEXT] = '\0';
	assert_int_equal(item->message_id[TOKEN_TEXT], '.');
	assert_int_equal(strspn(item->message_id + TOKEN_TEXT + 1, "0123456789abcdef"), 16);
	assert_string_equal(item->message_id + TOKEN_TEXT + 17, "@uni.example");
	assert_int_equal(token_check(&the_keys, text, person, now, &t), TOKEN_GOOD);
	assert_int_equal(t.ticket, 42);
	assert_int_equal(t.purpose, purpose);
	assert_int_equal(t.nonce, nonce);
	assert_int_equal(token_check(&the_keys, text, person, now + (days - 1) * DAY, &t), TOKEN_GOOD);
	assert_int_equal(token_check(&the_keys, text, person, now + (days + 1) * DAY, &t), TOKEN_EXPIRED);
	assert_int_equal(token_check(&the_keys, text, "other@uni.example", now, &t), TOKEN_FORGED);
}

static void each_id_holds_a_token(void **state)
{
	struct stage s;
	struct outbox_item item;
	struct err e;
	char asked[] = "kvalitet@uni.example", words[] = "Vad gäller?", topic[] = "agreements";
	struct part part = {.number = 7, .addr = asked, .question = words}, second = {.number = 8, .topic = topic, .addr = NULL};
	stage_open(&s, *state, question);
	static const struct {
		enum forward_kind kind;
		enum token_purpose purpose;
		unsigned nonce;
		int64_t days;
	} cases[] = {{FORWARD_NEW, TOKEN_STAFF, 0, 180}, {FORWARD_FOLLOWUP, TOKEN_STAFF, 0, 180}, {FORWARD_PART_ANSWER, TOKEN_STAFF, 0, 180},
	             {FORWARD_PART, TOKEN_PART, 8, 365}, {FORWARD_HANDOVER, TOKEN_PART, 7, 365}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		forward(&s, BO, &(struct forward_words){.kind = cases[i].kind, .part = cases[i].kind == FORWARD_PART ? &second : &part}, &item);
		expect_token(&item, BO, cases[i].purpose, cases[i].nonce, s.o->now, cases[i].days);
		outbox_item_free(&item);
	}
	struct strs to = {0};
	strs_add(&to, ANNA);
	const struct reply_words w = {.writer = BO, .to = &to, .text = "Yes."};
	MUST(letter_reply(&s.g, ANNA, &w, &item, &e));
	expect_token(&item, ANNA, TOKEN_REQUESTER, 0, s.o->now, 730);
	outbox_item_free(&item);
	MUST(letter_question(&s.g, &part, &w, &item, &e));
	expect_token(&item, asked, TOKEN_PART, 7, s.o->now, 365);
	outbox_item_free(&item);
	MUST(letter_reminder(&s.g, &part, asked, NULL, &item, &e));
	expect_token(&item, asked, TOKEN_PART, 7, s.o->now, 365);
	outbox_item_free(&item);
	MUST(letter_answer(&s.g, "acknowledgement", "acknowledgement", ANNA, &item, &e));
	expect_token(&item, ANNA, TOKEN_REQUESTER, 0, s.o->now, 730);
	outbox_item_free(&item);
	MUST(letter_notice(&s.g, BO, "nothing-sent", NULL, 0, NULL, &item, &e));
	expect_token(&item, BO, TOKEN_NOTICE, 0, s.o->now, 180);
	outbox_item_free(&item);
	strs_free(&to);
	stage_close(&s);
}

static void replies_go_to_the_office(void **state)
{
	struct stage s;
	struct outbox_item item;
	struct sent sent;
	stage_open(&s, *state, question);
	char *long_office = mem_fmt("%s@uni.example", "a-name-that-leaves-no-room-for-it"), *office = s.o->config->office.address;
	for (int i = 0; i < 3; i++) {
		s.o->config->office.plus = i > 0;
		s.o->config->office.address = i == 2 ? long_office : office;
		forward(&s, BO, &(struct forward_words){.kind = FORWARD_NEW}, &item);
		deliver(&s, &item, &sent);
		char *want = i == 1 ? mem_fmt("international+%.40s@uni.example", item.message_id) : mem_dup(s.o->config->office.address);
		assert_string_equal(sent_field(&sent, "Reply-To"), want);
		free(want);
		sent_free(&sent);
		outbox_item_free(&item);
	}
	s.o->config->office.address = office;
	free(long_office);
	stage_close(&s);
}

/* --- the block --- */

static void the_block_says_where_a_reply_goes(void **state)
{
	struct stage s;
	char topic[] = "agreements", asked[] = "registry@uni.example", what[] = "Stämmer\ndet?", owner[] = "eva@int.uni.example", by_hand[] = "reply@partner.example";
	const struct part second = {.number = 2, .topic = topic}, over = {.number = 3, .addr = asked, .handover = true}, watched = {.number = 3, .addr = asked, .watch = true},
	                  answered = {.number = 4, .addr = asked, .question = what};
	struct strs one = {0}, two = {0};
	strs_add(&one, "carl@partner.example");
	strs_add(&two, "carl@partner.example");
	strs_add(&two, "dan@partner.example");
	stage_open(&s, *state, question);
	const struct {
		struct forward_words w;
		const char *lang, *owner, *line;
	} cases[] = {
		{{.kind = FORWARD_NEW}, "sv", NULL, "\nSvara, så går svaret till Anna Berg från kontorets adress.\n"},
		{{.kind = FORWARD_NEW}, "en", NULL, "\nReply, and your answer goes to Anna Berg from the office's address.\n"},
		{{.kind = FORWARD_FOLLOWUP, .cc = &one}, "sv", NULL, "\nKopia: carl@partner.example\n"},
		{{.kind = FORWARD_FOLLOWUP, .cc = &two}, "sv", NULL, "\nSvara, så går svaret till Anna Berg och 2 på kopia, från kontorets adress.\n"},
		{{.kind = FORWARD_NEW, .cc = &two}, "en", NULL, "\nCc: carl@partner.example, dan@partner.example\n"},
		{{.kind = FORWARD_NEW, .why = "nominat* i texten"}, "sv", NULL, "\nVarför: nominat* i texten (säkerhet 93 %)\n"},
		{{.kind = FORWARD_NEW, .warning = "se upp"}, "sv", NULL, "Obs: se upp\n"},
		{{.kind = FORWARD_NEW, .cover = "Tja.", .warning = "Obs: se upp"}, "sv", NULL, "Tja.\n\nObs: se upp\n"},
		{{.kind = FORWARD_PART, .part = &second}, "sv", NULL, "\nSvara, så går svaret till kollegorna som har ärendet. De svarar Anna Berg.\n"},
		{{.kind = FORWARD_PART, .part = &second}, "en", owner, "\nReply, and your answer goes to eva@int.uni.example, who answers Anna Berg.\n"},
		{{.kind = FORWARD_PART, .part = &second}, "sv", NULL, "\nEr del: Avtal\n"},
		{{.kind = FORWARD_PART_ANSWER, .part = &answered, .open_parts = 1}, "sv", NULL, "\nÄrende: [INT-42], del 4 (1 del är fortfarande öppen)\nNi frågade: Stämmer det?\n"},
		{{.kind = FORWARD_PART_ANSWER, .part = &answered, .open_parts = 2}, "en", NULL, "\nTicket: [INT-42], part 4 (2 parts are still open)\n"},
		{{.kind = FORWARD_PART_ANSWER, .part = &answered}, "en", NULL, "(no part is open any more)"},
		{{.kind = FORWARD_HANDOVER, .part = &over}, "sv", NULL, "\nSvara, så går svaret direkt till Anna Berg.\n"},
		{{.kind = FORWARD_HANDOVER, .part = &watched}, "en", NULL, "\nReply, and your answer goes straight to Anna Berg, and to us.\n"},
		{{.kind = FORWARD_NEW, .cover = "Tar du den?", .cover_by = "Bo\nEk"}, "sv", NULL, "Bo Ek skriver:\n\nTar du den?\n\nFrån: Anna Berg"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct outbox_item item;
		struct sent sent;
		speak(&s, cases[i].lang);
		s.ticket.owner = cases[i].owner ? owner : NULL;
		s.ticket.internal = false;
		forward(&s, "registry@uni.example", &cases[i].w, &item);
		has(item.text, cases[i].line);
		has_not(item.text, "{");
		deliver(&s, &item, &sent);
		char *plain = body_of(&sent, "text/plain"), *html = body_of(&sent, "text/html");
		has(plain, item.text);
		assert_non_null(html);
		sent_free(&sent);
		free(plain);
		free(html);
		outbox_item_free(&item);
	}
	speak(&s, "sv");
	s.ticket.owner = NULL;
	struct outbox_item item;
	struct sent sent;
	const struct {
		const struct part *part;
		char *answer_addr;
		const char *want;
	} handed[] = {{&over, NULL, ANNA}, {&watched, NULL, ANNA ", " OFFICE}, {&over, by_hand, "reply@partner.example"}};
	for (size_t i = 0; i < sizeof handed / sizeof *handed; i++) {
		s.ticket.answer_addr = handed[i].answer_addr;
		forward(&s, "registry@uni.example", &(struct forward_words){.kind = FORWARD_HANDOVER, .part = handed[i].part}, &item);
		deliver(&s, &item, &sent);
		assert_string_equal(sent_field(&sent, "Reply-To"), handed[i].want);
		has(item.text, handed[i].answer_addr ? "direkt till Anna Berg (reply@partner.example)" : "direkt till Anna Berg");
		has_not(sent.bytes.s, "mailto:");
		sent_free(&sent);
		outbox_item_free(&item);
	}
	s.ticket.answer_addr = NULL;
	s.o->config->staff.commands = false;
	forward(&s, BO, &(struct forward_words){.kind = FORWARD_NEW}, &item);
	has(item.text, "\nSå svarar du: skriv till " ANNA " och sätt " OFFICE " som kopia");
	has_not(item.text, "!");
	outbox_item_free(&item);
	strs_free(&one);
	strs_free(&two);
	stage_close(&s);
}

/* Another division is written to in the office's language when it is a part of the house, else in the requester's. */
static void divisions_are_written_to_in_their_language(void **state)
{
	struct stage s;
	struct outbox_item item;
	struct err e;
	char inside[] = "kvalitet@uni.example", outside[] = "registry@ministry.example", words[] = "?";
	const struct part in = {.number = 1, .addr = inside, .question = words}, out = {.number = 1, .addr = outside, .question = words};
	struct strs none = {0};
	const struct reply_words w = {.writer = BO, .writer_name = "Bo Ek", .to = &none, .text = "Vad gäller?\n"};
	stage_open(&s, *state, question);
	MUST(letter_question(&s.g, &in, &w, &item, &e));
	has(item.text, "Bo Ek, Avdelningen för internationalisering, ber om er hjälp");
	assert_string_equal(item.subject, "[INT-42] Fråga till er: Nomination");
	outbox_item_free(&item);
	MUST(letter_question(&s.g, &out, &w, &item, &e));
	has(item.text, "Bo Ek, Avdelningen för internationalisering, would like your help");
	outbox_item_free(&item);
	forward(&s, inside, &(struct forward_words){.kind = FORWARD_HANDOVER, .part = &in}, &item);
	has(item.text, "lämnar över");
	outbox_item_free(&item);
	forward(&s, outside, &(struct forward_words){.kind = FORWARD_HANDOVER, .part = &out}, &item);
	has(item.text, "hands this inquiry over");
	outbox_item_free(&item);
	stage_close(&s);
}

/* --- links --- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* As a mail program takes a mailto: apart (RFC 6068). */
static char *percent_decoded(const char *s, size_t n)
{
	struct buf b = {0};
	buf_adds(&b, "");
	for (size_t i = 0; i < n; i++)
		if (s[i] == '%' && i + 2 < n + 0 && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0) {
			buf_addc(&b, (char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2])));
			i += 2;
		} else {
			assert_int_not_equal(s[i], '%');
			buf_addc(&b, s[i]);
		}
	return buf_take(&b);
}

struct link {
	char *url, *to, *subject, *body, *words;
};

static void link_free(struct link *l)
{
	free(l->url);
	free(l->to);
	free(l->subject);
	free(l->body);
	free(l->words);
}

/* The next link of an HTML text, or false. */
static bool next_link(const char **at, struct link *out)
{
	const char *p = strstr(*at, "<a href=\"mailto:");
	if (!p)
		return false;
	p += strlen("<a href=\"");
	size_t n = strcspn(p, "\"");
	struct buf url = {0};
	for (size_t i = 0; i < n; i++) {
		buf_addc(&url, p[i]);
		if (p[i] == '&') {
			assert_int_equal(strncmp(p + i, "&amp;", 5), 0);
			i += 4;
		}
	}
	const char *text = strchr(p + n, '>') + 1, *subject = strstr(url.s, "?subject="), *body = strstr(url.s, "&body=");
	assert_non_null(subject);
	assert_non_null(body);
	*out = (struct link){.url = mem_dup(url.s), .to = percent_decoded(url.s + 7, (size_t)(subject - url.s) - 7),
	                     .subject = percent_decoded(subject + 9, (size_t)(body - subject) - 9), .body = percent_decoded(body + 6, strlen(body + 6)),
	                     .words = mem_dupn(text, strcspn(text, "<"))};
	buf_free(&url);
	*at = text;
	return true;
}

/* What every link is, whatever it does; *kind is what its token says. */
static void expect_link(const struct stage *s, const struct link *l, enum command_kind *kind)
{
	char token[TOKEN_TEXT + 1];
	struct token t;
	assert_true(strlen(l->url) < 2000);
	for (const char *p = l->url; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%@?&=:", *p))
			fail_msg("'%c' in %s", *p, l->url);
	bool plus = s->o->config->office.plus;
	assert_true(str_starts(l->subject, "[INT-42] "));
	assert_true((token_find(l->subject, token) != NULL) == !plus);
	assert_true((token_find(l->to, token) != NULL) == plus);
	assert_non_null(token_find(plus ? l->to : l->subject, token));
	if (!plus)
		assert_string_equal(l->to, OFFICE);
	assert_int_equal(token_check(&the_keys, token, BO, s->o->now, &t), TOKEN_GOOD);
	assert_int_equal(t.purpose, TOKEN_COMMAND);
	assert_int_equal(t.ticket, 42);
	assert_int_equal(token_check(&the_keys, token, BO, s->o->now + 29 * DAY, &t), TOKEN_GOOD);
	assert_int_equal(token_check(&the_keys, token, BO, s->o->now + 31 * DAY, &t), TOKEN_EXPIRED);
	assert_int_equal(token_check(&the_keys, token, BO, s->o->now, &t), TOKEN_GOOD);
	*kind = (enum command_kind)(t.nonce >> KIND_SHIFT);
}

/* The mail that a link writes, sent as it is, with or without HTML, with a signature of the program's own below. */
static void send_link(const struct link *l, bool html, struct commands *out)
{
	static const struct day today = {2026, 9, 21};
	struct buf raw = {0};
	struct mail m;
	buf_addf(&raw, "From: Bo Ek <" BO ">\r\nTo: %s\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/%s; charset=utf-8\r\n\r\n", l->to, html ? "html" : "plain");
	for (const char *p = l->body; *p; p++)
		if (!html)
			buf_addc(&raw, *p);
		else if (*p == '\r')
			buf_adds(&raw, p > l->body && p[-1] == '\n' ? "<div><br></div>" : "<br>");
		else if (*p == ' ' && p[1] == '\r')
			buf_adds(&raw, "&nbsp;");
		else if (*p != '\n')
			buf_addc(&raw, *p);
	buf_adds(&raw, html ? "<div>-- <br>Bo Ek<br>tel 018-471 00 00</div>" : "\r\nBo Ek\r\ntel 018-471 00 00\r\n");
	message_read(raw.s, raw.n, &mail_limits_default, &m);
	commands_read(m.reply_text, &today, out);
	mail_free(&m);
	buf_free(&raw);
}

static void links_write_the_mail_that_does_it(void **state)
{
	struct stage s;
	stage_open(&s, *state, question);
	static const enum command_kind ready[] = {COMMAND_TAKE, COMMAND_CLOSE, COMMAND_WAIT, COMMAND_HELP, COMMAND_SPAM, COMMAND_UNDO, COMMAND_SEND, COMMAND_REOPEN};
	static const struct placeholder extra[] = {{"undo", "yes"}, {"done", "Gjort."}, {"who", "Eva"}, {"first", "Hej"}, {"when", "nyss"}};
	static const char *const letters[] = {"forward", "triage", "receipt", "held", "woke", "absent-alone", "handover-quiet"};
	for (int round = 0; round < 4; round++)
		for (size_t k = 0; k < sizeof letters / sizeof *letters; k++) {
			struct outbox_item item;
			struct sent sent;
			struct strs tokens = {0};
			struct link l;
			struct err e;
			char *topic = s.ticket.topic;
			size_t n = 0;
			s.o->config->office.plus = round % 2;
			speak(&s, round < 2 ? "sv" : "en");
			if (k == 1)
				s.ticket.topic = NULL;
			if (k < 2)
				forward(&s, BO, &(struct forward_words){.kind = FORWARD_NEW}, &item);
			else
				MUST(letter_notice(&s.g, BO, letters[k], extra, sizeof extra / sizeof *extra, NULL, &item, &e));
			deliver(&s, &item, &sent);
			char *html = body_of(&sent, "text/html");
			for (const char *at = html; next_link(&at, &l); n++) {
				enum command_kind kind;
				struct commands c;
				bool complete = false;
				expect_link(&s, &l, &kind);
				assert_false(strs_has(&tokens, l.url));
				strs_add(&tokens, l.url);
				for (size_t i = 0; i < sizeof ready / sizeof *ready; i++)
					complete = complete || ready[i] == kind;
				complete = complete || (kind == COMMAND_MOVE && k == 1);
				for (int as_html = 0; as_html < 2; as_html++) {
					send_link(&l, as_html, &c);
					if (complete) {
						if (c.n != 1 || c.n_faults || c.v[0].kind != kind || *c.rest)
							fail_msg("%s (%s): %zu commands, %zu faults (%s), rest '%s' of:\n%s", l.words, as_html ? "html" : "plain", c.n, c.n_faults, c.n_faults ? c.faults[0].en : "", c.rest,
							         l.body);
					} else if (c.n_faults != 1 || *c.rest) { /* something is to be filled in: nothing happens without it */
						fail_msg("%s: %zu commands, %zu faults, rest '%s'", l.words, c.n, c.n_faults, c.rest);
					}
					if (complete && kind == COMMAND_MOVE)
						assert_true(config_topic_index(s.o->config, c.v[0].topic) >= 0);
					commands_free(&c);
				}
				link_free(&l);
			}
			static const size_t wanted[] = {6, 6, 1, 1, 3, 3, 3}; /* triage: two topics and four others */
			assert_int_equal(n, wanted[k]);
			strs_free(&tokens);
			free(html);
			sent_free(&sent);
			outbox_item_free(&item);
			s.ticket.topic = topic;
		}
	stage_close(&s);
}

static void no_keys_no_links(void **state)
{
	struct stage s;
	struct outbox_item item;
	struct sent sent;
	stage_open(&s, *state, question);
	s.g.keys = NULL;
	forward(&s, BO, &(struct forward_words){.kind = FORWARD_NEW}, &item);
	deliver(&s, &item, &sent);
	char *html = body_of(&sent, "text/html");
	has_not(html, "mailto:");
	has(html, "Eller ett kommando överst i svaret: !ta, !stäng, !vänta DATUM, !flytta ÄMNE, !notera TEXT (alla: !hjälp)");
	free(html);
	sent_free(&sent);
	outbox_item_free(&item);
	s.g.keys = &the_keys; /* who has it need not take it */
	s.ticket.owner = mem_dup(BO);
	forward(&s, BO, &(struct forward_words){.kind = FORWARD_NEW}, &item);
	has_not(item.text, "!ta,");
	outbox_item_free(&item);
	stage_close(&s);
}

/* --- strangers' words --- */

static void strangers_words_are_data(void **state)
{
	static const char hostile[] = "From: \"<b>{office}</b> \\\"x\\\" &amp; {{ticket}\" <" ANNA ">\r\nTo: " OFFICE "\r\nSubject: <script>alert(1)</script> {links}\r\n\r\n"
	                              "<img src=x onerror=alert(1)> https://a.example/\"onclick=alert(1) javascript:alert(1) {links}\r\n";
	struct stage s;
	struct outbox_item item;
	struct sent sent;
	stage_open(&s, *state, hostile);
	free(s.ticket.subject);
	free(s.ticket.requester_name);
	s.ticket.subject = mem_dup("<script>alert(1)</script> {links}\x01\x04\nBcc: x@y.example");
	s.ticket.requester_name = mem_dup("\x01\x02\x03\x04\x05<b>{office}</b>\nSvara: \xe2\x80\xaemoc.elpmaxe");
	struct strs cc = {0};
	strs_add(&cc, "<i>@x.example");
	forward(&s, BO, &(struct forward_words){.kind = FORWARD_NEW, .why = "<u>\x01\nwhy", .cover = "<i>cover</i> \x01 {links}\n\x04", .cover_by = "<u>Bo</u>\n", .warning = "<u>{caution}\x05\n", .cc = &cc}, &item);
	deliver(&s, &item, &sent);
	char *html = body_of(&sent, "text/html"), *plain = body_of(&sent, "text/plain");
	static const char *const never[] = {"<script", "<img", "<u>", "<i>", "href=\"javascript", "\x01", "\x02", "\x03", "\x04", "\x05", "\xe2\x80\xae", "\" onclick", "\"onclick"};
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		has_not(html, never[i]);
	has(html, "&lt;img src=x onerror=alert(1)&gt;");
	has(html, "<a href=\"https://a.example/\">https://a.example/</a>&quot;onclick");
	has(html, "{links}");
	has(plain, "<b>{office}</b> Svara: moc.elpmaxe <" ANNA "> (externt)\n");
	size_t links = 0;
	for (const char *p = html; (p = strstr(p, ">Notera</a>")) != NULL; p++)
		links++;
	assert_int_equal(links, 1);
	free(html);
	free(plain);
	sent_free(&sent);
	outbox_item_free(&item);
	struct err e;
	MUST(letter_notice(&s.g, BO, "answered", (const struct placeholder[]){{"who", "<u>Bo</u>\x01"}, {"text", "<u>\x05\n{links}\n</div>"}}, 2, NULL, &item, &e));
	deliver(&s, &item, &sent);
	html = body_of(&sent, "text/html");
	has_not(html, "<u>");
	has(html, "&lt;u&gt;");
	has(html, "&lt;/div&gt;</div>");
	free(html);
	sent_free(&sent);
	outbox_item_free(&item);
	strs_free(&cc);
	stage_close(&s);
}

/* --- plain mails --- */

static size_t count(const char *s, const char *what)
{
	size_t n = 0;
	for (const char *p = s; (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

static void a_plain_mail_gets_the_same_block(void **state)
{
	static const char wrapped[] = "From: <" ANNA ">\r\nSubject: s\r\n\r\nHello,\r\n\r\nNow the term begins anew. Could you tell me where the nomination form is\r\nfound this year, please?\r\n"
	                              "This line was ended where it ends.\r\n- an item that is as long as a line of the paragraphs above it is\r\n- another\r\n";
	static const char flowed[] = "From: <" ANNA ">\r\nSubject: s\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\nOne line that \r\ngoes on.\r\n  indented\r\n> quoted\r\n";
	static const char mixed[] = "From: <" ANNA ">\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSee file.\r\n"
	                            "--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--x--\r\n";
	static const char alternative[] = "From: <" ANNA ">\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nIn plain.\r\n"
	                                  "--x\r\nContent-Type: text/html\r\n\r\n<p>In <b>HTML</b>.</p>\r\n--x--\r\n";
	static const char invitation[] = "From: <" ANNA ">\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nCome.\r\n"
	                                 "--x\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n--x--\r\n";
	static const struct {
		const char *raw, *html, *also;
		size_t n_html;
	} cases[] = {
		{wrapped, "Could you tell me where the nomination form is\nfound this year, please?<br>\nThis line was ended where it ends.<br>\n- an item that is as long as a line of the paragraphs above it is<br>\n"
		          "- another<br>",
		 "nomination form is\r\nfound this year", 1},
		{question, "May we nominate three? See <a href=\"https://partner.example/list?a=1&amp;b=2\">https://partner.example/list?a=1&amp;b=2</a>.<br>", "Content-Type: multipart/alternative;", 1},
		{flowed, "One line that goes on.<br>\n&nbsp;indented<br>\n&gt; quoted<br>", "format=flowed", 1},
		{mixed, "See file.", "JVBERi0xLjQK", 1},
		{alternative, "<p>In <b>HTML</b>.</p>", "In plain.", 1},
		{invitation, NULL, "BEGIN:VCALENDAR", 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stage s;
		struct outbox_item item;
		struct sent sent;
		stage_open(&s, *state, cases[i].raw);
		forward(&s, BO, &(struct forward_words){.kind = FORWARD_NEW}, &item);
		deliver(&s, &item, &sent);
		char *html = body_of(&sent, "text/html"), *plain = body_of(&sent, "text/plain");
		assert_int_equal(count(sent.bytes.s, "Content-Type: text/html"), cases[i].n_html);
		assert_int_equal(count(sent.bytes.s, "Content-Type: text/plain"), 1);
		if (cases[i].html) {
			has(html, "<b>Från:</b> Anna Berg &lt;" ANNA "&gt; (externt)<br>");
			has(html, cases[i].html);
		}
		has(sent.bytes.s, cases[i].also);
		has(plain, "\nSvara, så går svaret till Anna Berg");
		assert_int_equal(sent.mail.n_attachments, s.mail.n_attachments);
		has(sent.mail.text, s.mail.reply_text); /* what was written is there, whichever form is read */
		free(html);
		free(plain);
		sent_free(&sent);
		outbox_item_free(&item);
		stage_close(&s);
	}
}

/* --- a colleague's words --- */

static const char bo_writes[] = "From: Bo Ek <" BO ">\r\nTo: " OFFICE "\r\nSubject: SV: [INT-42] Nomination\r\nMessage-ID: <bo1@uni.example>\r\nMIME-Version: 1.0\r\n"
                                "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYes, or write to Bo.Ek@uni.example\r\n"
                                "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Yes, or write to Bo.Ek@uni.example</p></body></html>\r\n--b--\r\n";

static void an_answer(void **state)
{
	struct stage s;
	struct outbox_item item;
	struct sent sent;
	struct err e;
	struct strs to = {0}, cc = {0}, refs = {0};
	strs_add(&to, ANNA);
	strs_add(&cc, "carl@partner.example");
	strs_add(&refs, "q1@partner.example");
	stage_open(&s, *state, bo_writes);
	s.g.message = 9;
	char html[] = "<html><body><p>Yes, or write to <a href=\"mailto:bo.ek%40uni.example\">Bo.Ek@uni.example</a></p></body></html>";
	const struct answer a = {.html = html};
	const struct reply_words w = {.writer = BO, .writer_name = "Bo Ek", .to = &to, .cc = &cc, .in_reply_to = "q1@partner.example", .references = &refs, .answer = &a,
	                              .text = "Yes, or write to Bo.Ek@uni.example\n", .html = true, .held = true};
	MUST(letter_reply(&s.g, "carl@partner.example", &w, &item, &e));
	assert_string_equal(item.kind, "reply");
	assert_string_equal(item.sender, OFFICE);
	assert_string_equal(item.recipient, "carl@partner.example");
	assert_string_equal(item.writer, BO);
	assert_true(item.held);
	assert_int_equal(item.source, 9);
	assert_int_equal(item.ticket, 42);
	deliver(&s, &item, &sent);
	assert_string_equal(sent.mail.from.name, "Bo Ek, Avdelningen för internationalisering");
	assert_string_equal(sent.mail.from.addr, OFFICE);
	assert_string_equal(sent_field(&sent, "To"), "Anna Berg <" ANNA ">");
	assert_string_equal(sent.mail.cc.v[0].addr, "carl@partner.example");
	assert_string_equal(sent_field(&sent, "Subject"), "Re: Nomination");
	assert_string_equal(sent_field(&sent, "In-Reply-To"), "<q1@partner.example>");
	assert_string_equal(sent_field(&sent, "References"), "<q1@partner.example>");
	assert_string_equal(sent_field(&sent, "Reply-To"), OFFICE);
	assert_null(mail_field(&sent.mail, "Auto-Submitted"));
	assert_null(mail_field(&sent.mail, "X-Auto-Response-Suppress"));
	char *plain = body_of(&sent, "text/plain"), *page = body_of(&sent, "text/html");
	assert_string_equal(plain, "Yes, or write to " OFFICE "\n");
	has(page, "Yes, or write to");
	has(page, OFFICE "</a>");
	for (char *p = sent.bytes.s; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	has_not(sent.bytes.s, "bo.ek@");
	has_not(page, "bo.ek%40");
	free(plain);
	free(page);
	sent_free(&sent);
	outbox_item_free(&item);
	struct reply_words text_alone = w;
	text_alone.html = false;
	text_alone.answer = NULL;
	text_alone.held = false;
	text_alone.writer_name = NULL;
	MUST(letter_reply(&s.g, ANNA, &text_alone, &item, &e));
	assert_int_equal(item.source, 9);
	assert_false(item.held);
	deliver(&s, &item, &sent);
	assert_string_equal(sent.mail.from.name, "Bo Ek, Avdelningen för internationalisering"); /* of their own From */
	assert_int_equal(count(sent.bytes.s, "text/html"), 0);
	sent_free(&sent);
	outbox_item_free(&item);
	strs_free(&to);
	strs_free(&cc);
	strs_free(&refs);
	stage_close(&s);
}

static void the_name_that_answers(void **state)
{
	char address[] = BO, alias[] = "bo@int.uni.example", name[] = "Bo Ek (avtal)", pattern[] = "{office}: {name}";
	struct config_person person = {.address = address, .name = name};
	struct stage s;
	struct outbox_item item;
	struct sent sent;
	struct err e;
	struct strs to = {0};
	strs_add(&to, ANNA);
	strs_add(&person.aliases, alias);
	stage_open(&s, *state, question);
	struct config *c = s.o->config;
	char *usual = c->office.answer_from;
	struct config_person *people = c->staff.people;
	size_t n_people = c->staff.n_people;
	for (int i = 0; i < 3; i++) {
		static const char *const want[] = {"Avdelningen för internationalisering", "Bo Ek (avtal), Avdelningen för internationalisering", "Avdelningen för internationalisering: Bo Ek (avtal)"};
		if (i == 1) {
			c->staff.people = &person;
			c->staff.n_people = 1;
		}
		c->office.answer_from = i == 2 ? pattern : usual;
		const struct reply_words w = {.writer = i ? alias : "nobody@int.uni.example", .to = &to, .text = "Skriv till bo@int.uni.example, " BO " eller anna.bo@int.uni.example."};
		MUST(letter_reply(&s.g, ANNA, &w, &item, &e));
		if (i)
			assert_string_equal(item.text, "Skriv till " OFFICE ", " OFFICE " eller anna.bo@int.uni.example.\n");
		deliver(&s, &item, &sent);
		assert_string_equal(sent.mail.from.name, want[i]);
		sent_free(&sent);
		outbox_item_free(&item);
	}
	c->office.answer_from = usual;
	c->staff.people = people;
	c->staff.n_people = n_people;
	strs_free(&person.aliases);
	strs_free(&to);
	stage_close(&s);
}

static void the_subject_of_an_answer(void **state)
{
	static const char *const cases[][2] = {{"Nomination", "Re: Nomination"}, {"Re: Nomination", "Re: Nomination"}, {"SV: Re: Nominering", "Re: Nominering"},
	                                       {"RE:  AW: x", "Re: x"}, {"Resa: fråga", "Re: Resa: fråga"}, {"VB: x", "Re: VB: x"}, {"", "Re: [INT-42]"}, {"Re: ", "Re: [INT-42]"}};
	struct stage s;
	struct strs to = {0};
	strs_add(&to, ANNA);
	stage_open(&s, *state, question);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct outbox_item item;
		struct err e;
		free(s.ticket.subject);
		s.ticket.subject = mem_dup(cases[i][0]);
		MUST(letter_reply(&s.g, ANNA, &(struct reply_words){.writer = BO, .to = &to, .text = "x"}, &item, &e));
		assert_string_equal(item.subject, cases[i][1]);
		outbox_item_free(&item);
	}
	strs_free(&to);
	stage_close(&s);
}

static void a_question(void **state)
{
	struct stage s;
	struct outbox_item item;
	struct sent sent;
	struct err e;
	char asked[] = "kvalitet@uni.example", words[] = "Är utbildningen granskad?", topic[] = "agreements";
	struct strs to = {0};
	stage_open(&s, *state, bo_writes);
	struct part p = {.number = 3, .addr = asked, .question = words, .due = s.o->now + 2 * DAY};
	char html[] = "<html><body><p>Är <b>utbildningen</b> granskad?</p></body></html>";
	const struct answer a = {.html = html};
	const struct reply_words w = {.writer = BO, .to = &to, .answer = &a, .text = "Är utbildningen granskad?\n", .html = true};
	MUST(letter_question(&s.g, &p, &w, &item, &e));
	assert_string_equal(item.kind, "question");
	assert_string_equal(item.recipient, asked);
	assert_string_equal(item.writer, BO);
	assert_string_equal(item.text, "Bo Ek, Avdelningen för internationalisering, ber om er hjälp med frågan nedan.\nVi behöver svaret senast onsdag den 23 september.\n"
	                               "Svara på det här mejlet som vanligt, så når svaret oss.\n\nÄr utbildningen granskad?\n");
	deliver(&s, &item, &sent);
	assert_string_equal(sent.mail.from.name, "Bo Ek, Avdelningen för internationalisering");
	assert_string_equal(sent_field(&sent, "To"), asked);
	assert_null(mail_field(&sent.mail, "Auto-Submitted"));
	char *page = body_of(&sent, "text/html");
	has(page, "ber om er hjälp");
	has(page, "<p>Är <b>utbildningen</b> granskad?</p>");
	assert_true(strstr(page, "<body>") < strstr(page, "ber om er hjälp") && strstr(page, "ber om er hjälp") < strstr(page, "<p>Är"));
	free(page);
	sent_free(&sent);
	outbox_item_free(&item);
	p.due = s.o->now - 2 * DAY;
	MUST(letter_reminder(&s.g, &p, asked, "first@uni.example", &item, &e));
	has(item.text, "\nVi hade hoppats på svar senast lördag den 19 september.\n");
	has(item.text, "\nÄr utbildningen granskad?\n");
	assert_string_equal(item.sender, OFFICE);
	deliver(&s, &item, &sent);
	assert_string_equal(sent_field(&sent, "In-Reply-To"), "<first@uni.example>");
	assert_string_equal(sent_field(&sent, "Auto-Submitted"), "auto-generated");
	sent_free(&sent);
	outbox_item_free(&item);
	MUST(letter_overdue(&s.g, BO, &p, &item, &e));
	assert_string_equal(item.subject, "[INT-42] kvalitet@uni.example har inte svarat än: Nomination");
	assert_string_equal(item.kind, "notice");
	outbox_item_free(&item);
	p.addr = NULL;
	p.topic = topic;
	p.due = 0;
	MUST(letter_overdue(&s.g, BO, &p, &item, &e));
	assert_string_equal(item.subject, "[INT-42] Avtal har inte svarat än: Nomination");
	outbox_item_free(&item);
	stage_close(&s);
}

/* --- templates --- */

static void every_notice_is_there_in_both_languages(void **state)
{
	static const char *const names[] = {"receipt", "command-fault", "help", "link-used", "link-expired", "not-yours", "nothing-sent", "answered", "held", "kept-as-note", "noted",
	                                    "answer-failed", "question-failed", "delivery-failed", "woke", "part-overdue", "part-away", "absent", "absent-alone", "handover-quiet",
	                                    "changed", "no-recipient"};
	static const struct placeholder extra[] = {{"done", "Klart!"}, {"undo", "1"}, {"faults", "Fel!"}, {"text", "Hej\n\nBo"}, {"who", "Bo"}, {"when", "nyss"}, {"first", "Tjena"},
	                                           {"deputy", "Eva"}, {"division", "kvalitet"}, {"recipient", "x@y.example"}, {"error", "550"}, {"question", "Hur?"}};
	struct stage s;
	stage_open(&s, *state, question);
	static const char *const lang[] = {"sv", "en"};
	for (size_t i = 0; i < 2 * sizeof names / sizeof *names; i++) {
		struct outbox_item item;
		struct sent sent;
		struct err e;
		speak(&s, lang[i % 2]);
		MUST(letter_notice(&s.g, BO, names[i / 2], extra, sizeof extra / sizeof *extra, i % 4 < 2 ? "bo1@uni.example" : NULL, &item, &e));
		assert_string_equal(item.kind, "notice");
		assert_string_equal(item.sender, "");
		assert_true(str_starts(item.subject, "[INT-42] "));
		has_not(item.subject, "{");
		has_not(item.text, "{");
		has_not(item.text, "\n\n\n");
		deliver(&s, &item, &sent);
		assert_string_equal(sent_field(&sent, "Auto-Submitted"), i % 4 < 2 ? "auto-replied" : "auto-generated");
		assert_string_equal(sent_field(&sent, "Content-Language"), lang[i % 2]);
		char *html = body_of(&sent, "text/html");
		assert_non_null(html);
		has_not(html, "\x01");
		has_not(html, "\x04");
		free(html);
		sent_free(&sent);
		outbox_item_free(&item);
	}
	stage_close(&s);
}

static void what_notices_say(void **state)
{
	static const struct {
		const char *template;
		struct placeholder extra[3];
		const char *said, *not_said;
	} cases[] = {
		{"receipt", {{"done", "Ärendet är stängt."}, {"undo", "1"}}, "Ärendet är stängt.\n\nBlev det fel? Svara på det här mejlet med !ångra överst.\n", NULL},
		{"receipt", {{"done", "Ärendet är stängt."}, {"undo", ""}}, "Ärendet är stängt.\n", "!ångra"},
		{"absent", {{"who", "Bo"}, {"deputy", "Eva"}}, "har Eva fått ärendet", NULL},
		{"absent", {{"who", "Bo"}, {"deputy", ""}}, "har\ningen ersättare", "fått ärendet"},
		{"held", {{"who", "Eva"}, {"when", "nyss"}, {"first", "Ja."}}, "!skicka", NULL},
		{"help", {{NULL, NULL}}, "!slå ihop NUMMER\n", NULL},
		{"kept-as-note", {{"text", "Jag tror inte det.\n\nBo"}}, "\nJag tror inte det.\n\nBo\n", NULL},
	};
	struct stage s;
	stage_open(&s, *state, question);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct outbox_item item;
		struct err e;
		size_t n = 0;
		while (n < 3 && cases[i].extra[n].name)
			n++;
		MUST(letter_notice(&s.g, BO, cases[i].template, cases[i].extra, n, NULL, &item, &e));
		has(item.text, cases[i].said);
		if (cases[i].not_said)
			has_not(item.text, cases[i].not_said);
		outbox_item_free(&item);
	}
	struct outbox_item item;
	struct err e;
	MUST(letter_handed_over(&s.g, ANNA, "registry@uni.example", &item, &e));
	has(item.text, "Your question is one for registry@uni.example.\n");
	assert_string_equal(item.kind, "answer");
	outbox_item_free(&item);
	stage_close(&s);
}

/* In HTML a paragraph is one, in text it keeps its lines; lists keep theirs in both. */
static void paragraphs_fit_a_telephone(void **state)
{
	struct stage s;
	struct outbox_item item;
	struct sent sent;
	struct err e;
	stage_open(&s, *state, question);
	MUST(letter_answer(&s.g, "answer", "nomination-dates", ANNA, &item, &e));
	deliver(&s, &item, &sent);
	char *html = body_of(&sent, "text/html");
	has(item.text, "It looks as if you would like to know the dates for incoming exchange\nstudents, so here");
	has(html, "dates for incoming exchange students, so here");
	has(html, "application by 15 April<br>\nSpring semester:");
	has(html, "<a href=\"https://www.uni.example/international/exchange\">");
	has(html, "Kind regards,<br>\nAvdelningen");
	free(html);
	sent_free(&sent);
	outbox_item_free(&item);
	stage_close(&s);
}

static void a_template_that_is_not_there(void **state)
{
	struct stage s;
	struct outbox_item item;
	struct err e = {0};
	stage_open(&s, *state, question);
	assert_false(letter_answer(&s.g, "answer", "no-such-text", ANNA, &item, &e));
	assert_non_null(strstr(e.text, "no-such-text"));
	static const struct outbox_item none;
	assert_memory_equal(&item, &none, sizeof none); /* nothing to free */
	assert_false(letter_answer(&s.g, "answer", "acknowledgement", "no address", &item, &e));
	assert_memory_equal(&item, &none, sizeof none);
	assert_false(letter_notice(&s.g, BO, "no-such-text", NULL, 0, NULL, &item, &e));
	assert_memory_equal(&item, &none, sizeof none);
	struct strs nobody = {0};
	assert_false(letter_forward(&s.g, BO, &nobody, &(struct forward_words){.kind = FORWARD_NEW}, &item, &e));
	assert_memory_equal(&item, &none, sizeof none);
	assert_false(letter_reply(&s.g, ANNA, &(struct reply_words){.to = &nobody, .text = "x"}, &item, &e));
	assert_memory_equal(&item, &none, sizeof none);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_language_of_an_answer),
		cmocka_unit_test_setup_teardown(moments, office_open, office_close),
		cmocka_unit_test_setup_teardown(ids_cannot_be_guessed, office_open, office_close),
		cmocka_unit_test_setup_teardown(each_id_holds_a_token, office_open, office_close),
		cmocka_unit_test_setup_teardown(replies_go_to_the_office, office_open, office_close),
		cmocka_unit_test_setup_teardown(the_block_says_where_a_reply_goes, office_open, office_close),
		cmocka_unit_test_setup_teardown(divisions_are_written_to_in_their_language, office_open, office_close),
		cmocka_unit_test_setup_teardown(links_write_the_mail_that_does_it, office_open, office_close),
		cmocka_unit_test_setup_teardown(no_keys_no_links, office_open, office_close),
		cmocka_unit_test_setup_teardown(strangers_words_are_data, office_open, office_close),
		cmocka_unit_test_setup_teardown(a_plain_mail_gets_the_same_block, office_open, office_close),
		cmocka_unit_test_setup_teardown(an_answer, office_open, office_close),
		cmocka_unit_test_setup_teardown(the_name_that_answers, office_open, office_close),
		cmocka_unit_test_setup_teardown(the_subject_of_an_answer, office_open, office_close),
		cmocka_unit_test_setup_teardown(a_question, office_open, office_close),
		cmocka_unit_test_setup_teardown(every_notice_is_there_in_both_languages, office_open, office_close),
		cmocka_unit_test_setup_teardown(what_notices_say, office_open, office_close),
		cmocka_unit_test_setup_teardown(paragraphs_fit_a_telephone, office_open, office_close),
		cmocka_unit_test_setup_teardown(a_template_that_is_not_there, office_open, office_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
