#!/usr/bin/env python3
"""Stopping, reloading, bad configs: what an admin does to the daemon."""
import json
import os
import signal
import sqlite3
import subprocess

from case import BUILD, Case, mail, main


class Control(Case):
    def test_term(self):
        """SIGTERM: the mail in hand is finished, exit code 0; nothing is left running"""
        desk = self.office()
        mails = [mail(n) for n in range(40)]
        desk.deliver(*mails)
        desk.start()
        desk.wait_log("event=opened")
        self.assertEqual(desk.stop(), 0)
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, mails)

    def test_reload_bad(self):
        """SIGHUP with a bad config: every fault is said, the old config goes on"""
        desk = self.office()
        desk.start()
        desk.wait_ready()
        with open(desk.conf_file, encoding="utf-8") as f:
            good = f.read()
        desk._write("ingang.conf", good.replace("languages =", "langauges =").replace('tag = "INT"', "tag = 7"))
        desk.daemon.send_signal(signal.SIGHUP)
        desk.wait_log("error", "reload-refused")
        self.assertLine(desk.log(), "error", "ingang.conf:", "langauges", "languages")
        self.assertLine(desk.log(), "error", "ingang.conf:", "tag")
        desk.deliver(mail(1))
        desk._write("ingang.conf", good)
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        self.assertSettled(desk, [mail(1)])

    def test_reload_good(self):
        """SIGHUP with a good config: the new one counts from then on"""
        desk = self.office()
        desk.start()
        desk.wait_ready()
        desk.write_conf(triage='[ "new-triage@uni.example" ]')
        desk.daemon.send_signal(signal.SIGHUP)
        desk.wait_log("event=reloaded")
        desk.deliver(mail(1, subject="lost scarf", body="Where is my scarf?\n"))
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        self.assertEqual([m.recipients for m in desk.sink.mails() if m.sender], [["new-triage@uni.example"]])

    def test_bad_start(self):
        """a config with ten faults: all ten are named with their lines, exit code 78, nothing is started"""
        desk = self.office()
        with open(desk.conf_file, encoding="utf-8") as f:
            lines = f.read()
        faults = {
            'tag = "INT"': 'tag = "INT 1!"',
            'address = "international@uni.example"': 'address = "international at uni.example"',
            "languages": "langauges",
            'timezone = "Europe/Stockholm"': 'timezone = "Europe/Stokholm"',
            'url = "imaps://': 'url = "imapz://',
            'password_file = "imap.password"': 'password_file = "no-such.password"',
            'members = [ "*@int.uni.example" ]': "members = 7",
            'staff = [ "triage@uni.example" ]': 'staff = [ "triage" ]',
            'kind = "list"': 'kind = "lists"',
            'topic = "triage"; acknowledge': 'topic = "trriage"; acknowledge',
        }
        for good, bad in faults.items():
            self.assertIn(good, lines)
            lines = lines.replace(good, bad)
        desk._write("ingang.conf", lines)
        p = desk.once()
        self.assertEqual(p.returncode, 78, p.stderr)
        where = {bad: next(n for n, line in enumerate(lines.splitlines(), 1) if bad in line) for bad in faults.values()}
        missing = [bad for bad, n in where.items() if "ingang.conf:%d: " % n not in p.stderr]
        self.assertEqual(missing, [], p.stderr)
        self.assertFalse(os.path.exists(desk.store))
        check = desk.ctl_run("check", "--json")
        self.assertNotEqual(check.returncode, 0)
        self.assertGreaterEqual(check.stdout.count('"line"'), 10)

    def test_open_password(self):
        """a password file that others can read is refused, with what to do"""
        desk = self.office()
        os.chmod(os.path.join(desk.directory, "imap.password"), 0o644)
        p = desk.once()
        self.assertEqual(p.returncode, 78, p.stderr)
        self.assertLine(p.stderr, "imap.password", "chmod")

    def test_odd_commands(self):
        """what ingangctl is asked that it cannot do: a clear line and its exit code, never a crash"""
        desk = self.office()
        desk.deliver(mail(1))
        self.assertEqual(desk.once().returncode, 0)
        for code, says, command in (
                (65, "no word to search for", ("search", "")), (65, "no word to search for", ("search", "**", '"')),
                (64, "unknown state 'bogus'", ("outbox", "--state", "bogus")), (64, "unknown status", ("list", "--status", "due")),
                (64, "no number of an outbox row", ("outbox", "drop", "1x")), (65, "there is no ticket", ("show", "99999999999999999999")),
                (65, "the note is empty", ("note", "1", ""))):
            p = desk.ctl_run(*command)
            self.assertEqual((p.returncode, p.stdout), (code, ""), (command, p.stderr))
            self.assertIn(says, p.stderr, command)
        self.assertEqual([row["state"] for row in desk.ctl("outbox", "--state", "sent")], ["sent", "sent"])
        self.assertEqual(desk.ctl_run("note", "1", "--", "--json is", "said").returncode, 0)
        self.assertEqual(desk.show(1)["events"][-1]["what"], "note: --json is said")
        p = subprocess.run([os.path.join(BUILD, "ingangctl"), "--json", "-c", desk.conf_file, "list"], stdout=subprocess.PIPE, encoding="utf-8", timeout=60)
        self.assertEqual((p.returncode, p.stdout.count('"id":1')), (0, 1), p.stdout)

    def test_change_by_hand(self):
        """ingangctl move, assign, note, close: said in the ticket; the new topic's staff get the mail"""
        desk = self.office()
        desk.deliver(mail(1))
        desk.once()
        for command in (("move", "1", "agreements"), ("assign", "1", "bo@int.uni.example"), ("note", "1", "rang dem"), ("close", "1")):
            p = desk.ctl_run(*command)
            self.assertEqual(p.returncode, 0, "%s: %s%s" % (command, p.stdout, p.stderr))
        desk.once()
        ticket = desk.show(1)
        self.assertEqual((ticket["topic"], ticket["owner"], ticket["status"]), ("agreements", "bo@int.uni.example", "closed"))
        self.assertIn("rang dem", str(ticket["events"]))
        self.assertIn("agreements@uni.example", [to for m in desk.sink.mails() for to in m.recipients])

    def test_held(self):
        """a held answer is told by outbox and status, is no trouble, and an admin can send it"""
        desk = self.office()
        desk.deliver(mail(1))
        desk.once()
        with sqlite3.connect(desk.store) as db:
            db.execute("UPDATE outbox SET state = 'held', writer = 'bo@int.uni.example', done = NULL, kind = 'reply' WHERE kind = 'acknowledgement'")
        row, = desk.ctl("outbox", "--state", "held")
        self.assertEqual((row["state"], row["kind"]), ("held", "reply"))
        p = desk.ctl_run("status", "--json")
        self.assertEqual((p.returncode, json.loads(p.stdout)["outbox"]["held"]), (0, 1), p.stdout)
        self.assertLine(desk.ctl_run("status").stdout, "outbox", "1 held")
        self.assertEqual(desk.ctl_run("verify").returncode, 0)
        sent = len(desk.sink.mails())
        desk.once()
        self.assertEqual(len(desk.sink.mails()), sent)
        self.assertEqual(desk.ctl_run("outbox", "retry", str(row["id"])).returncode, 0)
        desk.once()
        self.assertEqual(len(desk.sink.mails()), sent + 1)


if __name__ == "__main__":
    main()
