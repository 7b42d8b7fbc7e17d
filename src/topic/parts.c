#include "topic/parts.h"

#include <string.h>
#include <strings.h>

enum prefix { FRESH, REPLY, FORWARD };

/* What the outermost prefix says of the mail: "VB: SV: …" was sent on, "Re: …" answers. */
static enum prefix subject_prefix(const char *subject)
{
	static const struct {
		const char *mark;
		enum prefix prefix;
	} marks[] = {{"re:", REPLY},   {"sv:", REPLY},   {"aw:", REPLY},   {"antw:", REPLY}, {"vs:", REPLY},  {"odp:", REPLY},
	             {"r:", REPLY},    {"svar:", REPLY}, {"vb:", FORWARD}, {"fw:", FORWARD}, {"fwd:", FORWARD},
	             {"wg:", FORWARD}, {"tr:", FORWARD}, {"rv:", FORWARD}, {"vl:", FORWARD}, {"i:", FORWARD}};
	while (*subject == ' ')
		subject++;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strncasecmp(subject, marks[i].mark, strlen(marks[i].mark)) == 0)
			return marks[i].prefix;
	return FRESH;
}

bool subject_answers(const char *subject)
{
	return subject_prefix(subject) == REPLY;
}

void mail_parts(const struct mail *m, struct mail_parts *out)
{
	const char *text = m->text ? m->text : "", *now = m->reply_text ? m->reply_text : "";
	size_t n = strlen(now);
	*out = (struct mail_parts){.subject = m->subject ? m->subject : "", .body = *now ? now : text, .carried = ""};
	out->attached = m->attached_text ? m->attached_text : "";
	out->answers = subject_answers(out->subject);
	if (*now && subject_prefix(out->subject) == FORWARD)
		out->carried = strncmp(text, now, n) == 0 ? text + n : text;
}
