"""Mail programs that people use, driven in a terminal: mutt and s-nail. Each has its mailbox at the private Dovecot (IMAP, TLS) and sends through the
private Exim (STARTTLS, as its own address); both check the certificates against the rig's CA."""
import email
import email.policy
import os
import re
import urllib.parse

from .dovecot import PASSWORD
from .process import RigError, wait_until
from .terminal import ENTER, Terminal


class Client:
    """One person at one mail program, which is started for what is to be done and then left.

    write(to, subject, text), read(subject, *words) and reply(subject, text, *words): the latest mail with that in its subject, once it has come, is
    opened, and each of the words is seen on the screen. `shown` is then the screen with the mail."""

    def __init__(self, office, address, name):
        self.system, self.address, self.name = office.system, address, name
        self.home = os.path.join(office.directory, "home", address)
        self.terminal, self.shown = None, ""
        os.makedirs(self.home)
        office.at_end.append(self.close)
        self.set_up({"address": address, "name": name, "password": PASSWORD, "ca": self.system.ca, "imaps": self.system.dovecot.imaps,
                     "smtp": self.system.smtp.port, "home": self.home, "user": urllib.parse.quote(address, safe="")})

    def keep(self, name, text, mode=0o600):
        """A file of that name in the person's home."""
        path = os.path.join(self.home, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, argv, **env):
        self.close()
        self.terminal = Terminal(argv, dict(env, HOME=self.home), self.home)
        return self.terminal

    def close(self):
        if self.terminal:
            self.terminal.close()
            self.terminal = None

    def leave(self):
        self.terminal.press(self.LEAVE)
        code = self.terminal.wait_end()
        if code != 0:
            raise RigError("%s ended with %d; the screen:\n%s" % (type(self).__name__, code, self.terminal.seen()))
        self.terminal = None

    def mails(self, which="ALL"):
        """Those of the inbox, or of them those that are UNSEEN and the like (RFC 3501 §6.4.4)."""
        with self.system.dovecot.session(self.address) as imap:
            imap.select("INBOX", readonly=True)
            numbers = imap.search(None, which)[1][0].decode().replace(" ", ",")
            data = imap.fetch(numbers, "(BODY.PEEK[])")[1] if numbers else []
        return [email.message_from_bytes(item[1], policy=email.policy.default) for item in data if isinstance(item, tuple)]

    def comes(self, subject):
        """The unread mail with this in its subject, once it lies in the mailbox."""
        def look():
            return next((m for m in self.mails("UNSEEN") if subject in m["Subject"]), None)
        return wait_until(look, "a mail about %r in the mailbox of %s" % (subject, self.address))

    def read(self, subject, *words):
        self.show(subject, words)
        self.leave()

    def reply(self, subject, text, *words, **more):
        self.show(subject, words)
        self.answer(text, **more)
        self.leave()


MUTTRC = r"""
set realname = "{name}" from = "{address}" use_from = yes hostname = client.example
set folder = "imaps://localhost:{imaps}/" spoolfile = "=INBOX" record = "=INBOX" postponed = "=Drafts"
set imap_user = "{address}" imap_pass = "{password}"
set smtp_url = "smtp://{user}@localhost:{smtp}/" smtp_pass = "{password}"
set ssl_starttls = yes ssl_force_tls = yes ssl_ca_certificates_file = "{ca}" certificate_file = "{home}/certificates"
set editor = "{home}/editor" sort = threads index_format = "%4C %Z %-30.30F %s" hide_thread_subject = no
set fast_reply = yes include = yes abort_nosubject = yes abort_unmodified = yes
set ascii_chars = yes arrow_cursor = yes markers = no quit = yes confirmappend = no confirmcreate = no move = no sleep_time = 0 beep = no help = no
set crypt_use_gpgme = no mailcap_path = "{home}/mailcap" tmpdir = "{home}"
ignore *
unignore from to cc subject
"""
# The writer's hands: what is to be said goes above what mutt has quoted.
EDITOR = """#!/bin/sh
cat '{home}/words' "$1" >'{home}/written' && cat '{home}/written' >"$1"
"""


class Mutt(Client):
    """Keeps what it sent in the inbox, so that its threads show both sides. `index`: the list of mails when it was opened last."""

    LEAVE = "qq"  # out of the mail, where one is open, and out of mutt

    def set_up(self, fields):
        self.keep("muttrc", MUTTRC.format(**fields))
        self.keep("editor", EDITOR.format(**fields), 0o700)
        self.keep("mailcap", "")
        self.index = ""

    def open(self):
        t = self.run(["mutt", "-n", "-F", os.path.join(self.home, "muttrc")])
        t.wait_text("Mutt: =INBOX [Msgs:")
        self.index = t.seen()
        return t

    def write(self, to, subject, text):
        t = self.open()
        self.keep("words", text)
        for keys, question in (("m", "To:"), (to + ENTER, "Subject:"), (subject + ENTER, "Mutt: Compose")):
            t.press(keys)
            t.wait_text(question)
        self.send()
        self.leave()

    def send(self):
        self.terminal.press("y")
        self.terminal.wait_text("Mail sent.")

    def show(self, subject, words):
        self.comes(subject)
        t = self.open()
        t.press('/~U ~s "%s"%s' % (re.sub(r'([][\\.*+?^$(){}|"])', r"\\\\\1", subject), ENTER))
        t.press(ENTER)
        for w in words:
            t.wait_text(w)
        self.shown = t.screen.text()

    def answer(self, text, attach=None):
        """attach: a file in the home."""
        t = self.terminal
        self.keep("words", text)
        t.press("r")
        t.wait_text("Mutt: Compose")
        if attach:
            t.press("a")
            t.wait_text("Attach file")
            t.press(attach + ENTER)
            t.wait_text("->", os.path.basename(attach))
        self.send()


SNAILRC = r"""
set v15-compat=yes from="{name} <{address}>" hostname=client.example
set folder=imaps://{user}:{password}@localhost:{imaps}/ inbox=+INBOX record=+INBOX
set mta=smtp://{user}:{password}@localhost:{smtp} smtp-auth=plain smtp-use-starttls sendwait
set tls-ca-file="{ca}" tls-ca-no-defaults tls-verify=strict
set quote indentprefix="> " recipients-in-cc reply-to-honour=yes fullnames showname showto markanswered
set ttycharset=utf-8 sendcharsets=utf-8 mime-encoding=quoted-printable
set emptystart header hold crt=100000 line-editor-disable prompt="ready? "
headerpick type retain date from to cc subject
"""


class Snail(Client):
    """Quotes first, and the writer goes on below."""

    LEAVE = "quit" + ENTER

    def set_up(self, fields):
        self.keep("mailrc", SNAILRC.format(**fields))

    def open(self):
        self.run(["s-nail", "-:u", "-f", "+INBOX"], MAILRC=os.path.join(self.home, "mailrc"))
        return self.ready()

    def ask(self, command, *answers):
        self.terminal.press(command + ENTER)
        for words in ("ready? " + command,) + answers:
            self.terminal.wait_text(words)

    def write(self, to, subject, text):
        self.open()
        self.ask("mail " + to, "Subject:")
        self.terminal.press(subject + ENTER)
        self.send(text)
        self.leave()

    def send(self, text):
        self.terminal.press(text.rstrip("\n").replace("\n", ENTER) + ENTER + "~." + ENTER)
        self.terminal.wait_text("~.")
        self.ready()

    def ready(self):
        return self.terminal.wait(lambda screen: screen.rstrip().endswith("ready?") and screen, "s-nail's prompt")

    def show(self, subject, words):
        self.comes(subject)
        listed = re.findall(r"^\W*[NU]\s+(\d+) .*" + re.escape(subject), self.open(), re.MULTILINE)
        if not listed:
            raise RigError("s-nail does not list %r:\n%s" % (subject, self.terminal.seen()))
        self.number = listed[-1]
        self.ask("type " + self.number, *words)
        self.shown = self.ready()

    def answer(self, text):
        self.ask("Reply " + self.number, " wrote:")
        self.send(text)
