from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.core.events import BotUttered, UserUttered

from backstride.channels.messaging.choices import (
    Choice,
    Offered,
    choice_clicked,
    choice_meant,
    choices_of,
    last_turn,
    offered_now,
)

TITLES = ("Put heat on it", "Gentle massage", "Show me stretches", "When to see a doctor")


def message(text: str = "What helps:", titles: tuple[str, ...] = TITLES, **metadata: Any) -> dict[str, Any]:
    return {"text": text, "buttons": [{"title": t, "payload": f"/pick_{n}"} for n, t in enumerate(titles)], **metadata}


def said(text: str = "What helps:", titles: tuple[str, ...] = TITLES, **metadata: Any) -> BotUttered:
    whole = message(text, titles)
    return BotUttered(text, {"buttons": whole["buttons"]}, metadata=metadata)


OFFERED = Offered(choices=choices_of(message()))


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        *(
            (typed, TITLES[1])
            for typed in ("2", "2.", "2)", "#2", "(2)", "2️⃣", "two", "TWO", "the second", "second one")
        ),
        *(
            (typed, TITLES[1])
            for typed in ("option 2", "number two", "No. 2", "2 please", "the 2nd", "The second one.")
        ),
        *((typed, TITLES[1]) for typed in ("massage", "gentle masage", "Gentle Massage!", "the massage one please")),
        *((typed, TITLES[0]) for typed in ("heat", "1", "first", "put heat on", "heat please", "put heat on itt")),
        *((typed, TITLES[3]) for typed in ("last", "the last one", "4", "doctor", "see a docter", "fourth")),
        *((typed, TITLES[2]) for typed in ("stretches", "stretchs", "show me the stretches")),
    ],
)
def test_a_button_is_meant_when_its_number_place_words_or_nearly_those_are_typed(typed: str, title: str) -> None:
    meant = choice_meant(typed, OFFERED)
    assert meant is not None
    assert meant.title == title


@pytest.mark.parametrize(
    "typed",
    [
        *("", "?", "0", "5", "12", "2 weeks", "2 or 3", "i have 2 kids", "-", "yes", "no", "not heat", "why heat"),
        *("heat stroke", "my legs went numb when i put heat on it", "me", "show me", "one of them hurts", "second day"),
        *("doctor or heat", "it is worse after the massage and i cannot feel my foot"),
    ],
)
def test_no_button_is_meant_when_something_else_is_typed(typed: str) -> None:
    assert choice_meant(typed, OFFERED) is None


def test_a_word_in_two_titles_means_none_of_them() -> None:
    offered = Offered(choices=choices_of(message(titles=("Heat pack", "Heat or ice"))))
    assert choice_meant("heat", offered) is None


def test_a_number_is_no_button_when_the_question_asks_for_a_number() -> None:
    assert choice_meant("3", offered_now([said(ask="pain")])) is None


@pytest.mark.parametrize("key", ["asks", "screening", "urgency"])
def test_a_word_is_no_button_under_a_question_about_warning_signs(key: str) -> None:
    offered = offered_now([said(titles=("Numb down there", "None of these"), **{key: "x"})])
    assert choice_meant("numb", offered) is None
    assert choice_meant("2", offered) is not None


def test_a_click_means_its_button_while_it_is_on_offer() -> None:
    offered = offered_now([UserUttered("hi"), said()])
    assert [choice_clicked(choice.id, offered) for choice in choices_of(message())] == list(offered.choices)


def test_a_click_means_nothing_when_a_newer_question_offers_the_same_title() -> None:
    older = choices_of(message("Is it numb?", ("Yes", "No")))
    newer = offered_now([said("Is it numb?", ("Yes", "No")), UserUttered("no"), said("Any fever?", ("Yes", "No"))])
    assert [choice_clicked(choice.id, newer) for choice in older] == [None, None]


def test_a_click_still_counts_when_the_assistant_only_added_a_remark() -> None:
    offered = offered_now([UserUttered("hi"), said(), BotUttered("I cannot look at pictures.")])
    assert len(offered.choices) == len(TITLES)


def test_nothing_is_on_offer_when_the_last_turn_had_no_buttons() -> None:
    assert offered_now([said(), UserUttered("hi"), BotUttered("Hello.")]).choices == ()


def test_a_title_that_two_messages_of_a_turn_offer_stands_once() -> None:
    assert len(offered_now([UserUttered("hi"), said("A"), said("B")]).choices) == len(TITLES)


def test_the_last_turn_ends_at_the_message_of_the_person() -> None:
    turn = last_turn([BotUttered("a"), UserUttered("hi"), BotUttered("b"), BotUttered("c")])
    assert [event.text for event in turn] == ["b", "c"]


@given(st.text(), st.text(min_size=1), st.text(min_size=1))
def test_an_id_fits_every_platform_whatever_it_stands_for(text: str, title: str, payload: str) -> None:
    (choice,) = choices_of({"text": text, "buttons": [{"title": title, "payload": payload}]})
    assert len(choice.id.encode()) == 20


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text: str) -> None:
    meant = choice_meant(text, OFFERED)
    assert meant is None or isinstance(meant, Choice)
