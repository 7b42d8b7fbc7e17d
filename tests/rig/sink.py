"""Starts smtp_sink.py and reads what it kept."""
import email
import email.policy
import functools
import os
import signal
import subprocess
import sys

from .process import RigError, alive, read_pid, stop_pid, tail, wait_until

USER, PASSWORD = "courier", "way-out-of-the-rig"


class SunkMail:
    """One accepted mail: .sender, .recipients, .params ("BODY=8BITMIME …"), .info (the other lines on top), .raw, .mail (parsed)."""

    def __init__(self, path):
        with open(path, "rb") as f:
            head, self.raw = f.read().split(b"\n\n", 1)
        self.path, self.recipients, self.info = path, [], {}
        for line in head.decode("utf-8", "surrogateescape").split("\n"):
            key, _, value = line.partition(": ")
            if key == "mail":
                self.sender, _, self.params = value[1:].partition("> ")
            elif key == "rcpt":
                self.recipients.append(value[1:-1])
            else:
                self.info[key] = value

    @functools.cached_property
    def mail(self):
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def message_id(self):
        return self.mail["Message-ID"]


class Sink:
    def __init__(self, directory, certs=None, cert="good", host="127.0.0.1", tls=False, auth=True, replies=(), lmtp=None, options=()):
        self.directory = directory
        self.argv = [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "smtp_sink.py"), "--dir", directory, "--host", host]
        if certs:
            self.argv += ["--cert", os.path.join(certs, cert + ".pem"), "--key", os.path.join(certs, cert + ".key")]
        if tls:
            self.argv.append("--tls")
        if auth:
            self.argv += ["--user", USER, "--password", PASSWORD, "--require-auth"]
        if lmtp:
            self.argv += ["--lmtp", "127.0.0.1:%d" % lmtp]
        self.argv += options
        self.replies = list(replies)
        self.port = None
        self.process = None

    def start(self):
        os.makedirs(self.directory, exist_ok=True)
        port_file = os.path.join(self.directory, "port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        errors = os.path.join(self.directory, "stderr")
        argv = self.argv + ["--port", str(self.port or 0)] + [a for r in self.replies for a in ("--reply", r)]
        with open(errors, "w") as err:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=err, stderr=err, start_new_session=True)

        def started():
            if self.process.poll() is not None:
                raise RigError("the SMTP sink does not start:\n" + tail(errors))
            return os.path.exists(port_file)
        wait_until(started, "the SMTP sink")
        self.port = read_pid(port_file)
        return self

    def stop(self):
        pid = read_pid(os.path.join(self.directory, "pid"))
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        elif pid and alive(pid):
            stop_pid(pid)

    def set_replies(self, *lines):
        """From now on it answers so (and with none: as an ordinary server)."""
        path = os.path.join(self.directory, "replies")
        with open(path + ".tmp", "w") as f:
            f.writelines(line + "\n" for line in lines)
        os.rename(path + ".tmp", path)

    def mails(self):
        spool = os.path.join(self.directory, "mail")
        return [SunkMail(os.path.join(spool, name)) for name in sorted(os.listdir(spool)) if name.endswith(".eml")]

    def count(self):
        return sum(name.endswith(".eml") for name in os.listdir(os.path.join(self.directory, "mail")))

    def log(self):
        with open(os.path.join(self.directory, "log")) as f:
            return f.read()
