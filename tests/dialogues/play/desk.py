"""An office in which many dialogues are played at once.

They go in rounds: what everybody has to send now is delivered, the daemon takes it in and sends what is to be sent, and each dialogue gets
what came of it. When nobody has anything to do before a later day, the clock is put ahead: the daemon is stopped and started on that day."""
import datetime
import os
import re
import sqlite3
import time
import zoneinfo

from rig import clock
from rig.dovecot import PASSWORD
from rig.office import TOP, Office
from rig.process import RigError
from rig.sink import PASSWORD as SMTP_PASSWORD, USER as SMTP_USER, Sink, SunkMail

from .received import Received
from .scan import Secrets

ZONE = zoneinfo.ZoneInfo("Europe/Stockholm")
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOPICS = {  # topic: (staff, more)
    "agreements": ('[ "per.dahl@int.uni.example", "maja.lind@int.uni.example" ]', 'lead = "per.dahl@int.uni.example";'),
    "mobility": ('[ "mobility@uni.example" ]', 'lead = "lena.falk@int.uni.example";'),
    "recruitment": ('[ "recruitment@uni.example" ]', 'members = [ "stina.*@int.uni.example" ];'),
    "networks": ('[ "networks@uni.example" ]', ""),
}
OFFICES = {  # kind of office: what its config says beside office.conf
    "usual": {},
    "with plus addresses": {"office": "plus = true;"},
    "where the token is the proof": {"staff": 'proof = "token";'},
    "where the mail server's word is the proof": {"staff": 'authserv_id = "mx.uni.example"; proof = "authres";'},
    "where staff may not act by mail": {"staff": 'authserv_id = "mx.uni.example"; commands = false;'},
    "that signs with the office alone": {"office": 'answer_from = "{office}"; reopen_days = 0;', "staff": 'authserv_id = "mx.uni.example"; hold_minutes = 0;'},
}


def monday():
    """When the dialogues begin: the next Monday, ten o'clock."""
    now = datetime.datetime.now(ZONE)
    day = (now + datetime.timedelta(days=7 - now.weekday())).date()
    return datetime.datetime.combine(day, datetime.time(10, 0), ZONE)


def topics_conf():
    with open(os.path.join(TOP, "etc", "topics.conf"), encoding="utf-8") as f:
        text = f.read()
    for topic, (staff, more) in TOPICS.items():
        text, n = re.subn(r'(name = "%s";.*?)staff = \[[^]]*\];' % topic, lambda m: "%sstaff = %s; %s" % (m.group(1), staff, more), text, count=1, flags=re.S)
        if n != 1:
            raise RigError("etc/topics.conf has no topic %s" % topic)
    return text


class DialogueOffice(Office):
    """With an account of its own on a mail system that several share, and an SMTP server of its own."""

    def __init__(self, system, user, kind):
        super().__init__(start=False)
        self.shared, self.user, self.kind = system, user, kind
        self.system.dovecot = self.dovecot = system.dovecot
        self.own = Sink(os.path.join(self.directory, "sink"), certs=system.certs)

    @property
    def sink(self):
        return self.own

    def stop_all(self):
        if self.daemon:
            self.kill_all()
        self.own.stop()

    def start_servers(self):
        self.own.start()
        self._write("topics.conf", topics_conf())
        self.write_conf()

    def write_conf(self, **changes):
        with open(os.path.join(HERE, "office.conf"), encoding="utf-8") as f:
            text = f.read()
        self._write("imap.password", PASSWORD + "\n")
        self._write("smtp.password", SMTP_PASSWORD + "\n")
        more = {"office": "", "staff": 'authserv_id = "mx.uni.example";', **OFFICES[self.kind]}
        self._write("ingang.conf", text.format(
            imap_url="imaps://127.0.0.1:%d" % self.dovecot.imaps, imap_user=self.user, smtp_url="smtp://127.0.0.1:%d" % self.own.port, smtp_user=SMTP_USER,
            ca=self.shared.ca, store=self.store, **more))

    def deliver(self, *mails):
        self.dovecot.deliver_all(mails, self.user)


class Desk:
    def __init__(self, system, user, kind, people):
        self.people = people
        self.kind = kind
        self.office = DialogueOffice(system, user, kind)
        self.begins = monday()
        self.ahead = (self.begins - datetime.datetime.now(ZONE)).total_seconds()
        self.passed = 0.0            # what the dialogues let pass
        self.secrets = Secrets()
        self.plays, self.owner = [], {}   # ticket: its play
        self.rows = {}               # outbox rows by (Message-ID, recipient)
        self.seen = 0                # mails of the sink that were looked at
        self.stray, self.tickets = [], {}
        self.imap = None

    # --- the daemon ---

    def start(self):
        self.office.env = clock.env(self.ahead + self.passed)
        began = self.office.log().count("event=connected")
        self.office.start()
        self.office.wait(lambda: self.office.log().count("event=connected") > began, "the daemon's connection")

    def office_conf(self):
        """What the config says of staff."""
        return OFFICES[self.kind].get("staff", 'authserv_id = "mx.uni.example";')

    def now(self):
        return datetime.datetime.fromtimestamp(time.time() + self.ahead + self.passed, ZONE)

    def put_ahead(self, passed):
        code = self.office.stop()
        if code != 0:
            raise RigError("the daemon ended with %d" % code)
        self.passed = passed
        self.start()

    def inbox(self):
        if self.imap is None:
            self.imap = self.office.dovecot.session(self.office.user)
        status, data = self.imap.status("INBOX", "(MESSAGES)")
        return int(re.search(rb"MESSAGES (\d+)", data[0]).group(1))

    def ask_store(self, question):
        """The store is looked into where ingangctl would be asked many times a second."""
        if not os.path.exists(self.office.store):
            return []
        store = sqlite3.connect("file:%s?mode=ro" % self.office.store, uri=True, timeout=30)
        try:
            return store.execute(question).fetchall()
        finally:
            store.close()

    def settled(self):
        return self.inbox() == 0 and not self.ask_store(
            "SELECT 1 FROM outbox WHERE state = 'sending' OR state = 'due' AND due <= %d LIMIT 1" % (time.time() + self.ahead + self.passed + 2))

    def settle(self):
        self.office.wait(self.settled, "an empty inbox and an empty outbox")
        self.hand_out()

    # --- whose is what ---

    def hand_out(self):
        """Gives each mail that came out to the dialogue it belongs to."""
        self.find_owners()
        self.rows = {(i, to.lower()): (kind, ticket) for i, to, kind, ticket in self.ask_store("SELECT message_id, recipient, kind, ticket FROM outbox")}
        spool = os.path.join(self.office.sink.directory, "mail")
        names = sorted(n for n in os.listdir(spool) if n.endswith(".eml"))
        fresh, self.seen = names[self.seen:], len(names)
        for name in fresh:
            sunk = SunkMail(os.path.join(spool, name))
            for to in sunk.recipients:
                m = Received(sunk.raw, to, "unknown", None, sunk.sender, sunk)
                m.kind, m.ticket = self.rows.get(((m.message_id or "").strip("<> "), m.to), ("unknown", None))
                play = self.owner.get(m.ticket) or self.owner_by_person(to)
                if play:
                    play.take(m)
                else:
                    self.stray.append(m)

    def find_owners(self):
        for number, subject, addr in self.ask_store("SELECT id, subject, requester_addr FROM ticket"):
            if number not in self.owner:
                self.tickets[number] = {"subject": subject, "requester": {"addr": addr}}
                ids = {"<%s>" % (i or "").strip("<>") for (i,) in self.ask_store("SELECT message_id FROM message WHERE ticket = %d" % number)}
                self.owner[number] = self.owner_by_person(addr) or next((p for p in self.plays if (ids - {"<>"}) & p.sent_ids), None)

    def owner_by_person(self, address):
        return next((p for p in self.plays if address.lower() in p.own_addresses), None)

    # --- the rounds ---

    def run(self):
        """Plays all of .plays; each has .result afterwards."""
        try:
            self.office.start_servers()
            self.start()
            alive = [p for p in self.plays if p.begin()]
            while alive:
                at = min(p.passed for p in alive)
                if at > self.passed:
                    self.put_ahead(at)
                batch = [p for p in alive if p.passed <= self.passed]
                self.office.deliver(*[raw for p in batch for raw in p.outgoing()])
                self.settle()
                for p in batch:
                    p.go_on()
                alive = [p for p in alive if p.result is None]
            return self.last_words()
        finally:
            self.imap = None
            self.office.close()

    def last_words(self):
        """What must hold of the whole office at its end: a list of faults."""
        faults = ["a mail belongs to no dialogue: %s" % m.line() for m in self.stray]
        verify = self.office.ctl_run("verify")
        if verify.returncode != 0:
            faults.append("ingangctl verify: %s%s" % (verify.stdout, verify.stderr))
        code = self.office.stop()
        if code != 0:
            faults.append("the daemon ended with %d" % code)
        faults += ["a sanitizer's report:\n" + text for text in self.office.sanitizer_reports()]
        return faults

