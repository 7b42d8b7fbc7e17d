#!/usr/bin/env python3
"""Backup while the desk works, restore, and go on: nothing is lost, nothing is done twice."""
import json
import os
import shutil
import stat
import subprocess

from case import BUILD, Case, mail, main


class Backup(Case):
    def backup(self, desk, name):
        path = os.path.join(desk.directory, name)
        p = desk.ctl_run("backup", path, "--json")
        self.assertEqual(p.returncode, 0, p.stdout + p.stderr)
        return path, json.loads(p.stdout)

    def back_into_inbox(self, desk):
        """What an admin does after a restore: every mail from the topics' folders back into the inbox."""
        moved = 0
        folders = [name for name in desk.dovecot.folders(desk.address) if name.startswith("Ingang" + desk.dovecot.separator)]
        with desk.dovecot.session(desk.address) as imap:
            for name in folders:
                moved += int(imap.select('"%s"' % name)[1][0])
                imap.uid("MOVE", "1:*", "INBOX")
        return moved

    def test_restore(self):
        """backed up under load, restored, the mailbox seen again: one ticket a mail, one receipt a ticket, verify finds nothing"""
        desk = self.office(conf={"more": "limits = { answers_per_hour = 100000; };"})
        before, later = [mail(n) for n in range(30)], [mail(n) for n in range(30, 40)]
        desk.start()
        desk.deliver(*before)
        desk.wait_log("event=opened")
        path, told = self.backup(desk, "under-load.db")
        self.assertEqual((stat.S_IMODE(os.stat(path).st_mode), told["ok"]), (0o600, True))
        self.assertEqual(told["history"]["lines"] > 0, told["tickets"] > 0)
        desk.deliver(*later)
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        known = {t["id"] for t in desk.tickets()}
        for name in os.listdir(desk.directory):
            if name.startswith("ingang.db") and not name.endswith(".lock"):
                os.unlink(os.path.join(desk.directory, name))
        shutil.copy(path, desk.store)
        self.assertEqual(desk.ctl_run("verify").returncode, 0)
        kept = {t["id"] for t in desk.tickets()}
        self.assertEqual(len(kept), told["tickets"])
        self.assertEqual(self.back_into_inbox(desk), 40)
        desk.start()
        desk.wait_log("event=restored")
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        p = desk.ctl_run("verify")
        self.assertEqual(p.returncode, 0, p.stdout)
        tickets = desk.tickets()
        self.assertEqual(len(tickets), 40)
        self.assertEqual(sorted(t["requester"]["addr"] for t in tickets), ["p%04d@partner.example" % n for n in range(40)])
        new = {t["id"] for t in tickets} - kept
        self.assertFalse(new & known, "a ticket's number was given twice")
        # what the backup knew as sent or due: no receipt of it goes out a second time, and a forward only with the Message-ID it had
        ids = {}
        for m in desk.sink.mails():
            ids.setdefault(m.message_id, []).append(m)
        for copies in ids.values():
            self.assertTrue(len(copies) == 1 or copies[0].sender, "the receipt %s was sent twice" % copies[0].message_id)
        for t in tickets:
            receipts = [m for m in desk.show(t["id"])["messages"] if m["kind"] == "acknowledgement"]
            self.assertEqual(len(receipts), 1, t)

    def test_restore_settled(self):
        """a backup of a quiet desk, restored: the same mails seen again change nothing and send nothing"""
        desk = self.office(conf={"more": "limits = { answers_per_hour = 100000; };"})
        mails = [mail(n) for n in range(6)]
        desk.deliver(*mails)
        self.assertEqual(desk.once().returncode, 0)
        path, _ = self.backup(desk, "quiet.db")
        sent, tickets = len(desk.sink.mails()), desk.tickets()
        for end in ("", "-wal", "-shm"):
            if os.path.exists(desk.store + end):
                os.unlink(desk.store + end)
        shutil.copy(path, desk.store)
        self.assertEqual(self.back_into_inbox(desk), 6)
        p = desk.once()
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual((len(desk.sink.mails()), desk.tickets()), (sent, tickets))
        self.assertEqual(desk.inbox(), 0)
        self.assertEqual(desk.ctl_run("verify").returncode, 0)

    def test_refused(self):
        """a file that is there is not written over; verify --line finds a history that was written anew"""
        desk = self.office()
        desk.deliver(mail(1))
        self.assertEqual(desk.once().returncode, 0)
        path, told = self.backup(desk, "a.db")
        for args, code in (((path,), 65), ((desk.conf_file, "--force"), 65), ((desk.store, "--force"), 65), (("/no/such/a.db",), 65), ((), 64), ((path, "b"), 64)):
            p = desk.ctl_run("backup", *args)
            self.assertEqual((p.returncode, p.stdout), (code, ""), (args, p.stderr))
        self.assertEqual(desk.ctl_run("backup", path, "--force").returncode, 0)
        noted = "%d:%s" % (told["history"]["lines"], told["history"]["hash"])
        self.assertEqual(desk.ctl_run("verify", "--line", noted).returncode, 0)
        self.assertEqual(desk.ctl_run("verify", "--line", "7").returncode, 64)
        # somebody with the right to write reckons the whole chain anew
        db = desk.store
        subprocess.run([os.path.join(BUILD, "ingangctl"), "-c", desk.conf_file, "note", "1", "later"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.rewrite(db)
        self.assertEqual(desk.ctl_run("verify").returncode, 0)
        p = desk.ctl_run("verify", "--line", noted)
        self.assertEqual(p.returncode, 1)
        self.assertLine(p.stdout, "broken", "not the one that was noted")

    def rewrite(self, path):
        """Forges the first line and reckons all hashes anew, as include/store/chain.h says."""
        import hashlib
        import sqlite3
        with sqlite3.connect(path) as db:
            last = b""
            for id, ticket, time, actor, what in db.execute("SELECT id, ticket, time, actor, what FROM event ORDER BY id").fetchall():
                what = "forged" if not last else what
                head = "%d %d %d %d\n" % (ticket, time, len(actor.encode()), len(what.encode()))
                last = hashlib.sha256(last + head.encode() + actor.encode() + what.encode()).digest()
                db.execute("UPDATE event SET what = ?, hash = ? WHERE id = ?", (what, last, id))


if __name__ == "__main__":
    main()
