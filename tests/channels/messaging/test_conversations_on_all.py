"""Whole conversations with the trained model on Slack and Messenger, and fifty at once over all five channels."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import fake_messenger
import fake_slack
import fake_telegram
import pytest
from drivers import Driver, Seen, TelegramDriver, TwilioDriver
from fake_messenger import FakeMessenger
from fake_slack import FakeSlack
from fake_telegram import FakeTelegram
from fake_twilio import AUTH_TOKEN, NUMBER, SID, FakeTwilio
from served import Served, serve
from team_drivers import MessengerDriver, SlackDriver

from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.dialects import SLACK_MRKDWN
from backstride.channels.messaging.messenger import MessengerChannel
from backstride.channels.messaging.slack import SlackChannel
from backstride.channels.messaging.telegram import TelegramChannel
from backstride.channels.messaging.twilio import Account, SmsChannel, WhatsAppChannel, WhatsAppOptions
from backstride.knowledge import load_knowledge
from backstride.settings import ROOT
from backstride.triage import load_red_flags
from backstride.wording import load_wording

ACCOUNT = Account(sid=SID, token=AUTH_TOKEN, sender=NUMBER)
ALL = ("telegram", "slack", "messenger", "sms", "whatsapp")
MINE = ("slack", "messenger")
WORDING = load_wording()
RULES = load_red_flags(ROOT / "knowledge")
ROLLS = load_knowledge().entry("exercise.knee_rolls")
EMERGENCY = "since this morning i can't feel anything between my legs and i can't pee"
PLAN = "This is a plan from your answers"
Meet = Callable[[str], Driver]


@pytest.fixture(scope="module")
def meet(agent: Any) -> Iterator[Meet]:
    """Return a function that brings a new person to a platform."""
    telegram, twilio, slack, messenger = FakeTelegram(), FakeTwilio(), FakeSlack(), FakeMessenger()

    def make(options: ChannelOptions) -> list[Any]:
        secrets = {"app_secret": fake_messenger.SECRET, "verify_token": fake_messenger.VERIFY}
        return [
            TelegramChannel(options, token=fake_telegram.TOKEN, secret_token=fake_telegram.SECRET),
            SlackChannel(options, token=fake_slack.TOKEN, signing_secret=fake_slack.SECRET),
            MessengerChannel(options, token=fake_messenger.TOKEN, **secrets),
            SmsChannel(options, ACCOUNT),
            WhatsAppChannel(WhatsAppOptions(**asdict(options)), ACCOUNT),
        ]

    served, stop = serve(make, [telegram, twilio, slack, messenger], agent)

    def person(channel: str) -> Driver:
        return _person(channel, served, telegram, twilio, slack, messenger)

    yield person
    stop()


def _person(channel: str, served: Served, *platforms: Any) -> Driver:
    telegram, twilio, slack, messenger = platforms
    match channel:
        case "telegram":
            return TelegramDriver(served, telegram)
        case "slack":
            return SlackDriver(served, slack)
        case "messenger":
            return MessengerDriver(served, messenger)
    return TwilioDriver(channel, served, twilio)


def all_of(seen: list[Seen]) -> str:
    """Return all texts, without the signs that keep Slack from formatting."""
    return "\n".join(message.text for message in seen).replace("\u200b", "")


def titles_of(seen: list[Seen]) -> str:
    """Return all that can be tapped or typed."""
    return "\n".join(title for message in seen for title in message.choices)


def plain(text: str, channel: str) -> str:
    """Return a text as a channel shows it."""
    return SLACK_MRKDWN.format(text).replace("\u200b", "") if channel == "slack" else text


@pytest.mark.parametrize("channel", MINE)
def test_a_cause_is_tapped_from_the_list(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("hello")
    causes = person.choose(WORDING("button_causes"))
    warm_up = load_knowledge().entry("cause.no_warm_up")
    assert warm_up.title in all_of(causes)
    assert plain(warm_up.answer[:60], channel) in all_of(person.choose(warm_up.title))


@pytest.mark.parametrize("channel", MINE)
def test_an_exercise_comes_with_its_picture_after_the_five_checks_only(meet: Meet, channel: str) -> None:
    person = meet(channel)
    checks = person.say("show me some stretches")
    assert plain(RULES.screening.text, channel) in all_of(checks)
    assert not [seen for seen in checks if seen.picture]
    stretches = person.choose(RULES.screening.none)
    assert ROLLS.title in all_of(stretches)
    exercise = person.choose(ROLLS.title)
    assert plain(ROLLS.answer[:40], channel) in all_of(exercise)
    assert [seen for seen in exercise if seen.picture]


@pytest.mark.parametrize("channel", MINE)
def test_a_red_flag_in_the_middle_is_referred_first_and_keeps_exercises_away(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("show me some stretches")
    person.choose(RULES.screening.none)
    referral, *_ = person.say(EMERGENCY)
    assert "112" in referral.text or "emergency" in referral.text
    again = person.say("ok but show me the knee rolls")
    assert ROLLS.answer[:40] not in all_of(again)
    assert not [seen for seen in again if seen.picture]


@pytest.mark.parametrize("channel", MINE)
@pytest.mark.parametrize("typed", ['/affirm{"check": "none"}', '/choose_item{"entry": "exercise.knee_rolls"}'])
def test_a_typed_payload_opens_no_exercise(meet: Meet, channel: str, typed: str) -> None:
    person = meet(channel)
    person.say("hello")
    person.say(typed)
    shown = person.say('/choose_item{"entry": "exercise.knee_rolls"}')
    assert ROLLS.answer[:40] not in all_of(shown)


def test_fifty_conversations_at_once_over_all_five_channels(meet: Meet) -> None:
    """Ten people a channel, five messages each; everybody gets their own answers, and every fifth a referral."""
    people = [(number, meet(channel)) for number in range(10) for channel in ALL]

    def talk(numbered: tuple[int, Driver]) -> tuple[str, bool]:
        number, person = numbered
        person.say("hello")
        person.say("why does my back hurt after running")
        person.say(EMERGENCY if number % 5 == 0 else "is heat any good")
        person.say("show me some stretches")
        person.say("thank you")
        texts = all_of(person.received()).casefold()  # type: ignore[attr-defined]
        assert texts
        referred = "emergency" in texts and ("112" in texts or "999" in texts)
        assert referred or number % 5
        assert ("towel" in texts) == (number % 5 != 0)
        return person.name, referred

    began = time.monotonic()
    with ThreadPoolExecutor(25) as pool:
        talked = list(pool.map(talk, people))
    print(f"{len(people) * 5 / (time.monotonic() - began):.0f} messages a second over five channels")
    assert Counter(name for name, _ in talked) == dict.fromkeys(ALL, 10)


@pytest.mark.parametrize("channel", ALL)
def test_a_check_in_ends_with_a_plan(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("ask me some questions about my back")
    person.say("4")
    seen = person.choose("Lower back")
    assert "Since when" in all_of(seen)
    seen = person.choose("Today or yesterday")
    for _ in range(12):
        if PLAN in all_of(seen):
            break
        assert WORDING("chat_more") not in all_of(seen), "a question is never shortened"
        seen = person.choose("Skip" if "Skip" in titles_of(seen) else RULES.screening.none)
    shown = all_of(person.received())  # type: ignore[attr-defined]
    print(f"\n=== {channel}\n{shown}")
    assert PLAN in all_of(seen)


@pytest.mark.parametrize("channel", ALL)
def test_a_stretch_session_goes_step_by_step(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("take me through some stretches")
    first = person.choose(RULES.screening.none)
    assert "Step 1 of" in all_of(first)
    assert "Step 2 of" in all_of(person.say("done"))
    referral, *_ = person.say(EMERGENCY)
    assert "emergency" in referral.text
    assert "Step" not in all_of(person.say("next"))


@pytest.mark.parametrize("channel", ALL)
def test_a_diary_entry_is_written_down_and_read_back(meet: Meet, channel: str) -> None:
    person = meet(channel)
    assert "8 km" in all_of(person.say("log it: pain 4 before, 6 after, ran 8 km"))
    assert "8 km" in all_of(person.say("show me my diary"))
