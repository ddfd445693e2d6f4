"""Twilio on the loopback interface: its Message resource as strict as the real one, and requests signed by its library.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import base64
import inspect
import itertools
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator
from twilio.rest.api.v2010.account.message import MessageList

SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
NUMBER = "+15005550006"
ANN = "+447700900123"
# What Twilio's own library can send.
_PARAMETERS = set(re.findall(r'"(\w+)":', inspect.getsource(MessageList.create)))
_ADDRESS = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}")
_PNG = b"\x89PNG\r\n\x1a\n"
_counter = itertools.count(1)


@dataclass
class FakeTwilio:
    """Keeps what was sent.

    Args:
        faults: answers to give instead, the next one first: status, body.
        opted_out: addresses whose people sent STOP.
        silent: addresses that have not written for more than 24 hours.
    """

    sent: list[dict[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    faults: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    opted_out: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)

    def routes(self, app: web.Application) -> None:
        """Add the API's addresses."""
        app.router.add_post("/2010-04-01/Accounts/{sid}/Messages.json", self._create)

    async def _create(self, request: web.Request) -> web.Response:
        if self.faults:
            status, body = self.faults.pop(0)
            return web.json_response(body, status=status)
        login = base64.b64encode(f"{SID}:{AUTH_TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {login}" or request.match_info["sid"] != SID:
            return self._no(401, 20003)
        if request.content_type != "application/x-www-form-urlencoded":
            return self._no(400, 20001)
        form = {name: values[0] for name, values in parse_qs(await request.text(), keep_blank_values=True).items()}
        error = await self._error_in(form)
        if error:
            return self._no(400, error)
        self.sent.append(form)
        return web.json_response({"sid": f"SM{next(_counter):032x}", "status": "queued"}, status=201)

    async def _error_in(self, form: dict[str, str]) -> int | None:
        if not set(form) <= _PARAMETERS:
            self.problems.append(f"Twilio knows no {set(form) - _PARAMETERS}")
        to, from_ = form.get("To", ""), form.get("From", "")
        if not _ADDRESS.fullmatch(to):
            return 21211
        if not form.get("MessagingServiceSid") and (
            from_.removeprefix("whatsapp:") != NUMBER or from_.startswith("whatsapp:") != to.startswith("whatsapp:")
        ):
            return 21606
        if not any(form.get(name) for name in ("Body", "MediaUrl", "ContentSid")):
            return 21619
        if len(form.get("Body", "")) > 1600:
            return 21617
        if to in self.opted_out:
            return 21610
        if to in self.silent and not form.get("ContentSid"):
            return 63016
        if "MediaUrl" in form:
            async with aiohttp.ClientSession() as session, session.get(form["MediaUrl"]) as response:
                if not (await response.read()).startswith(_PNG):
                    return 21620
        return None

    def _no(self, status: int, code: int) -> web.Response:
        if code not in (21610, 63016):
            self.problems.append(f"error {code}")
        body = {"code": code, "message": "the person's number stands here", "status": status}
        return web.json_response(body, status=status)


def form_of(text: str = "", *, sender: str = ANN, **more: str) -> dict[str, str]:
    """Return what Twilio delivers for a message that somebody sent."""
    sid = f"SM{next(_counter):032x}"
    to = f"whatsapp:{NUMBER}" if sender.startswith("whatsapp:") else NUMBER
    whole = {"MessageSid": sid, "SmsSid": sid, "AccountSid": SID, "From": sender, "To": to, "Body": text}
    return whole | {"NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01"} | more


def encoded(form: dict[str, str]) -> bytes:
    """Return a form as it is delivered."""
    return urlencode(form).encode()


def signed(url: str, form: dict[str, str], token: str = AUTH_TOKEN) -> dict[str, str]:
    """Return the headers of a delivery, signed by Twilio's own library."""
    signature = RequestValidator(token).compute_signature(url, form)
    return {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
