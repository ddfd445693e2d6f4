"""After hours of silence the talk goes on where it was: Rasa begins a new session, and nobody notices."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.utils.endpoints import EndpointConfig
from scenario_runner import Conversation, load_agent

from backstride.housekeeping import Housekeeping
from backstride.records import shared_records
from backstride.reminders import Reminder, Schedule

HOURS_S = 2 * 3600
pytestmark = pytest.mark.filterwarnings(
    # Only the garbage collector closes what a server that was killed left open.
    "ignore:unclosed database:ResourceWarning"
)


@asynccontextmanager
async def talk_in(file: Path) -> AsyncIterator[Conversation]:
    store = EndpointConfig(type="backstride.conversation_store.ConversationStore", dialect="sqlite", db=str(file))
    yield Conversation(await load_agent(store))


def pass_hours(file: Path) -> None:
    """Let all that was said be hours ago."""
    connection = sqlite3.connect(file)
    for row, timestamp, data in connection.execute("SELECT id, timestamp, data FROM events").fetchall():
        event = json.loads(data) | {"timestamp": timestamp - HOURS_S}
        changed = (timestamp - HOURS_S, json.dumps(event), row)
        connection.execute("UPDATE events SET timestamp = ?, data = ? WHERE id = ?", changed)
    connection.commit()
    connection.close()


def test_buttons_and_answers_still_count(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"

    async def talk_() -> None:
        async with talk_in(file) as talk:
            await talk.say("my back hurts")
            reply = await talk.say("4")
            assert "Where is it?" in reply.text
            pass_hours(file)
            assert "Since when" in (await talk.tap("Lower back")).text
            pass_hours(file)
            assert "getting better" in (await talk.say("yesterday")).text
            pass_hours(file)
            assert "You're welcome." in (await talk.say("thanks")).text

    asyncio.run(talk_())


def test_the_answer_to_the_daily_question_is_written_down(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    sent: list[dict[str, Any]] = []

    async def send_response(_: str, message: dict[str, Any]) -> None:
        sent.append(message)

    async def talk_() -> None:
        async with talk_in(file) as talk:
            await talk.say("is heat any good?")
            pass_hours(file)
            now = datetime.now(timezone.utc)
            schedule = Schedule(at=time(19), zone="UTC")
            due = now - timedelta(minutes=1)
            shared_records().set_reminder(
                Reminder(conversation=talk.sender, channel="web", schedule=schedule, next_at=due)
            )
            channel = SimpleNamespace(send_response=send_response)
            await Housekeeping(lambda: talk.agent, lambda _: channel, shared_records(), retention_days=0).tick(now)
            assert ["How bad is your back today" in message["text"] for message in sent] == [True]
            assert "Written down for today: pain 5" in (await talk.say("5")).text

    asyncio.run(talk_())
