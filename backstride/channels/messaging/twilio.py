"""SMS and WhatsApp through Twilio (read on 2026-11-23).

Sources: https://www.twilio.com/docs/messaging/guides/webhook-request, https://www.twilio.com/docs/usage/security,
https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/api/errors/21610,
https://www.twilio.com/docs/api/errors/63016.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from sanic.request import Request
from sanic.response import HTTPResponse

from backstride.channels.messaging.authenticity import is_same_secret, read_body
from backstride.channels.messaging.channel import MessagingChannel, Route
from backstride.channels.messaging.credentials import ChannelOptions, read_options, secret
from backstride.channels.messaging.delivery import Api, BlockedError, UndeliveredError
from backstride.channels.messaging.dialects import WHATSAPP_TEXT, Dialect
from backstride.channels.messaging.incoming import Incoming, Kind, conversation_key
from backstride.channels.messaging.json_fields import text_at
from backstride.channels.messaging.platform_limits import SMS, WHATSAPP, Limits
from backstride.channels.messaging.render import Part
from backstride.channels.requests import Refusal

logger = logging.getLogger(__name__)

API_URL = "https://api.twilio.com"
SIGNATURE_HEADER = "X-Twilio-Signature"
# A phone number, or a short code, or a Messaging Service that chooses among numbers; Twilio's console shows WhatsApp's
# numbers with the prefix.
SENDER_PATTERN = r"(?:whatsapp:)?\+[1-9]\d{6,14}|\d{3,8}|MG[0-9a-f]{32}"
_PORTS = {"https": 443, "http": 80}
_MOST_FIELDS = 200
# A single word of these ends all SMS of a number to a person: Twilio itself refuses to send any more.
_OPT_OUT = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
# Twilio takes "yes" for one of these too and marks it OptOutType=START; it may answer a warning sign's question.
_OPT_IN = frozenset({"start", "unstop"})
_PERSON_DOES_NOT_WANT = {"21610"}
_FAILED = frozenset({"failed", "undelivered"})
_MEDIA: Mapping[str, Kind] = {"image": Kind.PHOTO, "audio": Kind.VOICE, "video": Kind.VIDEO}
_CONTACTS = frozenset({"text/vcard", "text/x-vcard"})
_RECEIVED = "<?xml version='1.0' encoding='UTF-8'?><Response></Response>"

Form = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsAppOptions(ChannelOptions):
    """Options of the WhatsApp channel.

    Args:
        reminder_template: the id (`HX…`) of a template that WhatsApp approved; it is sent in the place of a reminder
            once the person has been silent for 24 hours. Without one such a reminder is not sent.
    """

    reminder_template: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A Twilio account and the sender.

    Args:
        sid: the account's id.
        token: its auth token, which also signs Twilio's requests.
        sender: a number, or the id of a Messaging Service.
    """

    sid: str
    token: str
    sender: str


class _TwilioChannel(MessagingChannel):
    """What SMS and WhatsApp share."""

    prefix: ClassVar[str] = ""
    """What stands before a phone number in Twilio's addresses."""

    def __init__(self, options: ChannelOptions, account: Account, *, api: Api | None = None) -> None:
        super().__init__(options, api=api)
        self._account = account
        self._webhook = f"{options.public_url}/webhooks/{self.channel}/webhook"
        self._messages = f"{options.api_url or API_URL}/2010-04-01/Accounts/{account.sid}/Messages.json"
        login = base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()
        self._headers = {"Authorization": f"Basic {login}"}

    def routes(self) -> Sequence[Route]:
        """Return the webhook, for messages and for what became of ours."""
        return [Route("POST", "/webhook", self._receive)]

    async def _receive(self, request: Request) -> HTTPResponse:
        form = _form(await read_body(request))
        query = f"?{request.query_string}" if request.query_string else ""
        if not is_authentic(request.headers.get(SIGNATURE_HEADER), self._account.token, self._webhook + query, form):
            raise Refusal(403, "not_authentic")
        if _first(form, "AccountSid") not in {"", self._account.sid}:
            raise Refusal(403, "other_account")
        incoming = self.incoming(form)
        await self.accept([incoming] if incoming else [])
        return HTTPResponse(_RECEIVED, content_type="text/xml")

    def incoming(self, form: Form) -> Incoming | None:
        """Return the message that a request holds; news of our own messages hold none."""
        status = _first(form, "MessageStatus")
        if status:
            if status in _FAILED:
                code = _first(form, "ErrorCode")
                self.report_undelivered(f"Twilio says {status}, error {code if code.isdecimal() else 'unknown'}")
            return None
        sid, sender = _first(form, "MessageSid"), _first(form, "From")
        if not sender.startswith(self.prefix):
            # An answer would go to a number that WhatsApp does not know.
            self.report_undelivered(f"an SMS came to the {self.channel} webhook: see docs/channels/{self.channel}.md")
            return None
        sender = sender.removeprefix(self.prefix)
        if not sid or not sender:
            return None
        text = _first(form, "Body")
        return Incoming(
            conversation=conversation_key(self.channel, sender), delivery=sid, kind=self.kind(form, text), text=text
        )

    def kind(self, form: Form, text: str) -> Kind:
        """Return what a message is."""
        if _first(form, "OptOutType").casefold() == "stop":
            return Kind.STOP
        media = _first(form, "MediaContentType0").casefold()
        if _first(form, "NumMedia") not in {"", "0"} or media:
            return Kind.CONTACT if media in _CONTACTS else _MEDIA.get(media.partition("/")[0], Kind.FILE)
        if _first(form, "Latitude"):
            return Kind.LOCATION
        # WhatsApp's and Telegram's people know these from other bots.
        return {"/start": Kind.START, "/help": Kind.HELP, "/stop": Kind.STOP}.get(text.strip().casefold(), Kind.TEXT)

    async def send(self, address: tuple[str, ...], part: Part) -> None:
        """Send a text, or a picture with its caption."""
        form = {"Body": part.text} if part.text else {}
        if part.picture is not None:
            form["MediaUrl"] = part.picture.url
        await self.create_message(address, form)

    async def create_message(self, address: tuple[str, ...], form: Mapping[str, str]) -> None:
        """Make Twilio send a message.

        Raises:
            BlockedError: the person has opted out.
            UndeliveredError: Twilio did not take it.
        """
        sender = self._account.sender
        from_ = {"MessagingServiceSid": sender} if sender.startswith("MG") else {"From": f"{self.prefix}{sender}"}
        whole = {**from_, "To": f"{self.prefix}{address[0]}", "StatusCallback": self._webhook, **form}
        answer = await self.api.call("POST", self._messages, form=whole, headers=self._headers)
        if answer.is_ok:
            return
        code = text_at(answer.body, "code")
        if code in _PERSON_DOES_NOT_WANT:
            raise BlockedError(f"error {code}")
        # Twilio's own sentence names the person's number.
        raise UndeliveredError(f"status {answer.status}, error {code or 'unknown'}")


class SmsChannel(_TwilioChannel):
    """Open it in credentials.yml as `backstride.channels.messaging.twilio.SmsChannel`."""

    channel: ClassVar[str] = "sms"
    limits: ClassVar[Limits] = SMS
    has_pictures: ClassVar[bool] = False

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> SmsChannel:
        """Create the channel.

        Raises:
            SettingsError: an option or a secret is missing or wrong.
        """
        return cls(read_options(ChannelOptions, cls.channel, credentials), read_account(cls.channel, "TWILIO_SMS_FROM"))

    def kind(self, form: Form, text: str) -> Kind:
        """Return what a message is; Twilio acts on single words that end or begin all SMS before we see them."""
        word = text.strip().casefold()
        if word in _OPT_OUT and not _first(form, "OptOutType"):
            return Kind.STOP
        return Kind.START if word in _OPT_IN else super().kind(form, text)


class WhatsAppChannel(_TwilioChannel):
    """Open it in credentials.yml as `backstride.channels.messaging.twilio.WhatsAppChannel`."""

    channel: ClassVar[str] = "whatsapp"
    limits: ClassVar[Limits] = WHATSAPP
    dialect: ClassVar[Dialect] = WHATSAPP_TEXT
    prefix: ClassVar[str] = "whatsapp:"

    def __init__(self, options: WhatsAppOptions, account: Account, *, api: Api | None = None) -> None:
        super().__init__(options, account, api=api)
        self._template = options.reminder_template

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WhatsAppChannel:
        """Create the channel.

        Raises:
            SettingsError: an option or a secret is missing or wrong.
        """
        options = read_options(WhatsAppOptions, cls.channel, credentials)
        return cls(options, read_account(cls.channel, "TWILIO_WHATSAPP_FROM"))

    def kind(self, form: Form, text: str) -> Kind:
        """Return what a message is; a sticker is a picture of a type of its own."""
        if _first(form, "MediaContentType0").casefold() == "image/webp":
            return Kind.STICKER
        return super().kind(form, text)

    async def send_outside_window(self, address: tuple[str, ...], part: Part) -> None:
        """Send the approved template; the person's answer opens the window again."""
        if self._template is None or part.picture is not None:
            await super().send_outside_window(address, part)
        else:
            await self.create_message(address, {"ContentSid": self._template})


def read_account(channel: str, sender_variable: str) -> Account:
    """Return the account from the environment.

    Raises:
        SettingsError: a variable is missing or wrong.
    """
    return Account(
        sid=secret("TWILIO_ACCOUNT_SID", channel, pattern=r"AC[0-9a-fA-F]{32}"),
        token=secret("TWILIO_AUTH_TOKEN", channel, pattern=r"\S{16,}"),
        sender=secret(sender_variable, channel, pattern=SENDER_PATTERN).removeprefix("whatsapp:"),
    )


def is_authentic(signature: str | None, token: str, url: str, form: Form) -> bool:
    """Return whether Twilio signed a request.

    Args:
        signature: the header.
        token: the account's auth token.
        url: the address as Twilio called it: the public one, whatever a proxy made of it.
        form: the body's fields.
    """
    fields = "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    return any(
        is_same_secret(signature, _signature(token, f"{variant}{fields}")) for variant in _with_and_without_port(url)
    )


def _signature(token: str, text: str) -> str:
    # SHA-1 is Twilio's choice.
    digest = hmac.new(token.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _with_and_without_port(url: str) -> list[str]:
    """Return an address with its port and without: Twilio signs now the one, now the other."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or _PORTS.get(parts.scheme, 443)
    return [parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{port}").geturl()]


def _form(raw: bytes) -> Form:
    try:
        return parse_qs(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Refusal(400, "malformed") from error


def _first(form: Form, name: str) -> str:
    return (form.get(name) or [""])[0]
