/* login: somebody signs in for the desk, where a provider wants a person to do that once. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "ctl/ctl.h"

struct oauth2_client ctl_oauth2(const struct config_server *s)
{
	static const enum oauth2_grant grants[] = {[GRANT_SECRET] = OAUTH2_SECRET, [GRANT_CERTIFICATE] = OAUTH2_CERTIFICATE, [GRANT_SERVICE] = OAUTH2_SERVICE,
	                                           [GRANT_SIGN_IN] = OAUTH2_SIGN_IN};
	const struct config_oauth2 *o = s->oauth2;
	return (struct oauth2_client){.grant = grants[o->grant], .token_url = o->token_url, .scope = o->scope, .client_id = o->client_id, .device_url = o->device_url,
	                              .visit_url = o->visit_url, .secret_file = o->secret_file, .certificate_file = o->certificate_file, .key_file = o->key_file,
	                              .token_file = o->token_file, .user = s->user, .ca_file = o->ca_file, .expires = o->expires};
}

static int signed_in(const struct ctl *c, const struct oauth2_client *client)
{
	if (c->json)
		print_json(json_pack("{s:b, s:s}", "ok", 1, "token_file", client->token_file));
	else
		printf("signed in; kept in '%s'\n", client->token_file);
	return EX_OK;
}

static void show_device(const struct ctl *c, const struct oauth2_device *d, const char *user)
{
	if (c->json) {
		print_json(json_pack("{s:s, s:s, s:i}", "url", d->url, "code", d->user_code, "seconds", d->lives));
	} else {
		printf("Open %s%s%s in a browser, on any device, and enter the code %s%s%s.\n", colour("1"), d->url, colour(""), colour("1"), d->user_code, colour(""));
		printf("Sign in as %s, or as somebody who may open that mailbox and send as it.\n", user);
		printf("Waiting for it, at most %d minutes (^C ends it) ...\n", (d->lives + 59) / 60);
	}
	fflush(stdout);
}

static int64_t steady_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int on_device(const struct ctl *c, const struct oauth2_client *client)
{
	struct oauth2_device d;
	struct err e;
	if (!oauth2_device_begin(client, &d, &e))
		return ctl_fail(&e);
	show_device(c, &d, client->user);
	enum oauth2_progress p = OAUTH2_WAIT;
	for (int64_t end = steady_s() + d.lives; p == OAUTH2_WAIT && steady_s() < end;) {
		poll(NULL, 0, d.interval * 1000);
		p = oauth2_device_ask(client, &d, &e);
	}
	oauth2_device_free(&d);
	if (p == OAUTH2_WAIT)
		err_set(&e, ERR_REFUSED, "the code was not used in time: begin again");
	return p == OAUTH2_DONE ? signed_in(c, client) : ctl_fail(&e);
}

static int in_browser(const struct ctl *c, const struct oauth2_client *client)
{
	struct oauth2_visit v;
	struct err e;
	char *line = NULL;
	size_t room = 0;
	bool ok = oauth2_visit_begin(client, &v, &e);
	if (ok && c->json)
		print_json(json_pack("{s:s}", "url", v.url));
	else if (ok)
		printf("Open this address in a browser, and sign in as %s:\n\n%s\n\n"
		       "At the end the browser shows an address that begins with http://127.0.0.1/ and cannot be opened. Paste it here:\n", client->user, v.url);
	fflush(stdout);
	if (ok && getline(&line, &room, stdin) <= 0)
		ok = err_set(&e, ERR_INPUT, "nothing was pasted");
	ok = ok && oauth2_visit_end(client, &v, line, &e);
	free(line);
	oauth2_visit_free(&v);
	return ok ? signed_in(c, client) : ctl_fail(&e);
}

int cmd_login(struct ctl *c)
{
	const char *side = c->argc ? c->argv[0] : "imap";
	if (strcmp(side, "imap") != 0 && strcmp(side, "smtp") != 0)
		return ctl_usage("'%s' is neither imap nor smtp", side);
	int code = ctl_config(c, false);
	if (code != EX_OK)
		return code;
	const struct config_server *s = *side == 'i' ? &c->config->imap.server : &c->config->smtp;
	if (!s->oauth2 || s->oauth2->grant != GRANT_SIGN_IN)
		return ctl_usage("nobody has to sign in for %s: its config has no oauth2 with a token_file", side);
	const struct oauth2_client client = ctl_oauth2(s);
	return client.device_url ? on_device(c, &client) : in_browser(c, &client);
}
