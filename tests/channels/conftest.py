"""A server with the real channel and the scripted assistant, in a thread of this process."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_server import Running
from sanic import Sanic
from scripted_server import ScriptedAgent, build_app

from backstride.channels.web import WebOptions

# Sanic rewrites its own methods when a server starts, for one server a process; so it can start several.
Sanic.test_mode = True
LIMITS = ("messages_per_minute", "address_messages_per_minute", "conversations_per_hour")
_names = itertools.count()


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
            thread.join(120)

        stops.append(stop)
        # A generous limit for a busy machine: nothing waits for it where all is well.
        assert started.wait(120), "the server did not start"
        return Running(url=f"http://127.0.0.1:{listener.getsockname()[1]}", agent=found["agent"])

    yield start_server
    for stop in stops:
        stop()


@pytest.fixture(scope="session")
def server(start: Callable[..., Running]) -> Running:
    """Return the server that most tests share."""
    return start()
