#include "store/sql.h"

#define TICKET_COLUMNS "t.id, t.status, t.topic, t.second_topic, t.confidence, t.lang, t.subject, t.requester_name, t.requester_addr, t.internal, t.owner, t.linked, t.created, t.updated"
#define OUTBOX_COLUMNS "id, ticket, kind, sender, recipient, message_id, state, attempts, due, error, created, done, subject, text, source"

const char *const sql_text[SQL_NAMES] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_SAVEPOINT] = "SAVEPOINT mail",
	[SQL_RELEASE] = "RELEASE mail",
	[SQL_ROLLBACK_TO] = "ROLLBACK TO mail",

	[SQL_TICKET_ADD] = "INSERT INTO ticket (status, topic, second_topic, confidence, lang, subject, requester_name, requester_addr, internal, linked, created, updated)"
	                   " VALUES ('open', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
	[SQL_TICKET_GET] = "SELECT " TICKET_COLUMNS " FROM ticket t WHERE t.id = ?1",
	[SQL_TICKET_LIST] = "SELECT " TICKET_COLUMNS " FROM ticket t WHERE (?1 IS NULL OR t.status = ?1)"
	                    " AND (?2 IS NULL OR t.topic = ?2 OR (?2 = 'triage' AND t.topic IS NULL)) ORDER BY t.id",
	[SQL_TICKET_STATUS] = "UPDATE ticket SET status = ?2, updated = ?3 WHERE id = ?1",
	[SQL_TICKET_TOPIC] = "UPDATE ticket SET topic = ?2, second_topic = nullif(second_topic, ?2), confidence = 1.0, owner = NULL, updated = ?3 WHERE id = ?1",
	[SQL_TICKET_OWNER] = "UPDATE ticket SET owner = ?2, updated = ?3 WHERE id = ?1",
	[SQL_TICKET_TOUCH] = "UPDATE ticket SET updated = ?2 WHERE id = ?1",
	[SQL_TICKET_SEARCH] = "SELECT " TICKET_COLUMNS " FROM ticket t WHERE t.id IN"
	                      " (SELECT m.ticket FROM words w JOIN message m ON m.id = w.rowid WHERE words MATCH ?1) ORDER BY t.id",

	[SQL_EVENT_ADD] = "INSERT INTO event (ticket, time, actor, what) VALUES (?1, ?2, ?3, ?4)",
	[SQL_EVENT_LIST] = "SELECT time, actor, what FROM event WHERE ticket = ?1 ORDER BY id",

	[SQL_PARTICIPANT_ADD] = "INSERT INTO participant (ticket, addr, name, role) VALUES (?1, lower(?2), ?3, ?4) ON CONFLICT (ticket, addr)"
	                        " DO UPDATE SET role = 'staff' WHERE role = 'cc' AND excluded.role = 'staff'",
	[SQL_PARTICIPANT_ROLE] = "SELECT role FROM participant WHERE ticket = ?1 AND addr = lower(?2)",
	[SQL_PARTICIPANT_LIST] = "SELECT addr FROM participant WHERE ticket = ?1 AND role = ?2 ORDER BY addr",
	[SQL_PARTICIPANT_DROP_STAFF] = "DELETE FROM participant WHERE ticket = ?1 AND role = 'staff'",

	[SQL_MESSAGE_ADD] = "INSERT INTO message (ticket, kind, from_name, from_addr, recipients, date, received, message_id, digest, subject, text, reply_text, warnings, bytes_digest)"
	                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	[SQL_MESSAGE_RAW_ADD] = "INSERT INTO raw (message, bytes) VALUES (?1, ?2)",
	[SQL_MESSAGE_RAW_SIZE] = "SELECT length(bytes) FROM raw WHERE message = ?1",
	[SQL_MESSAGE_LIST] = "SELECT id, kind, from_name, from_addr, recipients, date, received, message_id, subject, text, warnings FROM message WHERE ticket = ?1 ORDER BY id",
	[SQL_MESSAGE_BY_DIGEST] = "SELECT m.id, m.ticket, t.topic FROM message m JOIN ticket t ON t.id = m.ticket WHERE m.bytes_digest = ?2"
	                          " OR (m.digest = ?1 AND ?3 > 0 AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.message = m.id AND i.uidvalidity = ?3))"
	                          " ORDER BY m.bytes_digest = ?2 DESC, m.id LIMIT 1",
	[SQL_MESSAGE_COUNT] = "SELECT (SELECT count(*) FROM message WHERE ?1 <> '' AND from_addr = ?1 COLLATE NOCASE AND received > ?2),"
	                      " (SELECT count(*) FROM message WHERE ticket = ?3 AND received > ?2)",
	[SQL_MESSAGE_FIRST] = "SELECT min(id) FROM message WHERE ticket = ?1",

	[SQL_THREAD_ADD] = "INSERT INTO thread (message_id, ticket, ours) VALUES (?1, ?2, ?3) ON CONFLICT (message_id, ticket) DO NOTHING",
	[SQL_THREAD_FIND] = "SELECT ticket, ours FROM thread WHERE message_id = ?1 ORDER BY ours DESC, ticket",

	[SQL_INBOX_ADD] = "INSERT INTO inbox (uidvalidity, uid, message, outcome, folder, filed, taken) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
	[SQL_INBOX_KNOWN] = "SELECT folder, filed FROM inbox WHERE uidvalidity = ?1 AND uid = ?2",
	[SQL_INBOX_FILED] = "UPDATE inbox SET filed = 1 WHERE uidvalidity = ?1 AND uid = ?2",
	[SQL_INBOX_UNFILED] = "SELECT uid FROM inbox WHERE uidvalidity = ?1 AND filed = 0 ORDER BY uid",
	[SQL_INBOX_WAITING] = "SELECT count(*) FROM inbox WHERE filed = 0",

	[SQL_OUTBOX_ADD] = "INSERT INTO outbox (ticket, kind, sender, recipient, message_id, state, attempts, due, created, subject, text, bytes, spans, source)"
	                   " VALUES (?1, ?2, ?3, ?4, ?5, 'due', 0, ?6, ?6, ?7, ?8, ?9, ?10, ?11)",
	[SQL_OUTBOX_NEXT] = "SELECT " OUTBOX_COLUMNS ", bytes, spans FROM outbox WHERE state = 'due' AND due <= ?1 ORDER BY due, id LIMIT 1",
	[SQL_OUTBOX_WHEN] = "SELECT min(due) FROM outbox WHERE state IN ('due', 'sending')",
	[SQL_OUTBOX_GET] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE id = ?1",
	[SQL_OUTBOX_CLAIM] = "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = ?1 AND state = 'due'",
	[SQL_OUTBOX_SENT] = "UPDATE outbox SET state = 'sent', attempts = attempts + (state = 'due'), error = NULL, done = ?2 WHERE id = ?1 AND state IN ('due', 'sending')",
	[SQL_OUTBOX_CAME_BACK] = "UPDATE outbox SET error = ?2 WHERE id = ?1 AND state = 'sent'",
	[SQL_OUTBOX_AGAIN] = "UPDATE outbox SET state = 'due', attempts = attempts + (state = 'due') * ?4, due = ?2, error = ?3 WHERE id = ?1 AND state IN ('due', 'sending')",
	[SQL_OUTBOX_END] = "UPDATE outbox SET state = ?2, attempts = attempts + (state = 'due'), error = ?3, done = ?4 WHERE id = ?1 AND state IN ('due', 'sending')",
	[SQL_OUTBOX_RECOVER_ONCE] = "UPDATE outbox SET state = 'unknown', done = ?1, error = 'the courier ended while it was being sent; not sent again'"
	                            " WHERE state = 'sending' AND kind IN ('acknowledgement', 'answer')",
	[SQL_OUTBOX_RECOVER_AGAIN] = "UPDATE outbox SET state = 'due' WHERE state = 'sending'",
	[SQL_OUTBOX_LIST] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE ?1 IS NULL OR state = ?1 OR (?1 = 'due' AND state = 'sending') ORDER BY id",
	[SQL_OUTBOX_OF_TICKET] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE ticket = ?1 ORDER BY id",
	[SQL_OUTBOX_COUNT_TO] = "SELECT count(*) FROM outbox WHERE kind IN ('acknowledgement', 'answer') AND created > ?1 AND lower(recipient) = lower(?2)",
	[SQL_OUTBOX_COUNT_ALL] = "SELECT count(*) FROM outbox WHERE kind IN ('acknowledgement', 'answer') AND created > ?1",
	[SQL_OUTBOX_FIRST_TO] = "SELECT message_id FROM outbox WHERE ticket = ?1 AND kind = 'forward' AND lower(recipient) = lower(?2) ORDER BY id LIMIT 1",
	[SQL_OUTBOX_BY_ID] = "SELECT id FROM outbox WHERE message_id = ?1",
	[SQL_OUTBOX_RETRY] = "UPDATE outbox SET state = 'due', due = ?2, done = NULL WHERE id = ?1 AND state IN ('due', 'unknown', 'failed', 'dropped')",
	[SQL_OUTBOX_DROP] = "UPDATE outbox SET state = 'dropped', done = ?2 WHERE id = ?1 AND state IN ('due', 'unknown', 'failed')",
	[SQL_OUTBOX_STATES] = "SELECT state, count(*), min(due) FROM outbox GROUP BY state",

	[SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
	[SQL_META_PUT] = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	[SQL_COUNT_TICKETS] = "SELECT coalesce(topic, 'triage'), status, count(*) FROM ticket GROUP BY 1, 2 ORDER BY 1, 2",
};
