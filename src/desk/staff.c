#include "desk/staff.h"

#include "mail/address.h"

static bool matches(const struct strs *patterns, const char *addr)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (str_glob(patterns->v[i], addr))
			return true;
	return false;
}

static const struct config_topic *topic_of(const struct config *c, int topic) /* NULL: triage */
{
	return topic >= 0 && (size_t)topic < c->n_topics ? &c->topics[topic] : NULL;
}

bool staff_is_person(const struct config *c, const char *addr)
{
	if (!addr || !*addr || config_is_own_address(c, addr))
		return false;
	if (matches(&c->staff.members, addr) || config_person(c, addr))
		return true;
	for (size_t i = 0; i < c->n_topics; i++)
		if (matches(&c->topics[i].members, addr))
			return true;
	return false;
}

bool staff_is_group(const struct config *c, const char *addr, int topic)
{
	const struct config_topic *t = topic_of(c, topic);
	if (!addr || !strs_has_case(config_topic_staff(c, topic), addr))
		return false;
	if (!t || t->members.n == 0)
		return !staff_is_person(c, addr);
	return !matches(&t->members, addr) && !config_person(c, addr) && !strs_has_case(&c->staff.members, addr);
}

static bool has_group(const struct config *c, int topic)
{
	const struct strs *staff = config_topic_staff(c, topic);
	for (size_t i = 0; i < staff->n; i++)
		if (staff_is_group(c, staff->v[i], topic))
			return true;
	return false;
}

/* The addresses of the one who writes from addr: it, and what staff.people has beside it. NULL: no more. */
static const char *address_at(const struct config *c, const char *addr, size_t i)
{
	const struct config_person *p = config_person(c, addr);
	if (i == 0)
		return addr;
	if (!p || i - 1 > p->aliases.n)
		return NULL;
	return i == 1 ? p->address : p->aliases.v[i - 2];
}

static bool is_listed(const struct config *c, const char *addr, int topic)
{
	const struct config_topic *t = topic_of(c, topic);
	const char *a;
	for (size_t i = 0; (a = address_at(c, addr, i)) != NULL; i++)
		if (strs_has_case(config_topic_staff(c, topic), a) || (t && matches(&t->members, a)))
			return true;
	return false;
}

static bool is_listed_anywhere(const struct config *c, const char *addr)
{
	for (size_t i = 0; i < c->n_topics; i++)
		if (is_listed(c, addr, (int)i))
			return true;
	return false;
}

bool staff_works_for(const struct config *c, const char *addr, int topic)
{
	const struct config_topic *t = topic_of(c, topic);
	if (!addr || !*addr || config_is_own_address(c, addr))
		return false;
	if (is_listed(c, addr, topic) || is_listed(c, addr, -1))
		return true;
	return (!t || t->members.n == 0) && has_group(c, topic) && staff_is_person(c, addr) && !is_listed_anywhere(c, addr);
}

bool staff_has_topic(const struct config *c, const char *addr, int topic)
{
	return strs_has_case(config_topic_staff(c, topic), addr) || (config_is_staff(c, addr) && staff_works_for(c, addr, topic));
}
