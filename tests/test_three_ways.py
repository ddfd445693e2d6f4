"""The same check-in by buttons, by words and in one long message: the very same plan."""

from __future__ import annotations

import asyncio
from typing import Any

from scenario_runner import Conversation, Reply

TAPPED = (
    *("In between", "Lower back", "A few days", "Getting better", "No, only the back"),
    *("Longer than usual", "No warm-up", "I sit all day"),
)
TYPED = (
    *("a 5", "low down, near the belt", "4 days ago", "it's slowly easing", "nope, legs are fine"),
    *("went further than usual", "didn't warm up", "office job, at a desk"),
)
TOLD = (
    "My lower back has hurt for 4 days, about 5/10, slowly getting better, legs are fine. I ran further than usual, "
    "without a warm-up. I have a desk job."
)


async def plan_after(talk: Conversation) -> Reply:
    """Answer the five checks, which are open, and return the plan."""
    assert "quick checks" in talk.last.text
    return await talk.say("none of these")


async def by_buttons(talk: Conversation) -> Reply:
    await talk.say("my back hurts")
    for title in TAPPED:
        await talk.tap(title)
    return await plan_after(talk)


async def by_words(talk: Conversation) -> Reply:
    await talk.say("my back hurts")
    for text in TYPED:
        await talk.say(text)
    return await plan_after(talk)


async def in_one_message(talk: Conversation) -> Reply:
    await talk.say(TOLD)
    return await plan_after(talk)


def test_the_plan_is_the_same_however_the_answers_came(agent: Any) -> None:
    tapped, typed, told = (
        asyncio.run(answered(Conversation(agent))) for answered in (by_buttons, by_words, in_one_message)
    )

    assert "longer than usual" in tapped.text
    assert typed.text == tapped.text
    assert told.text == tapped.text
    assert typed.knowledge == told.knowledge == tapped.knowledge
