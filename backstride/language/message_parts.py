"""Take a message apart into what it states and what it asks besides: "5, but is heat any good?"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from backstride.language.text import REMEMBERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A message taken apart.

    Args:
        said: its statements.
        questions: what it asks besides, question by question.
    """

    said: str
    questions: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it asks something."""
        return bool(self.questions)


_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_OPENERS = r"\W*(?:(?:and|but|also|so|ok|okay|hey|hi|well|then|or|please)\W+)*"
_BEFORE_A_QUESTION = re.compile(
    r"(?:,|\s-|\b(?:and|but|also|so|or)\b)\s*(?=(?:(?:and|but|also|so|or)\s+)?(?:what|why|how|when|where|which|who|is|are|"
    r"can|could|should|shall|do|does|did|will|would)\b(?!'))",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    rf"^{_OPENERS}(?:what|why|how|when|where|which|who|is|are|can|could|should|shall|do|does|did|will|would|am)\b(?!')",
    re.IGNORECASE,
)
# Without a question mark the order of the words has to tell: "is getting better" and "when I sit" ask nothing.
_ASKS = re.compile(
    rf"^{_OPENERS}(?:"
    r"(?:what|who|where)(?:'s|s)\s+\w|(?:what|why|how|when|where|which|who)\s+(?:\w+\s+){0,2}?(?:is|are|am|can|could|should|shall|do|does|did|will|"
    r"would|about|else|if|to)\b|how\s+(?:long|much|many|often|far|bad)\b|why\b|"
    r"what\s+(?:helps|causes|works|eases|stops|prevents|makes)\b|"
    r"(?:what|which)\s+(?!(?:an?|is|hurts?)\b)\w+\W*$|"
    r"(?:is|are)\s+(?:a|an)\b|"
    r"(?:is|are|does|did|will|would|can|could|should|shall|do|am)\s+(?:i|it|that|this|there|you|we|they|he|she|my|your|"
    r"heat|ice|massage|running|runs|stretching|stretches|walking|yoga|shoes)\b|"
    r"(?:tell|show|give|teach|list|recommend|suggest)\s+(?:me|us)\b|explain\b|"
    r"i\s+(?:want|need|would like|wanna)\s+to\s+(?:know|see|learn)\b|any\s+(?:tips|advice)\b)",
    re.IGNORECASE,
)
# "The left side?" is an answer that asks whether it will do.
_LONGEST_TENTATIVE = 5


# "I always stretch first", "the pavement was icy": it tells of oneself, however much a topic is named.
_TELLS = re.compile(
    rf"^{_OPENERS}(?:(?:no|nah|nope|yes|yeah|um|er|tbh|lol|haha)\W+)*(?:"
    r"(?:i|we|he|she|they|it|there|im|ive|id|its|weve|were)(?:['’]\w+)?\s+\w"
    r"|(?:my|the|our|this|that)\s+(?:\w+\s+){1,4}?(?:is|are|was|were|had|has|felt|feels?|went|got|goes)\b"
    r"|\w+\s+(?:is|are|was|were)\s+my\b"
    r"|(?:had|wore|ran|went|did|was|been|used|bought|got|took|slept|sat|stood)\s+\w)",
    re.IGNORECASE,
)
# And these want something, or wonder.
_WANTS = re.compile(
    r"\b(?:want|wants|need|needs|wanna|like|love|prefer|rather|can|can't|cannot|could|should|would|help|helps|show|tell|give|"
    r"please|pls|try|trying|looking|wonder|wondering|worried|worry|scared|afraid|fear|concerned|think|guess|reckon|heard|"
    r"hear|read|told|says?|said|how|what|which|why|advice|tips?|recommend|suggest|hope|hoping|ask|asking|know|sure|about)\b",
    re.IGNORECASE,
)


def tells_of_oneself(text: str) -> bool:
    """Return whether a message is a plain statement about oneself or one's run, and wants to know nothing.

    >>> tells_of_oneself("I always do some stretching first")
    True
    >>> tells_of_oneself("I want some stretches")
    False
    """
    return bool(_TELLS.search(text.strip())) and not _WANTS.search(text)


@lru_cache(maxsize=REMEMBERED)
def parts_of(text: str) -> Parts:
    """Return a message's statements, and what it asks besides.

    >>> parts_of("5, but is heat any good?")
    Parts(said='5', questions=('is heat any good?',))
    """
    said: list[str] = []
    questions: list[str] = []
    for sentence in _SENTENCE.split(text):
        ends_asking = sentence.rstrip().endswith("?")
        for part in _BEFORE_A_QUESTION.split(sentence):
            is_short = len(part.split()) <= _LONGEST_TENTATIVE
            is_last = sentence.endswith(part)
            is_question = bool(_ASKS.search(part)) or (
                ends_asking and is_last and (bool(_QUESTION_WORD.search(part)) or not is_short)
            )
            if part.strip():
                (questions if is_question else said).append(part.strip())
    return Parts(said=". ".join(said), questions=tuple(questions))
