"""A conversation kept as a scenario or as a story: what it begins with, and where it contradicts what is there."""

from __future__ import annotations

import pytest
import yaml
from made_conversations import action, bot, user
from studio_server import Person, Running, hidden
from test_explanations import flow

from backstride.studio.corrections import Correction
from backstride.studio.dialogue import Turn, turns_of
from backstride.studio.keeping import add_scenario, contradictions, kept_turns, story_steps
from backstride.studio.project_files import Step
from backstride.studio.settings import StudioSettings


def turns() -> list[Turn]:
    long = (
        "Warmth on the sore place is what most people find helps them through the first few days of it, wrapped well."
    )
    return turns_of(
        [
            user("is heat good", "relief_heat", key="m1"),
            action("action_give_relief"),
            bot(long, buttons=["Why?"], knowledge=["relief.heat"]),
            user("/ask_why", "ask_why", 1.0, title="Why?", key="m2"),
            action("action_explain"),
            bot("Because.", urgency="doctor_days", red_flags=["cancer"]),
        ],
        lambda text: text,
    )


def test_scenario_begins_with_what_was_said_and_read() -> None:
    said, tapped = kept_turns(turns(), {})

    assert (said.said, said.is_tapped, said.knowledge) == ("is heat good", False, ("relief.heat",))
    assert (tapped.said, tapped.is_tapped, tapped.urgency, tapped.red_flags) == (
        "Why?",
        True,
        "doctor_days",
        ("cancer",),
    )


def test_what_should_be_read_is_cut_between_words() -> None:
    (fragment,) = kept_turns(turns(), {})[0].bot

    assert "Warmth on the sore place is what most people find helps them through the".startswith(fragment[:72])
    assert len(fragment) <= 90
    assert fragment.split()[-1] in {"first", "few", "days"}


def test_corrected_turn_leaves_open_what_should_be_read() -> None:
    said, _ = kept_turns(turns(), {"m1": Correction(text="is warmth good", intent="relief_massage")})

    assert (said.said, said.bot, said.knowledge, said.is_corrected) == ("is warmth good", (), (), True)


def test_scenario_is_read_back_as_it_was_kept() -> None:
    (scenario,) = yaml.safe_load(add_scenario("", "heat: then why", kept_turns(turns(), {})))

    assert scenario["name"] == "heat: then why"
    assert scenario["turns"][0]["user"] == "is heat good"
    assert scenario["turns"][1] == {
        "tap": "Why?",
        "bot": ["Because."],
        "red_flags": ["cancer"],
        "urgency": "doctor_days",
    }


def test_story_goes_as_it_should_have_gone() -> None:
    corrections = {"m1": Correction(text="", intent="relief_massage", action="action_menu")}

    assert [step.name for step in story_steps(turns(), corrections)] == [
        "relief_massage",
        "action_menu",
        "ask_why",
        "action_explain",
    ]


def test_turn_of_the_safety_rules_is_no_part_of_a_story() -> None:
    made = turns_of([user("numb legs", "report_pain"), action("action_refer_to_doctor", "SafetyPolicy")], str)

    assert story_steps(made, {}) == ()


STEPS = (Step(kind="intent", name="relief_heat"), Step(kind="action", name="action_menu"))


def test_contradiction_is_shown_at_the_step_where_the_two_part() -> None:
    rule = flow("rule", "heat", "intent:relief_heat", "action:action_give_relief")
    (found,) = contradictions((Step(kind="intent", name="greet"), *STEPS), [rule])

    assert (found.at, found.at_other, found.mine, found.theirs) == (2, 1, "action_menu", "action_give_relief")


@pytest.mark.parametrize(
    "other",
    [
        flow("rule", "same", "intent:relief_heat", "action:action_menu"),
        flow("rule", "another intent", "intent:greet", "action:utter_greet"),
        flow("story", "ends before", "intent:relief_heat"),
        flow("rule", "needs more than its steps", "other:slot", "intent:relief_heat", "action:action_give_relief"),
    ],
)
def test_nothing_is_contradicted_by_what_says_nothing_else(other: object) -> None:
    assert contradictions(STEPS, [other]) == []  # type: ignore[list-item]


# --- the page -------------------------------------------------------------------------------------------------------

FORM = {
    "as": "scenario",
    "name": "a bath",
    "topic": "relief",
    "file": "from_conversations",
    "take": "m1",
    "said": "quokka bath for my sore back perhaps",
    "bot": "A warm towel eases it.",
}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "what Mr Okafor said"}, "nothing personal goes into the data"),
        ({"topic": "../x"}, "Choose a topic"),
        ({"file": "../../x"}, "small letters, digits"),
        ({"take": "m2"}, "begins with the person"),
        ({"said": "call me on 07700 900123"}, "nothing personal goes into the data"),
        ({"said": "i am [name]"}, "Put a made-up word in place"),
        ({"bot": "Hello [name]!"}, "leave out what is masked"),
    ],
)
def test_what_must_not_be_kept_is_refused(
    kim: Person,
    label: str,
    settings: StudioSettings,
    changed: dict[str, str],
    told: str,
) -> None:
    kim.get("/inbox")
    kim.running.studio.index.sync(kim.running.studio.events)
    answer = kim.post(f"/conversation/{label}/keep", do="write", label=label, **(FORM | changed)).text

    assert told in answer
    assert not (settings.project / "tests" / "scenarios").exists()


def test_story_is_written_into_its_topic_and_a_contradiction_is_shown_beside_what_it_contradicts(
    kim: Person,
    label: str,
    running: Running,
    settings: StudioSettings,
) -> None:
    kim.get("/inbox")
    running.studio.index.sync(running.studio.events)
    form = FORM | {"as": "story", "name": "a bath, told why", "label": label}
    refused = kim.post(f"/conversation/{label}/keep", do="look", **form).text
    # As it went, "report_pain" was answered with advice on relief; the rules say otherwise.
    assert "contradicts what is there" in refused
    assert "It parts from the rule" in refused

    running.studio.corrections.save(label, "m1", Correction(text="a bath", intent="relief_heat"), who="Kim")
    looked = kim.post(f"/conversation/{label}/keep", do="look", **form).text
    kim.post(f"/conversation/{label}/keep", do="write", seen=hidden(looked, "seen"), **form)
    written = (settings.project / "data" / "relief" / "stories.yml").read_text()
    assert "- story: a bath, told why\n" in written or '- story: "a bath, told why"\n' in written
