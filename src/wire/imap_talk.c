#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "imap_session.h"

void talk_allow(struct imap *c)
{
	stream_allow(c->stream, c->timeout_ms, TALK_BUDGET);
}

char *talk_read(struct imap *c)
{
	if (c->dead || !mailstream_read_line(c->ms, c->line)) {
		c->dead = true;
		return NULL;
	}
	size_t n = c->line->len; /* libetpan's own removal of line ends reads before the start of an empty line */
	while (n && (c->line->str[n - 1] == '\n' || c->line->str[n - 1] == '\r'))
		n--;
	mmap_string_truncate(c->line, n);
	if (!strncasecmp(c->line->str, "* BYE", 5))
		snprintf(c->bye, sizeof c->bye, "%s", c->line->str + 2);
	return c->line->str;
}

bool talk_send(struct imap *c, const char *bytes, size_t n)
{
	if (c->dead || mailstream_write(c->ms, bytes, n) < 0 || mailstream_flush(c->ms) < 0)
		c->dead = true;
	return !c->dead;
}

bool talk_begin(struct imap *c, const char *command, char tag[static 16])
{
	snprintf(tag, 16, "w%u", ++c->tag); /* libetpan's tags are bare numbers */
	struct buf b = {0};
	buf_addf(&b, "%s %s\r\n", tag, command);
	bool ok = talk_send(c, b.s, b.n);
	buf_free(&b);
	return ok;
}

enum talk talk_finish(struct imap *c, const char *tag, talk_line_fn *line, void *ctx, const char **words)
{
	static const struct { const char *name; enum talk what; } REPLY[] = {{"OK", TALK_OK}, {"NO", TALK_NO}, {"BAD", TALK_BAD}};
	size_t n = strlen(tag);
	for (char *s; (s = talk_read(c));) {
		if (!strncmp(s, "* ", 2)) {
			if (line)
				line(ctx, s);
		} else if (s[0] == '+') {
			*words = s + 1;
			return TALK_MORE;
		} else if (!strncmp(s, tag, n) && s[n] == ' ') {
			for (size_t i = 0; i < sizeof REPLY / sizeof *REPLY; i++) {
				size_t k = strlen(REPLY[i].name);
				if (!strncasecmp(s + n + 1, REPLY[i].name, k) && (s[n + 1 + k] == ' ' || !s[n + 1 + k])) {
					*words = s + n + 1;
					return REPLY[i].what;
				}
			}
			break;
		} else if (*s) /* some servers send empty lines */
			break;
	}
	c->dead = true;
	return TALK_DEAD;
}

enum talk talk_command(struct imap *c, const char *command, talk_line_fn *line, void *ctx, const char **words)
{
	char tag[16];
	talk_allow(c);
	*words = "";
	return talk_begin(c, command, tag) ? talk_finish(c, tag, line, ctx, words) : TALK_DEAD;
}

const char *talk_quote(const char *words, char out[static 256])
{
	size_t n = 0;
	out[n++] = '"';
	for (; *words && n < 200; words++)
		out[n++] = (unsigned char)*words < ' ' || (unsigned char)*words >= 0x7f ? '?' : *words == '"' ? '\'' : *words;
	out[n++] = '"';
	out[n] = '\0';
	return out;
}
