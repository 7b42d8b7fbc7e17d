#include "daemon/child.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

int64_t clock_now(void)
{
	return (int64_t)time(NULL);
}

int64_t clock_steady(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

bool stop_wanted(int stop)
{
	struct pollfd p = {stop, POLLIN, 0};
	return poll(&p, 1, 0) > 0;
}

bool child_wait(const struct child_ground *g, int fd, int ms)
{
	struct pollfd p[2] = {{g->stop, POLLIN, 0}, {fd, POLLIN, 0}};
	int k = poll(p, fd < 0 ? 1 : 2, ms);
	return !(k > 0 && p[0].revents);
}

void pulse_beat(_Atomic int64_t *p)
{
	atomic_store(p, clock_steady() / 1000);
}

enum { BEAT_MS = 5000 };

bool child_pause(const struct child_ground *g, _Atomic int64_t *pulse, int ms)
{
	for (; ms > 0; ms -= BEAT_MS) {
		pulse_beat(pulse);
		if (!child_wait(g, -1, ms < BEAT_MS ? ms : BEAT_MS))
			return false;
	}
	return true;
}

int backoff_ms(struct backoff *b)
{
	unsigned char r = 0;
	if (b->next < b->first)
		b->next = b->first;
	int ms = b->next;
	b->next = ms > b->most / 2 ? b->most : ms * 2;
	if (getrandom(&r, 1, GRND_NONBLOCK) != 1)
		r = 128;
	return ms / 2 + (int)((int64_t)ms * r / 510); /* between a half and the whole of it */
}

void backoff_reset(struct backoff *b)
{
	b->next = b->first;
}

struct wire_server child_server(const struct config_server *s)
{
	enum wire_tls tls = s->tls == CONFIG_TLS ? WIRE_TLS : s->tls == CONFIG_STARTTLS ? WIRE_STARTTLS : WIRE_PLAIN;
	return (struct wire_server){.host = s->host, .port = s->port, .tls = tls, .ca_file = s->ca_file};
}

struct oauth2_client child_oauth2(const struct config_server *s)
{
	static const enum oauth2_grant grants[] = {[GRANT_SECRET] = OAUTH2_SECRET, [GRANT_CERTIFICATE] = OAUTH2_CERTIFICATE, [GRANT_SERVICE] = OAUTH2_SERVICE,
	                                           [GRANT_SIGN_IN] = OAUTH2_SIGN_IN};
	const struct config_oauth2 *o = s->oauth2;
	return (struct oauth2_client){.grant = grants[o->grant], .token_url = o->token_url, .scope = o->scope, .client_id = o->client_id, .device_url = o->device_url,
	                              .visit_url = o->visit_url, .secret_file = o->secret_file, .certificate_file = o->certificate_file, .key_file = o->key_file,
	                              .token_file = o->token_file, .user = s->user, .ca_file = o->ca_file, .expires = o->expires};
}
