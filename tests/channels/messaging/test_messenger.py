"""Facebook Messenger: what is let in, what is answered and how, against its Send API on the loopback interface."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from typing import Any

import fake_messenger
import pytest
import requests
from fake_messenger import ANN, FakeMessenger, buttons, delivery, said, signed, tapped, words
from scripted_server import ScriptedAgent
from served import Served, serve

from backstride.channels.messaging.delivery import Api
from backstride.channels.messaging.incoming import Kind
from backstride.channels.messaging.messenger import (
    GET_STARTED,
    MessengerChannel,
    is_temporary,
    messages_of,
    read_delivery,
)
from backstride.channels.messaging.render import Label, Part
from backstride.errors import SettingsError
from backstride.wording import load_wording

PATH = "messenger/webhook"


async def no_wait(_: float) -> None:
    """Wait for nothing."""


class Messenger:
    """A page with our server behind it."""

    def __init__(self, served: Served, platform: FakeMessenger) -> None:
        self.served = served
        self.platform = platform

    def deliver(self, body: dict[str, Any]) -> requests.Response:
        """Deliver something."""
        raw = json.dumps(body).encode()
        return self.served.post(PATH, raw, signed(raw))

    def say(self, *texts: str, **more: Any) -> list[dict[str, Any]]:
        """Write, and return what was sent in answer."""
        return self.happens(*(said(text, **more) for text in texts))

    def happens(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """Let something happen, and return what was sent in answer."""
        before = len(self.platform.sent)
        assert self.deliver(delivery(*events)).status_code == 200
        self.served.settle()
        assert not self.platform.problems, self.platform.problems
        return [body["message"] for body in self.platform.sent[before:]]


@pytest.fixture(scope="module")
def served_messenger() -> Iterator[Messenger]:
    platform = FakeMessenger()
    served, stop = serve(
        lambda options: [
            MessengerChannel(
                options,
                token=fake_messenger.TOKEN,
                app_secret=fake_messenger.SECRET,
                verify_token=fake_messenger.VERIFY,
                api=Api(is_temporary=is_temporary, sleep=no_wait),
            )
        ],
        [platform],
        ScriptedAgent(),
    )
    yield Messenger(served, platform)
    stop()


@pytest.fixture
def messenger(served_messenger: Messenger) -> Messenger:
    """The page, with nothing said on it."""
    platform, agent = served_messenger.platform, served_messenger.served.agent
    for kept in (platform.sent, platform.problems, platform.faults, platform.window, platform.gone, agent.handled):
        kept.clear()
    agent.tracker_store._tracker_store.store.clear()
    return served_messenger


# --- authenticity ----------------------------------------------------------------------------------------------------

RAW = json.dumps(delivery(said("hello"))).encode()
GOOD = signed(RAW)["X-Hub-Signature-256"]


def _with(signature: str | None, name: str = "X-Hub-Signature-256") -> dict[str, str]:
    return {"Content-Type": "application/json"} | ({} if signature is None else {name: signature})


def _digest(kind: str) -> str:
    return hmac.new(fake_messenger.SECRET.encode(), RAW, getattr(hashlib, kind)).hexdigest()


FORGERIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "no signature": (RAW, _with(None)),
    "empty signature": (RAW, _with("")),
    "algorithm only": (RAW, _with("sha256=")),
    "no algorithm": (RAW, _with(GOOD.removeprefix("sha256="))),
    "sha1 in its own header": (RAW, _with(f"sha1={_digest('sha1')}", "X-Hub-Signature")),
    "sha1": (RAW, _with(f"sha1={_digest('sha1')}")),
    "md5": (RAW, _with(f"md5={_digest('md5')}")),
    "sha512": (RAW, _with(f"sha512={_digest('sha512')}")),
    "sha1 called sha256": (RAW, _with(f"sha256={_digest('sha1')}")),
    "unknown algorithm": (RAW, _with("rot13=uryyb")),
    "right signature in the old header": (RAW, _with(GOOD, "X-Hub-Signature")),
    "capitals": (RAW, _with(GOOD.upper())),
    "digits in capitals": (RAW, _with("sha256=" + GOOD.removeprefix("sha256=").upper())),
    "one digit changed": (RAW, _with(GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"))),
    "cut short": (RAW, _with(GOOD[:-1])),
    "longer": (RAW, _with(GOOD + "0")),
    "two signatures": (RAW, _with(f"{GOOD}, {GOOD}")),
    "another secret": (RAW, signed(RAW, secret="another-secret")),
    "empty secret": (RAW, signed(RAW, secret="")),
    "verify token as secret": (RAW, signed(RAW, secret=fake_messenger.VERIFY)),
    "another body": (RAW + b"\n", signed(RAW)),
    "another person": (RAW.replace(ANN.encode(), b"666"), signed(RAW)),
    "empty body": (b"", signed(RAW)),
    "unsigned empty object": (b"{}", _with(None)),
    "signature that is no text": (RAW, _with("sha256=" + "\xff" * 32)),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forgery_is_refused(messenger: Messenger, forgery: str) -> None:
    body, headers = FORGERIES[forgery]
    response = messenger.served.post(PATH, body, headers)
    messenger.served.settle()
    assert (response.status_code, response.json()) == (401, {"error": "not_authentic"})
    assert not messenger.platform.sent
    assert not messenger.served.agent.handled


def handshake(messenger: Messenger, **params: str) -> requests.Response:
    """Shake hands as Facebook does."""
    given = {f"hub.{name}": value for name, value in params.items()}
    return requests.get(f"{messenger.served.url}/webhooks/{PATH}", params=given, timeout=10)


def test_handshake_gives_the_challenge_back(messenger: Messenger) -> None:
    response = handshake(messenger, mode="subscribe", verify_token=fake_messenger.VERIFY, challenge="1158201444")
    assert (response.status_code, response.text) == (200, "1158201444")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"mode": "subscribe", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "wrong", "challenge": "1"},
        {"mode": "subscribe", "verify_token": fake_messenger.VERIFY.upper(), "challenge": "1"},
        {"mode": "unsubscribe", "verify_token": fake_messenger.VERIFY, "challenge": "1"},
        {"verify_token": fake_messenger.VERIFY, "challenge": "1"},
    ],
)
def test_forged_handshake_is_refused(messenger: Messenger, params: dict[str, str]) -> None:
    assert handshake(messenger, **params).status_code == 403


def test_no_start_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTRIDE_PUBLIC_URL", "https://back.example.org")
    good = {
        "MESSENGER_PAGE_TOKEN": fake_messenger.TOKEN,
        "MESSENGER_APP_SECRET": fake_messenger.SECRET,
        "MESSENGER_VERIFY_TOKEN": fake_messenger.VERIFY,
    }
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    assert MessengerChannel.from_credentials(None).name() == "messenger"
    for name, value in good.items():
        monkeypatch.delenv(name)
        with pytest.raises(SettingsError, match=name):
            MessengerChannel.from_credentials(None)
        monkeypatch.setenv(name, value)


# --- what is answered ------------------------------------------------------------------------------------------------


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


# --- buttons ---------------------------------------------------------------------------------------------------------


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


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_picture_is_fetched_from_our_server(messenger: Messenger) -> None:
    messenger.say("stretch")
    sent = messenger.say("1")
    assert any(message.get("attachment", {}).get("type") == "image" for message in sent)


def test_referral_comes_first(messenger: Messenger) -> None:
    first, *_ = messenger.say("then a question")
    assert "111" in words(first)


def test_bold_marks_are_left_out(messenger: Messenger) -> None:
    (answer,) = messenger.say("json:" + json.dumps({"text": "**Plan**: 2 < 3 & *so*"}))
    assert words(answer) == "Plan: 2 < 3 & *so*"


def test_long_text_is_split(messenger: Messenger) -> None:
    text = " ".join(f"Sentence number {number} says a little something." for number in range(70))
    answers = messenger.say("json:" + json.dumps({"text": text}))
    assert len(answers) > 1
    assert " ".join(map(words, answers)).split() == text.split()


def fault(code: int, status: int = 400, **more: Any) -> tuple[int, dict[str, Any]]:
    """Return an error of the Graph API."""
    return status, {"error": {"message": "a person's words", "type": "OAuthException", "code": code} | more}


@pytest.mark.parametrize("what", [fault(4), fault(613), fault(2), fault(1200), fault(1), fault(80, 500), (429, {})])
def test_what_passes_is_tried_again(messenger: Messenger, what: Any) -> None:
    messenger.platform.faults += [what, what]
    assert [words(message) for message in messenger.say("echo:patience")] == ["patience"]


@pytest.mark.parametrize("what", [fault(190, 401), fault(100), fault(1, error_subcode=99), fault(200), (400, {})])
def test_what_cannot_be_delivered_is_logged_without_its_words(
    messenger: Messenger, caplog: pytest.LogCaptureFixture, what: Any
) -> None:
    messenger.platform.faults.append(what)
    with caplog.at_level(logging.INFO):
        assert messenger.say("echo:secret words") == []
    assert "not delivered" in caplog.text
    assert "words" not in caplog.text
    assert ANN not in caplog.text


def test_person_who_blocked_the_page_is_no_error(messenger: Messenger, caplog: pytest.LogCaptureFixture) -> None:
    messenger.platform.gone.add(ANN)
    with caplog.at_level(logging.INFO):
        messenger.say("echo:anybody there")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def remind(messenger: Messenger, person: str) -> None:
    """Let the assistant say something unasked."""
    output = messenger.served.channels[0].get_output_channel()

    async def send() -> None:
        await output.send_text_message(f"messenger:{person}", "How is your back today?")

    messenger.served.run(send())
    messenger.served.settle()


def test_reminder_within_24_hours_arrives(messenger: Messenger) -> None:
    messenger.say("echo:hello")
    remind(messenger, ANN)
    assert words(messenger.platform.to(ANN)[-1]) == "How is your back today?"


def test_reminder_after_24_hours_is_not_tried(messenger: Messenger, caplog: pytest.LogCaptureFixture) -> None:
    remind(messenger, "4815162342")
    assert messenger.platform.to("4815162342") == []
    assert "more than 24 h" in caplog.text


def test_window_that_facebook_closed_is_logged(messenger: Messenger, caplog: pytest.LogCaptureFixture) -> None:
    messenger.platform.window.add(ANN)
    assert messenger.say("echo:hello") == []
    assert "10/2018278" in caplog.text
