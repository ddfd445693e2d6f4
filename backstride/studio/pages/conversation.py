"""A conversation as the person saw it, and beside each message what the assistant thought; corrections in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from backstride.studio.changes import findings_of
from backstride.studio.corrections import Correction, OutdatedError, Step
from backstride.studio.dialogue import Turn
from backstride.studio.explanations import why
from backstride.studio.forms import NEW_INTENT, correction_of
from backstride.studio.pages.inbox import address_of, query_of
from backstride.studio.tracker_events import StoreError
from backstride.studio.web import (
    field,
    form_of,
    fragment,
    go_to,
    in_thread,
    note,
    render,
    session_of,
    studio_of,
)
from backstride.studio.workbench import GoneError, Studio, read_turns

if TYPE_CHECKING:
    from backstride.studio.nearest import Neighbour
    from backstride.studio.project_files import Flow

_NEAREST = 4


def add_to(app: Sanic) -> None:
    """Add the routes."""
    app.add_route(_show, "/conversation/<label:str>", methods=["GET"], name="conversation")
    app.add_route(_correct, "/conversation/<label:str>/correct", methods=["POST"], name="correct")
    app.add_route(_undo, "/conversation/<label:str>/undo", methods=["POST"], name="undo")
    app.add_route(_redo, "/conversation/<label:str>/redo", methods=["POST"], name="redo")
    app.add_route(_review, "/conversation/<label:str>/review", methods=["POST"], name="review")
    app.add_route(_check, "/conversation/<label:str>/check", methods=["POST"], name="check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A turn as the page shows it.

    Args:
        turn: what was said and done.
        reasons: for each decision the sentence why, and the rule or story behind it.
        near: the training examples nearest to the message.
        step: its correction, or None.
        can_redo: whether a step was undone.
        form: what the form begins with.
    """

    turn: Turn
    reasons: list[tuple[str, Flow | None]]
    near: list[Neighbour]
    step: Step | None
    can_redo: bool
    form: Correction


def _rows(studio: Studio, label: str, turns: list[Turn]) -> list[Row]:
    steps = studio.corrections.of(label)
    redo = studio.corrections.can_redo(label)
    flows = studio.project.flows
    texts = [turn.message.text if turn.message and turn.message.is_typed else "" for turn in turns]
    near = studio.meaning.examples.to([text for text in texts if text], _NEAREST)
    neighbours = iter(near)
    rows = []
    for turn, text in zip(turns, texts, strict=True):
        key = turn.message.key if turn.message else ""
        step = steps.get(key)
        rows.append(
            Row(
                turn=turn,
                reasons=[why(decision, turn, flows) for decision in turn.decisions],
                near=next(neighbours) if text else [],
                step=step,
                can_redo=key in redo,
                form=step.correction if step else Correction(text=turn.message.text if turn.message else ""),
            )
        )
    return rows


async def _show(request: Request, label: str) -> HTTPResponse:
    studio = studio_of(request)
    values = {name: list(given) for name, given in request.args.items()}
    unmasked = request.args.get("words") == "shown"
    try:
        turns = await in_thread(read_turns, studio, label, unmasked=unmasked)
    except StoreError as error:
        return await render(request, "problem.html", status=503, heading=str(error))
    if unmasked:
        await note(request, "looked at unmasked words", conversation=label[:6])
    rows = await in_thread(_rows, studio, label, turns)
    newer, older = await in_thread(studio.index.neighbours, label, query_of(values))
    address = address_of(values)
    project = studio.project
    return await render(
        request,
        "conversation.html",
        label=label,
        rows=rows,
        address=f"?{address}" if address else "",
        newer=newer,
        older=older,
        unmasked=unmasked,
        reviewed_by=await in_thread(studio.index.reviewed_by, label),
        intents=project.intents,
        actions=project.actions,
        entities=project.entities,
        flags=project.flags,
        topics=project.topics,
        new_intent=NEW_INTENT,
    )


async def _correct(request: Request, label: str) -> HTTPResponse:
    """Keep a correction; a page with scripts sends each change at once, one without sends the form."""
    studio = studio_of(request)
    key, base = field(request, "message"), field(request, "base", "0")
    correction = correction_of(form_of(request))
    who = session_of(request).person
    if await in_thread(studio.index.sender_of, label) is None:
        raise GoneError
    try:
        step = await in_thread(
            studio.corrections.save, label, key, correction, who=who, base=int(base) if base.isdecimal() else 0
        )
    except OutdatedError as error:
        told = _told(error.current)
        if _wants_json(request):
            return json_response({"conflict": told}, status=409)
        words = f"{error} Now it says: {told}. Your change was not kept."
        return await go_to(request, f"/conversation/{label}#{key}", words, kind="problem")
    # Letters typed into a wording that is corrected already are no news.
    if str(step.id) != base:
        await note(request, "corrected a message", conversation=label[:6], now=_told(step))
    if not _wants_json(request):
        return await go_to(request, f"/conversation/{label}#{key}", "Kept.")
    return json_response({"base": step.id, "told": _told(step)})


async def _undo(request: Request, label: str) -> HTTPResponse:
    key = field(request, "message")
    step = await in_thread(studio_of(request).corrections.undo, label, key)
    await note(request, "undid a correction", conversation=label[:6], now=_told(step))
    told = "This is written in the data already; take it out there." if step and step.is_written else "Undone."
    return await go_to(request, f"/conversation/{label}#{key}", told)


async def _redo(request: Request, label: str) -> HTTPResponse:
    key = field(request, "message")
    step = await in_thread(studio_of(request).corrections.redo, label, key)
    await note(request, "did a correction again", conversation=label[:6], now=_told(step))
    return await go_to(request, f"/conversation/{label}#{key}", "Done again.")


async def _review(request: Request, label: str) -> HTTPResponse:
    reviewed = field(request, "reviewed") == "yes"
    await in_thread(studio_of(request).index.review, label, session_of(request).person, reviewed=reviewed)
    await note(request, "reviewed a conversation" if reviewed else "took a review back", conversation=label[:6])
    return await go_to(request, field(request, "next", "/inbox"), "Marked as reviewed." if reviewed else "")


async def _check(request: Request, label: str) -> HTTPResponse:
    """Say what is to be known of a correction while it is typed."""
    found = await in_thread(findings_for, studio_of(request), correction_of(form_of(request)))
    return await fragment("_findings.html", findings=found)


def findings_for(studio: Studio, correction: Correction) -> list[Any]:
    """Return what is to be known of a correction before it is written."""
    meaning = studio.meaning
    near = meaning.examples.to([correction.text], 5)[0] if correction.text else []
    near_test = meaning.held_apart.to([correction.text], 1)[0] if correction.text else []
    return list(findings_of(correction, studio.project, near, near_test, studio.masking))


def _told(step: Step | None) -> str:
    """Return in words what a correction says."""
    if step is None or step.correction.is_empty:
        return "nothing to correct"
    correction = step.correction
    parts = [f"intent {correction.intent}"] if correction.intent else []
    parts += [f"missed {flag}" for flag in correction.missed_flags]
    parts += [f"no {flag}" for flag in correction.wrong_flags]
    parts += [f"{len(correction.marks)} entities"] if correction.entities_are_corrected else []
    parts += [f"then {correction.action}"] if correction.action else []
    return ", ".join(parts) or "a remark"


def _wants_json(request: Request) -> bool:
    return "application/json" in str(request.headers.get("Accept", ""))
