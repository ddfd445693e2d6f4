"""Start, watch and stop the processes of a bench: only its own, by their ids, on this machine's own address."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from backstride.settings import LIBRARY_DEFAULTS, ROOT

ADDRESS = "127.0.0.1"
_STOP_S = 15.0


class BenchError(Exception):
    """A process of the bench failed or took too long; the message names its log."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process that ran to its end took: seconds by the clock, and seconds of processor time."""

    wall_s: float
    cpu_s: float


def environment(*, threads: int, **more: str) -> dict[str, str]:
    """Return the environment of all processes: no telemetry, so many threads for each numeric library."""
    return {
        **os.environ,
        **LIBRARY_DEFAULTS,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "TF_INTRA_OP_PARALLELISM_THREADS": str(threads),
        "TF_INTER_OP_PARALLELISM_THREADS": str(threads),
        "SANIC_HOST": ADDRESS,
        **more,
    }


def run(arguments: Sequence[str], *, log: Path, timeout_s: float, env: Mapping[str, str]) -> Finished:
    """Run Python with arguments to its end.

    Raises:
        BenchError: it failed, or took longer than it may.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with log.open("w") as output, _Group(arguments, env, stdout=output, stderr=output) as group:
        try:
            code = group.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise BenchError(f"python {' '.join(arguments)} took longer than {timeout_s:.0f} s; see {log}") from None
    wall_s = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if code != 0:
        raise BenchError(f"python {' '.join(arguments)} ended with {code}; see {log}")
    return Finished(wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


class Server:
    """A process that serves until the bench stops it."""

    def __init__(self, arguments: Sequence[str], *, log: Path, env: Mapping[str, str]) -> None:
        """Prepare it; entering starts it, leaving ends it and all that it started."""
        self._log = log
        self._output = log.open("w")
        self._group = _Group(arguments, env, stdout=self._output, stderr=self._output)

    def __enter__(self) -> Server:
        self._group.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._group.__exit__(None, None, None)
        self._output.close()

    def check(self) -> None:
        """Raise BenchError where the process has ended."""
        if self._group.process.poll() is not None:
            raise BenchError(f"A server ended with {self._group.process.returncode}; see {self._log}")

    def megabytes(self) -> float:
        """Return the resident memory of the process and of all that it started."""
        return megabytes_of(self._group.process.pid)


class Helper:
    """A process that answers one line of JSON with another."""

    def __init__(self, arguments: Sequence[str], *, threads: int, log: Path | None = None, **more: str) -> None:
        self._log = log
        self._errors: IO[str] | int = log.open("w") if log else subprocess.DEVNULL
        self._group = _Group(
            arguments,
            environment(threads=threads, **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    def __enter__(self) -> Helper:
        self._group.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._group.__exit__(None, None, None)
        if not isinstance(self._errors, int):
            self._errors.close()

    def ask(self, question: Mapping[str, Any], *, timeout_s: float) -> dict[str, Any]:
        """Send a question and wait for the answer.

        Raises:
            BenchError: the process ended, or took longer than it may.
        """
        stdin, stdout = self._group.process.stdin, self._group.process.stdout
        if stdin is None or stdout is None:
            raise BenchError("A helper without pipes cannot be asked.")
        try:
            stdin.write(json.dumps(question).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            raise BenchError(f"A helper ended; see {self._log or 'its own output'}") from None
        # An answer is written in one piece: once its start is there, the rest follows.
        ready, _, _ = select.select([stdout], [], [], timeout_s)
        if not ready:
            raise BenchError(f"A helper gave no answer within {timeout_s:.0f} s; see {self._log or 'its own output'}")
        line = stdout.readline()
        if not line:
            raise BenchError(f"A helper ended; see {self._log or 'its own output'}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def megabytes(self) -> float:
        """Return the resident memory of the process and of all that it started."""
        return megabytes_of(self._group.process.pid)


class _Group:
    """A process in a group of its own, so that what it starts ends with it."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str], **pipes: Any) -> None:
        self._command = [sys.executable, *arguments]
        self._env = dict(env)
        self._pipes = pipes
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise BenchError("The process has not been started.")
        return self._process

    def __enter__(self) -> _Group:
        self._process = subprocess.Popen(self._command, cwd=ROOT, env=self._env, start_new_session=True, **self._pipes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        process = self.process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                os.killpg(process.pid, number)
                try:
                    process.wait(_STOP_S)
                except subprocess.TimeoutExpired:
                    continue


def free_port() -> int:
    """Return a port that nothing listens on at the moment."""
    with socket.socket() as listener:
        listener.bind((ADDRESS, 0))
        port: int = listener.getsockname()[1]
        return port


def megabytes_of(pid: int) -> float:
    """Return the resident memory of a process and of all its descendants; pages that they share count for each."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in listing.splitlines()]
    return kilobytes_of_tree(pid, [(row[0], row[1], row[2]) for row in rows]) / 1024


def kilobytes_of_tree(pid: int, rows: Iterable[tuple[int, int, int]]) -> int:
    """Add up a process and its descendants.

    Args:
        pid: the process at the top.
        rows: id, parent's id and resident kilobytes of all processes.
    """
    children: dict[int, list[int]] = defaultdict(list)
    sizes: dict[int, int] = {}
    for one, parent, size in rows:
        children[parent].append(one)
        sizes[one] = size
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        total += sizes.get(one, 0)
        waiting += children[one]
    return total
