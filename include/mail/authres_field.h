/* authres_field: one Authentication-Results field taken apart (RFC 8601 §2.2): comments, quoted strings, blanks where the grammar has them.
 *
 * A little more lenient than the grammar where servers are: values with '=', '/' or '@' without quotes, "action=none" without a kind,
 * an empty result or a ';' at the end. What cannot be read of a result makes that result `broken`; a quote or comment without its
 * end, or more than a server writes, makes the field `unreadable`. Linear. */
#ifndef MAIL_AUTHRES_FIELD_H
#define MAIL_AUTHRES_FIELD_H

#include <stdbool.h>
#include <stddef.h>

enum { AUTHRES_WORD = 320, AUTHRES_RESULTS = 64, AUTHRES_BYTES = 16384 };

struct authres_result {
	char method[32], result[32];     /* "" where they could not be read; compare without case */
	char from[AUTHRES_WORD];         /* header.from, header.d, header.i: "" where it was not said; "?" where it was said twice */
	char d[AUTHRES_WORD], i[AUTHRES_WORD];
	bool broken;
};

struct authres_field {
	char id[AUTHRES_WORD]; /* authserv-id without quotes; "" where there is none */
	struct authres_result *v;
	size_t n;
	bool unreadable;       /* also: of a version that we do not know */
};

/* value: unfolded. Free *out with authres_field_free(). */
void authres_field_read(const char *value, struct authres_field *out);
void authres_field_free(struct authres_field *f);

#endif
