#include "mail/address.h"

#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/strs.h"

enum { LOCAL_MAX = 64, DOMAIN_MAX = 255, LABEL_MAX = 63 }; /* bytes, RFC 5321 §4.5.3.1 and RFC 1035 §2.3.4 */

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* atext of RFC 5322 §3.2.3, widened by RFC 6531 to what is not ASCII */
static bool is_atext(unsigned char c)
{
	return is_alnum(c) || c >= 0x80 || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* UTF-8 whose characters are letters, digits or marks: no U+0085, no bidi control, no exotic space gets through. */
static bool plain_utf8(const char *s, size_t n)
{
	for (size_t i = 0, k; i < n; i += k) {
		unsigned char c = (unsigned char)s[i];
		k = 1;
		if (c >= 0x80 && !char_is_word(utf8_next(s + i, n - i, &k)))
			return false;
	}
	return true;
}

static bool local_ok(const char *s, size_t n)
{
	if (n == 0 || n > LOCAL_MAX || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' ? s[i - 1] == '.' : !is_atext((unsigned char)s[i]))
			return false;
	}
	return plain_utf8(s, n);
}

static bool label_ok(const char *s, size_t n)
{
	if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum((unsigned char)s[i]) && s[i] != '-' && (unsigned char)s[i] < 0x80)
			return false;
	return true;
}

static bool ipv4_ok(const char *s, size_t n) /* "[192.0.2.1]" */
{
	int parts = 0;
	size_t i = 1;
	while (i < n - 1) {
		int v = 0, digits = 0;
		for (; i < n - 1 && s[i] >= '0' && s[i] <= '9' && digits < 4; i++, digits++)
			v = v * 10 + (s[i] - '0');
		parts++;
		if (digits == 0 || digits > 3 || v > 255)
			return false;
		if (i == n - 1)
			break;
		if (s[i++] != '.' || parts == 4 || i == n - 1)
			return false;
	}
	return parts == 4;
}

static bool domain_ok(const char *s)
{
	size_t n = strlen(s);
	if (n == 0 || n > DOMAIN_MAX)
		return false;
	if (s[0] == '[')
		return s[n - 1] == ']' && ipv4_ok(s, n);
	for (;;) {
		size_t len = strcspn(s, ".");
		if (!label_ok(s, len))
			return false;
		if (s[len] == '\0')
			break;
		s += len + 1;
	}
	return true;
}

bool address_ok(const char *addr)
{
	const char *at = strrchr(addr, '@');
	if (!at)
		return false;
	return local_ok(addr, (size_t)(at - addr)) && domain_ok(at + 1) && plain_utf8(at + 1, strlen(at + 1));
}

bool address_same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

const char *address_domain(const char *addr)
{
	const char *at = strrchr(addr, '@');
	return at ? at + 1 : "";
}

bool domain_within(const char *domain, const char *parent)
{
	size_t n = strlen(domain), m = strlen(parent);
	if (m == 0 || n < m || strcasecmp(domain + n - m, parent) != 0)
		return false;
	return n == m || domain[n - m - 1] == '.';
}

/* '+', '-', '_' and '.' are left out before the comparison: "no.reply", "do_not_reply", "no-reply+a1". */
static size_t squeeze(const char *addr, char *out, size_t max)
{
	size_t n = 0;
	for (const char *p = addr; *p && *p != '@' && n + 1 < max; p++) {
		if (*p == '+' || (*p == '=' && n > 0))
			break;
		if (*p != '-' && *p != '_' && *p != '.')
			out[n++] = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
	}
	out[n] = '\0';
	return n;
}

bool address_is_robot(const char *addr)
{
	static const char *const whole[] = {
		"mailerdaemon", "postmaster", "mailer", "daemon", "mmdf", "root", "uucp", "majordomo", "listserv", "bounces",
		"bounce", "mdaemon", "maildaemon", "mailsystem", "autoreply", "autoresponder", "automailer", "svarainte",
		"svarej", "eisvar", "ikkesvar", "svarikke", "ikkebesvar", "keineantwort", "nepasrepondre", "noresponder",
		"alaevastaa", "eivastausta", "devnull", "nobody", "mailadm",
	};
	static const char *const front[] = {
		"noreply", "donotreply", "dontreply", "noresponse", "mailerdaemon", "automaticreply", "nereply", "nobounce",
	};
	char s[96];
	size_t n = squeeze(addr, s, sizeof s);
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (strcmp(s, whole[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof front / sizeof *front; i++)
		if (str_starts(s, front[i]))
			return true;
	size_t len = strcspn(addr, "@");
	return strncasecmp(addr, "owner-", 6) == 0 || strncasecmp(addr, "bounce-", 7) == 0 ||
	       strncasecmp(addr, "bounces-", 8) == 0 || strncasecmp(addr, "bounces+", 8) == 0 ||
	       strncasecmp(addr, "bounce+", 7) == 0 ||
	       (len > 8 && strncasecmp(addr + len - 8, "-request", 8) == 0) ||
	       (len > 8 && strncasecmp(addr + len - 8, "-bounces", 8) == 0) ||
	       (len > 6 && strncasecmp(addr + len - 6, "-owner", 6) == 0) || (n > 7 && strcmp(s + n - 7, "noreply") == 0);
}
