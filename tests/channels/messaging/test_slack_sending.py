"""Slack: buttons, and how answers are delivered."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest
from fake_slack import click, event, signed, titles
from slack_chat import PATH, Slack, words

from backstride.channels.messaging.render import Label, Part, Picture
from backstride.channels.messaging.slack import (
    blocks_of,
    read_event,
    read_interaction,
)
from backstride.wording import load_wording


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
    assert image["title"]["text"] == "Plank"
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
