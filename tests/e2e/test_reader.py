#!/usr/bin/env python3
"""The process that reads what strangers wrote: what it does wrong is stopped and told, and the next mail is read."""
import os

from case import BUILD, Case, mail, main

MISDEEDS = ("open", "connect", "fork", "hang", "spin", "memory", "crash", "garbage", "frame", "lie")


def swedish_in(label, codec, number):
    body = "Vi vill förnya avtalet om utbyte; Ärligt åter.\n".encode(codec)
    return (("Message-ID: <charset%d@partner.example>\nDate: Mon, 9 Mar 2026 10:00:00 +0100\nFrom: p%d@partner.example\nTo: international@uni.example\n"
             "Subject: text in %s\nMIME-Version: 1.0\nContent-Type: text/plain; charset=%s\nContent-Transfer-Encoding: 8bit\n\n") %
            (number, number, label, label)).encode() + body


class Reader(Case):
    def test_misdeeds(self):
        """a reader that opens, connects, forks, hangs, eats memory, crashes or lies: stopped, told, each mail a triage ticket, the rest read"""
        program = os.path.join(BUILD, "tests", "ingangd-misbehaving")
        if "asan" in BUILD or "san" in os.path.basename(BUILD):
            self.not_here("the sandbox is off under sanitizers")
        desk = self.office()
        bad = [mail(n, X_Misbehave=what) for n, what in enumerate(MISDEEDS, 1)]
        good = [mail(100 + n) for n in range(len(bad))]
        desk.deliver(*[m for pair in zip(bad, good) for m in pair])
        ended = desk.once(program=program)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertNotIn("exit code 99", ended.stderr, "a misdeed was done:\n" + ended.stderr)
        self.assertFalse(os.path.exists("/tmp/misbehaved"))
        tickets = {t["subject"]: t for t in desk.tickets()}
        self.assertEqual(len(tickets), len(bad) + len(good))
        for n, what in enumerate(MISDEEDS, 1):
            ticket = tickets["Nomination of exchange students, no. %d" % n]
            self.assertIsNone(ticket["topic"], "%s: %s" % (what, ticket))
            self.assertLine(ended.stderr, "event=unreadable", "uid=%d " % (2 * n - 1))
            self.assertEqual(ticket["requester"]["addr"], "p%04d@partner.example" % n)
        for n in range(len(good)):
            self.assertEqual(tickets["Nomination of exchange students, no. %d" % (100 + n)]["topic"], "mobility")
        sent = [m for m in desk.sink.mails() if m.recipients == ["triage@uni.example"]]
        self.assertEqual(len(sent), len(bad))
        for m in sent:
            self.assertIn(b"X-Misbehave", m.raw, "the original is not attached")

    def test_rare_charsets(self):
        """charsets whose tables the C library loads when they are first met are read inside the sandbox too"""
        desk = self.office()
        labels = (("ibm850", "cp850"), ("macintosh", "mac_roman"), ("iso-8859-10", "iso8859_10"), ("windows-1257", "cp1257"), ("gb18030", "gb18030"),
                  ("cp437", "cp437"))
        desk.deliver(*[swedish_in(label, codec, n) for n, (label, codec) in enumerate(labels)])
        self.assertEqual(desk.once().returncode, 0)
        for ticket in desk.tickets():
            self.assertIn("Vi vill förnya avtalet om utbyte; Ärligt åter.", desk.show(ticket["id"])["messages"][0]["text"], ticket["subject"])


main()
