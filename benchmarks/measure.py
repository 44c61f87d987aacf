"""One measurement in one process: wall time, CPU of all its threads, the most memory it held. No statistics."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Reading:
    """What a stretch of work took: seconds on the wall and on the processors (user and system, every thread)."""

    elapsed_s: float = 0.0
    cpu_s: float = 0.0


@contextmanager
def reading() -> Iterator[Reading]:
    """Measure the with-block; the figures stand in what it yields when the block is over."""
    result = Reading()
    gc.collect()
    cpu_s, started = _cpu_s(), time.perf_counter()
    try:
        yield result
    finally:
        result.elapsed_s = time.perf_counter() - started
        result.cpu_s = _cpu_s() - cpu_s


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_bytes() -> int:
    """Return the most memory this process ever held.

    Linux says it in /proc; ru_maxrss would there count the parent's memory as well, copied at the fork.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
