"""Telegram: everything else that people send, and groups."""

from __future__ import annotations

from typing import Any

import pytest
from fake_telegram import ANN, BOT, GROUP, click, message, update
from telegram_chat import Telegram, person

from backstride.channels.limits import RateLimit
from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.order import InOrder
from backstride.wording import load_wording

WORDING = load_wording()


SIZE = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}
FILE = {"file_id": "a", "file_unique_id": "b"}
PLACE = {"latitude": 51.5, "longitude": -0.1}
THINGS = {
    "photo": {"photo": [SIZE]},
    "voice": {"voice": {**FILE, "duration": 3}},
    "video": {"video_note": {**FILE, "length": 1, "duration": 1}},
    "sticker": {"sticker": {**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False}},
    "location": {"location": PLACE},
    "contact": {"contact": {"phone_number": "1", "first_name": "Bo"}},
    "file": {"document": FILE},
    "other": {"poll": {"id": "1", "question": "?", "options": [], "type": "regular", "total_voter_count": 0}},
}


@pytest.mark.parametrize("kind", THINGS)
def test_what_cannot_be_read_gets_a_sensible_answer(telegram: Telegram, kind: str) -> None:
    (answer,) = telegram.answers(message(**THINGS[kind]))
    assert answer["shown"] == WORDING(f"chat_{kind}")


def test_a_caption_is_read_like_a_message(telegram: Telegram) -> None:
    referral, note = telegram.answers(message(**THINGS["photo"], caption="i am numb"))
    assert "999" in referral["shown"]
    assert note["shown"] == WORDING("chat_photo")


def test_an_album_is_answered_once(telegram: Telegram) -> None:
    album = [message(**THINGS["photo"], media_group_id="9") for _ in range(4)]
    assert len(telegram.answers(*album)) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel"}, "text": "hello"}},
        {"my_chat_member": {"chat": GROUP, "from": ANN, "date": 1, "new_chat_member": {"status": "kicked"}}},
        {"message_reaction": {"chat": GROUP, "message_id": 1, "date": 1}},
        {"inline_query": {"id": "1", "from": ANN, "query": "heat", "offset": ""}},
        {"message": {"message_id": 1, "date": 1, "chat": GROUP, "from": ANN, "new_chat_members": [ANN]}},
        {"message": {"message_id": 1, "date": 1, "chat": GROUP, "from": BOT, "text": "hello"}},
        {},
    ],
)
def test_what_is_no_message_of_a_person_is_taken_and_not_answered(telegram: Telegram, content: dict[str, Any]) -> None:
    assert telegram.answers(update(**content)) == []


def test_an_edited_message_is_not_answered_twice(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    async def parse(text: str) -> dict[str, Any]:
        return {"red_flags": [{"id": "x", "state": "absent"}]}

    monkeypatch.setattr(telegram.served.agent, "parse_message", parse, raising=False)
    said = message("heat")["message"]
    assert telegram.answers(update(edited_message=said | {"edit_date": 2})) == []


def test_an_edited_message_is_answered_when_it_now_holds_a_warning_sign(
    telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def parse(text: str) -> dict[str, Any]:
        return {"red_flags": [{"id": "cauda_equina", "state": "present"}] if "numb" in text else []}

    monkeypatch.setattr(telegram.served.agent, "parse_message", parse, raising=False)
    said = message("i am numb")["message"]
    (answer,) = telegram.answers(update(edited_message=said | {"edit_date": 2}))
    assert "999" in answer["shown"]


def test_the_same_delivery_twice_is_answered_once(telegram: Telegram) -> None:
    said = message("heat")
    assert len(telegram.answers(said, said)) == 1


def test_the_same_delivery_is_answered_once_after_a_restart(telegram: Telegram) -> None:
    said = message("heat")
    assert len(telegram.answers(said)) == 1
    for channel in telegram.served.channels:
        channel._taken.clear()  # type: ignore[attr-defined]
    assert telegram.answers(said) == []


def test_two_messages_are_answered_in_their_order(telegram: Telegram) -> None:
    slow = message("echo:first, and please wait")
    quick = message("echo:second")
    before = len(telegram.platform.sent)
    telegram.served.channels[0].options = ChannelOptions(public_url="http://x", answer_within_s=0.01)
    try:
        assert telegram.deliver(slow) == 200
        assert telegram.deliver(quick) == 200
        telegram.served.loop.call_soon_threadsafe(telegram.served.agent.gate.set)
        telegram.served.settle()
    finally:
        telegram.served.channels[0].options = ChannelOptions(public_url="http://x", messages_per_minute=100_000)
    assert [answer["shown"] for answer in telegram.platform.sent[before:]] == ["first, and please wait", "second"]


def test_a_person_who_writes_too_fast_is_told_once(telegram: Telegram) -> None:
    channel = telegram.served.channels[0]
    pace, channel._pace = channel._pace, RateLimit(per_minute=1, burst=2)  # type: ignore[attr-defined]
    try:
        answers = telegram.answers(*(message(f"echo:{number}", person=person(2)) for number in range(6)))
    finally:
        channel._pace = pace  # type: ignore[attr-defined]
    assert sorted(answer["shown"] for answer in answers) == sorted(["0", "1", WORDING("chat_too_fast")])


# --- groups ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("@backstride_bot heat", {"entities": [{"type": "mention", "offset": 0, "length": 15}]}),
        ("what about heat, @Backstride_Bot?", {}),
        ("/start", {}),
        ("/help@backstride_bot", {}),
        ("heat", {"reply_to_message": {"message_id": 1, "date": 1, "chat": GROUP, "from": BOT, "text": "?"}}),
        ("hey you, heat", {"entities": [{"type": "text_mention", "offset": 0, "length": 3, "user": BOT}]}),
    ],
)
def test_a_message_in_a_group_is_answered_when_it_is_addressed_to_the_bot(
    telegram: Telegram, text: str, more: dict[str, Any]
) -> None:
    (answer,) = telegram.say(text, chat=GROUP, **more)
    assert answer["chat_id"] == str(GROUP["id"])
    assert "@backstride_bot" not in telegram.served.agent.handled[-1].casefold()


@pytest.mark.parametrize("text", ["heat", "my back is numb", "/help@other_bot", "@other_bot heat", "a@backstride_bott"])
def test_a_message_in_a_group_is_left_alone_when_it_is_not_addressed(telegram: Telegram, text: str) -> None:
    assert telegram.say(text, chat=GROUP) == []


def test_each_person_of_a_group_has_a_conversation(telegram: Telegram) -> None:
    reply = {"reply_to_message": {"message_id": 1, "date": 1, "chat": GROUP, "from": BOT, "text": "?"}}
    telegram.say("heat", chat=GROUP, person=person(3), **reply)
    telegram.say("1", chat=GROUP, person=person(4), **reply)
    assert telegram.served.agent.handled[-1] == "1"


def test_a_click_on_somebody_else_s_button_is_only_acknowledged(telegram: Telegram) -> None:
    (answer,) = telegram.say("@backstride_bot heat", chat=GROUP, person=person(5))
    tapped = click(answer, "Why?", person=person(6))
    assert telegram.answers(tapped) == []
    assert telegram.platform.receipts[tapped["callback_query"]["id"]]["text"]


def test_an_answer_stays_in_its_topic(telegram: Telegram) -> None:
    (answer,) = telegram.say("@backstride_bot heat", chat=GROUP, message_thread_id=4, is_topic_message=True)
    assert answer["message_thread_id"] == 4


def test_an_answer_in_a_group_points_to_the_message_that_it_answers(telegram: Telegram) -> None:
    """Two people ask at once: nobody may take the other's referral for their own."""
    asked = [message("@backstride_bot i am numb", chat=GROUP, person=person(number)) for number in (21, 22)]
    answers = telegram.answers(*asked)
    pointed = {answer["reply_parameters"]["message_id"] for answer in answers}
    assert pointed == {update["message"]["message_id"] for update in asked}


def test_an_answer_in_a_private_chat_points_to_nothing(telegram: Telegram) -> None:
    (answer,) = telegram.say("heat")
    assert "reply_parameters" not in answer


def test_a_person_whose_message_finds_no_room_is_told(telegram: Telegram, caplog: pytest.LogCaptureFixture) -> None:
    """More wait than may wait: the message is not read, and may have been urgent."""
    channel: Any = telegram.served.channels[0]
    turns, channel._turns = channel._turns, InOrder(max_waiting=0)
    waits = message("echo:please wait", person=person(23))
    try:
        channel.options = ChannelOptions(public_url="http://x", answer_within_s=0.01)
        assert [telegram.deliver(waits), telegram.deliver(message("i am numb", person=person(23)))] == [200, 200]
        telegram.served.loop.call_soon_threadsafe(telegram.served.agent.gate.set)
        telegram.served.settle()
    finally:
        channel._turns = turns
        channel.options = ChannelOptions(public_url="http://x", messages_per_minute=100_000)
    assert sorted(sent["shown"] for sent in telegram.platform.sent) == sorted(["please wait", WORDING("chat_too_fast")])
    assert "was not taken" in caplog.text
