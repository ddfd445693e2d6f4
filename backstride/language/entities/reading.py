"""What every reader of one kind of thing has in hand: one message, with its phrases and numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from backstride.language.entities.findings import Found, Value
from backstride.language.entities.message import Message
from backstride.language.entities.phrases import Phrase
from backstride.language.entities.quantities import Quantity

FEW_WORDS = 10  # words of a message that answers a question
_DENIALS = frozenset(
    "no not never without dont doesnt didnt isnt arent wasnt cant cannot nor neither nothing havent hasnt aint none "
    "wont avoid avoiding shouldnt non".split()
)
# Words that may stand between a denial and what it denies.
_DENIED_THROUGH = frozenset(
    "pain aches ache in on the my really down into to go goes going radiate radiates radiating travel spread spreads "
    "shoot shoots shooting run runs any at all it of a tingling numbness symptoms either from for taking take taken on "
    "using use used currently been am be being chance way im longer have had history or nor and take".split()
)


class Reading:
    """One message while it is read; a quantity whose meaning is known is taken from the readers that follow."""

    def __init__(
        self,
        message: Message,
        phrases: list[Phrase],
        quantities: list[Quantity],
        cues: Mapping[str, frozenset[str]],
        today: date,
    ) -> None:
        self.message = message
        self.phrases = phrases
        self.quantities = quantities
        self.cues = cues
        self.today = today
        self.medicine_words = {
            index for phrase in phrases if phrase.kind == "medicine" for index in range(phrase.start, phrase.end)
        }
        self.speaks_of_pain = any(phrase.kind == "place" for phrase in phrases) or any(
            word in cues["pain"] or word in cues["event"] or word in {"back", "spine"} for word in message.words
        )
        self._taken: set[int] = set()

    def finding(self, entity: str, start: int, end: int, value: Value, role: str | None = None) -> Found:
        """Return what words `start` to `end` say, with its place in the text."""
        return Found(entity, self.message.starts[start], self.message.ends[end - 1], value, role)

    def take(self, start: int) -> None:
        """Mark that the meaning of the quantity is known that begins at a word."""
        self._taken.add(start)

    def free(self, *dimensions: str) -> Iterator[Quantity]:
        """Yield the quantities of some dimensions that mean nothing yet."""
        for quantity in self.quantities:
            if quantity.dimension in dimensions and quantity.start not in self._taken:
                yield quantity

    def is_denied(self, index: int, denials: Collection[str] = _DENIALS) -> bool:
        """Return whether "no", "not on any" or the like stands before a word."""
        message = self.message
        cursor = index - 1
        while cursor >= 0 and message.sentences[cursor] == message.sentences[index]:
            word = message.words[cursor]
            if word in denials:
                return message.at(cursor + 1) not in {"only", "just", "sure", "idea"}
            if word == "," or word not in _DENIED_THROUGH:
                return False
            cursor -= 1
        return False
