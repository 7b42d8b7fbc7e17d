/* Commands as mailto: links (RFC 6068), which write the mail that carries them out. Each holds a token of its own, so that it works once, for one
 * person; what it asks for stands in the mail for everyone to read. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "desk/command_words.h"
#include "letter_parts.h"

enum { TOPICS_MOST = 12 };

/* args: what stands behind the command, to be changed or filled in; help: below it, in the place of a signature, so that no reader takes it
 * for text (mail/quote.h). */
struct link {
	enum command_kind kind;
	const char *label, *args, *help;
};

struct sets {
	struct link forward[6], triage[4], woke[3], absent[3], quiet[3];
	const char *move, *send_it;
	const char *top, *top_notice, *top_move, *all; /* in plain text */
};

#define SEND_SV "Skicka mejlet så görs det."
#define SEND_EN "Send this mail, and it is done."

static const struct sets sets[2] = {
	{{{COMMAND_TAKE, "Take", "", SEND_EN}, {COMMAND_CLOSE, "Close", "", SEND_EN},
	  {COMMAND_WAIT, "Wait", " in 7 days", "Change the time if you like. " SEND_EN}, {COMMAND_MOVE, "Move", " ", "Write the topic behind the command: {topics}. " SEND_EN},
	  {COMMAND_NOTE, "Note", " ", "Write your note behind the command. " SEND_EN}, {COMMAND_HELP, "Help", "", SEND_EN}},
	 {{COMMAND_TAKE, "Take", "", SEND_EN}, {COMMAND_CLOSE, "Close", "", SEND_EN}, {COMMAND_SPAM, "Spam", "", SEND_EN}, {COMMAND_HELP, "Help", "", SEND_EN}},
	 {{COMMAND_CLOSE, "Close", "", SEND_EN}, {COMMAND_WAIT, "Wait", " in 7 days", "Change the time if you like. " SEND_EN}, {COMMAND_HELP, "Help", "", SEND_EN}},
	 {{COMMAND_TAKE, "Take", "", SEND_EN}, {COMMAND_ASSIGN, "Assign", " ", "Write your colleague's address behind the command. " SEND_EN}, {COMMAND_HELP, "Help", "", SEND_EN}},
	 {{COMMAND_CLOSE, "Close", "", SEND_EN}, {COMMAND_REOPEN, "Reopen", "", SEND_EN}, {COMMAND_HELP, "Help", "", SEND_EN}},
	 "Move to", SEND_EN, "Or a command at the top of your reply: ", "Reply with a command at the top: ", "To move it, put at the top of your reply: ", " (all of them: !help)"},
	{{{COMMAND_TAKE, "Ta", "", SEND_SV}, {COMMAND_CLOSE, "Stäng", "", SEND_SV},
	  {COMMAND_WAIT, "Vänta", " om 7 dagar", "Ändra tiden om du vill. " SEND_SV}, {COMMAND_MOVE, "Flytta", " ", "Skriv ämnet efter kommandot: {topics}. " SEND_SV},
	  {COMMAND_NOTE, "Notera", " ", "Skriv din anteckning efter kommandot. " SEND_SV}, {COMMAND_HELP, "Hjälp", "", SEND_SV}},
	 {{COMMAND_TAKE, "Ta", "", SEND_SV}, {COMMAND_CLOSE, "Stäng", "", SEND_SV}, {COMMAND_SPAM, "Skräp", "", SEND_SV}, {COMMAND_HELP, "Hjälp", "", SEND_SV}},
	 {{COMMAND_CLOSE, "Stäng", "", SEND_SV}, {COMMAND_WAIT, "Vänta", " om 7 dagar", "Ändra tiden om du vill. " SEND_SV}, {COMMAND_HELP, "Hjälp", "", SEND_SV}},
	 {{COMMAND_TAKE, "Ta", "", SEND_SV}, {COMMAND_ASSIGN, "Tilldela", " ", "Skriv kollegans adress efter kommandot. " SEND_SV}, {COMMAND_HELP, "Hjälp", "", SEND_SV}},
	 {{COMMAND_CLOSE, "Stäng", "", SEND_SV}, {COMMAND_REOPEN, "Öppna", "", SEND_SV}, {COMMAND_HELP, "Hjälp", "", SEND_SV}},
	 "Flytta till", SEND_SV, "Eller ett kommando överst i svaret: ", "Svara med ett kommando överst: ", "Flytta ärendet med en rad överst i svaret: ", " (alla: !hjälp)"}};

/* Everything but RFC 3986's unreserved characters: also '+', which some programs take for a blank. */
static void put_encoded(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-._~", c))
			buf_addc(b, *s);
		else
			buf_addf(b, "%%%02X", (unsigned)c);
	}
}

/* The address with its token; where that has no room, the token stands in the subject. */
static void put_mailto(struct buf *b, const struct letter_ground *g, const char *token, const char *what, const char *line, const char *help)
{
	char *to = letter_plus_address(g->config, token), *ticket = letter_ticket(g);
	bool plus = strcmp(to, g->config->office.address) != 0;
	char *at = strrchr(to, '@');
	char *subject = plus ? mem_fmt("[%s] %s", ticket, what) : mem_fmt("[%s] %s (%s)", ticket, what, token);
	*at = '\0';
	buf_adds(b, "mailto:");
	put_encoded(b, to);
	buf_adds(b, "@");
	put_encoded(b, at + 1);
	buf_adds(b, "?subject=");
	put_encoded(b, subject);
	buf_adds(b, "&body=");
	put_encoded(b, line);
	buf_adds(b, "%0D%0A%0D%0A--%20%0D%0A");
	put_encoded(b, help);
	buf_adds(b, "%0D%0A");
	free(to);
	free(ticket);
	free(subject);
}

static char *topic_names(const struct config *c)
{
	struct buf b = {0};
	buf_adds(&b, "");
	for (size_t i = 0; i < c->n_topics; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", c->topics[i].name);
	return buf_take(&b);
}

static bool has_keys(const struct letter_ground *g)
{
	return g->keys && g->keys->n > 0;
}

/* One link: its words as people read them, and the mail that it writes. False: there are no keys. */
static bool put_link(struct buf *b, const struct letter_ground *g, const char *to, const char *lang, const struct link *l, const char *words)
{
	char token[TOKEN_TEXT + 1], *topics = topic_names(g->config), *none;
	const struct placeholder v[] = {{"topics", topics}};
	struct buf url = {0}, help = {0};
	if (letter_command_token(g, to, l->kind, token)) {
		char *line = mem_fmt("!%s%s", command_name(l->kind, lang), l->args);
		template_fill(l->help, v, 1, &none, &help);
		put_mailto(&url, g, token, l->label, line, help.s);
		buf_adds(b, "<a href=\"");
		html_escape(b, url.s, url.n);
		buf_adds(b, "\" style=\"color:#1a5c96;text-decoration:underline;white-space:nowrap\">");
		html_escape(b, words, strlen(words));
		buf_adds(b, "</a>");
		free(line);
	}
	free(topics);
	buf_free(&help);
	bool made = url.n > 0;
	buf_free(&url);
	return made;
}

static void put_gap(struct buf *b)
{
	if (b->n)
		buf_adds(b, " &nbsp;&middot;&nbsp; ");
}

/* "!wait DATE" */
static void put_written(struct buf *b, enum command_kind kind, const char *lang)
{
	const struct command_form *f = command_form(kind);
	const char *args = letter_swedish(lang) ? f->args_sv : f->args_en;
	buf_addf(b, "%s!%s%s%s", b->n ? ", " : "", command_name(kind, lang), *args ? " " : "", args);
}

/* The topics, the likeliest first. How many: TOPICS_MOST at most. */
static size_t by_guess(const struct letter_ground *g, size_t out[static TOPICS_MOST])
{
	size_t n = 0;
	for (size_t i = 0; i < g->config->n_topics; i++) {
		size_t at = n;
		while (at > 0 && g->guess && g->guess[i] > g->guess[out[at - 1]])
			at--;
		if (at == TOPICS_MOST)
			continue;
		n += n < TOPICS_MOST;
		memmove(out + at + 1, out + at, (n - at - 1) * sizeof *out);
		out[at] = i;
	}
	return n;
}

/* One for each topic: the click that decides. How likely each is stands in the links; below a hundredth nothing. */
static void move_links(const struct letter_ground *g, const char *to, const char *lang, const struct sets *s, struct links *out)
{
	const struct config *c = g->config;
	struct buf html = {0}, text = {0};
	size_t order[TOPICS_MOST], n = by_guess(g, order);
	for (size_t k = 0; k < n; k++) {
		size_t i = order[k];
		int percent = g->guess ? (int)(g->guess[i] * 100 + 0.5) : 0;
		const char *title = config_topic_title(c, (int)i, lang);
		char *args = mem_fmt(" %s", c->topics[i].name), *label = mem_fmt("%s %s", s->move, title);
		char *words = percent ? mem_fmt("%s %d %%", title, percent) : mem_dup(title);
		if (has_keys(g)) {
			put_gap(&html);
			put_link(&html, g, to, lang, &(struct link){COMMAND_MOVE, label, args, s->send_it}, words);
		}
		buf_addf(&text, "%s!%s%s", k ? ", " : "", command_name(COMMAND_MOVE, lang), args);
		free(args);
		free(label);
		free(words);
	}
	if (html.n)
		out->html = mem_fmt("%s: %s<br>\n", s->move, html.s);
	if (text.n)
		out->text = mem_fmt("%s%s\n", s->top_move, text.s);
	buf_free(&html);
	buf_free(&text);
}

static const struct link *links_of(const struct sets *s, enum link_set set, size_t *n)
{
	switch (set) {
	case LINKS_TRIAGE:
		*n = sizeof s->triage / sizeof *s->triage;
		return s->triage;
	case LINKS_WOKE:
		*n = sizeof s->woke / sizeof *s->woke;
		return s->woke;
	case LINKS_ABSENT:
		*n = sizeof s->absent / sizeof *s->absent;
		return s->absent;
	case LINKS_QUIET:
		*n = sizeof s->quiet / sizeof *s->quiet;
		return s->quiet;
	case LINKS_FORWARD:
		break;
	}
	*n = sizeof s->forward / sizeof *s->forward;
	return s->forward;
}

void links_make(const struct letter_ground *g, const char *to, const char *lang, enum link_set set, struct links *out)
{
	const struct sets *s = &sets[letter_swedish(lang)];
	const char *owner = g->ticket->owner;
	bool forward = set == LINKS_FORWARD || set == LINKS_TRIAGE;
	struct buf html = {0}, text = {0};
	size_t n;
	*out = (struct links){0};
	if (g->config->staff.commands) {
		if (set == LINKS_TRIAGE)
			move_links(g, to, lang, s, out);
		const struct link *v = links_of(s, set, &n);
		for (size_t i = 0; i < n; i++) {
			if (v[i].kind == COMMAND_TAKE && owner && strcmp(owner, to) == 0)
				continue;
			if (has_keys(g)) {
				put_gap(&html);
				put_link(&html, g, to, lang, &v[i], v[i].label);
			}
			if (v[i].kind != COMMAND_HELP)
				put_written(&text, v[i].kind, lang);
		}
	}
	char *moves_html = out->html, *moves_text = out->text;
	out->html = mem_fmt("%s%s", moves_html ? moves_html : "", html.n ? html.s : "");
	out->text = text.n ? mem_fmt("%s%s%s%s", moves_text ? moves_text : "", forward ? s->top : s->top_notice, text.s, s->all) : mem_dup("");
	free(moves_html);
	free(moves_text);
	buf_free(&html);
	buf_free(&text);
}

void links_free(struct links *l)
{
	free(l->text);
	free(l->html);
	*l = (struct links){0};
}

char *links_one(const struct letter_ground *g, const char *to, const char *lang, enum command_kind kind, const char *words)
{
	struct buf b = {0};
	bool made = put_link(&b, g, to, lang, &(struct link){kind, words, "", sets[letter_swedish(lang)].send_it}, words);
	char *out = made ? buf_take(&b) : NULL;
	buf_free(&b);
	return out;
}
