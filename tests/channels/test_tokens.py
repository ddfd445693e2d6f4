"""Tokens, the key that signs them, rate limits, and the options in credentials.yml."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.channels.limits import MAX_NAMES, RateLimit
from backstride.channels.tokens import Signer, TokenError, load_signer, new_conversation_id
from backstride.channels.web import WebChannel, WebOptions
from backstride.errors import SettingsError

SECRET = "s" * 32


def test_token_opens_its_conversation_until_it_expires() -> None:
    signer = Signer(b"k" * 32)
    token = signer.issue("web-1", expires=100)
    assert signer.read(token, now=99).conversation == "web-1"
    with pytest.raises(TokenError, match="token_expired"):
        signer.read(token, now=100)


def test_secret_can_be_changed_without_throwing_anybody_out() -> None:
    token = Signer(b"old" * 11).issue("web-1", expires=100)
    assert Signer(b"new" * 11, b"old" * 11).read(token, now=0).conversation == "web-1"
    with pytest.raises(TokenError, match="token_invalid"):
        Signer(b"new" * 11).read(token, now=0)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,80}", fullmatch=True))
def test_anything_else_is_no_token(text: str) -> None:
    with pytest.raises(TokenError):
        Signer(b"k" * 32).read(text, now=0)


def test_ids_cannot_be_guessed() -> None:
    assert len({new_conversation_id() for _ in range(1000)}) == 1000
    assert len(new_conversation_id()) == 28


def test_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "web.key"
    signers = [
        load_signer(environment={}, key_file=path, key_file_is_set=False, interface="127.0.0.1") for _ in range(2)
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signers[1].read(signers[0].issue("web-1", expires=100), now=0).conversation == "web-1"
    assert [file.name for file in path.parent.iterdir()] == ["web.key"]


def test_secret_of_the_environment_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "web.key"
    load_signer(environment={"BACKSTRIDE_SECRET": SECRET}, key_file=path, key_file_is_set=False, interface="0.0.0.0")
    assert not path.exists()


@pytest.mark.parametrize("interface", ["0.0.0.0", "192.0.2.1", "::", "example.org"])
def test_server_that_others_reach_needs_a_secret(tmp_path: Path, interface: str) -> None:
    path = tmp_path / "web.key"
    with pytest.raises(SettingsError, match="BACKSTRIDE_SECRET is not set"):
        load_signer(environment={}, key_file=path, key_file_is_set=False, interface=interface)
    load_signer(environment={}, key_file=path, key_file_is_set=True, interface=interface)


@pytest.mark.parametrize("interface", ["127.0.0.1", "::1", "localhost"])
def test_loopback_needs_none(tmp_path: Path, interface: str) -> None:
    load_signer(environment={}, key_file=tmp_path / "k", key_file_is_set=False, interface=interface)


def test_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="32 characters"):
        load_signer(
            environment={"BACKSTRIDE_SECRET": f"{SECRET},short"},
            key_file=tmp_path / "k",
            key_file_is_set=False,
            interface="::1",
        )


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "web.key"
    path.write_text(SECRET)
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_signer(environment={}, key_file=path, key_file_is_set=True, interface="::1")


def test_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "web.key"
    path.write_text("short")
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="too short"):
        load_signer(environment={}, key_file=path, key_file_is_set=True, interface="::1")


def test_folder_that_cannot_hold_a_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="key_file"):
        load_signer(environment={}, key_file=tmp_path / "file" / "k", key_file_is_set=True, interface="::1")


def test_bucket_allows_a_burst_and_then_the_rate() -> None:
    now = 0.0
    limit = RateLimit(per_minute=6, burst=2, clock=lambda: now)
    assert [limit.wait_s("a") for _ in range(3)] == [0, 0, 10]
    assert limit.wait_s("b") == 0
    now = 10.0
    assert [limit.wait_s("a") for _ in range(2)] == [0, 10]


def test_bucket_forgets_whom_it_has_not_seen_for_long() -> None:
    limit = RateLimit(per_minute=1, burst=1, clock=lambda: 0.0)
    assert limit.wait_s("first") == 0
    for number in range(MAX_NAMES):
        limit.wait_s(str(number))
    assert limit.wait_s("first") == 0


def test_options_have_defaults() -> None:
    assert WebOptions.read(None) == WebOptions()
    assert WebChannel.from_credentials({"allowed_origins": "https://a.example"}).url_prefix() == "/"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"alowed_origins": []}, "knows no 'alowed_origins'"),
        ({"allowed_origins": ["clinic.example"]}, "such as https://example.org"),
        ({"allowed_origins": ["https://clinic.example/path"]}, "without a path"),
        ({"max_text": "many"}, "max_text is 'many'"),
        ({"proxies": -1}, "proxies is -1"),
        ({"token_days": True}, "token_days is True"),
    ],
)
def test_wrong_option_is_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        WebOptions.read(given)
