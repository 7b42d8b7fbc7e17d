"""Ten mails a second for minutes while one answer in a hundred is a fault: no process grows, none keeps files open, nothing is lost."""
import os
import random
import threading
import time

from ground import mail

TITLE, INVARIANTS, SAMPLE, SHARE = "minutes of mail with 1 % faults", "I-36", 0, 3
MINUTES, GROWTH = 3, 2048  # KiB: what I-36 allows


def plan(_):
    yield "soak", MINUTES


def measure(ground):
    """{process: (KiB, open files)} of those that live on."""
    found = {}
    for pid in ground.pids():
        try:
            with open("/proc/%d/comm" % pid) as f:
                name = f.read().strip()
            with open("/proc/%d/status" % pid) as f:
                kib = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
            found[name] = pid, kib, len(os.listdir("/proc/%d/fd" % pid))
        except (OSError, StopIteration):
            continue
    return found


def play(ground, case):
    seconds, dice, mails = 60 * case[1], random.Random(1), []
    ground.renew([])
    ground.start()
    ground.wait_ready()
    stop = threading.Event()

    def trouble():
        while not stop.wait(10):
            ground.sink.set_replies("%s %s,1 as told" % (dice.choice(("MAIL", "RCPT", "DATA", "DOT")), dice.choice(("451", "close"))))
    threading.Thread(target=trouble, daemon=True).start()
    began, early = time.monotonic(), None
    while time.monotonic() - began < seconds:
        fresh = [mail(n) for n in range(len(mails), len(mails) + 10)]
        ground.deliver(*fresh)
        mails += fresh
        if not early and time.monotonic() - began > seconds / 2:
            early = measure(ground)
        time.sleep(max(0, began + len(mails) / 10 - time.monotonic()))  # the rate itself
    late = measure(ground)
    stop.set()
    ground.sink.set_replies()
    wrong = ["%s grew from %d to %d KiB" % (name, early[name][1], kib) for name, (pid, kib, _) in late.items() if name != "reader" and kib - early[name][1] > GROWTH]
    wrong += ["%s was %d and is %d" % (name, early[name][0], pid) for name, (pid, _, _) in late.items() if name != "reader" and pid != early[name][0]]
    wrong += ["%s had %d open files and has %d" % (name, early[name][2], n) for name, (_, _, n) in late.items() if n > early[name][2] + 3]
    ground.wait(lambda: ground.inbox() == 0, "an empty inbox")
    ground.stop()
    return wrong + ground.at_rest(mails, duplicates=True, ahead=7200)
