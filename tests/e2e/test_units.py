#!/usr/bin/env python3
"""The daemon, shut in as its units say: it does all its work, and could do no more."""
import os
import subprocess
import sys

from case import Case, mail, main
from rig import shutin

# Tries what the unit forbids; prints the name of each thing that went well.
TRIES = r"""
import ctypes, mmap, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
elsewhere, state = sys.argv[1:]
def went(name, call):
    try:
        call()
    except OSError:
        return
    print(name)
def c(f, *a):
    if f(*a) == -1:
        raise OSError(ctypes.get_errno(), "")
def run_written(): mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
went("write to its state", lambda: open(os.path.join(state, "x"), "w").close())
went("an IPv4 socket", lambda: socket.socket(socket.AF_INET).close())
went("write elsewhere", lambda: open(os.path.join(elsewhere, "x"), "w").close())
went("write to /etc", lambda: open("/etc/ingang-test", "w").close())
went("a netlink socket", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close())
went("a packet socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close())
went("memory that is written and run", run_written)
went("a namespace", lambda: c(libc.unshare, 0x10000000))
went("a mount", lambda: c(libc.mount, b"none", b"/mnt", b"tmpfs", 0, None))
went("another's process", lambda: c(libc.ptrace, 16, os.getppid(), None, None))
went("a set-user-ID file", lambda: os.chmod(os.path.join(state, "x"), 0o4700))
went("another clock", lambda: c(libc.settimeofday, ctypes.byref((ctypes.c_long * 2)(1, 0)), None))
went("another user", lambda: os.setuid(65534))
went("realtime", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
"""


# Builds with SAN=1: LeakSanitizer looks at a process by ptrace, which the units forbid. Leaks are found by all other tests.
os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))


class Units(Case):
    def shut_in(self, desk, unit="ingangd.service"):
        state = os.path.join(desk.directory, "state")
        os.mkdir(state, 0o700)
        desk.store = os.path.join(state, "ingang.db")
        desk.write_conf(store=desk.store, more='metrics = { file = "%s/ingang.prom"; };' % state)
        try:
            return shutin.launcher(unit, desk.directory, [state]), state
        except shutin.NotHere as why:
            self.not_here(str(why))

    def test_known(self):
        """each setting of the units is applied in these tests, or left out for a reason; both units have the same"""
        self.assertEqual(shutin.unknown("ingangd.service"), [])
        different = ("ExecStart", "StateDirectory", "RuntimeDirectory")
        both = [[(k, v) for k, v in shutin.settings(unit) if k not in different] for unit in ("ingangd.service", "ingangd@.service")]
        self.assertEqual(*both)

    def test_forbidden(self):
        """what the unit forbids cannot be done; what it allows can"""
        desk = self.office()
        before, state = self.shut_in(desk)
        p = subprocess.run(before + [sys.executable, "-c", TRIES, desk.directory, state], capture_output=True, text=True)
        self.assertEqual((p.returncode, p.stdout.splitlines()), (0, ["write to its state", "an IPv4 socket"]), p.stderr)

    def test_works(self):
        """shut in, the daemon does all its work: mail in and out, the reader's cage, a reload, figures; nothing was refused it"""
        desk = self.office()
        desk.before, state = self.shut_in(desk)
        mails = [mail(n) for n in range(5)] + [b"From: x@partner.example\nSubject: no. 9\nMessage-ID: <m0009@partner.example>\nContent-Type: text/html\n\n<p>avtal</p>\n"]
        desk.deliver(*mails[:3])
        desk.start()
        desk.wait_settled()
        desk.daemon.send_signal(1)
        desk.wait_log("event=reloaded")
        desk.deliver(*mails[3:])
        desk.wait(lambda: len(desk.tickets()) == 6, "all tickets")
        desk.wait_settled()
        desk.wait(lambda: os.path.exists(os.path.join(state, "ingang.prom")), "the figures")
        self.assertEqual(desk.stop(), 0)
        bad = [line for line in desk.log().splitlines() if line.startswith(("error", "warn"))]
        self.assertEqual(bad, [])
        self.assertEqual(desk.ctl_run("verify").returncode, 0)


if __name__ == "__main__":
    main()
