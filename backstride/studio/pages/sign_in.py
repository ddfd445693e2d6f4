"""The first start, signing in and out, further people."""

from __future__ import annotations

import hmac

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import redirect as sanic_redirect

from backstride.studio.people import IDLE_S, SHORTEST_PASSWORD, PeopleError
from backstride.studio.web import field, go_to, in_thread, note, render, session_of, studio_of

COOKIE = "backstride_studio"


def add_to(app: Sanic) -> None:
    """Add the routes."""
    app.add_route(_root, "/", methods=["GET"], name="root")
    app.add_route(_first_start, "/first-start", methods=["GET", "POST"], name="first_start")
    app.add_route(_sign_in, "/sign-in", methods=["GET", "POST"], name="sign_in")
    app.add_route(_sign_out, "/sign-out", methods=["POST"], name="sign_out")
    app.add_route(_people, "/people", methods=["GET", "POST"], name="people")


async def _root(_: Request) -> HTTPResponse:
    return sanic_redirect("/inbox", status=303)


async def _first_start(request: Request) -> HTTPResponse:
    """Set the first password: only with the key that the studio printed where it was started."""
    studio = studio_of(request)
    key = str(request.args.get("key", "")) or field(request, "key")
    expected: str = request.app.ctx.first_key
    if not await in_thread(studio.people.is_empty):
        return sanic_redirect("/sign-in", status=303)
    if not expected or not hmac.compare_digest(key.encode(), expected.encode()):
        heading = "Open the address that the studio printed when it was started"
        return await render(request, "problem.html", status=403, heading=heading)
    problem = ""
    if request.method == "POST":
        name, password = field(request, "name"), field(request, "password")
        try:
            _check_same(password, field(request, "again"))
            name = await in_thread(studio.people.add, name, password, only_first=True)
        except PeopleError as error:
            problem = str(error)
        else:
            await in_thread(studio.audit.note, name, "set the first password")
            return await _enter(request, name, password)
    return await render(
        request, "first_start.html", key=key, problem=problem, name=field(request, "name"), shortest=SHORTEST_PASSWORD
    )


def _check_same(password: str, again: str) -> None:
    if password != again:
        raise PeopleError("The two passwords differ.")


async def _sign_in(request: Request) -> HTTPResponse:
    problem = ""
    if request.method == "POST":
        try:
            return await _enter(request, field(request, "name"), field(request, "password"))
        except PeopleError as error:
            problem = str(error)
    is_new = await in_thread(studio_of(request).people.is_empty)
    return await render(
        request,
        "sign_in.html",
        status=403 if problem else 200,
        problem=problem,
        name=field(request, "name"),
        is_new=is_new,
    )


async def _enter(request: Request, name: str, password: str) -> HTTPResponse:
    token, _ = await in_thread(studio_of(request).people.sign_in, name, password)
    response = sanic_redirect("/inbox", status=303)
    response.cookies[COOKIE] = token
    response.cookies[COOKIE]["httponly"] = True
    response.cookies[COOKIE]["samesite"] = "Strict"
    response.cookies[COOKIE]["path"] = "/"
    response.cookies[COOKIE]["max-age"] = int(IDLE_S)
    if request.headers.get("X-Forwarded-Proto") == "https":
        response.cookies[COOKIE]["secure"] = True
    return response


async def _sign_out(request: Request) -> HTTPResponse:
    await in_thread(studio_of(request).people.sign_out, session_of(request))
    response = sanic_redirect("/sign-in", status=303)
    del response.cookies[COOKIE]
    return response


async def _people(request: Request) -> HTTPResponse:
    studio = studio_of(request)
    if request.method == "POST":
        try:
            if field(request, "own"):
                own = session_of(request).person
                await in_thread(studio.people.set_password, own, field(request, "password"))
                await in_thread(studio.audit.note, own, "changed the own password")
                return sanic_redirect("/sign-in", status=303)
            name = await in_thread(studio.people.add, field(request, "name"), field(request, "password"))
        except PeopleError as error:
            return await go_to(request, "/people", str(error), kind="problem")
        await note(request, "added a person", name=name)
        return await go_to(request, "/people", f"{name} can sign in now.")
    names = await in_thread(studio.people.names)
    return await render(request, "people.html", names=names, shortest=SHORTEST_PASSWORD)
