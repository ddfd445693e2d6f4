"""How a platform writes bold, and which characters it would take for its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_BLANK_BOLD = re.compile("[*_~`]")
_ZERO_WIDTH = "\u200b"


def _escape_markup(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _defuse(text: str) -> str:
    # Neither WhatsApp nor Slack has an escape for these: a blank of no width keeps a sign from marking anything.
    return _BLANK_BOLD.sub(lambda found: found.group() + _ZERO_WIDTH, text)


def _escape_mrkdwn(text: str) -> str:
    # Slack's three escapes do not cover its own signs for bold, italic, struck through and code.
    return _defuse(_escape_markup(text))


def _as_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Dialect:
    """A platform's formatting.

    Args:
        escape: makes a text stand for itself.
        bold: what stands before and after bold words; empty where there is no bold.
    """

    escape: Callable[[str], str] = _as_is
    bold: tuple[str, str] = ("", "")

    def format(self, text: str) -> str:
        """Return the platform's form of a text in which `**` stands around bold words."""
        before, after = self.bold
        parts = _BOLD.split(text)
        return "".join(
            f"{before}{self.escape(part)}{after}" if number % 2 else self.escape(part)
            for number, part in enumerate(parts)
        )


def without_marks(text: str) -> str:
    """Return a text without the `**` around bold words, as its reader sees it."""
    return _BOLD.sub(r"\1", text)


PLAIN: Final = Dialect()
TELEGRAM_HTML: Final = Dialect(_escape_markup, ("<b>", "</b>"))
SLACK_MRKDWN: Final = Dialect(_escape_mrkdwn, ("*", "*"))
WHATSAPP_TEXT: Final = Dialect(_defuse, ("*", "*"))
