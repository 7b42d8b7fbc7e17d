"""What must be true of every mail that the desk sends, in every dialogue, whoever gets it; and what nobody from outside may ever see."""
import re

from .received import decoded, squeeze

OFFICE = "international@uni.example"
OFFICES = (OFFICE, "int-office@uni.example")
AUTOMATIC = {"acknowledgement", "answer", "notice"}
FIELDS_OUT = {  # in mail to people from outside: nothing else about us or our mail
    "from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version", "content-type", "content-transfer-encoding", "content-disposition",
    "content-language", "auto-submitted", "x-auto-response-suppress", "x-ingang-ticket", "x-ingang-loop", "precedence", "thread-topic", "thread-index", "importance"}
INVISIBLE = re.compile("[\x00-\x08\n\r\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def form(m):
    """Faults of the mail's form: RFC 5322 and what we promise of our own mail (I-23, I-31)."""
    head, _, _ = m.raw.partition(b"\r\n\r\n")
    if m.sunk is not None and m.sunk.info.get("bare-newline") == "yes":
        yield "has a bare CR or LF"
    for line in m.raw.split(b"\r\n"):
        if len(line) > 998:
            yield "has a line of %d bytes" % len(line)
            break
    if any(b > 126 or (b < 32 and b not in (9, 10, 13)) for b in head):
        yield "has raw bytes beyond ASCII in its header"
    for name, value in m.mail.items():
        value = decoded(re.sub(r"\r?\n(?=[ \t])", "", str(value)), squeezed=False)
        if INVISIBLE.search(value):
            yield "has an invisible or control character in %s: %r" % (name, value)
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
        if len(m.mail.get_all(name, [])) != 1:
            yield "has %d %s fields" % (len(m.mail.get_all(name, [])), name)
    for name in ("Cc", "Reply-To", "In-Reply-To", "References", "Sender"):
        if len(m.mail.get_all(name, [])) > 1:
            yield "has %d %s fields" % (len(m.mail.get_all(name, [])), name)
    if m.mail["Bcc"] is not None:
        yield "has a Bcc field"
    for name in ("Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To"):
        if m.mail[name] is not None:
            yield "asks for a receipt (%s)" % name
    if m.from_addr != OFFICE:
        yield "is from %s, not from the office" % m.from_addr
    if len(m.addresses("From")) != 1:
        yield "has %d addresses in From" % len(m.addresses("From"))
    if not re.fullmatch(r"<[\x21-\x3b\x3d\x3f-\x7e]+@[a-z0-9.-]+>", m.message_id or ""):
        yield "has the Message-ID %r" % m.message_id
    for p in m.mail.walk():
        if p.defects:
            yield "is malformed: %s" % ", ".join(type(d).__name__ for d in p.defects)
    if m.kind in AUTOMATIC:
        if not re.match(r"auto-(replied|generated)\b", m.header("Auto-Submitted") or ""):
            yield "is automatic and has Auto-Submitted: %s" % m.header("Auto-Submitted")
        if m.sunk is not None and m.sunk.sender != "":
            yield "is automatic and its envelope sender is %s" % m.sunk.sender
    elif m.kind in ("reply", "question") and m.sunk is not None:  # of a person, but for the word that a ticket was handed over, and reminders
        automatic = m.header("Auto-Submitted") or "no"
        if not (m.sunk.sender in OFFICES or m.sunk.sender.startswith("international+") or (m.sunk.sender == "" and automatic != "no")):
            yield "says Auto-Submitted: %s, and its envelope sender is %r" % (automatic, m.sunk.sender)
        if automatic.startswith("auto-replied") and m.sunk.sender != "":
            yield "says Auto-Submitted: %s, and its envelope sender is %r" % (automatic, m.sunk.sender)


class Secrets:
    """What people from outside may never see, gathered while the dialogues are played."""

    def __init__(self):
        self.never = {}    # text, squeezed and in lower case: why. Notes, what programs of staff put into headers, Bcc
        self.of = {}       # canary: (address of who wrote it, dialogue)
        self.tokens = {}   # token: to whom it went
        self.addresses = {}  # of staff: whose

    def plant(self, text, why, within=False):
        """within: other divisions may be asked in these words, who wrote to us may not see them."""
        if squeeze(text):
            self.never[squeeze(text).lower()] = (why, within)

    def leaks(self, m, dialogue, staff, passed_on, asked):
        """Faults of one mail to somebody from outside. passed_on: it carries the requester's mail with staff's will (a question, a handover).
        asked: it is for another division."""
        flat = squeeze(m.everything).lower()
        for text, (why, within) in self.never.items():
            if text in flat and not (within and asked):
                yield "shows %s: %r" % (why, text)
        for canary, (writer, where) in self.of.items():
            if canary in flat and (where != dialogue or (writer != m.to and not passed_on)):
                yield "shows what %s wrote%s (%s)" % (writer, "" if where == dialogue else " in another dialogue", canary)
        for token in m.tokens():
            to = self.tokens.get(token)
            if to is not None and to in staff:
                yield "shows a token that was made for %s" % to
        for address, who in self.addresses.items():
            if re.search(r"(?<![\w.+-])%s(?!\.?[\w-])" % re.escape(address), flat):
                yield "shows the address %s of %s" % (address, who)
        for name in m.mail.keys():
            if name.lower() not in FIELDS_OUT and not (m.kind in ("handover", "forward", "question") and name.lower().startswith(("content-", "resent-"))):
                yield "has the field %s: %s" % (name, str(m.mail[name])[:60])
