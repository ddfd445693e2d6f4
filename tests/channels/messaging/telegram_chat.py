"""A chat with our bot on Telegram, as tests see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from chat import answered, no_wait
from fake_telegram import SECRET, TOKEN, FakeTelegram, message
from served import Served, serve

from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.telegram import SECRET_HEADER, TelegramChannel

PATH = "telegram/webhook"


class Telegram:
    """A chat with our bot in it."""

    def __init__(self, served: Served, platform: FakeTelegram) -> None:
        self.served = served
        self.platform = platform

    def deliver(self, body: dict[str, Any], **headers: str) -> int:
        """Deliver an update, and return the status."""
        raw = json.dumps(body).encode()
        return self.served.post(PATH, raw, {SECRET_HEADER: SECRET} | headers).status_code

    def answers(self, *updates: dict[str, Any]) -> list[dict[str, Any]]:
        """Deliver updates, and return what was sent in answer."""
        deliveries = (partial(self.deliver, update) for update in updates)
        return answered(self.served, self.platform, lambda: self.platform.sent, *deliveries)

    def say(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """Write a message, and return what was sent in answer."""
        return self.answers(message(text, **more))


def open_telegram(agent: Any) -> Iterator[Telegram]:
    platform = FakeTelegram()

    def make(options: ChannelOptions) -> list[TelegramChannel]:
        channel = TelegramChannel(options, token=TOKEN, secret_token=SECRET)
        channel.api._sleep = no_wait
        return [channel]

    served, stop = serve(make, [platform], agent)
    yield Telegram(served, platform)
    stop()


def person(number: int) -> dict[str, Any]:
    """Return somebody who has not written yet."""
    return {"id": 5_000 + number, "is_bot": False, "first_name": "Bo"}
