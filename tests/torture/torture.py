#!/usr/bin/env python3
"""torture.py [--sample] [--seed N] [--minutes M] [KIND [CASE]]: tortures the daemon, and says for each kind how many cases there are, were played, and went wrong.

make torture plays all kinds in 36 minutes (M: another time) on two grounds at once. KIND is a file of this folder; CASE repeats one case as it was shown.
--sample plays the few of each kind that `make check` does. The exit code is 1 when anything went wrong."""
import argparse
import importlib
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import play  # noqa: E402
from ground import Ground  # noqa: E402

KINDS = ("kill_calls", "file_faults", "memory", "power", "network", "answers", "stops", "jumps", "soak")


SAMPLE_SEED = "1"


def load(name):
    return importlib.import_module(name)


def say(kind, case, wrong):
    for w in wrong:
        print("  %s %s: %s" % (kind.__name__, case, w), flush=True)


def row(*cells):
    return "| %-44s | %-15s | %8s | %8s | %8s | %s" % cells


def table(results):
    print(row("what", "invariants", "cases", "played", "breaches", "") + "\n|%s|%s|%s|%s|%s|" % tuple("-" * n for n in (46, 17, 10, 10, 10)))
    for r in results:
        note = "not run here: " + r.why_not if r.why_not else "%d s%s" % (r.seconds, ", not all were reached" if r.played < r.of else "")
        print(row(r.kind.TITLE, r.kind.INVARIANTS, r.of, r.played, len({c for c, _ in r.breaches}), note))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--seed", default=None)
    parser.add_argument("--minutes", type=float, default=36)
    parser.add_argument("kind", nargs="?")
    parser.add_argument("case", nargs="?")
    o = parser.parse_args()
    seed = o.seed or (SAMPLE_SEED if o.sample else str(random.SystemRandom().randrange(10 ** 6)))
    print("seed %s" % seed)
    kinds = [load(name) for name in ([o.kind.removesuffix(".py")] if o.kind else KINDS)]
    shares, results, grounds = sum(k.SHARE for k in kinds), [], [Ground() for _ in range(1 if o.case else 2)]
    for kind in kinds:
        if o.sample:
            results.append(play.play(kind, grounds, seed, count=kind.SAMPLE, only=o.case, say=say))
        else:
            results.append(play.play(kind, grounds, seed, seconds=60 * o.minutes * kind.SHARE / shares, only=o.case, say=say))
        r = results[-1]
        print("%s: %d of %d cases, %d s" % (r.kind.TITLE, r.played, r.of, r.seconds), flush=True)
    table(results)
    return 1 if any(r.breaches for r in results) else 0


if __name__ == "__main__":
    sys.exit(play.to_its_end(main))
