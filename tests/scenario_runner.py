"""Hold the conversations of tests/scenarios; backstride/evaluation/scenarios.py describes their format."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import rasa.core.agent
from rasa.utils.endpoints import EndpointConfig

from backstride.evaluation import conversations
from backstride.evaluation.conversations import Conversation, Reply, ReplyCollector, differences, talk_through
from backstride.evaluation.scenarios import ExpectedTurn, Scenario, read_scenarios
from backstride.settings import ROOT

__all__ = [
    "FOLDER",
    "MODEL",
    "Conversation",
    "ExpectedTurn",
    "Reply",
    "ReplyCollector",
    "Scenario",
    "differences",
    "hold",
    "load_agent",
    "read_scenarios",
]

FOLDER = ROOT / "tests" / "scenarios"
MODEL = ROOT / "models" / "backstride.tar.gz"


async def load_agent(tracker_store: EndpointConfig | None = None) -> rasa.core.agent.Agent:
    """Load the model that serves.

    Args:
        tracker_store: where conversations are kept; in memory without it.
    """
    return await conversations.load_agent(MODEL, tracker_store)


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
    held = await talk_through(scenario, agent, restarted)
    if held.wrong:
        raise AssertionError(f"{held.wrong}\n\n{held.transcript}")
