#!/usr/bin/env python3
"""What goes wrong around us: each a clear line that says what to do, and nothing lost."""
import os
import resource
import signal
import sqlite3
import subprocess

from case import Case, mail, main, wait_until
from rig.process import free_ports


class Account(Case):
    """The mailbox or its server cannot be used: exit code 75 or 78 and a line that says so; later all is taken in."""

    def refused(self, words, codes=(75,), **changes):
        desk = self.office()
        desk.deliver(mail(1))
        desk.write_conf(**changes)
        p = desk.once()
        self.assertIn(p.returncode, codes, p.stderr)
        self.assertLine(p.stderr, "error", *words)
        self.assertNotIn(changes.get("imap_password", "entry-to-the-rig"), p.stderr)
        self.assertEqual(desk.sink.count(), 0)
        self.assertEqual(desk.inbox(), 1)
        for key in changes:
            del desk.changes[key]
        desk.write_conf()
        p = desk.once()
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertSettled(desk, [mail(1)])

    def test_imap_password(self):
        """a wrong IMAP password: said with the user's name and what to do; nothing lost"""
        self.refused(("international@uni.example", "password"), codes=(78,), imap_password="wrong-of-course")

    def test_imap_port(self):
        """a port where no IMAP server listens: said with host and port; nothing lost"""
        port = free_ports(1)[0]
        self.refused(("127.0.0.1", str(port)), imap_url="imaps://127.0.0.1:%d" % port)

    def test_smtp_login(self):
        """a wrong SMTP password: said; the mail is kept and goes out when it is right"""
        desk = self.office(conf={"smtp_password": "wrong-of-course"})
        desk.deliver(mail(1))
        p = desk.once()
        self.assertEqual(p.returncode, 78, p.stderr)
        self.assertLine(p.stderr, "password")
        self.assertNotIn("wrong-of-course", p.stderr)
        self.assertEqual((desk.inbox(), desk.sink.count()), (0, 0))
        del desk.changes["smtp_password"]
        desk.write_conf()
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, [mail(1)])

    def test_smtp_port(self):
        """a port where no SMTP server listens: said with host and port; the mail is kept and goes out later"""
        port = free_ports(1)[0]
        desk = self.office(conf={"smtp_url": "smtp://127.0.0.1:%d" % port})
        desk.deliver(mail(1))
        p = desk.once()
        self.assertEqual(p.returncode, 75, p.stderr)
        self.assertLine(p.stderr, "127.0.0.1", str(port))
        desk.changes.clear()
        desk.write_conf()
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, [mail(1)])


class Certificate(Case):
    """No password is ever shown to a server that cannot prove who it is."""

    def test_imap(self):
        """IMAP certificates self-signed, for another host, expired, for clients, of an unknown CA: refused, said, nothing sent"""
        desk = self.office(bad_certs=True)
        desk.deliver(mail(1))
        cases = [("127.0.0.2", "imaps", desk.system.ca), ("127.0.0.3", "imaps", desk.system.ca), ("127.0.0.4", "imaps", desk.system.ca),
                 ("127.0.0.5", "imaps", desk.system.ca), ("127.0.0.2", "imap", desk.system.ca), ("127.0.0.3", "imap", desk.system.ca),
                 ("127.0.0.1", "imaps", None)]
        for host, scheme, ca in cases:
            port = desk.dovecot.imaps if scheme == "imaps" else desk.dovecot.imap
            desk.write_conf(imap_url="%s://%s:%d" % (scheme, host, port))
            if ca is None:  # the other CA's certificate in place of ours
                desk.write_conf(imap_ca=os.path.join(desk.system.certs, "selfsigned.pem"))
            p = desk.once()
            self.assertIn(p.returncode, (75, 78), "%s: %s" % (host, p.stderr))
            self.assertLine(p.stderr, "error", host, "certificate")
        self.assertEqual(desk.inbox(), 1)
        self.assertNotIn("Login: user=", desk.dovecot.log(1000).split("lmtp")[0])
        desk.changes.clear()
        desk.write_conf()
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, [mail(1)])

    def test_smtp(self):
        """SMTP certificates of the same kinds: refused, said, no password shown, the mail kept"""
        from rig.sink import Sink
        desk = self.office(bad_certs=True)
        desk.deliver(mail(1))
        for cert, host in (("selfsigned", "127.0.0.2"), ("wronghost", "127.0.0.3"), ("expired", "127.0.0.4"), ("clientonly", "127.0.0.5")):
            for tls in (True, False):
                bad = Sink(os.path.join(desk.directory, "bad-%s-%s" % (cert, tls)), certs=desk.system.certs, cert=cert, host=host, tls=tls).start()
                self.addCleanup(bad.stop)
                desk.write_conf(smtp_url="%s://%s:%d" % ("smtps" if tls else "smtp", host, bad.port))
                p = desk.once()
                self.assertEqual(p.returncode, 78, "%s: %s" % (cert, p.stderr))
                self.assertLine(p.stderr, host, "certificate")
                self.assertNotIn("C: AUTH", bad.log())
                self.assertEqual(bad.count(), 0)
        desk.changes.clear()
        desk.write_conf()
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, [mail(1)])

    def test_no_starttls(self):
        """an SMTP server without STARTTLS: refused, said, no password shown, the mail kept"""
        from rig.sink import Sink
        desk = self.office()
        desk.deliver(mail(1))
        bare = Sink(os.path.join(desk.directory, "bare")).start()
        self.addCleanup(bare.stop)
        desk.write_conf(smtp_url="smtp://127.0.0.1:%d" % bare.port)
        p = desk.once()
        self.assertEqual(p.returncode, 78, p.stderr)
        self.assertLine(p.stderr, "STARTTLS")
        self.assertNotIn("C: AUTH", bare.log())
        desk.changes.clear()
        desk.write_conf()
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, [mail(1)])


class Folder(Case):
    def test_no_right(self):
        """no right to make or fill the topic's folder: said; the mail has its ticket, stays in the inbox, has no second effect"""
        desk = self.office(start=False)
        acl = os.path.join(desk.directory, "acl")
        os.mkdir(acl)
        for name, rights in ((".DEFAULT", "lr"), ("INBOX", "lrwstiep")):  # no k: nothing may be made (RFC 4314)
            with open(os.path.join(acl, name), "w") as f:
                f.write("owner %s\n" % rights)
        desk.dovecot.more = "plugin {\n acl = vfile:%s\n}\nprotocol imap {\n mail_plugins = acl\n}\n" % acl
        desk.start_servers()
        desk.deliver(mail(1))
        p = desk.once()
        self.assertEqual(p.returncode, 75, p.stderr)
        self.assertLine(p.stderr, "error", "Ingang/mobility", "Permission denied", "right")
        self.assertEqual(desk.inbox(), 1)
        self.assertEqual(len(desk.tickets()), 1)
        self.assertEqual(desk.sink.count(), 2)
        desk.once()
        self.assertEqual((len(desk.tickets()), desk.sink.count()), (1, 2))
        desk.system.stop()
        desk.dovecot.more = ""
        desk.system.start()
        desk.write_conf()
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, [mail(1)])


class Recipients(Case):
    """Three of the topic's staff; the server says no to one of them."""

    def three(self, reply):
        desk = self.office(conf={"triage": '[ "a@uni.example", "b@uni.example", "c@uni.example" ]'}, replies=[reply])
        desk.deliver(mail(1, subject="lost scarf", body="I forgot my scarf.\n"))
        return desk, desk.once()

    def got(self, desk):
        return sorted(to for m in desk.sink.mails() for to in m.recipients if m.sender)

    def test_4xx(self):
        """SMTP 4xx for one recipient of three: the others have it, it stays due, and goes out with the same Message-ID"""
        desk, p = self.three("RCPT b@uni.example 451 4.3.0 mailbox is being moved")
        self.assertEqual(p.returncode, 75, p.stderr)
        self.assertLine(p.stderr, "b@uni.example", "mailbox is being moved")
        self.assertEqual(self.got(desk), ["a@uni.example", "c@uni.example"])
        row = next(r for r in desk.outbox() if r["to"] == ["b@uni.example"])
        self.assertEqual((row["state"], row["attempts"]), ("due", 1))
        desk.sink.set_replies()
        self.assertEqual(desk.ctl_run("outbox", "retry", str(row["id"])).returncode, 0)
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual(self.got(desk), ["a@uni.example", "b@uni.example", "c@uni.example"])
        self.assertEqual(desk.sink.mails()[-1].message_id.strip("<>"), row["message_id"])

    def test_5xx(self):
        """SMTP 5xx for one recipient of three: the others have it, the ticket shows it, staff are told, nothing is repeated"""
        desk, p = self.three("RCPT b@uni.example 550 5.1.1 no such user")
        self.assertLine(p.stderr, "error", "b@uni.example", "no such user")
        row = next(r for r in desk.outbox() if r["to"] == ["b@uni.example"] and r["kind"] == "forward")
        self.assertEqual(row["state"], "failed")
        self.assertIn("no such user", row["error"])
        self.assertIn("b@uni.example", str(desk.show(1)["events"]))
        desk.once()
        told = [m for m in desk.sink.mails() if m.mail["Auto-Submitted"] and not m.sender and "b@uni.example" in m.mail.get_body(("plain",)).get_content()]
        self.assertTrue(told, "nobody was told")
        self.assertEqual(self.got(desk).count("a@uni.example"), 1)
        self.assertEqual(self.got(desk).count("c@uni.example"), 1)
        self.assertNotEqual(desk.ctl_run("status").returncode, 0)

    def test_lost_answer(self):
        """the line breaks after the dot: a forward is sent again with the same Message-ID, a receipt is not"""
        desk = self.office(replies=["DOT lost,2"])
        desk.deliver(mail(1))
        desk.once()
        for row in desk.outbox():
            if row["state"] == "due":
                desk.ctl_run("outbox", "retry", str(row["id"]))
        desk.once()
        kinds = {}
        for m in desk.sink.mails():
            kinds.setdefault("forward" if m.sender else "receipt", []).append(m.message_id)
        self.assertEqual(len(kinds["receipt"]), 1)
        self.assertEqual(len(kinds["forward"]), 2)
        self.assertEqual(len(set(kinds["forward"])), 1)


class Store(Case):
    def test_newer_version(self):
        """a store made by a newer version: refused with both versions, unchanged, no mail touched"""
        desk = self.office()
        desk.deliver(mail(1))
        self.assertEqual(desk.once().returncode, 0)
        with sqlite3.connect(desk.store) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            db.execute("PRAGMA user_version = %d" % (version + 7))
        db.close()
        desk.deliver(mail(2))
        p = desk.once()
        self.assertIn(p.returncode, (75, 78), p.stderr)
        self.assertLine(p.stderr, "error", desk.store, str(version + 7), str(version))
        self.assertEqual((desk.inbox(), desk.sink.count()), (1, 2))
        self.assertNotEqual(desk.ctl_run("list").returncode, 0)
        with sqlite3.connect(desk.store) as db:
            db.execute("PRAGMA user_version = %d" % version)
        db.close()
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, [mail(1), mail(2)])

    def test_no_database(self):
        """a store that is no database: refused with its path, left as it is, no mail touched"""
        desk = self.office()
        desk.deliver(mail(1))
        with open(desk.store, "wb") as f:
            f.write(b"this is a shopping list and no database\n" * 100)
        p = desk.once()
        self.assertIn(p.returncode, (75, 78), p.stderr)
        self.assertLine(p.stderr, "error", desk.store)
        self.assertEqual(desk.inbox(), 1)
        with open(desk.store, "rb") as f:
            self.assertTrue(f.read().startswith(b"this is a shopping list"))

    def test_second_daemon(self):
        """a second daemon on the same store: it says so and ends, the first goes on"""
        desk = self.office()
        desk.start()
        desk.wait_ready()
        p = desk.once()
        self.assertEqual(p.returncode, 75, p.stderr)
        self.assertLine(p.stderr, "error", "another ingangd", desk.store)
        desk.deliver(mail(1))
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        self.assertSettled(desk, [mail(1)])

    def test_full_disk(self):
        """a full disk: said, no mail leaves the inbox, nothing is sent twice; with room again all is taken in"""
        if os.getuid() != 0:
            self.not_here("only root can mount a small disk")
        desk = self.office()
        disk = os.path.join(desk.directory, "disk")
        os.mkdir(disk)
        p = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if p.returncode:
            self.not_here("a small disk cannot be mounted: " + p.stdout.strip())
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        self.through_full_disk(desk, disk)

    def test_unreadable(self):
        """mails over limits.bytes that look alike: each has its ticket in triage, none counts as a copy of another"""
        desk = self.office(conf={"more": "limits = { bytes = 65536; };"})
        head = "Date: Mon, 9 Mar 2026 10:00:00 +0100\nFrom: scanner@uni.example\nTo: international@uni.example\nSubject: Scan\n\n"
        desk.deliver(*[(head + ("page %d of this very long scan\n" % n) * 4000).encode() for n in range(3)])
        p = desk.once()
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual([t["topic"] for t in desk.tickets()], [None] * 3, p.stderr)
        self.assertEqual(len(desk.filed()["triage"]), 3)

    def test_file_limit(self):
        """a store that may not grow (RLIMIT_FSIZE): said, no mail leaves the inbox; without the limit all is taken in"""
        desk = self.office()
        mails = [mail(n, body="x" * 60 + "\n" + ("y" * 70 + "\n") * 4000) for n in range(6)]
        desk.deliver(*mails)

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (700000, 700000))
        p = desk.once(preexec=limit)
        self.assertEqual(p.returncode, 75, p.stderr)
        self.assertLine(p.stderr, "error", desk.store, "disk")
        self.assertEqual(desk.inbox() + sum(map(len, desk.filed().values())), 6)
        p = desk.once()
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertSettled(desk, mails)

    def through_full_disk(self, desk, disk):
        desk.store = os.path.join(disk, "ingang.db")
        desk.write_conf()
        first = [mail(1)]
        desk.deliver(*first)
        self.assertEqual(desk.once().returncode, 0)
        desk.start()
        desk.wait_ready()
        filler = os.path.join(disk, "filler")
        with open(filler, "wb", buffering=0) as f:
            try:
                while f.write(b"\0" * 4096) == 4096:
                    pass
            except OSError:
                pass
        more = [mail(n, body=("z" * 70 + "\n") * 300) for n in range(2, 12)]
        desk.deliver(*more)
        desk.wait_log("error", "full", "make room")
        inbox = desk.inbox()
        self.assertEqual(inbox + sum(map(len, desk.filed().values())), 11)
        self.assertGreater(inbox, 0)
        os.unlink(filler)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        self.assertSettled(desk, first + more)


class Outages(Case):
    def test_imap_goes_away(self):
        """the IMAP server goes away and comes back: the daemon says so, and goes on by itself"""
        desk = self.office()
        desk.start()
        desk.wait_ready()
        desk.dovecot.stop()
        desk.wait_log("error", "127.0.0.1", "again-in-s")
        desk.dovecot.start()
        desk.deliver(mail(1))
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        self.assertSettled(desk, [mail(1)])

    def test_smtp_goes_away(self):
        """the SMTP server goes away and comes back: mail is taken in meanwhile and goes out by itself"""
        desk = self.office()
        desk.start()
        desk.wait_ready()
        desk.sink.stop()
        desk.deliver(mail(1))
        desk.wait_log("127.0.0.1", str(desk.sink.port))
        wait_until(lambda: desk.inbox() == 0, "the mail to be taken in")
        desk.sink.start()
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        self.assertSettled(desk, [mail(1)])


if __name__ == "__main__":
    main()
