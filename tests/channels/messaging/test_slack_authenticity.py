"""Slack: who is let in, and what the server wants before it starts."""

from __future__ import annotations

import json
import time

import fake_slack
import pytest
from fake_slack import event, signed
from slack_chat import PATH, Slack

from backstride.channels.messaging.credentials import ChannelOptions
from backstride.channels.messaging.slack import (
    SlackChannel,
)
from backstride.errors import SettingsError

RAW = json.dumps(event("hello")).encode()


def _without(name: str) -> dict[str, str]:
    return {key: value for key, value in signed(RAW).items() if key != name}


def forgeries() -> dict[str, tuple[bytes, dict[str, str]]]:
    """Deliveries that Slack did not send, each wrong in one thing: made when they are sent, since a signature ages."""
    now, good = int(time.time()), signed(RAW)
    return {
        "no headers": (RAW, {}),
        "no signature": (RAW, _without("X-Slack-Signature")),
        "no timestamp": (RAW, _without("X-Slack-Request-Timestamp")),
        "empty signature": (RAW, signed(RAW) | {"X-Slack-Signature": ""}),
        "version only": (RAW, signed(RAW) | {"X-Slack-Signature": "v0="}),
        "another version": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"].replace("v0=", "v1=")}),
        "no version": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"].removeprefix("v0=")}),
        "capitals": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"].upper()}),
        "one digit changed": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"][:-1] + "g"}),
        "cut short": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"][:-2]}),
        "longer": (RAW, signed(RAW) | {"X-Slack-Signature": good["X-Slack-Signature"] + "00"}),
        "another secret": (RAW, signed(RAW, secret="another-secret-of-some-length")),
        "almost empty secret": (RAW, signed(RAW, secret="0")),
        "another body": (RAW + b" ", signed(RAW)),
        "another text": (RAW.replace(b"hello", b"hallo"), signed(RAW)),
        "another timestamp": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": str(now + 1)}),
        "six minutes old": (RAW, signed(RAW, at=now - 360)),
        "six minutes ahead": (RAW, signed(RAW, at=now + 420)),
        "year 1970": (RAW, signed(RAW, at=0)),
        "negative timestamp": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": "-1"}),
        "timestamp of words": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": "now"}),
        "timestamp too long": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": "9" * 5000}),
        "timestamp with a fraction": (RAW, signed(RAW) | {"X-Slack-Request-Timestamp": f"{now}.0"}),
        "timestamp in other digits": (
            RAW,
            signed(RAW) | {"X-Slack-Request-Timestamp": "\u0661".encode().decode("latin-1")},
        ),
        "old verification token only": (json.dumps({"token": "unused", "type": "event_callback"}).encode(), {}),
        "handshake without signature": (b'{"type": "url_verification", "challenge": "x"}', {}),
        "form without signature": (b"payload=%7B%7D", {"Content-Type": "application/x-www-form-urlencoded"}),
    }


@pytest.mark.parametrize("forgery", forgeries())
def test_forgery_is_refused(slack: Slack, forgery: str) -> None:
    body, headers = forgeries()[forgery]
    response = slack.served.post(PATH, body, headers)
    slack.served.settle()
    assert response.status_code == 401
    assert response.json() == {"error": "not_authentic"}
    assert not slack.platform.posted
    assert not slack.served.agent.handled


def test_the_same_delivery_sent_again_by_somebody_else_is_refused(slack: Slack) -> None:
    raw = json.dumps(event("hello")).encode()
    headers = signed(raw)
    assert slack.served.post(PATH, raw, headers).status_code == 200
    again = slack.served.post(PATH, raw, headers)
    assert (again.status_code, again.json()) == (401, {"error": "replayed"})
    slack.served.settle()
    assert len(slack.platform.posted) == 1


def test_signatures_are_kept_no_longer_than_the_window() -> None:
    now = [1_700_000_000.0]
    options = ChannelOptions(public_url="http://127.0.0.1:1")
    channel = SlackChannel(options, token="xoxb-1", signing_secret=fake_slack.SECRET, clock=lambda: now[0])
    for _ in range(3):
        channel._check(signed(b"{}", at=now[0]), b"{}")
        now[0] += 200
    assert len(channel._seen) == 2


def test_handshake_gives_the_challenge_back(slack: Slack) -> None:
    raw = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"}).encode()
    response = slack.served.post(PATH, raw, signed(raw))
    assert response.json() == {"challenge": "3eZbrw1aB"}


def test_no_start_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTRIDE_PUBLIC_URL", "https://back.example.org")
    good = {"SLACK_BOT_TOKEN": "xoxb-1-2", "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5"}
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    assert SlackChannel.from_credentials(None).name() == "slack"
    for name, value in good.items():
        monkeypatch.delenv(name)
        with pytest.raises(SettingsError, match=name):
            SlackChannel.from_credentials(None)
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxp-a-persons-token")
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN") as refused:
        SlackChannel.from_credentials({})
    assert "persons" not in str(refused.value)
