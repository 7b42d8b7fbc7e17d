#!/usr/bin/env python3
"""test_dialogues.py [-v] [WORD…]: plays the dialogues of this folder against running daemons. WORD: those with it in their path or title.

One line of TAP for each dialogue. README.md tells how a dialogue is written. JOBS: how many offices at once (default: 3)."""
import concurrent.futures
import os
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]

from play import script  # noqa: E402
from play.desk import Desk, OFFICES  # noqa: E402
from play.player import Play  # noqa: E402
from rig.mailsystem import MailSystem  # noqa: E402
from rig.office import BUILD, Office  # noqa: E402

TOGETHER = 20  # dialogues in one office: an office sends no more than so many automatic mails an hour


def offices(system, words):
    """Desks with the dialogues that are played in each."""
    people = script.read_cast(os.path.join(HERE, "cast.txt"))
    kinds = {}
    for path in script.find_files(HERE):
        for dialogue in script.read_dialogues(path):
            if not words or any(w in path or w in dialogue.title for w in words):
                if dialogue.office not in OFFICES:
                    raise script.ScriptFault("%s: there is no office '%s'" % (path, dialogue.office))
                kinds.setdefault(dialogue.office, []).append(dialogue)
    desks, count = [], 0
    for kind, dialogues in kinds.items():
        n = -(-len(dialogues) // TOGETHER)
        for part in range(n):  # spread, so that those that let time pass are in one office
            desk = Desk(system, "desk%d@uni.example" % len(desks), kind, people)
            chosen = sorted(dialogues, key=lambda d: (any("pass" in s.words.split() or "passes" in s.words.split() for s in d.steps), d.path))
            for dialogue in chosen[part * TOGETHER:(part + 1) * TOGETHER]:
                count += 1
                desk.plays.append(Play(desk, dialogue, "d%03d" % count))
            desks.append(desk)
    return desks


def main():
    words = [a for a in sys.argv[1:] if not a.startswith("-")]
    if not os.path.exists(os.path.join(BUILD, "ingangd")):
        sys.exit("there is no %s/ingangd: run 'make' first, or set BUILD" % BUILD)
    folder = tempfile.mkdtemp(prefix="ingang-")
    os.chmod(folder, 0o755)
    system = MailSystem(os.path.join(folder, "ms"), smtp="none")
    began, failed, count = time.monotonic(), 0, 0

    def end(*_):
        for office in list(Office.opened):
            office.close()
        system.stop()
        os._exit(1)
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        system.start()
        desks = offices(system, words)
        with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS") or 3)) as pool:
            futures = {pool.submit(desk.run): desk for desk in sorted(desks, key=lambda d: -max((len(p.dialogue.steps) for p in d.plays), default=0))}
            for future in concurrent.futures.as_completed(futures):
                desk = futures[future]
                for play in desk.plays:
                    count += 1
                    failed += say(count, os.path.relpath(play.dialogue.path, HERE)[:-4] + ": " + play.dialogue.title, play.result if play.result is not None else "was not played to its end")
                count += 1
                try:
                    faults = future.result()
                except Exception as e:
                    faults = [repr(e)[:3000]]
                failed += say(count, "the office %s: the store is whole, and every mail belongs somewhere" % desk.kind, "\n".join(faults))
    finally:
        system.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print("1..%d" % count)
    print("#   %d dialogues, %.1f s" % (count, time.monotonic() - began))
    return 1 if failed else 0


def say(n, title, fault):
    print("%s %d - %s" % ("not ok" if fault else "ok", n, title.replace("#", "no. ")))
    for line in fault.splitlines():
        print("#   " + line)
    sys.stdout.flush()
    return bool(fault)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except script.ScriptFault as e:
        sys.exit("tests/dialogues: %s" % e)
