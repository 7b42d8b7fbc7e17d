#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/office.h"
#include "desk/plan.h"

#define ANNA "anna@partner.example"
#define TRIAGE "triage@uni.example"
#define MIA "mia@int.uni.example"
#define MOA "moa@int.uni.example"
#define TO_MOBILITY "forward " MIA ", forward " MOA ", "

/* The plan as one line: "open, forward ADDR, acknowledge ADDR TEMPLATE -> FOLDER". */
static char *plan_words(const struct plan *p)
{
	static const char *const names[] = {[ACTION_ASIDE] = "aside", [ACTION_OPEN] = "open",     [ACTION_JOIN] = "join",     [ACTION_REOPEN] = "reopen", [ACTION_FORWARD] = "forward",
	                                    [ACTION_RETURNED] = "returned", [ACTION_REPLY] = "reply", [ACTION_NOT_YOURS] = "not yours", [ACTION_LINK_EXPIRED] = "expired",
	                                    [ACTION_PART] = "part", [ACTION_ABSENT] = "absent", [ACTION_ALSO] = "also", [ACTION_ACKNOWLEDGE] = "acknowledge", [ACTION_ANSWER] = "answer", [ACTION_NOTE] = "note"};
	struct buf b = {0};
	for (size_t i = 0; i < p->n; i++) {
		assert_non_null(p->v[i].why);
		assert_true(*p->v[i].why);
		buf_addf(&b, "%s%s", i ? ", " : "", names[p->v[i].kind]);
		if (p->v[i].to)
			buf_addf(&b, " %s", p->v[i].to);
		if (p->v[i].what)
			buf_addf(&b, " %s", p->v[i].what);
	}
	buf_addf(&b, " -> %s", p->folder);
	return buf_take(&b);
}

/* True when some action's reason has these words in it. */
static bool plan_says(const struct plan *p, const char *words)
{
	for (size_t i = 0; i < p->n; i++)
		if (strstr(p->v[i].why, words))
			return true;
	return false;
}

struct planning {
	const char *why;     /* of the case */
	const char *from;    /* NULL: ANNA; "-": none at all */
	const char *reply_to[2];
	enum mail_kind kind;
	const char *trouble;
	int topic;           /* of the routing: 0 mobility, 1 agreements, -1 triage */
	const char *answer;  /* of a rule */
	bool silent;         /* acknowledge = false */
	const char *forward_to;
	int64_t answers_to, answers_all;
	int64_t mails_from, mails_on, replies_on; /* within the hour */
	int64_t wished;
	const char *status, *ticket_topic; /* of the ticket it joins; status NULL: none */
	const char *holders[2];
	const char *bounced, *action; /* the address that failed; of the report */
	bool own;            /* it is a mail of ours */
	enum writer as;      /* as whom its writer speaks on the ticket; STRANGER: as requester */
	const char *second;  /* topic of the routing */
	int64_t answers_day, answers_days;
	bool spammer, link_expired;
	const char *want, *says;
};

static char *planned(const struct config *c, const struct planning *p, bool *says)
{
	struct mail m = {.kind = p->kind};
	struct routing r = {.topic = p->topic, .guess = p->topic, .second = -1, .confidence = 0.9, .answer = p->answer, .acknowledge = !p->silent};
	struct ticket t = {.id = 7};
	struct strs holders = {0}, forward_to = {0};
	struct facts f = {.config = c, .mail = &m, .routing = &r, .holders = &holders, .answers_to = p->answers_to, .answers_all = p->answers_all,
	                  .answers_day = p->answers_day, .answers_days = p->answers_days, .spammer = p->spammer, .link_expired = p->link_expired, .mails_from = p->mails_from, .mails_on = p->mails_on, .replies_on = p->replies_on, .trouble = p->trouble};
	if (p->second)
		r.second = config_topic_index(c, p->second);
	struct plan plan;
	f.threading.wished = p->wished;
	if (!p->from || strcmp(p->from, "-") != 0)
		m.from.addr = mem_dup(p->from ? p->from : ANNA);
	m.kind_why = mem_dup(p->kind == MAIL_PERSON ? "" : "Auto-Submitted: auto-replied");
	m.bounce.recipient = mem_dup(p->bounced);
	m.bounce.action = mem_dup(p->action);
	for (size_t i = 0; i < 2 && p->reply_to[i]; i++)
		mailboxes_add(&m.reply_to, "", p->reply_to[i]);
	for (size_t i = 0; i < 2 && p->holders[i]; i++)
		strs_add(&holders, p->holders[i]);
	if (p->forward_to) {
		strs_add(&forward_to, p->forward_to);
		r.forward_to = &forward_to;
	}
	strs_add(&r.rules, "the rule");
	if (p->status) {
		t.status = mem_dup(p->status);
		t.topic = mem_dup(p->ticket_topic);
		f.ticket = &t;
		f.threading.ticket = t.id;
		f.threading.evidence = p->own ? EVIDENCE_OWN : EVIDENCE_REFERENCE;
		f.threading.writer = p->as ? p->as : WRITER_PEOPLE;
		f.threading.part = 2;
	}
	plan_mail(&f, &plan);
	char *words = plan_words(&plan);
	*says = !p->says || plan_says(&plan, p->says);
	plan_free(&plan);
	mail_free(&m);
	ticket_free(&t);
	strs_free(&holders);
	strs_free(&forward_to);
	strs_free(&r.rules);
	return words;
}

static void plan_all(const struct config *c, const struct planning *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool says;
		char *got = planned(c, &cases[i], &says);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s:\nwanted %s\ngot    %s", cases[i].why, cases[i].want, got);
		if (!says)
			fail_msg("%s: no reason says '%s'", cases[i].why, cases[i].says);
		free(got);
	}
}

/* --- a new inquiry --- */

#define OPENED "open, " TO_MOBILITY
#define IN_MOBILITY " -> Ingang/mobility"
#define ACKNOWLEDGED OPENED "acknowledge " ANNA " acknowledgement" IN_MOBILITY
#define SILENT OPENED "note" IN_MOBILITY

static void new_inquiries(void **state)
{
	struct office *o = *state;
	static const struct planning cases[] = {
		{.why = "a person, a topic", .want = ACKNOWLEDGED, .says = "opened: mobility (90 %)"},
		{.why = "one of another topic", .topic = 1, .want = "open, forward agreements@uni.example, acknowledge " ANNA " acknowledgement -> Ingang/agreements"},
		{.why = "triage", .topic = -1, .want = "open, forward " TRIAGE ", acknowledge " ANNA " acknowledgement-triage -> Ingang/triage"},
		{.why = "a rule sends it elsewhere", .forward_to = "press@uni.example",
		 .want = "open, forward press@uni.example, acknowledge " ANNA " acknowledgement" IN_MOBILITY},
		{.why = "it names a ticket of others", .wished = 3, .want = "open, note, " TO_MOBILITY "acknowledge " ANNA " acknowledgement" IN_MOBILITY, .says = "[INT-3]"},
		{.why = "staff ask too: the others get it", .from = MIA, .want = "open, forward " MOA ", note" IN_MOBILITY, .says = "its writer is staff"},
		{.why = "triage asks triage: better to themselves than to nobody", .from = TRIAGE, .topic = -1, .want = "open, forward " TRIAGE ", note -> Ingang/triage",
		 .says = "nobody else would see it"},
		/* loops that show no mark, or the wrong one */
		{.why = "a colleague's answering machine answers no colleague", .from = MIA, .kind = MAIL_AUTO_REPLY, .want = "open, forward " TRIAGE ", note" IN_MOBILITY},
		{.why = "triage's answering machine answers nobody", .from = TRIAGE, .kind = MAIL_AUTO_REPLY, .topic = -1, .want = "open, note, note -> Ingang/triage",
		 .says = "not forwarded: its writer"},
		{.why = "staff that write like a machine", .from = MIA, .mails_from = 50, .want = "open, note, note" IN_MOBILITY, .says = "look like a loop"},
		{.why = "a machine that never stops", .kind = MAIL_GENERATED, .mails_from = 50, .want = "open, note, note" IN_MOBILITY, .says = "look like a loop"},
		{.why = "one less", .kind = MAIL_GENERATED, .mails_from = 49, .want = SILENT},
		{.why = "a person may write much", .mails_from = 500, .want = ACKNOWLEDGED},
		/* what a rule says about the answer */
		{.why = "an answer instead of a receipt", .answer = "nomination-dates", .want = OPENED "answer " ANNA " nomination-dates" IN_MOBILITY, .says = "rule 'the rule'"},
		{.why = "no receipt", .silent = true, .want = SILENT, .says = "rule 'the rule' says so"},
		{.why = "an answer, though no receipt", .silent = true, .answer = "nomination-dates", .want = OPENED "answer " ANNA " nomination-dates" IN_MOBILITY},
		{.why = "no answer to a machine, whatever a rule says", .answer = "nomination-dates", .kind = MAIL_GENERATED, .want = SILENT},
		/* what could not be read */
		{.why = "unreadable", .topic = -1, .trouble = "it killed the reader", .want = "open, forward " TRIAGE ", note -> Ingang/triage", .says = "it killed the reader"},
		{.why = "unreadable: the address's own word for it counts for nothing", .topic = -1, .trouble = "x", .answer = "nomination-dates",
		 .want = "open, forward " TRIAGE ", note -> Ingang/triage", .says = "could not be read"},
	};
	plan_all(o->config, cases, sizeof cases / sizeof *cases);
}

/* RFC 3834: whom a machine must not answer. The mail itself is always a ticket, and always goes to staff. */
static void nothing_answers_a_machine(void **state)
{
	struct office *o = *state;
	static const struct planning cases[] = {
		{.why = "an auto-reply", .kind = MAIL_AUTO_REPLY, .want = SILENT, .says = "Auto-Submitted: auto-replied"},
		{.why = "a bounce that says of nobody", .kind = MAIL_BOUNCE, .want = SILENT},
		{.why = "a report about nothing of ours", .kind = MAIL_BOUNCE, .bounced = "gone@partner.example", .want = "aside -> Ingang/returned"},
		{.why = "one that could not be read", .kind = MAIL_BOUNCE, .bounced = "gone@partner.example", .topic = -1, .trouble = "x",
		 .want = "open, forward " TRIAGE ", note -> Ingang/triage"},
		{.why = "a list", .kind = MAIL_LIST, .want = SILENT},
		{.why = "a receipt", .kind = MAIL_RECEIPT, .want = SILENT},
		{.why = "a program", .kind = MAIL_GENERATED, .want = SILENT},
		{.why = "nobody", .from = "-", .want = SILENT, .says = "no address"},
		{.why = "an empty address", .from = "", .want = SILENT, .says = "no address"},
		{.why = "an address that cannot be written to", .from = "anna@partner.example\r\nRCPT TO:<x@y>", .want = SILENT, .says = "no address"},
		{.why = "a name alone", .from = "anna", .want = SILENT, .says = "no address"},
		{.why = "ourselves", .from = OFFICE, .want = SILENT, .says = "an address of our own"},
		{.why = "our alias", .from = "INT-office@uni.example", .want = SILENT, .says = "an address of our own"},
		{.why = "we with a detail", .from = "international+x@uni.example", .want = SILENT, .says = "an address of our own"},
		{.why = "no-reply", .from = "no-reply@partner.example", .want = SILENT, .says = "nobody reads"},
		{.why = "a mail system", .from = "MAILER-DAEMON@partner.example", .want = SILENT, .says = "nobody reads"},
		{.why = "a list's owner", .from = "owner-list@partner.example", .want = SILENT, .says = "nobody reads"},
		{.why = "a list's robot", .from = "list-request@partner.example", .want = SILENT, .says = "nobody reads"},
		{.why = "a staff member by pattern", .from = "New.One@int.uni.example", .want = SILENT, .says = "its writer is staff"},
		{.why = "a topic's address", .from = "agreements@uni.example", .want = SILENT, .says = "its writer is staff"},
	};
	plan_all(o->config, cases, sizeof cases / sizeof *cases);
}

static void reply_to_makes_us_write_to_no_stranger(void **state)
{
	struct office *o = *state;
	static const struct planning cases[] = {
		{.why = "the same address", .reply_to = {ANNA}, .want = ACKNOWLEDGED},
		{.why = "the same in other letters", .reply_to = {"ANNA@Partner.Example"}, .want = ACKNOWLEDGED},
		{.why = "another of the same domain", .reply_to = {"office@partner.example"},
		 .want = OPENED "acknowledge office@partner.example acknowledgement" IN_MOBILITY},
		{.why = "another domain", .reply_to = {"victim@other.example"}, .want = SILENT, .says = "Reply-To names another domain"},
		{.why = "a subdomain is another domain", .reply_to = {"x@mail.partner.example"}, .want = SILENT},
		{.why = "two, one of them elsewhere", .reply_to = {ANNA, "victim@other.example"}, .want = SILENT},
		{.why = "two of the same domain", .reply_to = {ANNA, "victim@partner.example"}, .want = SILENT},
		{.why = "a robot", .reply_to = {"noreply@partner.example"}, .want = SILENT},
		{.why = "our own address alone", .reply_to = {OFFICE}, .want = SILENT, .says = "our own address"},
		{.why = "the writer's and ours", .reply_to = {ANNA, OFFICE}, .want = ACKNOWLEDGED},
		{.why = "staff", .from = "student@uni.example", .reply_to = {"bo.ek@uni.example"}, .want = SILENT},
		{.why = "no address", .reply_to = {"partner.example"}, .want = SILENT},
		{.why = "an empty one", .reply_to = {""}, .want = SILENT},
		{.why = "a rule's answer heeds it too", .reply_to = {"victim@other.example"}, .answer = "nomination-dates", .want = SILENT},
	};
	plan_all(o->config, cases, sizeof cases / sizeof *cases);
}

static void limits_an_hour(void **state)
{
	struct office *o = *state; /* two to an address, five in all */
	static const struct planning cases[] = {
		{.why = "one to this address", .answers_to = 1, .answers_all = 1, .want = ACKNOWLEDGED},
		{.why = "two", .answers_to = 2, .answers_all = 2, .want = SILENT, .says = "got an automatic mail within the hour"},
		{.why = "more", .answers_to = 200, .answers_all = 200, .want = SILENT},
		{.why = "four to all", .answers_all = 4, .want = ACKNOWLEDGED},
		{.why = "five to all", .answers_all = 5, .want = SILENT, .says = "limit of automatic mails an hour"},
		{.why = "two within a day", .answers_day = 2, .answers_days = 2, .want = ACKNOWLEDGED},
		{.why = "three within three days, none in the last", .answers_days = 3, .want = ACKNOWLEDGED},
		{.why = "three, and one of them in the last", .answers_day = 1, .answers_days = 3, .want = SILENT, .says = "one a day is enough"},
		{.why = "a sender of spam", .spammer = true, .want = SILENT, .says = "spam"},
		{.why = "a rule's answer counts too", .answers_all = 5, .answer = "nomination-dates", .want = SILENT},
	};
	plan_all(o->config, cases, sizeof cases / sizeof *cases);
}

/* --- a further mail on a ticket --- */

static void further_mails(void **state)
{
	struct office *o = *state;
	static const struct planning cases[] = {
		{.why = "of the requester", .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA},
		 .want = "join, forward " MIA ", forward " MOA IN_MOBILITY},
		{.why = "no rule answers a second time", .status = "open", .ticket_topic = "mobility", .holders = {MIA}, .answer = "nomination-dates",
		 .want = "join, forward " MIA IN_MOBILITY},
		{.why = "where it would go as a new one does not matter", .status = "open", .ticket_topic = "agreements", .topic = 0, .holders = {MIA},
		 .want = "join, forward " MIA " -> Ingang/agreements"},
		{.why = "on a ticket in triage", .status = "open", .holders = {TRIAGE}, .want = "join, forward " TRIAGE " -> Ingang/triage"},
		{.why = "on a closed ticket", .status = "closed", .ticket_topic = "mobility", .holders = {MIA}, .want = "join, reopen, forward " MIA IN_MOBILITY},
		{.why = "on a ticket that rests", .status = "pending", .ticket_topic = "mobility", .holders = {MIA}, .want = "join, reopen, forward " MIA IN_MOBILITY},
		{.why = "of one of those who have it: the others", .from = MIA, .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA},
		 .want = "join, forward " MOA IN_MOBILITY},
		{.why = "in other letters", .from = "MIA@int.uni.example", .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA},
		 .want = "join, forward " MOA IN_MOBILITY},
		{.why = "of the one who has it: nobody needs it", .from = MIA, .status = "open", .ticket_topic = "mobility", .holders = {MIA}, .want = "join, note" IN_MOBILITY,
		 .says = "not forwarded"},
		{.why = "two machines on one ticket", .from = MIA, .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA}, .mails_on = 20,
		 .want = "join, note" IN_MOBILITY, .says = "look like a loop"},
		{.why = "a lively ticket of people", .status = "open", .ticket_topic = "mobility", .holders = {MIA}, .mails_on = 20, .want = "join, forward " MIA IN_MOBILITY},
		{.why = "when nobody has it: triage", .status = "open", .ticket_topic = "mobility", .want = "join, forward " TRIAGE IN_MOBILITY, .says = "nobody else has"},
		{.why = "of staff, when nobody has it", .from = MIA, .status = "open", .ticket_topic = "mobility", .want = "join, note" IN_MOBILITY},
		{.why = "a holder twice", .status = "open", .ticket_topic = "mobility", .holders = {MIA, "MIA@INT.uni.example"}, .want = "join, forward " MIA IN_MOBILITY},
		{.why = "nobody's", .from = "-", .status = "open", .ticket_topic = "mobility", .holders = {MIA}, .want = "join, forward " MIA IN_MOBILITY},
	};
	plan_all(o->config, cases, sizeof cases / sizeof *cases);
}

static void further_mails_of_machines(void **state)
{
	struct office *o = *state;
	static const struct planning cases[] = {
		{.why = "an out-of-office is kept, and troubles nobody", .kind = MAIL_AUTO_REPLY, .status = "open", .ticket_topic = "mobility", .holders = {MIA},
		 .want = "join, note" IN_MOBILITY, .says = "not forwarded: Auto-Submitted"},
		{.why = "it opens nothing again", .kind = MAIL_AUTO_REPLY, .status = "closed", .ticket_topic = "mobility", .holders = {MIA}, .want = "join, note" IN_MOBILITY},
		{.why = "a receipt", .kind = MAIL_RECEIPT, .status = "closed", .ticket_topic = "mobility", .holders = {MIA}, .want = "join, note" IN_MOBILITY},
		{.why = "a program's answer may matter", .kind = MAIL_GENERATED, .status = "open", .ticket_topic = "mobility", .holders = {MIA},
		 .want = "join, forward " MIA IN_MOBILITY},
		{.why = "but opens nothing again", .kind = MAIL_LIST, .status = "closed", .ticket_topic = "mobility", .holders = {MIA},
		 .want = "join, forward " MIA IN_MOBILITY},
		{.why = "our own forward, redirected to us: it ends here", .kind = MAIL_GENERATED, .from = OFFICE, .own = true, .status = "closed", .ticket_topic = "mobility",
		 .holders = {MIA, MOA}, .want = "join, note" IN_MOBILITY, .says = "not forwarded: it is our own mail"},
		{.why = "also when nobody has the ticket", .kind = MAIL_GENERATED, .from = OFFICE, .own = true, .status = "open", .ticket_topic = "mobility",
		 .want = "join, note" IN_MOBILITY},
		{.why = "a bounce is told", .kind = MAIL_BOUNCE, .bounced = "gone@partner.example", .status = "open", .ticket_topic = "mobility", .holders = {MIA},
		 .want = "join, returned" IN_MOBILITY, .says = "gone@partner.example"},
		{.why = "what is late has not come back", .kind = MAIL_BOUNCE, .bounced = "slow@partner.example", .action = "delayed", .status = "open", .ticket_topic = "mobility",
		 .holders = {MIA}, .want = "join, note" IN_MOBILITY, .says = "slow@partner.example is delayed"},
		{.why = "a bounce that names nobody", .kind = MAIL_BOUNCE, .status = "closed", .ticket_topic = "mobility", .holders = {MIA},
		 .want = "join, returned" IN_MOBILITY, .says = "somebody"},
		{.why = "a colleague is away", .from = MIA, .as = WRITER_UNPROVED, .kind = MAIL_AUTO_REPLY, .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA},
		 .want = "join, absent " MIA IN_MOBILITY},
		{.why = "a division that was asked is away", .from = "kvalitet@uni.example", .as = WRITER_PART, .kind = MAIL_AUTO_REPLY, .status = "open", .ticket_topic = "mobility",
		 .holders = {MIA}, .want = "join, part" IN_MOBILITY, .says = "stays open"},
	};
	plan_all(o->config, cases, sizeof cases / sizeof *cases);
}

/* As whom a writer speaks decides what becomes of the mail. */
static void mails_of_colleagues(void **state)
{
	struct office *o = *state;
	static const struct planning cases[] = {
		{.why = "staff, proved", .from = MIA, .as = WRITER_STAFF, .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA}, .want = "join, reply " MIA IN_MOBILITY},
		{.why = "on a closed ticket: nothing opens by itself", .from = MIA, .as = WRITER_STAFF, .status = "closed", .ticket_topic = "mobility", .holders = {MIA},
		 .want = "join, reply " MIA IN_MOBILITY},
		{.why = "two machines that pass for people", .from = MIA, .as = WRITER_STAFF, .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA}, .replies_on = 12,
		 .want = "join, forward " MOA IN_MOBILITY},
		{.why = "what bears their name unproved does not silence them", .from = MIA, .as = WRITER_STAFF, .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA},
		 .mails_from = 500, .mails_on = 500, .replies_on = 11, .want = "join, reply " MIA IN_MOBILITY},
		{.why = "what a list made of staff's mail", .from = MIA, .as = WRITER_STAFF, .kind = MAIL_LIST, .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA},
		 .want = "join, forward " MOA IN_MOBILITY},
		{.why = "what a program sends in their name", .from = MIA, .as = WRITER_STAFF, .kind = MAIL_GENERATED, .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA},
		 .want = "join, forward " MOA IN_MOBILITY},
		{.why = "it may be forged: all see it, the colleague too", .from = MIA, .as = WRITER_UNPROVED, .status = "closed", .ticket_topic = "mobility", .holders = {MIA, MOA},
		 .want = "join, forward " MIA ", forward " MOA IN_MOBILITY, .says = "could not be proved"},
		{.why = "a link that is too old", .from = MIA, .as = WRITER_UNPROVED, .link_expired = true, .status = "open", .ticket_topic = "mobility", .holders = {MIA, MOA},
		 .want = "join, expired " MIA IN_MOBILITY},
		{.why = "staff of another topic", .from = "agreements@uni.example", .as = WRITER_NOT_YOURS, .status = "open", .ticket_topic = "mobility", .holders = {MIA},
		 .want = "join, not yours agreements@uni.example, forward " MIA IN_MOBILITY},
		{.why = "another division answers", .from = "kvalitet@uni.example", .as = WRITER_PART, .status = "pending", .ticket_topic = "mobility", .holders = {MIA},
		 .want = "join, part" IN_MOBILITY, .says = "part 2"},
	};
	plan_all(o->config, cases, sizeof cases / sizeof *cases);
}

static void second_topics(void **state)
{
	struct office *o = *state;
	static const struct planning cases[] = {
		{.why = "its staff help out", .second = "agreements", .want = OPENED "also agreements, acknowledge " ANNA " acknowledgement" IN_MOBILITY},
		{.why = "nobody helps with a machine's mail", .second = "agreements", .kind = MAIL_GENERATED, .want = SILENT},
		{.why = "nor in triage, which decides first", .topic = -1, .second = "agreements", .want = "open, forward " TRIAGE ", acknowledge " ANNA " acknowledgement-triage -> Ingang/triage"},
		{.why = "nor where a rule names who gets it", .second = "agreements", .forward_to = "press@uni.example",
		 .want = "open, forward press@uni.example, acknowledge " ANNA " acknowledgement" IN_MOBILITY},
	};
	plan_all(o->config, cases, sizeof cases / sizeof *cases);
}

/* Every kind of mail, from anybody, with every trouble: the inquiry is kept and somebody is told; a machine is never answered. */
static void whatever_comes_is_kept_and_told(void **state)
{
	struct office *o = *state;
	static const char *const writers[] = {ANNA, "-", "", OFFICE, MIA, TRIAGE, "no-reply@x.example", "broken"};
	static const char *const troubles[] = {NULL, "it could not be read"};
	for (int kind = 0; kind < MAIL_KINDS; kind++)
		for (size_t w = 0; w < sizeof writers / sizeof *writers; w++)
			for (size_t t = 0; t < 2; t++)
				for (int topic = -1; topic < 2; topic++) {
					bool says;
					const struct planning p = {.from = writers[w], .kind = (enum mail_kind)kind, .trouble = troubles[t], .topic = topic};
					char *got = planned(o->config, &p, &says);
					bool answered = strstr(got, "acknowledge ") || strstr(got, "answer ");
					bool only_one = kind != MAIL_PERSON && strcmp(writers[w], TRIAGE) == 0 && (topic < 0 || kind == MAIL_AUTO_REPLY); /* would answer itself */
					if (!str_starts(got, only_one ? "open, note" : "open, forward ") || answered != (kind == MAIL_PERSON && w == 0 && t == 0))
						fail_msg("a %s of '%s', %s: %s", mail_kind_name((enum mail_kind)kind), writers[w], troubles[t] ? "unreadable" : "read", got);
					free(got);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_inquiries),
		cmocka_unit_test(nothing_answers_a_machine),
		cmocka_unit_test(reply_to_makes_us_write_to_no_stranger),
		cmocka_unit_test(limits_an_hour),
		cmocka_unit_test(further_mails),
		cmocka_unit_test(further_mails_of_machines),
		cmocka_unit_test(mails_of_colleagues),
		cmocka_unit_test(second_topics),
		cmocka_unit_test(whatever_comes_is_kept_and_told),
	};
	return cmocka_run_group_tests(tests, office_open, office_close);
}
