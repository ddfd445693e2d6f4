"""The studio on a thread, and a person's requests to it."""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
import threading
from typing import Any

import requests
from sanic import Sanic

from backstride.studio.application import create_app
from backstride.studio.settings import StudioSettings

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"


class Running:
    """A studio that answers on a port of its own."""

    def __init__(self, settings: StudioSettings) -> None:
        # Else Sanic rewrites its own methods at the first start, and a second one in the same process fails.
        Sanic.test_mode = True
        self.app = create_app(settings, name=f"studio_{next(_numbers)}")
        self.studio = self.app.ctx.studio
        self._ready = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(300)

    def _run(self) -> None:
        loop = self._loop
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(
            self.app.create_server(sock=self._listener, return_asyncio_server=True, access_log=False)
        )
        loop.run_until_complete(server.startup())
        loop.run_until_complete(server.before_start())
        loop.run_until_complete(server.start_serving())
        self._ready.set()
        loop.run_forever()
        for connection in list(server.connections):
            connection.close()
        loop.run_until_complete(server.close())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(120)
        self._listener.close()

    def person(self, name: str = "Kim") -> Person:
        """Return somebody who is signed in; the first one sets the first password."""
        if name not in self.studio.people.names():
            self.studio.people.add(name, PASSWORD)
        person = Person(self)
        person.post("/sign-in", name=name, password=PASSWORD)
        return person


class Person:
    """A browser without a page: cookies, forms, the token of its session."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.session = requests.Session()

    def get(self, address: str, **options: Any) -> requests.Response:
        """Open a page."""
        return self.session.get(self.running.url + address, timeout=300, **options)

    def post(self, address: str, **fields: Any) -> requests.Response:
        """Send a form with the session's token."""
        data = {"csrf": self.csrf, **fields} if self.session.cookies else fields
        return self.session.post(self.running.url + address, data=data, timeout=300)

    @property
    def csrf(self) -> str:
        """The token that the pages carry."""
        match = re.search(r'<meta name="csrf" content="([^"]+)"', self.get("/audit").text)
        return match.group(1) if match else ""


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match, f"no field {name}"
    return match.group(1)
