#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/fold.h"
#include "ctl/ctl.h"

void print_json(json_t *j)
{
	char *s = json_dumps(j, JSON_COMPACT);
	puts(s ? s : "null");
	free(s);
	json_decref(j);
}

json_t *json_text(const char *s)
{
	if (!s)
		return json_null();
	if (utf8_valid(s, strlen(s)))
		return json_string(s);
	struct buf b = {0};
	size_t n = strlen(s), k, m;
	for (size_t i = 0; i < n; i += k) {
		char put[4];
		utf8_put(put, utf8_next(s + i, n - i, &k), &m);
		buf_add(&b, put, m);
	}
	json_t *j = json_stringn(b.s ? b.s : "", b.n);
	buf_free(&b);
	return j;
}

json_t *json_time(int64_t t)
{
	char s[40];
	struct tm tm;
	time_t at = (time_t)t;
	if (!t || !localtime_r(&at, &tm))
		return json_null();
	size_t n = strftime(s, sizeof s, "%Y-%m-%dT%H:%M:%S%z", &tm); /* +0100 becomes +01:00 */
	if (n >= 5) {
		memmove(s + n - 1, s + n - 2, 3);
		s[n - 2] = ':';
	}
	return json_string(s);
}

const char *print_time(int64_t t, char out[static 32])
{
	struct tm tm;
	time_t at = (time_t)t;
	if (!t || !localtime_r(&at, &tm) || strftime(out, 32, "%Y-%m-%d %H:%M", &tm) == 0)
		return "-";
	return out;
}

bool print_colour(void)
{
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

const char *colour(const char *sgr)
{
	static char codes[8][16]; /* a few may stand in one printf */
	static unsigned next;
	if (!print_colour())
		return "";
	char *s = codes[next++ % 8];
	snprintf(s, sizeof codes[0], "\033[%sm", *sgr ? sgr : "0");
	return s;
}

static bool harmless(uint32_t c)
{
	return !(c < ' ' || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF);
}

/* Writes at most `columns` wide (0: all); returns the width. */
static int put_text(const char *s, int columns)
{
	size_t n = strlen(s), k, m;
	int width = 0, total = 0;
	for (size_t i = 0; i < n; i += k) {
		int w = utf8proc_charwidth((utf8proc_int32_t)utf8_next(s + i, n - i, &k));
		total += w > 0 ? w : 0;
	}
	bool cut = columns > 0 && total > columns;
	for (size_t i = 0; i < n; i += k) {
		uint32_t c = utf8_next(s + i, n - i, &k);
		int w = utf8proc_charwidth((utf8proc_int32_t)c);
		char put[4];
		if (!harmless(c)) {
			c = columns == 0 && c == '\n' ? '\n' : ' ';
			w = 1;
		}
		if (w > 0 && cut && width + w > columns - 1) {
			fputs("…", stdout);
			return width + 1;
		}
		width += w > 0 ? w : 0;
		utf8_put(put, c, &m);
		fwrite(put, 1, m, stdout);
	}
	return width;
}

void print_text(const char *s, int columns)
{
	put_text(s ? s : "-", columns);
}

void print_column(const char *s, int columns)
{
	int w = put_text(s ? s : "-", columns);
	printf("%*s", columns - w + 1, "");
}
