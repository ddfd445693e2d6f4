"""The index follows the tracker store: what is new, what is gone, what is searched and filtered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from database_for_tests import database
from made_conversations import START, Store, a_conversation, action, bot, slot, thumb, user
from sqlalchemy.engine import URL

from backstride.studio import index as index_module
from backstride.studio.conversations import open_conversations, open_database
from backstride.studio.corrections import Correction, Corrections
from backstride.studio.index import PAGE, ConversationIndex, Query, label_of
from backstride.studio.settings import StudioSettings
from backstride.studio.tracker_events import StoreError, TrackerEvents


@pytest.fixture
def opened(settings: StudioSettings) -> tuple[ConversationIndex, TrackerEvents]:
    return open_conversations(settings)


def found(index: ConversationIndex, **query: object) -> list[str]:
    return [item.label for item in index.find(Query(**query)).conversations]


def test_conversation_is_listed_newest_first_when_it_was_read(opened, store: Store) -> None:
    index, events = opened
    for number in range(3):
        store.add(f"s{number}", [user("hello there", at=START + number)])
    index.sync(events)
    assert found(index) == [label_of(f"s{number}") for number in (2, 1, 0)]


def test_conversation_is_gone_when_it_was_erased(opened, store: Store, settings: StudioSettings) -> None:
    """From the list, the search, the messages and the corrections."""
    index, events = opened
    for sender in ("keep", "erase"):
        store.add(sender, [user("which insoles", "nlu_fallback", 0.1)])
    index.sync(events)
    gone = label_of("erase")
    corrections = Corrections(open_database(settings))
    corrections.save(gone, "m", Correction(text="which insoles", intent="out_of_scope"), who="Kim")
    store.erase("erase")
    index.sync(events)
    assert found(index, words="insoles") == [label_of("keep")]
    assert {message.conversation for message in index.not_understood()} == {label_of("keep")}
    assert corrections.waiting() == []
    store.erase("keep")
    index.sync(events)
    assert found(index) == []


def test_conversation_is_read_when_sqlite_gives_an_erased_number_again(opened, store: Store) -> None:
    index, events = opened
    store.add("first", [user("one")])
    store.add("second", [user("two")])
    index.sync(events)
    store.erase("second")
    store.add("third", [user("three")])
    index.sync(events)
    assert set(found(index)) == {label_of("first"), label_of("third")}


def test_only_what_is_new_is_read_when_a_conversation_goes_on(opened, store: Store) -> None:
    index, events = opened
    store.add("s", [user("hello")])
    index.sync(events)
    index.review(label_of("s"), "Kim", reviewed=True)
    store.add("s", [user("my back hurts", at=START + 5)])
    index.sync(events)
    (item,) = index.find(Query(filters=("reviewed",))).conversations
    assert (item.messages, item.reviewed_by, item.reviewed_in_part) == (2, "Kim", True)


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("not-understood", [user("asdf", "nlu_fallback", 0.1)]),
        (
            "not-understood",
            [user("a wheat bag", "out_of_scope"), action("action_not_understood"), bot("I cannot help")],
        ),
        ("low-confidence", [user("hm", "greet", 0.5)]),
        ("thumbs-down", [said := user("hello"), bot("Hi"), thumb(said)]),
        ("flag-present", [user("x"), slot("safety", {"signs": [{"flag": "lung", "state": "present"}]})]),
        ("flag-asked", [user("x"), slot("safety", {"asked": ["lung"]})]),
        ("flag-cleared", [user("x"), slot("safety", {"move": "cleared_mistaken"})]),
        ("unfinished", [user("x"), slot("guided", {"open": ["check_in"], "states": {}})]),
    ],
)
def test_filter_finds_its_conversation_when_there_are_others(opened, store: Store, name: str, events: list) -> None:
    index, source = opened
    store.add("plain", [user("hello", "greet", 0.99), action("utter_greet")])
    store.add("wanted", events)
    index.sync(source)
    assert found(index, filters=(name,)) == [label_of("wanted")]


def test_conversation_is_read_again_when_other_code_summed_it_up(
    opened, store: Store, settings: StudioSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what an older version did not mask stays readable; what was reviewed stays reviewed."""
    index, events = opened
    store.add("s", [user("my name is Oswin")])
    index.sync(events)
    index.review(label_of("s"), "Kim", reviewed=True)
    monkeypatch.setattr(index_module, "_hash_of_code", lambda: "a later version")
    again, events = open_conversations(settings)
    assert found(again) == []
    again.sync(events)
    assert found(again, filters=("reviewed",)) == [label_of("s")]


def test_thumb_counts_no_longer_when_it_was_taken_back(opened, store: Store) -> None:
    index, events = opened
    said = user("hello")
    store.add("s", [said, bot("Hi"), thumb(said), thumb(said, None)])
    index.sync(events)
    assert found(index, filters=("thumbs-down",)) == []


def test_channel_and_day_narrow_the_list_when_given(opened, store: Store) -> None:
    index, events = opened
    store.add("a", [user("x", channel="telegram", at=START)])
    store.add("b", [user("x", channel="web", at=START + 90_000)])
    index.sync(events)
    assert found(index, channel="telegram") == [label_of("a")]
    assert found(index, begin=START + 1) == [label_of("b")]
    assert found(index, end=START + 1) == [label_of("a")]


@pytest.mark.parametrize("words", ['"', "*", "a OR", "NEAR(", "-", "insol"])
def test_search_takes_any_text_when_it_holds_signs(opened, store: Store, words: str) -> None:
    index, events = opened
    store.add("s", [user("which insoles")])
    index.sync(events)
    assert len(found(index, words=words)) in {0, 1}


def test_names_are_masked_when_they_are_indexed(opened, store: Store) -> None:
    index, events = opened
    store.add("+447700900123", [user("my name is Priya Patel, mail me at p@example.org")])
    index.sync(events)
    (item,) = index.find(Query()).conversations
    assert "Priya" not in item.preview
    assert "example.org" not in item.preview
    assert "4477" not in item.label
    assert found(index, words="Priya") == []


def test_pages_hold_all_conversations_when_there_are_many(opened, store: Store) -> None:
    index, events = opened
    for number in range(PAGE + 3):
        store.add(f"s{number}", a_conversation(number, at=START + 100 * number))
    index.sync(events)
    labels = found(index) + found(index, page=2)
    assert len(set(labels)) == PAGE + 3


def test_reading_goes_on_when_the_time_was_up(opened, store: Store) -> None:
    index, events = opened
    store.add("s", [user("hello")])
    assert index.sync(events, budget_s=-1) == 1
    assert index.sync(events) == 0
    assert len(found(index)) == 1


def test_look_waits_for_another_one_or_says_that_it_has_not_ended(
    opened, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a page that is opened while the studio reads shows an inbox without what it is opened for."""
    index, events = opened
    store.add("s", [user("hello")])
    reading, go_on, tail = threading.Event(), threading.Event(), events.tail

    def slow() -> object:
        reading.set()
        assert go_on.wait(300)
        return tail()

    monkeypatch.setattr(events, "tail", slow)
    first = threading.Thread(target=index.sync, args=(events,))
    first.start()
    assert reading.wait(300)
    assert index.sync(events, budget_s=0) == 1
    go_on.set()
    assert index.sync(events) == 0
    assert len(found(index)) == 1
    first.join()


def test_store_says_so_when_there_is_no_file_yet(opened, project) -> None:
    index, events = opened
    with pytest.raises(StoreError, match="no conversations yet"):
        index.sync(events)
    assert not (project / "conversations.db").exists()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[URL]:
    """A database of its own on this machine's PostgreSQL."""
    with database("postgresql", tmp_path) as made:
        yield made


def test_conversations_are_read_when_the_store_is_postgresql(settings: StudioSettings, postgres: URL) -> None:
    settings.endpoints.write_text(
        f"tracker_store:\n  type: SQL\n  dialect: postgresql\n  url: {postgres.host}:{postgres.port}\n"
        f"  db: {postgres.database}\n  username: {postgres.username}\n"
        + (f"  password: {postgres.password}\n" if postgres.password else "")
    )
    store = Store(postgres.render_as_string(hide_password=False))
    store.add("s", [user("which insoles")])
    index, events = open_conversations(settings)
    index.sync(events)
    assert found(index, words="insoles") == [label_of("s")]
    store.erase("s")
    index.sync(events)
    assert found(index) == []
    events.close()
    store.close()


@pytest.mark.parametrize("text", ["", "tracker_store:\n  type: mongod\n", "tracker_store: [\n", "lock_store: {}\n"])
def test_store_says_so_when_it_is_not_sql(settings: StudioSettings, text: str) -> None:
    settings.endpoints.write_text(text)
    with pytest.raises(StoreError):
        open_conversations(settings)
