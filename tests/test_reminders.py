"""When a reminder comes: read from a message, by the person's own clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.diary_file import load_diary_file
from backstride.reminder_talk import ReminderMessages
from backstride.reminders import (
    EVERY_DAY,
    Reminder,
    Schedule,
    first_time,
    names_only_times,
    next_time,
    read_schedule,
    wants_more_than_daily,
    zone_named,
)

FILE = load_diary_file()
SAY = ReminderMessages(FILE.say)
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "at", "weekdays"),
    [
        ("remind me every evening", time(19), EVERY_DAY),
        ("remind me to log my pain", time(19), EVERY_DAY),
        ("remind me at 7pm", time(19), EVERY_DAY),
        ("at 7 in the morning please", time(7), EVERY_DAY),
        ("every morning at 7:15", time(7, 15), EVERY_DAY),
        ("daily at 19:30", time(19, 30), EVERY_DAY),
        ("at 7", time(19), EVERY_DAY),
        ("at seven", time(19), EVERY_DAY),
        ("6.30 p.m.", time(18, 30), EVERY_DAY),
        ("at 12", time(12), EVERY_DAY),
        ("at noon", time(12), EVERY_DAY),
        ("12am", time(0), EVERY_DAY),
        ("at 0:30", time(0, 30), EVERY_DAY),
        ("half past six in the evening", time(18, 30), EVERY_DAY),
        ("quarter to nine", time(20, 45), EVERY_DAY),
        ("weekdays at 8am", time(8), frozenset(range(5))),
        ("mon, wed and fri at 6pm", time(18), frozenset({0, 2, 4})),
        ("sundays at 10 am", time(10), frozenset({6})),
        ("weekend mornings", time(8), frozenset({5, 6})),
        ("every day at 5 to log my 5k", time(17), EVERY_DAY),
        ("", time(19), EVERY_DAY),
    ],
)
def test_when_to_ask(text: str, at: time, weekdays: frozenset[int]) -> None:
    assert read_schedule(text, FILE) == Schedule(at=at, weekdays=weekdays)


@pytest.mark.parametrize(
    ("text", "every_days", "words"),
    [
        ("remind me every other day", 2, "every other day at 19:00"),
        ("remind me every second evening at 8pm", 2, "every other day at 20:00"),
        ("every 2 days please", 2, "every other day at 19:00"),
        ("every two days at 7 in the morning", 2, "every other day at 07:00"),
        ("on alternate days", 2, "every other day at 19:00"),
        ("every third day", 3, "every 3 days at 19:00"),
        ("each 4 days", 4, "every 4 days at 19:00"),
        ("remind me once a week", 7, "once a week at 19:00"),
        ("weekly, at noon", 7, "once a week at 12:00"),
        ("every other week", 14, "every 14 days at 19:00"),
        ("every other monday at 6pm", 14, "every 2 weeks, on Monday, at 18:00"),
        ("every 2 weeks on sunday", 14, "every 2 weeks, on Sunday, at 19:00"),
        ("weekly on sundays", 1, "every Sunday at 19:00"),
        ("once a week on monday", 1, "every Monday at 19:00"),
        ("every evening", 1, "every day at 19:00"),
        ("every day at 2", 1, "every day at 14:00"),
        ("tomorrow, not every day", 1, "every day at 19:00"),
    ],
)
def test_how_many_days_lie_between(text: str, every_days: int, words: str) -> None:
    schedule = read_schedule(text, FILE)

    assert schedule.every_days == every_days
    assert SAY.when(schedule) == words


@pytest.mark.parametrize("text", ["remind me twice a day", "every 3 hours", "hourly", "morning and evening"])
def test_more_than_once_a_day_is_noticed(text: str) -> None:
    assert wants_more_than_daily(text)
    assert "once a day at most" in SAY.is_set(reminder(), changed=False, wanted_more=True).text


@pytest.mark.parametrize("text", ["every other day", "every evening", "after my run today", "every morning at 7"])
def test_once_a_day_or_less_is_not_more(text: str) -> None:
    assert not wants_more_than_daily(text)


@pytest.mark.parametrize(("text", "once"), [("tomorrow at 8am", True), ("tonight", True), ("every night", False)])
def test_once_or_every_day(text: str, once: bool) -> None:
    assert read_schedule(text, FILE).once is once


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("At 9", "every Monday at 21:00"),
        ("half past nine", "every Monday at 21:30"),
        ("make it half eight", "every Monday at 20:30"),
        ("quarter to nine", "every Monday at 20:45"),
        ("in the morning", "every Monday at 08:30"),
        ("mon wed fri only", "every Monday, Wednesday and Friday at 20:30"),
        ("and at 9 on sundays", "every Sunday at 21:00"),
        ("every day please", "every day at 20:30"),
        ("8", "every Monday at 20:00"),
    ],
)
def test_what_is_not_said_stays_as_it_was(text: str, when: str) -> None:
    before = Schedule(at=time(20, 30), weekdays=frozenset({0}))

    assert names_only_times(text, FILE)
    assert SAY.when(read_schedule(text, FILE, before=before)) == when


@pytest.mark.parametrize(
    "text",
    ["hello", "no", "thanks", "at 9 my back hurts", "6 after", "it was a 5", "make it later", "good morning", ""],
)
def test_what_says_more_or_less_than_when_is_no_time_alone(text: str) -> None:
    assert not names_only_times(text, FILE)


@given(hour=st.integers(1, 12), minute=st.integers(0, 59), half=st.sampled_from(["am", "pm"]))
def test_every_time_with_am_or_pm_is_read_as_it_was_written(hour: int, minute: int, half: str) -> None:
    read = read_schedule(f"remind me at {hour}:{minute:02} {half}", FILE).at

    assert read == time(hour % 12 + 12 * (half == "pm"), minute)


@given(text=st.text(max_size=60))
def test_any_text_gives_a_schedule(text: str) -> None:
    assert next_time(read_schedule(text, FILE), NOON) > NOON


# --- the next time ---------------------------------------------------------------------------------------------------


def test_today_where_the_time_is_still_to_come() -> None:
    assert next_time(Schedule(at=time(19), zone="UTC"), NOON) == NOON.replace(hour=19)


def test_tomorrow_where_it_has_passed() -> None:
    assert next_time(Schedule(at=time(8), zone="UTC"), NOON) == NOON.replace(hour=8) + timedelta(days=1)


def test_every_other_day_begins_today_and_then_leaves_a_day_out() -> None:
    schedule = Schedule(at=time(19), zone="UTC", every_days=2)
    first = next_time(schedule, NOON)

    assert first.day == 25
    assert next_time(schedule, first + timedelta(minutes=3), last=first) == first + timedelta(days=2)
    # The server was off for a while: the count goes on.
    assert next_time(schedule, first + timedelta(days=3), last=first) == first + timedelta(days=4)


def test_every_other_week_stays_on_its_day() -> None:
    schedule = Schedule(at=time(8), weekdays=frozenset({0}), zone="UTC", every_days=14)
    first = next_time(schedule, NOON)

    assert first.weekday() == 0
    assert next_time(schedule, first, last=first) == first + timedelta(days=14)


def test_by_the_clock_of_the_person() -> None:
    found = next_time(Schedule(at=time(19), zone="America/New_York"), NOON)

    assert found == datetime(2026, 11, 26, 0, 0, tzinfo=timezone.utc)


def test_the_next_of_the_days_that_were_named() -> None:
    assert next_time(Schedule(at=time(8), weekdays=frozenset({2}), zone="UTC"), NOON).day == 2


def test_tomorrow_leaves_today_out() -> None:
    schedule = Schedule(at=time(19), zone="UTC", once=True)

    assert first_time(schedule, "tomorrow at 7pm", NOON).day == 26
    assert first_time(schedule, "tonight", NOON).day == 25


def test_a_time_that_the_clocks_leave_out_comes_an_hour_later() -> None:
    before = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)
    found = next_time(Schedule(at=time(2, 30), zone="Europe/Berlin"), before)

    assert found.astimezone(ZoneInfo("Europe/Berlin")).time() == time(3, 30)


@given(
    at=st.times(),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    after=st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
)
def test_the_next_time_is_later_on_a_day_named_and_within_eight_days(
    at: time, weekdays: frozenset[int], zone: str, after: datetime
) -> None:
    found = next_time(Schedule(at=at.replace(second=0, microsecond=0), weekdays=weekdays, zone=zone), after)

    assert after < found <= after + timedelta(days=8, hours=2)
    assert found.astimezone(ZoneInfo(zone)).weekday() in weekdays


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "/etc/localtime", "a" * 300, "\0"])
def test_what_is_no_time_zone_is_none(name: str) -> None:
    assert zone_named(name) is None


# --- in words --------------------------------------------------------------------------------------------------------


def reminder(channel: str = "telegram", **schedule: object) -> Reminder:
    return Reminder(
        conversation="ann",
        channel=channel,
        schedule=Schedule(at=time(19), **schedule),  # type: ignore[arg-type]
        next_at=NOON,
    )


def test_it_is_said_when_and_by_whose_clock() -> None:
    said = SAY.is_set(reminder(zone="Europe/Berlin", weekdays=frozenset({0, 2, 4})), changed=False).text

    assert "every Monday, Wednesday and Friday at 19:00, your time (Europe/Berlin)" in said


def test_the_servers_clock_is_named_where_the_persons_is_not_known() -> None:
    assert "by this server's clock" in SAY.is_set(reminder(), changed=False).text


def test_on_the_web_page_it_is_said_where_the_reminder_is_seen() -> None:
    assert "while this page is open" in SAY.is_set(reminder("web"), changed=True).text


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
def test_it_is_said_that_a_platform_may_hold_a_reminder_back(channel: str) -> None:
    assert "only within 24 hours" in SAY.is_set(reminder(channel), changed=False).text


@pytest.mark.parametrize("channel", ["telegram", "sms", "slack"])
def test_nothing_is_said_of_a_window_where_there_is_none(channel: str) -> None:
    assert "24 hours" not in SAY.is_set(reminder(channel), changed=False).text


def test_the_last_one_after_many_without_an_answer_says_how_to_start_again() -> None:
    said = SAY.question(reminder(), is_last=True)

    assert "remind me every evening" in said.text
    assert not said.buttons
