#include "daemon/ends.h"

#include <time.h>

#include "base/log.h"
#include "daemon/child.h"
#include "wire/oauth2.h"

enum { DAY_S = 24 * 3600, EVERY_S = 3600 };

enum ends_stage ends_stage(int64_t end, int64_t now)
{
	static const int days[] = {0, 1, 7, 30};
	if (end)
		for (int i = 0; i < 4; i++)
			if (end - now <= (int64_t)days[i] * DAY_S)
				return (enum ends_stage)(ENDS_OVER - i);
	return ENDS_FAR;
}

static void look_at(const struct config_server *s, const char *side, enum ends_stage *told, int64_t now)
{
	const struct oauth2_client client = child_oauth2(s);
	const char *what;
	char day[16] = "";
	int64_t end = oauth2_ends(&client, &what);
	enum ends_stage stage = ends_stage(end, now);
	struct tm tm;
	time_t t = (time_t)end;
	if (stage > *told && gmtime_r(&t, &tm) && strftime(day, sizeof day, "%Y-%m-%d", &tm))
		log_event(stage >= ENDS_DAY ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, stage == ENDS_OVER ? "oauth2-ended" : "oauth2-ends", LOG_S("side", side), LOG_S("what", what),
		          LOG_S("on", day), LOG_I("in-days", (end - now) / DAY_S),
		          LOG_S("do", client.grant == OAUTH2_SIGN_IN && client.expires != end ? "run 'ingangctl login'" : "get a new one from the provider, and say its end in oauth2.expires"));
	*told = stage;
}

void ends_look(struct ends *e, const struct config *c, int64_t now)
{
	if (now < e->look_at)
		return;
	e->look_at = now + EVERY_S;
	if (c->imap.server.oauth2)
		look_at(&c->imap.server, "imap", &e->told[0], now);
	if (c->smtp.oauth2 && c->smtp.oauth2 != c->imap.server.oauth2)
		look_at(&c->smtp, "smtp", &e->told[1], now);
}
