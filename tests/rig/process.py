"""Processes of the private mail servers: started unprivileged, waited for by what they do, stopped by pid."""
import errno
import os
import pwd
import signal
import socket
import subprocess
import time

LIMIT = float(os.environ.get("INGANG_WAIT", "60"))  # seconds after which a wait counts as failed; generous on purpose


class RigError(Exception):
    pass


def wait_until(condition, what, limit=None, step=0.01):
    """Calls condition() until it returns something true, which is returned."""
    end = time.monotonic() + (limit or LIMIT)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise RigError("waited %d s in vain for %s" % (limit or LIMIT, what))
        time.sleep(step)
        step = min(step * 1.2, 0.1)


def server_user():
    """Whom the servers run as: never root."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


def unprivileged(argv):
    if os.getuid() != 0:
        return list(argv)
    user = server_user()
    return ["setpriv", "--reuid=%d" % user.pw_uid, "--regid=%d" % user.pw_gid, "--clear-groups"] + list(argv)


def run_daemon(argv, output):
    """Runs what puts itself into the background; returns (exit code, its words). A file takes these: a pipe would stay open in the daemon."""
    with open(output, "w") as f:
        code = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=f, stderr=f).returncode
    return code, tail(output, 40)


def owned_dir(path):
    os.makedirs(path, exist_ok=True)
    if os.getuid() == 0:
        user = server_user()
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def free_ports(n):
    """Loopback ports that nobody uses now. Whoever starts a server on one tries again when it has been taken meanwhile."""
    sockets = [socket.socket() for _ in range(n)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def listening(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), 2).close()
        return True
    except OSError:
        return False


def alive(pid):
    try:
        os.kill(pid, 0)
    except OSError as e:
        return e.errno == errno.EPERM
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def stop_pid(pid, limit=10):
    """TERM, and KILL for what does not listen. A child of ours is reaped."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            return
        end = time.monotonic() + limit
        while alive(pid) and time.monotonic() < end:
            time.sleep(0.01)
        if not alive(pid):
            break
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def read_pid(path):
    try:
        with open(path) as f:
            return int(f.read().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def tail(path, lines=15):
    try:
        with open(path, errors="replace") as f:
            return "".join(f.readlines()[-lines:])
    except OSError as e:
        return "(%s)\n" % e
