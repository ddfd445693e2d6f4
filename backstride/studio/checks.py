"""What a trainer should know of a text before it becomes a training example."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from backstride.studio.masking import holds_mask

if TYPE_CHECKING:
    from backstride.studio.masking import Masking
    from backstride.studio.nearest import Neighbour
    from backstride.studio.project_files import Example

LONGEST = 1000
_SAME_LETTERS = 92.0
# Cosines of the encoder; pairs of the present examples lie above them in 0.4 % of cases.
_SAME_MEANING = 0.96
_TEST_SET_MEANING = 0.95
_OVERLAP = 0.72


class Weight(str, Enum):
    """How much a finding weighs."""

    REFUSE = "refuse"  # the text is not written
    WARN = "warn"  # the trainer decides
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is to be known, and the example that it is about, if any."""

    weight: Weight
    text: str
    example: Example | None = None


def normal(text: str) -> str:
    """Return what two texts have in common that differ only in capitals, blanks and signs."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return " ".join(re.sub(r"[^\w'+%/]+", " ", text).split())


def check_text(text: str, masking: Masking) -> list[Finding]:
    """Return what speaks against a text whatever it is used for: personal, empty, too long."""
    if not text.strip():
        return [Finding(weight=Weight.REFUSE, text="Write what the person may have said.")]
    if len(text) > LONGEST:
        return [Finding(weight=Weight.REFUSE, text=f"{LONGEST} characters are the most: say it shorter.")]
    if holds_mask(text):
        return [Finding(weight=Weight.REFUSE, text="Put a made-up word in place of what is masked, or leave it out.")]
    found = masking.found_in(text)
    if found:
        words = ", ".join(f"“{text[mask.start : mask.end]}” looks like a {mask.mask.strip('[]')}" for mask in found)
        return [Finding(weight=Weight.REFUSE, text=f"{words}. Reword it: nothing personal goes into the data.")]
    return []


def check_example(
    text: str,
    intent: str,
    *,
    examples: Sequence[Example],
    test_set: Sequence[Example],
    near: Sequence[Neighbour],
    near_test: Sequence[Neighbour] = (),
    masking: Masking,
) -> list[Finding]:
    """Return what is to be known of a text as an example of an intent, what weighs most first.

    Args:
        text: the text.
        intent: the intent that it would be added to.
        examples: all training examples.
        test_set: the messages that are held apart.
        near: the examples nearest in meaning.
        near_test: the held-apart messages nearest in meaning.
        masking: finds what is personal.
    """
    found = check_text(text, masking)
    if found:
        return found
    found += _against_test_set(text, test_set, near_test)
    found += _against_examples(text, intent, examples, near)
    found += _overlap(intent, near)
    return sorted(found, key=lambda finding: list(Weight).index(finding.weight))


def _against_test_set(text: str, test_set: Sequence[Example], near: Sequence[Neighbour]) -> list[Finding]:
    words = "This is {} a message of the test set, which is held apart. Write it in quite other words."
    alike = _alike(text, test_set)
    if alike is not None:
        return [Finding(weight=Weight.REFUSE, text=words.format("the same as, or nearly,"), example=alike)]
    close = next((n for n in near if n.nearness >= _TEST_SET_MEANING), None)
    if close is not None:
        return [Finding(weight=Weight.REFUSE, text=words.format("too close in meaning to"), example=close.example)]
    return []


def _against_examples(text: str, intent: str, examples: Sequence[Example], near: Sequence[Neighbour]) -> list[Finding]:
    same = [example for example in examples if normal(example.text) == normal(text)]
    other = next((example for example in same if example.intent != intent), None)
    if other is not None:
        words = f"The same text is an example of {other.intent} already."
        return [Finding(weight=Weight.REFUSE, text=words, example=other)]
    if same:
        return [Finding(weight=Weight.REFUSE, text="This example is there already.", example=same[0])]
    close = _alike(text, examples) or next((n.example for n in near if n.nearness >= _SAME_MEANING), None)
    if close is None:
        return []
    if close.intent == intent:
        words = "Nearly the same is there already; it teaches little."
        return [Finding(weight=Weight.NOTE, text=words, example=close)]
    words = f"Nearly the same is an example of {close.intent}."
    return [Finding(weight=Weight.WARN, text=words, example=close)]


def _overlap(intent: str, near: Sequence[Neighbour]) -> list[Finding]:
    """Return whether a text lies among the examples of another intent."""
    close = [neighbour for neighbour in near[:5] if neighbour.nearness >= _OVERLAP]
    others = [neighbour for neighbour in close if neighbour.example.intent != intent]
    if len(others) < 3 or any(n.example.intent == intent for n in close[:2]):  # noqa: PLR2004
        return []
    names = sorted({neighbour.example.intent for neighbour in others})
    words = f"It lies among the examples of {' and '.join(names)}: these intents begin to overlap."
    return [Finding(weight=Weight.WARN, text=words, example=others[0].example)]


def _alike(text: str, examples: Sequence[Example]) -> Example | None:
    """Return an example whose letters are nearly the same, or None."""
    found = process.extractOne(
        normal(text), [normal(example.text) for example in examples], scorer=fuzz.ratio, score_cutoff=_SAME_LETTERS
    )
    return examples[found[2]] if found else None
