"""A unit's restrictions for a program that no systemd starts: the unit file is read, and shut_in.c applies what it says."""
import os
import re
import shutil
import socket
import subprocess
import threading

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
making = threading.Lock()

# What shut_in does, by the values it can do it for; None: the value is read below.
DONE = {"ProtectSystem": "strict", "CapabilityBoundingSet": "", "AmbientCapabilities": "", "NoNewPrivileges": "yes", "LockPersonality": "yes",
        "MemoryDenyWriteExecute": "yes", "RestrictNamespaces": "yes", "RestrictRealtime": "yes", "RestrictSUIDSGID": "yes", "RestrictAddressFamilies": None,
        "SystemCallArchitectures": "native", "SystemCallErrorNumber": "EPERM", "SystemCallFilter": None, "LimitCORE": "0", "LimitNOFILE": "1024", "UMask": "0077",
        "ProtectKernelModules": "yes", "ProtectKernelLogs": "yes", "ProtectClock": "yes", "ProtectHostname": "yes", "ProtectKernelTunables": "yes",
        "ProtectControlGroups": "yes"}  # the last six: by what may be called, no capabilities, and read-only files
# What it does not: who starts it and how, and views of the machine that the rig itself lies in (/tmp) or that a test's account has not.
LEFT = {"Type", "ExecStart", "ExecReload", "User", "Group", "Restart", "RestartSec", "RestartPreventExitStatus", "TimeoutStartSec", "KillMode", "TimeoutStopSec",
        "WatchdogSec", "StateDirectory", "StateDirectoryMode", "RuntimeDirectory", "RuntimeDirectoryMode", "RuntimeDirectoryPreserve", "ProtectHome", "PrivateTmp",
        "PrivateDevices", "PrivateUsers", "PrivateMounts", "ProcSubset", "ProtectProc", "KeyringMode", "RemoveIPC", "MemoryMax", "TasksMax"}


class NotHere(Exception):
    """This machine cannot do it, and why."""


def settings(unit):
    with open(os.path.join(TOP, "systemd", unit), encoding="utf-8") as f:
        text = f.read().split("[Service]")[1].split("[Install]")[0]
    return [(k, v.strip()) for k, v in re.findall(r"^(\w+)=(.*)$", text, re.M)]


def unknown(unit):
    """Settings of the unit that are neither applied nor left out on purpose: a restriction that no test has seen."""
    return [(k, v) for k, v in settings(unit) if not (k in LEFT or (k in DONE and DONE[k] in (None, v)))]


def group(name):
    """The system calls of a group, as systemd counts them."""
    if not name.startswith("@"):
        return {name}
    p = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name], capture_output=True, text=True)
    if p.returncode:
        raise NotHere("systemd-analyze does not tell what %s is: %s" % (name, p.stderr.strip()))
    words = [line.strip() for line in p.stdout.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*[group(w) for w in words if w != name])


def may_call(unit):
    allowed = set()
    for value in [v for k, v in settings(unit) if k == "SystemCallFilter"]:
        calls = set().union(*[group(w) for w in value.lstrip("~").split()])
        allowed = allowed - calls if value.startswith("~") else allowed | calls
    return allowed


def launcher(unit, folder, writable):
    """What stands before the command of a program that is to be shut in. `folder` takes what is needed for it."""
    if not shutil.which("systemd-analyze"):
        raise NotHere("there is no systemd-analyze here, which knows the groups of system calls (apt-get install systemd)")
    if os.getuid() != 0:
        raise NotHere("only root may make a read-only view of the files")
    source, program = os.path.join(TOP, "tests", "rig", "shut_in.c"), os.path.join(BUILD, "rig", "shut_in")
    with making:
        if not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(source):
            os.makedirs(os.path.dirname(program), exist_ok=True)
            subprocess.run((os.environ.get("CC") or "cc").split() + ["-O1", "-Wall", "-Wextra", "-o", program, source, "-lseccomp"], check=True)
    calls = os.path.join(folder, "syscalls")
    with open(calls, "w") as f:
        f.write("\n".join(sorted(may_call(unit) | {"execve"})))
    families = [v for k, v in settings(unit) if k == "RestrictAddressFamilies"]
    numbers = ",".join("%d" % getattr(socket, name) for name in " ".join(families).split())
    argv = [program, calls, numbers] + list(writable) + ["--"]
    p = subprocess.run(argv + ["true"], capture_output=True, text=True)
    if p.returncode == 77:
        raise NotHere(p.stderr.strip())
    if p.returncode:
        raise RuntimeError("shut_in: %d: %s" % (p.returncode, p.stderr))
    return argv
