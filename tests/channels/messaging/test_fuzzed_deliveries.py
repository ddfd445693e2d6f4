"""A thousand authentic deliveries of any content to Slack and to Messenger: no fault of the server among them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import fake_messenger
import fake_slack
import pytest
from fake_messenger import FakeMessenger
from fake_slack import FakeSlack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_server import ScriptedAgent
from served import Served, serve

from backstride.channels.messaging.messenger import MessengerChannel
from backstride.channels.messaging.slack import SlackChannel

MANY = settings(max_examples=1000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.text(max_size=60) | st.sampled_from(["hello", "numb", "/start", "<@U0BOT> hi", "json:{", "silence", "\x00"])


def nearly(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these fields, each as it should be or anything at all."""
    return st.fixed_dictionaries({}, optional={name: right | JSON for name, right in fields.items()})


TIME = st.integers(0, 2_000_000_000).map(lambda seconds: f"{seconds}.000100")
USER, CHANNEL = st.sampled_from(["U0ANN", "U0BOT"]), st.sampled_from(["D0ANN", "C0RUN"])
FILES = st.lists(nearly(mimetype=st.sampled_from(["image/png", "audio/mp4", "x"])), max_size=2)
SLACK_MESSAGE = {"user": USER, "text": WORDS, "ts": TIME, "edited": nearly(ts=TIME), "files": FILES, "thread_ts": TIME}
SLACK_EVENT = nearly(
    type=st.sampled_from(["event_callback", "url_verification"]),
    challenge=st.text(max_size=9),
    authorizations=st.lists(nearly(user_id=USER, is_bot=st.booleans()), max_size=2),
    event=nearly(
        type=st.sampled_from(["message", "app_mention"]),
        channel=CHANNEL,
        channel_type=st.sampled_from(["im", "channel"]),
        subtype=st.sampled_from(["file_share", "message_changed", "bot_message"]),
        message=nearly(**SLACK_MESSAGE),
        previous_message=nearly(**SLACK_MESSAGE),
        **SLACK_MESSAGE,
    ),
)
BLOCK = nearly(type=st.sampled_from(["section", "actions", "image"]), text=nearly(text=WORDS), image_url=WORDS)
SLACK_CLICK = nearly(
    type=st.just("block_actions"),
    user=nearly(id=USER),
    channel=nearly(id=CHANNEL),
    message=nearly(ts=TIME, thread_ts=TIME, text=WORDS, blocks=st.lists(BLOCK, max_size=3)),
    actions=st.lists(nearly(type=st.just("button"), action_id=WORDS, action_ts=TIME), max_size=2),
)
ATTACHMENT = nearly(type=st.sampled_from(["image", "fallback", "x"]), payload=nearly(sticker_id=st.integers()))
PAGE_EVENT = nearly(
    sender=nearly(id=st.sampled_from(["24815162342", "1"]) | st.integers(0, 99)),
    timestamp=st.integers(),
    message=nearly(
        mid=st.uuids().map(str),
        text=WORDS,
        is_echo=st.booleans(),
        quick_reply=nearly(payload=WORDS),
        attachments=st.lists(ATTACHMENT, max_size=2),
    ),
    postback=nearly(mid=st.uuids().map(str), payload=WORDS, title=WORDS),
    message_edit=nearly(mid=st.uuids().map(str), text=WORDS, num_edit=st.integers()),
)
ENTRY = nearly(messaging=st.lists(PAGE_EVENT, max_size=3), standby=JSON)
PAGE_DELIVERY = st.fixed_dictionaries({"object": st.just("page") | JSON, "entry": st.lists(ENTRY, max_size=3) | JSON})


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    agent = ScriptedAgent()

    async def parse(text: str) -> dict[str, Any]:
        return {"red_flags": []}

    agent.parse_message = parse  # type: ignore[attr-defined]

    def make(options: Any) -> list[Any]:
        tokens = {"app_secret": fake_messenger.SECRET, "verify_token": fake_messenger.VERIFY}
        return [
            SlackChannel(options, token=fake_slack.TOKEN, signing_secret=fake_slack.SECRET),
            MessengerChannel(options, token=fake_messenger.TOKEN, **tokens),
        ]

    running, stop = serve(make, [FakeSlack(), FakeMessenger()], agent)
    yield running
    stop()


@MANY
@given(body=SLACK_EVENT | SLACK_CLICK.map(lambda payload: {"payload": payload}) | JSON, is_form=st.booleans())
def test_slack_never_gets_a_500(served: Served, caplog: pytest.LogCaptureFixture, body: Any, is_form: bool) -> None:
    payload = body.get("payload", body) if isinstance(body, dict) else body
    raw = urlencode({"payload": json.dumps(payload)}).encode() if is_form else json.dumps(body).encode()
    headers = fake_slack.signed(raw) | ({"Content-Type": "application/x-www-form-urlencoded"} if is_form else {})
    # 401: the same content within the same second has the same signature, which is a replay.
    assert served.post("slack/webhook", raw, headers).status_code in {200, 400, 401}
    assert "could not be read" not in caplog.text


@MANY
@given(body=PAGE_DELIVERY | JSON)
def test_messenger_never_gets_a_500(served: Served, caplog: pytest.LogCaptureFixture, body: Any) -> None:
    raw = json.dumps(body).encode()
    assert served.post("messenger/webhook", raw, fake_messenger.signed(raw)).status_code in {200, 400}
    assert "could not be read" not in caplog.text


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 50_000, b'{"a":' * 20_000, b"x" * 100_001]
)
def test_body_that_is_no_object_is_refused(served: Served, raw: bytes) -> None:
    for path, fake in (("slack/webhook", fake_slack), ("messenger/webhook", fake_messenger)):
        headers = fake_messenger.signed(raw)
        if fake is fake_slack:
            try:
                headers = fake_slack.signed(raw)
            except UnicodeDecodeError:  # Slack's own library signs text only
                continue
        assert served.post(path, raw, headers).status_code in {400, 413}
