"""The assistant that runs in the server, as its channels see it: whether it is ready, what to say where it failed."""

from __future__ import annotations

import traceback
import uuid
from typing import Any

from backstride.vocabulary import Response


def ready_agent(app: Any) -> Any | None:
    """Return the server's agent, or None while its model is being loaded."""
    agent = getattr(app.ctx, "agent", None)
    return agent if agent is not None and agent.is_ready() else None


def calm_sentence(agent: Any) -> str:
    """Return the domain's sentence for a turn that failed; empty where it has none."""
    variations = agent.domain.responses.get(Response.SOMETHING_WENT_WRONG) if agent.domain else None
    return str(variations[0].get("text", "")) if variations else ""


def new_incident() -> str:
    """Return an id under which the log and the person's screen tell of the same failure."""
    return uuid.uuid4().hex[:8]


def told_without_words(error: BaseException) -> str:
    """Return an error's kind and where it happened; its own text may hold the person's words."""
    return f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"
