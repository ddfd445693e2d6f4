"""Facebook Messenger: the page's token, the app's subscriptions, the page's subscription, the "Get started" button.

Sources: https://developers.facebook.com/docs/graph-api/reference/app/subscriptions,
https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps,
https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api,
https://developers.facebook.com/docs/graph-api/guides/secure-requests (appsecret_proof)
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any

from backstride.channels.messaging.messenger import GET_STARTED, VERSION
from backstride.connect.client import Answer
from backstride.connect.findings import Report
from backstride.connect.task import Task, look_at_our_server

API = "https://graph.facebook.com"
PAGE_TOKEN = "MESSENGER_PAGE_TOKEN"  # noqa: S105  # variables' names
APP_SECRET = "MESSENGER_APP_SECRET"  # noqa: S105
VERIFY_TOKEN = "MESSENGER_VERIFY_TOKEN"  # noqa: S105
FIELDS = ("messages", "messaging_postbacks", "message_edits")
_PERMISSION = "pages_messaging"
_DAY_S = 86_400
_SOON_DAYS = 7
_OK = 200
_DASHBOARD = "Open https://developers.facebook.com/apps, choose the app"


async def examine(task: Task, report: Report) -> None:
    """Check token, secret and permissions; subscribe app and page to messages; set the first button."""
    page = await _ask(task, "GET", "/me", {"fields": "id,name"})
    if page.status != _OK:
        report.wrong(
            f"Facebook does not take the page's token ({_said(page)})",
            f"{_DASHBOARD}, 'Messenger', 'Messenger API settings', 'Generate access tokens',\n"
            f"choose the page, 'Generate', and put the token into {PAGE_TOKEN}.",
        )
        return
    report.fine(f"the token is that of the page {page.at('name')}")
    app = await _ask(task, "GET", "/app", {"fields": "id,name"})
    app_id = str(app.at("id") or "")
    if app.status != _OK or not app_id.isdecimal():
        report.wrong(f"Facebook does not say which app the token belongs to ({_said(app)})", "Generate the token anew.")
        return
    app_token = f"{app_id}|{task.secrets[APP_SECRET]}"
    token = await _ask(task, "GET", "/debug_token", {"input_token": task.secrets[PAGE_TOKEN]}, token=app_token)
    if token.status != _OK:
        report.wrong(
            f"{APP_SECRET} is not that of the app {app.at('name')} ({_said(token)})",
            f"{_DASHBOARD}, 'App settings', 'Basic', 'App secret', 'Show'.",
        )
        return
    report.fine(f"the secret is that of the app {app.at('name')}")
    _look_at_token(token.at("data") or {}, report)
    let_in = await _look_at_our_server(task, report)
    await _look_at_app(task, report, app_id, app_token, let_in=let_in)
    await _look_at_page(task, report)


def _look_at_token(found: Mapping[str, Any], report: Report) -> None:
    if _PERMISSION not in (found.get("scopes") or ()):
        report.wrong(
            f"the token may not send messages: {_PERMISSION} is missing",
            f"{_DASHBOARD}, 'Messenger', 'Messenger API settings', generate the token again and tick the page.",
        )
    expires = int(found.get("expires_at") or 0)
    if expires and expires - time.time() < _SOON_DAYS * _DAY_S:
        days = max(0, int(expires - time.time()) // _DAY_S)
        report.wrong(
            f"the token ends in {days} days",
            f"{_DASHBOARD}, 'Messenger', 'Messenger API settings', and generate one that does not end.",
        )


async def _look_at_app(task: Task, report: Report, app_id: str, app_token: str, *, let_in: bool) -> None:
    """See that the app sends its events to our address, and make it so."""
    found = await _ask(task, "GET", f"/{app_id}/subscriptions", token=app_token)
    subscriptions = found.at("data") or []
    page: Mapping[str, Any] = next((s for s in subscriptions if s.get("object") == "page"), {})
    fields = {f.get("name") if isinstance(f, Mapping) else f for f in page.get("fields") or ()}
    if page.get("callback_url") == task.address and page.get("active") and fields.issuperset(FIELDS):
        report.fine(f"the app sends messages to {task.address}")
        return
    if not task.change:
        where = f"sends to {page['callback_url']}" if page.get("callback_url") else "sends messages nowhere"
        report.wrong(f"the app {where}", "Run: backstride connect messenger")
        return
    if not let_in:
        report.wrong(
            "the app's webhook was not set: Facebook calls our server while it is being set",
            "Start the server first (make serve), then run this again.",
        )
        return
    form = {
        "object": "page",
        "callback_url": task.address,
        "verify_token": task.secrets[VERIFY_TOKEN],
        "fields": ",".join(sorted({*FIELDS, *(str(name) for name in fields if name)})),
    }
    answer = await _ask(task, "POST", f"/{app_id}/subscriptions", form=form, token=app_token)
    if answer.at("success") is not True:
        report.wrong(
            f"Facebook did not take the webhook's address {task.address} ({_said(answer)})",
            f"{_DASHBOARD}, 'Messenger', 'Messenger API settings', 'Configure webhooks', and enter it there with\n"
            f"the value of {VERIFY_TOKEN}.",
        )
        return
    report.fine(f"the app now sends messages to {task.address}")


async def _look_at_page(task: Task, report: Report) -> None:
    """See that the page hands its messages to the app, and make it so; then the first button."""
    found = await _ask(task, "GET", "/me/subscribed_apps")
    subscribed = {name for app in found.at("data") or [] for name in app.get("subscribed_fields") or ()}
    if subscribed.issuperset(FIELDS):
        report.fine("the page hands its messages to the app")
    elif not task.change:
        report.wrong("the page does not hand its messages to the app", "Run: backstride connect messenger")
    else:
        answer = await _ask(task, "POST", "/me/subscribed_apps", form={"subscribed_fields": ",".join(FIELDS)})
        if answer.at("success") is True:
            report.fine("the page now hands its messages to the app")
        else:
            report.wrong(
                f"the page could not be subscribed ({_said(answer)})",
                f"{_DASHBOARD}, 'Messenger', 'Messenger API settings', 'Add subscriptions' beside the page:\n"
                + ", ".join(FIELDS),
            )
    if task.change:
        answer = await _ask(task, "POST", "/me/messenger_profile", body={"get_started": {"payload": GET_STARTED}})
        if answer.at("result") == "success":
            report.fine("new people see a 'Get started' button")
        else:
            report.note(f"the 'Get started' button could not be set ({_said(answer)})")


async def _look_at_our_server(task: Task, report: Report) -> bool:
    challenge = str(secrets.randbelow(10**9))

    async def shake_hands(token: str) -> Answer:
        params = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
        return await task.client.ask("GET", task.address, params=params)

    return await look_at_our_server(
        report,
        genuine=lambda: shake_hands(task.secrets[VERIFY_TOKEN]),
        forged=lambda: shake_hands("forged"),
        accepts=lambda answer: answer.status == _OK and answer.text.strip() == challenge,
    )


async def _ask(
    task: Task,
    method: str,
    path: str,
    params: Mapping[str, str] | None = None,
    *,
    form: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    token: str | None = None,
) -> Answer:
    """Ask the Graph API with the page's token, or with another one; the token stays out of the address."""
    page_token = task.secrets[PAGE_TOKEN]
    # An app can be set to refuse every call without the proof; an app's own token needs none.
    proof = hmac.new(task.secrets[APP_SECRET].encode(), page_token.encode(), hashlib.sha256).hexdigest()
    extra = {"appsecret_proof": proof} if token is None else {}
    return await task.client.ask(
        method,
        f"{task.api or API}/{VERSION}{path}",
        params={**(params or {}), **extra},
        headers={"Authorization": f"Bearer {token or page_token}"},
        form=form,
        body=body,
    )


def _said(answer: Answer) -> str:
    return str(answer.at("error", "message") or f"HTTP {answer.status}")
