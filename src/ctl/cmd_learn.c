/* learn from the store's tickets; model: the versions of what was learned. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "ctl/ctl.h"
#include "desk/learn.h"
#include "store/model.h"

int learn_store(struct ctl *c)
{
	struct err e;
	struct learned_model m;
	int64_t known = -1;
	const struct training how = {.progress = ctl_progress};
	int code = ctl_store(c, DB_WRITE);
	if (code != EX_OK)
		return code;
	if (!learn_refresh(c->db, c->config, &known, &e))
		fprintf(stderr, "ingangctl: %s\n", e.text);
	bool ok = learn_now(c->db, c->config, &how, (int64_t)time(NULL), &m, &e);
	ctl_progress_end();
	if (!ok)
		return ctl_fail(&e);
	if (c->json)
		print_json(json_pack("{s:I, s:I, s:b, s:s}", "model", (json_int_t)m.id, "tickets", (json_int_t)m.lessons, "in_use", m.live, "why", m.verdict));
	else
		printf("model %lld, learned from %zu tickets, %s: %s\n", (long long)m.id, m.lessons, m.live ? "is in use now" : "is kept", m.verdict);
	learned_model_free(&m);
	return EX_OK;
}

/* --- model --- */

static json_int_t number(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

static double share(const json_t *j, const char *part, const char *whole)
{
	return number(j, whole) ? 100.0 * (double)number(j, part) / (double)number(j, whole) : 0;
}

static json_t *row_json(const struct model_row *r)
{
	json_t *figures = json_loads(r->figures, 0, NULL);
	json_object_del(figures, "thresholds");
	return json_pack("{s:I, s:o, s:b, s:I, s:I, s:s, s:I, s:o}", "model", (json_int_t)r->id, "made", json_time(r->made), "in_use", r->live, "before", (json_int_t)r->before,
	                 "tickets", (json_int_t)r->lessons, "why", r->verdict, "bytes", (json_int_t)r->bytes, "figures", figures ? figures : json_null());
}

static bool print_row(void *ctx, const struct model_row *r)
{
	const struct ctl *c = ctx;
	char made[32];
	if (c->json) {
		print_json(row_json(r));
		return true;
	}
	json_t *j = json_loads(r->figures, 0, NULL);
	printf("%s%4lld%s  %s  %6lld tickets  %5.1f %% right  %s\n", colour(r->live ? "32" : ""), (long long)r->id, colour(""), print_time(r->made, made), (long long)r->lessons,
	       share(j, "right", "tickets"), r->live ? "in use" : r->bytes ? "kept" : "figures only");
	json_decref(j);
	return true;
}

static int list(struct ctl *c)
{
	struct err e;
	int64_t in_use;
	if (!model_list(c->db, print_row, c, &e) || !model_in_use(c->db, &in_use, &e))
		return ctl_fail(&e);
	if (!in_use && !c->json)
		printf("in use: what the program was built with (model 0)\n");
	return EX_OK;
}

static void print_shown(const struct model_row *r)
{
	char made[32];
	json_t *j = json_loads(r->figures, 0, NULL), *t;
	const char *name;
	printf("Model        %lld%s\nMade         %s\nTickets      %lld, %lld of them corrected by staff\n", (long long)r->id,
	       r->live ? ", in use" : r->bytes ? "" : " (its figures only)", print_time(r->made, made), (long long)r->lessons, (long long)number(j, "corrected"));
	printf("Why          ");
	print_text(r->verdict, 0);
	printf("\nRight        %.1f %%, each by a model that had not learned from it\nSure enough  %.1f %%, of these right %.1f %%\n\n", share(j, "right", "tickets"),
	       share(j, "sure", "tickets"), share(j, "sure_right", "sure"));
	printf("%-20s %8s %8s %10s\n", "topic", "tickets", "recall", "precision");
	json_object_foreach(json_object_get(j, "topics"), name, t)
		printf("%-20s %8lld %6.1f %% %8.1f %%\n", name, (long long)number(t, "tickets"), share(t, "found", "tickets"), share(t, "right", "said"));
	json_decref(j);
}

static int show(struct ctl *c, int64_t id)
{
	struct err e;
	struct model_row r;
	int there = model_get(c->db, id, &r, &e);
	if (there == 0)
		err_set(&e, ERR_INPUT, "there is no model %lld", (long long)id);
	if (there <= 0)
		return ctl_fail(&e);
	if (c->json)
		print_json(row_json(&r));
	else
		print_shown(&r);
	model_row_free(&r);
	return EX_OK;
}

static bool go_back(struct ctl *c, int64_t *to, struct err *e)
{
	struct model_row r;
	int64_t now;
	if (!model_in_use(c->db, &now, e))
		return false;
	int there = model_get(c->db, now, &r, e);
	if (there <= 0)
		return there == 0 && err_set(e, ERR_INPUT, "in use is what the program was built with: there is nothing before it");
	*to = r.before;
	model_row_free(&r);
	return model_use(c->db, *to, true, e);
}

static int use(struct ctl *c, int64_t id, bool back)
{
	struct err e;
	int64_t to = id;
	if (!db_begin(c->db, &e) || !db_end(c->db, back ? go_back(c, &to, &e) : model_use(c->db, id, false, &e), &e))
		return ctl_fail(&e);
	if (c->json)
		print_json(json_pack("{s:I}", "model", (json_int_t)to));
	else if (to)
		printf("model %lld is in use now\n", (long long)to);
	else
		printf("what the program was built with is in use now\n");
	return EX_OK;
}

int cmd_model(struct ctl *c)
{
	const char *what = c->argc ? c->argv[0] : "list";
	int64_t id = 0;
	bool shows = strcmp(what, "show") == 0, uses = strcmp(what, "use") == 0, back = strcmp(what, "roll-back") == 0;
	if ((!shows && !uses && !back && strcmp(what, "list") != 0) || (shows || uses ? c->argc != 2 : c->argc > 1))
		return ctl_usage("usage: ingangctl model [list | show N | use N | roll-back]");
	if ((shows || uses) && strcmp(c->argv[1], "0") != 0 && !ctl_number(c->argv[1], "model", &id))
		return ctl_usage("'%s' is no model's number: model list tells them", c->argv[1]);
	int code = ctl_store(c, uses || back ? DB_WRITE : DB_READ);
	if (code != EX_OK)
		return code;
	return shows ? show(c, id) : uses || back ? use(c, id, back) : list(c);
}
