/* May all of this be done? Every command against the ticket, the config, and what the actor may do, before anything is. */
#include <stdlib.h>
#include <string.h>

#include "act_parts.h"
#include "base/fold.h"
#include "desk/command_words.h"
#include "desk/spell.h"
#include "desk/staff.h"
#include "mail/address.h"
#include "store/message.h"
#include "store/outbox.h"

/* --- topics --- */

static bool is_spelled(const char *compact, const char *name)
{
	char *key = spell_compact(name, strlen(name));
	bool same = *compact && strcmp(key, compact) == 0;
	free(key);
	return same;
}

static bool is_begun(const char *compact, const char *name)
{
	char *key = spell_compact(name, strlen(name));
	bool yes = str_starts(key, compact);
	free(key);
	return yes;
}

static bool is_titled(const char *compact, const struct strs *titles)
{
	for (size_t i = 0; i < titles->n; i++)
		if (is_spelled(compact, titles->v[i]))
			return true;
	return false;
}

/* A topic whose name or title begins so; *many: several do. */
static bool begins(const struct config *c, const char *key, int *topic, bool *many)
{
	bool found = false;
	for (int i = -1; i < (int)c->n_topics; i++) {
		const struct strs *titles = i < 0 ? &c->triage.titles : &c->topics[i].titles;
		bool hit = is_begun(key, config_topic_name(c, i));
		for (size_t k = 0; k < titles->n; k++)
			hit = hit || is_begun(key, titles->v[k]);
		*many = *many || (hit && found);
		found = found || hit;
		*topic = hit ? i : *topic;
	}
	return found && !*many;
}

bool act_topic(const struct config *c, const char *written, int *topic)
{
	enum { SHORTEST = 3 };
	char *key = spell_compact(written, strlen(written));
	bool found = is_spelled(key, config_topic_name(c, -1)) || is_titled(key, &c->triage.titles), many = false;
	*topic = -1;
	for (size_t i = 0; !found && i < c->n_topics; i++)
		if (is_spelled(key, c->topics[i].name) || is_titled(key, &c->topics[i].titles)) {
			*topic = (int)i;
			found = true;
		}
	found = found || (strlen(key) >= SHORTEST && begins(c, key, topic, &many));
	free(key);
	return found;
}

static void add_known(struct strs *keys, struct strs *words, const char *word)
{
	strs_own(keys, spell_compact(word, strlen(word)));
	strs_add(words, word);
}

/* The name or title that was most likely meant, or NULL; the caller frees. */
static char *nearest_topic(const struct config *c, const char *written)
{
	struct strs keys = {0}, words = {0};
	char *key = spell_compact(written, strlen(written)), *found = NULL;
	for (int i = -1; i < (int)c->n_topics; i++) {
		const struct strs *titles = i < 0 ? &c->triage.titles : &c->topics[i].titles;
		add_known(&keys, &words, config_topic_name(c, i));
		for (size_t k = 0; k < titles->n; k++)
			add_known(&keys, &words, titles->v[k]);
	}
	const char *near = str_nearest(key, (const char *const *)keys.v, keys.n);
	for (size_t i = 0; near && !found && i < keys.n; i++)
		if (keys.v[i] == near)
			found = mem_dup(words.v[i]);
	strs_free(&keys);
	strs_free(&words);
	free(key);
	return found;
}

static char *all_topics(const struct config *c, const char *lang)
{
	struct buf b = {0};
	for (int i = 0; i < (int)c->n_topics; i++)
		buf_addf(&b, "%s (%s), ", c->topics[i].name, config_topic_title(c, i, lang));
	buf_addf(&b, "%s (%s)", config_topic_name(c, -1), config_topic_title(c, -1, lang));
	return buf_take(&b);
}

static void unknown_topic(struct act *a, const struct command *k)
{
	enum { SHOWN = 60 };
	char *near = nearest_topic(a->config, k->topic), *sv = all_topics(a->config, "sv"), *en = all_topics(a->config, "en");
	size_t n = strlen(k->topic), cut = utf8_cut(k->topic, n, SHOWN);
	char *word = mem_fmt("%.*s%s", (int)cut, k->topic, cut < n ? "…" : "");
	if (near)
		act_fault(a, k, mem_fmt("Ämnet ”%s” finns inte. Menade du ”%s”? Ämnena är: %s.", word, near, sv),
		          mem_fmt("There is no topic “%s”. Did you mean “%s”? The topics are: %s.", word, near, en));
	else
		act_fault(a, k, mem_fmt("Ämnet ”%s” finns inte. Ämnena är: %s.", word, sv), mem_fmt("There is no topic “%s”. The topics are: %s.", word, en));
	free(near);
	free(sv);
	free(en);
	free(word);
}

/* --- people --- */

bool act_allowed(const struct config *c, const struct ticket *t, const char *addr)
{
	return staff_works_for(c, addr, t->topic ? config_topic_index(c, t->topic) : -1) || same_person(c, t->owner, addr);
}

static bool is_own(struct act *a, const struct command *k, const char *addr)
{
	if (!config_is_own_address(a->config, addr))
		return false;
	ACT_FAULT(a, k, "%s är kontorets egen adress: mejlet skulle komma tillbaka hit.", "%s is the office's own address: the mail would come back here.", addr);
	return true;
}

/* Somebody outside, who is to get a mail and answer it. */
static bool check_outsider(struct act *a, const struct command *k, const char *addr, struct err *e)
{
	char *role = NULL;
	if (is_own(a, k, addr))
		return true;
	if (!participant_role(a->db, a->t->id, addr, &role, e))
		return false;
	if (address_is_robot(addr))
		ACT_FAULT(a, k, "%s är en adress som ingen människa läser.", "%s is an address that nobody reads.", addr);
	else if (address_same(addr, a->t->requester_addr) || (role && strcmp(role, "requester") == 0))
		ACT_FAULT(a, k, "%s är den som har skrivit till oss. Svara utan kommando, så går ditt svar dit.",
		          "%s is the one who wrote to us. Reply without a command, and your answer goes there.", addr);
	free(role);
	return true;
}

/* A text for people outside with a mail of ours to staff in it, quoted in some way that we do not know: its links are for colleagues alone. */
static bool check_leak(struct act *a, const struct command *k, struct err *e)
{
	char word[TOKEN_TEXT + 1];
	int64_t row = 0;
	for (const char *s = a->g->text; row == 0 && (s = token_find(s, word)) != NULL;)
		if (!outbox_by_token(a->db, word, &row, e))
			return false;
	if (row)
		act_fault(a, k, mem_dup("Texten innehåller vårt mejl till dig, med länkar som bara är till för kollegorna. Ta bort det som är citerat, och skicka en gång till."),
		          mem_dup("The text holds our mail to you, with links that are for colleagues alone. Take out what is quoted, and send it once more."));
	return true;
}

static bool check_ask(struct act *a, const struct command *k, struct err *e)
{
	for (size_t i = 0; i < k->addresses.n; i++)
		if (!check_outsider(a, k, k->addresses.v[i], e))
			return false;
	if (!*a->g->text) {
		const char *to = k->addresses.v[0];
		ACT_FAULT(a, k, "Frågan saknas. Skriv den under raden med kommandot, till exempel så här:\n!fråga %s\nHej! Kan ni godkänna det här?",
		          "The question is missing. Write it below the line with the command, for example:\n!ask %s\nHello! Can you approve this?", to);
	}
	return check_leak(a, k, e);
}

static bool check_handover(struct act *a, const struct command *k, struct err *e)
{
	const char *to = k->addresses.v[0];
	if (config_is_staff(a->config, to) && !config_is_own_address(a->config, to)) {
		ACT_FAULT(a, k, "%s är en kollega här. Skriv ”!tilldela %s”, så får hen ärendet.", "%s is a colleague here. Write “!assign %s” to give them the ticket.", to, to);
		return true;
	}
	return check_outsider(a, k, to, e) && check_leak(a, k, e);
}

static void check_assign(struct act *a, const struct command *k)
{
	const char *to = k->addresses.v[0];
	if (!is_own(a, k, to) && !config_is_staff(a->config, to))
		ACT_FAULT(a, k, "%s står inte på listan över medarbetare. Ska en annan avdelning ta över, skriv ”!överlämna %s”; ska den svara på en fråga, skriv ”!fråga %s”.",
		          "%s is not on the staff list. If another division is to take over, write “!handover %s”; if it is to answer a question, “!ask %s”.", to, to, to);
}

/* --- the ticket's state --- */

static bool is_status(const struct act *a, const char *status)
{
	return strcmp(a->t->status, status) == 0;
}

static bool has(const struct commands *c, enum command_kind k)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind == k)
			return true;
	return false;
}

static bool same_topic(const struct act *a, int topic)
{
	return (a->t->topic ? config_topic_index(a->config, a->t->topic) : -1) == topic && (topic >= 0 || !a->t->topic);
}

static void check_move(struct act *a, const struct command *k)
{
	if (!act_topic(a->config, k->topic, &a->topic))
		unknown_topic(a, k);
	else if (same_topic(a, a->topic))
		act_fault(a, k, mem_fmt("Ärendet hör redan till ”%s”.", config_topic_title(a->config, a->topic, "sv")),
		          mem_fmt("The ticket is in “%s” already.", config_topic_title(a->config, a->topic, "en")));
}

static void check_also(struct act *a, const struct command *k)
{
	if (!act_topic(a->config, k->topic, &a->also))
		unknown_topic(a, k);
	else if (a->also < 0)
		act_fault(a, k, mem_dup("Ett andra ämne måste vara ett av ämnena. Skriv ”!flytta triage” om du inte vet vart ärendet hör."),
		          mem_dup("A second topic has to be one of the topics. Write “!move triage” if you do not know where the ticket belongs."));
	else if (same_topic(a, a->also))
		act_fault(a, k, mem_fmt("Ärendet hör redan till ”%s”.", config_topic_title(a->config, a->also, "sv")),
		          mem_fmt("The ticket is in “%s” already.", config_topic_title(a->config, a->also, "en")));
	else if (a->t->second_topic && strcmp(a->t->second_topic, config_topic_name(a->config, a->also)) == 0)
		act_fault(a, k, mem_fmt("”%s” är redan ärendets andra ämne.", config_topic_title(a->config, a->also, "sv")),
		          mem_fmt("“%s” is the ticket's second topic already.", config_topic_title(a->config, a->also, "en")));
}

static void check_state(struct act *a, const struct command *k)
{
	if (k->kind == COMMAND_REOPEN && is_status(a, "open"))
		act_fault(a, k, mem_dup("Ärendet är redan öppet."), mem_dup("The ticket is open already."));
	if (k->kind == COMMAND_WAIT && is_status(a, "closed") && !has(a->c, COMMAND_REOPEN))
		act_fault(a, k, mem_dup("Ärendet är stängt. Skriv ”!öppna” på en egen rad före ”!vänta”."),
		          mem_dup("The ticket is closed. Write “!reopen” on a line of its own before “!wait”."));
}

/* --- other tickets, other mails --- */

static bool check_merge(struct act *a, const struct command *k, struct err *e)
{
	int64_t final;
	char *tag = act_tag(a->config, k->number);
	bool ok = ticket_final(a->db, k->number, &final, e);
	if (ok && final == 0) {
		ACT_FAULT(a, k, "Ärendet %s finns inte.", "There is no ticket %s.", tag);
	} else if (ok && final == a->t->id) {
		ACT_FAULT(a, k, k->number == a->t->id ? "%s är det här ärendet." : "%s är redan en del av det här ärendet.",
		          k->number == a->t->id ? "%s is this ticket." : "%s is a part of this ticket already.", tag);
	} else if (ok) {
		ticket_free(&a->other);
		ok = ticket_get(a->db, final, &a->other, e) > 0;
		if (ok && !a->g->admin && !act_allowed(a->config, &a->other, a->g->actor))
			ACT_FAULT(a, k, "Ärendet %s hör till ett annat ämne. Be dem som har det att slå ihop ärendena.",
			          "The ticket %s belongs to another topic. Ask those who have it to merge the two.", tag);
	}
	free(tag);
	return ok;
}

static bool check_split(struct act *a, const struct command *k, struct err *e)
{
	int64_t first;
	if (!message_first(a->db, a->t->id, &first, e))
		return false;
	if (a->g->admin && a->g->about && a->g->about != a->about)
		ACT_FAULT(a, k, "Mejlet %lld hör inte till det här ärendet.", "The mail %lld is not on this ticket.", (long long)a->g->about);
	else if (a->about == 0 || a->about == first)
		act_fault(a, k, mem_dup("Det är ärendets första mejl. Svara på det senare mejlet som ska bli ett eget ärende."),
		          mem_dup("It is the ticket's first mail. Reply to the later one that is to become a ticket of its own."));
	return true;
}

static bool add_writer(void *ctx, const struct outbox_item *i)
{
	struct act *a = ctx;
	if (strcmp(i->state, "held") == 0 && i->writer && (a->g->admin || same_person(a->config, i->writer, a->g->actor)) && !strs_has_case(&a->writers, i->writer))
		strs_add(&a->writers, i->writer);
	return true;
}

static bool check_send(struct act *a, const struct command *k, struct err *e)
{
	if (!outbox_of_ticket(a->db, a->t->id, add_writer, a, e))
		return false;
	if (a->writers.n == 0)
		act_fault(a, k, mem_dup("Du har inget svar i ärendet som hålls inne."), mem_dup("No answer of yours is held on this ticket."));
	return true;
}

static void check_sender(struct act *a, const struct command *k)
{
	bool something = *a->g->text || (a->g->mail && a->g->mail->n_attachments);
	if (a->c->rest_is != REST_ANSWER || !something)
		act_fault(a, k, mem_dup("Svaret saknas. Skriv det under raden med kommandot."), mem_dup("The answer is missing. Write it below the line with the command."));
}

/* What the reading of it left out is a fault already. */
static bool is_whole(const struct command *k)
{
	switch (command_form(k->kind)->args) {
	case ARGS_ADDRESS:
	case ARGS_ADDRESS_WATCH:
	case ARGS_ADDRESSES_DATE: return k->addresses.n > 0;
	case ARGS_TOPIC: return k->topic != NULL;
	case ARGS_DATE: return k->has_date;
	case ARGS_NUMBER: return k->number > 0;
	case ARGS_TEXT:
	case ARGS_NONE: break;
	}
	return true;
}

static bool check_one(struct act *a, const struct command *k, struct err *e)
{
	if (!is_whole(k))
		return true;
	switch (k->kind) {
	case COMMAND_TAKE:
		if (a->g->admin)
			act_fault(a, k, mem_dup("Bara en medarbetare kan ta ett ärende. Använd ”assign”."), mem_dup("only a colleague can take a ticket: use assign"));
		break;
	case COMMAND_ASSIGN: check_assign(a, k); break;
	case COMMAND_MOVE: check_move(a, k); break;
	case COMMAND_ALSO: check_also(a, k); break;
	case COMMAND_REOPEN:
	case COMMAND_WAIT: check_state(a, k); break;
	case COMMAND_MERGE: return check_merge(a, k, e);
	case COMMAND_SPLIT: return check_split(a, k, e);
	case COMMAND_SEND: return check_send(a, k, e);
	case COMMAND_UNDO: return undo_check(a, k, e);
	case COMMAND_ASK: return check_ask(a, k, e);
	case COMMAND_HANDOVER: return check_handover(a, k, e);
	case COMMAND_TO_SENDER: check_sender(a, k); break;
	case COMMAND_NOTE:
	case COMMAND_CLOSE:
	case COMMAND_SPAM:
	case COMMAND_HELP:
	case COMMAND_KINDS: break;
	}
	return true;
}

/* --- together --- */

/* Pairs of which one mail can have one alone. The same command twice is one of them where it names something. */
static bool clash(enum command_kind x, enum command_kind y)
{
	static const unsigned ends = 1U << COMMAND_CLOSE | 1U << COMMAND_WAIT | 1U << COMMAND_SPAM | 1U << COMMAND_HANDOVER | 1U << COMMAND_MERGE;
	static const unsigned owners = 1U << COMMAND_TAKE | 1U << COMMAND_ASSIGN;
	static const unsigned with_merge = 1U << COMMAND_NOTE | 1U << COMMAND_HELP | 1U << COMMAND_TAKE | 1U << COMMAND_ASSIGN;
	static const unsigned once = 1U << COMMAND_WAIT | 1U << COMMAND_HANDOVER | 1U << COMMAND_MERGE | 1U << COMMAND_ASSIGN | 1U << COMMAND_MOVE | 1U << COMMAND_ALSO;
	static const unsigned free_of_undo = 1U << COMMAND_UNDO | 1U << COMMAND_NOTE | 1U << COMMAND_HELP;
	static const unsigned answers = 1U << COMMAND_SEND | 1U << COMMAND_TO_SENDER | 1U << COMMAND_ASK;
	unsigned a = 1U << x, b = 1U << y;
	if (x == y)
		return a & once;
	if ((a & ends && b & ends) || (a & owners && b & owners))
		return true;
	if (a == 1U << COMMAND_MERGE || b == 1U << COMMAND_MERGE)
		return (a | b) & ~(1U << COMMAND_MERGE | with_merge);
	if (a == 1U << COMMAND_UNDO || b == 1U << COMMAND_UNDO)
		return !(a & free_of_undo) || !(b & free_of_undo);
	if (a == 1U << COMMAND_REOPEN || b == 1U << COMMAND_REOPEN)
		return (a | b) & ends & ~(1U << COMMAND_WAIT);
	if (a == 1U << COMMAND_SPAM || b == 1U << COMMAND_SPAM)
		return (a | b) & answers;
	if (a == 1U << COMMAND_SPLIT || b == 1U << COMMAND_SPLIT)
		return (a | b) & 1U << COMMAND_HANDOVER;
	return false;
}

static void check_together(struct act *a)
{
	const struct commands *c = a->c;
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < i; k++) {
			enum command_kind x = c->v[k].kind, y = c->v[i].kind;
			if (!clash(x, y))
				continue;
			act_fault(a, &c->v[i], mem_fmt("”!%s” och ”!%s” går inte i samma mejl. Skicka två mejl.", command_name(x, "sv"), command_name(y, "sv")),
			          mem_fmt("“!%s” and “!%s” cannot be in one mail. Send two mails.", command_name(x, "en"), command_name(y, "en")));
			return;
		}
}

static bool check_right(struct act *a, bool *yes, struct err *e)
{
	*yes = a->g->admin || act_allowed(a->config, a->t, a->g->actor);
	if (!*yes && !act_takes_back_own(a->desk, a->t, a->c, a->g->actor, yes, e))
		return false;
	if (!*yes)
		act_fault(a, a->c->v, mem_dup("Ärendet hör till ett annat ämne än ditt."), mem_dup("The ticket belongs to another topic than yours."));
	return true;
}

/* What the reading of the commands found comes first. */
static void add_read_faults(struct act *a)
{
	for (size_t i = 0; i < a->c->n_faults; i++) {
		const struct command_fault *f = &a->c->faults[i];
		struct command as = {.line = f->line};
		act_fault(a, &as, mem_dup(f->sv), mem_dup(f->en));
	}
}

bool act_check(struct act *a, struct err *e)
{
	bool theirs = true;
	add_read_faults(a);
	if (a->c->n && !check_right(a, &theirs, e))
		return false;
	if (!theirs)
		return true;
	if (a->t->merged) {
		char *tag = act_tag(a->config, a->t->merged);
		ACT_FAULT(a, NULL, "Ärendet är en del av %s.", "The ticket is a part of %s.", tag);
		free(tag);
	}
	for (size_t i = 0; i < a->c->n; i++)
		if (!check_one(a, &a->c->v[i], e))
			return false;
	check_together(a);
	return true;
}
