"""Read a message as an answer to a questionnaire: the open question's, and whatever else it mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from backstride.checked_yaml import line_of, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.guided import Heard, Mention, Said
from backstride.language.entities import EntityReader, load_entity_words
from backstride.language.phrases import Match, PhraseBook, PhraseError
from backstride.language.words import Reader, Words
from backstride.questionnaire import (
    FILE_NAME,
    Command,
    Option,
    Question,
    QuestionnaireFile,
    Reading,
    Value,
    load_questionnaires,
)
from backstride.safety import SafetyWords, answer_in, load_safety_words
from backstride.settings import ROOT
from backstride.vocabulary import Intent, entry_of_intent

# A message understood less surely than this is not taken for a question about something else.
_SURE_ENOUGH = 0.5
_NUMBER = re.compile(r"(?<![\d.])(\d{1,2})(?:\s*(?:/|out of)\s*10)?(?![\d.])")
_BARE_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d)?")
_LONGEST_BARE_ANSWER = 4
_LONGEST_COMMAND = 7
_ASKS = re.compile(
    r"\?\s*$|^\W*(?:(?:and|but|also|so|ok|hey)\W+)*"
    r"(?:what|why|how|when|where|which|who|is|are|can|could|should|shall|do|does|did|will|would|am)\b",
    re.IGNORECASE,
)
# Answers to a question, however they were understood: never another subject.
_ANSWERS = frozenset(
    {
        Intent.AFFIRM,
        Intent.DENY,
        Intent.CHOOSE_ITEM,
        Intent.REPORT_PAIN,
        Intent.NLU_FALLBACK,
    }
)
# Said beside an answer or in its place, or asking for what is under way: the question is said again.
_PLEASANTRIES = frozenset({Intent.GREET, Intent.THANKS, Intent.START_CHECK_IN})
_DENIALS = frozenset({"not", "no", "never", "without"})


class AnswerReader:
    """Reads answers, commands and corrections for all questionnaires of a file."""

    def __init__(self, file: QuestionnaireFile, words: SafetyWords, book: PhraseBook) -> None:
        """Put a reader together; `load_answer_reader` compiles the phrases into the book."""
        self._file = file
        self._yes_no = words
        self._book = book
        self._reader = Reader(spellings={}, fillers=(), mendable=book.mendable_words, known=book.known_words)
        self._entities = EntityReader(load_entity_words())

    def starts(self, name: str, heard: Heard) -> bool:
        """Return whether a message begins a questionnaire."""
        questionnaire = self._file.questionnaires[name]
        if heard.intent in questionnaire.intents:
            return True
        return bool(heard.text) and f"{name}/starts" in self._found(heard.text)

    def read(self, name: str, heard: Heard, asking: str) -> Reading:
        """Return what a message says to a questionnaire.

        Args:
            name: the questionnaire.
            heard: the message.
            asking: the open question, or "".
        """
        question = self._file.questionnaires[name].question(asking) if asking else None
        if heard.choice:
            return self._tapped(name, heard.choice, question)
        if not heard.text:
            return Reading(is_other=True)
        found = self._found(heard.text)
        told = self._told(name, heard.text, heard.mentions, found)
        corrects = "command/correct" in found
        if corrects:
            told = self._scores_corrected(name, heard) | told
        reply = self._reply(name, question, heard, found) if question else None
        asks = bool(_ASKS.search(heard.text))
        return Reading(
            reply=reply,
            told={key: value for key, value in told.items() if key != asking or reply is None},
            command=self._command(heard, found, is_answer=reply is not None),
            corrects=corrects,
            is_other=self._is_other(heard, asks=asks, is_answer=reply is not None),
            shows=next((what for what in self._file.questionnaires[name].shows if f"{name}/shows/{what}" in found), ""),
            is_reply=heard.is_reply and heard.intent not in _PLEASANTRIES,
            leaves=heard.intent == Intent.GOODBYE and heard.confidence >= _SURE_ENOUGH and reply is None,
        )

    def told_before(self, name: str, messages: Iterable[Said]) -> dict[str, Value]:
        """Return the answers and facts that earlier messages mention; the last mention counts."""
        told: dict[str, Value] = {}
        for message in messages:
            told |= self._told(name, message.text, message.mentions, self._found(message.text))
        return told

    def _found(self, text: str) -> dict[str, list[Match]]:
        words = self._reader.read(text)
        return {
            name: kept
            for name, matches in self._book.find(words).items()
            if (kept := [m for m in matches if not m.negated and not _is_denied(m, words)])
        }

    def _tapped(self, name: str, choice: str, question: Question | None) -> Reading:
        of, _, rest = choice.partition(":")
        asked, _, option = rest.partition(":")
        if of != name:
            return Reading(is_other=True)
        if asked == "command":
            return Reading(command=Command(option))
        if asked == "show":
            return Reading(shows=option)
        tapped = next((q for q in self._file.questionnaires[name].questions if q.id == asked), None)
        if tapped is None or option not in {o.id for o in tapped.options}:
            return Reading()
        value = _value_of(tapped, [tapped.option(option)])
        if question is not None and question.id == asked:
            return Reading(reply=value)
        # A button of an earlier question corrects its answer.
        return Reading(told={asked: value}, corrects=True)

    def _told(
        self, name: str, text: str, mentions: Sequence[Mention], found: Mapping[str, Sequence[Match]]
    ) -> dict[str, Value]:
        questionnaire = self._file.questionnaires[name]
        told: dict[str, Value] = {}
        for item in questionnaire.items:
            if item.entity is not None:
                for mention in mentions:
                    if mention.entity == item.entity and item.role in (None, mention.role):
                        told[item.id] = _plain(mention.value)
        for question in questionnaire.questions:
            chosen = [o for o in question.options if f"{name}/{question.id}/{o.id}/told" in found]
            if chosen and question.id not in told:
                told[question.id] = _value_of(question, chosen)
        for fact in questionnaire.facts:
            number = re.search(rf"\b{fact.number_after}\s*(\d{{1,2}})\b", text, re.IGNORECASE)
            if fact.number_after and number:
                told[fact.id] = int(number[1])
        if any(key.endswith("_km") for key in told) and _MILES.search(text):
            told["unit"] = "mi"
        return told

    def _scores_corrected(self, name: str, heard: Heard) -> dict[str, Value]:
        """Return the score that the one number of a correction stands for: "make that 4"."""
        numbers = [int(number) for number in _NUMBER.findall(heard.text)]
        scales = [q for q in self._file.questionnaires[name].questions if q.scale is not None]
        if len(numbers) != 1 or len(scales) != 1 or any(m.entity != scales[0].entity for m in heard.mentions):
            return {}
        scale = scales[0].scale
        return {scales[0].id: numbers[0]} if scale and scale.low <= numbers[0] <= scale.high else {}

    def _reply(self, name: str, question: Question, heard: Heard, found: Mapping[str, Sequence[Match]]) -> Value:
        by_entity = self._by_entity(question, heard)
        if by_entity is not None:
            return by_entity
        chosen = [
            option
            for option in question.options
            if any(f"{name}/{question.id}/{option.id}/{kind}" in found for kind in ("says", "told"))
        ]
        if not chosen:
            answer = answer_in(heard.text, self._yes_no)
            meant = {"yes": question.yes, "no": question.no}.get(answer)
            chosen = [question.option(meant)] if meant else []
        return _value_of(question, chosen) if chosen else None

    def _by_entity(self, question: Question, heard: Heard) -> Value:
        if question.scale is not None:
            return _score_in(question, heard)
        if question.entity is None:
            return None
        mentions = [m for m in heard.mentions if m.entity == question.entity and question.role in (None, m.role)]
        if not mentions:
            answer = heard.text.strip(" .!?")
            if question.unit and _BARE_NUMBER.fullmatch(answer):
                answer = f"{answer} {question.unit}"
            framed = question.frame.format(answer=answer)
            mentions = [
                Mention(entity=item.entity, value=item.value, role=item.role)
                for item in self._entities.read(framed, heard.today)
                if item.entity == question.entity and question.role in (None, item.role)
            ]
        return _plain(mentions[-1].value) if mentions else None

    def _command(self, heard: Heard, found: Mapping[str, Sequence[Match]], *, is_answer: bool) -> Command:
        is_short = len(heard.text.split()) <= _LONGEST_COMMAND
        if is_answer or not is_short:
            return Command.NONE
        for command in (Command.STOP, Command.SKIP, Command.BACK, Command.RESUME):
            if f"command/{command.value}" in found:
                return command
        match answer_in(heard.text, self._yes_no):
            case "why":
                return Command.WHY
            case "unsure":
                return Command.SKIP
            case _:
                return Command.NONE

    def _is_other(self, heard: Heard, *, asks: bool, is_answer: bool) -> bool:
        if heard.intent in _ANSWERS | _PLEASANTRIES:
            return False
        if heard.intent == Intent.OUT_OF_SCOPE:
            return asks and not is_answer
        is_topic = asks and entry_of_intent(heard.intent) is not None
        is_sure = heard.confidence >= _SURE_ENOUGH
        return is_topic or (is_sure and (asks or not is_answer))


_SMALL_WORDS = ("the", "a", "an", "my", "of", "it", "i", "very", "quite", "bit", "just", "really", "about", "so")
_MILES = re.compile(r"\d\s*(?:mi|mile|miles|miler|milers)\b|\bmiles?\b", re.IGNORECASE)


def load_answer_reader(folder: Path = ROOT / "knowledge") -> AnswerReader:
    """Read the questionnaires of a folder and compile their phrases.

    Raises:
        KnowledgeError: a file has mistakes, or a phrase breaks the syntax.
    """
    path = folder / FILE_NAME
    file, document = load_questionnaires(folder), read_yaml(path)
    book = PhraseBook(file.lists, negations=_DENIALS, stop_words=("but",), small_words=_SMALL_WORDS)
    problems = []
    for name, phrase, place in _phrases_of(file):
        try:
            book.add(name, phrase)
        except PhraseError as error:
            line = line_of(document, place)
            problems.append(
                Problem(path=path, line=line, entry=name, wrong=f"{phrase!r} {error.wrong}", mend=error.mend)
            )
    if problems:
        raise KnowledgeError(problems)
    return AnswerReader(file, load_safety_words(folder), book)


def _phrases_of(file: QuestionnaireFile) -> Iterator[tuple[str, str, Sequence[str | int]]]:
    """Yield the name, the phrase and the place in the file of all phrases."""
    for command, phrases in file.commands.dict().items():
        for i, phrase in enumerate(phrases):
            yield f"command/{command}", phrase, ("commands", command, i)
    for name, questionnaire in file.questionnaires.items():
        start = ("questionnaires", name)
        for i, phrase in enumerate(questionnaire.phrases):
            yield f"{name}/starts", phrase, (*start, "phrases", i)
        for what, phrases in questionnaire.shows.items():
            for i, phrase in enumerate(phrases):
                yield f"{name}/shows/{what}", phrase, (*start, "shows", what, i)
        for j, question in enumerate(questionnaire.questions):
            for k, option in enumerate(question.options):
                for kind, phrases in (("says", option.says), ("told", option.told)):
                    for i, phrase in enumerate(phrases):
                        place = (*start, "questions", j, "options", k, kind, i)
                        yield f"{name}/{question.id}/{option.id}/{kind}", phrase, place


def _is_denied(match: Match, words: Words) -> bool:
    before = words.words[max(match.start - 1, 0) : match.start]
    return any(word in _DENIALS for word in before)


def _value_of(question: Question, options: Sequence[Option]) -> Value:
    options = [option for option in options if not option.alone] or options
    first = options[0]
    if first.value is not None:
        return first.value
    return tuple(option.id for option in options) if question.several else first.id


def _plain(value: object) -> Value:
    """Return an entity's value as an answer: what is more than a number or a word is told by its name."""
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("state"))
    return value if isinstance(value, int | float | str) else str(value)


def _score_in(question: Question, heard: Heard) -> Value:
    scale = question.scale
    if scale is None:
        return None
    mentions = [m.value for m in heard.mentions if m.entity == question.entity]
    numbers = [int(number) for number in _NUMBER.findall(heard.text)]
    is_bare = len(heard.text.split()) <= _LONGEST_BARE_ANSWER and len(numbers) == 1
    value = mentions[-1] if mentions else numbers[0] if is_bare else None
    return round(value) if value is not None and scale.low <= value <= scale.high else None
