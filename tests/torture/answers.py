"""Each answer that an SMTP server may give, at each stage: what passes is tried again, what is for good is told to staff, what is the account's marks no mail."""
from ground import six

SLOW = ("stalls",)
TITLE, INVARIANTS, SAMPLE, SHARE = "SMTP servers that say no, or nothing", "I-9 I-10 I-11", 4, 3
STAGES = ("CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "DOT", "QUIT")
PASSING = ("421 4.3.2", "450 4.2.0", "451 4.3.0", "452 4.5.3", "close")
ACCOUNT = {"AUTH": ("535 5.7.8", "530 5.7.0", "534 5.7.9"), "CONNECT": ("554 5.7.1",), "EHLO": ("550 5.7.1",)}
FOR_GOOD = {"RCPT": ("550 5.1.1", "553 5.1.3"), "DATA": ("554 5.6.0",), "DOT": ("554 5.6.0",)}


def plan(_):
    for stage in STAGES:
        yield from (("passes", stage, what) for what in PASSING)
        yield from (("account", stage, what) for what in ACCOUNT.get(stage, ()))
        yield from (("for good", stage, what) for what in FOR_GOOD.get(stage, ()))
    yield "lost", "DOT", "lost"
    yield from (("stalls", stage, "stall") for stage in ("CONNECT", "DOT"))  # the daemon waits five minutes for an answer, as it should


def play(ground, case):
    sort, stage, what = case
    code, _, text = what.partition(" ")
    ground.renew(six())
    ground.sink.set_replies("%s %s,1 %s as told" % (stage, code, text))
    try:
        p = ground.run(limit=400)
    finally:
        ground.sink.set_replies()
    wrong = [] if p.returncode in (0, 69, 75, 78) else ["it ended with %d: %s" % (p.returncode, p.stderr[-300:])]
    failed = [row for row in ground.outbox() if row["state"] == "failed"]
    if len(failed) != (sort == "for good"):
        wrong.append("%d mails count as failed" % len(failed))
    if sort == "for good":
        return wrong + ground.none_lost(six(), ahead=7200, code=(0, 69)) + ([] if all(code in r["error"] for r in failed) else ["the answer is not on record"])
    return wrong + ground.at_rest(six(), duplicates=stage == "DOT" or stage == "QUIT" or sort == "stalls", ahead=7200)
