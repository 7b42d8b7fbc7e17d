#!/usr/bin/env python3
"""From the inbox to the right person: the examples, taken in by `ingangd --once`."""
import zoneinfo

from case import Case, example, expectations, main


class Basic(Case):
    def setUp(self):
        everything = expectations()
        self.mails = [example(e["mail"]) for e in everything]
        self.expected = [e for e in everything if e["topic"] != "returned"]
        self.desk = self.office()
        self.desk.deliver(*self.mails)
        self.run1 = self.desk.once()
        self.assertEqual(self.run1.returncode, 0, self.run1.stderr)

    def tickets_by_mail(self):
        from endstate import message_id
        home = {m["message_id"]: t for t in map(lambda t: self.desk.show(t["id"]), self.desk.tickets()) for m in t["messages"] if m["direction"] == "in"}
        return {e["mail"]: home[message_id(raw)] for e in self.expected for raw in [example(e["mail"])]}

    def test_all(self):
        """the examples: one ticket and one forward each, filed under their topic; a second run does nothing"""
        self.assertSettled(self.desk, self.mails)
        sent, log = self.desk.sink.count(), self.desk.tickets()
        run2 = self.desk.once()
        self.assertEqual(run2.returncode, 0, run2.stderr)
        self.assertNotIn("event=opened", run2.stderr)
        self.assertNotIn("event=sent", run2.stderr)
        self.assertEqual((self.desk.sink.count(), self.desk.tickets()), (sent, log))
        self.assertSettled(self.desk, self.mails)

    def test_expectations(self):
        """the examples: topic, language, receipt and ticket of each are as examples/expect.tsv says"""
        tickets = self.tickets_by_mail()
        receipts = {row["ticket"] for row in self.desk.outbox() if row["kind"] == "acknowledgement"}
        wrong = []
        for e in self.expected:
            t = tickets[e["mail"]]
            joins = e["joins"] != "-"
            got = {"topic": t["topic"] or "triage", "lang": t["lang"], "receipt": "yes" if t["id"] in receipts else "no"}
            want = {"topic": got["topic"] if e["topic"] == "*" else e["topic"], "lang": e["lang"], "receipt": e["receipt"]}
            if joins:
                want = {**got, "topic": want["topic"]}
                if t["id"] != tickets[e["joins"]]["id"]:
                    wrong.append("%s: is not on the ticket of %s" % (e["mail"], e["joins"]))
            if got != want:
                wrong.append("%s: is %s, should be %s" % (e["mail"], got, want))
        self.assertEqual(wrong, [])
        self.assertEqual(len({t["id"] for t in tickets.values()}), len(self.expected) - sum(e["joins"] != "-" for e in self.expected))

    def test_carried(self):
        """a forward carries the attachments and inline pictures byte for byte, and names the asker"""
        by_mail = {e["mail"]: example(e["mail"]) for e in self.expected}
        for name, kind in (("06-signed-mou.eml", "application/pdf"), ("07-massa-affisch.eml", "image/png")):
            ticket = self.tickets_by_mail()[name]
            forward = next(s for s in self.desk.sink.mails() if s.mail["X-Ingang-Ticket"] == "INT-%d" % ticket["id"] and s.sender)
            self.assertEqual(part(forward.raw, kind), part(by_mail[name], kind), name)
            self.assertIn(ticket["requester"]["addr"], forward.mail.get_body(("plain", "html")).get_content())

    def test_story(self):
        """show tells what happened in its order, also within one second"""
        from case import mail
        desk = self.office()
        desk.deliver(mail(1), mail(2, sender="p0001@partner.example", In_Reply_To="<m0001@partner.example>"))
        self.assertEqual(desk.once().returncode, 0)
        story = desk.ctl_run("show", "1").stdout
        places = [story.find(words) for words in ("(mail 1)", "desk: opened", "desk: forwarded", "forward →", "acknowledgement →", "(mail 2)", "joined:")]
        self.assertEqual(places, sorted(places), story)
        self.assertNotIn(-1, places, story)

    def test_times(self):
        """dates of our mails are in the office's time zone"""
        for sunk in self.desk.sink.mails():
            when = sunk.mail["Date"].datetime
            self.assertEqual(when.utcoffset(), when.astimezone(zoneinfo.ZoneInfo("Europe/Stockholm")).utcoffset(), sunk.mail["Date"])

    def test_human_output(self):
        """ingangctl list, show, outbox and status say it to people in 80 columns"""
        for command in (("list",), ("show", "2"), ("outbox",), ("status",), ("search", "samarbetsavtal")):
            p = self.desk.ctl_run(*command)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertNotIn("\033", p.stdout)
            for line in p.stdout.splitlines():  # but for a word that is longer than that
                self.assertTrue(len(line) <= 80 or " " not in line.strip(), (command, line))


def part(raw, kind):
    import email
    import email.policy
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    return next(p.get_content() for p in parsed.walk() if p.get_content_type() == kind)


if __name__ == "__main__":
    main()
