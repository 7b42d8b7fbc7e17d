#!/usr/bin/env python3
"""What the desk tells of itself: is every mail accounted for, does it work, is it alive."""
import fcntl
import json
import os
import pty
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import termios

from case import BUILD, Case, mail, main
from rig import clock
from rig.process import LIMIT


class Watch(Case):
    def status(self, desk):
        p = desk.ctl_run("status", "--json")
        return p.returncode, json.loads(p.stdout)

    def refuse(self, desk, yes):
        """A store that cannot keep mail number 2, for a reason of its own."""
        with sqlite3.connect(desk.store) as db:
            db.execute("CREATE TRIGGER no BEFORE INSERT ON message WHEN new.subject LIKE '%no. 2' BEGIN SELECT RAISE(ABORT, 'not this one'); END"
                       if yes else "DROP TRIGGER no")

    def test_reconciled(self):
        """a mail that cannot be kept is told of; one that leaves the inbox untaken is named, in the log and by status; then all is well"""
        desk = self.office()
        desk.deliver(mail(1))
        p = desk.once()
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertLine(p.stderr, "event=reconciled", "mails=1", "unexplained=0", "aside=0")
        self.assertNotIn("reconciled", desk.once().stderr)  # once a day
        desk.env = clock.env(24 * 3600)
        self.assertLine(desk.once().stderr, "event=reconciled", "mails=1", "unexplained=0")
        self.refuse(desk, True)
        desk.deliver(mail(2), mail(3))
        self.assertEqual(desk.once().returncode, 75)
        code, told = self.status(desk)
        self.assertEqual((code, told["inbox"]["mails"], len(told["inbox"]["aside"]), told["inbox"]["unexplained"]), (1, 2, 1, []), told)
        self.assertLine(desk.ctl_run("status").stdout, "could not be taken in")
        with desk.dovecot.session(desk.address) as imap:  # somebody deletes it meanwhile
            imap.select("INBOX")
            self.assertEqual(imap.uid("SEARCH", "ALL")[1][0].split(), [b"2"])
            imap.uid("STORE", "2", "+FLAGS", "\\Deleted")
            imap.expunge()
        p = desk.once()
        self.assertLine(p.stderr, "error", "event=unexplained", "uid=2", "left the inbox")
        self.assertLine(p.stderr, "error", "event=reconciled", "mails=2", "unexplained=1", "aside=0")
        code, told = self.status(desk)
        self.assertEqual((code, [u["uid"] for u in told["inbox"]["unexplained"]], told["inbox"]["aside"]), (1, [2], []))
        self.assertLine(desk.ctl_run("status").stdout, "UID 2, since")
        self.refuse(desk, False)
        desk.env = clock.env(9 * 24 * 3600)
        p = desk.once()
        self.assertLine(p.stderr, "event=reconciled", "unexplained=0")
        self.assertEqual(self.status(desk)[0], 0)

    def test_nobody_looks(self):
        """status says so when nobody has looked into the inbox for long, and what is to be done about what waits"""
        desk = self.office()
        desk.deliver(mail(1))
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual(self.status(desk)[0], 0)
        desk.env = clock.env(3600)
        code, told = self.status(desk)
        self.assertEqual((code, len(told["trouble"])), (1, 1), told)
        self.assertIn("does ingangd run?", told["trouble"][0])

    def metrics(self, desk):
        """{series: value}, {} where there is no file."""
        try:
            with open(os.path.join(desk.directory, "ingang.prom")) as f:
                return {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in f if not line.startswith("#")}
        except FileNotFoundError:
            return {}

    def test_metrics(self):
        """metrics.file: written by the daemon and anew when it is told to begin or to stop; a folder that is gone stops no mail"""
        desk = self.office()
        with_metrics = 'metrics = { file = "%s/ingang.prom"; };' % desk.directory
        desk.start()
        desk.deliver(mail(1))
        desk.wait_settled()
        self.assertEqual((self.metrics(desk), len(desk.pids())), ({}, 5))
        desk.write_conf(more=with_metrics)
        desk.daemon.send_signal(signal.SIGHUP)
        told = desk.wait(lambda: self.metrics(desk), "the figures")
        self.assertEqual((told["ingang_store_rows{table=\"message\"}"], told["ingang_outbox_mails{state=\"sent\"}"], told["ingang_inbox_unexplained"]), (1, 2, 0))
        self.assertEqual((told["ingang_tickets{topic=\"mobility\",status=\"open\"}"], told["ingang_failing{side=\"imap\"}"]), (1, 0))
        self.assertGreater(told["ingang_last_success_timestamp_seconds{side=\"smtp\"}"], 0)
        desk.write_conf(more="")
        desk.daemon.send_signal(signal.SIGHUP)
        desk.wait(lambda: len([1 for pid in desk.pids() if self.name(pid) == "metrics"]) == 0, "the end of the figures")
        desk.deliver(mail(2))
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        desk.write_conf(more='metrics = { file = "%s/sub/ingang.prom"; };' % desk.directory)
        os.mkdir(os.path.join(desk.directory, "sub"))
        desk.start()
        desk.wait(lambda: desk.log().count("event=started") == 2, "the daemon's start")
        os.rename(os.path.join(desk.directory, "sub"), os.path.join(desk.directory, "gone"))
        desk.deliver(mail(3))
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        desk.write_conf(more=with_metrics)
        desk.deliver(mail(4))
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual(self.metrics(desk)["ingang_store_rows{table=\"message\"}"], 4)

    def name(self, pid):
        try:
            with open("/proc/%d/comm" % pid) as f:
                return f.read().strip()
        except OSError:
            return ""

    def processes(self, desk):
        return {self.name(pid): pid for pid in desk.pids()}

    def turns(self, pid):
        """How often a process has waited for something so far."""
        with open("/proc/%d/status" % pid) as f:
            return next(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt_switches"))

    def drain(self, heard):
        """What was told to systemd and not yet heard."""
        said = []
        heard.setblocking(False)
        try:
            while True:
                said.append(heard.recv(4096).decode())
        except BlockingIOError:
            return said
        finally:
            heard.settimeout(LIMIT)

    def test_watchdog(self):
        """systemd's watchdog is fed while all make progress; who stands still is replaced, and until then it is not fed"""
        desk = self.office()
        steady = os.path.join(desk.directory, "steady")
        with open(steady, "wb") as f:
            f.write(struct.pack("=q", 0))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(os.path.join(desk.directory, "notify"))
            heard.settimeout(LIMIT)
            desk.env = dict(clock.env(0), INGANG_STEADY_FILE=steady, NOTIFY_SOCKET=heard.getsockname(), WATCHDOG_USEC="2000000")
            desk.start()
            desk.wait_ready()
            self.assertIn("READY=1", heard.recv(4096).decode())
            self.assertEqual({heard.recv(4096).decode() for _ in range(3)}, {"WATCHDOG=1"})
            there = self.processes(desk)
            os.kill(there["intake"], signal.SIGSTOP)
            supervisor = desk.daemon.pid
            os.kill(supervisor, signal.SIGSTOP)
            with open(steady, "r+b") as f:
                f.write(struct.pack("=q", 700))  # longer than anybody may stand still
            moved = self.turns(there["courier"])
            desk.wait(lambda: self.turns(there["courier"]) >= moved + 2, "signs of life of the courier, by the new clock")
            self.drain(heard)
            os.kill(supervisor, signal.SIGCONT)
            desk.wait_log("child-killed", "child=intake", "no progress")
            desk.wait(lambda: desk.log().count("event=connected") == 2, "another intake")
            self.assertNotIn("child=courier", desk.log())
            self.drain(heard)
            self.assertEqual(heard.recv(4096), b"WATCHDOG=1")
            # a stopped supervisor feeds nothing, however well the others work
            os.kill(supervisor, signal.SIGSTOP)
            desk.wait(lambda: self.state(supervisor) == "T", "a stopped supervisor")
            self.drain(heard)
            desk.deliver(mail(1))
            moved = self.turns(self.processes(desk)["courier"])
            desk.wait(lambda: self.turns(self.processes(desk)["courier"]) >= moved + 2, "work of the others")
            self.assertEqual(self.drain(heard), [])
            os.kill(supervisor, signal.SIGCONT)
            desk.wait_settled()
            self.assertEqual(desk.stop(), 0)

    def state(self, pid):
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0]

    def test_slow_reader(self):
        """`ingangctl list | less`, `show`, `outbox`: while nobody reads on, the store is free: its WAL can be emptied"""
        desk = self.office()
        desk.deliver(mail(1))
        self.assertEqual(desk.once().returncode, 0)
        with sqlite3.connect(desk.store) as db:
            db.execute("WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO ticket (status, confidence, subject,"
                       " requester_name, requester_addr, internal, created, updated) SELECT 'open', 0, 'x', '', '', 0, 1, 1 FROM n")
        with subprocess.Popen([os.path.join(BUILD, "ingangctl"), "-c", desk.conf_file, "list"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as p:
            try:
                self.assertTrue(p.stdout.read(1))  # it has begun to print, and waits: a pipe holds 64 KiB
                with sqlite3.connect(desk.store, isolation_level=None) as db:
                    db.execute("UPDATE ticket SET updated = 2")
                    self.assertEqual(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0], 0, "the store is held")
                self.assertIsNone(p.poll())
                self.assertEqual(p.stdout.read().count(b"\n"), 5002)
            finally:
                p.kill()

    def test_width(self):
        """long lines are broken between words at the terminal's width, at 80 where there is none"""
        desk = self.office()
        desk.deliver(mail(1, body="word " * 60 + "\n\n  a table    stays\n" + "x" * 100 + "\n"))
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual(desk.ctl_run("note", "1", "a note of many words " * 12).returncode, 0)
        eml = os.path.join(desk.directory, "m.eml")
        with open(eml, "wb") as f:
            f.write(mail(1))
        for command in (("show", "1"), ("classify", "--explain", eml), ("status",)):
            for width in (None, 60, 132):
                if width:
                    code, text = in_terminal(desk, command, width)
                else:
                    p = desk.ctl_run(*command)
                    code, text = p.returncode, p.stdout
                lines = [re.sub("\033\\[[0-9;]*m", "", line) for line in text.splitlines()]
                self.assertEqual(code, 0, text)
                for line in lines:
                    self.assertTrue(len(line) <= (width or 80) or " " not in line.strip() or command[0] == "classify" and line.startswith(desk.directory), (command, line))
                if command[0] == "show":
                    self.assertIn("      a table    stays", lines)
                    self.assertIn("    " + "x" * 100, lines)
                    self.assertEqual(" ".join(text.split()).count("a note of many words"), 12)


def in_terminal(desk, command, width):
    """A command's exit code and output on a terminal of so many columns."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    p = subprocess.Popen([os.path.join(BUILD, "ingangctl"), "-c", desk.conf_file] + list(command), stdin=subprocess.DEVNULL, stdout=its, stderr=its)
    os.close(its)
    text = b""
    try:
        while True:
            text += os.read(ours, 65536)
    except OSError:  # EIO: its end
        os.close(ours)
    return p.wait(), text.decode()


if __name__ == "__main__":
    main()
