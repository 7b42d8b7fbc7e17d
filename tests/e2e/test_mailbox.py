#!/usr/bin/env python3
"""The daemon at work: waiting for mail, joining threads, leaving machines alone, on servers of several kinds."""
import time

from case import ADDRESS, Case, SunkMail, mail, main, wait_until


class Daemon(Case):
    def run_desk(self, **keywords):
        desk = self.office(**keywords)
        desk.start()
        desk.wait_ready()
        return desk

    def end(self, desk, mails):
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        self.assertSettled(desk, mails)

    def forwarded(self, desk, n=1):
        """The mails at the sink once n forwards have come."""
        return desk.wait(lambda: (lambda f: f if len(f) >= n else None)([m for m in desk.sink.mails() if m.sender]), "%d forwards" % n)


class Waiting(Daemon):
    def test_idle(self):
        """a delivery to an idle inbox leaves as a forward by itself (IDLE); the time is printed"""
        desk = self.run_desk(conf={"imap_more": "poll_seconds = 3600;"})
        times = []
        mails = [mail(n) for n in range(5)]
        for n, raw in enumerate(mails):
            began = time.monotonic()
            desk.deliver(raw)
            self.forwarded(desk, n + 1)
            times.append(time.monotonic() - began)
            desk.wait_settled()
        print("#   from delivery to the forward at the sink: %s s" % ", ".join("%.3f" % t for t in times))
        self.end(desk, mails)

    def test_no_idle(self):
        """a server without IDLE is polled"""
        desk = self.run_desk(idle=False, conf={"imap_more": "poll_seconds = 5;"})
        self.assertLine(desk.log(), "event=connected", "idle=no")
        desk.deliver(mail(1))
        self.forwarded(desk)
        self.end(desk, [mail(1)])

    def test_burst(self):
        """eighty mails at once: oldest first, all of them"""
        mails = [mail(n) for n in range(80)]
        desk = self.office(conf={"more": "limits = { answers_per_hour = 1000; };"})
        desk.deliver(*mails)
        desk.start()
        self.end(desk, mails)
        subjects = [t["subject"].rsplit(" ", 1)[1] for t in desk.tickets()]
        self.assertEqual(subjects, [str(n) for n in range(80)])


class Servers(Daemon):
    def test_starttls(self):
        """IMAP with STARTTLS, SMTP with TLS from the start"""
        desk = self.office(smtp_tls=True)
        desk.write_conf(imap_url="imap://localhost:%d" % desk.dovecot.imap)
        desk.deliver(mail(1))
        p = desk.once()
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertSettled(desk, [mail(1)])

    def test_no_move(self):
        """a server without MOVE: copied, and only those mails expunged"""
        desk = self.run_desk(move=False)
        desk.deliver(mail(1), mail(2))
        self.end(desk, [mail(1), mail(2)])

    def test_separator(self):
        """a server whose folders are separated by dots"""
        desk = self.run_desk(separator=".")
        desk.deliver(mail(1))
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        self.assertEqual(list(desk.filed()), ["mobility"])

    def test_flags(self):
        """mail that a person has read, flagged or answered first is taken in all the same"""
        desk = self.office()
        for n, flags in enumerate(("\\Seen", "\\Flagged", "\\Answered \\Seen", "")):
            desk.dovecot.append(mail(n), ADDRESS, flags="(%s)" % flags)
        p = desk.once()
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertSettled(desk, [mail(n) for n in range(4)])

    def test_again(self):
        """the same mail twice, and put back into the inbox by hand: one ticket, one forward, filed each time"""
        desk = self.office()
        desk.deliver(mail(1), mail(1))
        self.assertEqual(desk.once().returncode, 0)
        desk.dovecot.append(desk.filed()["mobility"][0], ADDRESS)
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual((len(desk.tickets()), desk.sink.count(), desk.inbox(), len(desk.filed()["mobility"])), (1, 2, 0, 3))
        self.assertEqual(desk.ctl_run("verify").returncode, 0)

    def test_same_id(self):
        """two different mails under one Message-ID are two mails"""
        desk = self.office()
        other = mail(1, body="Something else altogether: may we extend the Erasmus exchange?\n")
        desk.deliver(mail(1), other)
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual((len([m for m in desk.sink.mails() if m.sender]), desk.inbox()), (2, 0))

    def test_new_mailbox(self):
        """the mailbox is made anew (another UIDVALIDITY): nothing is done twice, new mail is taken in"""
        desk = self.office()
        desk.deliver(mail(1))
        self.assertEqual(desk.once().returncode, 0)
        with desk.dovecot.session(ADDRESS) as imap:
            imap.rename("INBOX", "Old")  # RFC 3501 §6.3.5: INBOX is emptied, and begins anew
        import glob
        import os
        for path in glob.glob(os.path.join(desk.dovecot.mail, ADDRESS, "dovecot*")):
            os.unlink(path)
        desk.dovecot.append(mail(1), ADDRESS)
        desk.deliver(mail(2))
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual((len(desk.tickets()), desk.sink.count(), desk.inbox()), (2, 4, 0))


class Threads(Daemon):
    def reply(self, number, to_id, subject="Re: Nomination of exchange students, no. 1", sender="p0001@partner.example"):
        return mail(number, sender=sender, body="One thing more: it is four students.\n", In_Reply_To="<%s>" % to_id, References="<%s>" % to_id)

    def test_to_own_mail(self):
        """a reply to one's own earlier mail joins its ticket; staff get it, no second receipt"""
        desk = self.office()
        follow = self.reply(2, "m0001@partner.example")
        desk.deliver(mail(1), follow)
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, [mail(1), follow])
        self.assertEqual(len(desk.tickets()), 1)
        self.assertEqual(desk.sink.count(), 3)

    def test_to_receipt(self):
        """a reply to our receipt joins the ticket; staff get it, no second receipt"""
        desk = self.run_desk()
        desk.deliver(mail(1))
        desk.wait_settled()
        receipt = next(m for m in desk.sink.mails() if not m.sender)
        follow = self.reply(2, receipt.message_id.strip("<>"))
        desk.deliver(follow)
        desk.wait_settled()
        self.end(desk, [mail(1), follow])
        self.assertEqual(len(desk.tickets()), 1)
        self.assertEqual(desk.sink.count(), 3)

    def test_stranger(self):
        """a stranger who names a ticket in the subject gets a ticket of their own"""
        desk = self.office()
        stranger = mail(2, subject="Re: [INT-1] Nomination of exchange students", sender="eve@elsewhere.example")
        desk.deliver(mail(1), stranger)
        self.assertEqual(desk.once().returncode, 0)
        self.assertSettled(desk, [mail(1), stranger])
        self.assertEqual(len(desk.tickets()), 2)

    def test_closed(self):
        """a mail on a closed ticket opens it again"""
        desk = self.office()
        desk.deliver(mail(1))
        desk.once()
        self.assertEqual(desk.ctl_run("close", "1").returncode, 0)
        self.assertEqual(desk.tickets()[0]["status"], "closed")
        desk.deliver(self.reply(2, "m0001@partner.example"))
        desk.once()
        self.assertEqual([t["status"] for t in desk.tickets()], ["open"])


class Robots(Daemon):
    HEADERS = [
        dict(Auto_Submitted="auto-replied"), dict(Auto_Submitted="auto-generated; by=cron"), dict(Auto_Submitted="Auto-Notified"), dict(Precedence="bulk"), dict(Precedence="list"), dict(Precedence="junk"),
        dict(List_Id="<news.partner.example>"), dict(List_Unsubscribe="<mailto:leave@partner.example>"), dict(X_Auto_Response_Suppress="All"),
        dict(X_Autoreply="yes"), dict(Return_Path="<>"), dict(sender="no-reply@partner.example"), dict(sender="mailer-daemon@partner.example"),
        dict(sender="international@uni.example"), dict(sender="int-office@uni.example"), dict(sender="mobility@uni.example")]

    def test_no_receipt(self):
        """no machine, list, bounce or address of our own gets a receipt; its mail has a ticket all the same"""
        desk = self.office()
        mails = []
        for n, headers in enumerate(self.HEADERS):
            raw = mail(n, **{k: v for k, v in headers.items() if k != "Return_Path"})
            mails.append(raw if "Return_Path" not in headers else b"Return-Path: <>\n" + raw)
        desk.deliver(*mails)
        self.assertEqual(desk.once().returncode, 0)
        self.assertEqual([m.recipients for m in desk.sink.mails() if not m.sender], [])
        self.assertEqual((len(desk.tickets()), desk.inbox()), (len(mails), 0))

    def test_ours_say_so(self):
        """every mail of ours says that a machine made it; a receipt has the null sender, so that nothing comes back to it"""
        desk = self.office()
        desk.deliver(mail(1))
        desk.once()
        self.assertEqual(sorted(m.mail["Auto-Submitted"] for m in desk.sink.mails()), ["auto-generated", "auto-replied"])
        receipt = next(m for m in desk.sink.mails() if m.mail["Auto-Submitted"] == "auto-replied")
        self.assertEqual((receipt.sender, receipt.recipients), ("", ["p0001@partner.example"]))

    def test_once_an_hour(self):
        """one address gets one receipt an hour, however much it writes"""
        desk = self.office()
        desk.deliver(*[mail(n, sender="eager@partner.example") for n in range(5)])
        desk.once()
        self.assertEqual(len([m for m in desk.sink.mails() if not m.sender]), 1)
        self.assertEqual(len(desk.tickets()), 5)

    def test_two_desks(self):
        """two desks that write to each other come to rest"""
        desk = self.office()
        raw = mail(1, sender="int-office@other.example")
        desk.deliver(raw)
        for turn in range(5):
            desk.once()
            before = desk.sink.count()
            for m in desk.sink.mails()[-1:]:
                if not m.sender:  # the other desk answers our receipt with one that hides what it is
                    desk.deliver(mail(10 + turn, sender="int-office@other.example", In_Reply_To=m.message_id, References=m.message_id))
            desk.once()
        self.assertEqual(len([m for m in desk.sink.mails() if not m.sender]), 1)
        self.assertLessEqual(before, 12)


if __name__ == "__main__":
    main()
