"""Telegram: who is let in, and what the server wants before it starts."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from fake_telegram import SECRET, TOKEN, message
from telegram_chat import PATH, Telegram

from backstride.channels.messaging.telegram import SECRET_HEADER, TelegramChannel
from backstride.errors import SettingsError

FORGED = [
    *("", "-", "x", SECRET[:-1], SECRET + "a", SECRET.upper(), SECRET[::-1], f"Bearer {SECRET}", TOKEN, SECRET * 2),
    *("null", "None", "0", "true", "*", "a" * 32, "a-secret-token-of-32-characters", "\x7f" * 32, f"{SECRET},{SECRET}"),
    *("' or 1=1 --", f'"{SECRET}"', "é" * 16),
]


@pytest.mark.parametrize("secret", FORGED)
def test_a_delivery_is_refused_when_its_secret_is_not_ours(telegram: Telegram, secret: str) -> None:
    raw = json.dumps(message("hello")).encode()
    response = telegram.served.post(PATH, raw, {SECRET_HEADER: secret.encode()})  # type: ignore[dict-item]
    assert (response.status_code, response.json()) == (401, {"error": "not_authentic"})


def test_a_delivery_is_refused_when_it_has_no_secret(telegram: Telegram) -> None:
    assert telegram.served.post(PATH, b"{}", {}).status_code == 401


def test_nothing_of_a_forged_delivery_is_answered(telegram: Telegram) -> None:
    telegram.deliver(message("heat"), **{SECRET_HEADER: "forged"})
    telegram.served.settle()
    assert telegram.platform.sent == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 50_000])
def test_what_is_no_update_is_refused_without_a_trace(telegram: Telegram, body: bytes) -> None:
    response = telegram.served.post(PATH, body, {SECRET_HEADER: SECRET})
    assert (response.status_code, response.json()) == (400, {"error": "malformed"})


def test_a_delivery_that_is_too_large_is_refused(telegram: Telegram) -> None:
    assert telegram.served.post(PATH, b"a" * 100_001, {SECRET_HEADER: SECRET}).status_code == 413


@pytest.mark.parametrize("name", ["TELEGRAM_BOT_TOKEN", "TELEGRAM_SECRET_TOKEN", "BACKSTRIDE_PUBLIC_URL"])
def test_the_server_does_not_start_when_a_secret_is_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable, value in {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_SECRET_TOKEN": SECRET,
        "BACKSTRIDE_PUBLIC_URL": "https://back.example.org",
    }.items():
        monkeypatch.setenv(variable, value)
    assert isinstance(TelegramChannel.from_credentials({}), TelegramChannel)
    monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match=name):
        TelegramChannel.from_credentials({})


@pytest.mark.parametrize("credentials", [{"token": TOKEN}, {"answer_within_s": -1}, {"public_url": "no address"}])
def test_the_server_does_not_start_when_credentials_hold_what_they_must_not(
    monkeypatch: pytest.MonkeyPatch, credentials: dict[str, Any]
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_SECRET_TOKEN", SECRET)
    monkeypatch.setenv("BACKSTRIDE_PUBLIC_URL", "https://back.example.org")
    with pytest.raises(SettingsError) as caught:
        TelegramChannel.from_credentials(credentials)
    assert TOKEN not in str(caught.value)


def test_a_delivery_whose_length_is_below_nothing_is_refused_and_the_next_is_taken(telegram: Telegram) -> None:
    """Sanic alone would look for the end of such a body for ever, and answer nobody any more."""
    parts = urlsplit(telegram.served.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=120) as connection:
        head = f"POST /webhooks/{PATH} HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: -5\r\n\r\n"
        connection.sendall(head.encode() + b"{}")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert telegram.deliver(message("heat")) == 200
