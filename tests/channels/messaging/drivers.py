"""A person with a telephone, the same on every platform: writes, taps or types a choice, reads what comes back."""

from __future__ import annotations

import itertools
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import fake_messenger
import fake_slack
import fake_telegram
from chat import answered
from fake_messenger import FakeMessenger
from fake_slack import FakeSlack
from fake_telegram import FakeTelegram
from fake_twilio import AUTH_TOKEN, NUMBER, SID, FakeTwilio, encoded, form_of, signed
from served import Served, serve

from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.messenger import MessengerChannel
from backstride.channels.messaging.slack import SlackChannel
from backstride.channels.messaging.telegram import SECRET_HEADER, TelegramChannel
from backstride.channels.messaging.twilio import Account, SmsChannel, WhatsAppChannel, WhatsAppOptions

ALL = ("telegram", "slack", "messenger", "sms", "whatsapp")
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


class Person(ABC):
    """One person on one platform."""

    name: str

    def __init__(self, served: Served, platform: Any) -> None:
        self._served, self._platform = served, platform
        self._number = next(_people)
        self._last: list[Seen] = []

    @abstractmethod
    def say(self, text: str) -> list[Seen]:
        """Write something; return all that comes back."""

    @abstractmethod
    def choose(self, title: str) -> list[Seen]:
        """Tap the button with this title, or type its number; return all that comes back."""

    @abstractmethod
    def received(self) -> list[Seen]:
        """Return all that came back so far."""

    def _deliver(self, raw: bytes, headers: dict[str, str]) -> list[Seen]:
        path = f"{self.name}/webhook"
        self._last = answered(
            self._served, self._platform, self.received, lambda: self._served.post(path, raw, headers).status_code
        )
        return self._last

    def _showing(self, title: str) -> Seen:
        return next(seen for seen in reversed(self._last) if title in seen.choices)


class OnTelegram(Person):
    """Somebody on Telegram."""

    name = "telegram"

    def say(self, text: str) -> list[Seen]:
        return self._update(fake_telegram.message(text, person=self._me))

    def choose(self, title: str) -> list[Seen]:
        return self._update(fake_telegram.click(self._showing(title).raw, title, person=self._me))

    def received(self) -> list[Seen]:
        return [
            Seen(sent["shown"], tuple(fake_telegram.titles(sent)), sent.get("photo", ""), sent)
            for sent in list(self._platform.sent)
            if sent["chat_id"] == str(self._me["id"])
        ]

    @property
    def _me(self) -> dict[str, Any]:
        return {"id": 40_000 + self._number, "is_bot": False, "first_name": "Bo"}

    def _update(self, update: dict[str, Any]) -> list[Seen]:
        return self._deliver(json.dumps(update).encode(), {SECRET_HEADER: fake_telegram.SECRET})


class OnSlack(Person):
    """Somebody who writes to the app directly."""

    name = "slack"

    def say(self, text: str) -> list[Seen]:
        raw = json.dumps(fake_slack.event(text, user=self._user, channel=self._channel)).encode()
        return self._deliver(raw, fake_slack.signed(raw))

    def choose(self, title: str) -> list[Seen]:
        shown = self._showing(title)
        raw = fake_slack.click(shown.raw, shown.choices.index(title), user=self._user)
        return self._deliver(raw, fake_slack.signed(raw) | {"Content-Type": "application/x-www-form-urlencoded"})

    def received(self) -> list[Seen]:
        return [_seen_on_slack(message) for message in self._platform.to(self._channel)]

    @property
    def _user(self) -> str:
        return f"U{self._number:05d}"

    @property
    def _channel(self) -> str:
        return f"D{self._number:05d}"


class OnMessenger(Person):
    """Somebody who writes to the page."""

    name = "messenger"

    def say(self, text: str) -> list[Seen]:
        return self._event(fake_messenger.said(text, person=self._me))

    def choose(self, title: str) -> list[Seen]:
        """Tap the button whose title, or the beginning of it, this is."""
        for seen in reversed(self._last):
            for reply in fake_messenger.buttons(seen.raw):
                shown = reply["title"].partition(". ")[2] or reply["title"]
                if title.startswith(shown.removesuffix("…")):
                    return self._event(fake_messenger.tapped(reply, person=self._me))
        raise KeyError(title)

    def received(self) -> list[Seen]:
        return [_seen_on_messenger(message) for message in self._platform.to(self._me)]

    @property
    def _me(self) -> str:
        return str(70_000 + self._number)

    def _event(self, event: dict[str, Any]) -> list[Seen]:
        raw = json.dumps(fake_messenger.delivery(event)).encode()
        return self._deliver(raw, fake_messenger.signed(raw))


class OnTelephone(Person):
    """Somebody who writes SMS, or on WhatsApp."""

    def __init__(self, name: str, served: Served, platform: FakeTwilio) -> None:
        super().__init__(served, platform)
        self.name = name

    def say(self, text: str) -> list[Seen]:
        form = form_of(text, sender=self._me)
        headers = signed(f"{self._served.url}/webhooks/{self.name}/webhook", form)
        return self._deliver(encoded(form), headers)

    def choose(self, title: str) -> list[Seen]:
        """Type the number of a choice."""
        numbers = [re.search(rf"^(\d+)\. {re.escape(title)}", seen.text, re.MULTILINE) for seen in self._last]
        return self.say(next((found.group(1) for found in numbers if found), title))

    def received(self) -> list[Seen]:
        return [
            Seen(sent.get("Body", ""), _menu(sent.get("Body", "")), sent.get("MediaUrl", ""), sent)
            for sent in list(self._platform.sent)
            if sent["To"] == self._me
        ]

    @property
    def _me(self) -> str:
        prefix = "whatsapp:" if self.name == "whatsapp" else ""
        return f"{prefix}+4477009{self._number:05d}"


class Everywhere:
    """All five platforms with one server of ours behind them."""

    def __init__(self, served: Served, platforms: dict[str, Any]) -> None:
        self._served, self._platforms = served, platforms

    def meet(self, channel: str) -> Person:
        """Return somebody new on a platform."""
        kinds = {"telegram": OnTelegram, "slack": OnSlack, "messenger": OnMessenger}
        if channel in kinds:
            return kinds[channel](self._served, self._platforms[channel])
        return OnTelephone(channel, self._served, self._platforms["twilio"])


@contextmanager
def open_everywhere(agent: Any) -> Iterator[Everywhere]:
    """Start the platforms and the server."""
    platforms = {
        "telegram": FakeTelegram(),
        "slack": FakeSlack(),
        "messenger": FakeMessenger(),
        "twilio": FakeTwilio(),
    }
    account = Account(sid=SID, token=AUTH_TOKEN, sender=NUMBER)

    def make(options: ChannelOptions) -> list[Any]:
        secrets = {"app_secret": fake_messenger.SECRET, "verify_token": fake_messenger.VERIFY}
        return [
            TelegramChannel(options, token=fake_telegram.TOKEN, secret_token=fake_telegram.SECRET),
            SlackChannel(options, token=fake_slack.TOKEN, signing_secret=fake_slack.SECRET),
            MessengerChannel(options, token=fake_messenger.TOKEN, **secrets),
            SmsChannel(options, account),
            WhatsAppChannel(WhatsAppOptions(**asdict(options)), account),
        ]

    served, stop = serve(make, list(platforms.values()), agent)
    try:
        yield Everywhere(served, platforms)
    finally:
        stop()


def _menu(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"^\d+\. (.+?)(?:: .*)?$", text, re.MULTILINE))


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
