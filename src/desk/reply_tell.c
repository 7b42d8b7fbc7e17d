/* reply_tell: who writes, and how they and their colleagues are told what became of a mail. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/address.h"
#include "store/ticket.h"

#include "reply_parts.h"

enum { HOUR = 3600 };

const struct config *reply_config(const struct reply *r)
{
	return r->g->desk->config;
}

struct db *reply_db(const struct reply *r)
{
	return r->g->desk->db;
}

const char *reply_writer(const struct reply *r)
{
	return r->g->mail->from.addr;
}

/* The name that people are to see. */
const char *reply_name(const struct reply *r)
{
	const struct config_person *p = config_person(reply_config(r), reply_writer(r));
	if (p && p->name)
		return p->name;
	return r->g->mail->from.name ? r->g->mail->from.name : "";
}

bool reply_same_person(const struct reply *r, const char *a, const char *b)
{
	const struct config_person *p = a ? config_person(reply_config(r), a) : NULL, *q = b ? config_person(reply_config(r), b) : NULL;
	return a && b && (address_same(a, b) || (p && p == q));
}

struct letter_ground reply_letters(const struct reply *r)
{
	const struct reply_ground *g = r->g;
	return (struct letter_ground){.config = reply_config(r), .ticket = g->ticket, .mail = g->mail, .message = g->message, .raw_bytes = g->raw_bytes, .now = g->now, .keys = g->keys};
}

bool reply_event(const struct reply *r, const char *what, struct err *e)
{
	return event_add(reply_db(r), r->g->ticket->id, r->g->now, r->admin ? r->admin : reply_writer(r), what, e);
}

/* To somebody of staff, in their thread; the writer's goes on from the mail in hand. */
bool reply_tell(const struct reply *r, const char *to, const char *template, const struct placeholder *v, size_t n, struct err *e)
{
	const struct letter_ground g = reply_letters(r);
	struct outbox_item item;
	char *thread = NULL;
	bool to_writer = reply_same_person(r, to, reply_writer(r)), ok = to_writer || thread_of_staff(reply_db(r), reply_config(r), g.ticket, to, &thread, e);
	ok = ok && letter_notice(&g, to, template, v, n, to_writer ? g.mail->message_id : thread, &item, e) && letter_post(reply_db(r), &item, g.now, e);
	free(thread);
	return ok;
}

bool reply_tell_writer(const struct reply *r, const char *template, const struct placeholder *v, size_t n, struct err *e)
{
	return reply_tell(r, reply_writer(r), template, v, n, e);
}

/* About a mail that meant nothing. A machine that answers each notice, and does not say what it is, comes to rest so. */
static bool tell_up_to(const struct reply *r, int64_t most, const char *to, const char *template, const struct placeholder *v, size_t n, struct err *e)
{
	int64_t told = 0;
	if (!outbox_notices_since(reply_db(r), r->g->ticket->id, to, r->g->now - HOUR, &told, e))
		return false;
	return told >= most ? reply_event(r, "not told: there were enough notices within the hour", e) : reply_tell(r, to, template, v, n, e);
}

bool reply_tell_writer_up_to(const struct reply *r, int64_t most, const char *template, const struct placeholder *v, size_t n, struct err *e)
{
	return tell_up_to(r, most, reply_writer(r), template, v, n, e);
}

/* Staff who have the ticket, but for the writer. */
bool reply_tell_others_up_to(const struct reply *r, int64_t most, const char *template, const struct placeholder *v, size_t n, struct err *e)
{
	struct strs staff = {0};
	bool ok = participant_list(reply_db(r), r->g->ticket->id, "staff", &staff, e);
	for (size_t i = 0; ok && i < staff.n; i++)
		if (!reply_same_person(r, staff.v[i], reply_writer(r)))
			ok = tell_up_to(r, most, staff.v[i], template, v, n, e);
	strs_free(&staff);
	return ok;
}

void reply_say(struct reply *r, const char *what)
{
	free(r->out->what);
	r->out->what = mem_dup(what);
}

/* A colleague as people know them; the caller frees. */
bool reply_colleague(const struct reply *r, const char *addr, char **name, struct err *e)
{
	const struct config_person *p = addr ? config_person(reply_config(r), addr) : NULL;
	struct message_row m = {0};
	int64_t id = 0;
	*name = NULL;
	if (p && p->name) {
		*name = mem_dup(p->name);
		return true;
	}
	if (addr && !message_last_of(reply_db(r), r->g->ticket->id, addr, &id, e))
		return false;
	if (id && message_get(reply_db(r), id, &m, e) < 0)
		return false;
	*name = mem_dup(m.from_name && *m.from_name ? m.from_name : addr ? addr : "");
	message_row_free(&m);
	return true;
}


bool reply_give_back(struct reply *r, const char *faults, struct err *e)
{
	const struct placeholder v[] = {{"faults", faults}, {"text", r->g->mail->reply_text ? r->g->mail->reply_text : ""}};
	char *what = mem_fmt("nothing was done: a command of %s was at fault", reply_writer(r));
	reply_say(r, what);
	bool ok = reply_event(r, what, e) && reply_tell_writer_up_to(r, FAULTS_AN_HOUR, "command-fault", v, 2, e);
	free(what);
	return ok;
}

bool reply_nothing_sent(struct reply *r, const char *template, const char *what, struct err *e)
{
	const struct placeholder v[] = {{"text", r->commands.rest}};
	reply_say(r, what);
	return reply_event(r, what, e) && reply_tell_writer_up_to(r, FAULTS_AN_HOUR, template, v, 1, e);
}

bool reply_tell_others(const struct reply *r, const char *template, const struct placeholder *v, size_t n, struct err *e)
{
	return reply_tell_others_up_to(r, INT64_MAX, template, v, n, e);
}
