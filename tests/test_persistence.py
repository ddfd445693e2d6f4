"""A conversation goes on after the server was killed: everything that it needs stands in the tracker store."""

from __future__ import annotations

import asyncio
import textwrap
from pathlib import Path
from typing import Any

import pytest
from rasa.utils.endpoints import EndpointConfig
from scenario_runner import hold, load_agent, read_scenarios

CONVERSATION = """
- name: killed in the middle of a list and of a question
  turns:
    - user: what causes back ache after a run
      bot: ["5."]
      knowledge: [cause.general]
    - user: asdfgh
      bot: [did not get that]
    - restart: true
    - user: lkjhgf
      bot: [still did not get that]
    - user: the third one
      bot: [not lactic acid]
      knowledge: [cause.too_much_exercise]
    - user: can you show me a stretch for lower back
      bot: [checks before any exercise]
      buttons: [None of these]
    - restart: true
    - tap: None of these
      bot: [Go to a mild pull]
      knowledge: [relief.stretching]
    - user: "2"
      bot: [knees roll]
      knowledge: [exercise.knee_rolls]
"""


@pytest.mark.filterwarnings(
    # Only the garbage collector closes what a killed server left open.
    "ignore:unclosed database:ResourceWarning"
)
def test_a_conversation_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    file = tmp_path / "conversation.yml"
    file.write_text(textwrap.dedent(CONVERSATION), encoding="utf-8")
    (scenario,) = read_scenarios(file)
    store = EndpointConfig(
        type="backstride.conversation_store.ConversationStore", dialect="sqlite", db=str(tmp_path / "conversations.db")
    )

    async def restarted() -> Any:
        return await load_agent(store)

    async def talk() -> None:
        await hold(scenario, await restarted(), restarted)

    asyncio.run(talk())
