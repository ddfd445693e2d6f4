"""Two models side by side: what got better, what got worse, and whether the new one may serve.

Everything here is computed from what was measured; nothing is read or written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from backstride.checked_yaml import FrozenModel
from backstride.evaluation.figures import Evaluation, Reading, Speed
from backstride.evaluation.red_flags import CEILINGS, FLOORS, Share
from backstride.triage import Urgency

# A smaller difference of an F1 than this is shown, and not called better or worse.
NOTABLE_F1: Final = 0.02

Mark = Literal["accepted", "refused"]


class MessageChange(FrozenModel):
    """A real message that the two models read differently; its words stay where the conversations are kept.

    Args:
        conversation: whose message it is.
        key: which of its messages.
        before: what the serving model reads in it.
        after: what the candidate reads in it.
    """

    conversation: str
    key: str
    before: Reading
    after: Reading

    @property
    def id(self) -> str:
        """Its name in a form."""
        return f"{self.conversation}/{self.key}"

    @property
    def loses_urgency(self) -> bool:
        """Whether the candidate takes the message for less urgent."""
        return _highest(self.after) < _highest(self.before)


class Comparison(FrozenModel):
    """What was measured on a candidate and on the model that served at that time.

    Args:
        candidate: the candidate's id.
        current: the serving model's id, None where none served.
        made_at: in UTC, ISO 8601.
        basis: hash over what both were measured with.
        after: the candidate's figures.
        before: the serving model's figures.
        speed_after: the candidate's speed.
        speed_before: the serving model's.
        bytes_after: the size of the candidate's file.
        bytes_before: of the serving model's.
        messages: how many recent real messages were read by both.
        changes: those that they read differently.
    """

    candidate: str
    current: str | None = None
    made_at: str
    basis: str
    after: Evaluation
    before: Evaluation | None = None
    speed_after: Speed
    speed_before: Speed | None = None
    bytes_after: int
    bytes_before: int | None = None
    messages: int = 0
    changes: tuple[MessageChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRow:
    """How one intent was and is read; a figure is None where the intent was not measured."""

    intent: str
    messages: int
    before: float | None
    after: float | None

    @property
    def difference(self) -> float:
        """F1 after less F1 before; 0 where one is missing."""
        return self.after - self.before if self.after is not None and self.before is not None else 0.0

    @property
    def verdict(self) -> Literal["better", "worse", ""]:
        """Whether the difference is worth a word."""
        if abs(self.difference) < NOTABLE_F1:
            return ""
        return "better" if self.difference > 0 else "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRow:
    """Of how many messages about a warning sign the answer was and is urgent enough."""

    flag: str
    before: Share | None
    after: Share

    @property
    def difference(self) -> int:
        """Messages more, or fewer."""
        return self.after.hits - self.before.hits if self.before is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """One of the figures of the red-flag gate, with its limit."""

    what: str
    limit: float
    is_floor: bool
    before: Share | None
    after: Share

    @property
    def holds(self) -> bool:
        """Whether the candidate keeps the limit."""
        return self._keeps(self.after)

    @property
    def held_before(self) -> bool:
        """Whether the serving model keeps it; so it counts where there is none."""
        return self.before is None or self._keeps(self.before)

    @property
    def is_worse(self) -> bool:
        """Whether the candidate's share is worse than the serving model's."""
        if self.before is None:
            return False
        lower = self.after.value < self.before.value
        return lower if self.is_floor else self.after.value > self.before.value

    def _keeps(self, share: Share) -> bool:
        return share.value >= self.limit if self.is_floor else share.value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """How a conversation went before and after; None where it was not held."""

    id: str
    before: str | None
    after: str
    transcript: str
    change: Literal["broken", "mended", "still wrong", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """A message of a test set that the two models read differently, one of them rightly."""

    text: str
    right: str
    before: str
    after: str


def intent_rows(comparison: Comparison) -> list[IntentRow]:
    """Return all intents: worse ones first, then better ones, then the others by name."""
    before = comparison.before.intents.intents if comparison.before else {}
    after = comparison.after.intents.intents
    rows = [
        IntentRow(
            intent=intent,
            messages=(after.get(intent) or before[intent]).messages,
            before=before[intent].f1 if intent in before else None,
            after=after[intent].f1 if intent in after else None,
        )
        for intent in sorted({*before, *after})
    ]
    order = {"worse": 0, "better": 1, "": 2}
    return sorted(rows, key=lambda row: (order[row.verdict], -abs(row.difference) if row.verdict else 0, row.intent))


def flag_rows(comparison: Comparison) -> list[FlagRow]:
    """Return all warning signs: those that lost most first."""
    before = comparison.before.flags.flags if comparison.before else {}
    rows = [
        FlagRow(flag=flag, before=before.get(flag), after=share) for flag, share in comparison.after.flags.flags.items()
    ]
    return sorted(rows, key=lambda row: (row.difference == 0, row.difference, row.flag))


def share_rows(comparison: Comparison) -> list[ShareRow]:
    """Return the figures of the red-flag gate with their limits."""
    before = comparison.before.flags.shares if comparison.before else {}
    after = comparison.after.flags.shares
    return [
        ShareRow(what=what, limit=limit, is_floor=is_floor, before=before.get(what), after=after[what])
        for limits, is_floor in ((FLOORS, True), (CEILINGS, False))
        for what, limit in limits.items()
        if what in after
    ]


def scenario_rows(comparison: Comparison) -> list[ScenarioRow]:
    """Return the conversations that did not go right in both models: broken ones first."""
    before = comparison.before.scenarios if comparison.before else {}
    rows = []
    for name, figure in comparison.after.scenarios.items():
        was = before.get(name)
        change = _change(bool(was.wrong) if was else None, bool(figure.wrong))
        rows.append(
            ScenarioRow(
                id=name,
                before=(was.wrong or "") if was else None,
                after=figure.wrong or "",
                transcript=figure.transcript or "",
                change=change,
            )
        )
    order = ("broken", "still wrong", "mended", "right")
    return sorted((r for r in rows if r.change != "right"), key=lambda row: (order.index(row.change), row.id))


def newly_missed(comparison: Comparison) -> tuple[str, ...]:
    """Return the messages of the red-flag set in which only the candidate does not notice an emergency."""
    before = set(comparison.before.flags.missed) if comparison.before else set()
    return tuple(text for text in comparison.after.flags.missed if text not in before)


def newly_noticed(comparison: Comparison) -> tuple[str, ...]:
    """Return the messages of the red-flag set in which only the candidate notices the emergency."""
    after = set(comparison.after.flags.missed)
    return tuple(text for text in comparison.before.flags.missed if text not in after) if comparison.before else ()


def example_rows(comparison: Comparison, right: Mapping[str, str]) -> list[ExampleRow]:
    """Return the messages of the intents' test set that one model reads rightly and the other does not.

    Args:
        comparison: the two models.
        right: the right intent of each message.
    """
    if comparison.before is None:
        return []
    was, now = comparison.before.predicted, comparison.after.predicted
    rows = [
        ExampleRow(text=text, right=right[text], before=was[text], after=now[text])
        for text in now
        if text in was and text in right and was[text] != now[text] and right[text] in {was[text], now[text]}
    ]
    return sorted(rows, key=lambda row: (row.after == row.right, row.right, row.text))


def refusals(comparison: Comparison, marks: Mapping[str, Mark]) -> tuple[str, ...]:
    """Return why the candidate may not serve; nothing where it may.

    A limit of the red-flag gate that the serving model broke already may stay broken, as long as it gets no worse:
    else no candidate could mend it step by step.

    Args:
        comparison: the two models.
        marks: what a trainer said of each changed message, by the change's id.
    """
    told = []
    for row in share_rows(comparison):
        if not row.holds and (row.held_before or row.is_worse):
            bound = "at least" if row.is_floor else "at most"
            told.append(
                f"Warning signs: {row.what}: {row.after.value:.3f} ({row.after.hits} of {row.after.tries}); "
                f"it must be {bound} {row.limit:.2f}."
            )
    broken = [row for row in scenario_rows(comparison) if row.change == "broken"]
    told += [f"The conversation '{row.id}' went right and no longer does: {row.after}" for row in broken]
    refused = sum(marks.get(change.id) == "refused" for change in comparison.changes)
    if refused:
        were = "reading of a real message was" if refused == 1 else "readings of real messages were"
        told.append(f"{refused} changed {were} not accepted.")
    open_losses = [c for c in comparison.changes if c.loses_urgency and c.id not in marks]
    if open_losses:
        takes = "message is" if len(open_losses) == 1 else "messages are"
        told.append(f"{len(open_losses)} real {takes} taken for less urgent than before; say whether that is right.")
    return tuple(told)


def remarks(comparison: Comparison, marks: Mapping[str, Mark]) -> tuple[str, ...]:
    """Return what got worse and does not stand in the way; it is written down beside a promotion."""
    told = [f"Warning signs: {row.what} is still outside its limit." for row in share_rows(comparison) if not row.holds]
    worse = [row for row in intent_rows(comparison) if row.verdict == "worse"]
    told += [f"{row.intent} is read worse: F1 {row.before:.2f} before, {row.after:.2f} now." for row in worse]
    still = [row.id for row in scenario_rows(comparison) if row.change == "still wrong"]
    told += [f"The conversation '{name}' goes wrong with both models." for name in still]
    missed = newly_missed(comparison)
    if missed:
        messages = "one message" if len(missed) == 1 else f"{len(missed)} messages"
        told.append(f"An emergency is newly missed in {messages} of the red-flag set.")
    undecided = sum(change.id not in marks for change in comparison.changes)
    if undecided:
        were = "reading of a real message was" if undecided == 1 else "readings of real messages were"
        told.append(f"{undecided} changed {were} not looked at.")
    return tuple(told)


def summary(comparison: Comparison) -> list[SummaryRow]:
    """Return the figures that come first."""
    c = comparison
    after = _Side(c.after, c.speed_after, c.bytes_after)
    before = _Side(c.before, c.speed_before, c.bytes_before) if c.before and c.speed_before and c.bytes_before else None
    return [SummaryRow(what=what, before=form(before) if before else "–", after=form(after)) for what, form in _SUMMARY]


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """One figure, ready to read."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Side:
    figures: Evaluation
    speed: Speed
    bytes: int


_MEGABYTE: Final = 1_000_000
_SUMMARY: Sequence[tuple[str, Callable[[_Side], str]]] = (
    ("Intents read rightly", lambda side: f"{side.figures.intents.accuracy:.1%}"),
    ("Macro F1 of the intents", lambda side: f"{side.figures.intents.macro_f1:.3f}"),
    ("Several questions of a message named", lambda side: f"{side.figures.several.value:.1%}"),
    ("Emergencies not noticed", lambda side: f"{len(side.figures.flags.missed)}"),
    (
        "Conversations that go right",
        lambda side: (f"{sum(not f.wrong for f in side.figures.scenarios.values())} of {len(side.figures.scenarios)}"),
    ),
    ("Half of the messages are read within", lambda side: f"{side.speed.p50_ms:.1f} ms"),
    ("95 of 100 messages are read within", lambda side: f"{side.speed.p95_ms:.1f} ms"),
    ("Loaded within", lambda side: f"{side.speed.load_s:.1f} s"),
    ("Size", lambda side: f"{side.bytes / _MEGABYTE:.1f} MB"),
)


def _change(was_wrong: bool | None, is_wrong: bool) -> Literal["broken", "mended", "still wrong", "right"]:
    # Both models hold the same conversations: one that was just written and goes wrong with both is no step back.
    if is_wrong:
        return "still wrong" if was_wrong else "broken"
    return "mended" if was_wrong else "right"


def _highest(reading: Reading) -> Urgency:
    return max((flag.urgency for flag in reading.flags if flag.is_noticed), default=Urgency.SELF_CARE)
