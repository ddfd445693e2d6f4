"""A whole project with few examples of each intent and each warning sign, so that a real training takes seconds."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from backstride.language.kept_vectors import FILE
from backstride.settings import ROOT

_FOLDERS = ("actions", "backstride", "data", "knowledge", "tests/nlu", "widget")
_FILES = ("domain.yml", "config.yml", "endpoints.yml", "credentials.yml", "pyproject.toml", "requirements.lock")
# Of each block.
_EXAMPLES = 12
# Messages without any sign: enough of them that none is seen where there is none.
_CLEAN = 100

# What both models must hold: signs that the rules hear, whatever a model learned. So the gate is a real one, and a
# training that changes nothing but one example passes it for certain.
_SIGN = {"flag": "cauda_equina", "urgency": "emergency_now"}
_SAID = ("I cannot feel anything between my legs since this morning", "my groin has gone numb and I can't pee")
_SCENARIO = f"""\
- name: an emergency is referred at once
  turns:
  - user: {_SAID[0]}
    urgency: {_SIGN["urgency"]}
    red_flags: [{_SIGN["flag"]}]
"""


def small_project(folder: Path, *, without: str) -> Path:
    """Copy the project, leave most examples of its intents and warning signs out, and give it tests of its own.

    Args:
        folder: where it is put; it must not be there yet.
        without: a word; examples that hold it are left out, so that a model cannot know it.
    """
    for name in _FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in _FILES:
        shutil.copy(ROOT / name, folder / name)
    if FILE.is_file():
        # What the project's own training encoded a moment ago need not be encoded again.
        (folder / ".cache").mkdir()
        shutil.copy(FILE, folder / ".cache")
    for file in folder.glob("data/*/nlu.yml"):
        _thin_out(file, _EXAMPLES, without)
    for file in folder.glob("knowledge/red_flag_phrases/*.yml"):
        _thin_out(file, _CLEAN if file.name == "clean.yml" else _EXAMPLES, without)
    _thin_out(folder / "tests" / "nlu" / "test_set.yml", 1, without)
    (folder / "tests" / "nlu" / "multi_topic.yml").unlink()
    scenarios, signs = folder / "tests" / "scenarios" / "warning_signs", folder / "tests" / "red_flags"
    scenarios.mkdir(parents=True)
    signs.mkdir()
    (scenarios / "emergency.yml").write_text(_SCENARIO)
    told = [json.dumps({"text": text, "kind": "red_flag"} | _SIGN) for text in _SAID]
    (signs / "held_apart.jsonl").write_text("\n".join(told) + "\n")
    return folder


def _thin_out(file: Path, count: int, without: str) -> None:
    """Keep the first lines of every list in a file."""
    kept, left = [], count
    for line in file.read_text(encoding="utf-8").splitlines():
        is_item = re.match(r"\s*- (?!intent:|lookup:|regex:|synonym:)", line) is not None
        if not is_item:
            left = count
        elif left <= 0 or without in line:
            continue
        else:
            left -= 1
        kept.append(line)
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
