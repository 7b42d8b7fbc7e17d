"""Stops, reloads and kills at random instants of the living daemon, and a second daemon on its store; then it is left alone until all is done."""
import os
import random
import signal
import subprocess
import time

from ground import INGANGD, six

TITLE, INVARIANTS, SAMPLE, SHARE = "stops, reloads, kills, a second daemon", "I-1 I-35", 4, 4
ENDS_WITHIN = 5 + float(os.environ.get("INGANG_WAIT", "60"))  # seconds: I-35's five, on a machine that does nothing else
GOOD = (0, -signal.SIGTERM)  # in its first instant it just dies of the signal


def plan(_):
    for seed in range(250):
        for sort in ("stop", "reload", "kill one", "kill all", "second"):
            yield sort, seed


def play(ground, case):
    sort, seed = case
    dice, wrong = random.Random(str(case)), []
    ground.renew(six())
    ground.start()
    for _ in range(4):
        time.sleep(dice.random() * 0.4)  # the instant itself is what is tried; nothing is waited for
        hit(ground, sort, dice, wrong)
        if not ground.daemon:
            ground.start()
    ground.wait_settled()
    if ground.stop() not in GOOD:
        wrong.append("it does not end with 0")
    os.unlink(ground.log_file)
    return wrong + ground.at_rest(six(), duplicates="kill" in sort)


def hit(ground, sort, dice, wrong):
    if sort == "stop":
        if ground.daemon.poll() is None:
            ground.daemon.send_signal(signal.SIGTERM)
        code = ground.daemon.wait(ENDS_WITHIN)
        if code not in GOOD:
            wrong.append("a stop ends with %d" % code)
        ground.kill_all()
    elif sort == "reload":
        if "event=started" in ground.log():  # before that, the signal is its end, as of any program
            ground.daemon.send_signal(signal.SIGHUP)
    elif sort == "second":
        if "event=started" in ground.log():
            p = subprocess.run([INGANGD, "-c", ground.conf_file, "--once"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")
            if p.returncode != 75 or "another ingangd" not in p.stderr:
                wrong.append("a second daemon ends with %d: %s" % (p.returncode, p.stderr[-200:]))
    else:
        pids = ground.pids()
        victim = dice.choice(pids) if pids and sort == "kill one" else None
        if victim and victim != pids[0]:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        else:
            ground.kill_all()
