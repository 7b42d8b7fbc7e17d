/* bench_reader FOLDER [ROUNDS]: what the reader does with each mail of a folder (text, what was written now, kind, language, JSON) beside
 * GMime's bare parse of the same bytes, in turn, in one process. Prints mails/s, MB/s and the ratio of each round. */
#include <dirent.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/mem.h"
#include "mail/mail_json.h"
#include "mail/message.h"
#include "topic/language.h"

enum { MAILS_MAX = 20000, FILE_MAX = 64 << 20 };

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* the machine may have other work */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void bare(const struct buf *b)
{
	GMimeStream *s = g_mime_stream_mem_new_with_buffer(b->s, b->n);
	GMimeParser *p = g_mime_parser_new_with_stream(s);
	GMimeMessage *m = g_mime_parser_construct_message(p, NULL);
	if (m)
		g_object_unref(m);
	g_object_unref(p);
	g_object_unref(s);
}

static void whole(const struct buf *b)
{
	struct mail m = {0};
	message_read(b->s, b->n, &mail_limits_default, &m);
	m.lang = mem_dup(language_of(m.reply_text, strlen(m.reply_text)));
	struct buf json = {0};
	mail_write_wire(&m, &json); /* all that the reader process writes to its pipe */
	buf_free(&json);
	mail_free(&m);
}

static double run(void (*one)(const struct buf *), const struct buf *v, size_t n)
{
	double start = seconds();
	for (size_t i = 0; i < n; i++)
		one(&v[i]);
	return seconds() - start;
}

static size_t load(const char *folder, struct buf *v)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort);
	size_t k = 0;
	for (int i = 0; i < n; i++) {
		char *path = mem_fmt("%s/%s", folder, names[i]->d_name);
		struct err e;
		if (names[i]->d_name[0] != '.' && k < MAILS_MAX && file_read(path, FILE_MAX, &v[k], &e) && v[k].n)
			k++;
		free(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return k;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static struct buf mails[MAILS_MAX];
	double ratio[99];
	int rounds = argc > 2 ? atoi(argv[2]) : 5;
	size_t n = argc > 1 ? load(argv[1], mails) : 0, bytes = 0;
	if (n == 0 || rounds < 1 || rounds > 99) {
		fprintf(stderr, "usage: bench_reader FOLDER [ROUNDS]: a folder of mail files, 1 to 99 rounds\n");
		return 64;
	}
	for (size_t i = 0; i < n; i++)
		bytes += mails[i].n;
	message_setup();
	run(whole, mails, n < 50 ? n : 50); /* what is loaded once is not measured */
	for (int r = 0; r < rounds; r++) {
		double b = run(bare, mails, n), w = run(whole, mails, n);
		ratio[r] = b / w;
		printf("reader: %.0f mails/s, %.0f MB/s; GMime's bare parse: %.0f mails/s, %.0f MB/s; ratio %.2f\n", (double)n / w, (double)bytes / 1e6 / w,
		       (double)n / b, (double)bytes / 1e6 / b, ratio[r]);
	}
	qsort(ratio, (size_t)rounds, sizeof *ratio, by_value);
	printf("median ratio %.2f; wanted: 0.25 or more\n", ratio[rounds / 2]);
	for (size_t i = 0; i < n; i++)
		buf_free(&mails[i]);
	return 0;
}
