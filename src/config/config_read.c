#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/check.h"
#include "config/config.h"
#include "config/sections.h"
#include "mail/address.h"
#include "mail/token.h"
#include "topic/starter.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
#define SECTION(name, type, needed, example, read) {name, type, needed, example, 0, 0, 0, 0, read}

/* --- office --- */

static void office_address(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_address(r, n, n->text);
}

static void office_tag(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	size_t len = strlen(n->text), good = strspn(n->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
	if (good < len || len > 12 || strspn(n->text, "0123456789") > 0)
		reader_fault(r, n, "the tag '%s' wants letters and digits, a letter first, at most 12: 'INT' gives [INT-42]", n->text);
}

static void office_aliases(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	for (size_t i = 0; i < texts_count(n); i++) {
		const struct node *t = texts_at(n, i);
		if (t && check_address(r, t, t->text) && r->c->office.address && address_same(t->text, r->c->office.address))
			reader_fault(r, t, "the alias '%s' is the office's address itself", t->text);
	}
}

static void office_internal(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	for (size_t i = 0; i < texts_count(n); i++)
		if (texts_at(n, i))
			check_domain(r, texts_at(n, i), texts_at(n, i)->text);
}

static void office_timezone(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_timezone(r, n, n->text);
}

/* The office's address with a token behind a '+' must still be an address (RFC 5321 §4.5.3.1.1). */
static void office_plus(struct reader *r, const struct node *n, void *to)
{
	enum { LOCAL_MAX = 64, MOST = LOCAL_MAX - 1 - TOKEN_TEXT };
	const struct config *c = to;
	const char *addr = c->office.address, *at = addr ? strrchr(addr, '@') : NULL;
	if (c->office.plus && at && at - addr > MOST)
		reader_fault(r, n, "'plus' wants an address with at most %d bytes before '@', to have room for '+' and a token: leave the key out", MOST);
}

static void office_answer_from(struct reader *r, const struct node *n, void *to)
{
	static const char *const known[] = {"{name}", "{office}"};
	bool office = false;
	(void)to;
	for (const char *p = n->text; (p = strchr(p, '{')) != NULL;) {
		size_t k = strcspn(p, "}") + 1;
		bool is_office = str_starts(p, "{office}");
		office = office || is_office;
		if (p[1] == '{') {
			p += 2;
			continue;
		}
		if (!is_office && !str_starts(p, "{name}")) {
			char *word = mem_dupn(p, strnlen(p, k)), *hint = did_you_mean(word, known, COUNT_OF(known));
			reader_fault(r, n, "unknown placeholder '%s' in 'answer_from'%s", word, hint);
			free(hint);
			free(word);
			return;
		}
		p += k;
	}
	if (!office)
		reader_fault(r, n, "'answer_from' wants '{office}' in it: people must see that the office answers them, as in \"{name}, {office}\"");
}

static void office(struct reader *r, const struct node *n, void *to)
{
	static const struct key keys[] = {
		{"name", WANT_TEXT, true, "name = \"International Office\";", KEY_AT(struct config, office.name), 0, 0, NULL},
		{"address", WANT_TEXT, true, "address = \"international@uni.example\";", KEY_AT(struct config, office.address), 0, 0, office_address},
		{"tag", WANT_TEXT, false, NULL, KEY_AT(struct config, office.tag), 0, 0, office_tag},
		{"aliases", WANT_TEXTS, false, NULL, KEY_AT(struct config, office.aliases), 0, 0, office_aliases},
		{"languages", WANT_TEXTS, false, NULL, KEY_AT(struct config, office.languages), 0, 0, NULL},
		{"internal", WANT_TEXTS, false, NULL, KEY_AT(struct config, office.internal), 0, 0, office_internal},
		{"timezone", WANT_TEXT, false, NULL, KEY_AT(struct config, office.timezone), 0, 0, office_timezone},
		{"plus", WANT_FLAG, false, NULL, KEY_AT(struct config, office.plus), 0, 0, office_plus},
		{"reopen_days", WANT_COUNT, false, NULL, KEY_AT(struct config, office.reopen_days), 0, 3650, NULL},
		{"answer_from", WANT_TEXT, false, NULL, KEY_AT(struct config, office.answer_from), 0, 0, office_answer_from},
	};
	reader_where(r, "'office'");
	keys_read(r, n, keys, COUNT_OF(keys), to);
}

/* --- store, metrics, limits --- */

/* A file that is made: an absolute path in a folder that is there. what: "store's", example: a path. */
static void check_made(struct reader *r, const struct node *n, const char *what, const char *example)
{
	struct stat st;
	const char *path = n->text, *slash = strrchr(path, '/'), *base = strrchr(example, '/') + 1;
	if (path[0] != '/') {
		reader_fault(r, n, "the %s path '%s' must begin with '/': %s = \"%s\";", what, path, n->name, example);
		return;
	}
	if (slash[1] == '\0') {
		reader_fault(r, n, "the %s path '%s' is a folder: add a file name, as in '%s%s'", what, path, path, base);
		return;
	}
	if (!r->check_files)
		return;
	char *dir = mem_dupn(path, slash == path ? 1 : (size_t)(slash - path));
	if (stat(dir, &st) != 0)
		reader_fault(r, n, "the %s folder '%s' is not there: mkdir -p '%s', and give it to the account that runs ingangd", what, dir, dir);
	else if (!S_ISDIR(st.st_mode))
		reader_fault(r, n, "the %s folder '%s' is no folder", what, dir);
	else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		reader_fault(r, n, "the %s path '%s' is a folder: add a file name", what, path);
	free(dir);
}

static void store_path(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_made(r, n, "store's", "/var/lib/ingang/ingang.db");
}

static void store(struct reader *r, const struct node *n, void *to)
{
	static const struct key keys[] = {
		{"path", WANT_TEXT, true, "path = \"/var/lib/ingang/ingang.db\";", KEY_AT(struct config, store.path), 0, 0, store_path},
	};
	reader_where(r, "'store'");
	keys_read(r, n, keys, COUNT_OF(keys), to);
}

static void metrics_file(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_made(r, n, "metrics file's", "/run/ingang/metrics.prom");
}

static void metrics(struct reader *r, const struct node *n, void *to)
{
	static const struct key keys[] = {
		{"file", WANT_TEXT, true, "file = \"/run/ingang/metrics.prom\";", KEY_AT(struct config, metrics.file), 0, 0, metrics_file},
	};
	struct config *c = to;
	reader_where(r, "'metrics'");
	keys_read(r, n, keys, COUNT_OF(keys), to);
	if (c->metrics.file && c->store.path && strcmp(c->metrics.file, c->store.path) == 0)
		reader_fault(r, tree_member(n, "file"), "'file' in 'metrics' is the store itself: name another one, as in \"/run/ingang/metrics.prom\"");
}

static void learning(struct reader *r, const struct node *n, void *to)
{
	static const struct key keys[] = {
		{"automatic", WANT_FLAG, false, NULL, KEY_AT(struct config, learning.automatic), 0, 0, NULL},
		{"after", WANT_COUNT, false, NULL, KEY_AT(struct config, learning.after), 1, 10000, NULL},
	};
	reader_where(r, "'learning'");
	keys_read(r, n, keys, COUNT_OF(keys), to);
}

static void limits(struct reader *r, const struct node *n, void *to)
{
	static const struct key keys[] = {
		{"answers_per_address_hour", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.answers_per_address_hour), 0, 1000, NULL},
		{"answers_per_hour", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.answers_per_hour), 0, 1000000, NULL},
		{"sandbox", WANT_FLAG, false, NULL, KEY_AT(struct config, limits.sandbox), 0, 0, NULL},
		{"bytes", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.mail.bytes), 65536, 1 << 30, NULL},
		{"text_bytes", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.mail.text_bytes), 1024, 64 << 20, NULL},
		{"depth", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.mail.depth), 2, 64, NULL},
		{"parts", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.mail.parts), 10, 100000, NULL},
		{"fields", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.mail.fields), 50, 100000, NULL},
		{"field_bytes", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.mail.field_bytes), 998, 1 << 20, NULL},
		{"recipients", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.mail.recipients), 1, 100000, NULL},
		{"references", WANT_COUNT, false, NULL, KEY_AT(struct config, limits.mail.references), 1, 10000, NULL},
	};
	reader_where(r, "'limits'");
	keys_read(r, n, keys, COUNT_OF(keys), to);
}

static void templates(struct reader *r, const struct node *n, void *to)
{
	struct config *c = to;
	struct stat st;
	c->templates = config_path(r, n->text);
	if (r->check_files && (stat(c->templates, &st) != 0 || !S_ISDIR(st.st_mode)))
		reader_fault(r, n, "the templates' folder '%s' is not there: make it, or leave the key out to use the built-in texts", c->templates);
}

/* --- the whole --- */

/* Needed by checks in other sections, so read first: office, templates, topics. Faults come out in the order of the file. */
static const struct key top_keys[] = {
	SECTION("office", WANT_GROUP, true, "office = { name = …; address = …; };", office),
	SECTION("templates", WANT_TEXT, false, NULL, templates),
	SECTION("topics", WANT_LIST, true, "@include \"topics.conf\", or topics = ( { name = …; staff = [ … ]; } );", section_topics),
	SECTION("imap", WANT_GROUP, true, "imap = { url = \"imaps://…\"; user = …; password_file = …; };", section_imap),
	SECTION("smtp", WANT_GROUP, true, "smtp = { url = \"smtp://…:587\"; user = …; password_file = …; };", section_smtp),
	SECTION("store", WANT_GROUP, true, "store = { path = \"/var/lib/ingang/ingang.db\"; };", store),
	SECTION("metrics", WANT_GROUP, false, NULL, metrics),
	SECTION("learning", WANT_GROUP, false, NULL, learning),
	SECTION("staff", WANT_GROUP, false, NULL, section_staff),
	SECTION("triage", WANT_GROUP, true, "triage = { staff = [ \"triage@uni.example\" ]; };", section_triage),
	SECTION("triage_terms", WANT_TEXTS, false, NULL, section_triage_terms),
	SECTION("rules", WANT_LIST, false, NULL, section_rules),
	SECTION("limits", WANT_GROUP, false, NULL, limits),
};

static void set_default(char **at, const char *value)
{
	if (!*at)
		*at = mem_dup(value);
}

static char *config_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? mem_dupn(path, slash == path ? 1 : (size_t)(slash - path)) : mem_dup(".");
	char *real = realpath(dir, NULL);
	if (!real)
		return dir;
	free(dir);
	return real;
}

static void defaults(struct reader *r)
{
	struct config *c = r->c;
	set_default(&c->office.tag, "INT");
	set_default(&c->office.timezone, "UTC");
	set_default(&c->office.answer_from, "{name}, {office}");
	set_default(&c->imap.inbox, "INBOX");
	set_default(&c->imap.folder, "Ingang");
	if (c->office.languages.n == 0)
		strs_add(&c->office.languages, "en");
	if (c->office.internal.n == 0 && c->office.address)
		strs_add(&c->office.internal, address_domain(c->office.address));
}

/* A folder `templates` beside the config is used without being named. */
static void find_templates(struct reader *r)
{
	struct stat st;
	if (r->c->templates || tree_member(r->root, "templates"))
		return;
	char *dir = config_path(r, "templates");
	if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
		r->c->templates = dir;
	else
		free(dir);
}

static void read_whole(struct reader *r)
{
	struct config *c = r->c;
	c->imap.poll_seconds = 60;
	c->office.reopen_days = 30;
	c->staff.hold_minutes = 60;
	c->staff.commands = true;
	c->triage.confidence = 0.6;
	c->learning.automatic = true;
	c->learning.after = 20;
	c->limits = (struct config_limits){.mail = mail_limits_default, .sandbox = true, .answers_per_address_hour = 1, .answers_per_hour = 60};
	keys_read(r, r->root, top_keys, COUNT_OF(top_keys), c);
	defaults(r);
	section_staff_settled(r);
	find_templates(r);
	section_texts(r);
}

static void make_classifier(struct reader *r, struct faults *faults)
{
	struct config *c = r->c;
	struct topic_terms *terms = mem_array(c->n_topics, sizeof *terms);
	struct err e;
	for (size_t i = 0; i < c->n_topics; i++)
		terms[i] = (struct topic_terms){c->topics[i].name, &c->topics[i].terms};
	c->classifier = classifier_new(terms, c->n_topics, &c->triage.terms, &e);
	if (!c->classifier)
		faults_add(faults, 0, c->file, 0, mem_dup(e.text));
	size_t size = (size_t)((uintptr_t)starter_model_end - (uintptr_t)starter_model);
	struct model *m = c->classifier && size ? model_load(starter_model, size, &e) : NULL;
	if (m)
		classifier_learned(c->classifier, m); /* or not: then the topics are others */
	for (size_t i = 0; c->classifier && i < c->n_topics; i++)
		classifier_set_threshold(c->classifier, (int)i, c->topics[i].precision);
	free(terms);
}

struct config *config_load(const char *path, bool check_files, struct problems *problems)
{
	struct faults faults = {0};
	struct source source;
	struct node root = {.type = NODE_GROUP};
	struct reader r = {.c = mem_alloc(sizeof *r.c), .source = &source, .root = &root, .check_files = check_files};
	r.c->file = mem_dup(path);
	r.dir = config_dir(path);
	if (source_read(&source, path, &faults)) {
		source_mend(&source);
		tree_read(&root, &source);
		read_whole(&r);
		if (faults.n == 0)
			make_classifier(&r, &faults);
	}
	tree_free(&root);
	source_free(&source);
	free(r.dir);
	if (faults.n > 0) {
		config_free(r.c);
		r.c = NULL;
	}
	faults_take(&faults, problems);
	return r.c;
}
