"""What a message costs does not grow with the conversation: counted in events that are applied, not in time."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from scenario_runner import Conversation, load_agent

from backstride.conversation_store import RECENT_MESSAGES, ConversationStore

# Other topics in turn, so that turns of the same text are alike.
TEXTS = ("is heat any good?", "how do i warm up", "thanks")


@pytest.mark.filterwarnings(
    # Only the garbage collector closes what a server that was killed left open.
    "ignore:unclosed database:ResourceWarning"
)
def test_a_late_message_applies_no_more_events_than_an_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: Counter[str] = Counter()
    update, retrieve = DialogueStateTracker.update, ConversationStore._retrieve

    def counting_update(self: DialogueStateTracker, event: Event, *more: Any) -> None:
        counted["events"] += 1
        update(self, event, *more)

    async def counting_retrieve(self: ConversationStore, sender: str, **how: Any) -> Any:
        counted["reads"] += 1
        return await retrieve(self, sender, **how)

    monkeypatch.setattr(DialogueStateTracker, "update", counting_update)
    monkeypatch.setattr(ConversationStore, "_retrieve", counting_retrieve)

    async def talk() -> list[Counter[str]]:
        kind = "backstride.conversation_store.ConversationStore"
        store = EndpointConfig(type=kind, dialect="sqlite", db=str(tmp_path / "conversations.db"))
        conversation = Conversation(await load_agent(store))
        await conversation.say("my back hurts since yesterday")
        await conversation.say("4")
        await conversation.say("stop")
        turns = []
        for turn in range(2 * RECENT_MESSAGES):
            counted.clear()
            await conversation.say(TEXTS[turn % len(TEXTS)])
            turns.append(counted.copy())
        reply = await conversation.say("carry on")
        assert "Where is it?" in reply.text, "what was said before the window is kept"
        return turns

    turns = asyncio.run(talk())
    # Once as many messages were said as are read again.
    early, late = turns[RECENT_MESSAGES : RECENT_MESSAGES + len(TEXTS)], turns[-len(TEXTS) :]
    assert max(turn["events"] for turn in late) <= max(turn["events"] for turn in early)
    assert {turn["reads"] for turn in turns} == {1}
