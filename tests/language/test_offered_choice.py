"""A message read against the buttons of the assistant's last turn."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.slots import ListSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backstride.language.offered_choice import (
    SPOKEN_TEXT,
    OfferedChoiceReader,
    choice_meant,
    choice_of_entry,
    item_meant,
    last_offered,
)
from backstride.language.text import tidy

HEAT = '/choose_item{"entry": "relief.heat"}'
OFFERED = {"Why?": "/ask_why", "How often?": "/ask_how_often", "A warm compress": HEAT}


def said(text: str, **buttons: str) -> BotUttered:
    return BotUttered(text, {"buttons": [{"title": title, "payload": payload} for title, payload in buttons.items()]})


def tracker(*events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("ann", list(events))


def with_offer(offered: dict[str, str] = OFFERED) -> DialogueStateTracker:
    return tracker(ActionExecuted("action_listen"), UserUttered("hi"), ActionExecuted("utter_x"), said("x", **offered))


def read(text: str, conversation: DialogueStateTracker | None = None, **config: Any) -> Message:
    reader = OfferedChoiceReader(OfferedChoiceReader.get_default_config() | config)
    (message,) = reader.process([Message({TEXT: text})], conversation)
    return message


# --- what was offered -----------------------------------------------------------------------------------------


def test_nothing_was_offered_without_a_conversation() -> None:
    assert last_offered(None) == {}
    assert last_offered(tracker()) == {}


def test_the_buttons_of_the_last_turn_are_offered_in_their_order() -> None:
    assert list(last_offered(with_offer()).items()) == list(OFFERED.items())


def test_a_turn_may_have_several_messages() -> None:
    conversation = tracker(
        UserUttered("hi"),
        ActionExecuted("action_a"),
        said("one", A="/a"),
        SlotSet("x", 1),
        ActionExecuted("action_b"),
        said("two", B="/b"),
        ActionExecuted("action_listen"),
    )

    assert list(last_offered(conversation)) == ["A", "B"]


def test_what_was_offered_before_the_persons_last_message_is_over() -> None:
    conversation = tracker(UserUttered("hi"), said("one", A="/a"), UserUttered("ok"), said("two", B="/b"))

    assert last_offered(conversation) == {"B": "/b"}


def test_the_message_that_is_being_read_does_not_end_the_offer() -> None:
    conversation = with_offer()
    conversation.update(ActionExecuted("action_listen"))
    conversation.update(UserUttered("why"))

    assert last_offered(conversation) == OFFERED


def test_a_new_session_after_a_silence_does_not_hide_the_buttons() -> None:
    conversation = with_offer()
    for event in (ActionExecuted("action_session_start"), SessionStarted(), SlotSet("x", 1)):
        conversation.update(event)
    conversation.update(ActionExecuted("action_listen"))

    assert read("how often", conversation).get(TEXT) == "/ask_how_often"
    assert read(HEAT, conversation).get(TEXT) == HEAT


def test_a_turn_without_buttons_offers_nothing() -> None:
    assert last_offered(tracker(UserUttered("hi"), said("one", A="/a"), UserUttered("x"), BotUttered("two"))) == {}


@pytest.mark.parametrize("button", [{"title": "A"}, {"payload": "/a"}, {"title": "", "payload": "/a"}])
def test_half_a_button_offers_nothing(button: dict[str, str]) -> None:
    assert last_offered(tracker(UserUttered("hi"), BotUttered("x", {"buttons": [button]}))) == {}


# --- choices in words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("Why?", "/ask_why"),
        ("why", "/ask_why"),
        ("WHY!!", "/ask_why"),
        ("how often", "/ask_how_often"),
        ("a  warm-compress.", HEAT),
        ("a warm compres", HEAT),
        ("how oftn", "/ask_how_often"),
        ("1", "/ask_why"),
        ("3.", HEAT),
        ("(2)", "/ask_how_often"),
        ("no 2", "/ask_how_often"),
        ("number 3", HEAT),
        ("Option 1", "/ask_why"),
        # Not an offer: more than a title, another word, a number that is none of them.
        ("why is that so", None),
        ("how often should I do it", None),
        ("a warm compress on my knee", None),
        ("wy", None),
        ("shy", None),
        ("4", None),
        ("0", None),
        ("12 km", None),
        ("yes", None),
        ("", None),
        ("?!", None),
    ],
)
def test_a_choice_is_meant_by_title_number_or_near_miss(text: str, payload: str | None) -> None:
    assert choice_meant(text, OFFERED) == payload


def test_an_exact_title_wins_over_a_near_one() -> None:
    assert choice_meant("plank", {"planks": "/a", "Plank": "/b"}) == "/b"


def test_nothing_is_meant_where_nothing_was_offered() -> None:
    assert choice_meant("1", {}) is None
    assert choice_meant("why", {}) is None


def card(metadata: dict[str, Any] | None = None, **buttons: str) -> BotUttered:
    offered = said("Book a doctor.", **buttons)
    offered.metadata = metadata or {"urgency": "doctor_days"}
    return offered


@pytest.mark.parametrize("metadata", [{"urgency": "doctor_days"}, {"asks": "infection"}, {"screening": True}])
def test_a_number_behind_a_referral_or_a_question_about_a_sign_is_no_button_of_it(metadata: dict[str, Any]) -> None:
    conversation = tracker(UserUttered("hi"), card(metadata, **OFFERED))

    assert read("2", conversation).get(TEXT) == "2"
    assert read("how often", conversation).get(TEXT) == "/ask_how_often"


def test_a_number_counts_from_the_question_behind_a_referral() -> None:
    conversation = tracker(UserUttered("hi"), card(**OFFERED), said("Which?", One="/one", Two="/two"))

    assert read("2", conversation).get(TEXT) == "/two"


def test_the_message_takes_the_payload_and_keeps_the_spoken_text() -> None:
    message = read("a warm compres", with_offer())

    assert message.get(TEXT) == HEAT
    assert message.get(SPOKEN_TEXT) == "a warm compres"


def test_any_other_message_stays_as_it_is() -> None:
    message = read("is it safe for me", with_offer())

    assert message.get(TEXT) == "is it safe for me"
    assert message.get(SPOKEN_TEXT) is None


# --- numbers on a list that is longer than its buttons ----------------------------------------------------------

LISTED = [f"exercise.number_{number}" for number in range(1, 13)]
FIRST_FIVE = {f"Title {entry}": choice_of_entry(entry) for entry in LISTED[:5]}


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("2", choice_of_entry(LISTED[1])),
        ("12", choice_of_entry(LISTED[11])),
        ("number 7", choice_of_entry(LISTED[6])),
        ("13", "/choose_item"),
        ("0", "/choose_item"),
        ("12 km", None),
        ("seven", None),
    ],
)
def test_a_number_on_the_list_is_its_item(text: str, payload: str | None) -> None:
    assert item_meant(text, FIRST_FIVE, LISTED) == payload


def test_a_list_of_long_ago_takes_no_numbers() -> None:
    """A number may be the answer to another question by then."""
    assert item_meant("12", OFFERED, LISTED) is None
    assert item_meant("12", {}, LISTED) is None
    assert item_meant("12", FIRST_FIVE, ()) is None


def test_the_message_takes_the_items_payload() -> None:
    conversation = with_offer(FIRST_FIVE)
    conversation.slots["listed"] = ListSlot("listed", [{}], initial_value=LISTED)

    assert read("12", conversation).get(TEXT) == choice_of_entry(LISTED[11])
    assert read("3", conversation).get(TEXT) == choice_of_entry(LISTED[2])
    assert read("99", conversation).get(TEXT) == "/choose_item"


# --- payloads that are typed ----------------------------------------------------------------------------------


def is_read_as_text(message: Message, text: str) -> bool:
    """Rasa takes what begins with a slash, after blanks, for a payload; the words must stay those that were typed."""
    kept = message.get(TEXT)
    return not kept.strip().startswith("/") and tidy(kept) == tidy(text)


def test_an_offered_payload_is_read() -> None:
    assert read(HEAT, with_offer()).get(TEXT) == HEAT


@pytest.mark.parametrize(
    "text",
    [
        "/relief_heat",
        '/choose_item{"entry": "relief.massage"}',
        '/ask_why{"entry": "relief.heat"}',
        "/ask_why2",
        "/",
        "  /relief_heat",
        "\n/relief_heat",
        "\u200b/relief_heat",
        "\ufeff /relief_heat",
        '/affirm{"check": "none"}',
        "/restart",
        "/greet{}",
        '/greet{"check": "none"}',
    ],
)
def test_a_payload_that_was_not_offered_is_text(text: str) -> None:
    assert is_read_as_text(read(text, with_offer()), text)
    assert is_read_as_text(read(text), text)


def test_a_payload_that_was_offered_earlier_is_text_again() -> None:
    conversation = with_offer()
    conversation.update(UserUttered("ok"))
    conversation.update(BotUttered("no buttons"))

    assert is_read_as_text(read(HEAT, conversation), HEAT)


@pytest.mark.parametrize("text", ["/greet", "/help", "/session_start"])
def test_what_opens_a_conversation_is_always_read(text: str) -> None:
    assert read(text).get(TEXT) == text


def test_the_configuration_says_what_is_always_read() -> None:
    assert read("/thanks", always=["thanks"]).get(TEXT) == "/thanks"
    assert is_read_as_text(read("/greet", always=[]), "/greet")


def test_a_developer_may_trust_all_payloads() -> None:
    assert read("/relief_heat", trust_payloads=True).get(TEXT) == "/relief_heat"


# --- Rasa's side ----------------------------------------------------------------------------------------------


def test_a_message_without_text_is_left_alone() -> None:
    reader = OfferedChoiceReader(OfferedChoiceReader.get_default_config())
    message = Message({"intent": "greet"})

    assert reader.process([message], with_offer()) == [message]
    assert message.get(TEXT) is None


def test_training_data_are_left_alone() -> None:
    reader = OfferedChoiceReader.create(OfferedChoiceReader.get_default_config(), None, None, None)
    data = TrainingData([Message({TEXT: "/relief_heat"})])

    assert reader.process_training_data(data).training_examples[0].get(TEXT) == "/relief_heat"


def test_a_number_is_the_answer_where_a_number_was_asked_for() -> None:
    asked = BotUttered("0 to 10?", {"buttons": [{"title": "Mild", "payload": "/a"}]}, {"ask": "pain"})
    conversation = tracker(UserUttered("hi"), asked)
    assert is_read_as_text(read("1", conversation), "1")
    assert read("Mild", conversation).get("text") == "/a"


@pytest.mark.parametrize("text", ["1", "2", "3"])
def test_a_number_behind_a_diary_entry_is_no_button(text: str) -> None:
    """ "3" may be a score, and would delete the entry."""
    offered = {
        "Show me how it's going": "/show_diary",
        "Change it": '/log_diary{"choice": "diary:change"}',
        "Delete it": '/log_diary{"choice": "diary:delete"}',
    }

    assert read(text, with_offer(offered)).get(TEXT) == text
    assert read("delete it", with_offer(offered)).get(TEXT) == offered["Delete it"]
