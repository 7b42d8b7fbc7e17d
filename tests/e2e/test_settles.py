#!/usr/bin/env python3
"""What answers of itself, facing what answers of itself: a few mails, then silence."""
import collections

from case import Case, mail, main
from rig.robot import Robot

MANY = 60  # mails by which it is plain that they do not come to rest
SAYS_SO = ["Auto-Submitted", "X-Auto-Response-Suppress", "X-Ingang-*", "Return-Path"]


class Settles(Case):
    def rest(self, offices, robots=()):
        """Until, twice in a row, nobody had anything to do: inboxes filed, outboxes empty, robots without mail."""
        sink, quiet = offices[0].sink, 0
        while quiet < 2:
            before = sink.count()
            for office in offices:
                office.wait_settled()
            answered = sum(robot.work() for robot in robots)
            quiet = 0 if answered or sink.count() > before else quiet + 1
            self.assertLess(sink.count(), MANY, "they do not come to rest")
        for office in offices:
            self.assertEqual(office.ctl_run("verify").returncode, 0)

    def started(self, **keywords):
        office = self.office(**keywords)
        office.start()
        office.wait_ready()
        return office

    def sent(self, office):
        """{recipient: mails}"""
        return collections.Counter(to for m in office.sink.mails() for to in m.recipients)

    def face(self, **system):
        """An office that is asked by another; how many mails each sent to the other then."""
        here = self.started(relay=True, **system)
        there = self.started(guest_of=here, conf={"domain": "other.example", "tag": "WLD"})
        here.deliver(mail(1, sender=there.address))
        self.rest([here, there])
        sent = self.sent(here)
        return sent[there.address], sent[here.address]

    def test_offices(self):
        """an office that is asked by another: one receipt, then silence"""
        self.assertEqual(self.face(), (1, 0))

    def test_stripped(self):
        """the same behind a gateway that takes off what says that a machine wrote: a receipt each, then silence"""
        self.assertEqual(self.face(strip=SAYS_SO), (1, 1))

    def test_robots(self):
        """answering machines that do not say so, with and without a thread: three mails each way at most, then silence"""
        desk = self.started(relay=True)
        robots = [Robot(desk, "anna@robot.example"), Robot(desk, "berg@robot.example", threaded=False)]
        desk.deliver(*[mail(n, sender=robot.address) for n, robot in enumerate(robots)])
        self.rest([desk], robots)
        sent = self.sent(desk)
        for robot in robots:
            self.assertLessEqual(max(robot.answered, sent[robot.address]), 3, sent)
            self.assertGreaterEqual(robot.answered, 1, "it was never answered: this proves nothing")

    def test_both_sides(self):
        """answering machines on both sides of the desk, the colleague's too: the one answers the other, and that has an end"""
        desk = self.started(relay=True)
        robots = [Robot(desk, "anna@robot.example"), Robot(desk, "bo.ek@int.uni.example", also=["mobility@uni.example"])]
        desk.deliver(mail(1, sender=robots[0].address))
        self.rest([desk], robots)
        self.assertGreaterEqual(min(robot.answered for robot in robots), 1)

    def test_bounces(self):
        """every mail that is sent comes back: triage is told of the forward, then silence; no ticket comes of it"""
        desk = self.started(bounce=True)
        desk.deliver(mail(1))
        self.rest([desk])
        sent = self.sent(desk)
        self.assertEqual(sent, {"p0001@partner.example": 1, "mobility@uni.example": 1, "triage@uni.example": 1})
        self.assertEqual(len(desk.tickets()), 1)


if __name__ == "__main__":
    main()
