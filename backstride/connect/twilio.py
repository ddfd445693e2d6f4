"""Twilio, for SMS and for WhatsApp: the account, the number or sender, and where its messages go.

Sources: https://www.twilio.com/docs/iam/api/account, https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource,
https://www.twilio.com/docs/whatsapp/api/senders (public beta), https://www.twilio.com/docs/usage/monitor-alert,
https://www.twilio.com/docs/usage/security
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from backstride.connect.client import Answer
from backstride.connect.findings import Report
from backstride.connect.task import Task, look_at_our_server

API = "https://api.twilio.com"
MESSAGING_API = "https://messaging.twilio.com"
MONITOR_API = "https://monitor.twilio.com"
ACCOUNT_SID = "TWILIO_ACCOUNT_SID"
AUTH_TOKEN = "TWILIO_AUTH_TOKEN"  # noqa: S105  # a variable's name
SMS_FROM = "TWILIO_SMS_FROM"
WHATSAPP_FROM = "TWILIO_WHATSAPP_FROM"
# Twilio lends this number to everybody who tries WhatsApp.
SANDBOX_NUMBER = "+14155238886"
_E164 = re.compile(r"\+[1-9]\d{6,14}")
# A number of five or six digits that belongs to one country.
_SHORT_CODE = re.compile(r"\d{3,8}")
# A Messaging Service, which chooses among several numbers.
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_OK = 200
_CONSOLE = "https://console.twilio.com"
# Twilio could not fetch our answer, or did not understand it: https://www.twilio.com/docs/api/errors
_WEBHOOK_ERRORS = ("11200", "11205", "11206", "11210", "11215", "12100", "12300")


async def examine_sms(task: Task, report: Report) -> None:
    """Check the account and the number, and send the number's messages to our server."""
    number = task.secrets[SMS_FROM]
    is_service, is_short = bool(_SERVICE.fullmatch(number)), bool(_SHORT_CODE.fullmatch(number))
    if not (is_service or is_short or _is_number(SMS_FROM, number, report)):
        return
    if not await _look_at_account(task, report):
        return
    await _look_at_our_server(task, report, sender="+15005550006", recipient=number)
    if is_service:
        await _point_service(task, report, number, SMS_FROM, "sms")
        await _look_at_alerts(task, report)
        return
    if is_short:
        report.note(
            f"{number} is a short code, whose address this command does not set",
            f"{_CONSOLE}, 'Phone Numbers', 'Manage', 'Active numbers', {number}, 'Messaging configuration',\n"
            f"'A message comes in': Webhook, {task.address}, HTTP POST.",
        )
        await _look_at_alerts(task, report)
        return
    found = await _ask(task, "GET", f"{_account(task)}/IncomingPhoneNumbers.json", {"PhoneNumber": number})
    numbers = found.at("incoming_phone_numbers") or []
    if not numbers:
        report.wrong(
            f"the account has no number {number}",
            f"{_CONSOLE}, 'Phone Numbers', 'Manage', 'Active numbers': put one of them into {SMS_FROM}.",
        )
        return
    if not (numbers[0].get("capabilities") or {}).get("sms"):
        report.wrong(f"{number} cannot send text messages", "Choose a number with the capability 'SMS'.")
        return
    await _point_number(task, report, numbers[0])
    await _look_at_alerts(task, report)


async def _point_number(task: Task, report: Report, found: Mapping[str, Any]) -> None:
    number = found.get("phone_number")
    if found.get("sms_url") == task.address and str(found.get("sms_method", "POST")).upper() == "POST":
        report.fine(f"messages to {number} go to {task.address}")
        return
    if not task.change:
        where = f"go to {found['sms_url']}" if found.get("sms_url") else "go nowhere"
        report.wrong(f"messages to {number} {where}", "Run: backstride connect sms")
        return
    form = {"SmsUrl": task.address, "SmsMethod": "POST"}
    answer = await _ask(task, "POST", f"{_account(task)}/IncomingPhoneNumbers/{found.get('sid')}.json", form=form)
    if answer.status == _OK and answer.at("sms_url") == task.address:
        report.fine(f"messages to {number} now go to {task.address}")
    else:
        report.wrong(
            f"the number's address could not be set ({_said(answer)})",
            f"{_CONSOLE}, 'Phone Numbers', 'Manage', 'Active numbers', {number}, 'Messaging configuration',\n"
            f"'A message comes in': Webhook, {task.address}, HTTP POST.",
        )


async def _point_service(task: Task, report: Report, service: str, variable: str, name: str) -> None:
    """See that a Messaging Service hands its messages to our server, and make it so.

    Args:
        task: what is looked at.
        report: where it is noted down.
        service: the service's id.
        variable: the environment variable that holds it.
        name: the channel's name on the command line.
    """
    url = f"{task.api or MESSAGING_API}/v1/Services/{service}"
    found = await _ask(task, "GET", url)
    if found.status != _OK:
        report.wrong(
            f"the account has no Messaging Service {service} ({_said(found)})",
            f"{_CONSOLE}, 'Messaging', 'Services': put the service's id into {variable}.",
        )
    elif found.at("inbound_request_url") == task.address and not found.at("use_inbound_webhook_on_number"):
        report.fine(f"messages to the service go to {task.address}")
    elif not task.change:
        report.wrong(f"messages to the service do not go to {task.address}", f"Run: backstride connect {name}")
    else:
        form = {"InboundRequestUrl": task.address, "InboundMethod": "POST", "UseInboundWebhookOnNumber": "false"}
        answer = await _ask(task, "POST", url, form=form)
        if answer.status == _OK and answer.at("inbound_request_url") == task.address:
            report.fine(f"messages to the service now go to {task.address}")
        else:
            report.wrong(
                f"the service's address could not be set ({_said(answer)})",
                f"{_CONSOLE}, 'Messaging', 'Services', the service, 'Integration', 'Send a webhook': {task.address}.",
            )


async def examine_whatsapp(task: Task, report: Report) -> None:
    """Check the account and the WhatsApp sender, and send its messages to our server."""
    number = task.secrets[WHATSAPP_FROM].removeprefix("whatsapp:")
    is_service = bool(_SERVICE.fullmatch(number))
    if not (is_service or _is_number(WHATSAPP_FROM, number, report)) or not await _look_at_account(task, report):
        return
    await _look_at_our_server(task, report, sender="whatsapp:+15005550006", recipient=f"whatsapp:{number}")
    if is_service:
        await _point_service(task, report, number, WHATSAPP_FROM, "whatsapp")
    elif number == SANDBOX_NUMBER:
        report.note(
            "this is Twilio's sandbox: only people who sent it the join code can be answered, and Twilio lets nobody\n"
            "         but a person set its address",
            f"{_CONSOLE}, 'Messaging', 'Try it out', 'Send a WhatsApp message', 'Sandbox settings',\n"
            f"'When a message comes in': {task.address}, POST.",
        )
    else:
        await _look_at_sender(task, report, number)
    await _look_at_alerts(task, report)


async def _look_at_sender(task: Task, report: Report, number: str) -> None:
    base = f"{task.api or MESSAGING_API}/v2"
    by_hand = (
        f"{_CONSOLE}, 'Messaging', 'Senders', 'WhatsApp senders', {number}, 'Edit sender',\n"
        f"'Webhook URL for incoming messages': {task.address}, HTTP POST."
    )
    params = {"Channel": "whatsapp", "PageSize": "100"}
    found = await task.client.ask("GET", f"{base}/Channels/Senders", params=params, login=_login(task))
    if found.status != _OK:
        report.note(f"Twilio did not list the WhatsApp senders ({_said(found)}), so look yourself", by_hand)
        return
    sender = next((s for s in found.at("senders") or [] if s.get("sender_id") == f"whatsapp:{number}"), None)
    if sender is None:
        report.wrong(
            f"{number} is no WhatsApp sender of this account",
            f"{_CONSOLE}, 'Messaging', 'Senders', 'WhatsApp senders', 'Create new sender'.",
        )
        return
    if not str(sender.get("status", "")).upper().startswith("ONLINE"):
        report.wrong(f"the WhatsApp sender is {str(sender.get('status')).lower()}, not online", by_hand)
        return
    if (sender.get("webhook") or {}).get("callback_url") == task.address:
        report.fine(f"messages to {number} go to {task.address}")
        return
    if not task.change:
        report.wrong(f"messages to {number} do not go to {task.address}", "Run: backstride connect whatsapp")
        return
    body = {"webhook": {"callback_url": task.address, "callback_method": "POST"}}
    answer = await task.client.ask(
        "POST", f"{base}/Channels/Senders/{sender.get('sid')}", body=body, login=_login(task)
    )
    if answer.status in (200, 202):
        report.fine(f"messages to {number} now go to {task.address}")
    else:
        report.wrong(f"the sender's address could not be set ({_said(answer)})", by_hand)


async def _look_at_account(task: Task, report: Report) -> bool:
    found = await _ask(task, "GET", f"{_account(task)}.json")
    if found.status != _OK:
        report.wrong(
            f"Twilio does not take the account's id and token ({_said(found)})",
            f"{_CONSOLE}, 'Account dashboard', 'Account info': put 'Account SID' into {ACCOUNT_SID}\n"
            f"and 'Auth token' into {AUTH_TOKEN}.",
        )
        return False
    if found.at("status") != "active":
        report.wrong(f"the account is {found.at('status')}, not active", f"{_CONSOLE} says why.")
        return False
    report.fine(f"the account is {found.at('friendly_name')}, active")
    if found.at("type") == "Trial":
        report.note("it is a trial account: it reaches verified numbers only", f"{_CONSOLE}, 'Upgrade'.")
    return True


async def _look_at_alerts(task: Task, report: Report) -> None:
    """Report the last message that Twilio could not deliver to our server."""
    base = f"{task.api or MONITOR_API}/v1"
    params = {"LogLevel": "error", "PageSize": "20"}
    found = await task.client.ask("GET", f"{base}/Alerts", params=params, login=_login(task))
    ours = [alert for alert in found.at("alerts") or [] if task.address in str(alert.get("request_url"))]
    failed = next((alert for alert in ours if str(alert.get("error_code")) in _WEBHOOK_ERRORS), None)
    if failed is not None:
        report.note(
            f"Twilio's last delivery that failed was on {failed.get('date_generated')}: error {failed['error_code']}",
            f"https://www.twilio.com/docs/api/errors/{failed['error_code']}",
        )


async def _look_at_our_server(task: Task, report: Report, *, sender: str, recipient: str) -> None:
    # A report on a message that was sent: it is taken, and nothing follows.
    form = {
        "AccountSid": task.secrets[ACCOUNT_SID],
        "MessageSid": "SM" + "0" * 32,
        "MessageStatus": "sent",
        "SmsStatus": "sent",
        "From": recipient,
        "To": sender,
    }

    async def send(token: str) -> Answer:
        headers = {"X-Twilio-Signature": signature(token, task.address, form)}
        return await task.client.ask("POST", task.address, headers=headers, form=form)

    await look_at_our_server(
        report,
        genuine=lambda: send(task.secrets[AUTH_TOKEN]),
        forged=lambda: send("forged"),
        accepts=lambda answer: answer.status in (200, 204),
    )


def signature(token: str, address: str, form: Mapping[str, str]) -> str:
    """Return the X-Twilio-Signature of a form (https://www.twilio.com/docs/usage/security)."""
    signed = address + "".join(name + form[name] for name in sorted(form))
    # SHA-1 is what Twilio prescribes.
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _is_number(variable: str, number: str, report: Report) -> bool:
    if _E164.fullmatch(number):
        return True
    report.wrong(f"{variable} is no telephone number", "Write it with + and the country's code, such as +441632960000.")
    return False


def _account(task: Task) -> str:
    return f"{task.api or API}/2010-04-01/Accounts/{task.secrets[ACCOUNT_SID]}"


def _login(task: Task) -> tuple[str, str]:
    return task.secrets[ACCOUNT_SID], task.secrets[AUTH_TOKEN]


async def _ask(
    task: Task,
    method: str,
    url: str,
    params: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    return await task.client.ask(method, url, params=params, form=form, login=_login(task))


def _said(answer: Answer) -> str:
    return str(answer.at("message") or f"HTTP {answer.status}")
