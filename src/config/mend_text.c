#include "config/mend.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"

struct frame *mend_top(struct pen *m)
{
	return &m->stack[m->depth];
}

bool mend_in_group(const struct frame *f)
{
	return f->open == '{' || f->open == '\0';
}

void mend_fault(struct pen *m, unsigned line, const char *fmt, ...)
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

void mend_not_understood(struct pen *m, unsigned line)
{
	if (line > 0 && line <= m->s->n_lines)
		m->s->lines[line - 1].faulty = true;
}

void mend_give_up(struct pen *m)
{
	mend_not_understood(m, m->line);
	m->s->broken = m->s->cut = m->gave_up = true;
	m->end = m->p;
}

void mend_wipe_from(struct pen *m, size_t at)
{
	for (size_t i = at; i < m->out.n; i++)
		if (m->out.s[i] != '\n')
			m->out.s[i] = ' ';
}

void mend_put(struct pen *m, const char *s, size_t n)
{
	buf_add(&m->out, s, n);
}

static void newline(struct pen *m)
{
	buf_addc(&m->out, '\n');
	m->line++;
}

void mend_skip(struct pen *m)
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
				mend_fault(m, from, "the comment that begins here with '/*' is not closed with '*/'");
				m->s->broken = true;
			} else {
				m->p += 2;
			}
		} else {
			return;
		}
	}
}

char mend_peek(const struct pen *m, const char *p)
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

size_t mend_name_length(const char *p, const char *end)
{
	const char *from = p;
	if (p < end && (isalpha((unsigned char)*p) || *p == '*'))
		for (p++; p < end && (isalnum((unsigned char)*p) || *p == '-' || *p == '_' || *p == '*'); p++)
			;
	return (size_t)(p - from);
}

bool mend_key_follows(const struct pen *m, const char *p)
{
	while (p < m->end && strchr(" \t\r\n", *p))
		p++;
	size_t n = mend_name_length(p, m->end);
	char c = n ? mend_peek(m, p + n) : '\0';
	return c == '=' || c == ':';
}

static bool is_delimiter(char c)
{
	return strchr(" \t\r\n\f\v;,=:()[]{}\"#", c) != NULL;
}

size_t mend_run_length(const struct pen *m)
{
	const char *q = m->p;
	while (q < m->end && (!is_delimiter(*q) || (*q == ':' && q + 1 < m->end && !is_delimiter(q[1]))))
		q++;
	return q == m->p ? 1 : (size_t)(q - m->p);
}

bool mend_is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(s, word, n) == 0;
}
