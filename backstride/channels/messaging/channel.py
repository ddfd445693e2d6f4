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
import logging
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import empty as empty_response

from backstride import housekeeping
from backstride.channels.assistant import new_incident, ready_agent, told_without_words
from backstride.channels.body_lengths import refuse_bad_lengths
from backstride.channels.cards import Cards
from backstride.channels.limits import RateLimit
from backstride.channels.messaging.choices import Choice
from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.delivery import Api, UndeliveredError
from backstride.channels.messaging.dialects import PLAIN, Dialect
from backstride.channels.messaging.incoming import Incoming
from backstride.channels.messaging.order import InOrder, TooManyWaitingError
from backstride.channels.messaging.outbox import Outbox, ReplyWindow
from backstride.channels.messaging.output import MessagingOutput
from backstride.channels.messaging.pictures import DRAWN, Pictures
from backstride.channels.messaging.platform_limits import Limits
from backstride.channels.messaging.reading import Reader
from backstride.channels.messaging.render import Part, Renderer
from backstride.channels.messaging.turns import Turns
from backstride.channels.requests import Refusal
from backstride.channels.site import PICTURES
from backstride.knowledge import load_knowledge
from backstride.wording import load_wording

logger = logging.getLogger(__name__)

DRAIN_S = 10.0
_MAX_WAITING = 20
_KEPT_DELIVERIES = 20_000

Handler = Callable[[Request], Awaitable[HTTPResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """An address below the channel's own, such as `webhook`, and who answers there."""

    method: str
    path: str
    handler: Handler


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
        self._pictures = Pictures(PICTURES, DRAWN)
        self._window = ReplyWindow(self.limits.window_hours)
        self._outbox = Outbox(self, self._window, self._agent)
        self._answers = Turns(
            self.channel,
            reader=Reader(self.renderer, self.wording, shortens=self.limits.short_text is not None),
            renderer=self.renderer,
            open_output=self._open_output,
            on_click=self._outbox.acknowledge,
            timeout_s=options.turn_timeout_s,
        )
        self._turns = InOrder(max_waiting=_MAX_WAITING)
        self._taken: OrderedDict[tuple[str, str], None] = OrderedDict()
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
        return self._open_output(is_holding=False)

    def _open_output(self, *, is_holding: bool) -> MessagingOutput:
        return MessagingOutput(self.channel, self.post, is_holding=is_holding)

    def _agent(self) -> Any | None:
        return ready_agent(self._app) if self._app is not None else None

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
        agent = self._agent()
        if agent is None:
            raise Refusal(503, "starting")
        waiting = [future for incoming in deliveries if (future := self._take(agent, incoming)) is not None]
        if waiting:
            await asyncio.wait(waiting, timeout=self.options.answer_within_s)
        return empty_response(status=200)

    def _take(self, agent: Any, incoming: Incoming) -> asyncio.Future[None] | None:
        if not incoming.is_for_assistant or not self._is_new(incoming):
            return None
        conversation = incoming.conversation
        self._window.note(conversation)
        if self._pace.wait_s(conversation):
            self._say_too_fast(conversation)
            return None
        try:
            return self._turns.submit(conversation, lambda: self._turn(agent, incoming))
        except TooManyWaitingError:
            logger.error("A message was not taken (%s, incident %s): too many wait", self.channel, new_incident())  # noqa: TRY400
            self._say_too_fast(conversation)
            return None

    def _say_too_fast(self, conversation: str) -> None:
        """Say that a message was not read, once a minute at most: what was in it may have been urgent."""
        if not self._pace_told.wait_s(conversation):
            self._outbox.put(conversation, self.renderer.say(self.wording("chat_too_fast")))

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
        self._outbox.put(incoming.conversation, await self._answers.answer(agent, incoming))

    # --- from the assistant to the platform -------------------------------------------------------------------

    def post(self, conversation: str, messages: Iterable[Mapping[str, Any]]) -> None:
        """Send messages of the assistant that answer nothing just said, in the conversation's order."""
        self._outbox.put(conversation, (replace(part, is_unasked=True) for part in self.renderer.turn(messages)))

    def report_undelivered(self, reason: str) -> None:
        """Log under an id that something did not arrive; the reason names no person and no words."""
        self._outbox.report_undelivered(reason)

    # --- HTTP -------------------------------------------------------------------------------------------------

    def _guarded(self, handler: Handler) -> Handler:
        """Return a handler that refuses calmly, and never shows an error's trace."""

        async def guarded(request: Request) -> HTTPResponse:
            try:
                return await handler(request)
            except Refusal as refusal:
                return refusal.response()
            except Exception as error:  # the platform would repeat for hours what fails each time
                told = told_without_words(error)
                logger.error("A delivery could not be read (%s, incident %s): %s", self.channel, new_incident(), told)  # noqa: TRY400
                return empty_response(status=200)

        return guarded

    async def _send_picture(self, _: Request, name: str) -> HTTPResponse:
        picture = await self._pictures.png(name)
        if picture is None:
            return Refusal(404, "not_found").response()
        headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return HTTPResponse(picture, headers=headers, content_type="image/png")
