"""Names of intents, entities, slots and actions that Python needs; a test holds them against `domain.yml`."""

from __future__ import annotations

from typing import Final


class Intent:
    """Intents that the code tells apart; all others are told apart by the rules and stories only."""

    AFFIRM: Final = "affirm"
    DENY: Final = "deny"
    REPORT_PAIN: Final = "report_pain"
    RELIEF_KEEP_RUNNING: Final = "relief_keep_running"
    GREET: Final = "greet"
    THANKS: Final = "thanks"
    GOODBYE: Final = "goodbye"
    START_CHECK_IN: Final = "start_check_in"
    START_STRETCH_SESSION: Final = "start_stretch_session"
    LOG_DIARY: Final = "log_diary"
    FORGET_ME: Final = "forget_me"
    SET_REMINDER: Final = "set_reminder"
    STOP_REMINDER: Final = "stop_reminder"
    ASK_MY_DATA: Final = "ask_my_data"
    EXPORT_MY_DATA: Final = "export_my_data"
    ASK_PRIVACY: Final = "ask_privacy"
    OUT_OF_SCOPE: Final = "out_of_scope"
    NLU_FALLBACK: Final = "nlu_fallback"
    CHOOSE_ITEM: Final = "choose_item"
    ASK_WHY: Final = "ask_why"
    ASK_HOW_LONG: Final = "ask_how_long"
    ASK_HOW_OFTEN: Final = "ask_how_often"
    ASK_HOW_TO: Final = "ask_how_to"
    ASK_IS_IT_SAFE: Final = "ask_is_it_safe"
    ASK_WHAT_ELSE: Final = "ask_what_else"
    ASK_SHOW_ALL: Final = "ask_show_all"
    ASK_SOURCE: Final = "ask_source"


class Entity:
    """Entities that the code reads."""

    ENTRY: Final = "entry"
    CHECK: Final = "check"
    CHOICE: Final = "choice"


class Slot:
    """Slots that the code reads or sets."""

    THREAD: Final = "thread"
    LISTED: Final = "listed"
    SHOWN: Final = "shown"
    CONDITIONS: Final = "conditions"
    MISSES: Final = "misses"
    SAFETY: Final = "safety"
    WANTED: Final = "wanted"
    GUIDED: Final = "guided"


class ActionName:
    """Custom actions."""

    EXPLAIN_CAUSE: Final = "action_explain_cause"
    GIVE_RELIEF: Final = "action_give_relief"
    GIVE_STRETCHES: Final = "action_give_stretches"
    GIVE_PREVENTION_TIP: Final = "action_give_prevention_tip"
    REFER_TO_DOCTOR: Final = "action_refer_to_doctor"
    CHECK_IN: Final = "action_check_in"
    RETURN_TO_RUN: Final = "action_return_to_run"
    HOW_FAR: Final = "action_how_far"
    FOLLOW_UP: Final = "action_follow_up"
    CHOOSE_ITEM: Final = "action_choose_item"
    NAME_ARTICLE: Final = "action_name_article"
    NOT_UNDERSTOOD: Final = "action_not_understood"
    CHECK_WARNING_SIGNS: Final = "action_check_warning_signs"
    LOG_DIARY: Final = "action_log_diary"
    SHOW_DIARY: Final = "action_show_diary"
    EXPORT_DIARY: Final = "action_export_diary"
    SET_REMINDER: Final = "action_set_reminder"
    STOP_REMINDER: Final = "action_stop_reminder"
    ASK_MY_DATA: Final = "action_ask_my_data"
    FORGET_ME: Final = "action_forget_me"
    EXPORT_MY_DATA: Final = "action_export_my_data"
    ASK_PRIVACY: Final = "action_ask_privacy"
    STRETCH_SESSION: Final = "action_stretch_session"

    # What a person may ask about their own data, also beside an emergency.
    ABOUT_DATA: Final = frozenset(
        {"action_ask_my_data", "action_forget_me", "action_export_my_data", "action_ask_privacy"}
    )
    # What is said right behind these may be about the reminder.
    ABOUT_REMINDERS: Final = frozenset({"action_set_reminder", "action_stop_reminder"})
    # What the safety policy sends for; nothing else answers the message then.
    SAFETY: Final = frozenset({"action_refer_to_doctor", "action_check_warning_signs"})


class Led:
    """Conversations that the assistant leads."""

    CHECK_IN: Final = "check_in"
    RETURN_TO_RUN: Final = "return_to_run"
    HOW_FAR: Final = "how_far"
    STRETCH_SESSION: Final = "stretch_session"
    DIARY: Final = "diary"
    FORGET: Final = "forget"


class Response:
    """Responses of `domain.yml` that an action sends."""

    NOT_UNDERSTOOD: Final = "utter_not_understood"
    NOT_UNDERSTOOD_AGAIN: Final = "utter_not_understood_again"
    OUT_OF_SCOPE: Final = "utter_out_of_scope"
    ENGLISH_ONLY: Final = "utter_english_only"
    NOTHING_SAID: Final = "utter_nothing_said"
    OLD_BUTTON: Final = "utter_old_button"
    SOMETHING_WENT_WRONG: Final = "utter_something_went_wrong"


# The groups of the knowledge file that intents are named after: relief_heat is the entry relief.heat.
TOPIC_GROUPS: Final = ("cause", "relief", "prevent")


def entry_of_intent(intent: str) -> str | None:
    """Return the id of the entry that an intent asks for, or None for an intent that asks for no entry."""
    group, separator, rest = intent.partition("_")
    return f"{group}.{rest}" if separator and group in TOPIC_GROUPS else None
