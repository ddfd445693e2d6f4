"""The diary in conversation: what a message does to it, and what is said. Pure; reading and storing are elsewhere.

As a led conversation (see `backstride.guided`) it asks for what is missing once, takes corrections, and lets go as soon
as the person speaks of something else: a question about the diary is never repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import Any

from backstride.answers import Answer, Button, payload
from backstride.diary import (
    Concern,
    DiaryEntry,
    DiaryWords,
    Direction,
    Trend,
    as_json,
    completed,
    corrected,
    from_json,
    trend,
)
from backstride.diary_export import as_csv
from backstride.wording import Wording

# What tapped buttons say.
DELETE, CHANGE, PUT_BACK, AGAIN, SKIP, ASK = (
    f"diary:{what}" for what in ("delete", "change", "put_back", "again", "skip", "ask")
)
# Channels that hand files over.
FILE_CHANNELS = frozenset({"web"})
# Entries that a list in words shows, newest first.
_SHOWN_DAYS = 7


class Asking(str, Enum):
    """What the diary waits for."""

    NOTHING = ""
    SCORE = "score"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiaryState:
    """What the diary remembers within a conversation.

    Args:
        asking: the question that is open.
        last: the number of the entry that a correction means, or 0.
        held: an entry that was deleted, or that could not be written, so that it can still be put down.
        choice: what the button says that was tapped in this turn.
        is_let_go: whether the open question was dropped because the person spoke of something else.
    """

    asking: Asking = Asking.NOTHING
    last: int = 0
    held: DiaryEntry | None = None
    choice: str = ""
    is_let_go: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the state as it is kept in the conversation."""
        return {
            "asking": self.asking.value,
            "last": self.last,
            "held": as_json(self.held) if self.held else None,
            "choice": self.choice,
            "is_let_go": self.is_let_go,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> DiaryState:
        """Return the state that was kept; nothing kept is nothing asked."""
        if not kept:
            return cls()
        return cls(
            asking=Asking(kept["asking"]),
            last=kept["last"],
            held=from_json(kept["held"]) if kept["held"] else None,
            choice=kept["choice"],
            is_let_go=kept["is_let_go"],
        )


class Deed(str, Enum):
    """What is to be done to the diary."""

    ADD = "add"
    COMPLETE = "complete"  # a score or a run is added to an entry of the same day
    CHANGE = "change"
    REMOVE = "remove"
    PUT_BACK = "put_back"
    ASK_SCORE = "ask_score"
    ASK_CHANGE = "ask_change"
    NOTHING_TO_DELETE = "nothing_to_delete"
    NOTHING_TO_CHANGE = "nothing_to_change"
    SKIP = "skip"


# Deeds that change what is stored.
STORED = frozenset({Deed.ADD, Deed.COMPLETE, Deed.CHANGE, Deed.REMOVE, Deed.PUT_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a message does: the deed, and the entry that it is about."""

    deed: Deed
    entry: DiaryEntry | None = None


def plan(state: DiaryState, words: DiaryWords, entries: Sequence[DiaryEntry]) -> Plan:
    """Return what a message does to the diary.

    Args:
        state: what was asked, and which button was tapped.
        words: what the message says.
        entries: all entries, in the order of their days.
    """
    match state.choice:
        case "diary:skip":
            return Plan(deed=Deed.SKIP)
        case "diary:ask":
            return Plan(deed=Deed.ASK_SCORE)
        case "diary:put_back" if state.held is not None:
            return Plan(deed=Deed.PUT_BACK, entry=replace(state.held, id=0))
        case "diary:again" if state.held is not None:
            known = any(entry.id == state.held.id for entry in entries)
            return Plan(deed=Deed.CHANGE if known else Deed.ADD, entry=state.held)
        case "diary:delete":
            return _remove(state, words, entries)
        case "diary:change":
            meant = _meant(state, words, entries)
            return Plan(deed=Deed.ASK_CHANGE if meant else Deed.NOTHING_TO_CHANGE, entry=meant)
    if words.deletes:
        return _remove(state, words, entries)
    corrects = state.asking is Asking.CHANGE or (words.corrects and state.asking is Asking.NOTHING)
    if corrects and (words.says_something or words.names_day):
        return _change(state, words, entries)
    if not words.says_something:
        return Plan(deed=Deed.ASK_CHANGE if corrects and entries else Deed.ASK_SCORE)
    return _write(state, words, entries)


def _write(state: DiaryState, words: DiaryWords, entries: Sequence[DiaryEntry]) -> Plan:
    """Add an entry, or complete one of the same day that still lacks what is said now."""
    last = next((entry for entry in entries if entry.id == state.last), None)
    if state.asking is Asking.SCORE and last is not None and not words.names_day:
        return Plan(deed=Deed.COMPLETE, entry=completed(last, replace(words.entry, day=last.day)))
    of_day = [entry for entry in entries if entry.day == words.entry.day]
    latest = of_day[-1] if of_day else None
    if latest is not None and _lacks(latest, words.entry):
        return Plan(deed=Deed.COMPLETE, entry=completed(latest, words.entry))
    return Plan(deed=Deed.ADD, entry=words.entry)


def _lacks(entry: DiaryEntry, more: DiaryEntry) -> bool:
    """Return whether what is said now fills gaps only: "4 before" in the morning, "6 after, 8 km" in the evening."""
    names = ("before", "after", "level", "distance_km", "run_minutes")
    said = [name for name in names if getattr(more, name) is not None]
    belongs = "after" in said or (entry.worst is None and bool(said))
    return belongs and not more.rested and not entry.rested and all(getattr(entry, name) is None for name in said)


def _change(state: DiaryState, words: DiaryWords, entries: Sequence[DiaryEntry]) -> Plan:
    meant = _meant(state, words, entries)
    if meant is None:
        deed = Deed.ADD if words.says_something else Deed.NOTHING_TO_CHANGE
        return Plan(deed=deed, entry=words.entry if words.says_something else None)
    return Plan(deed=Deed.CHANGE, entry=corrected(meant, words))


def _remove(state: DiaryState, words: DiaryWords, entries: Sequence[DiaryEntry]) -> Plan:
    meant = _meant(state, words, entries)
    if meant is None:
        return Plan(deed=Deed.NOTHING_TO_DELETE)
    return Plan(deed=Deed.REMOVE, entry=meant)


def _meant(state: DiaryState, words: DiaryWords, entries: Sequence[DiaryEntry]) -> DiaryEntry | None:
    """Return the entry that a correction means: that of the day named, that written last, the newest."""
    of_day = [entry for entry in entries if words.names_day and entry.day == words.entry.day]
    if of_day:
        return of_day[-1]
    written_last = [entry for entry in entries if entry.id == state.last]
    newest = sorted(entries, key=lambda entry: (entry.day, entry.id))
    return next(iter(written_last or newest[-1:]), None)


def after(state: DiaryState, done: Plan, stored: DiaryEntry | None) -> DiaryState:
    """Return the state after a deed was carried out; `stored` is the entry with its number."""
    kept = DiaryState(last=stored.id if stored else state.last)
    match done.deed:
        case Deed.ASK_SCORE:
            return replace(kept, asking=Asking.SCORE, last=0)
        case Deed.ASK_CHANGE:
            return replace(kept, asking=Asking.CHANGE, last=done.entry.id if done.entry else state.last)
        case Deed.REMOVE:
            return DiaryState(held=done.entry)
        case Deed.ADD | Deed.COMPLETE if state.asking is Asking.NOTHING and _lacks_score(stored):
            return replace(kept, asking=Asking.SCORE)
    return kept


def failed(state: DiaryState, tried: Plan) -> DiaryState:
    """Return the state where the database did not take an entry: it is held, so that it can be tried again."""
    held = tried.entry if tried.deed is not Deed.REMOVE else state.held
    return DiaryState(last=state.last, held=held)


def _lacks_score(entry: DiaryEntry | None) -> bool:
    return entry is not None and entry.worst is None


class DiaryMessages:
    """Turns what was done into messages.

    Args:
        say: the sentences of `knowledge/diary.yml`.
    """

    def __init__(self, say: Wording) -> None:
        self._say = say

    # --- writing -------------------------------------------------------------------------------------------------

    def done(self, deed: Deed, entry: DiaryEntry | None, *, today: date) -> Answer:
        """Return what is said after a deed."""
        say = self._say
        match deed:
            case Deed.ASK_SCORE:
                return self.question()
            case Deed.ASK_CHANGE:
                return Answer(text=say("ask_change"), buttons=(self._button("button_delete", DELETE),))
            case Deed.NOTHING_TO_DELETE | Deed.NOTHING_TO_CHANGE:
                return Answer(text=say(deed.value), buttons=(self._button("button_log", ASK),))
            case Deed.SKIP:
                return Answer(text=say("skipped"), buttons=(self._show_button(),))
        if entry is None:
            raise ValueError(f"{deed.value} is about an entry")
        key = {Deed.ADD: "saved", Deed.COMPLETE: "completed", Deed.CHANGE: "changed", Deed.REMOVE: "removed"}
        text = say(key.get(deed, "put_back"), day=self._day_for(deed, entry.day, today), what=self.entry(entry))
        if deed is Deed.REMOVE:
            return Answer(text=text, buttons=(self._button("button_put_back", PUT_BACK),))
        if _lacks_score(entry) and deed in {Deed.ADD, Deed.COMPLETE}:
            asked = f"{text} {say('ask_score_of_run')}"
            return Answer(text=asked, buttons=(self._button("button_skip", SKIP),), metadata={"ask": "pain"})
        buttons = (
            self._show_button(),
            self._button("button_change", CHANGE),
            self._button("button_delete", DELETE),
        )
        return Answer(text=text, buttons=buttons)

    def question(self) -> Answer:
        """Return the question for today's score."""
        return Answer(text=self._say("ask_score"), metadata={"ask": "pain"})

    def not_saved(self) -> Answer:
        """Return the calm sentence where the database did not take an entry."""
        return Answer(text=self._say("not_saved"), buttons=(self._button("button_try_again", AGAIN),))

    def not_read(self) -> Answer:
        """Return the calm sentence where the database did not answer."""
        return Answer(text=self._say("not_read"))

    def concern(self, concern: Concern) -> Answer | None:
        """Return what is said about seeing someone, or None."""
        return None if concern is Concern.NONE else Answer(text=self._say(concern.value))

    def severe_again(self) -> Answer:
        """Return what is said of a severe score where its question was answered already."""
        return Answer(text=self._say("severe_again"))

    # --- looking -------------------------------------------------------------------------------------------------

    def overview(self, entries: Sequence[DiaryEntry], today: date) -> Answer:
        """Return the trend in one sentence and the last entries; the picture is drawn from the metadata."""
        found = trend(entries, today)
        log = self._button("button_log", ASK)
        if not entries:
            return Answer(text=self._say("empty"), buttons=(log,))
        newest = sorted(entries, key=lambda entry: (entry.day, entry.id), reverse=True)
        lines = [
            f"- {self._say('list_line', day=_capital(self.day(entry.day, today)), what=self.entry(entry))}"
            for entry in newest[:_SHOWN_DAYS]
        ]
        if len(newest) > _SHOWN_DAYS:
            lines.append(self._say("list_more", count=len(newest) - _SHOWN_DAYS))
        buttons = (
            log,
            Button(self._say("button_csv"), payload("export_diary")),
            Button(self._say("button_remind"), payload("set_reminder")),
        )
        said = "\n".join(lines)
        return Answer(text=f"{self.trend(found)}\n\n{said}", buttons=buttons)

    def table(self, entries: Sequence[DiaryEntry], channel: str) -> Answer:
        """Return the diary to take away: a file where the channel can hand one over, else the table itself."""
        if not entries:
            return Answer(text=self._say("empty"), buttons=(self._button("button_log", ASK),))
        if channel in FILE_CHANNELS:
            return Answer(text=self._say("csv_file"), metadata={"file": "diary"})
        return Answer(text=f"{self._say('csv_text')}\n\n{as_csv(entries)}".rstrip())

    def trend(self, found: Trend) -> str:
        """Return the one sentence about the direction."""
        match found.direction:
            case Direction.EMPTY:
                return self._say("empty")
            case Direction.TOO_FEW:
                return self._say("too_few", days=found.days)
        return self._say(found.direction.value, earlier=f"{found.earlier:.1f}", later=f"{found.later:.1f}")

    def chart(self, first: date, last: date, worst: Mapping[date, float], runs: Mapping[date, float]) -> str:
        """Return in words what the picture of some days shows."""
        say = self._say
        points = [say("picture_alt_point", day=self.short_day(day), score=f"{score:g}") for day, score in worst.items()]
        bars = [say("picture_alt_run", day=self.short_day(day), km=f"{km:g}") for day, km in runs.items()]
        nothing = say("picture_alt_nothing")
        return say(
            "picture_alt",
            first=self.short_day(first),
            last=self.short_day(last),
            scores=", ".join(points) or nothing,
            runs=", ".join(bars) or nothing,
        )

    def chart_titles(self) -> tuple[str, str, str]:
        """Return what stands in the picture: its title, and the names of its two parts."""
        return self._say("picture_title"), self._say("picture_pain"), self._say("picture_run")

    def short_day(self, day: date) -> str:
        """Return a day in few letters: 16 Nov."""
        return f"{day.day} {day:%b}"

    def entry(self, entry: DiaryEntry) -> str:
        """Return an entry in words: "pain 4 before and 6 after, 8 km"."""
        parts: list[str] = []
        if entry.before is not None and entry.after is not None:
            parts.append(self._say("before_and_after", before=f"{entry.before:g}", after=f"{entry.after:g}"))
        elif entry.before is not None:
            parts.append(self._say("before", score=f"{entry.before:g}"))
        elif entry.after is not None:
            parts.append(self._say("after", score=f"{entry.after:g}"))
        if entry.level is not None:
            parts.append(self._say("level", score=f"{entry.level:g}"))
        if entry.distance_km is not None:
            parts.append(self._say("distance", km=f"{entry.distance_km:g}"))
        if entry.run_minutes is not None:
            parts.append(self._say("minutes", minutes=entry.run_minutes))
        if entry.rested:
            parts.append(self._say("rested"))
        return ", ".join(parts)

    def day(self, day: date, today: date) -> str:
        """Return a day as people say it: today, yesterday, Monday 16 November 2026."""
        if day == today:
            return self._say("today")
        if day == today - timedelta(days=1):
            return self._say("yesterday")
        return f"{day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")

    def _day_for(self, deed: Deed, day: date, today: date) -> str:
        said = self.day(day, today)
        # In these sentences the day stands first.
        return said if deed in {Deed.ADD, Deed.COMPLETE} else _capital(said)

    def _show_button(self) -> Button:
        return Button(self._say("button_show"), payload("show_diary"))

    def _button(self, title: str, choice: str) -> Button:
        return Button(self._say(title), payload("log_diary", choice=choice))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
