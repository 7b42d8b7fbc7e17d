#!/usr/bin/env python3
"""With the mail programs that people use: an inquiry, its receipt, and what is written next, each read and written in mutt or s-nail."""
from case import ADDRESS, Case, main
from rig.clients import Mutt, Snail

SUBJECT = "Nomination of exchange students"
ASKED = "Dear colleagues,\n\nwe would like to nominate two exchange students under Erasmus+.\nWhen is the deadline for the autumn?\n\nBest wishes\nMaria\n"
ANSWERED = "Dear Maria,\n\nthe deadline is 1 April; the form is the same as last year.\nAsk Åsa Öberg for rooms.\n\nBo\n"
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 40
ADDED = "There is a third student now: Zoë Łącka.\n\nMaria\n"


class Clients(Case):
    def converse(self, asks, works, proof, **more):
        """Asked, answered, asked again: with the program of the one who asks, and of the one who works with it. Both as they are then."""
        desk = self.desk = self.office(smtp="exim", aliases={"mobility@uni.example": ["bo.ek@int.uni.example", "eva.lind@int.uni.example"]}, conf={"staff_more": proof})
        maria = asks(desk, "maria@partner.example", "Maria Rossi")
        bo = works(desk, "bo.ek@int.uni.example", "Bo Ek")
        bo.keep("deadlines.pdf", PDF)
        desk.start()
        maria.write(ADDRESS, SUBJECT, ASKED)
        maria.read("[INT-1]", "INT-1")
        bo.reply("[INT-1] " + SUBJECT, ANSWERED, "Maria Rossi", "When is the deadline for the autumn?", **more)
        maria.comes("Re: " + SUBJECT)
        self.assertEqual([(t["status"], t["owner"]) for t in desk.tickets()], [("pending", bo.address)])
        maria.reply("Re: " + SUBJECT, ADDED, "Bo Ek, ", "the deadline is 1 April", "Ask Åsa Öberg for rooms.")
        bo.read("[INT-1] Re: " + SUBJECT, "Zoë Łącka")
        desk.wait_settled()
        self.assertEqual([(t["id"], t["status"], t["topic"]) for t in desk.tickets()], [(1, "open", "mobility")])
        self.assertEqual(desk.ctl_run("verify").returncode, 0)
        return maria, bo

    def answer(self, maria):
        """The mail that the requester got for an answer: nothing of what lies between staff and the desk is in it."""
        found = [m for m in maria.mails() if m["Subject"] == "Re: " + SUBJECT and m["From"].addresses[0].addr_spec == ADDRESS]
        self.assertEqual(len(found), 1)
        lines = [line for line in found[0].get_body(("plain",)).get_content().splitlines() if line]
        own = [line for line in ANSWERED.splitlines() if line]
        self.assertEqual(lines[-len(own):], own)
        self.assertLessEqual(set(lines[:-len(own)]), {"> " + line for line in ASKED.splitlines()}, "more is quoted than the requester's own words")
        raw = found[0].as_bytes().decode("ascii", "replace")
        for secret in ("bo.ek@", "int.uni.example", "eva.lind", "Auto-Submitted"):
            self.assertNotIn(secret, raw)
        return found[0]

    def test_mutt_asks(self):
        """a requester at mutt, staff at s-nail, token and Authentication-Results asked for: inquiry, receipt and answer stand in one thread"""
        maria, _ = self.converse(Mutt, Snail, 'authserv_id = "mx.uni.example"; proof = "both";')
        self.assertThreaded(maria.index, SUBJECT, "Re: " + SUBJECT)
        self.answer(maria)

    def test_snail_asks(self):
        """a requester at s-nail, staff at mutt, by the token alone, with a file: it comes whole; what the requester adds stands below the question"""
        maria, bo = self.converse(Snail, Mutt, 'proof = "token";', attach="deadlines.pdf")
        self.assertThreaded(bo.index, "[INT-1] " + SUBJECT, "[INT-1] Re: " + SUBJECT)
        self.assertEqual(self.answer(maria).get_body(("plain",)).get_content().split(), ANSWERED.split())
        part = next(self.answer(maria).iter_attachments())
        self.assertEqual((part.get_filename(), part.get_payload(decode=True)), ("deadlines.pdf", PDF))

    def assertThreaded(self, index, *subjects):
        """In mutt's list of mails they stand one below the other, each further to the right, on a branch of the tree."""
        lines, column = index.splitlines(), 0
        for subject in subjects:
            while lines and lines[0].find(subject) <= column:
                lines.pop(0)
            self.assertTrue(lines, "%r does not stand where it should in:\n%s" % (subject, index))
            row = lines.pop(0)
            self.assertEqual(row[:row.find(subject)].endswith("->"), column > 0, index)
            column = row.find(subject)


if __name__ == "__main__":
    main()
