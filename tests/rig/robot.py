"""An answering machine that does everything wrong: it answers every mail it gets, each time, and says nowhere that it is one."""
import email
import email.policy

TEXT = "Hello,\n\nthank you for your mail. Anna Berg looks into it.\n\nAnna Berg\n"


class Robot:
    def __init__(self, office, address, threaded=True):
        """threaded: its answers name what they answer."""
        self.office, self.address, self.threaded = office, address, threaded
        self.answered = 0

    def work(self):
        """Answers what has come since; how many that were."""
        new = self.office.dovecot.mails(self.address)[self.answered:]
        for raw in new:
            self.answered += 1
            self.office.deliver(self.answer(email.message_from_bytes(raw, policy=email.policy.default)))
        return len(new)

    def answer(self, mail):
        head = ["From: Anna Berg <%s>" % self.address, "To: " + self.office.address, "Subject: " + ("Re: %s" % mail["Subject"] if self.threaded else "Your mail"),
                "Date: %s" % email.utils.formatdate(), "Message-ID: " + email.utils.make_msgid(domain="robot.example"), "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8"]
        if self.threaded:
            head += ["In-Reply-To: " + mail["Message-ID"], "References: " + mail["Message-ID"]]
        return ("\n".join(head) + "\n\n" + TEXT).encode()
