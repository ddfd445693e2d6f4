"""One message and its answer, which is handed over while it is made."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import BotUttered

from backstride.channels.assistant import calm_sentence, new_incident, told_without_words
from backstride.channels.cards import Cards
from backstride.channels.history import Message, Transcript, answer_to, as_plain_text, clean_text, offered_last
from backstride.channels.requests import Refusal
from backstride.channels.web.stores import append_event, tracker_of
from backstride.reminders import zone_named
from backstride.vocabulary import Response

logger = logging.getLogger(__name__)

CHANNEL = "web"
_CLIENT_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_ZONE = re.compile(r"^[A-Za-z0-9_+/-]{1,64}$")

# What is said to one message, in its order; ends with None, or with the Refusal that broke it off.
Replies = asyncio.Queue[Message | Refusal | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said.

    Args:
        client_id: the id that the client gave the message; the same id is answered once.
        text: the typed words; empty where a button was pressed.
        button: the id of the button.
        zone: the browser's time zone, such as `Europe/London`; empty where it told none that there is.
    """

    client_id: str
    text: str = ""
    button: str | None = None
    zone: str = ""

    @classmethod
    def read(cls, body: Mapping[str, Any], *, max_text: int) -> Said:
        """Return what a request's body says.

        Raises:
            Refusal: 400 or 413.
        """
        client_id, text, button = body.get("id"), body.get("text"), body.get("button")
        zone = body.get("zone")
        # What the browser says of its clock; a name that is none is no reason to refuse a message.
        zone = zone if isinstance(zone, str) and _ZONE.match(zone) and zone_named(zone) else ""
        if not isinstance(client_id, str) or not _CLIENT_ID.match(client_id):
            raise Refusal(400, "malformed")
        if isinstance(button, str) and text is None:
            return cls(client_id=client_id, button=button, zone=zone)
        if not isinstance(text, str) or button is not None:
            raise Refusal(400, "malformed")
        text = clean_text(text)
        if not text:
            raise Refusal(400, "empty")
        if len(text) > max_text:
            raise Refusal(413, "too_long", limit=max_text)
        return cls(client_id=client_id, text=text, zone=zone)


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


class Turns:
    """Lets the assistant answer, each turn in a task of its own.

    Args:
        cards: draws the cards.
        with_links: returns a message of a conversation with the addresses of what it hands over.
        timeout_s: seconds that an answer may take.
    """

    def __init__(self, cards: Cards, with_links: Callable[[str, Message], Message], *, timeout_s: float) -> None:
        self._cards = cards
        self._with_links = with_links
        self._timeout_s = timeout_s
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, agent: Any, conversation: str, said: Said) -> Replies:
        """Let the assistant answer, and return where its replies arrive.

        The turn ends, and is stored, even where the client hangs up in the middle.
        """
        replies: Replies = asyncio.Queue()
        turn = asyncio.create_task(self._turn(agent, conversation, said, replies))
        self._running.add(turn)
        turn.add_done_callback(self._running.discard)
        return replies

    async def _turn(self, agent: Any, conversation: str, said: Said, replies: Replies) -> None:
        try:
            await asyncio.wait_for(self._answer(agent, conversation, said, replies), self._timeout_s)
            replies.put_nowait(None)
        except Refusal as refusal:
            replies.put_nowait(refusal)
        except Exception as error:  # the person gets a calm sentence whatever went wrong
            incident = new_incident()
            logger.error("A message was not answered (incident %s): %s", incident, told_without_words(error))  # noqa: TRY400
            code = "timeout" if isinstance(error, asyncio.TimeoutError) else "failed"
            # The widget has a sentence of its own for an empty one.
            replies.put_nowait(Refusal(503, code, incident=incident, text=calm_sentence(agent)))

    async def _answer(self, agent: Any, conversation: str, said: Said, replies: Replies) -> None:
        def hand_over(message: Message) -> None:
            replies.put_nowait(self._with_links(conversation, message))

        async with agent.lock_store.lock(conversation):
            tracker = await tracker_of(agent, conversation)
            events = list(tracker.events) if tracker else []
            before = answer_to(events, said.client_id, self._cards)
            if before is not None:
                for message in before:
                    hand_over(message)
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
            out = ReplyStream(hand_over, self._cards, said.client_id)
            await agent.processor.handle_message(
                UserMessage(text, out, conversation, input_channel=CHANNEL, metadata=metadata)
            )
            if not out.sent:
                await _say_something(agent, conversation, out)


async def _say_something(agent: Any, conversation: str, out: ReplyStream) -> None:
    """Say one calm sentence where the assistant said nothing, unless it was told to be silent."""
    tracker = await tracker_of(agent, conversation)
    if tracker is not None and tracker.is_paused():
        return
    logger.error("A message got no reply (incident %s)", new_incident())
    sentence = calm_sentence(agent)
    if sentence:
        said = BotUttered(sentence, metadata={"utter_action": Response.SOMETHING_WENT_WRONG})
        await out.send_response(conversation, said.message())
        await append_event(agent, conversation, said)
