#include "config/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/mem.h"
#include "mail/address.h"

enum { CERTIFICATES_MAX = 4 << 20 };

static const char zoneinfo[] = "/usr/share/zoneinfo";

bool check_address(struct reader *r, const struct node *n, const char *text)
{
	if (address_ok(text))
		return true;
	if (!strchr(text, '@'))
		reader_fault(r, n, "'%s' is no mail address: it has no '@'", text);
	else if (strchr(text, '<') || strchr(text, ' '))
		reader_fault(r, n, "'%s' is no mail address: write the address alone, without a name, brackets or spaces", text);
	else
		reader_fault(r, n, "'%s' is no mail address: a local part, '@' and a domain are wanted, as in 'name@uni.example'", text);
	return false;
}

bool check_one_address(struct reader *r, const struct node *n, const char *text)
{
	if (!strchr(text, '*'))
		return check_address(r, n, text);
	reader_fault(r, n, "'%s' is a pattern: one address is wanted here, as in 'bo.ek@uni.example'", text);
	return false;
}

bool check_not_own(struct reader *r, const struct node *n, const char *addr, const char *what)
{
	if (!config_is_own_address(r->c, addr))
		return true;
	reader_fault(r, n, "%s '%s' is the office's own address: what is sent there comes back here, and loops", what, addr);
	return false;
}

bool check_staff_list(struct reader *r, const struct node *n, const char *what)
{
	bool ok = true;
	for (size_t i = 0; i < texts_count(n); i++) {
		const struct node *t = texts_at(n, i);
		if (!t || (check_address(r, t, t->text) && check_not_own(r, t, t->text, what)))
			continue;
		ok = false;
	}
	return ok;
}

bool check_member_pattern(struct reader *r, const struct node *n, const char *text)
{
	char *plain = mem_dup(text);
	for (char *p = plain; *p; p++)
		if (*p == '*')
			*p = 'x';
	const char *domain = strrchr(text, '@');
	bool ok = address_ok(plain);
	free(plain);
	if (!strchr(text, '*'))
		return check_address(r, n, text) && check_not_own(r, n, text, "the staff member");
	if (!ok)
		reader_fault(r, n, "'%s' is no address and no pattern of one: as in 'bo.ek@uni.example' or '*@int.uni.example'", text);
	else if (strspn(domain + 1, "*.") == strlen(domain + 1))
		ok = (reader_fault(r, n, "'%s' makes everybody staff: name the domain after '@'", text), false);
	return ok;
}

bool check_members(struct reader *r, const struct node *n)
{
	bool ok = true;
	for (size_t i = 0; i < texts_count(n); i++) {
		const struct node *t = texts_at(n, i);
		if (t && !check_member_pattern(r, t, t->text))
			ok = false;
	}
	return ok;
}

bool check_domain(struct reader *r, const struct node *n, const char *text)
{
	char *addr = mem_fmt("x@%s", text);
	bool ok = !strchr(text, '@') && address_ok(addr);
	free(addr);
	if (!ok)
		reader_fault(r, n, "'%s' is no domain: as in 'uni.example', which stands for all that ends with '.uni.example' too", text);
	return ok;
}

bool name_ok(const char *text)
{
	return *text && strlen(text) <= 60 && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

bool check_name(struct reader *r, const struct node *n, const char *text, const char *what)
{
	if (name_ok(text))
		return true;
	reader_fault(r, n, "%s '%s': only the letters a to z, digits and '-' are allowed, at most 60", what, text);
	return false;
}

bool check_language(struct reader *r, const struct node *n, const char *text)
{
	static const char *const told[] = {"sv", "en", "no", "da", "de", "fr", "es", "fi"}; /* as in topic/language.h */
	size_t k = sizeof told / sizeof *told;
	for (size_t i = 0; i < k; i++)
		if (strcmp(told[i], text) == 0)
			return true;
	if (strs_has(&r->c->office.languages, text))
		return true;
	reader_fault(r, n, "unknown language '%s': languages that can be told apart are sv, en, no, da, de, fr, es, fi", text);
	return false;
}

bool check_timezone(struct reader *r, const struct node *n, const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
	bool ok = text[strspn(text, letters)] == '\0' && text[0] != '/';
	if (ok && strcmp(text, "UTC") != 0 && access(zoneinfo, X_OK) == 0) {
		char *path = mem_fmt("%s/%s", zoneinfo, text);
		ok = access(path, R_OK) == 0;
		free(path);
	}
	if (!ok)
		reader_fault(r, n, "unknown time zone '%s': names are those under %s, as in 'Europe/Stockholm'", text, zoneinfo);
	return ok;
}

bool check_topic(struct reader *r, const struct node *n, const char *text)
{
	if (strcmp(text, "triage") == 0 || config_topic_index(r->c, text) >= 0)
		return true;
	if (r->source->broken || r->c->n_topics == 0)
		return true; /* the topics themselves are in doubt, and that was said */
	const char **known = mem_array(r->c->n_topics + 1, sizeof *known);
	size_t n_known = 0;
	for (size_t i = 0; i < r->c->n_topics; i++)
		if (r->c->topics[i].name) /* one without a name was reported */
			known[n_known++] = r->c->topics[i].name;
	known[n_known++] = "triage";
	char *hint = did_you_mean(text, known, n_known);
	reader_fault(r, n, "unknown topic '%s'%s", text, hint);
	free(hint);
	free(known);
	return false;
}

bool check_certificate(struct reader *r, const struct node *n, const char *key, const char *path)
{
	struct buf b = {0};
	struct err e;
	bool ok = file_read(path, CERTIFICATES_MAX, &b, &e);
	if (!ok)
		reader_fault(r, n, "%s: %s", key, e.text);
	else if (!(ok = b.s && strstr(b.s, "-----BEGIN CERTIFICATE-----")))
		reader_fault(r, n, "%s: there is no certificate (PEM) in '%s'", key, path);
	buf_free(&b);
	return ok;
}

bool check_secret(struct reader *r, const struct node *n, const char *key, const char *path)
{
	struct err e;
	if (secret_check(path, &e))
		return true;
	reader_fault(r, n, "%s: %s", key, e.text);
	return false;
}

char *config_path(const struct reader *r, const char *path)
{
	if (path[0] == '/' || str_starts(path, "credential:"))
		return mem_dup(path);
	return mem_fmt("%s/%s", r->dir, path);
}
