"""Telegram on the loopback interface: its Bot API as strict as the real one, and updates as it delivers them.

https://core.telegram.org/bots/api; updates are read once by aiogram, a client library of Telegram's API.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import aiohttp
from aiogram import types
from aiohttp import web

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz0123"
SECRET = "a-secret-token-of-32-characters_"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Backstride", "username": "backstride_bot"}
ANN = {"id": 77, "is_bot": False, "first_name": "Ann", "language_code": "en"}
_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "blockquote"}
_ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);)")
_SENDING = {"chat_id", "message_thread_id", "parse_mode", "reply_markup", "reply_parameters"}
_ARGUMENTS = {
    "getMe": set(),
    "sendMessage": {*_SENDING, "text", "link_preview_options"},
    "sendPhoto": {*_SENDING, "photo", "caption"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
}
_PNG = b"\x89PNG\r\n\x1a\n"
_counter = itertools.count(1)


class BadRequestError(Exception):
    """Telegram answers 400 and this."""


class _Html(HTMLParser):
    """Parses like Telegram: few tags, all of them closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in _TAGS:
            raise BadRequestError(f'can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise BadRequestError("can't parse entities: Unmatched end tag")

    def handle_data(self, data: str) -> None:
        self.text += data


@dataclass
class FakeTelegram:
    """Keeps what was sent.

    Args:
        faults: answers to give instead, the next one first: status, body.
        blocked: chats that blocked the bot.
        moved: groups that became supergroups, with their new ids.
    """

    sent: list[dict[str, Any]] = field(default_factory=list)
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    faults: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    has_sent: threading.Event = field(default_factory=threading.Event)

    def routes(self, app: web.Application) -> None:
        """Add the API's addresses."""
        app.router.add_post("/bot{token}/{method}", self._call)

    async def _call(self, request: web.Request) -> web.Response:
        self.calls += 1
        if self.faults:
            status, body = self.faults.pop(0)
            return web.json_response(body, status=status)
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return self._no(401, "Unauthorized")
        if method not in _ARGUMENTS:
            return self._no(404, "Not Found")
        call = json.loads(await request.read())
        if not set(call) <= _ARGUMENTS[method]:
            self.problems.append(f"{method} has no {set(call) - _ARGUMENTS[method]}")
        if method == "getMe":
            return web.json_response({"ok": True, "result": BOT})
        if method == "answerCallbackQuery":
            return self._receipt(call)
        chat = str(call.get("chat_id"))
        if chat in self.blocked:
            return self._no(403, "Forbidden: bot was blocked by the user")
        if chat in self.moved:
            parameters = {"migrate_to_chat_id": int(self.moved[chat])}
            return self._no(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters)
        try:
            shown = self._text(call) if method == "sendMessage" else await self._photo(call)
            self._keyboard(call.get("reply_markup"))
            self._reply(call.get("reply_parameters"))
        except BadRequestError as error:
            self.problems.append(str(error))
            return self._no(400, f"Bad Request: {error}")
        message = {**call, "shown": shown, "message_id": next(_counter)}
        self.sent.append(message)
        self.has_sent.set()
        return web.json_response({"ok": True, "result": {"message_id": message["message_id"]}})

    def _no(self, status: int, said: str, parameters: dict[str, Any] | None = None) -> web.Response:
        body = {"ok": False, "error_code": status, "description": said}
        return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=status)

    def _text(self, call: dict[str, Any]) -> str:
        text = _parsed(call.get("text"), call.get("parse_mode"))
        if not text.strip():
            raise BadRequestError("message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise BadRequestError("message is too long")
        return text

    async def _photo(self, call: dict[str, Any]) -> str:
        caption = _parsed(call.get("caption", ""), call.get("parse_mode"))
        if len(caption.encode("utf-16-le")) // 2 > 1024:
            raise BadRequestError("message caption is too long")
        async with aiohttp.ClientSession() as session, session.get(call["photo"]) as response:
            if not (await response.read()).startswith(_PNG):
                raise BadRequestError("wrong file identifier/HTTP URL specified")
        return caption

    def _keyboard(self, markup: Any) -> None:
        if markup is None:
            return
        types.InlineKeyboardMarkup.to_object(markup)
        for row in markup["inline_keyboard"]:
            for button in row:
                if set(button) != {"text", "callback_data"} or not button["text"].strip():
                    raise BadRequestError("BUTTON_INVALID")
                if not 1 <= len(button["callback_data"].encode()) <= 64:
                    raise BadRequestError("BUTTON_DATA_INVALID")

    def _reply(self, parameters: Any) -> None:
        # aiogram 2 does not know these yet; https://core.telegram.org/bots/api#replyparameters
        if parameters is None:
            return
        if set(parameters) - {"message_id", "chat_id", "allow_sending_without_reply", "quote", "quote_parse_mode"}:
            raise BadRequestError("can't parse reply parameters")
        if not isinstance(parameters["message_id"], int):
            raise BadRequestError("message to be replied not found")

    def _receipt(self, call: dict[str, Any]) -> web.Response:
        if len(call.get("text", "")) > 200:
            self.problems.append("the receipt is too long")
        self.receipts[call["callback_query_id"]] = call
        return web.json_response({"ok": True, "result": True})


def titles(message: dict[str, Any]) -> list[str]:
    """Return the titles of a message's buttons."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def update(**content: Any) -> dict[str, Any]:
    """Return an update, after aiogram has read it."""
    whole = {"update_id": 900_000 + next(_counter), **content}
    types.Update.to_object(whole)
    return whole


def private(person: dict[str, Any] = ANN) -> dict[str, Any]:
    """Return somebody's chat with the bot."""
    return {"id": person["id"], "type": "private", "first_name": person["first_name"]}


GROUP = {"id": -1001, "type": "supergroup", "title": "Runners"}


def message(text: str | None = None, *, person: dict[str, Any] = ANN, **more: Any) -> dict[str, Any]:
    """Return an update with a message."""
    said = {"message_id": next(_counter), "date": 1_780_000_000, "chat": private(person), "from": person}
    return update(message=said | ({"text": text} if text is not None else {}) | more)


def click(shown: dict[str, Any], title: str, *, person: dict[str, Any] = ANN) -> dict[str, Any]:
    """Return an update with a tap on a button of a message that the bot sent."""
    row = next(row for row in shown["reply_markup"]["inline_keyboard"] if row[0]["text"] == title)
    chat = private(person) if not str(shown["chat_id"]).startswith("-") else GROUP
    under = {"message_id": shown["message_id"], "date": 1, "chat": chat, "from": BOT, "text": shown["shown"]}
    identity = f"click-{next(_counter)}"
    data = row[0]["callback_data"]
    return update(callback_query={"id": identity, "from": person, "message": under, "chat_instance": "1", "data": data})


def _parsed(text: Any, mode: Any) -> str:
    if not isinstance(text, str):
        raise BadRequestError("message text is empty")
    if mode != "HTML":
        return text
    if _ENTITY.search(text):
        raise BadRequestError("can't parse entities: unsupported entity")
    parser = _Html()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise BadRequestError("can't parse entities: Can't find end tag")
    return parser.text
