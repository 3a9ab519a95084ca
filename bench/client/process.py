"""What a process uses: cores, CPU time, memory."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


def two_cores() -> tuple[int, int] | None:
    """A core for the server and its feeder, and one for the client; None where processes cannot
    be pinned or there is only one core."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[-1]) if len(cores) > 1 else None


def pin(core: int) -> None:
    """Run this process, and what it starts from now on, on one core."""
    os.sched_setaffinity(0, {core})


def cpu_seconds() -> float:
    """User and system time of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def reset_peak() -> int:
    """Start the measure of peak memory anew; returns the resident bytes now."""
    if _CLEAR_REFS.exists():
        _CLEAR_REFS.write_text("5")
        return _status_bytes("VmRSS")
    return peak_bytes()


def peak_bytes() -> int:
    """The most memory that was resident, in bytes, since `reset_peak`.

    Linux keeps ru_maxrss across exec, where it is the parent's; VmHWM is the process's own.
    """
    if _STATUS.exists():
        return _status_bytes("VmHWM")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _status_bytes(field: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"{_STATUS} has no {field}")
