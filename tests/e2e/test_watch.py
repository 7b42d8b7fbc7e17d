#!/usr/bin/env python3
"""What the desk tells of itself: is every mail accounted for, does it work, is it alive."""
import json
import os
import sqlite3

from case import Case, mail, main
from rig import clock


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


if __name__ == "__main__":
    main()
