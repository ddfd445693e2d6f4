"""Corrections: kept, undone, two trainers at once; what they would change in the files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from made_conversations import letters

from backstride.studio.changes import plan_changes, written_example
from backstride.studio.conversations import open_database
from backstride.studio.corrections import Correction, Corrections, Mark, OutdatedError, Step
from backstride.studio.forms import correction_of
from backstride.studio.masking import Masking, words_without_capital
from backstride.studio.nearest import Meaning, VectorStore
from backstride.studio.project_files import Project
from backstride.studio.settings import StudioSettings

RIGHT = Correction(text="can i use a bath", intent="relief_heat")


@pytest.fixture
def corrections(settings: StudioSettings) -> Corrections:
    return Corrections(open_database(settings))


def test_correction_is_there_when_the_studio_starts_again(corrections: Corrections, settings: StudioSettings) -> None:
    kept = Correction(
        text="a 6", intent="log_diary", marks=(Mark(words="6", entity="pain_score"),), entities_are_corrected=True
    )
    corrections.save("c", "m", kept, who="Kim")
    assert Corrections(open_database(settings)).of("c")["m"].correction == kept


def test_step_before_counts_when_the_last_is_undone(corrections: Corrections) -> None:
    corrections.save("c", "m", RIGHT, who="Kim")
    other = Correction(text="can i use a bath", intent="relief_massage")
    corrections.save("c", "m", other, who="Kim")
    assert corrections.undo("c", "m").correction == RIGHT
    assert corrections.undo("c", "m") is None
    assert corrections.redo("c", "m").correction == RIGHT
    assert corrections.redo("c", "m").correction == other


def test_second_trainer_is_told_when_the_first_was_faster(corrections: Corrections) -> None:
    corrections.save("c", "m", RIGHT, who="Kim", base=0)
    with pytest.raises(OutdatedError, match="Kim"):
        corrections.save("c", "m", Correction(text="x", intent="greet"), who="Ana", base=0)
    assert corrections.of("c")["m"].correction == RIGHT


def test_typing_is_one_step_when_only_the_wording_changes(corrections: Corrections) -> None:
    corrections.save("c", "m", RIGHT, who="Kim")
    for text in ("can i use a bat", "can i use a bath tub"):
        corrections.save("c", "m", Correction(text=text, intent="relief_heat"), who="Kim")
    assert corrections.undo("c", "m") is None


def test_nothing_waits_when_it_was_written(corrections: Corrections) -> None:
    step = corrections.save("c", "m", RIGHT, who="Kim")
    corrections.note_written({step.id: ["data/relief/nlu.yml"]}, who="Kim")
    assert corrections.waiting() == []
    assert corrections.of("c")["m"].is_written
    assert corrections.undo("c", "m").is_written


def step_of(correction: Correction, number: int = 1) -> Step:
    return Step(id=number, conversation="c", message=f"m{number}", who="Kim", at=0, correction=correction)


@pytest.fixture
def plan(project: Path, tmp_path: Path):
    files = Project(project)
    meaning = Meaning(VectorStore(tmp_path / "vectors.npz", letters))
    meaning.learn(files.examples, files.test_set)
    masking = Masking(words_without_capital(example.text for example in files.examples))

    def make(*corrections: Correction):
        return plan_changes([step_of(c, n) for n, c in enumerate(corrections, start=1)], files, meaning, masking)

    make.files = files
    return make


def added(plan_made) -> list[str]:
    return [line[1:].strip() for change in plan_made.changes for kind, line in change.lines if kind == "add"]


def test_one_line_is_added_when_an_intent_is_corrected(plan) -> None:
    made = plan(Correction(text="quokka bath for my sore back perhaps", intent="relief_heat"))
    assert [change.path for change in made.changes] == ["data/relief/nlu.yml"]
    assert added(made) == ["- quokka bath for my sore back perhaps"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Write what"),
        ("mail me at kim@example.org", "personal"),
        ("i met [name] at the track", "made-up word"),
        ("x" * 1001, "shorter"),
    ],
)
def test_text_is_refused_when_it_must_not_be_written(plan, text: str, why: str) -> None:
    made = plan(Correction(text=text, intent="relief_heat"))
    assert made.changes == ()
    assert why in made.planned[0].findings[0].text


def test_text_is_refused_when_another_intent_has_it(plan) -> None:
    there = next(e for e in plan.files.examples if e.intent == "greet" and e.text.islower() and len(e.text) > 12)
    made = plan(Correction(text=there.text.upper().lower() + "!", intent="goodbye"))
    assert made.changes == ()


def test_text_is_refused_when_the_test_set_has_nearly_the_same(plan) -> None:
    held = next(e for e in plan.files.test_set if e.intent == "relief_heat" and e.text.islower() and len(e.text) > 25)
    made = plan(Correction(text=held.text + " ?", intent="relief_heat"))
    assert made.changes == ()
    assert any("test set" in finding.text for finding in made.planned[0].findings)


def test_second_is_refused_when_two_corrections_say_the_same(plan) -> None:
    text = "quokka bath for my sore back perhaps"
    made = plan(Correction(text=text, intent="relief_heat"), Correction(text=text, intent="relief_massage"))
    assert [planned.is_refused for planned in made.planned] == [False, True]


def test_phrases_grow_when_a_flag_was_missed_or_wrong(plan, project: Path) -> None:
    made = plan(
        Correction(text="quokka numb saddle", missed_flags=("cauda_equina",)),
        Correction(text="quokka tired legs", wrong_flags=("leg_weakness",)),
    )
    assert added(made) == ["- quokka numb saddle", "- quokka tired legs"]
    folder = "knowledge/red_flag_phrases"
    assert {change.path for change in made.changes} == {f"{folder}/cauda_equina.yml", f"{folder}/clean.yml"}


def test_domain_and_rule_follow_when_an_intent_is_new(plan) -> None:
    insoles = {"intent": "ask_insoles", "topic": "prevention", "answer": "action_give_prevention_tip"}
    made = plan(
        Correction(text="which quokka insoles", **insoles), Correction(text="do insoles help a quokka", **insoles)
    )
    assert [change.path for change in made.changes] == [
        "data/prevention/nlu.yml",
        "data/prevention/rules.yml",
        "domain.yml",
    ]
    rules = yaml.safe_load(made.changes[1].after)["rules"]
    assert rules[-1]["steps"] == [{"intent": "ask_insoles"}, {"action": "action_give_prevention_tip"}]


def test_entities_are_annotated_when_they_were_marked() -> None:
    marks = (Mark(words="10k", entity="distance_km", role="last_run", value="10"), Mark(words="knee", entity="place"))
    correction = Correction(text="did 10k [ok], knee", intent="x", marks=marks, entities_are_corrected=True)
    assert written_example(correction) == (
        'did [10k]{"entity": "distance_km", "role": "last_run", "value": "10"} (ok), [knee](place)'
    )


def test_rows_stay_together_when_a_value_is_empty() -> None:
    form = {
        "text": ["a b"],
        "entities": ["yes"],
        "mark_words": ["a", "", "b"],
        "mark_entity": ["age", "", "distance_km.goal"],
        "mark_value": ["", "", "5"],
    }
    assert correction_of(form).marks == (
        Mark(words="a", entity="age"),
        Mark(words="b", entity="distance_km", role="goal", value="5"),
    )
