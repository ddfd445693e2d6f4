"""A Slack workspace with our server in it, as tests see it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import fake_slack
from chat import answered, no_wait
from fake_slack import FakeSlack, click, event, mention, signed, titles
from scripted_server import ScriptedAgent
from served import Served, serve

from backstride.channels.messaging.delivery import Api
from backstride.channels.messaging.slack import SlackChannel, is_temporary

PATH = "slack/webhook"


class Slack:
    """A workspace with our server in it."""

    def __init__(self, served: Served, platform: FakeSlack) -> None:
        self.served = served
        self.platform = platform

    def deliver(self, body: dict[str, Any], **headers: str) -> int:
        """Deliver an event, and return the status."""
        raw = json.dumps(body).encode()
        return self.served.post(PATH, raw, signed(raw) | headers).status_code

    def say(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """Write a direct message, and return what was posted in answer."""
        return self._after(lambda: self.deliver(event(text, **more)))

    def mention(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """Mention the assistant in a channel, and return what was posted in answer."""
        return self._after(lambda: self.deliver(mention(text, **more)))

    def tap(self, message: dict[str, Any], title: str, *, user: str = "U0ANN") -> list[dict[str, Any]]:
        """Tap a button, and return what was posted in answer."""
        raw = click(message, titles(message).index(title), user=user)
        headers = signed(raw) | {"Content-Type": "application/x-www-form-urlencoded"}
        return self._after(lambda: self.served.post(PATH, raw, headers).status_code)

    def _after(self, deliver: Callable[[], int]) -> list[dict[str, Any]]:
        return answered(self.served, self.platform, lambda: self.platform.posted, deliver)


def open_slack() -> Iterator[Slack]:
    platform = FakeSlack()
    served, stop = serve(
        lambda options: [
            SlackChannel(
                options,
                token=fake_slack.TOKEN,
                signing_secret=fake_slack.SECRET,
                api=Api(is_temporary=is_temporary, sleep=no_wait),
            )
        ],
        [platform],
        ScriptedAgent(),
    )
    yield Slack(served, platform)
    stop()


def words(messages: list[dict[str, Any]]) -> str:
    """All that was posted."""
    return "\n".join(block["text"]["text"] for m in messages for block in m["blocks"] if block["type"] == "section")
