"""Telegram: what is let in, what is answered and how, against its Bot API on the loopback interface."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import fake_telegram
import pytest
import requests
from fake_telegram import ANN, BOT, GROUP, SECRET, TOKEN, FakeTelegram, click, message, titles, update
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_server import SENTENCE, ScriptedAgent
from served import Served, serve

from backstride.channels.limits import RateLimit
from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.telegram import SECRET_HEADER, TelegramChannel
from backstride.errors import SettingsError
from backstride.wording import load_wording

PATH = "telegram/webhook"
WORDING = load_wording()


async def no_wait(_: float) -> None:
    """Wait for nothing."""


class Telegram:
    """A chat with our bot in it."""

    def __init__(self, served: Served, platform: FakeTelegram) -> None:
        self.served = served
        self.platform = platform

    def deliver(self, body: dict[str, Any], **headers: str) -> int:
        """Deliver an update, and return the status."""
        raw = json.dumps(body).encode()
        return self.served.post(PATH, raw, {SECRET_HEADER: SECRET} | headers).status_code

    def answers(self, *updates: dict[str, Any]) -> list[dict[str, Any]]:
        """Deliver updates, and return what was sent in answer."""
        before = len(self.platform.sent)
        assert [self.deliver(body) for body in updates] == [200] * len(updates)
        self.served.settle()
        assert not self.platform.problems, self.platform.problems
        return self.platform.sent[before:]

    def say(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """Write a message, and return what was sent in answer."""
        return self.answers(message(text, **more))


def open_telegram(agent: Any) -> Iterator[Telegram]:
    platform = FakeTelegram()

    def make(options: ChannelOptions) -> list[TelegramChannel]:
        channel = TelegramChannel(options, token=TOKEN, secret_token=SECRET)
        channel.api._sleep = no_wait
        return [channel]

    served, stop = serve(make, [platform], agent)
    yield Telegram(served, platform)
    stop()


@pytest.fixture(scope="module")
def shared() -> Iterator[Telegram]:
    yield from open_telegram(ScriptedAgent())


@pytest.fixture
def telegram(shared: Telegram) -> Telegram:
    """The shared server, with nothing left over from the test before."""
    shared.served.settle()
    platform = shared.platform
    for left in (platform.sent, platform.problems, platform.faults, platform.blocked, platform.moved):
        left.clear()
    fake_telegram.ANN = {**ANN}
    return shared


def person(number: int) -> dict[str, Any]:
    """Return somebody who has not written yet."""
    return {"id": 5_000 + number, "is_bot": False, "first_name": "Bo"}


# --- authenticity ---------------------------------------------------------------------------------------------------

FORGED = [
    *("", "-", "x", SECRET[:-1], SECRET + "a", SECRET.upper(), SECRET[::-1], f"Bearer {SECRET}", TOKEN, SECRET * 2),
    *("null", "None", "0", "true", "*", "a" * 32, "a-secret-token-of-32-characters", "\x7f" * 32, f"{SECRET},{SECRET}"),
    *("' or 1=1 --", f'"{SECRET}"', "é" * 16),
]


@pytest.mark.parametrize("secret", FORGED)
def test_a_delivery_is_refused_when_its_secret_is_not_ours(telegram: Telegram, secret: str) -> None:
    raw = json.dumps(message("hello")).encode()
    response = telegram.served.post(PATH, raw, {SECRET_HEADER: secret.encode()})  # type: ignore[dict-item]
    assert (response.status_code, response.json()) == (401, {"error": "not_authentic"})


def test_a_delivery_is_refused_when_it_has_no_secret(telegram: Telegram) -> None:
    assert telegram.served.post(PATH, b"{}", {}).status_code == 401


def test_nothing_of_a_forged_delivery_is_answered(telegram: Telegram) -> None:
    telegram.deliver(message("heat"), **{SECRET_HEADER: "forged"})
    telegram.served.settle()
    assert telegram.platform.sent == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 50_000])
def test_what_is_no_update_is_refused_without_a_trace(telegram: Telegram, body: bytes) -> None:
    response = telegram.served.post(PATH, body, {SECRET_HEADER: SECRET})
    assert (response.status_code, response.json()) == (400, {"error": "malformed"})


def test_a_delivery_that_is_too_large_is_refused(telegram: Telegram) -> None:
    assert telegram.served.post(PATH, b"a" * 100_001, {SECRET_HEADER: SECRET}).status_code == 413


@pytest.mark.parametrize("name", ["TELEGRAM_BOT_TOKEN", "TELEGRAM_SECRET_TOKEN", "BACKSTRIDE_PUBLIC_URL"])
def test_the_server_does_not_start_when_a_secret_is_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable, value in {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_SECRET_TOKEN": SECRET,
        "BACKSTRIDE_PUBLIC_URL": "https://back.example.org",
    }.items():
        monkeypatch.setenv(variable, value)
    assert isinstance(TelegramChannel.from_credentials({}), TelegramChannel)
    monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match=name):
        TelegramChannel.from_credentials({})


@pytest.mark.parametrize("credentials", [{"token": TOKEN}, {"answer_within_s": -1}, {"public_url": "no address"}])
def test_the_server_does_not_start_when_credentials_hold_what_they_must_not(
    monkeypatch: pytest.MonkeyPatch, credentials: dict[str, Any]
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_SECRET_TOKEN", SECRET)
    monkeypatch.setenv("BACKSTRIDE_PUBLIC_URL", "https://back.example.org")
    with pytest.raises(SettingsError) as caught:
        TelegramChannel.from_credentials(credentials)
    assert TOKEN not in str(caught.value)


# --- talking --------------------------------------------------------------------------------------------------------


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


# --- everything that people send ------------------------------------------------------------------------------------

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


# --- delivery -------------------------------------------------------------------------------------------------------


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
        assert telegram.platform.has_sent.wait(20)
        assert [sent["shown"] for sent in telegram.platform.sent] == ["quick"]
    finally:
        telegram.served.loop.call_soon_threadsafe(held.set)
        telegram.served.settle()
        channel.api.call = real  # type: ignore[method-assign]


def test_no_picture_but_ours_is_served(telegram: Telegram) -> None:
    base = f"{telegram.served.url}/webhooks/telegram/pictures"
    plank = requests.get(f"{base}/plank.png", timeout=20)
    assert (plank.status_code, plank.headers["Content-Type"]) == (200, "image/png")
    for name in (
        "nothing.png",
        "plank.svg",
        "..%2fdescriptions.yml",
        "%2e%2e%2fplank.png",
        "PLANK.png",
        "plank.png%00",
    ):
        assert requests.get(f"{base}/{name}", timeout=20).status_code == 404, name


# --- anything at all ------------------------------------------------------------------------------------------------

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


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=UPDATE | JSON)
def test_no_delivery_whatever_it_holds_makes_the_server_fail(shared: Telegram, body: Any) -> None:
    raw = json.dumps(body).encode("utf-8")
    assert shared.served.post(PATH, raw, {SECRET_HEADER: SECRET}).status_code in {200, 400}
