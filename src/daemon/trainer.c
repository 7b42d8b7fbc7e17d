#include "daemon/trainer.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "base/log.h"
#include "desk/learn.h"
#include "store/db.h"
#include "store/model.h"

enum { EVERY_MS = 30 * 1000, LOWEST = 19 };

struct trainer {
	const struct child_ground *ground;
	struct db *db;
	int64_t tried; /* corrections that there were when there was too little to learn from */
};

enum come { COME_NOTHING, COME_LEARNED, COME_FAILED };

static void alive(void *ctx, const char *what, size_t done, size_t of)
{
	struct trainer *t = ctx;
	(void)what;
	(void)done;
	(void)of;
	pulse_beat(&t->ground->pulse->trainer);
}

/* Whoever wants us to end need not wait until all is learned: nothing is lost by it. */
static void end_at_once(int how)
{
	sigset_t term;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(how, &term, NULL);
}

static enum come learn(struct trainer *t, int64_t corrections, struct err *e)
{
	const struct training how = {.progress = alive, .ctx = t};
	struct learned_model m;
	int64_t known = -1;
	log_event(LOG_LEVEL_INFO, "learning", LOG_I("corrections", corrections));
	if (!learn_refresh(t->db, t->ground->config, &known, e))
		log_event(LOG_LEVEL_WARN, "model-unfit", LOG_S("why", e->text));
	end_at_once(SIG_UNBLOCK);
	bool ok = learn_now(t->db, t->ground->config, &how, clock_now(), &m, e);
	end_at_once(SIG_BLOCK);
	if (ok) {
		log_event(LOG_LEVEL_INFO, "learned", LOG_I("model", m.id), LOG_I("tickets", m.lessons), LOG_S("in-use", m.live ? "yes" : "no"), LOG_S("why", m.verdict));
		learned_model_free(&m);
		return COME_LEARNED;
	}
	if (e->kind != ERR_INPUT)
		return COME_FAILED;
	log_event(LOG_LEVEL_INFO, "not-learned", LOG_S("why", e->text));
	t->tried = corrections;
	return COME_NOTHING;
}

static enum come look(struct trainer *t, struct err *e)
{
	int64_t n, upto;
	if (!model_corrections(t->db, &n, &upto, e))
		return COME_FAILED;
	return n - t->tried < (int64_t)t->ground->config->learning.after ? COME_NOTHING : learn(t, n, e);
}

int trainer_main(const struct child_ground *g)
{
	struct err e;
	struct trainer t = {.ground = g};
	bool failing = false;
	setpriority(PRIO_PROCESS, 0, LOWEST);
	t.db = db_open(g->config->store.path, DB_WRITE, &e);
	if (!t.db)
		log_event(LOG_LEVEL_ERROR, "learning-failed", LOG_S("why", e.text));
	while (t.db && !stop_wanted(g->stop)) {
		pulse_beat(&g->pulse->trainer);
		enum come come = look(&t, &e);
		if (come == COME_FAILED && !failing) /* once, until it goes well again */
			log_event(LOG_LEVEL_ERROR, "learning-failed", LOG_S("why", e.text));
		failing = come == COME_FAILED;
		if (come == COME_LEARNED || g->once || !child_pause(g, &g->pulse->trainer, EVERY_MS))
			break;
	}
	db_close(t.db);
	return t.db || g->once ? EX_OK : EX_TEMPFAIL; /* mail goes on without */
}
