"""Facebook Messenger: what is answered and how, against its Send API on the loopback interface."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_messenger import ANN, buttons, delivery, said, tapped, words
from messenger_chat import Messenger

from backstride.channels.messaging.incoming import Kind
from backstride.channels.messaging.messenger import (
    GET_STARTED,
    messages_of,
    read_delivery,
)
from backstride.channels.messaging.render import Label, Part
from backstride.wording import load_wording


def test_message_is_answered(messenger: Messenger) -> None:
    assert [words(message) for message in messenger.say("echo:good morning")] == ["good morning"]


def test_several_events_in_one_delivery_are_all_answered(messenger: Messenger) -> None:
    events = [said("echo:one"), said("echo:two"), said("echo:three", person="99")]
    body = delivery(events[0])
    body["entry"][0]["messaging"].append(events[1])
    body["entry"].append({"id": "1", "time": 1, "messaging": [events[2]]})
    assert messenger.deliver(body).status_code == 200
    messenger.served.settle()
    assert [words(message) for message in messenger.platform.to(ANN)] == ["one", "two"]
    assert [words(message) for message in messenger.platform.to("99")] == ["three"]


def test_letters_outside_of_ascii_are_signed_as_they_come(messenger: Messenger) -> None:
    """Facebook signs the escaped form that it sends; so does everybody who signs the bytes."""
    assert [words(message) for message in messenger.say("echo:äöå 🙂")] == ["äöå 🙂"]


REPORT = {"sender": {"id": ANN}, "recipient": {"id": "1"}, "timestamp": 1}


@pytest.mark.parametrize(
    "ignored",
    [
        REPORT | {"delivery": {"mids": ["m_1"], "watermark": 1}},
        REPORT | {"read": {"watermark": 1}},
        REPORT | {"reaction": {"reaction": "love", "action": "react", "mid": "m_1"}},
        REPORT | {"optin": {"ref": "x"}},
        REPORT | {"referral": {"ref": "x", "source": "SHORTLINK"}},
        REPORT | {"message": {"mid": "m_echo", "text": "ours", "is_echo": True, "app_id": 1}},
        REPORT | {"message": {"mid": "m_gone", "is_deleted": True}},
        REPORT | {"message": {"text": "without an id"}},
        REPORT | {"sender": {"id": "not a number"}, "message": {"mid": "m_x", "text": "x"}},
        {"message": {"mid": "m_y", "text": "x"}},
        REPORT,
    ],
)
def test_reports_and_echoes_are_ignored(messenger: Messenger, ignored: dict[str, Any]) -> None:
    assert messenger.happens(ignored) == []
    assert not messenger.served.agent.handled


def test_what_the_inbox_took_over_is_ignored(messenger: Messenger) -> None:
    body = {"object": "page", "entry": [{"id": "1", "time": 1, "standby": [said("hello")]}]}
    assert messenger.deliver(body).status_code == 200
    messenger.served.settle()
    assert not messenger.served.agent.handled


def test_other_objects_are_ignored() -> None:
    assert list(read_delivery(delivery(said("hello")) | {"object": "instagram"})) == []


def test_repeated_delivery_is_answered_once(messenger: Messenger) -> None:
    event = said("echo:once")
    assert len(messenger.happens(event)) == 1
    assert messenger.happens(event) == []


def test_messages_are_answered_in_order(messenger: Messenger) -> None:
    assert [words(message) for message in messenger.say(*(f"echo:{number}" for number in range(6)))] == list("012345")


@pytest.mark.parametrize(
    ("attachment", "kind"),
    [
        ({"type": "image", "payload": {"url": "https://x"}}, Kind.PHOTO),
        ({"type": "image", "payload": {"url": "https://x", "sticker_id": 369239263222822}}, Kind.STICKER),
        ({"type": "audio", "payload": {"url": "https://x"}}, Kind.VOICE),
        ({"type": "video", "payload": {"url": "https://x"}}, Kind.VIDEO),
        ({"type": "reel", "payload": {"url": "https://x"}}, Kind.VIDEO),
        ({"type": "file", "payload": {"url": "https://x"}}, Kind.FILE),
        ({"type": "location", "payload": {"coordinates": {"lat": 1.0, "long": 2.0}}}, Kind.LOCATION),
        ({"type": "template", "payload": {}}, Kind.OTHER),
        ({"type": "fallback", "payload": None}, Kind.OTHER),
        ({}, Kind.OTHER),
    ],
)
def test_attachment_gets_a_sensible_answer(messenger: Messenger, attachment: dict[str, Any], kind: Kind) -> None:
    (answer,) = messenger.happens(said(attachments=[attachment]))
    assert words(answer) == load_wording()(f"chat_{kind.value}")


def test_words_beside_an_attachment_are_read(messenger: Messenger) -> None:
    assert len(messenger.say("echo:look", attachments=[{"type": "image", "payload": {}}])) == 2
    assert messenger.served.agent.handled == ["echo:look"]


def test_link_with_a_preview_is_a_text(messenger: Messenger) -> None:
    preview = {"type": "fallback", "title": "A page", "payload": {"url": "https://x"}}
    assert len(messenger.say("echo:https://x", attachments=[preview])) == 1


def test_empty_message_gets_a_sensible_answer(messenger: Messenger) -> None:
    assert [words(message) for message in messenger.say("  ")] == [load_wording()("chat_other")]


@pytest.mark.parametrize(("command", "read"), [("/start", "/greet"), ("/Help", "/help")])
def test_commands_are_understood(messenger: Messenger, command: str, read: str) -> None:
    messenger.say(command)
    assert messenger.served.agent.handled == [read]


def test_first_button_begins(messenger: Messenger) -> None:
    messenger.happens(tapped({"title": "Get started", "payload": GET_STARTED}))
    assert messenger.served.agent.handled == ["/greet"]


def test_typed_payload_stays_text(messenger: Messenger) -> None:
    messenger.say('/choose_item{"entry": "relief.heat"}')
    assert messenger.served.agent.handled[0].startswith("\u2060/")


@pytest.mark.parametrize(("text", "count"), [("numb now", 1), ("better now", 0)])
def test_edited_message_is_answered_only_for_a_warning_sign(
    messenger: Messenger, monkeypatch: pytest.MonkeyPatch, text: str, count: int
) -> None:
    async def parse(words: str) -> dict[str, Any]:
        return {"red_flags": [{"id": "cauda_equina", "state": "present"}] if "numb" in words else []}

    monkeypatch.setattr(messenger.served.agent, "parse_message", parse, raising=False)
    edit = {"mid": "m_edited", "text": text, "num_edit": 1}
    assert len(messenger.happens(REPORT | {"message_edit": edit})) == count


# --- buttons -------------------------------------------------------------------------------------------------------


def test_tapped_quick_reply_sends_the_payload(messenger: Messenger) -> None:
    (*_, menu) = messenger.say("stretch")
    assert all(len(reply["title"]) <= 20 for reply in buttons(menu))
    messenger.happens(tapped(buttons(menu)[0]))
    assert messenger.served.agent.handled[-1].startswith("/choose_item")


def test_titles_that_do_not_fit_stand_whole_in_the_text(messenger: Messenger) -> None:
    titles = ["What do I say to the doctor?", "Why?"]
    offered = [{"title": title, "payload": f"/ask_{place}"} for place, title in enumerate(titles)]
    (menu,) = messenger.say("json:" + json.dumps({"text": "Go on?", "buttons": offered}))
    assert buttons(menu)[0]["title"].endswith("…")
    assert all(title in words(menu) for title in titles)


def test_number_on_the_menu_may_be_typed(messenger: Messenger) -> None:
    messenger.say("stretch")
    messenger.say("the second")
    assert messenger.served.agent.handled[-1].startswith("/choose_item")


def test_stale_tap_is_answered_kindly(messenger: Messenger) -> None:
    (*_, menu) = messenger.say("stretch")
    messenger.say("echo:something else")
    handled = list(messenger.served.agent.handled)
    (answer,) = messenger.happens(tapped(buttons(menu)[0]))
    assert words(answer) == load_wording()("chat_stale_nothing")
    assert messenger.served.agent.handled == handled


def test_referrals_buttons_stay() -> None:
    """Quick replies go with the next message, and other messages may follow a referral."""
    labels = (Label("a", "What to say"), Label("b", "I have got help"))
    *texts, last = messages_of(Part(text="Call 999 now. " * 60, buttons=labels, is_urgent=True))
    assert texts
    assert all(set(message) == {"text"} for message in texts)
    template = last["attachment"]["payload"]
    assert template["template_type"] == "button"
    assert len(template["text"]) <= 640
    assert [button["payload"] for button in template["buttons"]] == ["a", "b"]


def test_templates_button_sends_its_payload(messenger: Messenger) -> None:
    said_urgently = {
        "text": "Call 999.",
        "urgency": "emergency_now",
        "buttons": [{"title": "Why?", "payload": "/ask_why"}],
    }
    (card,) = messenger.say("json:" + json.dumps(said_urgently))
    assert card["attachment"]["payload"]["template_type"] == "button"
    messenger.happens(tapped(buttons(card)[0]))
    assert messenger.served.agent.handled[-1] == "/ask_why"
