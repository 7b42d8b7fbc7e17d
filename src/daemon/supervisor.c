#include "daemon/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/child.h"
#include "daemon/metrics.h"
#include "daemon/notify.h"
#include "daemon/readers.h"
#include "daemon/trainer.h"
#include "reader/reader.h"
#include "reader/sandbox.h"
#include "store/backup.h"
#include "store/db.h"

enum { LOCK_WAIT_MS = 10000, STANDSTILL_S = 600, LIVED_MS = 10000, KILL_AFTER_MS = 30000, LOOK_MS = 5000, ONCE_DEATHS_MAX = 1000, SANDBOX_TRIES = 5, STOP_MS = 4500 };

enum child_name { INTAKE, COURIER, METRICS, TRAINER, CHILDREN }; /* mail goes on without those from METRICS on */
static const char *const names[CHILDREN] = {"intake", "courier", "metrics", "trainer"};
static int (*const mains[CHILDREN])(const struct child_ground *) = {intake_main, courier_main, metrics_main, trainer_main};

struct child {
	pid_t pid;            /* 0: not running */
	int64_t started;      /* steady ms */
	int64_t start_at;     /* steady ms; -1: not wanted */
	int64_t kill_at;      /* steady ms: when it is made to end, as it was asked to; 0: it was not */
	struct backoff pause;
	int code;             /* of its last exit */
	unsigned deaths;
};

struct supervisor {
	struct config *config;
	bool once;
	pid_t self;
	int lock, signals;
	struct child child[CHILDREN];
	pid_t reader;
	int line[2];          /* [0] ours, [1] intake's */
	int wake[2];
	struct pulse *pulse;
	bool ending;
	sigset_t old_mask;
};

void supervisor_tell_problems(const struct problems *p, bool running)
{
	for (size_t i = 0; i < p->n; i++) {
		char *line = p->v[i].line ? mem_fmt("%s:%u: %s", p->v[i].file, p->v[i].line, p->v[i].message) : mem_fmt("%s: %s", p->v[i].file, p->v[i].message);
		if (running)
			log_event(LOG_LEVEL_ERROR, "config-fault", LOG_S("why", line));
		else
			fprintf(stderr, "%s\n", line);
		free(line);
	}
}

/* --- children --- */

static bool wanted(const struct supervisor *s, enum child_name c)
{
	return c == METRICS ? s->config->metrics.file != NULL : c == TRAINER ? s->config->learning.automatic : true;
}

static _Atomic int64_t *beat_of(const struct supervisor *s, enum child_name c)
{
	return c == INTAKE ? &s->pulse->intake : c == COURIER ? &s->pulse->courier : c == METRICS ? &s->pulse->metrics : &s->pulse->trainer;
}

/* No child outlives its supervisor. */
static void enter_child(const struct supervisor *s, const char *name)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->self) /* it died between fork and prctl */
		_exit(EX_TEMPFAIL);
	prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0);
	log_name(name);
}

static int stop_fd(void)
{
	sigset_t stop;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	return signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A line of its own for each intake: no reader meant for a dead one is ever handed to the next. */
static bool fresh_line(struct supervisor *s)
{
	close(s->line[0]);
	close(s->line[1]);
	s->line[0] = s->line[1] = -1;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->line) == 0;
}

static void start(struct supervisor *s, enum child_name c)
{
	struct child *k = &s->child[c];
	bool ready = c != INTAKE || fresh_line(s);
	pulse_beat(beat_of(s, c));
	pid_t pid = ready ? fork() : -1;
	if (pid == 0) {
		enter_child(s, names[c]);
		close(s->signals);
		close(s->line[0]);
		const struct child_ground g = {s->config, s->once, stop_fd(), {s->wake[0], s->wake[1]}, s->line[1], s->pulse};
		_exit(mains[c](&g));
	}
	if (pid < 0) {
		log_event(LOG_LEVEL_ERROR, "start-failed", LOG_S("child", names[c]), LOG_S("why", strerror(errno)));
		k->start_at = clock_steady() + backoff_ms(&k->pause);
		return;
	}
	k->pid = pid;
	k->started = clock_steady();
	k->kill_at = 0;
	k->start_at = -1;
}

static void end_reader(struct supervisor *s)
{
	if (s->reader > 0)
		kill(s->reader, SIGKILL); /* it holds nothing that could be lost */
	s->reader = 0;
}

/* Intake asked for a reader. */
static void hand_reader(struct supervisor *s)
{
	char asked[16];
	int pair[2];
	if (recv(s->line[0], asked, sizeof asked, MSG_DONTWAIT) <= 0)
		return;
	end_reader(s);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		log_event(LOG_LEVEL_ERROR, "start-failed", LOG_S("child", "reader"), LOG_S("why", strerror(errno)));
		return;
	}
	pid_t pid = fork();
	if (pid == 0) {
		sigset_t none;
		enter_child(s, "reader");
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGINT, SIG_IGN); /* a terminal's ^C is for the supervisor */
		reader_serve(pair[1], &s->config->limits.mail, s->config->limits.sandbox);
	}
	if (pid > 0) {
		s->reader = pid;
		if (!readers_hand_out(s->line[0], pair[0]))
			end_reader(s);
	} else {
		log_event(LOG_LEVEL_ERROR, "start-failed", LOG_S("child", "reader"), LOG_S("why", strerror(errno)));
	}
	close(pair[0]);
	close(pair[1]);
}

static void describe_end(int status, char *out, size_t n)
{
	if (WIFSIGNALED(status))
		snprintf(out, n, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(out, n, "exit code %d", WEXITSTATUS(status));
}

static void ended(struct supervisor *s, enum child_name c, int status)
{
	struct child *k = &s->child[c];
	char how[64];
	bool crashed = WIFSIGNALED(status) && !(k->kill_at && WTERMSIG(status) == SIGTERM);
	k->pid = 0;
	k->code = WIFEXITED(status) ? WEXITSTATUS(status) : EX_TEMPFAIL;
	describe_end(status, how, sizeof how);
	if (crashed)
		k->deaths++;
	if (s->ending || !wanted(s, c) || (s->once && (!crashed || k->deaths > ONCE_DEATHS_MAX)))
		return;
	if (clock_steady() - k->started > LIVED_MS)
		backoff_reset(&k->pause);
	int ms = WIFEXITED(status) && k->code == EX_OK ? 0 : backoff_ms(&k->pause);
	k->start_at = clock_steady() + ms;
	if (ms)
		log_event(LOG_LEVEL_ERROR, "child-ended", LOG_S("child", names[c]), LOG_S("how", how), LOG_I("again-in-ms", ms));
}

static void reap(struct supervisor *s)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->reader) {
			char how[64];
			s->reader = 0;
			describe_end(status, how, sizeof how);
			if (!(WIFEXITED(status) && WEXITSTATUS(status) == 0))
				log_event(LOG_LEVEL_WARN, "reader-ended", LOG_S("how", how));
		}
		for (int c = 0; c < CHILDREN; c++)
			if (pid == s->child[c].pid)
				ended(s, (enum child_name)c, status);
	}
}

static void ask_to_end(struct supervisor *s)
{
	for (int c = 0; c < CHILDREN; c++) {
		struct child *k = &s->child[c];
		if (!k->pid)
			continue;
		kill(k->pid, SIGTERM);
		k->kill_at = k->kill_at ? k->kill_at : clock_steady() + (s->ending ? STOP_MS : KILL_AFTER_MS); /* asked again, it gets no more time */
	}
}

static bool any_alive(const struct supervisor *s)
{
	for (int c = 0; c < CHILDREN; c++)
		if (s->child[c].pid)
			return true;
	return false;
}

/* --- reload, stop, watch --- */

static void reload(struct supervisor *s)
{
	struct problems problems = {0};
	notify_send("RELOADING=1");
	struct config *fresh = config_load(s->config->file, true, &problems);
	if (fresh && strcmp(fresh->store.path, s->config->store.path) != 0) {
		log_event(LOG_LEVEL_ERROR, "reload-refused", LOG_S("why", "store.path has changed: stop the daemon, move the store, start it again"));
		config_free(fresh);
	} else if (fresh) {
		ask_to_end(s); /* they finish the mail in hand; reap() starts them again with the new config */
		end_reader(s);
		config_free(s->config);
		s->config = fresh;
		setenv("TZ", fresh->office.timezone, 1);
		tzset();
		for (int c = METRICS; c < CHILDREN; c++)
			if (wanted(s, (enum child_name)c) && !s->child[c].pid)
				s->child[c].start_at = 0;
		log_event(LOG_LEVEL_INFO, "reloaded", LOG_S("config", fresh->file));
	} else {
		supervisor_tell_problems(&problems, true);
		log_event(LOG_LEVEL_ERROR, "reload-refused", LOG_S("why", "the config has faults; the one in use is kept"), LOG_I("faults", problems.n));
	}
	problems_free(&problems);
	notify_send("READY=1");
}

static void on_signal(struct supervisor *s)
{
	struct signalfd_siginfo i;
	while (read(s->signals, &i, sizeof i) == (ssize_t)sizeof i) {
		if (i.ssi_signo == SIGHUP && !s->once) {
			reload(s);
		} else if ((i.ssi_signo == SIGTERM || i.ssi_signo == SIGINT) && !s->ending) {
			s->ending = true;
			notify_send("STOPPING=1");
			log_event(LOG_LEVEL_INFO, "stopping", LOG_S("signal", i.ssi_signo == SIGTERM ? "TERM" : "INT"));
			ask_to_end(s);
		}
	}
	reap(s);
}

/* Kills who stands still, and who was asked to end and does not; feeds the watchdog only while all make progress. */
static void watch(struct supervisor *s, int watchdog_ms)
{
	int64_t now = clock_steady();
	bool well = true;
	for (int c = 0; c < CHILDREN; c++) {
		struct child *k = &s->child[c];
		int64_t beat = atomic_load(beat_of(s, (enum child_name)c));
		bool stands = k->pid && now / 1000 - beat > STANDSTILL_S;
		if (stands || (k->pid && k->kill_at && now > k->kill_at)) {
			log_event(LOG_LEVEL_ERROR, "child-killed", LOG_S("child", names[c]), LOG_S("why", stands ? "it made no progress" : "it did not end when asked"));
			kill(k->pid, SIGKILL);
			well = well && c >= METRICS;
		}
	}
	if (watchdog_ms && well)
		notify_send("WATCHDOG=1");
}

static int next_look(const struct supervisor *s, int watchdog_ms)
{
	int64_t now = clock_steady(), ms = watchdog_ms && watchdog_ms < LOOK_MS ? watchdog_ms : LOOK_MS;
	for (int c = 0; c < CHILDREN; c++)
		if (!s->child[c].pid && s->child[c].start_at >= 0 && s->child[c].start_at - now < ms)
			ms = s->child[c].start_at > now ? s->child[c].start_at - now : 0;
	return (int)ms;
}

static void start_due(struct supervisor *s)
{
	for (int c = 0; c < CHILDREN; c++)
		if (!s->ending && !s->child[c].pid && s->child[c].start_at >= 0 && s->child[c].start_at <= clock_steady())
			start(s, (enum child_name)c);
}

static void turn(struct supervisor *s, int watchdog_ms)
{
	start_due(s);
	struct pollfd p[2] = {{s->signals, POLLIN, 0}, {s->line[0], POLLIN, 0}};
	int k = poll(p, 2, next_look(s, watchdog_ms));
	if (k > 0 && p[0].revents)
		on_signal(s);
	if (k > 0 && p[1].revents)
		hand_reader(s);
	reap(s);
	watch(s, watchdog_ms);
}

/* A person has to change something; a later run may do; something was refused for good. */
static int graver(int a, int b)
{
	static const int order[] = {EX_CONFIG, EX_TEMPFAIL, EX_UNAVAILABLE};
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return a != EX_OK ? a : b;
}

/* Intake, then courier: what came in now goes out now. */
static int run_once(struct supervisor *s)
{
	int code = EX_OK;
	for (int c = 0; c < CHILDREN && !s->ending; c++) {
		if (!wanted(s, (enum child_name)c))
			continue;
		s->child[c].start_at = 0;
		do
			turn(s, 0);
		while (s->child[c].pid || (!s->ending && s->child[c].start_at >= 0));
		code = graver(code, s->child[c].code);
	}
	return code;
}

static int run_on(struct supervisor *s)
{
	int watchdog_ms = notify_watchdog_ms();
	for (int c = 0; c < CHILDREN; c++)
		if (wanted(s, (enum child_name)c))
			s->child[c].start_at = 0;
	notify_send("READY=1\nSTATUS=takes in and sends mail");
	while (!s->ending || any_alive(s))
		turn(s, watchdog_ms);
	log_event(LOG_LEVEL_INFO, "stopped", LOG_S("config", s->config->file));
	return EX_OK;
}

/* --- set-up --- */

/* The lock lives as long as any of our processes does; one that was killed a moment ago may still be going. */
static bool take_lock(struct supervisor *s, struct err *e)
{
	char *path = mem_fmt("%s.lock", s->config->store.path);
	int64_t until = clock_steady() + LOCK_WAIT_MS;
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool ok = s->lock >= 0 || err_set(e, errno == ENOSPC ? ERR_TEMPORARY : ERR_CONFIG, "cannot make the lock '%s': %s", path, strerror(errno));
	while (ok && flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			ok = err_set(e, ERR_TEMPORARY, "cannot lock '%s': %s", path, strerror(errno));
		else if (clock_steady() > until)
			ok = err_set(e, ERR_TEMPORARY, "another ingangd works on the store '%s' (its lock is '%s'): stop that one first", s->config->store.path, path);
		else
			poll(NULL, 0, 50);
	}
	free(path);
	return ok;
}

/* Strangers' mail is read without seccomp only where an admin has said so. */
static bool sandbox_is_fine(const struct supervisor *s, struct err *e)
{
	for (int i = 0; i < SANDBOX_TRIES; i++) {
		if (sandbox_works(e))
			return true;
		if (e->kind == ERR_CONFIG)
			break;
	}
	if (e->kind != ERR_CONFIG)
		return false;
	if (s->config->limits.sandbox)
		return err_in(e, "strangers' mail would be read outside the sandbox (limits.sandbox = false allows it)");
	log_event(LOG_LEVEL_WARN, "no-sandbox", LOG_S("why", e->text));
	return true;
}

/* A backup in the store's place: what may have gone out since it was made is not sent twice. */
static bool settle_backup(struct db *db, struct err *e)
{
	int64_t made;
	int unknown;
	if (!backup_settle(db, clock_now(), &made, &unknown, e))
		return false;
	if (made)
		log_event(LOG_LEVEL_WARN, "restored", LOG_I("hours-old", (clock_now() - made) / 3600), LOG_I("unknown", unknown),
		          LOG_S("why", "the store is a restored backup: put the mails that came since back into the inbox; see ingangctl(8)"));
	return true;
}

static bool set_up(struct supervisor *s, struct err *e)
{
	sigset_t mask;
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, &s->old_mask);
	signal(SIGPIPE, SIG_IGN);
	s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	s->pulse = mmap(NULL, sizeof *s->pulse, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->signals < 0 || s->pulse == MAP_FAILED || pipe2(s->wake, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_set(e, ERR_TEMPORARY, "cannot set up: %s", strerror(errno));
	if (!sandbox_is_fine(s, e) || !take_lock(s, e))
		return false;
	struct db *db = db_open(s->config->store.path, DB_CREATE, e); /* made and upgraded once, before anybody works on it */
	bool ok = db && settle_backup(db, e);
	db_close(db);
	return ok;
}

int supervisor_run(struct config *config, bool once)
{
	struct supervisor s = {.config = config, .once = once, .self = getpid(), .lock = -1, .line = {-1, -1}};
	struct err e;
	int code;
	for (int c = 0; c < CHILDREN; c++)
		s.child[c] = (struct child){.start_at = -1, .pause = {once ? 50 : 100, once ? 500 : 5000, 0}};
	setenv("TZ", config->office.timezone, 1);
	tzset();
	if (set_up(&s, &e)) {
		log_event(LOG_LEVEL_INFO, "started", LOG_S("config", config->file), LOG_S("store", config->store.path), LOG_S("mode", once ? "once" : "daemon"));
		code = once ? run_once(&s) : run_on(&s);
	} else {
		log_event(LOG_LEVEL_ERROR, "start-failed", LOG_S("why", e.text));
		code = e.kind == ERR_CONFIG ? EX_CONFIG : EX_TEMPFAIL;
	}
	end_reader(&s);
	config_free(s.config);
	return code;
}
