/* oauth2: how tokens are got in place of a password, for Microsoft 365 and Google Workspace. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/check.h"
#include "config/sections.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

enum provider { MICROSOFT, GOOGLE, PROVIDERS, UNKNOWN_PROVIDER = PROVIDERS };
static const char *const providers[PROVIDERS] = {"microsoft", "google"};

struct oauth2_keys { /* as written */
	char *provider, *tenant, *client_id, *secret_file, *certificate_file, *key_file, *token_file, *expires, *scope, *url, *ca_file;
};

/* --- which way, and what it needs --- */

struct way {
	enum provider provider;
	enum config_grant grant;
	const char *needs[4], *may[4]; /* of the keys below */
	const char *scope;
};

static const char *const way_keys[] = {"tenant", "client_id", "secret_file", "certificate_file", "key_file", "token_file"};

static const struct way ways[] = {
	{MICROSOFT, GRANT_SIGN_IN, {"client_id", "token_file"}, {"tenant", "secret_file"},
	 "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"},
	{MICROSOFT, GRANT_CERTIFICATE, {"client_id", "certificate_file", "key_file"}, {"tenant"}, "https://outlook.office365.com/.default"},
	{MICROSOFT, GRANT_SECRET, {"client_id", "secret_file"}, {"tenant"}, "https://outlook.office365.com/.default"},
	{GOOGLE, GRANT_SIGN_IN, {"client_id", "secret_file", "token_file"}, {NULL}, "https://mail.google.com/"},
	{GOOGLE, GRANT_SERVICE, {"key_file"}, {NULL}, "https://mail.google.com/"},
};

static enum config_grant grant_of(enum provider p, const struct node *group)
{
	if (tree_member(group, "token_file"))
		return GRANT_SIGN_IN;
	if (p == GOOGLE)
		return GRANT_SERVICE;
	return tree_member(group, "certificate_file") || tree_member(group, "key_file") ? GRANT_CERTIFICATE : GRANT_SECRET;
}

static bool among(const char *const list[static 4], const char *name)
{
	for (int i = 0; i < 4 && list[i]; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static void check_way(struct reader *r, const struct node *group, const struct way *w)
{
	static const char *const by[] = {[GRANT_SECRET] = "a secret", [GRANT_CERTIFICATE] = "a certificate", [GRANT_SERVICE] = "a service account",
	                                 [GRANT_SIGN_IN] = "a sign-in (token_file)"};
	for (size_t i = 0; i < COUNT_OF(way_keys); i++) {
		const char *name = way_keys[i];
		const struct node *n = tree_member(group, name);
		if (n && !among(w->needs, name) && !among(w->may, name))
			reader_fault(r, n, "'%s' in %s has no use with %s: leave it out", name, r->where, by[w->grant]);
		if (!n && among(w->needs, name))
			reader_fault(r, group, "'%s' is missing in %s: with %s, %s wants it too; see OAUTH2 in ingang.conf(5)", name, r->where, by[w->grant], providers[w->provider]);
	}
}

/* --- values --- */

static enum provider read_provider(struct reader *r, const struct node *group, const char *name)
{
	const struct node *n = tree_member(group, "provider");
	size_t i = 0;
	while (name && i < PROVIDERS && strcmp(providers[i], name) != 0)
		i++;
	if (!name)
		return UNKNOWN_PROVIDER;
	if (i == PROVIDERS) {
		char *hint = did_you_mean(name, providers, PROVIDERS);
		reader_fault(r, n, "unknown provider '%s'%s", name, hint);
		free(hint);
	}
	return (enum provider)i;
}

/* "2027-05-01": the beginning of that day, UTC; 0: it is no day */
static int64_t read_day(const char *s)
{
	struct tm tm = {0}, again;
	const char *end = strlen(s) == 10 ? strptime(s, "%Y-%m-%d", &tm) : NULL;
	time_t t = end && !*end ? timegm(&tm) : 0;
	char text[16];
	bool same = t > 0 && gmtime_r(&t, &again) && strftime(text, sizeof text, "%Y-%m-%d", &again) && strcmp(text, s) == 0; /* no 31 February */
	return same ? (int64_t)t : 0;
}

static bool is_url(const char *s)
{
	static const char GOOD[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/[]";
	return str_starts(s, "https://") && s[8] && s[8] != '/' && !s[strspn(s, GOOD)];
}

static void make_urls(struct reader *r, const struct node *group, enum provider p, const struct oauth2_keys *k, struct config_oauth2 *to)
{
	const struct node *url = tree_member(group, "url"), *tenant = tree_member(group, "tenant");
	static const char GOOD[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	if (k->url && !is_url(k->url)) {
		reader_fault(r, url, "the url '%s' must begin with 'https://', and have no account, '?' or '#' in it", k->url);
	} else if (k->url) {
		size_t n = strlen(k->url);
		n -= k->url[n - 1] == '/';
		to->token_url = mem_fmt("%.*s/token", (int)n, k->url);
		to->device_url = p == MICROSOFT ? mem_fmt("%.*s/devicecode", (int)n, k->url) : NULL;
		to->visit_url = p == GOOGLE ? mem_fmt("%.*s/auth", (int)n, k->url) : NULL;
	} else if (p == GOOGLE) {
		to->token_url = mem_dup("https://oauth2.googleapis.com/token");
		to->visit_url = mem_dup("https://accounts.google.com/o/oauth2/v2/auth"); /* Google's way for devices gives no access to mail */
	} else if (!k->tenant && !tenant) {
		reader_fault(r, group, "'tenant' is missing in %s: tenant = \"uni.example\"; or the directory's number", r->where);
	} else if (k->tenant && k->tenant[strspn(k->tenant, GOOD)]) {
		reader_fault(r, tenant, "the tenant '%s' is neither a domain nor a directory's number", k->tenant);
	} else if (k->tenant) {
		to->token_url = mem_fmt("https://login.microsoftonline.com/%s/oauth2/v2.0/token", k->tenant);
		to->device_url = mem_fmt("https://login.microsoftonline.com/%s/oauth2/v2.0/devicecode", k->tenant);
	}
}

/* --- files --- */

static char *take_path(struct reader *r, char **written)
{
	return *written ? config_path(r, *written) : NULL;
}

static void check_token_file(struct reader *r, const struct node *n, const char *path)
{
	if (str_starts(path, "credential:"))
		reader_fault(r, n, "token_file: it is written to, so it wants a file, as in \"/var/lib/ingang/oauth2.token\"");
	else if (access(path, F_OK) != 0 && errno == ENOENT)
		reader_fault(r, n, "token_file: nobody has signed in yet (there is no '%s'): run 'ingangctl login'", path);
	else
		check_secret(r, n, "token_file", path);
}

static void check_files(struct reader *r, const struct node *group, const struct config_oauth2 *o)
{
	if (o->ca_file)
		check_certificate(r, tree_member(group, "ca_file"), "ca_file", o->ca_file);
	if (o->certificate_file)
		check_certificate(r, tree_member(group, "certificate_file"), "certificate_file", o->certificate_file);
	if (o->secret_file)
		check_secret(r, tree_member(group, "secret_file"), "secret_file", o->secret_file);
	if (o->key_file)
		check_secret(r, tree_member(group, "key_file"), "key_file", o->key_file);
	if (o->token_file)
		check_token_file(r, tree_member(group, "token_file"), o->token_file);
}

static void settle(struct reader *r, const struct node *group, struct oauth2_keys *k, struct config_oauth2 *to)
{
	enum provider p = read_provider(r, group, k->provider);
	if (p == UNKNOWN_PROVIDER)
		return;
	to->grant = grant_of(p, group);
	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (ways[i].provider == p && ways[i].grant == to->grant) {
			check_way(r, group, &ways[i]);
			to->scope = mem_dup(k->scope ? k->scope : ways[i].scope);
		}
	make_urls(r, group, p, k, to);
	to->client_id = mem_dup(k->client_id);
	to->secret_file = take_path(r, &k->secret_file);
	to->certificate_file = take_path(r, &k->certificate_file);
	to->key_file = take_path(r, &k->key_file);
	to->token_file = take_path(r, &k->token_file);
	to->ca_file = take_path(r, &k->ca_file);
	if (k->expires && !(to->expires = read_day(k->expires)))
		reader_fault(r, tree_member(group, "expires"), "'expires' is '%s', wanted is a day, as in \"2027-05-01\"", k->expires);
	if (r->check_files)
		check_files(r, group, to);
}

static void read_oauth2(struct reader *r, const struct node *n, struct config_oauth2 *to)
{
	static const struct key keys[] = {
		{"provider", WANT_TEXT, true, "provider = \"microsoft\"; or \"google\"", KEY_AT(struct oauth2_keys, provider), 0, 0, NULL},
		{"tenant", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, tenant), 0, 0, NULL},
		{"client_id", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, client_id), 0, 0, NULL},
		{"secret_file", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, secret_file), 0, 0, NULL},
		{"certificate_file", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, certificate_file), 0, 0, NULL},
		{"key_file", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, key_file), 0, 0, NULL},
		{"token_file", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, token_file), 0, 0, NULL},
		{"expires", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, expires), 0, 0, NULL},
		{"scope", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, scope), 0, 0, NULL},
		{"url", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, url), 0, 0, NULL},
		{"ca_file", WANT_TEXT, false, NULL, KEY_AT(struct oauth2_keys, ca_file), 0, 0, NULL},
		{"client_secret", WANT_NOTHING, false, "secrets do not stand in the config: write it into a file that only ingangd can read (chmod 600) and name that in 'secret_file'",
		 0, 0, 0, 0, NULL},
	};
	struct oauth2_keys k = {0};
	keys_read(r, n, keys, COUNT_OF(keys), &k);
	settle(r, n, &k, to);
	char *written[] = {k.provider, k.tenant, k.client_id, k.secret_file, k.certificate_file, k.key_file, k.token_file, k.expires, k.scope, k.url, k.ca_file};
	for (size_t i = 0; i < COUNT_OF(written); i++)
		free(written[i]);
}

void section_oauth2(struct reader *r, const struct node *n, struct config_server *to, struct config_oauth2 *shared)
{
	if (n->type == NODE_GROUP) {
		char outer[sizeof r->where];
		memcpy(outer, r->where, sizeof outer);
		reader_where(r, "'oauth2' of %s", outer);
		to->oauth2 = mem_alloc(sizeof *to->oauth2);
		read_oauth2(r, n, to->oauth2);
		memcpy(r->where, outer, sizeof outer);
	} else if (&r->c->smtp == to && n->type == NODE_TEXT && strcmp(n->text, "imap") == 0) {
		const struct node *imap = tree_member(r->root, "imap");
		to->oauth2 = shared;
		if (!shared && imap && imap->type == NODE_GROUP && !tree_member(imap, "oauth2"))
			reader_fault(r, n, "oauth2 = \"imap\" means 'as in imap', but imap has no 'oauth2'");
	} else {
		reader_fault(r, n, "'oauth2' is %s, a group { … } is wanted%s", node_type_name(n->type), &r->c->smtp == to ? ", or \"imap\" for the one of imap" : "");
	}
}
