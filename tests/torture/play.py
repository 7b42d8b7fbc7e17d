"""Plays the cases of a kind of torture on several grounds at once, and counts.

A kind is a module with TITLE, INVARIANTS (of docs), `plan(ground)`: all its cases, each a tuple that names it, its sort first, and
`play(ground, case)`: what is wrong after it, a list. Optional: SAMPLE (how many cases `make check` plays), SHARE (of the time of a whole run),
SLOW (sorts that wait for the daemon's own limits, no part of a sample), `look()`: raises NotHere. Cases are played in an order that a seed fixes, so that a run that ends early has seen all parts alike."""
import itertools
import queue
import random
import signal
import threading
import time
import traceback

from ground import Ground, NotHere
from rig.process import RigError


class Result:
    def __init__(self, kind):
        self.kind, self.played, self.of, self.breaches, self.why_not, self.seconds = kind, 0, 0, [], None, 0


def play(kind, grounds, seed, seconds=None, count=None, only=None, say=lambda *_: None):
    """Plays until the cases, `count` of them or the time have run out."""
    result, began = Result(kind), time.monotonic()
    try:
        getattr(kind, "look", lambda: None)()
        cases = in_order(kind.plan(grounds[0]), random.Random("%s %s" % (kind.__name__, seed)))
        result.of = len(cases)
        waiting = queue.Queue()
        slow = getattr(kind, "SLOW", ()) if count and not only else ()
        for case in [c for c in cases if c[0] not in slow and (not only or str(c) == only)][:count]:
            waiting.put(case)
        end = began + seconds if seconds else None
        threads = [threading.Thread(target=work, daemon=True, args=(kind, waiting, end, result, say, ground)) for ground in grounds]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    except NotHere as e:
        result.why_not = str(e)
    result.seconds = time.monotonic() - began
    return result


def in_order(cases, dice):
    """Each sort of case (its first word) in turn."""
    sorts = {}
    for case in cases:
        sorts.setdefault(case[0], []).append(case)
    for group in sorts.values():
        dice.shuffle(group)
    return [case for row in itertools.zip_longest(*sorts.values()) for case in row if case is not None]


def work(kind, waiting, end, result, say, ground):
    while not end or time.monotonic() < end:
        try:
            case = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            wrong = kind.play(ground, case)
        except Exception as e:  # a case that cannot be judged is one that went wrong
            wrong = [str(e) if isinstance(e, RigError) else traceback.format_exc()]
        result.played += 1
        result.breaches += [(case, w) for w in wrong[:5]]
        say(kind, case, wrong)


def to_its_end(main):
    """Runs it; whatever ends it, the servers are stopped."""
    def interrupt(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return main()
    except KeyboardInterrupt:
        return 1
    finally:
        for office in list(Ground.opened):
            office.close()
