"""A person on Slack and a person on Messenger, who do what those of `drivers` do."""

from __future__ import annotations

import itertools
import json
from typing import Any

import fake_messenger
import fake_slack
from drivers import Seen
from fake_messenger import FakeMessenger
from fake_slack import FakeSlack
from served import Served

_people = itertools.count(1)


class SlackDriver:
    """Somebody who writes to the app directly."""

    name = "slack"

    def __init__(self, served: Served, platform: FakeSlack) -> None:
        self._served, self._platform = served, platform
        number = next(_people)
        self._user, self._channel = f"U{number:05d}", f"D{number:05d}"
        self._last: list[Seen] = []

    def say(self, text: str) -> list[Seen]:
        """Write something; return all that comes back."""
        body = fake_slack.event(text, user=self._user, channel=self._channel)
        raw = json.dumps(body).encode()
        return self._deliver(raw, fake_slack.signed(raw))

    def choose(self, title: str) -> list[Seen]:
        """Tap a button."""
        shown = next(seen for seen in reversed(self._last) if title in seen.choices)
        raw = fake_slack.click(shown.raw, shown.choices.index(title), user=self._user)
        return self._deliver(raw, fake_slack.signed(raw) | {"Content-Type": "application/x-www-form-urlencoded"})

    def received(self) -> list[Seen]:
        """Return all that came back so far."""
        return [_seen_on_slack(message) for message in self._platform.to(self._channel)]

    def _deliver(self, raw: bytes, headers: dict[str, str]) -> list[Seen]:
        before = len(self.received())
        assert self._served.post("slack/webhook", raw, headers).status_code == 200
        self._served.settle()
        assert not self._platform.problems, self._platform.problems
        self._last = self.received()[before:]
        return self._last


class MessengerDriver:
    """Somebody who writes to the page."""

    name = "messenger"

    def __init__(self, served: Served, platform: FakeMessenger) -> None:
        self._served, self._platform = served, platform
        self._person = str(70_000 + next(_people))
        self._last: list[Seen] = []

    def say(self, text: str) -> list[Seen]:
        """Write something; return all that comes back."""
        return self._deliver(fake_messenger.said(text, person=self._person))

    def choose(self, title: str) -> list[Seen]:
        """Tap the button whose title, or the beginning of it, this is."""
        for seen in reversed(self._last):
            for reply in fake_messenger.buttons(seen.raw):
                shown = reply["title"].partition(". ")[2] or reply["title"]
                if title.startswith(shown.removesuffix("…")):
                    return self._deliver(fake_messenger.tapped(reply, person=self._person))
        raise KeyError(title)

    def received(self) -> list[Seen]:
        """Return all that came back so far."""
        return [_seen_on_messenger(message) for message in self._platform.to(self._person)]

    def _deliver(self, event: dict[str, Any]) -> list[Seen]:
        before = len(self.received())
        raw = json.dumps(fake_messenger.delivery(event)).encode()
        assert self._served.post("messenger/webhook", raw, fake_messenger.signed(raw)).status_code == 200
        self._served.settle()
        assert not self._platform.problems, self._platform.problems
        self._last = self.received()[before:]
        return self._last


def _seen_on_slack(message: dict[str, Any]) -> Seen:
    blocks = message["blocks"]
    text = "\n".join(block["text"]["text"] for block in blocks if block["type"] == "section")
    picture = next((block["image_url"] for block in blocks if block["type"] == "image"), "")
    return Seen(text, tuple(fake_slack.titles(message)), picture, message)


def _seen_on_messenger(message: dict[str, Any]) -> Seen:
    attachment = message.get("attachment", {})
    picture = attachment["payload"]["url"] if attachment.get("type") == "image" else ""
    titles = tuple(reply["title"] for reply in fake_messenger.buttons(message))
    return Seen(fake_messenger.words(message), titles, picture, message)
