"""The actions of the diary, the reminders and a person's own data, against a store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from action_runner import CHECKED, Said, run_on, tracker
from rasa_sdk import Action

from actions.ask_my_data import AskMyData
from actions.ask_privacy import AskPrivacy
from actions.export_diary import ExportDiary
from actions.export_my_data import ExportMyData
from actions.forget_me import ForgetMe
from actions.log_diary import LogDiary
from actions.set_reminder import SetReminder
from actions.show_diary import ShowDiary
from actions.stop_reminder import StopReminder
from backstride.diary import DiaryEntry
from backstride.privacy import FORGET_NO, FORGET_YES
from backstride.records import Records, RecordsError, in_memory, share
from backstride.safety import SafetyState
from backstride.triage import Sign, State

PERSON = "a-person"
TODAY = datetime.now(timezone.utc).astimezone().date()


@pytest.fixture
def records() -> Iterator[Records]:
    made = in_memory()
    share(made)
    yield made
    share(in_memory())


@pytest.fixture
def broken(records: Records, monkeypatch: pytest.MonkeyPatch) -> Records:
    def fail(*_: object) -> None:
        raise RecordsError("away")

    for name in ("entries", "add", "reminder", "set_reminder", "stop_reminder", "ask_erasure", "messages_of"):
        monkeypatch.setattr(records, name, fail)
    return records


def said_to(action: Action, text: str = "", *, channel: str = "telegram", zone: str = "", **slots: Any) -> Said:
    talk = tracker(text, slots=slots)
    user = next(event for event in talk.events if event["event"] == "user")
    user |= {"input_channel": channel, "metadata": {"zone": zone} if zone else {}}
    return run_on(action, talk)


def follow(action: Action, text: str, before: Said) -> Said:
    """Say something more in the conversation that `before` left behind."""
    return said_to(action, text, **{"safety": CHECKED, **before.slots})


def entry(days_ago: int = 0, **values: Any) -> DiaryEntry:
    return DiaryEntry(day=TODAY - timedelta(days=days_ago), **values)


# --- writing ---------------------------------------------------------------------------------------------------------


def test_an_entry_is_written_down_and_said_back(records: Records) -> None:
    said = said_to(LogDiary(), "log my pain: 4 before, 6 after, 8 km")

    assert said.text == "Written down for today: pain 4 before and 6 after, 8 km."
    assert records.entries(PERSON) == (entry(id=1, before=4.0, after=6.0, distance_km=8.0),)


def test_the_day_is_that_of_the_persons_own_clock(records: Records) -> None:
    said_to(LogDiary(), "pain 4", zone="Pacific/Kiritimati")
    said_to(LogDiary(), "pain 4", zone="Pacific/Pago_Pago")

    first, last = records.entries(PERSON)
    # Twenty-five hours lie between the two clocks.
    assert (last.day - first.day).days in {1, 2}


def test_a_correction_mends_the_entry_that_was_written_last(records: Records) -> None:
    first = said_to(LogDiary(), "log my pain: 4 before, 6 after, 8 km")
    said = follow(LogDiary(), "no, 3 after", first)

    assert said.text == "Changed. Today: pain 4 before and 3 after, 8 km."
    assert [each.after for each in records.entries(PERSON)] == [3.0]


def test_a_deleted_entry_can_be_put_back(records: Records) -> None:
    first = said_to(LogDiary(), "pain 4 after 5k")
    deleted = follow(LogDiary(), "delete the last entry", first)
    assert records.entries(PERSON) == ()
    guided = deleted.slots["guided"]
    guided["states"]["diary"]["choice"] = "diary:put_back"
    back = said_to(LogDiary(), "/log_diary", guided=guided)

    assert back.text == "It is back. Today: pain 4 after, 5 km."
    assert len(records.entries(PERSON)) == 1


def test_morning_and_evening_of_one_run_are_one_entry(records: Records) -> None:
    first = said_to(LogDiary(), "log 4 before my run")
    follow(LogDiary(), "log 6 after, 8 km", first)

    assert [replace(each, id=0) for each in records.entries(PERSON)] == [entry(before=4.0, after=6.0, distance_km=8.0)]


def test_a_second_run_of_the_day_is_an_entry_of_its_own(records: Records) -> None:
    said_to(LogDiary(), "4 before 6 after 8k")
    said_to(LogDiary(), "3 before 5 after 4k")

    assert len(records.entries(PERSON)) == 2


def test_nothing_said_is_asked_for_once_with_the_pain_scale(records: Records) -> None:
    asked = said_to(LogDiary(), "log my pain")
    answered = follow(LogDiary(), "5", asked)

    assert asked.messages[0]["ask"] == "pain"
    assert answered.text == "Written down for today: pain 5."


@pytest.mark.parametrize("text", ["log my pain: 0 after 10k", "log my pain: 1", "no pain after 8k"])
def test_a_good_score_is_not_praised(records: Records, text: str) -> None:
    said = said_to(LogDiary(), text).text.casefold()

    assert not any(word in said for word in ("well done", "great", "good", "congrat", "keep it up"))


def test_what_could_not_be_written_is_said_and_kept_for_another_try(
    broken: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = said_to(LogDiary(), "log my pain: 4 before, 6 after, 8 km")
    assert "not in your diary yet" in failed.text
    assert failed.titles == ["Try again"]
    monkeypatch.undo()
    guided = failed.slots["guided"]
    guided["states"]["diary"]["choice"] = "diary:again"
    again = said_to(LogDiary(), "/log_diary", guided=guided)

    assert again.text == "Written down for today: pain 4 before and 6 after, 8 km."


# --- seeing someone --------------------------------------------------------------------------------------------------


def test_a_severe_score_opens_the_question_of_the_warning_sign(records: Records) -> None:
    said = said_to(LogDiary(), "log my pain: 9 after 10k")

    assert len(said.messages) == 3
    assert "one question comes first" in said.messages[1]["text"]
    assert said.messages[2]["asks"] == "severe_or_worsening"
    assert said.slots["safety"]["asking"] == "severe_or_worsening"


def test_the_question_comes_again_on_another_day_though_it_was_answered_before(records: Records) -> None:
    calm = SafetyState(
        screened=True, asked=("severe_or_worsening",), signs=(Sign("severe_or_worsening", State.ABSENT, "no"),)
    )
    said = said_to(LogDiary(), "log my pain: 9", safety=calm.as_json())

    assert said.slots["safety"]["asking"] == "severe_or_worsening"


def test_where_the_sign_is_known_its_advice_is_said_again(records: Records) -> None:
    known = SafetyState(
        signs=(Sign("severe_or_worsening", State.PRESENT, "so bad"),), told_flags=("severe_or_worsening",)
    )
    said = said_to(LogDiary(), "log my pain: 9", safety=known.as_json())

    assert "seen the same day" in said.text
    assert "safety" not in said.slots


def test_three_small_scores_that_rise_are_told(records: Records) -> None:
    records.add(PERSON, entry(2, level=1.0))
    records.add(PERSON, entry(1, level=2.0))
    said = said_to(LogDiary(), "log my pain: 3")

    assert "stop running for now" in said.text
    assert "safety" not in said.slots


def test_three_higher_scores_that_rise_open_the_question(records: Records) -> None:
    records.add(PERSON, entry(2, level=3.0))
    records.add(PERSON, entry(1, level=4.0))

    assert said_to(LogDiary(), "log my pain: 6").slots["safety"]["asking"] == "severe_or_worsening"


# --- looking, taking away --------------------------------------------------------------------------------------------


def test_the_diary_is_shown_with_its_direction_and_a_picture_in_words(records: Records) -> None:
    for days in range(12):
        records.add(PERSON, entry(days, level=6.0 if days > 5 else 3.0))
    said = said_to(ShowDiary())

    assert "the later days were lower: 3.0 on average, against 6.0 before" in said.text
    assert "and 5 older entries" in said.text
    assert said.messages[0]["chart"]["until"] == TODAY.isoformat()
    assert "Worst pain of each day" in said.messages[0]["chart"]["alt"]


def test_an_empty_diary_has_no_picture(records: Records) -> None:
    assert "chart" not in said_to(ShowDiary()).messages[0]


def test_the_table_is_a_file_on_the_page_and_text_elsewhere(records: Records) -> None:
    records.add(PERSON, entry(level=3.0))

    assert said_to(ExportDiary(), channel="web").messages[0]["file"] == "diary"
    assert "day,pain_before_run" in said_to(ExportDiary()).text


def test_all_data_are_a_file_on_the_page_and_a_way_to_it_elsewhere() -> None:
    assert said_to(ExportMyData(), channel="web").messages[0]["file"] == "data"
    assert PERSON in said_to(ExportMyData()).text


# --- reminders -------------------------------------------------------------------------------------------------------


def test_a_reminder_is_kept_with_its_channel_and_the_persons_clock(records: Records) -> None:
    said = said_to(SetReminder(), "remind me every evening at 8", channel="web", zone="Europe/Berlin")
    kept = records.reminder(PERSON)

    assert kept is not None
    assert (kept.channel, kept.schedule.zone) == ("web", "Europe/Berlin")
    assert kept.next_at > datetime.now(timezone.utc)
    assert "every day at 20:00, your time (Europe/Berlin)" in said.text


def test_asking_when_the_reminder_comes_changes_nothing(records: Records) -> None:
    said_to(SetReminder(), "remind me every day at 8am")

    assert "every day at 08:00" in said_to(SetReminder(), "when do you remind me?").text
    assert "every day at 09:30" in said_to(SetReminder(), "can you make it 9:30 am every day?").text


def test_a_tapped_button_sets_the_usual_time(records: Records) -> None:
    assert "every day at 19:00" in said_to(SetReminder(), "/set_reminder").text


def test_a_reminder_is_stopped(records: Records) -> None:
    said_to(SetReminder(), "remind me daily")

    assert "No more reminders" in said_to(StopReminder()).text
    assert "no reminder set" in said_to(StopReminder()).text


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_what_is_known_is_told_in_plain_words(records: Records) -> None:
    records.add(PERSON, entry(level=3.0))
    signs = SafetyState(signs=(Sign("upper_back", State.PRESENT, "between the shoulder blades"),))
    said = said_to(
        AskMyData(),
        pain_score=6,
        back_place="one_side_left",
        medicine={"class": "nsaid", "name": "ibuprofen"},
        conditions=["knee_pain"],
        safety=signs.as_json(),
    ).text

    assert "how bad the pain is, 0 to 10 (6)" in said
    assert "where it hurts (one side left)" in said
    assert "medicines (nsaid, ibuprofen)" in said
    assert "Pain between the shoulder blades" in said
    assert "your diary: 1 written down, all of today" in said
    assert "{" not in said


def test_who_reads_it_and_how_long_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTRIDE_RETENTION_DAYS", "12")

    assert "not written for 12 days" in said_to(AskPrivacy(), channel="web").text
    assert "keeps its own copy" in said_to(AskPrivacy(), channel="telegram").text


def test_for_ever_is_said_where_nothing_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTRIDE_RETENTION_DAYS", "0")

    assert "until you have it erased" in said_to(AskPrivacy()).text


def forgetting(answer: str) -> dict[str, Any]:
    return {"open": [], "states": {"forget": {"asks": False, "answer": answer}}}


def test_forgetting_asks_first(records: Records) -> None:
    records.add(PERSON, entry(level=3.0))
    said = said_to(ForgetMe(), "forget me")

    assert said.titles == ["Yes, erase everything", "No, keep it"]
    assert said.slots["guided"]["open"] == ["forget"]
    assert len(records.entries(PERSON)) == 1


def test_a_yes_erases_the_diary_and_asks_for_the_conversation(records: Records) -> None:
    records.add(PERSON, entry(level=3.0))
    said = said_to(ForgetMe(), "yes", guided=forgetting(FORGET_YES))

    assert "erased" in said.text
    # No open question is said again.
    assert said.slots["guided"]["open"] == []
    assert records.entries(PERSON) == ()
    assert records.erasures_asked() == (PERSON,)


def test_a_no_erases_nothing(records: Records) -> None:
    records.add(PERSON, entry(level=3.0))

    assert "nothing was erased" in said_to(ForgetMe(), "no", guided=forgetting(FORGET_NO)).text
    assert len(records.entries(PERSON)) == 1


# --- a database that does not answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "text", "slots", "expected"),
    [
        (LogDiary(), "log my pain", {}, "Nothing in it is lost"),
        (ShowDiary(), "", {}, "Nothing in it is lost"),
        (ExportDiary(), "", {}, "Nothing in it is lost"),
        (SetReminder(), "", {}, "could not set the reminder"),
        (StopReminder(), "", {}, "could not stop the reminder"),
        (AskMyData(), "", {}, "cannot look that up"),
        (ForgetMe(), "", {"guided": forgetting(FORGET_YES)}, "it is all still there"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Action) else "",
)
def test_a_database_that_is_away_is_one_calm_sentence(
    broken: Records, action: Action, text: str, slots: dict[str, Any], expected: str
) -> None:
    said = said_to(action, text, **slots)

    assert expected in said.text
    assert len(said.messages) == 1
