/* imap_guard: looks at all that an IMAP server sends before libetpan parses it, and stops what would harm libetpan 1.9.4:
 * lines without end (it holds them whole), nested lists (BODYSTRUCTURE, sent unasked, overflows its stack), literals beyond
 * what was asked for or beyond 32 bits (it takes the number modulo 2^32), and text that it would read differently from us.
 *
 * Literals ({n}, CR LF, n bytes; RFC 3501 §4.3) are let through in FETCH responses alone: nothing else that we ask for has one. */
#ifndef WIRE_IMAP_GUARD_H
#define WIRE_IMAP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { IMAP_GUARD_LINE = 16384, IMAP_GUARD_DEPTH = 8 };

struct imap_guard {          /* all zero: at the start of a line, no literal allowed */
	uint64_t literal_max;    /* a single literal may be this long */
	uint64_t literal;        /* bytes of a literal still to come */
	uint64_t number;         /* the {n} being read */
	size_t line;             /* length of the line so far, without its literals */
	unsigned char state, head; /* where in a line, and how much of "* 1 FETCH " was seen */
	int depth;
	bool fetch, digits;
};

/* The next n bytes from the server. false: e says what is wrong; the connection must be closed. */
bool imap_guard(struct imap_guard *g, const char *p, size_t n, struct err *e);

#endif
