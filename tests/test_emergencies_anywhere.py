"""An emergency in the middle of anything is answered by the referral, and by nothing else until it is cleared."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted
from scenario_runner import Conversation, Reply

from backstride.settings import ROOT
from backstride.triage import Urgency, load_red_flags

EMERGENCIES = {
    "heart": "my chest hurts and i am sweating",
    "aortic_dissection": "it came like a rip in my chest and back, worst from the first second",
    "aortic_aneurysm": "all at once terrible belly and back pain and i feel faint",
    "lung": "i cant get my breath even sitting still",
    "heat_stroke": "i got far too hot on the run and now i am confused",
    "other_emergency": "half my face is drooping and my words are slurred",
    "overdose": "i took way too many paracetamol",
    "self_harm": "i want to end my life",
    "rhabdomyolysis": "my pee is brown like cola since the run",
    "cauda_equina": "i cant feel anything between my legs when i wipe",
    "both_legs": "both my legs are tingling and going numb",
    "major_injury": "i was hit by a car and landed on my back",
    "abdominal_or_pelvic": "terrible pain in my testicle and i keep throwing up",
}
# What was said before, so that something waits for an answer.
PLACES = {
    "the check-in": ["my lower back hurts after running"],
    "running today": ["can i run today"],
    "how far": ["how far can i run"],
    "the stretch session": ["stretches please", "none of these", "take me through them"],
    "the diary": ["log my pain"],
    "the five checks": ["stretches please"],
    "a sign's own question": ["my left foot feels a bit floppy"],
    "erasing everything": ["delete everything you know about me"],
}
# What would be answered elsewhere: an exercise, a number for the diary or the check-in, a step, a yes, small talk.
AFTERWARDS = ["show me knee rolls", "6 after, 8 km", "done", "yes", "how do i prevent it", "stop", "thanks, bye"]
_ALLOWED = {"Emergency numbers", "I have got help", "It is about someone else", "I wrote it wrong"}


def test_every_emergency_is_tried() -> None:
    flags = load_red_flags(ROOT / "knowledge").flags
    assert EMERGENCIES.keys() == {flag.id for flag in flags if flag.urgency is Urgency.EMERGENCY_NOW}


async def actions_of(talk: Conversation) -> list[str]:
    tracker = await talk.agent.tracker_store.retrieve(talk.sender)
    return [event.action_name for event in tracker.events if isinstance(event, ActionExecuted)]


async def say_all(talk: Conversation, texts: Sequence[str]) -> list[Reply]:
    return [await talk.say(text) for text in texts]


def is_only_the_referral(reply: Reply) -> bool:
    [message] = reply.metadata
    return message.get("urgency") == "emergency_now" and not reply.knowledge and reply.buttons.keys() <= _ALLOWED


@pytest.mark.parametrize("flag", EMERGENCIES)
@pytest.mark.parametrize("place", PLACES)
def test_an_emergency_is_referred_wherever_it_is_said(place: str, flag: str, agent: Any) -> None:
    async def talk() -> Reply:
        conversation = Conversation(agent)
        await say_all(conversation, PLACES[place])
        return await conversation.say(EMERGENCIES[flag])

    reply = asyncio.run(talk())

    assert is_only_the_referral(reply), reply.text
    assert flag in reply.metadata[0]["red_flags"]


@pytest.mark.parametrize("place", PLACES)
def test_no_action_but_the_referral_answers_while_an_emergency_is_open(place: str, agent: Any) -> None:
    async def talk() -> tuple[list[Reply], list[str]]:
        conversation = Conversation(agent)
        await say_all(conversation, PLACES[place])
        before = len(await actions_of(conversation))
        replies = await say_all(conversation, [EMERGENCIES["cauda_equina"], *AFTERWARDS])
        return replies, (await actions_of(conversation))[before:]

    replies, actions = asyncio.run(talk())

    assert set(actions) == {"action_refer_to_doctor", "action_listen"}
    assert [reply.text for reply in replies if not is_only_the_referral(reply)] == []


def test_a_line_for_the_diary_does_not_stand_beside_an_emergency(agent: Any) -> None:
    reply = asyncio.run(Conversation(agent).say("log it: 6 after the run, 8 km, and i cant feel anything when i wipe"))

    assert is_only_the_referral(reply), reply.text
