"""An office for a test: a private mail system, a config, and the programs under test, all in one temporary folder."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from .dovecot import PASSWORD
from .mailsystem import MailSystem
from .process import LIMIT, RigError, tail, wait_until
from .sink import PASSWORD as SMTP_PASSWORD, USER as SMTP_USER

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
EXAMPLES = os.path.join(TOP, "examples")
ADDRESS = "international@uni.example"

CONF = """
office = {{
    name = "Avdelningen för internationalisering";
    address = "{address}";
    tag = "{tag}";
    aliases = {aliases};
    languages = [ "sv", "en" ];
    internal = [ "{domain}" ];
    timezone = "Europe/Stockholm";
}};
imap = {{
    url = "{imap_url}";
    user = "{imap_user}";
    {imap_login}
    ca_file = "{imap_ca}";
    {imap_more}
}};
smtp = {{
    url = "{smtp_url}";
    {smtp_login}
    ca_file = "{smtp_ca}";
}};
store = {{ path = "{store}"; }};
staff = {{ members = [ "*@int.{domain}" ]; {staff_more} }};
triage = {{ staff = {triage}; }};
@include "topics.conf"
{rules}
{more}
"""
RULES = """rules = ( { name = "newsletters"; when = { kind = "list"; }; topic = "triage"; acknowledge = false; } );"""


class Office:
    """Use it with `with`: everything is stopped and removed at its end. Keywords: those of MailSystem, and `conf` with fields of CONF;
    `guest_of`: another office, on whose mail system this one is."""

    opened = set()  # for whoever has to end all of them in a hurry

    def __init__(self, conf=None, start=True, guest_of=None, **system):
        Office.opened.add(self)
        self.directory = tempfile.mkdtemp(prefix="ingang-")
        os.chmod(self.directory, 0o755)
        self.system = guest_of.system if guest_of else MailSystem(os.path.join(self.directory, "ms"), **system)
        self.is_guest = bool(guest_of)
        self.dovecot = self.system.dovecot
        self.conf_file = os.path.join(self.directory, "ingang.conf")
        self.store = os.path.join(self.directory, "ingang.db")
        self.log_file = os.path.join(self.directory, "daemon.log")
        self.daemon = None
        self.env = None  # of the programs; None: ours
        self.before = []  # what stands before the daemon's command
        self.said = []
        self.changes = dict(conf or {})
        self.domain = self.changes.get("domain", "uni.example")
        self.address = self.changes.get("address", "international@" + self.domain)
        self.at_end = []  # what else is to be closed, first of all
        if start:
            try:
                self.start_servers()
            except BaseException:
                self.close()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def stop_all(self):
        if self.daemon:
            self.kill_all()
        if not self.is_guest:
            self.system.stop()

    def close(self):
        Office.opened.discard(self)
        for close in self.at_end:
            close()
        self.stop_all()
        if os.environ.get("INGANG_KEEP"):
            print("# kept for a look: %s" % self.directory)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def sink(self):
        return self.system.smtp

    # --- set-up ---

    def start_servers(self):
        if not self.is_guest:
            self.system.start()
        self.write_conf()
        with open(os.path.join(TOP, "etc", "topics.conf"), encoding="utf-8") as f:
            self._write("topics.conf", f.read().replace("@uni.example", "@" + self.domain))

    def write_conf(self, **changes):
        """Writes the config anew with these fields of CONF changed, for good."""
        self.changes.update(changes)
        smtp = self.system.smtp
        fields = {
            "address": self.address, "imap_url": "imaps://127.0.0.1:%d" % self.dovecot.imaps, "imap_user": self.address, "imap_ca": self.system.ca, "imap_more": "",
            "imap_login": 'password_file = "imap.password";',
            "smtp_url": "%s://127.0.0.1:%d" % ("smtps" if self.system.smtp_tls else "smtp", smtp.port if smtp else 1),
            "smtp_login": 'user = "%s"; password_file = "smtp.password";' % SMTP_USER, "smtp_ca": self.system.ca, "store": self.store,
            "tag": "INT", "domain": self.domain, "aliases": '[ "int-office@%s" ]' % self.domain, "staff_more": "",
            "triage": '[ "triage@%s" ]' % self.domain, "rules": RULES, "more": "",
            "imap_password": PASSWORD, "smtp_password": SMTP_PASSWORD}
        fields.update(self.changes)
        for name in ("imap", "smtp"):
            self._write(name + ".password", fields[name + "_password"] + "\n")
        self._write("ingang.conf", CONF.format(**fields))

    def _write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(os.open(path + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(text)
        os.rename(path + ".tmp", path)

    # --- mail in ---

    def deliver(self, *mails):
        self.dovecot.deliver_all(mails, self.address)

    def inbox(self):
        return self.dovecot.count(self.address)

    def filed(self):
        """{topic: [raw, …]}: what lies below Ingang/."""
        separator = self.dovecot.separator
        return {name.split(separator, 1)[1]: mails for name, mails in self.dovecot.all_mails(self.address).items()
                if name.startswith("Ingang" + separator)}

    # --- the programs ---

    def once(self, limit=None, preexec=None, program=None):
        """ingangd --once, to its end: .returncode, .stderr (the log)."""
        return subprocess.run([program or os.path.join(BUILD, "ingangd"), "-c", self.conf_file, "--once"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", errors="replace", timeout=limit or 4 * LIMIT, preexec_fn=preexec,
                              env=self.env)

    def start(self, *args):
        """The daemon, in a session of its own; its log goes on in .log_file."""
        with open(self.log_file, "a") as log:
            self.daemon = subprocess.Popen(self.before + [os.path.join(BUILD, "ingangd"), "-c", self.conf_file] + list(args), stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=log, start_new_session=True, env=self.env)

    def wait_ready(self):
        """Until it has looked into the inbox and waits for more."""
        self.wait_log("connected")

    def pids(self):
        """Every living process of the daemon, the supervisor first."""
        if not self.daemon:
            return []
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open("/proc/%s/stat" % name) as f:
                        fields = f.read().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                if int(fields[3]) == self.daemon.pid and fields[0] != "Z":
                    found.append(int(name))
        return sorted(found, key=lambda pid: (pid != self.daemon.pid, pid))

    def kill_all(self):
        """What a power cut does to the processes."""
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.daemon.wait()
        wait_until(lambda: not self.pids(), "the end of the killed processes")
        self.daemon = None

    def stop(self):
        """SIGTERM; the exit code."""
        self.daemon.send_signal(signal.SIGTERM)
        try:
            code = self.daemon.wait(LIMIT)
        except subprocess.TimeoutExpired:
            raise RigError("the daemon does not end on SIGTERM:\n" + tail(self.log_file))
        wait_until(lambda: not self.pids(), "the end of the daemon's processes")
        self.daemon = None
        return code

    def log(self):
        try:
            with open(self.log_file, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def wait_log(self, *words, limit=None):
        """Waits for a line of the log with all the words; returns it."""
        def look():
            return next((line for line in self.log().splitlines() if all(w in line for w in words)), None)
        return self.wait(look, "a line in the log with %s" % " and ".join(words), limit)

    def wait(self, condition, what, limit=None):
        """Like wait_until, but gives up at once when the daemon is gone, and shows its log."""
        daemon = self.daemon

        def look():
            value = condition()
            if not value and daemon and self.daemon is daemon and daemon.poll() is not None:
                raise RigError("the daemon ended with %d:\n%s" % (daemon.returncode, tail(self.log_file)))
            return value
        try:
            return wait_until(look, what, limit)
        except RigError as e:
            raise RigError("%s\n%s" % (e, tail(self.log_file))) if "waited" in str(e) else e

    def ctl_run(self, *args):
        p = subprocess.run([os.path.join(BUILD, "ingangctl"), "-c", self.conf_file] + list(args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, encoding="utf-8", timeout=4 * LIMIT, env=self.env)
        self.said.append(p.stderr)
        return p

    def sanitizer_reports(self):
        """What ASan or UBSan said in any of our programs so far (SAN=1 builds)."""
        return [text for text in self.said + [self.log()] if "Sanitizer" in text or "runtime error:" in text]

    def ctl(self, *args):
        """The JSON objects that `ingangctl … --json` prints."""
        p = self.ctl_run(*args, "--json")
        if p.returncode != 0:
            raise RigError("ingangctl %s: exit code %d\n%s%s" % (" ".join(args), p.returncode, p.stdout, p.stderr))
        return [json.loads(line) for line in p.stdout.splitlines()]

    def tickets(self):
        return sorted(self.ctl("list"), key=lambda t: t["id"])

    def show(self, ticket):
        return self.ctl("show", str(ticket))[0]

    def outbox(self):
        return self.ctl("outbox")

    def settled(self):
        """Nothing waits: the inbox is empty, and what the outbox holds has gone out or failed for good."""
        return os.path.exists(self.store) and self.inbox() == 0 and all(row["state"] != "due" for row in self.outbox())

    def wait_settled(self, limit=None):
        self.wait(self.settled, "an empty inbox and an empty outbox", limit)


def example(name):
    with open(os.path.join(EXAMPLES, "mails", name), "rb") as f:
        return f.read()


def expectations():
    """examples/expect.tsv as a list of dicts, in the order of the mails."""
    with open(os.path.join(EXAMPLES, "expect.tsv"), encoding="utf-8") as f:
        lines = f.read().splitlines()
    keys = lines[0].lstrip("# ").split("\t")
    return [dict(zip(keys, line.split("\t"))) for line in lines[1:] if line]
