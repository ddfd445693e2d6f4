"""Read a message against what the assistant offered last: a tapped button, its title typed, or its number.

Rasa reads any text that starts with "/" as an intent with entities, whoever wrote it. A person could thus set whatever
an entity sets. Here such a text counts only where the assistant's last messages offered exactly this payload; any other
is read as the text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backstride.answers import payload as payload_of
from backstride.diary_talk import DELETE
from backstride.vocabulary import Intent, Slot

# The message's own text where a button's payload took its place.
SPOKEN_TEXT = "spoken_text"
_TITLE_MATCH = 92
_BLANKS = re.compile(r"[\W_]+")
# Rasa strips blanks, some of them invisible, before it looks for the slash.
_PAYLOAD = re.compile(r"^[\s\u200b\ufeff]*/")
_NUMBER = re.compile(r"(?:no |nr |number |option )?(\d{1,2})")
# What stands in the metadata of a referral, of a sign's own question, and of the five checks.
_OF_SAFETY = frozenset({"urgency", "asks", "screening"})
_DELETES = payload_of(Intent.LOG_DIARY, choice=DELETE)
_NEUTRAL = "\u2060"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class OfferedChoiceReader(GraphComponent, IntentClassifier):  # type: ignore[misc]  # Rasa ships no types
    """Turns an offered choice into its payload, and any other payload into plain text.

    Configuration:
        always: intents whose bare payload ("/greet") is read without having been offered: other people's widgets
            open a conversation with one.
        trust_payloads: true reads every payload. For a developer's `rasa shell` and for channels that check payloads
            themselves; never for people.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of the options above."""
        return {"always": ["greet", "help", "session_start"], "trust_payloads": False}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> OfferedChoiceReader:
        """Create the component."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self._always = {f"/{intent}" for intent in config["always"]}
        self._trust_payloads = bool(config["trust_payloads"])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave training data as they are: nothing was offered there."""
        return training_data

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Read each message against the buttons of the assistant's last turn."""
        all_offered = last_offered(tracker)
        listed = (tracker.get_slot(Slot.LISTED) if tracker else None) or ()
        for message in messages:
            text, offered = message.get(TEXT) or "", all_offered
            if _PAYLOAD.match(text):
                if not self._may_be_payload(text.strip(), offered):
                    message.set(TEXT, _NEUTRAL + text.lstrip())
                continue
            if _NUMBER.fullmatch(_folded(text)):
                if asks_for_number(tracker):
                    continue
                offered = last_offered(tracker, with_safety=False)
            payload = choice_meant(text, offered) or item_meant(text, offered, listed)
            if payload is not None:
                message.set(SPOKEN_TEXT, text)
                message.set(TEXT, payload)
        return messages

    def _may_be_payload(self, text: str, offered: Mapping[str, str]) -> bool:
        return self._trust_payloads or text in self._always or text in offered.values()


def last_offered(tracker: DialogueStateTracker | None, *, with_safety: bool = True) -> dict[str, str]:
    """Return the buttons of the assistant's last turn, title to payload, in their order.

    Args:
        tracker: the conversation.
        with_safety: whether those of a referral and of questions about warning signs count, and those behind a diary
            entry: "4" there is a score rather than the fourth sign, and "3" must delete nothing.
    """
    if tracker is None:
        return {}
    offered: dict[str, str] = {}
    for event in _last_turn(tracker.events):
        if not with_safety and not _OF_SAFETY.isdisjoint(event.metadata or ()):
            continue
        buttons = (event.data or {}).get("buttons") or []
        if not with_safety and any(button.get("payload") == _DELETES for button in buttons):
            continue
        for button in buttons:
            if button.get("title") and button.get("payload"):
                offered.setdefault(button["title"], button["payload"])
    return offered


def asks_for_number(tracker: DialogueStateTracker | None) -> bool:
    """Return whether the last turn asked for a number: "7" is then the answer and not the seventh button."""
    said = _last_turn(tracker.events) if tracker is not None else []
    return any("ask" in (event.metadata or {}) for event in said)


def choice_meant(text: str, offered: Mapping[str, str]) -> str | None:
    """Return the payload of the button whose title a text is, give or take a letter."""
    said = _folded(text)
    if not said:
        return None
    for title, payload in offered.items():
        if _folded(title) == said:
            return payload
    number = _NUMBER.fullmatch(said)
    if number and 1 <= int(number.group(1)) <= len(offered):
        return list(offered.values())[int(number.group(1)) - 1]
    # A near miss counts only where the text is as long as the title: more words may say more.
    near = {
        payload: fuzz.ratio(_folded(title), said)
        for title, payload in offered.items()
        if len(_folded(title)) >= 4 and abs(len(_folded(title)) - len(said)) <= 2  # noqa: PLR2004
    }
    best = max(near, key=lambda payload: near[payload], default=None)
    return best if best is not None and near[best] >= _TITLE_MATCH else None


def item_meant(text: str, offered: Mapping[str, str], listed: Sequence[str]) -> str | None:
    """Return the payload of a number on the list that was shown last, which may be longer than its buttons.

    A number beyond the list gives a choice of nothing, so that the assistant says so.
    """
    number = _NUMBER.fullmatch(_folded(text))
    was_shown = bool(listed) and choice_of_entry(listed[0]) in offered.values()
    if number is None or not was_shown:
        return None
    place = int(number.group(1))
    return choice_of_entry(listed[place - 1]) if 1 <= place <= len(listed) else f"/{Intent.CHOOSE_ITEM}"


def choice_of_entry(entry_id: str) -> str:
    """Return the payload that opens an entry."""
    return payload_of(Intent.CHOOSE_ITEM, entry=entry_id)


def _last_turn(events: Iterable[Any]) -> list[BotUttered]:
    """Return what the assistant said since the message before the one that is being read.

    A session that has just begun anew, after an hour of silence, does not hide it: its buttons are still there to tap.
    """
    said: list[BotUttered] = []
    for event in reversed(list(events)):
        if isinstance(event, BotUttered):
            said.append(event)
        elif isinstance(event, UserUttered) and said:
            break
        elif isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN_NAME and said:
            continue
    return list(reversed(said))


def _folded(text: str) -> str:
    return _BLANKS.sub(" ", text.casefold()).strip()
