"""Knowledge entries as the cards that the widget draws."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

from backstride.answers import Answers
from backstride.exercise_parts import parts_of
from backstride.vocabulary import Entity, Led

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from backstride.knowledge import Entry, Knowledge
    from backstride.wording import Wording

_CHOICE = re.compile(r"^/choose_item(\{.*\})$")
# What a button of a conversation that the assistant leads chooses, such as `stretch_session:hurts` or
# `check_in:pain:mild`.
_LED_CHOICE = re.compile(rf'"{Entity.CHOICE}": "([a-z_]+):([a-z_]+)')
ANSWERS = "answer"
_PICTURE_NAME = re.compile(r"^[a-z0-9_-]+$")
_DESCRIPTION = re.compile(r"<(desc|title)\b[^>]*>(.*?)</\1>", re.DOTALL)


class Cards:
    """Turns the entries that a message is made from into card data.

    Args:
        knowledge: all entries.
        wording: the words around them.
        pictures: the folder of the SVG pictures.
    """

    def __init__(self, knowledge: Knowledge, wording: Wording, pictures: Path) -> None:
        self._knowledge = knowledge
        self._answers = Answers(knowledge, wording)
        self._pictures = {entry.id: _picture(entry, pictures) for entry in knowledge.entries.values()}

    def of_message(self, text: str, entry_ids: Sequence[str]) -> tuple[dict[str, Any], str] | None:
        """Return the card that stands in the place of a message's text, and what the text says beyond the entry.

        Only a message that gives one whole entry is a card. A follow-up answer, a list, advice that was changed for the
        person, or a text from before the knowledge file was changed stays text.
        """
        entry = self._knowledge.entries.get(entry_ids[0]) if len(entry_ids) == 1 else None
        if entry is None:
            return None
        whole = self._answers.entry(entry.id).text
        if text != whole and not text.startswith(f"{whole}\n"):
            return None
        return self.of_entry(entry), text.removeprefix(whole).strip()

    def of_entry(self, entry: Entry) -> dict[str, Any]:
        """Return all that a card shows of an entry."""
        card: dict[str, Any] = {
            "id": entry.id,
            "group": entry.group,
            "title": entry.title,
            "answer": entry.answer,
            "detail": entry.detail,
            "why": entry.why,
            "steps": [
                {
                    "text": step.text,
                    "hold_seconds": step.hold_seconds,
                    "repetitions": step.repetitions,
                    "each_side": step.each_side,
                }
                for step in entry.steps
            ],
            # What the player counts.
            "parts": [part.as_json() for part in parts_of(entry)] if entry.group == "exercise" else [],
            "dose": entry.dose,
            "easier": entry.easier,
            "cautions": list(entry.cautions),
            "not_for": [
                {"who": self._knowledge.conditions[exclusion.condition].label, "why": exclusion.why}
                for exclusion in entry.not_for
            ],
            "correction": entry.correction,
            "evidence": {"says": entry.evidence.says, "strength": entry.evidence.strength.value},
            "sources": [{"body": s.body, "year": s.year, "what": s.what} for s in entry.sources],
            "checked": {
                "on": entry.checked.on.isoformat(),
                "by": entry.checked.by,
                "clinician": entry.checked.clinician,
            },
            "picture": self._pictures[entry.id],
        }
        return {name: value for name, value in card.items() if value not in (None, [])}

    def of_session(self, place: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the exercise that a stretch session has come to, or None where the knowledge has it no longer."""
        entry = self._knowledge.entries.get(str(place.get("exercise")))
        return self.of_entry(entry) if entry else None

    @staticmethod
    def led_choice(payload: str, question: object = None) -> str | None:
        """Return what a button does in a conversation that the assistant leads.

        Args:
            payload: the button's.
            question: which question its message asks, such as `check_in.pain`.

        Returns:
            `done`, `hurts`, `skip` … of a stretch session; `answer` where it answers the question; None for any other.
        """
        found = _LED_CHOICE.search(payload)
        if found is None:
            return None
        name, chosen = found.groups()
        if name == Led.STRETCH_SESSION:
            return chosen
        return ANSWERS if f"{name}.{chosen}" == question else None

    def picture_behind(self, payload: str) -> dict[str, str] | None:
        """Return the picture of the entry that a button opens, or None."""
        choice = _CHOICE.match(payload)
        if choice is None:
            return None
        try:
            entities: Mapping[str, Any] = json.loads(choice.group(1))
        except ValueError:
            return None
        return self._pictures.get(str(entities.get("entry")))


def _picture(entry: Entry, folder: Path) -> dict[str, str] | None:
    """Return a picture's address and its text alternative: the drawing's own description, else the entry's title."""
    name = (entry.picture or "").removesuffix(".svg")
    if not _PICTURE_NAME.match(name) or not (folder / f"{name}.svg").is_file():
        return None
    drawing = (folder / f"{name}.svg").read_text(encoding="utf-8")
    said = {kind: html.unescape(" ".join(text.split())) for kind, text in _DESCRIPTION.findall(drawing)}
    return {"src": f"/pictures/{name}.svg", "alt": said.get("desc") or said.get("title") or entry.title}
