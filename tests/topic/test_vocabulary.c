/* The vocabularies that are shipped: etc/topics.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libconfig.h>

#include "base/buf.h"
#include "base/files.h"
#include "base/mem.h"
#include "topic/classify.h"
#include "topic/words.h"

enum { TOPICS = 4 };

struct vocabulary {
	config_t file;
	struct strs terms[TOPICS + 1]; /* the last: triage */
	const char *names[TOPICS + 1];
	struct classifier *classifier;
};

static void take_terms(const config_setting_t *list, struct strs *to)
{
	assert_non_null(list);
	for (int i = 0; i < config_setting_length(list); i++) {
		const char *term = config_setting_get_string_elem(list, i);
		assert_non_null(term);
		strs_add(to, term);
	}
}

static int set_up(void **state)
{
	struct vocabulary *v = mem_alloc(sizeof *v);
	struct topic_terms topics[TOPICS];
	struct err e = {0};
	config_init(&v->file);
	if (!config_read_file(&v->file, TESTS_DIR "/../etc/topics.conf"))
		fail_msg("etc/topics.conf:%d: %s", config_error_line(&v->file), config_error_text(&v->file));
	const config_setting_t *list = config_lookup(&v->file, "topics");
	assert_int_equal(config_setting_length(list), TOPICS);
	for (unsigned i = 0; i < TOPICS; i++) {
		const config_setting_t *t = config_setting_get_elem(list, i);
		assert_true(config_setting_lookup_string(t, "name", &v->names[i]));
		take_terms(config_setting_get_member(t, "terms"), &v->terms[i]);
		topics[i] = (struct topic_terms){v->names[i], &v->terms[i]};
	}
	v->names[TOPICS] = "other";
	take_terms(config_lookup(&v->file, "triage_terms"), &v->terms[TOPICS]);
	v->classifier = classifier_new(topics, TOPICS, &v->terms[TOPICS], &e);
	if (!v->classifier)
		fail_msg("%s", e.text);
	*state = v;
	return 0;
}

static int tear_down(void **state)
{
	struct vocabulary *v = *state;
	for (unsigned i = 0; i <= TOPICS; i++)
		strs_free(&v->terms[i]);
	classifier_free(v->classifier);
	config_destroy(&v->file);
	free(v);
	return 0;
}

/* What is written twice is changed in one place only, some day. */
static void no_term_twice_in_a_topic(void **state)
{
	const struct vocabulary *v = *state;
	for (unsigned i = 0; i <= TOPICS; i++) {
		struct words *w = words_new();
		struct strs from = {0};
		struct err e = {0};
		for (size_t k = 0; k < v->terms[i].n; k++) {
			char *term = mem_dup(v->terms[i].v[k]), *hat = strrchr(term, '^');
			if (hat)
				*hat = '\0';
			size_t had = words_count(w);
			bool twice = str_starts(term, "from:") ? strs_has_case(&from, term) : words_add(w, term, &e) != (int)had;
			if (twice)
				fail_msg("%s has '%s' twice, or '%s' says the same", v->names[i], term, term);
			if (str_starts(term, "from:"))
				strs_add(&from, term);
			free(term);
		}
		words_free(w);
		strs_free(&from);
	}
}

/* vocabulary.tsv: label, tab, "subject | body". */
static void one_mail(const struct vocabulary *v, char *line)
{
	char *subject = strchr(line, '\t'), *body = strstr(line, "| ");
	struct verdict verdict;
	assert_true(subject && body && subject < body);
	*subject++ = '\0';
	*body = '\0';
	classify_text(v->classifier, subject, body + 2, &verdict);
	const char *said = verdict.confidence >= 0.6 ? v->names[verdict.topic] : v->names[TOPICS];
	if (strcmp(said, line) != 0) {
		char *why = verdict_words(&verdict, 9);
		fail_msg("'%s | %s': %s (%.2f; %s), not %s", subject, body + 2, said, verdict.confidence, why, line);
	}
	verdict_free(&verdict);
}

static void ordinary_mails_find_their_topic(void **state)
{
	struct buf b = {0};
	struct err e = {0};
	unsigned mails = 0;
	assert_true(file_read(TESTS_DIR "/topic/vocabulary.tsv", 1 << 20, &b, &e));
	for (char *line = b.s, *next; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (*line == '#')
			continue;
		one_mail(*state, line);
		mails++;
	}
	assert_true(mails > 100);
	buf_free(&b);
}

static void nothing_said_is_nobodys(void **state)
{
	static const char *const texts[] = {"", "Hej!", "Hello, a short question.", "Hej, en fråga. Mvh Anna", "?", "ok", "Best regards"};
	const struct vocabulary *v = *state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct verdict verdict;
		classify_text(v->classifier, "", texts[i], &verdict);
		if (verdict.confidence >= 0.6)
			fail_msg("'%s': %s, %.2f", texts[i], v->names[verdict.topic], verdict.confidence);
		verdict_free(&verdict);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_term_twice_in_a_topic),
		cmocka_unit_test(ordinary_mails_find_their_topic),
		cmocka_unit_test(nothing_said_is_nobodys),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
