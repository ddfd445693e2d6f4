"""Rasa's input channel for the widget: its addresses, the page, and the widget's files."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from backstride import housekeeping
from backstride.channels.body_lengths import refuse_bad_lengths
from backstride.channels.cards import Cards
from backstride.channels.handing_over import retention_sentence
from backstride.channels.requests import Refusal
from backstride.channels.site import PICTURES, Origins, Site, add_security_headers
from backstride.channels.tokens import load_signer
from backstride.channels.web.chat import Chat
from backstride.channels.web.options import WebOptions
from backstride.channels.web.turns import CHANNEL, ReplyStream
from backstride.knowledge import load_knowledge
from backstride.settings import ROOT, read_settings
from backstride.wording import load_wording

_API = b"/chat/"

Handler = Callable[..., Awaitable[HTTPResponse | None]]


class WebBlueprint(Blueprint):  # type: ignore[misc]  # Sanic is not checked
    """A blueprint with two middlewares for the whole server, which Sanic's own blueprints cannot have.

    Rasa's server answers `/` itself, before any channel is asked; and the security headers belong on responses that
    belong to no channel as well, such as "not found".
    """

    def __init__(self, name: str, *, site: Site, origins: Origins) -> None:
        super().__init__(name)
        self.ctx.site = site
        self.ctx.origins = origins

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Add the routes and the middlewares to the server."""
        site, origins = self.ctx.site, self.ctx.origins

        async def answer_root(request: Request) -> HTTPResponse | None:
            if request.raw_url.partition(b"?")[0] == b"/" and request.method in {"GET", "HEAD"}:
                return site.answer(request, "/widget/page/index.html")
            return None

        async def finish(request: Request, response: Any) -> None:
            if request.raw_url.startswith(_API):
                origins.mark(request, response)
            add_security_headers(response)

        super().register(app, options)
        app.register_middleware(answer_root, "request")
        app.register_middleware(finish, "response")


class WebChannel(InputChannel):  # type: ignore[misc]  # Rasa ships no types
    """Rasa's input channel for the widget; open it in credentials.yml as `backstride.channels.web.WebChannel`."""

    def __init__(self, options: WebOptions | None = None, *, site: Site | None = None) -> None:
        self._options = options or WebOptions()
        self._site = site or Site(retention=retention_sentence(read_settings().retention_days))
        self._origins = Origins(frozenset(self._options.allowed_origins))
        self._cards = Cards(load_knowledge(), load_wording(), PICTURES)
        self._chat = Chat(self._options, self._cards)

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, as it stands in the tracker."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChannel:
        """Create the channel from what stands under it in credentials.yml."""
        return cls(WebOptions.read(credentials))

    def url_prefix(self) -> str:
        """Return the root: the channel's addresses stand outside `/webhooks/`."""
        return "/"

    def get_output_channel(self) -> OutputChannel:
        """Return a channel for what the assistant says unasked: the tracker keeps it, the widget finds it there."""
        return ReplyStream(lambda _: None, self._cards)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes. Messages go to the server's agent under the lock that also guards against repeats."""
        blueprint = WebBlueprint("backstride_web", site=self._site, origins=self._origins)
        refuse_bad_lengths(blueprint)
        blueprint.listener("before_server_start")(self._load_signer)
        # Here and not only in this project's own server: plain `rasa run` keeps house too.
        blueprint.listener("after_server_start")(_keep_house)
        blueprint.listener("before_server_stop")(_stop_keeping_house)
        self._add_chat(blueprint)
        self._add_files(blueprint)
        return blueprint

    def _add_chat(self, blueprint: Blueprint) -> None:
        chat = self._chat
        routes: list[tuple[str, str, Handler]] = [
            ("POST", "/chat/conversation", chat.begin),
            ("DELETE", "/chat/conversation", chat.forget),
            ("GET", "/chat/messages", chat.read),
            ("POST", "/chat/messages", chat.receive),
            ("POST", "/chat/feedback", chat.take_feedback),
            ("GET", "/chat/export", chat.export),
            ("GET", "/chat/file/<token>", chat.hand_over),
        ]
        for method, address, handler in routes:
            # stream=True: the chat reads the body itself, with a limit, instead of Sanic before anything is checked.
            blueprint.add_route(
                self._guarded(handler),
                address,
                methods=[method],
                stream=method == "POST",
                name=f"{method.lower()}_{re.sub(r'[^a-z]+', '_', address)}",
            )

        async def preflight(_: Request, **__: str) -> HTTPResponse:
            return HTTPResponse(status=204)

        blueprint.add_route(preflight, "/chat/<rest:path>", methods=["OPTIONS"], name="preflight")

    def _add_files(self, blueprint: Blueprint) -> None:
        async def send_file(request: Request, **_: str) -> HTTPResponse:
            answer = self._site.answer(request, request.path)
            if answer is None:
                answer = Refusal(404, "not_found").response()
                # A widget on another site looks whether its language has a file of texts.
                answer.headers["Access-Control-Allow-Origin"] = "*"
            return answer

        for folder in ("widget", "pictures"):
            blueprint.add_route(send_file, f"/{folder}/<rest:path>", methods=["GET", "HEAD"], name=folder)

    def _guarded(self, handler: Handler) -> Handler:
        """Return a handler that refuses strange origins, and turns a Refusal into its response."""

        async def guarded(request: Request, **address: str) -> HTTPResponse | None:
            if not self._origins.admits(request):
                return Refusal(403, "origin_not_allowed").response()
            try:
                return await handler(request, **address)
            except Refusal as refusal:
                return refusal.response()

        return guarded

    async def _load_signer(self, app: Sanic, *_: Any) -> None:
        key_file = self._options.key_file
        self._chat.signer = load_signer(
            environment=os.environ,
            # Named like the database beside it, so that both are ignored, moved and removed together.
            key_file=Path(key_file) if key_file else ROOT / "conversations.db.key",
            key_file_is_set=key_file is not None,
            interface=app.state.host or "127.0.0.1",
        )


async def _keep_house(app: Sanic, *_: Any) -> None:
    housekeeping.start(app)


async def _stop_keeping_house(app: Sanic, *_: Any) -> None:
    await housekeeping.stop(app)
