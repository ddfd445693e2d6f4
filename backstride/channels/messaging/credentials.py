"""What a messaging channel is told: options from credentials.yml, secrets from the environment alone."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from backstride.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLIC_URL = "BACKSTRIDE_PUBLIC_URL"
_Options = TypeVar("_Options", bound="ChannelOptions")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOptions:
    """Options that all messaging channels have; a channel with more derives from it.

    Args:
        public_url: where the server is reached from outside, without a path, such as `https://back.example.org`;
            BACKSTRIDE_PUBLIC_URL where it is not set. Signatures, webhooks and pictures need it.
        api_url: the platform's API; None for the platform's own. Only tests set it.
        messages_per_minute: of one conversation, in the long run; as many may come at once.
        turn_timeout_s: seconds that an answer may take.
        answer_within_s: seconds that the platform waits for our "received" at most; the answer may come later.
    """

    public_url: str | None = None
    api_url: str | None = None
    messages_per_minute: float = 30
    turn_timeout_s: float = 30
    answer_within_s: float = 2.5


def read_options(
    kind: type[_Options],
    channel: str,
    credentials: Mapping[str, Any] | None,
    environment: Mapping[str, str] | None = None,
) -> _Options:
    """Return the options that stand under a channel in credentials.yml.

    Raises:
        SettingsError: an option is unknown or cannot be used, a secret stands in the file, or the public address is
            missing.
    """
    environment = os.environ if environment is None else environment
    given = dict(credentials or {})
    known = {field.name: field.default for field in fields(kind)}
    for name, value in given.items():
        if name not in known:
            raise SettingsError(
                f"credentials.yml: the {channel} channel knows no {name!r}; it knows {', '.join(sorted(known))}. "
                "Secrets never stand in this file: they come from the environment."
            )
        default = known[name]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(default, int | float) and not (is_number and value > 0):
            raise SettingsError(f"credentials.yml: {channel}: {name} is {value!r}; write a number above 0.")
        if (default is None or isinstance(default, str)) and not isinstance(value, str):
            raise SettingsError(f"credentials.yml: {channel}: {name} is {value!r}; write a text.")
    given["public_url"] = _address(channel, given.get("public_url") or environment.get(PUBLIC_URL))
    if "api_url" in given:
        given["api_url"] = given["api_url"].rstrip("/")
    return kind(**given)


def secret(name: str, channel: str, environment: Mapping[str, str] | None = None, *, pattern: str = r"\S+") -> str:
    """Return a secret from the environment.

    Args:
        name: the variable.
        channel: whose secret it is.
        environment: where to look; the process's own if None.
        pattern: what the whole value must look like.

    Raises:
        SettingsError: it is missing, or cannot be one; the value is never told.
    """
    environment = os.environ if environment is None else environment
    value = environment.get(name, "").strip()
    if not value:
        raise SettingsError(
            f"{name} is not set; the {channel} channel is open in credentials.yml and needs it. "
            f"Set it, or take the channel out of credentials.yml (docs/channels/{channel}.md)."
        )
    if not re.fullmatch(pattern, value):
        raise SettingsError(f"{name} does not look right; copy it again (docs/channels/{channel}.md).")
    return value


def _address(channel: str, given: str | None) -> str:
    if not given:
        raise SettingsError(
            f"{PUBLIC_URL} is not set; the {channel} channel needs the address at which the platform reaches this "
            "server, such as https://back.example.org"
        )
    if not re.fullmatch(r"https?://[^/\s?#@:]+(:\d{1,5})?/?", given):
        raise SettingsError(
            f"{PUBLIC_URL} (or public_url of the {channel} channel) is {given!r}; write scheme and host without a "
            "path, such as https://back.example.org"
        )
    return given.rstrip("/")
