"""kill -9 before each system call of `ingangd --once` over six mails that has an effect; then a clean run. For single processes, and for all at once."""
from ground import NotHere, six, tool

TITLE, INVARIANTS, SAMPLE, SHARE = "kill -9 at each system call", "I-1 I-2 I-8 I-9", 6, 10


def run(ground, at, who):
    ground.renew(six())
    p = ground.run([tool("killat"), str(at), who])
    if p.returncode == 77:
        raise NotHere("processes cannot be traced: " + p.stderr.strip())
    return [int(n) for n in p.stdout.split()]


def plan(ground):
    calls, _ = run(ground, 0, "all")
    return [(who, at) for at in range(1, calls + 1) for who in ("all", "one")]


def play(ground, case):
    who, at = case
    run(ground, at, who)
    return ground.at_rest(six(), duplicates=True)
