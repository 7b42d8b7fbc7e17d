"""The clock jumps while mails wait to be sent again; when it has come back, a clean run two hours later sends them all, once."""
import calendar
import time

from ground import six
from rig import clock

DAY = 86400
TITLE, INVARIANTS, SAMPLE, SHARE = "the clock jumps", "I-34", 3, 1


def plan(_):
    now = int(time.time())
    for name, to in (("a second", now + 1), ("an hour ahead", now + 3600), ("an hour back", now - 3600), ("a day ahead", now + DAY), ("a day back", now - DAY),
                     ("a year ahead", now + 365 * DAY), ("a year back", now - 365 * DAY), ("1970", DAY), ("2038", 2 ** 31 + DAY), ("2100", calendar.timegm((2100, 1, 1, 0, 0, 0))),
                     ("summer time begins", calendar.timegm((2027, 3, 28, 0, 59, 59))), ("summer time ends", calendar.timegm((2027, 10, 31, 0, 59, 59)))):
        yield "jump", name, to - now


def play(ground, case):
    _, _, ahead = case
    ground.renew(six())
    ground.sink.set_replies("MAIL 451 4.3.0 later")
    try:
        p = ground.run(env=clock.env(ahead))
    finally:
        ground.sink.set_replies()
    # 78: the certificate is not valid at that time
    wrong = [] if p.returncode in (0, 75, 78) else ["it ended with %d: %s" % (p.returncode, p.stderr[-300:])]
    return wrong + ground.at_rest(six(), duplicates=False, ahead=7200)
