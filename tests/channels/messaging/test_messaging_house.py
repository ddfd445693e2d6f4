"""A server on which only a messaging platform is open keeps house, started in whatever way: reminders are sent."""

from __future__ import annotations

import itertools
import socket
from typing import Any

import fake_telegram
import pytest
from rasa.core.channels.channel import register
from sanic import Sanic
from scripted_server import ScriptedAgent
from sqlalchemy.engine import make_url

from backstride import housekeeping
from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.telegram import TelegramChannel
from backstride.records import Records

_names = itertools.count()


async def test_house_is_kept_while_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    records = Records(make_url("sqlite://"))
    monkeypatch.setattr(housekeeping, "shared_records", lambda: records)
    options = ChannelOptions(public_url="https://back.example.org")
    channel = TelegramChannel(options, token=fake_telegram.TOKEN, secret_token=fake_telegram.SECRET)
    app: Any = Sanic(f"house-{next(_names)}", configure_logging=False)
    app.ctx.agent = ScriptedAgent()
    register([channel], app, route="/webhooks/")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.before_start()
        await server.after_start()
        try:
            assert isinstance(app.ctx.housekeeping, housekeeping.Housekeeping)
        finally:
            await server.before_stop()
            await server.close()
    assert app.ctx.housekeeping is None
