/* What is said of what was done, in the language of staff; and the lines of the history, which are in English. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "act_parts.h"
#include "store/ticket.h"

void act_say(struct act *a, char *line)
{
	buf_adds(&a->out->done, line);
	buf_addc(&a->out->done, '\n');
	free(line);
}

void act_fault(struct act *a, const struct command *k, char *sv, char *en)
{
	struct command_faults *f = a->faults;
	f->v = mem_resize(f->v, f->n + 1, sizeof *f->v);
	f->v[f->n++] = (struct command_fault){mem_dup(k ? k->line : ""), sv, en};
}

bool act_event(struct act *a, int64_t ticket, char *what, struct err *e)
{
	bool ok = event_add(a->db, ticket, a->g->now, a->g->actor, what, e);
	free(what);
	return ok;
}

char *act_person(const struct config *c, const char *addr)
{
	const struct config_person *p = config_person(c, addr);
	return p && p->name ? mem_fmt("%s <%s>", p->name, addr) : mem_dup(addr);
}

char *act_people(const struct config *c, const struct strs *l, const char *lang)
{
	const char *and = strcmp(lang, "sv") == 0 ? " och " : " and ";
	struct buf b = {0};
	buf_adds(&b, "");
	for (size_t i = 0; i < l->n; i++) {
		char *one = act_person(c, l->v[i]);
		buf_addf(&b, "%s%s", i == 0 ? "" : i + 1 == l->n ? and : ", ", one);
		free(one);
	}
	return buf_take(&b);
}

static const char *const days_sv[] = {"måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"};
static const char *const days_en[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
static const char *const months_sv[] = {"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"};
static const char *const months_en[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};

char *act_day(const struct day *d, const char *lang)
{
	bool sv = strcmp(lang, "sv") == 0;
	int weekday = day_weekday(d) - 1;
	return mem_fmt("%s %d %s %d", sv ? days_sv[weekday] : days_en[weekday], d->day, sv ? months_sv[d->month - 1] : months_en[d->month - 1], d->year);
}

char *act_date(int64_t t, const char *lang)
{
	struct tm tm = {0};
	time_t at = (time_t)t;
	localtime_r(&at, &tm);
	const struct day d = {tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
	return act_day(&d, lang);
}

char *act_tag(const struct config *c, int64_t ticket)
{
	return mem_fmt("[%s-%lld]", c->office.tag, (long long)ticket);
}
