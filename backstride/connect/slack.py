"""Slack: auth.test and its scopes; the addresses are set in the app's manifest, which is printed ready to paste.

Sources: https://docs.slack.dev/reference/methods/auth.test, https://docs.slack.dev/reference/app-manifest,
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time

from backstride.connect.client import Answer
from backstride.connect.findings import Report
from backstride.connect.task import Task, look_at_our_server

API = "https://slack.com"
BOT_TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105  # variables' names
SIGNING_SECRET = "SLACK_SIGNING_SECRET"  # noqa: S105
# What the channel needs: hear mentions and direct messages, answer them, and see what people send.
SCOPES = ("app_mentions:read", "chat:write", "im:history")
EVENTS = ("app_mention", "message.im")
_BOT_PREFIX = "xoxb-"

MANIFEST = """\
display_information:
  name: Backstride
  description: Answers runners whose back hurts after running
features:
  app_home:
    home_tab_enabled: false
    messages_tab_enabled: true
    messages_tab_read_only_enabled: false
  bot_user:
    display_name: Backstride
    always_online: true
oauth_config:
  scopes:
    bot: [{scopes}]
settings:
  event_subscriptions:
    request_url: {address}
    bot_events: [{events}]
  interactivity:
    is_enabled: true
    request_url: {address}
  org_deploy_enabled: false
  socket_mode_enabled: false
  token_rotation_enabled: false
"""


def manifest(address: str) -> str:
    """Return the app's manifest (YAML) for a webhook address."""
    return MANIFEST.format(scopes=", ".join(SCOPES), events=", ".join(EVENTS), address=address)


async def examine(task: Task, report: Report) -> None:
    """Check the bot's token, its scopes and our server; Slack lets nobody but a person set the addresses."""
    token = task.secrets[BOT_TOKEN]
    if not token.startswith(_BOT_PREFIX):
        report.wrong(
            f"{BOT_TOKEN} is no bot token: it does not begin with {_BOT_PREFIX}",
            "Open https://api.slack.com/apps, choose the app, 'OAuth & Permissions', 'Bot User OAuth Token'.",
        )
        return
    answer = await task.client.ask(
        "POST", f"{task.api or API}/api/auth.test", headers={"Authorization": f"Bearer {token}"}
    )
    if answer.at("ok") is not True:
        report.wrong(
            f"Slack does not take the bot's token ({answer.at('error') or f'HTTP {answer.status}'})",
            "Open https://api.slack.com/apps, choose the app, 'Install App', install it again, and put the\n"
            f"'Bot User OAuth Token' into {BOT_TOKEN}.",
        )
        _offer_manifest(task, report)
        return
    report.fine(f"the token is that of {answer.at('user')} in the workspace {answer.at('team')}")
    granted = {scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing and granted:
        report.wrong(
            f"the app may not do all that it needs: {', '.join(missing)} missing",
            "Open https://api.slack.com/apps, choose the app, 'OAuth & Permissions', 'Bot Token Scopes', add them,\n"
            "and install the app again.",
        )
    elif granted:
        report.fine(f"the app may do what it needs: {', '.join(SCOPES)}")
    else:
        report.note("Slack did not say what the app may do")
    await _look_at_our_server(task, report)
    if task.change:
        _offer_manifest(task, report)
    else:
        report.note(
            "Slack tells nobody which address it sends to",
            f"It must be {task.address} under 'Event Subscriptions' and under 'Interactivity & Shortcuts'\n"
            "of the app at https://api.slack.com/apps.",
        )


def _offer_manifest(task: Task, report: Report) -> None:
    report.note(
        "Slack's addresses are set by hand, once",
        "A new app: https://api.slack.com/apps, 'Create New App', 'From a manifest', and paste what follows.\n"
        "An app that is there: choose it, 'App Manifest', paste it, save, and confirm its address.\n\n"
        + manifest(task.address),
    )


async def _look_at_our_server(task: Task, report: Report) -> None:
    challenge = secrets.token_urlsafe(16)
    body = json.dumps({"type": "url_verification", "challenge": challenge}).encode()

    async def send(secret: str) -> Answer:
        at = str(int(time.time()))
        digest = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={digest}",
        }
        return await task.client.ask("POST", task.address, headers=headers, data=body)

    await look_at_our_server(
        report,
        genuine=lambda: send(task.secrets[SIGNING_SECRET]),
        forged=lambda: send("forged"),
        accepts=lambda answer: answer.status == 200 and challenge in answer.text,  # noqa: PLR2004
    )
