/* message: bytes to a mail. GMime 3 parses (libetpan's parser is broken by one hostile mail); its types stay in src/mail.
 *
 * Any bytes give a mail: what is wrong becomes a warning. Time and memory grow linearly and within the limits.
 * `lang` is left NULL (it is found a floor higher, topic/language.h). Does no I/O and reads no clock. */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include "mail/mail.h"

void message_setup(void); /* once in main, before the first message_read(): GMime's global state */
void message_read(const char *raw, size_t n, const struct mail_limits *limits, struct mail *out);
/* Only the header, by a scanner that uses no library: what is left when a mail killed the reader. */
void message_read_header(const char *raw, size_t n, struct mail *out);

#endif
