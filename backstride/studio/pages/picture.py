"""A picture of the rules and stories of a topic, with a conversation drawn as a path."""

from __future__ import annotations

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from backstride.studio.keeping import fitting, story_steps
from backstride.studio.picture import draw
from backstride.studio.project_files import Step
from backstride.studio.web import in_thread, render, studio_of
from backstride.studio.workbench import read_turns


def add_to(app: Sanic) -> None:
    """Add the route."""
    app.add_route(_show, "/picture", methods=["GET"], name="picture")


async def _show(request: Request) -> HTTPResponse:
    studio = studio_of(request)
    flows = studio.project.flows
    topics = sorted({flow.topic for flow in flows})
    topic, label = str(request.args.get("topic", "")), str(request.args.get("conversation", ""))
    steps: tuple[Step, ...] = ()
    if label:
        turns = await in_thread(read_turns, studio, label)
        corrections = {key: step.correction for key, step in studio.corrections.of(label).items()}
        steps = story_steps(turns, corrections)
    if topic not in topics:
        followed = [flow.topic for flow in fitting(steps, flows)]
        topic = max(followed, key=followed.count) if followed else (topics[0] if topics else "")
    shown = [flow for flow in flows if flow.topic == topic]
    return await render(
        request, "picture.html", picture=draw(shown, steps), topics=topics, topic=topic, label=label, flows=shown
    )
