"""A telephone that writes to our server by SMS or on WhatsApp, as tests see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

from chat import answered, no_wait
from fake_twilio import ANN, AUTH_TOKEN, NUMBER, SID, FakeTwilio, encoded, form_of, signed
from scripted_server import ScriptedAgent
from served import Served, serve

from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.twilio import Account, SmsChannel, WhatsAppChannel, WhatsAppOptions

ACCOUNT = Account(sid=SID, token=AUTH_TOKEN, sender=NUMBER)
# A proxy stands before the server: Twilio signs its address, not the server's own.
PUBLIC = "https://back.example.org"
TEMPLATE = "HX" + "0" * 32


class Twilio:
    """A telephone that writes to our server: by SMS, or on WhatsApp."""

    def __init__(self, served: Served, platform: FakeTwilio, channel: str) -> None:
        self.served = served
        self.platform = platform
        self.name = channel
        self.path = f"{channel}/webhook"
        self.prefix = "whatsapp:" if channel == "whatsapp" else ""
        self.channel = next(c for c in served.channels if c.name() == channel)

    def deliver(self, form: dict[str, str], **more: str) -> int:
        """Deliver a request, and return the status."""
        headers = signed(f"{PUBLIC}/webhooks/{self.path}", form) | more
        return self.served.post(self.path, encoded(form), headers).status_code

    def answers(self, *forms: dict[str, str]) -> list[str]:
        """Deliver requests, and return the texts that were sent in answer."""
        return [sent.get("Body", "") for sent in self.sent(*forms)]

    def sent(self, *forms: dict[str, str]) -> list[dict[str, str]]:
        """Deliver requests, and return what was sent in answer."""
        deliveries = (partial(self.deliver, form) for form in forms)
        return answered(self.served, self.platform, lambda: self.platform.sent, *deliveries)

    def form(self, text: str = "", *, sender: str = ANN, **more: str) -> dict[str, str]:
        """Return what Twilio delivers."""
        return form_of(text, sender=f"{self.prefix}{sender}", **more)

    def say(self, text: str, **more: str) -> list[str]:
        """Write a message, and return the texts that were sent in answer."""
        return self.answers(self.form(text, **more))


def open_twilio() -> Iterator[tuple[Served, FakeTwilio]]:
    platform = FakeTwilio()

    def make(options: ChannelOptions) -> list[Any]:
        # Pictures are fetched from the server itself; signatures are made for the public address.
        given = asdict(options)
        channels = [
            SmsChannel(options, ACCOUNT),
            WhatsAppChannel(WhatsAppOptions(**given, reminder_template=TEMPLATE), ACCOUNT),
        ]
        for channel in channels:
            channel.api._sleep = no_wait
            channel._webhook = channel._webhook.replace(options.public_url or "", PUBLIC)
        return channels

    running, stop = serve(make, [platform], ScriptedAgent())
    yield running, platform
    stop()


def fresh_twilio(running: Served, platform: FakeTwilio, channel: str) -> Twilio:
    running.settle()
    for left in (platform.sent, platform.problems, platform.faults, platform.opted_out, platform.silent):
        left.clear()
    return Twilio(running, platform, channel)
