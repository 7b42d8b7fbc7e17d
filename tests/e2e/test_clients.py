#!/usr/bin/env python3
"""With the mail programs that people use: an inquiry, its receipt, and what is written next, each read and written in mutt or s-nail."""
from case import ADDRESS, Case, main
from rig.clients import Mutt, Snail

SUBJECT = "Nomination of exchange students"
ASKED = "Dear colleagues,\n\nwe would like to nominate two exchange students under Erasmus+.\nWhen is the deadline for the autumn?\n\nBest wishes\nMaria\n"
ADDED = "There is a third student now: Zoë Łącka.\n\nMaria\n"


class Clients(Case):
    def setUp(self):
        self.desk = self.office(smtp="exim", aliases={"mobility@uni.example": ["bo.ek@int.uni.example", "eva.lind@int.uni.example"]})
        self.desk.start()
        self.desk.wait_ready()

    def converse(self, asks, works):
        """The program of the one who asks, and of the one who works with it."""
        maria = asks(self.desk, "maria@partner.example", "Maria Rossi")
        bo = works(self.desk, "bo.ek@int.uni.example", "Bo Ek")
        maria.write(ADDRESS, SUBJECT, ASKED)
        bo.read("[INT-1] " + SUBJECT, "Maria Rossi", "When is the deadline for the autumn?")
        maria.reply("[INT-1]", ADDED, "INT-1")
        bo.read("Re: [INT-1]", "Zoë Łącka")
        self.desk.wait_settled()
        self.assertEqual([(t["id"], t["status"], t["topic"]) for t in self.desk.tickets()], [(1, "open", "mobility")])
        self.assertEqual([m["from"] for m in self.desk.show(1)["messages"] if m["direction"] == "in"], [maria.address] * 2)
        return maria, bo

    def test_mutt_asks(self):
        """a requester at mutt, staff at s-nail: the receipt stands below the inquiry, the answer to it comes to staff"""
        maria, _ = self.converse(Mutt, Snail)
        self.assertThreaded(maria.index, SUBJECT, "[INT-1]")

    def test_snail_asks(self):
        """a requester at s-nail, staff at mutt: both mails come to staff, the second below the first"""
        _, bo = self.converse(Snail, Mutt)
        self.assertThreaded(bo.index, "[INT-1] " + SUBJECT, "Re: [INT-1]")

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
