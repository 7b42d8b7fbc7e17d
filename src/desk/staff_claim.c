/* Is this mail of the colleague whom its From line names? The words in it that could be tokens, and what our own mail server says. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "desk/staff.h"
#include "mail/address.h"
#include "mail/authres.h"

/* --- the words --- */

struct words {
	char v[STAFF_CANDIDATES][TOKEN_TEXT + 1];
	bool subject[STAFF_CANDIDATES]; /* it stands there alone */
	size_t n;
};

static void add_words(struct words *w, const char *text, bool subject)
{
	char word[TOKEN_TEXT + 1];
	while (text && w->n < STAFF_CANDIDATES && (text = token_find(text, word)) != NULL) {
		size_t i = 0;
		while (i < w->n && strcmp(w->v[i], word) != 0)
			i++;
		if (i < w->n)
			continue;
		memcpy(w->v[i], word, sizeof word);
		w->subject[i] = subject;
		w->n++;
	}
}

static void add_addressed(struct words *w, const struct config *c, const struct mailboxes *l)
{
	for (size_t i = 0; i < l->n && w->n < STAFF_CANDIDATES; i++) {
		if (!config_is_own_address(c, l->v[i].addr))
			continue;
		char *local = mem_dupn(l->v[i].addr, strcspn(l->v[i].addr, "@"));
		add_words(w, local, false);
		free(local);
	}
}

static void find_words(const struct config *c, const struct mail *m, struct words *w)
{
	*w = (struct words){0};
	add_words(w, m->in_reply_to, false);
	add_addressed(w, c, &m->to);
	add_addressed(w, c, &m->cc);
	for (size_t i = m->references.n; i > 0; i--)
		add_words(w, m->references.v[i - 1], false);
	add_words(w, m->subject, true);
}

bool token_candidates(const struct config *c, const struct mail *m, size_t i, char out[static TOKEN_TEXT + 1])
{
	struct words w;
	find_words(c, m, &w);
	out[0] = '\0';
	if (i >= w.n)
		return false;
	memcpy(out, w.v[i], TOKEN_TEXT + 1);
	return true;
}

/* --- for whom they may have been made --- */

struct persons {
	const char *v[STAFF_PERSONS];
	size_t n;
};

static void add_person(struct persons *p, const struct config *c, const char *addr)
{
	if (!addr || !*addr || p->n == STAFF_PERSONS || config_is_own_address(c, addr))
		return;
	for (size_t i = 0; i < p->n; i++)
		if (address_same(p->v[i], addr))
			return;
	p->v[p->n++] = addr;
}

static void add_groups(struct persons *p, const struct config *c, const char *from, int topic)
{
	const struct strs *staff = config_topic_staff(c, topic);
	if (!staff_works_for(c, from, topic))
		return;
	for (size_t i = 0; i < staff->n; i++)
		if (staff_is_group(c, staff->v[i], topic))
			add_person(p, c, staff->v[i]);
}

static void find_persons(const struct config *c, const char *from, struct persons *p)
{
	const struct config_person *one = config_person(c, from);
	p->n = 0;
	add_person(p, c, from);
	for (size_t i = 0; one && i < one->aliases.n + 1; i++)
		add_person(p, c, i ? one->aliases.v[i - 1] : one->address);
	for (int topic = -1; topic < (int)c->n_topics; topic++)
		add_groups(p, c, from, topic);
}

/* --- the proof --- */

static void say(struct staff_claim *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct staff_claim *out, const char *fmt, ...)
{
	size_t n = strlen(out->why);
	va_list ap;
	if (n)
		n += (size_t)snprintf(out->why + n, sizeof out->why - n, "; ");
	if (n >= sizeof out->why)
		return;
	va_start(ap, fmt);
	vsnprintf(out->why + n, sizeof out->why - n, fmt, ap);
	va_end(ap);
}

/* How near to a good one it came: a mail may hold several, and the log tells of the best. */
static int rank(enum token_fault f)
{
	static const int of[] = {[TOKEN_NOT_ONE] = 1, [TOKEN_NO_KEY] = 2, [TOKEN_FORGED] = 3, [TOKEN_EXPIRED] = 4, [TOKEN_GOOD] = 5};
	return of[f];
}

/* NULL: a token was found; else why there is none. */
static const char *find_token(const struct config *c, const struct token_keys *keys, const struct mail *m, int64_t now, struct staff_claim *out)
{
	const struct token_keys none = {0};
	const char *why = "no token in it";
	struct words w;
	struct persons p;
	int best = 0;
	find_words(c, m, &w);
	find_persons(c, m->from.addr, &p);
	for (size_t i = 0; i < w.n; i++) {
		for (size_t k = 0; k < p.n; k++) {
			struct token t;
			enum token_fault f = token_check(keys ? keys : &none, w.v[i], p.v[k], now, &t);
			bool misplaced = f == TOKEN_GOOD && w.subject[i] && t.purpose != TOKEN_COMMAND;
			if (f == TOKEN_GOOD && !misplaced && !out->has_token) {
				out->has_token = true;
				out->token = t;
				memcpy(out->token_text, w.v[i], sizeof out->token_text);
				out->token_person = mem_dup(p.v[k]);
				continue;
			}
			out->link_expired = out->link_expired || (f == TOKEN_EXPIRED && w.subject[i]);
			if (rank(f) > best) {
				best = rank(f);
				why = misplaced ? "its token is of a kind that does not count in the subject" : token_fault_text(f);
			}
		}
	}
	return out->has_token ? NULL : why;
}

/* A colleague's From is "ADDRESS", "… <ADDRESS>" or "ADDRESS (…)". One of a group, or put together from pieces with comments and blanks between, may
 * be another one to the server that vouched for it. */
static bool written_plainly(const struct mail *m)
{
	const char *value = mail_field(m, "From"), *addr = m->from.addr;
	size_t n = strlen(addr), len = value ? strlen(value) : 0;
	if (!value || len == n)
		return value && strcasecmp(value, addr) == 0;
	if (len < n + 2)
		return false;
	if (value[len - 1] == '>')
		return value[len - n - 2] == '<' && strncasecmp(value + len - n - 1, addr, n) == 0;
	return strncasecmp(value, addr, n) == 0 && value[n] == ' ' && value[n + 1 + strspn(value + n + 1, " ")] == '(' && value[len - 1] == ')';
}

static bool from_is_sure(const struct mail *m, struct staff_claim *out)
{
	const char *fault = authres_from_fault(m);
	if (!fault && !written_plainly(m))
		fault = "the address in From is not written plainly";
	if (fault)
		say(out, "%s", fault);
	return !fault;
}

static bool server_vouches(const struct config *c, const struct mail *m, struct staff_claim *out)
{
	struct authres a;
	authres_check(m, c->staff.authserv_id, &a);
	if (a.verdict != AUTHRES_PASS)
		say(out, "%s", a.why);
	return a.verdict == AUTHRES_PASS;
}

void staff_claim_read(const struct config *c, const struct token_keys *keys, const struct mail *m, int64_t now, struct staff_claim *out)
{
	const char *from = m->from.addr;
	*out = (struct staff_claim){0};
	if (!from || !*from) {
		say(out, "there is no address in From");
		return;
	}
	bool own = config_is_own_address(c, from);
	out->listed = !own && config_is_staff(c, from);
	const char *no_token = find_token(c, keys, m, now, out);
	if (!out->listed) {
		say(out, "%s", own ? "its From is an address of our own" : "its writer is not on the staff list");
		out->link_expired = false;
		return;
	}
	bool sure = from_is_sure(m, out), token_wanted = c->staff.proof != PROOF_AUTHRES;
	if (sure && token_wanted && no_token)
		say(out, "token: %s", no_token);
	bool vouched = !sure || c->staff.proof == PROOF_TOKEN || server_vouches(c, m, out);
	out->proved = sure && vouched && (out->has_token || !token_wanted);
	out->link_expired = out->link_expired && !out->has_token && sure && vouched;
}

void staff_claim_free(struct staff_claim *s)
{
	free(s->token_person);
	*s = (struct staff_claim){0};
}
