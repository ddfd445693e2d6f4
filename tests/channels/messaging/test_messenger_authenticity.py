"""Facebook Messenger: who is let in, and what the server wants before it starts."""

from __future__ import annotations

import hashlib
import hmac
import json

import fake_messenger
import pytest
import requests
from fake_messenger import ANN, delivery, said, signed
from messenger_chat import PATH, Messenger

from backstride.channels.messaging.messenger import (
    MessengerChannel,
)
from backstride.errors import SettingsError

RAW = json.dumps(delivery(said("hello"))).encode()
GOOD = signed(RAW)["X-Hub-Signature-256"]


def _with(signature: str | None, name: str = "X-Hub-Signature-256") -> dict[str, str]:
    return {"Content-Type": "application/json"} | ({} if signature is None else {name: signature})


def _digest(kind: str) -> str:
    return hmac.new(fake_messenger.SECRET.encode(), RAW, getattr(hashlib, kind)).hexdigest()


FORGERIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "no signature": (RAW, _with(None)),
    "empty signature": (RAW, _with("")),
    "algorithm only": (RAW, _with("sha256=")),
    "no algorithm": (RAW, _with(GOOD.removeprefix("sha256="))),
    "sha1 in its own header": (RAW, _with(f"sha1={_digest('sha1')}", "X-Hub-Signature")),
    "sha1": (RAW, _with(f"sha1={_digest('sha1')}")),
    "md5": (RAW, _with(f"md5={_digest('md5')}")),
    "sha512": (RAW, _with(f"sha512={_digest('sha512')}")),
    "sha1 called sha256": (RAW, _with(f"sha256={_digest('sha1')}")),
    "unknown algorithm": (RAW, _with("rot13=uryyb")),
    "right signature in the old header": (RAW, _with(GOOD, "X-Hub-Signature")),
    "capitals": (RAW, _with(GOOD.upper())),
    "digits in capitals": (RAW, _with("sha256=" + GOOD.removeprefix("sha256=").upper())),
    "one digit changed": (RAW, _with(GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"))),
    "cut short": (RAW, _with(GOOD[:-1])),
    "longer": (RAW, _with(GOOD + "0")),
    "two signatures": (RAW, _with(f"{GOOD}, {GOOD}")),
    "another secret": (RAW, signed(RAW, secret="another-secret")),
    "empty secret": (RAW, signed(RAW, secret="")),
    "verify token as secret": (RAW, signed(RAW, secret=fake_messenger.VERIFY)),
    "another body": (RAW + b"\n", signed(RAW)),
    "another person": (RAW.replace(ANN.encode(), b"666"), signed(RAW)),
    "empty body": (b"", signed(RAW)),
    "unsigned empty object": (b"{}", _with(None)),
    "signature that is no text": (RAW, _with("sha256=" + "\xff" * 32)),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forgery_is_refused(messenger: Messenger, forgery: str) -> None:
    body, headers = FORGERIES[forgery]
    response = messenger.served.post(PATH, body, headers)
    messenger.served.settle()
    assert (response.status_code, response.json()) == (401, {"error": "not_authentic"})
    assert not messenger.platform.sent
    assert not messenger.served.agent.handled


def handshake(messenger: Messenger, **params: str) -> requests.Response:
    """Shake hands as Facebook does."""
    given = {f"hub.{name}": value for name, value in params.items()}
    return requests.get(f"{messenger.served.url}/webhooks/{PATH}", params=given, timeout=120)


def test_handshake_gives_the_challenge_back(messenger: Messenger) -> None:
    response = handshake(messenger, mode="subscribe", verify_token=fake_messenger.VERIFY, challenge="1158201444")
    assert (response.status_code, response.text) == (200, "1158201444")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"mode": "subscribe", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "wrong", "challenge": "1"},
        {"mode": "subscribe", "verify_token": fake_messenger.VERIFY.upper(), "challenge": "1"},
        {"mode": "unsubscribe", "verify_token": fake_messenger.VERIFY, "challenge": "1"},
        {"verify_token": fake_messenger.VERIFY, "challenge": "1"},
    ],
)
def test_forged_handshake_is_refused(messenger: Messenger, params: dict[str, str]) -> None:
    assert handshake(messenger, **params).status_code == 403


def test_no_start_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTRIDE_PUBLIC_URL", "https://back.example.org")
    good = {
        "MESSENGER_PAGE_TOKEN": fake_messenger.TOKEN,
        "MESSENGER_APP_SECRET": fake_messenger.SECRET,
        "MESSENGER_VERIFY_TOKEN": fake_messenger.VERIFY,
    }
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    assert MessengerChannel.from_credentials(None).name() == "messenger"
    for name, value in good.items():
        monkeypatch.delenv(name)
        with pytest.raises(SettingsError, match=name):
            MessengerChannel.from_credentials(None)
        monkeypatch.setenv(name, value)
