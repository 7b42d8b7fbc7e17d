"""Mail programs: how each of them writes a mail and a reply. What they do differently is what a mail desk has to live with.

A client is a row of the table at the end: prefixes of the subject, which threading fields it sends, how it quotes, how it encodes."""
import base64
import datetime
import email.utils
import hashlib
import html
import quopri
import re

DAYS = {"sv": ["mån", "tis", "ons", "tors", "fre", "lör", "sön"], "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]}
LONG_DAYS = {"sv": ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"],
             "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]}
MONTHS = {"sv": ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"],
          "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]}


class Draft:
    """A mail before the mail program has made bytes of it."""

    def __init__(self, writer, text, when):
        self.writer, self.text, self.when = writer, text, when   # writer: a Person; when: an aware datetime
        self.subject = ""
        self.to, self.cc, self.bcc = [], [], []                  # "Name <address>" or addresses
        self.message_id = None                                   # None: the program makes one; "": an empty field; "none": no field
        self.in_reply_to, self.references = None, []
        self.original = None                                     # the mail replied to: a Received
        self.quote = "below"                                     # where one's own text stands to the quote: below (it), above, inline, none
        self.forwarding = False
        self.attachments, self.pictures = [], []                 # (name, type, bytes)
        self.headers = []                                        # (name, value) more
        self.sender = None                                       # a From of another kind than the writer's own
        self.reply_to = None
        self.signature = None
        self.footer = None                                       # what a gateway puts below everything
        self.raw_html = None


# --- what a reply is ---

PREFIX = re.compile(r"^\s*((re|sv|vs|aw|antw|fwd?|vb|wg|tr|rv)(\[\d+\])?\s*:\s*)", re.I)


def reply_subject(client, language, subject, forwarding=False):
    mine = (client["forward"] if forwarding else client["prefix"])[language]
    if client.get("strips"):  # Outlook takes off what it knows, and puts its own in place
        while PREFIX.match(subject):
            subject = subject[PREFIX.match(subject).end():]
    elif re.match(r"\s*%s" % re.escape(mine.strip()), subject, re.I):
        return subject
    return mine + subject


def threading(client, draft):
    """(In-Reply-To, References)"""
    o = draft.original
    if o is None:
        return draft.in_reply_to, list(draft.references)
    references = o.references or ([o.in_reply_to] if o.in_reply_to else [])
    chain = references + ([o.message_id] if o.message_id else [])
    mode = client["references"]
    if mode == "none":
        chain = []
    elif mode == "last":
        chain = chain[-1:]
    elif mode == "trimmed":
        chain = chain[:1] + chain[1:][-2:]
    return o.message_id, chain


def thread_index(draft):
    """Exchange's: 22 bytes for the thread, 5 more for each reply."""
    o = draft.original
    if o is not None and o.header("Thread-Index"):
        try:
            head = base64.b64decode(o.header("Thread-Index"))
        except ValueError:
            head = b""
        if len(head) >= 22:
            return base64.b64encode(head + hashlib.md5(head).digest()[:5]).decode()
    seed = hashlib.md5((draft.subject + draft.writer.address).encode()).digest()
    return base64.b64encode(b"\x01\xd9" + seed + seed[:4]).decode()


def new_id(client, draft, serial):
    h = hashlib.sha1(("%s %s %d" % (draft.writer.address, draft.subject, serial)).encode()).hexdigest()
    domain = draft.writer.address.rpartition("@")[2]
    return {"outlook": "<AM0PR0%s%s@AM0PR0%s.eurprd02.prod.outlook.com>" % (h[:4].upper(), h[4:20].upper(), h[:4].upper()),
            "gmail": "<CA+%s_%s@mail.gmail.com>" % (h[:20], h[20:30]),
            "apple": "<%s-%s-%s-%s-%s@%s>" % (h[:8].upper(), h[8:12].upper(), h[12:16].upper(), h[16:20].upper(), h[20:32].upper(), domain),
            "moz": "<%s-%s-%s-%s-%s@%s>" % (h[:8], h[8:12], h[12:16], h[16:20], h[20:32], domain),
            "mutt": "<20270308%s.GA%s@%s>" % (h[:6], h[6:10], domain)}[client["ids"]]


# --- quoting ---

def attribution(client, draft):
    o, lang = draft.original, draft.writer.language
    when = o.when.astimezone(draft.when.tzinfo)
    who = {"name": o.from_name or o.from_addr, "addr": o.from_addr, "d": DAYS[lang][when.weekday()], "D": LONG_DAYS[lang][when.weekday()], "day": when.day,
           "m": MONTHS[lang][when.month - 1][:3], "M": MONTHS[lang][when.month - 1], "month": when.month, "y": when.year, "h": when.hour, "min": when.minute,
           "h12": when.hour % 12 or 12, "ampm": "PM" if when.hour >= 12 else "AM"}
    line = client["wrote"][lang].format(**who)
    return line.replace(" <" + who["addr"], " <\n" + who["addr"]) if client["ids"] == "gmail" and len(line) > 76 else line  # Gmail breaks it there


def header_block(client, draft, as_html):
    """Outlook's: From, Sent, To, Subject on top of the untouched mail."""
    o, lang = draft.original, draft.writer.language
    when = o.when.astimezone(draft.when.tzinfo)
    sent = {"sv": "den %d %s %d %02d:%02d", "en": "%d %s %d %02d:%02d"}[lang] % (when.day, MONTHS[lang][when.month - 1], when.year, when.hour, when.minute)
    if lang == "en" and not client.get("short_date"):
        sent = "%s, %s %d, %d %d:%02d %s" % (LONG_DAYS[lang][when.weekday()], MONTHS[lang][when.month - 1], when.day, when.year, when.hour % 12 or 12, when.minute,
                                             "PM" if when.hour >= 12 else "AM")
    names = {"sv": ("Från", "Skickat", "Till", "Kopia", "Ämne"), "en": ("From", "Sent", "To", "Cc", "Subject")}[lang]
    rows = [(names[0], "%s <%s>" % (o.from_name or o.from_addr, o.from_addr)), (names[1], sent), (names[2], o.header("To") or "")]
    if o.header("Cc"):
        rows.append((names[3], o.header("Cc")))
    rows.append((names[4], o.header("Subject") or ""))
    if as_html:
        return "<br>\n".join("<b>%s:</b> %s" % (k, html.escape(v, quote=False)) for k, v in rows)
    return "\n".join(("*%s:* %s" if client.get("starred") else "%s: %s") % row for row in rows)


def marked(text):
    return "\n".join((">" if line.startswith(">") else "> ").rstrip() + line if line else ">" for line in text.rstrip("\n").split("\n"))


def plain_picture(client, text, pictures):
    """What each program writes for a picture where there is no HTML."""
    for name, _, _ in pictures:
        shown = {"outlook": "[cid:%s]" % cid_of(name), "gmail": "[image: %s]" % name, "apple": "\ufffc", "moz": "", "mutt": ""}[client["ids"]]
        text = text.replace("[picture %s]" % name, shown)
    return text


def plain_body(client, draft):
    own, sign = plain_picture(client, draft.text.rstrip("\n"), draft.pictures), draft.signature
    signature = "" if not sign else "\n\n" + (sign if client.get("bare_signature") else "-- \n" + sign)
    o = draft.original
    if o is None or draft.quote in ("none", "inline"):
        if o is not None and draft.quote == "inline":
            return attribution(client, draft) + "\n" + own + signature + "\n"
        return own + signature + "\n"
    old = o.text.rstrip("\n")
    if draft.forwarding:
        return own + signature + "\n\n" + client.get("forward_mark", "---------- Forwarded message ---------") + "\n" + header_block(client, draft, False) + "\n\n" + old + "\n"
    if client["quotes"] == "block":
        line = client.get("rule", "")
        return own + signature + "\n\n" + (line + "\n" if line else "") + header_block(client, draft, False) + "\n\n" + old + "\n"
    if client["quotes"] == "apple":  # the attribution stands inside the quote
        quote = marked("%s\n\n%s" % (attribution(client, draft), old))
    else:
        quote = attribution(client, draft) + "\n" + ("\n" if client.get("gap") else "") + marked(old)
    if draft.quote == "above":
        return quote + "\n\n" + own + signature + "\n"
    return own + signature + "\n\n" + quote + "\n"


def as_html(text, pictures):
    """Lines to HTML: *bold* and [picture NAME] are all the formatting there is."""
    out = html.escape(text, quote=False)
    out = re.sub(r"(?<!\w)\*(\S[^*\n]*\S|\S)\*(?!\w)", r"<b>\1</b>", out)
    for name, _, _ in pictures:
        out = out.replace("[picture %s]" % name, '<img src="cid:%s" alt="%s" width="120">' % (cid_of(name), name))
    return out


def cid_of(name):
    return "ii_%s@local" % hashlib.md5(name.encode()).hexdigest()[:12]


def html_body(client, draft):
    if draft.raw_html is not None:
        own = draft.raw_html
    elif client["ids"] == "outlook":
        own = "\n".join('<p class="MsoNormal">%s<o:p></o:p></p>' % (as_html(line, draft.pictures) or "&nbsp;") for line in draft.text.rstrip("\n").split("\n"))
    else:
        own = "\n".join("<div>%s</div>" % (as_html(line, draft.pictures) or "<br>") for line in draft.text.rstrip("\n").split("\n"))
    sign = "" if not draft.signature else client["html_signature"] % html.escape(draft.signature).replace("\n", "<br>")
    o = draft.original
    if o is None or draft.quote in ("none", "inline"):
        quote = ""
    else:
        old = o.html_inside or "<div>%s</div>" % html.escape(o.text, quote=False).replace("\n", "<br>\n")
        if client["quotes"] == "block" or draft.forwarding:
            quote = client["html_quote"] % (header_block(client, draft, True), old)
        else:
            quote = client["html_quote"] % (html.escape(attribution(client, draft), quote=False), old)
    body = quote + own + sign if draft.quote == "above" else own + sign + quote
    if draft.footer:
        body += "<br><p>%s</p>" % html.escape(draft.footer)
    return client["html"] % body


# --- bytes ---

def encode_word(text):
    if text.isascii():
        return text
    return "=?utf-8?B?%s?=" % base64.b64encode(text.encode()).decode() if len(text.encode()) <= 45 else "\r\n ".join(
        "=?utf-8?B?%s?=" % base64.b64encode(piece.encode()).decode() for piece in re.findall(r".{1,15}", text, re.S))


def encode_address(address):
    name, addr = email.utils.parseaddr(address)
    if not name:
        return addr or address
    return "%s <%s>" % (encode_word(name) if not name.isascii() else '"%s"' % name if re.search(r"[^\w .-]", name) else name, addr)


def fold(name, values):
    return "%s: %s" % (name, (",\r\n\t" if name != "References" else "\r\n ").join(values))


def text_part(client, kind, text):
    charset = client.get("charset", "utf-8")
    data = text.replace("\n", "\r\n").encode(charset, "xmlcharrefreplace" if kind == "html" else "replace")
    encoding = client["encoding"]
    if encoding == "base64":
        body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        body = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    else:
        body = data
    flowed = "; format=flowed" if client.get("flowed") and kind == "plain" else ""
    return ["Content-Type: text/%s; charset=%s%s" % (kind, '"%s"' % charset if client["ids"] in ("outlook", "gmail") else charset, flowed),
            "Content-Transfer-Encoding: " + encoding], body


def file_part(item, inline):
    name, kind, data = item
    head = ["Content-Type: %s; name=\"%s\"" % (kind, encode_word(name)), "Content-Transfer-Encoding: base64"]
    if inline:
        head += ["Content-ID: <%s>" % cid_of(name), "X-Attachment-Id: " + cid_of(name), 'Content-Disposition: inline; filename="%s"' % encode_word(name)]
    else:
        head.append('Content-Disposition: attachment; filename="%s"' % encode_word(name))
    return head, base64.encodebytes(data).replace(b"\n", b"\r\n")


def multipart(kind, parts, boundary):
    out = b""
    for head, body in parts:
        out += b"--" + boundary.encode() + b"\r\n" + "\r\n".join(head).encode() + b"\r\n\r\n" + body + (b"" if body.endswith(b"\r\n") else b"\r\n")
    return ['Content-Type: multipart/%s; boundary="%s"' % (kind, boundary)], out + b"--" + boundary.encode() + b"--\r\n"


def render(client, draft, serial):
    """The mail's bytes, and its Message-ID (None where it has none)."""
    lang = draft.writer.language
    if draft.original is not None and not draft.subject:
        draft.subject = reply_subject(client, lang, draft.original.subject, draft.forwarding)
    in_reply_to, references = threading(client, draft) if not draft.forwarding else (None, [])
    if draft.quote == "unthreaded":
        in_reply_to, references, draft.quote = None, [], "below"
    message_id = new_id(client, draft, serial) if draft.message_id is None else draft.message_id
    head = ["From: " + (encode_address("%s <%s>" % (draft.writer.name, draft.writer.address)) if draft.sender is None else draft.sender)]
    head.append(fold("To", [encode_address(a) for a in draft.to] or ["undisclosed-recipients:;"]))
    if draft.cc:
        head.append(fold("Cc", [encode_address(a) for a in draft.cc]))
    if draft.bcc:
        head.append(fold("Bcc", [encode_address(a) for a in draft.bcc]))
    if draft.reply_to:
        head.append("Reply-To: " + encode_address(draft.reply_to))
    head.append("Subject: " + (encode_word(draft.subject) if "\n" not in draft.subject else draft.subject))
    head.append("Date: " + email.utils.format_datetime(draft.when))
    if message_id != "none":
        head.append("Message-ID: " + message_id)
    if in_reply_to:
        head.append("In-Reply-To: " + in_reply_to)
    if references and client["references"] != "none":
        head.append(fold("References", references))
    if client["ids"] == "outlook":
        topic = draft.subject
        while PREFIX.match(topic):
            topic = topic[PREFIX.match(topic).end():]
        head += ["Thread-Topic: " + encode_word(topic), "Thread-Index: " + thread_index(draft),
                 "Accept-Language: sv-SE, en-US", "X-MS-Has-Attach: " + ("yes" if draft.attachments else ""), "X-MS-TNEF-Correlator:"]
    head += [line for line in client.get("more", ())]
    head += ["%s: %s" % h for h in draft.headers] + ["MIME-Version: 1.0"]
    boundary = "%s%s" % (client["boundary"], hashlib.md5(b"%d" % serial).hexdigest()[:16])
    node = text_part(client, "plain", plain_body(client, draft) + ("\n%s\n" % draft.footer if draft.footer else ""))
    if client.get("html_alone"):
        node = text_part(client, "html", html_body(client, draft))
    elif (client.get("html") or draft.raw_html is not None) and not draft.pictures:
        node = multipart("alternative", [node, text_part(client, "html", html_body(client, draft))], boundary + "a")
    elif draft.pictures:
        pictures = [file_part(p, True) for p in draft.pictures]
        if client.get("related_outside"):  # Outlook: the alternatives inside the related part
            inner = multipart("alternative", [node, text_part(client, "html", html_body(client, draft))], boundary + "a")
            node = multipart("related", [inner] + pictures, boundary + "r")
        else:
            inner = multipart("related", [text_part(client, "html", html_body(client, draft))] + pictures, boundary + "r")
            node = multipart("alternative", [node, inner], boundary + "a")
    if draft.attachments:
        node = multipart("mixed", [node] + [file_part(a, False) for a in draft.attachments], boundary + "m")
    raw = "\r\n".join(head + node[0]).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + node[1]
    return raw, None if message_id in ("none", "") else message_id


# --- the table ---

GMAIL_WROTE = {"en": "On {d}, {m} {day}, {y} at {h12}:{min:02d} {ampm} {name} <{addr}> wrote:", "sv": "Den {d} {day} {M} {y} kl {h:02d}:{min:02d} skrev {name} <{addr}>:"}
APPLE_WROTE = {"en": "On {day} {m} {y}, at {h:02d}:{min:02d}, {name} <{addr}> wrote:", "sv": "{day} {M} {y} kl. {h:02d}:{min:02d} skrev {name} <{addr}>:"}
MOZ_WROTE = {"en": "On {y}-{month:02d}-{day:02d} {h:02d}:{min:02d}, {name} wrote:", "sv": "Den {y}-{month:02d}-{day:02d} kl. {h:02d}:{min:02d}, skrev {name}:"}
RE, SV = {"en": "Re: ", "sv": "Re: "}, {"en": "RE: ", "sv": "SV: "}
FWD, VB = {"en": "Fwd: ", "sv": "Fwd: "}, {"en": "FW: ", "sv": "VB: "}
WORD = ('<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
        '<meta name="Generator" content="Microsoft Word 15 (filtered medium)"><style><!-- p.MsoNormal {margin:0cm;font-size:11.0pt;font-family:"Calibri",sans-serif;} --></style></head>'
        '<body lang="SV" link="#0563C1"><div class="WordSection1">\n%s\n</div></body></html>\n')
OWA = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><style type="text/css" style="display:none;"> P {margin-top:0;} </style></head><body dir="ltr">%s</body></html>\n'

CLIENTS = {
    "Outlook": dict(
        ids="outlook", prefix=SV, forward=VB, strips=True, references="trimmed", quotes="block", encoding="base64", boundary="_000_", html=WORD, related_outside=True,
        bare_signature=True, html_signature='<p class="MsoNormal">%s<o:p></o:p></p>', forward_mark="",
        html_quote='<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">%s<o:p></o:p></p></div></div>\n<p class="MsoNormal"><o:p>&nbsp;</o:p></p>%s'),
    "Outlook web": dict(
        ids="outlook", prefix=SV, forward=VB, strips=True, references="all", quotes="block", encoding="quoted-printable", charset="iso-8859-1", boundary="_000_", html=OWA,
        related_outside=True, bare_signature=True, html_signature='<div id="Signature">%s</div>', rule="_" * 32, short_date=False,
        html_quote='<div id="appendonsend"></div><hr style="display:inline-block;width:98%%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">%s</font><div>&nbsp;</div></div>%s'),
    "Outlook on a phone": dict(
        ids="outlook", prefix=SV, forward=VB, strips=True, references="last", quotes="block", encoding="base64", boundary="_000_", html='<html><head></head><body dir="ltr">%s</body></html>\n',
        related_outside=True, bare_signature=True, html_signature='<div id="ms-outlook-mobile-signature"><div>%s</div></div>', rule="_" * 32,
        html_quote='<hr style="display:inline-block;width:98%%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif">%s</font></div>%s'),
    "Gmail": dict(
        ids="gmail", prefix=RE, forward=FWD, references="all", quotes="marks", encoding="quoted-printable", boundary="00000000000", html='<div dir="ltr">%s</div>\n', gap=True, wrote=GMAIL_WROTE,
        html_signature='<div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature">%s</div>',
        html_quote='<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">%s<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">%s</blockquote></div>'),
    "Gmail on a phone": dict(
        ids="gmail", prefix=RE, forward=FWD, references="last", quotes="marks", encoding="quoted-printable", boundary="00000000000", html='<div dir="auto">%s</div>\n', wrote=GMAIL_WROTE, gap=True,
        html_signature='<div dir="auto"><br></div><div data-smartmail="gmail_signature" dir="auto">%s</div>',
        html_quote='<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">%s<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">%s</blockquote></div>'),
    "Apple Mail": dict(
        ids="apple", prefix=RE, forward=FWD, references="all", quotes="apple", encoding="quoted-printable", boundary="Apple-Mail=_", wrote=APPLE_WROTE, more=("X-Mailer: Apple Mail (2.3774.600.62)",),
        html='<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">%s</body></html>\n',
        html_signature="<br><div>-- <br>%s</div>", forward_mark="Begin forwarded message:\n",
        html_quote='<div><br><blockquote type="cite"><div>%s</div><br class="Apple-interchange-newline"><div>%s</div></blockquote></div><br>'),
    "iPhone": dict(
        ids="apple", prefix=RE, forward=FWD, references="all", quotes="apple", encoding="quoted-printable", boundary="Apple-Mail-", wrote=APPLE_WROTE, more=("X-Mailer: iPhone Mail (21F90)",), bare_signature=True,
        html='<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">%s</body></html>\n', html_signature='<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">%s</div>',
        forward_mark="Begin forwarded message:\n", html_quote='<div dir="ltr"><br><blockquote type="cite">%s<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">%s</div></blockquote>'),
    "Thunderbird": dict(
        ids="moz", prefix=RE, forward=FWD, references="all", quotes="marks", encoding="8bit", boundary="------------", flowed=True, wrote=MOZ_WROTE, more=("User-Agent: Mozilla Thunderbird",), html=None,
        html_signature='<div class="moz-signature">-- <br>%s</div>', html_quote='<div class="moz-cite-prefix">%s<br></div><blockquote type="cite">%s</blockquote>', forward_mark="-------- Forwarded Message --------"),
    "Thunderbird in HTML": dict(
        ids="moz", prefix=RE, forward=FWD, references="all", quotes="marks", encoding="8bit", boundary="------------", wrote=MOZ_WROTE, more=("User-Agent: Mozilla Thunderbird",),
        html='<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body>%s</body></html>\n', html_signature='<div class="moz-signature">-- <br>%s</div>',
        html_quote='<div class="moz-cite-prefix">%s<br></div><blockquote type="cite" cite="mid:x@y">%s</blockquote>'),
    "mutt": dict(
        ids="mutt", prefix=RE, forward=FWD, references="all", quotes="marks", encoding="8bit", boundary="mutt", html=None, more=("User-Agent: Mutt/2.2.9",),
        wrote={"en": "On {d}, {m} {day:02d}, {y} at {h:02d}:{min:02d}:00 +0100, {name} wrote:", "sv": "Den {d} {day:02d} {m} {y} skrev {name}:"},
        html_signature="%s", html_quote="%s%s", forward_mark="----- Forwarded message -----"),
    "a program that writes HTML alone": dict(
        ids="gmail", prefix=RE, forward=FWD, references="all", quotes="marks", encoding="quoted-printable", boundary="html", html="<html><body>%s</body></html>\n", html_alone=True, wrote=GMAIL_WROTE,
        html_signature="<p>-- <br>%s</p>", html_quote="<div>%s</div><blockquote>%s</blockquote>"),
    "an old webmail": dict(  # sends In-Reply-To and nothing else
        ids="mutt", prefix={"en": "Re: ", "sv": "SV: "}, forward=FWD, references="none", quotes="marks", encoding="8bit", charset="iso-8859-1", boundary="web", html=None,
        wrote={"en": "{name} <{addr}> wrote on {day}.{month}.{y}:", "sv": "{name} <{addr}> skrev {y}-{month:02d}-{day:02d}:"}, html_signature="%s", html_quote="%s%s"),
}
for _name, _client in CLIENTS.items():
    _client["name"] = _name
    _client.setdefault("wrote", APPLE_WROTE)  # where one answers between the lines


def attachment(name, size=2000):
    """A file by its name: what it holds follows from that."""
    kinds = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "txt": "text/plain",
             "ics": "text/calendar", "html": "text/html", "zip": "application/zip"}
    kind = kinds.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    if kind == "image/png":
        return name, kind, PNG + hashlib.sha256(name.encode()).digest() * 4
    seed = hashlib.sha256(name.encode()).digest()
    return name, kind, (b"%PDF-1.4\n" if kind.endswith("pdf") else b"") + seed * (size // 32)


PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def parse_when(value):
    try:
        when = email.utils.parsedate_to_datetime(value)
        return when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)
    except (TypeError, ValueError):
        return None
