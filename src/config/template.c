#include "config/template.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/fold.h"
#include "base/mem.h"
#include "config/builtin_templates.h"

enum { TEMPLATE_MAX = 256 * 1024 };

const struct template_word template_words[] = {
	{"office", "the office's name", false},
	{"address", "the office's address", false},
	{"ticket", "the ticket's number, as in INT-42", false},
	{"topic", "the topic's title in the language of the text", false},
	{"division", "who was asked, or who goes on with the ticket", false},
	{"name", "the display name of who opened the ticket, else the address", true},
	{"subject", "the subject of the ticket", true},
	{"requester", "who opened the ticket: name and address", true},
	{"requester_address", "who opened the ticket: the address alone", true},
	{"asker", "as requester, where this mail is by somebody else", true},
	{"sender", "who wrote this mail: name and address", true},
	{"cc", "who else an answer reaches", true},
	{"origin", "whether the requester is inside or outside the own organisation", true},
	{"confidence", "how sure the choice of topic is", true},
	{"why", "what decided the topic, and how sure that is", true},
	{"warning", "a line to beware of: a mail that does not prove to be a colleague's", true},
	{"caution", "what to know before it is opened: programs, macros, an answer that is to go elsewhere; lines of their own", true},
	{"reply", "where a reply to this mail goes, in one line", true},
	{"links", "commands: a link for each; in plain text how to write them", true},
	{"recipient", "to whom a mail could not be delivered", true},
	{"error", "why a mail could not be delivered, or not be read", true},
	{"second", "the title of the second topic", true},
	{"part", "the number of a part", true},
	{"open", "how many parts are open", true},
	{"question", "what was asked", true},
	{"due", "until when an answer is wanted, a sentence; or nothing", true},
	{"who", "the colleague", true},
	{"when", "when that was", true},
	{"deputy", "the colleague who has taken over", true},
	{"text", "what was written", true},
	{"first", "the answer that went out first", true},
	{"done", "what was done, a line for each command", true},
	{"undo", "how to take that back, or nothing", true},
	{"send", "how to send an answer that is held", true},
	{"faults", "what was wrong with each command", true},
	{"commands", "the list of all commands", true},
	{NULL, NULL, false},
};

/* To staff are also the texts to other divisions: a colleague has chosen whom they go to. */
const struct template_use template_needed[] = {
	{"acknowledgement", false}, {"acknowledgement-triage", false}, {"handed-over", false},
	{"forward-block", true}, {"triage-block", true}, {"followup-block", true}, {"unreadable", true},
	{"part-block", true}, {"part-answer-block", true}, {"handover-block", true}, {"question", true}, {"part-reminder", true},
	{"receipt", true}, {"command-fault", true}, {"link-used", true}, {"link-expired", true}, {"help", true},
	{"answered", true}, {"held", true}, {"kept-as-note", true}, {"noted", true}, {"not-yours", true}, {"nothing-sent", true}, {"no-recipient", true},
	{"answer-failed", true}, {"question-failed", true}, {"delivery-failed", true},
	{"woke", true}, {"part-overdue", true}, {"part-away", true}, {"handover-quiet", true}, {"changed", true}, {"absent", true}, {"absent-alone", true}, {NULL, false},
};

bool template_to_staff(const char *name)
{
	for (const struct template_use *u = template_needed; u->name; u++)
		if (strcmp(u->name, name) == 0)
			return u->to_staff;
	return false;
}

/* Language and name become parts of a path. */
static bool path_word(const char *s)
{
	return *s && strlen(s) <= 60 && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static char *without_cr(struct buf *b)
{
	struct buf out = {0};
	size_t i = b->n >= 3 && memcmp(b->s, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	for (; i < b->n; i++)
		if (b->s[i] != '\r' || i + 1 == b->n || b->s[i + 1] != '\n')
			buf_addc(&out, b->s[i]);
	buf_free(b);
	return buf_take(&out);
}

static char *load_file(const char *path, struct err *e)
{
	struct buf b = {0};
	bool ok = file_read(path, TEMPLATE_MAX, &b, e);
	if (ok && b.n && memchr(b.s, '\0', b.n))
		ok = err_set(e, ERR_CONFIG, "'%s' is no text: it has bytes of 0 in it", path);
	else if (ok && b.n && !utf8_valid(b.s, b.n))
		ok = err_set(e, ERR_CONFIG, "'%s' is not UTF-8: save it as UTF-8", path);
	if (ok)
		return without_cr(&b);
	e->kind = ERR_CONFIG;
	buf_free(&b);
	return NULL;
}

static const char *builtin(const char *lang, const char *name)
{
	for (const struct builtin_template *t = builtin_templates; t->lang; t++)
		if (strcmp(t->lang, lang) == 0 && strcmp(t->name, name) == 0)
			return t->text;
	return NULL;
}

char *template_load(const char *dir, const char *lang, const char *name, struct err *e)
{
	if (!path_word(lang) || !path_word(name)) {
		err_set(e, ERR_CONFIG, "no template can be called '%s/%s'", lang, name);
		return NULL;
	}
	char *path = dir ? mem_fmt("%s/%s/%s.txt", dir, lang, name) : NULL, *text = NULL;
	if (path && (access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))) {
		text = load_file(path, e);
	} else {
		text = mem_dup(builtin(lang, name));
		if (!text && dir)
			err_set(e, ERR_CONFIG, "there is no text '%s' in '%s': neither '%s' nor a built-in one", name, lang, path);
		else if (!text)
			err_set(e, ERR_CONFIG, "there is no text '%s' in '%s': no built-in one, and 'templates' names no folder", name, lang);
	}
	free(path);
	return text;
}

void template_languages(const char *dir, struct strs *out)
{
	for (const struct builtin_template *t = builtin_templates; t->lang; t++)
		if (!strs_has(out, t->lang))
			strs_add(out, t->lang);
	DIR *d = dir ? opendir(dir) : NULL;
	if (!d)
		return;
	for (struct dirent *de = readdir(d); de; de = readdir(d)) {
		struct stat st;
		if (path_word(de->d_name) && !strs_has(out, de->d_name) && fstatat(dirfd(d), de->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode))
			strs_add(out, de->d_name);
	}
	closedir(d);
}

bool template_has_language(const char *dir, const char *lang)
{
	struct strs known = {0};
	template_languages(dir, &known);
	bool yes = strs_has(&known, lang);
	strs_free(&known);
	return yes;
}

/* --- placeholders --- */

static size_t word_length(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
}

/* "{word}" at s: its length without the braces; 0: none. */
static size_t placeholder_at(const char *s)
{
	if (*s != '{')
		return 0;
	size_t n = word_length(s + 1);
	return n > 0 && s[n + 1] == '}' ? n : 0;
}

/* " word }": a placeholder with spaces inside */
static bool spaced_word(const char *s)
{
	size_t lead = strspn(s, " "), n = word_length(s + lead), trail = strspn(s + lead + n, " ");
	return n > 0 && lead + trail > 0 && s[lead + n + trail] == '}';
}

static const char *nearest_word(const char *word, size_t n)
{
	const char *known[sizeof template_words / sizeof *template_words];
	size_t k = 0;
	for (; template_words[k].name; k++)
		known[k] = template_words[k].name;
	char *s = mem_dupn(word, n);
	for (char *p = s; *p; p++)
		*p = *p == '-' ? '_' : *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
	const char *near = str_nearest(s, known, k);
	free(s);
	return near;
}

static const struct template_word *find_word(const char *word, size_t n)
{
	for (const struct template_word *w = template_words; w->name; w++)
		if (strlen(w->name) == n && memcmp(w->name, word, n) == 0)
			return w;
	return NULL;
}

static bool unknown_word(const char *word, size_t n, struct err *e)
{
	const char *near = nearest_word(word, n);
	int shown = n > 40 ? 40 : (int)n;
	if (near)
		return err_set(e, ERR_CONFIG, "unknown placeholder '{%.*s}': did you mean '{%s}'?", shown, word, near);
	struct buf all = {0};
	for (const struct template_word *w = template_words; w->name; w++)
		buf_addf(&all, "%s%s", all.n ? ", " : "", w->name);
	err_set(e, ERR_CONFIG, "unknown placeholder '{%.*s}': known are %s; for a plain '{' write '{{'", shown, word, all.s);
	buf_free(&all);
	return false;
}

/* Where the text begins, and the Subject line's value. */
static const char *split(const char *text, const char **subject, size_t *subject_n)
{
	*subject = NULL;
	if (strncasecmp(text, "Subject:", 8) != 0)
		return text;
	const char *from = text + 8, *end = strchrnul(from, '\n');
	while (*from == ' ' || *from == '\t')
		from++;
	*subject = from < end ? from : end;
	*subject_n = (size_t)(end - *subject);
	const char *body = *end ? end + 1 : end;
	if (*body == '\n')
		body++;
	return body;
}

static bool word_ok(const char *word, size_t n, bool to_staff, struct err *e)
{
	const struct template_word *w = find_word(word, n);
	if (!w)
		return unknown_word(word, n, e);
	if (!w->to_staff || to_staff)
		return true;
	return err_set(e, ERR_CONFIG, "'{%s}' is for texts to staff: a sender may be forged, and what a stranger wrote would go to them", w->name);
}

bool template_check(const char *text, bool to_staff, unsigned *line, struct err *e)
{
	unsigned at = 1, none;
	const char *subject;
	size_t n, subject_n = 0;
	if (!line)
		line = &none;
	*line = 1;
	const char *body = split(text, &subject, &subject_n);
	if (body[strspn(body, " \t\n")] == '\0')
		return err_set(e, ERR_CONFIG, "there is no text in it");
	if (subject && strspn(subject, " \t") >= subject_n)
		return err_set(e, ERR_CONFIG, "the subject is empty: write one, or leave the line out");
	if (subject && body == strchrnul(subject, '\n') + 1)
		return err_set(e, ERR_CONFIG, "after the Subject line an empty line is wanted");
	for (const char *p = text; *p; p++) {
		at += *p == '\n';
		*line = at;
		if (p[0] == '{' && p[1] == '{')
			p++;
		else if ((n = placeholder_at(p)) > 0 && !word_ok(p + 1, n, to_staff, e))
			return false;
		else if (*p == '{' && n == 0 && spaced_word(p + 1))
			return err_set(e, ERR_CONFIG, "a placeholder is written without spaces, as in '{ticket}'; for a plain '{' write '{{'");
		else if (*p == '{' && n == 0 && word_length(p + 1) > 0)
			return err_set(e, ERR_CONFIG, "'{' without a placeholder and '}' after it; for a plain '{' write '{{'");
	}
	return true;
}

static const char *value_of(const struct placeholder *v, size_t n, const char *word, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(v[i].name) == len && memcmp(v[i].name, word, len) == 0)
			return v[i].value ? v[i].value : "";
	return "";
}

/* Fills one line in. True: it had placeholders, and nothing came of them, nor stood beside them but a label ("Cc: {cc}"). */
static bool fill_line(const char *s, size_t len, const struct placeholder *v, size_t n, struct buf *out)
{
	size_t from = out->n, k;
	bool any = false, filled = false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '{' && i + 1 < len && s[i + 1] == '{') {
			buf_addc(out, '{');
			i++;
		} else if ((k = placeholder_at(s + i)) > 0) {
			const char *value = value_of(v, n, s + i + 1, k);
			buf_adds(out, value);
			any = true;
			filled = filled || *value;
			i += k + 1;
		} else {
			buf_addc(out, s[i]);
		}
	}
	if (!any || filled)
		return false;
	while (out->n > from && strchr(" \t", out->s[out->n - 1]))
		buf_cut(out, out->n - 1);
	return out->n == from || memchr(out->s + from, ':', out->n - from) == out->s + out->n - 1;
}

void template_fill(const char *text, const struct placeholder *v, size_t n, char **subject, struct buf *body)
{
	const char *line;
	size_t len = 0;
	const char *p = split(text, &line, &len);
	*subject = NULL;
	if (line) {
		struct buf b = {0};
		fill_line(line, len, v, n, &b);
		*subject = buf_take(&b);
	}
	while (*p) {
		size_t k = strcspn(p, "\n"), from = body->n;
		if (fill_line(p, k, v, n, body)) {
			buf_cut(body, from);
			if (p[k] == '\n' && p[k + 1] == '\n' && (from < 2 || (body->s[from - 1] == '\n' && body->s[from - 2] == '\n')))
				k++; /* it was a paragraph: one of the empty lines around it goes, too */
		} else if (p[k] == '\n') {
			buf_addc(body, '\n');
		}
		p += k + (p[k] == '\n');
	}
}
