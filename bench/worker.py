"""A process that holds one model, or the bare encoder, and answers lines of JSON on standard input.

python -m bench.worker encoder
python -m bench.worker agent MODEL ENDPOINTS ours|stock
"""

# ruff: noqa: PLC0415  # the process loads only what it serves, in the order that is measured
from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from backstride.later import import_later
from backstride.settings import set_library_defaults
from backstride.vocabulary import Intent

# So many messages make a conversation; then another begins.
TURNS = 10


def main() -> None:
    """Answer each line until standard input ends."""
    set_library_defaults()
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    started = time.perf_counter()
    if sys.argv[1] == "encoder":
        asyncio.run(_serve(_Encoder(), answers, started))
    else:
        model, endpoints, kind = sys.argv[2:]
        asyncio.run(_serve_agent(Path(model), Path(endpoints), answers, started, is_ours=kind == "ours"))


async def _serve_agent(model: Path, endpoints: Path, answers: IO[str], started: float, *, is_ours: bool) -> None:
    if is_ours:
        import_later()
    from rasa.core.agent import load_agent
    from rasa.core.utils import AvailableEndpoints

    from backstride.logs import configure_logging

    configure_logging("warning")
    available = AvailableEndpoints.read_endpoints(str(endpoints))
    if is_ours:
        from backstride.lean_rasa import make_rasa_lean
        from backstride.server import InProcessActions

        make_rasa_lean()
        available.action = InProcessActions()
    agent = await load_agent(str(model), endpoints=available)
    await _serve(_Agent(agent), answers, started)


async def _serve(served: _Encoder | _Agent, answers: IO[str], started: float) -> None:
    load_s = time.perf_counter() - started
    for line in sys.stdin:
        question = json.loads(line)
        match question["do"]:
            case "load":
                answer: dict[str, Any] = {"seconds": load_s}
            case "parse":
                answer = await served.parse(question["texts"])
            case "handle":
                answer = await served.handle(question["texts"], question["conversation"])
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


class _Encoder:
    """The encoder's forward pass alone: of the message, and of the message with its clauses."""

    def __init__(self) -> None:
        from backstride.language.encoder import shared_encoder

        self._encoder = shared_encoder()

    async def parse(self, texts: Sequence[str]) -> dict[str, Any]:
        return {"ms": [self._milliseconds([text]) for text in texts]}

    async def handle(self, texts: Sequence[str], _: str) -> dict[str, Any]:
        from backstride.language.clauses import clauses_of

        milliseconds = []
        for text in texts:
            clauses = [clause.text for clause in clauses_of(text)]
            milliseconds.append(self._milliseconds([text, *(clauses if len(clauses) > 1 else [])]))
        return {"ms": milliseconds}

    def _milliseconds(self, texts: list[str]) -> float:
        started = time.perf_counter()
        self._encoder.encode(texts)
        return (time.perf_counter() - started) * 1000


class _Agent:
    """A Rasa agent: reading a message alone, and the whole turn."""

    def __init__(self, agent: Any) -> None:
        self._agent = agent

    async def parse(self, texts: Sequence[str]) -> dict[str, Any]:
        milliseconds, readings = [], []
        for text in texts:
            started = time.perf_counter()
            parsed = await self._agent.parse_message(text)
            milliseconds.append((time.perf_counter() - started) * 1000)
            readings.append(reading_of(parsed))
        return {"ms": milliseconds, "readings": readings}

    async def handle(self, texts: Sequence[str], conversation: str) -> dict[str, Any]:
        milliseconds, acted, empty = [], [], 0
        for turn, text in enumerate(texts):
            sender = f"{conversation}-{turn // TURNS}"
            started = time.perf_counter()
            replies = await self._agent.handle_text(text, sender_id=sender)
            milliseconds.append((time.perf_counter() - started) * 1000)
            acted.append(await self._has_acted(sender))
            empty += not replies
        return {"ms": milliseconds, "empty": empty, "acted": acted}

    async def _has_acted(self, sender: str) -> bool:
        """Return whether the last message of a conversation ran a custom action."""
        tracker = await self._agent.tracker_store.retrieve(sender)
        custom = {name for name in self._agent.domain.user_actions if not name.startswith("utter_")}
        names: set[str] = set()
        for event in reversed(tracker.events):
            if event.type_name == "user":
                break
            names.add(getattr(event, "action_name", None) or "")
        return not custom.isdisjoint(names)


def reading_of(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return what `bench.scores.Reading` needs of what Rasa made of a message.

    Rasa's FallbackClassifier puts itself at the head of the ranking; the readings behind it are what was read.
    """
    ranking = [row for row in parsed.get("intent_ranking") or [] if row["name"] != Intent.NLU_FALLBACK]
    if not ranking:
        return {"ranking": (Intent.NLU_FALLBACK,), "confidence": 0.0, "rejected": True}
    return {
        "ranking": tuple(row["name"] for row in ranking),
        "confidence": float(ranking[0]["confidence"]),
        "rejected": parsed["intent"]["name"] == Intent.NLU_FALLBACK,
    }


if __name__ == "__main__":
    main()
