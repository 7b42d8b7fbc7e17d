#include "wire/imap_guard.h"

#include <string.h>
#include <strings.h>

enum { TEXT, QUOTED, ESCAPED, BRACE, BRACE_END, BRACE_CR };

static bool refuse(struct err *e, const char *what)
{
	return err_set(e, ERR_TEMPORARY, "the server's answer breaks the IMAP protocol: %s", what);
}

/* Follows "* NUMBER FETCH " at the start of a line: what of it was seen, then 255 when the line is something else. */
static void head(struct imap_guard *g, char c)
{
	static const char name[] = "FETCH ";
	enum { NO = 255, NUMBER = 2, NAME = 3 };
	if (g->head == NO || g->fetch)
		return;
	if (g->head < NUMBER)
		g->head = c == "* "[g->head] ? g->head + 1 : NO;
	else if (g->head == NUMBER) {
		if (c == ' ' && g->digits)
			g->head = NAME;
		else if (c >= '0' && c <= '9')
			g->digits = true;
		else
			g->head = NO;
	} else if ((c & ~0x20) == (name[g->head - NAME] & ~0x20)) {
		g->head++;
		g->fetch = !name[g->head - NAME];
	} else
		g->head = NO;
}

static void next_line(struct imap_guard *g)
{
	g->line = 0;
	g->head = 0;
	g->depth = 0;
	g->state = TEXT;
	g->fetch = g->digits = false;
}

/* A byte outside quotes and braces. */
static bool text(struct imap_guard *g, char c, struct err *e)
{
	if (c == '(' && ++g->depth > IMAP_GUARD_DEPTH)
		return refuse(e, "lists nested too deep");
	if (c == ')' && g->depth > 0)
		g->depth--;
	if (c == '"')
		g->state = QUOTED;
	else if (c == '{') {
		g->state = BRACE;
		g->number = 0;
		g->digits = false;
	} else if (c == '\n')
		next_line(g);
	return true;
}

static bool quoted(struct imap_guard *g, char c, struct err *e)
{
	if (c == '\r' || c == '\n') /* libetpan would go on to the closing quote */
		return refuse(e, "a quoted string over the end of a line");
	if (g->state == ESCAPED && (c == '"' || c == '\\'))
		g->state = QUOTED;
	else
		g->state = c == '"' ? TEXT : c == '\\' ? ESCAPED : QUOTED;
	return true;
}

/* After '{' in a FETCH response: nothing but digits, '}', CR, LF makes a literal, and nothing else may begin with '{'. */
static bool brace(struct imap_guard *g, char c, struct err *e)
{
	if (g->state == BRACE && c >= '0' && c <= '9') {
		g->digits = true;
		g->number = g->number * 10 + (unsigned)(c - '0');
		if (g->number > UINT32_MAX || g->number > g->literal_max)
			return refuse(e, "a literal longer than what was asked for");
	} else if (g->state == BRACE && c == '}' && g->digits)
		g->state = BRACE_END;
	else if (g->state == BRACE_END && c == '\r')
		g->state = BRACE_CR;
	else if (g->state == BRACE_CR && c == '\n') {
		g->state = TEXT;
		g->literal = g->number;
	} else
		return refuse(e, "a malformed literal");
	return true;
}

/* After '{' elsewhere: free text may have one ("{x}"), but not what libetpan could take for a literal. */
static bool stray_brace(struct imap_guard *g, char c, struct err *e)
{
	if ((c >= '0' && c <= '9') || c == '-' || c == ' ')
		return refuse(e, "a literal where none belongs");
	g->state = TEXT;
	return text(g, c, e);
}

static bool byte(struct imap_guard *g, char c, struct err *e)
{
	if (++g->line > IMAP_GUARD_LINE)
		return refuse(e, "a line without end");
	if (!c)
		return refuse(e, "a NUL");
	head(g, c);
	switch (g->state) {
	case QUOTED:
	case ESCAPED:
		return quoted(g, c, e);
	case TEXT:
		return text(g, c, e);
	default:
		return g->fetch ? brace(g, c, e) : stray_brace(g, c, e);
	}
}

bool imap_guard(struct imap_guard *g, const char *p, size_t n, struct err *e)
{
	while (n) {
		if (g->literal) {
			size_t k = n < g->literal ? n : (size_t)g->literal;
			g->literal -= k;
			p += k;
			n -= k;
			continue;
		}
		if (!byte(g, *p, e))
			return false;
		p++;
		n--;
	}
	return true;
}
