"""Facebook's Send API on the loopback interface, as strict as its reference; deliveries are signed as Facebook does."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from fake_slack import is_png

TOKEN = "EAAGm0PX4ZCpsBAA"
SECRET = "0123456789abcdef0123456789abcdef"
VERIFY = "verify-me-please-0123456789"
PAGE = "1067280970047460"
ANN = "24815162342"
_counter = itertools.count(1)


@dataclass
class FakeMessenger:
    """Keeps what was sent.

    Args:
        faults: answers to give instead, the next one first: status and body.
        window: people whose 24 hours are over.
        gone: people who blocked the page.
    """

    sent: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    faults: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    window: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def routes(self, app: web.Application) -> None:
        """Add the API's addresses."""
        app.router.add_post("/v25.0/me/messages", self._send)

    def to(self, person: str) -> list[dict[str, Any]]:
        """What was sent to a person."""
        return [body["message"] for body in self.sent if body["recipient"]["id"] == person]

    async def _send(self, request: web.Request) -> web.Response:
        if self.faults:
            status, body = self.faults.pop(0)
            return web.json_response(body, status=status)
        proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
        if request.headers.get("Authorization") != f"Bearer {TOKEN}" or "access_token" in request.query:
            return self._no(401, 190, None, "Invalid OAuth access token.")
        if request.query.get("appsecret_proof") != proof:
            return self._no(400, 100, None, "Invalid appsecret_proof provided in the API argument")
        body = json.loads(await request.read())
        person = body["recipient"]["id"]
        if person in self.gone:
            return self._no(400, 551, 1545041, "This person isn't available right now.", is_fault=False)
        if person in self.window:
            return self._no(403, 10, 2018278, "This message is sent outside of allowed window.", is_fault=False)
        try:
            await _check(body)
        except (AssertionError, KeyError) as fault:
            return self._no(400, 100, None, f"(#100) {fault!r}")
        self.sent.append(body)
        return web.json_response({"recipient_id": person, "message_id": f"m_{next(_counter)}"})

    def _no(self, status: int, code: int, subcode: int | None, text: str, *, is_fault: bool = True) -> web.Response:
        if is_fault:
            self.problems.append(text)
        error = {"message": text, "type": "OAuthException", "code": code, "fbtrace_id": "x"}
        return web.json_response({"error": error | ({"error_subcode": subcode} if subcode else {})}, status=status)


async def _check(body: dict[str, Any]) -> None:
    assert set(body) == {"recipient", "messaging_type", "message"}
    assert set(body["recipient"]) == {"id"}
    assert body["messaging_type"] in {"RESPONSE", "UPDATE"}
    message = body["message"]
    assert len({"text", "attachment"} & set(message)) == 1
    assert set(message) <= {"text", "attachment", "quick_replies", "metadata"}
    if "text" in message:
        assert 1 <= len(message["text"]) <= 2000
    if "quick_replies" in message:
        assert 1 <= len(message["quick_replies"]) <= 13
        for reply in message["quick_replies"]:
            assert set(reply) == {"content_type", "title", "payload"}
            assert reply["content_type"] == "text"
            assert 1 <= len(reply["title"]) <= 20
            assert 1 <= len(reply["payload"]) <= 1000
    if "attachment" not in message:
        return
    kind, payload = message["attachment"]["type"], message["attachment"]["payload"]
    if kind == "image":
        assert set(payload) == {"url", "is_reusable"}
        assert await is_png(payload["url"]), "the picture cannot be fetched"
        return
    assert kind == "template"
    assert payload["template_type"] == "button"
    assert 1 <= len(payload["text"]) <= 640
    assert 1 <= len(payload["buttons"]) <= 3
    for button in payload["buttons"]:
        assert set(button) == {"type", "title", "payload"}
        assert button["type"] == "postback"
        assert 1 <= len(button["title"]) <= 20
        assert 1 <= len(button["payload"]) <= 1000


def signed(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a delivery."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}


def delivery(*events: dict[str, Any]) -> dict[str, Any]:
    """Return a delivery with each event in an entry of its own."""
    entries = [{"id": PAGE, "time": int(time.time() * 1000), "messaging": [event]} for event in events]
    return {"object": "page", "entry": entries}


def said(text: str | None = None, *, person: str = ANN, **more: Any) -> dict[str, Any]:
    """Return an event: somebody wrote."""
    message: dict[str, Any] = {"mid": f"m_{next(_counter)}"} | ({"text": text} if text is not None else {}) | more
    return _event(person) | {"message": message}


def tapped(reply: dict[str, Any], *, person: str = ANN) -> dict[str, Any]:
    """Return an event: somebody tapped a quick reply or a template's button."""
    if reply.get("content_type") == "text":
        return said(reply["title"], person=person, quick_reply={"payload": reply["payload"]})
    postback = {"mid": f"m_{next(_counter)}", "title": reply["title"], "payload": reply["payload"]}
    return _event(person) | {"postback": postback}


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what can be tapped under a message."""
    if "quick_replies" in message:
        return list(message["quick_replies"])
    return list(message.get("attachment", {}).get("payload", {}).get("buttons", []))


def words(message: dict[str, Any]) -> str:
    """Return a message's text."""
    return str(message.get("text") or message.get("attachment", {}).get("payload", {}).get("text") or "")


def _event(person: str) -> dict[str, Any]:
    return {"sender": {"id": person}, "recipient": {"id": PAGE}, "timestamp": int(time.time() * 1000)}
