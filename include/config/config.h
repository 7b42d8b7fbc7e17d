/* config: the file to one checked struct. Every fault is found in one run, with file and line, what was meant, and what to do.
 *
 * Reads the config, what it includes, and checks the files it names (password files, templates). Keys and their meaning:
 * ingang.conf(5). Everything in a `struct config` is owned by it and lives until config_free(). */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pattern.h"
#include "base/strs.h"
#include "mail/mail.h"
#include "topic/classify.h"

enum config_tls { CONFIG_TLS, CONFIG_STARTTLS, CONFIG_PLAIN };

enum config_grant { GRANT_SECRET, GRANT_CERTIFICATE, GRANT_SERVICE, GRANT_SIGN_IN };

struct config_oauth2 { /* what wire/oauth2.h wants to know; paths are absolute, or "credential:NAME" */
	enum config_grant grant;
	char *token_url, *device_url, *visit_url, *scope, *client_id;
	char *secret_file, *certificate_file, *key_file, *token_file, *ca_file; /* NULL where the grant has no use for it */
	int64_t expires;      /* when the secret ends; 0: not said */
};

struct config_server {
	char *host;
	uint16_t port;
	enum config_tls tls;  /* CONFIG_PLAIN only for loopback hosts */
	char *user;           /* NULL: no login (smtp only) */
	char *password_file;  /* an absolute path or "credential:NAME"; NULL with no user, or with oauth2 */
	struct config_oauth2 *oauth2; /* instead of a password; NULL. smtp's may be imap's */
	char *ca_file;        /* absolute: a private CA beside the system's; NULL */
};

struct config_topic {
	char *name;           /* [a-z0-9-]+; also the folder's name */
	struct strs title_langs, titles; /* in pairs: "sv", "Avtal" */
	struct strs staff;    /* addresses: people, or a group that several read */
	struct strs members;  /* who works for it, as staff.members; may be empty */
	char *lead;           /* whom to tell when nobody is there; an address of staff, or NULL: triage */
	double precision;     /* so many of the mails that it gets shall be its; 0: triage.confidence decides */
	struct strs terms;
};

enum cond_kind {
	COND_ALL, COND_ANY, COND_NOT,           /* on `sub` */
	COND_FROM, COND_TO, COND_SUBJECT, COND_BODY, COND_HEADER, COND_ATTACHMENT, /* on `patterns`: any of them */
	COND_TOPIC, COND_LANG, COND_KIND,       /* on `words`: any of them; "triage" and "unknown" stand for none */
	COND_INTERNAL, COND_HAS_ATTACHMENT      /* on `flag` */
};

struct cond {
	enum cond_kind kind;
	struct pattern **patterns;
	size_t n_patterns;
	struct strs words;
	char *header;         /* COND_HEADER: the field's name */
	bool flag;
	struct cond *sub;
	size_t n_sub;
};

struct config_rule {
	char *name;
	char *file;
	unsigned line;
	struct cond when;     /* COND_ALL of what was written; with n_sub == 0 it always holds */
	char *topic;          /* or NULL; "triage" sends it to triage */
	char *second;         /* second topic, or NULL */
	char *answer;         /* name of a template, or NULL */
	struct strs forward_to; /* instead of the topic's staff; may be empty */
	bool acknowledge;     /* default true */
	bool go_on;           /* `continue = true`: later rules may add to it */
};

enum config_proof { PROOF_BOTH, PROOF_TOKEN, PROOF_AUTHRES };

struct config_person {
	char *address;
	char *name;           /* as answers are signed; NULL: as their mail program says */
	struct strs aliases;  /* further addresses that they write from */
	char *deputy;         /* who does their work while they are away; an address of staff, or NULL. The chain of deputies has an end */
};

struct config_limits {
	struct mail_limits mail;
	unsigned answers_per_address_hour;  /* automatic mails to one address; default 1 */
	bool sandbox;                       /* no mail is read without seccomp; default true */
	unsigned answers_per_hour;          /* the global brake; default 60 */
};

struct config {
	char *file;
	struct {
		char *name, *address, *tag;
		struct strs aliases, languages, internal;
		char *timezone;
		bool plus;              /* mail to address+anything arrives here too: tokens may stand there */
		unsigned reopen_days;   /* default 30: how long after closing a reply opens the ticket again */
		char *answer_from;      /* default "{name}, {office}": display name of a colleague's answer; written as a template */
	} office;
	struct {
		struct config_server server;
		char *inbox, *folder;
		unsigned poll_seconds;  /* default 60: looked at beside IDLE, and instead of it where the server has none */
	} imap;
	struct config_server smtp;
	struct {
		char *path;
	} store;
	struct {
		char *file;             /* absolute, or NULL: no figures are written */
	} metrics;
	struct {
		bool automatic;         /* default true: learns by itself from what staff correct */
		unsigned after;         /* default 20: after so many corrections */
	} learning;
	struct {
		struct strs members;    /* addresses, '*' allowed: "*@int.uni.example" */
		char *authserv_id;      /* or NULL: PROOF_TOKEN then */
		enum config_proof proof; /* what shows that a mail is of the one in From. Default: BOTH where authserv_id is set, else TOKEN */
		bool commands;          /* default true; false: nobody acts by mail */
		unsigned hold_minutes;  /* default 60: an answer waits when a colleague's went out so shortly before; 0: never */
		struct config_person *people;
		size_t n_people;
	} staff;
	struct {
		struct strs title_langs, titles; /* in pairs, as a topic's */
		struct strs staff;
		char *lead;             /* as a topic's */
		double confidence;      /* default 0.6 */
		struct strs terms;      /* `triage_terms`: evidence that a mail belongs to no topic */
	} triage;
	struct config_limits limits;
	char *templates;            /* folder (absolute), or NULL: the built-in texts alone */
	struct config_topic *topics;
	size_t n_topics;
	struct config_rule *rules;
	size_t n_rules;
	struct classifier *classifier; /* of the topics' terms */
};

struct problem {
	char *file;
	unsigned line;   /* 0: the file as a whole */
	char *message;
};

struct problems {
	struct problem *v;
	size_t n;
};

/* NULL: `problems` says why, in the order of the files. Warnings do not exist: what is wrong is refused.
 * With check_files false, files that the config names are not looked at (classify, what-if). */
struct config *config_load(const char *path, bool check_files, struct problems *problems);
void config_free(struct config *c);
void problems_free(struct problems *p);

int config_topic_index(const struct config *c, const char *name); /* -1: none */
/* "mobility", or "triage" for -1. Borrowed. */
const char *config_topic_name(const struct config *c, int topic);
/* The topic's title in a language, else in English, else in any, else its name. -1: triage's. Borrowed. */
const char *config_topic_title(const struct config *c, int topic, const char *lang);
double config_threshold(const struct config *c, int topic); /* how sure the classifier has to be of it; -1: of nothing, 1 */
const struct strs *config_topic_staff(const struct config *c, int topic); /* -1: triage's */
/* About addresses; NULL is nobody's. */
bool config_is_own_address(const struct config *c, const char *addr); /* the office's address, an alias, or one with +detail */
bool config_is_internal(const struct config *c, const char *addr);
/* On the list (staff.members, staff.people, topics, triage): proves nothing. */
bool config_is_staff(const struct config *c, const char *addr);
const struct config_person *config_person(const struct config *c, const char *addr); /* of staff.people, by address or alias; NULL: none. Borrowed */

#endif
