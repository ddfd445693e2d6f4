"""Telegram: getMe, setWebhook with a secret token, getWebhookInfo (https://core.telegram.org/bots/api)."""

from __future__ import annotations

import re
import time
from typing import Any

from backstride.connect.client import Answer, UnreachableError
from backstride.connect.findings import Report
from backstride.connect.task import Task, look_at_our_server

API = "https://api.telegram.org"
BOT_TOKEN = "TELEGRAM_BOT_TOKEN"  # noqa: S105  # variables' names
SECRET_TOKEN = "TELEGRAM_SECRET_TOKEN"  # noqa: S105
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
# What the channel answers; Telegram sends nothing else then.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
# "1-256 characters. Only characters A-Z, a-z, 0-9, _ and - are allowed"; the channel wants 16 at least.
_SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{16,256}")
_PORTS = (443, 80, 88, 8443)
_MANY_WAITING = 50


async def examine(task: Task, report: Report) -> None:
    """Check the bot's token, our server and the webhook; set the webhook where it is not right."""
    if not _SECRET_FORM.fullmatch(task.secrets[SECRET_TOKEN]):
        report.wrong(
            f"{SECRET_TOKEN} is shorter than 16 characters, or holds some that Telegram does not allow",
            "Use letters, digits, _ and - only (256 at most):\n"
            "python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
        return
    me = await _call(task, "getMe")
    if me.at("ok") is not True:
        report.wrong(
            f"Telegram does not know the bot's token ({_said(me)})",
            f"Open https://t.me/BotFather, send /mybots, choose the bot, 'API Token', and put it into {BOT_TOKEN}.",
        )
        return
    name = me.at("result", "username")
    report.fine(f"the token is that of @{name} (https://t.me/{name})")
    if me.at("result", "can_read_all_group_messages"):
        report.note(
            "the bot reads all messages of its groups, though it only answers when addressed",
            "Send /setprivacy to https://t.me/BotFather and choose 'Enable'.",
        )
    await _look_at_our_server(task, report)
    await _look_at_webhook(task, report)


async def _look_at_webhook(task: Task, report: Report) -> None:
    info = (await _call(task, "getWebhookInfo")).at("result") or {}
    is_set = info.get("url") == task.address
    if task.change:
        answer = await _call(
            task,
            "setWebhook",
            {
                "url": task.address,
                "secret_token": task.secrets[SECRET_TOKEN],
                "allowed_updates": list(ALLOWED_UPDATES),
                "max_connections": 40,
            },
        )
        if answer.at("ok") is not True:
            report.wrong(
                f"Telegram did not take the webhook's address {task.address} ({_said(answer)})",
                "It must be https with a certificate that browsers trust, on port "
                + ", ".join(map(str, _PORTS))
                + ". Is BACKSTRIDE_PUBLIC_URL right?",
            )
            return
        report.fine(f"the webhook is set to {task.address}, with the secret token")
        return
    if not is_set:
        where = f"points to {info['url']}" if info.get("url") else "is not set"
        report.wrong(f"the webhook {where}", "Run: backstride connect telegram")
        return
    report.fine(f"the webhook points to {task.address}")
    _report_errors(info, report)


def _report_errors(info: dict[str, Any], report: Report) -> None:
    if info.get("last_error_message"):
        minutes = max(0, int(time.time() - int(info.get("last_error_date") or 0)) // 60)
        report.note(
            f"Telegram's last delivery that failed was {minutes} minutes ago: {info['last_error_message']}",
            "Nothing is to be done if messages have arrived since."
            if not info.get("pending_update_count")
            else "Messages are waiting: see the server's log.",
        )
    waiting = int(info.get("pending_update_count") or 0)
    if waiting > _MANY_WAITING:
        report.wrong(f"{waiting} messages wait at Telegram", "The server is down, refuses them or is too slow.")
    elif waiting:
        report.note(f"{waiting} messages wait at Telegram")


async def _look_at_our_server(task: Task, report: Report) -> None:
    async def send(secret: str) -> Answer:
        # An update without anything in it: it is taken, and nothing follows.
        return await task.client.ask("POST", task.address, headers={SECRET_HEADER: secret}, body={"update_id": 0})

    await look_at_our_server(
        report,
        genuine=lambda: send(task.secrets[SECRET_TOKEN]),
        forged=lambda: send("forged"),
        accepts=lambda answer: answer.status == 200,  # noqa: PLR2004
    )


async def _call(task: Task, method: str, body: dict[str, Any] | None = None) -> Answer:
    base = task.api or API
    try:
        return await task.client.ask("POST", f"{base}/bot{task.secrets[BOT_TOKEN]}/{method}", body=body or {})
    except ValueError as error:
        raise UnreachableError(f"{BOT_TOKEN} holds characters that no token has") from error


def _said(answer: Answer) -> str:
    return str(answer.at("description") or f"HTTP {answer.status}")
