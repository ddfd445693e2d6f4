"""The diary as a picture: a line of the worst pain of each day, and the runs as bars below it. Pure.

Line and bars differ in shape, not only in colour, so that the picture is read in grey; the colours change with a dark
page. A text in its place says the same in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from xml.sax.saxutils import escape

from backstride.diary import DiaryEntry, distance_by_day, worst_by_day
from backstride.diary_talk import DiaryMessages

# Days that a picture shows at most, and at least: two points alone would fill the whole width.
_MOST_DAYS, _LEAST_DAYS = 28, 7
_WIDTH, _HEIGHT = 320, 240
_LEFT, _RIGHT = 28, 310
_PAIN_TOP, _PAIN_BOTTOM = 34, 140
_RUN_TOP, _RUN_BOTTOM = 168, 214
_MAX_SCORE = 10
# Large enough to be read on a phone, where the picture is a little narrower than it is drawn; as wide as "12.5".
_LETTERS, _LABEL_WIDTH = 13, 27
_STYLE = (
    ".p{fill:#fff}.t{fill:#3a4150}.g{stroke:#c9ced8}.l{stroke:#9c2f4f}.d{fill:#9c2f4f}.b{fill:#5d7fa8}"
    "@media(prefers-color-scheme:dark){.p{fill:#172122}.t{fill:#d5dae3}.g{stroke:#4a5261}.l{stroke:#f08fae}"
    ".d{fill:#f08fae}.b{fill:#8fb3de}}"
)


def days_shown(entries: Sequence[DiaryEntry], until: date) -> tuple[date, date] | None:
    """Return the first and the last day of a picture, or None where there is nothing to draw."""
    days = [
        entry.day
        for entry in entries
        if until - timedelta(days=_MOST_DAYS - 1) <= entry.day <= until
        and (entry.worst is not None or entry.distance_km is not None)
    ]
    if not days:
        return None
    return min(*days, until - timedelta(days=_LEAST_DAYS - 1)), until


def text_alternative(entries: Sequence[DiaryEntry], until: date, messages: DiaryMessages) -> str:
    """Return in words what the picture shows; "" where there is nothing to draw."""
    shown = days_shown(entries, until)
    if shown is None:
        return ""
    first, last = shown
    worst, runs = (_within(values, first, last) for values in (worst_by_day(entries), distance_by_day(entries)))
    return messages.chart(first, last, worst, runs)


def picture(entries: Sequence[DiaryEntry], until: date, messages: DiaryMessages) -> str | None:
    """Return the picture as SVG, or None where there is nothing to draw.

    Args:
        entries: the diary.
        until: the last day that is shown.
        messages: says what stands in the picture.
    """
    shown = days_shown(entries, until)
    if shown is None:
        return None
    first, last = shown
    worst, runs = (_within(values, first, last) for values in (worst_by_day(entries), distance_by_day(entries)))
    title, pain, run = messages.chart_titles()
    alternative = messages.chart(first, last, worst, runs)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" font-family="sans-serif" font-size="{_LETTERS}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(alternative)}</desc>",
        f"<style>{_STYLE}</style>",
        f'<rect class="p" width="{_WIDTH}" height="{_HEIGHT}"/>',
        _text(_LEFT, 14, pain, bold=True),
        _text(_LEFT, _RUN_TOP - 8, run, bold=True),
        *_grid(),
        *_bars(runs, first, last),
        *_line(worst, first, last),
        *_dates(first, last, messages),
        "</svg>",
    ]
    return "".join(parts)


def _grid() -> list[str]:
    lines = []
    for score in (0, 2, 4, 6, 8, 10):
        y = _height(score)
        lines.append(f'<path class="g" d="M{_LEFT} {y:g}H{_RIGHT}" stroke-width="1"/>')
        lines.append(_text(_LEFT - 6, y + 4.5, str(score), anchor="end"))
    lines.append(f'<path class="g" d="M{_LEFT} {_RUN_BOTTOM}H{_RIGHT}" stroke-width="1"/>')
    return lines


def _line(worst: Mapping[date, float], first: date, last: date) -> list[str]:
    """Return the line of pain; a point says its score where there is room."""
    points = [(_across(day, first, last), _height(score), score) for day, score in worst.items()]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    parts = [f'<polyline class="l" points="{way}" fill="none" stroke-width="2.5" stroke-linejoin="round"/>']
    for x, y, _ in points:
        parts.append(f'<circle class="d" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
    return parts + _labels((x, y - 6, score) for x, y, score in points)


def _bars(runs: Mapping[date, float], first: date, last: date) -> list[str]:
    longest = max(runs.values(), default=0.0)
    width = min(14.0, (_RIGHT - _LEFT) / ((last - first).days + 1) * 0.6)
    parts, labels = [], []
    for day, kilometres in runs.items():
        height = max(2.0, kilometres / longest * (_RUN_BOTTOM - _RUN_TOP - 8)) if longest else 0.0
        x, y = _across(day, first, last), _RUN_BOTTOM - height
        parts.append(f'<rect class="b" x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>')
        labels.append((x, y - 3, kilometres))
    return parts + _labels(labels)


def _labels(numbers: Iterable[tuple[float, float, float]]) -> list[str]:
    """Return numbers in their places, without those that would lie on the one before."""
    parts: list[str] = []
    free = 0.0
    for x, y, number in sorted(numbers):
        if x >= free:
            parts.append(_text(x, y, f"{number:g}", anchor="middle"))
            free = x + _LABEL_WIDTH
    return parts


def _dates(first: date, last: date, messages: DiaryMessages) -> list[str]:
    middle = first + (last - first) / 2
    return [
        _text(_LEFT, _HEIGHT - 10, messages.short_day(first)),
        _text(_across(middle, first, last), _HEIGHT - 10, messages.short_day(middle), anchor="middle"),
        _text(_RIGHT, _HEIGHT - 10, messages.short_day(last), anchor="end"),
    ]


def _text(x: float, y: float, words: str, *, anchor: str = "", bold: bool = False) -> str:
    place = f' text-anchor="{anchor}"' if anchor else ""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text class="t" x="{x:.1f}" y="{y:.1f}"{place}{weight}>{escape(words)}</text>'


def _across(day: date, first: date, last: date) -> float:
    # Half a bar of room on each side.
    return _LEFT + 10 + (_RIGHT - _LEFT - 20) * (day - first).days / max(1, (last - first).days)


def _height(score: float) -> float:
    return _PAIN_BOTTOM - (_PAIN_BOTTOM - _PAIN_TOP) * score / _MAX_SCORE


def _within(values: Mapping[date, float], first: date, last: date) -> dict[date, float]:
    return {day: value for day, value in values.items() if first <= day <= last}
