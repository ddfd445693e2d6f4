"""Two models side by side: what is better, what is worse, what keeps a candidate from serving, what is kept of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_comparisons import FLOOR, SIGN, change, compared, comparison, evaluation, keep, serve

from backstride.evaluation.red_flags import FLOORS
from backstride.model_store import ModelAbout, ModelError, ModelStore
from backstride.studio import promotion
from backstride.studio.comparing import NotComparedError, accept_the_rest, look_at, mark_change
from backstride.studio.comparison import (
    example_rows,
    intent_rows,
    newly_missed,
    newly_noticed,
    refusals,
    remarks,
    scenario_rows,
    summary,
)
from backstride.studio.comparisons import Comparisons
from backstride.studio.promotion import PromotionRefusedError, promote, reasons_against, roll_back
from backstride.studio.report import as_html, as_markdown, view_of
from backstride.studio.settings import StudioSettings

# --- what stands against a candidate -------------------------------------------------------------------------------


def test_nothing_stands_against_a_candidate_that_is_as_good() -> None:
    assert refusals(comparison(evaluation(), evaluation()), {}) == ()


def test_a_broken_floor_of_the_warning_signs_stands_against_it() -> None:
    told = refusals(comparison(evaluation(), evaluation(noticed=96)), {})

    assert len(told) == 1
    assert FLOOR in told[0]
    assert f"{FLOORS[FLOOR]:.2f}" in told[0]


def test_a_broken_ceiling_stands_against_it() -> None:
    assert len(refusals(comparison(evaluation(), evaluation(alarms=3)), {})) == 1


def test_a_floor_that_was_broken_before_may_be_mended_step_by_step() -> None:
    before = evaluation(noticed=90)

    assert refusals(comparison(before, evaluation(noticed=92)), {}) == ()
    assert refusals(comparison(before, evaluation(noticed=89)), {}) != ()
    assert "still outside its limit" in remarks(comparison(before, evaluation(noticed=92)), {})[0]


def test_where_nothing_serves_every_floor_must_hold() -> None:
    assert refusals(comparison(None, evaluation(noticed=90)), {}) != ()
    assert refusals(comparison(None, evaluation()), {}) == ()


def test_a_conversation_that_no_longer_goes_right_stands_against_it() -> None:
    told = refusals(comparison(evaluation(), evaluation(wrong={"talk/a": "no towel"})), {})

    assert len(told) == 1
    assert "talk/a" in told[0]
    assert "no towel" in told[0]


def test_a_conversation_that_went_wrong_before_does_not() -> None:
    wrong = evaluation(wrong={"talk/a": "no towel"})

    assert refusals(comparison(wrong, wrong), {}) == ()
    assert [row.change for row in scenario_rows(comparison(wrong, wrong))] == ["still wrong"]
    assert [row.change for row in scenario_rows(comparison(wrong, evaluation()))] == ["mended"]


def test_a_reading_that_was_not_accepted_stands_against_it() -> None:
    both = comparison(evaluation(), evaluation(), changes=(change(),))

    assert refusals(both, {}) == ()
    assert "not looked at" in remarks(both, {})[-1]
    assert refusals(both, {"c/1": "accepted"}) == ()
    assert len(refusals(both, {"c/1": "refused"})) == 1


def test_a_message_taken_for_less_urgent_must_be_looked_at() -> None:
    both = comparison(evaluation(), evaluation(), changes=(change(before=(SIGN,)),))

    assert len(refusals(both, {})) == 1
    assert refusals(both, {"c/1": "accepted"}) == ()


def test_a_message_taken_for_more_urgent_need_not() -> None:
    assert refusals(comparison(evaluation(), evaluation(), changes=(change(after=(SIGN,)),)), {}) == ()


# --- better and worse ----------------------------------------------------------------------------------------------


def test_worse_intents_come_first() -> None:
    worse = evaluation(predicted=("greet", "deny", "deny", "deny"))
    rows = intent_rows(comparison(evaluation(), worse))

    assert [row.verdict for row in rows] == ["worse", "worse"]
    assert rows[0].intent == "greet"
    right = {"hi": "greet", "hello": "greet", "no": "deny", "nope": "deny"}
    assert [(r.text, r.before, r.after) for r in example_rows(comparison(evaluation(), worse), right)] == [
        ("hello", "greet", "deny")
    ]


def test_emergencies_that_only_one_model_misses_are_named() -> None:
    both = comparison(evaluation(missed=("a", "b")), evaluation(missed=("b", "c")))

    assert newly_missed(both) == ("c",)
    assert newly_noticed(both) == ("a",)


def test_the_summary_has_no_figure_before_where_nothing_served() -> None:
    assert {row.before for row in summary(comparison(None, evaluation()))} == {"–"}


# --- what is kept --------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> Comparisons:
    return Comparisons(tmp_path / "state")


def test_a_comparison_is_read_as_it_was_written(kept: Comparisons) -> None:
    both = comparison(evaluation(), evaluation(), changes=(change(), change("2")))
    kept.write(both)

    assert kept.read("new") == both
    assert kept.read("nothing") is None
    assert kept.compared() == {"new"}


def test_what_a_person_had_erased_is_gone_here_too(kept: Comparisons, tmp_path: Path) -> None:
    kept.write(comparison(evaluation(), evaluation(), changes=(change(),)))
    kept.set_mark("new", "c/1", "refused", who="ann")
    kept.forget(["c"])

    read = kept.read("new")
    assert read is not None
    assert read.changes == ()
    assert kept.marks("new") == {}


def test_a_mark_can_be_taken_back(kept: Comparisons) -> None:
    kept.set_mark("new", "c/1", "refused", who="ann")
    kept.set_mark("new", "c/1", None, who="ben")

    assert kept.marks("new") == {}


# --- promoting and rolling back ------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudioSettings:
    monkeypatch.setattr(promotion, "basis_of", lambda _: "basis")
    monkeypatch.setattr(promotion, "can_load", lambda _: None)
    (tmp_path / "tests" / "nlu").mkdir(parents=True)
    (tmp_path / "tests" / "nlu" / "test_set.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - hi\n")
    return StudioSettings(project=tmp_path, state=tmp_path / ".studio", models=tmp_path / "models")


@pytest.fixture
def candidate(settings: StudioSettings) -> str:
    """A candidate that was compared with the serving model, and nothing stands against it."""
    changes = (change(), change("2", before=(SIGN,)))
    new = compared(settings, comparison(evaluation(), evaluation(), changes=changes))
    Comparisons(settings.state).set_mark(new, "c/2", "accepted", who="ann")
    return new


def test_promoting_lets_it_serve_and_writes_down_what_was_worse(settings: StudioSettings, candidate: str) -> None:
    decision = promote(settings, candidate, by="ann", why="better")

    store = ModelStore(settings.models)
    assert store.serving.read_text() == "new"
    assert (decision.by, decision.why, decision.kind) == ("ann", "better", "promoted")
    assert "1 changed reading of a real message was not looked at." in decision.notes


def test_rolling_back_lets_the_model_before_serve_again(settings: StudioSettings, candidate: str) -> None:
    promote(settings, candidate, by="ann", why="better")
    decision = roll_back(settings, by="ben", why="worse")

    assert ModelStore(settings.models).serving.read_text() == "old"
    assert (decision.by, decision.kind) == ("ben", "rolled_back")
    with pytest.raises(ModelError, match="nothing to roll back"):
        roll_back(settings, by="ben", why="worse")


def test_a_candidate_that_never_served_is_not_rolled_back_to(settings: StudioSettings, candidate: str) -> None:
    with pytest.raises(ModelError, match="never served"):
        roll_back(settings, by="ben", why="a short cut", to=candidate)


def test_a_model_that_was_not_compared_is_refused(settings: StudioSettings, candidate: str) -> None:
    other = keep(settings, "other")

    with pytest.raises(PromotionRefusedError, match="not been compared"):
        promote(settings, other, by="ann", why="better")
    with pytest.raises(NotComparedError):
        look_at(settings, other, None)


def test_a_comparison_with_another_serving_model_is_out_of_date(settings: StudioSettings, candidate: str) -> None:
    serve(settings, "third")

    with pytest.raises(PromotionRefusedError, match="Another model serves"):
        promote(settings, candidate, by="ann", why="better")


def test_a_comparison_by_other_tests_is_out_of_date(
    settings: StudioSettings, candidate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotion, "basis_of", lambda _: "other")

    with pytest.raises(PromotionRefusedError, match="have changed"):
        promote(settings, candidate, by="ann", why="better")
    assert ModelStore(settings.models).serving.read_text() == "old"


def test_what_serves_is_not_promoted_again(settings: StudioSettings, candidate: str) -> None:
    promote(settings, candidate, by="ann", why="better")
    kept = Comparisons(settings.state)

    assert reasons_against(settings, kept.read(candidate), {}) == ("It serves already.",)


def test_a_refused_reading_keeps_it_from_serving(settings: StudioSettings, candidate: str) -> None:
    mark_change(settings, candidate, "c/1", "refused", who="ann")

    with pytest.raises(PromotionRefusedError, match="not accepted"):
        promote(settings, candidate, by="ann", why="better")


def test_accepting_the_rest_leaves_what_is_less_urgent_open(settings: StudioSettings, candidate: str) -> None:
    mark_change(settings, candidate, "c/2", None, who="ann")
    accept_the_rest(settings, candidate, who="ann")

    assert Comparisons(settings.state).marks(candidate) == {"c/1": "accepted"}


def test_a_message_that_does_not_change_is_not_marked(settings: StudioSettings, candidate: str) -> None:
    with pytest.raises(NotComparedError):
        mark_change(settings, candidate, "c/9", "accepted", who="ann")


# --- reports -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_words", [True, False])
def test_a_report_holds_words_only_where_asked_for(settings: StudioSettings, *, with_words: bool) -> None:
    both = comparison(evaluation(), evaluation(wrong={"talk/a": "<b>|x"}), changes=(change(),))
    about = ModelAbout(id="new", sha256="x", bytes=1, trained_at="2026-01-01T00:00:00+00:00")
    view = view_of(
        both,
        about,
        None,
        project=settings.project,
        reasons=refusals(both, {}),
        remarks=remarks(both, {}),
        marks={},
        texts={("c", "1"): "my back <script>"} if with_words else None,
    )

    page, text = as_html(view), as_markdown(view)

    assert ("my back &lt;script&gt;" in page) is with_words
    assert ("my back" in text) is with_words
    assert "<script" not in page
    assert "src=" not in page
    assert "talk/a" in page
    assert r"\<b\>\|x" in text
