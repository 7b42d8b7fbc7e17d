#!/usr/bin/env python3
"""A person drags a mail to another topic's folder: its ticket moves, and the new topic's staff get it. With a person's client and with doveadm."""
import subprocess

from case import ADDRESS, Case, mail, main


class Drag(Case):
    def drag(self, desk, subject, source, target):
        """As a mail program does it."""
        with desk.dovecot.session(ADDRESS) as imap:
            self.assertEqual(imap.select('"%s"' % source)[0], "OK")
            found = imap.uid("SEARCH", "SUBJECT", '"%s"' % subject)[1][0].split()
            self.assertEqual(len(found), 1, found)
            if target != "INBOX":
                imap.create('"%s"' % target)
            self.assertEqual(imap.uid("MOVE", found[0].decode(), '"%s"' % target)[0], "OK")

    def doveadm(self, desk, subject):
        subprocess.run(["doveadm", "-c", desk.dovecot.conf, "move", "-u", ADDRESS, "Ingang/networks", "mailbox", "Ingang/mobility", "subject", subject], check=True)

    def topics(self, desk):
        return [t["topic"] for t in desk.tickets()]

    def forwards(self, desk):
        return [o["to"][0] for o in desk.outbox() if o["kind"] == "forward"]

    def moves(self, desk):
        return sum(e["actor"] == "mailbox" and e["what"].startswith("moved from") for t in desk.tickets() for e in desk.show(t["id"])["events"])

    def test_drags(self):
        """a drag moves the ticket once; what the desk files itself is none; there and back again; several at once; to triage; doveadm's move"""
        desk = self.office()
        desk.deliver(mail(1), mail(2), mail(3))
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual((self.topics(desk), self.moves(desk)), (["mobility"] * 3, 0))
        self.drag(desk, "no. 1", "Ingang/mobility", "Ingang/agreements")
        p = desk.once()
        self.assertLine(p.stderr, "event=dragged", "ticket=INT-1", "folder=Ingang/agreements")
        self.assertEqual((self.topics(desk), self.moves(desk)), (["agreements", "mobility", "mobility"], 1))
        self.assertEqual(self.forwards(desk), ["mobility@uni.example"] * 3 + ["agreements@uni.example"])
        desk.deliver(mail(4))
        self.assertNotIn("event=dragged", desk.once().stderr)
        self.drag(desk, "no. 1", "Ingang/agreements", "Ingang/mobility")
        self.drag(desk, "no. 2", "Ingang/mobility", "Ingang/triage")
        with desk.dovecot.session(ADDRESS) as imap:
            imap.create('"Ingang/networks"')
        self.doveadm(desk, "no. 3")
        desk.once()
        self.assertEqual((self.topics(desk), self.moves(desk)), (["mobility", None, "networks", "mobility"], 4))
        self.assertNotIn("event=dragged", desk.once().stderr)
        self.doveadm(desk, "no. 4")
        desk.once()
        self.assertEqual((self.topics(desk)[3], self.moves(desk)), ("networks", 5))
        self.assertEqual(desk.ctl_run("verify").returncode, 0)

    def test_back_to_the_inbox(self):
        """a mail dragged to the inbox is no new ticket: it is filed again"""
        desk = self.office()
        desk.deliver(mail(1))
        desk.once()
        self.drag(desk, "no. 1", "Ingang/mobility", "INBOX")
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual((len(desk.tickets()), desk.inbox(), len(desk.filed()["mobility"]), self.moves(desk)), (1, 0, 1, 0))

    def test_after_a_command(self):
        """a ticket that was moved by command: its mail, which stays where it was filed, moves it not back"""
        desk = self.office()
        desk.deliver(mail(1))
        desk.once()
        self.assertEqual(desk.ctl_run("move", "1", "agreements").returncode, 0)
        desk.deliver(mail(2))
        desk.once()
        self.assertEqual((self.topics(desk), self.moves(desk)), (["agreements", "mobility"], 0))
        self.drag(desk, "no. 1", "Ingang/mobility", "Ingang/agreements")
        desk.once()
        self.assertEqual((self.topics(desk), self.moves(desk)), (["agreements", "mobility"], 0))

    def test_daemon(self):
        """a daemon at work sees it at its next poll, and takes in what came meanwhile"""
        desk = self.office(conf={"imap_more": "poll_seconds = 1;"})
        desk.deliver(mail(1))
        desk.start()
        desk.wait_ready()
        desk.wait_settled()
        self.drag(desk, "no. 1", "Ingang/mobility", "Ingang/agreements")
        desk.deliver(mail(2))
        desk.wait(lambda: self.topics(desk) == ["agreements", "mobility"], "the move and the mail")
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)

    def test_other_servers(self):
        """folders with dots between their levels, and a server without MOVE"""
        for keywords in ({"separator": "."}, {"move": False}):
            desk = self.office(**keywords)
            desk.deliver(mail(1))
            desk.once()
            s = keywords.get("separator", "/")
            with desk.dovecot.session(ADDRESS) as imap:
                imap.select('"Ingang%smobility"' % s)
                imap.create('"Ingang%sagreements"' % s)
                self.assertEqual(imap.uid("COPY", "1", '"Ingang%sagreements"' % s)[0], "OK")
            desk.once()
            self.assertEqual((self.topics(desk), self.moves(desk)), (["agreements"], 1))


if __name__ == "__main__":
    main()
