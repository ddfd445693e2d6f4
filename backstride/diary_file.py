"""`knowledge/diary.yml`: how people say things in the diary, what the times of day mean, and the sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any

from pydantic import validator

from backstride.checked_yaml import FrozenModel, YamlMap, check, line_of, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.settings import ROOT
from backstride.wording import Wording, text_problems

FILE_NAME = "diary.yml"
# Used where no time of day was said.
USUAL_TIME = "usual"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# Each sentence of the file, with the words that it may fill in.
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    key: frozenset(words.split())
    for key, words in {
        "today": "",
        "yesterday": "",
        "before": "score",
        "after": "score",
        "before_and_after": "before after",
        "level": "score",
        "distance": "km",
        "minutes": "minutes",
        "rested": "",
        "saved": "day what",
        "completed": "day what",
        "changed": "day what",
        "removed": "day what",
        "put_back": "day what",
        "nothing_to_delete": "",
        "nothing_to_change": "",
        "ask_score": "",
        "ask_score_of_run": "",
        "ask_change": "",
        "reminder_question": "",
        "reminder_last": "count",
        "skipped": "",
        "not_saved": "",
        "not_read": "",
        "severe": "",
        "worsening": "",
        "rising": "",
        "severe_again": "",
        "empty": "",
        "too_few": "days",
        "lower": "earlier later",
        "higher": "earlier later",
        "same": "earlier later",
        "list_line": "day what",
        "list_more": "count",
        "picture_title": "",
        "picture_pain": "",
        "picture_run": "",
        "picture_alt": "first last scores runs",
        "picture_alt_point": "day score",
        "picture_alt_run": "day km",
        "picture_alt_nothing": "",
        "csv_file": "",
        "csv_text": "",
        "csv_link": "",
        "reminder_set": "when zone",
        "reminder_changed": "when zone",
        "reminder_where_web": "",
        "reminder_where_window": "hours",
        "reminder_daily": "time",
        "reminder_other_day": "days time",
        "reminder_few_days": "days time",
        "reminder_each_week": "days time",
        "reminder_weeks": "weeks days time",
        "reminder_weekly": "days time",
        "reminder_at_most_daily": "",
        "reminder_once": "time",
        "reminder_zone_own": "zone",
        "reminder_zone_server": "zone",
        "reminder_stopped": "",
        "reminder_none": "",
        "reminder_not_set": "",
        "reminder_not_stopped": "",
        **dict.fromkeys(WEEKDAYS, ""),
        "and": "first last",
        "data_intro": "",
        "data_messages": "count day",
        "data_messages_here": "",
        "data_slots": "slots",
        "data_no_slots": "",
        "data_diary": "count first last",
        "data_diary_day": "count first",
        "data_no_diary": "",
        "data_reminder": "when zone",
        "data_no_reminder": "",
        "data_sign": "signs",
        "data_kept": "days",
        "data_kept_for_ever": "",
        "data_where": "",
        "privacy": "",
        "privacy_platform": "",
        "privacy_choices": "",
        "forget_ask": "",
        "forget_kept": "",
        "forgotten": "",
        "not_forgotten": "",
        "data_file": "",
        "data_link": "",
        "data_file_elsewhere": "conversation",
        "data_not_read": "",
        "button_show": "",
        "button_change": "",
        "button_delete": "",
        "button_put_back": "",
        "button_try_again": "",
        "button_skip": "",
        "button_remind": "",
        "button_stop_reminder": "",
        "button_log": "",
        "button_csv": "",
        "button_my_data": "",
        "button_export": "",
        "button_forget": "",
        "button_forget_yes": "",
        "button_forget_no": "",
    }.items()
}


class SayingWords(FrozenModel):
    """How people say things in a diary message, or about a reminder: whole words, small letters."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    leading: tuple[str, ...]
    rising: tuple[str, ...]
    no_run: tuple[str, ...]
    no_pain: tuple[str, ...]
    correction: tuple[str, ...]
    delete: tuple[str, ...]
    logging: tuple[str, ...]
    cancel: tuple[str, ...]
    repeating: frozenset[str]
    beside_times: frozenset[str]


class _Times(FrozenModel):
    times: dict[str, time]

    @validator("times")
    @classmethod
    def _has_the_usual_one(cls, times: dict[str, time]) -> dict[str, time]:
        if USUAL_TIME not in times:
            raise ValueError(f"add the line '{USUAL_TIME}', for where no time was said")
        return times


@dataclass(frozen=True, slots=True)
class DiaryFile:
    """The whole file.

    Args:
        saying: how people say things.
        times: a word for a time of day -> that time.
        say: gives each sentence by its key.
        slots: a slot -> how its value is named to the person.
    """

    saying: SayingWords
    times: Mapping[str, time]
    say: Wording
    slots: Mapping[str, str]


def load_diary_file(folder: Path = ROOT / "knowledge") -> DiaryFile:
    """Read `diary.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    document = read_yaml(path)
    blocks: dict[str, YamlMap] = {}
    problems: list[Problem] = []
    for name in ("saying", "times", "texts", "slots"):
        block = document.get(name)
        if isinstance(block, YamlMap):
            blocks[name] = block
        else:
            problems.append(
                Problem(
                    path=path, line=line_of(document, [name]), entry=name, wrong="this block is missing", mend="add it"
                )
            )
    for name in document:
        if name not in {"saying", "times", "texts", "slots"}:
            wrong, mend = "this block is not known", "correct its spelling or remove it"
            problems.append(Problem(path=path, line=line_of(document, [name]), entry=str(name), wrong=wrong, mend=mend))
    if problems:
        raise KnowledgeError(problems)
    saying, problems_here = check(SayingWords, blocks["saying"], path=path, entry="saying")
    problems += problems_here
    # The times' names are free, so they are checked as the values of one key.
    around = YamlMap({"times": blocks["times"]}, line=document.lines["times"])
    around.lines["times"] = document.lines["times"]
    times, problems_here = check(_Times, around, path=path, entry="times")
    problems += problems_here
    problems += text_problems(blocks["texts"], PLACEHOLDERS, path, within="texts")
    slots = {str(key): str(value) for key, value in blocks["slots"].items()}
    if saying is None or times is None or problems:
        raise KnowledgeError(problems)
    texts: dict[str, Any] = blocks["texts"]
    return DiaryFile(
        saying=saying,
        times=times.times,
        say=Wording({key: str(text) for key, text in texts.items()}),
        slots=slots,
    )
