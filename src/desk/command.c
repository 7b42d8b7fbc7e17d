#include "desk/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "command_parts.h"
#include "desk/spell.h"

enum { COMMANDS = 20, WORDS = 5 }; /* in a mail; in the longest spelling */

static bool is_invisible(uint32_t c) /* also what turns the direction of writing; joiners stay, emoji are made with them */
{
	return c == 0xAD || c == 0x200B || c == 0x200E || c == 0x200F || c == 0x2060 || c == 0xFEFF || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_space(uint32_t c)
{
	return c <= ' ' || (c >= 0x7F && c <= 0xA0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
	       c == 0x3000;
}

/* One line without blanks at its ends, all blanks being ' ', and nothing that one does not see. */
static char *clean(const char *s, size_t n)
{
	struct buf b = {0};
	buf_reserve(&b, n);
	for (size_t i = 0, k; i < n; i += k) {
		uint32_t c = utf8_next(s + i, n - i, &k);
		if (is_space(c)) {
			if (b.n)
				buf_addc(&b, ' ');
		} else if (c == 0xFFFD) {
			buf_adds(&b, "\xEF\xBF\xBD");
		} else if (!is_invisible(c)) {
			buf_add(&b, s + i, k);
		}
	}
	while (b.n && b.s[b.n - 1] == ' ')
		buf_cut(&b, b.n - 1);
	return buf_take(&b);
}

/* What follows the '!' of a line, or NULL where it is none of a command. */
static char *command_of(char *line)
{
	size_t mark = line[0] == '!' ? 1 : strncmp(line, "！", 3) == 0 ? 3 : 0, k;
	if (mark == 0)
		return NULL;
	char *s = line + mark + strspn(line + mark, " ");
	bool letter = *s && !(*s >= '0' && *s <= '9') && char_is_word(utf8_next(s, strlen(s), &k));
	return letter ? s : NULL;
}

/* "note:text" and "move=mobility" are two words where the first one is known. */
static void part_words(char *s)
{
	enum command_kind k;
	size_t n = strcspn(s, " "), colon = strcspn(s, ":=");
	if (colon >= n)
		return;
	char *key = spell_compact(s, colon);
	if (command_find(key, &k))
		s[colon] = ' ';
	free(key);
}

/* The longest row of words from the first on that is a command; returns its length in bytes, 0: none. */
static size_t match(const char *s, enum command_kind *out)
{
	size_t end = 0, found = 0;
	enum command_kind k;
	for (int i = 0; i < WORDS && s[end]; i++) {
		size_t from = end + strspn(s + end, " ");
		end = from + strcspn(s + from, " ");
		char *key = spell_compact(s, end), *last = spell_compact(s + from, end - from);
		if (*last && command_find(key, &k)) {
			found = end;
			*out = k;
		}
		free(key);
		free(last);
	}
	return found;
}

static void read_line(struct command_reading *r, char *line, char *s)
{
	struct commands *out = r->out;
	struct command c = {0};
	r->line = line;
	if (++r->lines > COMMANDS) {
		if (r->lines == COMMANDS + 1)
			fault_many(r, COMMANDS);
		return;
	}
	part_words(s);
	size_t n = match(s, &c.kind);
	if (n == 0) {
		n = strcspn(s, " ");
		while (n > 1 && strchr(".,:;!?", s[n - 1]))
			n--;
		fault_unknown(r, s, n);
		return;
	}
	c.line = mem_dup(line);
	command_args_read(r, &c, s + n);
	if ((out->n & (out->n - 1)) == 0) /* grow at powers of two */
		out->v = mem_resize(out->v, out->n ? out->n * 2 : 1, sizeof *out->v);
	out->v[out->n++] = c;
}

/* Reads the commands; returns where the first ordinary line begins. */
static size_t read_lines(struct command_reading *r, const char *text)
{
	size_t at = 0, n = strlen(text);
	while (at < n) {
		size_t len = strcspn(text + at, "\n");
		char *line = clean(text + at, len), *s = command_of(line);
		bool blank = *line == '\0';
		if (s) {
			char *copy = mem_dup(line); /* read_line parts its words */
			read_line(r, line, copy + (s - line));
			free(copy);
		}
		free(line);
		if (!s && !blank)
			return at;
		at += len + (text[at + len] == '\n');
	}
	return n;
}

static const struct command *first_of(const struct commands *c, enum command_kind a, enum command_kind b)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind == a || c->v[i].kind == b)
			return &c->v[i];
	return NULL;
}

/* Whom the rest is for. Where that is in doubt it is not for the requester: a remark among colleagues must not be sent. */
static void settle_rest(struct command_reading *r)
{
	struct commands *c = r->out;
	const struct command *note = first_of(c, COMMAND_NOTE, COMMAND_NOTE), *ask = first_of(c, COMMAND_ASK, COMMAND_ASK);
	const struct command *answer = first_of(c, COMMAND_TO_SENDER, COMMAND_SEND), *taker = note ? note : ask;
	c->rest_is = REST_ANSWER;
	for (size_t i = 0; i < c->n && !answer; i++) {
		enum command_rest rest = command_form(c->v[i].kind)->rest;
		if (c->rest_is == REST_ANSWER || rest == REST_COVER)
			c->rest_is = rest == REST_ANSWER ? c->rest_is : rest;
	}
	if (ask)
		c->rest_is = REST_QUESTION;
	if (note && *c->rest)
		c->rest_is = REST_NOTE;
	r->line = taker ? taker->line : "";
	if (*c->rest && note && ask)
		fault_together(r, COMMAND_NOTE, COMMAND_ASK);
	if (*c->rest && taker && answer)
		fault_together(r, taker->kind, answer->kind);
}

/* A note takes what stands below it: the end of a long line that the mail program has broken, and further paragraphs. */
static void settle_notes(struct command_reading *r)
{
	struct command *last = NULL;
	for (size_t i = 0; i < r->out->n; i++) {
		struct command *c = &r->out->v[i];
		if (c->kind != COMMAND_NOTE)
			continue;
		if (last && !*last->text) { /* nothing on its own line, and the text below is another's */
			r->line = last->line;
			fault_missing(r, COMMAND_NOTE, ARGS_TEXT);
		}
		last = c;
	}
	if (!last)
		return;
	if (*r->out->rest) {
		char *text = mem_fmt("%s%s%s", last->text, *last->text ? "\n" : "", r->out->rest);
		free(last->text);
		last->text = text;
		r->out->rest[0] = '\0';
	}
	if (!*last->text) {
		r->line = last->line;
		fault_missing(r, COMMAND_NOTE, ARGS_TEXT);
	}
}

void commands_read(const char *text, const struct day *today, struct commands *out)
{
	struct command_reading r = {.today = today, .out = out};
	*out = (struct commands){0};
	size_t at = read_lines(&r, text);
	if (out->n + out->n_faults == 0) {
		out->rest = mem_dup(text);
	} else {
		size_t n = strlen(text + at);
		while (n && strchr(" \t\r\n", text[at + n - 1]))
			n--;
		out->rest = mem_dupn(text + at, n);
	}
	settle_rest(&r);
	settle_notes(&r);
}

void commands_free(struct commands *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].line);
		free(c->v[i].topic);
		free(c->v[i].text);
		strs_free(&c->v[i].addresses);
	}
	for (size_t i = 0; i < c->n_faults; i++) {
		free(c->faults[i].line);
		free(c->faults[i].sv);
		free(c->faults[i].en);
	}
	free(c->v);
	free(c->faults);
	free(c->rest);
	*c = (struct commands){0};
}
