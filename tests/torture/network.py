"""The network between the daemon and its servers fails, at each byte and each command; then a clean run, two hours later. The same with a server that
does what it was told to, and never says so; and one whose UIDVALIDITY has changed meanwhile."""
from ground import six
from proxy import Proxy

SLOW = ("stall", "half")
TITLE, INVARIANTS, SAMPLE, SHARE = "the network fails", "I-2 I-9 I-14 I-17", 4, 6
IMAP = ("LOGIN", "SELECT", "UID FETCH", "UID MOVE", "LIST", "CREATE", "LOGOUT")
STEP = 64  # bytes


def plan(_):
    for side, most in (("imap", {"in": 49152, "out": 4096}), ("smtp", {"in": 8192, "out": 32768})):
        for what in ("cut", "rst", "flip"):
            yield from ((what, side, way, n) for way in most for n in range(0, most[way], STEP))
        yield from (("chunk", side, way, n) for way in most for n in (1, 3, 7, 1000))
    yield from ((what, "imap", way, n) for what in ("stall", "half") for way in ("in", "out") for n in (0, 3000))
    for what in ("before", "lost", "no", "bad"):
        yield from ((what, "imap", verb) for verb in IMAP)
    yield from (("twice", "imap", what) for what in ("before", "lost"))


def play(ground, case):
    what, side, rest = case[0], case[1], case[2:]
    ground.renew(six())
    if what == "twice":
        wrong = through(ground, side, (rest[0], "UID MOVE")) + through(ground, side, ("say", r"UIDVALIDITY \d+", "UIDVALIDITY 4242"))
    else:
        wrong = through(ground, side, (what, *rest))
    return wrong + ground.at_rest(six(), duplicates=True, ahead=7200)


def through(ground, side, fault):
    """A run with the fault in between."""
    port = ground.dovecot.imaps if side == "imap" else ground.sink.port
    with Proxy(port, fault, ground.system.certs) as proxy:
        ground.write_conf(**{side + "_url": "%s://127.0.0.1:%d" % ("imaps" if side == "imap" else "smtp", proxy.port)})
        try:
            p = ground.run(limit=300)
        finally:
            del ground.changes[side + "_url"]
            ground.write_conf()
    return [] if p.returncode in (0, 69, 75, 78) else ["it ended with %d: %s" % (p.returncode, p.stderr[-300:])]
