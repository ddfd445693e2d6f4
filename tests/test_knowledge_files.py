"""Checking all knowledge files at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backstride.errors import KnowledgeError
from backstride.knowledge import load_knowledge
from backstride.knowledge_files import check_all
from backstride.settings import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge"))


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_projects_own_files_are_right() -> None:
    counts = check_all()

    assert counts["entries"] >= 30
    assert counts["conditions"] >= 10
    assert counts["warning signs"] >= 10


def test_the_mistakes_of_several_files_are_told_at_once(copy: Path) -> None:
    spoil(copy / "wording.yml", 'button_why: "Why?"', 'button_wy: "Why?"')
    spoil(copy / "back_pain.yml", "strength: moderate", "strength: middling")
    spoil(copy / "conditions.yml", "    see_first: true", "    see_first: perhaps")

    with pytest.raises(KnowledgeError) as refused:
        check_all(copy)

    told = str(refused.value)
    assert all(f"{copy}/{name}:" in told for name in ("wording.yml", "back_pain.yml", "conditions.yml"))


def test_files_that_are_missing_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError) as refused:
        check_all(tmp_path)

    named = {problem.path.name for problem in refused.value.problems}
    assert named >= {
        "back_pain.yml",
        "conditions.yml",
        "related_articles.yml",
        "wording.yml",
        "red_flags.yml",
        "emergency_numbers.yml",
        "scope_words.yml",
        "safety_words.yml",
    }
    assert all("missing" in problem.wrong for problem in refused.value.problems)


def test_a_tip_added_by_somebody_who_cannot_program_is_known(copy: Path) -> None:
    with (copy / "back_pain.yml").open("a", encoding="utf-8") as file:
        file.write(
            "\n  relief.warm_bath_salts:\n    title: Bath salts\n    summary: A soak after a run\n"
            "    answer: A soak is pleasant.\n    why: Warmth relaxes.\n"
            "    evidence:\n      says: Hardly any.\n      strength: very_low\n"
            "    sources:\n      - body: A leaflet\n"
        )

    assert check_all(copy)["entries"] == len(load_knowledge().entries) + 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rules_out: [both_legs,", "rules_out: [both_leg,"),
        ("hints: [severe_or_worsening]", "hints: [severe_or_worsenin]"),
        ("flags: [leg_weakness]", "flags: [leg_weaknes]"),
        ("asks: [upper_back]", "asks: [uper_back]"),
    ],
)
def test_an_answer_that_names_an_unknown_warning_sign_is_refused(copy: Path, old: str, new: str) -> None:
    file = copy / "questionnaires.yml"
    line = next(n for n, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if old in text)
    spoil(file, old, new)

    with pytest.raises(KnowledgeError, match=f"questionnaires.yml:{line}: .*did you mean"):
        check_all(copy)
