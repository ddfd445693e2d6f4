"""The exercise pictures as PNG: drawn at build, anew where a drawing changed, by the server where none are there."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from backstride.channels.messaging import pictures
from backstride.channels.messaging.pictures import Pictures, draw_missing, not_drawn
from backstride.channels.site import PICTURES
from backstride.cli import main
from backstride.connect.doctor import look_at_pictures
from backstride.settings import ROOT

SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" width="320" height="240">{}</svg>'
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("plank", "cat_cow"):
        (folder / f"{name}.svg").write_text(SQUARE.format(f'<rect width="{len(name)}" height="9"/>'))
    return folder


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "pictures"


def test_each_drawing_is_drawn_once(drawings: Path, drawn: Path) -> None:
    assert draw_missing(drawings, drawn) == 2
    assert draw_missing(drawings, drawn) == 0
    (plank,) = drawn.glob("plank-*.png")
    assert plank.read_bytes().startswith(PNG)
    assert struct.unpack(">II", plank.read_bytes()[16:24]) == (960, 720)


def test_a_drawing_that_changed_is_drawn_anew_and_its_old_picture_goes(drawings: Path, drawn: Path) -> None:
    draw_missing(drawings, drawn)
    before = set(drawn.iterdir())
    (drawings / "plank.svg").write_text(SQUARE.format('<rect width="99" height="9"/>'))
    assert not_drawn(drawings, drawn) == ["plank"]
    assert draw_missing(drawings, drawn) == 1
    assert {file.name.partition("-")[0] for file in set(drawn.iterdir()) ^ before} == {"plank"}
    assert len(list(drawn.iterdir())) == 2


def test_a_picture_without_its_drawing_goes(drawings: Path, drawn: Path) -> None:
    draw_missing(drawings, drawn)
    (drawings / "plank.svg").unlink()
    assert draw_missing(drawings, drawn) == 0
    assert not list(drawn.glob("plank-*"))


async def test_what_was_drawn_at_build_is_what_is_served(drawings: Path, drawn: Path) -> None:
    draw_missing(drawings, drawn)
    next(drawn.glob("plank-*.png")).write_bytes(b"made at build")
    assert await Pictures(drawings, drawn).png("plank.png") == b"made at build"


async def test_what_was_not_drawn_is_drawn_when_it_is_asked_for(drawings: Path, drawn: Path) -> None:
    served = Pictures(drawings, drawn)
    first = await served.png("plank.png")
    assert first is not None
    assert first.startswith(PNG)
    assert await served.png("plank.png") is first
    assert not drawn.exists(), "a server writes nothing into the project"


async def test_a_stale_picture_is_not_served(drawings: Path, drawn: Path) -> None:
    draw_missing(drawings, drawn)
    old = next(drawn.glob("plank-*.png")).read_bytes()
    (drawings / "plank.svg").write_text(SQUARE.format('<rect width="99" height="9"/>'))
    assert await Pictures(drawings, drawn).png("plank.png") != old


def test_the_command_draws_all_pictures_of_the_knowledge(
    drawn: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pictures, "DRAWN", drawn)
    assert main(["pictures"]) == 0
    count = len(list(PICTURES.glob("*.svg")))
    assert capsys.readouterr().out == f"Pictures drawn: {count}.\n"
    assert len(list(drawn.glob("*.png"))) == count
    assert main(["pictures"]) == 0
    assert capsys.readouterr().out == "All pictures are drawn.\n"


def test_the_doctor_says_which_are_missing(drawings: Path, drawn: Path) -> None:
    told = look_at_pictures(drawings, drawn)
    assert told.is_fine, "the server draws them itself"
    assert "cat_cow, plank" in str(told)
    assert "make pictures" in str(told)
    draw_missing(drawings, drawn)
    assert "they are drawn" in str(look_at_pictures(drawings, drawn))


@pytest.mark.parametrize("target", ["run", "train"])
def test_they_are_drawn_when_the_project_is_built(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (rule,) = [line for line in makefile.splitlines() if line.startswith(f"{target}:")]
    assert ".cache/pictures/.drawn" in rule.partition("##")[0]
