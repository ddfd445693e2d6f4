"""The web channel: the page at `/`, the widget under `/widget/`, the conversation under `/chat/`.

What it promises:

- The server makes the conversation's id. Only who holds the signed token of a conversation reads or writes it; no
  request names an id.
- A message carries an id that the client made. The same id again, after a lost connection, is answered from what was
  said, once; the conversation's lock holds between two requests with the same id.
- A button is pressed by the id that the server gave it; any typed text is text.
- The tracker store is the only memory, so any of several servers can answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import os
import re
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import BotUttered
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from backstride import housekeeping
from backstride.channels.body_lengths import refuse_bad_lengths
from backstride.channels.cards import Cards
from backstride.channels.erasure import CannotEraseError, erase, real_store
from backstride.channels.handing_over import DATA, exported, file_body, file_of, retention_sentence, with_links
from backstride.channels.history import (
    Message,
    Transcript,
    answer_to,
    as_plain_text,
    clean_text,
    offered_last,
    pinned_among,
)
from backstride.channels.limits import RateLimit
from backstride.channels.site import PICTURES, Origins, Site, add_security_headers
from backstride.channels.tokens import Grant, Signer, TokenError, load_signer, new_conversation_id
from backstride.errors import SettingsError
from backstride.knowledge import load_knowledge
from backstride.records import RecordsError, shared_records
from backstride.reminders import zone_named
from backstride.settings import ROOT, read_settings
from backstride.vocabulary import Response
from backstride.wording import load_wording

logger = logging.getLogger(__name__)

CHANNEL = "web"
MAX_BODY_BYTES = 16_384
MAX_WORDS = 500
PAGE_LENGTH = 200
BODY_TIMEOUT_S = 10.0
_CLIENT_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_ZONE = re.compile(r"^[A-Za-z0-9_+/-]{1,64}$")
_DAY_S = 86_400
# A picture stays on a page for a while; each time that the page is loaded its address is a new one.
LINK_LIFETIME_S = 6 * 3600
_API = b"/chat/"

Kept = TypeVar("Kept")
Handler = Callable[..., Awaitable[HTTPResponse | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """What may stand under the channel in credentials.yml.

    Args:
        allowed_origins: other sites whose pages may use the chat, such as `https://example.org`; `*` for all.
        key_file: where the key that signs tokens is kept if BACKSTRIDE_SECRET is not set. Naming one allows to serve
            with it on any interface.
        token_days: how long a conversation can be resumed after its last use.
        max_text: characters of a typed message.
        messages_per_minute: of one conversation, in the long run; as many may come at once.
        address_messages_per_minute: of one network address.
        conversations_per_hour: begun from one network address.
        turn_timeout_s: seconds that an answer may take.
        proxies: how many trusted proxies stand before the server and add to X-Forwarded-For.
    """

    allowed_origins: tuple[str, ...] = ()
    key_file: str | None = None
    token_days: float = 30
    max_text: int = 1000
    messages_per_minute: float = 20
    address_messages_per_minute: float = 120
    conversations_per_hour: float = 60
    turn_timeout_s: float = 30
    proxies: int = 0

    @classmethod
    def read(cls, credentials: Mapping[str, Any] | None) -> WebOptions:
        """Return the options that credentials.yml gives.

        Raises:
            SettingsError: an option is unknown or cannot be used.
        """
        given = dict(credentials or {})
        known = {field.name for field in fields(cls)}
        for name in given:
            if name not in known:
                raise SettingsError(f"credentials.yml: the web channel knows no {name!r}; it knows {sorted(known)}.")
        origins = given.pop("allowed_origins", None) or ()
        if isinstance(origins, str):
            origins = (origins,)
        for origin in origins:
            if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
                raise SettingsError(
                    f"credentials.yml: allowed_origins holds {origin!r}; write scheme and host without a path, "
                    "such as https://example.org"
                )
        for name, value in given.items():
            if name != "key_file" and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
                raise SettingsError(f"credentials.yml: {name} is {value!r}; write a number.")
        return cls(allowed_origins=tuple(origins), **given)


class Refusal(Exception):  # noqa: N818  # not a fault of the program: the client is told no
    """A request is not carried out; the client gets the status and the code, and never more than these."""

    def __init__(self, status: int, code: str, *, wait_s: int = 0, **more: Any) -> None:
        self.status = status
        self.body = {"error": code, **more}
        self.wait_s = wait_s
        super().__init__(code)

    def response(self) -> HTTPResponse:
        """Return what the client gets."""
        headers = {"Cache-Control": "no-store"}
        if self.wait_s:
            headers["Retry-After"] = str(self.wait_s)
        return json_response(self.body, status=self.status, headers=headers)


class ReplyStream(OutputChannel):  # type: ignore[misc]  # Rasa ships no types
    """Hands over what the assistant says as soon as it says it."""

    def __init__(self, hand_over: Callable[[Message], None], cards: Cards, answering: str = "start") -> None:
        self._hand_over = hand_over
        self._transcript = Transcript(cards, answering)
        self.sent = 0

    @classmethod
    def name(cls) -> str:
        """Return the name by which responses of the domain may be kept for this channel."""
        return CHANNEL

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take a whole message: text, buttons and the keys of its metadata."""
        shown = self._transcript.of_bot(message)
        if shown is not None:
            self.sent += 1
            self._hand_over(shown)

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Take a plain text."""
        await self.send_response(recipient_id, {"timestamp": time.time(), **kwargs, "text": text})

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Take a text with buttons."""
        await self.send_text_message(recipient_id, text, **kwargs, buttons=buttons)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    client_id: str
    text: str = ""
    button: str | None = None
    zone: str = ""


class WebChannel(InputChannel):  # type: ignore[misc]  # Rasa ships no types
    """Rasa's input channel for the widget; open it in credentials.yml as `backstride.channels.web.WebChannel`."""

    def __init__(self, options: WebOptions | None = None, *, site: Site | None = None) -> None:
        self._options = options or WebOptions()
        self._site = site or Site(retention=retention_sentence(read_settings().retention_days))
        self._origins = Origins(frozenset(self._options.allowed_origins))
        self._cards = Cards(load_knowledge(), load_wording(), PICTURES)
        self._signer: Signer | None = None
        self._turns: set[asyncio.Task[None]] = set()
        each_minute = self._options.messages_per_minute
        each_address = self._options.address_messages_per_minute
        each_hour = self._options.conversations_per_hour
        self._per_conversation = RateLimit(per_minute=each_minute, burst=max(1, int(each_minute)))
        self._per_address = RateLimit(per_minute=each_address, burst=max(1, int(each_address)))
        self._beginnings = RateLimit(per_minute=each_hour / 60, burst=max(1, int(each_hour)))

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

        routes: list[tuple[str, str, Handler]] = [
            ("POST", "/chat/conversation", self._begin),
            ("DELETE", "/chat/conversation", self._forget),
            ("GET", "/chat/messages", self._read),
            ("POST", "/chat/messages", self._receive),
            ("POST", "/chat/feedback", self._take_feedback),
            ("GET", "/chat/export", self._export),
            ("GET", "/chat/file/<token>", self._hand_over),
        ]
        for method, address, handler in routes:
            # stream=True: the body is read here, with a limit, instead of whole by Sanic before anything is checked.
            blueprint.add_route(
                self._guarded(handler),
                address,
                methods=[method],
                stream=method == "POST",
                name=f"{method.lower()}_{re.sub(r'[^a-z]+', '_', address)}",
            )

        async def preflight(_: Request, **__: str) -> HTTPResponse:
            return HTTPResponse(status=204)

        async def send_file(request: Request, **_: str) -> HTTPResponse:
            answer = self._site.answer(request, request.path)
            if answer is None:
                answer = Refusal(404, "not_found").response()
                # A widget on another site looks whether its language has a file of texts.
                answer.headers["Access-Control-Allow-Origin"] = "*"
            return answer

        blueprint.add_route(preflight, "/chat/<rest:path>", methods=["OPTIONS"], name="preflight")
        blueprint.add_route(send_file, "/widget/<rest:path>", methods=["GET", "HEAD"], name="widget")
        blueprint.add_route(send_file, "/pictures/<rest:path>", methods=["GET", "HEAD"], name="pictures")
        return blueprint

    async def _load_signer(self, app: Sanic, *_: Any) -> None:
        key_file = self._options.key_file
        self._signer = load_signer(
            environment=os.environ,
            # Named like the database beside it, so that both are ignored, moved and removed together.
            key_file=Path(key_file) if key_file else ROOT / "conversations.db.key",
            key_file_is_set=key_file is not None,
            interface=app.state.host or "127.0.0.1",
        )

    # --- what a client can ask for ---------------------------------------------------------------------------

    async def _begin(self, request: Request) -> HTTPResponse:
        """Begin a conversation: nothing is stored yet."""
        _refuse_if(self._beginnings.wait_s(self._address(request)))
        await _raw_body(request)
        token = self._issue(new_conversation_id())
        return _json({"token": token, "max_text": self._options.max_text}, status=201)

    async def _read(self, request: Request) -> HTTPResponse:
        """Return the conversation: its last messages, or those before one."""
        grant = self._grant(request)
        _refuse_if(self._per_address.wait_s(self._address(request)))
        messages = Transcript(self._cards).of_events(await self._events(request, grant.conversation))
        pinned = pinned_among(messages)
        before = request.args.get("before")
        end = next((i for i, message in enumerate(messages) if message["id"] == before), len(messages))
        begin = max(0, end - PAGE_LENGTH)
        found: dict[str, Any] = {
            "messages": [self._with_links(grant.conversation, message) for message in messages[begin:end]],
            "earlier": begin > 0,
            "pinned": pinned,
            "max_text": self._options.max_text,
        }
        lifetime = self._options.token_days * _DAY_S
        if grant.expires - time.time() < lifetime * 0.75:
            found["token"] = self._issue(grant.conversation)
        return _json(found)

    async def _receive(self, request: Request) -> None:
        """Take a message and stream what the assistant says to it, one JSON object a line."""
        grant = self._grant(request)
        _refuse_if(self._per_address.wait_s(self._address(request)))
        _refuse_if(self._per_conversation.wait_s(grant.conversation))
        body = await _body(request)
        agent = _agent(request)
        replies: asyncio.Queue[Message | Refusal | None] = asyncio.Queue()
        # A task of its own: it ends, and is stored, even where the client hangs up in the middle.
        turn = asyncio.create_task(self._turn(agent, grant.conversation, self._said(body), replies))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        first = await replies.get()
        if isinstance(first, Refusal):
            raise first
        response = await request.respond(
            content_type="application/x-ndjson", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        reply: Message | Refusal | None = first
        while reply is not None:
            line = reply.body if isinstance(reply, Refusal) else {"message": reply}
            await response.send(json.dumps(line) + "\n")
            if isinstance(reply, Refusal):
                return
            reply = await replies.get()
        await response.send('{"done": true}\n')

    async def _take_feedback(self, request: Request) -> HTTPResponse:
        """Keep a thumb up or down, and a word with it, as an event of the conversation."""
        grant = self._grant(request)
        _refuse_if(self._per_conversation.wait_s(grant.conversation))
        body = await _body(request)
        target, value, words = body.get("message"), body.get("value"), body.get("words", "")
        if not isinstance(target, str) or value not in {"up", "down", None} or not isinstance(words, str):
            raise Refusal(400, "malformed")
        if len(words) > MAX_WORDS:
            raise Refusal(413, "too_long", limit=MAX_WORDS)
        agent = _agent(request)
        async with agent.lock_store.lock(grant.conversation):
            events = await self._events(request, grant.conversation)
            if not any(m["id"] == target and m["from"] == "bot" for m in Transcript(self._cards).of_events(events)):
                raise Refusal(404, "no_such_message")
            kept = {"message": target, "value": value} | ({"words": clean_text(words)} if words else {})
            # Without a text it shows nowhere, and no policy looks at what the assistant said.
            await _append(agent, grant.conversation, BotUttered(metadata={"feedback": kept}))
        return _json({"kept": True})

    async def _export(self, request: Request) -> HTTPResponse:
        """Return all that is kept about the conversation, in words and in what was understood."""
        grant = self._grant(request)
        _refuse_if(self._per_address.wait_s(self._address(request)))
        return _json(await self._everything(request, grant.conversation))

    async def _everything(self, request: Request, conversation: str) -> dict[str, Any]:
        agent = _agent(request)
        with _store_failures():
            tracker = await real_store(agent.tracker_store).retrieve_full_tracker(conversation)
        events = [event.as_dict() for event in tracker.events] if tracker else []
        slots = {name: slot.value for name, slot in tracker.slots.items() if slot.value is not None} if tracker else {}
        kept = await _records(exported, shared_records(), conversation)
        return {"conversation": conversation, "remembered": slots, **kept, "events": events}

    async def _forget(self, request: Request) -> HTTPResponse:
        """Erase the conversation from the store."""
        grant = self._grant(request)
        agent = _agent(request)
        async with agent.lock_store.lock(grant.conversation):
            with _store_failures():
                try:
                    await erase(agent.tracker_store, grant.conversation)
                except CannotEraseError as error:
                    logger.error("The tracker store %s cannot erase; a person asked for it.", error)  # noqa: TRY400
                    raise Refusal(501, "cannot_erase") from error
            await _records(shared_records().erase, grant.conversation)
        return _json({"forgotten": True})

    async def _hand_over(self, request: Request, token: str = "") -> HTTPResponse:
        """Return the file behind an address that was handed out: the diary's picture or table, or all data.

        An image and a download carry no header, so the address itself is the key: it gives this one thing, for a
        short time, and opens no conversation.
        """
        _refuse_if(self._per_address.wait_s(self._address(request)))
        if self._signer is None:
            raise Refusal(503, "starting")
        try:
            link = self._signer.read_link(token, now=time.time())
        except TokenError as error:
            raise Refusal(401, error.code) from error
        if link.gives == DATA:
            kept = await self._everything(request, link.conversation)
            return file_of(DATA, json.dumps(kept, indent=2, ensure_ascii=False))
        body = await _records(file_body, link.gives, shared_records(), link.conversation)
        if body is None:
            raise Refusal(404, "not_found")
        return file_of(link.gives, body)

    # --- one turn --------------------------------------------------------------------------------------------

    def _said(self, body: Mapping[str, Any]) -> _Said:
        client_id, text, button = body.get("id"), body.get("text"), body.get("button")
        zone = body.get("zone")
        # What the browser says of its clock; a name that is none is no reason to refuse a message.
        zone = zone if isinstance(zone, str) and _ZONE.match(zone) and zone_named(zone) else ""
        if not isinstance(client_id, str) or not _CLIENT_ID.match(client_id):
            raise Refusal(400, "malformed")
        if isinstance(button, str) and text is None:
            return _Said(client_id=client_id, button=button, zone=zone)
        if not isinstance(text, str) or button is not None:
            raise Refusal(400, "malformed")
        text = clean_text(text)
        if not text:
            raise Refusal(400, "empty")
        if len(text) > self._options.max_text:
            raise Refusal(413, "too_long", limit=self._options.max_text)
        return _Said(client_id=client_id, text=text, zone=zone)

    async def _turn(
        self, agent: Any, conversation: str, said: _Said, replies: asyncio.Queue[Message | Refusal | None]
    ) -> None:
        """Let the assistant answer; whatever happens, `replies` ends with None or a Refusal."""
        try:
            await asyncio.wait_for(self._answer(agent, conversation, said, replies), self._options.turn_timeout_s)
            replies.put_nowait(None)
        except Refusal as refusal:
            replies.put_nowait(refusal)
        except Exception as error:  # the person gets a calm sentence whatever went wrong
            incident = uuid.uuid4().hex[:8]
            # The error's own text may hold the person's words; where it happened does not.
            logger.error(  # noqa: TRY400
                "A message was not answered (incident %s): %s\n%s",
                incident,
                type(error).__name__,
                "".join(traceback.format_tb(error.__traceback__)),
            )
            code = "timeout" if isinstance(error, asyncio.TimeoutError) else "failed"
            replies.put_nowait(Refusal(503, code, incident=incident, text=_calm_sentence(agent)))

    async def _answer(
        self, agent: Any, conversation: str, said: _Said, replies: asyncio.Queue[Message | Refusal | None]
    ) -> None:
        async with agent.lock_store.lock(conversation):
            with _store_failures():
                tracker = await real_store(agent.tracker_store).retrieve(conversation)
            events = list(tracker.events) if tracker else []
            before = answer_to(events, said.client_id, self._cards)
            if before is not None:
                for message in before:
                    replies.put_nowait(self._with_links(conversation, message))
                return
            metadata = {"client_id": said.client_id}
            if said.button is not None:
                offer = offered_last(events, self._cards).get(said.button)
                if offer is None:
                    raise Refusal(409, "button_gone")
                text = offer.payload
                metadata |= {"button": said.button, "title": offer.title}
            else:
                text = as_plain_text(said.text)
            metadata |= {"zone": said.zone} if said.zone else {}
            out = ReplyStream(
                lambda message: replies.put_nowait(self._with_links(conversation, message)),
                self._cards,
                said.client_id,
            )
            await agent.processor.handle_message(
                UserMessage(text, out, conversation, input_channel=CHANNEL, metadata=metadata)
            )
            if not out.sent:
                await self._say_something(agent, conversation, out)

    async def _say_something(self, agent: Any, conversation: str, out: ReplyStream) -> None:
        """Say one calm sentence where the assistant said nothing, unless it was told to be silent."""
        with _store_failures():
            tracker = await real_store(agent.tracker_store).retrieve(conversation)
        if tracker is not None and tracker.is_paused():
            return
        logger.error("A message got no reply (incident %s)", uuid.uuid4().hex[:8])
        sentence = _calm_sentence(agent)
        if sentence:
            said = BotUttered(sentence, metadata={"utter_action": Response.SOMETHING_WENT_WRONG})
            await out.send_response(conversation, said.message())
            await _append(agent, conversation, said)

    def _with_links(self, conversation: str, message: Message) -> Message:
        """Return a message with the addresses of what it hands over; they are made anew whenever it is shown."""
        signer = self._signer
        if signer is None or not {"chart", "file"} & message.keys():
            return message
        expires = int(time.time() + LINK_LIFETIME_S)
        return with_links(message, lambda gives: signer.issue_link(conversation, gives, expires=expires))

    # --- checks ----------------------------------------------------------------------------------------------

    def _guarded(self, handler: Handler) -> Callable[[Request], Awaitable[HTTPResponse | None]]:
        """Return a handler that refuses strange origins, and turns a Refusal into its response."""

        async def guarded(request: Request, **address: str) -> HTTPResponse | None:
            if not self._origins.admits(request):
                return Refusal(403, "origin_not_allowed").response()
            try:
                return await handler(request, **address)
            except Refusal as refusal:
                return refusal.response()

        return guarded

    def _grant(self, request: Request) -> Grant:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or self._signer is None:
            raise Refusal(401, "token_missing")
        try:
            return self._signer.read(token.strip(), now=time.time())
        except TokenError as error:
            raise Refusal(401, error.code) from error

    def _issue(self, conversation: str) -> str:
        if self._signer is None:
            raise Refusal(503, "starting")
        return self._signer.issue(conversation, expires=int(time.time() + self._options.token_days * _DAY_S))

    def _address(self, request: Request) -> str:
        """Return whose requests are counted together: an IPv4 address, or an IPv6 network of one household."""
        address = str(request.ip)
        if self._options.proxies:
            forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
            address = forwarded[-self._options.proxies] if len(forwarded) >= self._options.proxies else address
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return "unknown"
        if parsed.version == 6:  # noqa: PLR2004
            return str(ipaddress.ip_network((parsed, 64), strict=False))
        return address

    async def _events(self, request: Request, conversation: str) -> list[Any]:
        """Return all events of a conversation; an outage of the store is an outage, not an empty conversation."""
        with _store_failures():
            tracker = await real_store(_agent(request).tracker_store).retrieve_full_tracker(conversation)
        return list(tracker.events) if tracker else []


def _agent(request: Request) -> Any:
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        raise Refusal(503, "starting")
    return agent


@contextlib.contextmanager
def _store_failures() -> Iterator[None]:
    """Turn an outage of the tracker store into a refusal that the client can repeat later."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        incident = uuid.uuid4().hex[:8]
        logger.error("The tracker store failed (incident %s): %s", incident, type(error).__name__)  # noqa: TRY400
        raise Refusal(503, "store_unavailable", incident=incident) from error


async def _records(call: Callable[..., Kept], *arguments: Any) -> Kept:
    """Ask the diary's store in a thread; an outage is one that the client can repeat later."""
    try:
        return await asyncio.to_thread(call, *arguments)
    except RecordsError as error:
        incident = uuid.uuid4().hex[:8]
        logger.error("The diary failed (incident %s): %s", incident, error)  # noqa: TRY400
        raise Refusal(503, "store_unavailable", incident=incident) from error


async def _keep_house(app: Sanic, *_: Any) -> None:
    housekeeping.start(app)


async def _stop_keeping_house(app: Sanic, *_: Any) -> None:
    await housekeeping.stop(app)


async def _append(agent: Any, conversation: str, event: Any) -> None:
    """Add an event to a conversation; the conversation's lock must be held."""
    store = real_store(agent.tracker_store)
    with _store_failures():
        tracker = await store.get_or_create_tracker(conversation)
        tracker.update(event)
        await store.save(tracker)


def _calm_sentence(agent: Any) -> str:
    """Return the domain's sentence for such moments; the widget has one of its own for an empty one."""
    variations = agent.domain.responses.get(Response.SOMETHING_WENT_WRONG) if agent.domain else None
    return str(variations[0].get("text", "")) if variations else ""


async def _body(request: Request) -> dict[str, Any]:
    """Read a request's JSON object, up to the limit and no longer than the time allowed.

    Raises:
        Refusal: 413, 408 or 400.
    """
    raw = await _raw_body(request)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "malformed") from error
    if not isinstance(body, dict):
        raise Refusal(400, "malformed")
    return body


async def _raw_body(request: Request) -> bytes:
    """Read a request's body, up to the limit and no longer than the time allowed.

    Raises:
        Refusal: 413, 408 or 400.
    """
    length = int(request.headers.get("Content-Length") or 0)
    if length < 0:
        raise Refusal(400, "malformed")
    if length > MAX_BODY_BYTES:
        raise Refusal(413, "too_large", limit=MAX_BODY_BYTES)
    try:
        return await asyncio.wait_for(_read_body(request), BODY_TIMEOUT_S)
    except asyncio.TimeoutError as error:
        raise Refusal(408, "too_slow") from error


async def _read_body(request: Request) -> bytes:
    raw = b""
    while chunk := await request.stream.read():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            raise Refusal(413, "too_large", limit=MAX_BODY_BYTES)
    return raw


def _refuse_if(wait_s: int) -> None:
    if wait_s:
        raise Refusal(429, "too_many", wait_s=wait_s, wait=wait_s)


def _json(body: Mapping[str, Any], status: int = 200) -> HTTPResponse:
    return json_response(body, status=status, headers={"Cache-Control": "no-store"})
