#!/usr/bin/env python3
"""OAuth2 in place of passwords, as Microsoft 365 and Google Workspace want it: against a provider of the rig's own and Dovecot's own check."""
import json
import os
import subprocess

from case import ADDRESS, Case, mail, main
from rig.token_server import CLIENT, SECRET, SERVICE, Refused


class OAuth2(Case):
    def desk(self, login, files=()):
        """An office whose IMAP and SMTP log in so; `login` is the inside of oauth2, without provider's url and CA."""
        desk = self.office(oauth2=ADDRESS, start=False)
        desk.changes.update(imap_login="password_file = \"imap.password\";")
        desk.start_servers()
        self.provider = desk.system.provider
        for name, text in files:
            desk._write(name, text)
        desk._write("secret", SECRET + "\n")
        desk.changes.update(
            imap_login='oauth2 = { url = "%s"; ca_file = "%s"; %s };' % (self.provider.url, desk.system.ca, login),
            smtp_login='user = "%s"; oauth2 = "imap";' % ADDRESS, imap_password="not-the-one", smtp_password="not-the-one")
        desk.write_conf()
        self.addCleanup(self.nothing_told, desk)
        return desk

    def nothing_told(self, desk):
        """No secret, and no token, in anything that was said or logged."""
        told = desk.log() + "".join(desk.said) + "".join(self.told)
        for secret in self.provider.secrets():
            self.assertNotIn(secret, told)

    def setUp(self):
        self.told = []

    def once(self, desk, code=0):
        p = desk.once()
        self.told.append(p.stderr + p.stdout)
        self.assertEqual(p.returncode, code, p.stderr)
        return p.stderr

    def ctl(self, desk, *args):
        p = desk.ctl_run(*args)
        self.told.append(p.stdout + p.stderr)
        return p

    def goes_through(self, desk, number=1):
        """A mail comes in and is forwarded, and nothing of it by password."""
        desk.deliver(mail(number))
        self.once(desk)
        self.assertEqual(desk.inbox(), 0)
        sunk = desk.sink.mails()
        self.assertTrue(sunk)
        self.assertEqual({m.info["user"] for m in sunk}, {ADDRESS})

    SECRET_LOGIN = 'provider = "microsoft"; client_id = "%s"; secret_file = "secret";' % CLIENT

    def test_secret(self):
        """an application's secret: mail comes in and goes out; a wrong one is told and not echoed, a provider that is down too; nothing is lost"""
        desk = self.desk(self.SECRET_LOGIN)
        self.goes_through(desk)
        self.assertEqual(len(self.provider.asked), 2)  # one for each process, however many mails
        desk._write("secret", "mistyped-secret\n")
        desk.deliver(mail(2))
        log = self.once(desk, 78)
        self.assertLine(log, "intake-failed", "401 invalid_client", "secret_file")
        self.assertNotIn("mistyped-secret", log)
        status = self.ctl(desk, "status")
        self.assertEqual(status.returncode, 1)
        self.assertIn("invalid_client", status.stdout)
        desk._write("secret", SECRET + "\n")
        self.provider.next_errors = [Refused("server_error", 503)]
        self.assertLine(self.once(desk, 75), "intake-failed", "cannot give a token now", "503")
        self.once(desk)
        self.assertSettled(desk, [mail(1), mail(2)])

    def test_certificate(self):
        """an application's certificate: openssl finds the assertion's signature good; its end is told in log and status"""
        desk = self.desk('provider = "microsoft"; client_id = "%s"; certificate_file = "desk.pem"; key_file = "desk.key";' % CLIENT)
        self.keys(desk, "desk", days=5)
        self.goes_through(desk)
        self.assertLine(self.told[-1], "oauth2-ends", "the certificate", "in-days=")
        status = self.ctl(desk, "status")
        self.assertEqual(status.returncode, 1)
        self.assertLine(status.stdout, "oauth2", "the certificate of imap ends on", " days")

    def test_service_account(self):
        """a service account's key, as Google gives it: the signature is good, and the mailbox is named in it"""
        desk = self.desk('provider = "google"; key_file = "account.json";')
        self.keys(desk, "desk", days=5)
        with open(os.path.join(desk.directory, "desk.key")) as f:
            desk._write("account.json", json.dumps({"type": "service_account", "client_email": SERVICE, "private_key_id": "k1", "private_key": f.read()}))
        self.goes_through(desk)
        self.assertNotIn("oauth2-ends", self.told[-1])

    def keys(self, desk, name, days):
        path = os.path.join(desk.directory, name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=desk", "-days", str(days), "-keyout", path + ".key", "-out", path + ".pem"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.chmod(path + ".key", 0o600)
        with open(path + ".pub", "w") as f:
            subprocess.run(["openssl", "x509", "-in", path + ".pem", "-noout", "-pubkey"], check=True, stdout=f)
        self.provider.public_key = path + ".pub"

    def test_sign_in(self):
        """a person signs in with ingangctl login; each use gives a new refresh token, kept; a revoked one is told as such"""
        desk = self.desk('provider = "microsoft"; client_id = "%s"; token_file = "oauth2.token";' % CLIENT)
        token_file = os.path.join(desk.directory, "oauth2.token")
        desk.deliver(mail(1))
        p = desk.once()
        self.assertEqual(p.returncode, 78)
        self.assertIn("run 'ingangctl login'", p.stderr)
        p = self.ctl(desk, "login")
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertLine(p.stdout, self.provider.url + "/device", "WDJB-MJHT")
        self.assertLine(p.stdout, "signed in")
        self.assertEqual(os.stat(token_file).st_mode & 0o777, 0o600)
        self.once(desk)
        self.assertEqual(len(self.provider.used_refresh), 3)  # the sign-in's, intake's and courier's
        with open(token_file) as f:
            self.assertEqual(json.load(f)["refresh_token"], self.provider.refresh)
        self.provider.refresh = None
        desk.deliver(mail(2))
        self.assertLine(self.once(desk, 78), "invalid_grant", "sign in again with 'ingangctl login'")
        self.provider.patience = 0
        self.assertEqual(self.ctl(desk, "login", "smtp").returncode, 0)  # it is the same sign-in
        self.once(desk)
        self.assertSettled(desk, [mail(1), mail(2)])
        self.provider.next_errors = [Refused("access_denied")]
        p = self.ctl(desk, "login")
        self.assertEqual(p.returncode, 69, p.stderr)

    def test_refused_by_the_mail_server(self):
        """tokens taken back before their time: renewed once, quietly; a fresh one that is refused is told"""
        desk = self.desk(self.SECRET_LOGIN)
        desk.start()
        desk.wait_ready()
        desk.deliver(mail(1))
        desk.wait_settled()
        asked = len(self.provider.asked)
        self.provider.revoke_all()
        desk.dovecot.kick(ADDRESS)
        desk.wait(lambda: desk.log().count("event=connected") == 2, "a new connection")
        self.assertEqual(len(self.provider.asked), asked + 1)
        self.assertLine(desk.log(), "info", "connection-ended")
        desk.sink.set_replies("MAIL 421,1")  # the kept connection ends; its token is no good for another
        desk.deliver(mail(2))
        desk.wait_settled()
        self.assertEqual(len(self.provider.asked), asked + 2)
        self.assertEqual({m.info["user"] for m in desk.sink.mails()}, {ADDRESS})
        self.assertEqual(desk.ctl("status")[0]["imap"]["error"], None)
        self.assertEqual(desk.stop(), 0)
        self.assertSettled(desk, [mail(1), mail(2)])
        desk.sink.set_replies("AUTH 535 5.7.3 not with this one")
        desk.deliver(mail(3))
        asked = len(self.provider.asked)
        self.assertLine(self.once(desk, 78), "smtp-failed", "refuses the OAuth2 token", "5.7.3")
        self.assertEqual(len(self.provider.asked), asked + 2)  # intake's and courier's: no loop
        self.assertEqual(desk.inbox(), 0)
        desk.start()
        self.assertLine(desk.wait_log("smtp-failed", "refuses the OAuth2 token"), "again-in-s=60")  # no account is locked by our trying


if __name__ == "__main__":
    main()
