"""Hide what says who somebody is: mails, numbers, addresses, names, places.

Rules and word lists, no model: an entity model is not among the weights that this project carries. So this is what it
can and cannot do. Mails (also spelled out), links, account names, phone and other long numbers, dates of birth,
postcodes and street addresses are found by their form. A name or a place is found after words that announce it ("my
name is", "I live in", "my wife"), before words that follow one ("park", "hospital"), where a word in the middle of a
sentence has a capital and does not occur in the training examples without one, and anywhere where it is a common first
name or a big town. A rare name in small letters without such words beside it is missed, a name in another script too;
a brand with a capital is hidden although nobody needed it. What a trainer puts into the data is therefore checked a
second time and read by a person.
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
# Round brackets too: square ones are what Rasa's annotations are made of, and are written as round ones.
_A_MASK = re.compile(r"[\[(]\s*(?:" + "|".join(mask.strip("[]") for mask in MASKS) + r")\s*[\])]", re.IGNORECASE)

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"(?:\d{{1,2}}[/.-]\d{{1,2}}(?:[/.-]\d{{2,4}})?|{_DAY}\s+(?:of\s+)?(?:{_MONTHS})|(?:{_MONTHS})\s+{_DAY})"
_STREETS = "street|avenue|ave|lane|crescent|terrace|gardens|grove|boulevard|blvd"
# Words of streets that runners use of other things: the words before them must say something of their own.
_OTHER_STREETS = "st|road|rd|ln|drive|close|court|square|way|hill"
_WORD = r"[^\W\d_][\w'’-]*"
_DOMAIN = r"(?:com|org|net|edu|gov|info|io|me|app|dev|co|uk|ie|eu|us|ca|au|nz|in|de|fr|nl|es|it|pl|se|ch|at|be)"
# What a number counts; then it says nothing about a person.
_UNITS = r"\s*(?:m|met(?:er|re)s?|km|k|miles?|steps?|feet|ft|mg|iu|kcal|calories|times|people|runners|reps)\b"

# Form first: what these find is gone before names are looked for.
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (LINK, re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)),
    (MAIL, re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)),
    (
        MAIL,
        re.compile(
            rf"(?<![\w.+-])[\w.+-]+(?:\s+dot\s+[\w+-]+)*\s+at\s+[\w-]+(?:\s+dot\s+[\w-]+)*(?:\s+dot\s+|\.){_DOMAIN}\b",
            re.IGNORECASE,
        ),
    ),
    (
        MAIL,
        re.compile(
            r"(?<![\w.+-])[\w.+-]+\s*[(\[]\s*at\s*[)\]]\s*[\w-]+(?:(?:\s*[(\[]\s*dot\s*[)\]]\s*|\s+dot\s+|\.|\s)[a-z]{2,6}\b)+",
            re.IGNORECASE,
        ),
    ),
    (LINK, re.compile(rf"(?<![\w@.-])(?:[\w-]+\.)+{_DOMAIN}(?:/\S*|\b(?![\w.]))", re.IGNORECASE)),
    (LINK, re.compile(r"(?<!\w)@\w[\w.]{2,}")),
    (DATE, re.compile(r"\b(?:born|dob|birthday|date of birth)\b[^.\n]{0,20}?\b(?:19|20)\d\d\b", re.IGNORECASE)),
    (
        DATE,
        re.compile(rf"\b(?:born|dob|d\.o\.b\.?|birthday|date of birth)\b[^.\n\d]{{0,20}}?{_DATE}(?!\w)", re.IGNORECASE),
    ),
    (DATE, re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d\d\b")),
    (DATE, re.compile(r"\b(?:19|20)\d\d-\d\d-\d\d\b")),
    (DATE, re.compile(rf"\b{_DAY}\s+(?:of\s+)?(?:{_MONTHS})\.?,?\s+(?:19|20)\d\d\b", re.IGNORECASE)),
    (ADDRESS, re.compile(rf"\b\d{{1,5}}[a-z]?,?\s+(?:{_WORD}\s+){{1,3}}(?:{_STREETS})\b\.?", re.IGNORECASE)),
    (ADDRESS, re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b", re.IGNORECASE)),
    (
        ADDRESS,
        re.compile(
            r"\b(?:zip|postcode|post code|zip code)\b(?:\s+is)?:?\s*(?=[\w-]*\d)[\w-]{3,10}(?:\s\d[a-z]{2})?",
            re.IGNORECASE,
        ),
    ),
    # A phone number, an insurance number; kilometres, times and years are shorter.
    (NUMBER, re.compile(r"(?<![\w.])\+?\(?\d(?:[\s().-]{0,2}\d){6,}(?!\w)")),
    (NUMBER, re.compile(rf"(?<![\w.,])\d{{5,}}(?![\w.,]*\d)(?!{_UNITS})", re.IGNORECASE)),
)
_WEAK_ADDRESS = re.compile(
    rf"\b\d{{1,5}}[a-z]?,?\s+(?P<words>(?:{_WORD}\s+){{1,3}})(?:{_OTHER_STREETS})\b\.?", re.IGNORECASE
)
# A phrase of a cue stands in front of every name; a further word belongs to it where it has a capital.
_MORE = r"(?:\s+(?-i:[A-Z])[\w'’-]+)*"
_SPOKEN_NAME = re.compile(
    rf"\b(?:(?:my|his|her|the|their)\s+(?:full\s+|first\s+|last\s+)?name(?:'s|’s|\s+is)?|(?:i\s+am|i'm|i’m|im)\s+called|people\s+call\s+me|"
    rf"call\s+me|named|this\s+is(?=\s+(?-i:[A-Z]))|signed,?|regards,?|sincerely,?|cheers,?(?=\s+(?-i:[A-Z])))"
    rf"\s*[:=-]?\s+(?P<name>{_WORD}{_MORE})",
    re.IGNORECASE,
)
# "name: tim jones", as in a form that somebody filled in.
_NAME_FIELD = re.compile(rf"\bname\s*[:=]\s*(?P<name>{_WORD}(?:\s+{_WORD})?)", re.IGNORECASE)
_TITLED = re.compile(rf"\b(?:mr|mrs|ms|mx|dr|prof|professor)\b\.?\s+(?P<name>{_WORD}{_MORE})", re.IGNORECASE)
_OTHER_TITLED = re.compile(
    rf"\b(?:doctor|nurse|coach|miss|uncle|aunt|auntie|sister)\s+(?P<name>(?-i:[A-Z])[\w'’-]*{_MORE})", re.IGNORECASE
)
_ACCOUNT = re.compile(
    r"\b(?:insta|instagram|strava|twitter|facebook|snapchat|snap|telegram|whatsapp|skype|discord|tiktok|linkedin|garmin|"
    r"user\s?name|user|handle|login|account)(?:\s+(?:name|handle|account|user|id|profile))?\s*(?:is|:|=)\s*"
    r"(?P<name>[\w.@-]*[\d_.@][\w.@-]*|(?!\w+\s+\w)\w{3,})",
    re.IGNORECASE,
)
_TOWN_PREFIX = (
    r"(?:(?:new|st|st\.|saint|los|las|san|santa|north|south|east|west|port|fort|mount|upper|lower|great|little|el|la|le|"
    r"den|the)\s+)?"
)
_SPOKEN_PLACE = re.compile(
    rf"\b(?:(?:i\s+|we\s+)?(?:live|lives|living|based)\s+(?:in|near|at|outside)|born\s+in|moved\s+to|(?:i\s+am|i'm|i’m|im)\s+from|"
    rf"we\s+are\s+from|greetings\s+from|hello\s+from)\s+(?P<name>{_TOWN_PREFIX}{_WORD}(?:[\s,]+(?-i:[A-Z])[\w'’-]+)*)",
    re.IGNORECASE,
)
_EMPLOYER = re.compile(rf"\bwork(?:s|ed|ing)?\s+(?:at|for)\s+(?:the\s+)?(?P<name>{_WORD}{_MORE})", re.IGNORECASE)
# "hyde park": what stands before these says where somebody goes.
_BEFORE_PLACE = re.compile(
    rf"\b(?P<name>{_WORD})\s+(?:park|parkrun|hospital|infirmary|surgery|clinic|university|college|marathon|harriers|"
    r"medical\s+cent(?:er|re))\b",
    re.IGNORECASE,
)
# "jose here": who writes, at the beginning of a message or a sentence.
_HERE = re.compile(
    rf"(?:^|[.!?\n]\s*)(?:(?:hi|hello|hey|hiya|morning|evening)\b[\s,!.]*(?:it's\s+|its\s+)?)?(?P<name>{_WORD}{_MORE})\s+(?:here\b|speaking\b)(?!\s+in\b)",
    re.IGNORECASE,
)
# The whole message is a name, as an answer to a question that nobody asked: "Marta Kowalska".
_ONLY_A_NAME = re.compile(r"^\W*(?P<name>[A-ZÀ-ÖØ-Þ][\w'’-]+(?:\s+[A-ZÀ-ÖØ-Þ][\w'’-]+)?)\W*$")
_CAPITAL = re.compile(r"(?<![\w\[])[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ'’-]+(?:\s+[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ'’-]+)*")
_ANY_WORD = re.compile(rf"(?<![\w'’-]){_WORD}")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;\n…\"“(–-]\s*|\]\s*)$")
_LEAST_PLACE = 3
_OFTEN = 3
_I_AM = re.compile(rf"\b(?:i\s+am|i'm|i’m|im|it's|its)\s+(?P<name>{_WORD})", re.IGNORECASE)
# Capitals that say nothing about a person.
_ALWAYS_KNOWN = frozenset(
    "i i'm i've i'd i'll i’m i’ve i’d i’ll monday tuesday wednesday thursday friday saturday sunday mon tue tues wed "
    "thu thur thurs fri sat sun mondays tuesdays wednesdays thursdays fridays saturdays sundays january february march "
    "april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec christmas easter english british american nhs gp a&e mri ct "
    "garmin strava nike adidas asics hoka brooks saucony ibuprofen paracetamol voltarol tylenol advil aleve nurofen "
    "pilates yoga ok okay hi hello hey thanks backstride".split()
)
# Words that follow "live in", "I'm from" or "work for" and are no place.
_NO_PLACE = frozenset(
    "a an the my our this that pain fear agony hope here there now work home day time bed running it me him her them "
    "us you one two three myself hours years months weeks".split()
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
        names = _listed("first_names.txt")
        self._names = names
        self._known = frozenset(known_words) | _ALWAYS_KNOWN
        # First names that are ordinary words as well count with a capital, or after a cue.
        self._names_anywhere = names - _listed("names_and_words.txt") - self._known
        # No town of the list is an ordinary word too: three examples that name one make it none.
        self._towns = _listed("towns.txt")

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
        found += self._weak_addresses(text)
        for form, mask, counts in (
            (_SPOKEN_NAME, NAME, self._may_be_name),
            (_NAME_FIELD, NAME, lambda _: True),
            (_TITLED, NAME, self._may_be_name),
            (_OTHER_TITLED, NAME, self._may_be_name),
            (_HERE, NAME, self._may_be_name),
            (_ONLY_A_NAME, NAME, self._may_be_name),
            (_I_AM, NAME, self._names.__contains__),
            (_ACCOUNT, LINK, self._is_unknown),
            (_SPOKEN_PLACE, PLACE, lambda word: word not in _NO_PLACE and len(word) >= _LEAST_PLACE),
            (_EMPLOYER, PLACE, lambda word: word not in _NO_PLACE and self._is_unknown(word)),
            (_BEFORE_PLACE, PLACE, self._is_unknown),
        ):
            found += _after_cues(text, form, mask, counts)
        found += self._listed_words(text)
        found += self._with_capitals(text)
        return _without_overlaps(found)

    def _is_unknown(self, word: str) -> bool:
        return word not in self._known

    def _may_be_name(self, word: str) -> bool:
        return word not in self._known or word in self._names

    def _weak_addresses(self, text: str) -> Iterable[Mask]:
        for match in _WEAK_ADDRESS.finditer(text):
            if all(self._is_unknown(word.lower()) for word in match.group("words").split()):
                yield Mask(match.start(), match.end(), ADDRESS)

    def _listed_words(self, text: str) -> Iterable[Mask]:
        """Yield first names and big towns wherever they stand, in small letters and in capitals too."""
        for match in _ANY_WORD.finditer(text):
            plain = _plain(match.group())
            mask = NAME if plain in self._names_anywhere else PLACE if plain in self._towns else None
            if mask is not None:
                yield Mask(match.start(), match.end(), mask)

    def _with_capitals(self, text: str) -> Iterable[Mask]:
        for match in _CAPITAL.finditer(text):
            at = match.start()
            for word in re.finditer(_WORD, match.group()):
                plain = _plain(word.group())
                begins_sentence = _SENTENCE_END.search(text[: at + word.start()]) is not None
                is_name = plain in self._names and plain not in self._known
                if is_name or (not begins_sentence and plain not in self._known):
                    yield Mask(at + word.start(), at + word.end(), NAME)


def _listed(name: str) -> frozenset[str]:
    return frozenset((Path(__file__).parent / name).read_text(encoding="utf-8").split())


def _plain(word: str) -> str:
    return re.sub(r"['’]s$", "", word.lower())


def _after_cues(text: str, form: re.Pattern[str], mask: str, counts: Callable[[str], bool]) -> Iterable[Mask]:
    for match in form.finditer(text):
        words = match.group("name").split()
        # "new york": what announces a place may have a word of its own before it.
        judged = words[:2] if form is _SPOKEN_PLACE else words[:1]
        if any(counts(_plain(word.strip(",."))) for word in judged):
            yield Mask(match.start("name"), match.end("name"), mask)


def holds_mask(text: str) -> bool:
    """Return whether a text still holds a mask, however it was retyped: such a text is never written into the data."""
    return _A_MASK.search(text) is not None


def words_without_capital(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that stand without a capital more than twice: some examples name a town in small letters."""
    word = re.compile(r"(?<![\w'’])[a-zà-öø-ÿ][\w'’-]*")
    counts = Counter(found for text in texts for found in word.findall(text))
    return frozenset(found for found, count in counts.items() if count >= _OFTEN)


def _without_overlaps(found: Iterable[Mask]) -> list[Mask]:
    kept: list[Mask] = []
    for mask in sorted(found, key=lambda m: (m.start, -m.end)):
        if kept and mask.start < kept[-1].end:
            # Both are hidden to their end: nothing of the second one shows behind the first.
            kept[-1] = Mask(kept[-1].start, max(kept[-1].end, mask.end), kept[-1].mask)
            continue
        if kept and kept[-1].mask == mask.mask and mask.start <= kept[-1].end + 1:
            kept[-1] = Mask(kept[-1].start, mask.end, mask.mask)
            continue
        kept.append(mask)
    return kept
