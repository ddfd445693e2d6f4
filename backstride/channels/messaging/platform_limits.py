"""What fits on which platform: the one table, each row with its source and the day on which it was read there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from backstride.message_windows import WINDOW_HOURS

LOOKED_UP: Final = "2026-11-29"


def characters(text: str) -> int:
    """Return the length in characters."""
    return len(text)


def utf16_units(text: str) -> int:
    """Return the length in UTF-16 code units, in which Telegram counts: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What fits into one message of a platform.

    Args:
        text: length of a message's text at most, counted by `measure`.
        short_text: length after which an answer stops and offers the rest; None where it is sent whole.
        caption: length of a picture's caption at most; 0 where pictures go without a text.
        buttons: tappable buttons on one message at most; 0 where a numbered menu takes their place.
        button_title: characters of a button's title at most.
        button_id_bytes: bytes of a button's id at most.
        is_sms: whether a text is paid for by its length and signs outside the SMS alphabet make it longer.
        window_hours: hours after a person's last message in which the assistant may write freely; None for ever.
        measure: how the platform counts.
        sources: where the figures stand.
    """

    text: int
    short_text: int | None = None
    caption: int = 0
    buttons: int = 0
    button_title: int = 0
    button_id_bytes: int = 0
    is_sms: bool = False
    window_hours: float | None = None
    measure: Callable[[str], int] = characters
    sources: tuple[str, ...]


TELEGRAM: Final = Limits(
    # "1-4096 characters after entities parsing"; captions "0-1024"; callback_data "1-64 bytes".
    text=4096,
    caption=1024,
    # Telegram names no smaller number than 100 for a keyboard; more than a screenful helps nobody.
    buttons=12,
    # No limit is named; longer titles are cut off on a phone's screen.
    button_title=64,
    button_id_bytes=64,
    measure=utf16_units,
    sources=("https://core.telegram.org/bots/api#sendmessage", "https://core.telegram.org/bots/api#sendphoto"),
)
SLACK: Final = Limits(
    # A section's text object; an actions block takes 25 elements, button text 75, action_id 255.
    text=3000,
    buttons=25,
    button_title=75,
    button_id_bytes=255,
    sources=(
        "https://docs.slack.dev/reference/block-kit/blocks/section-block",
        "https://docs.slack.dev/reference/block-kit/blocks/actions-block",
        "https://docs.slack.dev/reference/block-kit/block-elements/button-element",
        "https://docs.slack.dev/reference/block-kit/blocks/image-block",
    ),
)
MESSENGER: Final = Limits(
    # A text "must be UTF-8 and has a 2000 character limit": so the Send API's reference, as those who build on it
    # repeat it (the three sources after it, found on 2026-11-30; the page itself could not be opened). It was 640
    # until 2018, and some still keep to that. 13 quick replies, titles of 20 characters, payloads of 1,000. A button
    # template takes 3 buttons and a text of 640.
    text=2000,
    buttons=13,
    button_title=20,
    button_id_bytes=1000,
    window_hours=WINDOW_HOURS["messenger"],
    sources=(
        "https://developers.facebook.com/docs/messenger-platform/reference/send-api/",
        "https://github.com/Messageflow/send-as",
        "https://github.com/microsoft/botframework-sdk/issues/4261",
        "https://developers.chatwoot.com/self-hosted/supported-features",
        "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/quick-replies",
        "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/button",
    ),
)
SMS: Final = Limits(
    # 1,600 is Twilio's limit for a body. 306 characters of the GSM alphabet are two segments, which are paid for.
    text=1600,
    short_text=306,
    is_sms=True,
    sources=(
        "https://www.twilio.com/docs/api/errors/21617",
        "https://www.twilio.com/docs/glossary/what-sms-character-limit",
    ),
)
WHATSAPP: Final = Limits(
    # Twilio's limit for a body holds for WhatsApp too. Media messages take a body as their caption, for which WhatsApp
    # itself says "Maximum 1024 characters".
    text=1600,
    caption=1024,
    window_hours=WINDOW_HOURS["whatsapp"],
    sources=(
        "https://www.twilio.com/docs/api/errors/21617",
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/image-messages/",
        "https://www.twilio.com/docs/api/errors/63016",
    ),
)
ALL: Final = {"telegram": TELEGRAM, "slack": SLACK, "messenger": MESSENGER, "sms": SMS, "whatsapp": WHATSAPP}
