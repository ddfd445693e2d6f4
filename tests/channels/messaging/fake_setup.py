"""The platforms' set-up APIs and a server of ours behind a public address, on the loopback interface.

As strict as the platforms: a wrong token, a missing field, an unknown path or a wrong method is an error in the
platform's own form. What was set is kept in `Setup`, so that a test can look at it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier
from twilio.request_validator import RequestValidator

ENVIRONMENT = {
    "TELEGRAM_BOT_TOKEN": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "TELEGRAM_SECRET_TOKEN": "s3cret_token-of-the-webhook",
    "SLACK_BOT_TOKEN": "xoxb-1-2-abc",
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
    "MESSENGER_PAGE_TOKEN": "EAAGpage",
    "MESSENGER_APP_SECRET": "0123456789abcdef",
    "MESSENGER_VERIFY_TOKEN": "verify-me-please-0123456789",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "f" * 32,
    "TWILIO_SMS_FROM": "+441632960000",
    "TWILIO_WHATSAPP_FROM": "+441632960001",
}
APP_ID = "4242"


@dataclass
class Setup:
    """What the platforms know, and what our server does.

    Args:
        secrets: the secrets that platforms and our server hold.
        our_server: "right"; "down" answers nothing of ours, "open" takes forgeries too, "other" has other secrets.
    """

    secrets: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    our_server: str = "right"
    telegram: dict[str, Any] = field(default_factory=lambda: {"url": "", "pending_update_count": 0})
    reads_all: bool = False
    scopes: str = "app_mentions:read,chat:write,im:history"
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    page_fields: list[str] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=lambda: {"scopes": ["pages_messaging"], "expires_at": 0})
    account: dict[str, Any] = field(
        default_factory=lambda: {"status": "active", "type": "Full", "friendly_name": "Backstride"}
    )
    number: dict[str, Any] = field(
        default_factory=lambda: {
            "sid": "PN1",
            "phone_number": ENVIRONMENT["TWILIO_SMS_FROM"],
            "capabilities": {"sms": True},
            "sms_url": "",
            "sms_method": "POST",
        }
    )
    sender: dict[str, Any] = field(
        default_factory=lambda: {
            "sid": "XE1",
            "sender_id": f"whatsapp:{ENVIRONMENT['TWILIO_WHATSAPP_FROM']}",
            "status": "ONLINE",
            "webhook": {},
        }
    )
    service: dict[str, Any] = field(
        default_factory=lambda: {"inbound_request_url": None, "use_inbound_webhook_on_number": True}
    )
    alerts: list[dict[str, Any]] = field(default_factory=list)
    refuse_webhook: bool = False
    url: str = ""

    def address(self, name: str) -> str:
        """The public address of a channel's webhook."""
        return f"{self.url}/webhooks/{name}/webhook"


@asynccontextmanager
async def platforms(setup: Setup) -> AsyncIterator[Setup]:
    """Serve all of it at one address, `setup.url`."""
    app = web.Application()

    def route(method: str, path: str, answer: Callable[[Setup, web.Request], Awaitable[web.Response]]) -> None:
        async def handler(request: web.Request) -> web.Response:
            return await answer(setup, request)

        app.router.add_route(method, path, handler)

    route("*", "/webhooks/{name}/webhook", _our_server)
    route("*", "/bot{token}/{method}", _telegram)
    route("POST", "/api/auth.test", _slack)
    route("*", "/v25.0/{path:.*}", _graph)
    for path in ("/2010-04-01/{path:.*}", "/v2/{path:.*}", "/v1/{path:.*}"):
        route("*", path, _twilio)
    server = TestServer(app)
    await server.start_server()
    setup.url = str(server.make_url("")).rstrip("/")
    try:
        yield setup
    finally:
        await server.close()


async def _our_server(setup: Setup, request: web.Request) -> web.Response:
    if setup.our_server == "down":
        return web.Response(status=502)
    body = await request.read()
    name = request.match_info["name"]
    is_genuine = _is_genuine(setup, name, request, body) and setup.our_server != "other"
    if not is_genuine and setup.our_server != "open":
        return web.Response(status=403)
    if name == "slack":
        return web.json_response({"challenge": json.loads(body)["challenge"]})
    if name == "messenger":
        return web.Response(text=request.query["hub.challenge"])
    return web.Response()


def _is_genuine(setup: Setup, name: str, request: web.Request, body: bytes) -> bool:
    secrets = setup.secrets
    if name == "telegram":
        return request.headers.get("X-Telegram-Bot-Api-Secret-Token") == secrets["TELEGRAM_SECRET_TOKEN"]
    if name == "slack":
        return SignatureVerifier(secrets["SLACK_SIGNING_SECRET"]).is_valid_request(body, dict(request.headers))
    if name == "messenger":
        return request.query.get("hub.verify_token") == secrets["MESSENGER_VERIFY_TOKEN"]
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    validator = RequestValidator(secrets["TWILIO_AUTH_TOKEN"])
    given = request.headers.get("X-Twilio-Signature", "")
    return bool(validator.validate(setup.address(name), form, given))


async def _telegram(setup: Setup, request: web.Request) -> web.Response:
    def no(code: int, description: str) -> web.Response:
        return web.json_response({"ok": False, "error_code": code, "description": description}, status=code)

    if request.match_info["token"] != setup.secrets["TELEGRAM_BOT_TOKEN"]:
        return no(401, "Unauthorized")
    body = json.loads(await request.read() or b"{}")
    match request.match_info["method"]:
        case "getMe":
            result: Any = {
                "id": 1,
                "is_bot": True,
                "username": "backstride_bot",
                "can_read_all_group_messages": setup.reads_all,
            }
        case "getWebhookInfo":
            result = setup.telegram
        case "setWebhook":
            if setup.refuse_webhook:
                return no(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
            assert set(body) <= {"url", "secret_token", "allowed_updates", "max_connections"}
            assert 1 <= len(body["secret_token"]) <= 256
            setup.telegram = {"url": body["url"], "pending_update_count": 0, "secret": body["secret_token"]}
            result = True
        case _:
            return no(404, "Not Found")
    return web.json_response({"ok": True, "result": result})


async def _slack(setup: Setup, request: web.Request) -> web.Response:
    if request.headers.get("Authorization") != f"Bearer {setup.secrets['SLACK_BOT_TOKEN']}":
        return web.json_response({"ok": False, "error": "invalid_auth"})
    answer = {"ok": True, "team": "Runners", "user": "backstride", "bot_id": "B1"}
    return web.json_response(answer, headers={"x-oauth-scopes": setup.scopes} if setup.scopes else {})


async def _graph(setup: Setup, request: web.Request) -> web.Response:
    def no(message: str, code: int = 190) -> web.Response:
        error = {"message": message, "type": "OAuthException", "code": code}
        return web.json_response({"error": error}, status=400)

    page_token, secret = setup.secrets["MESSENGER_PAGE_TOKEN"], setup.secrets["MESSENGER_APP_SECRET"]
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    assert "access_token" not in request.query, "a token in the address ends up in logs"
    is_app = token == f"{APP_ID}|{secret}"
    if not is_app:
        if token != page_token:
            return no("Invalid OAuth access token.")
        proof = hmac.new(secret.encode(), page_token.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.query.get("appsecret_proof", ""), proof) and "sloppy" not in setup.profile:
            return no("Invalid appsecret_proof provided in the API argument", 100)
    form = dict(await request.post()) if request.method == "POST" and request.content_type != "application/json" else {}
    match request.method, request.match_info["path"]:
        case "GET", "me":
            return web.json_response({"id": "77", "name": "Runner's Back"})
        case "GET", "app":
            return web.json_response({"id": APP_ID, "name": "Backstride"})
        case "GET", "debug_token" if is_app:
            assert request.query["input_token"] == page_token
            return web.json_response({"data": {"app_id": APP_ID, "is_valid": True} | setup.token})
        case "GET", path if path == f"{APP_ID}/subscriptions" and is_app:
            return web.json_response({"data": setup.subscriptions})
        case "POST", path if path == f"{APP_ID}/subscriptions" and is_app:
            if setup.refuse_webhook or set(form) != {"object", "callback_url", "verify_token", "fields"}:
                return no("(#2200) Callback verification failed", 2200)
            assert form["verify_token"] == setup.secrets["MESSENGER_VERIFY_TOKEN"]
            fields = [{"name": name, "version": "v25.0"} for name in str(form["fields"]).split(",")]
            setup.subscriptions = [
                {"object": "page", "callback_url": form["callback_url"], "active": True, "fields": fields}
            ]
            return web.json_response({"success": True})
        case "GET", "me/subscribed_apps":
            data = [{"id": APP_ID, "subscribed_fields": setup.page_fields}] if setup.page_fields else []
            return web.json_response({"data": data})
        case "POST", "me/subscribed_apps":
            setup.page_fields = str(form["subscribed_fields"]).split(",")
            return web.json_response({"success": True})
        case "POST", "me/messenger_profile":
            setup.profile |= json.loads(await request.read())
            return web.json_response({"result": "success"})
    return no("Unsupported request", 100)


async def _twilio(setup: Setup, request: web.Request) -> web.Response:
    def no(status: int, code: int, message: str) -> web.Response:
        return web.json_response({"code": code, "message": message, "status": status}, status=status)

    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    account, token = setup.secrets["TWILIO_ACCOUNT_SID"], setup.secrets["TWILIO_AUTH_TOKEN"]
    if kind != "Basic" or b64decode(given).decode() != f"{account}:{token}":
        return no(401, 20003, "Authenticate")
    form = dict(await request.post()) if request.content_type == "application/x-www-form-urlencoded" else {}
    match request.method, request.path:
        case "GET", path if path == f"/2010-04-01/Accounts/{account}.json":
            return web.json_response(setup.account)
        case "GET", path if path == f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json":
            found = [setup.number] if request.query["PhoneNumber"] == setup.number["phone_number"] else []
            return web.json_response({"incoming_phone_numbers": found})
        case "POST", path if path == f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/PN1.json":
            if setup.refuse_webhook or set(form) != {"SmsUrl", "SmsMethod"}:
                return no(400, 21402, "Url is not valid")
            setup.number |= {"sms_url": form["SmsUrl"], "sms_method": form["SmsMethod"]}
            return web.json_response(setup.number)
        case "GET", "/v1/Services/MG00000000000000000000000000000000":
            return web.json_response(setup.service)
        case "POST", "/v1/Services/MG00000000000000000000000000000000":
            if setup.refuse_webhook or set(form) != {"InboundRequestUrl", "InboundMethod", "UseInboundWebhookOnNumber"}:
                return no(400, 21402, "Url is not valid")
            setup.service = {"inbound_request_url": form["InboundRequestUrl"], "use_inbound_webhook_on_number": False}
            return web.json_response(setup.service)
        case "GET", "/v2/Channels/Senders":
            assert request.query["Channel"] == "whatsapp"
            return web.json_response({"senders": [setup.sender]})
        case "POST", "/v2/Channels/Senders/XE1":
            if setup.refuse_webhook:
                return no(400, 63100, "Invalid webhook")
            setup.sender |= json.loads(await request.read())
            return web.json_response(setup.sender, status=202)
        case "GET", "/v1/Alerts":
            return web.json_response({"alerts": setup.alerts})
    return no(404, 20404, "The requested resource was not found")
