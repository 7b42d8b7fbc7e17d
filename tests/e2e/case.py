"""What every end-to-end test starts from. A test file ends with `main()`; it prints TAP, one line a test, named by its docstring."""
import os
import signal
import sys
import time
import traceback
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from rig.office import ADDRESS, BUILD, Office, example, expectations  # noqa: E402, F401
from rig.process import RigError, wait_until  # noqa: E402, F401
from rig.sink import SunkMail  # noqa: E402, F401


class Case(unittest.TestCase):
    maxDiff = None

    def office(self, **keywords):
        """An Office that ends with the test. When the test fails, its log is shown."""
        office = Office(**keywords)
        self.addCleanup(office.close)
        self.addCleanup(lambda: self.assertEqual(office.sanitizer_reports(), []))
        self.offices = getattr(self, "offices", []) + [office]
        return office

    def not_here(self, why):
        raise unittest.SkipTest(why)

    def assertLine(self, text, *words):
        """One line of the text has all the words."""
        if not any(all(w in line for w in words) for line in text.splitlines()):
            self.fail("no line has %s in:\n%s" % (" and ".join(map(repr, words)), text))

    def assertSettled(self, office, mails, duplicates=False):
        from endstate import faults
        found = faults(office, mails, duplicates)
        if found:
            self.fail("%d faults:\n%s" % (len(found), "\n".join(found[:40])))


def mail(number, subject="Nomination of exchange students", sender=None, body=None, **headers):
    """A short inquiry of its own kind: <m0001@partner.example>, from p0001@partner.example."""
    sender = sender or "p%04d@partner.example" % number
    lines = ["Message-ID: <m%04d@partner.example>" % number, "Date: Mon, 9 Mar 2026 10:%02d:%02d +0100" % (number // 60 % 60, number % 60),
             "From: Person %d <%s>" % (number, sender), "To: " + ADDRESS, "Subject: %s, no. %d" % (subject, number)]
    lines += ["%s: %s" % (name.replace("_", "-"), value) for name, value in headers.items()]
    body = body or "Dear colleagues,\n\nwe would like to nominate exchange student number %d under Erasmus+.\n\nPerson %d\n" % (number, number)
    return ("\n".join(lines) + "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + body).encode()


class Tap(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.count, self.began = 0, 0

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def say(self, test, words, after="", details=""):
        self.count += 1
        print("%s %d - %s%s" % (words, self.count, test.shortDescription() or str(test), after))
        for office in getattr(test, "offices", []) if words == "not ok" else []:
            details += "\n--- log of the daemon\n" + "\n".join(office.log().splitlines()[-40:])
        for line in details.splitlines():
            print("#   " + line)
        sys.stdout.flush()

    def addSuccess(self, test):
        self.say(test, "ok", " (%.1f s)" % (time.monotonic() - self.began))

    def addSkip(self, test, reason):
        self.say(test, "ok", " # SKIP " + reason)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.say(test, "not ok", details=words_of(error))

    def addError(self, test, error):
        super().addError(test, error)
        self.say(test, "not ok", details=words_of(error))


def words_of(error):
    """What went wrong, and where in the tests."""
    frames = [f for f in traceback.extract_tb(error[2]) if "unittest" not in f.filename]
    where = "\n".join("  at %s:%d: %s" % (os.path.relpath(f.filename), f.lineno, f.line) for f in frames[-4:])
    return "%s: %s\n%s" % (error[0].__name__, error[1], where)


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    if not os.path.exists(os.path.join(BUILD, "ingangd")):
        sys.exit("there is no %s/ingangd: run 'make' first, or set BUILD" % BUILD)
    tests = unittest.defaultTestLoader.loadTestsFromName("__main__") if len(sys.argv) < 2 else \
        unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:], sys.modules["__main__"])
    result = Tap()
    signal.signal(signal.SIGTERM, interrupt)
    try:
        tests.run(result)
    finally:
        for office in list(Office.opened):
            office.close()
    print("1..%d" % result.count)
    sys.exit(0 if result.wasSuccessful() else 1)
