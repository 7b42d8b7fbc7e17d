"""What people do in a dialogue: each sentence of a file that is an action, and the mail it makes."""
import datetime
import email.utils
import re
import urllib.parse

from . import clients
from .received import TOKEN, Received, token_of, written
from .script import Mismatch, ScriptFault

OFFICE = "international@uni.example"
OFFICE_NAME = "Avdelningen för internationalisering"
OURS = re.compile(r"^(international(\+[^@]*)?|int-office)@uni\.example$", re.I)
ACTIONS = []


def action(pattern):
    def add(function):
        ACTIONS.append((re.compile(pattern), function))
        return function
    return add


def find(words):
    for pattern, function in ACTIONS:
        m = pattern.match(words)
        if m:
            return lambda play, step: function(play, step, *m.groups())
    return None


# --- which mail ---

KINDS = {"acknowledgement": {"acknowledgement"}, "receipt": {"notice"}, "notice": {"notice"}, "forward": {"forward"}, "answer": {"reply"}, "automatic answer": {"answer"},
         "question": {"question"}, "mail": None, "reminder": {"notice"}, "handover": {"forward", "handover"}}
ORDER = {"first": 0, "second": 1, "third": 2, "last": -1, "earlier": -2}


def find_mail(play, who, words):
    words = re.sub("^The ", "the ", words.strip())
    m = re.fullmatch(r"(?:the |their |her |his )?(?:(first|second|third|last|earlier) )?(%s)(?: to (.+?))?(?: about (.+))?" % "|".join(sorted(KINDS, key=len, reverse=True)), words)
    if m:
        order, kind, to, about = m.groups()
        mails = [x for x in play.mails if x.kind != "written" and (KINDS[kind] is None or x.kind in KINDS[kind])]
        if to:
            mails = [x for x in mails if x.to in play.person(to).addresses]
        elif who:
            mails = [x for x in mails if sees(play, who, x)]
        if about:
            t = re.fullmatch(r"ticket (\d)", about)
            mails = [x for x in mails if (x.ticket == play.number(int(t.group(1))) if t else about.lower() in (x.subject + "\n" + x.text).lower())]
    elif words in ("it", "that", "this"):
        order, mails = "last", [x for x in play.mails if x.kind != "written" and (who is None or sees(play, who, x))]
    else:
        m = re.fullmatch(r"(.+?)(?:'s|s') (?:(first|second|third|last|earlier) )?mail(?: to (.+))?", words)
        if not m:
            raise ScriptFault("which mail is '%s'?" % words)
        writer, order = play.person(m.group(1)), m.group(2)
        mails = [x for x in play.mails if x.kind == "written" and x.writer is writer and (not m.group(3) or x.to in play.person(m.group(3)).addresses)]
    if not mails:
        raise Mismatch("%s has no such mail: %s" % (who.name if who else "nobody", words))
    try:
        return mails[ORDER[order or "last"]]
    except IndexError:
        raise Mismatch("%s has only %d such mails: %s" % (who.name if who else "somebody", len(mails), words))


def sees(play, who, m):
    if m.to in who.addresses:
        return True
    return who.role in ("staff", "left") and any(m.to == p.address for p in play.people if p.role == "group")


# --- writing ---

def client_of(who, words):
    name = (words or who.client).strip()
    if name not in clients.CLIENTS:
        raise ScriptFault("there is no mail program '%s': %s" % (name, ", ".join(clients.CLIENTS)))
    return clients.CLIENTS[name]


def people_list(play, words):
    """'Anna, the office and kvalitet' to addresses with names."""
    out = []
    for word in re.split(r",\s*|\s+and\s+", words.strip()):
        if not word:
            continue
        if word == "the office":
            out.append("%s <%s>" % (OFFICE_NAME, OFFICE))
        elif play.is_person(word):
            p = play.person(word)
            out.append("%s <%s>" % (p.name, p.address))
        else:
            out.append(play.fill(word))
    return out


def set_props(play, step, draft, who):
    fill = play.fill
    for key, value in step.props:
        if key == "to":
            draft.to = people_list(play, value)
        elif key == "cc":
            draft.cc += people_list(play, value)
        elif key == "bcc":
            draft.bcc += people_list(play, value)
        elif key == "to all":
            draft.reply_all = True
        elif key == "quote":
            if value not in ("below", "above", "none", "inline", "unthreaded"):
                raise ScriptFault("quote: below, above, inline, none or unthreaded")
            draft.quote = value
        elif key == "subject":
            draft.subject = fill(value)
        elif key == "from":
            draft.sender = clients.encode_address(fill(value)) if email.utils.parseaddr(value)[1] and value.count("<") == 1 else fill(value)
        elif key == "raw from":
            draft.sender = fill(value).replace("\\n", "\r\n").replace("~", "")
        elif key == "reply to":
            draft.reply_to = people_list(play, value)[0]
        elif key == "message id":
            draft.message_id = {"none": "none", "empty": "", "empty brackets": "<>"}.get(value, fill(value))
        elif key == "in reply to":
            draft.in_reply_to = fill(value)
            draft.original = None if value == "nothing" else draft.original
        elif key == "references":
            draft.references = fill(value).split()
        elif key == "attached":
            draft.attachments += [clients.attachment(fill(name.strip())) for name in value.split(",")]
        elif key == "picture":
            draft.pictures.append(clients.attachment(value))
        elif key == "header":
            name, _, content = value.partition(":")
            draft.headers.append((name.strip(), fill(content.strip()).replace("\\n", "\r\n")))
        elif key == "signature":
            draft.signature = fill(value).replace(" / ", "\n")
        elif key == "footer":
            draft.footer = fill(value)
        elif key == "html":
            draft.raw_html = fill(value)
        elif key == "on date":
            draft.when = datetime.datetime.fromisoformat(value).astimezone(draft.when.tzinfo)
        elif key == "secret":
            play.desk.secrets.plant(fill(value), "what was written for colleagues", within=True)
        elif key not in ("authres", "envelope", "token", "plain", "as", "not through the office", "replace", "how", "under"):
            raise ScriptFault("there is no '- %s:' here" % key)


def plant(play, draft, who):
    """Canaries: what the mail program or the writer says that must not be passed on to others."""
    tag = "zq%s%02dx" % (play.marker, play.serial)
    if who.role == "outside":
        draft.text = draft.text.rstrip("\n") + "\n(ref. %s)\n" % tag if draft.text.strip() else draft.text
        play.desk.secrets.of[tag] = (who.address, play.marker)
    else:
        draft.headers += [("X-Originating-IP", "[192.0.2.%s]" % tag), ("X-Secret-%s" % tag, tag)]
        play.desk.secrets.plant(tag, "a header field of a colleague's mail program")
        for m in re.finditer(r"(?m)^\s*!(?:note|notera|notering|internt)[: ]+(.{4,})$", draft.text):
            play.desk.secrets.plant(m.group(1), "a note")
        for address in draft.bcc:
            play.desk.secrets.plant(email.utils.parseaddr(address)[1], "a hidden recipient")


def send(play, step, who, client, draft, transform=None):
    """Makes the bytes, and brings them to everybody they are for. What goes to the office is delivered with the mail server's words on top."""
    play.serial += 1
    plant(play, draft, who)
    raw, message_id = clients.render(client, draft, play.serial + 1000 * int(re.sub(r"\D", "", play.marker) or 0))
    for value in step.props_of("replace"):
        old, _, new = play.fill(value).partition(" => ")
        raw = raw.replace(old.encode(), new.encode())
    if step.prop("token"):
        raw = other_token(play, raw, step.prop("token"))
    if transform:
        raw = transform(raw)
    if message_id:
        play.sent_ids.add(message_id.strip())
    parsed = Received(raw, "", "written")
    to = [a for _, a in parsed.addresses("To", "Cc")] + [email.utils.parseaddr(a)[1].lower() for a in draft.bcc]
    for address in dict.fromkeys(a for a in to if not OURS.match(a)):
        play.mails.append(written(who, raw, address))
    play.mails.append(written(who, raw, OFFICE))
    if any(OURS.match(a) for a in to) or step.prop("envelope"):
        play.pending.append(through_the_server(play, step, raw, draft))
    yield


def through_the_server(play, step, raw, draft):
    """As our receiving server hands it over: envelope sender, its verdict, its trace."""
    parsed = Received(raw, "", "written")
    sender = parsed.from_addr if step.prop("envelope") is None else {"empty": ""}.get(step.prop("envelope"), play.fill(step.prop("envelope")))
    domain = (parsed.from_addr.rpartition("@")[2] or "unknown.example")
    head = ["Return-Path: <%s>" % (sender if sender.isascii() else "")]
    if "authserv_id" in play.desk.office_conf():
        for value in step.props_of("authres") or ["pass"]:
            head += AUTHRES[value](domain) if value in AUTHRES else ["Authentication-Results: " + play.fill(value)]
    head.append("Received: from mail.%s (mail.%s [192.0.2.7])\r\n\tby mx.uni.example with ESMTPS id 4F1A2; %s" % (domain, domain, email.utils.format_datetime(draft.when)))
    forged = [v for v in step.props_of("under")]
    return ("\r\n".join(head + ["Authentication-Results: " + play.fill(v) for v in forged]) + "\r\n").encode() + raw


AUTHRES = {
    "pass": lambda d: ["Authentication-Results: mx.uni.example;\r\n\tdkim=pass header.d=%s header.s=s1 header.b=Ab12;\r\n\tspf=pass smtp.mailfrom=%s;\r\n\tdmarc=pass (p=QUARANTINE) header.from=%s" % (d, d, d)],
    "fail": lambda d: ["Authentication-Results: mx.uni.example;\r\n\tdkim=none;\r\n\tspf=softfail smtp.mailfrom=%s;\r\n\tdmarc=fail (p=NONE) header.from=%s" % (d, d)],
    "none": lambda d: [],
}


def other_token(play, raw, how):
    head, _, body = raw.partition(b"\r\n\r\n")
    tokens = sorted(set(TOKEN.findall(head.decode("utf-8", "replace"))))
    if how == "removed":
        head = re.sub(rb"(?im)^(in-reply-to|references):.*\r\n([ \t].*\r\n)*", b"", head + b"\r\n").rstrip(b"\r\n")
        return re.sub(rb"international\+[a-z2-7]{40}", b"international", head) + b"\r\n\r\n" + body
    if not tokens:
        raise Mismatch("there is no token in the mail that is replied to")
    for token in tokens:
        if how == "spoilt":
            new = token[:-1] + ("a" if token[-1] != "a" else "b")
        elif how == "with another ticket in it":   # its head changed, its MAC as it was
            new = token[:5] + ("b" if token[5] != "b" else "c") + token[6:]
        elif how == "with another purpose in it":
            new = ("q" if token[0] != "q" else "a") + token[1:]
        elif how == "cut":
            new = token[:32]
        elif how == "made up":
            new = "abcdefghij234567klmnopqrstuvwxyzabcdefgh"
        elif how.startswith("of "):
            new = token_of(find_mail(play, None, how[3:]))
        else:
            raise ScriptFault("token: spoilt, cut, made up, removed, or of MAIL")
        head = head.replace(token.encode(), new.encode())
    return head + b"\r\n\r\n" + body


def draft_for(play, step, who, text=None):
    body = step.body() if text is None else text
    if step.prop("plain") is None:
        body = play.fill(body)
    return clients.Draft(who, body, play.desk.now())


@action(r"^(.+?) writes(?: from ([^:]+?))?(?: to ([^:]+?))?(?:: ?(.*))?$")
def writes(play, step, name, client, to, subject):
    who = play.person(name)
    draft = draft_for(play, step, who)
    draft.subject = play.fill(subject or "")
    draft.to = people_list(play, to or "the office")
    set_props(play, step, draft, who)
    return send(play, step, who, client_of(who, client), draft)


@action(r"^(.+?) replies to (.+?)(?: from (.+?))?$")
def replies(play, step, name, which, client):
    who = play.person(name)
    original = find_mail(play, who, which)
    draft = draft_for(play, step, who)
    draft.original = original
    answer_to = original.addresses("Reply-To") or original.addresses("From")
    mine = set(who.addresses)
    if original.from_addr in mine and original.kind == "written":
        answer_to = original.addresses("To")
    draft.to = [pair(*a) for a in answer_to]
    set_props(play, step, draft, who)
    if getattr(draft, "reply_all", False):
        there = {email.utils.parseaddr(a)[1].lower() for a in draft.to + draft.cc} | mine
        draft.cc += [pair(n, a) for n, a in original.addresses("To", "Cc") if a not in there]
    return send(play, step, who, client_of(who, client), draft)


def pair(name, address):
    return "%s <%s>" % (name, address) if name and name != address else address


@action(r"^(.+?) forwards (.+?) to (.+?)(?: from (.+?))?$")
def forwards(play, step, name, which, to, client):
    who = play.person(name)
    original = find_mail(play, who, which)
    draft = draft_for(play, step, who)
    draft.original, draft.forwarding = original, True
    draft.to = people_list(play, to)
    set_props(play, step, draft, who)
    return send(play, step, who, client_of(who, client), draft)


@action(r"^(.+?) passes (.+?) on to (.+)$")
def passes(play, step, name, which, to):
    """The very mail lies in another's mailbox, as by a redirect or a shared mailbox."""
    m = find_mail(play, play.person(name), which)
    copy = Received(m.raw, play.person(to).address, m.kind, m.ticket)
    copy.used = True
    play.mails.append(copy)
    return ()


# --- links ---

def decode_link(target):
    """RFC 6068: ([to], {field: value}). A '+' is a '+'."""
    rest = target[7:]
    to, _, query = rest.partition("?")
    fields = {}
    for piece in query.split("&"):
        if piece:
            key, _, value = piece.partition("=")
            key, value = urllib.parse.unquote(key).lower(), urllib.parse.unquote(value, errors="strict")
            if key in fields:
                raise Mismatch("a link has %s twice: %s" % (key, target))
            fields[key] = value
    return [urllib.parse.unquote(a) for a in to.split(",") if a] + [a for a in fields.pop("to", "").split(",") if a], fields


@action(r"^(.+?) (?:uses|clicks) the link [\"“”]?(.+?)[\"“”]? in (.+?)(?: from (.+?))?$")
def link(play, step, name, label, which, client):
    who = play.person(name)
    m = find_mail(play, who, which)
    found = [(words, target) for words, target in m.links() if fits(label, words, target)]
    if not found:
        raise Mismatch("there is no link '%s' in %s; there are: %s" % (label, m.line(), ", ".join(sorted({w for w, _ in m.links()})) or "none"))
    target = found[0][1]
    if len(target) > 2000 or not target.isascii() or " " in target:
        raise Mismatch("a link that mail programs may not take: %s" % target)
    to, fields = decode_link(target)
    if set(fields) - {"subject", "body", "cc", "in-reply-to"}:
        raise Mismatch("a link sets fields that mail programs leave out: %s" % target)
    body = fields.get("body", "")
    if re.search(r"(?<!\r)\n|\r(?!\n)", body):
        raise Mismatch("a link's line breaks are not %%0D%%0A: %s" % target)
    body = body.replace("\r\n", "\n")
    extra = play.fill(step.body())
    draft = draft_for(play, step, who, body + ("\n" + extra if extra else ""))
    draft.subject, draft.to = fields.get("subject", ""), to
    draft.cc = [a for a in fields.get("cc", "").split(",") if a]
    set_props(play, step, draft, who)
    return send(play, step, who, client_of(who, client), draft)


def fits(label, words, target):
    want = [w.strip().lower() for w in label.split("/")]
    command = re.findall(r"![\wåäöÅÄÖ]+(?: [\w-]+)?", urllib.parse.unquote(target))
    return any(w == words.strip().lower() or w in [c.lower() for c in command] for w in want)


# --- machines ---

VACATION = {
    "like Exchange": (["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent"], "Autosvar: "),
    "like Gmail": (["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes"], "Re: "),
    "as RFC 3834 says": (["Auto-Submitted: auto-replied (vacation)"], "Auto: "),
    "without saying that it is a machine": ([], "Re: "),
    "like an old list robot": (["Precedence: junk", "X-Loop: robot"], "Automatic reply: "),
}


def vacation_mail(play, who, m, how, text=None):
    head, prefix = VACATION[how]
    play.serial += 1
    message_id = "<auto.%s.%d@%s>" % (play.marker, play.serial, who.address.rpartition("@")[2])
    play.sent_ids.add(message_id)
    to = (m.addresses("Reply-To") or m.addresses("From"))[0][1] if "silent" not in how else m.from_addr
    lines = ["Return-Path: <%s>" % ("" if head else who.address)]
    if "authserv_id" in play.desk.office_conf():
        lines += AUTHRES["pass"](who.address.rpartition("@")[2])
    lines += ["From: %s" % clients.encode_address("%s <%s>" % (who.name, who.address)), "To: " + to, "Subject: " + clients.encode_word(prefix + m.subject),
              "Date: " + email.utils.format_datetime(play.desk.now()), "Message-ID: " + message_id]
    if m.message_id:
        lines += ["In-Reply-To: " + m.message_id, "References: " + m.message_id]
    lines += head + ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", ""]
    text = text or {"sv": "Hej! Jag är på semester till och med den 2 augusti och läser inte min mejl.\n\n%s\n",
                    "en": "Hello, I am out of the office until 2 August and do not read my mail.\n\n%s\n"}[who.language] % who.name
    return ("\r\n".join(lines) + "\r\n" + text.replace("\n", "\r\n")).encode(), message_id


@action(r"^(?!From now on)(.+?)'s mailbox answers (.+?) by itself(?:, (.+))?$")
def vacation(play, step, name, which, how):
    who = play.person(name)
    raw, _ = vacation_mail(play, who, find_mail(play, who, which), how or "like Exchange", play.fill(step.body()) or None)
    play.mails.append(written(who, raw, OFFICE))
    play.pending.append(raw)
    yield


@action(r"^From now on (.+?)'s mailbox answers everything by itself(?:, (.+))?$")
def always_away(play, step, name, how):
    who = play.person(name)
    play.robots[who.address] = lambda m: vacation_mail(play, who, m, how or "without saying that it is a machine")[0]
    return ()


def bounce(play, m, permanent=True, form="usual", words=None):
    """RFC 3464, to the envelope's sender; m is the mail that could not be delivered."""
    play.serial += 1
    message_id = "<dsn.%s.%d@mx.elsewhere.example>" % (play.marker, play.serial)
    play.sent_ids.add(message_id)
    head, _, body = m.raw.partition(b"\r\n\r\n")
    status = words or ("5.1.1 The email account that you tried to reach does not exist" if permanent else "4.2.2 The mailbox is full")
    boundary = "dsn%s%d" % (play.marker, play.serial)
    lines = ["Return-Path: <>", "From: Mail Delivery System <MAILER-DAEMON@mx.elsewhere.example>", "To: " + OFFICE,
             "Subject: Undelivered Mail Returned to Sender" if permanent else "Subject: Warning: message delayed 24 hours", "Date: " + email.utils.format_datetime(play.desk.now()),
             "Message-ID: " + message_id, "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
             'Content-Type: multipart/report; report-type=delivery-status; boundary="%s"' % boundary, "", "--" + boundary, "Content-Type: text/plain", "",
             "This is the mail system at host mx.elsewhere.example.", "", "<%s>: %s" % (m.to, status), "", "--" + boundary, "Content-Type: message/delivery-status", "",
             "Reporting-MTA: dns; mx.elsewhere.example", "Arrival-Date: " + email.utils.format_datetime(play.desk.now()), "", "Final-Recipient: rfc822; " + m.to,
             "Action: " + ("failed" if permanent else "delayed"), "Status: " + status.split()[0], "Diagnostic-Code: smtp; %s" % status, "", "--" + boundary,
             "Content-Type: " + ("text/rfc822-headers" if form == "with the header alone" else "message/rfc822"), ""]
    raw = "\r\n".join(lines).encode() + b"\r\n" + head + b"\r\n" + (b"" if form == "with the header alone" else b"\r\n" + body) + b"\r\n--" + boundary.encode() + b"--\r\n"
    return raw, message_id


@action(r"^(?!From now on)(.+?) comes back(?: (for now|as undeliverable))?(?:, (.+))?$")
def comes_back(play, step, which, how, form):
    m = find_mail(play, None, which)
    raw, _ = bounce(play, m, how != "for now", form or "usual", step.prop("as"))
    play.pending.append(raw)
    yield


@action(r"^From now on all mail to (.+?) comes back$")
def always_bounces(play, step, name):
    who = play.person(name)
    play.robots[who.address] = lambda m: bounce(play, m)[0]
    return ()


@action(r"^The mail server refuses mail to (.+)$")
def refuses(play, step, name):
    desk = play.desk
    desk.refused = getattr(desk, "refused", [])
    desk.refused.append("RCPT %s 550 5.1.1 no such mailbox here" % play.person(name).address)
    desk.office.sink.set_replies(*desk.refused)
    return ()


@action(r"^(\d+) (minute|hour|day)s? pass(?:es)?$")
def passing(play, step, n, unit):
    play.passed += int(n) * {"minute": 60, "hour": 3600, "day": 86400}[unit]
    play.timers = True
    yield
