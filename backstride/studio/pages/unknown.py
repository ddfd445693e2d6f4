"""What people say that the assistant does not know, grouped by meaning; a whole group is sorted in one go."""

from __future__ import annotations

from collections.abc import Sequence

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from backstride.studio.checks import normal
from backstride.studio.corrections import Correction
from backstride.studio.forms import NEW_INTENT, correction_of
from backstride.studio.groups import Group, group
from backstride.studio.web import field, fields, go_to, in_thread, note, render, session_of, studio_of
from backstride.studio.workbench import Studio
from backstride.vocabulary import Intent

_SHOWN = 20
# Before the intent that a button names.
_TO = "to:"


def add_to(app: Sanic) -> None:
    """Add the routes."""
    app.add_route(_show, "/unknown", methods=["GET"], name="unknown")
    app.add_route(_sort, "/unknown/sort", methods=["POST"], name="sort_unknown")


def unknown_groups(studio: Studio) -> list[Group]:
    """Return what was not understood and not corrected yet, in groups."""
    done = studio.corrections.corrected()
    foreign = {normal(e.text) for e in studio.project.examples if e.intent == Intent.OUT_OF_SCOPE}
    messages = [
        m
        for m in studio.index.not_understood()
        # What the data already call out of scope was rightly not answered.
        if (m.conversation, m.key) not in done and normal(m.text) not in foreign
    ]
    return group(messages, studio.meaning)


async def _show(request: Request) -> HTTPResponse:
    studio = studio_of(request)
    groups = await in_thread(unknown_groups, studio)
    project = studio.project
    return await render(
        request,
        "unknown.html",
        groups=groups[:_SHOWN],
        more=max(0, len(groups) - _SHOWN),
        messages=sum(each.size for each in groups),
        intents=project.intents,
        actions=project.actions,
        topics=project.topics,
        new_intent=NEW_INTENT,
        out_of_scope=Intent.OUT_OF_SCOPE,
    )


async def _sort(request: Request) -> HTTPResponse:
    """Correct every chosen message of a group at once, or set the group aside."""
    studio = studio_of(request)
    choice = field(request, "do")
    numbers = [int(value) for value in fields(request, "take") if value.isdecimal()]
    wordings, members = fields(request, "text"), fields(request, "members")
    chosen = [(wordings[n], _members(members[n])) for n in numbers if n < len(wordings) and n < len(members)]
    if not chosen:
        return await go_to(request, "/unknown", "Choose at least one message.", kind="problem")
    everyone = [each for _, messages in chosen for each in messages]
    if choice == "aside":
        await in_thread(studio.corrections.set_aside, everyone)
        await note(request, "set messages aside", messages=len(everyone))
        return await go_to(request, "/unknown", f"{_counted(everyone)} left out from now on.")
    form = {name: fields(request, name) for name in ("intent", "new_intent", "topic", "answer")}
    if choice == "out":
        form["intent"] = [Intent.OUT_OF_SCOPE]
    elif choice.startswith(_TO):
        form["intent"] = [choice.removeprefix(_TO)]
    base = correction_of(form)
    if not base.intent:
        return await go_to(request, "/unknown", "Choose an intent for the group.", kind="problem")
    steps = await in_thread(_correct_all, studio, chosen, base, session_of(request).person)
    await note(request, "sorted messages that were not understood", messages=len(everyone), intent=base.intent)
    return await go_to(
        request,
        "/changes?" + "&".join(f"only={step}" for step in steps),
        f"{_counted(everyone)} {base.intent} now. Look at what goes into the data.",
    )


def _correct_all(
    studio: Studio, chosen: Sequence[tuple[str, Sequence[tuple[str, str]]]], base: Correction, who: str
) -> list[int]:
    """Correct the first message of each text; the others that say the same need no example of their own."""
    steps = []
    for text, messages in chosen:
        correction = Correction(text=" ".join(text.split()), intent=base.intent, topic=base.topic, answer=base.answer)
        (conversation, key), *others = messages
        steps.append(studio.corrections.save(conversation, key, correction, who=who).id)
        studio.corrections.set_aside(others)
    return steps


def _members(text: str) -> list[tuple[str, str]]:
    """Return the messages that a hidden field names: label, slash, key; one after the other with blanks between."""
    parts = [part.partition("/") for part in text.split()]
    return [(label, key) for label, slash, key in parts if slash]


def _counted(messages: Sequence[object]) -> str:
    return "1 message is" if len(messages) == 1 else f"{len(messages)} messages are"
