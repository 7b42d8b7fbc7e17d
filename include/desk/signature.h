/* signature: is all that stands below a colleague's commands but their signature? Then there is no answer in the mail. Pure.
 *
 * mail/quote.h cuts off what is surely a signature, but leaves one that would leave nothing, and one without a delimiter. Here we know more: the
 * writer's name, and that nothing else was written. */
#ifndef DESK_SIGNATURE_H
#define DESK_SIGNATURE_H

#include <stdbool.h>

/* "" and blanks are, too. name: the writer's, or NULL. */
bool signature_alone(const char *text, const char *name);

#endif
