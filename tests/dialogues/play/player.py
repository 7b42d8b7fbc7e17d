"""Plays one dialogue: what people do becomes mail, and what comes back is held against what the file says."""
import datetime
import os
import re
import time
import traceback

from . import actions, expectations, scan
from .received import excerpt, token_of
from .script import Mismatch, ScriptFault

ROBOT_MOST = 30  # mails that a machine answers before it counts as endless
PATIENCE = float(os.environ.get("INGANG_PATIENCE", "8"))  # how long a mail may take that no mail of ours calls forth (timers)


class Play:
    def __init__(self, desk, dialogue, marker):
        self.desk, self.dialogue, self.marker = desk, dialogue, marker
        self.passed = 0.0
        self.result = None           # "" when all went well, else what is wrong
        self.seconds = 0.0
        self.sent_ids, self.serial = set(), 0
        self.news, self.mails = [], []     # Received: since the last action; all, what people wrote too
        self.faults = []
        self.pending, self.steps = [], None
        self.robots = {}             # address: what answers there by itself
        self.timers = False
        self.robot_turns = 0
        self.people = self.cast()
        self.own_addresses = {a for p in self.people if p.role == "outside" for a in p.addresses}
        for p in self.people:
            if p.role in ("staff",):
                self.desk.secrets.addresses.update({a: p.name for a in p.addresses})

    # --- who is who ---

    def cast(self):
        """The cast's people and the dialogue's own; those from outside get addresses that are this dialogue's alone."""
        own = {p.first for p in self.dialogue.people}
        people = [p for p in self.desk.people if p.first not in own or p.role != "outside"] + self.dialogue.people
        made = []
        for p in people:
            if p.role == "outside":
                local, _, domain = p.address.partition("@")
                p = p.copy(address="%s.%s@%s" % (local, self.marker, domain))
            made.append(p)
        return made

    def person(self, name):
        name = name.strip()
        for p in reversed(self.people):
            if name in (p.name, p.first) or name.lower() in p.addresses:
                return p
        raise ScriptFault("nobody is called '%s'" % name)

    def is_person(self, name):
        try:
            return bool(self.person(name))
        except ScriptFault:
            return False

    def staff(self, address):
        return any(address.lower() in p.addresses for p in self.people if p.role in ("staff", "group"))

    def staff_addresses(self):
        return {a for p in self.people if p.role in ("staff", "group") for a in p.addresses}

    # --- tickets ---

    def numbers(self):
        return sorted(n for n, play in self.desk.owner.items() if play is self)

    def number(self, which):
        numbers = self.numbers()
        if not 1 <= which <= len(numbers):
            raise Mismatch("there is no ticket %d: there are %d" % (which, len(numbers)))
        return numbers[which - 1]

    def show(self, which):
        return self.desk.office.show(self.number(which))

    # --- text ---

    def fill(self, text):
        """{Anna}: her address; {1}: the number of the first ticket; {today +3}; {id of MAIL}; {token of MAIL}. What is none of these stays."""
        def one(m):
            word = m.group(1)
            if re.fullmatch(r"\d", word):
                return "%d" % self.number(int(word))
            day = re.fullmatch(r"today(?: ?([+-] ?\d+))?", word)
            if day:
                return (self.desk.now() + datetime.timedelta(days=int((day.group(1) or "0").replace(" ", "")))).strftime("%Y-%m-%d")
            if word.startswith("id of "):
                return self.find(None, word[6:]).message_id or ""
            if word.startswith("token of "):
                return token_of(self.find(None, word[9:]))
            return self.person(word).address if self.is_person(word) else m.group(0)
        return re.sub(r"\{([^{}\n]{1,60})\}", one, text)

    # --- mails ---

    def take(self, m):
        """A mail that the desk sent to somebody of this dialogue."""
        self.news.append(m)
        self.mails.append(m)
        self.faults += ["%s: %s" % (m.line(), fault) for fault in scan.form(m)]
        outside = not self.staff(m.to)
        if outside:
            given = m.kind in ("question", "forward", "handover")
            asked = any(m.to in p.addresses for p in self.people if p.role == "division")
            self.faults += ["%s: %s" % (m.line(), fault) for fault in self.desk.secrets.leaks(m, self.marker, self.staff_addresses(), given, asked)]
        for token in m.tokens():
            self.desk.secrets.tokens.setdefault(token, m.to)
        robot = self.robots.get(m.to)
        if robot and self.robot_turns == ROBOT_MOST:
            self.faults.append("a machine still gets mail after it has answered %d" % ROBOT_MOST)
        if robot and self.robot_turns < ROBOT_MOST:
            self.pending.append(robot(m))
            self.robot_turns += 1

    def find(self, who, words):
        """The mail that these words mean, as `who` sees it (None: anybody)."""
        return actions.find_mail(self, who, words)

    # --- the course of things ---

    def begin(self):
        began = time.monotonic()
        self.steps = self.course()
        self.go_on()
        self.seconds += time.monotonic() - began
        return self.result is None

    def go_on(self):
        """Until there is something to deliver, or time has to pass, or the end."""
        if self.result is not None:
            return
        try:
            next(self.steps)
        except StopIteration:
            self.result = ""
        except (Mismatch, ScriptFault) as e:
            self.result = "%s\n%s" % (e, self.story())
        except Exception:  # a fault of the player's own: shown as such, for this dialogue alone
            self.result = "%s\n%s" % (traceback.format_exc(), self.story())

    def outgoing(self):
        mails, self.pending = self.pending, []
        return mails

    def course(self):
        for step in self.dialogue.steps:
            try:
                action = actions.find(step.words)
                if action:
                    self.leftovers()
                    self.news, self.timers = [], False
                    for _ in action(self, step) or ():
                        yield
                    while self.pending:
                        yield
                    self.say_faults()
                else:
                    until = time.monotonic() + PATIENCE
                    while True:
                        try:
                            expectations.check(self, step)
                            break
                        except Mismatch:
                            if not self.timers or time.monotonic() > until:
                                raise
                            time.sleep(0.1)
                            yield
            except (Mismatch, ScriptFault) as e:
                raise type(e)("%s: %s\n  %s" % (step.where, step.words, e))
        self.leftovers()
        self.say_faults()

    def say_faults(self):
        if self.faults:
            raise Mismatch("\n  ".join(["of the mails that came:"] + self.faults))

    def leftovers(self):
        """Somebody from outside has got a mail that the file does not speak of."""
        for m in self.news:
            if not m.used and not self.staff(m.to) and m.to not in self.robots:
                raise Mismatch("a mail that the file does not tell of: %s\n%s" % (m.line(), excerpt(m)))

    def story(self):
        lines = ["--- what was written and what came"]
        lines += ["  %s%s" % (("%s wrote: " % m.writer.name) if m.kind == "written" else "", m.line()) for m in self.mails]
        for which, number in enumerate(self.numbers(), 1):
            try:
                t = self.desk.office.show(number)
            except Exception as e:
                lines.append(str(e))
                continue
            lines.append("--- ticket %d (INT-%d): %s, %s, owner %s, from %s" % (which, number, t["status"], t["topic"], t["owner"], (t["requester"] or {}).get("addr")))
            lines += ["  %s: %s" % (e["actor"], e["what"]) for e in t["events"]]
        marks = ["<%s" % i.strip("<>") for i in self.sent_ids] + [i.strip("<>") for i in self.sent_ids]
        lines.append("--- the daemon's words about it")
        lines += ["  " + line[:300] for line in self.desk.office.log().splitlines() if any(m in line for m in marks) or any("INT-%d " % n in line for n in self.numbers())][-40:]
        return "\n".join(lines)
