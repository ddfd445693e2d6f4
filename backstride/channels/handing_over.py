"""The files that the web channel hands over: the diary's picture and table, and all data of a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sanic.response import HTTPResponse

from backstride.channels.history import Message
from backstride.diary import as_json
from backstride.diary_export import as_csv
from backstride.diary_file import load_diary_file
from backstride.diary_picture import picture
from backstride.diary_talk import DiaryMessages
from backstride.privacy import PrivacyMessages
from backstride.records import Records

CHART: Final = "chart"
DIARY: Final = "diary"
DATA: Final = "data"
_TITLES = {DIARY: "csv_link", DATA: "data_link"}
_FILES = {DIARY: ("text/csv; charset=utf-8", "backstride-diary.csv"), DATA: ("application/json", "backstride.json")}
# The picture's colours stand in its own style element; it can load and run nothing.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def with_links(message: Message, link: Callable[[str], str]) -> Message:
    """Return a message with the address of its picture, or of its file.

    Args:
        message: as the widget gets it, with `chart` or `file` as the actions wrote them.
        link: makes the signed part of an address that gives one thing.
    """
    linked = dict(message)
    chart, file = linked.pop("chart", None), linked.pop("file", None)
    if isinstance(chart, dict):
        linked["chart"] = {"src": f"/chat/file/{link(CHART + ':' + str(chart.get('until')))}", "alt": chart.get("alt")}
    if file in _TITLES:
        title = load_diary_file().say(_TITLES[file])
        linked["file"] = {"src": f"/chat/file/{link(file)}", "title": title}
    return linked


def retention_sentence(days: int) -> str:
    """Return how long things are kept, as the page says it."""
    file = load_diary_file()
    return PrivacyMessages(file.say, file.slots).kept_for(days)


def file_body(gives: str, records: Records, conversation: str) -> str | None:
    """Return the content of the diary's picture or table, or None where there is nothing to show.

    Raises:
        RecordsError: the database did not answer.
    """
    kind, _, until = gives.partition(":")
    if kind == DIARY:
        return as_csv(records.entries(conversation))
    if kind != CHART:
        return None
    try:
        last = date.fromisoformat(until)
    except ValueError:
        return None
    return picture(records.entries(conversation), last, DiaryMessages(load_diary_file().say))


def file_of(gives: str, body: str) -> HTTPResponse:
    """Return a file as it is sent: a picture to be shown, anything else to be saved."""
    headers = {"Cache-Control": "private, no-store"}
    if gives in _FILES:
        kind, name = _FILES[gives]
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return HTTPResponse(body, headers=headers, content_type=kind)
    headers["Content-Security-Policy"] = _PICTURE_POLICY
    # The widget stands on other people's pages; only who has the address can load it.
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return HTTPResponse(body, headers=headers, content_type="image/svg+xml")


def exported(records: Records, conversation: str) -> dict[str, Any]:
    """Return diary and reminder as they stand in the file with all data.

    Raises:
        RecordsError: the database did not answer.
    """
    reminder = records.reminder(conversation)
    schedule = reminder.schedule if reminder else None
    return {
        "diary": [as_json(entry) for entry in records.entries(conversation)],
        "reminder": schedule
        and {
            "at": schedule.at.strftime("%H:%M"),
            "weekdays": sorted(schedule.weekdays),
            "zone": schedule.zone,
            "once": schedule.once,
            "every_days": schedule.every_days,
        },
    }
