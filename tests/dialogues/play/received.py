"""A mail as its receiver's program shows it."""
import email
import email.errors
import email.header
import email.policy
import email.utils
import functools
import html
import html.parser
import re

from . import clients
from .script import Mismatch

TOKEN = re.compile(r"(?<![a-zA-Z0-9])[a-z2-7]{40}(?![a-zA-Z0-9])")


def decoded(text, squeezed=True):
    """A header field's words: RFC 2047 undone."""
    try:
        text = str(email.header.make_header(email.header.decode_header(text))) if "=?" in text else text
    except (ValueError, LookupError, email.errors.HeaderParseError):
        pass
    return re.sub(r"\s+", " ", text).strip() if squeezed else text


class Received:
    """kind: the outbox's word for it, or "written" for what people wrote themselves. to: whose mailbox it lies in.

    Parsed once, and with the library's plainer half: the other one takes a mail's header to pieces each time it is asked for a word of it."""

    def __init__(self, raw, to, kind, ticket=None, sender="", sunk=None):
        self.raw, self.to, self.kind, self.ticket, self.sender, self.sunk = raw, to.lower(), kind, ticket, sender, sunk
        self.mail = email.message_from_bytes(raw, policy=email.policy.compat32)
        self.used = False
        self.writer = None

    def header(self, name):
        value = self.mail[name]
        return None if value is None else decoded(str(value))

    @property
    def message_id(self):
        return self.header("Message-ID")

    @property
    def in_reply_to(self):
        found = re.findall(r"<[^<>\s]+>", self.header("In-Reply-To") or "")
        return found[0] if found else None

    @property
    def references(self):
        return re.findall(r"<[^<>\s]+>", self.header("References") or "")

    @property
    def subject(self):
        return self.header("Subject") or ""

    @property
    def when(self):
        return clients.parse_when(self.header("Date")) or clients.parse_when("Mon, 8 Mar 2027 10:00:00 +0100")

    def addresses(self, *names):
        """[(name, address)] of these fields."""
        fields = [str(v) for name in names for v in self.mail.get_all(name, [])]
        return [(decoded(n), a.lower()) for n, a in email.utils.getaddresses(fields) if a]

    @property
    def from_addr(self):
        return (self.addresses("From") or [("", "")])[0][1]

    @property
    def from_name(self):
        return (self.addresses("From") or [("", "")])[0][0]

    def part(self, kind):
        for p in self.mail.walk():
            if p.get_content_type() == kind and p.get_content_disposition() != "attachment":
                return content(p)
        return None

    @functools.cached_property
    def text(self):
        plain = self.part("text/plain")
        return plain if plain is not None else html_text(self.part("text/html") or "")

    @functools.cached_property
    def html(self):
        return self.part("text/html")

    @property
    def html_inside(self):
        found = self.html
        if found is None:
            return None
        m = re.search(r"<body[^>]*>(.*)</body>", found, re.S | re.I)
        return m.group(1) if m else found

    @functools.cached_property
    def everything(self):
        """All that anybody could read in it, decoded: header fields, texts, HTML, names of attachments."""
        out = ["%s: %s" % (k, self.header(k)) for k in self.mail.keys()]
        for p in self.mail.walk():
            if p is not self.mail:
                out += ["%s: %s" % (k, decoded(str(v))) for k, v in p.items()] + [filename(p)]
            if p.get_content_maintype() == "text":
                out.append(content(p))
        return "\n".join(out)

    def attachments(self):
        return [(filename(p), p.get_content_type(), p.get_payload(decode=True)) for p in self.mail.walk()
                if not p.is_multipart() and (p.get_content_disposition() == "attachment" or filename(p))]

    def tokens(self):
        return set(TOKEN.findall(self.everything))

    def links(self):
        """The mailto: links with what they would send, and the words they stand on."""
        found = []
        if self.html:
            reader = Links()
            reader.feed(self.html)
            found += reader.found
        for m in re.finditer(r"([^\n]{0,60})(mailto:[^\s<>\"]+)", self.part("text/plain") or ""):
            found.append((m.group(1).strip(" :\t"), m.group(2)))
        return [(label, target) for label, target in found if "?" in target]

    def line(self):
        return "%-15s to %-34s %s" % (self.kind, self.to, self.subject[:60])


def content(part):
    """Its text, with line ends as Python has them."""
    data = part.get_payload(decode=True) or b""
    try:
        text = data.decode(str(part.get_content_charset() or "utf-8"), "replace")
    except LookupError:
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def filename(part):
    return decoded(email.utils.collapse_rfc2231_value(part.get_filename() or ""))


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.target, self.words = [], None, []

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.target, self.words = dict(attributes).get("href") or "", []

    def handle_data(self, data):
        if self.target is not None:
            self.words.append(data)

    def handle_endtag(self, tag):
        if tag == "a" and self.target is not None:
            if self.target.lower().startswith("mailto:"):
                self.found.append((" ".join("".join(self.words).split()), self.target))
            self.target = None


def html_text(source):
    source = re.sub(r"(?is)<(script|style)\b.*?</\1>", "", source)
    source = re.sub(r"(?i)<(br|/p|/div|/tr|/li|/h\d)\b[^>]*>", "\n", source)
    return html.unescape(re.sub(r"<[^>]*>", "", source))


def squeeze(text):
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()


def written(person, raw, to):
    """What a person wrote, as it lies with one whom it is for."""
    m = Received(raw, to, "written")
    m.writer = person
    m.used = True
    return m


def token_of(m):
    for text in (m.message_id or "", m.header("Reply-To") or ""):
        found = TOKEN.findall(text)
        if found:
            return found[0]
    raise Mismatch("the mail has no token: %s" % m.line())


def excerpt(m, lines=24):
    text = m.text.strip().split("\n")
    head = ["%s: %s" % (k, m.header(k)) for k in ("From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "In-Reply-To") if m.header(k)]
    return "\n".join("    | " + line for line in head + [""] + text[:lines] + (["…"] if len(text) > lines else []))
