"""What was measured on a model, as values that can be written down and read again."""

from __future__ import annotations

from backstride.checked_yaml import FrozenModel
from backstride.evaluation.intents import IntentFigures
from backstride.evaluation.red_flags import FlagFigures, FlagReading, Share


class Reading(FrozenModel):
    """What a model reads in a message.

    Args:
        intent: the surest intent.
        confidence: how sure, 0 to 1.
        others: further topics that the message asks about.
        flags: the warning signs.
    """

    intent: str
    confidence: float
    others: tuple[str, ...] = ()
    flags: tuple[FlagReading, ...] = ()

    def same_as(self, other: Reading) -> bool:
        """Whether the assistant would take the message the same way, however sure it is."""
        return (self.intent, self._signs()) == (other.intent, other._signs())

    def _signs(self) -> set[tuple[str, str, str]]:
        return {(flag.id, flag.state, flag.urgency.value) for flag in self.flags if flag.is_noticed}


class ScenarioFigure(FrozenModel):
    """How a conversation went: "" where every reply was as expected, else what was wrong and what was said."""

    wrong: str | None = None
    transcript: str | None = None


class Evaluation(FrozenModel):
    """Everything that was measured on one model.

    Args:
        sha256: of the model's file.
        basis: hash over what it was measured with: test sets, conversations, knowledge, code.
        made_at: in UTC, ISO 8601.
        intents: how well intents are read.
        several: of how many messages with several questions at least two are named.
        predicted: the intent read in each message of the test set.
        flags: how well warning signs are read.
        flag_readings: the warning signs read in each message of the red-flag set.
        scenarios: how each conversation of `tests/scenarios` went.
    """

    sha256: str
    basis: str
    made_at: str
    intents: IntentFigures
    several: Share
    predicted: dict[str, str]
    flags: FlagFigures
    flag_readings: dict[str, tuple[FlagReading, ...]]
    scenarios: dict[str, ScenarioFigure]


class Speed(FrozenModel):
    """How long a model takes to read a message, in milliseconds, and to load, in seconds."""

    messages: int
    p50_ms: float
    p95_ms: float
    load_s: float
