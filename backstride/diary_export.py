"""The diary as a table that any spreadsheet opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from backstride.diary import DiaryEntry

COLUMNS = ("day", "pain_before_run", "pain_after_run", "pain_of_the_day", "distance_km", "run_minutes", "rest_day")


def as_csv(entries: Iterable[DiaryEntry]) -> str:
    """Return one line an entry, in the order of the days, behind a line of names; an empty field was not said."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for entry in sorted(entries, key=lambda each: (each.day, each.id)):
        scores = (entry.before, entry.after, entry.level, entry.distance_km)
        table.writerow(
            [
                entry.day.isoformat(),
                *("" if value is None else f"{value:g}" for value in scores),
                "" if entry.run_minutes is None else entry.run_minutes,
                "yes" if entry.rested else "",
            ]
        )
    return out.getvalue()
