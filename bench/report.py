"""Times, tables and notes that all reports share."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from backstride.settings import ROOT

RESULTS = ROOT / "bench" / "results"
CACHE = ROOT / ".cache" / "bench"


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds that half and 95 of 100 messages take at most."""

    p50: float
    p95: float

    def __str__(self) -> str:
        return f"{number(self.p50)} / {number(self.p95)}"


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that a share (0 to 1) of the values does not exceed, interpolated between neighbours.

    Raises:
        ValueError: there are no values, or the share is no share.
    """
    ordered = sorted(values)
    if not ordered or not 0 <= share <= 1:
        raise ValueError(f"A percentile needs values and a share from 0 to 1; got {len(ordered)} values and {share}.")
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def latency(milliseconds: Sequence[float]) -> Latency:
    """Return p50 and p95 of times in milliseconds."""
    return Latency(percentile(milliseconds, 0.5), percentile(milliseconds, 0.95))


def number(value: float) -> str:
    """Write a measured number with as many digits as it deserves."""
    if value == 0:
        return "0"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, texts: int = 1) -> str:
    """Return a Markdown table; the first columns (`texts` of them) are text, the others are numbers.

    Raises:
        ValueError: a row has more or fewer cells than the head.
    """
    lines = [_line(head), _line([*(["---"] * texts), *(["---:"] * (len(head) - texts))])]
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"The row {list(row)} has {len(row)} cells, the head has {len(head)}.")
        lines.append(_line([str(cell) for cell in row]))
    return "\n".join(lines) + "\n"


def write(name: str, text: str) -> Path:
    """Write a report into the folder of results, and return where it is."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / name
    path.write_text(text, encoding="utf-8")
    return path


def conditions() -> str:
    """Return one line that says where and on what the figures were taken."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("rasa", "onnxruntime", "scikit-learn", "numpy"))
    return (
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, {processor()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}. "
        f"Load of the machine (processes wanting a core, mean of the last minute): {load():.1f}."
    )


def load() -> float:
    """Return how many processes wanted a core, on average, in the last minute."""
    return os.getloadavg()[0]


def processor() -> str:
    """Return the processor's name."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
