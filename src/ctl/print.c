#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
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

int print_width(void)
{
	enum { LEAST = 40, MOST = 400, UNKNOWN = 80 };
	struct winsize w;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
		return UNKNOWN;
	return w.ws_col < LEAST ? LEAST : w.ws_col > MOST ? MOST : w.ws_col;
}

static int columns_of(const char *s, size_t n)
{
	int width = 0;
	size_t k;
	for (size_t i = 0; i < n; i += k) {
		int w = utf8proc_charwidth((utf8proc_int32_t)utf8_next(s + i, n - i, &k));
		width += w > 0 ? w : 0;
	}
	return width;
}

void print_wrapped(const char *s, int at, int indent)
{
	int width = print_width(), column = at;
	bool first = true; /* on its line */
	size_t n;
	if (s && !strchr(s, '\n') && at + columns_of(s, strlen(s)) <= width) { /* as it is, with its spaces */
		put_text(s, -1);
		putchar('\n');
		return;
	}
	for (s = s ? s : "-"; *s; s += n) {
		if (*s == '\n') {
			n = 1;
			if (s[1])
				printf("\n%*s", column = indent, "");
			first = true;
			continue;
		}
		if (strchr(" \t\r", *s)) {
			n = strspn(s, " \t\r");
			continue;
		}
		n = strcspn(s, " \t\r\n");
		int w = columns_of(s, n);
		if (!first && column + 1 + w > width) {
			printf("\n%*s", column = indent, "");
			first = true;
		}
		if (!first) {
			putchar(' ');
			column++;
		}
		char *one = mem_dupn(s, n);
		column += put_text(one, -1);
		free(one);
		first = false;
	}
	putchar('\n');
}
