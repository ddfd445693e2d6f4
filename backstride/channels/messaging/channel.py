"""The base of all messaging channels: from a delivery that proved authentic to the pieces that are sent back.

A platform's module says how its deliveries are read and checked, and how one `Part` is sent. Everything else is here:

- A delivery is answered once. Ids of the last deliveries are kept in memory; beyond that the tracker knows them: each
  message of a person carries its delivery's id, so a repeated delivery after a restart or on another server is noticed
  as well.
- Two messages of one conversation are answered in their order, different conversations side by side.
- What the assistant says is sent by a line of its own for each conversation: a platform that is slow or down keeps
  neither the conversation's lock nor anybody else waiting.
- The tracker is the only memory. A message that could not be delivered is in it and is logged with an id.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import traceback
import uuid
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import UserUttered
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import empty as empty_response

from backstride import housekeeping
from backstride.channels.body_lengths import refuse_bad_lengths
from backstride.channels.cards import Cards
from backstride.channels.erasure import real_store
from backstride.channels.history import clean_text
from backstride.channels.limits import RateLimit
from backstride.channels.messaging.authenticity import Refusal
from backstride.channels.messaging.choices import Choice
from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.delivery import Api, BlockedError, UndeliveredError
from backstride.channels.messaging.dialects import PLAIN, Dialect
from backstride.channels.messaging.incoming import Incoming, Kind, address_of
from backstride.channels.messaging.order import InOrder, TooManyWaitingError
from backstride.channels.messaging.pictures import Pictures
from backstride.channels.messaging.platform_limits import Limits
from backstride.channels.messaging.reading import MAX_TEXT, Reader, Reading
from backstride.channels.messaging.render import Part, Renderer
from backstride.channels.site import PICTURES
from backstride.knowledge import load_knowledge
from backstride.vocabulary import Response
from backstride.wording import load_wording

logger = logging.getLogger(__name__)

DRAIN_S = 10.0
_KEPT_DELIVERIES = 20_000
_HOUR_S = 3600
STOP_REMINDER = "stop_reminder"

Handler = Callable[[Request], Awaitable[HTTPResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """An address below the channel's own, such as `webhook`, and who answers there."""

    method: str
    path: str
    handler: Handler


class MessagingOutput(OutputChannel):  # type: ignore[misc]  # Rasa ships no types
    """Rasa's way out to a platform. What is said in a turn is held until the turn ends; anything later goes at once.

    Rasa keeps this object for a reminder and calls it hours later, so it holds nothing of a request.
    """

    def __init__(self, channel: MessagingChannel, *, is_holding: bool = False) -> None:
        self._channel = channel
        self._is_holding = is_holding
        self.held: list[dict[str, Any]] = []

    def name(self) -> str:
        """Return the channel's name, by which responses of the domain may be kept for it."""
        return self._channel.name()

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take a whole message: text, buttons and the keys of its metadata."""
        if self._is_holding:
            self.held.append(dict(message))
        else:
            self._channel.post(recipient_id, [message])

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Take a plain text."""
        await self.send_response(recipient_id, {**kwargs, "text": text})

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Take a text with buttons."""
        await self.send_response(recipient_id, {**kwargs, "text": text, "buttons": buttons})

    def release(self) -> list[dict[str, Any]]:
        """Return what was held, and hold nothing from now on."""
        self._is_holding = False
        held, self.held = self.held, []
        return held


class MessagingChannel(InputChannel, ABC):  # type: ignore[misc]  # Rasa ships no types
    """A channel of a messaging platform.

    A platform's module derives from it, sets the class variables and writes `from_credentials`, `routes` and `send`;
    where there is something to do, `acknowledge` and `send_outside_window` too.
    """

    channel: ClassVar[str]
    """The channel's name: first part of the conversations' keys, and the address below /webhooks/."""
    limits: ClassVar[Limits]
    dialect: ClassVar[Dialect] = PLAIN
    has_pictures: ClassVar[bool] = True

    def __init__(self, options: ChannelOptions, *, api: Api | None = None) -> None:
        self.options = options
        self.api = api or Api()
        self.wording = load_wording()
        pictures_url = f"{options.public_url}/webhooks/{self.channel}/pictures"
        self.renderer = Renderer(
            self.limits,
            self.wording,
            Cards(load_knowledge(), self.wording, PICTURES),
            dialect=self.dialect,
            pictures_url=pictures_url if self.has_pictures else None,
        )
        self._reader = Reader(self.renderer, self.wording, shortens=self.limits.short_text is not None)
        self._pictures = Pictures(PICTURES)
        self._turns = InOrder(max_waiting=20)
        self._outbox = InOrder(max_waiting=200)
        self._taken: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._heard: OrderedDict[str, float] = OrderedDict()
        each_minute = options.messages_per_minute
        self._pace = RateLimit(per_minute=each_minute, burst=max(1, int(each_minute)))
        self._pace_told = RateLimit(per_minute=1, burst=1)
        self._app: Any = None

    # --- what a platform's module writes ----------------------------------------------------------------------

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """Return the platform's addresses. A handler checks authenticity first, then calls `accept`."""

    @abstractmethod
    async def send(self, address: tuple[str, ...], part: Part) -> None:
        """Send one piece.

        Args:
            address: what `conversation_key` was made from, without the channel.
            part: within the platform's limits.

        Raises:
            UndeliveredError: it could not be delivered; BlockedError where the person does not want it.
        """

    async def acknowledge(self, incoming: Incoming, chosen: Choice | None) -> None:
        """Tell the platform that a click was received; None is a click on a button that is not on offer any more."""

    async def send_outside_window(self, address: tuple[str, ...], part: Part) -> None:
        """Send something when the platform's window is closed; only what the platform allows then."""
        raise UndeliveredError(f"more than {self.limits.window_hours} h after the person's last message")

    # --- Rasa's side ------------------------------------------------------------------------------------------

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, as it stands in the tracker."""
        return cls.channel

    def get_output_channel(self) -> OutputChannel:
        """Return a channel for what the assistant says unasked, such as a reminder."""
        return MessagingOutput(self)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes. Messages go to the server's agent, under the conversation's lock."""
        blueprint = Blueprint(f"backstride_{self.channel}")
        for number, route in enumerate(self.routes()):
            blueprint.add_route(
                self._guarded(route.handler),
                route.path,
                methods=[route.method],
                stream=route.method == "POST",
                name=f"{route.method.lower()}_{number}",
            )
        if self.has_pictures:
            # Sanic marks the handlers that it is given, which a method cannot be.
            async def send_picture(request: Request, name: str) -> HTTPResponse:
                return await self._send_picture(request, name)

            blueprint.add_route(send_picture, "/pictures/<name>", methods=["GET", "HEAD"], name="pictures")
        refuse_bad_lengths(blueprint)
        blueprint.listener("before_server_start")(self._begin)
        # Here and not only in this project's own server: under plain `rasa run` too, reminders are sent.
        blueprint.listener("after_server_start")(self._keep_house)
        blueprint.listener("before_server_stop")(self._end)
        return blueprint

    async def _begin(self, app: Any, *_: Any) -> None:
        self._app = app

    async def _keep_house(self, app: Any, *_: Any) -> None:
        housekeeping.start(app)

    async def _end(self, *_: Any) -> None:
        if self._app is not None:
            await housekeeping.stop(self._app)
        await self.idle()
        await self.api.close()

    async def idle(self, timeout_s: float = DRAIN_S) -> None:
        """Wait until everything that was taken is answered and sent; what hangs is given up."""
        await self._turns.drain(timeout_s)
        await self._outbox.drain(timeout_s)

    # --- from a delivery to the assistant ---------------------------------------------------------------------

    async def accept(self, deliveries: Iterable[Incoming]) -> HTTPResponse:
        """Take what a delivery held and return "received", as soon as it is answered, or a little before.

        Until then the platform keeps it: what a crash interrupts is delivered again.

        Raises:
            Refusal: 503 while the model is being loaded.
        """
        agent = getattr(self._app.ctx, "agent", None) if self._app else None
        if agent is None or not agent.is_ready():
            raise Refusal(503, "starting")
        waiting = [future for incoming in deliveries if (future := self._take(agent, incoming)) is not None]
        if waiting:
            await asyncio.wait(waiting, timeout=self.options.answer_within_s)
        return empty_response(status=200)

    def _take(self, agent: Any, incoming: Incoming) -> asyncio.Future[None] | None:
        if not incoming.is_for_assistant or not self._is_new(incoming):
            return None
        conversation = incoming.conversation
        self._note_time(conversation)
        if self._pace.wait_s(conversation):
            self._say_too_fast(conversation)
            return None
        try:
            return self._turns.submit(conversation, lambda: self._turn(agent, incoming))
        except TooManyWaitingError:
            logger.error("A message was not taken (%s, incident %s): too many wait", self.channel, _incident())  # noqa: TRY400
            self._say_too_fast(conversation)
            return None

    def _say_too_fast(self, conversation: str) -> None:
        """Say that a message was not read, once a minute at most: what was in it may have been urgent."""
        if not self._pace_told.wait_s(conversation):
            self._enqueue(conversation, self.renderer.say(self.wording("chat_too_fast")))

    def was_taken(self, conversation: str, delivery: str) -> bool:
        """Return whether a delivery was taken since the start; for platforms that send a message's edit anew."""
        return (conversation, delivery) in self._taken

    def _is_new(self, incoming: Incoming) -> bool:
        mark = (incoming.conversation, incoming.delivery)
        if mark in self._taken:
            return False
        self._taken[mark] = None
        if len(self._taken) > _KEPT_DELIVERIES:
            self._taken.popitem(last=False)
        return True

    async def _turn(self, agent: Any, incoming: Incoming) -> None:
        out = MessagingOutput(self, is_holding=True)
        reading, has_failed = Reading(), False
        try:
            async with agent.lock_store.lock(incoming.conversation):
                tracker = await real_store(agent.tracker_store).retrieve(incoming.conversation)
                events = list(tracker.events) if tracker else []
                if _was_answered(events, incoming.delivery):
                    return
                if incoming.kind is Kind.EDITED and not await _has_warning_sign(agent, incoming.text):
                    return
                reading = self._reader.read(incoming, events)
                if reading.as_typed and await _has_warning_sign(agent, reading.as_typed):
                    reading = replace(reading, text=reading.as_typed, metadata={})
                if incoming.kind is Kind.CLICK:
                    self._acknowledge_later(incoming, reading.clicked)
                await asyncio.wait_for(self._answer(agent, incoming, reading, out), self.options.turn_timeout_s)
        except Exception as error:
            has_failed = True
            # The error's own text may hold the person's words; where it happened does not.
            logger.error(  # noqa: TRY400
                "A message was not answered (%s, incident %s): %s\n%s",
                self.channel,
                _incident(),
                type(error).__name__,
                "".join(traceback.format_tb(error.__traceback__)),
            )
        held = out.release()
        if has_failed and not held:
            held = [{"text": _calm_sentence(agent)}]
        # "No more reminders" may have been answered by the assistant itself.
        after = () if incoming.kind is Kind.STOP and held else reading.after
        parts = [*reading.before, *self.renderer.turn(held), *after]
        self._enqueue(incoming.conversation, sorted(parts, key=lambda part: not part.is_urgent))

    async def _answer(self, agent: Any, incoming: Incoming, reading: Reading, out: MessagingOutput) -> None:
        if incoming.kind is Kind.STOP and STOP_REMINDER in agent.domain.intents:
            tracker = await agent.processor.fetch_tracker_and_update_session(incoming.conversation, out)
            await agent.processor.trigger_external_user_uttered(STOP_REMINDER, None, tracker, out)
        if reading.text is None:
            return
        message = UserMessage(
            reading.text,
            out,
            incoming.conversation,
            input_channel=self.channel,
            message_id=incoming.delivery,
            metadata={"client_id": incoming.delivery, **reading.metadata},
        )
        await agent.processor.handle_message(message)
        if not out.held:
            tracker = await real_store(agent.tracker_store).retrieve(incoming.conversation)
            if tracker is None or not tracker.is_paused():
                logger.error("A message got no reply (%s, incident %s)", self.channel, _incident())
                out.held.append({"text": _calm_sentence(agent)})

    def _acknowledge_later(self, incoming: Incoming, chosen: Choice | None) -> None:
        # In the line of what is sent: a platform that is down must not hold the turn up.
        with contextlib.suppress(TooManyWaitingError):
            self._outbox.submit(incoming.conversation, lambda: self._acknowledge(incoming, chosen))

    async def _acknowledge(self, incoming: Incoming, chosen: Choice | None) -> None:
        try:
            await self.acknowledge(incoming, chosen)
        except UndeliveredError as error:
            logger.info("A click was not acknowledged (%s): %s", self.channel, error)

    # --- from the assistant to the platform -------------------------------------------------------------------

    def post(self, conversation: str, messages: Iterable[Mapping[str, Any]]) -> None:
        """Send messages of the assistant that answer nothing just said, in the conversation's order."""
        self._enqueue(conversation, (replace(part, is_unasked=True) for part in self.renderer.turn(messages)))

    def _enqueue(self, conversation: str, parts: Iterable[Part]) -> None:
        for part in parts:
            try:
                self._outbox.submit(conversation, lambda part=part: self._deliver(conversation, part))  # type: ignore[misc]
            except TooManyWaitingError:
                self.report_undelivered("too many wait")

    async def _deliver(self, conversation: str, part: Part) -> None:
        try:
            address = address_of(conversation)
            if await self._is_in_window(conversation):
                await self.send(address, part)
            else:
                await self.send_outside_window(address, part)
        except BlockedError as error:
            logger.info("A person does not take messages (%s): %s", self.channel, error)
        except (UndeliveredError, ValueError) as error:
            self.report_undelivered(str(error))
        except Exception as error:  # such as a tracker store that cannot be read; its own text may hold words
            self.report_undelivered(type(error).__name__)

    def report_undelivered(self, reason: str) -> None:
        """Log under an id that something did not arrive; the reason names no person and no words."""
        logger.error("A message was not delivered (%s, incident %s): %s", self.channel, _incident(), reason)

    async def _is_in_window(self, conversation: str) -> bool:
        hours = self.limits.window_hours
        if hours is None:
            return True
        heard = self._heard.get(conversation)
        agent = getattr(self._app.ctx, "agent", None) if self._app else None
        if heard is None and agent is not None:
            tracker = await real_store(agent.tracker_store).retrieve_full_tracker(conversation)
            events = reversed(list(tracker.events)) if tracker else ()
            heard = next((event.timestamp for event in events if _is_of_person(event)), None)
        return heard is not None and time.time() - heard < hours * _HOUR_S

    def _note_time(self, conversation: str) -> None:
        self._heard.pop(conversation, None)
        self._heard[conversation] = time.time()
        if len(self._heard) > _KEPT_DELIVERIES:
            self._heard.popitem(last=False)

    # --- HTTP -------------------------------------------------------------------------------------------------

    def _guarded(self, handler: Handler) -> Handler:
        """Return a handler that refuses calmly, and never shows an error's trace."""

        async def guarded(request: Request) -> HTTPResponse:
            try:
                return await handler(request)
            except Refusal as refusal:
                return refusal.response()
            except Exception as error:  # the platform would repeat for hours what fails each time
                logger.error(  # noqa: TRY400
                    "A delivery could not be read (%s, incident %s): %s\n%s",
                    self.channel,
                    _incident(),
                    type(error).__name__,
                    "".join(traceback.format_tb(error.__traceback__)),
                )
                return empty_response(status=200)

        return guarded

    async def _send_picture(self, _: Request, name: str) -> HTTPResponse:
        picture = await self._pictures.png(name)
        if picture is None:
            return Refusal(404, "not_found").response()
        headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return HTTPResponse(picture, headers=headers, content_type="image/png")


def _was_answered(events: Sequence[Any], delivery: str) -> bool:
    return any(
        isinstance(event, UserUttered) and (event.metadata or {}).get("client_id") == delivery for event in events
    )


def _is_of_person(event: Any) -> bool:
    # A reminder stands among the person's messages, marked like this by Rasa.
    return isinstance(event, UserUttered) and not (event.text or "").startswith("EXTERNAL: ")


async def _has_warning_sign(agent: Any, text: str) -> bool:
    """Return whether a text names a warning sign, or may do so."""
    parsed = await agent.parse_message(clean_text(text)[:MAX_TEXT])
    return any(flag.get("state") != "absent" for flag in parsed.get("red_flags") or ())


def _calm_sentence(agent: Any) -> str:
    variations = agent.domain.responses.get(Response.SOMETHING_WENT_WRONG) if agent.domain else None
    return str(variations[0].get("text", "")) if variations else ""


def _incident() -> str:
    return uuid.uuid4().hex[:8]
