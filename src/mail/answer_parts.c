#include "answer_parts.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mail/answer.h"
#include "mail/content.h"
#include "mail/place.h"
#include "mail/token.h"

enum {
	CARD_MOST = 256 << 10,   /* bytes of a card that are looked at; a portrait may be in it */
	MESSAGE_MOST = 256 << 10 /* of an attached mail */
};

struct nest { /* the multipart around a part */
	struct place_nest in;
	bool alternative, digest;
};

struct finder {
	const char *raw;
	size_t n;
	const struct mail_limits *limits;
	struct leaves *out;
	size_t parts, attached;
};

static bool is_type(GMimeObject *o, const char *major, const char *minor)
{
	return g_mime_content_type_is_type(g_mime_object_get_content_type(o), major, minor);
}

static const char *file_name(GMimeObject *o)
{
	const char *name = g_mime_object_get_content_disposition_parameter(o, "filename");
	name = name ? name : g_mime_object_get_content_type_parameter(o, "name");
	return name ? name : "";
}

static bool is_attached(GMimeObject *o)
{
	const char *s = g_mime_object_get_disposition(o);
	return s && strcasecmp(s, "attachment") == 0;
}

static enum leaf_fate fate_of(GMimeObject *o, const struct nest *in, const char *cid)
{
	bool calendar = is_type(o, "text", "calendar") || is_type(o, "application", "ics");
	if (is_type(o, "application", "pgp-signature") || is_type(o, "application", "pkcs7-signature") || is_type(o, "application", "x-pkcs7-signature"))
		return LEAF_SEAL;
	if (is_type(o, "application", "pkcs7-mime") || is_type(o, "application", "x-pkcs7-mime") || is_type(o, "application", "pgp-encrypted") ||
	    is_type(o, "application", "ms-tnef") || is_type(o, "application", "vnd.ms-tnef") || strcasecmp(file_name(o), "winmail.dat") == 0)
		return LEAF_WHOLE;
	if (in && in->alternative && !is_attached(o) && !calendar)
		return LEAF_BODY;
	if (cid && *cid && (is_type(o, "image", "*") || !is_attached(o)))
		return LEAF_PICTURE;
	return LEAF_FILE;
}

/* What it is by default depends on where it stands: it says itself. */
static bool says_its_type(GMimeObject *o, const struct nest *in)
{
	return !in->digest || g_mime_object_get_header(o, "Content-Type");
}

static void add_leaf(struct finder *f, GMimeObject *o, const struct nest *in, bool message)
{
	struct leaves *l = f->out;
	struct place at = {0};
	if ((l->n & (l->n - 1)) == 0) /* grow at powers of two */
		l->v = mem_resize(l->v, l->n ? l->n * 2 : 1, sizeof *l->v);
	struct leaf *x = &l->v[l->n++];
	const char *cid = g_mime_object_get_content_id(o);
	*x = (struct leaf){.o = o, .fate = message ? LEAF_FILE : fate_of(o, in, cid), .attached = is_attached(o), .number = f->attached++, .cid = cid};
	x->placed = in && says_its_type(o, in) && (message ? place_message(o, f->raw, f->n, &in->in, &at) : place_leaf(o, f->raw, f->n, &in->in, &at));
	x->from = at.from;
	x->to = at.to;
}

/* The text is told from files as message.c does it. */
static void leaf(struct finder *f, GMimeObject *o, const struct nest *in)
{
	bool html = is_type(o, "text", "html") || is_type(o, "application", "xhtml+xml");
	if (*file_name(o) || is_attached(o) || !(html || is_type(o, "text", "plain"))) {
		add_leaf(f, o, in, false);
	} else if (html) {
		if (f->out->n_html < HTML_PARTS)
			f->out->html[f->out->n_html] = GMIME_PART(o);
		f->out->n_html++;
	}
}

static void walk(struct finder *f, GMimeObject *o, const struct nest *in, size_t depth)
{
	if (!o || ++f->parts > f->limits->parts || depth > f->limits->depth)
		return;
	if (GMIME_IS_MULTIPART(o)) {
		const char *boundary = g_mime_object_get_content_type_parameter(o, "boundary");
		struct nest here = {{boundary ? boundary : "", in ? &in->in : NULL}, is_type(o, "multipart", "alternative"), is_type(o, "multipart", "digest")};
		int n = g_mime_multipart_get_count(GMIME_MULTIPART(o));
		for (int i = 0; i < n; i++)
			walk(f, g_mime_multipart_get_part(GMIME_MULTIPART(o), i), &here, depth + 1);
	} else if (GMIME_IS_MESSAGE_PART(o)) {
		add_leaf(f, o, in, true);
	} else if (GMIME_IS_PART(o)) {
		leaf(f, o, in);
	} else {
		f->attached++;
	}
}

void leaves_read(GMimeMessage *msg, const char *raw, size_t n, const struct mail_limits *limits, struct leaves *out)
{
	struct finder f = {.raw = raw, .n = n, .limits = limits, .out = out};
	*out = (struct leaves){0};
	walk(&f, g_mime_message_get_mime_part(msg), NULL, 0);
}

void leaves_free(struct leaves *l)
{
	free(l->v);
	*l = (struct leaves){0};
}

/* ---- which of them go along ---- */

/* Programs add the writer's own card or key to each mail: it is not the office's. */
static bool is_own_card(GMimeObject *o, const struct mail *m)
{
	if (!GMIME_IS_PART(o) || !m->from.addr || !*m->from.addr)
		return false;
	if (is_type(o, "application", "pgp-keys"))
		return true;
	if (!is_type(o, "text", "vcard") && !is_type(o, "text", "x-vcard") && !is_type(o, "text", "directory"))
		return false;
	struct content c;
	content_read(GMIME_PART(o), CARD_MOST, &c);
	char *s = mem_dupn(c.s, c.n), *other = mail_hide_address(s, m->from.addr, "");
	bool own = c.more || strcmp(s, other) != 0;
	free(s);
	free(other);
	content_free(&c);
	return own;
}

/* An attached mail that is ours, or answers one, as programs attach what is answered: it has our block, or words by which we know people. */
static bool is_of_ours(const struct leaf *l, const char *raw)
{
	char token[TOKEN_TEXT + 1];
	if (!GMIME_IS_MESSAGE_PART(l->o) || !l->placed)
		return false;
	size_t n = l->to - l->from < MESSAGE_MOST ? l->to - l->from : MESSAGE_MOST;
	char *s = mem_dupn(raw + l->from, n);
	for (size_t i = 0; i < n; i++)
		s[i] = s[i] ? s[i] : ' ';
	bool ours = strcasestr(s, "\nX-Ingang-") || token_find(s, token);
	free(s);
	return ours;
}

static void warn(struct mail *m, const struct leaf *l, const char *what)
{
	const char *name = l->number < m->n_attachments ? m->attachments[l->number].name : "";
	char *s = *name ? mem_fmt("%s\"%s\": %s", ANSWER_WARNING, name, what) : mem_fmt("%s%s", ANSWER_WARNING, what);
	if (!strs_has(&m->warnings, s) && m->warnings.n < 100)
		strs_add(&m->warnings, s);
	free(s);
}

static void add_part(struct answer *a, const struct leaf *l, bool inlined)
{
	if (!a->parts || (a->n_parts & (a->n_parts - 1)) == 0)
		a->parts = mem_resize(a->parts, a->n_parts ? a->n_parts * 2 : 1, sizeof *a->parts);
	a->parts[a->n_parts++] = (struct answer_part){inlined, l->from, l->to - l->from};
}

static void choose(const struct leaf *l, const char *raw, const struct strs *shown, const struct strs *known, struct mail *m)
{
	const struct answer_part *last = m->answer.n_parts ? &m->answer.parts[m->answer.n_parts - 1] : NULL;
	bool inlined = l->fate == LEAF_PICTURE && strs_has(shown, l->cid);
	if (l->fate == LEAF_BODY || l->fate == LEAF_SEAL)
		return;
	if (l->fate == LEAF_WHOLE)
		warn(m, l, "it holds the whole mail once more");
	else if (!l->placed || l->to <= l->from || (last && last->offset + last->length > l->from))
		warn(m, l, "where it lies in the mail is in doubt");
	else if (is_of_ours(l, raw))
		warn(m, l, "it is a mail of ours, or answers one");
	else if (l->fate == LEAF_PICTURE && !inlined && strs_has(known, l->cid) && m->answer.html)
		return; /* of the history, or of the card */
	else if (l->fate == LEAF_PICTURE && !inlined && strs_has(known, l->cid))
		warn(m, l, "whether it belongs to what was written now cannot be told");
	else if (is_own_card(l->o, m))
		warn(m, l, "it is the writer's own card or key");
	else
		add_part(&m->answer, l, inlined);
}

void leaves_choose(const struct leaves *l, const char *raw, const struct strs *shown, const struct strs *known, struct mail *m)
{
	for (size_t i = 0; i < l->n; i++)
		choose(&l->v[i], raw, shown, known, m);
}
