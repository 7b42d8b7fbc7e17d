#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/temp_dir.h"
#include "daemon/metrics.h"

/* The value of a series; fails when it is not there once. */
static long long value(const struct buf *text, const char *series)
{
	long long found = -1;
	int n = 0;
	char *copy = mem_dupn(text->s, text->n), *rest = NULL;
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t k = strlen(series);
		if (strncmp(line, series, k) == 0 && line[k] == ' ') {
			found = strtoll(line + k + 1, NULL, 10);
			n++;
		}
	}
	free(copy);
	if (n != 1)
		fail_msg("%s stands there %d times in:\n%.*s", series, n, (int)text->n, text->s);
	return found;
}

static void every_figure_is_told(void **state)
{
	(void)state;
	struct left left[] = {{7, LEFT_ASIDE, 700}, {8, LEFT_FORGOTTEN, 600}, {9, LEFT_GONE, 500}};
	const struct figures f = {
		.imap = {.ok = 990}, .smtp = {.ok = 400, .failed = 980}, .outbox = {1, 2, 3, 4, 5, 6}, .oldest_due = 900, .unfiled = 11,
		.inbox = {.v = left, .n = 3, .looked = 990}, .oldest_waiting = 600, .tickets = 12, .messages = 13, .events = 14, .rows = 21,
		.week_tickets = 10, .week_triage = 3, .week_unproved = 2, .bytes = 4096};
	static const struct {
		const char *series;
		long long value;
	} want[] = {
		{"ingang_written_timestamp_seconds", 1000},
		{"ingang_last_success_timestamp_seconds{side=\"imap\"}", 990}, {"ingang_last_success_timestamp_seconds{side=\"smtp\"}", 400},
		{"ingang_failing{side=\"imap\"}", 0}, {"ingang_failing{side=\"smtp\"}", 1},
		{"ingang_inbox_oldest_seconds", 400}, {"ingang_inbox_aside", 1}, {"ingang_inbox_unexplained", 2}, {"ingang_inbox_unfiled", 11},
		{"ingang_outbox_mails{state=\"held\"}", 1}, {"ingang_outbox_mails{state=\"due\"}", 2}, {"ingang_outbox_mails{state=\"sent\"}", 3},
		{"ingang_outbox_mails{state=\"unknown\"}", 4}, {"ingang_outbox_mails{state=\"failed\"}", 5}, {"ingang_outbox_mails{state=\"dropped\"}", 6},
		{"ingang_outbox_oldest_seconds", 100}, {"ingang_week_tickets", 10}, {"ingang_week_triage", 3}, {"ingang_week_unproved", 2},
		{"ingang_store_bytes", 4096}, {"ingang_store_rows{table=\"ticket\"}", 12}, {"ingang_store_rows{table=\"message\"}", 13},
		{"ingang_store_rows{table=\"outbox\"}", 21}, {"ingang_store_rows{table=\"event\"}", 14},
		{"ingang_tickets{topic=\"mobility\",status=\"open\"}", 5}, {"ingang_tickets{topic=\"triage\",status=\"closed\"}", 7}, {"ingang_login_ends_timestamp_seconds{side=\"imap\"}", 5000},
	};
	struct buf text = {0};
	metrics_begin(&text, &f, 1000, 30);
	metrics_tickets(&text, "mobility", "open", 5);
	metrics_tickets(&text, "triage", "closed", 7);
	metrics_end(&text, "imap", 5000);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		if (value(&text, want[i].series) != want[i].value)
			fail_msg("%s: %lld", want[i].series, value(&text, want[i].series));
	buf_free(&text);

	/* each series stands below its TYPE, and each name has one: the format's own rules */
	const struct figures none = {.oldest_due = 2000};
	char name[80], declared[80] = "";
	metrics_begin(&text, &none, 1000, 30);
	metrics_tickets(&text, "a", "open", 1);
	size_t before = text.n;
	metrics_end(&text, "imap", 0); /* not known */
	assert_int_equal(text.n, before);
	char *rest = NULL;
	for (char *line = strtok_r(text.s, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "# TYPE %79s gauge", name) == 1)
			strcpy(declared, name);
		else if (*line != '#')
			assert_true(sscanf(line, "%79[a-z_]", name) == 1 && strcmp(name, declared) == 0);
	}
	buf_free(&text);
	metrics_begin(&text, &none, 1000, 30);
	assert_int_equal(value(&text, "ingang_outbox_oldest_seconds"), 0); /* due later */
	assert_int_equal(value(&text, "ingang_inbox_oldest_seconds"), 30); /* a pile that is worked off */
	buf_free(&text);
}

static void written_whole_or_not(void **state)
{
	(void)state;
	struct err e;
	struct stat st;
	struct buf text = {0}, found = {0};
	char *dir = temp_dir(), *path = mem_fmt("%s/m.prom", dir), *part = mem_fmt("%s.part", path), *far = mem_fmt("%s/no/m.prom", dir), *victim = mem_fmt("%s/victim", dir);
	FILE *f = fopen(victim, "we");
	fputs("keep", f);
	fclose(f);
	assert_int_equal(symlink(victim, part), 0); /* nobody leads it elsewhere */
	umask(077);
	buf_adds(&text, "a 1\n");
	assert_true(metrics_write(path, &text, &e));
	buf_adds(&text, "b 2\n");
	assert_true(metrics_write(path, &text, &e));
	assert_true(file_read(path, 100, &found, &e));
	assert_int_equal(found.n, 8);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(lstat(part, &st), -1);
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_false(metrics_write(far, &text, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, far));
	buf_free(&text);
	buf_free(&found);
	temp_dir_remove(dir);
	free(path);
	free(part);
	free(far);
	free(victim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_figure_is_told),
		cmocka_unit_test(written_whole_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
