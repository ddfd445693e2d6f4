"""Facebook Messenger: messages to a page, its quick replies and buttons, through the Send API.

Sources: https://developers.facebook.com/docs/messenger-platform/webhooks,
https://developers.facebook.com/docs/messenger-platform/reference/send-api,
https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies,
https://developers.facebook.com/docs/messenger-platform/send-messages/template/button,
https://developers.facebook.com/docs/messenger-platform/reference/send-api/error-codes,
https://developers.facebook.com/docs/messenger-platform/policy/policy-overview
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import text as text_response

from backstride.channels.messaging.authenticity import hmac_sha256_hex, is_same_secret, read_body
from backstride.channels.messaging.channel import MessagingChannel, Route
from backstride.channels.messaging.credentials import ChannelOptions, read_options, secret
from backstride.channels.messaging.delivery import Api, ApiAnswer, BlockedError, UndeliveredError
from backstride.channels.messaging.incoming import Incoming, Kind, conversation_key
from backstride.channels.messaging.json_fields import items_at, mapping_at, text_at
from backstride.channels.messaging.platform_limits import MESSENGER
from backstride.channels.messaging.render import Label, Part
from backstride.channels.messaging.split import split_text
from backstride.channels.requests import Refusal, read_json_object

CHANNEL = "messenger"
API_URL = "https://graph.facebook.com"
# Usable for two years after the next one came: https://developers.facebook.com/docs/graph-api/guides/versioning
VERSION = "v25.0"
# What the "Get started" button sends; `backstride connect messenger` sets it.
GET_STARTED = "start"
# A button template: its buttons stay, while quick replies go with the next message.
TEMPLATE_BUTTONS = 3
TEMPLATE_TEXT = 640
_MAX_CHALLENGE = 200
_COMMANDS = {"/start": Kind.START, "/help": Kind.HELP, "/stop": Kind.STOP}
_ATTACHMENTS = {
    "image": Kind.PHOTO,
    "audio": Kind.VOICE,
    "video": Kind.VIDEO,
    "file": Kind.FILE,
    "location": Kind.LOCATION,
    "reel": Kind.VIDEO,
    "ig_reel": Kind.VIDEO,
}
# Codes of errors that pass: 1 and 2 and 1200 something temporary; 4, 17, 32 and 613 too many calls.
_TEMPORARY = frozenset({1, 2, 4, 17, 32, 613, 1200})
# Codes and subcodes of people who are not there for us: gone, blocked us, or never wrote to this page.
_GONE = frozenset({(551, None), (100, 2018001), (200, 1545041)})


def is_temporary(answer: ApiAnswer) -> bool:
    """Return whether Facebook says in the body of an error that it may work later."""
    error = mapping_at(answer.body, "error")
    # 1 with a subcode is a fault of the request.
    return error.get("code") in _TEMPORARY and not (error.get("code") == 1 and error.get("error_subcode"))


class MessengerChannel(MessagingChannel):
    """Open it in credentials.yml as `backstride.channels.messaging.messenger.MessengerChannel`.

    Args:
        options: as all messaging channels have them.
        token: of the page, from MESSENGER_PAGE_TOKEN.
        app_secret: from MESSENGER_APP_SECRET; signs deliveries and our calls.
        verify_token: from MESSENGER_VERIFY_TOKEN; shown by Facebook when the webhook is set.
        api: calls Facebook.
    """

    channel = CHANNEL
    limits = MESSENGER

    def __init__(
        self, options: ChannelOptions, *, token: str, app_secret: str, verify_token: str, api: Api | None = None
    ) -> None:
        super().__init__(options, api=api or Api(is_temporary=is_temporary))
        self._app_secret = app_secret
        self._verify_token = verify_token
        # In a header, not in the address: addresses end up in logs.
        self._headers = {"Authorization": f"Bearer {token}"}
        proof = hmac_sha256_hex(app_secret, token.encode())
        self._messages_url = f"{options.api_url or API_URL}/{VERSION}/me/messages?appsecret_proof={proof}"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> MessengerChannel:
        """Create the channel from credentials.yml and the environment.

        Raises:
            SettingsError: an option or a secret is missing or cannot be used.
        """
        return cls(
            read_options(ChannelOptions, CHANNEL, credentials),
            token=secret("MESSENGER_PAGE_TOKEN", CHANNEL),
            app_secret=secret("MESSENGER_APP_SECRET", CHANNEL, pattern=r"\S{16,}"),
            verify_token=secret("MESSENGER_VERIFY_TOKEN", CHANNEL, pattern=r"\S{16,}"),
        )

    def routes(self) -> Sequence[Route]:
        """Return the one address for the handshake and for deliveries."""
        return [Route("GET", "/webhook", self._shake_hands), Route("POST", "/webhook", self._receive)]

    # --- what arrives -----------------------------------------------------------------------------------------

    async def _shake_hands(self, request: Request) -> HTTPResponse:
        """Answer the handshake that Facebook makes when the webhook is set."""
        if request.args.get("hub.mode") != "subscribe" or not is_same_secret(
            request.args.get("hub.verify_token"), self._verify_token
        ):
            raise Refusal(403, "not_authentic")
        challenge = (request.args.get("hub.challenge") or "")[:_MAX_CHALLENGE]
        return text_response(challenge, headers={"X-Content-Type-Options": "nosniff"})

    async def _receive(self, request: Request) -> HTTPResponse:
        raw = await read_body(request)
        signature = request.headers.get("X-Hub-Signature-256")
        if not is_same_secret(signature, f"sha256={hmac_sha256_hex(self._app_secret, raw)}"):
            raise Refusal(401, "not_authentic")
        return await self.accept(list(read_delivery(read_json_object(raw))))

    # --- what is sent -----------------------------------------------------------------------------------------

    async def send(self, address: tuple[str, ...], part: Part) -> None:
        """Send a message to a person who wrote within the last 24 hours."""
        kind = "UPDATE" if part.is_unasked else "RESPONSE"
        for message in messages_of(part):
            body = {"recipient": {"id": address[0]}, "messaging_type": kind, "message": message}
            answer = await self.api.call("POST", self._messages_url, json_body=body, headers=self._headers)
            if not answer.is_ok:
                raise _failure(answer)


def _failure(answer: ApiAnswer) -> UndeliveredError:
    error = mapping_at(answer.body, "error")
    code, subcode = error.get("code"), error.get("error_subcode")
    reason = f"error {text_at(error, 'code') or '?'}/{text_at(error, 'error_subcode') or '-'}, status {answer.status}"
    is_gone = (code, None) in _GONE or (code, subcode) in _GONE
    return BlockedError(reason) if is_gone else UndeliveredError(reason)


def messages_of(part: Part) -> list[dict[str, Any]]:
    """Return a part as the Send API's messages: one, or a long referral's text before its buttons."""
    if part.picture is not None:
        image = {"attachment": {"type": "image", "payload": {"url": part.picture.url, "is_reusable": True}}}
        return [image, *([{"text": part.text}] if part.text else [])]
    if not part.buttons:
        return [{"text": part.text}]
    if part.is_urgent and len(part.buttons) <= TEMPLATE_BUTTONS:
        # Other messages may follow a referral: its buttons must outlive them.
        *before, last = split_text(part.text, TEMPLATE_TEXT)
        return [*({"text": text} for text in before), _template(last, part.buttons)]
    replies = [{"content_type": "text", "title": button.title, "payload": button.id} for button in part.buttons]
    return [{"text": part.text, "quick_replies": replies}]


def _template(text: str, buttons: Sequence[Label]) -> dict[str, Any]:
    postbacks = [{"type": "postback", "title": button.title, "payload": button.id} for button in buttons]
    payload = {"template_type": "button", "text": text, "buttons": postbacks}
    return {"attachment": {"type": "template", "payload": payload}}


def read_delivery(body: Mapping[str, Any]) -> Iterator[Incoming]:
    """Return what people did, of all that one delivery holds; reports on our own messages are left out."""
    if body.get("object") != "page":
        return
    for entry in items_at(body, "entry"):
        # What a person at the page's inbox has taken over stands in "standby" and is not ours.
        for event in items_at(entry, "messaging"):
            incoming = _read(event)
            if incoming is not None:
                yield incoming


def _read(event: Mapping[str, Any]) -> Incoming | None:
    person = text_at(event, "sender", "id")
    if not person.isascii() or not person.isdecimal():
        return None
    conversation = conversation_key(CHANNEL, person[:64])
    postback = mapping_at(event, "postback")
    if postback:
        return _read_postback(conversation, postback, text_at(event, "timestamp"))
    edit = mapping_at(event, "message_edit")
    if text_at(edit, "mid"):
        return Incoming(
            conversation=conversation,
            delivery=f"{text_at(edit, 'mid')}/edited/{text_at(edit, 'num_edit')}",
            kind=Kind.EDITED,
            text=text_at(edit, "text"),
        )
    message = mapping_at(event, "message")
    identity = text_at(message, "mid")
    if not identity or message.get("is_echo") or message.get("is_deleted"):
        return None
    text = text_at(message, "text").strip()
    button = text_at(message, "quick_reply", "payload")
    if button:
        return Incoming(conversation=conversation, delivery=identity, kind=Kind.CLICK, button=button, text=text)
    kind = _COMMANDS.get(text.casefold()) or _kind_of_attachments(message)
    return Incoming(
        conversation=conversation,
        delivery=identity,
        kind=kind,
        text="" if kind in _COMMANDS.values() else text,
    )


def _read_postback(conversation: str, postback: Mapping[str, Any], at: str) -> Incoming:
    payload = text_at(postback, "payload")
    # Older deliveries name no message.
    identity = text_at(postback, "mid") or f"postback/{at}/{payload}"
    if payload == GET_STARTED:
        return Incoming(conversation=conversation, delivery=identity, kind=Kind.START)
    return Incoming(conversation=conversation, delivery=identity, kind=Kind.CLICK, button=payload)


def _kind_of_attachments(message: Mapping[str, Any]) -> Kind:
    attachments = items_at(message, "attachments")
    if not attachments:
        return Kind.TEXT
    if text_at(attachments[0], "payload", "sticker_id") or text_at(message, "sticker_id"):
        return Kind.STICKER
    kind = text_at(attachments[0], "type")
    if kind == "fallback" and text_at(message, "text"):
        # The preview of a link in a text.
        return Kind.TEXT
    return _ATTACHMENTS.get(kind, Kind.OTHER)
