/* courier: what the outbox promises, sent. Each row is one recipient and one SMTP transaction; what came of it is durable before the next. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/child.h"
#include "desk/act.h"
#include "desk/desk.h"
#include "mail/address.h"
#include "store/db.h"
#include "store/health.h"
#include "store/keys.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"
#include "wire/smtp.h"

enum { TICK_S = 30, LOOK_MS = 5000, PIECE = 512 << 10, GIVE_UP_S = 5 * 24 * 3600, STORE_PAUSE_MS = 1000, BURST_MS = 5000, BURST_LOOK_MS = 20, LOGIN_PAUSE_MS = 60 * 1000 };

struct courier {
	const struct child_ground *ground;
	const struct config *config;
	struct db *db;
	struct desk desk;
	struct smtp *smtp;
	struct oauth2 *oauth2;    /* NULL: a password, or no login */
	struct backoff account;   /* pauses after the account's own trouble */
	int64_t tick;             /* when to look again what time brings (steady ms) */
	bool deferred, refused;   /* in this run, for --once */
};

/* --- the bytes of a mail, piece by piece; no transaction is held while the network waits --- */

struct source {
	struct db *db;
	const struct outbox_item *item;
	size_t span;
	uint64_t at;         /* within the span */
	char *piece;         /* of the raw mail */
	uint64_t piece_at, piece_n;
	_Atomic int64_t *pulse; /* a large mail on a slow line takes long, and is progress all the same */
	struct err err;
};

static bool load_piece(struct source *s, uint64_t offset)
{
	struct raw_reader *r = raw_open(s->db, s->item->source, &s->err);
	if (!r)
		return false;
	uint64_t size = raw_size(r);
	bool ok = offset < size || err_set(&s->err, ERR_BUG, "an outbox row reaches beyond its original");
	if (ok) {
		s->piece_at = offset;
		s->piece_n = size - offset < PIECE ? size - offset : PIECE;
		if (!s->piece)
			s->piece = mem_alloc(PIECE);
		ok = raw_read(r, offset, s->piece, s->piece_n, &s->err);
	}
	raw_close(r);
	return ok;
}

static long next_bytes(void *ctx, char *out, size_t n)
{
	struct source *s = ctx;
	const struct composed *c = &s->item->mail;
	pulse_beat(s->pulse);
	while (s->span < c->n && s->at == c->v[s->span].length) {
		s->span++;
		s->at = 0;
	}
	if (s->span == c->n)
		return 0;
	const struct span *v = &c->v[s->span];
	uint64_t from = v->offset + s->at, left = v->length - s->at;
	const char *bytes = c->bytes.s + from;
	if (v->raw) {
		if (!(s->piece_n && from >= s->piece_at && from < s->piece_at + s->piece_n) && !load_piece(s, from))
			return -1;
		bytes = s->piece + (from - s->piece_at);
		if (left > s->piece_at + s->piece_n - from)
			left = s->piece_at + s->piece_n - from;
	}
	size_t k = left < n ? left : n;
	memcpy(out, bytes, k);
	s->at += k;
	return (long)k;
}

/* --- one row --- */

static void log_row(const struct courier *c, const struct outbox_item *i, enum log_level level, const char *event, const char *why)
{
	char *ticket = mem_fmt("%s-%lld", c->config->office.tag, (long long)i->ticket);
	log_event(level, event, LOG_S("ticket", ticket), LOG_S("kind", i->kind), LOG_S("to", i->recipient), LOG_S("message-id", i->message_id), LOG_I("outbox", i->id),
	          LOG_I("attempt", i->attempts + 1), LOG_S("why", why));
	free(ticket);
}

/* 1, 5, 15 minutes, then hours. */
static int64_t retry_after(int attempts)
{
	static const int minutes[] = {1, 5, 15, 60, 120, 240};
	int last = sizeof minutes / sizeof *minutes - 1;
	return 60 * (int64_t)minutes[attempts < last ? attempts : last];
}

static bool settle(struct courier *c, const struct outbox_item *i, enum smtp_result result, const char *why, struct err *e)
{
	int64_t now = clock_now();
	char *text = NULL;
	bool ok = false;
	if (result == SMTP_DEFERRED && now - i->created > GIVE_UP_S)
		result = SMTP_REFUSED;
	if (result == SMTP_UNKNOWN && !outbox_once(i))
		result = SMTP_DEFERRED; /* sent again with the same Message-ID */
	if (!db_begin(c->db, e))
		return false;
	switch (result) {
	case SMTP_SENT:
		ok = outbox_sent(c->db, i->id, now, e);
		break;
	case SMTP_DEFERRED:
		ok = outbox_again(c->db, i->id, now + retry_after(i->attempts), why, true, e);
		break;
	case SMTP_ACCOUNT:
		ok = outbox_again(c->db, i->id, i->due, why, false, e);
		break;
	case SMTP_REFUSED:
		ok = desk_not_delivered(&c->desk, i->id, why, now, e);
		break;
	case SMTP_UNKNOWN:
		text = mem_fmt("%s to %s may have been sent, and is not sent again: %s", i->kind, i->recipient, why);
		ok = outbox_end(c->db, i->id, "unknown", why, now, e) && event_add(c->db, i->ticket, now, "courier", text, e);
		break;
	}
	free(text);
	return db_end(c->db, ok, e);
}

static void report(struct courier *c, const struct outbox_item *i, enum smtp_result result, const char *why)
{
	switch (result) {
	case SMTP_SENT: log_row(c, i, LOG_LEVEL_INFO, "sent", NULL); break;
	case SMTP_DEFERRED: log_row(c, i, LOG_LEVEL_WARN, "deferred", why); break;
	case SMTP_REFUSED: log_row(c, i, LOG_LEVEL_ERROR, "not-delivered", why); break;
	case SMTP_UNKNOWN: log_row(c, i, LOG_LEVEL_WARN, "unknown", why); break;
	case SMTP_ACCOUNT: break; /* told once for the queue */
	}
	c->deferred = c->deferred || result == SMTP_DEFERRED || result == SMTP_UNKNOWN || result == SMTP_ACCOUNT;
	c->refused = c->refused || result == SMTP_REFUSED;
}

static bool claim(struct courier *c, const struct outbox_item *i, struct err *e)
{
	if (!outbox_once(i))
		return true;
	return db_begin(c->db, e) && db_end(c->db, outbox_claim(c->db, i->id, e), e);
}

/* What was sent must be on record before anything else is: with a full disk we wait here, and send nothing. */
static bool settle_until_done(struct courier *c, const struct outbox_item *i, enum smtp_result result, const char *why)
{
	struct backoff pause = {STORE_PAUSE_MS, 30 * 1000, 0};
	struct err e;
	while (!settle(c, i, result, why, &e)) {
		log_event(LOG_LEVEL_ERROR, "store-failed", LOG_I("outbox", i->id), LOG_S("why", e.text));
		pulse_beat(&c->ground->pulse->courier);
		if (e.kind != ERR_TEMPORARY || !child_wait(c->ground, -1, backoff_ms(&pause)))
			return false;
	}
	return true;
}

/* A token that the server refuses is made anew once; the mail was not begun then. */
static enum smtp_result post(struct courier *c, const struct outbox_item *i, struct source *s, struct err *e)
{
	for (;;) {
		const char *token = c->oauth2 ? oauth2_token(c->oauth2, e) : NULL;
		if (c->oauth2 && !token)
			return SMTP_ACCOUNT;
		if (token)
			smtp_set_token(c->smtp, token);
		enum smtp_result result = smtp_send(c->smtp, i->sender, i->recipient, next_bytes, s, e);
		if (!token || result != SMTP_ACCOUNT || !smtp_was_denied(c->smtp) || !oauth2_refused(c->oauth2))
			return result;
	}
}

enum sending { SENDING_WENT_ON, SENDING_PAUSE, SENDING_STORE_FAILED };

static enum sending send_row(struct courier *c, const struct outbox_item *i, struct err *e)
{
	struct source s = {.db = c->db, .item = i, .pulse = &c->ground->pulse->courier};
	struct err why = {0};
	if (!claim(c, i, e))
		return SENDING_STORE_FAILED;
	enum smtp_result result = SMTP_REFUSED;
	if (i->broken) /* it must not block the others */
		err_set(&why, ERR_BUG, "its mail cannot be put together");
	else
		result = post(c, i, &s, &why);
	free(s.piece);
	if (result != SMTP_SENT && s.err.kind == ERR_BUG)
		result = SMTP_REFUSED;
	const char *text = s.err.kind ? s.err.text : why.text;
	if (!settle_until_done(c, i, result, text)) {
		err_set(e, ERR_TEMPORARY, "what came of a mail could not be written down");
		return SENDING_STORE_FAILED;
	}
	report(c, i, result, text);
	health_note(c->db, "smtp", clock_now(), result == SMTP_ACCOUNT ? text : NULL);
	if (result != SMTP_ACCOUNT) {
		backoff_reset(&c->account);
		return SENDING_WENT_ON;
	}
	*e = why;
	return SENDING_PAUSE;
}

/* --- the loop --- */

static struct smtp *make_smtp(const struct config *c, struct err *e)
{
	const struct config_server *s = &c->smtp;
	char *password = NULL;
	if (s->user && !s->oauth2 && !(password = secret_read(s->password_file, e)))
		return NULL;
	const struct smtp_login login = {.server = child_server(s), .user = s->user, .password = password, .token = s->oauth2 ? "" : NULL,
	                                 .helo = address_domain(c->office.address)};
	struct smtp *smtp = smtp_new(&login);
	secret_free(password);
	return smtp;
}

static bool recover(struct courier *c, struct err *e)
{
	int lost = 0;
	if (!db_begin(c->db, e) || !db_end(c->db, outbox_recover(c->db, clock_now(), &lost, e), e))
		return false;
	if (lost)
		log_event(LOG_LEVEL_WARN, "unknown", LOG_I("mails", lost), LOG_S("why", "an earlier courier ended while it sent them; acknowledgements are not sent twice"));
	return true;
}

/* While much mail waits to be taken in, that goes first: both want the same disk and the same lock. But not for long. */
static void let_intake_go_first(const struct courier *c)
{
	int64_t since;
	while (!c->ground->once && (since = atomic_load(&c->ground->pulse->burst)) != 0 && clock_steady() - since < BURST_MS && child_wait(c->ground, -1, BURST_LOOK_MS))
		pulse_beat(&c->ground->pulse->courier);
}

/* What time brings: tickets that wake, parts that are overdue. A failure is told, and stops no mail. */
static void tick(struct courier *c)
{
	struct err e = {0};
	struct keys keys = {0};
	int64_t now = clock_now(), next = -1;
	if (clock_steady() < c->tick)
		return;
	bool ok = db_begin(c->db, &e) && db_end(c->db, keys_load(c->db, now, &keys, &e), &e);
	if (ok) {
		const struct token_keys token_keys = {keys.v, keys.n};
		ok = desk_tick(&c->desk, &token_keys, now, &next, &e);
	}
	c->tick = clock_steady() + 1000 * (next > now && next - now < TICK_S ? next - now : TICK_S);
	keys_free(&keys);
	if (!ok)
		log_event(LOG_LEVEL_ERROR, "timer-failed", LOG_S("why", e.text));
}

/* Sends all that is due. */
static enum sending send_due(struct courier *c, struct err *e)
{
	for (;;) {
		struct outbox_item i = {0};
		pulse_beat(&c->ground->pulse->courier);
		let_intake_go_first(c);
		if (stop_wanted(c->ground->stop))
			return SENDING_WENT_ON;
		int there = outbox_next(c->db, clock_now(), &i, e);
		if (there <= 0)
			return there == 0 ? SENDING_WENT_ON : SENDING_STORE_FAILED;
		enum sending s = send_row(c, &i, e);
		outbox_item_free(&i);
		if (s != SENDING_WENT_ON)
			return s;
	}
}

/* How long to sleep: until the next row is due, but never long, since ingangctl may make one due. */
static int sleep_ms(struct courier *c)
{
	struct err e;
	int64_t due;
	if (!outbox_when(c->db, &due, &e) || due < 0)
		return LOOK_MS;
	int64_t ms = (due - clock_now()) * 1000;
	return ms < 50 ? 50 : ms > LOOK_MS ? LOOK_MS : (int)ms;
}

static void drain(int fd)
{
	char bytes[64];
	while (read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
		;
}

static int work(struct courier *c)
{
	struct err e = {0};
	struct backoff store = {STORE_PAUSE_MS, 60 * 1000, 0};
	for (;;) {
		tick(c);
		enum sending s = send_due(c, &e);
		if (stop_wanted(c->ground->stop))
			return EX_OK;
		if (s == SENDING_WENT_ON) {
			if (c->ground->once)
				return c->deferred ? EX_TEMPFAIL : c->refused ? EX_UNAVAILABLE : EX_OK;
			if (!child_wait(c->ground, c->ground->wake_courier[0], sleep_ms(c)))
				return EX_OK;
			drain(c->ground->wake_courier[0]);
			continue;
		}
		int ms = backoff_ms(s == SENDING_PAUSE ? &c->account : &store);
		if (s == SENDING_PAUSE && (e.kind == ERR_REFUSED || e.kind == ERR_CONFIG) && ms < LOGIN_PAUSE_MS) /* an account must not be locked by our trying */
			ms = LOGIN_PAUSE_MS;
		log_event(LOG_LEVEL_ERROR, s == SENDING_PAUSE ? "smtp-failed" : "store-failed", LOG_S("why", e.text), LOG_I("again-in-s", (ms + 999) / 1000));
		if (c->ground->once)
			return e.kind == ERR_CONFIG || e.kind == ERR_REFUSED ? EX_CONFIG : EX_TEMPFAIL;
		if (!child_pause(c->ground, &c->ground->pulse->courier, ms))
			return EX_OK;
	}
}

int courier_main(const struct child_ground *g)
{
	struct err e = {0};
	struct courier c = {.ground = g, .config = g->config, .account = {1000, 300 * 1000, 0}};
	int code = EX_TEMPFAIL;
	const struct oauth2_client client = g->config->smtp.oauth2 ? child_oauth2(&g->config->smtp) : (struct oauth2_client){0};
	if (g->config->smtp.oauth2)
		c.oauth2 = oauth2_new(&client);
	c.db = db_open(g->config->store.path, DB_WRITE, &e);
	if (c.db) {
		c.desk = (struct desk){.config = g->config, .db = c.db};
		c.smtp = make_smtp(g->config, &e);
	}
	if (c.smtp && recover(&c, &e))
		code = work(&c);
	else
		log_event(LOG_LEVEL_ERROR, "courier-failed", LOG_S("why", e.text));
	smtp_free(c.smtp);
	oauth2_free(c.oauth2);
	db_close(c.db);
	return code;
}
