"""A whole project with few examples of everything, so that a real training takes seconds."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from backstride.settings import ROOT

_FOLDERS = ("actions", "backstride", "data", "knowledge", "tests/nlu", "widget")
_FILES = ("domain.yml", "config.yml", "endpoints.yml", "credentials.yml", "pyproject.toml", "requirements.lock")
_EXAMPLES = 4
_PHRASES = 5

# What both models must hold, however little they learned: an example of the data, and a sign that the rules alone find.
_SCENARIO = """\
- name: a greeting
  turns:
  - user: hello
    bot: ["hello"]
"""
_SIGNS = (
    {
        "text": "I cannot feel anything between my legs since this morning",
        "flag": "cauda_equina",
        "urgency": "emergency_now",
        "kind": "red_flag",
    },
)


def small_project(folder: Path, *, without: str = "") -> Path:
    """Copy the project and leave most of its examples out.

    Args:
        folder: where it is put; it must not be there yet.
        without: a word; examples that hold it are left out, so that a model cannot know it.
    """
    for name in _FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in _FILES:
        shutil.copy(ROOT / name, folder / name)
    for file in folder.glob("data/*/nlu.yml"):
        _thin_out(file, _EXAMPLES, without)
    for file in folder.glob("knowledge/red_flag_phrases/*.yml"):
        _thin_out(file, _PHRASES, "")
    _thin_out(folder / "tests" / "nlu" / "test_set.yml", 1, without)
    (folder / "tests" / "nlu" / "multi_topic.yml").unlink()
    scenarios, signs = folder / "tests" / "scenarios" / "small_talk", folder / "tests" / "red_flags"
    scenarios.mkdir(parents=True)
    signs.mkdir()
    (scenarios / "greeting.yml").write_text(_SCENARIO)
    (signs / "signs.jsonl").write_text("".join(f"{json.dumps(sign)}\n" for sign in _SIGNS))
    return folder


def _thin_out(file: Path, count: int, without: str) -> None:
    """Keep the first lines of every list in a file."""
    kept, left = [], count
    for line in file.read_text(encoding="utf-8").splitlines():
        is_item = re.match(r"\s*- (?!intent:|lookup:|regex:|synonym:)", line) is not None
        if not is_item:
            left = count
        elif left <= 0 or (without and without in line):
            continue
        else:
            left -= 1
        kept.append(line)
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
