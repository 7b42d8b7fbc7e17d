/* schema: what the store holds, as SQL that can be read. */
#include "store/sql.h"

static const char step_1[] =
"-- A ticket: one inquiry and all that came of it. Numbers run 1, 2, 3 … and are shown as [INT-42].\n"
"CREATE TABLE ticket (\n"
"    id             INTEGER PRIMARY KEY AUTOINCREMENT,\n"
"    status         TEXT NOT NULL CHECK (status IN ('open', 'pending', 'closed')),\n"
"    topic          TEXT,                -- NULL: triage, a person should look\n"
"    second_topic   TEXT,\n"
"    confidence     REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),\n"
"    lang           TEXT,                -- BCP 47; NULL: could not be told\n"
"    subject        TEXT NOT NULL,\n"
"    requester_name TEXT NOT NULL,\n"
"    requester_addr TEXT NOT NULL,       -- '' where the mail named nobody\n"
"    internal       INTEGER NOT NULL CHECK (internal IN (0, 1)),\n"
"    owner          TEXT,                -- the staff member who has taken it\n"
"    linked         INTEGER REFERENCES ticket (id), -- the ticket that the mail wished to join, or grew out of\n"
"    created        INTEGER NOT NULL,\n"
"    updated        INTEGER NOT NULL\n"
") STRICT;\n"
"CREATE INDEX ticket_by_status ON ticket (status, topic, id);\n"
"\n"
"-- Who has to do with a ticket. Only a participant's mail joins it.\n"
"CREATE TABLE participant (\n"
"    ticket INTEGER NOT NULL REFERENCES ticket (id),\n"
"    addr   TEXT NOT NULL,               -- lower case\n"
"    name   TEXT NOT NULL,\n"
"    role   TEXT NOT NULL CHECK (role IN ('requester', 'cc', 'staff')),\n"
"    PRIMARY KEY (ticket, addr)\n"
") STRICT, WITHOUT ROWID;\n"
"\n"
"-- A mail that was taken in. Its text is what people read; the mail itself is in `raw`.\n"
"CREATE TABLE message (\n"
"    id         INTEGER PRIMARY KEY,\n"
"    ticket     INTEGER NOT NULL REFERENCES ticket (id),\n"
"    kind       TEXT NOT NULL,           -- person, auto-reply, bounce, list, receipt, generated\n"
"    from_name  TEXT NOT NULL,\n"
"    from_addr  TEXT NOT NULL,\n"
"    recipients TEXT NOT NULL,           -- To and Cc, a JSON array of addresses\n"
"    date       INTEGER,                 -- as its writer says\n"
"    received   INTEGER NOT NULL,        -- as we say\n"
"    message_id TEXT,                    -- without brackets; never trusted to be unique\n"
"    digest     BLOB NOT NULL CHECK (length(digest) = 32), -- SHA-256 of what it says: id, originator, date and content\n"
"    subject    TEXT NOT NULL,\n"
"    text       TEXT NOT NULL,\n"
"    reply_text TEXT NOT NULL,\n"
"    warnings   TEXT NOT NULL,           -- what the reader had to say, a line each\n"
"    bytes_digest BLOB NOT NULL UNIQUE CHECK (length(bytes_digest) = 32) -- and of its bytes as well: a copy of it is no second mail\n"
") STRICT;\n"
"CREATE INDEX message_of_ticket ON message (ticket, id);\n"
"CREATE INDEX message_says ON message (digest);\n"
"CREATE TABLE raw (\n"
"    message INTEGER PRIMARY KEY REFERENCES message (id),\n"
"    bytes   BLOB NOT NULL\n"
") STRICT;\n"
"\n"
"-- Every Message-ID seen on a ticket, a requester's own and ours: what a reply may refer to.\n"
"CREATE TABLE thread (\n"
"    message_id TEXT NOT NULL,\n"
"    ticket     INTEGER NOT NULL REFERENCES ticket (id),\n"
"    ours       INTEGER NOT NULL CHECK (ours IN (0, 1)),\n"
"    PRIMARY KEY (message_id, ticket)\n"
") STRICT, WITHOUT ROWID;\n"
"\n"
"-- What happened to a ticket, who did it, and why. Lines are only ever added.\n"
"CREATE TABLE event (\n"
"    id     INTEGER PRIMARY KEY,\n"
"    ticket INTEGER NOT NULL REFERENCES ticket (id),\n"
"    time   INTEGER NOT NULL,\n"
"    actor  TEXT NOT NULL,               -- 'desk', 'courier', an address, or 'admin NAME'\n"
"    what   TEXT NOT NULL\n"
") STRICT;\n"
"CREATE INDEX event_of_ticket ON event (ticket, id);\n"
"\n"
"-- Every mail that ever lay in the inbox, by the server's own names, with its one outcome.\n"
"CREATE TABLE inbox (\n"
"    uidvalidity INTEGER NOT NULL,\n"
"    uid         INTEGER NOT NULL,\n"
"    message     INTEGER NOT NULL REFERENCES message (id),\n"
"    outcome     TEXT NOT NULL CHECK (outcome IN ('opened', 'joined', 'copy')),\n"
"    folder      TEXT NOT NULL,          -- where the original belongs\n"
"    filed       INTEGER NOT NULL CHECK (filed IN (0, 1)), -- 1: it is there\n"
"    taken       INTEGER NOT NULL,\n"
"    PRIMARY KEY (uidvalidity, uid)\n"
") STRICT, WITHOUT ROWID;\n"
"CREATE INDEX inbox_message ON inbox (message, uidvalidity);\n"
"CREATE INDEX inbox_unfiled ON inbox (uidvalidity, uid) WHERE filed = 0;\n"
"\n"
"-- Mail that was promised: one row a recipient. Its bytes and its Message-ID are fixed here, for life.\n"
"-- due -> sending -> sent, or back to due, or unknown (may have been sent), failed, dropped (by an admin).\n"
"CREATE TABLE outbox (\n"
"    id         INTEGER PRIMARY KEY,\n"
"    ticket     INTEGER NOT NULL REFERENCES ticket (id),\n"
"    kind       TEXT NOT NULL CHECK (kind IN ('forward', 'acknowledgement', 'answer', 'notice')),\n"
"    sender     TEXT NOT NULL,           -- reverse-path; '' for the null one\n"
"    recipient  TEXT NOT NULL,\n"
"    message_id TEXT NOT NULL UNIQUE,\n"
"    state      TEXT NOT NULL CHECK (state IN ('due', 'sending', 'sent', 'unknown', 'failed', 'dropped')),\n"
"    attempts   INTEGER NOT NULL,\n"
"    due        INTEGER NOT NULL,        -- not before this time\n"
"    error      TEXT,                    -- of the last attempt\n"
"    created    INTEGER NOT NULL,\n"
"    done       INTEGER,                 -- when it left the states due and sending\n"
"    subject    TEXT NOT NULL,\n"
"    text       TEXT NOT NULL,           -- what we wrote in it, for people who look\n"
"    bytes      BLOB NOT NULL,           -- the mail, but for what it carries of `source`\n"
"    spans      TEXT NOT NULL,           -- JSON: [0 = of bytes | 1 = of the source's raw mail, offset, length], in order\n"
"    source     INTEGER REFERENCES message (id)\n"
") STRICT;\n"
"CREATE INDEX outbox_waiting ON outbox (due, id) WHERE state IN ('due', 'sending');\n"
"CREATE INDEX outbox_of_ticket ON outbox (ticket, id);\n"
"CREATE INDEX outbox_automatic ON outbox (created, recipient) WHERE kind IN ('acknowledgement', 'answer');\n"
"\n"
"-- Single facts about the store itself.\n"
"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;\n"
"\n"
"-- Search over everything that people wrote (å, ä, ö are letters of their own).\n"
"CREATE VIRTUAL TABLE words USING fts5 (subject, text, from_name, from_addr,\n"
"    content = 'message', content_rowid = 'id', tokenize = \"unicode61 remove_diacritics 0\");\n"
"CREATE TRIGGER words_add AFTER INSERT ON message BEGIN\n"
"    INSERT INTO words (rowid, subject, text, from_name, from_addr) VALUES (new.id, new.subject, new.text, new.from_name, new.from_addr);\n"
"END;\n";

const char *const sql_steps[] = {step_1};
const int sql_version = sizeof sql_steps / sizeof *sql_steps;

const struct sql_check sql_checks[] = {
	{"every mail taken in belongs to a ticket", "the message %s has no ticket",
	 "restore a backup: no program of Ingång writes such a row",
	 "SELECT m.id FROM message m LEFT JOIN ticket t ON t.id = m.ticket WHERE t.id IS NULL"},
	{"every mail taken in is kept", "the message %s has lost its original", "look for it in its topic's folder in the mailbox",
	 "SELECT m.id FROM message m LEFT JOIN raw r ON r.message = m.id WHERE r.message IS NULL"},
	{"every ticket began with a mail", "the ticket %s has no message", "restore a backup: no program of Ingång writes such a row",
	 "SELECT t.id FROM ticket t WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.ticket = t.id)"},
	{"every mail of the inbox has one outcome", "the mail %s of the inbox names no message", "restore a backup",
	 "SELECT i.uid FROM inbox i LEFT JOIN message m ON m.id = i.message WHERE m.id IS NULL"},
	{"a mail opens one ticket", "the message %s was taken in twice with effects", "report this as a bug",
	 "SELECT message FROM inbox WHERE outcome IN ('opened', 'joined') GROUP BY message HAVING count(*) > 1"},
	{"a new ticket was forwarded or staff have it", "the ticket %s was opened, and nobody was told", "ingangctl move it to a topic",
	 "SELECT t.id FROM ticket t WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.ticket = t.id AND o.kind = 'forward')"},
	{"a requester gets at most one acknowledgement a ticket", "the ticket %s was acknowledged more than once", "report this as a bug",
	 "SELECT ticket FROM outbox WHERE kind IN ('acknowledgement', 'answer') GROUP BY ticket HAVING count(*) > 1"},
	{"what the outbox holds can be sent", "the outbox row %s names a mail that is not kept", "ingangctl outbox drop it",
	 "SELECT o.id FROM outbox o LEFT JOIN raw r ON r.message = o.source WHERE o.source IS NOT NULL AND r.message IS NULL AND o.state IN ('due', 'sending')"},
	{"an ended outbox row says when", "the outbox row %s has no time of its end", "report this as a bug",
	 "SELECT id FROM outbox WHERE (done IS NULL) <> (state IN ('due', 'sending'))"},
	{0, 0, 0, 0}};
