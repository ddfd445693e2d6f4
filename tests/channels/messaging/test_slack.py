"""Slack: what is answered and how, against its Web API on the loopback interface."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_slack import BOT, event, message_time, signed, titles
from slack_chat import PATH, Slack, words

from backstride.channels.messaging.incoming import Kind
from backstride.channels.messaging.slack import (
    plain_text,
    read_event,
)
from backstride.wording import load_wording


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
