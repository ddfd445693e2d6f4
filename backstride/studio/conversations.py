"""The studio's look into the assistant's conversations: the index, the store behind it, and what belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backstride.studio import audit, corrections, index, people
from backstride.studio.corrections import Corrections
from backstride.studio.database import Database
from backstride.studio.index import ConversationIndex
from backstride.studio.masking import Masking, words_without_capital
from backstride.studio.project_files import project_at
from backstride.studio.tracker_events import TrackerEvents

if TYPE_CHECKING:
    from backstride.studio.settings import StudioSettings

SCHEMA = audit.SCHEMA + people.SCHEMA + corrections.SCHEMA + index.SCHEMA


def open_database(settings: StudioSettings) -> Database:
    """Open the studio's database, which the command line shares with the pages."""
    return Database(settings.state / "studio.db", SCHEMA)


def open_masking(settings: StudioSettings) -> Masking:
    """Return what hides personal words; words that the training examples hold in small letters are none."""
    return Masking(words_without_capital(example.text for example in project_at(settings.project).examples))


def open_conversations(
    settings: StudioSettings, database: Database | None = None, masking: Masking | None = None
) -> tuple[ConversationIndex, TrackerEvents]:
    """Open the index and the tracker store that it copies; `index.sync(events)` brings it up to date.

    Raises:
        StoreError: conversations are kept where the studio cannot read them.
    """
    database = database or open_database(settings)
    masking = masking or open_masking(settings)
    found = ConversationIndex(database, masking.masked, Corrections(database).forget)
    return found, TrackerEvents.of_endpoints(settings.endpoints, settings.project)
