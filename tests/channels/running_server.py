"""A server that runs, and what a test does with it."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

import requests
from scripted_server import ScriptedAgent

_ids = itertools.count()


@dataclass(frozen=True)
class Running:
    """Where it answers, and who answers there."""

    url: str
    agent: ScriptedAgent

    def begin(self) -> str:
        """Begin a conversation and return its token."""
        return str(requests.post(f"{self.url}/chat/conversation", timeout=120).json()["token"])

    def post(self, token: str, said: str = "hello", **body: Any) -> requests.Response:
        """Send a message."""
        body = {"id": f"message-{next(_ids)}", "text": said} | body
        body = {name: value for name, value in body.items() if value is not None}
        return requests.post(f"{self.url}/chat/messages", json=body, headers=bearer(token), timeout=120)

    def say(self, token: str, said: str = "hello", **body: Any) -> list[dict[str, Any]]:
        """Send a message and return the messages that answer it."""
        response = self.post(token, said, **body)
        assert response.status_code == 200, response.text
        lines = [json.loads(line) for line in response.text.splitlines()]
        assert lines[-1] == {"done": True}, lines
        return [line["message"] for line in lines[:-1]]

    def read(self, token: str, **params: str) -> dict[str, Any]:
        """Return the conversation as the widget loads it."""
        response = requests.get(f"{self.url}/chat/messages", headers=bearer(token), params=params, timeout=120)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}
