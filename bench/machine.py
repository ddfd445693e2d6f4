"""What the machine's cores did during a run, so that a reader can tell how much else was going on."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

_STAT = Path("/proc/stat")


class Watch:
    """Measures, between entering and leaving, how busy the cores were with other processes than the run's own.

    The run's processes must have ended when it is left; only Linux tells.
    """

    def __init__(self) -> None:
        self._started = 0.0
        self._busy_s: float | None = None
        self._own_s = 0.0
        self.wall_s = 0.0
        self.others: float | None = None

    def __enter__(self) -> Watch:
        self._started = time.perf_counter()
        self._busy_s, self._own_s = _busy_seconds(), _own_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.perf_counter() - self._started
        busy_s = _busy_seconds()
        if busy_s is not None and self._busy_s is not None:
            others_s = busy_s - self._busy_s - (_own_seconds() - self._own_s)
            self.others = max(0.0, others_s) / self.wall_s

    def sentence(self) -> str:
        """Say how long the run took and how many cores other processes kept busy meanwhile."""
        took = f"The run took {self.wall_s / 60:.0f} minutes"
        if self.others is None:
            return f"{took}; how busy other processes were is not known here."
        return f"{took}; other processes kept {self.others:.2f} of {os.cpu_count()} cores busy meanwhile."


def busy_seconds_of(line: str, ticks_a_second: int) -> float:
    """Return for how long the cores were busy, from the first line of /proc/stat; waiting for a disk is not busy."""
    user, nice, system, _, _, *interrupts = (int(field) for field in line.split()[1:8])
    return (user + nice + system + sum(interrupts)) / ticks_a_second


def _busy_seconds() -> float | None:
    if not _STAT.is_file():
        return None
    return busy_seconds_of(_STAT.read_text(encoding="ascii").splitlines()[0], os.sysconf("SC_CLK_TCK"))


def _own_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
