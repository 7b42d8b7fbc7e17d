#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/temp_store.h"

/* --- the same mail, or another --- */

struct facts { /* of one mail */
	const char *id, *from, *subject, *text;
	int64_t date; /* -1: none */
	const char *attached; /* a name, or NULL */
	uint64_t size;
};

static void digest_of(const struct facts *f, unsigned char out[static MESSAGE_DIGEST])
{
	struct mail m = {0};
	m.message_id = mem_dup(f->id);
	m.from.addr = mem_dup(f->from);
	m.subject = mem_dup(f->subject);
	m.text = mem_dup(f->text);
	m.has_date = f->date >= 0;
	m.date = f->date;
	if (f->attached) {
		m.attachments = mem_array(1, sizeof *m.attachments);
		m.attachments[0] = (struct attachment){.name = mem_dup(f->attached), .type = mem_dup("application/pdf"), .size = f->size};
		m.n_attachments = 1;
	}
	message_digest(&m, out);
	mail_free(&m);
}

static void same_and_other_mails(void **state)
{
	(void)state;
#define ANNA "anna@partner.example"
	static const struct {
		struct facts a, b;
		bool same;
		const char *why;
	} cases[] = {
		{{"1@p", ANNA, "Q", "text", 100, 0, 0}, {"1@p", ANNA, "Q", "text", 100, 0, 0}, true, "the same mail, fetched twice"},
		{{"1@p", ANNA, "Q", "text", 100, 0, 0}, {"1@p", ANNA, "Q", "other", 100, 0, 0}, false, "a copied id with another text"},
		{{"1@p", ANNA, "Q", "text", 100, 0, 0}, {"1@p", "eve@x.example", "Q", "text", 100, 0, 0}, false, "a copied id from another writer"},
		{{"1@p", ANNA, "Q", "text", 100, 0, 0}, {"2@p", ANNA, "Q", "text", 100, 0, 0}, false, "the same words, sent again as another mail"},
		{{0, ANNA, "Q", "text", 100, 0, 0}, {0, ANNA, "Q", "text", 100, 0, 0}, true, "no id, the same mail"},
		{{0, ANNA, "Q", "text", 100, 0, 0}, {0, ANNA, "Q", "text", 101, 0, 0}, false, "no id, another time"},
		{{0, ANNA, "Q", "text", 100, 0, 0}, {0, ANNA, "Q", "text2", 100, 0, 0}, false, "no id, another text"},
		{{0, ANNA, "Q", "text", 100, 0, 0}, {"", ANNA, "Q", "text", 100, 0, 0}, false, "no id, and an empty one"},
		{{"1@p", ANNA, "Q", "text", -1, 0, 0}, {"1@p", ANNA, "Q", "text", 0, 0, 0}, false, "no date, and 1970"},
		{{"1@p", ANNA, "Q", "text", 100, 0, 0}, {"1@p", ANNA, "R", "text", 100, 0, 0}, false, "another subject"},
		{{"1@p", ANNA, "Q", "text", 100, "a.pdf", 7}, {"1@p", ANNA, "Q", "text", 100, "a.pdf", 7}, true, "the same attachment"},
		{{"1@p", ANNA, "Q", "text", 100, "a.pdf", 7}, {"1@p", ANNA, "Q", "text", 100, "a.pdf", 8}, false, "an attachment of another size"},
		{{"1@p", ANNA, "Q", "text", 100, "a.pdf", 7}, {"1@p", ANNA, "Q", "text", 100, "b.pdf", 7}, false, "of another name"},
		{{"1@p", ANNA, "Q", "text", 100, "a.pdf", 7}, {"1@p", ANNA, "Q", "text", 100, 0, 0}, false, "an attachment more"},
		{{"1@p", ANNA, "ab", "c", 100, 0, 0}, {"1@p", ANNA, "a", "bc", 100, 0, 0}, false, "the border between subject and text counts"},
		{{"1@p" ANNA, "", "Q", "t", 100, 0, 0}, {"1@p", ANNA, "Q", "t", 100, 0, 0}, false, "the border between id and writer counts"},
		{{0, 0, 0, 0, -1, 0, 0}, {0, 0, 0, 0, -1, 0, 0}, true, "nothing, twice"},
		{{0, 0, 0, 0, -1, 0, 0}, {0, 0, "", "", -1, 0, 0}, false, "nothing, and empty"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char a[MESSAGE_DIGEST], b[MESSAGE_DIGEST];
		digest_of(&cases[i].a, a);
		digest_of(&cases[i].b, b);
		if ((memcmp(a, b, sizeof a) == 0) != cases[i].same)
			fail_msg("%s: %s", cases[i].why, cases[i].same ? "two mails" : "one mail");
	}
}

static void a_known_mail_is_found(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	unsigned char digest[MESSAGE_DIGEST];
	static const struct facts known = {"1@p", ANNA, "Q", "text", 100, 0, 0};
	int64_t id, ticket, message;
	char *topic;
	digest_of(&known, digest);
	MUST(db_begin(s->db, &e));
	MUST(message_same(s->db, digest, "raw", 3, 0, &id, &ticket, &topic, &e));
	assert_int_equal(id, 0);
	assert_int_equal(ticket, 0);
	assert_null(topic);
	add_ticket(s->db, NULL, ANNA);
	int64_t t = add_ticket(s->db, "mobility", ANNA);
	struct mail m = {0};
	MUST(message_add(s->db, t, &m, digest, "raw", 3, 1, &message, &e));
	MUST(message_same(s->db, digest, "raw", 3, 0, &id, &ticket, &topic, &e));
	assert_int_equal(id, message);
	assert_int_equal(ticket, t);
	assert_string_equal(topic, "mobility");
	free(topic);
	MUST(ticket_set_topic(s->db, t, NULL, 1, &e));
	MUST(message_same(s->db, digest, "raw", 3, 0, &id, &ticket, &topic, &e));
	assert_int_equal(id, message);
	assert_null(topic); /* triage */
	assert_false(message_add(s->db, t, &m, digest, "raw", 3, 1, &id, &e)); /* the store itself refuses a second one */
	db_rollback(s->db);
}

/* --- what was stored comes back --- */

static bool look(void *ctx, const struct message *m)
{
	buf_addf(ctx, "%s|%s|%s|%s|%lld|%lld|%s|%s|%s|%s\n", m->kind, m->from_name, m->from_addr, m->recipients, (long long)m->date, (long long)m->received,
	         m->message_id ? m->message_id : "-", m->subject, m->text, m->warnings);
	return true;
}

static bool stop_at_once(void *ctx, const struct message *m)
{
	(void)m;
	++*(int *)ctx;
	return false;
}

static void mails_of_a_ticket(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	int64_t first, second, found;
	struct mail m = {.kind = MAIL_AUTO_REPLY, .has_date = true, .date = 77}, none = {0};
	unsigned char digest[MESSAGE_DIGEST] = {1}, digest2[MESSAGE_DIGEST] = {2};
	m.message_id = mem_dup("1@p");
	m.from = (struct mailbox){mem_dup("Åsa \"Ö\""), mem_dup(ANNA)};
	m.subject = mem_dup("Frånvaro");
	m.text = mem_dup("Jag är borta");
	mailboxes_add(&m.to, "The Office", "office@uni.example");
	mailboxes_add(&m.cc, "", "bo\"@uni.example");
	strs_add(&m.warnings, "no date");
	strs_add(&m.warnings, "two From");
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, NULL, ANNA), other = add_ticket(s->db, NULL, ANNA);
	MUST(message_first(s->db, t, &found, &e));
	assert_int_equal(found, 0);
	MUST(message_add(s->db, t, &m, digest, "raw", 3, 99, &first, &e));
	MUST(message_add(s->db, t, &none, digest2, "", 0, 100, &second, &e));
	struct buf b = {0};
	MUST(message_list(s->db, t, look, &b, &e));
	assert_string_equal(b.s, "auto-reply|Åsa \"Ö\"|" ANNA "|[\"office@uni.example\",\"bo\\\"@uni.example\"]|77|99|1@p|Frånvaro|Jag är borta|no date\ntwo From\n\n"
	                         "person|||[]|0|100|-|||\n");
	buf_clear(&b);
	MUST(message_list(s->db, other, look, &b, &e));
	assert_int_equal(b.n, 0);
	int seen = 0;
	MUST(message_list(s->db, t, stop_at_once, &seen, &e));
	assert_int_equal(seen, 1);
	MUST(message_first(s->db, t, &found, &e));
	assert_int_equal(found, first);
	assert_true(second > first);
	buf_free(&b);
	mail_free(&m);
	db_rollback(s->db);
}

static void originals_come_back_in_pieces(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	enum { KIB = 1024, MOST = 3 << 20 };
	static const size_t sizes[] = {0, 1, 255 * KIB, 256 * KIB, 256 * KIB + 1, 1024 * KIB, 1024 * KIB + 1, MOST};
	char *raw = mem_alloc(MOST), *back = mem_alloc(MOST);
	uint32_t seed = 7;
	for (size_t i = 0; i < MOST; i++) {
		seed = seed * 1664525 + 1013904223;
		raw[i] = (char)(seed >> 24);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t n = sizes[i];
		char text[32];
		uint64_t size;
		snprintf(text, sizeof text, "mail %zu", i);
		MUST(db_begin(s->db, &e));
		int64_t id = add_message(s->db, add_ticket(s->db, NULL, ANNA), "s", text, raw, n);
		MUST(db_commit(s->db, &e));
		MUST(message_raw_size(s->db, id, &size, &e));
		assert_int_equal(size, n);
		struct raw_reader *r = raw_open(s->db, id, &e);
		assert_non_null(r);
		assert_int_equal(raw_size(r), n);
		memset(back, 'x', MOST);
		for (size_t at = 0, piece; at < n; at += piece) { /* pieces of a size that fits nothing */
			piece = n - at < 100003 ? n - at : 100003;
			MUST(raw_read(r, at, back + at, piece, &e));
		}
		assert_true(memcmp(raw, back, n) == 0);
		char c;
		assert_false(raw_read(r, n, &c, 1, &e)); /* beyond the end */
		if (n) {
			MUST(raw_read(r, n - 1, &c, 1, &e)); /* and it can go on */
			assert_int_equal(c, raw[n - 1]);
		}
		raw_close(r);
	}
	uint64_t size = 1;
	assert_null(raw_open(s->db, 999, &e));
	MUST(message_raw_size(s->db, 999, &size, &e));
	assert_int_equal(size, 0);
	raw_close(NULL);
	free(raw);
	free(back);
}

/* --- ids --- */

static bool collect_ticket(void *ctx, int64_t ticket, bool ours)
{
	buf_addf(ctx, "%lld%s ", (long long)ticket, ours ? "!" : "");
	return true;
}

static void ids_name_tickets(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	MUST(db_begin(s->db, &e));
	for (int i = 0; i < 3; i++)
		add_ticket(s->db, NULL, ANNA);
	MUST(thread_add(s->db, "a@p", 1, false, &e));
	MUST(thread_add(s->db, "a@p", 3, true, &e));
	MUST(thread_add(s->db, "a@p", 2, false, &e));
	MUST(thread_add(s->db, "a@p", 1, true, &e)); /* what it was first, it stays */
	MUST(thread_add(s->db, "A@p", 2, false, &e));
	static const struct {
		const char *id, *want;
	} cases[] = {{"a@p", "3! 1 2 "}, {"A@p", "2 "}, {"b@p", ""}, {"", ""}, {"a@p'--", ""}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = {0};
		buf_adds(&b, "");
		MUST(thread_find(s->db, cases[i].id, collect_ticket, &b, &e));
		assert_string_equal(b.s, cases[i].want);
		buf_free(&b);
	}
	assert_false(thread_add(s->db, "x@p", 99, false, &e));
	db_rollback(s->db);
}

/* --- the inbox --- */

static bool collect_uid(void *ctx, uint32_t uid)
{
	buf_addf(ctx, "%u ", (unsigned)uid);
	return true;
}

static bool first_uid(void *ctx, uint32_t uid)
{
	buf_addf(ctx, "%u ", (unsigned)uid);
	return false;
}

static void each_place_of_the_inbox_once(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	bool known;
	char *folder;
	MUST(db_begin(s->db, &e));
	int64_t m = add_message(s->db, add_ticket(s->db, NULL, ANNA), "s", "t", "r", 1);
	MUST(inbox_known(s->db, 1, 10, &known, &folder, &e));
	assert_false(known);
	assert_null(folder);
	MUST(inbox_add(s->db, 1, 10, m, "opened", "Ingang/mobility", 5, &e));
	MUST(inbox_known(s->db, 1, 10, &known, &folder, &e));
	assert_true(known);
	assert_string_equal(folder, "Ingang/mobility");
	free(folder);
	assert_false(inbox_add(s->db, 1, 10, m, "copy", "Ingang/mobility", 5, &e));
	MUST(inbox_add(s->db, 2, 10, m, "copy", "Ingang/mobility", 5, &e)); /* the mailbox was made anew: another place */
	MUST(inbox_add(s->db, UINT32_MAX, UINT32_MAX, m, "copy", "x", 5, &e));
	MUST(inbox_known(s->db, UINT32_MAX, UINT32_MAX, &known, &folder, &e));
	assert_true(known);
	free(folder);
	assert_false(inbox_add(s->db, 1, 11, 999, "opened", "x", 5, &e));   /* of no mail */
	assert_false(inbox_add(s->db, 1, 12, m, "forgotten", "x", 5, &e)); /* no such outcome */
	assert_false(inbox_add(s->db, 1, 12, 0, "opened", "x", 5, &e));     /* of no mail at all */
	assert_false(inbox_add(s->db, 1, 12, m, "aside", "x", 5, &e));      /* of a mail that is kept */
	db_rollback(s->db);
}

static void what_is_not_filed_is_remembered(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct buf b = {0};
	int64_t n;
	MUST(db_begin(s->db, &e));
	int64_t m = add_message(s->db, add_ticket(s->db, NULL, ANNA), "s", "t", "r", 1);
	static const uint32_t uids[] = {4000000000u, 7, 12, 9};
	for (size_t i = 0; i < 4; i++)
		MUST(inbox_add(s->db, 1, uids[i], m, "copy", "x", 5, &e));
	MUST(inbox_add(s->db, 2, 8, m, "copy", "x", 5, &e));
	MUST(inbox_waiting(s->db, &n, &e));
	assert_int_equal(n, 5);
	MUST(inbox_unfiled(s->db, 1, collect_uid, &b, &e));
	assert_string_equal(b.s, "7 9 12 4000000000 ");
	buf_clear(&b);
	MUST(inbox_filed(s->db, 1, 9, &e));
	MUST(inbox_filed(s->db, 1, 8, &e)); /* of the other mailbox: nothing */
	MUST(inbox_unfiled(s->db, 1, collect_uid, &b, &e));
	assert_string_equal(b.s, "7 12 4000000000 ");
	buf_clear(&b);
	MUST(inbox_unfiled(s->db, 1, first_uid, &b, &e));
	MUST(inbox_unfiled(s->db, 1, first_uid, &b, &e));
	assert_string_equal(b.s, "7 7 ");
	buf_clear(&b);
	MUST(inbox_unfiled(s->db, 2, collect_uid, &b, &e));
	assert_string_equal(b.s, "8 ");
	MUST(inbox_waiting(s->db, &n, &e));
	assert_int_equal(n, 4);
	buf_free(&b);
	db_rollback(s->db);
}

/* A copy has the same bytes, but for what is added on the way; after a new UIDVALIDITY, to say the same is enough. */
static void a_copy_is_told_from_a_look_alike(void **state)
{
	struct temp_store *s = *state;
	static const char first[] = "Received: from a\r\n by b\r\nX-Spam-Score: 1\r\nSubject: x\r\n\r\nbody\r\n";
	static const struct {
		const char *raw;
		uint32_t uidvalidity;
		bool same;
		const char *why;
	} cases[] = {
		{first, 7, true, "the same bytes"},
		{"X-SPAM-SCORE: 9\r\n\tmore\r\nReceived: from c\r\nDelivered-To: d\r\nSubject: x\r\n\r\nbody\r\n", 7, true, "another way of delivery"},
		{"Subject: x\r\n\r\nbody!\r\n", 7, false, "another body that says the same as far as was read"},
		{"Subject: x\r\n\r\nbody!\r\n", 0, false, "the same, in no mailbox"},
		{"Subject: x\r\n\r\nReceived: from a\r\nbody\r\n", 7, false, "what looks like a field in the body is body"},
		{"Subject: x\r\nX-Case: 2\r\n\r\nbody\r\n", 7, false, "a field that no server adds"},
		{"Subject: x\r\n\r\nbody!\r\n", 8, true, "rebuilt by the server in a mailbox with a new UIDVALIDITY"},
		{"", 7, false, "nothing"},
	};
	unsigned char digest[MESSAGE_DIGEST] = {5};
	int64_t message, id, ticket;
	struct mail m = {0};
	struct err e;
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, "mobility", ANNA);
	MUST(message_add(s->db, t, &m, digest, first, sizeof first - 1, 1, &message, &e));
	MUST(inbox_add(s->db, 7, 1, message, "opened", "Ingang/mobility", 1, &e));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *topic;
		MUST(message_same(s->db, digest, cases[i].raw, strlen(cases[i].raw), cases[i].uidvalidity, &id, &ticket, &topic, &e));
		if ((id == message) != cases[i].same)
			fail_msg("case %zu: %s", i, cases[i].why);
		free(topic);
	}
	db_rollback(s->db);
}

/* --- a thread, its first and its latest --- */

/* Inside a transaction. A mail with a Message-ID, of its own bytes. */
static int64_t add_from(struct db *d, int64_t ticket, const char *from, enum mail_kind kind, const char *message_id, int64_t now)
{
	static unsigned n;
	struct err e;
	int64_t id = 0;
	unsigned char digest[MESSAGE_DIGEST] = {0};
	char *addr = mem_dup(from), *mid = mem_dup(message_id), text[] = "all of it", reply[] = "what is new", subject[] = "Fråga", warning[] = "odd";
	struct mail m = {.kind = kind, .from = {NULL, addr}, .message_id = mid, .text = text, .reply_text = reply, .subject = subject};
	strs_add(&m.warnings, warning);
	n++;
	memcpy(digest, &n, sizeof n);
	MUST(message_add(d, ticket, &m, digest, "r", 1, now, &id, &e));
	if (message_id)
		MUST(thread_add(d, message_id, ticket, false, &e));
	strs_free(&m.warnings);
	free(addr);
	free(mid);
	return id;
}

static void one_mail_comes_back(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct message_row m;
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, NULL, ANNA), id = add_from(s->db, t, ANNA, MAIL_AUTO_REPLY, "1@partner.example", 1234), bare = add_message(s->db, t, "s", "t", "r", 1);
	assert_int_equal(message_get(s->db, id, &m, &e), 1);
	assert_int_equal(m.id, id);
	assert_int_equal(m.ticket, t);
	assert_string_equal(m.kind, "auto-reply");
	assert_string_equal(m.from_name, "");
	assert_string_equal(m.from_addr, ANNA);
	assert_string_equal(m.recipients, "[]");
	assert_int_equal(m.date, 0);
	assert_int_equal(m.received, 1234);
	assert_string_equal(m.message_id, "1@partner.example");
	assert_string_equal(m.subject, "Fråga");
	assert_string_equal(m.text, "all of it");
	assert_string_equal(m.reply_text, "what is new");
	assert_string_equal(m.warnings, "odd\n");
	message_row_free(&m);
	assert_int_equal(message_get(s->db, bare, &m, &e), 1);
	assert_null(m.message_id);
	message_row_free(&m);
	assert_int_equal(message_get(s->db, 99, &m, &e), 0);
	db_rollback(s->db);
}

static bool collect_thread(void *ctx, int64_t ticket, bool ours)
{
	buf_addf(ctx, "%lld%s ", (long long)ticket, ours ? "!" : "");
	return true;
}

static void moved(struct db *d, const char *message_id, const char *want)
{
	struct err e;
	struct buf b = {0};
	buf_adds(&b, "");
	MUST(thread_find(d, message_id, collect_thread, &b, &e));
	if (strcmp(b.s, want) != 0)
		fail_msg("%s: %s, not %s", message_id, b.s, want);
	buf_free(&b);
}

/* A reply to a mail that was moved joins the ticket that it is on now. */
static void a_moved_mail_takes_its_id_along(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct message_row m;
	MUST(db_begin(s->db, &e));
	int64_t one = add_ticket(s->db, NULL, ANNA), two = add_ticket(s->db, NULL, ANNA);
	add_from(s->db, one, ANNA, MAIL_PERSON, "first@x", 1000);
	int64_t id = add_from(s->db, one, ANNA, MAIL_PERSON, "second@x", 1001), twin = add_from(s->db, one, ANNA, MAIL_PERSON, "twin@x", 1002), bare = add_from(s->db, one, ANNA, MAIL_PERSON, NULL, 1003);
	add_from(s->db, one, ANNA, MAIL_PERSON, "twin@x", 1004);
	MUST(thread_add(s->db, "ours@x", one, true, &e));
	MUST(message_move(s->db, id, two, &e));
	MUST(message_move(s->db, id, two, &e)); /* it is there */
	MUST(message_move(s->db, twin, two, &e));
	MUST(message_move(s->db, bare, two, &e));
	moved(s->db, "first@x", "1 ");
	moved(s->db, "second@x", "2 ");
	moved(s->db, "twin@x", "1 2 "); /* the other mail that says so has stayed */
	moved(s->db, "ours@x", "1! ");
	assert_int_equal(message_get(s->db, id, &m, &e), 1);
	assert_int_equal(m.ticket, two);
	message_row_free(&m);
	MUST(message_move(s->db, id, one, &e)); /* and back */
	moved(s->db, "second@x", "1 ");
	assert_false(message_move(s->db, id, 99, &e));
	assert_false(message_move(s->db, 99, one, &e));
	db_rollback(s->db);
}

static void the_latest_mail_is_answered(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	int64_t id;
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, NULL, ANNA), other = add_ticket(s->db, NULL, ANNA);
	static const char *const roles[][2] = {{ANNA, "requester"}, {"cc@partner.example", "cc"}, {"bo@uni.example", "staff"}, {"kvalitet@uni.example", "part"}, {"w@uni.example", "watch"}};
	MUST(message_last_of(s->db, t, NULL, &id, &e));
	assert_int_equal(id, 0);
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		MUST(participant_add(s->db, t, roles[i][0], "", roles[i][1], &e));
	static const struct {
		const char *from;
		enum mail_kind kind;
		bool latest;
	} mails[] = {
		{ANNA, MAIL_AUTO_REPLY, true},          {ANNA, MAIL_PERSON, true},           {"bo@uni.example", MAIL_PERSON, false}, {"kvalitet@uni.example", MAIL_PERSON, false},
		{"w@uni.example", MAIL_PERSON, false},  {"CC@partner.example", MAIL_PERSON, true}, {"x@y.example", MAIL_PERSON, false}, {ANNA, MAIL_AUTO_REPLY, false},
		{"ANNA@partner.example", MAIL_PERSON, true},
	};
	int64_t latest = 0, bo = 0;
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
		int64_t row = add_from(s->db, t, mails[i].from, mails[i].kind, NULL, 1000);
		latest = mails[i].latest ? row : latest;
		bo = strcmp(mails[i].from, "bo@uni.example") == 0 ? row : bo;
		MUST(message_last_of(s->db, t, NULL, &id, &e));
		if (id != latest)
			fail_msg("mail %zu: %lld", i, (long long)id);
	}
	MUST(message_last_of(s->db, t, "Bo@uni.example", &id, &e));
	assert_int_equal(id, bo);
	MUST(message_last_of(s->db, t, "nobody@uni.example", &id, &e));
	assert_int_equal(id, 0);
	MUST(message_last_of(s->db, other, ANNA, &id, &e));
	assert_int_equal(id, 0);
	db_rollback(s->db);
}

static void references(struct db *d, int64_t ticket, const char *want)
{
	struct err e;
	struct strs l = {0};
	struct buf b = {0};
	buf_adds(&b, "");
	MUST(message_thread_ids(d, ticket, &l, &e));
	for (size_t i = 0; i < l.n; i++)
		buf_addf(&b, "%s ", l.v[i]);
	assert_string_equal(b.s, want);
	buf_free(&b);
	strs_free(&l);
}

static void references_are_what_the_requester_has(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, NULL, ANNA), other = add_ticket(s->db, NULL, ANNA);
	references(s->db, t, "");
	MUST(participant_add(s->db, t, ANNA, "", "requester", &e));
	MUST(participant_add(s->db, t, "bo@uni.example", "", "staff", &e));
	MUST(participant_add(s->db, t, "cc@partner.example", "", "cc", &e));
	add_from(s->db, t, "robot@partner.example", MAIL_GENERATED, "first@partner.example", 1000); /* what opened it, whoever wrote it */
	add_outbox(s->db, t, "acknowledgement", "Anna@Partner.Example", "ack@uni.example", 1000);
	add_outbox(s->db, t, "forward", "bo@uni.example", "forward@uni.example", 1000);
	add_outbox(s->db, t, "notice", ANNA, "notice@uni.example", 1000);
	add_from(s->db, t, "bo@uni.example", MAIL_PERSON, "staff@uni.example", 1001);
	add_from(s->db, t, "stranger@x.example", MAIL_PERSON, "stranger@x.example", 1002);
	add_outbox(s->db, t, "reply", ANNA, "reply@uni.example", 1003);
	add_outbox(s->db, t, "reply", "cc@partner.example", "reply-cc@uni.example", 1003);
	add_from(s->db, t, ANNA, MAIL_PERSON, "again@partner.example", 1003);
	add_from(s->db, t, "cc@partner.example", MAIL_PERSON, "cc@partner.example", 1004);
	add_from(s->db, t, ANNA, MAIL_PERSON, NULL, 1004);
	add_from(s->db, t, ANNA, MAIL_PERSON, "", 1004);
	add_outbox(s->db, t, "reply", ANNA, "held@uni.example", 1005);
	add_outbox(s->db, t, "reply", "svar@partner.example", "elsewhere@uni.example", 1006);
	sql(s->db, "UPDATE outbox SET state = 'held', writer = 'bo@uni.example' WHERE message_id = 'held@uni.example'");
	references(s->db, t, "first@partner.example ack@uni.example again@partner.example reply@uni.example cc@partner.example ");
	sql(s->db, "UPDATE ticket SET answer_addr = 'Svar@partner.example'");
	references(s->db, t, "first@partner.example ack@uni.example again@partner.example reply@uni.example cc@partner.example elsewhere@uni.example ");
	references(s->db, other, "");
	for (int i = 0; i < 60; i++) {
		char *id = mem_fmt("%d@long.example", i);
		add_from(s->db, t, ANNA, MAIL_PERSON, id, 2000 + i);
		free(id);
	}
	struct strs l = {0};
	MUST(message_thread_ids(s->db, t, &l, &e)); /* the first and the latest of a long one */
	assert_int_equal(l.n, 50);
	assert_string_equal(l.v[0], "first@partner.example");
	assert_string_equal(l.v[1], "11@long.example");
	assert_string_equal(l.v[49], "59@long.example");
	strs_free(&l);
	db_rollback(s->db);
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_and_other_mails),
		STORE_TEST(a_copy_is_told_from_a_look_alike),
		STORE_TEST(a_known_mail_is_found),
		STORE_TEST(mails_of_a_ticket),
		STORE_TEST(originals_come_back_in_pieces),
		STORE_TEST(ids_name_tickets),
		STORE_TEST(each_place_of_the_inbox_once),
		STORE_TEST(what_is_not_filed_is_remembered),
		STORE_TEST(one_mail_comes_back),
		STORE_TEST(a_moved_mail_takes_its_id_along),
		STORE_TEST(the_latest_mail_is_answered),
		STORE_TEST(references_are_what_the_requester_has),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
