"""What is sent: in each conversation's order, within the platform's window, and logged with an id where it fails."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, ClassVar, Protocol

from rasa.shared.core.events import UserUttered

from backstride.channels.assistant import new_incident
from backstride.channels.erasure import real_store
from backstride.channels.messaging.choices import Choice
from backstride.channels.messaging.delivery import BlockedError, UndeliveredError
from backstride.channels.messaging.incoming import Incoming, address_of
from backstride.channels.messaging.order import InOrder, TooManyWaitingError
from backstride.channels.messaging.render import Part

logger = logging.getLogger(__name__)

_MAX_WAITING = 200
_KEPT_TIMES = 20_000
_HOUR_S = 3600


class Platform(Protocol):
    """What the outbox asks of a platform's module; `MessagingChannel` says what each function does."""

    channel: ClassVar[str]

    async def send(self, address: tuple[str, ...], part: Part) -> None:
        """Send one piece."""

    async def send_outside_window(self, address: tuple[str, ...], part: Part) -> None:
        """Send something when the platform's window is closed."""

    async def acknowledge(self, incoming: Incoming, chosen: Choice | None) -> None:
        """Tell the platform that a click was received."""


class ReplyWindow:
    """Until when the platform lets the assistant write, after a person's last message.

    Args:
        hours: its length; None where the assistant may write at any time.
    """

    def __init__(self, hours: float | None) -> None:
        self._hours = hours
        self._heard: OrderedDict[str, float] = OrderedDict()

    def note(self, conversation: str) -> None:
        """Write down that a person wrote just now."""
        self._heard.pop(conversation, None)
        self._heard[conversation] = time.time()
        if len(self._heard) > _KEPT_TIMES:
            self._heard.popitem(last=False)

    async def is_open(self, conversation: str, agent: Any | None) -> bool:
        """Return whether the assistant may write now.

        Args:
            conversation: the key.
            agent: whose tracker store knows when a person wrote before this server started; None without one.
        """
        if self._hours is None:
            return True
        heard = self._heard.get(conversation)
        if heard is None and agent is not None:
            tracker = await real_store(agent.tracker_store).retrieve_full_tracker(conversation)
            events = reversed(list(tracker.events)) if tracker else ()
            heard = next((event.timestamp for event in events if _is_of_person(event)), None)
        return heard is not None and time.time() - heard < self._hours * _HOUR_S


class Outbox:
    """Sends for one channel.

    Args:
        platform: sends.
        window: the platform's.
        agent: returns the running assistant, or None.
    """

    def __init__(self, platform: Platform, window: ReplyWindow, agent: Callable[[], Any | None]) -> None:
        self._platform = platform
        self._window = window
        self._agent = agent
        self._lines = InOrder(max_waiting=_MAX_WAITING)

    def put(self, conversation: str, parts: Iterable[Part]) -> None:
        """Send parts after everything that was handed over for this conversation before."""
        for part in parts:
            self._submit(conversation, lambda part=part: self._deliver(conversation, part))  # type: ignore[misc]

    def acknowledge(self, incoming: Incoming, chosen: Choice | None) -> None:
        """Tell the platform of a click, in the line of what is sent: a platform that is down holds no turn up."""
        # Where the line is full, the answer to the click is reported.
        with contextlib.suppress(TooManyWaitingError):
            self._lines.submit(incoming.conversation, lambda: self._acknowledge(incoming, chosen))

    async def drain(self, timeout_s: float) -> None:
        """Wait until everything is sent; what is not sent in time is given up."""
        await self._lines.drain(timeout_s)

    def report_undelivered(self, reason: str) -> None:
        """Log under an id that something did not arrive; the reason names no person and no words."""
        channel = self._platform.channel
        logger.error("A message was not delivered (%s, incident %s): %s", channel, new_incident(), reason)

    def _submit(self, conversation: str, job: Callable[[], Awaitable[None]]) -> None:
        try:
            self._lines.submit(conversation, job)
        except TooManyWaitingError:
            self.report_undelivered("too many wait")

    async def _deliver(self, conversation: str, part: Part) -> None:
        try:
            address = address_of(conversation)
            if await self._window.is_open(conversation, self._agent()):
                await self._platform.send(address, part)
            else:
                await self._platform.send_outside_window(address, part)
        except BlockedError as error:
            logger.info("A person does not take messages (%s): %s", self._platform.channel, error)
        except (UndeliveredError, ValueError) as error:
            self.report_undelivered(str(error))
        except Exception as error:  # such as a tracker store that cannot be read; its own text may hold words
            self.report_undelivered(type(error).__name__)

    async def _acknowledge(self, incoming: Incoming, chosen: Choice | None) -> None:
        try:
            await self._platform.acknowledge(incoming, chosen)
        except UndeliveredError as error:
            logger.info("A click was not acknowledged (%s): %s", self._platform.channel, error)


def _is_of_person(event: Any) -> bool:
    # A reminder stands among the person's messages, marked like this by Rasa.
    return isinstance(event, UserUttered) and not (event.text or "").startswith("EXTERNAL: ")
