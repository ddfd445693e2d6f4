"""Rules and classifier joined: who settles what, and when the assistant asks."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.language.red_flags import Guess, Thresholds, guesses_of, recognise
from backstride.language.sign_rules import Light, Mention, Reading
from backstride.triage import State, load_red_flags, triage

READING = Reading(mentions=(), tags=frozenset(), own_tags={})
RULES = load_red_flags(Path(__file__).resolve().parents[2] / "knowledge")
THRESHOLDS = Thresholds(
    ask_emergency=0.1, ask=0.3, present_emergency=0.6, present=1.0, confirm_emergency=0.1, confirm=0.7
)


def mention(light: Light, *, sure: bool = True, flag: str = "cauda_equina", at: int = 0) -> Mention:
    return Mention(flag=flag, light=light, start=at, end=at + 5, words="words", sure=sure)


def guess(probability: float, *, flag: str = "cauda_equina", words: str = "a clause", at: int = 0) -> Guess:
    return Guess(
        words=words,
        start=at,
        end=at + 40,
        probabilities={flag: probability},
        alone={flag: probability},
        is_clause=True,
    )


def states(
    *mentions: Mention, probability: float = 0.0, flag: str = "cauda_equina", tags: frozenset[str] = frozenset()
) -> dict[str, State]:
    reading = Reading(mentions=mentions, tags=tags, own_tags={})
    guesses = [guess(probability, flag=flag)]
    return {sign.flag: sign.state for sign in recognise(reading, guesses, RULES, THRESHOLDS)}


def loudest(*of_clauses: float, whole: float = 0.05) -> float:
    """What a message says of a flag at the most, given the whole message's probability and each clause's by itself."""
    parts = [("words of a part", 0, 15)] * (1 + len(of_clauses))
    guesses = guesses_of(["heart"], parts, np.array([[whole], *([each] for each in of_clauses)]))
    return max(guess.probabilities["heart"] for guess in guesses if guess.is_clause)


def test_two_clauses_that_hint_at_a_sign_say_more_than_one() -> None:
    assert loudest(0.3, 0.3) > loudest(0.3, 0.001)


def test_a_message_of_one_clause_is_heard_in_its_own_light() -> None:
    assert loudest(whole=0.3) == 0.3


def test_a_clause_among_many_quiet_ones_says_less_than_among_few() -> None:
    assert loudest(0.3, *[0.001] * 11) < loudest(0.3, 0.001)


def test_a_message_of_one_part_says_what_it_says() -> None:
    (guess_of_it,) = guesses_of(["heart"], [("all of it", 0, 9)], np.array([[0.3]]))

    assert guess_of_it.probabilities["heart"] == pytest.approx(0.3)
    assert guess_of_it.alone["heart"] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("mentions", "probability", "state"),
    [
        ((mention(Light.SAID),), 0.5, State.PRESENT),
        ((mention(Light.SAID),), 0.02, State.ASK),
        ((mention(Light.SAID, sure=False),), 0.02, State.ASK),
        ((mention(Light.DENIED),), 0.9, State.ABSENT),
        ((mention(Light.PAST),), 0.9, None),
        ((mention(Light.OTHERS),), 0.9, None),
        ((mention(Light.ASKED),), 0.9, State.ASK),
        ((mention(Light.DENIED), mention(Light.SAID, at=20)), 0.5, State.ASK),
        ((), 0.99, State.PRESENT),
        ((), 0.2, State.ASK),
        ((), 0.05, None),
    ],
)
def test_an_emergency_flag(mentions: tuple[Mention, ...], probability: float, state: State | None) -> None:
    assert states(*mentions, probability=probability).get("cauda_equina") is state


def test_a_milder_flag_needs_a_surer_guess_before_the_assistant_asks() -> None:
    assert states(probability=0.2, flag="persistent") == {}
    assert states(probability=0.35, flag="persistent") == {"persistent": State.ASK}


def test_only_tags_that_the_file_declares_are_kept() -> None:
    reading = Reading(mentions=(mention(Light.SAID),), tags=frozenset({"sudden", "purple"}), own_tags={})
    (sign,) = recognise(reading, [guess(0.9)], RULES, THRESHOLDS)
    assert sign.tags == {"sudden"}


def test_a_guess_elsewhere_in_the_message_is_not_quietened() -> None:
    """A denial in one clause says nothing of another clause."""
    reading = Reading(mentions=(mention(Light.DENIED),), tags=frozenset(), own_tags={})
    guesses = [
        guess(0.9, words="it was denied"),
        guess(0.5, words="it was said", at=60),
    ]
    (sign,) = recognise(reading, guesses, RULES, THRESHOLDS)
    assert (sign.state, sign.evidence) == (State.ASK, "it was said")


def test_a_sure_sign_is_asked_about_where_another_mention_quietens_the_only_guess() -> None:
    """'A man at the race collapsed, not breathing': the one is said, the other may be somebody's history."""
    thresholds = dataclasses.replace(THRESHOLDS, hear_emergency=0.005)

    def heard(*mentions: Mention) -> list[State]:
        reading = Reading(mentions=mentions, tags=frozenset(), own_tags={})
        return [sign.state for sign in recognise(reading, [guess(0.3)], RULES, thresholds)]

    assert heard(mention(Light.SAID), mention(Light.OTHERS, at=20)) == [State.ASK]
    assert heard(mention(Light.SAID, sure=False), mention(Light.OTHERS, at=20)) == []


def test_a_plain_clause_that_no_rule_hears_is_present() -> None:
    """A question before an emergency that was said outright costs trust."""
    (sign,) = recognise(READING, [guess(0.7, words="so said a clause")], RULES, THRESHOLDS)
    assert (sign.state, sign.evidence) == (State.PRESENT, "so said a clause")


@pytest.mark.parametrize(
    ("changes", "shades"),
    [
        ({"alone": {"cauda_equina": 0.3}}, ()),
        ({"probabilities": {"cauda_equina": 0.3}}, ()),
        ({"is_clause": False}, ()),
        ({}, ((10, 15),)),
    ],
    ids=["the clause does not say it", "the message does not bear it out", "the whole message only", "no, or used to"],
)
def test_a_clause_that_is_not_plain_makes_the_assistant_ask(
    changes: dict[str, Any], shades: tuple[tuple[int, int], ...]
) -> None:
    clause = dataclasses.replace(guess(0.7), **changes)
    (sign,) = recognise(dataclasses.replace(READING, shades=shades), [clause], RULES, THRESHOLDS)
    assert sign.state is State.ASK


def test_a_plain_clause_beside_a_denial_makes_the_assistant_ask() -> None:
    reading = dataclasses.replace(READING, mentions=(mention(Light.DENIED),))
    (sign,) = recognise(reading, [guess(0.7, at=60)], RULES, THRESHOLDS)
    assert sign.state is State.ASK


def test_a_short_denial_of_one_flag_quietens_the_guesses_about_others() -> None:
    """Nobody who writes "no numbness or tingling" wants to be asked about numbness elsewhere."""
    reading = dataclasses.replace(READING, mentions=(mention(Light.DENIED, flag="leg_symptoms"),))
    found = recognise(reading, [guess(0.3, words="no numbness or tingling")], RULES, THRESHOLDS)
    assert [(sign.flag, sign.state) for sign in found] == [("leg_symptoms", State.ABSENT)]


# What only repeats the words of another sign


def heard_at(flag: str, start: int, end: int) -> Mention:
    return Mention(flag=flag, light=Light.SAID, start=start, end=end, words=flag, sure=True)


def clause(**probabilities: float) -> Guess:
    return Guess(
        words="numb between my legs",
        start=0,
        end=20,
        probabilities=probabilities,
        alone=probabilities,
        is_clause=True,
    )


def joined(mentions: tuple[Mention, ...], *guesses: Guess) -> dict[str, State]:
    reading = dataclasses.replace(READING, mentions=mentions)
    return {sign.flag: sign.state for sign in recognise(reading, guesses, RULES, THRESHOLDS)}


@pytest.mark.parametrize(
    ("said", "guessed"),
    [("cauda_equina", "both_legs"), ("heart", "aortic_dissection"), ("lung", "heart"), ("heat_stroke", "heart")],
)
def test_a_guess_on_words_that_say_another_sign_is_not_told_as_said(said: str, guessed: str) -> None:
    """ "Numb between my legs" says nothing of both legs."""
    for of_the_sign in (0.95, 0.4):
        found = joined((heard_at(said, 0, 20),), clause(**{said: of_the_sign, guessed: 0.7}))
        assert found == {said: State.PRESENT, guessed: State.ASK}


def test_a_guess_that_is_surer_than_the_sign_which_was_heard_stands() -> None:
    """ "Since my crash I can not feel it when I wipe" in one clause says two things."""
    found = joined((heard_at("major_injury", 0, 8),), clause(major_injury=0.7, cauda_equina=0.97))
    assert found == {"major_injury": State.PRESENT, "cauda_equina": State.PRESENT}


def test_a_guess_in_another_clause_stands() -> None:
    elsewhere = dataclasses.replace(clause(cauda_equina=0.9, both_legs=0.7), start=30, end=50)
    found = joined((heard_at("cauda_equina", 0, 20),), clause(cauda_equina=0.95), elsewhere)
    assert found["both_legs"] is State.PRESENT


def test_a_guess_that_makes_a_message_more_urgent_stands() -> None:
    """A numb leg can wait for days, both legs can not."""
    found = joined((heard_at("leg_symptoms", 0, 20),), clause(leg_symptoms=0.95, both_legs=0.7))
    assert found["both_legs"] is State.PRESENT


def test_a_rule_that_finds_a_part_of_the_words_of_another_is_not_told_as_said() -> None:
    mentions = (heard_at("cauda_equina", 0, 20), heard_at("both_legs", 12, 20))
    assert joined(mentions, clause(cauda_equina=0.95, both_legs=0.3))["both_legs"] is State.ASK


def test_a_rule_within_the_words_of_another_stands_where_the_classifier_bears_it_out() -> None:
    """ "Collapsed in the heat" says both."""
    mentions = (heard_at("heat_stroke", 0, 20), heard_at("heart", 0, 9))
    assert joined(mentions, clause(heat_stroke=0.95, heart=0.7))["heart"] is State.PRESENT


def test_a_rule_that_leads_the_card_stands_within_the_words_of_another() -> None:
    """ "Numb between my legs, and both my feet tingle": a rule for both legs may reach over all of it."""
    mentions = (heard_at("cauda_equina", 0, 12), heard_at("both_legs", 0, 20))
    assert joined(mentions, clause(cauda_equina=0.4, both_legs=0.9))["cauda_equina"] is State.PRESENT


def test_a_rule_that_finds_words_of_its_own_too_stands() -> None:
    mentions = (heard_at("cauda_equina", 0, 20), heard_at("both_legs", 12, 20), heard_at("both_legs", 30, 40))
    assert joined(mentions, clause(cauda_equina=0.95, both_legs=0.3))["both_legs"] is State.PRESENT


@pytest.mark.parametrize("flag", ["self_harm", "pregnancy", "blood_thinners", "under_18"])
def test_self_harm_and_what_raises_other_signs_stand_in_any_case(flag: str) -> None:
    mentions = (heard_at("overdose", 0, 20), heard_at(flag, 5, 15))
    assert joined(mentions, clause(**{"overdose": 0.95, flag: 0.8}))[flag] is State.PRESENT


_flags = st.sampled_from([flag.id for flag in RULES.flags])


@given(
    mentions=st.lists(st.builds(heard_at, _flags, st.integers(0, 19), st.integers(20, 40)), max_size=4).map(tuple),
    guesses=st.lists(st.dictionaries(_flags, st.floats(0.5, 1.0), max_size=5).map(lambda each: clause(**each))),
)
def test_nothing_is_less_urgent_without_what_only_repeats(mentions: tuple[Mention, ...], guesses: list[Guess]) -> None:
    reading = dataclasses.replace(READING, mentions=mentions)
    signs = recognise(reading, guesses, RULES, THRESHOLDS)
    with patch("backstride.language.red_flags._is_echo", return_value=False):
        everything = recognise(reading, guesses, RULES, THRESHOLDS)
    assert triage(signs, RULES).urgency is triage(everything, RULES).urgency
    assert [sign.flag for sign in signs] == [sign.flag for sign in everything]


def test_what_is_quietened_does_not_speak_through_the_other_parts() -> None:
    """The whole message names somebody else's pregnancy; the clause behind it says nothing of one by itself."""
    others = Mention(flag="pregnancy", light=Light.OTHERS, start=11, end=19, words="pregnant", sure=False)
    parts = [("my wife is pregnant and my back hurts", 0, 37), ("my wife is pregnant", 0, 19)]
    parts.append(("my back hurts", 24, 37))
    guesses = guesses_of(["pregnancy"], parts, np.array([[0.999], [0.999], [0.01]]))
    reading = Reading(mentions=(others,), tags=frozenset(), own_tags={})

    assert guesses[2].probabilities["pregnancy"] > THRESHOLDS.ask
    assert recognise(reading, guesses, RULES, THRESHOLDS) == ()
