"""The n-th allocation of a process fails, once or from then on; then a clean run."""
import errno

from ground import NotHere, sanitized, six

TITLE, INVARIANTS, SAMPLE, SHARE = "an allocation fails", "I-21", 6, 6
ROLES = ("supervisor", "intake", "courier", "reader")


def look():
    if sanitized():
        raise NotHere("the sanitizers bring an allocator of their own")


def plan(ground):
    for role in ROLES:
        ground.renew(six())
        ground.run(env=ground.faulty("memory", role))
        calls, _ = ground.counts()
        for at in range(1, calls + 1):
            yield role, at, 1
            if at % 8 == 0:
                yield role, at, 10 ** 9


def play(ground, case):
    role, at, times = case
    ground.renew(six())
    ground.run(env=ground.faulty("memory", role, at, times, errno.ENOMEM))
    return ground.none_lost(six()) if role == "reader" and times > 1 else ground.at_rest(six(), duplicates=True)
