"""What the page and the command line know of a candidate before somebody decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backstride.model_store import ModelError, ModelStore
from backstride.studio.comparison import Comparison, remarks
from backstride.studio.comparisons import Comparisons
from backstride.studio.promotion import reasons_against
from backstride.studio.report import ReportView, view_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backstride.studio.comparison import Mark
    from backstride.studio.index import ConversationIndex
    from backstride.studio.settings import StudioSettings


class NotComparedError(ModelError):
    """A candidate has not been compared with the serving model."""


def look_at(
    settings: StudioSettings, candidate: str, index: ConversationIndex | None, *, with_words: bool = True
) -> ReportView:
    """Return everything about a candidate.

    Args:
        settings: which project, which models.
        candidate: its id.
        index: the conversations; None where they cannot be read.
        with_words: also tell the masked words of real messages.

    Raises:
        ModelError: there is no such model.
        NotComparedError: it has not been compared.
    """
    store = ModelStore(settings.models)
    about = store.about(candidate)
    comparisons = Comparisons(settings.state)
    comparison = comparisons.read(candidate)
    if comparison is None:
        raise NotComparedError(f"{candidate} has not been compared with the serving model yet.")
    texts: Mapping[tuple[str, str], str] = {}
    if index is not None:
        texts = index.texts([(c.conversation, c.key) for c in comparison.changes])
        comparison = comparisons.drop_missing(comparison, lambda label, key: (label, key) in texts)
    marks = comparisons.marks(candidate)
    kept = {model.id: model for model in store.kept()}
    return view_of(
        comparison,
        about,
        kept.get(comparison.current or ""),
        project=settings.project,
        reasons=reasons_against(settings, comparison, marks),
        remarks=remarks(comparison, marks),
        marks=marks,
        texts=texts if with_words else None,
    )


def mark_change(settings: StudioSettings, candidate: str, change: str, mark: Mark | None, *, who: str) -> Comparison:
    """Say of a changed reading whether it is right.

    Raises:
        NotComparedError: the candidate has not been compared, or this message does not change.
    """
    comparisons = Comparisons(settings.state)
    comparison = comparisons.read(candidate)
    if comparison is None or change not in {c.id for c in comparison.changes}:
        raise NotComparedError(f"No message {change} changes with {candidate}.")
    comparisons.set_mark(candidate, change, mark, who=who)
    return comparison


def accept_the_rest(settings: StudioSettings, candidate: str, *, who: str) -> None:
    """Accept every changed reading that nobody looked at, except where a message is taken for less urgent.

    Raises:
        NotComparedError: the candidate has not been compared.
    """
    comparisons = Comparisons(settings.state)
    comparison = comparisons.read(candidate)
    if comparison is None:
        raise NotComparedError(f"{candidate} has not been compared with the serving model yet.")
    marks = comparisons.marks(candidate)
    for change in comparison.changes:
        if change.id not in marks and not change.loses_urgency:
            comparisons.set_mark(candidate, change.id, "accepted", who=who)
