"""Fifty conversations at once over all five platforms, with the trained model and the real actions."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from drivers import ALL, Person, open_everywhere

EMERGENCY = "since this morning i can't feel anything between my legs and i can't pee"
MESSAGES = 5


def test_fifty_conversations_at_once_over_all_five_channels(agent: Any) -> None:
    """Ten people a channel, five messages each; everybody gets their own answers, and every fifth a referral."""

    def talk(numbered: tuple[int, Person]) -> tuple[str, bool]:
        number, person = numbered
        person.say("hello")
        person.say("why does my back hurt after running")
        person.say(EMERGENCY if number % 5 == 0 else "is heat any good")
        person.say("show me some stretches")
        person.say("thank you")
        texts = "\n".join(seen.text for seen in person.received()).casefold()
        assert texts
        referred = "emergency" in texts and ("112" in texts or "999" in texts)
        assert referred or number % 5
        assert ("towel" in texts) == (number % 5 != 0)
        return person.name, referred

    with open_everywhere(agent) as everywhere, ThreadPoolExecutor(25) as pool:
        people = [(number, everywhere.meet(channel)) for number in range(10) for channel in ALL]
        began = time.monotonic()
        talked = list(pool.map(talk, people))
        print(f"{len(people) * MESSAGES / (time.monotonic() - began):.0f} messages a second over five channels")
    assert Counter(name for name, _ in talked) == dict.fromkeys(ALL, 10)
