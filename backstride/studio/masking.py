"""Hide what says who somebody is: mails, numbers, addresses, names, places.

Rules and word lists, no model: an entity model is not among the weights that this project carries. So this is what it
can and cannot do. Mails, links, phone and other long numbers, dates of birth, postcodes and street addresses are
found by their form. A name or a place is found after words that announce it ("my name is", "I live in"), where a word
in the middle of a sentence has a capital and does not occur in the training examples without one, and where it is a
common first name. A rare name without a capital and without such words before it is missed; a brand with a capital is
hidden although nobody needed it. What a trainer puts into the data is therefore checked a second time and read by a
person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAIL: Final = "[mail]"
LINK: Final = "[link]"
NUMBER: Final = "[number]"
ADDRESS: Final = "[address]"
NAME: Final = "[name]"
PLACE: Final = "[place]"
DATE: Final = "[date]"
MASKS: Final = (MAIL, LINK, NUMBER, ADDRESS, NAME, PLACE, DATE)

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
_STREETS = "street|st|road|rd|avenue|ave|lane|ln|drive|close|court|crescent|terrace|gardens|grove|square|boulevard|blvd"
_TITLE = r"(?:mr|mrs|ms|miss|mx|dr|doctor|prof|professor|nurse|coach)"
_WORD = r"[^\W\d_][\w'’-]*"

# Form first: what these find is gone before names are looked for.
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (LINK, re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)),
    (MAIL, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)),
    (LINK, re.compile(r"(?<!\w)@\w[\w.]{2,}")),
    (DATE, re.compile(r"\b(?:born|dob|birthday|date of birth)\b[^.\n]{0,20}?\b(?:19|20)\d\d\b", re.IGNORECASE)),
    (DATE, re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d\d\b")),
    (DATE, re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\.?,?\s+(?:19|20)\d\d\b", re.IGNORECASE)),
    (ADDRESS, re.compile(rf"\b\d{{1,5}}[a-z]?,?\s+(?:{_WORD}\s+){{1,3}}(?:{_STREETS})\b\.?", re.IGNORECASE)),
    (ADDRESS, re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b", re.IGNORECASE)),
    (
        ADDRESS,
        re.compile(
            r"\b(?:zip|postcode|post code|zip code)\b(?:\s+is)?:?\s*[\w-]{3,10}(?:\s\d[a-z]{2})?", re.IGNORECASE
        ),
    ),
    # A phone number, an insurance number; kilometres, times and years are shorter.
    (NUMBER, re.compile(r"(?<![\w.])\+?\(?\d(?:[\s().-]{0,2}\d){6,}(?!\w)")),
    (NUMBER, re.compile(r"(?<![\w.])\d{5,}(?![\w.]\d)")),
)
_SPOKEN_NAME = re.compile(
    rf"\b(?P<cue>(?:my|his|her|the)\s+(?:full\s+)?name(?:'s|’s|\s+is)|(?:i\s+am|i'm|i’m|im)\s+called|people\s+call\s+me|call\s+me|"
    rf"this\s+is(?=\s+(?-i:[A-Z]))|signed,?|regards,?|cheers,?(?=\s+(?-i:[A-Z]))|{_TITLE}\.?(?=\s+(?-i:[A-Z])))\s+(?P<name>{_WORD}(?:\s+(?-i:[A-Z])[\w'’-]+)*)",
    re.IGNORECASE,
)
_SPOKEN_PLACE = re.compile(
    rf"\b(?P<cue>(?:i\s+|we\s+)?(?:live|lives|living|based)\s+(?:in|near|at|outside)|born\s+in|moved\s+to|i\s+am\s+from|i'm\s+from|i’m\s+from|im\s+from|"
    rf"we\s+are\s+from|greetings\s+from|hello\s+from)\s+(?P<name>{_WORD}(?:[\s,]+(?-i:[A-Z])[\w'’-]+)*)",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"(?<![\w\[])[A-Z][a-zà-öø-ÿ'’-]+(?:\s+[A-Z][a-zà-öø-ÿ'’-]+)*")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;\n…\"“(–-]\s*|\]\s*)$")
_LEAST_PLACE = 3
_OFTEN = 3
_I_AM = re.compile(rf"\b(?:i\s+am|i'm|i’m|im|it's|its)\s+(?P<name>{_WORD})", re.IGNORECASE)
# Capitals that say nothing about a person.
_ALWAYS_KNOWN = frozenset(
    "i i'm i've i'd i'll i’m i’ve i’d i’ll monday tuesday wednesday thursday friday saturday sunday mon tue tues wed "
    "thu thur thurs fri sat sun january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec christmas easter english british american nhs gp a&e mri ct "
    "garmin strava nike adidas asics hoka brooks saucony ibuprofen paracetamol voltarol tylenol advil aleve nurofen "
    "pilates yoga ok okay hi hello hey thanks".split()
)
# Words that follow "live in" or "I'm from" and are no place.
_NO_PLACE = frozenset(
    "a an the my our this that pain fear agony hope here there now work home day time bed running it".split()
)


@dataclass(frozen=True, slots=True)
class Mask:
    """What is hidden, where, and as what."""

    start: int
    end: int
    mask: str


class Masking:
    """Hides what says who somebody is.

    Args:
        known_words: lower-case words that are no name: those that the training examples hold without a capital.
    """

    def __init__(self, known_words: Collection[str] = ()) -> None:
        names = (Path(__file__).parent / "first_names.txt").read_text(encoding="utf-8").split()
        self._names = frozenset(names)
        self._known = frozenset(known_words) | _ALWAYS_KNOWN

    def masked(self, text: str) -> str:
        """Return the text with a word in brackets in place of everything personal."""
        result, at = [], 0
        for mask in self.found_in(text):
            result += [text[at : mask.start], mask.mask]
            at = mask.end
        return "".join([*result, text[at:]])

    def found_in(self, text: str) -> list[Mask]:
        """Return everything personal in a text, in its order and without overlaps."""
        found: list[Mask] = []
        for mask, form in _FORMS:
            found += [Mask(m.start(), m.end(), mask) for m in form.finditer(text)]
        found += self._after_cues(text, _SPOKEN_NAME, NAME, lambda word: word not in self._known or word in self._names)
        found += self._after_cues(
            text, _SPOKEN_PLACE, PLACE, lambda word: word not in _NO_PLACE and len(word) >= _LEAST_PLACE
        )
        found += self._after_cues(text, _I_AM, NAME, lambda word: word in self._names)
        found += self._with_capitals(text)
        return _without_overlaps(found)

    def _after_cues(self, text: str, form: re.Pattern[str], mask: str, counts: Callable[[str], bool]) -> Iterable[Mask]:
        for match in form.finditer(text):
            if counts(match.group("name").split()[0].lower().strip(",")):
                yield Mask(match.start("name"), match.end("name"), mask)

    def _with_capitals(self, text: str) -> Iterable[Mask]:
        for match in _CAPITAL.finditer(text):
            at = match.start()
            for word in re.finditer(_WORD, match.group()):
                plain = re.sub(r"['’]s$", "", word.group()).lower()
                begins_sentence = _SENTENCE_END.search(text[: at + word.start()]) is not None
                is_name = plain in self._names and plain not in self._known
                if is_name or (not begins_sentence and plain not in self._known and plain not in _ALWAYS_KNOWN):
                    yield Mask(at + word.start(), at + word.end(), NAME)


def holds_mask(text: str) -> bool:
    """Return whether a text still holds a mask: such a text is never written into the data."""
    return any(mask in text for mask in MASKS)


def words_without_capital(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that stand without a capital more than twice: some examples name a town in small letters."""
    word = re.compile(r"(?<![\w'’])[a-zà-öø-ÿ][\w'’-]*")
    counts = Counter(found for text in texts for found in word.findall(text))
    return frozenset(found for found, count in counts.items() if count >= _OFTEN)


def _without_overlaps(found: Iterable[Mask]) -> list[Mask]:
    kept: list[Mask] = []
    for mask in sorted(found, key=lambda m: (m.start, -m.end)):
        if kept and mask.start < kept[-1].end:
            continue
        if kept and kept[-1].mask == mask.mask and mask.start <= kept[-1].end + 1:
            kept[-1] = Mask(kept[-1].start, mask.end, mask.mask)
            continue
        kept.append(mask)
    return kept
