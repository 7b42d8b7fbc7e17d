"""The ground of the tortures: an office that is new in an instant, six mails in its inbox, and a look at the end of each case."""
import collections
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "e2e")]

from case import mail  # noqa: E402
from endstate import faults  # noqa: E402
from rig import clock  # noqa: E402
from rig.office import BUILD, Office  # noqa: E402
from rig.process import server_user  # noqa: E402

making = threading.Lock()
INGANGD = os.path.join(BUILD, "ingangd")


class NotHere(Exception):
    """This machine has not what it takes; why."""


def tool(name, *flags):
    """A tool of this folder, compiled when it is not there yet; *.so is a library to preload."""
    source, made = os.path.join(HERE, name.split(".")[0] + ".c"), os.path.join(BUILD, "torture", name)
    with making:
        if not os.path.exists(made) or os.path.getmtime(made) < os.path.getmtime(source):
            os.makedirs(os.path.dirname(made), exist_ok=True)
            fresh = "%s.%d" % (made, os.getpid())
            shared = ["-shared", "-fPIC"] if name.endswith(".so") else []
            subprocess.run((os.environ.get("CC") or "cc").split() + ["-std=gnu11", "-O1", "-g", "-o", fresh, source, *shared, *flags], check=True)
            os.rename(fresh, made)
    return made


def sanitized():
    """Does the daemon bring its own allocator (SAN=1)?"""
    with open(INGANGD, "rb") as f:
        return b"__asan_init" in f.read()


def six():
    """Mails of several sizes and shapes."""
    html = mail(3, MIME_Version="1.0").replace(b"text/plain", b"text/html").replace(b"Dear colleagues,", b"<p>Dear colleagues,</p>")
    return [mail(1), mail(2, body="Hej,\n\njag undrar om utbyte.\n\n" + "En rad till om utbyte.\n" * 300), html.replace(b"MIME-Version: 1.0\n", b"", 1),
            mail(4, body="Bilaga\n" + ("x" * 70 + "\n") * 1500), mail(5, subject="Housing"), mail(6, subject="lost scarf", body="I forgot my scarf.\n")]


class Ground(Office):
    """An office for many cases, one after the other."""

    def __init__(self, **keywords):
        more = "limits = { answers_per_hour = 100000; };"
        super().__init__(conf={"more": more, **keywords.pop("conf", {})}, **keywords)
        self.page = os.path.join(self.directory, "page")

    def renew(self, mails):
        """No store, nothing sent, and these mails in the inbox."""
        for name in os.listdir(self.directory):
            if name.startswith("ingang.db"):
                os.unlink(os.path.join(self.directory, name))
        box = os.path.join(self.dovecot.mail, self.address)
        shutil.rmtree(box, ignore_errors=True)
        for name in ("", "cur", "new", "tmp"):
            os.makedirs(os.path.join(box, name))
        for i, raw in enumerate(mails):
            with open(os.path.join(box, "new", "%d.M%dP1.torture" % (1700000000 + i, i)), "wb") as f:
                f.write(raw)
        if os.getuid() == 0:
            user = server_user()
            for folder, _, files in os.walk(box):
                for path in [folder] + [os.path.join(folder, f) for f in files]:
                    os.chown(path, user.pw_uid, user.pw_gid)
        spool = os.path.join(self.sink.directory, "mail")
        for name in os.listdir(spool):
            os.unlink(os.path.join(spool, name))

    def run(self, before=(), env=None, limit=120):
        """ingangd --once: the finished process."""
        return subprocess.run(list(before) + [INGANGD, "-c", self.conf_file, "--once"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", errors="replace", timeout=limit, env=env)

    def faulty(self, what, role="all", first=0, times=1, errno=0):
        """The environment for a run under fault.so; .counts() tells afterwards."""
        with open(self.page, "wb") as f:
            f.write(bytes(16))
        return dict(os.environ, LD_PRELOAD=tool("fault.so", "-ldl"), INGANG_FAULT="%s %s %s %d %d %d" % (self.page, what, role, first, times, errno))

    def counts(self):
        """(calls, failures)"""
        with open(self.page, "rb") as f:
            return struct.unpack("ll", f.read(16))

    def at_rest(self, mails, duplicates, ahead=0):
        """What is wrong after a clean run, `ahead` seconds from now."""
        p = self.run(env=clock.env(ahead) if ahead else None)
        if p.returncode != 0:
            return ["the next run ends with %d: %s" % (p.returncode, p.stderr.strip().splitlines()[-1:])]
        return faults(self, mails, duplicates) + list(self._copies())

    def none_lost(self, mails, ahead=0, code=(0,)):
        """The same where the mails' own names may be unknown, because nobody could read them."""
        p = self.run(env=clock.env(ahead) if ahead else None)
        wrong = [] if p.returncode in code else ["the next run ends with %d: %s" % (p.returncode, p.stderr.strip().splitlines()[-1:])]
        kept, = self.rows("SELECT count(*) FROM message JOIN raw ON raw.message = message.id")[0]
        filed = sum(map(len, self.filed().values()))
        if (kept, filed, self.inbox()) != (len(mails), len(mails), 0):
            wrong.append("of %d mails %d are kept, %d are filed, and %d are in the inbox" % (len(mails), kept, filed, self.inbox()))
        verify = self.ctl_run("verify")
        return wrong + ([verify.stdout + verify.stderr] if verify.returncode else []) + list(self._copies())

    def _copies(self):
        """However often it is cut short once: a receipt goes out once, anything else twice at most."""
        copies = collections.Counter((m.message_id, to, m.sender == "") for m in self.sink.mails() for to in m.recipients)
        for (i, to, receipt), n in copies.items():
            if n > (1 if receipt else 2):
                yield "%s came to %s %d times" % (i, to, n)

    # --- what the end is judged by: straight from the store, for ingangctl reads the whole config each time ---

    def rows(self, query):
        db = sqlite3.connect("file:%s?mode=ro" % self.store, uri=True)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    def tickets(self):
        return [{"id": n} for n, in self.rows("SELECT id FROM ticket ORDER BY id")]

    def show(self, ticket):
        topic, = self.rows("SELECT topic FROM ticket WHERE id = %d" % ticket)[0]
        ids = self.rows("SELECT m.message_id FROM message m WHERE m.ticket = %d" % ticket)
        return {"topic": topic, "messages": [{"direction": "in", "message_id": i} for i, in ids]}

    def outbox(self):
        names = ("id", "kind", "message_id", "state", "error")
        return [dict(zip(names, row[:-1]), to=[row[-1]]) for row in self.rows("SELECT %s, recipient FROM outbox" % ", ".join(names))]
