#include "mail/message.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "mail/answer.h"
#include "mail/attachment.h"
#include "mail/calendar.h"
#include "mail/carry.h"
#include "mail/charset.h"
#include "mail/content.h"
#include "mail/forward.h"
#include "mail/head.h"
#include "mail/origin.h"
#include "mail/quote.h"
#include "mail/text.h"
#include "mail/wild.h"

enum { REPORT_BYTES = 64 << 10, NAME_BYTES = 255, ATTACHED_TEXT = 16 << 10 };

struct walk {
	const struct mail_limits *limits;
	struct mail *mail;
	struct buf plain;  /* inline text */
	bool has_plain;
	GMimePart **html;  /* inline HTML: made text only where there is no other, because it costs more than all the rest */
	size_t n_html;
	GMimePart *calendar; /* the first one */
	struct origin_parts found;
	struct forward_parts forward;
	size_t parts, depth;
	bool crlf; /* the mail's line ends, for the size of attached mails */
};

void message_setup(void)
{
	charset_setup();
	g_mime_init();
	tzset();
	GDateTime *d = g_mime_utils_header_decode_date("Tue, 3 Mar 2026 14:05:00 +0100"); /* GLib reads its time zone files now */
	if (d)
		g_date_time_unref(d);
}

static void warn_once(struct mail *m, const char *text)
{
	if (!strs_has(&m->warnings, text))
		strs_add(&m->warnings, text);
}

/* No path, no control or bidi characters, not endless: a name that can be shown and written to a disk. */
static char *harmless_name(const char *s)
{
	struct buf in = {0}, out = {0};
	charset_to_utf8(NULL, s, strlen(s), &in);
	const char *p = in.s ? in.s : "";
	for (const char *q = p; *q; q++)
		if ((*q == '/' || *q == '\\') && q[1])
			p = q + 1;
	for (size_t n = strlen(p), k; n > 0; p += k, n -= k) {
		uint32_t c = utf8_next(p, n, &k);
		bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C;
		if (!bidi && c >= ' ' && !(c >= 0x7F && c < 0xA0) && c != '/' && c != '\\')
			buf_add(&out, p, k);
	}
	buf_free(&in);
	buf_cut(&out, utf8_cut(out.s ? out.s : "", out.n, NAME_BYTES));
	while (out.n && out.s[out.n - 1] == ' ')
		buf_cut(&out, out.n - 1);
	return buf_take(&out);
}

/* A quoted file name with encoded words in it (no RFC 2231), as Gmail and Outlook write them: decoded by us, since words are cut at
 * any byte there. NULL where there is none. */
static char *encoded_name(GMimeObject *o, const char *field, const char *param)
{
	GMimeHeader *h = g_mime_header_list_get_header(g_mime_object_get_header_list(o), field);
	const char *raw = h ? g_mime_header_get_raw_value(h) : NULL, *p = raw;
	size_t n = strlen(param);
	while (p && (p = strcasestr(p, param)) && !(p[n] == '=' && p[n + 1] == '"' && p > raw && strchr("; \t\n", p[-1])))
		p += n;
	const char *end = p ? strchr(p + n + 2, '"') : NULL;
	if (!end || !memmem(p, (size_t)(end - p), "=?", 2))
		return NULL;
	struct buf line = {0}, name = {0};
	head_unfold(p + n + 2, (size_t)(end - p) - n - 2, &line);
	if (line.n)
		head_decode(line.s, line.n, &name);
	buf_free(&line);
	return buf_take(&name);
}

/* The file name as its sender meant it, decoded; "" if there is none. The caller frees. */
static char *name_of(GMimeObject *o)
{
	char *name = encoded_name(o, "Content-Disposition", "filename");
	if (!name && !g_mime_object_get_content_disposition_parameter(o, "filename"))
		name = encoded_name(o, "Content-Type", "name");
	if (name)
		return name;
	const char *s = g_mime_object_get_content_disposition_parameter(o, "filename");
	if (!s)
		s = g_mime_object_get_content_type_parameter(o, "name");
	return mem_dup(s ? s : "");
}

static char *type_of(GMimeObject *o)
{
	GMimeContentType *t = g_mime_object_get_content_type(o);
	const char *major = g_mime_content_type_get_media_type(t), *minor = g_mime_content_type_get_media_subtype(t);
	struct buf raw = {0}, out = {0};
	buf_addf(&raw, "%s/%s", major ? major : "application", minor ? minor : "octet-stream");
	for (size_t i = 0; i < raw.n && i < 127; i++) {
		char c = raw.s[i];
		if (c > ' ' && c < 0x7F)
			buf_addc(&out, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
	}
	buf_free(&raw);
	return buf_take(&out);
}

/* Danger is in any of the names a program may take, and in what is inside. */
static void attach(struct walk *w, GMimeObject *o, uint64_t size, enum attachment_danger inside)
{
	struct mail *m = w->mail;
	char *name = name_of(o);
	if ((m->n_attachments & (m->n_attachments - 1)) == 0)
		m->attachments = mem_resize(m->attachments, m->n_attachments ? m->n_attachments * 2 : 1, sizeof *m->attachments);
	struct attachment *a = &m->attachments[m->n_attachments++];
	const char *other = g_mime_object_get_content_type_parameter(o, "name");
	inside = attachment_worse(inside, attachment_worse(attachment_by_name(name), attachment_by_name(other ? other : "")));
	*a = (struct attachment){.name = harmless_name(name), .type = type_of(o), .size = size, .danger = inside};
	attachment_look(a, GMIME_IS_PART(o) ? GMIME_PART(o) : NULL);
	free(name);
}

static bool is_param(GMimeObject *o, const char *name, const char *value)
{
	const char *v = g_mime_object_get_content_type_parameter(o, name);
	return v && strcasecmp(v, value) == 0;
}

static bool is_type(GMimeObject *o, const char *major, const char *minor)
{
	return g_mime_content_type_is_type(g_mime_object_get_content_type(o), major, minor);
}

/* Text parts stand below each other, each on a line of its own. */
static void next_part(struct buf *b)
{
	if (b->n && b->s[b->n - 1] != '\n')
		buf_addc(b, '\n');
}

static void inline_text(struct walk *w, GMimePart *part, bool html, struct buf *to)
{
	GMimeObject *o = GMIME_OBJECT(part);
	struct buf utf8 = {0};
	bool more, guessed;
	content_text(part, html, w->limits->text_bytes > to->n ? w->limits->text_bytes - to->n : 0, &utf8, &more, &guessed);
	if (guessed)
		warn_once(w->mail, "the character set of the text was guessed");
	if (more)
		warn_once(w->mail, "the text is longer than is read");
	next_part(to);
	if (html)
		text_html(utf8.s, utf8.n, to);
	else
		text_plain(utf8.s, utf8.n, is_param(o, "format", "flowed"), is_param(o, "delsp", "yes"), to);
	buf_free(&utf8);
}

static void keep_html(struct walk *w, GMimePart *part)
{
	if ((w->n_html & (w->n_html - 1)) == 0)
		w->html = mem_resize(w->html, w->n_html ? w->n_html * 2 : 1, sizeof *w->html);
	w->html[w->n_html++] = part;
}

static void note_report(struct walk *w, GMimePart *part)
{
	GMimeObject *o = GMIME_OBJECT(part);
	struct buf *to = NULL;
	if (is_type(o, "message", "delivery-status") || is_type(o, "message", "global-delivery-status"))
		to = &w->found.status;
	else if (is_type(o, "message", "disposition-notification") || is_type(o, "message", "global-disposition-notification"))
		to = &w->found.notice;
	else if (is_type(o, "message", "feedback-report"))
		to = &w->found.feedback;
	else if (is_type(o, "text", "rfc822-headers") || is_type(o, "message", "global-headers") || is_type(o, "text", "rfc822-header"))
		to = &w->found.returned;
	else if (is_type(o, "application", "pkcs7-mime") || is_type(o, "application", "x-pkcs7-mime") || is_type(o, "application", "pgp-encrypted"))
		w->mail->encrypted = true;
	if (to && to->n == 0) {
		struct content c;
		content_read(part, REPORT_BYTES, &c);
		buf_add(to, c.s, c.n);
		content_free(&c);
	}
}

static void leaf(struct walk *w, GMimePart *part)
{
	GMimeObject *o = GMIME_OBJECT(part);
	const char *disposition = g_mime_object_get_disposition(o);
	char *name = name_of(o);
	bool shown = !*name && !(disposition && strcasecmp(disposition, "attachment") == 0);
	if (shown && is_type(o, "text", "plain")) {
		inline_text(w, part, false, &w->plain);
		w->has_plain = true;
	} else if (shown && (is_type(o, "text", "html") || is_type(o, "application", "xhtml+xml"))) {
		keep_html(w, part);
	} else {
		note_report(w, part);
		if (!w->calendar && (is_type(o, "text", "calendar") || is_type(o, "application", "ics")))
			w->calendar = part;
		attach(w, o, content_size(part), ATTACHMENT_HARMLESS);
	}
	free(name);
}

static void walk_part(struct walk *w, GMimeObject *o);
static void choose_text(struct walk *w);
static void walk_free(struct walk *w);

/* What an attached message says, for who has to place the mail that carries it: its subject and the newest of its text. Returns the
 * danger that lies in it. */
static enum attachment_danger attached_text(struct walk *w, GMimeMessage *inner)
{
	struct mail m = {0};
	struct walk in = {.limits = w->limits, .mail = &m, .parts = w->parts, .depth = w->depth + 1, .crlf = w->crlf};
	struct buf out = {0};
	enum attachment_danger danger = ATTACHMENT_HARMLESS;
	walk_part(&in, g_mime_message_get_mime_part(inner));
	w->parts = in.parts;
	choose_text(&in);
	const char *subject = g_mime_message_get_subject(inner);
	m.reply_text = quote_reply(m.text, strlen(m.text), subject);
	const char *said = text_is_blank(m.reply_text, strlen(m.reply_text)) ? m.text : m.reply_text;
	if (w->mail->attached_text)
		buf_addf(&out, "%s\n\n", w->mail->attached_text);
	if (subject)
		charset_to_utf8(NULL, subject, strlen(subject), &out);
	buf_addf(&out, "\n\n%s", said);
	buf_cut(&out, utf8_cut(out.s, out.n, ATTACHED_TEXT));
	free(w->mail->attached_text);
	w->mail->attached_text = buf_take(&out);
	for (size_t i = 0; i < m.n_attachments; i++)
		danger = attachment_worse(danger, m.attachments[i].danger);
	walk_free(&in);
	mail_free(&m);
	return danger;
}

static void message_part(struct walk *w, GMimeMessagePart *part)
{
	GMimeMessage *inner = g_mime_message_part_get_message(part);
	uint64_t size = 0;
	enum attachment_danger inside = ATTACHMENT_HARMLESS;
	if (inner) {
		GMimeStream *count = g_mime_stream_null_new();
		GMimeFormatOptions *format = g_mime_format_options_clone(NULL);
		g_mime_format_options_set_newline_format(format, w->crlf ? GMIME_NEWLINE_FORMAT_DOS : GMIME_NEWLINE_FORMAT_UNIX);
		ssize_t n = g_mime_object_write_to_stream(GMIME_OBJECT(inner), format, count);
		g_mime_format_options_free(format);
		size = n > 0 ? (uint64_t)n : 0;
		g_object_unref(count);
		char *head = g_mime_object_get_headers(GMIME_OBJECT(inner), NULL);
		size_t head_n = head ? strnlen(head, REPORT_BYTES) : 0;
		if (w->found.returned.n == 0)
			buf_add(&w->found.returned, head ? head : "", head_n);
		forward_note(&w->forward, head ? head : "", head_n);
		g_free(head);
		inside = attached_text(w, inner);
	}
	attach(w, GMIME_OBJECT(part), size, inside);
}

/* What stands before the first boundary is the text of a mail that has no other: its boundary was wrong, or never came. */
static void preamble(struct walk *w, const char *s)
{
	if (!s || strcasestr(s, "MIME")) /* "This is a multi-part message in MIME format." */
		return;
	struct buf utf8 = {0};
	charset_to_utf8(NULL, s, strnlen(s, w->limits->text_bytes), &utf8);
	text_plain(utf8.s ? utf8.s : "", utf8.n, false, false, &w->plain);
	buf_free(&utf8);
	w->has_plain = true;
}

static void walk_multipart(struct walk *w, GMimeMultipart *multi)
{
	GMimeObject *o = GMIME_OBJECT(multi);
	if (is_type(o, "multipart", "report") && !*w->found.report) {
		const char *type = g_mime_object_get_content_type_parameter(o, "report-type");
		for (size_t i = 0; i < sizeof w->found.report - 1 && type && type[i]; i++)
			w->found.report[i] = (char)g_ascii_tolower(type[i]);
		if (!type)
			strcpy(w->found.report, "?");
	}
	if (is_type(o, "multipart", "encrypted"))
		w->mail->encrypted = true;
	int n = g_mime_multipart_get_count(multi);
	if (n == 0)
		warn_once(w->mail, "a multipart without parts");
	w->depth++;
	for (int i = 0; i < n; i++)
		walk_part(w, g_mime_multipart_get_part(multi, i));
	w->depth--;
	if (w->depth == 0 && !w->has_plain && w->n_html == 0 && (n == 0 || is_type(o, "multipart", "mixed")))
		preamble(w, g_mime_multipart_get_prologue(multi));
}

static void walk_part(struct walk *w, GMimeObject *o)
{
	if (!o)
		return;
	if (++w->parts > w->limits->parts || w->depth > w->limits->depth) {
		warn_once(w->mail, "more parts, or deeper ones, than are read");
		return;
	}
	if (GMIME_IS_MULTIPART(o))
		walk_multipart(w, GMIME_MULTIPART(o));
	else if (GMIME_IS_MESSAGE_PART(o))
		message_part(w, GMIME_MESSAGE_PART(o));
	else if (GMIME_IS_PART(o))
		leaf(w, GMIME_PART(o));
	else
		attach(w, o, 0, ATTACHMENT_HARMLESS);
}

/* The mail is an invitation and nothing else. */
static void calendar_text(struct walk *w)
{
	struct content c;
	struct buf words = {0};
	content_read(w->calendar, w->limits->text_bytes, &c);
	if (calendar_words(g_mime_object_get_content_type_parameter(GMIME_OBJECT(w->calendar), "charset"), c.s, c.n, &words)) {
		free(w->mail->text);
		w->mail->text = buf_take(&words);
	}
	buf_free(&words);
	content_free(&c);
}

/* The plain parts; where there are none, or only blank ones, the HTML; where that is blank too, a calendar. */
static void choose_text(struct walk *w)
{
	struct mail *m = w->mail;
	struct buf html = {0};
	bool plain = w->has_plain && !(w->n_html && text_is_blank(w->plain.s ? w->plain.s : "", w->plain.n));
	for (size_t i = 0; i < w->n_html && !plain; i++)
		inline_text(w, w->html[i], true, &html);
	m->text = buf_take(plain ? &w->plain : &html);
	if (w->calendar && text_is_blank(m->text, strlen(m->text)))
		calendar_text(w);
	size_t n = strlen(m->text);
	if (n > w->limits->text_bytes) { /* it grows by conversion, and by the marks of quotes */
		m->text[utf8_cut(m->text, n, w->limits->text_bytes)] = '\0';
		warn_once(m, "the text is longer than is read");
	}
	if (strstr(m->text, "-----BEGIN PGP MESSAGE-----"))
		m->encrypted = true;
}

static void walk_free(struct walk *w)
{
	origin_parts_free(&w->found);
	forward_parts_free(&w->forward);
	buf_free(&w->plain);
	free(w->html);
}

static GMimeMessage *parse(const char *raw, size_t n, size_t start, GByteArray **bytes, GMimeStream **stream)
{
	/* GMime reads from our memory and never writes to it: no copy of a 20 MB mail */
	*bytes = g_byte_array_new_take((guint8 *)(uintptr_t)raw, n);
	*stream = g_mime_stream_mem_new();
	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(*stream), *bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(*stream), FALSE);
	g_mime_stream_seek(*stream, (gint64)start, GMIME_STREAM_SEEK_SET);
	GMimeParser *parser = g_mime_parser_new_with_stream(*stream);
	g_mime_parser_set_persist_stream(parser, TRUE);
	GMimeParserOptions *options = g_mime_parser_options_new();
	static const char *const fallback[] = {"utf-8", "windows-1252", NULL};
	g_mime_parser_options_set_fallback_charsets(options, (const char **)(uintptr_t)fallback);
	GMimeMessage *msg = g_mime_parser_construct_message(parser, options);
	g_mime_parser_options_free(options);
	g_object_unref(parser);
	return msg;
}

static void read_body(const char *raw, size_t n, size_t start, enum wild wild, const struct mail_limits *limits, struct mail *out)
{
	const char *lf = memchr(raw, '\n', n);
	struct walk w = {.limits = limits, .mail = out, .crlf = lf && lf > raw && lf[-1] == '\r'};
	GByteArray *bytes;
	GMimeStream *stream;
	char *masked = wild == WILD_FIELDS ? wild_masked(raw, n) : NULL;
	GMimeMessage *msg = parse(masked ? masked : raw, n, start, &bytes, &stream);
	carry_plan(msg, raw, n, limits, &out->carry);
	if (msg)
		walk_part(&w, g_mime_message_get_mime_part(msg));
	choose_text(&w);
	size_t n_text = strlen(out->text);
	out->reply_text = answer_replies_to_us(out) ? quote_reply_to_us(out->text, n_text, NULL, NULL) : quote_reply(out->text, n_text, out->subject);
	origin_of(out, &w.found);
	forward_of(out, &w.forward);
	answer_read(msg, raw, n, limits, out);
	if (msg)
		g_object_unref(msg);
	g_object_unref(stream);
	g_byte_array_steal(bytes, NULL);
	g_byte_array_unref(bytes);
	free(masked);
	walk_free(&w);
}

void message_read_header(const char *raw, size_t n, struct mail *out)
{
	*out = (struct mail){0};
	head_read(raw, n, &mail_limits_default, out);
	out->text = mem_dup("");
	out->reply_text = mem_dup("");
	out->answer.text = mem_dup("");
	struct origin_parts nothing = {0};
	origin_of(out, &nothing);
}

void message_read(const char *raw, size_t n, const struct mail_limits *limits, struct mail *out)
{
	bool large = n > limits->bytes || n > G_MAXINT;
	enum wild wild = large ? WILD_STRUCTURE : wild_look(raw, n, limits);
	if (wild == WILD_STRUCTURE) {
		message_read_header(raw, n, out);
		strs_add(&out->warnings, large ? "the mail is larger than is read: only its header was"
		                               : "the mail has more parts or fields than are read: only its header was");
		carry_plan(NULL, raw, n, limits, &out->carry);
		return;
	}
	*out = (struct mail){0};
	head_read(raw, n, limits, out);
	read_body(raw, n, head_start(raw, n), wild, limits, out);
}
