#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fold.h"

enum { VALUE_MAX = 300 };

/* The two settings of the process's one log; set in main and after a fork. */
static enum log_level most_level = LOG_LEVEL_INFO;
static const char *process_name;

void log_setup(enum log_level most)
{
	most_level = most;
}

void log_name(const char *who)
{
	process_name = who;
}

static bool plain(const char *s)
{
	static const char also[] = "._@:/+-";
	if (!*s)
		return false;
	for (; *s; s++)
		if (!((unsigned char)*s < 0x80 && char_is_word((unsigned char)*s)) && !strchr(also, *s))
			return false;
	return true;
}

static void quoted(struct buf *b, const char *s)
{
	size_t all = strlen(s), n = utf8_cut(s, all, VALUE_MAX), k;
	buf_addc(b, '"');
	for (size_t i = 0; i < n; i += k) {
		uint32_t c = utf8_next(s + i, n - i, &k);
		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", (char)c);
		else if (c < ' ' || (c >= 0x7F && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
		         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF)
			buf_addf(b, "\\u%04" PRIx32, c);
		else if (c == 0xFFFD)
			buf_adds(b, "\xEF\xBF\xBD");
		else
			buf_add(b, s + i, k);
	}
	buf_adds(b, n < all ? "…\"" : "\"");
}

static const char *level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR: return "error";
	case LOG_LEVEL_WARN: return "warning";
	case LOG_LEVEL_INFO: return "info";
	case LOG_LEVEL_DEBUG: return "debug";
	}
	return "error";
}

void log_fields(enum log_level level, const char *event, const struct log_field *f)
{
	if (level > most_level)
		return;
	struct buf b = {0};
	if (getenv("JOURNAL_STREAM"))
		buf_addf(&b, "<%d>", (int)level);
	buf_addf(&b, "%s event=%s", level_name(level), event);
	if (process_name)
		buf_addf(&b, " proc=%s", process_name);
	for (; f->key; f++) {
		if (f->is_text && !f->text)
			continue;
		buf_addf(&b, " %s=", f->key);
		if (!f->is_text)
			buf_addf(&b, "%" PRId64, f->number);
		else if (plain(f->text) && strlen(f->text) <= VALUE_MAX)
			buf_adds(&b, f->text);
		else
			quoted(&b, f->text);
	}
	buf_addc(&b, '\n');
	for (size_t at = 0; at < b.n;) { /* one write a line, so that lines of several processes do not mix */
		ssize_t k = write(STDERR_FILENO, b.s + at, b.n - at);
		if (k <= 0)
			break;
		at += (size_t)k;
	}
	buf_free(&b);
}
