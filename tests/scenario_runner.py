"""Read whole conversations from YAML and hold them with the trained model and the real actions.

A scenario file is a list of conversations:

    - name: heat, then how often
      turns:
      - user: "is a hot water bottle any good"
        bot: ["towel", "15 to 20 minutes"]    # all of these stand in what the person reads, capitals aside
        not_bot: ["lactic acid builds"]       # none of these does
        knowledge: [relief.heat]              # these ids are among the metadata of the reply
        buttons: ["Why?"]                     # buttons with these titles are offered
        urgency: routine                      # a message carries this urgency
        red_flags: [persistent]               # these warning signs are among the metadata
      - tap: "Why?"                           # taps a button that the last reply offered
        bot: ["dulls the feeling"]
      - restart: true                         # the server is started again; the conversation goes on
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rasa.core.agent
from pydantic import root_validator
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from backstride.checked_yaml import FrozenModel, YamlList, YamlMap, check, line_of
from backstride.errors import KnowledgeError, Problem
from backstride.server import InProcessActions
from backstride.settings import ROOT

FOLDER = ROOT / "tests" / "scenarios"
MODEL = ROOT / "models" / "backstride.tar.gz"

_senders = itertools.count(1)


class ExpectedTurn(FrozenModel):
    """What a person does, and what the reply must and must not hold."""

    user: str | None = None
    tap: str | None = None
    restart: bool = False
    bot: tuple[str, ...] = ()
    not_bot: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    urgency: str | None = None
    red_flags: tuple[str, ...] = ()

    @root_validator(skip_on_failure=True)
    @classmethod
    def _does_one_thing(cls, values: dict[str, Any]) -> dict[str, Any]:
        done = [name for name in ("user", "tap", "restart") if values[name]]
        told = [name for name in ("bot", "knowledge", "urgency", "red_flags") if values[name]]
        if len(done) != 1:
            raise ValueError("write one of 'user', 'tap' and 'restart: true'")
        if values["restart"] and (told or values["not_bot"] or values["buttons"]):
            raise ValueError("a restart says nothing: expect the words at the turn after it")
        if not values["restart"] and not told:
            raise ValueError("say what the reply must hold: 'bot', 'knowledge', 'urgency' or 'red_flags'")
        return values


class _ExpectedConversation(FrozenModel):
    name: str
    turns: tuple[ExpectedTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One conversation of a file, with the lines (from 1) at which its turns stand."""

    path: Path
    name: str
    turns: tuple[ExpectedTurn, ...]
    lines: tuple[int, ...]

    @property
    def id(self) -> str:
        """Its name in a test report."""
        return f"{self.path.parent.name}/{self.path.stem}: {self.name}"


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Return the conversations of a file.

    Raises:
        KnowledgeError: with all mistakes, each with file, line and mend.
    """
    problems: list[Problem] = []
    scenarios: list[Scenario] = []
    for place, node in enumerate(nodes := _conversations(path)):
        line = line_of(nodes, (place,))
        if not isinstance(node, YamlMap):
            problems.append(_wrong(path, line, "this is no conversation", "write 'name:' and 'turns:'"))
            continue
        name = str(node.get("name", ""))
        read, found = check(_ExpectedConversation, node, path=path, entry=name, line=line)
        problems += found
        if read is None:
            continue
        lines = tuple(line_of(node, ("turns", turn)) for turn in range(len(read.turns)))
        if name in {scenario.name for scenario in scenarios}:
            problems.append(_wrong(path, line, f"{name!r} stands here a second time", "give it another name"))
        if not read.turns or read.turns[0].tap or read.turns[0].restart:
            problems.append(_wrong(path, line, f"{name!r} does not begin with words", "begin with a 'user' turn"))
        scenarios.append(Scenario(path=path, name=name, turns=read.turns, lines=lines))
    if problems:
        raise KnowledgeError(problems)
    return tuple(scenarios)


def _conversations(path: Path) -> YamlList:
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        mend = "check the indentation, the quotes and the colons of this line and the one above"
        raise KnowledgeError([_wrong(path, line, f"this is not YAML ({error.problem})", mend)]) from error
    conversations = _with_lines(document)
    if not isinstance(conversations, YamlList):
        raise KnowledgeError([_wrong(path, 1, "this is no list of conversations", "begin each with '- name:'")])
    return conversations


def _with_lines(node: Any) -> Any:
    """Turn ruamel's values, which know their lines from 0, into those that `check` names the lines of."""
    if isinstance(node, CommentedMap):
        mapping = YamlMap(((key, _with_lines(value)) for key, value in node.items()), line=node.lc.line + 1)
        mapping.lines = {key: node.lc.key(key)[0] + 1 for key in node}
        return mapping
    if isinstance(node, CommentedSeq):
        items = YamlList(map(_with_lines, node), line=node.lc.line + 1)
        items.lines = [node.lc.item(index)[0] + 1 for index in range(len(node))]
        return items
    return node


def _wrong(path: Path, line: int, wrong: str, mend: str) -> Problem:
    return Problem(path=path, line=line, entry="", wrong=wrong, mend=mend)


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


class ReplyCollector(OutputChannel):
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


async def load_agent(tracker_store: EndpointConfig | None = None) -> rasa.core.agent.Agent:
    """Load the trained model as `backstride serve` does: with the actions in this process.

    Args:
        tracker_store: where conversations are kept; in memory without it.
    """
    endpoints = AvailableEndpoints(
        action=InProcessActions(),
        tracker_store=tracker_store,
        lock_store=EndpointConfig(type="backstride.locks.OneProcessLockStore"),
    )
    agent = await rasa.core.agent.load_agent(str(MODEL), endpoints=endpoints)
    if not agent.is_ready():
        raise RuntimeError(f"{MODEL} could not be loaded; run 'make train'.")
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


async def hold(
    scenario: Scenario,
    agent: rasa.core.agent.Agent,
    restarted: Callable[[], Awaitable[rasa.core.agent.Agent]] | None = None,
) -> None:
    """Hold a conversation and check each reply.

    Args:
        scenario: the conversation.
        agent: the agent to talk to.
        restarted: gives the agent of a server that was started again, for a conversation with a restart in it.

    Raises:
        AssertionError: a reply is not as expected; the message holds the place and the talk so far.
    """
    __tracebackhide__ = True
    talk = Conversation(agent)
    transcript: list[str] = []
    for turn, line in zip(scenario.turns, scenario.lines, strict=True):
        if turn.restart:
            if restarted is None:
                raise AssertionError(f"{scenario.path}:{line}: this conversation cannot be restarted here")
            talk.agent = await restarted()
            transcript.append("-- restart --")
            continue
        if turn.tap is not None and turn.tap not in talk.last.buttons:
            wrong = [f"there is no button {turn.tap!r} to tap; there are {list(talk.last.buttons)}"]
        else:
            reply = await (talk.tap(turn.tap) if turn.tap is not None else talk.say(str(turn.user)))
            transcript += [
                f"> {turn.user or f'[{turn.tap}]'}",
                reply.text,
                f"  {list(reply.buttons)} {reply.knowledge}",
            ]
            wrong = list(differences(turn, reply))
        if wrong:
            told = "\n".join(transcript)
            raise AssertionError(f"{scenario.path}:{line}: {'; '.join(wrong)}\n\n{told}")


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
