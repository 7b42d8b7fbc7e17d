#include "desk/drag.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "desk/act.h"
#include "desk/day.h"
#include "store/folder.h"
#include "store/ticket.h"

struct found {
	struct filed_mail mail; /* the first one */
	size_t n;
	bool ours;
};

static bool add(void *ctx, const struct filed_mail *m)
{
	struct found *f = ctx;
	if (f->n++ == 0)
		f->mail = *m;
	f->ours = f->ours || m->ours;
	return true;
}

void dragged_free(struct dragged *r)
{
	free(r->done);
	*r = (struct dragged){0};
}

static bool move(struct desk *d, const struct token_keys *keys, struct ticket *t, int64_t message, int topic, int64_t now, struct dragged *out, struct err *e)
{
	struct commands c;
	struct acted acted;
	struct command_faults faults;
	const struct day today = day_local(now);
	bool sv = strcmp(d->config->office.languages.v[0], "sv") == 0;
	const struct act_ground g = {.desk = d, .keys = keys, .ticket = t, .actor = DESK_MAILBOX, .actor_name = sv ? "Någon i brevlådan" : "Somebody in the mailbox", .admin = true,
	                             .about = message, .text = "", .lang = "en", .now = now};
	char *line = mem_fmt("!move %s", config_topic_name(d->config, topic));
	commands_read(line, &today, &c);
	bool ok = desk_act(&g, &c, &acted, &faults, e);
	if (ok) {
		out->moved = faults.n == 0;
		out->done = mem_dup(faults.n ? faults.v[0].en : "moved");
		command_faults_free(&faults);
		acted_free(&acted);
	}
	commands_free(&c);
	free(line);
	return ok;
}

bool desk_dragged(struct desk *d, const struct token_keys *keys, const char *message_id, int topic, int64_t now, struct dragged *out, struct err *e)
{
	struct found f = {0};
	struct ticket t = {0};
	int64_t id = 0;
	const char *name = config_topic_name(d->config, topic);
	char *folder = mem_fmt("%s/%s", d->config->imap.folder, name);
	*out = (struct dragged){0};
	bool ok = folder_find(d->db, message_id, folder, add, &f, e);
	if (ok && f.n == 1 && !f.ours) { /* of two mails with one Message-ID nobody can say which it is */
		ok = ticket_final(d->db, f.mail.ticket, &id, e) && ticket_get(d->db, id, &t, e) >= 0 && folder_moved(d->db, f.mail.message, folder, e);
		if (ok && t.id && strcmp(t.topic ? t.topic : "triage", name) != 0) {
			out->ticket = t.id;
			ok = move(d, keys, &t, f.mail.message, topic, now, out, e);
		}
	}
	ticket_free(&t);
	free(folder);
	return ok;
}
