"""The entries of the navigation, in their order: address and words."""

from __future__ import annotations

from typing import Final

NAVIGATION: Final = (
    ("/inbox", "Inbox"),
    ("/unknown", "Not understood"),
    ("/changes", "Changes"),
    ("/models", "Models"),
    ("/picture", "Picture"),
    ("/audit", "Log"),
)
