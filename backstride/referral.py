"""A triage and a country -> the card that a person reads.

The words come from `knowledge/red_flags.yml`, the telephone numbers from `knowledge/emergency_numbers.yml`. A number is
chosen by the country that a person says they are in, never by language; without a country the local emergency number
is named first and others only as examples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import validator

from backstride.checked_yaml import FrozenModel, check, line_of, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.triage import RedFlags, Rule, Triage, Urgency, words_filled_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FILE_NAME = "emergency_numbers.yml"
_BLANK_BEFORE = re.compile(r" +(?=[ ,.])")
# More than this many other signs on a card would bury what to do.
_MOST_OTHER_SIGNS = 2


class PhoneNumber(FrozenModel):
    """A number that a country has; `verified` says that somebody read it on the page named as its source."""

    number: str
    name: str = ""
    verified: bool
    source: str


class Country(FrozenModel):
    """A country, or a group of countries with the same number."""

    id: str
    # Reads well after "in": "the UK".
    where: str
    aliases: tuple[str, ...]
    # Names that only count with these very capitals: "US", but not "us".
    exact: tuple[str, ...] = ()
    hospital: str
    emergency: tuple[PhoneNumber, ...]
    urgent: PhoneNumber | None = None
    crisis: PhoneNumber | None = None

    @validator("emergency")
    def _at_least_one(cls, numbers: tuple[PhoneNumber, ...]) -> tuple[PhoneNumber, ...]:  # noqa: N805 - pydantic's class method
        if not numbers:
            raise ValueError("write at least one emergency number")
        return numbers

    @validator("urgent", "crisis")
    def _named(cls, number: PhoneNumber | None) -> PhoneNumber | None:  # noqa: N805 - pydantic's class method
        if number is not None and not number.name:
            raise ValueError("give the line a name")
        return number


class Example(FrozenModel):
    """An emergency number that is named as an example while the country is unknown."""

    where: str
    number: str


class UnknownCountry(FrozenModel):
    """What fills a card while no country is known."""

    number: str
    where: str
    hospital: str
    urgent: str
    crisis: str
    numbers: tuple[Example, ...]


class KnownCountry(FrozenModel):
    """How a country's numbers read in a card."""

    where: str
    where_unverified: str
    urgent: str
    crisis: str
    no_urgent: str
    no_crisis: str


class NumberTexts(FrozenModel):
    """What is said about numbers outside a card."""

    ask_country: str
    noted: str
    emergency: str
    emergency_unverified: str
    urgent: str
    crisis: str
    unknown: str
    either: str
    label_emergency: str
    label_urgent: str
    label_crisis: str


_WORDS: Mapping[str, Mapping[str, str]] = {
    "known": {
        "where": "where",
        "where_unverified": "number where",
        "urgent": "name number",
        "crisis": "name number",
    },
    "texts": {
        "noted": "where",
        "emergency": "where numbers",
        "emergency_unverified": "where numbers",
        "urgent": "name number",
        "crisis": "name number",
        "unknown": "where",
        "either": "one other",
        "label_emergency": "where",
        "label_urgent": "where",
        "label_crisis": "where",
    },
}


class Numbers(FrozenModel):
    """Everything in `knowledge/emergency_numbers.yml`."""

    unknown: UnknownCountry
    known: KnownCountry
    texts: NumberTexts
    countries: tuple[Country, ...]

    def country(self, country_id: str | None) -> Country | None:
        """Return a country by its id; an id that the file does not have is no country."""
        return next((country for country in self.countries if country.id == country_id), None)


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A number that a channel can make dialable."""

    label: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A referral: what to do, why, what to do meanwhile, and what to watch for.

    Args:
        urgency: the level, for a channel's colour and sign.
        heading: the card's title, for channels that show one; `text` does without, so that it starts with the action.
        first: what to do now, with the number.
        again: the same in short, without example numbers, for repeating it later in the conversation.
        why: who is advised to be seen how soon, and the reason.
        meanwhile: what to do while waiting, one short line each.
        closing: what to watch for; an emergency card leaves it to its repetition.
        numbers: the numbers that the card names, and their like.
        flags: the present flags, the most urgent first.
        sources: body and year behind the leading sign.
    """

    urgency: Urgency
    heading: str
    first: str
    again: str
    why: str
    meanwhile: tuple[str, ...]
    closing: str
    numbers: tuple[CardNumber, ...]
    flags: tuple[str, ...]
    sources: tuple[str, ...]

    def text(self) -> str:
        """Return the card as plain lines, the action first; an emergency card holds nothing else."""
        lines = [self.first, self.why, *self.meanwhile]
        if self.urgency is not Urgency.EMERGENCY_NOW:
            lines.append(self.closing)
        return "\n".join(lines)


def referral(triage: Triage, rules: RedFlags, numbers: Numbers, country: str | None) -> Card:
    """Build the card of a triage.

    The first of the present flags leads. Where a rule brought it to its level, the rule's own sentence says why.

    Args:
        triage: the decision; it must hold at least one present flag.
        rules: the file that it was made with.
        numbers: the telephone numbers.
        country: the id of the country that the person says they are in, or None. An id that the file does not have
            counts as None.

    Raises:
        ValueError: nothing is present, so there is nobody to be seen.
    """
    if not triage.flags:
        raise ValueError("a referral needs a warning sign that is present")
    flag = rules.flag(triage.flags[0])
    level = rules.levels[triage.urgency]
    own = flag.cards.get(triage.urgency)
    rule = next(
        (rule for rule in _fired(triage, rules) if rule.flag == flag.id and rule.urgency == triage.urgency), None
    )
    words = {**_words(numbers, country), "timeframe": level.timeframe}

    def fill(text: str) -> str:
        return text.format_map(words)

    by_ambulance = flag.ambulance or (rule is not None and rule.ambulance)
    first = level.ambulance if by_ambulance and level.ambulance else level.first
    meanwhile = flag.meanwhile
    if flag.urgency is not triage.urgency:
        meanwhile = level.meanwhile or meanwhile
    if rule and rule.meanwhile:
        meanwhile = rule.meanwhile
    if own and own.meanwhile:
        meanwhile = own.meanwhile
    lines = [fill(line) for line in meanwhile]
    if _names_crisis_line(triage, rules) and not flag.crisis:
        lines.append(fill(rules.texts.crisis_line))
    others = _other_signs(triage, rules)
    if others:
        lines.append(rules.texts.tell_them.format(flags=titles(others, rules)))
    return Card(
        urgency=triage.urgency,
        heading=fill((own and own.heading) or level.heading),
        first=fill((own and own.first) or first),
        again=_BLANK_BEFORE.sub("", fill(((own and own.first) or first).replace("{where}", ""))),
        why=fill((own and own.why) or _why(triage, rules, rule)),
        meanwhile=tuple(lines),
        closing=fill((own and own.closing) or level.closing),
        numbers=_card_numbers(
            numbers, numbers.country(country), triage.urgency, crisis=_names_crisis_line(triage, rules)
        ),
        flags=triage.flags,
        sources=tuple(f"{rules.sources[source].body}, {rules.sources[source].year}" for source in flag.sources),
    )


def titles(flags: Iterable[str], rules: RedFlags, *, within: bool = False) -> str:
    """Return the titles of flags as one line.

    Args:
        flags: their ids.
        rules: the file.
        within: whether the line stands within a sentence, so that it begins with a small letter.
    """
    named = [rules.flag(flag_id).title for flag_id in flags]
    return "; ".join(title[:1].lower() + title[1:] if within else title for title in named)


def signpost(flag_id: str, rules: RedFlags) -> str:
    """Return whom a flag's own guidance advises to be seen, and how soon."""
    flag = rules.flag(flag_id)
    return flag.signpost.format(timeframe=rules.levels[flag.urgency].timeframe)


class CountryReader:
    """Reads which country somebody says that they are in."""

    def __init__(self, numbers: Numbers) -> None:
        """Learn the names of the countries of a file."""
        self._exact = frozenset(alias for country in numbers.countries for alias in country.exact)
        self._folded_exact = frozenset(alias.casefold() for alias in self._exact)
        self._by_alias = {
            alias.casefold(): country.id
            for country in numbers.countries
            for alias in (*country.aliases, *country.exact)
        }
        names = "|".join(re.escape(alias) for alias in sorted(self._by_alias, key=len, reverse=True))
        # ASCII: otherwise a Turkish dotless i would match an i that it does not fold to.
        self._statements = tuple(
            re.compile(each.replace("COUNTRY", names), re.IGNORECASE | re.ASCII) for each in _STATEMENTS
        )
        self._first_words = frozenset(first.group() for alias in self._by_alias if (first := _WORD.search(alias)))

    def read(self, text: str) -> str | None:
        """Return the id of the country that a message says its writer is in, or None.

        A country that is only mentioned ("I raced in Spain", "I'm from Ireland") is not where somebody is: a wrong
        number is worse than none. Two different countries give None as well.
        """
        if self._first_words.isdisjoint(word.lower() for word in _WORD.findall(text)):
            # Most messages name no country, and need no look at how they would.
            return None
        # Single spaces only: runs of white space would make the patterns slow.
        text = ". ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
        found: set[str] = set()
        for statement in self._statements:
            for match in statement.finditer(text):
                name = match["country"]
                if not _NOT_NOW.search(text[: match.start()]) and self._is_written_right(name, text):
                    found.add(self._by_alias[name.casefold()])
        return found.pop() if len(found) == 1 else None

    def _is_written_right(self, name: str, text: str) -> bool:
        """Return whether a name that only counts with its capitals has them, in a text that is not all capitals."""
        if name.casefold() not in self._folded_exact:
            return True
        shouted = text.isupper() and text.strip(" .!?") != name
        return name in self._exact and not shouted


def numbers_text(country: str | None, numbers: Numbers) -> str:
    """Return the numbers of a country as plain lines, or how to find them where it is unknown."""
    texts = numbers.texts
    place = numbers.country(country)
    if place is None:
        return texts.unknown.format(where=numbers.unknown.where)
    emergency = texts.emergency if place.emergency[0].verified else texts.emergency_unverified
    lines = [emergency.format(where=place.where, numbers=_either(place.emergency, numbers))]
    if place.urgent:
        lines.append(texts.urgent.format(name=place.urgent.name, number=place.urgent.number))
    if place.crisis:
        lines.append(texts.crisis.format(name=place.crisis.name, number=place.crisis.number))
    return "\n".join(lines)


def crisis_line(country: str | None, numbers: Numbers) -> str:
    """Return whom somebody can talk to in a crisis."""
    return str(_words(numbers, country)["crisis"])


def load_numbers(folder: Path) -> Numbers:
    """Read `emergency_numbers.yml` of a folder.

    Raises:
        KnowledgeError: with every mistake found, by line.
    """
    path = folder / FILE_NAME
    document = read_yaml(path)
    numbers, problems = check(Numbers, document, path=path)
    if numbers is None:
        raise KnowledgeError(problems)

    def refuse(place: tuple[str | int, ...], entry: str, wrong: str, mend: str) -> None:
        problems.append(Problem(path=path, line=line_of(document, place), entry=entry, wrong=wrong, mend=mend))

    taken: dict[str, str] = {}
    for index, country in enumerate(numbers.countries):
        place = ("countries", index)
        if country.id in [other.id for other in numbers.countries[:index]]:
            refuse((*place, "id"), country.id, f"the id '{country.id}' is taken", "choose another")
        for alias in (*country.aliases, *country.exact):
            other = taken.setdefault(alias.casefold(), country.id)
            if other != country.id:
                refuse(
                    (*place, "aliases"), country.id, f"'{alias}' already stands for '{other}'", "remove one of the two"
                )
    for section, part in (("known", numbers.known), ("texts", numbers.texts), ("unknown", numbers.unknown)):
        for key, text in part.dict(exclude={"numbers"}).items():
            allowed = set(_WORDS.get(section, {}).get(key, "").split())
            unknown = words_filled_in(text) - allowed
            if unknown:
                may = ", ".join(f"{{{word}}}" for word in sorted(allowed)) or "none"
                refuse(
                    (section, key), key, f"it fills in {', '.join(sorted(unknown))}", f"the words it may fill in: {may}"
                )
    if problems:
        raise KnowledgeError(problems)
    return numbers


# The name by which `knowledge_files` asks for it.
load_emergency_numbers = load_numbers

# Where somebody says that they are; COUNTRY stands for all the names of the file.
# "the" is only skipped where no name begins with it.
_NAME = r"(?:the\s+)??(?P<country>COUNTRY)(?!\w)"
_I_AM = r"\b(?:i['’]?m|i\s+am|we['’]?re|we\s+are)\s+"
_AND_THEN = (
    r"(?:(?:currently|now|right\s+now|here|over\s+here|back|back\s+home|still|just|also|actually|on\s+holiday|on\s+vacation"
    r"|on\s+a\s+trip|at\s+home|at\s+work|living|based|staying|working|travelling|traveling|stuck|located|out)\s+)*"
)
_STATEMENTS = (
    # the whole message: "New Zealand", "in the uk please", "I live in Canada"
    r"^\W*(?:(?:hi|hello|hey|ok|okay|yes|um|er|oh|sorry)\W+)?(?:(?:i['’]?m|i\s+am|i\s+live|we['’]?re|we\s+are|we\s+live|it['’]?s"
    r"|currently|now|here|based|living|in|my\s+country\s+is|the\s+country\s+is|country)\W+)*"
    + _NAME
    + r"(?:\W+(?:please|thanks|thank\s+you|here|now|at\s+the\s+moment|right\s+now|mate))*\W*$",
    # within a longer one
    _I_AM + _AND_THEN + r"in\s+" + _NAME,
    r"\b(?:i|we)\s+(?:currently\s+|now\s+|both\s+|all\s+)?live\s+(?:here\s+)?in\s+" + _NAME,
    r"\bhere\s+in\s+" + _NAME,
    r"(?:^|[.,;!?\n(]\s*)(?:currently|now|living|based|staying|stuck|located)\s+in\s+" + _NAME,
    r"(?:^|[.,;!?\n(]\s*)" + _NAME + r"\s+here\b",
    # asking for the number of a country
    r"\b(?:number|ring|call|phone|dial)\b[^.,;!?\n]{0,30}?\bin\s+" + _NAME,
)
_WORD = re.compile(r"\w+", re.ASCII)
# Before a statement, these put it into another time, or deny it.
_NOT_NOW = re.compile(
    r"\b(?:when(?:ever)?|if|once|until|till|before|after|while|since|not|never|no\s+longer|used\s+to|was|were|been"
    r"|don['’]?t|didn['’]?t|wish|said|says)\s*$",
    re.IGNORECASE,
)


def _words(numbers: Numbers, country: str | None) -> dict[str, Any]:
    """Return what the words in {braces} of a card stand for."""
    place = numbers.country(country)
    unknown, known = numbers.unknown, numbers.known
    if place is None:
        return unknown.dict(exclude={"numbers"})
    emergency = place.emergency[0]
    return {
        "number": emergency.number if emergency.verified else unknown.number,
        "where": known.where.format(where=place.where)
        if emergency.verified
        else known.where_unverified.format(number=_either(place.emergency, numbers), where=place.where),
        "hospital": place.hospital,
        "urgent": known.urgent.format(name=place.urgent.name, number=place.urgent.number)
        if place.urgent
        else known.no_urgent,
        "crisis": known.crisis.format(name=place.crisis.name, number=place.crisis.number)
        if place.crisis
        else known.no_crisis,
    }


def _either(phone_numbers: tuple[PhoneNumber, ...], numbers: Numbers) -> str:
    said = phone_numbers[0].number
    for other in phone_numbers[1:]:
        said = numbers.texts.either.format(one=said, other=other.number)
    return said


def _card_numbers(numbers: Numbers, place: Country | None, urgency: Urgency, *, crisis: bool) -> tuple[CardNumber, ...]:
    texts = numbers.texts
    if place is None:
        return tuple(
            CardNumber(texts.label_emergency.format(where=example.where), example.number)
            for example in numbers.unknown.numbers
        )
    emergency = [CardNumber(texts.label_emergency.format(where=place.where), each.number) for each in place.emergency]
    urgent = [CardNumber(texts.label_urgent.format(where=place.where), each.number) for each in [place.urgent] if each]
    line = [CardNumber(texts.label_crisis.format(where=place.where), each.number) for each in [place.crisis] if each]
    return (
        *(urgent if urgency is Urgency.SAME_DAY else []),
        *emergency,
        *(line if crisis else []),
    )


def _fired(triage: Triage, rules: RedFlags) -> list[Rule]:
    return [rule for rule in rules.rules if rule.id in triage.reasons]


def _why(triage: Triage, rules: RedFlags, rule: Rule | None) -> str:
    """Return the sentence of whatever gave the leading flag the card's level."""
    flag = rules.flag(triage.flags[0])
    if rule:
        return rule.why
    if flag.urgency is triage.urgency:
        return f"{flag.signpost} {flag.why}"
    raised_by = (multiplier.why for multiplier in rules.multipliers if multiplier.id in triage.reasons)
    return next(raised_by, rules.together.why)


def _names_crisis_line(triage: Triage, rules: RedFlags) -> bool:
    return any(rules.flag(flag_id).crisis for flag_id in triage.flags) or any(
        rule.crisis for rule in _fired(triage, rules)
    )


def _other_signs(triage: Triage, rules: RedFlags) -> list[str]:
    """Return the signs, besides the leading one, that whoever answers should hear of as well."""
    leading, *others = (rules.flag(flag_id) for flag_id in triage.flags)
    # To somebody who thinks of dying, nothing else is said unless it is an emergency as well.
    at_least = Urgency.EMERGENCY_NOW if leading.crisis else Urgency.SAME_DAY
    told = [flag.id for flag in others if not flag.crisis and flag.urgency >= at_least]
    return told[:_MOST_OTHER_SIGNS]
