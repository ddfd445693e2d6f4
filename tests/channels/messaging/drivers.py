"""A person with a telephone, the same on every platform: writes, taps or types a choice, reads what comes back."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

import fake_telegram
from fake_telegram import FakeTelegram
from fake_twilio import FakeTwilio, encoded, form_of, signed
from served import Served

from backstride.channels.messaging.telegram import SECRET_HEADER

_people = itertools.count(1)


@dataclass(frozen=True)
class Seen:
    """One message as a person sees it.

    Args:
        text: what it says.
        choices: the titles of its buttons, or the lines of its numbered menu.
        picture: the address of a picture in it, or "".
        raw: as the platform got it.
    """

    text: str
    choices: tuple[str, ...]
    picture: str
    raw: dict[str, Any]


class Driver(Protocol):
    """One person on one platform."""

    name: str

    def say(self, text: str) -> list[Seen]:
        """Write something; return all that comes back."""

    def choose(self, title: str) -> list[Seen]:
        """Tap the button with this title, or type its number; return all that comes back."""


class TelegramDriver:
    """Somebody on Telegram."""

    name = "telegram"

    def __init__(self, served: Served, platform: FakeTelegram) -> None:
        self._served, self._platform = served, platform
        self._person = {"id": 40_000 + next(_people), "is_bot": False, "first_name": "Bo"}
        self._last: list[Seen] = []

    def say(self, text: str) -> list[Seen]:
        """Write something; return all that comes back."""
        return self._deliver(fake_telegram.message(text, person=self._person))

    def choose(self, title: str) -> list[Seen]:
        """Tap a button."""
        shown = next(seen for seen in reversed(self._last) if title in seen.choices)
        return self._deliver(fake_telegram.click(shown.raw, title, person=self._person))

    def _deliver(self, update: dict[str, Any]) -> list[Seen]:
        before = len(self.received())
        raw = json.dumps(update).encode()
        assert self._served.post("telegram/webhook", raw, {SECRET_HEADER: fake_telegram.SECRET}).status_code == 200
        self._served.settle()
        assert not self._platform.problems, self._platform.problems
        self._last = self.received()[before:]
        return self._last

    def received(self) -> list[Seen]:
        """Return all that came back so far."""
        return [
            Seen(sent["shown"], tuple(fake_telegram.titles(sent)), sent.get("photo", ""), sent)
            for sent in list(self._platform.sent)
            if sent["chat_id"] == str(self._person["id"])
        ]


class TwilioDriver:
    """Somebody who writes SMS, or on WhatsApp."""

    def __init__(self, name: str, served: Served, platform: FakeTwilio) -> None:
        self.name = name
        self._served, self._platform = served, platform
        prefix = "whatsapp:" if name == "whatsapp" else ""
        self._person = f"{prefix}+4477009{next(_people):05d}"
        self._last: list[Seen] = []

    def say(self, text: str) -> list[Seen]:
        """Write something; return all that comes back."""
        before = len(self.received())
        form = form_of(text, sender=self._person)
        headers = signed(f"{self._served.url}/webhooks/{self.name}/webhook", form)
        assert self._served.post(f"{self.name}/webhook", encoded(form), headers).status_code == 200
        self._served.settle()
        assert not self._platform.problems, self._platform.problems
        self._last = self.received()[before:]
        return self._last

    def choose(self, title: str) -> list[Seen]:
        """Type the number of a choice."""
        numbers = [re.search(rf"^(\d+)\. {re.escape(title)}", seen.text, re.MULTILINE) for seen in self._last]
        number = next((found.group(1) for found in numbers if found), title)
        return self.say(number)

    def received(self) -> list[Seen]:
        """Return all that came back so far."""
        return [
            Seen(sent.get("Body", ""), _menu(sent.get("Body", "")), sent.get("MediaUrl", ""), sent)
            for sent in list(self._platform.sent)
            if sent["To"] == self._person
        ]


def _menu(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"^\d+\. (.+?)(?:: .*)?$", text, re.MULTILINE))
