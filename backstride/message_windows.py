"""How long after a person's last message a platform lets the assistant write unasked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Hours by the channel's name; a channel that is not named has no such rule.
# https://developers.facebook.com/docs/messenger-platform/send-messages (read on 2026-11-29)
# https://www.twilio.com/docs/api/errors/63016 (read on 2026-11-29)
WINDOW_HOURS: Mapping[str, int] = MappingProxyType({"messenger": 24, "whatsapp": 24})
