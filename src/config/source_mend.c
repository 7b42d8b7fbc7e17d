/* A pass over the tokens of libconfig's grammar with a stack of open brackets. What it writes is what libconfig reads: the same
 * lines without comments, [arrays] written as (lists) so that their elements may be judged one by one, integers as 64-bit ones,
 * and what was forgotten put in where that is plain: a comma, a quote, a bracket, '='. */
#include "config/source.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/mem.h"

enum { DEPTH_MAX = 24, DIGITS_MAX = 18 };

/* What may come next in a group (or at the top): a key, its '=', its value, or what ends a value. In a list: the last two. */
enum state { KEY, EQUALS, VALUE, AFTER };

struct known_key {
	const char *name; /* in the text */
	size_t n;
	unsigned line;
};

struct frame {
	char open; /* '{', '(' or '['; '\0' for the top */
	unsigned line;
	enum state state;
	bool after_string;   /* AFTER: the value was a string, and another may be glued to it */
	bool key_at_margin;  /* a key of it stood in the first column */
	struct known_key *keys;
	size_t n_keys;
};

struct pen {
	struct source *s;
	const char *start, *p, *end;
	unsigned line;
	struct buf out;
	struct frame stack[DEPTH_MAX + 1];
	size_t depth;
	const char *key;       /* the last key, in the text */
	size_t key_n, key_at;  /* and where it was written */
	unsigned key_line;
	size_t comma_at;       /* of a list: where the last comma was written, while nothing followed */
	bool has_comma;
	bool guess;            /* an unindented key closes what was left open */
	unsigned missing;      /* line of a bracket that is still open at the end; 0: none */
};

static struct frame *top(struct pen *m)
{
	return &m->stack[m->depth];
}

static bool in_group(const struct frame *f)
{
	return f->open == '{' || f->open == '\0';
}

/* Says nothing on a line of which it was said that it is not understood: what follows would only confuse. */
static void fault(struct pen *m, unsigned line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void fault(struct pen *m, unsigned line, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	if (line == 0 || line > m->s->n_lines || m->s->lines[line - 1].faulty)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	text[utf8_cut(text, strlen(text), sizeof text - 2)] = '\0';
	source_fault(m->s, line, "%s", text);
}

/* What stands on this line is a guess from now on. */
static void not_understood(struct pen *m, unsigned line)
{
	if (line > 0 && line <= m->s->n_lines)
		m->s->lines[line - 1].faulty = true;
}

static void wipe_from(struct pen *m, size_t at)
{
	for (size_t i = at; i < m->out.n; i++)
		if (m->out.s[i] != '\n')
			m->out.s[i] = ' ';
}

static void put(struct pen *m, const char *s, size_t n)
{
	buf_add(&m->out, s, n);
}

static void newline(struct pen *m)
{
	buf_addc(&m->out, '\n');
	m->line++;
}

/* Skips white space and comments, keeping the lines. */
static void skip(struct pen *m)
{
	while (m->p < m->end) {
		char c = *m->p, d = m->p + 1 < m->end ? m->p[1] : '\0';
		if (c == '\n') {
			newline(m);
			m->p++;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
			buf_addc(&m->out, ' ');
			m->p++;
		} else if (c == '#' || (c == '/' && d == '/')) {
			while (m->p < m->end && *m->p != '\n')
				m->p++;
		} else if (c == '/' && d == '*') {
			unsigned from = m->line;
			for (m->p += 2; m->p < m->end && !(*m->p == '*' && m->p + 1 < m->end && m->p[1] == '/'); m->p++)
				if (*m->p == '\n')
					newline(m);
			if (m->p == m->end) {
				fault(m, from, "the comment that begins here with '/*' is not closed with '*/'");
				m->s->broken = true;
			} else {
				m->p += 2;
			}
		} else {
			return;
		}
	}
}

/* The next character that is no white space and no comment, without going there. */
static char peek(const struct pen *m, const char *p)
{
	for (; p < m->end; p++) {
		if (*p == '#' || (*p == '/' && p + 1 < m->end && p[1] == '/')) {
			while (p + 1 < m->end && p[1] != '\n')
				p++;
		} else if (!strchr(" \t\r\n\f\v", *p)) {
			return *p;
		}
	}
	return '\0';
}

static size_t name_length(const char *p, const char *end)
{
	const char *from = p;
	if (p < end && (isalpha((unsigned char)*p) || *p == '*'))
		for (p++; p < end && (isalnum((unsigned char)*p) || *p == '-' || *p == '_' || *p == '*'); p++)
			;
	return (size_t)(p - from);
}

static bool key_follows(const struct pen *m, const char *p)
{
	while (p < m->end && strchr(" \t\r\n", *p))
		p++;
	size_t n = name_length(p, m->end);
	char c = n ? peek(m, p + n) : '\0';
	return c == '=' || c == ':';
}

/* --- brackets --- */

static void push(struct pen *m, char open)
{
	struct frame *f = &m->stack[++m->depth];
	*f = (struct frame){.open = open, .line = m->line, .state = open == '{' ? KEY : VALUE};
	buf_addc(&m->out, open == '{' ? '{' : '(');
	m->has_comma = false;
}

static void pop(struct pen *m)
{
	struct frame *f = top(m);
	if (m->has_comma && !in_group(f) && f->state == VALUE)
		m->out.s[m->comma_at] = ' '; /* a comma after the last element: libconfig 1.5 takes offence */
	m->has_comma = false;
	buf_addc(&m->out, f->open == '{' ? '}' : ')');
	free(f->keys);
	f->keys = NULL;
	m->depth--;
	top(m)->state = AFTER;
	top(m)->after_string = false;
}

static void drop_unfinished(struct pen *m)
{
	struct frame *f = top(m);
	if (!in_group(f) || (f->state != EQUALS && f->state != VALUE))
		return;
	fault(m, m->key_line, f->state == VALUE ? "the value of '%.*s' is missing" : "after '%.*s' there should be '=' and a value",
	      (int)m->key_n, m->key);
	wipe_from(m, m->key_at);
	not_understood(m, m->key_line);
	f->state = KEY;
}

static void close_left_open(struct pen *m)
{
	struct frame *f = top(m);
	drop_unfinished(m);
	fault(m, f->line, "the '%c' on this line is not closed with '%c'", f->open, f->open == '{' ? '}' : f->open == '(' ? ')' : ']');
	pop(m);
}

static void close_bracket(struct pen *m, char c)
{
	char want = c == '}' ? '{' : c == ')' ? '(' : '[';
	size_t d = m->depth;
	while (d > 0 && m->stack[d].open != want)
		d--;
	m->p++;
	if (d == 0 && m->depth > 0 && c != '}' && !in_group(top(m))) {
		fault(m, m->line, "'%c' closes the '%c' of line %u", c, top(m)->open, m->s->lines[top(m)->line - 1].line);
		d = m->depth;
	} else if (d == 0) {
		fault(m, m->line, "'%c' closes nothing", c);
		not_understood(m, m->line);
		return;
	}
	while (m->depth > d)
		close_left_open(m);
	drop_unfinished(m);
	pop(m);
}

static void open_bracket(struct pen *m)
{
	struct frame *f = top(m);
	char c = *m->p++;
	if (m->depth == DEPTH_MAX) {
		fault(m, m->line, "brackets are nested more than %d deep", DEPTH_MAX);
		not_understood(m, m->line);
		m->s->broken = true;
		m->p = m->end;
		return;
	}
	if (f->state == EQUALS) {
		fault(m, m->line, "'=' is missing between '%.*s' and '%c'", (int)m->key_n, m->key, c);
		put(m, "=", 1);
	} else if (in_group(f) && f->state != VALUE) {
		fault(m, m->line, "'%c' where a key was expected: groups and lists are written 'key = %c …'", c, c);
		not_understood(m, m->line);
		buf_addf(&m->out, " " SOURCE_NONAME "%zu = ", m->out.n);
	} else if (!in_group(f) && f->state == AFTER) {
		fault(m, m->line, "a comma is missing before '%c'", c);
		put(m, ",", 1);
	}
	push(m, c);
}

/* --- keys --- */

static void note_key(struct pen *m, const char *name, size_t n)
{
	struct frame *f = top(m);
	for (size_t i = 0; i < f->n_keys; i++) {
		if (f->keys[i].n != n || memcmp(f->keys[i].name, name, n) != 0)
			continue;
		char *place = source_place(m->s, f->keys[i].line, m->line);
		source_fault(m->s, m->line, "'%.*s' stands here a second time: the first is on line %s", (int)n, name, place);
		free(place);
		buf_addf(&m->out, SOURCE_NONAME "%zu", m->out.n);
		return;
	}
	if ((f->n_keys & (f->n_keys - 1)) == 0)
		f->keys = mem_resize(f->keys, f->n_keys ? f->n_keys * 2 : 1, sizeof *f->keys);
	f->keys[f->n_keys++] = (struct known_key){name, n, m->line};
	put(m, name, n);
}

static void key(struct pen *m, size_t n)
{
	bool margin = m->p == m->start || m->p[-1] == '\n';
	if (m->guess && margin && m->depth > 0 && top(m)->n_keys > 0 && !top(m)->key_at_margin)
		while (m->depth > 0) {
			close_left_open(m);
		}
	top(m)->key_at_margin |= margin;
	m->key = m->p;
	m->key_n = n;
	m->key_line = m->line;
	m->key_at = m->out.n;
	note_key(m, m->p, n);
	top(m)->state = EQUALS;
	m->p += n;
}

/* --- values --- */

/* Makes room for a value: false when none can stand here, and it was reported. */
static bool value_wanted(struct pen *m, bool is_string, const char *what, size_t n)
{
	struct frame *f = top(m);
	int shown = n > 40 ? 40 : (int)n;
	if (f->state == EQUALS) {
		fault(m, m->line, "'=' is missing after '%.*s'", (int)m->key_n, m->key);
		put(m, "=", 1);
	} else if (!in_group(f) && f->state == AFTER) {
		fault(m, m->line, "a comma is missing before %.*s", shown, what);
		put(m, ",", 1);
	} else if (f->state == KEY || (f->state == AFTER && !(is_string && f->after_string))) {
		fault(m, m->line, "%.*s where a key was expected", shown, what);
		not_understood(m, m->line);
		return false;
	}
	f->state = AFTER;
	f->after_string = is_string;
	m->has_comma = false;
	return true;
}

/* Where a string most likely was to end, on a line without its closing quote. */
static const char *likely_end(const char *from, const char *stop)
{
	while (stop > from && strchr(" \t\r;,])}", stop[-1]))
		stop--;
	return stop;
}

static void string(struct pen *m)
{
	const char *from = m->p, *q = from + 1;
	bool closed = false, nul = false;
	for (; q < m->end && *q != '\n' && !closed; q++) {
		if (*q == '\\' && q + 1 < m->end && q[1] != '\n') {
			nul |= m->end - q > 3 && q[1] == 'x' && q[2] == '0' && q[3] == '0';
			q++;
		} else if (*q == '"') {
			closed = true;
		}
	}
	if (!closed) {
		fault(m, m->line, "the string that begins with %.*s has no closing '\"' on its line", (int)utf8_cut(from, (size_t)(q - from), 24), from);
		not_understood(m, m->line);
		q = likely_end(from + 1, q);
	} else if (nul) {
		fault(m, m->line, "\\x00 in a string: there is no use for it");
		not_understood(m, m->line);
	}
	if (value_wanted(m, true, from, (size_t)(q - from))) {
		put(m, from, (size_t)(q - from));
		if (!closed)
			put(m, "\"", 1);
	}
	m->p = q;
}

static bool is_delimiter(char c)
{
	return strchr(" \t\r\n\f\v;,=:()[]{}\"#", c) != NULL;
}

static size_t run_length(const struct pen *m)
{
	const char *q = m->p;
	while (q < m->end && (!is_delimiter(*q) || (*q == ':' && q + 1 < m->end && q[1] == '/')))
		q++;
	return q == m->p ? 1 : (size_t)(q - m->p);
}

static bool is_integer(const char *s, size_t n)
{
	size_t sign = n > 0 && (s[0] == '+' || s[0] == '-'), i = sign;
	bool hex = n - i > 2 && s[i] == '0' && (s[i + 1] == 'x' || s[i + 1] == 'X') && sign == 0;
	if (hex)
		i += 2;
	size_t digits = 0;
	for (; i < n && (hex ? isxdigit((unsigned char)s[i]) : isdigit((unsigned char)s[i])); i++)
		digits++;
	while (i < n && s[i] == 'L' && n - i <= 2)
		i++;
	return i == n && digits > 0 && digits <= (hex ? 15 : DIGITS_MAX);
}

static bool is_float(const char *s, size_t n)
{
	char text[64], *stop;
	if (n == 0 || n >= sizeof text || strspn(s, "+-0123456789.eE") < n || strcspn(s, ".eE") >= n)
		return false; /* an integer too large is none */
	memcpy(text, s, n);
	text[n] = '\0';
	strtod(text, &stop);
	return *stop == '\0' && strpbrk(text, "0123456789");
}

static bool is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(s, word, n) == 0;
}

static bool is_quote_mark(const char *p, const char *end, size_t *n)
{
	static const char *const marks[] = {"\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E", "\xE2\x80\x98", "\xE2\x80\x99", "\xC2\xAB", "\xC2\xBB", "'"};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		*n = strlen(marks[i]);
		if ((size_t)(end - p) >= *n && memcmp(p, marks[i], *n) == 0)
			return true;
	}
	return false;
}

/* “Office”: quotes as word processors write them. The string goes on to the next mark of the kind, or to the end of the line. */
static bool other_quotes(struct pen *m)
{
	size_t n;
	if (!is_quote_mark(m->p, m->end, &n))
		return false;
	const char *from = m->p + n, *stop = memchr(m->p, '\n', (size_t)(m->end - m->p)), *q = from;
	if (!stop)
		stop = m->end;
	fault(m, m->line, "strings are written in straight double quotes (\"), not in %.*s", (int)n, m->p);
	not_understood(m, m->line);
	while (q < stop && *q != '"' && !is_quote_mark(q, stop, &n))
		q++;
	const char *close = q == stop || *q == '"' ? likely_end(from, q) : q;
	if (value_wanted(m, true, m->p, (size_t)(close - m->p))) {
		put(m, "\"", 1);
		for (const char *c = from; c < close; c++)
			if (*c != '\\')
				put(m, c, 1);
		put(m, "\"", 1);
	}
	m->p = q == stop ? close : *q == '"' ? q + 1 : q + n;
	return true;
}

/* A value without quotes: a number, true, false, or what should have been a string. */
static void bare(struct pen *m)
{
	if (other_quotes(m))
		return;
	const char *s = m->p;
	size_t n = run_length(m);
	m->p += n;
	if (is_word(s, n, "true") || is_word(s, n, "false") || is_float(s, n) || is_integer(s, n)) {
		if (!value_wanted(m, false, s, n))
			return;
		put(m, s, n);
		if (is_integer(s, n) && s[n - 1] != 'L')
			put(m, "L", 1);
		return;
	}
	int shown = n > 40 ? (int)utf8_cut(s, n, 40) : (int)n;
	if (top(m)->state != VALUE)
		fault(m, m->line, "%.*s is not expected here", shown, s);
	else if (strspn(s, "0123456789") >= n)
		fault(m, m->line, "the number %.*s is too large", shown, s);
	else if (isdigit((unsigned char)s[0]))
		fault(m, m->line, "%.*s is no number; if it is a string it needs double quotes", shown, s);
	else
		fault(m, m->line, "a string needs double quotes: write \"%.*s\"", shown, s);
	not_understood(m, m->line);
	if (!value_wanted(m, true, s, n))
		return;
	put(m, "\"", 1);
	for (size_t i = 0; i < n; i++)
		if (s[i] != '\\')
			put(m, s + i, 1);
	put(m, "\"", 1);
}

static void word(struct pen *m)
{
	size_t n = name_length(m->p, m->end);
	char next = n ? peek(m, m->p + n) : '\0';
	bool is_key = n > 0 && (next == '=' || (next == ':' && m->end - m->p > (ptrdiff_t)n + 2 && memcmp(m->p + n, "://", 3) != 0));
	struct frame *f = top(m);
	if (is_key && !in_group(f)) { /* a list that was never closed, or a group in it that was never opened */
		if (m->depth > 0 && m->stack[m->depth - 1].open != '(' && m->stack[m->depth - 1].open != '[' && f->state == AFTER) {
			close_left_open(m);
		} else {
			fault(m, m->line, "'%.*s' stands in a list: '{' is missing before it", (int)n, m->p);
			if (f->state == AFTER)
				put(m, ",", 1);
			f->state = AFTER;
			push(m, '{');
		}
		key(m, n);
	} else if (is_key && f->state == VALUE) {
		drop_unfinished(m);
		key(m, n);
	} else if (n > 0 && in_group(f) && (f->state == KEY || f->state == AFTER)) {
		key(m, n);
	} else {
		bare(m);
	}
}

/* --- what stands between --- */

static void equals(struct pen *m)
{
	struct frame *f = top(m);
	m->p++;
	if (in_group(f) && f->state == EQUALS) {
		put(m, "=", 1);
		f->state = VALUE;
	} else {
		fault(m, m->line, in_group(f) && f->state != VALUE ? "'=' without a key before it" : "unexpected '='");
		not_understood(m, m->line);
	}
}

static void separator(struct pen *m)
{
	struct frame *f = top(m);
	char c = *m->p++;
	if (in_group(f)) {
		drop_unfinished(m);
		if (f->state == AFTER)
			put(m, ";", 1);
		f->state = KEY;
		return;
	}
	if (c == ';' && (key_follows(m, m->p) || peek(m, m->p) == '\0' || peek(m, m->p) == '}')) {
		close_left_open(m);
		put(m, ";", 1);
		top(m)->state = in_group(top(m)) ? KEY : AFTER;
		return;
	}
	if (c == ';')
		fault(m, m->line, "in a list, ',' stands between the elements, not ';'");
	if (f->state != AFTER)
		return;
	m->comma_at = m->out.n;
	m->has_comma = true;
	put(m, ",", 1);
	f->state = VALUE;
}

static void token(struct pen *m)
{
	switch (*m->p) {
	case '{': case '(': case '[': open_bracket(m); break;
	case '}': case ')': case ']': close_bracket(m, *m->p); break;
	case '=': case ':': equals(m); break;
	case ';': case ',': separator(m); break;
	case '"': string(m); break;
	default: word(m);
	}
}

static void scan(struct pen *m)
{
	for (skip(m); m->p < m->end; skip(m))
		token(m);
	drop_unfinished(m);
	if (m->depth > 0)
		m->missing = m->stack[1].line;
	while (m->depth > 0)
		close_left_open(m);
	free(m->stack[0].keys);
}

/* Runs once; when a bracket turns out to be open at the end, once more with a guess at where it should have been closed. */
void source_mend(struct source *s)
{
	struct faults *real = s->faults, first = {0};
	bool *faulty = mem_array(s->n_lines, sizeof *faulty), broken = s->broken;
	for (size_t i = 0; i < s->n_lines; i++)
		faulty[i] = s->lines[i].faulty;
	const char *text = s->text.s ? s->text.s : "";
	struct pen m = {.s = s, .start = text, .p = text, .end = text + s->text.n, .line = 1};
	struct pen again = m;
	s->faults = &first;
	scan(&m);
	if (m.missing) {
		for (size_t i = 0; i < s->n_lines; i++)
			s->lines[i].faulty = faulty[i];
		s->broken = broken;
		buf_free(&m.out);
		faults_free(&first);
		m = again;
		m.guess = true;
		scan(&m);
	}
	s->faults = real;
	for (size_t i = 0; i < first.n; i++) {
		faults_add(real, first.order[i], first.v[i].file, first.v[i].line, first.v[i].message);
		first.v[i].message = NULL;
	}
	faults_free(&first);
	s->broken |= m.missing != 0;
	buf_free(&s->text);
	s->text = m.out;
	free(faulty);
}
