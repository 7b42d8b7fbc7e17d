/* office: a desk of a test's own: a real config file, a real store, mails from their text, and what the outbox would send. */
#ifndef TESTS_DESK_OFFICE_H
#define TESTS_DESK_OFFICE_H

#include <time.h>

#include "config/config.h"
#include "desk/desk.h"
#include "mail/message.h"
#include "store/temp_store.h"
#include "topic/language.h"

#define OFFICE "international@uni.example"

struct office {
	struct temp_store *store;
	struct config *config;
	struct desk desk;
	int64_t now;
};

static const char office_conf[] =
	"office = { name = \"Avdelningen för internationalisering\"; address = \"" OFFICE "\"; tag = \"INT\"; aliases = [ \"int-office@uni.example\" ];\n"
	"           languages = [ \"sv\", \"en\" ]; internal = [ \"uni.example\" ]; };\n"
	"imap = { url = \"imap://127.0.0.1:1143\"; tls = \"none\"; user = \"international\"; password_file = \"/nonexistent/imap\"; };\n"
	"smtp = { url = \"smtp://127.0.0.1:1025\"; tls = \"none\"; };\n"
	"store = { path = \"/nonexistent/ingang.db\"; };\n"
	"staff = { members = [ \"*@int.uni.example\", \"bo.ek@uni.example\" ]; };\n"
	"triage = { staff = [ \"triage@uni.example\" ]; confidence = 0.6; };\n"
	"topics = ( { name = \"mobility\"; title = { sv = \"Utbyten\"; en = \"Mobility\"; }; staff = [ \"mia@int.uni.example\", \"moa@int.uni.example\" ];\n"
	"             terms = [ \"nominering*\", \"nominat*\", \"utbyte*\", \"exchange\" ]; },\n"
	"           { name = \"agreements\"; title = { sv = \"Avtal\"; en = \"Agreements\"; }; staff = [ \"agreements@uni.example\" ];\n"
	"             terms = [ \"*avtal*\", \"agreement\", \"mou\" ]; } );\n"
	"rules = ( { name = \"dates\"; when = { subject = \"nomination dates\"; }; topic = \"mobility\"; answer = \"nomination-dates\"; },\n"
	"          { name = \"silence\"; when = { subject = \"silence\"; }; topic = \"agreements\"; acknowledge = false; },\n"
	"          { name = \"press\"; when = { subject = \"press\"; }; topic = \"triage\"; forward_to = [ \"press@uni.example\" ]; } );\n"
	"limits = { answers_per_address_hour = 2; answers_per_hour = 5; };\n";

static inline struct config *office_config(const char *path)
{
	struct problems p = {0};
	struct config *c = config_load(path, false, &p);
	for (size_t i = 0; i < p.n; i++)
		print_error("%s:%u: %s\n", p.v[i].file, p.v[i].line, p.v[i].message);
	problems_free(&p);
	return c;
}

static inline int office_open(void **state)
{
	struct office *o = mem_alloc(sizeof *o);
	void *store;
	setenv("TZ", "UTC", 1);
	tzset();
	message_setup();
	if (temp_store_open(&store) != 0)
		return -1;
	o->store = store;
	o->now = 1790000000; /* a day in September 2026 */
	char *path = temp_file(o->store->dir, "ingang.conf", office_conf, sizeof office_conf - 1, 0600);
	o->config = office_config(path);
	free(path);
	o->desk = (struct desk){.config = o->config, .db = o->store->db};
	*state = o;
	return o->config ? 0 : -1;
}

static inline int office_close(void **state)
{
	struct office *o = *state;
	void *store = o->store;
	config_free(o->config);
	temp_store_close(&store);
	free(o);
	return 0;
}

/* As the reader does it: lines may end in LF alone. */
static inline void mail_of(const char *raw, struct mail *m)
{
	message_read(raw, strlen(raw), &mail_limits_default, m);
	if (!m->lang && m->reply_text)
		m->lang = mem_dup(language_of(m->reply_text, strlen(m->reply_text)));
}

/* One mail taken in, as the intake does it. */
static inline void take_mail(struct office *o, const struct mail *m, const char *raw, const char *trouble, struct taken *out)
{
	struct err e;
	static uint32_t uid;
	const struct inbox_place place = {7, ++uid};
	MUST(db_begin(o->desk.db, &e));
	MUST(desk_take(&o->desk, m, raw, strlen(raw), trouble, &place, o->now, out, &e));
	MUST(db_commit(o->desk.db, &e));
}

static inline void take(struct office *o, const char *raw, struct taken *out)
{
	struct mail m;
	mail_of(raw, &m);
	take_mail(o, &m, raw, NULL, out);
	mail_free(&m);
}

/* --- what would be sent --- */

struct sent {
	struct outbox_item item;
	struct buf bytes; /* the mail whole */
	struct mail mail; /* read back */
};

struct sents {
	struct sent *v;
	size_t n;
};

/* All that is due, in order; each is marked sent. */
static inline struct sents send_all(struct office *o)
{
	struct sents all = {0};
	struct err e;
	for (;;) {
		struct sent s = {0};
		int there = outbox_next(o->desk.db, INT64_MAX, &s.item, &e);
		if (there < 0)
			fail_msg("%s", e.text);
		if (there == 0)
			return all;
		if (all.n && all.v[all.n - 1].item.id == s.item.id)
			fail_msg("row %lld is due for ever", (long long)s.item.id);
		struct raw_reader *raw = s.item.source ? raw_open(o->desk.db, s.item.source, &e) : NULL;
		for (size_t i = 0; i < s.item.mail.n; i++) {
			const struct span *p = &s.item.mail.v[i];
			if (!p->raw) {
				buf_add(&s.bytes, s.item.mail.bytes.s + p->offset, p->length);
				continue;
			}
			char *piece = mem_alloc(p->length + 1);
			assert_non_null(raw);
			MUST(raw_read(raw, p->offset, piece, p->length, &e));
			buf_add(&s.bytes, piece, p->length);
			free(piece);
		}
		raw_close(raw);
		assert_int_equal(s.bytes.n, s.item.mail.size);
		message_read(s.bytes.s, s.bytes.n, &mail_limits_default, &s.mail);
		MUST(db_begin(o->desk.db, &e));
		MUST(outbox_sent(o->desk.db, s.item.id, o->now, &e));
		MUST(db_commit(o->desk.db, &e));
		all.v = mem_resize(all.v, all.n + 1, sizeof *all.v);
		all.v[all.n++] = s;
	}
}

static inline void sents_free(struct sents *l)
{
	for (size_t i = 0; i < l->n; i++) {
		outbox_item_free(&l->v[i].item);
		buf_free(&l->v[i].bytes);
		mail_free(&l->v[i].mail);
	}
	free(l->v);
	*l = (struct sents){0};
}

/* The n-th one of a kind, to somebody (NULL: anybody); fails when it is not there. */
static inline const struct sent *sent_to(const struct sents *l, const char *kind, const char *to)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].item.kind, kind) == 0 && (!to || strcmp(l->v[i].item.recipient, to) == 0))
			return &l->v[i];
	fail_msg("no %s to %s among %zu", kind, to ? to : "anybody", l->n);
	return NULL;
}

static inline size_t sent_count(const struct sents *l, const char *kind)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		n += strcmp(l->v[i].item.kind, kind) == 0;
	return n;
}

/* A field that must be there. */
static inline const char *sent_field(const struct sent *s, const char *name)
{
	const char *value = mail_field(&s->mail, name);
	if (!value)
		fail_msg("no %s in:\n%s", name, s->bytes.s);
	return value;
}

/* --- what must always hold --- */

static inline void office_breach(void *ctx, const char *invariant, const char *breach, const char *what_to_do)
{
	(void)ctx;
	(void)what_to_do;
	fail_msg("%s: %s", invariant, breach);
}

static inline void expect_sound(struct office *o)
{
	struct err e;
	MUST(db_verify(o->desk.db, office_breach, NULL, &e));
}

/* A header of known fields, each at most once, in lines of bounded length; CRLF alone; nothing but ASCII where we wrote it. */
static inline void expect_sound_mail(const struct sent *s, const char *why)
{
	static const char *const known[] = {"From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
	                                    "X-Auto-Response-Suppress", "X-Ingang-Loop", "X-Ingang-Ticket", "MIME-Version", "Content-Language",
	                                    "Content-Type", "Content-Transfer-Encoding", "Content-Disposition"};
	enum { KNOWN = sizeof known / sizeof *known };
	int seen[KNOWN] = {0};
	const char *p = s->bytes.s, *end = strstr(p, "\r\n\r\n");
	if (!end)
		fail_msg("%s: no end of the header", why);
	while (p < end) {
		const char *eol = strstr(p, "\r\n");
		size_t n = (size_t)(eol - p);
		if (n > 998 || memchr(p, '\n', n) || memchr(p, '\r', n) || memchr(p, '\0', n))
			fail_msg("%s: a bad line: %.*s", why, (int)n, p);
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)p[i] >= 0x7F || ((unsigned char)p[i] < ' ' && p[i] != '\t'))
				fail_msg("%s: a byte %02x in: %.*s", why, (unsigned char)p[i], (int)n, p);
		if (*p != ' ' && *p != '\t') {
			size_t k = 0, len = strcspn(p, ":");
			while (k < KNOWN && !(strlen(known[k]) == len && strncasecmp(p, known[k], len) == 0))
				k++;
			if (k == KNOWN || seen[k]++)
				fail_msg("%s: a field too many: %.*s", why, (int)n, p);
		} else if (strspn(p, " \t") == n) {
			fail_msg("%s: a line of blanks", why);
		}
		p = eol + 2;
	}
	for (size_t i = 0; i < s->bytes.n; i++) /* the body may be a stranger's, but no line of it ends in LF or CR alone */
		if ((s->bytes.s[i] == '\n' && (i == 0 || s->bytes.s[i - 1] != '\r')) || (s->bytes.s[i] == '\r' && s->bytes.s[i + 1] != '\n'))
			fail_msg("%s: a bare line end at %zu", why, i);
}

#endif
