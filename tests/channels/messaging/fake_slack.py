"""Slack on the loopback interface: its Web API as strict as the real one, and deliveries signed by its own library."""

from __future__ import annotations

import itertools
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.models.blocks import ActionsBlock, Block, ImageBlock, SectionBlock
from slack_sdk.signature import Clock, SignatureVerifier

TOKEN = "xoxb-1234567890-abcdefghij"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT = "U0BOT"
# What https://docs.slack.dev/reference/methods names as arguments.
_POST_ARGUMENTS = {"channel", "text", "blocks", "thread_ts", "unfurl_links", "unfurl_media", "mrkdwn"}
_UPDATE_ARGUMENTS = {"channel", "ts", "text", "blocks"}
_EPHEMERAL_ARGUMENTS = {"channel", "user", "text", "blocks", "thread_ts"}
_PNG = b"\x89PNG\r\n\x1a\n"
_UNESCAPED = re.compile(r"<|>|&(?!(?:amp|lt|gt);)")
_counter = itertools.count(1)


@dataclass
class FakeSlack:
    """Keeps what was posted.

    Args:
        faults: answers to give instead, the next one first: status, body, headers.
        fetches_pictures: whether it looks at a picture's address, as Slack does.
    """

    posted: list[dict[str, Any]] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    whispered: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    faults: list[tuple[int, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    fetches_pictures: bool = True

    def routes(self, app: web.Application) -> None:
        """Add the API's addresses."""
        app.router.add_post("/api/chat.postMessage", self._post)
        app.router.add_post("/api/chat.update", self._update)
        app.router.add_post("/api/chat.postEphemeral", self._whisper)

    def to(self, channel: str) -> list[dict[str, Any]]:
        """What was posted to a channel."""
        return [message for message in self.posted if message["channel"] == channel]

    async def _post(self, request: web.Request) -> web.Response:
        return await self._call(request, _POST_ARGUMENTS, self._take_post)

    async def _update(self, request: web.Request) -> web.Response:
        return await self._call(request, _UPDATE_ARGUMENTS, self._take_update)

    async def _whisper(self, request: web.Request) -> web.Response:
        return await self._call(request, _EPHEMERAL_ARGUMENTS, self.whispered.append)

    async def _call(self, request: web.Request, arguments: set[str], take: Any) -> web.Response:
        if self.faults:
            status, body, headers = self.faults.pop(0)
            return web.json_response(body, status=status, headers=headers)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._no("invalid_auth")
        if request.content_type != "application/json":
            return self._no("invalid_post_type")
        body = json.loads(await request.read())
        if not set(body) <= arguments:
            return self._no("invalid_arguments")
        try:
            error = await self._error_in(body) or take(body)
        except Exception as fault:  # the library's own validators
            self.problems.append(repr(fault))
            error = "invalid_blocks"
        return self._no(error) if error else web.json_response({"ok": True, "channel": body["channel"]})

    def _no(self, error: str) -> web.Response:
        if error not in ("channel_not_found", "is_archived"):
            self.problems.append(error)
        return web.json_response({"ok": False, "error": error})

    async def _error_in(self, body: dict[str, Any]) -> str | None:
        if not re.fullmatch(r"[CDG][A-Z0-9]+", body.get("channel", "")) or body["channel"] in self.gone:
            return "channel_not_found"
        if not body.get("text") or len(body["text"]) > 40_000:
            return "no_text"
        if "thread_ts" in body and not re.fullmatch(r"\d+\.\d+", body["thread_ts"]):
            return "invalid_thread_ts"
        if not len(body.get("blocks", ())) <= 50:
            return "invalid_blocks"
        for block in Block.parse_all(body.get("blocks", ())):
            block.validate_json()
            if isinstance(block, SectionBlock):
                text = block.text.text
                assert 1 <= len(text) <= 3000
                assert not _UNESCAPED.search(text), text
            if isinstance(block, ActionsBlock):
                ids = [element.action_id for element in block.elements]
                assert len(set(ids)) == len(ids) <= 25
                for element in block.elements:
                    element.validate_json()
                    assert 1 <= len(element.text.text) <= 75
                    assert 1 <= len(element.action_id) <= 255
            if isinstance(block, ImageBlock) and self.fetches_pictures and not await is_png(block.image_url):
                return "invalid_blocks"
        return None

    def _take_post(self, body: dict[str, Any]) -> None:
        body["ts"] = f"{1_700_000_000 + next(_counter)}.000100"
        self.posted.append(body)

    def _take_update(self, body: dict[str, Any]) -> str | None:
        if not any(message["ts"] == body["ts"] for message in self.to(body["channel"])):
            return "message_not_found"
        self.updated.append(body)
        return None


async def is_png(url: str) -> bool:
    """Whether a picture is at an address, as a platform looks for it."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status == 200 and (await response.read()).startswith(_PNG)


class At(Clock):
    """A clock that stands."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def now(self) -> float:
        """Return the time."""
        return self.seconds


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """Return the headers of a delivery, signed by Slack's own library."""
    stamp = str(int(time.time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature or "",
    }


def message_time() -> str:
    """Return the time of a new message, which is its id."""
    return f"{1_600_000_000 + next(_counter)}.000200"


def event(text: str, **more: Any) -> dict[str, Any]:
    """Return a delivery of the Events API: a direct message, or what `more` makes of it."""
    inner = {
        "type": "message",
        "channel": "D0ANN",
        "user": "U0ANN",
        "text": text,
        "ts": message_time(),
        "event_ts": "1600000000.000200",
        "channel_type": "im",
        "team": "T0RUN",
    } | more
    return {
        "token": "unused",
        "team_id": "T0RUN",
        "api_app_id": "A0APP",
        "event": {key: value for key, value in inner.items() if value is not None},
        "type": "event_callback",
        "event_id": f"Ev{next(_counter):08d}",
        "event_time": int(time.time()),
        "authorizations": [{"team_id": "T0RUN", "user_id": BOT, "is_bot": True}],
    }


def mention(text: str, **more: Any) -> dict[str, Any]:
    """Return a delivery of a mention in a channel."""
    return event(f"<@{BOT}> {text}", type="app_mention", channel="C0RUN", channel_type=None, **more)


def click(message: dict[str, Any], number: int = 0, *, user: str = "U0ANN") -> bytes:
    """Return the delivery of a tap on a button of a posted message."""
    buttons = next(block["elements"] for block in message["blocks"] if block["type"] == "actions")
    blocks = [{"block_id": f"b{place}", **block} for place, block in enumerate(message["blocks"])]
    payload = {
        "type": "block_actions",
        "user": {"id": user, "username": "ann", "team_id": "T0RUN"},
        "api_app_id": "A0APP",
        "token": "unused",
        "container": {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]},
        "trigger_id": "1.2.3",
        "team": {"id": "T0RUN", "domain": "runners"},
        "channel": {"id": message["channel"], "name": "directmessage"},
        "message": {"type": "message", "user": BOT, "text": message["text"], "ts": message["ts"], "blocks": blocks}
        | ({"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}),
        "state": {"values": {}},
        "response_url": "https://hooks.slack.com/actions/unused",
        "actions": [{**buttons[number], "block_id": "b1", "type": "button", "action_ts": message_time()}],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def titles(message: dict[str, Any]) -> list[str]:
    """Return the titles of a posted message's buttons."""
    return [
        element["text"]["text"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]
