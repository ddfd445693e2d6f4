"""The file of questionnaires: what it holds, and how a mistake in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstride.errors import KnowledgeError
from backstride.interview import Reading, begin, decide
from backstride.questionnaire import Value, load_questionnaires, signs_of_choice
from backstride.settings import ROOT


def test_every_button_fits_the_narrowest_platform() -> None:
    for questionnaire in load_questionnaires().questionnaires.values():
        for each in questionnaire.questions:
            # Messenger: 13 quick replies of 20 characters.
            assert len(each.tappable) + 2 <= 13
            assert all(len(option.title or "") <= 20 for option in each.tappable)


@pytest.mark.parametrize("place", ["lower", "upper", "one_side", "one_side_left", "both_sides", "buttock", "whole"])
def test_the_check_in_asks_at_most_nine_questions_with_the_five_checks(place: str) -> None:
    check_in = load_questionnaires().questionnaires["check_in"]
    state, asked = begin(check_in, {}, today="2026-11-23"), 1
    while state.asking:
        question = check_in.question(state.asking)
        answer = place if question.id == "place" else question.options[-1].id
        reply: Value = (answer,) if question.several or question.gathers else question.options[-1].value or answer
        after = decide(state, Reading(reply=reply), check_in)
        assert after is not None
        state, asked = after, asked + 1

    assert "height" in state.asked or place not in {"one_side", "one_side_left", "both_sides"}
    assert asked <= 9


def test_a_tapped_answer_names_its_warning_sign() -> None:
    file = load_questionnaires()
    assert signs_of_choice("check_in:legs:both", file) == (("both_legs", "Both legs"),)
    assert signs_of_choice("check_in:legs:none", file) == ()
    assert signs_of_choice("nothing", file) == ()


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("        no: none\n", "        no: nobody\n", "no option"),
        ("        scale: {low: 0, high: 10}\n", "        scale: {low: zero, high: 10}\n", "whole number"),
        ("        label: Legs\n", "", "label"),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    text = (ROOT / "knowledge" / "questionnaires.yml").read_text(encoding="utf-8")
    assert wrong in text
    (tmp_path / "questionnaires.yml").write_text(text.replace(wrong, right, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"questionnaires\.yml:\d+:") as raised:
        load_questionnaires(tmp_path)
    assert said in str(raised.value)
