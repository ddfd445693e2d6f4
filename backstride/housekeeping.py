"""What the server does by itself: erases conversations that were to be forgotten, asks reminders, ends what is old.

Everything that is still to do stands in the database, so nothing is lost when the server stops, and several servers
share the work.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from rasa.core.channels.channel import OutputChannel
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet

from backstride.channels.erasure import CannotEraseError, erase, real_store
from backstride.diary_file import load_diary_file
from backstride.diary_talk import Asking, DiaryState
from backstride.guided import Guided, put_down
from backstride.records import Records, RecordsError, shared_records
from backstride.reminder_talk import ReminderMessages
from backstride.reminders import MAX_UNANSWERED, Reminder, next_time
from backstride.retention import erase_old
from backstride.settings import read_settings
from backstride.vocabulary import ActionName, Led, Slot

logger = logging.getLogger(__name__)

TICK_S = 20.0
RETENTION_EVERY_S = 3600.0
# Nobody is asked in the middle of a talk: the reminder waits until it has been quiet for so long.
QUIET_S = 600.0

ChannelNamed = Callable[[str], OutputChannel | None]


class Housekeeping:
    """The server's own work.

    Args:
        agent: gives the agent that serves now; None while there is none.
        channel: gives the output channel of a name, or None where that channel is not open.
        records: the store.
        retention_days: days without a message after which everything is erased; 0 for never.
    """

    def __init__(
        self, agent: Callable[[], Any], channel: ChannelNamed, records: Records, *, retention_days: int
    ) -> None:
        self._agent = agent
        self._channel = channel
        self._records = records
        self._retention_days = retention_days
        self._reminders = ReminderMessages(load_diary_file().say)
        self._wake = asyncio.Event()
        self._erasing: set[asyncio.Task[None]] = set()
        self._last_retention = float("-inf")

    def look_now(self) -> None:
        """Do what is due at once instead of at the next tick."""
        self._wake.set()

    def erase_next(self, conversation: str) -> None:
        """Erase a conversation, where that was asked for, before its next message is read.

        Called while the message that asked is still being answered: who waits for the lock first gets it first.
        """
        agent = self._agent()
        if agent is None:
            return
        task = asyncio.get_running_loop().create_task(self._erase_if_asked(agent, conversation))
        self._erasing.add(task)
        task.add_done_callback(self._erasing.discard)

    async def _erase_if_asked(self, agent: Any, conversation: str) -> None:
        async with agent.lock_store.lock(conversation):
            try:
                if conversation in await asyncio.to_thread(self._records.erasures_asked):
                    await self._erase(agent, conversation)
            except Exception as error:
                # The next tick tries again; the error's own text may hold somebody's words.
                logger.error("An erasure waits for the next tick: %s", type(error).__name__)  # noqa: TRY400

    async def run(self) -> None:
        """Do what is due, again and again, until cancelled."""
        while True:
            self._wake.clear()
            await self.tick(datetime.now(timezone.utc))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK_S)

    async def tick(self, now: datetime) -> None:
        """Do what is due; what fails is logged and tried again at the next tick."""
        agent = self._agent()
        if agent is None or not agent.is_ready():
            return
        steps = [self._erase_asked(agent), self._remind(agent, now)]
        if time.monotonic() - self._last_retention >= RETENTION_EVERY_S:
            self._last_retention = time.monotonic()
            steps.append(self._end_what_is_old(agent, now))
        for step in steps:
            try:
                await step
            except RecordsError as error:
                logger.warning("Housekeeping waits for the database: %s", error)
            except Exception as error:
                # The error's own text may hold somebody's words.
                logger.error("Housekeeping failed: %s", type(error).__name__)  # noqa: TRY400

    async def _erase_asked(self, agent: Any) -> None:
        for conversation in await asyncio.to_thread(self._records.erasures_asked):
            # The lock waits for the message that asked for it to be answered and stored.
            async with agent.lock_store.lock(conversation):
                await self._erase(agent, conversation)

    async def _erase(self, agent: Any, conversation: str) -> None:
        """Erase a conversation whose lock is held."""
        try:
            await erase(agent.tracker_store, conversation)
        except CannotEraseError as error:
            logger.error("The tracker store %s cannot erase; a person asked for it.", error)  # noqa: TRY400
            return
        await asyncio.to_thread(self._records.erase, conversation)

    async def _end_what_is_old(self, agent: Any, now: datetime) -> None:
        if self._retention_days:
            before = now - timedelta(days=self._retention_days)
            erased = await erase_old(agent.tracker_store, self._records, before)
            if erased:
                logger.info("Erased %d conversations that were quiet for %d days", erased, self._retention_days)

    async def _remind(self, agent: Any, now: datetime) -> None:
        for reminder in await asyncio.to_thread(self._records.due, now):
            async with agent.lock_store.lock(reminder.conversation):
                await self._ask(agent, reminder, now)

    async def _ask(self, agent: Any, reminder: Reminder, now: datetime) -> None:
        store = real_store(agent.tracker_store)
        tracker = await store.retrieve(reminder.conversation)
        if tracker is None:
            # Nobody is there any more whom it could ask.
            await asyncio.to_thread(self._records.claim, reminder, None)
            return
        last = tracker.events[-1].timestamp if tracker.events else 0.0
        if now.timestamp() - last < QUIET_S:
            return
        is_last = reminder.unanswered + 1 >= MAX_UNANSWERED
        is_over = is_last or reminder.schedule.once
        following = None if is_over else next_time(reminder.schedule, now, last=reminder.next_at)
        channel = self._channel(reminder.channel)
        if channel is None:
            logger.warning("A reminder was not sent: the channel %r is not open", reminder.channel)
        # First taken, then sent: where the server stops in between, one question is missing; none comes twice.
        if not await asyncio.to_thread(self._records.claim, reminder, following) or channel is None:
            return
        answer = self._reminders.question(reminder, is_last=is_last and not reminder.schedule.once)
        said = BotUttered(answer.text, {"buttons": _buttons(answer)} if answer.buttons else {}, dict(answer.metadata))
        guided = Guided.from_json(tracker.get_slot(Slot.GUIDED))
        asking = DiaryState(asking=Asking.SCORE).as_json()
        opened = put_down(guided, Led.DIARY, asking, is_open=True)
        # As if the diary's own action had asked: the next number answers it.
        asked = [ActionExecuted(ActionName.LOG_DIARY), said, ActionExecuted(ACTION_LISTEN_NAME)]
        tracker.update_with_events([SlotSet(Slot.GUIDED, opened.as_json()), *asked], agent.domain)
        await store.save(tracker)
        await channel.send_response(reminder.conversation, said.message())


def _buttons(answer: Any) -> list[dict[str, str]]:
    return [{"title": button.title, "payload": button.payload} for button in answer.buttons]


def start(app: Any) -> None:
    """Begin the housekeeping of a server, once, whoever asks for it first."""
    if getattr(app.ctx, "housekeeping", None) is not None:
        return

    def channel_named(name: str) -> OutputChannel | None:
        channels = getattr(app.ctx, "input_channels", None) or []
        return next((channel.get_output_channel() for channel in channels if channel.name() == name), None)

    housekeeping = Housekeeping(
        lambda: getattr(app.ctx, "agent", None),
        channel_named,
        shared_records(),
        retention_days=read_settings().retention_days,
    )
    app.ctx.housekeeping = housekeeping
    app.ctx.housekeeping_task = asyncio.get_running_loop().create_task(housekeeping.run())


async def stop(app: Any) -> None:
    """End the housekeeping of a server."""
    task = getattr(app.ctx, "housekeeping_task", None)
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        app.ctx.housekeeping = app.ctx.housekeeping_task = None
