/* What a colleague wrote, carried on: up to three multiparts around the texts of the answer and ranges of the colleague's mail. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "compose_parts.h"

enum level { ALTERNATIVE, RELATED, MIXED, LEVELS };

struct answering {
	const struct answer *answer;
	const char *text, *html; /* html NULL: text alone */
	char *boundary[LEVELS];  /* NULL: there is no such level */
	struct composed *out;
};

static size_t count(const struct answering *a, bool inlined)
{
	size_t n = 0;
	for (size_t i = 0; i < a->answer->n_parts; i++)
		n += (a->answer->parts[i].inlined && a->html) == inlined;
	return n;
}

static void put_type(struct answering *a, enum level l, const char *more)
{
	static const char *const types[LEVELS] = {"alternative", "related;\r\n type=\"multipart/alternative\"", "mixed"}; /* RFC 2387 §3.1 */
	buf_addf(&a->out->bytes, "Content-Type: multipart/%s;\r\n boundary=\"%s\"\r\n%s\r\n", types[l], a->boundary[l], more);
}

static void put_line(struct answering *a, enum level l, bool first)
{
	buf_addf(&a->out->bytes, "%s--%s\r\n", first ? "" : "\r\n", a->boundary[l]);
}

static void put_end(struct answering *a, enum level l)
{
	buf_addf(&a->out->bytes, "\r\n--%s--\r\n", a->boundary[l]);
}

static void put_parts(struct answering *a, enum level l)
{
	for (size_t i = 0; i < a->answer->n_parts; i++) {
		const struct answer_part *p = &a->answer->parts[i];
		if ((p->inlined && a->html) != (l == RELATED))
			continue;
		put_line(a, l, false);
		compose_end_bytes(a->out);
		compose_span(a->out, true, p->offset, p->length);
	}
	put_end(a, l);
}

static void put_texts(struct answering *a, const char *more)
{
	bool inner = a->boundary[RELATED] || a->boundary[MIXED];
	struct compose_part plain = {"text/plain; charset=utf-8", more, a->text, inner || a->html}, html = {"text/html; charset=utf-8", "", a->html, true};
	if (!a->html) {
		compose_part(&a->out->bytes, &plain);
		return;
	}
	put_type(a, ALTERNATIVE, more);
	plain.head = "";
	put_line(a, ALTERNATIVE, true);
	compose_part(&a->out->bytes, &plain);
	put_line(a, ALTERNATIVE, false);
	compose_part(&a->out->bytes, &html);
	put_end(a, ALTERNATIVE);
}

static void put_body(struct answering *a, const char *language)
{
	if (a->boundary[MIXED]) {
		put_type(a, MIXED, language);
		put_line(a, MIXED, true);
	}
	if (a->boundary[RELATED]) {
		put_type(a, RELATED, a->boundary[MIXED] ? "" : language);
		put_line(a, RELATED, true);
	}
	put_texts(a, a->boundary[MIXED] || a->boundary[RELATED] ? "" : language);
	if (a->boundary[RELATED])
		put_parts(a, RELATED);
	if (a->boundary[MIXED])
		put_parts(a, MIXED);
}

/* Forward only, or a small mail could become an endless one. */
static bool check_parts(const struct answer *a, struct err *e)
{
	uint64_t end = 0;
	for (size_t i = 0; i < a->n_parts; i++)
		if (a->parts[i].length == 0 || a->parts[i].offset < end || __builtin_add_overflow(a->parts[i].offset, a->parts[i].length, &end))
			return err_set(e, ERR_INPUT, "cannot carry an answer on: its parts lie in each other");
	return true;
}

bool compose_answer(const struct outgoing *o, const struct answer *answer, const char *text, bool html, struct composed *out, struct err *e)
{
	*out = (struct composed){0};
	if (!compose_check(o, e) || !check_parts(answer, e))
		return false;
	char *plain = compose_lf(text), *rich = html && answer->html ? compose_lf(answer->html) : NULL, *language = compose_language(o);
	struct answering a = {.answer = answer, .text = plain, .html = rich, .out = out};
	a.boundary[ALTERNATIVE] = rich ? compose_boundary(o, plain, 'a') : NULL;
	a.boundary[RELATED] = count(&a, true) ? compose_boundary(o, plain, 'r') : NULL;
	a.boundary[MIXED] = count(&a, false) ? compose_boundary(o, plain, 'm') : NULL;
	compose_header(&out->bytes, o);
	put_body(&a, language);
	compose_end_bytes(out);
	for (size_t i = 0; i < LEVELS; i++)
		free(a.boundary[i]);
	free(plain);
	free(rich);
	free(language);
	return true;
}
