"""The README's commands exist, and they are the ones that CI runs."""

from __future__ import annotations

import re

import pytest

from backstride.settings import ROOT, read_settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
# Code in the README: fenced blocks and `inline`.
CODE = "\n".join(re.findall(r"```(?:\w+)?\n(.*?)```", README, re.DOTALL) + re.findall(r"`([^`\n]+)`", README))
IN_README = set(re.findall(r"(?:^|\s|=\S*\s)make ([a-z-]+)", CODE))
# What CI does beside getting ready: no comment, no shell option, no change of folder.
STEPS = [
    line.removeprefix("exec ").strip()
    for line in CI.splitlines()
    if line.strip() and not line.startswith(("#", "set ", "cd "))
]


def block_with(command: str) -> str:
    """The fenced block that holds a command."""
    blocks = re.findall(r"```(?:\w+)?\n(.*?)```", README, re.DOTALL)
    return next((block for block in blocks if re.search(rf"^{command}\b", block, re.MULTILINE)), "")


def recipe_of(target: str) -> str:
    found = re.search(rf"^{target}:.*\n((?:\t.*\n?)*)", MAKEFILE, re.MULTILINE)
    return found.group(1) if found else ""


def test_ci_runs_what_the_readme_says_that_it_runs() -> None:
    assert STEPS == ["make test"]
    assert "every check that CI runs" in block_with("make test")


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_two_commands_stand_together_in_the_readme(command: str) -> None:
    assert re.search(rf"^{command}\b", block_with("make run"), re.MULTILINE)


def test_every_make_command_of_the_readme_exists() -> None:
    assert IN_README
    assert IN_README <= TARGETS


def test_every_step_of_ci_exists() -> None:
    assert {step.removeprefix("make ") for step in STEPS} <= TARGETS


def test_every_target_is_listed_by_make_help() -> None:
    listed = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))

    assert listed | {"help"} >= IN_README


@pytest.mark.parametrize("command", ["pytest", "rasa data validate", "rasa test core"])
def test_the_whole_test_holds_each_kind_of_check(command: str) -> None:
    assert command in recipe_of("test")


@pytest.mark.parametrize("command", ["backstride check", "ruff check", "ruff format --check", "mypy"])
def test_the_check_holds_each_kind_of_check(command: str) -> None:
    assert command in recipe_of("check")
    assert re.search(r"^test:.*\bcheck\b", MAKEFILE, re.MULTILINE)


def test_every_path_of_the_readme_is_there() -> None:
    """Built files (`.venv/`) and patterns (`<topic>`) aside."""
    paths = re.findall(r"`((?:[\w-]+/)+[\w.-]*|[\w-]+\.(?:yml|lock|toml|md))`", README)
    # Beside the folder that a row is about, what lies in it goes by its bare name.
    bare = {file.name for folder in ("knowledge", "data", "backstride") for file in (ROOT / folder).rglob("*")}

    assert paths
    assert not [path for path in paths if not (ROOT / path).exists() and path.strip("/") not in bare]


def test_every_variable_of_the_readme_is_read_somewhere() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "backstride").rglob("*.py"))

    for variable in re.findall(r"`(BACKSTRIDE_[A-Z_]+|PORT)`", README):
        assert f'"{variable}"' in code, variable


def test_the_port_of_the_readme_is_the_default() -> None:
    assert re.search(rf"^\| `PORT` \| {read_settings({}).port} \|", README, re.MULTILINE)
