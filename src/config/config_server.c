/* imap and smtp: where mail is fetched and sent, and how we prove who we are. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "config/check.h"
#include "config/sections.h"

struct scheme {
	const char *name;
	enum config_tls tls;
	uint16_t port;
};

struct server_keys { /* as written */
	char *url, *user, *password_file, *ca_file, *tls;
	struct config *config;
};

static bool is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	       (str_starts(host, "127.") && host[strspn(host, "0123456789.")] == '\0');
}

static bool host_ok(const char *s, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	return n > 0 && n <= 253 && strspn(s, letters) >= n && s[0] != '-' && s[0] != '.' && s[n - 1] != '-';
}

static bool read_port(const char *s, uint16_t *port)
{
	char *end;
	if (*s < '0' || *s > '9' || strlen(s) > 5)
		return false;
	unsigned long v = strtoul(s, &end, 10);
	if (*end || v == 0 || v > 65535)
		return false;
	*port = (uint16_t)v;
	return true;
}

/* host, host:port, [v6], [v6]:port */
static bool read_host(const char *text, struct config_server *to)
{
	const char *rest;
	if (*text == '[') {
		rest = strchr(text, ']');
		if (!rest || rest == text + 1 || strspn(text + 1, "0123456789abcdefABCDEF:.") < (size_t)(rest - text - 1))
			return false;
		to->host = mem_dupn(text + 1, (size_t)(rest - text - 1));
		rest++;
	} else {
		size_t n = strcspn(text, ":");
		if (!host_ok(text, n))
			return false;
		to->host = mem_dupn(text, n);
		rest = text + n;
	}
	return *rest == '\0' || (*rest == ':' && read_port(rest + 1, &to->port));
}

static void read_url(struct reader *r, const struct node *n, const char *url, const struct scheme schemes[static 2],
                     struct config_server *to)
{
	const char *sep = strstr(url, "://");
	const struct scheme *s = NULL;
	if (strchr(url, '@')) { /* with a password behind the account, maybe: not shown */
		reader_fault(r, n, "the url has an account in it: that belongs in 'user', and the password in a file that 'password_file' names");
		return;
	}
	for (size_t i = 0; sep && i < 2; i++)
		if (strlen(schemes[i].name) == (size_t)(sep - url) && strncasecmp(schemes[i].name, url, (size_t)(sep - url)) == 0)
			s = &schemes[i];
	if (!s) {
		reader_fault(r, n, "the url '%s' must begin with '%s://' (TLS from the start) or '%s://' (STARTTLS)", url, schemes[0].name,
		             schemes[1].name);
		return;
	}
	char *rest = mem_dup(sep + 3);
	size_t len = strlen(rest);
	if (len > 0 && rest[len - 1] == '/')
		rest[len - 1] = '\0';
	to->tls = s->tls;
	to->port = s->port;
	if (!read_host(rest, to))
		reader_fault(r, n, "the url '%s' is not understood: wanted is %s://HOST or %s://HOST:PORT", url, s->name, s->name);
	free(rest);
}

static void read_tls(struct reader *r, const struct node *n, const char *tls, struct config_server *to)
{
	if (strcmp(tls, "none") != 0)
		reader_fault(r, n, "'tls' can only be \"none\", not \"%s\": whether it is TLS or STARTTLS is said by the url", tls);
	else if (!to->host)
		return;
	else if (!is_loopback(to->host))
		reader_fault(r, n, "tls = \"none\" is for loopback addresses alone: '%s' would get password and mail in the clear", to->host);
	else if (to->tls != CONFIG_STARTTLS)
		reader_fault(r, n, "tls = \"none\" contradicts the url, which wants TLS from the start");
	else
		to->tls = CONFIG_PLAIN;
}

static void read_server(struct reader *r, const struct node *group, struct server_keys *k, const struct scheme *schemes,
                        struct config_server *to)
{
	const struct node *ca = tree_member(group, "ca_file"), *password = tree_member(group, "password_file");
	const struct node *user = tree_member(group, "user"), *tls = tree_member(group, "tls");
	const struct node *oauth2 = tree_member(group, "oauth2");
	if (k->url)
		read_url(r, tree_member(group, "url"), k->url, schemes, to);
	if (k->tls)
		read_tls(r, tls, k->tls, to);
	if (k->ca_file)
		to->ca_file = config_path(r, k->ca_file);
	if (k->password_file)
		to->password_file = config_path(r, k->password_file);
	if (to->ca_file && r->check_files)
		check_certificate(r, ca, "ca_file", to->ca_file);
	if (to->password_file && r->check_files)
		check_secret(r, password, "password_file", to->password_file);
	if (oauth2)
		section_oauth2(r, oauth2, to, r->c->imap.server.oauth2);
	if (oauth2 && password)
		reader_fault(r, password, "'password_file' has no use beside 'oauth2' in %s: leave one of them out", r->where);
	if (user && !password && !tree_member(group, "password") && !oauth2)
		reader_fault(r, user, "'password_file' is missing beside 'user' in %s: password_file = \"/etc/ingang/password\"; (chmod 600)", r->where);
	to->user = k->user;
	k->user = NULL;
	free(k->url);
	free(k->password_file);
	free(k->ca_file);
	free(k->tls);
}

#define NO_PASSWORD \
	"passwords do not stand in the config: write it into a file that only ingangd can read (chmod 600) and name that in 'password_file'"
#define SERVER_KEYS(url_example, user_wanted, user_example) \
	{"url", WANT_TEXT, true, url_example, KEY_AT(struct server_keys, url), 0, 0, NULL}, \
	{"user", WANT_TEXT, user_wanted, user_example, KEY_AT(struct server_keys, user), 0, 0, NULL}, \
	{"password_file", WANT_TEXT, false, NULL, KEY_AT(struct server_keys, password_file), 0, 0, NULL}, \
	{"ca_file", WANT_TEXT, false, NULL, KEY_AT(struct server_keys, ca_file), 0, 0, NULL}, \
	{"tls", WANT_TEXT, false, NULL, KEY_AT(struct server_keys, tls), 0, 0, NULL}, \
	{"oauth2", WANT_ANY, false, NULL, 0, 0, 0, 0, NULL}, \
	{"password", WANT_NOTHING, false, NO_PASSWORD, 0, 0, 0, 0, NULL}

static void imap_mailbox(struct reader *r, const struct node *n, void *to)
{
	struct server_keys *k = to;
	char **at = strcmp(n->name, "inbox") == 0 ? &k->config->imap.inbox : &k->config->imap.folder;
	if (strpbrk(n->text, "*%\"\\"))
		reader_fault(r, n, "the folder name '%s' has one of * %% \" \\ in it", n->text);
	*at = mem_dup(n->text);
}

static void imap_poll(struct reader *r, const struct node *n, void *to)
{
	(void)r;
	((struct server_keys *)to)->config->imap.poll_seconds = (unsigned)n->integer;
}

void section_imap(struct reader *r, const struct node *n, void *config)
{
	static const struct scheme schemes[2] = {{"imaps", CONFIG_TLS, 993}, {"imap", CONFIG_STARTTLS, 143}};
	static const struct key keys[] = {
		SERVER_KEYS("url = \"imaps://imap.uni.example\";", true, "user = \"international\"; and password_file = …;"),
		{"inbox", WANT_TEXT, false, NULL, 0, 0, 0, 0, imap_mailbox},
		{"folder", WANT_TEXT, false, NULL, 0, 0, 0, 0, imap_mailbox},
		{"poll_seconds", WANT_COUNT, false, NULL, 0, 0, 1, 3600, imap_poll},
	};
	struct config *c = config;
	struct server_keys k = {.config = c};
	reader_where(r, "'imap'");
	keys_read(r, n, keys, sizeof keys / sizeof *keys, &k);
	read_server(r, n, &k, schemes, &c->imap.server);
	const struct node *folder = tree_member(n, "folder");
	bool inbox = c->imap.folder && (strcasecmp(c->imap.folder, "INBOX") == 0 || (c->imap.inbox && strcmp(c->imap.folder, c->imap.inbox) == 0));
	if (folder && inbox)
		reader_fault(r, folder, "'folder' is the inbox itself: mails are filed below it after they were taken in, so it must be another one");
}

void section_smtp(struct reader *r, const struct node *n, void *config)
{
	static const struct scheme schemes[2] = {{"smtps", CONFIG_TLS, 465}, {"smtp", CONFIG_STARTTLS, 587}};
	static const struct key keys[] = {SERVER_KEYS("url = \"smtp://smtp.uni.example:587\";", false, NULL)};
	struct config *c = config;
	struct server_keys k = {.config = c};
	reader_where(r, "'smtp'");
	keys_read(r, n, keys, sizeof keys / sizeof *keys, &k);
	read_server(r, n, &k, schemes, &c->smtp);
	for (size_t i = 0; i < 2 && !tree_member(n, "user"); i++) {
		static const char *const with[] = {"password_file", "oauth2"};
		if (tree_member(n, with[i]))
			reader_fault(r, tree_member(n, with[i]), "'user' is missing beside '%s' in 'smtp'", with[i]);
	}
}
