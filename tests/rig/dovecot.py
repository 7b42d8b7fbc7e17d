"""A private Dovecot (IMAP, LMTP) on loopback ports: everything of it under one folder, unprivileged, any user with one password."""
import email
import email.policy
import email.utils
import imaplib
import os
import re
import smtplib
import ssl
import subprocess

from . import certs
from .process import LIMIT, RigError, alive, free_ports, owned_dir, read_pid, run_daemon, server_user, stop_pid, tail, unprivileged, wait_until

PASSWORD = "entry-to-the-rig"

CONF = """
base_dir = {run}
state_dir = {run}
log_path = {run}/dovecot.log
protocols = imap lmtp
listen = {listen}
hostname = mx.uni.example
ssl = yes
ssl_cert = <{certs}/good.pem
ssl_key = <{certs}/good.key
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = {no_plain}
auth_mechanisms = plain login
auth_username_format = %Lu
auth_failure_delay = 0
mail_location = maildir:{mail}/%u
mailbox_list_index = no
mail_max_userip_connections = 100
mail_fsync = never
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
{more}
namespace inbox {{
  inbox = yes
  separator = {separator}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mail}/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
LOCAL = """
local {host} {{
  ssl_cert = <{certs}/{name}.pem
  ssl_key = <{certs}/{name}.key
}}
"""


class Dovecot:
    """directory/certs has the certificates; directory/mail/<address>/ is the Maildir of that address.

    Ports: .imaps (TLS) and .imap (STARTTLS) on 127.0.0.1; on 127.0.0.2 and up the bad certificates (certs.HOSTS); .lmtp."""

    def __init__(self, directory, bad_certs=False, plain=False, more="", separator="/"):
        self.directory = os.path.abspath(directory)
        self.run = os.path.join(self.directory, "dovecot")
        self.mail = os.path.join(self.directory, "mail")
        self.certs = os.path.join(self.directory, "certs")
        self.conf = os.path.join(self.directory, "dovecot.conf")
        self.pid_file = os.path.join(self.run, "master.pid")
        self.bad_certs, self.plain, self.more, self.separator = bad_certs, plain, more, separator
        self.imaps = self.imap = self.lmtp = None

    def start(self):
        if len(self.run) > 80:
            raise RigError("the path %s is too long for Unix sockets: set TMPDIR to a shorter one" % self.run)
        owned_dir(self.run)
        owned_dir(self.mail)
        problem = ""
        for _ in range(5):  # a free port may be taken before Dovecot has it
            if self.imaps is None or problem:
                self.imaps, self.imap, self.lmtp = free_ports(3)
            self._write_conf()
            if os.path.exists(self.pid_file):
                os.unlink(self.pid_file)
            code, problem = run_daemon(unprivileged([self._program(), "-c", self.conf]), os.path.join(self.directory, "dovecot.out"))
            if code == 0:
                wait_until(lambda: read_pid(self.pid_file), "Dovecot's pid file")
                return self
            if "Address already in use" not in problem:
                break
        raise RigError("Dovecot does not start:\n%s%s" % (problem, tail(os.path.join(self.run, "dovecot.log"))))

    @staticmethod
    def _program():
        for path in ("/usr/sbin/dovecot", "/usr/local/sbin/dovecot"):
            if os.path.exists(path):
                return path
        raise RigError("there is no Dovecot here: run 'scripts/deps test'")

    def _write_conf(self):
        import grp
        user = server_user()
        listen = list(certs.HOSTS.values()) if self.bad_certs else ["127.0.0.1"]
        text = CONF.format(run=self.run, mail=self.mail, certs=self.certs, listen=", ".join(listen), user=user.pw_name,
                           group=grp.getgrgid(user.pw_gid).gr_name, uid=user.pw_uid, gid=user.pw_gid, password=PASSWORD, imap=self.imap,
                           imaps=self.imaps, lmtp=self.lmtp, no_plain="no" if self.plain else "yes", more=self.more,
                           separator=self.separator)
        if self.bad_certs:
            for name, host in certs.HOSTS.items():
                text += LOCAL.format(name=name, host=host, certs=self.certs)
        with open(self.conf, "w") as f:
            f.write(text)

    def running(self):
        pid = read_pid(self.pid_file)
        return bool(pid and alive(pid))

    def stop(self):
        pid = read_pid(self.pid_file)
        if pid and alive(pid):
            stop_pid(pid)

    def kick(self, user):
        """Ends the sessions of a user, as a server does that has had enough."""
        subprocess.run(["doveadm", "-c", self.conf, "kick", user], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def log(self, lines=20):
        return tail(os.path.join(self.run, "dovecot.log"), lines)

    # --- mail in ---

    def deliver(self, raw, to):
        self.deliver_all([raw], to)

    def deliver_all(self, mails, to):
        """Through LMTP, as a mail server would: adds Return-Path and Received, and wakes a waiting client."""
        with smtplib.LMTP("127.0.0.1", self.lmtp, timeout=LIMIT) as lmtp:
            for raw in mails:
                sender, raw = take_envelope_sender(raw)
                lmtp.sendmail(sender, [to], crlf(raw))

    def append(self, raw, user, folder="INBOX", flags=""):
        with self.session(user) as imap:
            status, data = imap.append(quote(folder), flags, None, crlf(raw))
            if status != "OK":
                raise RigError("APPEND to %s: %s" % (folder, data))

    # --- looking ---

    def session(self, user):
        """An imaplib connection of the user; use it with `with`."""
        context = ssl.create_default_context(cafile=os.path.join(self.certs, "ca.pem"))
        imap = imaplib.IMAP4_SSL("127.0.0.1", self.imaps, ssl_context=context, timeout=LIMIT)
        imap.login(user, PASSWORD)
        return imap

    def folders(self, user):
        with self.session(user) as imap:
            return sorted(_folder_name(line) for line in imap.list()[1] if line)

    def mails(self, user, folder="INBOX"):
        """The raw mails of a folder, oldest first; [] where there is no such folder."""
        with self.session(user) as imap:
            return _mails(imap, folder)

    def all_mails(self, user):
        """{folder: [raw, …]} of the folders that hold something."""
        with self.session(user) as imap:
            names = [_folder_name(line) for line in imap.list()[1] if line]
            found = {name: _mails(imap, name) for name in names}
        return {name: mails for name, mails in found.items() if mails}

    def count(self, user, folder="INBOX"):
        with self.session(user) as imap:
            status, data = imap.select(quote(folder), readonly=True)
            return int(data[0]) if status == "OK" else 0


def crlf(raw):
    return re.sub(rb"\r?\n", b"\r\n", raw)


def take_envelope_sender(raw):
    """A mail's Return-Path is taken off and becomes the envelope's sender; without one, From is it."""
    if raw[:12].lower() == b"return-path:":
        line, _, rest = raw.partition(b"\n")
        return line[12:].decode().strip().strip("<>"), rest
    sender = email.message_from_bytes(raw, policy=email.policy.compat32)["From"] or ""
    address = email.utils.parseaddr(str(sender))[1]
    return (address if address.isascii() else ""), raw


def quote(folder):
    return '"%s"' % folder.replace("\\", "\\\\").replace('"', '\\"')


def _folder_name(line):
    if isinstance(line, tuple):
        return line[1].decode()
    name = line.decode().split(") ", 1)[1].split(" ", 1)[1]
    return name[1:-1] if name.startswith('"') else name


def _mails(imap, folder):
    status, data = imap.select(quote(folder), readonly=True)
    if status != "OK" or data[0] == b"0":
        return []
    status, data = imap.fetch("1:*", "(BODY.PEEK[])")
    return [item[1] for item in data if isinstance(item, tuple)]
