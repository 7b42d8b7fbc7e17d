#include "config/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/fold.h"
#include "base/mem.h"

enum { FILE_MAX = 4 << 20, WHOLE_MAX = 8 << 20, INCLUDE_DEPTH = 8 };

struct reading {
	struct source *s;
	char *dir;               /* of the config, with its last slash; "" for the working directory */
	size_t stack[INCLUDE_DEPTH];
	size_t depth;
	bool in_comment;
};

static void fault_of(struct source *s, unsigned line, char *message)
{
	bool known = line > 0 && line <= s->n_lines;
	faults_add(s->faults, known ? line : 0, s->files.v[known ? s->lines[line - 1].file : 0],
	           known ? s->lines[line - 1].line : 0, message);
}

void source_fault(struct source *s, unsigned line, const char *fmt, ...)
{
	char *message = NULL;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&message, fmt, ap) < 0)
		message = mem_dup(fmt);
	va_end(ap);
	fault_of(s, line, message);
}

char *source_place(const struct source *s, unsigned line, unsigned seen_from)
{
	if (line == 0 || line > s->n_lines || seen_from == 0 || seen_from > s->n_lines)
		return mem_dup("elsewhere");
	const struct source_line *l = &s->lines[line - 1];
	if (l->file == s->lines[seen_from - 1].file)
		return mem_fmt("on line %u", l->line);
	const char *name = s->files.v[l->file], *slash = strrchr(name, '/');
	return mem_fmt("at %s:%u", slash ? slash + 1 : name, l->line);
}

/* Whether a block comment is open at the end of the line. A string ends at the end of its line at the latest. */
static bool comment_after(const char *p, const char *end, bool in_comment)
{
	bool in_string = false;
	for (; p < end; p++) {
		bool pair = p + 1 < end;
		if (in_comment) {
			if (pair && p[0] == '*' && p[1] == '/') {
				in_comment = false;
				p++;
			}
		} else if (in_string) {
			if (*p == '\\' && pair)
				p++;
			else if (*p == '"')
				in_string = false;
		} else if (*p == '"') {
			in_string = true;
		} else if (*p == '#' || (pair && p[0] == '/' && p[1] == '/')) {
			return false;
		} else if (pair && p[0] == '/' && p[1] == '*') {
			in_comment = true;
			p++;
		}
	}
	return in_comment;
}

/* The name in an @include line. False: it is no such line. *name is NULL when it has no name in quotes. */
static bool include_line(const char *p, const char *end, char **name)
{
	static const char word[] = "@include";
	size_t n = sizeof word - 1;
	*name = NULL;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if ((size_t)(end - p) < n || memcmp(p, word, n) != 0)
		return false;
	for (p += n; p < end && (*p == ' ' || *p == '\t'); p++)
		;
	if (p == end || *p != '"')
		return true;
	const char *close = memchr(p + 1, '"', (size_t)(end - p - 1));
	if (!close || close == p + 1)
		return true;
	const char *rest = close + 1;
	while (rest < end && (*rest == ' ' || *rest == '\t' || *rest == ';'))
		rest++;
	if (rest == end || *rest == '#' || (*rest == '/' && rest + 1 < end && rest[1] == '/'))
		*name = mem_dupn(p + 1, (size_t)(close - p - 1));
	return true;
}

static void add_line(struct reading *r, size_t file, unsigned line, const char *p, size_t n)
{
	struct source *s = r->s;
	if ((s->n_lines & (s->n_lines - 1)) == 0)
		s->lines = mem_resize(s->lines, s->n_lines ? s->n_lines * 2 : 1, sizeof *s->lines);
	s->lines[s->n_lines++] = (struct source_line){.file = file, .line = line};
	size_t at = s->text.n;
	buf_add(&s->text, p, n);
	buf_addc(&s->text, '\n');
	if (utf8_valid(p, n))
		return;
	source_fault(s, (unsigned)s->n_lines, "this line is not UTF-8: save the file as UTF-8");
	s->lines[s->n_lines - 1].faulty = true;
	for (size_t i = at; i < s->text.n; i++)
		if ((unsigned char)s->text.s[i] >= 0x80)
			s->text.s[i] = '_';
}

static bool read_file(struct reading *r, const char *path, unsigned included_at);

static void include(struct reading *r, char *name)
{
	unsigned at = (unsigned)r->s->n_lines;
	if (!name) {
		source_fault(r->s, at, "@include wants a file name in double quotes, alone on its line: @include \"topics.conf\"");
		r->s->lines[at - 1].faulty = r->s->broken = true;
		return;
	}
	char *path = name[0] == '/' ? mem_dup(name) : mem_fmt("%s%s", r->dir, name);
	bool inside = false;
	for (size_t i = 0; i < r->depth; i++)
		inside |= strcmp(r->s->files.v[r->stack[i]], path) == 0;
	if (inside)
		source_fault(r->s, at, "'%s' includes itself", path);
	else if (r->depth == INCLUDE_DEPTH)
		source_fault(r->s, at, "'%s' is not read: includes are nested more than %d deep", path, INCLUDE_DEPTH);
	else
		read_file(r, path, at);
	free(path);
	free(name);
}

static void read_lines(struct reading *r, size_t file, const char *p, size_t n)
{
	const char *end = p + n;
	if (n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) /* the byte order mark that some editors write */
		p += 3;
	for (unsigned line = 1; p < end; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end;
		const char *text_end = stop > p && stop[-1] == '\r' ? stop - 1 : stop;
		char *name;
		if (!r->in_comment && include_line(p, text_end, &name)) {
			add_line(r, file, line, "", 0);
			include(r, name);
		} else {
			r->in_comment = comment_after(p, text_end, r->in_comment);
			add_line(r, file, line, p, (size_t)(text_end - p));
		}
		p = nl ? nl + 1 : end;
	}
}

static bool read_file(struct reading *r, const char *path, unsigned included_at)
{
	struct source *s = r->s;
	struct buf b = {0};
	struct err e;
	bool ok = file_read(path, FILE_MAX, &b, &e);
	if (ok && b.n && memchr(b.s, '\0', b.n))
		ok = err_set(&e, ERR_CONFIG, "'%s' is no text file: there are bytes of 0 in it", path);
	if (ok && s->text.n + b.n > WHOLE_MAX)
		ok = err_set(&e, ERR_CONFIG, "'%s' is not read: the config is larger than %d bytes in all", path, WHOLE_MAX);
	if (!ok) {
		source_fault(s, included_at, "%s", e.text);
		s->broken |= included_at > 0;
	} else {
		size_t file = included_at ? s->files.n : 0;
		if (included_at)
			strs_add(&s->files, path);
		r->stack[r->depth++] = file;
		read_lines(r, file, b.s ? b.s : "", b.n);
		r->depth--;
		r->in_comment = false; /* a comment that an included file leaves open is reported there, and ends with it */
	}
	buf_free(&b);
	return ok;
}

bool source_read(struct source *s, const char *path, struct faults *faults)
{
	*s = (struct source){.faults = faults};
	struct reading r = {.s = s};
	const char *slash = strrchr(path, '/');
	strs_add(&s->files, path);
	r.dir = mem_dupn(path, slash ? (size_t)(slash - path) + 1 : 0);
	bool ok = read_file(&r, path, 0);
	free(r.dir);
	return ok;
}

void source_free(struct source *s)
{
	strs_free(&s->files);
	buf_free(&s->text);
	free(s->lines);
	*s = (struct source){0};
}
