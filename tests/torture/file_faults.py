"""ENOSPC, EDQUOT and EIO at each write and sync of a file: once, three times on end, and for a while; then a clean run."""
import errno
import subprocess

from ground import INGANGD, six

SLOW = tuple(what + " again" for what in ("write", "sync", "read"))
TITLE, INVARIANTS, SAMPLE, SHARE = "a write, a sync or a read of a file fails", "I-4 I-6", 6, 6
KINDS = {"write": ("ENOSPC", "EDQUOT", "EIO"), "sync": ("EIO", "ENOSPC"), "read": ("EIO",)}
TIMES = (1, 3, 10 ** 9)


def plan(ground):
    for what, names in KINDS.items():
        ground.renew(six())
        ground.run(env=ground.faulty(what))
        calls, _ = ground.counts()
        for at in range(1, calls + 1):
            for name in names:
                yield from ((what if times == 1 else what + " again", name, at, times) for times in TIMES)


def play(ground, case):
    sort, name, at, times = case
    what = sort.split()[0]
    ground.renew(six())
    code, said, asked = stubborn(ground, ground.faulty(what, "all", at, times, getattr(errno, name)), 3 if times > 3 else 60)
    wrong = [] if code in (0, 69, 75, 78) else ["it ended with %d: %s" % (code, said[-300:])]
    kept = sum(map(len, ground.filed().values())) + ground.inbox()
    if kept != 6:
        wrong.append("%d of 6 mails lie in the mailbox" % kept)
    return wrong + ground.at_rest(six(), duplicates=asked)  # what it could not write down to its end it sends again


def stubborn(ground, env, patience):
    """Runs it. A courier that cannot write down what it has sent waits for room, and sends nothing meanwhile: then it is asked to end."""
    p = subprocess.Popen([INGANGD, "-c", ground.conf_file, "--once"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         encoding="utf-8", errors="replace", env=env)
    try:
        said = p.communicate(timeout=patience)[1]
        return p.returncode, said, False
    except subprocess.TimeoutExpired:
        p.terminate()
        said = p.communicate(timeout=60)[1]
        return p.returncode, said, True
