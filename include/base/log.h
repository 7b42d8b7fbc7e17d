/* log: one event a line on stderr, key=value, so that one search tells a mail's whole story:
 *
 *     info event=opened ticket=INT-42 message-id="<x@y>" topic=mobility confidence=0.93 why="nominering in the subject"
 *
 * Values with anything but [A-Za-z0-9._@:/+-] are quoted and escaped, so that a mail cannot forge a line; a value is cut
 * at 300 bytes. Never log a body, a subject of a stranger unquoted, or a secret.
 * Under systemd (JOURNAL_STREAM set) a line begins with the "<N>" priority of sd-daemon(3). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

struct log_field {
	const char *key;
	const char *text; /* NULL: the number is the value, or with `skip_null` the field is left out */
	int64_t number;
	bool is_text;
};

#define LOG_S(key, value) ((struct log_field){(key), (value), 0, true}) /* left out when the value is NULL */
#define LOG_I(key, value) ((struct log_field){(key), 0, (int64_t)(value), false})

/* log_event(LOG_LEVEL_INFO, "opened", LOG_S("ticket", "INT-42"), LOG_I("uid", 7)); at least one field */
#define log_event(level, event, ...) \
	log_fields((level), (event), (const struct log_field[]){__VA_ARGS__, {0, 0, 0, false}})

void log_fields(enum log_level level, const char *event, const struct log_field *fields); /* ends at a key of NULL */
void log_setup(enum log_level most); /* once in main; default LOG_LEVEL_INFO */
void log_name(const char *who);      /* after a fork: printed as proc=who; static */

#endif
