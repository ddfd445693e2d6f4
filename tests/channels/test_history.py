"""A conversation rebuilt from Rasa's events, and erased from Rasa's stores."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from rasa.core.brokers.sql import SQLEventBroker
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, MongoTrackerStore, RedisTrackerStore
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from scripted_server import DOMAIN

from backstride.channels.cards import Cards
from backstride.channels.erasure import erase
from backstride.channels.history import Transcript, as_plain_text, clean_text, offered_last
from backstride.channels.site import PICTURES
from backstride.channels.web import WebChannel
from backstride.knowledge import load_knowledge
from backstride.wording import load_wording

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CARDS = Cards(load_knowledge(), load_wording(), PICTURES)


def test_events_without_our_ids_get_some() -> None:
    """A conversation that began on another channel can be shown too; two messages of one moment stay apart."""
    events = [
        BotUttered("Hello."),
        UserUttered("one", timestamp=1.5),
        UserUttered("two", timestamp=1.5),
        SlotSet("thread", "x"),
        BotUttered("Yes?", {"quick_replies": [{"title": "A", "payload": "/a"}, {"title": "no payload"}]}),
        BotUttered(),
    ]
    messages = Transcript(CARDS).of_events(events)
    assert [message["id"] for message in messages] == ["start.r0", "u1500000", "u1500000-2", "u1500000-2.r0"]
    assert messages[-1]["buttons"] == [{"id": "u1500000-2.r0.0", "title": "A"}]


def test_silent_turn_leaves_the_buttons_of_the_one_before() -> None:
    """While nothing newer was offered, the last offer stands."""
    events = [BotUttered("?", {"buttons": [{"title": "A", "payload": "/a"}]}), UserUttered("hm", timestamp=1.0)]
    assert [offer.payload for offer in offered_last(events, CARDS).values()] == ["/a"]


def test_feedback_about_nothing_is_passed_over() -> None:
    """An event that names no message changes none."""
    events = [BotUttered("Hello."), BotUttered(metadata={"feedback": {"message": "gone", "value": "up"}})]
    assert "feedback" not in Transcript(CARDS).of_events(events)[0]


@pytest.mark.parametrize("payload", ["/choose_item{not json}", '/choose_item{"entry": "no.such"}', "/greet"])
def test_only_an_entry_with_a_picture_has_one(payload: str) -> None:
    assert CARDS.picture_behind(payload) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" a\r\nb\t", "a\nb"), ("\x00\x1b[31mred", "[31mred"), ("half \ud83d", "half ?"), ("\u202eabc", "\u202eabc")],
)
def test_text_is_made_fit_for_any_store(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


def test_ordinary_text_is_left_alone() -> None:
    assert as_plain_text("and/or 50/50") == "and/or 50/50"


def test_what_is_said_unasked_is_kept_by_the_tracker_alone() -> None:
    """A reminder has nobody to be sent to; sending it does no harm."""
    channel = WebChannel().get_output_channel()
    asyncio.run(channel.send_text_with_buttons("web-1", "Time!", [{"title": "A", "payload": "/a"}], ask="pain"))
    assert channel.name() == "web"


async def test_event_broker_beside_the_store_forgets_too(tmp_path: Path) -> None:
    """What an SQL event broker has copied is erased with the conversation; others' is not."""
    broker = SQLEventBroker(db=str(tmp_path / "events.db"))
    store = FailSafeTrackerStore(InMemoryTrackerStore(DOMAIN, broker))
    for name in ("web-1", "web-2"):
        await store.save(DialogueStateTracker.from_events(name, [UserUttered("a word")]))
    # During an outage the wrapper keeps what is said itself.
    await store.fallback_tracker_store.save(DialogueStateTracker.from_events("web-1", [UserUttered("a word")]))
    await erase(store, "web-1")
    assert await store.retrieve("web-1") is None
    assert await store.fallback_tracker_store.retrieve("web-1") is None
    with broker.session_scope() as session:
        assert {row.sender_id for row in session.query(broker.SQLBrokerEvent)} == {"web-2"}
    broker.engine.dispose()


@pytest.mark.parametrize("kind", [RedisTrackerStore, MongoTrackerStore])
async def test_conversation_is_erased_from_other_stores(kind: Any) -> None:
    """Redis by its key, Mongo by its sender."""
    store = mock.Mock(spec=kind, event_broker=None, key_prefix="tracker:", red=mock.Mock(), conversations=mock.Mock())
    del store.delete
    await erase(store, "web-1")
    if kind is RedisTrackerStore:
        store.red.delete.assert_called_once_with("tracker:web-1")
    else:
        store.conversations.delete_one.assert_called_once_with({"sender_id": "web-1"})


async def test_store_with_a_way_of_its_own_is_asked_to_erase() -> None:
    store = SimpleNamespace(event_broker=None, delete=mock.AsyncMock())
    await erase(store, "web-1")
    store.delete.assert_awaited_once_with("web-1")
