"""A server with the real channel and the scripted assistant, in a thread of this process."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sanic import Sanic
from scripted_server import ScriptedAgent, build_app

from backstride.channels.web import WebOptions

# Sanic rewrites its own methods when a server starts, for one server a process; so it can start several.
Sanic.test_mode = True
LIMITS = ("messages_per_minute", "address_messages_per_minute", "conversations_per_hour")
_names = itertools.count()


@dataclass(frozen=True)
class Running:
    """A server that runs, and what a test does with it."""

    url: str
    agent: ScriptedAgent

    def begin(self) -> str:
        """Begin a conversation and return its token."""
        return str(requests.post(f"{self.url}/chat/conversation", timeout=20).json()["token"])

    def post(self, token: str, said: str = "hello", **body: Any) -> requests.Response:
        """Send a message."""
        body = {"id": f"message-{next(_names)}", "text": said} | body
        body = {name: value for name, value in body.items() if value is not None}
        return requests.post(f"{self.url}/chat/messages", json=body, headers=bearer(token), timeout=20)

    def say(self, token: str, said: str = "hello", **body: Any) -> list[dict[str, Any]]:
        """Send a message and return the messages that answer it."""
        response = self.post(token, said, **body)
        assert response.status_code == 200, response.text
        lines = [json.loads(line) for line in response.text.splitlines()]
        assert lines[-1] == {"done": True}, lines
        return [line["message"] for line in lines[:-1]]

    def read(self, token: str, **params: str) -> dict[str, Any]:
        """Return the conversation as the widget loads it."""
        response = requests.get(f"{self.url}/chat/messages", headers=bearer(token), params=params, timeout=20)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where all servers of this run keep their key: they stand for several servers of one site."""
    return tmp_path_factory.mktemp("keys") / "web.key"


@pytest.fixture(scope="session")
def start(key_file: Path) -> Iterator[Callable[..., Running]]:
    """Return a function that starts servers; they are stopped at the end."""
    stops: list[Callable[[], None]] = []

    def start_server(*, agent: ScriptedAgent | None = None, cors: str = "", **options: Any) -> Running:
        generous = {
            "messages_per_minute": 10_000,
            "address_messages_per_minute": 10_000,
            "conversations_per_hour": 10_000,
        }
        settings = WebOptions.read({"key_file": str(key_file)} | generous | options)
        started = threading.Event()
        found: dict[str, Any] = {}

        listener = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            found["agent"] = agent or ScriptedAgent()
            app = build_app(found["agent"], settings, cors=cors, name=f"scripted-{next(_names)}")
            server = loop.run_until_complete(
                app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
            )
            loop.run_until_complete(server.startup())
            loop.run_until_complete(server.before_start())
            loop.run_until_complete(server.start_serving())
            found["loop"] = loop
            started.set()
            loop.run_forever()
            for connection in server.connections:
                connection.close()
            loop.run_until_complete(server.close())
            pending = asyncio.all_tasks(loop)
            for task in pending:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
            loop.close()
            listener.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def stop() -> None:
            found["loop"].call_soon_threadsafe(found["loop"].stop)
            thread.join(10)

        stops.append(stop)
        assert started.wait(10), "the server did not start"
        return Running(url=f"http://127.0.0.1:{listener.getsockname()[1]}", agent=found["agent"])

    yield start_server
    for stop in stops:
        stop()


@pytest.fixture(scope="session")
def server(start: Callable[..., Running]) -> Running:
    """Return the server that most tests share."""
    return start()
