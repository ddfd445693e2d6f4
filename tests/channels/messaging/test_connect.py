"""`backstride connect`: what it finds, what it sets, what it tells, against the platforms' APIs on the loopback."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_setup import ENVIRONMENT, Setup, platforms

import backstride.cli
from backstride.cli import main
from backstride.connect.connecting import look_at_platform
from backstride.connect.findings import Finding, Report, State
from backstride.connect.platforms import PLATFORMS
from backstride.connect.slack import manifest

NAMES = sorted(PLATFORMS)


async def examined(
    name: str, setup: Setup, *, change: bool = True, environment: dict[str, str] | None = None
) -> Report:
    """Look at a platform as the command does."""
    options = {"public_url": setup.url, "api_url": setup.url}
    return await look_at_platform(PLATFORMS[name], options, environment or ENVIRONMENT, change=change)


def wrongs(report: Report) -> str:
    """Everything that is wrong, with its mend."""
    return "\n".join(f"{finding.says} -> {finding.mend}" for finding in report.findings if finding.state is State.WRONG)


@pytest.mark.parametrize("name", NAMES)
async def test_a_platform_that_is_set_up_is_fine(name: str) -> None:
    async with platforms(Setup()) as setup:
        first = await examined(name, setup)
        again = await examined(name, setup, change=False)
    assert first.is_fine, str(first)
    assert again.is_fine, str(again)


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_changed_when_only_looking(name: str) -> None:
    async with platforms(Setup()) as setup:
        before = repr(setup)
        report = await examined(name, setup, change=False)
        assert repr(setup) == before
    if name != "slack":  # Slack tells nobody where it sends to
        assert f"backstride connect {name}" in wrongs(report)


async def test_webhooks_carry_address_and_secrets() -> None:
    async with platforms(Setup()) as setup:
        for name in NAMES:
            await examined(name, setup)
        assert setup.telegram["url"] == setup.address("telegram")
        assert setup.telegram["secret"] == ENVIRONMENT["TELEGRAM_SECRET_TOKEN"]
        assert setup.subscriptions[0]["callback_url"] == setup.address("messenger")
        assert set(setup.page_fields) == {"messages", "messaging_postbacks", "message_edits"}
        assert setup.profile["get_started"]["payload"]
        assert (setup.number["sms_url"], setup.number["sms_method"]) == (setup.address("sms"), "POST")
        assert setup.sender["webhook"]["callback_url"] == setup.address("whatsapp")


@pytest.mark.parametrize(
    ("name", "variable"), [(name, variable) for name in NAMES for variable in PLATFORMS[name].variables]
)
async def test_missing_variable_is_named_with_where_to_get_it(name: str, variable: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != variable}
    async with platforms(Setup()) as setup:
        report = await examined(name, setup, environment=environment)
    assert f"{variable} is not set -> Where to get it: " in wrongs(report)
    assert PLATFORMS[name].guide in str(report)


@pytest.mark.parametrize(
    ("name", "variable", "value", "told"),
    [
        ("telegram", "TELEGRAM_BOT_TOKEN", "1:wrong", "BotFather"),
        ("telegram", "TELEGRAM_SECRET_TOKEN", "not allowed!", "letters, digits, _ and -"),
        ("slack", "SLACK_BOT_TOKEN", "xoxp-user-token", "no bot token"),
        ("slack", "SLACK_BOT_TOKEN", "xoxb-wrong", "invalid_auth"),
        ("slack", "SLACK_SIGNING_SECRET", "wrong", "other secrets"),
        ("messenger", "MESSENGER_PAGE_TOKEN", "wrong", "Generate access tokens"),
        ("messenger", "MESSENGER_VERIFY_TOKEN", "wrong", "other secrets"),
        ("sms", "TWILIO_AUTH_TOKEN", "wrong", "Auth token"),
        ("sms", "TWILIO_SMS_FROM", "01632 960000", "+441632960000"),
        ("sms", "TWILIO_SMS_FROM", "+441632960999", "Active numbers"),
        ("whatsapp", "TWILIO_WHATSAPP_FROM", "+441632960999", "WhatsApp senders"),
    ],
)
async def test_wrong_value_is_told_with_where_to_click(name: str, variable: str, value: str, told: str) -> None:
    async with platforms(Setup()) as setup:
        report = await examined(name, setup, environment=ENVIRONMENT | {variable: value})
    assert told in wrongs(report)


async def test_secret_of_another_facebook_app_is_told() -> None:
    async with platforms(Setup(profile={"sloppy": True})) as setup:
        report = await examined("messenger", setup, environment=ENVIRONMENT | {"MESSENGER_APP_SECRET": "another"})
    assert "MESSENGER_APP_SECRET is not that of the app" in wrongs(report)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variable", sorted(v for v in ENVIRONMENT if v.endswith(("TOKEN", "SECRET"))))
async def test_no_report_shows_a_secret(name: str, variable: str) -> None:
    secret = ENVIRONMENT[variable]
    async with platforms(Setup(secrets=ENVIRONMENT | {variable: "changed"})) as setup:
        assert secret not in str(await examined(name, setup))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("down", "does not take a genuine message at the public address (HTTP 502)"),
        ("other", "other secrets"),
        ("open", "took a forged message"),
    ],
)
async def test_server_that_the_platform_would_not_reach_is_told(name: str, state: str, told: str) -> None:
    async with platforms(Setup(our_server=state)) as setup:
        report = await examined(name, setup)
    assert told in wrongs(report)


async def test_messengers_webhook_waits_for_the_server() -> None:
    """Facebook calls the server while the webhook is set; without one the attempt is not made."""
    async with platforms(Setup(our_server="down")) as setup:
        report = await examined("messenger", setup)
        assert setup.subscriptions == []
    assert "Start the server first" in wrongs(report)


@pytest.mark.parametrize("name", ["telegram", "messenger", "sms", "whatsapp"])
async def test_refused_webhook_is_told_in_the_platforms_words(name: str) -> None:
    async with platforms(Setup(refuse_webhook=True)) as setup:
        report = await examined(name, setup)
    words = {
        "telegram": "HTTPS URL",
        "messenger": "verification failed",
        "sms": "Url is not valid",
        "whatsapp": "Invalid",
    }
    assert words[name] in wrongs(report)


async def test_foreign_webhooks_are_told_when_looking() -> None:
    setup = Setup()
    setup.telegram["url"] = "https://other.example/hook"
    setup.number["sms_url"] = "https://demo.twilio.com/welcome/sms/reply"
    setup.subscriptions = [{"object": "page", "callback_url": "https://other.example/fb", "active": True, "fields": []}]
    async with platforms(setup):
        told = "".join([wrongs(await examined(name, setup, change=False)) for name in ("telegram", "sms", "messenger")])
    for address in ("https://other.example/hook", "https://demo.twilio.com", "https://other.example/fb"):
        assert address in told


async def test_last_failed_delivery_is_told() -> None:
    setup = Setup()
    async with platforms(setup):
        setup.telegram |= {
            "url": setup.address("telegram"),
            "last_error_date": int(time.time()) - 600,
            "last_error_message": "Wrong response from the webhook: 502 Bad Gateway",
            "pending_update_count": 3,
        }
        setup.number["sms_url"] = setup.address("sms")
        setup.alerts = [
            {"error_code": "11200", "request_url": setup.address("sms"), "date_generated": "2026-11-22T10:00:00Z"},
        ]
        told = "\n".join([str(await examined(name, setup, change=False)) for name in ("telegram", "sms")])
    assert "502 Bad Gateway" in told
    assert "3 messages wait" in told
    assert "error 11200" in told


async def test_many_waiting_messages_are_wrong() -> None:
    setup = Setup()
    async with platforms(setup):
        setup.telegram |= {"url": setup.address("telegram"), "pending_update_count": 400}
        assert "400 messages wait" in wrongs(await examined("telegram", setup, change=False))


@pytest.mark.parametrize(
    ("name", "changed", "told"),
    [
        ("telegram", {"reads_all": True}, "/setprivacy"),
        ("slack", {"scopes": "chat:write"}, "app_mentions:read, im:history missing"),
        ("slack", {"scopes": ""}, "did not say what the app may do"),
        ("messenger", {"token": {"scopes": [], "expires_at": 0}}, "pages_messaging is missing"),
        (
            "messenger",
            {"token": {"scopes": ["pages_messaging"], "expires_at": int(time.time()) + 90_000}},
            "ends in 1 days",
        ),
        ("sms", {"account": {"status": "suspended"}}, "suspended"),
        ("sms", {"account": {"status": "active", "type": "Trial", "friendly_name": "x"}}, "verified numbers only"),
    ],
)
async def test_what_else_may_be_amiss_is_told(name: str, changed: dict[str, Any], told: str) -> None:
    async with platforms(Setup(**changed)) as setup:
        assert told in str(await examined(name, setup))


async def test_number_that_cannot_text_is_told() -> None:
    setup = Setup()
    setup.number["capabilities"] = {"sms": False, "voice": True}
    async with platforms(setup):
        assert "cannot send text messages" in wrongs(await examined("sms", setup))


async def test_messaging_service_is_set_as_well() -> None:
    environment = ENVIRONMENT | {"TWILIO_SMS_FROM": "MG" + "0" * 32}
    async with platforms(Setup()) as setup:
        assert "Run: backstride connect sms" in wrongs(
            await examined("sms", setup, change=False, environment=environment)
        )
        assert (await examined("sms", setup, environment=environment)).is_fine
        assert setup.service["inbound_request_url"] == setup.address("sms")
        assert (await examined("sms", setup, change=False, environment=environment)).is_fine
        setup.refuse_webhook, setup.service = True, {}
        assert "Url is not valid" in wrongs(await examined("sms", setup, environment=environment))
        unknown = ENVIRONMENT | {"TWILIO_SMS_FROM": "MG" + "1" * 32}
        assert "has no Messaging Service" in wrongs(await examined("sms", setup, environment=unknown))


async def test_messaging_service_that_sends_on_whatsapp_is_set_as_well() -> None:
    environment = ENVIRONMENT | {"TWILIO_WHATSAPP_FROM": "MG" + "0" * 32}
    async with platforms(Setup()) as setup:
        assert "Run: backstride connect whatsapp" in wrongs(
            await examined("whatsapp", setup, change=False, environment=environment)
        )
        assert (await examined("whatsapp", setup, environment=environment)).is_fine
        assert setup.service["inbound_request_url"] == setup.address("whatsapp")
        unknown = ENVIRONMENT | {"TWILIO_WHATSAPP_FROM": "MG" + "1" * 32}
        assert "into TWILIO_WHATSAPP_FROM" in wrongs(await examined("whatsapp", setup, environment=unknown))


async def test_short_code_is_set_by_hand() -> None:
    async with platforms(Setup()) as setup:
        report = await examined("sms", setup, environment=ENVIRONMENT | {"TWILIO_SMS_FROM": "12345"})
    assert report.is_fine
    assert "12345 is a short code" in str(report)


async def test_whatsapp_sender_that_is_offline_is_told() -> None:
    setup = Setup()
    setup.sender["status"] = "OFFLINE"
    async with platforms(setup):
        assert "offline, not online" in wrongs(await examined("whatsapp", setup))


async def test_whatsapp_sandbox_is_set_by_hand() -> None:
    environment = ENVIRONMENT | {"TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886"}
    async with platforms(Setup()) as setup:
        report = await examined("whatsapp", setup, environment=environment)
        assert setup.sender["webhook"] == {}
    assert report.is_fine
    assert "Sandbox settings" in str(report)


async def test_platform_out_of_reach_is_told() -> None:
    options = {"public_url": "http://127.0.0.1:9", "api_url": "http://127.0.0.1:9"}
    for name in NAMES:
        report = await look_at_platform(PLATFORMS[name], options, ENVIRONMENT, change=True)
        assert "127.0.0.1 cannot be reached" in wrongs(report)
        assert "reach the internet" in wrongs(report)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (None, "is not set"),
        ("back.example.org", "Write scheme and host"),
        ("https://back.example.org/path", "Write scheme and host"),
        ("http://back.example.org", "is not https"),
    ],
)
async def test_public_address_must_be_one(address: str | None, told: str) -> None:
    environment = ENVIRONMENT | ({"BACKSTRIDE_PUBLIC_URL": address} if address else {})
    assert told in wrongs(await look_at_platform(PLATFORMS["telegram"], None, environment, change=True))


def test_slacks_manifest_asks_for_what_the_channel_needs() -> None:
    read = yaml.safe_load(manifest("https://back.example.org/webhooks/slack/webhook"))
    settings = read["settings"]
    assert settings["event_subscriptions"]["request_url"] == settings["interactivity"]["request_url"]
    assert settings["event_subscriptions"]["bot_events"] == ["app_mention", "message.im"]
    assert read["oauth_config"]["scopes"]["bot"] == ["app_mentions:read", "chat:write", "im:history"]
    assert settings["socket_mode_enabled"] is False


async def test_slacks_manifest_is_printed_ready_to_paste() -> None:
    async with platforms(Setup()) as setup:
        told = str(await examined("slack", setup))
    assert f"request_url: {setup.address('slack')}" in told


def test_command_line_names_every_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(backstride.cli, "_connect", lambda options: seen.append(options.platform) or 0)
    for name in NAMES:
        assert main(["connect", name]) == 0
    assert seen == NAMES


async def test_command_ends_with_0_where_all_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with platforms(Setup()) as setup:
        options = {"public_url": setup.url, "api_url": setup.url}
        credentials = tmp_path / "credentials.yml"
        credentials.write_text(yaml.safe_dump({PLATFORMS["telegram"].channel: options}))
        for name, value in (ENVIRONMENT | {"BACKSTRIDE_CREDENTIALS": str(credentials)}).items():
            monkeypatch.setenv(name, value)
        assert await asyncio.to_thread(main, ["connect", "telegram"]) == 0
    told = capsys.readouterr().out
    assert "@backstride_bot" in told
    assert "WRONG" not in told


def test_command_tells_a_channel_that_is_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "credentials.yml").write_text("rest:\n")
    monkeypatch.setenv("BACKSTRIDE_CREDENTIALS", str(tmp_path / "credentials.yml"))
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    assert main(["connect", "slack"]) == 1
    assert "Add the line 'backstride.channels.messaging.slack.SlackChannel:'" in capsys.readouterr().out


def test_finding_prints_its_mend_below() -> None:
    finding = Finding(state=State.WRONG, says="it is broken", mend="mend it\nand again")
    assert finding.lines() == ["  WRONG  it is broken", "         -> mend it", "         -> and again"]
