"""`backstride review` and `backstride correct`: the studio's steps on the command line."""

from __future__ import annotations

import getpass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from backstride.errors import BackstrideError
from backstride.studio.corrections import Correction
from backstride.studio.index import FILTERS, Query
from backstride.studio.settings import read_studio_settings
from backstride.studio.workbench import open_studio, plan_waiting, read_turns, write_plan

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from backstride.studio.changes import Plan
    from backstride.studio.dialogue import Turn
    from backstride.studio.workbench import Studio


class CommandError(BackstrideError):
    """What was asked for on the command line cannot be done; the message says why."""


def review(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines that `backstride review` prints.

    Raises:
        BackstrideError: the conversation or the store cannot be read.
    """
    unknown = [name for name in options.only if name not in FILTERS]
    if unknown:
        raise CommandError(f"There is no filter {unknown[0]!r}. There are: {', '.join(FILTERS)}.")
    studio = _opened()
    if options.conversation is None:
        found = studio.index.find(Query(filters=tuple(options.only), words=options.words, page=options.page))
        yield f"{found.total} of {found.everything} conversations"
        for item in found.conversations:
            marks = [word for word, holds in _marks(item) if holds]
            yield f"{item.label[:8]}  {_moment(item.last_at)}  {item.preview[:80]}  {' '.join(marks)}".rstrip()
        return
    label = _label(studio, options.conversation)
    yield from _shown(studio, label)
    if options.done:
        studio.index.review(label, _who(), reviewed=True)
        studio.audit.note(_who(), "reviewed a conversation", conversation=label)


def correct(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines that `backstride correct` prints.

    Raises:
        BackstrideError: the message is not there, or a correction is refused.
    """
    studio = _opened()
    if options.conversation is not None:
        yield _corrected(studio, options)
    _, plan = plan_waiting(studio, None)
    yield from _planned(plan)
    if not options.write:
        if plan.changes:
            yield "Nothing is written yet: `backstride correct --write` does."
    elif plan.changes:
        yield f"Written: {', '.join(write_plan(studio, plan, _who()))}"


def _corrected(studio: Studio, options: argparse.Namespace) -> str:
    label = _label(studio, options.conversation)
    messages = [turn.message for turn in read_turns(studio, label) if turn.message]
    if options.number is None or not 0 < options.number <= len(messages):
        raise CommandError(f"Name a message from 1 to {len(messages)}; `backstride review {label[:8]}` shows them.")
    message = messages[options.number - 1]
    if options.undo:
        studio.corrections.undo(label, message.key)
        return "Undone."
    project = studio.project
    for kind, names, known in (
        ("intent", [options.intent], project.intents),
        ("action", [options.action], project.actions),
        ("warning sign", [*options.missed, *options.wrong], tuple(project.flags)),
    ):
        unknown = [name for name in names if name and name not in known]
        if unknown:
            raise CommandError(f"There is no {kind} {unknown[0]!r}. There are: {', '.join(known)}.")
    correction = Correction(
        text=" ".join((options.text or message.text).split()),
        intent=options.intent,
        action=options.action,
        missed_flags=tuple(sorted(options.missed)),
        wrong_flags=tuple(sorted(options.wrong)),
    )
    if correction.is_empty:
        raise CommandError("Say what was wrong: --intent, --action, --missed or --wrong.")
    studio.corrections.save(label, message.key, correction, who=_who())
    studio.audit.note(_who(), "corrected a message", conversation=label)
    return "Kept."


def _planned(plan: Plan) -> Iterator[str]:
    for planned in plan.planned:
        yield f"“{planned.step.correction.text}”: {'; '.join(planned.places)}"
        for finding in planned.findings:
            example = f" ({finding.example.path}:{finding.example.line})" if finding.example else ""
            yield f"  {finding.weight.value}: {finding.text}{example}"
    for change in plan.changes:
        yield f"--- {change.path}"
        yield from (line for _, line in change.lines)


def _shown(studio: Studio, label: str) -> Iterator[str]:
    steps = studio.corrections.of(label)
    number = 0
    for turn in read_turns(studio, label):
        if turn.message is not None:
            number += 1
            yield f"{number:3}  > {turn.message.text}"
            yield f"       {turn.message.intent} {turn.message.confidence:.0%}  {_thought(turn)}".rstrip()
            if turn.message.key in steps:
                correction = steps[turn.message.key].correction
                yield f"       corrected: {correction.intent or correction.action or 'see the studio'}"
        for reply in turn.replies:
            yield "     " + reply.text.replace("\n", "\n     ")


def _thought(turn: Turn) -> str:
    message = turn.message
    signs = [f"[{flag.state} {flag.id}: “{flag.evidence}”]" for flag in message.flags] if message else []
    return " ".join([*signs, *(f"{decision.action} ({decision.policy or 'followed'})" for decision in turn.decisions)])


def _opened() -> Studio:
    studio = open_studio(read_studio_settings())
    if studio.events is None:
        raise CommandError(studio.store_problem)
    studio.index.sync(studio.events)
    return studio


def _label(studio: Studio, beginning: str) -> str:
    labels = studio.index.labels(beginning)
    if len(labels) != 1:
        raise CommandError(f"{len(labels)} conversations begin with {beginning!r}; `backstride review` lists them.")
    return labels[0]


def _marks(item: object) -> list[tuple[str, bool]]:
    names = {"flag_present": "red-flag", "not_understood": "not-understood", "thumbs_down": "thumbs-down"}
    names |= {"unfinished": "unfinished", "reviewed_by": "reviewed"}
    return [(word, bool(getattr(item, name))) for name, word in names.items()]


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).astimezone().strftime("%Y-%m-%d %H:%M")


def _who() -> str:
    return f"{getpass.getuser()} (command line)"
