"""A whole conversation with the trained model that ends with "forget me": then nothing of it is in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from database_for_tests import KINDS, database, rows
from rasa.utils.endpoints import EndpointConfig
from scenario_runner import Conversation, load_agent
from sqlalchemy.engine import URL

from backstride.housekeeping import Housekeeping
from backstride.records import Records, in_memory, share

# Rasa's SQL store uses what SQLAlchemy calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with database(request.param, tmp_path) as found:
        yield found


def stored_in(url: URL) -> EndpointConfig:
    if url.get_backend_name() == "sqlite":
        return EndpointConfig(type="SQL", dialect="sqlite", db=url.database)
    return EndpointConfig(url.render_as_string(hide_password=False), type="SQL", dialect="postgresql")


async def talk(agent: Any, person: str, *messages: str) -> str:
    conversation = Conversation(agent, person)
    for message in messages:
        await conversation.say(message)
    return conversation.last.text


def test_nothing_of_a_person_is_left_after_forget_me(url: URL) -> None:
    async def hold() -> str:
        agent = await load_agent(stored_in(url))
        records = Records(url)
        share(records)
        keeper = Housekeeping(lambda: agent, lambda _: None, records, retention_days=0)
        told = ("log my pain: 4 before, 6 after, 8 km", "remind me every evening", "my lower back hurts since sunday")
        await talk(agent, "bob", *told)
        last = await talk(agent, "ann", *told, "forget me", "yes")
        before = rows(url)
        assert any("ann" in map(str, row) for row in before["events"])
        await keeper.tick(datetime.now(timezone.utc))
        return last

    said = asyncio.run(hold())
    after = rows(url)
    share(in_memory())

    assert "erased" in said
    assert all("ann" not in map(str, row) for table in after.values() for row in table)
    assert after["backstride_erasures"] == []
    for table in ("events", "backstride_diary", "backstride_reminders"):
        assert any("bob" in map(str, row) for row in after[table])


def test_after_forgetting_beside_an_emergency_it_is_a_new_conversation(url: URL) -> None:
    async def hold() -> tuple[str, str]:
        agent = await load_agent(stored_in(url))
        records = Records(url)
        share(records)
        keeper = Housekeeping(lambda: agent, lambda _: None, records, retention_days=0)
        last = await talk(agent, "ann", "i cant pee and my back is killing me", "forget me", "yes")
        await keeper.tick(datetime.now(timezone.utc))
        return last, await talk(agent, "ann", "hello")

    erased, anew = asyncio.run(hold())
    share(in_memory())

    assert "Call your local emergency number now" in erased
    assert "erased" in erased
    assert "emergency number" not in anew
