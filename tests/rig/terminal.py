"""A program in a terminal of its own: its screen is read, keys are pressed, and a condition on the screen is waited for.

The terminal is a VT52, the simplest that curses programs run on. The program ends with us, however we end: its terminal hangs up."""
import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from .process import LIMIT, RigError, stop_pid

ROWS, COLUMNS = 80, 200
ENTER = "\r"


class Screen:
    """What is seen of what was written to it."""

    def __init__(self):
        self.lines = [[" "] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0
        self.escape = ""  # a sequence that has not come to its end

    def write(self, text):
        for c in text:
            if self.escape:
                self._escape(c)
            elif c == "\033":
                self.escape = c
            elif c >= " ":
                self.lines[self.row][self.column] = c
                self.column = min(self.column + 1, COLUMNS - 1)
            elif c == "\r":
                self.column = 0
            elif c == "\n":
                self._down()
            elif c == "\b":
                self.column = max(0, self.column - 1)
            elif c == "\t":
                self.column = min(COLUMNS - 1, (self.column // 8 + 1) * 8)

    def _down(self):
        if self.row == ROWS - 1:
            self.lines = self.lines[1:] + [[" "] * COLUMNS]
        else:
            self.row += 1

    def _escape(self, c):
        self.escape += c
        if self.escape[1] == "Y":
            if len(self.escape) < 4:
                return
            self.row, self.column = min(ord(self.escape[2]) - 32, ROWS - 1), min(ord(self.escape[3]) - 32, COLUMNS - 1)
        elif c in "ABCD":
            self.row = min(max(self.row + {"A": -1, "B": 1}.get(c, 0), 0), ROWS - 1)
            self.column = min(max(self.column + {"C": 1, "D": -1}.get(c, 0), 0), COLUMNS - 1)
        elif c == "H":
            self.row = self.column = 0
        elif c == "I":
            if self.row:
                self.row -= 1
            else:
                self.lines = [[" "] * COLUMNS] + self.lines[:-1]
        elif c in "JK":
            self.lines[self.row][self.column:] = [" "] * (COLUMNS - self.column)
            for row in range(self.row + 1, ROWS) if c == "J" else ():
                self.lines[row] = [" "] * COLUMNS
        self.escape = ""

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.lines)


class Terminal:
    def __init__(self, argv, env, directory):
        self.screen, self.code, self.unseen = Screen(), None, ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(directory)
                os.execvpe(argv[0], argv, dict(os.environ, TERM="vt52", LINES=str(ROWS), COLUMNS=str(COLUMNS), LC_ALL="C.UTF-8", **env))
            except OSError as e:
                os.write(2, ("%s: %s\n" % (argv[0], e)).encode())
            os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def _read(self, seconds):
        """Lets the screen go on by one step, up to where the cursor is moved next: words that stand there for a moment only are seen too.
        False at the program's end."""
        if not self.unseen and select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # EIO: nobody has the other end any more
                data = b""
            if not data:
                return False
            self.unseen = self.decoder.decode(data)
        end = self.unseen.find("\033", 1)
        step, self.unseen = (self.unseen, "") if end < 0 else (self.unseen[:end], self.unseen[end:])
        self.screen.write(step)
        return True

    def seen(self):
        """The screen without its empty lines, for a message."""
        return "\n".join(line for line in self.screen.text().splitlines() if line)

    def press(self, keys):
        os.write(self.fd, keys.encode())

    def wait(self, condition, what):
        """condition(text of the screen) is asked whenever that may have changed; returns what it gives."""
        end = time.monotonic() + LIMIT
        while True:
            value = condition(self.screen.text())
            if value:
                return value
            if time.monotonic() > end:
                raise RigError("waited in vain for %s; the screen:\n%s" % (what, self.seen()))
            if not self._read(end - time.monotonic()):
                raise RigError("waited for %s, and the program ended; the screen:\n%s" % (what, self.seen()))

    def wait_text(self, *words):
        """Until one line has all the words; that line."""
        return self.wait(lambda text: next((line for line in text.splitlines() if all(w in line for w in words)), None), " and ".join(map(repr, words)))

    def wait_end(self):
        """Until the program has ended of itself; its exit code."""
        end = time.monotonic() + LIMIT
        while self._read(max(0, end - time.monotonic())):
            if time.monotonic() > end:
                raise RigError("the program does not end; the screen:\n%s" % self.seen())
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return self.code

    def close(self):
        if self.code is None:
            os.close(self.fd)
            self.code = -signal.SIGKILL
            stop_pid(self.pid)
