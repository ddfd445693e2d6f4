"""What a start imports and reads. Counted, not timed: a machine may be slow, a start may not do more than it must."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from backstride import later
from backstride.language import sign_language
from backstride.later import import_later
from backstride.settings import ROOT

# Imported by Rasa wherever it runs, and by nothing that answers a message.
UNUSED = ("tensorflow.python", "keras", "matplotlib.pyplot", "pandas", "skops", "pytest")
_IMPORTED = re.compile(r"^import time:.*\|\s+(\S+)$", re.MULTILINE)


def test_a_start_imports_nothing_that_only_training_needs(tmp_path: Path) -> None:
    """A real `backstride serve`, stopped at the moment at which it is ready."""
    endpoints = tmp_path / "endpoints.yml"
    store = {"type": "SQL", "dialect": "sqlite", "db": str(tmp_path / "conversations.db")}
    endpoints.write_text(yaml.safe_dump({"tracker_store": store}), encoding="utf-8")
    credentials = tmp_path / "credentials.yml"
    credentials.write_text("rest:\n", encoding="utf-8")
    program = (
        "import os, builtins\n"
        "from backstride import cli, later\n"
        "def tell(text, **_):\n"
        "    if 'Chat at' in text: os._exit(7)\n"
        "builtins.print = tell\n"
        "cli.main(['serve'])\n"
    )
    settings = {"BACKSTRIDE_ENDPOINTS": str(endpoints), "BACKSTRIDE_CREDENTIALS": str(credentials), "PORT": free_port()}

    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode == 7, ended.stderr[-2000:]
    imported = set(_IMPORTED.findall(ended.stderr))
    assert {"rasa.core.agent", "backstride.language.encoder"} <= imported
    assert not [name for name in imported if name.startswith(UNUSED)]


def free_port() -> str:
    """Return a port that nothing listens on at the moment."""
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


# --- modules that are imported on first use ---------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package whose modules note in a file that they were executed."""
    folder = tmp_path / "slow_to_import"
    folder.mkdir()
    executed = str(tmp_path / "executed")
    note = f"from pathlib import Path\nwith Path({executed!r}).open('a') as file: file.write(__name__ + ' ')"
    (folder / "__init__.py").write_text(f"{note}\nvalue = 1\n")
    (folder / "part.py").write_text(f"{note}\nvalue = 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield folder
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def executed(package: Path) -> list[str]:
    file = package.parent / "executed"
    return file.read_text().split() if file.exists() else []


def imported_later(package: Path) -> ModuleType:
    import_later([package.name])
    return __import__(package.name)


def test_an_import_alone_executes_nothing(package: Path) -> None:
    imported_later(package)

    assert executed(package) == []


def test_its_first_use_executes_it_once(package: Path) -> None:
    module = imported_later(package)

    assert [module.value, module.value] == [1, 1]
    assert executed(package) == ["slow_to_import"]
    assert type(module) is ModuleType
    assert sys.modules[package.name] is module


def test_a_name_imported_from_it_executes_it(package: Path) -> None:
    import_later([package.name])

    from slow_to_import import value

    assert value == 1


def test_a_module_below_it_executes_it_first(package: Path) -> None:
    import_later([package.name])

    from slow_to_import.part import value

    assert value == 2
    assert executed(package) == ["slow_to_import", "slow_to_import.part"]


@pytest.mark.parametrize("name", ["__file__", "__warningregistry__", "__wrapped__"])
def test_a_walk_through_all_modules_executes_nothing(package: Path, name: str) -> None:
    """As `inspect` and `warnings` do."""
    getattr(imported_later(package), name, None)

    assert executed(package) == []


def test_what_it_has_not_is_missed_as_in_any_module(package: Path) -> None:
    module = imported_later(package)

    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = module.no_such_thing


def test_a_module_that_is_not_there_is_missed_at_its_import() -> None:
    finder = later._LaterFinder(["no_such_module"])

    assert finder.find_spec("no_such_module", None) is None


def test_other_modules_are_imported_as_ever(package: Path) -> None:
    import_later(["something_else"])

    __import__(package.name)

    assert executed(package) == ["slow_to_import"]


# --- the language of the warning signs -------------------------------------------------------------------------------


def test_the_signs_language_is_checked_once_while_it_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / sign_language.FILE_NAME
    text = (ROOT / "knowledge" / sign_language.FILE_NAME).read_text(encoding="utf-8")
    checked: list[int] = []
    monkeypatch.setattr(sign_language, "_mistakes", lambda _: checked.append(1) or ())
    file.write_text(text, encoding="utf-8")

    first, second = sign_language.load_language(tmp_path), sign_language.load_language(tmp_path)
    file.write_text(text + "\n# one more line\n", encoding="utf-8")
    third = sign_language.load_language(tmp_path)

    assert first is second
    assert first == third
    assert len(checked) == 2
