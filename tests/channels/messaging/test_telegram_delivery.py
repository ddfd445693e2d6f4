"""Telegram: how answers are delivered, and that no delivery makes the server fail."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
import requests
from fake_telegram import ANN, GROUP, SECRET, TOKEN, message
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram_chat import PATH, Telegram, person

from backstride.channels.messaging.telegram import SECRET_HEADER


def test_it_waits_and_keeps_the_order_when_telegram_says_too_many(telegram: Telegram) -> None:
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 3}}
    telegram.platform.faults += [(429, body), (502, {})]
    answers = telegram.answers(message("two"))
    assert [answer["shown"] for answer in answers] == ["First.", "Second."]


def test_what_could_not_be_delivered_is_logged_with_an_id_and_without_words(
    telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.platform.faults += [(500, {})] * 5
    telegram.say("echo:my secret words")
    (record,) = [record for record in caplog.records if "not delivered" in record.getMessage()]
    assert "incident" in record.getMessage()
    assert "secret" not in caplog.text
    assert TOKEN not in caplog.text


def test_a_person_who_blocked_the_bot_is_no_error(telegram: Telegram, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    telegram.platform.blocked.add(str(ANN["id"]))
    assert telegram.say("heat") == []
    assert [r.levelname for r in caplog.records if "does not take" in r.getMessage()] == ["INFO"]
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]


def test_a_message_is_sent_plain_when_telegram_cannot_read_its_formatting(telegram: Telegram) -> None:
    fault = {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities: x"}
    telegram.platform.faults.append((400, fault))
    (answer,) = telegram.say("echo:**a** & b")
    assert (answer["text"], answer.get("parse_mode")) == ("a & b", None)


def test_a_group_that_moved_still_gets_its_answer(telegram: Telegram) -> None:
    telegram.platform.moved[str(GROUP["id"])] = "-1002"
    (answer,) = telegram.say("@backstride_bot heat", chat=GROUP)
    assert answer["chat_id"] == "-1002"


def test_a_reminder_reaches_the_person_outside_a_request(telegram: Telegram) -> None:
    output = telegram.served.channels[0].get_output_channel()
    sending = output.send_response(f"telegram:{ANN['id']}", {"text": "How is your back today?"})
    telegram.served.run(sending)
    telegram.served.settle()
    assert [sent["shown"] for sent in telegram.platform.sent] == ["How is your back today?"]


def test_nobody_else_waits_when_telegram_is_slow_for_one(telegram: Telegram) -> None:
    channel = telegram.served.channels[0]
    real, held = channel.api.call, asyncio.Event()

    async def call(method: str, url: str, **more: Any) -> Any:
        if (more.get("json_body") or {}).get("chat_id") == "5007":
            await held.wait()
        return await real(method, url, **more)

    channel.api.call = call  # type: ignore[method-assign]
    try:
        assert telegram.deliver(message("echo:slow", person=person(7))) == 200
        telegram.platform.has_sent.clear()
        assert telegram.deliver(message("echo:quick", person=person(8))) == 200
        assert telegram.platform.has_sent.wait(120)
        assert [sent["shown"] for sent in telegram.platform.sent] == ["quick"]
    finally:
        telegram.served.loop.call_soon_threadsafe(held.set)
        telegram.served.settle()
        channel.api.call = real  # type: ignore[method-assign]


def test_no_picture_but_ours_is_served(telegram: Telegram) -> None:
    base = f"{telegram.served.url}/webhooks/telegram/pictures"
    plank = requests.get(f"{base}/plank.png", timeout=120)
    assert (plank.status_code, plank.headers["Content-Type"]) == (200, "image/png")
    for name in (
        "nothing.png",
        "plank.svg",
        "..%2fdescriptions.yml",
        "%2e%2e%2fplank.png",
        "PLANK.png",
        "plank.png%00",
    ):
        assert requests.get(f"{base}/{name}", timeout=120).status_code == 404, name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PERSON = st.fixed_dictionaries({"id": st.integers(0, 10**9) | JSON}, optional={"is_bot": JSON, "first_name": JSON})
CHAT = st.fixed_dictionaries(
    {"id": st.integers(-(10**9), 10**9) | JSON, "type": st.sampled_from(["private", "group"]) | JSON}
)
FIELDS = (
    "photo voice sticker location contact document poll caption text entities media_group_id reply_to_message".split()
)
MESSAGE = st.fixed_dictionaries(
    {"message_id": st.integers(), "from": PERSON | JSON, "chat": CHAT | JSON},
    optional={name: JSON | st.text(max_size=60) for name in FIELDS}
    | {"message_thread_id": JSON, "is_topic_message": JSON},
)
CLICK = st.fixed_dictionaries({"id": JSON, "from": PERSON | JSON, "message": MESSAGE | JSON, "data": JSON})
UPDATE = st.fixed_dictionaries(
    {"update_id": st.integers(0, 10**9) | JSON},
    optional={"message": MESSAGE | JSON, "edited_message": JSON, "callback_query": CLICK | JSON, "channel_post": JSON},
)


@settings(max_examples=1000)
@given(body=UPDATE | JSON)
def test_no_delivery_makes_the_server_fail(telegram_server: Telegram, body: Any) -> None:
    raw = json.dumps(body).encode("utf-8")
    assert telegram_server.served.post(PATH, raw, {SECRET_HEADER: SECRET}).status_code in {200, 400}


def test_what_fails_in_an_unforeseen_way_is_logged_with_an_id_and_the_next_is_sent(
    telegram: Telegram, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tracker store that cannot be read, say, while the window is looked up."""
    channel: Any = telegram.served.channels[0]
    windows = [RuntimeError("a person's words"), None]

    async def look(*_: Any) -> bool:
        failure = windows.pop(0)
        if failure is not None:
            raise failure
        return True

    monkeypatch.setattr(channel._window, "is_open", look)
    assert [sent["shown"] for sent in telegram.say("two")] == ["Second."]
    (record,) = [record for record in caplog.records if "not delivered" in record.getMessage()]
    assert "incident" in record.getMessage()
    assert "words" not in caplog.text
