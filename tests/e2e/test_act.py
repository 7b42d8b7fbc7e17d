#!/usr/bin/env python3
"""What an admin does to tickets with ingangctl: the commands of staff, one by one, and the story that show tells of them."""
import os
import re
import subprocess

from case import BUILD, Case, mail, main

QUALITY, LAW = "kvalitet@uni.example", "juridik@uni.example"


class Act(Case):
    def desk_with(self, *mails):
        desk = self.office()
        desk.deliver(*mails)
        self.assertEqual(desk.once().returncode, 0)
        return desk

    def done(self, desk, *command, text=""):
        """It must go well: what is printed of it as JSON."""
        p = subprocess.run([os.path.join(BUILD, "ingangctl"), "-c", desk.conf_file, *command], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           encoding="utf-8", timeout=60)
        self.assertEqual((p.returncode, p.stderr), (0, ""), command)
        return p.stdout

    def sent(self, desk):
        """[(recipient, mail)] that went out since the last call"""
        self.assertEqual(desk.once().returncode, 0)
        mails = desk.sink.mails()
        new, self.seen = mails[self.seen:], len(mails)
        return [(to, m) for m in new for to in m.recipients]

    def setUp(self):
        self.seen = 0

    def test_commands(self):
        """also, wait, ask, handover, undo: done and printed, the mails go out, the ticket says who"""
        desk = self.desk_with(mail(1), mail(2))
        self.sent(desk)
        self.assertIn("[INT-1] The colleagues of “Agreements” have got the mail too.", self.done(desk, "also", "INT-1", "agreements"))
        self.assertIn("[INT-2] The ticket rests until", self.done(desk, "wait", "2", "in", "2", "weeks"))
        self.assertEqual((desk.show(2)["status"], desk.show(2)["wakes"][11:16]), ("pending", "08:00"))
        self.assertIn("The question has gone to %s (by " % QUALITY, self.done(desk, "ask", "1", QUALITY, "by", "tomorrow", text="May we?\n!close\n"))
        self.assertEqual(desk.show(1)["status"], "open")  # what stands in the text is no command
        self.assertIn("The whole ticket has gone to %s." % LAW, self.done(desk, "handover", "2", LAW, "--text", "This is yours."))
        mails = self.sent(desk)
        self.assertEqual(sorted(to for to, _ in mails), sorted(["agreements@uni.example", QUALITY, LAW, "p0002@partner.example"]))
        self.assertIn("May we?", next(m for to, m in mails if to == QUALITY).mail.get_body(("plain",)).get_content())
        self.assertIn("This is yours.", next(m for to, m in mails if to == LAW).mail.get_body(("plain",)).get_content())
        ticket = desk.show(1)
        self.assertEqual(ticket["second_topic"], "agreements")
        self.assertEqual([(p["number"], p["to"], p["topic"], p["state"]) for p in ticket["parts"]], [(1, None, "agreements", "open"), (2, QUALITY, None, "open")])
        self.assertTrue(all(e["actor"].startswith("admin ") for e in ticket["events"] if e["what"].startswith(("asked", "also"))), ticket["events"])
        self.assertEqual(desk.show(2)["status"], "closed")
        self.assertIn("Undone: !ask.", self.done(desk, "undo", "1"))
        self.assertIn("Undone: !also.", self.done(desk, "undo", "1"))
        self.assertEqual((desk.show(1)["second_topic"], [p["state"] for p in desk.show(1)["parts"]]), (None, ["waived", "waived"]))
        self.assertIn("Undone: !handover.", self.done(desk, "undo", "2"))
        self.assertEqual(desk.show(2)["status"], "pending")
        self.assertEqual(desk.ctl_run("verify").returncode, 0)

    def test_answer(self):
        """answer: from the office to the requester, in their thread; said in the ticket"""
        desk = self.desk_with(mail(1))
        self.sent(desk)
        self.assertEqual(self.done(desk, "answer", "1", text="Ten students are fine.\n!close\n"), "[INT-1] The answer goes to p0001@partner.example.\n")
        got = [m.mail for to, m in self.sent(desk) if to == "p0001@partner.example"]
        self.assertEqual([(m["In-Reply-To"], m["Subject"], m["Auto-Submitted"]) for m in got],
                         [("<m0001@partner.example>", "Re: Nomination of exchange students, no. 1", None)])
        self.assertEqual(got[0].get_body(("plain",)).get_content().splitlines(), ["Ten students are fine.", "!close"])
        ticket = desk.show(1)
        self.assertEqual((ticket["status"], ticket["owner"]), ("pending", None))
        self.assertIsNotNone(ticket["answered"])
        p = desk.ctl_run("answer", "1", "")
        self.assertEqual((p.returncode, p.stdout), (65, ""))
        self.assertIn("the answer is empty", p.stderr)

    def test_merge_split(self):
        """merge, split, spam: two tickets are one and two again; a mail becomes a ticket"""
        desk = self.desk_with(mail(1), mail(2), mail(3, sender="p0001@partner.example", In_Reply_To="<m0001@partner.example>", subject="Re: agreement",
                                                     body="We also want to sign a new cooperation agreement (MoU), please send your agreement draft.\n"))
        self.assertIn("[INT-2] is a part of [INT-1] now.", self.done(desk, "merge", "2", "1"))
        self.assertEqual((desk.show(2)["merged"], desk.show(2)["status"]), (1, "closed"))
        self.assertEqual(len([m for m in desk.show(1)["messages"] if m["direction"] == "in"]), 3)
        self.assertIn("[INT-2] is a ticket of its own again.", self.done(desk, "undo", "2"))  # what it is a part of is meant
        self.assertEqual(desk.show(2)["status"], "open")
        self.assertIn("The mail is a ticket of its own now, [INT-3], in the topic “Agreements”.", self.done(desk, "split", "1"))
        self.assertEqual((desk.show(3)["linked"], desk.show(3)["topic"]), (1, "agreements"))
        self.done(desk, "spam", "2")
        self.assertTrue(desk.show(2)["spam"])
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual(desk.ctl_run("verify").returncode, 0)

    def test_faults(self):
        """what cannot be done: every fault is told, exit code 65, nothing has changed"""
        desk = self.desk_with(mail(1))
        before = desk.show(1)
        for says, command in (
                ("Did you mean “agreements”?", ("move", "1", "agrements")), ("in “Exchanges and mobility” already", ("move", "1", "mobility")),
                ("not on the staff list", ("assign", "1", "eve@evil.example")), ("is no mail address", ("assign", "1", "bo ek@int.uni.example")),
                ("the office's own address", ("assign", "1", "international@uni.example")), ("is open already", ("reopen", "1")),
                ("The question is missing", ("ask", "1", QUALITY)), ("There is no ticket [INT-99]", ("merge", "1", "99")),
                ("the ticket's first mail", ("split", "1")), ("is not on this ticket", ("split", "1", "99")), ("No answer of yours is held", ("send", "1")),
                ("You have changed nothing", ("undo", "1")), ("in the past", ("wait", "1", "2020-01-01")), ("there is no ticket 99", ("close", "99"))):
            p = desk.ctl_run(*command)
            self.assertEqual((p.returncode, p.stdout), (65, ""), (command, p.stderr))
            self.assertIn(says, p.stderr, command)
        p = desk.ctl_run("move", "1", "agreements\n!close")
        self.assertEqual(p.returncode, 65, p.stderr)
        self.assertEqual(desk.show(1), before)

    def test_story(self):
        """show tells it in the order it happened: the mail, why it went where, the receipt, what was done and by whom"""
        desk = self.desk_with(mail(1))
        self.done(desk, "note", "1", text="called them\nno answer")
        self.done(desk, "ask", "1", QUALITY, "--text", "May we nominate ten?")
        desk.once()
        text = desk.ctl_run("show", "1").stdout
        steps = [r"requester +p0001@partner\.example", r"part 1 to kvalitet@uni\.example, asked by admin \w+: open",
                 r"in   person: Person 1 <p0001@partner\.example> → international@uni\.example", r"desk: opened: mobility", r"desk: forwarded to",
                 r"admin \w+: note: called them\n +no answer", r"admin \w+: asked kvalitet@uni\.example \(part 1\): May we",
                 r"out  question → kvalitet@uni\.example  \(sent "]
        sent = r"out  forward → \S+  \(sent "  # in the same second as what came after it, or not
        for order in (steps[:-1], steps[:-2] + steps[-1:], steps[:5] + [sent]):  # a question and its line are of one moment
            found = [re.search(re.sub(" \\+|  ?", r"\\s+", p), text) for p in order]  # a line may be broken
            self.assertNotIn(None, found, text)
            self.assertEqual([m.start() for m in found], sorted(m.start() for m in found), text)


if __name__ == "__main__":
    main()
