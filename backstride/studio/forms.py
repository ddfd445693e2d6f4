"""Turn what a trainer's form says into a correction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backstride.studio.corrections import Correction, Mark

_LONGEST = 4000
NEW_INTENT = "+"


def correction_of(form: Mapping[str, Sequence[str]]) -> Correction:
    """Return the correction that a form holds; what is missing in it was not said.

    Args:
        form: each field's values in their order. `intent` is "" for a right reading and "+" for a new intent, which
            `new_intent`, `topic` and `answer` then name. `mark_words`, `mark_entity` and `mark_value` are rows;
            `mark_entity` is an entity, or an entity and its role with a dot between.
    """

    def one(name: str) -> str:
        values = form.get(name) or [""]
        return str(values[0]).strip()[:_LONGEST]

    intent = one("intent")
    is_new = intent == NEW_INTENT
    corrects_entities = one("entities") == "yes"
    rows = zip(
        form.get("mark_words", ()),
        form.get("mark_entity", ()),
        form.get("mark_value", ()),
        strict=False,
    )
    return Correction(
        text=" ".join(one("text").split()),
        intent=_name(one("new_intent")) if is_new else intent,
        topic=one("topic") if is_new else "",
        answer=one("answer") if is_new else "",
        entities_are_corrected=corrects_entities,
        marks=tuple(
            Mark(
                words=" ".join(words.split()),
                entity=entity.partition(".")[0],
                role=entity.partition(".")[2],
                value=_value(value),
            )
            for words, entity, value in rows
            if corrects_entities and words.strip() and entity
        ),
        missed_flags=tuple(sorted(set(form.get("missed", ())))),
        wrong_flags=tuple(sorted(set(form.get("wrong", ())))),
        action=one("action"),
        remark=one("remark"),
    )


def _name(text: str) -> str:
    """Return an intent's name: small letters, digits and _."""
    return "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split())


def _value(text: str) -> str:
    """Return a value that can stand in an annotation."""
    return " ".join(text.replace('"', "").replace("{", "").replace("}", "").split())[:80]
