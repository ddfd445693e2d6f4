"""What a client can ask of the chat: begin, read, say, rate, take away, forget.

Each function answers one address; a Refusal that it raises is the response.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from rasa.shared.core.events import BotUttered
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from backstride.channels.assistant import ready_agent
from backstride.channels.cards import Cards
from backstride.channels.erasure import CannotEraseError, erase
from backstride.channels.handing_over import DATA, exported, file_body, file_of, with_links
from backstride.channels.history import Message, Transcript, clean_text, pinned_among
from backstride.channels.limits import RateLimit
from backstride.channels.requests import Refusal, read_body, read_json_object
from backstride.channels.tokens import Grant, Signer, TokenError, new_conversation_id
from backstride.channels.web.options import WebOptions
from backstride.channels.web.stores import append_event, ask_records, store_failures, whole_tracker_of
from backstride.channels.web.turns import Said, Turns
from backstride.records import shared_records

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 16_384
MAX_WORDS = 500
PAGE_LENGTH = 200
_DAY_S = 86_400
# A picture stays on a page for a while; each time that the page is loaded its address is a new one.
LINK_LIFETIME_S = 6 * 3600


class Chat:
    """All conversations of the web channel.

    Args:
        options: of the channel.
        cards: draws the cards.
    """

    def __init__(self, options: WebOptions, cards: Cards) -> None:
        self._options = options
        self._cards = cards
        self._turns = Turns(cards, self._with_links, timeout_s=options.turn_timeout_s)
        self._per_conversation = _limit(options.messages_per_minute)
        self._per_address = _limit(options.address_messages_per_minute)
        each_hour = options.conversations_per_hour
        self._beginnings = RateLimit(per_minute=each_hour / 60, burst=max(1, int(each_hour)))
        self.signer: Signer | None = None
        """Signs tokens and addresses; read when the server starts, since it depends on where that listens."""

    async def begin(self, request: Request) -> HTTPResponse:
        """Begin a conversation: nothing is stored yet."""
        _refuse_if(self._beginnings.wait_s(self._address(request)))
        await read_body(request, most_bytes=MAX_BODY_BYTES)
        token = self._issue(new_conversation_id())
        return _json({"token": token, "max_text": self._options.max_text}, status=201)

    async def read(self, request: Request) -> HTTPResponse:
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

    async def receive(self, request: Request) -> None:
        """Take a message and stream what the assistant says to it, one JSON object a line."""
        grant = self._grant(request)
        _refuse_if(self._per_address.wait_s(self._address(request)))
        _refuse_if(self._per_conversation.wait_s(grant.conversation))
        body = await _object_in(request)
        agent = _agent(request)
        said = Said.read(body, max_text=self._options.max_text)
        replies = self._turns.begin(agent, grant.conversation, said)
        reply = await replies.get()
        if isinstance(reply, Refusal):
            raise reply
        response = await request.respond(
            content_type="application/x-ndjson", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        while reply is not None:
            line = reply.body if isinstance(reply, Refusal) else {"message": reply}
            await response.send(json.dumps(line) + "\n")
            if isinstance(reply, Refusal):
                return
            reply = await replies.get()
        await response.send('{"done": true}\n')

    async def take_feedback(self, request: Request) -> HTTPResponse:
        """Keep a thumb up or down, and a word with it, as an event of the conversation."""
        grant = self._grant(request)
        _refuse_if(self._per_conversation.wait_s(grant.conversation))
        body = await _object_in(request)
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
            await append_event(agent, grant.conversation, BotUttered(metadata={"feedback": kept}))
        return _json({"kept": True})

    async def export(self, request: Request) -> HTTPResponse:
        """Return all that is kept about the conversation, in words and in what was understood."""
        grant = self._grant(request)
        _refuse_if(self._per_address.wait_s(self._address(request)))
        return _json(await self._everything(request, grant.conversation))

    async def forget(self, request: Request) -> HTTPResponse:
        """Erase the conversation from the store."""
        grant = self._grant(request)
        agent = _agent(request)
        async with agent.lock_store.lock(grant.conversation):
            with store_failures():
                try:
                    await erase(agent.tracker_store, grant.conversation)
                except CannotEraseError as error:
                    logger.error("The tracker store %s cannot erase; a person asked for it.", error)  # noqa: TRY400
                    raise Refusal(501, "cannot_erase") from error
            await ask_records(shared_records().erase, grant.conversation)
        return _json({"forgotten": True})

    async def hand_over(self, request: Request, token: str = "") -> HTTPResponse:
        """Return the file behind an address that was handed out: the diary's picture or table, or all data.

        An image and a download carry no header, so the address itself is the key: it gives this one thing, for a
        short time, and opens no conversation.
        """
        _refuse_if(self._per_address.wait_s(self._address(request)))
        if self.signer is None:
            raise Refusal(503, "starting")
        try:
            link = self.signer.read_link(token, now=time.time())
        except TokenError as error:
            raise Refusal(401, error.code) from error
        if link.gives == DATA:
            kept = await self._everything(request, link.conversation)
            return file_of(DATA, json.dumps(kept, indent=2, ensure_ascii=False))
        body = await ask_records(file_body, link.gives, shared_records(), link.conversation)
        if body is None:
            raise Refusal(404, "not_found")
        return file_of(link.gives, body)

    async def _everything(self, request: Request, conversation: str) -> dict[str, Any]:
        tracker = await whole_tracker_of(_agent(request), conversation)
        events = [event.as_dict() for event in tracker.events] if tracker else []
        slots = {name: slot.value for name, slot in tracker.slots.items() if slot.value is not None} if tracker else {}
        kept = await ask_records(exported, shared_records(), conversation)
        return {"conversation": conversation, "remembered": slots, **kept, "events": events}

    async def _events(self, request: Request, conversation: str) -> list[Any]:
        tracker = await whole_tracker_of(_agent(request), conversation)
        return list(tracker.events) if tracker else []

    def _with_links(self, conversation: str, message: Message) -> Message:
        """Return a message with the addresses of what it hands over; they are made anew whenever it is shown."""
        signer = self.signer
        if signer is None or not {"chart", "file"} & message.keys():
            return message
        expires = int(time.time() + LINK_LIFETIME_S)
        return with_links(message, lambda gives: signer.issue_link(conversation, gives, expires=expires))

    def _grant(self, request: Request) -> Grant:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or self.signer is None:
            raise Refusal(401, "token_missing")
        try:
            return self.signer.read(token.strip(), now=time.time())
        except TokenError as error:
            raise Refusal(401, error.code) from error

    def _issue(self, conversation: str) -> str:
        if self.signer is None:
            raise Refusal(503, "starting")
        return self.signer.issue(conversation, expires=int(time.time() + self._options.token_days * _DAY_S))

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


def _limit(each_minute: float) -> RateLimit:
    return RateLimit(per_minute=each_minute, burst=max(1, int(each_minute)))


def _agent(request: Request) -> Any:
    agent = ready_agent(request.app)
    if agent is None:
        raise Refusal(503, "starting")
    return agent


async def _object_in(request: Request) -> dict[str, Any]:
    return read_json_object(await read_body(request, most_bytes=MAX_BODY_BYTES))


def _refuse_if(wait_s: int) -> None:
    if wait_s:
        raise Refusal(429, "too_many", wait_s=wait_s, wait=wait_s)


def _json(body: Mapping[str, Any], status: int = 200) -> HTTPResponse:
    return json_response(body, status=status, headers={"Cache-Control": "no-store"})
