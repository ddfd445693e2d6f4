"""Commands of a project as processes of their own, as a person starts them."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest


class Command:
    """`backstride` with some arguments, run in a project's folder by that project's own code; ended on leaving.

    Args:
        project: the folder.
        arguments: of the command.
        environment: variables to set; none of Backstride's own is passed on.
    """

    def __init__(self, project: Path, *arguments: str, **environment: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BACKSTRIDE")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "backstride.cli", *arguments],
            cwd=project,
            # The working folder alone does not do it: a .pth file of the environment imports the package before Python
            # puts that folder on its path.
            env=inherited | environment | {"PYTHONPATH": str(project)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # Read to the end: a process whose pipe is full stands still.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)

    def __enter__(self) -> Command:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()

    def told(self, pattern: str) -> str:
        """Return what it says first that looks like this; fail with all that it said where it ends without."""
        said = []
        while (line := self._lines.get()) is not None:
            said.append(line)
            if found := re.search(pattern, line):
                return found.group()
        pytest.fail("".join(said))
