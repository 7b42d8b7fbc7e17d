#include "mail/authres.h"

#include <gnutls/gnutls.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail/address.h"
#include "mail/authres_field.h"
#include "mail/head.h"

static void say(struct authres *out, enum authres_verdict v, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void say(struct authres *out, enum authres_verdict v, const char *fmt, ...)
{
	va_list ap;
	out->verdict = v;
	va_start(ap, fmt);
	vsnprintf(out->why, sizeof out->why, fmt, ap);
	va_end(ap);
	for (char *p = out->why; *p; p++) /* domains in it are a stranger's */
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static bool is_atom(char c)
{
	return c != '\0' && !strchr(" \t\"(),:;<>@[]\\", c);
}

/* An '@' at s[i] that belongs to an address, but not to `addr`. One that stands alone, or begins a word ("@home"), is decoration. */
static bool is_other_address(const char *s, size_t i, const char *addr)
{
	bool begins = i == 0 || strchr(" (,", s[i - 1]) || (s[i - 1] == '"' && (i == 1 || s[i - 2] == ' '));
	if (begins || (!is_atom(s[i + 1]) && s[i + 1] != '['))
		return false;
	size_t n = strlen(addr), local = n - strlen(address_domain(addr)) - 1;
	if (i < local || strncasecmp(s + i - local, addr, n) != 0)
		return true;
	const char *end = s + i - local + n;
	return (i > local && is_atom(s[i - local - 1])) || is_atom(*end) || *end == '@';
}

const char *authres_from_fault(const struct mail *m)
{
	const char *value = NULL, *addr = m->from.addr;
	for (size_t i = 0; i < m->n_fields; i++) {
		if (strcasecmp(m->fields[i].name, "From") != 0)
			continue;
		if (value)
			return "there are two From fields";
		value = m->fields[i].value;
	}
	if (!value || !addr || !*addr)
		return "there is no address in From";
	if (!address_ok(addr))
		return "the address in From cannot be relied on";
	struct mailboxes l = {0};
	bool all = head_mailboxes(value, strlen(value), 2, &l);
	bool one = all && l.n == 1 && strcmp(l.v[0].addr, addr) == 0;
	mailboxes_free(&l);
	for (size_t i = 0; one && value[i]; i++)
		one = value[i] != '@' || !is_other_address(value, i, addr);
	return one ? NULL : "there is more than one address in From";
}

/* In ASCII and lower case, an internationalised one as its A-labels, so that either spelling is the same. */
static bool plain_domain(const char *s, char out[static 256])
{
	size_t n = strlen(s);
	bool ascii = true;
	if (n && s[n - 1] == '.')
		n--;
	for (size_t i = 0; i < n; i++)
		ascii = ascii && (unsigned char)s[i] < 0x80;
	if (n == 0 || n > 255)
		return false;
	gnutls_datum_t mapped = {NULL, 0};
	if (!ascii && gnutls_idna_map(s, (unsigned)n, &mapped, 0) < 0)
		return false;
	const char *from = ascii ? s : (const char *)mapped.data;
	n = ascii ? n : mapped.size;
	bool ok = n > 0 && n <= 255;
	for (size_t i = 0; ok && i < n; i++) {
		char c = from[i];
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
		ok = (out[i] >= 'a' && out[i] <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && i > 0 && out[i - 1] != '.');
	}
	out[ok ? n : 0] = '\0';
	gnutls_free(mapped.data);
	return ok;
}

static bool same_domain(const char *a, const char *domain)
{
	char plain[256];
	return plain_domain(a, plain) && strcmp(plain, domain) == 0;
}

/* Stricter than DMARC's relaxed alignment, which needs the list of public suffixes: nobody below signs for what is above. */
static bool aligned(const char *signer, const char *domain)
{
	char plain[256];
	return plain_domain(signer, plain) && strchr(plain, '.') && domain_within(domain, plain);
}

/* What a field says about one method; a worse one outweighs a better one where two of one kind meet. */
enum said { SAID_NOTHING, SAID_PASS, SAID_OTHER, SAID_FAIL };

struct said_of {
	enum said dmarc, dkim;
};

static bool is_shrug(const char *result) /* neither for nor against */
{
	static const char *const v[] = {"none", "neutral", "temperror", "permerror", "bestguesspass", "policy", "unknown", "skipped"};
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		if (strcasecmp(result, v[i]) == 0)
			return true;
	return false;
}

static enum said dmarc_said(const struct authres_result *r, const char *domain)
{
	if (strcasecmp(r->result, "pass") != 0)
		return is_shrug(r->result) ? SAID_OTHER : SAID_FAIL;
	if (r->broken || !*r->from)
		return SAID_OTHER;
	return same_domain(r->from, domain) ? SAID_PASS : SAID_FAIL; /* it looked at another From than we do */
}

static enum said dkim_said(const struct authres_result *r, const char *domain)
{
	const char *signer = *r->d ? r->d : address_domain(r->i);
	bool ours = *signer && aligned(signer, domain);
	if (strcasecmp(r->result, "pass") == 0)
		return ours && !r->broken ? SAID_PASS : SAID_OTHER;
	return is_shrug(r->result) || (*signer && !ours) ? SAID_OTHER : SAID_FAIL;
}

/* Of several signatures of a mail one good one is enough (RFC 6376 §6.1): within one field a pass outweighs the rest. */
static struct said_of field_said(const struct authres_field *f, const char *domain)
{
	struct said_of all = {SAID_NOTHING, SAID_NOTHING};
	bool signed_well = false;
	for (size_t i = 0; i < f->n; i++) {
		const struct authres_result *r = &f->v[i];
		bool dmarc = strcasecmp(r->method, "dmarc") == 0;
		if (!dmarc && strcasecmp(r->method, "dkim") != 0)
			continue;
		enum said s = dmarc ? dmarc_said(r, domain) : dkim_said(r, domain), *to = dmarc ? &all.dmarc : &all.dkim;
		signed_well = signed_well || (!dmarc && s == SAID_PASS);
		*to = s > *to ? s : *to;
	}
	if (signed_well)
		all.dkim = SAID_PASS;
	if (f->unreadable) { /* what could be read of it may still be a no */
		all.dmarc = all.dmarc == SAID_FAIL ? SAID_FAIL : SAID_OTHER;
		all.dkim = all.dkim == SAID_FAIL ? SAID_FAIL : SAID_OTHER;
	}
	return all;
}

/* Fields that all count: what one of them does not know, another may. */
static enum said joined(enum said a, enum said b)
{
	static const int weight[] = {[SAID_NOTHING] = 0, [SAID_OTHER] = 1, [SAID_PASS] = 2, [SAID_FAIL] = 3};
	return weight[a] > weight[b] ? a : b;
}

struct seen {
	struct said_of deciding, other;
	bool any, unreadable, foreign; /* foreign: the topmost field is not ours */
};

static void look(const struct mail *m, const char *id, const char *domain, struct seen *s)
{
	bool received = false, block = true; /* block: those that decide may go on */
	for (size_t i = 0; i < m->n_fields; i++) {
		if (strcasecmp(m->fields[i].name, "Received") == 0)
			received = true;
		if (strcasecmp(m->fields[i].name, "Authentication-Results") != 0)
			continue;
		struct authres_field f;
		authres_field_read(m->fields[i].value, &f);
		bool ours = strcasecmp(f.id, id) == 0;
		if (!ours && !s->any)
			s->foreign = true;
		if (ours) {
			struct said_of said = field_said(&f, domain);
			bool decides = !s->foreign && (!s->any || (block && !received));
			if (decides) {
				s->deciding.dmarc = joined(s->deciding.dmarc, said.dmarc);
				s->deciding.dkim = joined(s->deciding.dkim, said.dkim);
				s->unreadable = s->unreadable || f.unreadable;
			} else {
				s->other.dmarc = said.dmarc > s->other.dmarc ? said.dmarc : s->other.dmarc;
				s->other.dkim = said.dkim > s->other.dkim ? said.dkim : s->other.dkim;
			}
			s->any = true;
		}
		block = block && ours && !received;
		authres_field_free(&f);
	}
}

static void judge(const struct seen *s, const char *id, const char *domain, struct authres *out)
{
	const struct said_of *d = &s->deciding, *o = &s->other;
	if (!s->any)
		say(out, AUTHRES_NONE, s->foreign ? "Authentication-Results is of another server than '%s'" : "no Authentication-Results of '%s'", id);
	else if (s->foreign)
		say(out, AUTHRES_NONE, "another server's Authentication-Results stands above that of '%s'", id);
	else if (d->dmarc == SAID_FAIL || o->dmarc == SAID_FAIL)
		say(out, AUTHRES_FAIL, "'%s' says that DMARC failed for '%s', or passed for another domain", id, domain);
	else if ((d->dmarc == SAID_PASS && o->dmarc == SAID_OTHER) || (d->dmarc != SAID_PASS && d->dkim == SAID_PASS && o->dkim > SAID_PASS))
		say(out, AUTHRES_FAIL, "two Authentication-Results of '%s' contradict each other", id);
	else if (d->dmarc == SAID_PASS)
		say(out, AUTHRES_PASS, "'%s' says dmarc=pass for '%s'", id, domain);
	else if (d->dkim == SAID_PASS)
		say(out, AUTHRES_PASS, "'%s' says dkim=pass, aligned with '%s'", id, domain);
	else if (d->dkim == SAID_FAIL || o->dkim == SAID_FAIL)
		say(out, AUTHRES_FAIL, "'%s' says that DKIM failed for '%s'", id, domain);
	else
		say(out, AUTHRES_NONE, s->unreadable ? "Authentication-Results of '%s' cannot be read" : "'%s' says neither dmarc=pass nor an aligned dkim=pass", id);
}

void authres_check(const struct mail *m, const char *authserv_id, struct authres *out)
{
	char domain[256];
	struct seen s = {0};
	*out = (struct authres){0};
	if (!authserv_id || !*authserv_id) {
		say(out, AUTHRES_NONE, "no authserv_id is set");
		return;
	}
	const char *fault = authres_from_fault(m);
	if (!fault && !plain_domain(address_domain(m->from.addr), domain))
		fault = "the domain in From cannot be relied on";
	if (fault) {
		say(out, AUTHRES_FAIL, "%s", fault);
		return;
	}
	look(m, authserv_id, domain, &s);
	judge(&s, authserv_id, domain, out);
}

const char *authres_verdict_name(enum authres_verdict v)
{
	return v == AUTHRES_PASS ? "pass" : v == AUTHRES_FAIL ? "fail" : "none";
}
