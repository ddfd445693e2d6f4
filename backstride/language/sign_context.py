"""Decide in which light a sign was said, by the words around it.

"No numbness" is denied, "I used to have numbness" is past, "my dad had numbness" is about others, "can running cause
numbness" is only asked. The words that decide stand in `knowledge/red_flag_language.yml` under `context`; this module
knows how far each of them reaches. A thought is what most of them reach over: it ends with the sentence, at "but", and
where a new clause begins ("no fever, my legs are numb").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum

from backstride.language.phrases import Match, Span
from backstride.language.words import BREAKS, COMMA, END, QUESTION, SENTENCE_ENDS, Words


class Light(str, Enum):
    """In which light a sign was said."""

    SAID = "said"  # it is there, or was since this began
    DENIED = "denied"  # it is not there
    PAST = "past"  # it was there once
    OTHERS = "others"  # a relative's history
    ASKED = "asked"  # only asked about, or supposed


class Context:
    """The light that each part of a message stands in."""

    # How many words a trigger reaches.
    _DENY_REACH = 14
    _DENY_NEXT_REACH = 2
    _DENY_AFTER_REACH = 3
    _PAST_REACH = 14
    _OVER_REACH = 5
    _OTHERS_REACH = 9
    _NOW_REACH = 6
    _ASKED_REACH = 12
    _ASKED_NEXT_REACH = 2
    # An item of a list ("no fever, chills, weak legs") has no more words than this.
    _ITEM_WORDS = 4
    _INABILITY_WITHIN = 3
    _AND = frozenset({"and", "plus"})
    _OR = frozenset({"or", "nor"})
    # "He fell, he says he is fine" denies no fall.
    _WHO = frozenset({"i", "he", "she", "they", "we"})

    def __init__(self, words: Words, triggers: Mapping[str, Collection[Match]]) -> None:
        self._words = words.words
        self._triggers = triggers
        self._stops = _starts(triggers, "stop")
        self._denial_stops = self._stops | _starts(triggers, "stop_denial")
        self._clause_starts = _starts(triggers, "new_clause")
        self._it = _starts(triggers, "it")
        self._first_person = _starts(triggers, "first_person")
        self._false_alarms = triggers.get("not_a_denial", ())
        self._other_is_patient = bool(triggers.get("other_is_patient")) and not triggers.get("i_am_patient")

    @property
    def tells_of_back_pain(self) -> bool:
        """Whether the message says that there is back pain."""
        return any(self.light_of(match) is Light.SAID for match in self._all("back_pain"))

    def is_idiom(self, match: Match) -> bool:
        """Whether a match is part of an idiom."""
        return touches(match.span, self._triggers.get("idioms", ()))

    def light_of(self, match: Match, *, over_counts: bool = False) -> Light:
        """Return the light of a match; a trigger inside it does not count."""
        span = match.span
        if self._is_denied(match):
            return Light.DENIED
        if any(not self._happens_now(span, trigger.span) for trigger in self._others_of(span)):
            return Light.OTHERS
        if self._is_supposed(span) or self._is_asked(span):
            return Light.ASKED
        if self._is_past(span) or (not over_counts and self._is_over(span)):
            return Light.PAST
        return Light.SAID

    def is_perhaps_of_others(self, match: Match) -> bool:
        """Whether a match may be about somebody who is not the one with the pain."""
        if self._other_is_patient:
            return False
        return bool(self._others_of(match.span)) or any(
            self._is_near(match.span, trigger, self._OTHERS_REACH, before_only=True)
            for trigger in self._all("others_now")
        )

    def _others_of(self, span: Span) -> list[Match]:
        """Return what tells a range as somebody else's history."""
        if self._other_is_patient:
            return []
        return [trigger for trigger in self._all("others") if self._is_near(span, trigger, self._OTHERS_REACH)]

    def _happens_now(self, span: Span, other: Span) -> bool:
        """Whether what is told of somebody else is no history: "gran took all her tablets this morning"."""
        low, high = min(span[0], other[0]), max(span[1], other[1])
        return any(
            low <= trigger.start < high + self._NOW_REACH
            and (trigger.start < high or self._is_one_thought(high, trigger.start))
            for trigger in self._all("now")
        )

    def _all(self, name: str) -> Collection[Match]:
        return self._triggers.get(name, ())

    def _is_denied(self, match: Match) -> bool:
        start, end = span = match.span
        if any(self._denies(trigger, span, self._DENY_REACH) for trigger in self._all("deny_any")):
            return True
        if match.negated and not touches(span, self._false_alarms):
            return True
        denials = [
            (trigger, reach)
            for name, reach in (("deny", self._DENY_REACH), ("deny_next", self._DENY_NEXT_REACH))
            for trigger in self._all(name)
            if not touches(trigger.span, self._false_alarms)
        ]
        # "not able to pee" is a sign by its own "not": no other denies it.
        head = range(start, min(end, start + self._INABILITY_WITHIN))
        is_inability = any(trigger.start in head for trigger, _ in denials) or any(
            alarm.start in head or (alarm.start < start < alarm.end) for alarm in self._false_alarms
        )
        if not is_inability and any(self._denies(trigger, span, reach) for trigger, reach in denials):
            return True
        return (not is_inability and self._is_answered_no(end)) or any(
            end <= trigger.start <= end + self._DENY_AFTER_REACH
            and self._is_plain(end, trigger.start)
            and self._WHO.isdisjoint(self._words[end : trigger.start])
            for trigger in self._all("deny_after")
            if not touches(trigger.span, self._false_alarms)
        )

    def _denies(self, trigger: Match, span: Span, reach: int) -> bool:
        """Whether a range follows a trigger of denial, or begins inside one."""
        start, end = span
        if trigger.start < start < trigger.end:
            return True
        if not trigger.end <= start <= trigger.end + reach:
            return False
        return self._is_one_thought(trigger.end, start, stops=self._denial_stops) and self._is_one_list(
            trigger.end, start, end
        )

    def _is_answered_no(self, end: int) -> bool:
        """Whether "no" and nothing else answers what ends here: "numbness? none", "fever: no", "fever no"."""
        pause = self._next_pause(end)
        if self._words[end - 1] not in self._AND and any(
            trigger.span == (end, pause) for trigger in self._all("answer_no")
        ):
            return True
        if pause >= len(self._words) or (self._words[pause] != QUESTION and (pause > end or self._words[pause] == END)):
            return False
        answer = (pause + 1, self._next_pause(pause + 1))
        if self._words[answer[1] : answer[1] + 1] == (QUESTION,):
            return False
        return any(trigger.span == answer for trigger in self._all("answer_no"))

    def _is_past(self, span: Span) -> bool:
        return any(
            self._is_near(span, trigger, self._PAST_REACH) and not self._says_now(span, trigger.span, beyond=3)
            for trigger in self._all("past")
        )

    def _is_over(self, span: Span) -> bool:
        """Whether what ends a range is told behind it: "... went away", "... . It went away"."""
        for trigger in self._all("over"):
            distance = trigger.start - span[1]
            if (
                not 0 <= distance <= self._OVER_REACH
                or self._says_now(span, trigger.span)
                or touches(trigger.span, self._false_alarms)
            ):
                continue
            between = range(span[1], trigger.start)
            pauses = [i for i in between if self._words[i] in BREAKS]
            if not pauses and self._is_plain(span[1], trigger.start):
                return True
            if len(pauses) == 1 and all(i in self._it for i in range(pauses[0] + 1, trigger.start)):
                return True
        return False

    def _says_now(self, span: Span, other: Span, *, beyond: int = 0) -> bool:
        low, high = min(span[0], other[0]), max(span[1], other[1])
        return any(
            low <= trigger.start < high + beyond and not touches(trigger.span, (Match(*other),))
            for trigger in self._all("now")
        ) or any(
            not any(word in SENTENCE_ENDS for word in self._words[min(high, trigger.start) : trigger.start])
            and not any(word in SENTENCE_ENDS for word in self._words[trigger.end : max(low, trigger.end)])
            for trigger in self._all("again")
        )

    def _is_supposed(self, span: Span) -> bool:
        return any(
            self._is_near(span, trigger, self._ASKED_REACH, before_only=True)
            for trigger in self._all("supposed")
            if not touches(trigger.span, self._all("not_supposed"))
        )

    def _is_asked(self, span: Span) -> bool:
        for name, reach in (("asked", self._ASKED_REACH), ("asked_next", self._ASKED_NEXT_REACH)):
            for trigger in self._all(name):
                if not self._is_near(span, trigger, reach, before_only=True):
                    continue
                supposed = "if" in self._words[trigger.start : span[0]]
                if supposed or not self._first_person.intersection(range(trigger.end, span[1])):
                    return True
        return any(
            span[1] <= trigger.start and not any(word in SENTENCE_ENDS for word in self._words[span[1] : trigger.start])
            for trigger in self._all("asked_after")
        )

    def _is_near(self, span: Span, trigger: Match, reach: int, *, before_only: bool = False) -> bool:
        gap = _gap(span, trigger.span)
        if gap is None:
            return not (span[0] <= trigger.start and trigger.end <= span[1])
        if before_only and gap[0] == span[1]:
            return False
        return gap[1] - gap[0] <= reach and self._is_one_thought(*gap)

    def _is_one_thought(self, start: int, end: int, *, stops: frozenset[int] | None = None) -> bool:
        """Whether no thought ends between two places."""
        stops = self._stops if stops is None else stops
        for i in range(start, end):
            word = self._words[i]
            if word in SENTENCE_ENDS or i in stops:
                return False
            if (word == COMMA or word in self._AND) and i + 1 in self._clause_starts:
                return False
        return True

    def _is_one_list(self, start: int, end: int, item_end: int) -> bool:
        """Whether what stands behind a comma is short enough for an item of a list, or joined to it by "or"."""
        between = self._words[start:end]
        if COMMA not in between:
            return True
        last_comma = end - 1 - between[::-1].index(COMMA)
        pause = self._next_pause(item_end)
        return not self._OR.isdisjoint(self._words[start:pause]) or pause - last_comma - 1 <= self._ITEM_WORDS

    def _is_plain(self, start: int, end: int) -> bool:
        """Whether neither a pause nor an "and" stands between two places."""
        between = self._words[start:end]
        return BREAKS.isdisjoint(between) and self._AND.isdisjoint(between) and self._is_one_thought(start, end)

    def _next_pause(self, start: int) -> int:
        at = start
        while at < len(self._words) and self._words[at] not in BREAKS:
            at += 1
        return at


def _starts(triggers: Mapping[str, Collection[Match]], name: str) -> frozenset[int]:
    return frozenset(trigger.start for trigger in triggers.get(name, ()))


def _gap(span: Span, trigger: Span) -> Span | None:
    """Return the range between two ranges, or None where they overlap."""
    if trigger[1] <= span[0]:
        return trigger[1], span[0]
    if span[1] <= trigger[0]:
        return span[1], trigger[0]
    return None


def touches(span: Span, others: Iterable[Match]) -> bool:
    """Whether a range shares a word with any of some matches."""
    return any(span[0] < other.end and other.start < span[1] for other in others)
