#include "daemon/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "wire/oauth2.h"

enum { EVERY_MS = 15000 };

static void head(struct buf *out, const char *name, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void gauge(struct buf *out, const char *name, int64_t value, const char *help)
{
	head(out, name, help);
	buf_addf(out, "%s %lld\n", name, (long long)value);
}

/* How long it has lasted; 0: it does not. */
static int64_t age(int64_t now, int64_t since)
{
	return since && now > since ? now - since : 0;
}

static void side(struct buf *out, const char *name, const struct health *h)
{
	buf_addf(out, "ingang_last_success_timestamp_seconds{side=\"%s\"} %lld\n", name, (long long)h->ok);
}

void metrics_begin(struct buf *out, const struct figures *f, int64_t now, int64_t burst_s)
{
	int64_t waiting = age(now, f->oldest_waiting), unexplained = (int64_t)reconciled_unexplained(&f->inbox);
	gauge(out, "ingang_written_timestamp_seconds", now, "When this file was written.");
	head(out, "ingang_last_success_timestamp_seconds", "When mail was last fetched and sent without trouble; 0: never.");
	side(out, "imap", &f->imap);
	side(out, "smtp", &f->smtp);
	head(out, "ingang_failing", "1 when the last attempt to fetch or send failed.");
	buf_addf(out, "ingang_failing{side=\"imap\"} %d\ningang_failing{side=\"smtp\"} %d\n", f->imap.failed != 0, f->smtp.failed != 0);
	gauge(out, "ingang_inbox_oldest_seconds", waiting > burst_s ? waiting : burst_s, "For how long mail has waited in the inbox that intake knows of; 0: none.");
	gauge(out, "ingang_inbox_aside", (int64_t)f->inbox.n - unexplained, "Mails in the inbox that could not be taken in.");
	gauge(out, "ingang_inbox_unexplained", unexplained, "Mails that were seen in the inbox and have no outcome.");
	gauge(out, "ingang_inbox_unfiled", f->unfiled, "Mails taken in that are not in their folder yet.");
	head(out, "ingang_outbox_mails", "Mails promised, by state.");
	for (int i = 0; i < OUTBOX_STATES; i++)
		buf_addf(out, "ingang_outbox_mails{state=\"%s\"} %lld\n", outbox_state_names[i], (long long)f->outbox[i]);
	gauge(out, "ingang_outbox_oldest_seconds", age(now, f->oldest_due), "For how long the oldest mail has been due; 0: none is.");
	gauge(out, "ingang_week_tickets", f->week_tickets, "Tickets opened in the last seven days.");
	gauge(out, "ingang_week_triage", f->week_triage, "Those of them that are in triage.");
	gauge(out, "ingang_week_unproved", f->week_unproved, "Mails of the last seven days that said to be a colleague's and could not be proved.");
	gauge(out, "ingang_store_bytes", f->bytes, "Size of the store.");
	head(out, "ingang_store_rows", "Rows of the store.");
	buf_addf(out, "ingang_store_rows{table=\"ticket\"} %lld\ningang_store_rows{table=\"message\"} %lld\ningang_store_rows{table=\"outbox\"} %lld\ningang_store_rows{table=\"event\"} %lld\n",
	         (long long)f->tickets, (long long)f->messages, (long long)f->rows, (long long)f->events);
	head(out, "ingang_tickets", "Tickets, by topic and status.");
}

/* A topic's name is [a-z0-9-]+ (config/check.h) and needs no quoting. */
void metrics_tickets(struct buf *out, const char *topic, const char *status, int64_t n)
{
	buf_addf(out, "ingang_tickets{topic=\"%s\",status=\"%s\"} %lld\n", topic, status, (long long)n);
}

void metrics_end(struct buf *out, const char *side, int64_t end)
{
	if (end)
		buf_addf(out, "ingang_login_ends_timestamp_seconds{side=\"%s\"} %lld\n", side, (long long)end);
}

static void add_end(struct buf *out, const char *side, const struct config_server *s)
{
	const char *what;
	if (!s->oauth2)
		return;
	const struct oauth2_client client = child_oauth2(s);
	metrics_end(out, side, oauth2_ends(&client, &what));
}

static void add_ends(struct buf *out, const struct config *c)
{
	head(out, "ingang_login_ends_timestamp_seconds", "When what OAuth2 logs in with ends, as far as that is known.");
	add_end(out, "imap", &c->imap.server);
	add_end(out, "smtp", &c->smtp);
}

static bool add_tickets(void *ctx, const char *topic, const char *status, int64_t n)
{
	metrics_tickets(ctx, topic, status, n);
	return true;
}

static bool write_all(int fd, const struct buf *text)
{
	for (size_t at = 0; at < text->n;) {
		ssize_t k = write(fd, text->s + at, text->n - at);
		if (k < 0 && errno != EINTR)
			return false;
		at += k > 0 ? (size_t)k : 0;
	}
	return true;
}

bool metrics_write(const char *path, const struct buf *text, struct err *e)
{
	char *part = mem_fmt("%s.part", path);
	unlink(part); /* of one that was killed */
	int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write_all(fd, text) && fchmod(fd, 0644) == 0 && rename(part, path) == 0;
	if (!ok) {
		err_set(e, ERR_TEMPORARY, "cannot write '%s': %s", path, strerror(errno));
		if (fd >= 0)
			unlink(part);
	}
	if (fd >= 0)
		close(fd);
	free(part);
	return ok;
}

static bool look(struct db *db, const struct child_ground *g, struct err *e)
{
	struct figures f;
	struct buf text = {0};
	int64_t burst = atomic_load(&g->pulse->burst);
	if (!figures_read(db, clock_now(), &f, e))
		return false;
	metrics_begin(&text, &f, clock_now(), burst ? (clock_steady() - burst) / 1000 : 0);
	bool ok = figures_tickets(db, add_tickets, &text, e);
	add_ends(&text, g->config);
	ok = ok && metrics_write(g->config->metrics.file, &text, e);
	figures_free(&f);
	buf_free(&text);
	return ok;
}

int metrics_main(const struct child_ground *g)
{
	struct err e;
	bool failing = false;
	struct db *db = db_open(g->config->store.path, DB_READ, &e);
	if (!db)
		log_event(LOG_LEVEL_ERROR, "metrics-failed", LOG_S("why", e.text));
	while (db && !stop_wanted(g->stop)) {
		pulse_beat(&g->pulse->metrics);
		bool ok = look(db, g, &e);
		if (!ok && !failing) /* once, until it goes well again */
			log_event(LOG_LEVEL_ERROR, "metrics-failed", LOG_S("why", e.text));
		failing = !ok;
		if (g->once || !child_pause(g, &g->pulse->metrics, EVERY_MS))
			break;
	}
	db_close(db);
	return db || g->once ? EX_OK : EX_TEMPFAIL; /* figures that are missing are no mail that is */
}
