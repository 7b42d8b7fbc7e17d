#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mail/mail_json.h"
#include "mail/message.h"
#include "reader/reader.h"
#include "topic/language.h"

static const char plain[] = "From: =?utf-8?q?=C3=85sa?= Berg <asa@partner.example>\r\nTo: a@x.example, B <b@x.example>\r\nSubject: =?iso-8859-1?q?F=F6rfr=E5gan?=\r\n"
                            "Message-ID: <1@partner.example>\r\nReferences: <a@b> <c@d>\r\nDate: Mon, 14 Sep 2026 10:00:00 +0200\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                            "Hej! Vi undrar över avtalet mellan våra lärosäten.\r\n\r\n> citat\r\n-- \r\nÅsa\r\n";
static const char parts[] = "From: a@b.example\r\nSubject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
                            "--b\r\nContent-Type: text/html\r\n\r\n<p>This is <b>bold</b> &amp; more</p>\r\n"
                            "--b\r\nContent-Type: application/pdf; name=\"x.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n";
static const char bounced[] = "From: MAILER-DAEMON@x.example\r\nSubject: returned\r\nMIME-Version: 1.0\r\n"
                              "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nsorry\r\n"
                              "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
                              "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <ours@uni.example>\r\n\r\n--b--\r\n";
static const char broken[] = "Subject: \xff\xfe\r\nFrom\r\n: x\r\n\r\n\x00\x01\xc3(\r\n";

static int setup(void **state)
{
	(void)state;
	message_setup();
	return 0;
}

static char *wire_text(const struct mail *m)
{
	json_t *j = mail_to_wire(m);
	char *s = json_dumps(j, JSON_SORT_KEYS | JSON_COMPACT);
	json_decref(j);
	return s;
}

static bool is_empty(const struct mail *m)
{
	static const struct mail none;
	return memcmp(m, &none, sizeof none) == 0;
}

static void end_reader(int fd, int pid)
{
	int status;
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* --- a real reader --- */

static void reads_as_the_parser_does(void **state)
{
	(void)state;
	static const struct {
		const char *raw;
		size_t n;
	} mails[] = {{plain, sizeof plain - 1}, {parts, sizeof parts - 1}, {bounced, sizeof bounced - 1}, {broken, sizeof broken - 1}, {"", 0}, {"\r\n", 2}, {"x", 1}};
	struct err e;
	int pid, fd = reader_start(&mail_limits_default, &pid, &e);
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++)
		for (int header_only = 0; header_only < 2; header_only++) {
			struct mail here, there;
			if (reader_ask(fd, mails[i].raw, mails[i].n, header_only, &there, &e) != READER_DONE)
				fail_msg("mail %zu: %s", i, e.text);
			if (header_only) {
				message_read_header(mails[i].raw, mails[i].n, &here);
			} else {
				message_read(mails[i].raw, mails[i].n, &mail_limits_default, &here);
				here.lang = mem_dup(language_of(here.reply_text, strlen(here.reply_text)));
				if (!here.lang || strcmp(here.lang, there.lang ? there.lang : "") != 0) { /* of the quoted text, where nothing new was written */
					free(here.lang);
					here.lang = mem_dup(there.lang);
				}
			}
			char *a = wire_text(&here), *b = wire_text(&there);
			if (strcmp(a, b) != 0)
				fail_msg("mail %zu, header only %d:\n%s\n%s", i, header_only, a, b);
			free(a);
			free(b);
			mail_free(&here);
			mail_free(&there);
		}
	end_reader(fd, pid);
}

static void tells_the_language(void **state)
{
	(void)state;
	struct err e;
	struct mail m;
	int pid, fd = reader_start(&mail_limits_default, &pid, &e);
	assert_int_equal(reader_ask(fd, plain, sizeof plain - 1, false, &m, &e), READER_DONE);
	assert_string_equal(m.lang, "sv");
	mail_free(&m);
	assert_int_equal(reader_ask(fd, parts, sizeof parts - 1, false, &m, &e), READER_DONE);
	assert_string_equal(m.lang, "en");
	mail_free(&m);
	end_reader(fd, pid);
}

static void the_header_alone(void **state)
{
	(void)state;
	struct err e;
	struct mail m;
	int pid, fd = reader_start(&mail_limits_default, &pid, &e);
	assert_int_equal(reader_ask(fd, parts, sizeof parts - 1, true, &m, &e), READER_DONE);
	assert_string_equal(m.subject, "parts");
	assert_string_equal(m.from.addr, "a@b.example");
	assert_int_equal(m.n_attachments, 0);
	assert_int_equal(m.carry.n, 0);
	assert_true(!m.text || !*m.text);
	mail_free(&m);
	end_reader(fd, pid);
}

/* Many at once, large ones among them: questions and answers fill both pipes, and neither side waits for the other for ever. */
static void many_at_once(void **state)
{
	(void)state;
	enum { MAILS = 120, LARGE = 1 << 20 };
	struct reader_job jobs[MAILS] = {0};
	char *raws[MAILS];
	struct err e;
	size_t answered;
	int pid, fd = reader_start(&mail_limits_default, &pid, &e);
	for (size_t i = 0; i < MAILS; i++) {
		size_t body = i % 10 == 3 ? LARGE : i % 7;
		char *text = mem_alloc(body + 1);
		for (size_t k = 0; k < body; k++)
			text[k] = k % 70 == 69 ? '\n' : 'a';
		raws[i] = mem_fmt("Subject: mail %zu\r\n\r\n%s", i, text);
		jobs[i] = (struct reader_job){.raw = raws[i], .n = strlen(raws[i]), .header_only = i % 11 == 5};
		free(text);
	}
	assert_int_equal(reader_ask_all(fd, jobs, MAILS, &answered, &e), READER_DONE);
	assert_int_equal(answered, MAILS);
	for (size_t i = 0; i < MAILS; i++) { /* each got its own answer */
		char *subject = mem_fmt("mail %zu", i);
		assert_string_equal(jobs[i].mail.subject, subject);
		free(subject);
		mail_free(&jobs[i].mail);
		free(raws[i]);
	}
	assert_int_equal(reader_ask_all(fd, jobs, 0, &answered, &e), READER_DONE); /* none */
	end_reader(fd, pid);
}

/* It is replaced by a fresh one after some thousand mails: what it has answered counts, and the next one is not lost. */
static void a_reader_serves_its_time(void **state)
{
	(void)state;
	enum { MAILS = 2500 };
	struct reader_job *jobs = mem_array(MAILS, sizeof *jobs);
	struct err e;
	size_t answered;
	int pid, fd = reader_start(&mail_limits_default, &pid, &e);
	for (size_t i = 0; i < MAILS; i++)
		jobs[i] = (struct reader_job){.raw = "Subject: x\r\n\r\n", .n = 14, .header_only = true};
	assert_int_equal(reader_ask_all(fd, jobs, MAILS, &answered, &e), READER_GONE);
	assert_true(answered > 0 && answered <= 2000);
	for (size_t i = 0; i < MAILS; i++) {
		assert_int_equal(is_empty(&jobs[i].mail), i >= answered);
		mail_free(&jobs[i].mail);
	}
	free(jobs);
	end_reader(fd, pid); /* it ended well, by itself */
}

static void a_killed_reader_is_gone(void **state)
{
	(void)state;
	struct err e = {0};
	struct mail m;
	int pid, fd = reader_start(&mail_limits_default, &pid, &e);
	assert_int_equal(reader_ask(fd, plain, sizeof plain - 1, false, &m, &e), READER_DONE);
	mail_free(&m);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(reader_ask(fd, plain, sizeof plain - 1, false, &m, &e), READER_GONE);
	assert_true(is_empty(&m));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_true(*e.text);
	close(fd);
}

/* --- one that was taken over --- */

struct fake {
	int ours, its; /* two ends of a pipe; the fake's answer is there before it was asked */
};

static struct fake fake_new(const void *answer, size_t n)
{
	int pair[2], room = 4 << 20;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	assert_int_equal(send(pair[1], answer, n, MSG_DONTWAIT), n);
	return (struct fake){pair[0], pair[1]};
}

static void fake_end(struct fake *f)
{
	close(f->ours);
	close(f->its);
}

static struct buf framed(const char *json)
{
	struct buf b = {0};
	uint64_t n = strlen(json);
	buf_add(&b, &n, sizeof n);
	buf_adds(&b, json);
	return b;
}

static enum reader_result ask_fake(const char *json, struct mail *out, struct err *e)
{
	struct buf b = framed(json);
	struct fake f = fake_new(b.s, b.n);
	enum reader_result r = reader_ask(f.ours, plain, sizeof plain - 1, false, out, e);
	fake_end(&f);
	buf_free(&b);
	return r;
}

static void nonsense_is_refused(void **state)
{
	(void)state;
	static const uint64_t none = 0, huge = UINT64_C(1) << 30, all = UINT64_MAX;
	static const struct {
		const void *bytes;
		size_t n;
		const char *why;
	} cases[] = {
		{&none, 8, "an answer of no bytes"},
		{&huge, 8, "a gigabyte announced"},
		{&all, 8, "more than there is"},
		{"\x05\0\0\0\0\0\0\0hello", 13, "no JSON"},
		{"\x02\0\0\0\0\0\0\0{}", 10, "nothing in it"},
		{"\x02\0\0\0\0\0\0\0[]", 10, "a list"},
		{"\x04\0\0\0\0\0\0\0null", 12, "null"},
		{"\x01\0\0\0\0\0\0\0" "1", 9, "a number"},
		{"\x0d\0\0\0\0\0\0\0{\"a\":1,\"a\":2}", 21, "a key twice"},
		{"\x03\0\0\0\0\0\0\0{}x", 11, "something behind"},
		{"\x03\0\0\0\0\0\0\0{\0}", 11, "a NUL"},
		{"\x04\0\0\0\0\0\0\0\"\xff\xfe\"", 12, "no UTF-8"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = {0};
		struct mail m;
		struct fake f = fake_new(cases[i].bytes, cases[i].n);
		if (reader_ask(f.ours, plain, sizeof plain - 1, false, &m, &e) != READER_GONE || !is_empty(&m) || !*e.text)
			fail_msg("%s: %s", cases[i].why, e.text);
		fake_end(&f);
	}
}

static void deep_json_is_refused(void **state)
{
	(void)state;
	struct err e = {0};
	struct mail m;
	struct buf b = {0};
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, '[');
	assert_int_equal(ask_fake(b.s, &m, &e), READER_GONE);
	assert_true(is_empty(&m));
	buf_free(&b);
}

static void answers_that_end_early(void **state)
{
	(void)state;
	struct mail m;
	struct err e = {0};
	message_read(plain, sizeof plain - 1, &mail_limits_default, &m);
	char *text = wire_text(&m);
	struct buf whole = framed(text);
	mail_free(&m);
	for (size_t n = 0; n < whole.n; n += n < 12 ? 1 : 97) {
		struct fake f = fake_new(whole.s, n);
		shutdown(f.its, SHUT_WR);
		if (reader_ask(f.ours, plain, sizeof plain - 1, false, &m, &e) != READER_GONE || !is_empty(&m))
			fail_msg("%zu of %zu bytes were taken", n, whole.n);
		fake_end(&f);
	}
	struct fake f = fake_new(whole.s, whole.n); /* and the whole is an answer: the cases above are refused for their end alone */
	shutdown(f.its, SHUT_WR);
	assert_int_equal(reader_ask(f.ours, plain, sizeof plain - 1, false, &m, &e), READER_DONE);
	mail_free(&m);
	fake_end(&f);
	buf_free(&whole);
	free(text);
}

static void what_was_answered_counts(void **state)
{
	(void)state;
	struct reader_job jobs[3] = {{.raw = plain, .n = sizeof plain - 1}, {.raw = parts, .n = sizeof parts - 1}, {.raw = plain, .n = sizeof plain - 1}};
	struct mail m;
	struct err e = {0};
	size_t answered = 99;
	message_read(plain, sizeof plain - 1, &mail_limits_default, &m);
	char *text = wire_text(&m);
	struct buf one = framed(text);
	buf_add(&one, "\x05", 1); /* the second answer begins, and never ends */
	mail_free(&m);
	struct fake f = fake_new(one.s, one.n);
	shutdown(f.its, SHUT_WR);
	assert_int_equal(reader_ask_all(f.ours, jobs, 3, &answered, &e), READER_GONE);
	assert_int_equal(answered, 1);
	assert_string_equal(jobs[0].mail.message_id, "1@partner.example");
	assert_true(is_empty(&jobs[1].mail) && is_empty(&jobs[2].mail));
	mail_free(&jobs[0].mail);
	fake_end(&f);
	buf_free(&one);
	free(text);
}

static void one_that_never_answers_is_slow(void **state)
{
	(void)state;
	struct err e = {0};
	struct reader_job job = {.raw = plain, .n = sizeof plain - 1};
	size_t answered;
	static const char *const begun[] = {"", "\x05\0\0", "\x05\0\0\0\0\0\0\0he"};
	static const size_t length[] = {0, 3, 10};
	for (size_t i = 0; i < 3; i++) {
		struct fake f = fake_new(begun[i], length[i]);
		assert_int_equal(reader_ask_within(f.ours, 20, &job, 1, &answered, &e), READER_SLOW);
		assert_int_equal(answered, 0);
		assert_true(is_empty(&job.mail));
		assert_int_equal(e.kind, ERR_TEMPORARY);
		assert_non_null(strstr(e.text, "no answer within"));
		fake_end(&f);
	}
	char *large = mem_alloc(8 << 20); /* nor does it take the question */
	job = (struct reader_job){.raw = large, .n = 8 << 20};
	struct fake f = fake_new("", 0);
	assert_int_equal(reader_ask_within(f.ours, 20, &job, 1, &answered, &e), READER_SLOW);
	fake_end(&f);
	free(large);
}

/* --- answers of the right form with wrong things in them --- */

static json_t *a_wrong(int i)
{
	switch (i) {
	case 0: return json_null();
	case 1: return json_true();
	case 2: return json_integer(-1);
	case 3: return json_integer(INT64_MAX);
	case 4: return json_real(0.5);
	case 5: return json_string("\n\x01\xc2\x85/../x");
	case 6: return json_stringn("a\0b", 3);
	case 7: return json_array();
	case 8: return json_object();
	case 9: return json_pack("[[], {}, n, i, s]", 1, "x");
	case 10: return json_pack("{s:n, s:[i]}", "name", "addr", 7);
	}
	return NULL; /* taken away */
}
enum { WRONGS = 12 };

struct mutation {
	size_t tried, refused;
};

/* Asks with the answer as it is now; whatever comes, the mail is whole or empty. */
static void ask_mutant(const json_t *root, struct mutation *n)
{
	struct mail m;
	struct err e = {0};
	char *text = json_dumps(root, JSON_COMPACT);
	enum reader_result r = ask_fake(text, &m, &e);
	n->tried++;
	if (r == READER_GONE) {
		n->refused++;
		if (!is_empty(&m) || !*e.text)
			fail_msg("refused, but something is left: %s", text);
	} else {
		assert_int_equal(r, READER_DONE);
		for (size_t i = 0; i < m.carry.n; i++)
			if (m.carry.v[i].offset > sizeof plain - 1 || m.carry.v[i].length > sizeof plain - 1 - m.carry.v[i].offset)
				fail_msg("a range outside of the mail: %s", text);
		free(wire_text(&m)); /* all of it can be looked at */
	}
	mail_free(&m);
	free(text);
}

/* Each value in the tree is replaced by each wrong one, and put back. */
static void mutate(json_t *root, json_t *at, struct mutation *n)
{
	struct strs keys = {0}; /* a key that is put back goes to the end of the walk */
	for (void *i = json_object_iter(at); i; i = json_object_iter_next(at, i))
		strs_add(&keys, json_object_iter_key(i));
	for (size_t i = 0; i < keys.n; i++) {
		json_t *value = json_incref(json_object_get(at, keys.v[i]));
		for (int w = 0; w < WRONGS; w++) {
			json_t *wrong = a_wrong(w);
			if (wrong)
				json_object_set_new(at, keys.v[i], wrong);
			else
				json_object_del(at, keys.v[i]);
			ask_mutant(root, n);
		}
		json_object_set_new(at, keys.v[i], value);
		mutate(root, value, n);
	}
	for (size_t i = 0; json_is_array(at) && i < json_array_size(at) && i < 3; i++) { /* the first few stand for all */
		json_t *value = json_incref(json_array_get(at, i));
		for (int w = 0; w < WRONGS - 1; w++) {
			json_array_set_new(at, i, a_wrong(w));
			ask_mutant(root, n);
		}
		json_array_set_new(at, i, value);
		mutate(root, value, n);
	}
	strs_free(&keys);
}

static void wrong_values_are_refused(void **state)
{
	(void)state;
	static const char *const mails[] = {plain, parts, bounced};
	for (size_t i = 0; i < 3; i++) {
		struct mail m;
		struct mutation n = {0};
		message_read(mails[i], strlen(mails[i]), &mail_limits_default, &m);
		json_t *root = mail_to_wire(&m);
		mutate(root, root, &n);
		assert_true(n.tried > 500);
		assert_true(n.refused > n.tried / 2);
		json_decref(root);
		mail_free(&m);
	}
}

/* What a parser that was taken over would like us to believe. */
static void lies_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *key, *json;
		const char *why;
	} cases[] = {
		{"carry", "{\"content\":\"\",\"steps\":[{\"op\":0,\"offset\":0,\"length\":100000,\"text\":null,\"head\":\"\",\"insert\":0,\"flowed\":false,\"delsp\":false,\"top\":false}]}",
		 "more bytes than the mail has"},
		{"carry", "{\"content\":\"\",\"steps\":[{\"op\":0,\"offset\":9223372036854775807,\"length\":9223372036854775807,\"text\":null,\"head\":\"\",\"insert\":0,\"flowed\":false,"
		          "\"delsp\":false,\"top\":false}]}",
		 "a range that overflows"},
		{"carry", "{\"content\":\"Bcc: evil@example.org\\r\\n\",\"steps\":[]}", "a field of its own"},
		{"carry", "{\"content\":\"Content-Type: text/plain\\r\\n\\r\\nbody\",\"steps\":[]}", "the end of the header"},
		{"carry", "{\"content\":\"Content-Type: text/plain\\nBcc: evil@example.org\\r\\n\",\"steps\":[]}", "a field behind a bare line end"},
		{"carry", "{\"content\":\"\",\"steps\":[{\"op\":2,\"offset\":0,\"length\":0,\"text\":\"x\",\"head\":\"From: evil@example.org\\r\\n\",\"insert\":0,\"flowed\":false,\"delsp\":false,"
		          "\"top\":true}]}",
		 "a sender of its own"},
		{"carry", "{\"content\":\"\",\"steps\":[{\"op\":9,\"offset\":0,\"length\":0,\"text\":\"x\",\"head\":\"\",\"insert\":0,\"flowed\":false,\"delsp\":false,\"top\":false}]}",
		 "a step that there is not"},
		{"carry", "{\"content\":\"\",\"steps\":[{\"op\":3,\"offset\":0,\"length\":0,\"text\":\"x\",\"head\":\"\",\"insert\":2,\"flowed\":false,\"delsp\":false,\"top\":false}]}",
		 "a place beyond the text"},
		{"subject", "\"x\\r\\nBcc: evil@example.org\"", "a line end in the subject"},
		{"message_id", "\"x\\u0000y\"", "a NUL in an id"},
		{"from", "{\"name\":\"x\\ny\",\"addr\":\"a@b\"}", "a line end in a name"},
		{"kind", "\"president\"", "a kind that there is not"},
		{"time", "[99999999999999, 0]", "a time beyond all years"},
		{"attachments", "[{\"name\":\"../x\",\"type\":\"a/b\",\"size\":1}]", "a path"},
		{"attachments", "[{\"name\":\"x\",\"type\":\"a/b\",\"size\":1000000}]", "larger than the mail"},
		{"fields", "[[\"Bad Name\",\"x\"]]", "no field name"},
	};
	struct mail m;
	message_read(plain, sizeof plain - 1, &mail_limits_default, &m);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail got;
		struct err e = {0};
		json_t *root = mail_to_wire(&m), *lie = json_loads(cases[i].json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(lie);
		json_object_set_new(root, cases[i].key, lie);
		char *text = json_dumps(root, JSON_COMPACT);
		if (ask_fake(text, &got, &e) != READER_GONE || !is_empty(&got))
			fail_msg("%s was believed", cases[i].why);
		free(text);
		json_decref(root);
	}
	mail_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_as_the_parser_does),
		cmocka_unit_test(tells_the_language),
		cmocka_unit_test(the_header_alone),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(a_reader_serves_its_time),
		cmocka_unit_test(a_killed_reader_is_gone),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(deep_json_is_refused),
		cmocka_unit_test(answers_that_end_early),
		cmocka_unit_test(what_was_answered_counts),
		cmocka_unit_test(one_that_never_answers_is_slow),
		cmocka_unit_test(wrong_values_are_refused),
		cmocka_unit_test(lies_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
