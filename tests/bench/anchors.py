"""anchors: liblinear and fastText as they are measured beside ours. Standard library only; the programs are Debian's.

liblinear gets word 1- and 2-grams and groups of 3 to 5 characters inside words, tf-idf, each block of length 1; fastText its own features."""
import collections
import math
import os
import re
import shutil
import subprocess
import time

WORD = re.compile(r"\w+")


def available():
    return [p for p in ("liblinear-train", "liblinear-predict", "fasttext") if shutil.which(p)]


def grams(text):
    words = WORD.findall(text.lower())
    counts = [collections.Counter(words), collections.Counter()]
    counts[0].update(a + " " + b for a, b in zip(words, words[1:]))
    for w in words:
        w = " " + w + " "
        for n in (3, 4, 5):
            counts[1].update(w[i:i + n] for i in range(len(w) - n + 1))
    return counts


class Liblinear:
    def __init__(self, folder, kind=7, cost=None):
        self.folder, self.kind, self.cost = folder, kind, cost or {7: 20, 1: 0.5}[kind]

    def write(self, path, rows, learn):
        grammed = [(label, grams(text)) for label, text in rows]
        if learn:
            self.df = [collections.Counter(), collections.Counter()]
            for _, blocks in grammed:
                for b in (0, 1):
                    self.df[b].update(blocks[b].keys())
            self.index = [{}, {}]
            i = 0
            for b in (0, 1):
                for g in self.df[b]:
                    i += 1
                    self.index[b][g] = i
            self.n = len(rows)
            self.labels = {}
            for label, _ in rows:
                self.labels.setdefault(label, len(self.labels))
        with open(path, "w") as f:
            for label, blocks in grammed:
                out = []
                for b in (0, 1):
                    v = [(self.index[b][g], (1 + math.log(c)) * (math.log((1 + self.n) / (1 + self.df[b][g])) + 1)) for g, c in blocks[b].items() if g in self.index[b]]
                    length = math.sqrt(sum(x * x for _, x in v)) or 1
                    out += [(i, x / length) for i, x in v]
                f.write("%d %s\n" % (self.labels.get(label, -1), " ".join("%d:%.5g" % p for p in sorted(out))))

    def learn(self, rows):
        self.write(self.folder + "/ll.train", rows, True)
        began = time.monotonic()
        subprocess.run(["liblinear-train", "-q", "-s", str(self.kind), "-c", str(self.cost), "-B", "1", self.folder + "/ll.train", self.folder + "/ll.model"], check=True)
        return time.monotonic() - began

    def say(self, rows):
        """[(label, probability)], the microseconds a text (without making the features)."""
        self.write(self.folder + "/ll.test", rows, False)
        names = {v: k for k, v in self.labels.items()}
        began = time.monotonic()
        subprocess.run(["liblinear-predict", "-q"] + (["-b", "1"] if self.kind in (0, 6, 7) else []) + [self.folder + "/ll.test", self.folder + "/ll.model", self.folder + "/ll.out"], check=True,
                       stdout=subprocess.DEVNULL)
        spent = time.monotonic() - began
        out = []
        with open(self.folder + "/ll.out") as f:
            for line in f:
                p = line.split()
                if p[0] == "labels":
                    continue
                out.append((names[int(float(p[0]))], max(map(float, p[1:])) if len(p) > 1 else 1.0))
        return out, spent * 1e6 / max(1, len(rows))


class FastText:
    def __init__(self, folder, options=()):
        self.folder = folder
        self.options = list(options) or ["-wordNgrams", "2", "-minn", "3", "-maxn", "5", "-loss", "ova"]

    def write(self, path, rows):
        with open(path, "w", encoding="utf-8") as f:
            for label, text in rows:
                f.write("__label__%s %s\n" % (label.replace(" ", "_"), " ".join(WORD.findall(text.lower()))))

    def learn(self, rows):
        self.write(self.folder + "/ft.train", rows)
        # few texts need many rounds; of many, this was the best on a fifth of BANKING77's training texts held back
        epochs, rate = max(50, 250000 // len(rows)), "1.0" if len(rows) >= 5000 else "0.5"
        began = time.monotonic()
        subprocess.run(["fasttext", "supervised", "-epoch", str(epochs), "-lr", rate, "-input", self.folder + "/ft.train", "-output", self.folder + "/ft", "-thread", "1", "-verbose", "0", "-seed", "1"] + self.options, check=True,
                       stderr=subprocess.DEVNULL)
        return time.monotonic() - began

    def say(self, rows):
        self.write(self.folder + "/ft.test", rows)
        out = []
        began = time.monotonic()
        done = subprocess.run(["fasttext", "predict-prob", self.folder + "/ft.bin", self.folder + "/ft.test", "1"], check=True, capture_output=True, text=True)
        spent = time.monotonic() - began
        for line in done.stdout.splitlines():
            p = line.split()
            out.append((p[0].removeprefix("__label__"), float(p[1])) if p else ("", 0.0))
        with open(self.folder + "/one", "w") as f:
            f.write("__label__x y\n")
        began = time.monotonic()
        subprocess.run(["fasttext", "predict-prob", self.folder + "/ft.bin", self.folder + "/one", "1"], check=True, capture_output=True)
        return out, max(0, spent - (time.monotonic() - began)) * 1e6 / max(1, len(rows))


class Ours:
    def __init__(self, folder, ctl):
        self.folder, self.ctl = folder, ctl

    def write(self, path, rows):
        with open(path, "w", encoding="utf-8") as f:
            for label, text in rows:
                f.write("%s\t%s\n" % (label, " ".join(text.split())))

    def learn(self, rows):
        self.write(self.folder + "/our.train", rows)
        began = time.monotonic()
        subprocess.run([self.ctl, "learn", "--tsv", self.folder + "/our.train", "--model", self.folder + "/our.model"], check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - began

    def say(self, rows):
        self.write(self.folder + "/our.test", rows)
        began = time.monotonic()
        done = subprocess.run([self.ctl, "classify", "--tsv", self.folder + "/our.test", "--model", self.folder + "/our.model"], check=True, capture_output=True, text=True)
        spent = time.monotonic() - began
        self.write(self.folder + "/one", rows[:1])
        began = time.monotonic()
        subprocess.run([self.ctl, "classify", "--tsv", self.folder + "/one", "--model", self.folder + "/our.model"], check=True, capture_output=True)
        spent -= time.monotonic() - began
        out = [line.split("\t")[1:] for line in done.stdout.splitlines()]
        return [(p, float(c)) for p, c in out], max(0, spent) * 1e6 / max(1, len(rows))
