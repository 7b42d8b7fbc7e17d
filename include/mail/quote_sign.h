/* quote_sign: the ends of mails: signatures with and without a delimiter, lines of phones, footers of lists, notices of organisations.
 *
 * In the words of the Nordic and the larger European languages. A signature is told by what all have in common: few short lines at the end,
 * with ways to reach someone. */
#ifndef MAIL_QUOTE_SIGN_H
#define MAIL_QUOTE_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/quote_marks.h"

bool quote_is_delimiter(const struct quote_text *t, size_t i); /* "-- " and its kin, with a signature below */
bool quote_is_phone(const struct quote_text *t, size_t i);     /* "Sent from my iPhone" */
bool quote_is_footer(const struct quote_text *t, size_t i);    /* a rule with a mailing list's footer below */
/* The line from which on the end of [0, n) is a signature without a delimiter: name, title, phone; n if there is none. */
size_t quote_signature(const struct quote_text *t, size_t n);

#endif
