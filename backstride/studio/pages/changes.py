"""What waiting corrections would change in the files; looked at, then written in one go."""

from __future__ import annotations

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from backstride.model_store import ModelStore
from backstride.studio.web import field, fields, go_to, in_thread, note, render, session_of, studio_of
from backstride.studio.workbench import Studio, plan_waiting, write_plan
from backstride.studio.writing import ConflictError
from backstride.training import fingerprint


def add_to(app: Sanic) -> None:
    """Add the routes."""
    app.add_route(_show, "/changes", methods=["GET"], name="changes")
    app.add_route(_write, "/changes/write", methods=["POST"], name="write_changes")


async def _show(request: Request) -> HTTPResponse:
    given = [str(value) for value in request.args.getlist("only", [])]
    chosen = {int(value) for value in given if value.isdecimal()} or None
    waiting, plan = await in_thread(plan_waiting, studio_of(request), chosen)
    return await render(
        request,
        "changes.html",
        waiting=waiting,
        plan=plan,
        chosen=chosen,
        writable=any(p.files for p in plan.planned),
        is_untrained=await in_thread(_is_untrained, studio_of(request)),
    )


def _is_untrained(studio: Studio) -> bool:
    """Return whether the files say something that no kept model was trained from."""
    inputs = fingerprint(studio.settings.project)
    return all(about.inputs != inputs for about in ModelStore(studio.settings.models).kept())


async def _write(request: Request) -> HTTPResponse:
    """Write exactly what the trainer has seen, or say that it has changed and show it anew."""
    studio = studio_of(request)
    chosen = {int(value) for value in fields(request, "step") if value.isdecimal()}
    again = "/changes?" + "&".join(f"only={step}" for step in sorted(chosen))
    _, plan = await in_thread(plan_waiting, studio, chosen)
    try:
        if plan.fingerprint != field(request, "seen"):
            raise ConflictError("The files or the corrections have changed since you looked.")  # noqa: TRY301
        if not plan.changes:
            return await go_to(request, "/changes", "There was nothing to write.", kind="problem")
        files = await in_thread(write_plan, studio, plan, session_of(request).person)
    except ConflictError as error:
        await note(request, "met a conflict while writing", files=", ".join(c.path for c in plan.changes))
        told = f"{error} Nothing was written. Below is what would be written now."
        return await go_to(request, again, told, kind="problem")
    return await go_to(request, "/changes", f"Written: {', '.join(files)}.")
