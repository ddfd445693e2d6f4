"""The widget's files: small enough, typed, translatable."""

from __future__ import annotations

import re
import subprocess

import pytest
from chat_page import ROOT

from backstride.channels.site import Site, without_comments

BUDGET_BYTES = 25_000
FILES = sorted((ROOT / "widget").glob("*.js"))


def test_all_files_together_are_small() -> None:
    """Everything that a site loads for the widget, as it is sent: without the comments, compressed."""
    site = Site()
    sizes = {path.name: site.zipped_bytes(f"/widget/{path.name}") for path in FILES}
    assert sum(sizes.values()) <= BUDGET_BYTES, sizes


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/** A\n * b */\nlet a;\n", "let a;\n"),
        ("  // why\n  let a;\n", "  let a;\n"),
        ("let a = 'https://b'; // why\n", "let a = 'https://b'; // why\n"),
        ("/** @type {A} */ (b).c();\nd();\n/* e */\n", "/** @type {A} */ (b).c();\nd();\n"),
        ("const a = /\\/*/;\n", "const a = /\\/*/;\n"),
    ],
)
def test_only_comments_on_lines_of_their_own_are_left_out(written: str, sent: str) -> None:
    """What stands between them is sent as it was written."""
    assert without_comments(written) == sent


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
