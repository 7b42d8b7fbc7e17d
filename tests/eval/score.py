#!/usr/bin/env python3
"""score.py [--errors] LABELS CLASSIFIED: compares the output of `ingangctl classify --json` with labels. Standard library only.

LABELS is a mails.jsonl (id, topic, second_topic, lang, from, subject) or a table like examples/expect.tsv (mail, topic, lang).
A label of "other" or "triage", and a topic of null, mean that a person has to look.
"""
import collections
import json
import os
import sys


def read_labels(path):
    """Name of the mail without its ending -> (topic, second topic or None, lang, what it is)."""
    labels = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if path.endswith(".jsonl"):
                m = json.loads(line)
                labels[m["id"]] = (m["topic"], m["second_topic"], m["lang"], m["subject"])
            elif not line.startswith("#") and line.strip():
                mail, topic, lang, *rest = line.rstrip("\n").split("\t")
                if topic not in ("*", "returned"):
                    labels[mail.removesuffix(".eml")] = (topic, None, lang, rest[-1])
    return {k: (triage(t), s, l, w) for k, (t, s, l, w) in labels.items()}


def triage(topic):
    return "triage" if topic in (None, "other", "triage") else topic


def share(n, of):
    return "%5.1f %% (%d of %d)" % (100 * n / of, n, of) if of else "    -"


def table(pairs, topics):
    """Rows are the labels, columns what was said; then recall and precision."""
    width = max(len(t) for t in topics) + 2
    print("%-*s" % (width, "label \\ said") + "".join("%*s" % (width, t) for t in topics) + "  recall  precision")
    count = collections.Counter(pairs)
    for t in topics:
        row = [count[t, u] for u in topics]
        said = sum(count[u, t] for u in topics)
        print("%-*s" % (width, t) + "".join("%*d" % (width, n) for n in row) +
              "%7.1f %%" % (100 * count[t, t] / sum(row) if sum(row) else 0) + "%8.1f %%" % (100 * count[t, t] / said if said else 0))


def reliability(rows):
    """Is a confidence of 0.8 right in eight of ten? Of the mails that were given a topic."""
    bins = collections.defaultdict(list)
    for confidence, right in rows:
        bins[min(9, int(confidence * 10))].append((confidence, right))
    for k in sorted(bins):
        b = bins[k]
        print("  said %.2f   right %.2f   mails %4d" % (sum(c for c, _ in b) / len(b), sum(r for _, r in b) / len(b), len(b)))


def main(args):
    errors = "--errors" in args
    labels_path, said_path = [a for a in args if not a.startswith("--")]
    labels = read_labels(labels_path)
    said = {}
    with open(said_path, encoding="utf-8") as f:
        for line in f:
            m = json.loads(line)
            said[os.path.basename(m["file"]).removesuffix(".eml")] = m
    missing = [k for k in labels if k not in said]
    if missing:
        print("score: %d labelled mails were not classified, the first is %s" % (len(missing), missing[0]), file=sys.stderr)
        return 1
    pairs = [(labels[k][0], triage(said[k]["topic"])) for k in labels]
    fair = [(t == u or labels[k][1] == u) for k, (t, u) in zip(labels, pairs)]
    topics = sorted({t for p in pairs for t in p} - {"triage"}) + ["triage"]
    print("%d mails, %s\n" % (len(labels), labels_path))
    print("topic right                      ", share(sum(t == u for t, u in pairs), len(pairs)))
    print("  the second topic counts as well", share(sum(fair), len(pairs)))
    placed = [(t, u, f) for (t, u), f in zip(pairs, fair) if u != "triage"]
    print("  of those given a topic         ", share(sum(f for _, _, f in placed), len(placed)))
    print("language right                   ", share(sum(labels[k][2] == said[k]["lang"] for k in labels), len(labels)))
    print()
    table(pairs, topics)
    print("\nconfidence, where a topic was given (the second topic counts as well)")
    reliability([(said[k]["confidence"], f) for k, (t, u), f in zip(labels, pairs, fair) if u != "triage"])
    second = [k for k in labels if labels[k][1]]
    if second:
        told = [k for k in labels if said[k]["second_topic"]]
        both = sum({said[k]["topic"], said[k]["second_topic"]} == set(labels[k][:2]) for k in told)
        print("\nsecond topic: labelled on %d mails, told of %d, both right on %d" % (len(second), len(told), both))
    if errors:
        for (k, (t, u)), f in zip(zip(labels, pairs), fair):
            if not f:
                why = ", ".join("%s:%s %+.1f" % (y["topic"], y["what"], y["weight"]) for y in said[k]["why"][:8])
                print("\n%s: %s, said %s (%.2f): %s\n    %s" % (k, t, u, said[k]["confidence"], labels[k][3], why))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
