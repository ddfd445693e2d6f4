"""Hold whole conversations with a trained model and the real actions."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rasa.core.agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig

from backstride.evaluation.scenarios import ExpectedTurn, Scenario
from backstride.lean_rasa import make_answers_lean
from backstride.model_store import ModelError
from backstride.records import in_memory, share
from backstride.server import InProcessActions

_senders = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Reply:
    """All that the assistant sent in one turn.

    Args:
        text: what the person reads, one message a paragraph.
        buttons: title to payload, in the order in which they are offered.
        knowledge: ids of the entries that the messages name in their metadata.
        metadata: everything else that the messages carry beside text and buttons.
    """

    text: str
    buttons: Mapping[str, str]
    knowledge: tuple[str, ...]
    metadata: tuple[Mapping[str, Any], ...]


class ReplyCollector(OutputChannel):  # type: ignore[misc]  # Rasa ships no types
    """An output channel that keeps what a person would see; Rasa hands a message's metadata over beside its text."""

    def __init__(self) -> None:
        self._messages: list[Mapping[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return "scenario"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message as it came."""
        self._messages.append(dict(message))

    @property
    def reply(self) -> Reply:
        """All that was sent so far as one reply."""
        buttons: dict[str, str] = {}
        knowledge: dict[str, None] = {}
        for message in self._messages:
            buttons |= {button["title"]: button["payload"] for button in message.get("buttons") or ()}
            knowledge |= dict.fromkeys(message.get("knowledge") or ())
        return Reply(
            "\n\n".join(message["text"] for message in self._messages if message.get("text")),
            buttons,
            tuple(knowledge),
            tuple({k: v for k, v in message.items() if k not in {"text", "buttons"}} for message in self._messages),
        )


async def load_agent(model: Path, tracker_store: EndpointConfig | None = None) -> rasa.core.agent.Agent:
    """Load a trained model as `backstride serve` does: with the actions in this process.

    Args:
        model: the model's file.
        tracker_store: where conversations are kept; in memory without it.

    Raises:
        ModelError: it could not be loaded.
    """
    # More than half of what a turn takes, else; the server does the same.
    make_answers_lean()
    # What is tried out here writes into nobody's diary.
    share(in_memory())
    endpoints = AvailableEndpoints(
        action=InProcessActions(),
        tracker_store=tracker_store,
        lock_store=EndpointConfig(type="backstride.locks.OneProcessLockStore"),
    )
    agent = await rasa.core.agent.load_agent(str(model), endpoints=endpoints)
    if not agent.is_ready():
        raise ModelError(f"{model} could not be loaded; the log says why.")
    return agent


class Conversation:
    """One person's talk with an agent."""

    def __init__(self, agent: rasa.core.agent.Agent, sender: str | None = None) -> None:
        """Begin a conversation, or go on with that of a sender."""
        self.agent = agent
        self.sender = sender or f"scenario-{next(_senders)}"
        self.last = Reply("", {}, (), ())

    async def say(self, text: str) -> Reply:
        """Send a message and return all that came back."""
        channel = ReplyCollector()
        await self.agent.handle_message(UserMessage(text, channel, self.sender, input_channel="scenario"))
        self.last = channel.reply
        return self.last

    async def tap(self, title: str) -> Reply:
        """Tap a button of the last reply.

        Raises:
            KeyError: it offered no such button.
        """
        return await self.say(self.last.buttons[title])


@dataclass(frozen=True, slots=True)
class Held:
    """How a conversation went.

    Args:
        wrong: the place and in what the reply differed, "" where all replies were as expected.
        transcript: what was said until then.
        turns: how many replies were given.
    """

    wrong: str
    transcript: str
    turns: int


async def talk_through(
    scenario: Scenario,
    agent: rasa.core.agent.Agent,
    restarted: Callable[[], Awaitable[rasa.core.agent.Agent]] | None = None,
) -> Held:
    """Hold a conversation up to the first reply that is not as expected.

    Args:
        scenario: the conversation.
        agent: the agent to talk to.
        restarted: gives the agent of a server that was started again, for a conversation with a restart in it.
    """
    talk = Conversation(agent)
    transcript: list[str] = []
    turns = 0
    for turn, line in zip(scenario.turns, scenario.lines, strict=True):
        if turn.restart:
            if restarted is None:
                return Held(f"{scenario.path}:{line}: this conversation cannot be restarted here", "", turns)
            talk.agent = await restarted()
            transcript.append("-- restart --")
            continue
        if turn.tap is not None and turn.tap not in talk.last.buttons:
            wrong = [f"there is no button {turn.tap!r} to tap; there are {list(talk.last.buttons)}"]
        else:
            reply = await (talk.tap(turn.tap) if turn.tap is not None else talk.say(str(turn.user)))
            turns += 1
            transcript += [
                f"> {turn.user or f'[{turn.tap}]'}",
                reply.text,
                f"  {list(reply.buttons)} {reply.knowledge}",
            ]
            wrong = list(differences(turn, reply))
        if wrong:
            return Held(f"{scenario.path}:{line}: {'; '.join(wrong)}", "\n".join(transcript), turns)
    return Held("", "\n".join(transcript), turns)


def differences(turn: ExpectedTurn, reply: Reply) -> Iterator[str]:
    """Yield in what a reply differs from what was expected."""
    text = _plain(reply.text)
    if not text:
        yield "the reply is empty"
    yield from (f"{fragment!r} is missing" for fragment in turn.bot if _plain(fragment) not in text)
    yield from (f"{fragment!r} must not be there" for fragment in turn.not_bot if _plain(fragment) in text)
    yield from (f"the metadata lack {entry}" for entry in turn.knowledge if entry not in reply.knowledge)
    yield from (f"no button {title!r}" for title in turn.buttons if title not in reply.buttons)
    urgencies = [message["urgency"] for message in reply.metadata if "urgency" in message]
    if turn.urgency is not None and turn.urgency not in urgencies:
        yield f"the urgency is {urgencies or 'not given'}, expected {turn.urgency}"
    named = {flag for message in reply.metadata for flag in message.get("red_flags", ())}
    yield from (f"the red flag {flag} is not named" for flag in turn.red_flags if flag not in named)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
