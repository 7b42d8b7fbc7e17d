/* sql: the schema, step by step, and every statement, named: the one place where SQL is written.
 *
 * Times are seconds since 1970, UTC. Addresses are as written; where they are compared, in lower case. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

enum sql_name {
	SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK, SQL_SAVEPOINT, SQL_RELEASE, SQL_ROLLBACK_TO,
	SQL_TICKET_ADD, SQL_TICKET_GET, SQL_TICKET_LIST, SQL_TICKET_STATUS, SQL_TICKET_TOPIC, SQL_TICKET_OWNER, SQL_TICKET_TOUCH, SQL_TICKET_SEARCH,
	SQL_EVENT_ADD, SQL_EVENT_LIST,
	SQL_PARTICIPANT_ADD, SQL_PARTICIPANT_ROLE, SQL_PARTICIPANT_LIST, SQL_PARTICIPANT_DROP_STAFF,
	SQL_MESSAGE_ADD, SQL_MESSAGE_RAW_ADD, SQL_MESSAGE_RAW_SIZE, SQL_MESSAGE_LIST, SQL_MESSAGE_BY_DIGEST, SQL_MESSAGE_FIRST, SQL_MESSAGE_COUNT,
	SQL_THREAD_ADD, SQL_THREAD_FIND,
	SQL_INBOX_ADD, SQL_INBOX_KNOWN, SQL_INBOX_FILED, SQL_INBOX_UNFILED,
	SQL_OUTBOX_ADD, SQL_OUTBOX_NEXT, SQL_OUTBOX_WHEN, SQL_OUTBOX_GET, SQL_OUTBOX_CLAIM, SQL_OUTBOX_SENT, SQL_OUTBOX_CAME_BACK, SQL_OUTBOX_AGAIN, SQL_OUTBOX_END,
	SQL_OUTBOX_RECOVER_ONCE, SQL_OUTBOX_RECOVER_AGAIN, SQL_OUTBOX_LIST, SQL_OUTBOX_OF_TICKET, SQL_OUTBOX_COUNT_TO, SQL_OUTBOX_COUNT_ALL,
	SQL_OUTBOX_FIRST_TO, SQL_OUTBOX_BY_ID, SQL_OUTBOX_RETRY, SQL_OUTBOX_DROP, SQL_OUTBOX_STATES,
	SQL_META_GET, SQL_META_PUT, SQL_COUNT_TICKETS, SQL_INBOX_WAITING,
	SQL_NAMES
};

extern const char *const sql_text[SQL_NAMES];

/* Schema steps: step i takes a store of version i to i + 1 (PRAGMA user_version), each in one transaction with its number. */
extern const char *const sql_steps[];
extern const int sql_version; /* the version this program writes: the number of steps */

/* What `verify` asks of any store: a statement that returns one row for each breach, and what a breach means. */
struct sql_check {
	const char *invariant, *meaning, *what_to_do, *query;
};
extern const struct sql_check sql_checks[]; /* ends at a NULL query */

#endif
