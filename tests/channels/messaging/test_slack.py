"""Slack: what is let in, what is answered and how, against its Web API on the loopback interface."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import fake_slack
import pytest
from fake_slack import BOT, FakeSlack, click, event, mention, message_time, signed, titles
from scripted_server import ScriptedAgent
from served import Served, serve

from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.delivery import Api
from backstride.channels.messaging.incoming import Kind
from backstride.channels.messaging.render import Label, Part, Picture
from backstride.channels.messaging.slack import (
    SlackChannel,
    blocks_of,
    is_temporary,
    plain_text,
    read_event,
    read_interaction,
)
from backstride.errors import SettingsError
from backstride.wording import load_wording

PATH = "slack/webhook"


async def no_wait(_: float) -> None:
    """Wait for nothing."""


class Slack:
    """A workspace with our server in it."""

    def __init__(self, served: Served, platform: FakeSlack) -> None:
        self.served = served
        self.platform = platform

    def deliver(self, body: dict[str, Any], **headers: str) -> int:
        """Deliver an event, and return the status."""
        raw = json.dumps(body).encode()
        return self.served.post(PATH, raw, signed(raw) | headers).status_code

    def say(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """Write a direct message, and return what was posted in answer."""
        return self._after(lambda: self.deliver(event(text, **more)))

    def mention(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """Mention the assistant in a channel, and return what was posted in answer."""
        return self._after(lambda: self.deliver(mention(text, **more)))

    def tap(self, message: dict[str, Any], title: str, *, user: str = "U0ANN") -> list[dict[str, Any]]:
        """Tap a button, and return what was posted in answer."""
        raw = click(message, titles(message).index(title), user=user)
        headers = signed(raw) | {"Content-Type": "application/x-www-form-urlencoded"}
        return self._after(lambda: self.served.post(PATH, raw, headers).status_code)

    def _after(self, deliver: Any) -> list[dict[str, Any]]:
        before = len(self.platform.posted)
        assert deliver() == 200
        self.served.settle()
        assert not self.platform.problems, self.platform.problems
        return self.platform.posted[before:]


@pytest.fixture(scope="module")
def served_slack() -> Iterator[Slack]:
    platform = FakeSlack()
    served, stop = serve(
        lambda options: [
            SlackChannel(
                options,
                token=fake_slack.TOKEN,
                signing_secret=fake_slack.SECRET,
                api=Api(is_temporary=is_temporary, sleep=no_wait),
            )
        ],
        [platform],
        ScriptedAgent(),
    )
    yield Slack(served, platform)
    stop()


@pytest.fixture
def slack(served_slack: Slack) -> Slack:
    """The workspace, with nothing said in it."""
    platform = served_slack.platform
    platform.posted.clear()
    platform.updated.clear()
    platform.whispered.clear()
    platform.problems.clear()
    platform.faults.clear()
    platform.gone.clear()
    served_slack.served.agent.handled.clear()
    served_slack.served.agent.tracker_store._tracker_store.store.clear()
    return served_slack


def words(messages: list[dict[str, Any]]) -> str:
    """All that was posted."""
    return "\n".join(block["text"]["text"] for m in messages for block in m["blocks"] if block["type"] == "section")


# --- authenticity ----------------------------------------------------------------------------------------------------

RAW = json.dumps(event("hello")).encode()


def _without(name: str) -> dict[str, str]:
    return {key: value for key, value in signed(RAW).items() if key != name}


def forgeries() -> dict[str, tuple[bytes, dict[str, str]]]:
    """Deliveries that Slack did not send, each wrong in one thing: made when they are sent, since a signature ages."""
    now, good = int(time.time()), signed(RAW)
    return {
        "no headers": (RAW, {}),
        "no signature": (RAW, _without("X-Slack-Signature")),
        "no timestamp": (RAW, _without("X-Slack-Request-Timestamp")),
        "empty signature": (RAW, signed(RAW) | {"X-Slack-Signature": ""}),
        "version only": (RAW, signed(RAW) | {"X-Slack-Signature": "v0="}),
        "another version": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"].replace("v0=", "v1=")}),
        "no version": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"].removeprefix("v0=")}),
        "capitals": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"].upper()}),
        "one digit changed": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"][:-1] + "g"}),
        "cut short": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"][:-2]}),
        "longer": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"] + "00"}),
        "another secret": (RAW, signed(RAW, secret="another-secret-of-some-length")),
        "almost empty secret": (RAW, signed(RAW, secret="0")),
        "another body": (RAW + b" ", signed(RAW)),
        "another text": (RAW.replace(b"hello", b"hallo"), signed(RAW)),
        "another timestamp": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": str(now + 1)}),
        "six minutes old": (RAW, signed(RAW, at=now - 360)),
        "six minutes ahead": (RAW, signed(RAW, at=now + 420)),
        "year 1970": (RAW, signed(RAW, at=0)),
        "negative timestamp": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": "-1"}),
        "timestamp of words": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": "now"}),
        "timestamp too long": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": "9" * 5000}),
        "timestamp with a fraction": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": f"{now}.0"}),
        "timestamp in other digits": (
            RAW,
            signed(RAW) | {"X-Slack-Request-Timestamp": "\u0661".encode().decode("latin-1")},
        ),
        "old verification token only": (json.dumps({"token": "unused", "type": "event_callback"}).encode(), {}),
        "handshake without signature": (b'{"type": "url_verification", "challenge": "x"}', {}),
        "form without signature": (b"payload=%7B%7D", {"Content-Type": "application/x-www-form-urlencoded"}),
    }


@pytest.mark.parametrize("forgery", forgeries())
def test_forgery_is_refused(slack: Slack, forgery: str) -> None:
    body, headers = forgeries()[forgery]
    response = slack.served.post(PATH, body, headers)
    slack.served.settle()
    assert response.status_code == 401
    assert response.json() == {"error": "not_authentic"}
    assert not slack.platform.posted
    assert not slack.served.agent.handled


def test_the_same_delivery_sent_again_by_somebody_else_is_refused(slack: Slack) -> None:
    raw = json.dumps(event("hello")).encode()
    headers = signed(raw)
    assert slack.served.post(PATH, raw, headers).status_code == 200
    again = slack.served.post(PATH, raw, headers)
    assert (again.status_code, again.json()) == (401, {"error": "replayed"})
    slack.served.settle()
    assert len(slack.platform.posted) == 1


def test_signatures_are_kept_no_longer_than_the_window() -> None:
    now = [1_700_000_000.0]
    options = ChannelOptions(public_url="http://127.0.0.1:1")
    channel = SlackChannel(options, token="xoxb-1", signing_secret=fake_slack.SECRET, clock=lambda: now[0])
    for _ in range(3):
        channel._check(signed(b"{}", at=now[0]), b"{}")
        now[0] += 200
    assert len(channel._seen) == 2


def test_handshake_gives_the_challenge_back(slack: Slack) -> None:
    raw = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"}).encode()
    response = slack.served.post(PATH, raw, signed(raw))
    assert response.json() == {"challenge": "3eZbrw1aB"}


def test_no_start_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTRIDE_PUBLIC_URL", "https://back.example.org")
    good = {"SLACK_BOT_TOKEN": "xoxb-1-2", "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5"}
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    assert SlackChannel.from_credentials(None).name() == "slack"
    for name, value in good.items():
        monkeypatch.delenv(name)
        with pytest.raises(SettingsError, match=name):
            SlackChannel.from_credentials(None)
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxp-a-persons-token")
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN") as refused:
        SlackChannel.from_credentials({})
    assert "persons" not in str(refused.value)


# --- what is answered ------------------------------------------------------------------------------------------------


def test_direct_message_is_answered_in_place(slack: Slack) -> None:
    (answer,) = slack.say("echo:good morning")
    assert words([answer]) == "good morning"
    assert answer["channel"] == "D0ANN"
    assert "thread_ts" not in answer


def test_direct_message_in_a_thread_is_answered_there(slack: Slack) -> None:
    (answer,) = slack.say("echo:in here", thread_ts="1600000000.000100")
    assert answer["thread_ts"] == "1600000000.000100"
    (answer,) = slack.say("echo:and outside")
    assert "thread_ts" not in answer


def test_mention_is_answered_in_a_thread(slack: Slack) -> None:
    at = message_time()
    (answer,) = slack.mention("echo:hello all", ts=at)
    assert (answer["channel"], answer["thread_ts"]) == ("C0RUN", at)
    assert words([answer]) == "hello all"


def test_each_person_in_a_thread_has_a_conversation_of_their_own(slack: Slack) -> None:
    at = message_time()
    (menu,) = slack.mention("stretch", ts=at)
    assert slack.tap(menu, titles(menu)[0], user="U0BOB") == []
    (whisper,) = slack.platform.whispered
    assert (whisper["user"], whisper["thread_ts"]) == ("U0BOB", at)
    assert whisper["text"] == load_wording()("chat_stale_nothing")
    assert len(slack.served.agent.handled) == 1
    assert slack.tap(menu, titles(menu)[0])
    assert len(slack.served.agent.handled) == 2


def test_mention_alone_begins(slack: Slack) -> None:
    slack.mention("")
    assert slack.served.agent.handled == ["/greet"]


@pytest.mark.parametrize(
    "ignored",
    [
        {"bot_id": "B0OTHER"},
        {"subtype": "bot_message"},
        {"user": BOT},
        {"user": None},
        {"subtype": "message_changed", "message": {"text": "x"}},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"hidden": True},
        {"channel": "C0RUN", "channel_type": "channel"},
        {"channel": "G0RUN", "channel_type": "mpim"},
        {"type": "app_mention"},
        {"type": "reaction_added"},
        {"type": "app_home_opened"},
        {"ts": None},
        {"ts": "../../x"},
        {"channel": "D0/../x"},
    ],
)
def test_what_is_not_for_the_assistant_is_ignored(slack: Slack, ignored: dict[str, Any]) -> None:
    assert slack.say("hello", **ignored) == []
    assert not slack.served.agent.handled


def test_repeated_delivery_is_answered_once(slack: Slack) -> None:
    body = event("echo:once")
    for retry in range(3):
        retried = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        # Slack signs each attempt anew; the space stands for the later timestamp of a signature.
        raw = json.dumps(body).encode() + b" " * retry
        assert slack.served.post(PATH, raw, signed(raw) | retried).status_code == 200
    slack.served.settle()
    assert len(slack.platform.posted) == 1


def changed(text: str, at: str, *, before: str = "before") -> dict[str, Any]:
    """What makes a delivery an edit of a direct message."""
    message = {
        "type": "message",
        "user": "U0ANN",
        "text": text,
        "ts": at,
        "edited": {"user": "U0ANN", "ts": "1600009999.0001"},
    }
    previous = {"type": "message", "user": "U0ANN", "text": before, "ts": at}
    return {
        "subtype": "message_changed",
        "hidden": True,
        "user": None,
        "message": message,
        "previous_message": previous,
    }


@pytest.fixture
def signs(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted assistant hears one warning sign, in the word "numb"."""

    async def parse(text: str) -> dict[str, Any]:
        return {"red_flags": [{"id": "cauda_equina", "state": "present"}] if "numb" in text else []}

    monkeypatch.setattr(slack.served.agent, "parse_message", parse, raising=False)


@pytest.mark.usefixtures("signs")
def test_warning_sign_that_comes_with_an_edit_is_answered(slack: Slack) -> None:
    at = message_time()
    slack.say("echo:first", ts=at)
    (answer,) = slack.say("", **changed("first, and numb between the legs", at))
    assert "999" in words([answer])


@pytest.mark.usefixtures("signs")
def test_edited_message_is_not_answered_again(slack: Slack) -> None:
    at = message_time()
    slack.say("echo:first", ts=at)
    assert slack.say("", **changed("echo:first, corrected", at)) == []
    assert slack.served.agent.handled == ["echo:first"]


@pytest.mark.usefixtures("signs")
def test_edited_mention_is_not_answered_again(slack: Slack) -> None:
    at = message_time()
    slack.mention("echo:first", ts=at)
    assert slack.mention("echo:first, corrected", ts=at, edited={"user": "U0ANN", "ts": message_time()}) == []


def test_mention_that_comes_with_an_edit_is_answered(slack: Slack) -> None:
    answers = slack.mention("echo:now you too", ts=message_time(), edited={"user": "U0ANN", "ts": message_time()})
    assert words(answers) == "now you too"


def test_preview_of_a_link_is_no_edit() -> None:
    assert read_event(event("", **changed("same", message_time(), before="same"))) is None
    found = read_event(event("", **changed("other", message_time(), before="same")))
    assert found is not None
    assert found[0].kind is Kind.EDITED


def test_two_messages_within_a_second_are_answered_in_order(slack: Slack) -> None:
    for number in range(5):
        slack.deliver(event(f"echo:{number}"))
    slack.served.settle()
    assert [words([message]) for message in slack.platform.posted] == list("01234")


@pytest.mark.parametrize(
    ("mimetype", "kind"),
    [
        ("image/png", Kind.PHOTO),
        ("audio/mp4", Kind.VOICE),
        ("video/mp4", Kind.VIDEO),
        ("application/pdf", Kind.FILE),
        ("", Kind.FILE),
    ],
)
def test_file_gets_a_sensible_answer(slack: Slack, mimetype: str, kind: Kind) -> None:
    (answer,) = slack.say("", subtype="file_share", files=[{"id": "F1", "mimetype": mimetype}])
    assert words([answer]) == slack.served.channels[0].dialect.format(load_wording()(f"chat_{kind.value}"))


def test_words_beside_a_picture_are_read(slack: Slack) -> None:
    answers = slack.say("echo:look", subtype="file_share", files=[{"id": "F1", "mimetype": "image/png"}])
    assert slack.served.agent.handled == ["echo:look"]
    assert len(answers) == 2


@pytest.mark.parametrize(("command", "read"), [("/start", "/greet"), (" /help", "/help")])
def test_commands_are_understood(slack: Slack, command: str, read: str) -> None:
    slack.say(command)
    assert slack.served.agent.handled == [read]


def test_stop_is_answered_without_the_assistant(slack: Slack) -> None:
    assert slack.say("/stop")
    assert not slack.served.agent.handled


def test_typed_payload_stays_text(slack: Slack) -> None:
    slack.say('/choose_item{"entry": "relief.heat"}')
    assert slack.served.agent.handled[0].startswith("\u2060/")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (f"<@{BOT}> my back hurts", "my back hurts"),
        ("pain &lt; 3 &amp; rising", "pain < 3 & rising"),
        ("see <https://example.org|this page> in <#C1|running>", "see this page in #running"),
        ("<!here> <https://example.org>", "https://example.org"),
        ("<mailto:a@example.org|a@example.org>", "a@example.org"),
        ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
        ("a < b", "a < b"),
    ],
)
def test_text_is_read_as_people_see_it(text: str, seen: str) -> None:
    assert plain_text(text) == seen


# --- buttons ---------------------------------------------------------------------------------------------------------


def test_tapped_button_sends_the_payload_and_shows_what_was_chosen(slack: Slack) -> None:
    (menu,) = slack.say("stretch")
    title = titles(menu)[0]
    slack.tap(menu, title)
    assert slack.served.agent.handled[-1].startswith("/choose_item")
    (update,) = slack.platform.updated
    kinds = [block["type"] for block in update["blocks"]]
    assert "actions" not in kinds
    assert kinds[-1] == "context"
    assert title in update["blocks"][-1]["elements"][0]["text"]


def test_tap_delivered_twice_is_answered_once(slack: Slack) -> None:
    (menu,) = slack.say("stretch")
    raw = click(menu)
    for attempt in range(2):
        headers = signed(raw, at=time.time() - attempt) | {"Content-Type": "application/x-www-form-urlencoded"}
        assert slack.served.post(PATH, raw, headers).status_code == 200
    slack.served.settle()
    assert len(slack.served.agent.handled) == 2


def test_stale_tap_is_answered_kindly(slack: Slack) -> None:
    (menu,) = slack.say("stretch")
    slack.say("echo:something else")
    handled = list(slack.served.agent.handled)
    (answer,) = slack.tap(menu, titles(menu)[0])
    assert words([answer]) == slack.served.channels[0].dialect.format(load_wording()("chat_stale_nothing"))
    assert slack.served.agent.handled == handled
    assert not slack.platform.updated


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "view_submission"},
        {"actions": []},
        {"actions": [{"type": "static_select", "action_id": "x"}]},
        {"actions": "x"},
        {"channel": None},
        {"user": {"id": 5}},
        {"message": {"ts": "x"}},
    ],
)
def test_other_interactions_are_ignored(changed: dict[str, Any]) -> None:
    payload = {
        "type": "block_actions",
        "user": {"id": "U0ANN"},
        "channel": {"id": "D0ANN"},
        "message": {"ts": "1600000000.000100", "blocks": []},
        "actions": [{"type": "button", "action_id": "x", "action_ts": "1"}],
    }
    assert read_interaction(payload) is not None
    assert read_interaction(payload | changed) is None


def test_many_buttons_stay_within_the_limits() -> None:
    labels = tuple(Label(f"id{number}", "x" * 75) for number in range(25))
    blocks = blocks_of(Part(text="Pick one", buttons=labels))
    assert len(blocks[-1]["elements"]) == 25


def test_picture_is_a_block_with_its_words() -> None:
    (image,) = blocks_of(Part(picture=Picture("https://x.example/plank.png", "A runner " * 500, "Plank")))
    assert image["type"] == "image"
    assert len(image["alt_text"]) <= 2000


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_referral_comes_first_and_alone(slack: Slack) -> None:
    first, *_ = slack.say("then a question")
    assert "111" in words([first]) or "999" in words([first])


def test_signs_of_the_text_are_escaped(slack: Slack) -> None:
    (answer,) = slack.say("json:" + json.dumps({"text": "2 &lt; 3 &amp; *not bold* &lt;!channel&gt; **bold**"}))
    shown = words([answer])
    assert "&lt;!channel&gt;" in shown
    assert "<!channel>" not in shown
    assert "*bold*" in shown
    assert "*not bold*" not in shown


def test_long_text_is_split(slack: Slack) -> None:
    text = " ".join(f"Sentence number {number} says a little something." for number in range(70))
    answers = slack.say("json:" + json.dumps({"text": text}))
    assert len(answers) > 1
    assert words(answers).split() == text.split()


@pytest.mark.parametrize(
    "fault",
    [
        (429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"}),
        (503, {}, {}),
        (200, {"ok": False, "error": "ratelimited"}, {}),
        (200, {"ok": False, "error": "internal_error"}, {}),
    ],
)
def test_what_passes_is_tried_again(slack: Slack, fault: Any) -> None:
    slack.platform.faults += [fault, fault]
    assert words(slack.say("echo:patience")) == "patience"


def test_what_cannot_be_delivered_is_logged_without_its_words(slack: Slack, caplog: pytest.LogCaptureFixture) -> None:
    slack.platform.faults.append((200, {"ok": False, "error": "msg_blocks_too_long"}, {}))
    with caplog.at_level(logging.INFO):
        assert slack.say("echo:secret words") == []
    (record,) = [record for record in caplog.records if "not delivered" in record.getMessage()]
    assert "msg_blocks_too_long" in record.getMessage()
    assert "secret" not in caplog.text


def test_archived_channel_is_no_error(slack: Slack, caplog: pytest.LogCaptureFixture) -> None:
    slack.platform.gone.add("D0ANN")
    with caplog.at_level(logging.INFO):
        slack.say("echo:anybody there")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "does not take messages" in caplog.text


def test_message_outside_of_a_request_reaches_the_person(slack: Slack) -> None:
    slack.say("echo:hello")
    channel = slack.served.channels[0]

    async def remind() -> None:
        await channel.get_output_channel().send_text_message("slack:D0ANN", "How is your back today?")

    slack.served.run(remind())
    slack.served.settle()
    assert words(slack.platform.posted[-1:]) == "How is your back today?"


def test_reminder_of_a_thread_goes_into_the_thread(slack: Slack) -> None:
    channel = slack.served.channels[0]

    async def remind() -> None:
        await channel.get_output_channel().send_text_message("slack:C0RUN:1600000000.000300:U0ANN", "And today?")

    slack.served.run(remind())
    slack.served.settle()
    assert slack.platform.posted[-1]["thread_ts"] == "1600000000.000300"


def test_event_without_authorizations_is_read() -> None:
    body = event("hello")
    del body["authorizations"]
    found = read_event(body)
    assert found is not None
    assert found[0].text == "hello"
