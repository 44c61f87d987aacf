"""Who holds a lease: a process, named so that another can tell whether it still lives. No file of ours is read here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One process: `place` is the machine since its start and the namespace its pid means something in, "" if unknown."""

    place: str
    pid: int
    started: str


def this_process() -> Process:
    """Return who we are."""
    pid = os.getpid()
    return Process(_place(), pid, _look(pid)[0])


def is_alive(process: Process) -> bool | None:
    """Say whether a process still lives; None where it cannot be told from here."""
    if not process.place or process.place != _place():
        return None
    started, state = _look(process.pid)
    # The same pid may have been given to another process since; a zombie is dead, nobody has buried it yet.
    return bool(started) and started == process.started and state != "Z"


def _place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 (a name, not a path)
    except OSError:
        return ""  # not Linux: leases come back by expiry alone


def _look(pid: int) -> tuple[str, str]:
    """Return when a process started (clock ticks since the machine did) and its state; "" where there is none."""
    try:
        # proc_pid_stat(5): the second field may hold anything, in brackets; the start time is the 22nd.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return fields[19], fields[0]
    except (OSError, IndexError):
        return "", ""
