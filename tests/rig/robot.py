"""An answering machine that does everything wrong: it answers every mail it gets, each time, and says nowhere that it is one."""
import email
import email.policy
import email.utils

TEXT = "Hello,\n\nthank you for your mail. Anna Berg looks into it.\n\nAnna Berg\n"


class Robot:
    def __init__(self, office, address, also=(), threaded=True):
        """threaded: its answers name what they answer. also: further addresses whose mail comes to it."""
        self.office, self.address, self.threaded = office, address, threaded
        self.done = {box: 0 for box in [address] + list(also)}

    @property
    def answered(self):
        return sum(self.done.values())

    def work(self):
        """Answers what has come since; how many that were."""
        before = self.answered
        for box in self.done:
            for raw in self.office.dovecot.mails(box)[self.done[box]:]:
                self.done[box] += 1
                self.office.deliver(self.answer(email.message_from_bytes(raw, policy=email.policy.default)))
        return self.answered - before

    def answer(self, mail):
        head = ["From: Anna Berg <%s>" % self.address, "To: " + self.office.address, "Subject: " + ("Re: %s" % mail["Subject"] if self.threaded else "Your mail"),
                "Date: %s" % email.utils.formatdate(), "Message-ID: " + email.utils.make_msgid(domain="robot.example"), "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8"]
        if self.threaded:
            head += ["In-Reply-To: " + mail["Message-ID"], "References: " + mail["Message-ID"]]
        return ("\n".join(head) + "\n\n" + TEXT).encode()
