#!/usr/bin/env python3
"""Over a real MTA: what the desk sends arrives in real mailboxes."""
from case import Case, example, expectations, main

from endstate import message_id  # noqa: E402


class Exim(Case):
    def test_delivered(self):
        """over Exim and Dovecot: each forward lies in its staff's mailbox, each receipt in its requester's"""
        desk = self.office(smtp="exim")
        expected = expectations()
        desk.deliver(*[example(e["mail"]) for e in expected])
        p = desk.once()
        self.assertEqual(p.returncode, 0, p.stderr)
        rows = desk.outbox()
        self.assertEqual({r["state"] for r in rows}, {"sent"})
        for address in sorted({r["to"][0] for r in rows}):
            want = sorted(r["message_id"] for r in rows if r["to"][0] == address)
            desk.wait(lambda: desk.dovecot.count(address) >= len(want), "%d mails for %s" % (len(want), address))
            self.assertEqual(sorted(message_id(raw) for raw in desk.dovecot.mails(address)), want)
        self.assertEqual(desk.ctl_run("verify").returncode, 0)

    def test_refused(self):
        """Exim refuses a recipient's domain: the ticket shows it and its staff are told"""
        from case import mail
        desk = self.office(smtp="exim")
        desk.deliver(mail(1, sender="somebody@nowhere.example"))
        p = desk.once()
        self.assertLine(p.stderr, "error", "somebody@nowhere.example", "no such domain")
        self.assertIn("nowhere.example", str(desk.show(1)["events"]))
        desk.once()
        desk.wait(lambda: desk.dovecot.count("mobility@uni.example") == 2, "the forward and the notice")


if __name__ == "__main__":
    main()
