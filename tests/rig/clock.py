"""A clock that can be put ahead, for the programs under test."""
import os
import subprocess
import threading

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
making = threading.Lock()


def preload():
    """The library, compiled when it is not there yet."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock.c")
    library = os.path.join(BUILD, "rig", "clock.so")
    with making:
        if not os.path.exists(library) or os.path.getmtime(library) < os.path.getmtime(source):
            os.makedirs(os.path.dirname(library), exist_ok=True)
            made = "%s.%d" % (library, os.getpid())
            subprocess.run((os.environ.get("CC") or "cc").split() + ["-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
            os.rename(made, library)
    return library


def env(ahead):
    """The environment of a program whose clock is `ahead` seconds before ours."""
    result = dict(os.environ, LD_PRELOAD=preload(), INGANG_CLOCK_AHEAD="%d" % ahead)
    result["ASAN_OPTIONS"] = ":".join(filter(None, [result.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))  # of builds with SAN=1
    return result
