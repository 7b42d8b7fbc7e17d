#!/usr/bin/env python3
"""What staff correct is learned by itself, taken into use without a restart, kept version by version, and can be taken back."""
import json

from case import Case, mail, main

WORDS = {"mobility": "wombat quokka numbat bilby", "agreements": "sextant astrolabe gnomon alidade", "recruitment": "trombone bassoon clarinet oboe"}


def strange(number, topic, extra=""):
    """A mail in words that no term and no starter knows, from an institution of many."""
    words = WORDS[topic].split()
    return mail(number, subject="Hello", sender="p%d@inst%d.example" % (number, number % 13),
                body="%s %s and %s. %s\n" % (words[number % 4], words[(number + 1) % 4], words[(number * 3 + 2) % 4], extra))


class Learning(Case):
    def teach(self, desk, first, n):
        """n mails of each topic, put right by staff."""
        topics = {}
        for i in range(3 * n):
            topic = list(WORDS)[i % 3]
            desk.deliver(strange(first + i, topic))
            topics["Hello, no. %d" % (first + i)] = topic
        desk.once()
        for t in desk.tickets():
            if t["subject"] in topics and t["topic"] != topics[t["subject"]]:
                self.assertEqual(desk.ctl_run("move", str(t["id"]), topics[t["subject"]]).returncode, 0)

    def topic_of(self, desk, subject):
        return [(t["topic"], t["confidence"]) for t in desk.tickets() if t["subject"] == subject][0]

    def test_by_itself(self):
        """after enough corrections a model is learned and used; roll-back takes it out of use, use puts it back; evaluate says how right it is"""
        desk = self.office(conf={"more": "learning = { after = 30; };"})
        self.teach(desk, 1, 8)
        self.assertEqual(desk.once().returncode, 0)
        self.assertNotIn("event=learned", desk.log())
        self.assertEqual(desk.ctl_run("model").stdout, "in use: what the program was built with (model 0)\n")
        self.teach(desk, 101, 6)
        p = desk.once()
        self.assertLine(p.stderr, "event=learned", "model=1", "in-use=yes")
        listed = json.loads(desk.ctl_run("model", "list", "--json").stdout)
        self.assertEqual((listed["model"], listed["in_use"], listed["figures"]["corrected"] > 30), (1, True, True))
        desk.deliver(strange(900, "recruitment"))
        p = desk.once()
        self.assertLine(p.stderr, "event=model", "in-use=1")
        self.assertEqual(self.topic_of(desk, "Hello, no. 900")[0], "recruitment")
        told = desk.ctl_run("evaluate")
        for words in ("topic right", "recall", "reliability", "learning curve", "would have gone through triage"):
            self.assertIn(words, told.stdout)
        figures = json.loads(desk.ctl_run("evaluate", "--json").stdout)
        self.assertGreater(figures["right"], 0.8 * figures["mails"])
        self.assertEqual(figures["learning_curve"][0]["learned"], 0)
        shown = desk.ctl_run("model", "show", "1").stdout
        self.assertIn("recruitment", shown)
        self.assertEqual(desk.ctl_run("model", "roll-back").returncode, 0)
        desk.deliver(strange(901, "recruitment"))
        desk.once()
        self.assertNotEqual(self.topic_of(desk, "Hello, no. 901")[0], "recruitment")
        self.assertEqual(desk.ctl_run("model", "roll-back").returncode, 65)
        self.assertEqual(desk.ctl_run("model", "use", "7").returncode, 65)
        self.assertEqual(desk.ctl_run("model", "use", "1").returncode, 0)
        again = desk.ctl_run("learn")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("model 2, learned from", again.stdout)
        self.assertEqual(desk.ctl_run("verify").returncode, 0)

    def test_without_a_restart(self):
        """a daemon at work learns and takes the model up; with learning.automatic = false nothing is"""
        desk = self.office(conf={"more": "learning = { after = 10; };", "imap_more": "poll_seconds = 1;"})
        self.teach(desk, 1, 8)
        desk.start()
        desk.wait_ready()
        desk.wait(lambda: "event=learned" in desk.log(), "a model")
        desk.wait(lambda: any("event=model" in line and "in-use=1" in line for line in desk.log().splitlines()), "its use")
        desk.deliver(strange(900, "agreements"))
        desk.wait(lambda: "Hello, no. 900" in [t["subject"] for t in desk.tickets()], "the mail")
        self.assertEqual(self.topic_of(desk, "Hello, no. 900")[0], "agreements")
        self.assertEqual(desk.stop(), 0)
        desk.write_conf(more="learning = { automatic = false; after = 1; };")
        self.teach(desk, 101, 2)
        p = desk.once()
        self.assertNotIn("event=learn", p.stderr)


if __name__ == "__main__":
    main()
