"""Telegram: https://core.telegram.org/bots/api (read on 2026-11-23)."""

from __future__ import annotations

import html
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sanic.request import Request
from sanic.response import HTTPResponse

from backstride.channels.messaging.authenticity import is_same_secret, read_body
from backstride.channels.messaging.channel import MessagingChannel, Route
from backstride.channels.messaging.choices import Choice
from backstride.channels.messaging.credentials import ChannelOptions, read_options, secret
from backstride.channels.messaging.delivery import Api, ApiAnswer, BlockedError, UndeliveredError
from backstride.channels.messaging.dialects import TELEGRAM_HTML, Dialect
from backstride.channels.messaging.incoming import Incoming, Kind, conversation_key
from backstride.channels.messaging.json_fields import items_at, mapping_at, text_at, value_at
from backstride.channels.messaging.platform_limits import TELEGRAM, Limits
from backstride.channels.messaging.render import Part
from backstride.channels.requests import Refusal, read_json_object

API_URL = "https://api.telegram.org"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
TOKEN_PATTERN = r"\d+:[A-Za-z0-9_-]{20,}"  # noqa: S105
_KINDS: Mapping[str, Kind] = {
    "photo": Kind.PHOTO,
    "voice": Kind.VOICE,
    "audio": Kind.VOICE,
    "video": Kind.VIDEO,
    "video_note": Kind.VIDEO,
    # An animation comes with a document of the same content.
    "animation": Kind.VIDEO,
    "sticker": Kind.STICKER,
    "dice": Kind.STICKER,
    # A venue comes with a location.
    "location": Kind.LOCATION,
    "contact": Kind.CONTACT,
    "document": Kind.FILE,
    **dict.fromkeys(("poll", "story", "game", "paid_media", "checklist", "invoice"), Kind.OTHER),
}
_COMMANDS = {"/start": Kind.START, "/help": Kind.HELP, "/stop": Kind.STOP}
_COMMAND = re.compile(r"^(/[A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,32}))?(?=\s|$)")
_TAG = re.compile(r"</?[a-z]+>")
# What a click's receipt may say at most.
_RECEIPT = 200
_KEPT_QUESTIONS = 20_000
_BAD_REQUEST = 400
_FORBIDDEN = 403


class TelegramChannel(MessagingChannel):
    """Open it in credentials.yml as `backstride.channels.messaging.telegram.TelegramChannel`."""

    channel: ClassVar[str] = "telegram"
    limits: ClassVar[Limits] = TELEGRAM
    dialect: ClassVar[Dialect] = TELEGRAM_HTML

    def __init__(self, options: ChannelOptions, *, token: str, secret_token: str, api: Api | None = None) -> None:
        super().__init__(options, api=api or Api(pause_asked=_pause_asked))
        self._secret_token = secret_token
        self._calls = f"{options.api_url or API_URL}/bot{token}"
        self._bot_id = token.partition(":")[0]
        self._bot_name = ""
        # What somebody wrote last in a group: answers point to it, so that nobody takes another's referral for theirs.
        self._questions: OrderedDict[str, int] = OrderedDict()

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> TelegramChannel:
        """Create the channel.

        Raises:
            SettingsError: an option or a secret is missing or wrong.
        """
        return cls(
            read_options(ChannelOptions, cls.channel, credentials),
            token=secret("TELEGRAM_BOT_TOKEN", cls.channel, pattern=TOKEN_PATTERN),
            secret_token=secret("TELEGRAM_SECRET_TOKEN", cls.channel, pattern=r"[A-Za-z0-9_-]{16,256}"),
        )

    def routes(self) -> Sequence[Route]:
        """Return the webhook."""
        return [Route("POST", "/webhook", self._receive)]

    async def _receive(self, request: Request) -> HTTPResponse:
        if not is_same_secret(request.headers.get(SECRET_HEADER), self._secret_token):
            raise Refusal(401, "not_authentic")
        incoming = await self._incoming(read_json_object(await read_body(request)))
        return await self.accept([incoming] if incoming else [])

    async def _incoming(self, update: Mapping[str, Any]) -> Incoming | None:
        """Return what an update holds for the assistant; posts of channels, reactions and joins hold none."""
        delivery = text_at(update, "update_id")
        if not delivery:
            return None
        click = mapping_at(update, "callback_query")
        if click:
            return self._click(click, delivery)
        edited = mapping_at(update, "edited_message")
        message = edited or mapping_at(update, "message")
        person, chat = mapping_at(message, "from"), mapping_at(message, "chat")
        if not text_at(person, "id") or not text_at(chat, "id") or person.get("is_bot"):
            return None
        text = text_at(message, "text") or text_at(message, "caption")
        kind = next((kind for key, kind in _KINDS.items() if message.get(key)), Kind.TEXT)
        album = text_at(message, "media_group_id")
        if album and text:
            # The pictures of the album beside it get one answer; this one's words get another.
            kind = Kind.TEXT
        if kind is Kind.TEXT and not text:
            return None
        is_group = chat.get("type") != "private"
        is_addressed = not is_group or await self._is_addressed(message, text)
        command = _COMMAND.match(text)
        if command and kind is Kind.TEXT:
            kind = _COMMANDS.get(command.group(1).casefold(), kind)
        if edited:
            kind = Kind.EDITED
        conversation = _key(chat, person, message)
        if is_group and is_addressed:
            self._note_question(conversation, message.get("message_id"))
        return Incoming(
            conversation=conversation,
            delivery=f"album {album}" if album and not text else delivery,
            kind=kind,
            text=self._without_name(text) if is_group else text,
            is_group=is_group,
            is_addressed=is_addressed,
        )

    def _note_question(self, conversation: str, message_id: Any) -> None:
        if isinstance(message_id, int):
            self._questions.pop(conversation, None)
            self._questions[conversation] = message_id
            if len(self._questions) > _KEPT_QUESTIONS:
                self._questions.popitem(last=False)

    def _click(self, click: Mapping[str, Any], delivery: str) -> Incoming | None:
        message, person = mapping_at(click, "message"), mapping_at(click, "from")
        chat = mapping_at(message, "chat")
        if not text_at(person, "id") or not text_at(chat, "id"):
            return None
        return Incoming(
            conversation=_key(chat, person, message),
            delivery=delivery,
            kind=Kind.CLICK,
            button=text_at(click, "data"),
            is_group=chat.get("type") != "private",
            receipt=text_at(click, "id"),
        )

    async def _is_addressed(self, message: Mapping[str, Any], text: str) -> bool:
        """Return whether a message of a group is meant for the bot: by name, by command, or as a reply to it."""
        if text_at(message, "reply_to_message", "from", "id") == self._bot_id:
            return True
        if any(text_at(e, "user", "id") == self._bot_id for e in items_at(message, "entities")):
            return True
        command = _COMMAND.match(text)
        if command and not command.group(2):
            return True
        if "@" not in text:
            return False
        name = await self._name()
        return bool(name) and re.search(rf"@{re.escape(name)}\b", text, re.IGNORECASE) is not None

    async def _name(self) -> str:
        """Return the bot's own name, asked for once; empty while Telegram cannot be reached."""
        if not self._bot_name:
            try:
                answer = await self.api.call("POST", f"{self._calls}/getMe", json_body={})
            except UndeliveredError:
                return ""
            self._bot_name = text_at(answer.body, "result", "username")
        return self._bot_name

    def _without_name(self, text: str) -> str:
        return re.sub(rf"@{re.escape(self._bot_name)}\b", "", text, flags=re.IGNORECASE) if self._bot_name else text

    # --- sending ----------------------------------------------------------------------------------------------

    async def send(self, address: tuple[str, ...], part: Part) -> None:
        """Send a text with its buttons, or a picture with its caption."""
        chat, _, thread, *_ = (*address, "", "")
        call: dict[str, Any] = {"chat_id": chat, "parse_mode": "HTML"}
        if thread:
            call["message_thread_id"] = int(thread)
        question = self._questions.get(conversation_key(self.channel, *address))
        if question is not None:
            call["reply_parameters"] = {"message_id": question, "allow_sending_without_reply": True}
        if part.picture is not None:
            await self._call("sendPhoto", {**call, "photo": part.picture.url, "caption": part.text})
            return
        call |= {"text": part.text, "link_preview_options": {"is_disabled": True}}
        if part.buttons:
            keyboard = [[{"text": button.title, "callback_data": button.id}] for button in part.buttons]
            call["reply_markup"] = {"inline_keyboard": keyboard}
        await self._call("sendMessage", call)

    async def acknowledge(self, incoming: Incoming, chosen: Choice | None) -> None:
        """End the button's waiting sign; a button that is not on offer any more says so."""
        call: dict[str, Any] = {"callback_query_id": incoming.receipt}
        if chosen is None:
            call["text"] = self.wording("chat_stale_nothing")[:_RECEIPT]
        await self._call("answerCallbackQuery", call)

    async def _call(self, method: str, call: dict[str, Any], *, is_second: bool = False) -> None:
        answer = await self.api.call("POST", f"{self._calls}/{method}", json_body=call)
        if answer.is_ok and answer.body.get("ok") is True:
            return
        said = text_at(answer.body, "description")
        if answer.status == _FORBIDDEN or "chat not found" in said:
            raise BlockedError(said)
        moved = text_at(answer.body, "parameters", "migrate_to_chat_id")
        if moved and not is_second:
            await self._call(method, {**call, "chat_id": moved}, is_second=True)
        elif answer.status == _BAD_REQUEST and "parse entities" in said and not is_second:
            # A message without its bold words is better than none.
            plain = {key: value for key, value in call.items() if key != "parse_mode"}
            for key in plain.keys() & {"text", "caption"}:
                plain[key] = html.unescape(_TAG.sub("", plain[key]))
            await self._call(method, plain, is_second=True)
        else:
            raise UndeliveredError(f"{method}: status {answer.status} {said}".strip())


def _key(chat: Mapping[str, Any], person: Mapping[str, Any], message: Mapping[str, Any]) -> str:
    """Return the conversation's key: in a group each person has a conversation, in each of its topics."""
    if chat.get("type") == "private":
        return conversation_key("telegram", text_at(chat, "id"))
    topic = text_at(message, "message_thread_id") if message.get("is_topic_message") else ""
    return conversation_key("telegram", text_at(chat, "id"), text_at(person, "id"), *([topic] if topic else []))


def _pause_asked(answer: ApiAnswer) -> float | None:
    seconds = value_at(answer.body, "parameters", "retry_after")
    return float(seconds) if isinstance(seconds, int) else None
