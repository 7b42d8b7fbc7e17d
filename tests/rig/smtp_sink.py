#!/usr/bin/env python3
"""smtp_sink: an SMTP server that keeps what it is given, and answers as it is told to.

    smtp_sink.py --dir DIR [--host H] [--port N] [--cert PEM --key KEY] [--tls] [--require-auth] [--user U --password P] [--tokens FILE]
                 [--reply 'STAGE [ADDRESS] WHAT[,TIMES] [TEXT]']… [--lmtp HOST:PORT [--bounce] [--strip FIELD]…] [--no-8bitmime] [--no-smtputf8]

Each accepted mail becomes DIR/mail/000001.eml: the envelope on top ("mail:", "rcpt:", "tls:", "user:", "result:", one a line), an empty line,
and the message as it came (CRLF, dots taken off). DIR/log has the conversations without secrets, DIR/port the port, DIR/pid the pid.

Replies: STAGE is CONNECT, EHLO, AUTH, MAIL, RCPT, DATA, DOT or QUIT; ADDRESS (RCPT: that recipient; MAIL: that sender; DOT: any of the
mail's recipients) is optional; WHAT is a three-digit code with its TEXT, `close` (ends the connection without a word), `lost` (at DOT: keeps
the mail and ends the connection without a word) or `stall` (says nothing for ever); TIMES: so often, then it is as without. The lines of DIR/replies
are read afresh each time, so a test can change them while the server runs.

With --bounce, all that is accepted comes back through LMTP as a delivery report (RFC 3464): to the envelope's sender, and where that is null, to From,
as no server should. --strip Return-Path makes From the envelope's sender where that is null."""
import argparse
import base64
import email
import email.utils
import itertools
import os
import re
import signal
import smtplib
import socket
import socketserver
import ssl
import sys
import threading

MAX_LINE = 65536


class Closed(Exception):
    """The conversation is over."""


class Replies:
    def __init__(self, path, first):
        self.path, self.lock, self.used = path, threading.Lock(), {}
        if first or not os.path.exists(path):
            with open(path, "w") as f:
                f.writelines(line + "\n" for line in first)

    def find(self, stage, addresses=()):
        """(what, text) or None."""
        with self.lock:
            with open(self.path) as f:
                lines = [line.strip() for line in f if line.strip() and not line.startswith("#")]
            for line in lines:
                found = self._match(line, stage, addresses)
                if found:
                    return found
        return None

    def _match(self, line, stage, addresses):
        words = line.split()
        if words.pop(0).upper() != stage:
            return None
        if words and "@" in words[0]:
            if words.pop(0).lower() not in addresses:
                return None
        what, _, times = words.pop(0).partition(",")
        if times:
            if self.used.get(line, 0) >= int(times):
                return None
            self.used[line] = self.used.get(line, 0) + 1
        return what, " ".join(words)


class Spool:
    def __init__(self, directory):
        self.directory = os.path.join(directory, "mail")
        os.makedirs(self.directory, exist_ok=True)
        self.lock = threading.Lock()
        self.numbers = itertools.count(1 + len(os.listdir(self.directory)))
        self.log_file = open(os.path.join(directory, "log"), "a", buffering=1)

    def add(self, envelope, message):
        with self.lock:
            number = next(self.numbers)
        name = os.path.join(self.directory, "%06d.eml" % number)
        with open(name + ".tmp", "wb") as f:
            for key, value in envelope:
                f.write(("%s: %s\n" % (key, value)).encode("utf-8", "surrogateescape"))
            f.write(b"\n" + message)
        os.rename(name + ".tmp", name)

    def log(self, session, text):
        with self.lock:
            self.log_file.write("%d %s\n" % (session, text.encode("ascii", "backslashreplace").decode()))


class Session(socketserver.BaseRequestHandler):
    numbers = itertools.count(1)

    def setup(self):
        self.number = next(Session.numbers)
        self.buffer = bytearray()
        self.tls, self.user, self.secret = False, None, False
        self.reset()

    def reset(self):
        self.sender, self.params, self.recipients = None, "", []

    @property
    def options(self):
        return self.server.options

    def handle(self):
        try:
            if self.options.tls:
                self.start_tls()
            self.server.spool.log(self.number, "connected from %s:%d" % self.client_address[:2])
            self.scripted("CONNECT") or self.say("220 sink.example ESMTP")
            while True:
                self.command(self.line())
        except (Closed, OSError) as e:
            self.server.spool.log(self.number, "end %s" % e)

    # --- bytes ---

    def start_tls(self):
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.tls, self.buffer = True, bytearray()

    def read_more(self):
        data = self.request.recv(65536)
        if not data:
            raise Closed("by the client")
        self.buffer += data

    def line(self):
        while b"\n" not in self.buffer:
            if len(self.buffer) > MAX_LINE:
                self.say("500 line too long")
                raise Closed("line too long")
            self.read_more()
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "surrogateescape")

    def say(self, text):
        self.server.spool.log(self.number, "S: " + text)
        self.request.sendall(text.encode() + b"\r\n")

    def scripted(self, stage, addresses=()):
        """Answers as told for this stage; False where nothing was told."""
        found = self.server.replies.find(stage, addresses)
        if not found:
            return False
        self.act(*found)
        return True

    def act(self, what, text):
        if what in ("close", "lost"):
            raise Closed("as told: " + what)
        if what == "stall":
            self.server.spool.log(self.number, "stalls as told")
            self.server.stopping.wait()
            raise Closed("server stops")
        self.say("%s %s" % (what, text or "as told"))
        if what == "421":
            raise Closed("421")

    # --- commands ---

    def command(self, line):
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        self.server.spool.log(self.number, "C: " + ("AUTH (hidden)" if verb == "AUTH" else line))
        do = getattr(self, "do_" + verb.lower(), None) if verb.isalpha() else None
        if do is None:
            self.say("500 5.5.1 no such command")
        else:
            do(rest.strip())

    def do_ehlo(self, rest):
        self.reset()
        if self.scripted("EHLO"):
            return
        features = ["sink.example", "PIPELINING", "SIZE 52428800", "ENHANCEDSTATUSCODES"]
        if not self.options.no_8bitmime:
            features.append("8BITMIME")
        if not self.options.no_smtputf8:
            features.append("SMTPUTF8")
        if self.server.tls and not self.tls:
            features.append("STARTTLS")
        if self.options.user and (self.tls or not self.server.tls):
            features.append("AUTH PLAIN LOGIN" + (" XOAUTH2" if self.options.tokens else ""))
        for feature in features[:-1]:
            self.say("250-" + feature)
        self.say("250 " + features[-1])

    def do_helo(self, rest):
        self.reset()
        self.scripted("EHLO") or self.say("250 sink.example")

    def do_starttls(self, rest):
        if not self.server.tls or self.tls:
            return self.say("503 5.5.1 not now")
        self.say("220 go ahead")
        self.reset()
        self.user = None
        self.start_tls()

    def do_auth(self, rest):
        if self.scripted("AUTH"):
            return
        mechanism, _, first = rest.partition(" ")
        try:
            if mechanism.upper() == "PLAIN":
                user, password = self.ask("", first).split("\0")[1:3]
            elif mechanism.upper() == "LOGIN":
                user = self.ask("Username:", first)
                password = self.ask("Password:", "")
            elif mechanism.upper() == "XOAUTH2" and self.options.tokens:
                return self.take_token(self.ask("", first))
            else:
                return self.say("504 5.5.4 PLAIN or LOGIN")
        except ValueError:
            return self.say("501 5.5.2 that is no AUTH")
        if (user, password) != (self.options.user, self.options.password):
            return self.say("535 5.7.8 authentication credentials invalid")
        self.user = user
        self.say("235 2.7.0 welcome")

    def take_token(self, response):
        """user=…^Aauth=Bearer …^A^A; what is wrong is told in a challenge, as Google does."""
        found = re.fullmatch("user=([^\1]*)\1auth=Bearer ([^\1]*)\1\1", response)
        with open(self.options.tokens) as f:
            good = found and found.group(2) in f.read().split()
        if good:
            self.user = found.group(1)
            return self.say("235 2.7.0 welcome")
        self.ask('{"status":"401"}', "")
        self.say("535 5.7.8 that token is not good")

    def ask(self, prompt, first):
        if not first:
            self.say("334 " + base64.b64encode(prompt.encode()).decode())
            first = self.line()
        return base64.b64decode(first, validate=True).decode()

    def do_mail(self, rest):
        if self.options.require_auth and not self.user:
            return self.say("530 5.7.0 authentication required")
        address, params = parse_path(rest, "FROM:")
        if address is None:
            return self.say("501 5.1.7 bad sender")
        if self.scripted("MAIL", (address.lower(),)):
            return
        self.sender, self.params = address, params
        self.say("250 2.1.0 ok")

    def do_rcpt(self, rest):
        address, _ = parse_path(rest, "TO:")
        if self.sender is None:
            return self.say("503 5.5.1 MAIL first")
        if not address:
            return self.say("501 5.1.3 bad recipient")
        if self.scripted("RCPT", (address.lower(),)):
            return
        self.recipients.append(address)
        self.say("250 2.1.5 ok")

    def do_data(self, rest):
        if not self.recipients:
            return self.say("503 5.5.1 RCPT first")
        if self.scripted("DATA"):
            return
        self.say("354 end with a dot")
        self.buffer[:0] = b"\r\n"  # so that a dot on the first line ends it too
        looked_at = 0
        while (end := self.buffer.find(b"\r\n.\r\n", looked_at)) < 0:
            looked_at = max(0, len(self.buffer) - 4)
            self.read_more()
        message = bytes(self.buffer[:end + 2]).replace(b"\r\n..", b"\r\n.")
        del self.buffer[:end + 5]
        self.accept(message[2:])
        self.reset()

    def accept(self, message):
        told = self.server.replies.find("DOT", [a.lower() for a in self.recipients])
        if told and told[0] not in ("lost", "250"):
            return self.act(*told)
        if b"\n" in message.replace(b"\r\n", b"") or b"\r" in message.replace(b"\r\n", b""):
            self.server.spool.log(self.number, "bare CR or LF in the message")
            bare = "yes"
        else:
            bare = "no"
        self.server.spool.add([("mail", "<%s> %s" % (self.sender, self.params))] + [("rcpt", "<%s>" % a) for a in self.recipients] +
                              [("tls", "yes" if self.tls else "no"), ("user", self.user or ""), ("bare-newline", bare),
                               ("result", told[0] if told else "250")], message)
        if self.options.lmtp:
            self.pass_on(message)
        if told:
            return self.act(*told)
        self.say("250 2.0.0 kept")

    def pass_on(self, message):
        writer = email.utils.parseaddr(str(email.message_from_bytes(message)["From"]))[1]
        if self.options.bounce:
            back = self.sender or writer
            relay(self.options.lmtp, "", [back], report(back, self.recipients, message))
        else:
            sender = self.sender or ("" if "Return-Path" not in self.options.strip else writer)
            relay(self.options.lmtp, sender, self.recipients, stripped(message, self.options.strip))

    def do_rset(self, rest):
        self.reset()
        self.say("250 2.0.0 ok")

    def do_noop(self, rest):
        self.say("250 2.0.0 ok")

    def do_quit(self, rest):
        self.scripted("QUIT") or self.say("221 2.0.0 bye")
        raise Closed("QUIT")


def parse_path(text, keyword):
    """('a@b', 'SIZE=1 BODY=8BITMIME') of 'FROM:<a@b> SIZE=…'; (None, '') where it is none."""
    if not text.upper().startswith(keyword):
        return None, ""
    text = text[len(keyword):].strip()
    if not text.startswith("<") or ">" not in text:
        return None, ""
    address, _, params = text[1:].partition(">")
    return address, params.strip()


def relay(where, sender, recipients, message):
    host, _, port = where.rpartition(":")
    with smtplib.LMTP(host, int(port), timeout=30) as lmtp:
        lmtp.sendmail(sender, recipients, message)


def stripped(message, names):
    """Without these fields of the header; a name may end with '*'."""
    head, end, body = message.partition(b"\r\n\r\n")
    for name in names:
        pattern = re.escape(name.encode()).replace(rb"\*", rb"[^:\r\n]*")
        head = re.sub(rb"(?im)^%s:[^\r\n]*(\r\n[ \t][^\r\n]*)*\r\n" % pattern, b"", head + b"\r\n")[:-2]
    return head + end + body


REPORT = """From: Mail Delivery System <mailer-daemon@sink.example>
To: {back}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: {id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=us-ascii

This is the mail system at host sink.example. Your message could not be delivered to:

{recipients}

550 5.1.1 User unknown

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; sink.example
{statuses}
--report
Content-Type: message/rfc822

"""


def report(back, recipients, message):
    statuses = "".join("\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n" % a for a in recipients)
    head = REPORT.format(back=back, date=email.utils.formatdate(), id=email.utils.make_msgid(domain="sink.example"), recipients="\n".join(recipients),
                         statuses=statuses)
    return head.replace("\n", "\r\n").encode() + message + b"\r\n--report--\r\n"


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, options):
        self.options = options
        self.spool = Spool(options.dir)
        self.replies = Replies(os.path.join(options.dir, "replies"), options.reply)
        self.stopping = threading.Event()
        self.tls = None
        if options.cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(options.cert, options.key)
        super().__init__((options.host, options.port), Session)

    def get_request(self):
        request, address = super().get_request()
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return request, address


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--dir", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--tls", action="store_true", help="TLS from the start; else STARTTLS where there is a certificate")
    parser.add_argument("--require-auth", action="store_true")
    parser.add_argument("--tokens", help="a file with the OAuth2 tokens that are good, one a line: AUTH XOAUTH2")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--reply", action="append", default=[])
    parser.add_argument("--lmtp", help="HOST:PORT: what is accepted is delivered there as well")
    parser.add_argument("--bounce", action="store_true", help="… as a report that it could not be delivered")
    parser.add_argument("--strip", action="append", default=[], help="… without this field of the header ('X-*': all that begin so)")
    parser.add_argument("--no-8bitmime", action="store_true")
    parser.add_argument("--no-smtputf8", action="store_true")
    options = parser.parse_args()
    os.makedirs(options.dir, exist_ok=True)
    server = Server(options)

    def stop(*_):
        server.stopping.set()
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for name, value in (("pid", os.getpid()), ("port", server.server_address[1])):
        path = os.path.join(options.dir, name)
        with open(path + ".tmp", "w") as f:
            f.write("%d\n" % value)
        os.rename(path + ".tmp", path)
    server.serve_forever(poll_interval=0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main())
