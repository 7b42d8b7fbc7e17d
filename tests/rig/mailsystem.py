"""The whole private mail system: Dovecot, and for SMTP either the recording sink or a real Exim. One folder holds it all."""
import os
import shlex

from . import certs, token_server
from .dovecot import PASSWORD, Dovecot
from .exim import Exim
from .sink import PASSWORD as SMTP_PASSWORD, USER as SMTP_USER, Sink

CAPABILITIES = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE LITERAL+ NAMESPACE UIDPLUS CHILDREN UNSELECT"


class MailSystem:
    def __init__(self, directory, smtp="sink", smtp_tls=False, replies=(), plain=False, bad_certs=False, idle=True, move=True,
                 dovecot_more="", separator="/", relay=False, bounce=False, strip=(), aliases=None, oauth2=None):
        """smtp: "sink", "exim" or "none". relay: what the sink accepts goes into Dovecot as well (Exim always does);
        strip: without these fields; bounce: or comes back. aliases: Exim's. oauth2: the mailbox that
        the tokens of .provider open, at Dovecot and the sink (which take passwords as well)."""
        self.directory = os.path.abspath(directory)
        self.certs = os.path.join(self.directory, "certs")
        self.ca = os.path.join(self.certs, "ca.pem")
        self.smtp_kind, self.smtp_tls, self.replies, self.bad_certs, self.aliases = smtp, smtp_tls, list(replies), bad_certs, aliases
        self.relay, self.sink_options = relay or bounce, (["--bounce"] if bounce else []) + ["--strip=" + name for name in strip]
        if not idle or not move:
            dovecot_more += "\nimap_capability = %s%s%s\n" % (CAPABILITIES, " IDLE" if idle else "", " MOVE" if move else "")
        self.dovecot = Dovecot(self.directory, bad_certs=bad_certs, plain=plain, more=dovecot_more, separator=separator)
        self.smtp = None
        self.mailbox, self.provider = oauth2, None

    def start(self):
        os.makedirs(self.directory, exist_ok=True)
        os.chmod(self.directory, 0o755)  # the servers run as another user where we are root
        if not os.path.exists(self.ca):
            certs.make_certs(self.certs, tuple(certs.CERTS) if self.bad_certs else ("good",))
        if self.mailbox:
            self._start_provider()
        self.dovecot.start()
        try:
            if self.smtp_kind == "sink":
                self.smtp = Sink(os.path.join(self.directory, "sink"), certs=self.certs, tls=self.smtp_tls, replies=self.replies,
                                 lmtp=self.dovecot.lmtp if self.relay else None, options=self.sink_options).start()
            elif self.smtp_kind == "exim":
                self.smtp = Exim(self.directory, lmtp=self.dovecot.lmtp, tls=self.smtp_tls, aliases=self.aliases).start()
        except BaseException:
            self.dovecot.stop()
            raise
        with open(os.path.join(self.directory, "env"), "w") as f:
            f.write(self.env_text())
        return self

    def _start_provider(self):
        self.provider = token_server.TokenServer(os.path.join(self.directory, "provider"), self.certs, self.mailbox).start()
        conf = os.path.join(self.directory, "dovecot-oauth2.conf")
        with open(conf, "w") as f:
            f.write(token_server.DOVECOT_OAUTH2.format(url=self.provider.url, ca=self.ca))
        self.dovecot.more += token_server.DOVECOT.format(conf=conf)
        self.sink_options.append("--tokens=" + self.provider.tokens_file)

    def stop(self):
        if self.provider:
            self.provider.stop()
            self.provider = None
        if self.smtp:
            self.smtp.stop()
        self.dovecot.stop()

    def env(self):
        values = {"RIG_DIR": self.directory, "RIG_IMAPS_PORT": self.dovecot.imaps, "RIG_IMAP_PORT": self.dovecot.imap,
                  "RIG_LMTP_PORT": self.dovecot.lmtp, "RIG_IMAP_PASSWORD": PASSWORD, "RIG_CA": self.ca, "RIG_SMTP": self.smtp_kind}
        if self.smtp:
            values.update({"RIG_SMTP_PORT": self.smtp.port, "RIG_SMTP_USER": SMTP_USER, "RIG_SMTP_PASSWORD": SMTP_PASSWORD,
                           "RIG_SMTP_TLS": "tls" if self.smtp_tls else "starttls"})
        if self.smtp_kind == "sink":
            values["RIG_SINK"] = self.smtp.directory
        return values

    def env_text(self):
        return "".join("%s=%s\n" % (key, shlex.quote(str(value))) for key, value in self.env().items())

    @classmethod
    def opened(cls, directory):
        """The system that was started in `directory` by another process."""
        with open(os.path.join(directory, "env")) as f:
            env = dict(word.split("=", 1) for word in shlex.split(f.read()))
        system = cls(directory, smtp=env["RIG_SMTP"], smtp_tls=env.get("RIG_SMTP_TLS") == "tls")
        system.dovecot.imaps, system.dovecot.imap, system.dovecot.lmtp = (int(env[k]) for k in ("RIG_IMAPS_PORT", "RIG_IMAP_PORT", "RIG_LMTP_PORT"))
        if system.smtp_kind == "sink":
            system.smtp = Sink(env["RIG_SINK"])
        elif system.smtp_kind == "exim":
            system.smtp = Exim(directory, lmtp=system.dovecot.lmtp, tls=system.smtp_tls)
        if system.smtp:
            system.smtp.port = int(env["RIG_SMTP_PORT"])
        return system
