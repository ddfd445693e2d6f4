"""Whether a message is about the data that are kept of its writer: this may be asked beside an emergency too."""

from __future__ import annotations

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from backstride.guided import Guided, Heard
from backstride.language.led_records import LedForgetting
from backstride.language.text import tidy
from backstride.safety_words import SafetyWords
from backstride.vocabulary import ActionName, Entity, Intent, Led, Slot

_ABOUT_DATA = frozenset({Intent.ASK_MY_DATA, Intent.EXPORT_MY_DATA, Intent.ASK_PRIVACY, Intent.FORGET_ME})
_SILENT = frozenset({ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME})
# Understood less surely, a message beside an emergency gets the referral again.
_UNDERSTOOD = 0.6


def is_about_data(tracker: DialogueStateTracker, words: SafetyWords) -> bool:
    """Return whether the last message asks about the writer's data, or answers whether to erase them.

    Args:
        tracker: the conversation.
        words: how people say yes and no.
    """
    message, text = tracker.latest_message, tidy(tracker.latest_message.text or "")
    choice = str(next((e["value"] for e in message.entities if e["entity"] == Entity.CHOICE), ""))
    guided = Guided.from_json(tracker.get_slot(Slot.GUIDED))
    if guided.open and guided.open[-1] == Led.FORGET and spoke_last(tracker) == ActionName.FORGET_ME:
        heard = Heard(text="" if text.startswith("/") else text, choice=choice)
        if LedForgetting(words).hear(guided.states[Led.FORGET], heard) is not None:
            return True
    intent, confidence = message.intent.get("name"), float(message.intent.get("confidence") or 0.0)
    return intent in _ABOUT_DATA and not choice and confidence >= _UNDERSTOOD


def spoke_last(tracker: DialogueStateTracker) -> str:
    """Return the action whose words the person read last, also where a new session has begun since."""
    names = (event.action_name for event in reversed(tracker.events) if isinstance(event, ActionExecuted))
    return next((name for name in names if name not in _SILENT), "")


def spoken_before(tracker: DialogueStateTracker) -> frozenset[str]:
    """Return the actions that answered the message before the last one."""
    names: set[str] = set()
    messages = 0
    for event in reversed(tracker.events):
        messages += isinstance(event, UserUttered)
        if messages > 1:
            break
        if messages and isinstance(event, ActionExecuted):
            names.add(event.action_name)
    return frozenset(names) - _SILENT
