"""What may stand under the web channel in credentials.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from backstride.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """What may stand under the channel in credentials.yml.

    Args:
        allowed_origins: other sites whose pages may use the chat, such as `https://example.org`; `*` for all.
        key_file: where the key that signs tokens is kept if BACKSTRIDE_SECRET is not set. Naming one allows to serve
            with it on any interface.
        token_days: how long a conversation can be resumed after its last use.
        max_text: characters of a typed message.
        messages_per_minute: of one conversation, in the long run; as many may come at once.
        address_messages_per_minute: of one network address.
        conversations_per_hour: begun from one network address.
        turn_timeout_s: seconds that an answer may take.
        proxies: how many trusted proxies stand before the server and add to X-Forwarded-For.
    """

    allowed_origins: tuple[str, ...] = ()
    key_file: str | None = None
    token_days: float = 30
    max_text: int = 1000
    messages_per_minute: float = 20
    address_messages_per_minute: float = 120
    conversations_per_hour: float = 60
    turn_timeout_s: float = 30
    proxies: int = 0

    @classmethod
    def read(cls, credentials: Mapping[str, Any] | None) -> WebOptions:
        """Return the options that credentials.yml gives.

        Raises:
            SettingsError: an option is unknown or cannot be used.
        """
        given = dict(credentials or {})
        known = {field.name for field in fields(cls)}
        for name in given:
            if name not in known:
                raise SettingsError(f"credentials.yml: the web channel knows no {name!r}; it knows {sorted(known)}.")
        origins = given.pop("allowed_origins", None) or ()
        if isinstance(origins, str):
            origins = (origins,)
        for origin in origins:
            if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
                raise SettingsError(
                    f"credentials.yml: allowed_origins holds {origin!r}; write scheme and host without a path, "
                    "such as https://example.org"
                )
        for name, value in given.items():
            if name != "key_file" and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
                raise SettingsError(f"credentials.yml: {name} is {value!r}; write a number.")
        return cls(allowed_origins=tuple(origins), **given)
