"""Train, compare, promote, roll back."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

from sanic import Sanic
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import text as text_response

from backstride.errors import BackstrideError
from backstride.model_store import SERVED, ModelAbout, ModelError, ModelStore
from backstride.studio.comparing import NotComparedError, accept_the_rest, look_at, mark_change
from backstride.studio.comparisons import Comparisons
from backstride.studio.jobs import JobError, Jobs
from backstride.studio.promotion import PromotionRefusedError, promote, roll_back, what_stays
from backstride.studio.report import ReportView, as_html, as_markdown
from backstride.studio.tracker_events import StoreError
from backstride.studio.web import field, fragment, go_to, in_thread, note, render, session_of, studio_of
from backstride.training import fingerprint, fingerprints

if TYPE_CHECKING:
    from backstride.studio.comparison import Mark
    from backstride.studio.settings import StudioSettings

_SECONDS_A_MINUTE = 60
# Both say the time in UTC; one of them in whole seconds.
_SECOND = len("2026-01-01T00:00:00")
# A running assistant follows a decision within seconds; after a minute none runs.
_AWAITED = timedelta(seconds=60)


def add_to(app: Sanic) -> None:
    """Add the routes."""
    for address, handler, methods in (
        ("/models", _list, ["GET"]),
        ("/models/train", _train, ["POST"]),
        ("/models/rollback", _roll_back, ["POST"]),
        ("/models/served", _served_part, ["GET"]),
        ("/models/jobs/<job:str>", _job, ["GET"]),
        ("/models/jobs/<job:str>/part", _job_part, ["GET"]),
        ("/models/jobs/<job:str>/cancel", _cancel, ["POST"]),
        ("/models/compare/<model:str>", _comparison, ["GET"]),
        ("/models/compare/<model:str>/again", _again, ["POST"]),
        ("/models/compare/<model:str>/mark", _mark, ["POST"]),
        ("/models/compare/<model:str>/promote", _promote, ["POST"]),
        ("/models/compare/<model:str>/report/<form:str>", _report, ["GET"]),
    ):
        app.add_route(handler, address, methods=methods, name=f"models{handler.__name__}")


# --- the list ------------------------------------------------------------------------------------------------------


async def _list(request: Request) -> HTTPResponse:
    return await render(request, "models.html", **await in_thread(_listed, studio_of(request).settings))


def _listed(settings: StudioSettings) -> dict[str, Any]:
    store = ModelStore(settings.models)
    store.recover()
    current, previous = store.current(), store.previous()
    parts = fingerprints(settings.project)
    jobs = Jobs(settings)
    return {
        "current": current,
        "decision": store.decision(),
        "is_fresh": current is not None and current.inputs == fingerprint(settings.project),
        "changed_parts": [p for p, value in parts.items() if current is None or current.parts.get(p) != value],
        "previous": previous,
        "stays": what_stays(previous, parts) if previous else (),
        "candidates": store.candidates(),
        "compared": Comparisons(settings.state).compared(),
        "decisions": list(reversed(store.decisions()))[:50],
        "kept": {about.id: about for about in store.kept()},
        "served": _served(store, current),
        "running": jobs.running(),
        "last": next((job for job in jobs.all() if job.outcome in {"failed", "killed"}), None),
    }


async def _served_part(request: Request) -> HTTPResponse:
    store = ModelStore(studio_of(request).settings.models)
    current = await in_thread(store.current)
    return await fragment("_served.html", served=await in_thread(_served, store, current))


def _served(store: ModelStore, current: ModelAbout | None) -> dict[str, Any]:
    """Return what the assistant last said of the model that it answers with, and whether news of it are near."""
    told: dict[str, Any] = {"what": "", "at": ""}
    with contextlib.suppress(OSError, ValueError):
        told |= json.loads((store.folder / SERVED).read_text(encoding="utf-8"))
    is_current = current is not None and told.get("sha256") == current.sha256
    decision = store.written_decision()
    age = datetime.now(timezone.utc) - datetime.fromisoformat(decision.at) if decision else _AWAITED
    # A word about the decision before is none about this one.
    is_news = decision is not None and told["at"][:_SECOND] >= decision.at[:_SECOND]
    what = told["what"] if is_news or told["what"] not in {"failed", "needs a restart"} else ""
    waits = not is_current and what not in {"failed", "needs a restart"} and age < _AWAITED
    return told | {"what": what, "is_current": is_current, "is_awaited": waits}


# --- a training ----------------------------------------------------------------------------------------------------


async def _train(request: Request) -> HTTPResponse:
    return await _start(request, None)


async def _again(request: Request, model: str) -> HTTPResponse:
    return await _start(request, model)


async def _start(request: Request, candidate: str | None) -> HTTPResponse:
    jobs = Jobs(studio_of(request).settings)
    try:
        job = await in_thread(jobs.start, by=session_of(request).person, candidate=candidate)
    except JobError as error:
        return await go_to(request, "/models", str(error), kind="problem")
    await note(request, "started a comparison" if candidate else "started a training", job=job, model=candidate or "")
    return await go_to(request, f"/models/jobs/{job}")


async def _job(request: Request, job: str) -> HTTPResponse:
    values = await _job_values(request, job)
    return await render(request, "job.html", **{name: value for name, value in values.items() if name != "csrf"})


async def _job_part(request: Request, job: str) -> HTTPResponse:
    return await fragment("_job.html", **await _job_values(request, job))


async def _job_values(request: Request, job: str) -> dict[str, Any]:
    jobs = Jobs(studio_of(request).settings)
    status = await in_thread(jobs.status, job)
    if status is None:
        raise NotFound("There is no such training")
    log = await in_thread(jobs.log, job)
    minutes, seconds = divmod(int(status.seconds), _SECONDS_A_MINUTE)
    return {
        "job": status,
        "csrf": session_of(request).csrf,
        "log": log,
        "taken": f"{minutes} min {seconds} s" if minutes else f"{seconds} s",
    }


async def _cancel(request: Request, job: str) -> HTTPResponse:
    await in_thread(Jobs(studio_of(request).settings).cancel, job)
    await note(request, "cancelled a training", job=job)
    return await go_to(request, f"/models/jobs/{job}")


# --- a comparison --------------------------------------------------------------------------------------------------


async def _comparison(request: Request, model: str) -> HTTPResponse:
    store = ModelStore(studio_of(request).settings.models)
    try:
        view = await _view(request, model)
    except NotComparedError:
        return await render(request, "not_compared.html", about=await in_thread(store.about, model))
    except ModelError as error:
        raise NotFound(str(error)) from error
    current = await in_thread(store.current)
    return await render(request, "comparison.html", view=view, serves=current is not None and current.id == model)


async def _view(request: Request, model: str, *, with_words: bool = True) -> ReportView:
    studio = studio_of(request)
    index = None
    if studio.events is not None:
        # Where the conversations cannot be read, nobody can tell which of them are gone.
        with contextlib.suppress(StoreError):
            await in_thread(studio.index.sync, studio.events, budget_s=2.0)
            index = studio.index
    return await in_thread(look_at, studio.settings, model, index, with_words=with_words)


async def _mark(request: Request, model: str) -> HTTPResponse:
    given, change, place = field(request, "mark"), field(request, "change"), field(request, "place")
    mark = cast("Mark", given) if given in {"accepted", "refused"} else None
    settings, who = studio_of(request).settings, session_of(request).person
    here = f"/models/compare/{model}"
    try:
        if change == "all":
            await in_thread(accept_the_rest, settings, model, who=who)
        else:
            await in_thread(mark_change, settings, model, change, mark, who=who)
    except ModelError as error:
        return await go_to(request, here, str(error), kind="problem")
    await note(request, f"{given or 'unmarked'} a changed reading", model=model, message=change)
    return await go_to(request, f"{here}#reading-{place}" if place.isdecimal() else f"{here}#readings")


async def _promote(request: Request, model: str) -> HTTPResponse:
    why = field(request, "why").strip()
    here = f"/models/compare/{model}"
    if not why:
        return await go_to(request, here, "Say why: it is written down beside the decision.", kind="problem")
    try:
        decision = await in_thread(promote, studio_of(request).settings, model, by=session_of(request).person, why=why)
    except PromotionRefusedError as error:
        await note(request, "was refused to promote a model", model=model, reasons=len(error.reasons))
        return await go_to(request, here, str(error), kind="problem")
    except BackstrideError as error:
        return await go_to(request, here, str(error), kind="problem")
    await note(request, "promoted a model", model=model, before=decision.previous or "", why=why)
    return await go_to(
        request, "/models", f"{model} serves from now on; a running assistant takes it over in a moment."
    )


async def _roll_back(request: Request) -> HTTPResponse:
    settings = studio_of(request).settings
    why, to = field(request, "why").strip() or "rolled back in the studio", field(request, "to") or None
    try:
        decision = await in_thread(roll_back, settings, by=session_of(request).person, why=why, to=to)
    except BackstrideError as error:
        return await go_to(request, "/models", str(error), kind="problem")
    await note(request, "rolled back to a model", model=decision.model, before=decision.previous or "", why=why)
    told = [f"{decision.model} serves again; a running assistant takes it over in a moment.", *decision.notes]
    return await go_to(request, "/models", "\n".join(told))


async def _report(request: Request, model: str, form: str) -> HTTPResponse:
    if form not in {"html", "md"}:
        raise NotFound("There is no such report")
    with_words = request.args.get("words") == "1"
    try:
        view = await _view(request, model, with_words=with_words)
    except ModelError as error:
        raise NotFound(str(error)) from error
    await note(request, "exported a report", model=model, words=with_words)
    body = as_html(view) if form == "html" else as_markdown(view)
    return text_response(
        body,
        headers={"Content-Disposition": f'attachment; filename="model-{view.candidate.id}.{form}"'},
        content_type="text/html; charset=utf-8" if form == "html" else "text/markdown; charset=utf-8",
    )
