"""Dialogue files: text to steps. What may stand in them is told in README.md beside this folder.

Every fault of a file is found here or when the step is played, and names file and line."""
import itertools
import os
import re


class ScriptFault(Exception):
    """The file says what nobody understands."""


class Mismatch(Exception):
    """What came is not what the file says."""


class Step:
    def __init__(self, where, words):
        self.where, self.words = where, words
        self.props, self.text = [], []   # props: (key, value); text: the lines that were indented

    def prop(self, key, default=None):
        return next((v for k, v in self.props if k == key), default)

    def props_of(self, key):
        return [v for k, v in self.props if k == key]

    def body(self):
        lines = list(self.text)
        while lines and not lines[0]:
            lines.pop(0)
        while lines and not lines[-1]:
            lines.pop()
        return "\n".join(lines) + "\n" if lines else ""


class Person:
    def __init__(self, name, address, client, language, role, aliases=()):
        self.name, self.address, self.client, self.language, self.role, self.aliases = name, address.lower(), client, language, role, [a.lower() for a in aliases]

    @property
    def first(self):
        return self.name.split()[0]

    @property
    def addresses(self):
        return [self.address] + self.aliases

    def copy(self, **changes):
        made = Person(self.name, self.address, self.client, self.language, self.role, self.aliases)
        made.__dict__.update(changes)
        return made


class Dialogue:
    def __init__(self, path, title):
        self.path, self.title = path, title
        self.office = "usual"
        self.people = []
        self.steps = []


LANGUAGES = {"in Swedish": "sv", "in English": "en", "sv": "sv", "en": "en"}


def read_cast(path):
    people = []
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = line.split("#")[0].strip() if line.startswith("#") else line.strip()
            if not line:
                continue
            cells = [c.strip() for c in line.split("|")]
            if len(cells) != 5:
                raise ScriptFault("%s:%d: five columns are needed" % (path, n))
            role, _, aliases = cells[4].partition(", also ")
            people.append(Person(cells[0], cells[1], cells[2] or "Outlook", cells[3], role, aliases.split() if aliases else []))
    return people


def read_dialogues(path):
    """The dialogues of a file: one, or one for each row of its table."""
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    rows = list(table_of(path, lines))
    if not rows:
        return [read_one(path, list(enumerate(lines, 1)), {})]
    return [read_one(path, [(n, line) for n, line in enumerate(lines, 1) if n not in rows[0][1]], row) for row, _ in rows]


def table_of(path, lines):
    """(row as a dict, the lines that the table takes)"""
    start = next((n for n, line in enumerate(lines) if line.strip() == "For each of these:"), None)
    if start is None:
        return
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t"):
        end += 1
    taken = set(range(start + 1, end + 1))
    names = None
    for n in range(start + 1, end):
        if not lines[n].strip() or lines[n].strip().startswith("#"):
            continue
        cells = [c.strip() for c in re.split(r"(?<!\|)\|(?!\|)", lines[n])]
        if names is None:
            names = cells
        elif len(cells) != len(names):
            raise ScriptFault("%s:%d: %d cells, and the table has %d columns" % (path, n + 1, len(cells), len(names)))
        else:
            yield dict(zip(names, cells)), taken


def read_one(path, numbered, row):
    def fill(line):
        for key, value in row.items():
            line = line.replace("«%s»" % key, value)
        return line

    dialogue, step = None, None
    skip_props = re.compile(r"^\s*- [^:]*:\s*$")
    for n, line in numbered:
        where = "%s:%d" % (os.path.relpath(path), n)
        had = "«" in line
        line = fill(line).rstrip()
        if had and skip_props.match(line):   # a property whose cell is empty
            continue
        if line.startswith("#") or re.match(r"^=+$", line):
            continue
        if dialogue is None:
            if line:
                dialogue = Dialogue(path, line + (" (%s)" % next(iter(row.values())) if row and next(iter(row.values())) not in line else ""))
            continue
        if not line:
            if step:
                step.text.append("")
            continue
        if line[0] not in " \t":
            if re.match(r"office: ", line):
                dialogue.office = line[8:].strip()
            elif person_of(line):
                dialogue.people.append(person_of(line))
            else:
                step = Step(where, line.rstrip(":") if line.endswith(":") else line)
                dialogue.steps.append(step)
            continue
        if step is None:
            raise ScriptFault("%s: an indented line needs a step above it" % where)
        text = line[2:] if line.startswith("  ") else line.strip()
        m = re.match(r"- ([a-z][a-z ]*?)(?:: ?(.*))?$", text)
        if m and not [t for t in step.text if t]:
            step.props.append((m.group(1), m.group(2) or ""))
        else:
            step.text.append(text)
    if dialogue is None:
        raise ScriptFault("%s: the first line is the title" % path)
    return dialogue


def person_of(line):
    """'Kurt Weg is kurt@weg.example, with mutt, in Swedish' """
    m = re.match(r"^([A-ZÅÄÖ][\wåäöÅÄÖé'-]*(?: [A-ZÅÄÖ][\w'åäöé-]*)*) is (\S+@\S+?)(?:, with ([^,]+))?(?:, in (Swedish|English))?(?:, (outside|division))?$", line)
    if not m:
        return None
    return Person(m.group(1), m.group(2), m.group(3) or "Gmail", {"Swedish": "sv"}.get(m.group(4), "en"), m.group(5) or "outside")


def find_files(folder, words=()):
    found = []
    for root, _, names in sorted(os.walk(folder)):
        found += [os.path.join(root, name) for name in sorted(names) if name.endswith(".txt") and root != folder]
    return [f for f in found if not words or any(w in f for w in words)]


def chunks(items, size):
    it = iter(items)
    while part := list(itertools.islice(it, size)):
        yield part
