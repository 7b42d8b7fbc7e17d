/* staff: who works here, who stands in for whom, and what shows that a mail is theirs. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/check.h"
#include "config/sections.h"
#include "mail/address.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

static void staff_members(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_members(r, n);
}

static void staff_authserv_id(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	if (strpbrk(n->text, " ;=()\"\\"))
		reader_fault(r, n, "'%s' is no authserv-id: it is one word, the one that begins Authentication-Results, as in 'mx.uni.example'", n->text);
}

static void staff_proof(struct reader *r, const struct node *n, void *to)
{
	static const char *const known[] = {[PROOF_BOTH] = "both", [PROOF_TOKEN] = "token", [PROOF_AUTHRES] = "authres"};
	struct config *c = to;
	size_t i = 0;
	while (i < COUNT_OF(known) && strcmp(known[i], n->text) != 0)
		i++;
	if (i == COUNT_OF(known)) {
		char *hint = did_you_mean(n->text, known, i);
		reader_fault(r, n, "unknown proof '%s'%s", n->text, hint);
		free(hint);
		return;
	}
	c->staff.proof = (enum config_proof)i;
	const struct node *staff = tree_member(r->root, "staff");
	if (i != PROOF_TOKEN && staff && !tree_member(staff, "authserv_id"))
		reader_fault(r, n, "the proof '%s' needs 'authserv_id': set it to the word that begins the Authentication-Results of your own mail server, "
		             "or write proof = \"token\";", n->text);
}

/* --- people --- */

static void person_address(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	if (check_one_address(r, n, n->text))
		check_not_own(r, n, n->text, "the person's address");
}

static void person_aliases(struct reader *r, const struct node *n, void *to)
{
	const struct config_person *p = to;
	for (size_t i = 0; i < texts_count(n); i++) {
		const struct node *t = texts_at(n, i);
		if (!t || !check_one_address(r, t, t->text) || !check_not_own(r, t, t->text, "the alias"))
			continue;
		if (p->address && address_same(p->address, t->text))
			reader_fault(r, t, "the alias '%s' is the person's address itself", t->text);
	}
}

static void person_deputy(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_one_address(r, n, n->text); /* whether they are staff: section_staff_settled() */
}

static void read_person(struct reader *r, const struct node *n, size_t number, struct config_person *to)
{
	static const struct key keys[] = {
		{"address", WANT_TEXT, true, "address = \"bo.ek@uni.example\";", KEY_AT(struct config_person, address), 0, 0, person_address},
		{"name", WANT_TEXT, false, NULL, KEY_AT(struct config_person, name), 0, 0, NULL},
		{"aliases", WANT_TEXTS, false, NULL, KEY_AT(struct config_person, aliases), 0, 0, person_aliases},
		{"deputy", WANT_TEXT, false, NULL, KEY_AT(struct config_person, deputy), 0, 0, person_deputy},
	};
	const struct node *address = tree_member(n, "address");
	if (address && address->type == NODE_TEXT && *address->text)
		reader_where(r, "the person '%s'", address->text);
	else
		reader_where(r, "person number %zu", number);
	keys_read(r, n, keys, COUNT_OF(keys), to);
}

/* A mail from an address is one person's, or nobody could say whose. */
static void check_one_of_two(struct reader *r, const struct node *n, const char *addr)
{
	const struct config_person *p = config_person(r->c, addr);
	if (p)
		reader_fault(r, n, "'%s' is an address of two people, here and of '%s'", addr, p->address ? p->address : addr);
}

static void staff_people(struct reader *r, const struct node *n, void *to)
{
	struct config *c = to;
	c->staff.people = mem_array(n->n, sizeof *c->staff.people);
	for (size_t i = 0; i < n->n; i++) {
		struct config_person p = {0};
		if (n->v[i].type != NODE_GROUP) {
			reader_fault(r, &n->v[i], "person number %zu is %s, a group { address = …; … } is wanted", i + 1, node_type_name(n->v[i].type));
		} else {
			read_person(r, &n->v[i], i + 1, &p);
			const struct node *address = tree_member(&n->v[i], "address"), *aliases = tree_member(&n->v[i], "aliases");
			if (p.address)
				check_one_of_two(r, address, p.address);
			for (size_t k = 0; aliases && k < texts_count(aliases); k++)
				if (texts_at(aliases, k))
					check_one_of_two(r, texts_at(aliases, k), texts_at(aliases, k)->text);
		}
		c->staff.people[c->staff.n_people++] = p; /* also an empty one, so that they have the places of their nodes; looked for from now on */
	}
}

void section_staff(struct reader *r, const struct node *n, void *config)
{
	static const struct key keys[] = {
		{"members", WANT_TEXTS, false, NULL, KEY_AT(struct config, staff.members), 0, 0, staff_members},
		{"authserv_id", WANT_TEXT, false, NULL, KEY_AT(struct config, staff.authserv_id), 0, 0, staff_authserv_id},
		{"proof", WANT_TEXT, false, NULL, 0, 0, 0, 0, staff_proof},
		{"commands", WANT_FLAG, false, NULL, KEY_AT(struct config, staff.commands), 0, 0, NULL},
		{"hold_minutes", WANT_COUNT, false, NULL, KEY_AT(struct config, staff.hold_minutes), 0, 7 * 24 * 60, NULL},
		{"people", WANT_LIST, false, NULL, 0, 0, 0, 0, staff_people},
	};
	reader_where(r, "'staff'");
	keys_read(r, n, keys, COUNT_OF(keys), config);
}

/* --- when all is read --- */

/* The same but for a slip on one side of the '@': of two colleagues' addresses alone, most are alike. */
static bool is_slip(const char *a, const char *b)
{
	const char *a_domain = address_domain(a), *b_domain = address_domain(b);
	char *a_local = mem_dupn(a, strlen(a) - strlen(a_domain)), *b_local = mem_dupn(b, strlen(b) - strlen(b_domain));
	const char *const local = b_local, *const domain = b_domain;
	bool yes = (strcmp(a_domain, b_domain) == 0 && str_nearest(a_local, &local, 1)) || (strcmp(a_local, b_local) == 0 && str_nearest(a_domain, &domain, 1));
	free(a_local);
	free(b_local);
	return yes;
}

static const char *slip_in(const struct strs *l, const char *addr)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strchr(l->v[i], '*') && is_slip(addr, l->v[i]))
			return l->v[i];
	return NULL;
}

static const char *nearest_staff(const struct config *c, const char *addr)
{
	const char *near = slip_in(&c->staff.members, addr);
	for (size_t i = 0; !near && i < c->staff.n_people; i++) {
		const struct config_person *p = &c->staff.people[i];
		near = p->address && is_slip(addr, p->address) ? p->address : slip_in(&p->aliases, addr);
	}
	for (size_t i = 0; !near && i < c->n_topics; i++) {
		near = slip_in(&c->topics[i].staff, addr);
		if (!near)
			near = slip_in(&c->topics[i].members, addr);
	}
	return near ? near : slip_in(&c->triage.staff, addr);
}

static void check_is_staff(struct reader *r, const struct node *n, const char *what)
{
	if (!n || n->type != NODE_TEXT || !address_ok(n->text) || strchr(n->text, '*') || !check_not_own(r, n, n->text, what) || config_is_staff(r->c, n->text))
		return;
	const char *near = nearest_staff(r->c, n->text);
	if (near)
		reader_fault(r, n, "%s '%s' is not on the staff list: did you mean '%s'?", what, n->text, near);
	else
		reader_fault(r, n, "%s '%s' is not on the staff list: add the address to staff.members or staff.people", what, n->text);
}

static const char *person_name(const struct config_person *p)
{
	return p->address ? p->address : "?"; /* that it is missing was said */
}

static size_t deputy_of(const struct config *c, size_t person) /* n_people: nobody of the list */
{
	const struct config_person *p = config_person(c, c->staff.people[person].deputy);
	return p ? (size_t)(p - c->staff.people) : c->staff.n_people;
}

/* The circle that a person is in, told at the first of it in the file only. */
static void check_circle(struct reader *r, const struct node *n, size_t first)
{
	const struct config *c = r->c;
	struct buf way = {0};
	size_t at = first;
	buf_addf(&way, "'%s'", person_name(&c->staff.people[first]));
	for (size_t steps = 0; steps < c->staff.n_people; steps++) {
		at = deputy_of(c, at);
		if (at == c->staff.n_people || at < first)
			break;
		buf_addf(&way, " -> '%s'", person_name(&c->staff.people[at]));
		if (at != first)
			continue;
		if (steps == 0)
			reader_fault(r, n, "'%s' is their own deputy: name somebody else, or nobody", person_name(&c->staff.people[first]));
		else
			reader_fault(r, n, "the deputies go round in a circle, %s: when all are away, nobody is there; take one 'deputy' out", way.s);
		break;
	}
	buf_free(&way);
}

static void check_deputies(struct reader *r, const struct node *people)
{
	for (size_t i = 0; i < r->c->staff.n_people; i++) {
		const struct node *deputy = tree_member(&people->v[i], "deputy");
		if (!deputy || !r->c->staff.people[i].deputy)
			continue;
		check_is_staff(r, deputy, "the deputy");
		check_circle(r, deputy, i);
	}
}

void section_staff_settled(struct reader *r)
{
	const struct node *staff = tree_member(r->root, "staff"), *topics = tree_member(r->root, "topics"), *triage = tree_member(r->root, "triage");
	if (!staff || !tree_member(staff, "proof"))
		r->c->staff.proof = r->c->staff.authserv_id ? PROOF_BOTH : PROOF_TOKEN;
	if (r->source->broken || r->source->cut)
		return; /* the list may lack what was not understood */
	if (r->c->staff.n_people)
		check_deputies(r, tree_member(staff, "people"));
	for (size_t i = 0; topics && topics->type == NODE_LIST && i < topics->n; i++)
		check_is_staff(r, tree_member(&topics->v[i], "lead"), "the lead");
	if (triage)
		check_is_staff(r, tree_member(triage, "lead"), "the lead");
}
