"""A comparison as a trainer reads it: on the page, as Markdown, as one HTML file that needs nothing else."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from backstride.evaluation.intents import read_test_set
from backstride.studio.comparison import (
    Comparison,
    ExampleRow,
    FlagRow,
    IntentRow,
    Mark,
    MessageChange,
    ScenarioRow,
    ShareRow,
    SummaryRow,
    example_rows,
    flag_rows,
    intent_rows,
    newly_missed,
    newly_noticed,
    scenario_rows,
    share_rows,
    summary,
)

if TYPE_CHECKING:
    from backstride.evaluation.figures import Reading
    from backstride.model_store import ModelAbout

_TEMPLATES = Path(__file__).parent / "templates"
_MARKS = re.compile(r"([\\`*_\[\]<>|#])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A real message that is read differently, as it is shown.

    Args:
        change: the two readings.
        text: the masked words, "" where they are not told.
        mark: what a trainer said of it.
    """

    change: MessageChange
    text: str
    mark: Mark | None

    @property
    def before(self) -> str:
        """The serving model's reading in words."""
        return reading_in_words(self.change.before)

    @property
    def after(self) -> str:
        """The candidate's reading in words."""
        return reading_in_words(self.change.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """Everything that a report shows."""

    comparison: Comparison
    candidate: ModelAbout
    current: ModelAbout | None
    reasons: Sequence[str]
    remarks: Sequence[str]
    summary: Sequence[SummaryRow]
    shares: Sequence[ShareRow]
    flags: Sequence[FlagRow]
    intents: Sequence[IntentRow]
    scenarios: Sequence[ScenarioRow]
    examples: Sequence[ExampleRow]
    missed: Sequence[str]
    noticed: Sequence[str]
    changes: Sequence[ShownChange]
    with_words: bool


def view_of(
    comparison: Comparison,
    candidate: ModelAbout,
    current: ModelAbout | None,
    *,
    project: Path,
    reasons: Sequence[str],
    remarks: Sequence[str],
    marks: Mapping[str, Mark],
    texts: Mapping[tuple[str, str], str] | None,
) -> ReportView:
    """Return what a report shows.

    Args:
        comparison: the two models.
        candidate: what is known of the candidate.
        current: what is known of the serving model.
        project: the folder with the test set.
        reasons: why the candidate may not serve.
        remarks: what got worse beside.
        marks: what was said of the changed readings.
        texts: the masked words of the changed messages; None to tell no words.
    """
    right = {example.text: example.intent for example in read_test_set(project / "tests" / "nlu" / "test_set.yml")}
    return ReportView(
        comparison=comparison,
        candidate=candidate,
        current=current,
        reasons=reasons,
        remarks=remarks,
        summary=summary(comparison),
        shares=share_rows(comparison),
        flags=flag_rows(comparison),
        intents=intent_rows(comparison),
        scenarios=scenario_rows(comparison),
        examples=example_rows(comparison, right),
        missed=newly_missed(comparison),
        noticed=newly_noticed(comparison),
        changes=[
            ShownChange(change=c, text=(texts or {}).get((c.conversation, c.key), ""), mark=marks.get(c.id))
            for c in comparison.changes
        ],
        with_words=texts is not None,
    )


def reading_in_words(reading: Reading) -> str:
    """Return what a model reads in a message, in a few words."""
    signs = [
        f"{flag.id} {'present' if flag.state == 'present' else 'asked'} ({flag.urgency.value.replace('_', ' ')})"
        for flag in reading.flags
        if flag.is_noticed
    ]
    return f"{reading.intent} {reading.confidence:.2f}" + "".join(f"; {sign}" for sign in signs)


def as_html(view: ReportView) -> str:
    """Return a page that needs no other file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made = datetime.datetime.now(datetime.timezone.utc).strftime("%d %b %Y, %H:%M UTC")
    return environment.get_template("report.html").render(view=view, made=made)


def as_markdown(view: ReportView) -> str:
    """Return the report as Markdown."""
    return "\n".join(_lines(view)) + "\n"


def _lines(view: ReportView) -> Iterator[str]:
    yield f"# Model {view.candidate.id}"
    yield ""
    yield f"Trained {view.candidate.trained_at} by {view.candidate.trained_by or 'unknown'}, {_git(view.candidate)}"
    served = f"{view.current.id} ({_git(view.current)})" if view.current else "no model"
    yield f"Compared {view.comparison.made_at} with {served}."
    yield ""
    if view.reasons:
        yield "**It may not serve:**"
        yield ""
        yield from (f"- {_plain(reason)}" for reason in view.reasons)
    else:
        yield "**Nothing stands against promoting it.**"
    if view.remarks:
        yield ""
        yield "Worse, or not looked at:"
        yield ""
        yield from (f"- {_plain(remark)}" for remark in view.remarks)
    yield from _table("Figures", ("", "before", "now"), [(r.what, r.before, r.after) for r in view.summary])
    yield from _table(
        "Warning signs: limits",
        ("", "limit", "before", "now", ""),
        [
            (
                row.what,
                f"{'≥' if row.is_floor else '≤'} {row.limit:.2f}",
                f"{row.before.value:.3f} ({row.before.hits} of {row.before.tries})" if row.before else "–",
                f"{row.after.value:.3f} ({row.after.hits} of {row.after.tries})",
                "kept" if row.holds else "NOT KEPT",
            )
            for row in view.shares
        ],
    )
    yield from _list("Emergencies newly missed", view.missed)
    yield from _list("Emergencies newly noticed", view.noticed)
    yield from _table(
        "Warning signs: answered urgently enough",
        ("sign", "before", "now"),
        [
            (
                row.flag,
                f"{row.before.hits} of {row.before.tries}" if row.before else "–",
                f"{row.after.hits} of {row.after.tries}",
            )
            for row in view.flags
        ],
    )
    yield from _table(
        "Conversations that do not go right, or did not before",
        ("conversation", "", "now"),
        [(row.id, row.change, row.after or "right") for row in view.scenarios],
    )
    yield from _table(
        "Intents: F1",
        ("intent", "messages", "before", "now", ""),
        [(r.intent, str(r.messages), _figure(r.before), _figure(r.after), r.verdict) for r in view.intents],
    )
    yield from _table(
        "Test messages whose intent changes between right and wrong",
        ("message", "right", "before", "now"),
        [(row.text, row.right, row.before, row.after) for row in view.examples],
    )
    yield from _table(
        f"Real messages that are read differently: {len(view.changes)} of the {view.comparison.messages} latest",
        ("message", "before", "now", ""),
        [(_words(c, view), c.before, c.after, c.mark or "not looked at") for c in view.changes],
    )


def _words(shown: ShownChange, view: ReportView) -> str:
    return (shown.text or "(gone)") if view.with_words else shown.change.id


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"## {title}"
    yield ""
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(_plain(cell) for cell in row) + " |"


def _list(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield ""
        yield f"## {title}"
        yield ""
        yield from (f"- {_plain(item)}" for item in items)


def _plain(text: str) -> str:
    """Return a text that is no Markdown of its own: a message may hold anything."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _git(about: ModelAbout) -> str:
    if about.git is None:
        return "no commit"
    return f"commit {about.git.commit[:12]}{' and changes' if about.git.changed else ''}"
