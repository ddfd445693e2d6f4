"""Telegram: what is answered and how, against its Bot API on the loopback interface."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from fake_telegram import ANN, click, titles
from scripted_server import SENTENCE
from telegram_chat import Telegram, person

from backstride.wording import load_wording

WORDING = load_wording()


def test_a_message_is_answered_with_text_and_buttons(telegram: Telegram) -> None:
    (answer,) = telegram.say("heat")
    assert answer["chat_id"] == str(ANN["id"])
    assert titles(answer)[0] == "Why?"


def test_a_tapped_button_sends_what_was_offered(telegram: Telegram) -> None:
    (answer,) = telegram.say("heat")
    (why,) = telegram.answers(click(answer, "Why?"))
    assert telegram.served.agent.handled[-1] == "/ask_why"
    assert why["shown"] != answer["shown"]


def test_a_click_is_acknowledged(telegram: Telegram) -> None:
    (answer,) = telegram.say("heat")
    tapped = click(answer, "Why?")
    telegram.answers(tapped)
    assert "text" not in telegram.platform.receipts[tapped["callback_query"]["id"]]


def test_a_stale_click_is_answered_kindly_with_what_can_be_chosen_now(telegram: Telegram) -> None:
    (old,) = telegram.say("heat")
    (new,) = telegram.say("stretch")
    tapped = click(old, "Why?")
    (answer,) = telegram.answers(tapped)
    assert answer["shown"].startswith(WORDING("chat_stale"))
    assert titles(answer) == titles(new)
    assert telegram.platform.receipts[tapped["callback_query"]["id"]]["text"]


def test_a_button_of_the_kind_answer_works(telegram: Telegram) -> None:
    (old,) = telegram.say("heat")
    telegram.say("stretch")
    (again,) = telegram.answers(click(old, "Why?"))
    title = titles(again)[0]
    assert telegram.answers(click(again, title))
    assert telegram.served.agent.handled[-1].startswith("/choose_item")


def test_a_click_still_works_after_a_restart(telegram: Telegram) -> None:
    (answer,) = telegram.say("heat")
    for channel in telegram.served.channels:
        channel._taken.clear()  # type: ignore[attr-defined]
    telegram.answers(click(answer, "Why?"))
    assert telegram.served.agent.handled[-1] == "/ask_why"


@pytest.mark.parametrize("typed", ["1", "one", "the first", "why"])
def test_a_typed_number_or_word_means_a_button(telegram: Telegram, typed: str) -> None:
    telegram.say("heat")
    telegram.say(typed)
    assert telegram.served.agent.handled[-1] == "/ask_why"


def test_a_word_that_may_be_a_button_or_a_warning_sign_is_read_by_the_assistant(
    telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def parse(text: str) -> dict[str, Any]:
        return {"red_flags": [{"id": "x", "state": "ask"}]}

    monkeypatch.setattr(telegram.served.agent, "parse_message", parse)
    telegram.say("heat")
    telegram.say("is safe")
    assert telegram.served.agent.handled[-1] == "is safe"


@pytest.mark.parametrize("typed", ["/affirm", '/deny{"check": "none"}', " /restart", "/session_start", "//x"])
def test_a_typed_payload_stays_text(telegram: Telegram, typed: str) -> None:
    telegram.say(typed)
    assert not telegram.served.agent.handled[-1].startswith("/")


@pytest.mark.parametrize(
    ("command", "payload"), [("/start", "/greet"), ("/help", "/help"), ("/start ref_12", "/greet")]
)
def test_a_command_is_understood(telegram: Telegram, command: str, payload: str) -> None:
    assert telegram.say(command)
    assert telegram.served.agent.handled[-1] == payload


def test_stop_is_confirmed(telegram: Telegram) -> None:
    (answer,) = telegram.say("/stop")
    assert answer["shown"] == WORDING("chat_stop")


def test_stop_ends_the_reminders_where_the_assistant_has_some(
    telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = telegram.served.agent
    triggered: list[str] = []

    async def fetch(conversation: str, _: Any) -> Any:
        return await agent.tracker_store.get_or_create_tracker(conversation)

    async def trigger(intent: str, _: Any, tracker: Any, output: Any) -> None:
        triggered.append(intent)
        await output.send_response(tracker.sender_id, {"text": "No more reminders."})

    domain = SimpleNamespace(intents=["stop_reminder"], responses=agent.domain.responses)
    monkeypatch.setattr(agent, "domain", domain)
    monkeypatch.setattr(agent, "fetch_tracker_and_update_session", fetch, raising=False)
    monkeypatch.setattr(agent, "trigger_external_user_uttered", trigger, raising=False)
    (answer,) = telegram.say("/stop")
    assert (triggered, answer["shown"]) == (["stop_reminder"], "No more reminders.")


def test_an_exercise_comes_with_its_picture_from_our_server(telegram: Telegram) -> None:
    (menu,) = telegram.say("stretch")
    picture, text = telegram.answers(click(menu, titles(menu)[0]))
    assert picture["photo"].startswith(telegram.served.url)
    assert picture["shown"]
    assert "1. " in text["shown"]


def test_a_referral_comes_first_and_alone_with_the_number_to_call(telegram: Telegram) -> None:
    referral, question, _ = telegram.say("fever, then a question", person=person(9))
    assert "111" in referral["shown"]
    assert question["shown"] == "How long?"


def test_a_long_text_comes_in_pieces_that_fit_with_its_buttons_at_the_end(telegram: Telegram) -> None:
    steps = "\n".join(f"{number}. Lie down & breathe. {'Slowly. ' * 20}".strip() for number in range(1, 60))
    buttons = [{"title": "Why?", "payload": "/ask_why"}]
    output = telegram.served.channels[0].get_output_channel()
    telegram.served.run(output.send_response("telegram:5010", {"text": steps, "buttons": buttons}))
    telegram.served.settle()
    *firsts, last = telegram.platform.sent
    lines = "\n".join(sent["shown"] for sent in [*firsts, last]).splitlines()
    assert len(firsts) > 1
    assert lines == steps.splitlines()
    assert [titles(sent) for sent in firsts] == [[]] * len(firsts)
    assert titles(last) == ["Why?"]


def test_what_looks_like_formatting_is_shown_as_it_is(telegram: Telegram) -> None:
    (answer,) = telegram.say("echo:<b>1 < 2 & 3</b> &amp; **bold**")
    assert answer["shown"] == "<b>1 < 2 & 3</b> &amp; bold"
    assert "<b>bold</b>" in answer["text"]


def test_the_assistant_says_something_calm_when_it_fails(telegram: Telegram, caplog: pytest.LogCaptureFixture) -> None:
    (answer,) = telegram.say("please crash, i am Ann", person=person(1))
    assert answer["shown"] == SENTENCE
    assert "crash" not in caplog.text


def test_the_assistant_says_something_calm_when_it_has_nothing_to_say(telegram: Telegram) -> None:
    (answer,) = telegram.say("silence")
    assert answer["shown"] == SENTENCE
