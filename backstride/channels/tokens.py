"""Signed, expiring tokens: who holds one may read and write the one conversation that it names.

The server makes the conversation's id and never takes one from outside, so that knowing or guessing an id is worth
nothing. No list of tokens is kept: any server that knows the secret can check a token.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import ipaddress
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backstride.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_VARIABLE = "BACKSTRIDE_SECRET"  # noqa: S105  # a variable's name
MIN_SECRET_LENGTH = 32
MAX_TOKEN_LENGTH = 512
# Says what a signature is for, so that none made for another purpose counts here.
_PURPOSE = b"backstride web conversation 1\n"
_LINK_PURPOSE = b"backstride web link 1\n"


class TokenError(Exception):
    """A token is not one of ours, was changed, or has expired; `code` tells the client which."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a valid token allows.

    Args:
        conversation: the id of the conversation.
        expires: seconds since 1970.
    """

    conversation: str
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What an address that was handed out gives, and no more than that.

    Args:
        conversation: whose it is.
        gives: what it gives, such as "diary".
    """

    conversation: str
    gives: str


class Signer:
    """Makes and checks tokens.

    Args:
        keys: the first one signs; all of them are accepted, so that a secret can be changed without throwing
            anybody out: put the new one first and drop the old one when its tokens have expired.
    """

    def __init__(self, *keys: bytes) -> None:
        if not keys:
            raise SettingsError("A signer needs a key.")
        self._keys = keys

    def issue(self, conversation: str, *, expires: int) -> str:
        """Return a token for a conversation that is valid until `expires`, in seconds since 1970."""
        body = json.dumps({"c": conversation, "e": expires}, separators=(",", ":")).encode()
        return f"{_encode(body)}.{_encode(_signature(self._keys[0], body))}"

    def read(self, token: str, *, now: float) -> Grant:
        """Return what a token allows at a time in seconds since 1970.

        Raises:
            TokenError: with the code `token_invalid` or `token_expired`.
        """
        said = self._read(token, _PURPOSE, now)
        return Grant(conversation=str(said["c"]), expires=int(said["e"]))

    def issue_link(self, conversation: str, gives: str, *, expires: int) -> str:
        """Return a token for an address that gives one thing until `expires`; it opens no conversation."""
        body = json.dumps({"c": conversation, "g": gives, "e": expires}, separators=(",", ":")).encode()
        return f"{_encode(body)}.{_encode(_signature(self._keys[0], body, _LINK_PURPOSE))}"

    def read_link(self, token: str, *, now: float) -> Link:
        """Return what such an address gives at a time in seconds since 1970.

        Raises:
            TokenError: with the code `token_invalid` or `token_expired`.
        """
        said = self._read(token, _LINK_PURPOSE, now)
        return Link(conversation=str(said["c"]), gives=str(said["g"]))

    def _read(self, token: str, purpose: bytes, now: float) -> dict[str, Any]:
        if len(token) > MAX_TOKEN_LENGTH:
            raise TokenError("token_invalid")
        encoded_body, _, encoded_signature = token.partition(".")
        try:
            body, signature = _decode(encoded_body), _decode(encoded_signature)
        except (ValueError, binascii.Error) as error:
            raise TokenError("token_invalid") from error
        if not any(hmac.compare_digest(_signature(key, body, purpose), signature) for key in self._keys):
            raise TokenError("token_invalid")
        said: dict[str, Any] = json.loads(body)
        if int(said["e"]) <= now:
            raise TokenError("token_expired")
        return said


def new_conversation_id() -> str:
    """Return an id that nobody can guess: 144 random bits."""
    return f"web-{secrets.token_urlsafe(18)}"


def load_signer(*, environment: Mapping[str, str], key_file: Path, key_file_is_set: bool, interface: str) -> Signer:
    """Return the signer that the environment or the key file asks for.

    Args:
        environment: BACKSTRIDE_SECRET is read from it: one secret, or several with commas between.
        key_file: where a key is kept if there is no secret in the environment; made on first use.
        key_file_is_set: somebody chose this file in credentials.yml; it then serves on any interface.
        interface: the address that the server listens on.

    Raises:
        SettingsError: the secret is too short, the key file cannot be used, or there is neither on an interface that
            others can reach.
    """
    secret = environment.get(SECRET_VARIABLE, "")
    if secret:
        parts = [part.strip() for part in secret.split(",")]
        if any(len(part) < MIN_SECRET_LENGTH for part in parts):
            raise SettingsError(
                f"{SECRET_VARIABLE} is too short; each secret has {MIN_SECRET_LENGTH} characters or more. "
                "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        return Signer(*(part.encode() for part in parts))
    if not key_file_is_set and not is_loopback(interface):
        raise SettingsError(
            f"{SECRET_VARIABLE} is not set and the server listens on {interface}, where others can reach it. "
            f"Set {SECRET_VARIABLE} (the same on every server), or name a `key_file` for the web channel in "
            "credentials.yml, or listen on 127.0.0.1."
        )
    return Signer(_key_in(key_file))


def is_loopback(interface: str) -> bool:
    """Return whether only this machine can reach an interface."""
    if interface == "localhost":
        return True
    try:
        return ipaddress.ip_address(interface).is_loopback
    except ValueError:
        return False


def _key_in(path: Path) -> bytes:
    try:
        if not path.exists():
            _make_key(path)
        return _checked_key(path)
    except OSError as error:
        raise SettingsError(
            f"{path}: the key that signs conversations cannot be kept there ({error.strerror}); make the folder "
            f"writable, name another `key_file` in credentials.yml, or set {SECRET_VARIABLE}."
        ) from error


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and linked into place: several workers that start together all end with one whole key.
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(beside)
    finally:
        Path(beside).unlink()


def _checked_key(path: Path) -> bytes:
    key = path.read_bytes().strip()
    if len(key) < MIN_SECRET_LENGTH:
        raise SettingsError(f"{path}: the key is too short; remove the file and a new one is made.")
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path}: other users of this machine may read the key; run: chmod 600 {path}")
    return key


def _signature(key: bytes, body: bytes, purpose: bytes = _PURPOSE) -> bytes:
    return hmac.new(key, purpose + body, hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    if not text or not text.isascii():
        raise ValueError("not base64")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
