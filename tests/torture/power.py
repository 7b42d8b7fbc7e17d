"""Power cuts: images of the store with torn and reordered writes (power.c); and that a disk which lies about its syncs is found out."""
import os
import subprocess

from ground import BUILD

TITLE, INVARIANTS, SAMPLE, SHARE = "a power cut", "I-5", 2, 2
IMAGES, RUNS = 20, 30


def plan(_):
    yield "lie", 0
    yield from (("true", seed) for seed in range(1, RUNS + 1))


def play(_, case):
    disk, seed = case
    p = subprocess.run([os.path.join(BUILD, "tests", "torture", "power"), str(seed), str(IMAGES)] + (["lie"] if disk == "lie" else []),
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    return [] if p.returncode == 0 else p.stdout.splitlines()
