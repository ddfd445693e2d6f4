"""Whole conversations with the trained model and the real actions, over each platform's own API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import fake_telegram
import pytest
from drivers import Driver, Seen, TelegramDriver, TwilioDriver
from fake_telegram import FakeTelegram
from fake_twilio import AUTH_TOKEN, NUMBER, SID, FakeTwilio
from served import Served, serve

from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.telegram import TelegramChannel
from backstride.channels.messaging.twilio import Account, SmsChannel, WhatsAppChannel, WhatsAppOptions
from backstride.knowledge import load_knowledge
from backstride.settings import ROOT
from backstride.triage import load_red_flags
from backstride.wording import load_wording

ACCOUNT = Account(sid=SID, token=AUTH_TOKEN, sender=NUMBER)
CHANNELS = ["telegram", "sms", "whatsapp"]
WORDING = load_wording()
RULES = load_red_flags(ROOT / "knowledge")
Meet = Callable[[str], Driver]


@pytest.fixture(scope="module")
def meet(agent: Any) -> Iterator[Meet]:
    """Return a function that brings a new person to a platform."""
    telegram, twilio = FakeTelegram(), FakeTwilio()

    def make(options: ChannelOptions) -> list[Any]:
        return [
            TelegramChannel(options, token=fake_telegram.TOKEN, secret_token=fake_telegram.SECRET),
            SmsChannel(options, ACCOUNT),
            WhatsAppChannel(WhatsAppOptions(**asdict(options)), ACCOUNT),
        ]

    served, stop = serve(make, [telegram, twilio], agent)

    def person(channel: str) -> Driver:
        return _person(channel, served, telegram, twilio)

    yield person
    stop()


def _person(channel: str, served: Served, telegram: FakeTelegram, twilio: FakeTwilio) -> Driver:
    return TelegramDriver(served, telegram) if channel == "telegram" else TwilioDriver(channel, served, twilio)


def all_of(seen: list[Seen]) -> str:
    """Return all texts."""
    return "\n".join(message.text for message in seen)


@pytest.mark.parametrize("channel", CHANNELS)
def test_hello_is_answered_with_ways_on(meet: Meet, channel: str) -> None:
    seen = meet(channel).say("hello")
    assert WORDING("button_causes") in seen[-1].choices


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_cause_is_chosen_from_the_list(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("hi there")
    causes = person.choose(WORDING("button_causes"))
    warm_up = load_knowledge().entry("cause.no_warm_up")
    assert warm_up.title in causes[-1].choices
    assert warm_up.answer[:60] in all_of(person.choose(warm_up.title))


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_exercise_comes_after_the_five_checks_only(meet: Meet, channel: str) -> None:
    person = meet(channel)
    checks = person.say("show me some stretches")
    rolls = load_knowledge().entry("exercise.knee_rolls")
    assert RULES.screening.text in all_of(checks)
    assert RULES.screening.none in checks[-1].choices
    assert rolls.title in person.choose(RULES.screening.none)[-1].choices
    exercise = person.choose(rolls.title)
    assert rolls.answer[:40] in all_of(exercise)
    assert bool([seen for seen in exercise if seen.picture]) == (channel != "sms")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_red_flag_in_the_middle_is_referred_first_and_keeps_exercises_away(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("show me some stretches")
    person.choose(RULES.screening.none)
    referral, *_ = person.say("since this morning i can't feel anything between my legs and i can't pee")
    assert "112" in referral.text or "emergency" in referral.text
    assert WORDING("chat_more") not in referral.text
    again = person.say("ok but show me the knee rolls")
    assert load_knowledge().entry("exercise.knee_rolls").answer[:40] not in all_of(again)
    assert not [seen for seen in again if seen.picture]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_red_flag_is_heard_while_a_menu_is_open(meet: Meet, channel: str) -> None:
    person = meet(channel)
    person.say("what helps now")
    referral, *_ = person.say("massage made it worse, both my legs are numb and weak and i wet myself")
    assert "emergency" in referral.text


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("typed", ['/affirm{"check": "none"}', '/deny{"check": "none"}', "/restart"])
def test_a_typed_payload_opens_no_exercise(meet: Meet, channel: str, typed: str) -> None:
    person = meet(channel)
    person.say("hello")
    rolls = load_knowledge().entry("exercise.knee_rolls")
    person.say('/choose_item{"entry": "exercise.knee_rolls"}')
    assert rolls.answer[:40] not in all_of(person.say(typed))
