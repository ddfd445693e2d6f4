"""The widget's files: small enough, typed, translatable."""

from __future__ import annotations

import gzip
import re
import subprocess

import pytest
from chat_page import ROOT

BUDGET_BYTES = 25_000
FILES = sorted((ROOT / "widget").glob("*.js"))


def test_all_files_together_are_small() -> None:
    """Everything that a site loads for the widget, as it is sent."""
    sizes = {path.name: len(gzip.compress(path.read_bytes(), mtime=0)) for path in FILES}
    assert sum(sizes.values()) <= BUDGET_BYTES, sizes


def test_types_are_right() -> None:
    """`tsc --checkJs` has nothing to say."""
    compiler = ROOT / "node_modules" / ".bin" / "tsc"
    if not compiler.exists():
        pytest.fail(f"{compiler} is missing; install it with: npm install --no-package-lock")
    done = subprocess.run(
        [compiler, "--project", ROOT / "widget" / "tsconfig.json"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("path", [path for path in FILES if not path.name.startswith("texts.")], ids=lambda p: p.name)
def test_words_for_people_stand_in_the_texts_alone(path: object) -> None:
    """No other file holds a sentence, so that one file is all that a translator needs."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)  # type: ignore[attr-defined]
    if path.name == "styles.js":  # type: ignore[attr-defined]
        assert not re.search(r"content: [\"'][^\"']*[a-z]", code)
        return
    assert re.findall(r"'[A-Z][a-z]+ [a-z]+[^']*'", code) == []
