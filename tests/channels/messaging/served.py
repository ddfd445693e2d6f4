"""A server with messaging channels, and the platforms that it answers to, in one thread of this process."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from aiohttp import web
from rasa.core.channels.channel import register
from sanic import Sanic

from backstride.channels.messaging.channel import MessagingChannel
from backstride.channels.messaging.credentials import ChannelOptions

_names = itertools.count()
MakeChannels = Callable[[ChannelOptions], Sequence[MessagingChannel]]


@dataclass
class Served:
    """The server, and where to reach it."""

    url: str
    channels: Sequence[MessagingChannel]
    agent: Any
    loop: asyncio.AbstractEventLoop

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        """Deliver something as a platform does."""
        return requests.post(f"{self.url}/webhooks/{path}", data=body, headers=headers, timeout=120)

    def settle(self) -> None:
        """Wait until everything that was delivered is answered, and every answer sent."""

        async def wait() -> None:
            for channel in self.channels:
                await channel._turns.drain(300)
                await channel._outbox.drain(300)

        asyncio.run_coroutine_threadsafe(wait(), self.loop).result(900)

    def run(self, work: Any) -> Any:
        """Run a coroutine in the server's loop and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(300)


def serve(make_channels: MakeChannels, platforms: Sequence[Any], agent: Any) -> tuple[Served, Callable[[], None]]:
    """Start a server, and return it with what stops it.

    Args:
        make_channels: makes the channels from options that hold both addresses.
        platforms: fakes with a method `routes` that adds their addresses to an application.
        agent: answers.
    """
    ours, theirs = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    url, api_url = (f"http://127.0.0.1:{listener.getsockname()[1]}" for listener in (ours, theirs))
    started = threading.Event()
    found: dict[str, Any] = {}

    async def begin(loop: asyncio.AbstractEventLoop) -> None:
        application = web.Application()
        for platform in platforms:
            platform.routes(application)
        found["runner"] = web.AppRunner(application)
        await found["runner"].setup()
        await web.SockSite(found["runner"], theirs).start()
        app = Sanic(f"messaging-{next(_names)}", configure_logging=False)
        options = ChannelOptions(public_url=url, api_url=api_url, messages_per_minute=100_000, turn_timeout_s=300)
        found["channels"] = list(make_channels(options))
        register(found["channels"], app, route="/webhooks/")
        app.ctx.agent = agent
        server = await app.create_server(sock=ours, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.before_start()
        await server.start_serving()
        found["server"] = server

    async def end() -> None:
        for connection in found["server"].connections:
            connection.close()
        await found["server"].close()
        for channel in found["channels"]:
            await channel._end()
        await found["runner"].cleanup()

    def run() -> None:
        loop = found["loop"] = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(begin(loop))
        except Exception as error:
            found["error"] = error
            return
        finally:
            started.set()
        loop.run_forever()
        loop.run_until_complete(end())
        _close(loop)

    Sanic.test_mode = True
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    # A generous limit for a busy machine: nothing waits for it where all is well.
    if not started.wait(120) or "error" in found:
        raise RuntimeError("the server did not start") from found.get("error")

    def stop() -> None:
        found["loop"].call_soon_threadsafe(found["loop"].stop)
        thread.join(120)
        for listener in (ours, theirs):
            listener.close()

    return Served(url=url, channels=found["channels"], agent=agent, loop=found["loop"]), stop


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Give up what still runs in a loop, and close it."""
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.close()
