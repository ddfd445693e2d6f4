"""The platforms that the tests of this folder talk on, each with a server of ours and a scripted assistant."""

from __future__ import annotations

from collections.abc import Iterator

import fake_telegram
import pytest
from fake_telegram import ANN
from fake_twilio import FakeTwilio
from messenger_chat import Messenger, open_messenger
from scripted_server import ScriptedAgent
from served import Served
from slack_chat import Slack, open_slack
from telegram_chat import Telegram, open_telegram
from twilio_chat import Twilio, fresh_twilio, open_twilio


@pytest.fixture(scope="module")
def telegram_server() -> Iterator[Telegram]:
    yield from open_telegram(ScriptedAgent())


@pytest.fixture
def telegram(telegram_server: Telegram) -> Telegram:
    """The telegram_server server, with nothing left over from the test before."""
    telegram_server.served.settle()
    platform = telegram_server.platform
    for left in (platform.sent, platform.problems, platform.faults, platform.blocked, platform.moved):
        left.clear()
    fake_telegram.ANN = {**ANN}
    return telegram_server


@pytest.fixture(scope="module")
def slack_server() -> Iterator[Slack]:
    yield from open_slack()


@pytest.fixture
def slack(slack_server: Slack) -> Slack:
    """The workspace, with nothing said in it."""
    platform = slack_server.platform
    platform.posted.clear()
    platform.updated.clear()
    platform.whispered.clear()
    platform.problems.clear()
    platform.faults.clear()
    platform.gone.clear()
    slack_server.served.agent.handled.clear()
    slack_server.served.agent.tracker_store._tracker_store.store.clear()
    return slack_server


@pytest.fixture(scope="module")
def messenger_server() -> Iterator[Messenger]:
    yield from open_messenger()


@pytest.fixture
def messenger(messenger_server: Messenger) -> Messenger:
    """The page, with nothing said on it."""
    platform, agent = messenger_server.platform, messenger_server.served.agent
    for kept in (platform.sent, platform.problems, platform.faults, platform.window, platform.gone, agent.handled):
        kept.clear()
    agent.tracker_store._tracker_store.store.clear()
    return messenger_server


@pytest.fixture(scope="module")
def twilio_server() -> Iterator[tuple[Served, FakeTwilio]]:
    yield from open_twilio()


@pytest.fixture(params=["sms", "whatsapp"])
def twilio(twilio_server: tuple[Served, FakeTwilio], request: pytest.FixtureRequest) -> Twilio:
    return fresh_twilio(*twilio_server, request.param)


@pytest.fixture
def sms(twilio_server: tuple[Served, FakeTwilio]) -> Twilio:
    return fresh_twilio(*twilio_server, "sms")


@pytest.fixture
def whatsapp(twilio_server: tuple[Served, FakeTwilio]) -> Twilio:
    return fresh_twilio(*twilio_server, "whatsapp")
