"""The phrases of the questionnaires: which of them a text holds, and which answers they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from backstride.checked_yaml import line_of, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.language.phrases import Match, PhraseBook, PhraseError, literal_words
from backstride.language.text import REMEMBERED
from backstride.language.words import Reader, Words
from backstride.questionnaire import FILE_NAME, Option, Question, Questionnaire, QuestionnaireFile, Value
from backstride.settings import ROOT

# What counts as an answer while its question is open.
WHEN_ASKED = ("says", "told", "asked")
SMALL_WORDS = ("the", "a", "an", "my", "of", "it", "i", "very", "quite", "bit", "just", "really", "about", "so")
_DENIALS = frozenset({"not", "no", "never", "without"})

# What begins a questionnaire, and where it stands in the file.
_KINDS_OF_STARTS = (
    ("starts", "phrases"),
    ("starts_beside", "phrases_beside"),
    ("complaint", "complaints"),
    ("complaint_first", "complaints_first"),
)


class AnswerPhrases:
    """Finds phrases by their names: "command/skip", "check_in/starts", "check_in/place/lower/says".

    Args:
        book: the compiled phrases.
        spellings: words typed in haste, and the words that are meant.
    """

    def __init__(self, book: PhraseBook, spellings: Mapping[str, str]) -> None:
        self._book = book
        self._reader = Reader(spellings=spellings, fillers=(), mendable=book.mendable_words, known=book.known_words)
        # Each questionnaire looks at the same message, and more than once.
        self.found = lru_cache(maxsize=REMEMBERED)(self._find)

    def words(self, text: str) -> Sequence[str]:
        """Return the words of a text as phrases are compared with them."""
        return self._reader.read(text).words

    def text_behind(self, text: str, match: Match) -> str:
        """Return what stands in a text behind a phrase and the pause after it."""
        return text[self._reader.read(text).ends[match.end - 1] :].lstrip(" ,:;.")

    def _find(self, text: str) -> Mapping[str, list[Match]]:
        words = self._reader.read(text)
        return {
            name: kept
            for name, matches in self._book.find(words).items()
            if (kept := [m for m in matches if not m.negated and not _is_denied(m, words)])
        }

    def chosen(
        self, name: str, question: Question, found: Mapping[str, Sequence[Match]], kinds: Sequence[str]
    ) -> list[Option]:
        """Return the options that a message names; where only one may hold, the surest, and of those the last."""
        matches = [
            (kind == "told", match, option.id)
            for option in question.options
            # A sign is there only where the recogniser of signs has heard it too.
            if not option.flags
            for kind in kinds
            for match in found.get(f"{name}/{question.id}/{option.id}/{kind}", ())
        ]
        # "Not too bad" is more than its "bad".
        whole = [m for m in matches if not any(m[1].is_inside(o[1]) and m[1].span != o[1].span for o in matches)]
        if question.several:
            named = {option_id for _, _, option_id in whole}
            return [option for option in question.options if option.id in named]
        beside = {option_id for _, _, option_id in whole if question.option(option_id).beside}
        best = max((m for m in whole if m[2] not in beside), key=lambda m: (m[0], m[1].start), default=None)
        named = beside | {best[2]} if best is not None else beside
        return [option for option in question.options if option.id in named]


def value_of(question: Question, options: Sequence[Option]) -> Value:
    """Return the answer that some options stand for; "none of these" only where no other does."""
    options = [option for option in options if not option.alone] or options
    first = options[0]
    if first.value is not None:
        return first.value
    return tuple(option.id for option in options) if question.several or question.gathers else first.id


def load_answer_phrases(file: QuestionnaireFile, folder: Path = ROOT / "knowledge") -> AnswerPhrases:
    """Compile the phrases of the questionnaires of a folder.

    Args:
        file: the questionnaires.
        folder: where they were read, for the line of a mistake.

    Raises:
        KnowledgeError: a phrase breaks the syntax.
    """
    path = folder / FILE_NAME
    document = read_yaml(path)
    book = PhraseBook(file.lists, negations=_DENIALS, stop_words=("but",), small_words=SMALL_WORDS)
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
    return AnswerPhrases(book, file.spellings)


def _phrases_of(file: QuestionnaireFile) -> Iterator[tuple[str, str, Sequence[str | int]]]:
    """Yield the name, the phrase and the place in the file of all phrases."""
    for command, phrases in file.commands.dict(exclude={"besides"}).items():
        for i, phrase in enumerate(phrases):
            yield f"command/{command}", phrase, ("commands", command, i)
    for name, questionnaire in file.questionnaires.items():
        start = ("questionnaires", name)
        for kind, key in _KINDS_OF_STARTS:
            for i, phrase in enumerate(getattr(questionnaire, key)):
                yield f"{name}/{kind}", phrase, (*start, key, i)
        for what, phrases in questionnaire.shows.items():
            for i, phrase in enumerate(phrases):
                yield f"{name}/shows/{what}", phrase, (*start, "shows", what, i)
        common = _common_words(questionnaire)
        for j, question in enumerate(questionnaire.questions):
            for k, option in enumerate(question.options):
                for kind in (*WHEN_ASKED, "not_so"):
                    for i, phrase in enumerate(getattr(option, kind)):
                        place = (*start, "questions", j, "options", k, kind, i)
                        yield f"{name}/{question.id}/{option.id}/{kind}", phrase, place
                        if kind in {"says", "told"} and not common.issuperset(literal_words(phrase)):
                            yield f"{name}/{question.id}/{option.id}/late", phrase, place


def _common_words(questionnaire: Questionnaire) -> frozenset[str]:
    """Return the words that answer more than one question: without being asked they answer none."""
    heard_in = Counter(
        word
        for question in questionnaire.questions
        if not question.only
        for word in {
            w for option in question.options for phrase in (*option.says, *option.asked) for w in literal_words(phrase)
        }
    )
    return frozenset(word for word, questions in heard_in.items() if questions > 1)


def _is_denied(match: Match, words: Words) -> bool:
    before = words.words[max(match.start - 1, 0) : match.start]
    return any(word in _DENIALS for word in before)
