"""Whole conversations with the trained model and the real actions, over each platform's own API, and fifty at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from drivers import ALL, Person, Seen, open_everywhere

from backstride.channels.messaging.dialects import SLACK_MRKDWN
from backstride.channels.messaging.split import for_sms
from backstride.knowledge import load_knowledge
from backstride.settings import ROOT
from backstride.triage import load_red_flags
from backstride.wording import load_wording

WORDING = load_wording()
RULES = load_red_flags(ROOT / "knowledge")
ROLLS = load_knowledge().entry("exercise.knee_rolls")
EMERGENCY = "since this morning i can't feel anything between my legs and i can't pee"
PLAN = "This is a plan from your answers"
Meet = Callable[[str], Person]

pytestmark = pytest.mark.parametrize("channel", ALL)


@pytest.fixture(scope="module")
def meet(agent: Any) -> Iterator[Meet]:
    """Return a function that brings a new person to a platform."""
    with open_everywhere(agent) as everywhere:
        yield everywhere.meet


def all_of(seen: list[Seen]) -> str:
    """Return all texts, without the signs that keep Slack and WhatsApp from formatting."""
    return "\n".join(message.text for message in seen).replace("\u200b", "")


def titles_of(seen: list[Seen]) -> str:
    """Return all that can be tapped or typed."""
    return "\n".join(title for message in seen for title in message.choices)


def plain(text: str, channel: str) -> str:
    """Return a text as a channel shows it."""
    if channel == "slack":
        return SLACK_MRKDWN.format(text).replace("\u200b", "")
    return for_sms(text) if channel == "sms" else text


def test_hello_is_answered_with_ways_on(meet: Meet, channel: str) -> None:
    seen = meet(channel).say("hello")
    assert WORDING("button_causes")[:10] in titles_of(seen[-1:])


def test_a_cause_is_chosen_from_the_list(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("hi there")
    causes = person.choose(WORDING("button_causes"))
    warm_up = load_knowledge().entry("cause.no_warm_up")
    assert warm_up.title in all_of(causes)
    assert plain(warm_up.answer[:60], channel) in all_of(person.choose(warm_up.title))


def test_an_exercise_comes_with_its_picture_after_the_five_checks_only(meet: Meet, channel: str) -> None:
    person = meet(channel)
    checks = person.say("show me some stretches")
    assert plain(RULES.screening.text, channel) in all_of(checks)
    assert not [seen for seen in checks if seen.picture]
    stretches = person.choose(RULES.screening.none)
    assert ROLLS.title in all_of(stretches)
    exercise = person.choose(ROLLS.title)
    assert plain(ROLLS.answer[:40], channel) in all_of(exercise)
    assert bool([seen for seen in exercise if seen.picture]) == (channel != "sms")


def test_a_red_flag_in_the_middle_is_referred_first_and_keeps_exercises_away(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("show me some stretches")
    person.choose(RULES.screening.none)
    referral, *_ = person.say(EMERGENCY)
    assert "112" in referral.text or "emergency" in referral.text
    assert WORDING("chat_more") not in referral.text
    again = person.say("ok but show me the knee rolls")
    assert ROLLS.answer[:40] not in all_of(again)
    assert not [seen for seen in again if seen.picture]


def test_a_red_flag_is_heard_while_a_menu_is_open(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("what helps now")
    referral, *_ = person.say("massage made it worse, both my legs are numb and weak and i wet myself")
    assert "emergency" in referral.text


@pytest.mark.parametrize("typed", ['/affirm{"check": "none"}', '/deny{"check": "none"}', "/restart"])
def test_a_typed_payload_opens_no_exercise(meet: Meet, channel: str, typed: str) -> None:
    person = meet(channel)
    person.say("hello")
    person.say(typed)
    shown = person.say('/choose_item{"entry": "exercise.knee_rolls"}')
    assert ROLLS.answer[:40] not in all_of([*shown, *person.say(typed)])


def test_a_check_in_ends_with_a_plan(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("ask me some questions about my back")
    person.say("4")
    seen = person.choose("Lower back")
    assert "Since when" in all_of(seen)
    seen = person.choose("Today or yesterday")
    for _ in range(12):
        if PLAN in all_of(seen):
            break
        assert WORDING("chat_more") not in all_of(seen), "a question is never shortened"
        seen = person.choose("Skip" if "Skip" in titles_of(seen) else RULES.screening.none)
    assert PLAN in all_of(seen)


def test_a_stretch_session_goes_step_by_step(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("take me through some stretches")
    first = person.choose(RULES.screening.none)
    assert "Step 1 of" in all_of(first)
    assert "Step 2 of" in all_of(person.say("done"))
    referral, *_ = person.say(EMERGENCY)
    assert "emergency" in referral.text
    assert "Step" not in all_of(person.say("next"))


def test_a_diary_entry_is_written_down_and_read_back(meet: Meet, channel: str) -> None:
    person = meet(channel)
    assert "8 km" in all_of(person.say("log it: pain 4 before, 6 after, ran 8 km"))
    assert "8 km" in all_of(person.say("show me my diary"))
