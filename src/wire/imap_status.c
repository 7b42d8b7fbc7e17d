#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "imap_session.h"

struct asking {
	struct imap *c;
	struct imap_box *out;
};

static uint32_t number_behind(const char *list, const char *name)
{
	const char *s = strcasestr(list, name);
	return s ? (uint32_t)strtoul(s + strlen(name), NULL, 10) : 0;
}

/* "* STATUS Ingang/mobility (UIDNEXT 12 UIDVALIDITY 3)"; or news of the mailbox that is selected. */
static void see_status(void *ctx, const char *line)
{
	struct asking *a = ctx;
	const char *list = strrchr(line, '(');
	if (!strncasecmp(line, "* STATUS ", 9) && list) {
		a->out->uidnext = number_behind(list, "UIDNEXT ");
		a->out->uidvalidity = number_behind(list, "UIDVALIDITY ");
		return;
	}
	const char *s = line + 2;
	while (isdigit((unsigned char)*s))
		s++;
	if (s > line + 2 && !strcasecmp(s, " EXISTS"))
		a->c->news = true;
}

bool imap_status(struct imap *c, const char *folder, struct imap_box *out, struct err *e)
{
	char quote[256];
	const char *words;
	struct asking a = {c, out};
	*out = (struct imap_box){0};
	if (!imap_ready(c, false, e))
		return false;
	char *name = imap_name(c, folder, true, e);
	if (!name)
		return false;
	char *command = mem_fmt("STATUS \"%s\" (UIDNEXT UIDVALIDITY)", name);
	enum talk t = talk_command(c, command, see_status, &a, &words);
	free(command);
	free(name);
	if (t == TALK_NO) {
		*out = (struct imap_box){0};
		return true;
	}
	if (t == TALK_BAD)
		return err_set(e, ERR_REFUSED, "cannot ask for the folder '%s': '%s' refuses: %s", folder, c->where, talk_quote(words, quote));
	return t == TALK_OK || imap_dead(c, "cannot ask for a folder", e);
}
