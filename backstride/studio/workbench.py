"""What the pages and the command line work with: everything of a studio behind one name, and the steps both share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backstride.errors import BackstrideError
from backstride.studio.audit import AuditLog
from backstride.studio.changes import Plan, plan_changes
from backstride.studio.conversations import open_conversations, open_database, open_masking
from backstride.studio.corrections import Corrections, Step
from backstride.studio.dialogue import Turn, turns_of
from backstride.studio.index import ConversationIndex
from backstride.studio.nearest import Meaning, VectorStore
from backstride.studio.people import People
from backstride.studio.project_files import Project, project_at
from backstride.studio.tracker_events import StoreError, TrackerEvents
from backstride.studio.writing import finish_writing, write_all

if TYPE_CHECKING:
    from backstride.studio.database import Database
    from backstride.studio.masking import Masking
    from backstride.studio.settings import StudioSettings


class GoneError(BackstrideError):
    """A conversation is not there."""

    def __init__(self) -> None:
        super().__init__("There is no such conversation: it was erased, or its time is over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """A studio; `studio_of(request)` gives it to a page, `open_studio` to a command.

    Args:
        settings: where everything is.
        database: the studio's own state.
        people: who may sign in.
        audit: who changed what.
        project: the files that trainers change.
        masking: hides what is personal.
        corrections: what trainers said should have happened.
        meaning: finds what is nearest in meaning.
        index: the conversations.
        events: the tracker store, or None where it cannot be read.
        store_problem: why not.
    """

    settings: StudioSettings
    database: Database
    people: People
    audit: AuditLog
    project: Project
    masking: Masking
    corrections: Corrections
    meaning: Meaning
    index: ConversationIndex
    events: TrackerEvents | None
    store_problem: str


def open_studio(settings: StudioSettings) -> Studio:
    """Open everything that the pages and the command line share; finish what a killed process left half-written."""
    finish_writing(settings.project, settings.state)
    database = open_database(settings)
    masking = open_masking(settings)
    events, problem = None, ""
    try:
        index, events = open_conversations(settings, database, masking)
    except StoreError as error:
        problem = str(error)
        index = ConversationIndex(database, masking.masked)
    return Studio(
        settings=settings,
        database=database,
        people=People(database),
        audit=AuditLog(database),
        project=project_at(settings.project),
        masking=masking,
        corrections=Corrections(database),
        meaning=Meaning(VectorStore(settings.state / "vectors.npz")),
        index=index,
        events=events,
        store_problem=problem,
    )


def read_turns(studio: Studio, label: str, *, unmasked: bool = False) -> list[Turn]:
    """Return a conversation's turns.

    Raises:
        GoneError: the conversation is gone, or was never there.
        StoreError: the tracker store cannot be read.
    """
    sender = studio.index.sender_of(label)
    if sender is None or studio.events is None:
        raise GoneError
    events = studio.events.events_of(sender)
    if not events:
        raise GoneError
    return turns_of(events, (lambda text: text) if unmasked else studio.masking.masked)


def plan_waiting(studio: Studio, chosen: Collection[int] | None) -> tuple[list[Step], Plan]:
    """Return all waiting corrections, and the plan of the chosen ones, or of all.

    The files are read to their end first: where an example goes, and whether it is refused, its neighbours decide.
    """
    studio.meaning.learn(studio.project.examples, studio.project.test_set)
    waiting = studio.corrections.waiting()
    steps = [step for step in waiting if chosen is None or step.id in chosen]
    return waiting, plan_changes(steps, studio.project, studio.meaning, studio.masking)


def write_plan(studio: Studio, plan: Plan, who: str) -> list[str]:
    """Write a plan and note which corrections stand in the data now; return the files.

    Raises:
        ConflictError: a file has changed since the plan was made; nothing was written.
    """
    write_all(studio.settings.project, studio.settings.state, plan.changes)
    written = {planned.step.id: planned.files for planned in plan.planned if planned.files}
    studio.corrections.note_written(written, who=who)
    files = [change.path for change in plan.changes]
    studio.audit.note(who, "wrote corrections into the data", corrections=len(written), files=", ".join(files))
    return files
