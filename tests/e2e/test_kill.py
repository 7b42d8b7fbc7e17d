#!/usr/bin/env python3
"""kill -9 at random instants: the end is the same. INGANG_KILLS: how many kills (25); INGANG_SEED: repeats a run's choices."""
import os
import random
import signal
import time

from case import Case, mail, main

KILLS = int(os.environ.get("INGANG_KILLS", "25"))
SEED = os.environ.get("INGANG_SEED") or str(random.SystemRandom().randrange(10 ** 6))


class Kill(Case):
    def hit(self, desk, everything):
        """Kills one process of the daemon, or all of them at once; starts the daemon again when the supervisor is gone."""
        pids = desk.pids()
        if everything or not pids:
            desk.kill_all()
        else:
            victim = self.random.choice(pids)
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                return
            if victim == pids[0]:
                desk.kill_all()
        if not desk.daemon:
            desk.start()

    def run_through(self, kills, everything):
        self.random = random.Random("%s-%s" % (SEED, everything))
        desk = self.office(conf={"more": "limits = { answers_per_hour = 100000; };"})
        mails = [mail(n) for n in range(3 * kills)]
        desk.start()
        for n in range(kills):
            desk.deliver(*mails[3 * n:3 * n + 3])
            time.sleep(self.random.random() * 0.15)  # the instant itself is what is tried; nothing is waited for
            self.hit(desk, everything)
        desk.wait_settled()
        self.assertEqual(desk.stop(), 0)
        self.look(desk, mails, kills)

    def look(self, desk, mails, kills):
        print("#   seed %s: %d kills, %d mails, %d mails at the sink, %d copies" % (
            SEED, kills, len(mails), desk.sink.count(), desk.sink.count() - len({m.message_id for m in desk.sink.mails()})))
        self.assertSettled(desk, mails, duplicates=True)

    def test_one(self):
        """killing single processes of the daemon at random instants changes nothing in the end"""
        self.run_through(KILLS - 2 * (KILLS // 3), False)

    def test_all(self):
        """killing all processes of the daemon at random instants changes nothing in the end"""
        self.run_through(KILLS // 3, True)

    def test_once(self):
        """killing all processes of `ingangd --once` at random instants changes nothing in the end"""
        self.random = random.Random("%s-once" % SEED)
        desk = self.office(conf={"more": "limits = { answers_per_hour = 100000; };"})
        kills = KILLS // 3
        mails = [mail(n) for n in range(2 * kills)]
        for n in range(kills):
            desk.deliver(*mails[2 * n:2 * n + 2])
            desk.start("--once")
            time.sleep(self.random.random() * 0.12)
            desk.kill_all()
        p = desk.once()
        self.assertEqual(p.returncode, 0, p.stderr)
        self.look(desk, mails, kills)


if __name__ == "__main__":
    main()
