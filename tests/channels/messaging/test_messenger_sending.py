"""Facebook Messenger: how answers and reminders are delivered."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from everything_said import safety_messages
from fake_messenger import ANN, words
from messenger_chat import Messenger

from backstride.channels.cards import Cards
from backstride.channels.messaging.messenger import messages_of
from backstride.channels.messaging.platform_limits import MESSENGER
from backstride.channels.messaging.render import Renderer
from backstride.channels.site import PICTURES
from backstride.knowledge import load_knowledge
from backstride.wording import load_wording


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


def test_reminder_says_that_it_answers_nothing(messenger: Messenger) -> None:
    """Facebook wants to be told: RESPONSE for an answer, UPDATE for what is sent unasked."""
    messenger.say("echo:hello")
    remind(messenger, ANN)
    assert [body["messaging_type"] for body in messenger.platform.sent] == ["RESPONSE", "UPDATE"]


def test_reminder_after_24_hours_is_not_tried(messenger: Messenger, caplog: pytest.LogCaptureFixture) -> None:
    remind(messenger, "4815162342")
    assert messenger.platform.to("4815162342") == []
    assert "more than 24 h" in caplog.text


def test_window_that_facebook_closed_is_logged(messenger: Messenger, caplog: pytest.LogCaptureFixture) -> None:
    messenger.platform.window.add(ANN)
    assert messenger.say("echo:hello") == []
    assert "10/2018278" in caplog.text


def test_every_referral_is_one_message() -> None:
    """Of more than a template's 640 characters only those with more buttons than a template has, as quick replies."""
    renderer = Renderer(MESSENGER, load_wording(), Cards(load_knowledge(), load_wording(), PICTURES))
    referrals = [(name, said) for name, said in safety_messages() if said.get("urgency")]
    assert len(referrals) > 500
    for name, said in referrals:
        (part,) = renderer.parts(said)
        assert len(messages_of(part)) == 1, name
