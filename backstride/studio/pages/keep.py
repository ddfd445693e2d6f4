"""Keep a conversation: as a test scenario with what the person reads, or as a story."""

from __future__ import annotations

import re

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from backstride.studio.checks import Weight, check_text
from backstride.studio.keeping import KeptTurn, add_scenario, add_story, contradictions, kept_turns, story_steps
from backstride.studio.masking import holds_mask
from backstride.studio.web import field, fields, go_to, in_thread, note, render, studio_of
from backstride.studio.workbench import Studio, read_turns
from backstride.studio.writing import ConflictError, FileChange, hash_of, read_text, write_all
from backstride.studio.yaml_lines import LayoutError

_FILE = re.compile(r"[a-z][a-z0-9_]{0,40}")


def add_to(app: Sanic) -> None:
    """Add the route."""
    app.add_route(_keep, "/conversation/<label:str>/keep", methods=["GET", "POST"], name="keep")


class _Refused(Exception):  # noqa: N818  # not a fault of the program: the trainer is told why
    """What was asked for cannot be written; the message says why."""


async def _keep(request: Request, label: str) -> HTTPResponse:
    studio = studio_of(request)
    turns = await in_thread(read_turns, studio, label)
    corrections = {key: step.correction for key, step in studio.corrections.of(label).items()}
    kept = kept_turns(turns, corrections)
    steps = story_steps(turns, corrections)
    change: FileChange | None = None
    problem = ""
    if request.method == "POST":
        kept = _changed(request, kept)
        try:
            change = await in_thread(_change, request, studio, kept)
            if field(request, "do") == "write":
                if field(request, "seen") != hash_of(change.before + change.after):
                    raise _Refused("The file or the form has changed since you looked. Look at it again.")  # noqa: TRY301
                await in_thread(write_all, studio.settings.project, studio.settings.state, [change])
                await note(request, f"kept a conversation as a {field(request, 'as')}", file=change.path)
                return await go_to(request, f"/conversation/{label}", f"Written to {change.path}.")
        except (_Refused, ConflictError, LayoutError) as error:
            problem = str(error)
    return await render(
        request,
        "keep.html",
        label=label,
        turns=kept,
        chosen=set(fields(request, "take")) if request.method == "POST" else {turn.key for turn in kept},
        steps=steps,
        contradictions=contradictions(steps, studio.project.flows),
        topics=studio.project.topics,
        values={
            "name": field(request, "name"),
            "topic": field(request, "topic") or _topic(studio, steps),
            "file": field(request, "file", "from_conversations"),
            "as": field(request, "as", "scenario"),
        },
        change=change,
        seen=hash_of(change.before + change.after) if change else "",
        problem=problem,
    )


def _topic(studio: Studio, steps: tuple[object, ...]) -> str:
    names = [getattr(step, "name", "") for step in steps]
    return next((topic for name in names if (topic := studio.project.topic_of_intent(name))), "")


def _changed(request: Request, kept: list[KeptTurn]) -> list[KeptTurn]:
    """Return the turns as the form says them now."""
    said, bot = fields(request, "said"), fields(request, "bot")
    changed = []
    for number, turn in enumerate(kept):
        lines = [line.strip() for line in (bot[number] if number < len(bot) else "").splitlines()]
        changed.append(
            KeptTurn(
                key=turn.key,
                said=" ".join(said[number].split()) if number < len(said) else turn.said,
                is_tapped=turn.is_tapped,
                bot=tuple(filter(None, lines)),
                knowledge=turn.knowledge,
                urgency=turn.urgency,
                red_flags=turn.red_flags,
                is_corrected=turn.is_corrected,
            )
        )
    return changed


def _change(request: Request, studio: Studio, kept: list[KeptTurn]) -> FileChange:
    """Return the change of the file.

    Raises:
        _Refused: a name is missing, a text holds something personal, a turn says nothing to expect.
    """
    name, topic, file = field(request, "name").strip(), field(request, "topic"), field(request, "file")
    project = studio.project
    if not name:
        raise _Refused("Give it a name that says what it is about.")
    _refuse_personal(name, studio)
    if not re.fullmatch(r"[a-z_]+", topic):
        raise _Refused("Choose a topic.")
    if field(request, "as") == "story":
        turns = read_turns(studio, field(request, "label"))
        corrections = {k: step.correction for k, step in studio.corrections.of(field(request, "label")).items()}
        steps = story_steps(turns, corrections)
        if topic not in project.topics:
            raise _Refused("Choose a topic.")
        if any(flow.name == name and flow.kind == "story" for flow in project.flows):
            raise _Refused("There is a story of that name already.")
        if contradictions(steps, project.flows):
            raise _Refused(
                "This story contradicts what is there: below is where they part. Change one of the two first."
            )
        path = f"data/{topic}/stories.yml"
        before = read_text(project.root / path)
        return FileChange(path=path, before=before, after=add_story(before, name, steps))
    if not _FILE.fullmatch(file):
        raise _Refused("The file's name is small letters, digits and _.")
    chosen = [turn for turn in kept if turn.key in set(fields(request, "take"))]
    if not chosen or chosen[0].is_tapped:
        raise _Refused("A scenario begins with the person's own words.")
    for turn in chosen:
        _refuse_personal(turn.said, studio)
        # What the assistant says has capitals of its own: only a mask shows that it repeats something personal.
        if any(holds_mask(line) for line in turn.bot):
            raise _Refused(f"“{turn.said[:60]}”: leave out what is masked in what the person should read.")
        if not (turn.bot or turn.knowledge or turn.urgency or turn.red_flags):
            raise _Refused(f"“{turn.said[:60]}”: say what the person should read.")
    path = f"tests/scenarios/{topic}/{file}.yml"
    before = read_text(project.root / path)
    if f"- name: {name}\n" in before:
        raise _Refused("There is a scenario of that name in this file already.")
    return FileChange(path=path, before=before, after=add_scenario(before, name, chosen))


def _refuse_personal(text: str, studio: Studio) -> None:
    refused = next((f for f in check_text(text, studio.masking) if f.weight is Weight.REFUSE), None)
    if refused is not None:
        raise _Refused(f"“{text[:60]}”: {refused.text}")
