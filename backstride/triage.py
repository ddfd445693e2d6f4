"""Warning signs said so far -> how soon people with them are advised to be seen.

Every rule stands in `knowledge/red_flags.yml`; this module only applies them. It knows nothing of Rasa, of a channel or
of how a sign was found in a message.

The one property that everything else leans on: another sign, or another tag, never lowers the urgency. The only tag
that does is `MILD`, and only where every mention of the sign carried it.
"""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import validator

from backstride.checked_yaml import FrozenModel, check, line_of, read_yaml
from backstride.errors import KnowledgeError, Problem

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "red_flags.yml"
# The only tag that lowers a level. Its meaning for each flag stands in the file.
MILD = "mild"

# The words in {braces} that a text of a card may fill in.
CARD_WORDS = frozenset({"number", "where", "hospital", "urgent", "crisis", "timeframe"})
_MOST_MEANWHILE = 3

Part = TypeVar("Part", bound=FrozenModel)


class State(str, Enum):
    """What a conversation says about a warning sign; ASK means that it may be there and a question will tell."""

    PRESENT = "present"
    ABSENT = "absent"
    ASK = "ask"


class Urgency(str, Enum):
    """How soon people with a warning sign are advised to be seen; compared by rank, not by spelling."""

    SELF_CARE = "self_care"
    ROUTINE = "routine"
    DOCTOR_DAYS = "doctor_days"
    SAME_DAY = "same_day"
    EMERGENCY_NOW = "emergency_now"

    @property
    def rank(self) -> int:
        """The place in the order, from 0 for SELF_CARE."""
        return _ORDER.index(self)

    def raised(self) -> Urgency:
        """Return the next level up; the top one stays."""
        return _ORDER[min(self.rank + 1, len(_ORDER) - 1)]

    def __lt__(self, other: str) -> bool:
        return self.rank < Urgency(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Urgency(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Urgency(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Urgency(other).rank


_ORDER = tuple(Urgency)


@dataclass(frozen=True, slots=True)
class Sign:
    """One warning sign that was said.

    Args:
        flag: its id in `knowledge/red_flags.yml`.
        state: whether it is there.
        evidence: the words that said so.
        tags: finer facts found with it, from the vocabulary of the file.
    """

    flag: str
    state: State
    evidence: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """The decision over all signs of a conversation.

    Args:
        urgency: the highest level that a flag, a rule or a multiplier gives; SELF_CARE where nothing is present.
        flags: the present flags, the most urgent first.
        to_ask: the flags that a question must settle, the most urgent first.
        reasons: ids of the rules that fired, those that gave the highest level first.
        leading: ids of those rules that put their flag first on the card.
        exercises_allowed: whether an exercise may be shown.
    """

    urgency: Urgency
    flags: tuple[str, ...]
    to_ask: tuple[str, ...]
    reasons: tuple[str, ...]
    leading: tuple[str, ...] = ()
    exercises_allowed: bool


class Source(FrozenModel):
    """Where a rule comes from; `year` is that of the paper, or the year in which a page was read."""

    body: str
    title: str
    year: int
    checked: bool = True


class Level(FrozenModel):
    """What the assistant says at one level of urgency."""

    heading: str
    timeframe: str
    first: str
    # Instead of `first` where people should not make their own way.
    ambulance: str | None = None
    # Instead of a flag's own lines where a rule brought the flag to this level.
    meanwhile: tuple[str, ...] = ()
    closing: str


class CardTexts(FrozenModel):
    """What a flag says at one level instead of the usual words."""

    heading: str | None = None
    first: str | None = None
    why: str | None = None
    meanwhile: tuple[str, ...] = ()
    closing: str | None = None


class Flag(FrozenModel):
    """A warning sign: its level, its question, and what is said about it."""

    id: str
    title: str
    urgency: Urgency
    # The person should not make their own way: the card says to ask for an ambulance.
    ambulance: bool = False
    # The card names a crisis line.
    crisis: bool = False
    ask: str
    # Where asking it as before would sound cold: the whole message that asks it again, and that asks it for another.
    ask_again: str | None = None
    ask_for_them: str | None = None
    # What a yes and a no to the question mean, in the words of the two buttons.
    ask_yes: str
    ask_no: str
    # The question in other words, for who does not understand it.
    means: str
    # Answers that are a yes to the question and name another flag; answers that are a no to it, but name another flag.
    yes_and: Mapping[str, tuple[str, ...]] = {}
    no_but: Mapping[str, tuple[str, ...]] = {}
    # What may be there as well where one of the latter was said: it is asked about.
    no_but_asks: tuple[str, ...] = ()
    # What a side says as the answer ("the left one"): a yes to a question about one leg, a 'no_but' to one about both.
    one_side: Literal["yes", "no_but"] | None = None
    # A third answer, a no that leaves the sign standing in its milder form: "I cannot cope", without a wish to die.
    # Typed, a no is one with any of the words below; a plain no is none.
    ask_milder: str | None = None
    milder_words: tuple[str, ...] = ()
    # What is said to a plain no, where a word of thanks would be too little.
    no_reply: str | None = None
    why: str
    signpost: str
    meanwhile: tuple[str, ...]
    cards: Mapping[Urgency, CardTexts] = {}
    tags: Mapping[str, str] = {}
    sources: tuple[str, ...]

    @validator("meanwhile")
    def _one_to_three_lines(cls, lines: tuple[str, ...]) -> tuple[str, ...]:  # noqa: N805 - pydantic's class method
        if not 1 <= len(lines) <= _MOST_MEANWHILE:
            raise ValueError(f"write one to {_MOST_MEANWHILE} lines")
        return lines

    @validator("sources")
    def _at_least_one_source(cls, sources: tuple[str, ...]) -> tuple[str, ...]:  # noqa: N805 - pydantic's class method
        if not sources:
            raise ValueError("name at least one source")
        return sources


class Rule(FrozenModel):
    """What moves one flag to another level.

    Each item of `when` is an alternative: a word, or a list of words that are all needed. A word is a tag, or the id of
    a flag that is present.
    """

    id: str
    flag: str
    when: tuple[str | tuple[str, ...], ...]
    unless: tuple[str, ...] = ()
    urgency: Urgency
    # As in a flag.
    ambulance: bool = False
    crisis: bool = False
    # Its flag leads the card before others that are as urgent: what to do first cannot wait behind them.
    leads: bool = False
    why: str
    meanwhile: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def alternatives(self) -> tuple[frozenset[str], ...]:
        """The sets of words of which one is needed in full."""
        return tuple(frozenset([item] if isinstance(item, str) else item) for item in self.when)

    @property
    def lowers(self) -> bool:
        """Whether this is a rule for the milder form of a sign."""
        return any(MILD in words for words in self.alternatives)

    def holds(self, said: Collection[str]) -> bool:
        """Return whether the words said so far make this rule fire."""
        words_said = frozenset(said)
        return any(words <= words_said for words in self.alternatives) and words_said.isdisjoint(self.unless)


class Multiplier(FrozenModel):
    """A flag or a tag that raises every other finding by one level and switches exercises off."""

    id: str
    when: str
    # Flags that this one is already counted in.
    spares: tuple[str, ...] = ()
    why: str
    calm: str


class Together(FrozenModel):
    """Small signs that count once there are enough of them; each item has words that stand for the same sign."""

    id: str
    needs: int
    urgency: Urgency
    items: Mapping[str, tuple[str, ...]]
    why: str
    sources: tuple[str, ...] = ()

    def holds(self, said: Collection[str]) -> bool:
        """Return whether enough of the small signs were said."""
        return sum(not frozenset(said).isdisjoint(words) for words in self.items.values()) >= self.needs


class ScreeningSign(FrozenModel):
    """One of the five things asked before any exercise: a line, a button, and the flags whose questions it opens."""

    id: str
    title: str
    question: str
    flags: tuple[str, ...]


class Screening(FrozenModel):
    """The message before any exercise."""

    text: str
    none: str
    none_reply: str
    # Where they were read before; one line after something else was answered; and the question after a mere yes.
    again: str
    reminder: str
    which: str
    signs: tuple[ScreeningSign, ...]


class Texts(FrozenModel):
    """What is said around a referral; `TEXT_WORDS` says which words each one fills in."""

    no_exercises: str
    no_exercises_calm: str
    no_exercises_checked: str
    repeat: str
    above_data: str
    above_data_helped: str
    stands: str
    why_referred: str
    what_to_tell: str
    got_help: str
    got_help_repeat: str
    got_help_crisis: str
    tell_them: str
    crisis_line: str
    checked_button: str
    checked_question: str
    checked_yes: str
    checked_no: str
    mistaken_question: str
    mistaken_yes: str
    mistaken_no: str
    cleared_checked: str
    cleared_mistaken: str
    not_cleared: str
    someone_else_button: str
    someone_else: str
    someone_else_yes: str
    someone_else_no: str
    cleared_other: str
    why_do_you_ask: str
    asked_again: str
    asked_clearly: str
    asked_yes_or_no: str
    asked_for_them: str
    not_sure: str
    left: str


TEXT_WORDS: Mapping[str, frozenset[str]] = {
    "no_exercises": frozenset({"flags", "first"}),
    "no_exercises_calm": frozenset({"calm", "first"}),
    "no_exercises_checked": frozenset({"calm"}),
    "repeat": frozenset({"flags", "first", "closing"}),
    "above_data": frozenset({"first"}),
    "stands": frozenset({"flags", "first"}),
    "why_referred": frozenset({"why", "first"}),
    "what_to_tell": frozenset({"flags"}),
    "got_help_crisis": frozenset({"crisis"}),
    "tell_them": frozenset({"flags"}),
    "crisis_line": frozenset({"crisis"}),
    "checked_question": frozenset({"flags"}),
    "mistaken_question": frozenset({"flags"}),
    "not_cleared": frozenset({"first"}),
    "someone_else": frozenset({"first"}),
    "why_do_you_ask": frozenset({"why"}),
    "asked_again": frozenset({"ask"}),
    "asked_clearly": frozenset({"ask"}),
    "asked_yes_or_no": frozenset({"ask"}),
    "asked_for_them": frozenset({"ask"}),
    "not_sure": frozenset({"signpost"}),
}


class RedFlags(FrozenModel):
    """Everything in `knowledge/red_flags.yml`."""

    sources: Mapping[str, Source]
    levels: Mapping[Urgency, Level]
    flags: tuple[Flag, ...]
    rules: tuple[Rule, ...]
    multipliers: tuple[Multiplier, ...]
    together: Together
    screening: Screening
    texts: Texts

    def flag(self, flag_id: str) -> Flag:
        """Return a flag by its id.

        Raises:
            LookupError: no flag has this id.
        """
        for flag in self.flags:
            if flag.id == flag_id:
                return flag
        raise LookupError(f"no warning sign has the id {flag_id!r}")

    @property
    def tags(self) -> frozenset[str]:
        """Every tag that a flag of the file declares."""
        return frozenset(tag for flag in self.flags for tag in flag.tags)


def combine(earlier: Iterable[Sign], said: Iterable[Sign]) -> tuple[Sign, ...]:
    """Return what a conversation has said so far, one sign a flag, in the order of their first mention.

    A sign once said to be there stays there. What was unsure is settled by a later answer, and what was denied comes
    back when it is said, or hinted at, later. Tags add up; only MILD goes as soon as one mention does without it, so
    that nobody can play down what was said before.

    Args:
        earlier: what the conversation had said before this message.
        said: the signs of this message, in their order.
    """
    so_far: dict[str, Sign] = {}
    for sign in (*earlier, *said):
        before = so_far.get(sign.flag)
        so_far[sign.flag] = sign if before is None else _merged(before, sign)
    return tuple(so_far.values())


def _merged(before: Sign, now: Sign) -> Sign:
    state = State.PRESENT if State.PRESENT in (before.state, now.state) else now.state
    if state is State.PRESENT:
        mentions = [sign for sign in (before, now) if sign.state is State.PRESENT]
        # An unsure mention may carry facts as well ("fever"), but not the one that lowers.
        tags = (before.tags | now.tags) - {MILD}
        if all(MILD in sign.tags for sign in mentions):
            tags |= {MILD}
    else:
        mentions = [now]
        tags = before.tags | now.tags
    evidence = next((sign.evidence for sign in mentions if sign.evidence), "") or before.evidence
    return Sign(now.flag, state, evidence, tags)


def answered(flag_id: str, *, yes: bool, is_milder: bool = False, evidence: str = "") -> Sign:
    """Return the sign that an answer to a flag's own question stands for.

    Args:
        flag_id: the flag whose question it was.
        yes: whether the answer is a yes.
        is_milder: whether it is the no that leaves the sign standing in its milder form.
        evidence: the words of the answer.
    """
    if yes:
        return Sign(flag_id, State.PRESENT, evidence)
    if is_milder:
        return Sign(flag_id, State.PRESENT, evidence, frozenset({MILD}))
    return Sign(flag_id, State.ABSENT, evidence)


_NOTHING_SAID = Triage(urgency=Urgency.SELF_CARE, flags=(), to_ask=(), reasons=(), exercises_allowed=True)


def triage(signs: Iterable[Sign], rules: RedFlags) -> Triage:
    """Decide over all signs of a conversation.

    Each present flag has its own level, moved by the rules that fire; a multiplier raises the other flags by one level
    more; enough small signs lift the whole to at least their level. The highest level wins.

    Args:
        signs: what was said, in any order; several mentions of a flag are combined.
        rules: the file.

    Raises:
        LookupError: a sign names a flag that the file does not have.
    """
    by_flag = {sign.flag: sign for sign in combine((), signs)}
    if not by_flag:
        return _NOTHING_SAID
    for flag_id in by_flag:
        rules.flag(flag_id)
    present = {flag_id: sign for flag_id, sign in by_flag.items() if sign.state is State.PRESENT}
    level, fired = _levels(present, rules)
    said = _said(present)
    urgency = max(level.values(), default=Urgency.SELF_CARE)
    if rules.together.holds(said):
        fired[rules.together.id] = rules.together.urgency
        urgency = max(urgency, rules.together.urgency)
    unsure = [flag for flag in rules.flags if flag.id in by_flag and by_flag[flag.id].state is State.ASK]
    leading = [rule for rule in rules.rules if rule.leads and rule.id in fired]
    first = {rule.flag for rule in leading}
    return Triage(
        urgency=urgency,
        flags=tuple(sorted(level, key=lambda flag_id: (-level[flag_id].rank, flag_id not in first))),
        to_ask=tuple(flag.id for flag in sorted(unsure, key=lambda flag: -flag.urgency.rank)),
        reasons=tuple(sorted(fired, key=lambda rule_id: -fired[rule_id].rank)),
        leading=tuple(rule.id for rule in leading),
        exercises_allowed=urgency < Urgency.DOCTOR_DAYS and not unsure and not _raising(said, rules),
    )


def levels(signs: Iterable[Sign], rules: RedFlags) -> dict[str, Urgency]:
    """Return the level of each sign beside those that are present; an unsure or denied one has the level it would have.

    Raises:
        LookupError: a sign names a flag that the file does not have.
    """
    by_flag = {sign.flag: sign for sign in combine((), signs)}
    present = {flag_id: sign for flag_id, sign in by_flag.items() if sign.state is State.PRESENT}
    return {flag_id: _levels({**present, flag_id: sign}, rules)[0][flag_id] for flag_id, sign in by_flag.items()}


def _levels(present: Mapping[str, Sign], rules: RedFlags) -> tuple[dict[str, Urgency], dict[str, Urgency]]:
    """Return the level of each flag that is present, and the rules that fired with the level that each gave."""
    said = _said(present)
    multipliers = _raising(said, rules)
    # A rule may name a multiplier ("pregnant"): then it has counted already and must not count twice.
    said_besides = said - {multiplier.when for multiplier in multipliers}
    never_raised = {multiplier.when for multiplier in rules.multipliers}

    level: dict[str, Urgency] = {}
    fired: dict[str, Urgency] = {}
    for flag in (flag for flag in rules.flags if flag.id in present):
        mild = MILD in present[flag.id].tags
        level[flag.id], rule_ids = _level(flag, rules, said, mild=mild)
        fired.update(dict.fromkeys(rule_ids, level[flag.id]))
        raising = [each for each in multipliers if flag.id not in never_raised | set(each.spares)]
        if raising:
            without, _ = _level(flag, rules, said_besides, mild=mild)
            level[flag.id] = max(level[flag.id], without.raised())
            if level[flag.id] > without:
                for multiplier in raising:
                    fired[multiplier.id] = max(level[flag.id], fired.get(multiplier.id, level[flag.id]))
    return level, fired


def _said(present: Mapping[str, Sign]) -> frozenset[str]:
    """Return the ids and tags of the signs that are present, as the rules name them."""
    return frozenset(present) | {tag for sign in present.values() for tag in sign.tags} - {MILD}


def _raising(said: Collection[str], rules: RedFlags) -> list[Multiplier]:
    return [multiplier for multiplier in rules.multipliers if multiplier.when in said]


def _level(flag: Flag, rules: RedFlags, said: frozenset[str], *, mild: bool) -> tuple[Urgency, list[str]]:
    """Return the level of a present flag and the ids of the rules that fired for it."""
    raising = [rule for rule in rules.rules if rule.flag == flag.id and not rule.lowers and rule.holds(said)]
    if raising:
        return max(flag.urgency, *(rule.urgency for rule in raising)), [rule.id for rule in raising]
    if mild:
        for rule in rules.rules:
            if rule.flag == flag.id and rule.lowers and rule.holds(said | {MILD}):
                return rule.urgency, [rule.id]
    return flag.urgency, []


def load_red_flags(folder: Path) -> RedFlags:
    """Read `red_flags.yml` of a folder and check that it fits together.

    Raises:
        KnowledgeError: with every mistake found, by line.
    """
    path = folder / FILE_NAME
    return _Loader(path, read_yaml(path)).load()


class _Loader:
    """Collects the parts of the file and the problems found on the way."""

    def __init__(self, path: Path, document: Mapping[str, Any]) -> None:
        self._path = path
        self._document = document
        self._problems: list[Problem] = []

    def load(self) -> RedFlags:
        known = set(RedFlags.__fields__)
        for section in self._document:
            if section not in known:
                self._refuse((section,), "", f"'{section}' is unknown", f"the sections are {', '.join(sorted(known))}")
        sources = self._mapping("sources", Source)
        levels = self._mapping("levels", Level)
        flags = self._list("flags", Flag)
        rules = self._list("rules", Rule)
        multipliers = self._list("multipliers", Multiplier)
        together = self._one("together", Together)
        screening = self._one("screening", Screening)
        texts = self._one("texts", Texts)
        self._check_levels(levels)
        if not self._problems:
            assert together is not None
            assert screening is not None
            assert texts is not None
            red_flags = RedFlags(
                sources=sources,
                levels={Urgency(name): level for name, level in levels.items()},
                flags=tuple(flags),
                rules=tuple(rules),
                multipliers=tuple(multipliers),
                together=together,
                screening=screening,
                texts=texts,
            )
            self._check_references(red_flags)
            self._check_rules(red_flags)
            self._check_filled_in_words(red_flags)
        if self._problems:
            raise KnowledgeError(self._problems)
        return red_flags

    def _refuse(self, place: tuple[str | int, ...], entry: str, wrong: str, mend: str) -> None:
        line = line_of(self._document, place)
        self._problems.append(Problem(path=self._path, line=line, entry=entry, wrong=wrong, mend=mend))

    def _section(self, name: str, kind: type) -> Any:
        node = self._document.get(name)
        if isinstance(node, kind):
            return node
        what = "a list, each item behind '- '" if kind is list else "'key: value' lines, indented"
        self._refuse((name,), "", f"the section '{name}' is missing or is no list of entries", f"write {what}")
        return kind()

    def _part(self, model: type[Part], node: Any, place: tuple[str | int, ...], entry: str) -> Part | None:
        if not isinstance(node, Mapping):
            self._refuse(place, entry, f"this is {node!r}", "write 'key: value' lines, indented")
            return None
        part, problems = check(model, node, path=self._path, entry=entry)
        self._problems.extend(problems)
        return part

    def _one(self, name: str, model: type[Part]) -> Part | None:
        node = self._section(name, dict)
        return self._part(model, node, (name,), name) if node else None

    def _mapping(self, name: str, model: type[Part]) -> dict[str, Part]:
        parts = {
            str(key): self._part(model, node, (name, key), str(key)) for key, node in self._section(name, dict).items()
        }
        return {key: part for key, part in parts.items() if part is not None}

    def _list(self, name: str, model: type[Part]) -> list[Part]:
        parts: list[Part] = []
        for index, node in enumerate(self._section(name, list)):
            entry = str(node.get("id", "")) if isinstance(node, Mapping) else ""
            part = self._part(model, node, (name, index), entry or f"{name}, number {index + 1}")
            if part is not None:
                parts.append(part)
        return parts

    def _check_levels(self, levels: Mapping[str, Level]) -> None:
        needed = {urgency.value for urgency in Urgency if urgency is not Urgency.SELF_CARE}
        for name in sorted(needed - self._section("levels", dict).keys()):
            self._refuse(("levels",), "levels", f"the level '{name}' is missing", "add it")
        for name in sorted(levels.keys() - needed):
            self._refuse(("levels", name), name, f"'{name}' is no level", f"write one of {', '.join(sorted(needed))}")

    def _check_references(self, red_flags: RedFlags) -> None:
        flag_ids = [flag.id for flag in red_flags.flags]
        rule_ids = [*(rule.id for rule in red_flags.rules), *(each.id for each in red_flags.multipliers)]
        for name, ids in (("flags", flag_ids), ("rules", rule_ids)):
            for index, entry in enumerate(ids):
                if entry in ids[:index]:
                    # Ids of multipliers follow those of the rules.
                    past_rules = name == "rules" and index >= len(red_flags.rules)
                    place = ("multipliers", index - len(red_flags.rules)) if past_rules else (name, index)
                    self._refuse(place, entry, f"the id '{entry}' is taken", "choose another")
        if red_flags.together.id in rule_ids:
            self._refuse(("together", "id"), red_flags.together.id, "this id is taken", "choose another")
        for index, flag in enumerate(red_flags.flags):
            self._check_sources(flag.sources, ("flags", index), flag.id, red_flags)
        for index, rule in enumerate(red_flags.rules):
            self._check_sources(rule.sources, ("rules", index), rule.id, red_flags)
        self._check_sources(red_flags.together.sources, ("together",), red_flags.together.id, red_flags)
        for index, flag in enumerate(red_flags.flags):
            for tag in flag.tags:
                if tag in flag_ids:
                    self._refuse(
                        ("flags", index, "tags", tag), flag.id, f"the tag '{tag}' is also a flag", "rename the tag"
                    )
        named = [
            (("screening", "signs", index, "flags"), sign.id, flag_id)
            for index, sign in enumerate(red_flags.screening.signs)
            for flag_id in sign.flags
        ] + [
            (("flags", index, key, flag_id), flag.id, flag_id)
            for index, flag in enumerate(red_flags.flags)
            for key in ("yes_and", "no_but", "no_but_asks")
            for flag_id in getattr(flag, key)
        ]
        for where, entry, flag_id in named:
            if flag_id not in flag_ids:
                self._refuse(where, entry, f"the flag '{flag_id}' is unknown", "correct it")

    def _check_sources(
        self, sources: Iterable[str], place: tuple[str | int, ...], entry: str, red_flags: RedFlags
    ) -> None:
        for source in sources:
            if source not in red_flags.sources:
                self._refuse((*place, "sources"), entry, f"the source '{source}' is unknown", "add it under 'sources'")

    def _check_rules(self, red_flags: RedFlags) -> None:
        flags = {flag.id: flag for flag in red_flags.flags}
        words = red_flags.tags | flags.keys()

        def check_words(used: Iterable[str], place: tuple[str | int, ...], entry: str) -> None:
            for word in used:
                if word not in words:
                    self._refuse(
                        place,
                        entry,
                        f"'{word}' is neither a flag nor a tag",
                        "correct it, or list it under a flag's 'tags'",
                    )

        for index, rule in enumerate(red_flags.rules):
            place = ("rules", index)
            for alternative in rule.alternatives:
                check_words(sorted(alternative), (*place, "when"), rule.id)
            check_words(rule.unless, (*place, "unless"), rule.id)
            flag = flags.get(rule.flag)
            if flag is None:
                self._refuse((*place, "flag"), rule.id, f"the flag '{rule.flag}' is unknown", "correct it")
                continue
            if not rule.lowers:
                if rule.urgency < flag.urgency:
                    mend = f"only '{MILD}' may lower a level; write {flag.urgency.value} or more"
                    self._refuse((*place, "urgency"), rule.id, f"this is below the level of '{flag.id}'", mend)
                if rule.unless:
                    mend = "remove it: one thing more that was said must never lower a level"
                    self._refuse((*place, "unless"), rule.id, "a rule that raises has an 'unless'", mend)
                continue
            if rule.alternatives != (frozenset({MILD}),):
                self._refuse((*place, "when"), rule.id, f"'{MILD}' stands beside other words", f"write [{MILD}]")
            if MILD not in flag.tags:
                mend = f"say under its 'tags' what '{MILD}' means there"
                self._refuse((*place, "flag"), rule.id, f"the flag '{flag.id}' has no tag '{MILD}'", mend)
            if rule.urgency >= flag.urgency:
                mend = f"write a level below {flag.urgency.value}"
                self._refuse((*place, "urgency"), rule.id, "the milder form is no milder", mend)
        for index, multiplier in enumerate(red_flags.multipliers):
            check_words([multiplier.when], ("multipliers", index, "when"), multiplier.id)
            check_words(multiplier.spares, ("multipliers", index, "spares"), multiplier.id)
        for name, used in red_flags.together.items.items():
            check_words(used, ("together", "items", name), red_flags.together.id)

    def _check_filled_in_words(self, red_flags: RedFlags) -> None:
        for name, part in red_flags.texts.dict().items():
            self._check_words_of(part, ("texts", name), name, TEXT_WORDS.get(name, frozenset()))
        for urgency, level in red_flags.levels.items():
            self._check_words_of(level.dict(), ("levels", urgency.value), urgency.value, CARD_WORDS - {"timeframe"})
        for section in ("flags", "rules", "multipliers"):
            for index, entry in enumerate(getattr(red_flags, section)):
                self._check_words_of(entry.dict(), (section, index), entry.id, CARD_WORDS)
        self._check_words_of(red_flags.together.dict(), ("together",), red_flags.together.id, CARD_WORDS)
        self._check_words_of(red_flags.screening.dict(), ("screening",), "screening", frozenset())

    def _check_words_of(self, part: Any, place: tuple[str | int, ...], entry: str, allowed: frozenset[str]) -> None:
        for inner, text in _texts_of(part):
            unknown = words_filled_in(text) - allowed
            if unknown:
                may = ", ".join(f"{{{word}}}" for word in sorted(allowed)) or "none"
                self._refuse(
                    (*place, *inner),
                    entry,
                    f"it fills in {', '.join(sorted(unknown))}",
                    f"the words it may fill in: {may}",
                )


def words_filled_in(text: str) -> set[str]:
    """Return the words in {braces} of a text."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return {"a brace without its partner"}


def _texts_of(part: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every text inside a part with its place."""
    if isinstance(part, Enum):
        return
    if isinstance(part, str):
        yield (), part
    elif isinstance(part, Mapping):
        for key, value in part.items():
            for place, text in _texts_of(value):
                yield (key.value if isinstance(key, Enum) else key, *place), text
    elif isinstance(part, (tuple, list)):
        for index, value in enumerate(part):
            for place, text in _texts_of(value):
                yield (index, *place), text
