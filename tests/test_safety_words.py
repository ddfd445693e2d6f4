"""How people answer a question about a warning sign, ask back, and take a sign back."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstride.safety_words import (
    answer_in,
    folded,
    is_vague,
    is_whole_no,
    load_safety_words,
    narrowed_to,
    remark_in,
    side_in,
    taken_on,
    takes_note,
)

WORDS = load_safety_words(Path(__file__).resolve().parent.parent / "knowledge")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes", "yes"),
        ("Yeah, both of them", "yes"),
        ("I do, a bit", "yes"),
        ("No.", "no"),
        ("nope all fine", "no"),
        ("none of these", "no"),
        ("I don't know", "unsure"),
        ("not sure tbh", "unsure"),
        ("Why do you ask?", "why"),
        ("my left heel hurts", ""),
        ("lol no", "no"),
        ("um, well no", "no"),
        ("nah all good", "no"),
        ("nothing like that", "no"),
        ("not that I noticed", "no"),
        ("don't think so", "no"),
        ("sort of", "yes"),
        ("yh a bit", "yes"),
        ("could be", "unsure"),
        ("I am not able to pee", ""),
        ("I am", "yes"),
        ("it has not", "no"),
        ("it is easing a bit", ""),
        ("I have no idea", "unsure"),
        ("I have nothing like that", ""),
        ("not that I can feel it", ""),
        ("no wait, left side", ""),
        ("nope, hang on", ""),
        ("no, sorry", "no"),
        ("", ""),
    ],
)
def test_answers_are_read_from_their_first_words(text: str, answer: str) -> None:
    assert answer_in(text, WORDS) == answer


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("It was a false alarm", "mistaken"),
        ("no scrap that, it was my shoe being loose", "taken_back"),
        ("Ignore me, I sat on a hard chair", "taken_back"),
        ("my bad, it was the chair", "taken_back"),
        ("never mind, it was the laces", "taken_back"),
        ("ignore that", "playing_down"),
        ("no she's fine really", "playing_down"),
        ("the nurse said she's fine", "checked"),
        ("my mate said she's fine", "playing_down"),
        ("no questions please", "stop"),
        ("I don't want to answer questions", "stop"),
        ("sorry I wrote it wrong", "mistaken"),
        ("I was checked, all fine", "checked"),
        ("it's not about me", "someone_else"),
        ("the ambulance is on the way", "got_help"),
        ("which number do I call", "numbers"),
        ("how do I stretch", ""),
        ("what do you mean?", "explain"),
        ("What?", "explain"),
        ("what helps now", ""),
        ("stop", "stop"),
        ("please stop", "stop"),
        ("stop it from coming back", ""),
        ("I saw my GP about it", "checked"),
        ("asking for my dad", "someone_else"),
        ("my mate says it's nothing", "playing_down"),
        ("why no exercises?", "why_none"),
        ("where do I go", "why_none"),
        ("what do I tell them", "what_to_tell"),
        ("it's my son, not me", "someone_else"),
        ("only for a second when I sit cross-legged", "explained"),
        ("it was just the saddle, went away in a minute", "explained"),
        ("I meant my calf is sore", "explained"),
        ("it went away in a minute, it's nothing", "explained"),
        ("I meant something else", "mistaken"),
        ("I was at the ER, they said it's fine", "checked"),
    ],
)
def test_remarks_about_a_referral_are_heard(text: str, remark: str) -> None:
    assert remark_in(text, WORDS) == remark


@pytest.mark.parametrize(
    ("text", "vague"),
    [
        ("a bit", True),
        ("um, it is true", True),
        ("sort of", True),
        ("yes", False),
        ("yes, a bit", False),
        ("no", False),
    ],
)
def test_a_vague_yes_is_told_from_a_plain_one(text: str, vague: bool) -> None:
    assert is_vague(text, WORDS) is vague


@pytest.mark.parametrize("name", list(WORDS.__fields__))
def test_every_phrase_is_written_as_messages_are_compared(name: str) -> None:
    """A phrase with a capital or an apostrophe would never be found."""
    phrases = getattr(WORDS, name)
    assert [phrase for phrase in phrases if folded(phrase) != phrase] == []
    assert len(set(phrases)) == len(phrases)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "nope",
        "none",
        "none of these",
        "nope none of those thank god",
        "no, all good here",
        "no none of it applies to me",
        "none, doctor bot",
        "none of these, though I do take a tablet",
        "No none of those. Well I take warfarin",
        "no thanks",
        "not that i know",
        "nah mate",
        "no nothing like that",
        "none dear",
        "no problems at all",
        "no symptoms here",
        "all clear on my side",
    ],
)
def test_a_whole_no_is_one(text: str) -> None:
    assert is_whole_no(text, WORDS)


@pytest.mark.parametrize("text", ["no gym", "no warm up", "no strength work", "no idea", "yes", "", "no running since"])
def test_a_no_to_something_else_is_none(text: str) -> None:
    assert not is_whole_no(text, WORDS)


@pytest.mark.parametrize(("text", "is_no"), [("neither", False), ("neither thanks", False), ("no, neither", True)])
def test_neither_answers_two_things_and_no_list_of_five(text: str, is_no: bool) -> None:
    assert is_whole_no(text, WORDS) is is_no


@pytest.mark.parametrize(
    "text",
    [
        "that was from the saddle on my bike, it's gone now",
        "it was the saddle on my bike",
        "that came from sitting too long",
    ],
)
def test_what_a_sign_came_from_explains_it(text: str) -> None:
    assert remark_in(text, WORDS) == "explained"


@pytest.mark.parametrize(("text", "answer"), [("wait, no", "no"), ("hold on why", "why"), ("in short, yes", "yes")])
def test_words_before_an_answer_are_passed_over(text: str, answer: str) -> None:
    assert answer_in(text, WORDS) == answer


@pytest.mark.parametrize(
    ("text", "is_note"),
    [("ok", True), ("Okay, thanks", True), ("Oh I see", True), ("ok it does", False), ("yes", False), ("ok no", False)],
)
def test_ok_takes_note_and_answers_nothing(text: str, is_note: bool) -> None:
    assert takes_note(text, WORDS) is is_note


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("no, the right", "only"),
        ("no the left one", "only"),
        ("no, just my right foot", "only"),
        ("the right one", "only"),
        ("no, my right foot's floppy", "named"),
        ("no the left one is fine", "named"),
        ("no, both left and right feel fine", ""),
        ("no, all right", ""),
        ("right", ""),
        ("no", ""),
        ("my left leg hurts since Monday", ""),
    ],
)
def test_a_side_as_an_answer_is_told_from_a_plain_no(text: str, side: str) -> None:
    assert side_in(text, WORDS) == side


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("no, only the shivers", "the shivers"),
        ("no I just fainted", "fainted"),
        ("just the pee thing", "the pee thing"),
        ("I just want a stretch", ""),
        ("no, only tired", ""),
        ("no just my back", ""),
        ("no", ""),
    ],
)
def test_what_an_answer_is_narrowed_to(text: str, rest: str) -> None:
    assert narrowed_to(text, WORDS) == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("not really, but it takes ages to start", "it takes ages to start"),
        ("no but my back is killing me", ""),
        ("no", ""),
        ("but it is odd", ""),
    ],
)
def test_what_a_no_goes_on_to(text: str, rest: str) -> None:
    assert taken_on(text, WORDS) == rest


@pytest.mark.parametrize(
    "text", ["It was someone else, sorry I meant my dad", "oops wrong button, it's my sister", "that was my mate"]
)
def test_a_sign_of_somebody_else_is_no_mistake(text: str) -> None:
    assert remark_in(text, WORDS) == "someone_else"
