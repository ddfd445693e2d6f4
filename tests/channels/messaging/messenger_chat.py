"""A Facebook page with our server behind it, as tests see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import fake_messenger
import requests
from chat import answered, no_wait
from fake_messenger import FakeMessenger, delivery, said, signed
from scripted_server import ScriptedAgent
from served import Served, serve

from backstride.channels.messaging.delivery import Api
from backstride.channels.messaging.messenger import MessengerChannel, is_temporary

PATH = "messenger/webhook"


class Messenger:
    """A page with our server behind it."""

    def __init__(self, served: Served, platform: FakeMessenger) -> None:
        self.served = served
        self.platform = platform

    def deliver(self, body: dict[str, Any]) -> requests.Response:
        """Deliver something."""
        raw = json.dumps(body).encode()
        return self.served.post(PATH, raw, signed(raw))

    def say(self, *texts: str, **more: Any) -> list[dict[str, Any]]:
        """Write, and return what was sent in answer."""
        return self.happens(*(said(text, **more) for text in texts))

    def happens(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """Let something happen, and return what was sent in answer."""
        sent = answered(
            self.served,
            self.platform,
            lambda: self.platform.sent,
            lambda: self.deliver(delivery(*events)).status_code,
        )
        return [body["message"] for body in sent]


def open_messenger() -> Iterator[Messenger]:
    platform = FakeMessenger()
    served, stop = serve(
        lambda options: [
            MessengerChannel(
                options,
                token=fake_messenger.TOKEN,
                app_secret=fake_messenger.SECRET,
                verify_token=fake_messenger.VERIFY,
                api=Api(is_temporary=is_temporary, sleep=no_wait),
            )
        ],
        [platform],
        ScriptedAgent(),
    )
    yield Messenger(served, platform)
    stop()
