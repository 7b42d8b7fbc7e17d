#include "store/sql.h"

#define TICKET_COLUMNS "t.id, t.status, t.topic, t.second_topic, t.confidence, t.lang, t.subject, t.requester_name, t.requester_addr, t.internal, t.owner, t.linked, t.created, t.updated," \
	" t.wakes, t.closed, t.merged, t.answered, t.answer_addr, t.spam"
#define OUTBOX_COLUMNS "id, ticket, kind, sender, recipient, message_id, state, attempts, due, error, created, done, subject, text, source, writer, after"
#define MESSAGE_COLUMNS "id, kind, from_name, from_addr, recipients, date, received, message_id, subject, text, warnings, after"
#define PART_COLUMNS "p.id, p.ticket, p.number, p.addr, p.topic, p.asked_by, p.question, p.state, p.due, p.reminded, p.created, p.done, p.message, p.handover, p.watch"
/* a change that stands, by which a person has said that the topic was wrong */
#define CORRECTED "c.undone IS NULL AND c.extra IS NOT NULL AND (json_extract(c.before, '$.topic') IS NOT json_extract(c.extra, '$.after.topic')" \
	" OR json_extract(c.before, '$.spam') < json_extract(c.extra, '$.after.spam'))"
/* a ticket and all that were merged into it */
#define FAMILY "WITH RECURSIVE family (id) AS (VALUES (?1) UNION SELECT t.id FROM family f JOIN ticket t ON t.merged = f.id) "

const char *const sql_text[SQL_NAMES] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_SAVEPOINT] = "SAVEPOINT mail",
	[SQL_RELEASE] = "RELEASE mail",
	[SQL_ROLLBACK_TO] = "ROLLBACK TO mail",

	[SQL_TICKET_ADD] = "INSERT INTO ticket (status, topic, second_topic, confidence, lang, subject, requester_name, requester_addr, internal, linked, created, updated,"
	                   " answer_addr, spam) VALUES ('open', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12)",
	[SQL_TICKET_GET] = "SELECT " TICKET_COLUMNS " FROM ticket t WHERE t.id = ?1",
	[SQL_TICKET_LIST] = "SELECT " TICKET_COLUMNS " FROM ticket t WHERE (?1 IS NULL OR t.status = ?1)"
	                    " AND (?2 IS NULL OR t.topic = ?2 OR (?2 = 'triage' AND t.topic IS NULL)) ORDER BY t.id",
	[SQL_TICKET_STATUS] = "UPDATE ticket SET status = ?2, updated = ?3, closed = CASE ?2 WHEN 'closed' THEN ?3 END, wakes = NULL WHERE id = ?1",
	[SQL_TICKET_TOPIC] = "UPDATE ticket SET topic = ?2, second_topic = nullif(second_topic, ?2), confidence = 1.0, owner = NULL, updated = ?3 WHERE id = ?1",
	[SQL_TICKET_OWNER] = "UPDATE ticket SET owner = ?2, updated = ?3 WHERE id = ?1",
	[SQL_TICKET_TOUCH] = "UPDATE ticket SET updated = ?2 WHERE id = ?1",
	[SQL_TICKET_SEARCH] = "SELECT " TICKET_COLUMNS " FROM ticket t WHERE t.id IN"
	                      " (SELECT m.ticket FROM words w JOIN message m ON m.id = w.rowid WHERE words MATCH ?1) ORDER BY t.id",
	[SQL_TICKET_SAVE] = "UPDATE ticket SET status = ?2, topic = ?3, second_topic = ?4, confidence = ?5, owner = ?6, linked = ?7, answered = ?8, answer_addr = ?9, spam = ?10,"
	                    " merged = ?11, wakes = CASE ?2 WHEN 'pending' THEN ?12 END, closed = CASE ?2 WHEN 'closed' THEN coalesce(?13, closed, ?14) END, updated = ?14 WHERE id = ?1",
	[SQL_TICKET_FINAL] = "WITH RECURSIVE chain (id, step) AS (SELECT id, 0 FROM ticket WHERE id = ?1 UNION ALL"
	                     " SELECT m.id, step + 1 FROM chain c JOIN ticket t ON t.id = c.id JOIN ticket m ON m.id = t.merged WHERE step < 64)"
	                     " SELECT id FROM chain ORDER BY step DESC LIMIT 1",
	[SQL_TICKET_WAKING] = "SELECT " TICKET_COLUMNS " FROM ticket t WHERE t.wakes <= ?1 AND t.status = 'pending' ORDER BY t.wakes, t.id",
	[SQL_TICKET_SPAMMER] = "SELECT EXISTS (SELECT 1 FROM ticket WHERE spam = 1 AND requester_addr = ?1 COLLATE NOCASE)",
	[SQL_TICKET_SEQUENCE] = "INSERT INTO sqlite_sequence (name, seq) SELECT 'ticket', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'ticket')",
	[SQL_TICKET_SKIP] = "UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'ticket'",

	[SQL_EVENT_ADD] = "INSERT INTO event (ticket, time, actor, what, hash) VALUES (?1, ?2, ?3, ?4,"
	                  " event_hash((SELECT hash FROM event ORDER BY id DESC LIMIT 1), ?1, ?2, ?3, ?4))",
	[SQL_EVENT_LAST] = "SELECT id, time, lower(hex(hash)) FROM event ORDER BY id DESC LIMIT 1",
	[SQL_EVENT_HAS] = "SELECT 1 FROM event WHERE id = ?1 AND lower(hex(hash)) = lower(?2)",
	[SQL_EVENT_LIST] = "SELECT time, actor, what, id FROM event WHERE ticket = ?1 ORDER BY id",

	[SQL_PARTICIPANT_ADD] = "INSERT INTO participant (ticket, addr, name, role) VALUES (?1, lower(?2), ?3, ?4) ON CONFLICT (ticket, addr)"
	                        " DO UPDATE SET role = excluded.role WHERE (excluded.role = 'staff' AND role IN ('cc', 'part', 'watch'))"
	                        " OR (excluded.role = 'watch' AND role = 'part')",
	[SQL_PARTICIPANT_ROLE] = "SELECT role FROM participant WHERE ticket = ?1 AND addr = lower(?2)",
	[SQL_PARTICIPANT_LIST] = "SELECT addr FROM participant WHERE ticket = ?1 AND role = ?2 ORDER BY addr",
	[SQL_PARTICIPANT_DROP_STAFF] = "DELETE FROM participant WHERE ticket = ?1 AND role = 'staff'",
	[SQL_PARTICIPANT_EACH] = "SELECT addr, name, role, bad FROM participant WHERE ticket = ?1 ORDER BY addr",
	[SQL_PARTICIPANT_BAD] = "UPDATE participant SET bad = ?3 WHERE ticket = ?1 AND addr = lower(?2)",
	[SQL_PARTICIPANT_DROP] = "DELETE FROM participant WHERE ticket = ?1 AND addr = lower(?2)",

	[SQL_MESSAGE_ADD] = "INSERT INTO message (ticket, kind, from_name, from_addr, recipients, date, received, message_id, digest, subject, text, reply_text, warnings, bytes_digest,"
	                    " attached_text, attachments, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, (SELECT max(id) FROM event))",
	[SQL_MESSAGE_RAW_ADD] = "INSERT INTO raw (message, bytes) VALUES (?1, ?2)",
	[SQL_MESSAGE_RAW_SIZE] = "SELECT length(bytes) FROM raw WHERE message = ?1",
	[SQL_MESSAGE_LIST] = "SELECT " MESSAGE_COLUMNS " FROM message WHERE ticket = ?1 ORDER BY id",
	[SQL_MESSAGE_BY_DIGEST] = "SELECT m.id, m.ticket, t.topic FROM message m JOIN ticket t ON t.id = m.ticket WHERE m.bytes_digest = ?2"
	                          " OR (m.digest = ?1 AND ?3 > 0 AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.message = m.id AND i.uidvalidity = ?3))"
	                          " ORDER BY m.bytes_digest = ?2 DESC, m.id LIMIT 1",
	[SQL_MESSAGE_COUNT] = "SELECT (SELECT count(*) FROM message WHERE ?1 <> '' AND from_addr = ?1 COLLATE NOCASE AND received > ?2),"
	                      " (SELECT count(*) FROM message WHERE ticket = ?3 AND received > ?2)",
	[SQL_MESSAGE_FIRST] = "SELECT min(id) FROM message WHERE ticket = ?1",
	[SQL_MESSAGE_GET] = "SELECT " MESSAGE_COLUMNS ", ticket, reply_text FROM message WHERE id = ?1",
	[SQL_MESSAGE_MOVE] = "UPDATE message SET ticket = ?2 WHERE id = ?1",
	[SQL_MESSAGE_LAST_OF] = "SELECT max(id) FROM message WHERE ticket = ?1 AND from_addr = ?2 COLLATE NOCASE",
	[SQL_MESSAGE_LAST_ASKED] = "SELECT m.id FROM message m JOIN participant p ON p.ticket = m.ticket AND p.addr = lower(m.from_addr)"
	                           " WHERE m.ticket = ?1 AND p.role IN ('requester', 'cc') ORDER BY m.kind = 'person' DESC, m.id DESC LIMIT 1",

	[SQL_THREAD_ADD] = "INSERT INTO thread (message_id, ticket, ours) VALUES (?1, ?2, ?3) ON CONFLICT (message_id, ticket) DO NOTHING",
	[SQL_THREAD_FIND] = "SELECT ticket, ours FROM thread WHERE message_id = ?1 ORDER BY ours DESC, ticket",
	[SQL_THREAD_COPY] = "INSERT INTO thread (message_id, ticket, ours) SELECT message_id, ?2, 0 FROM message WHERE id = ?1 AND message_id IS NOT NULL"
	                    " ON CONFLICT (message_id, ticket) DO NOTHING",
	[SQL_THREAD_DROP] = "DELETE FROM thread WHERE ours = 0 AND ticket = ?2 AND message_id = (SELECT message_id FROM message WHERE id = ?1)"
	                    " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.ticket = ?2 AND m.message_id = thread.message_id)",
	[SQL_THREAD_IDS] = "SELECT m.message_id, m.received AS time, 0 AS ours, m.id FROM message m WHERE m.ticket = ?1 AND m.message_id <> '' AND (m.id ="
	                   " (SELECT min(id) FROM message WHERE ticket = ?1) OR EXISTS (SELECT 1 FROM participant p WHERE p.ticket = ?1 AND p.addr = lower(m.from_addr)"
	                   " AND p.role IN ('requester', 'cc'))) UNION ALL"
	                   " SELECT o.message_id, o.created, 1, o.id FROM outbox o JOIN ticket t ON t.id = o.ticket WHERE o.ticket = ?1"
	                   " AND o.kind IN ('acknowledgement', 'answer', 'reply') AND o.state NOT IN ('held', 'dropped', 'failed')"
	                   " AND lower(o.recipient) IN (lower(t.requester_addr), lower(t.answer_addr)) ORDER BY time, ours, id",

	[SQL_INBOX_ADD] = "INSERT INTO inbox (uidvalidity, uid, message, outcome, folder, filed, taken) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
	[SQL_INBOX_KNOWN] = "SELECT folder, filed FROM inbox WHERE uidvalidity = ?1 AND uid = ?2",
	[SQL_INBOX_FILED] = "UPDATE inbox SET filed = 1 WHERE uidvalidity = ?1 AND uid = ?2",
	[SQL_INBOX_UNFILED] = "SELECT uid FROM inbox WHERE uidvalidity = ?1 AND filed = 0 ORDER BY uid",
	[SQL_INBOX_COUNT] = "SELECT count(*) FROM inbox",
	[SQL_INBOX_WAITING] = "SELECT count(*) FROM inbox WHERE filed = 0",

	[SQL_OUTBOX_ADD] = "INSERT INTO outbox (ticket, kind, sender, recipient, message_id, state, attempts, due, created, subject, text, bytes, spans, source, writer, after)"
	                   " VALUES (?1, ?2, ?3, ?4, ?5, ?13, 0, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, (SELECT max(id) FROM event))",
	/* no pause is longer than four hours: a row that is due after more than five had its time from a clock that stood wrong */
	[SQL_OUTBOX_NEXT] = "SELECT " OUTBOX_COLUMNS ", bytes, spans FROM outbox WHERE state = 'due' AND (due <= ?1 OR due > ?1 + 18000) ORDER BY due, id LIMIT 1",
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
	[SQL_OUTBOX_RESTORED] = "UPDATE outbox SET state = 'unknown', done = ?1, error = 'a backup was restored: it may have been sent after that was made; not sent again'"
	                        " WHERE state IN ('due', 'sending') AND kind IN ('acknowledgement', 'answer')",
	[SQL_OUTBOX_LIST] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE ?1 IS NULL OR state = ?1 OR (?1 = 'due' AND state = 'sending') ORDER BY id",
	[SQL_OUTBOX_OF_TICKET] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE ticket = ?1 ORDER BY id",
	[SQL_OUTBOX_REPLIES] = "SELECT count(DISTINCT coalesce(source, -id)) FROM outbox WHERE ticket = ?1 AND kind = 'reply' AND created > ?2",
	[SQL_OUTBOX_NOTICES] = "SELECT count(*) FROM outbox WHERE ticket = ?1 AND kind = 'notice' AND created > ?2 AND lower(recipient) = lower(?3)",
	[SQL_OUTBOX_COUNT_TO] = "SELECT count(*) FROM outbox WHERE kind IN ('acknowledgement', 'answer') AND created > ?1 AND lower(recipient) = lower(?2)",
	[SQL_OUTBOX_COUNT_ALL] = "SELECT count(*) FROM outbox WHERE kind IN ('acknowledgement', 'answer') AND created > ?1",
	[SQL_OUTBOX_FIRST_TO] = "SELECT message_id FROM outbox WHERE ticket = ?1 AND kind = 'forward' AND lower(recipient) = lower(?2) ORDER BY id LIMIT 1",
	[SQL_OUTBOX_BY_ID] = "SELECT id FROM outbox WHERE message_id = ?1",
	[SQL_OUTBOX_BY_TOKEN] = "SELECT id FROM outbox WHERE message_id > ?1 || '.' AND message_id < ?1 || '/'", /* TOKEN.RANDOM@DOMAIN */
	[SQL_OUTBOX_RETRY] = "UPDATE outbox SET state = 'due', due = ?2, done = NULL WHERE id = ?1 AND state IN ('held', 'due', 'unknown', 'failed', 'dropped')",
	[SQL_OUTBOX_DROP] = "UPDATE outbox SET state = 'dropped', done = ?2 WHERE id = ?1 AND state IN ('held', 'due', 'unknown', 'failed')",
	[SQL_OUTBOX_STATES] = "SELECT state, count(*), min(due) FROM outbox GROUP BY state",
	[SQL_OUTBOX_RELEASE] = "UPDATE outbox SET state = 'due', due = ?3 WHERE ticket = ?1 AND state = 'held' AND lower(writer) = lower(?2)",
	[SQL_OUTBOX_LAST_REPLY] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE ticket = ?1 AND kind = 'reply' AND state NOT IN ('held', 'dropped', 'failed') ORDER BY id DESC LIMIT 1",
	[SQL_OUTBOX_KIND_OF] = "SELECT kind, source, ticket, recipient FROM outbox WHERE message_id = ?1",

	[SQL_PART_ADD] = "INSERT INTO part (ticket, number, addr, topic, asked_by, question, state, due, created, handover, watch)"
	                 " VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM part WHERE ticket = ?1), ?2, ?3, ?4, ?5, 'open', ?6, ?7, ?8, ?9) RETURNING id, number",
	[SQL_PART_GET] = "SELECT " PART_COLUMNS " FROM part p WHERE p.ticket = ?1 AND p.number = ?2",
	[SQL_PART_EACH] = FAMILY "SELECT " PART_COLUMNS " FROM part p WHERE p.ticket IN family ORDER BY p.created, p.id",
	[SQL_PART_SAVE] = "UPDATE part SET state = ?2, due = ?3, reminded = ?4, done = ?5, message = ?6, handover = ?7, watch = ?8 WHERE id = ?1",
	[SQL_PART_OVERDUE] = "SELECT " PART_COLUMNS " FROM part p WHERE p.due <= ?1 AND p.state = 'open' AND p.reminded IS NULL ORDER BY p.due, p.id",
	[SQL_PART_OPEN_COUNT] = FAMILY "SELECT count(*) FROM part WHERE ticket IN family AND state = 'open'",

	[SQL_KEY_LIST] = "SELECT id, secret, made FROM token_key ORDER BY seq DESC",
	[SQL_KEY_DROP] = "DELETE FROM token_key WHERE id = ?1",
	[SQL_KEY_ADD] = "INSERT INTO token_key (id, secret, made) VALUES (?1, ?2, ?3)",
	[SQL_SPENT_GET] = "SELECT who, time FROM spent WHERE token = lower(?1)",
	[SQL_SPENT_ADD] = "INSERT INTO spent (token, ticket, who, time) VALUES (lower(?1), ?2, ?3, ?4) ON CONFLICT (token) DO NOTHING",

	[SQL_CHANGE_ADD] = "INSERT INTO change (ticket, time, actor, what, before, extra) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_CHANGE_LAST] = "SELECT c.id, c.ticket, c.time, c.actor, c.what, c.before, c.extra, EXISTS (SELECT 1 FROM change o WHERE o.ticket = c.ticket AND o.id > c.id"
	                    " AND o.undone IS NULL) FROM change c WHERE c.ticket = ?1 AND lower(c.actor) = lower(?2) AND c.undone IS NULL ORDER BY c.id DESC LIMIT 1",
	[SQL_CHANGE_UNDONE] = "UPDATE change SET undone = ?2 WHERE id = ?1 AND undone IS NULL",

	[SQL_MODEL_ADD] = "INSERT INTO model (made, upto, live, lessons, figures, verdict, bytes) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6)",
	[SQL_MODEL_LIST] = "SELECT id, made, upto, live, coalesce(before, 0), lessons, figures, verdict, coalesce(length(bytes), 0) FROM model"
	                   " WHERE ?1 = 0 OR id = ?1 ORDER BY id",
	[SQL_MODEL_BYTES] = "SELECT bytes FROM model WHERE id = ?1",
	[SQL_MODEL_IN_USE] = "SELECT coalesce((SELECT id FROM model WHERE live = 1), 0)",
	[SQL_MODEL_REST] = "UPDATE model SET live = 0 WHERE live = 1",
	[SQL_MODEL_USE] = "UPDATE model SET live = 1, before = CASE WHEN ?2 < 0 THEN before ELSE nullif(?2, 0) END WHERE id = ?1 AND bytes IS NOT NULL",
	[SQL_MODEL_TRIM] = "UPDATE model SET bytes = NULL WHERE bytes IS NOT NULL AND live = 0 AND id NOT IN (SELECT id FROM model ORDER BY id DESC LIMIT ?1)"
	                   " AND id IS NOT (SELECT before FROM model WHERE live = 1)",
	[SQL_MODEL_CORRECTIONS] = "SELECT count(DISTINCT ticket), coalesce((SELECT max(id) FROM change), 0) FROM change c"
	                          " WHERE id > coalesce((SELECT upto FROM model ORDER BY id DESC LIMIT 1), 0) AND " CORRECTED,
	/* each ticket's first mail; the second topic where a person has named it, or its staff have answered. The newest ones, oldest first. */
	[SQL_DECIDED] = "SELECT * FROM (SELECT t.id, t.topic, t.spam, CASE WHEN EXISTS (SELECT 1 FROM part p WHERE p.ticket = t.id AND p.topic = t.second_topic"
	                " AND p.state = 'answered') OR EXISTS (SELECT 1 FROM change c WHERE c.ticket = t.id AND c.undone IS NULL"
	                " AND json_extract(c.extra, '$.after.second_topic') = t.second_topic AND json_extract(c.before, '$.second_topic') IS NOT t.second_topic)"
	                " THEN t.second_topic END, coalesce((SELECT max(c.time) FROM change c WHERE c.ticket = t.id AND " CORRECTED "), min(coalesce(t.answered, t.closed),"
	                " coalesce(t.closed, t.answered))) AS decided, EXISTS (SELECT 1 FROM change c WHERE c.ticket = t.id AND " CORRECTED "),"
	                " m.id, m.received, m.from_addr, m.subject, m.text, m.reply_text, m.attached_text, m.attachments"
	                " FROM ticket t JOIN message m ON m.id = (SELECT min(id) FROM message WHERE ticket = t.id)"
	                " WHERE t.merged IS NULL AND m.kind NOT IN ('bounce', 'auto-reply', 'receipt') AND decided IS NOT NULL ORDER BY m.id DESC LIMIT ?1) ORDER BY 7",

	[SQL_FOLDER_FIND] = "SELECT m.id, m.ticket, EXISTS (SELECT 1 FROM inbox i WHERE i.message = m.id AND i.folder = ?2) FROM thread t"
	                    " JOIN message m ON m.ticket = t.ticket AND m.message_id = t.message_id WHERE t.message_id = ?1 ORDER BY m.id",
	[SQL_FOLDER_MOVED] = "UPDATE inbox SET folder = ?2 WHERE message = ?1 AND filed = 1",

	[SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
	[SQL_META_PUT] = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	[SQL_META_DROP] = "DELETE FROM meta WHERE key = ?1",
	/* the history's last lines only: it grows for ever, and this is asked often. What is looked for is written by desk/plan.c. */
	[SQL_FIGURES] = "SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM message), (SELECT count(*) FROM event),"
	                " (SELECT count(*) FROM ticket WHERE created > ?1), (SELECT count(*) FROM ticket WHERE created > ?1 AND topic IS NULL),"
	                " (SELECT count(*) FROM event WHERE id > (SELECT max(id) FROM event) - 50000 AND time > ?1 AND actor = 'desk' AND what LIKE '%could not be proved%')",
	[SQL_COUNT_TICKETS] = "SELECT coalesce(topic, 'triage'), status, count(*) FROM ticket GROUP BY 1, 2 ORDER BY 1, 2",
};
