"""Read a message as an answer to a questionnaire: the open question's, and whatever else it mentions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from backstride.guided import Heard, Mention, Said
from backstride.interview import Command, Reading
from backstride.language.answer_phrases import (
    SMALL_WORDS,
    WHEN_ASKED,
    AnswerPhrases,
    load_answer_phrases,
    value_of,
)
from backstride.language.bare_answers import (
    LONGEST_BARE_ANSWER,
    NUMBER,
    by_numbers,
    is_past_score,
    nearly,
    row_of_answers,
    score_in,
    score_told,
)
from backstride.language.entities import LAST_RUN, LONGEST, PAIN_SCORE, shared_entity_reader
from backstride.language.message_parts import parts_of, tells_of_oneself
from backstride.language.phrases import Match
from backstride.language.words import BREAKS
from backstride.questionnaire import (
    UNIT,
    Item,
    Option,
    Question,
    QuestionnaireFile,
    Value,
    chosen_of,
    load_questionnaires,
)
from backstride.safety_words import SafetyWords, answer_in, load_safety_words
from backstride.settings import ROOT
from backstride.vocabulary import Intent, Led, entry_of_intent

_DENIAL = r"\b(?:not|instead of|rather than)\s+"
_DENIED_NUMBER = re.compile(_DENIAL + r"(?:a\s+|an\s+)?\d{1,2}\b", re.IGNORECASE)
_DENIED_WORDS = re.compile(_DENIAL + r"((?:[\w']+\s*){1,4})(?=$|[,.;!?])", re.IGNORECASE)
# A message understood less surely than this is not taken for a question about something else.
_SURE_ENOUGH = 0.5
_BARE_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d)?")
# "I don't know", "why that?": longer ones say more.
_LONGEST_UNSURE = 7
_LONGEST_WHY = 3
_LONGEST_EXPLAIN = 9
# A few words about an answer that was given before change it; more may only mention it.
_LONGEST_LATE = 8
# So many answers in one message, each by itself, make its other parts likely ones too.
_ANSWERS_OF_A_ROW = 2
# So many answers in one message are a complaint, whatever else it asks.
_ANSWERS_OF_A_STORY = 3
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
# In this order: of two commands in one message the upper one wins.
_COMMANDS = (
    Command.STOP,
    Command.FINISH,
    Command.SKIP,
    Command.BACK,
    Command.RESUME,
    Command.EXPLAIN,
)
# Said beside an answer or in its place, or asking for what is under way: the question is said again.
_PLEASANTRIES = frozenset({Intent.GREET, Intent.THANKS, Intent.START_CHECK_IN})
# Done elsewhere although they may hold what looks like an answer: "log my pain: 4 before, 6 after".
_DEEDS = frozenset(
    {Intent.LOG_DIARY, Intent.FORGET_ME, Intent.START_STRETCH_SESSION, Intent.SET_REMINDER, Intent.STOP_REMINDER}
)
_LEAST_WORDS_OF_DEED = 3
_SURE_OF_DEED = 0.8
_NO_ANSWERS: Mapping[str, Value] = MappingProxyType({})


class AnswerReader:
    """Reads answers, commands and corrections for all questionnaires of a file."""

    def __init__(self, file: QuestionnaireFile, words: SafetyWords, phrases: AnswerPhrases) -> None:
        """Put a reader together; `load_answer_reader` reads what it needs."""
        self._file = file
        self._yes_no = words
        self._phrases = phrases
        self._entities = shared_entity_reader()
        self._besides = frozenset(file.commands.besides)

    def listen(self, text: str) -> None:
        """Find the phrases of a message and of its statements ahead of being asked."""
        self._phrases.found(text)
        self._phrases.found(parts_of(text).said)

    def starts(self, name: str, heard: Heard) -> bool:
        """Return whether a message begins a questionnaire."""
        questionnaire = self._file.questionnaires[name]
        if heard.intent in questionnaire.intents:
            return True
        if not heard.text or _is_deed(heard):
            return False
        if heard.intent == Intent.REPORT_PAIN and self.complains_first(Led.CHECK_IN, heard.text):
            # "My back is killing me, can I run?": the complaint was meant first.
            return False
        if f"{name}/starts" in self._phrases.found(heard.text) or self._starts_beside(name, heard):
            return True
        return bool(questionnaire.intents) and self._is_story(name, heard)

    def _starts_beside(self, name: str, heard: Heard) -> bool:
        """Return whether a message is "can I run?" and hardly more, or asks it beside all that would be asked."""
        found, words = self._phrases.found(heard.text), self._phrases.words(heard.text)
        matches = found.get(f"{name}/starts_beside", ())
        if not matches:
            return False
        taken = {place for match in matches for place in range(*match.span)}
        rest = {word for place, word in enumerate(words) if place not in taken} - BREAKS
        told = self._told(name, heard.text, heard.mentions, found)
        return rest <= self._besides or all(q.id in told for q in self._file.questionnaires[name].questions)

    def asks_to_see(self, name: str, text: str) -> bool:
        """Return whether a message asks for more of what a questionnaire found: "for my doctor", "why this plan?"."""
        found = self._phrases.found(text)
        return any(f"{name}/shows/{what}" in found for what in self._file.questionnaires[name].shows)

    def _is_story(self, name: str, heard: Heard) -> bool:
        """Return whether a message answers so many of the questions that it asks for what follows from them."""
        questionnaire, said = self._file.questionnaires[name], parts_of(heard.text).said
        found = self._phrases.found(said)
        if any(f"{other}/starts" in self._phrases.found(heard.text) for other in self._file.questionnaires):
            return False
        told = self._told(name, said, heard.mentions, found)
        return sum(question.id in told for question in questionnaire.questions) >= _ANSWERS_OF_A_STORY

    def read(self, name: str, heard: Heard, asking: str, answers: Mapping[str, Value] = _NO_ANSWERS) -> Reading:
        """Return what a message says to a questionnaire.

        Args:
            name: the questionnaire.
            heard: the message.
            asking: the open question, or "".
            answers: what is known so far; few words answer a question late that was skipped.
        """
        question = self._file.questionnaires[name].question(asking) if asking else None
        if heard.choice:
            return self._tapped(name, heard.choice, question)
        if not heard.text:
            return Reading(is_other=True)
        if _is_deed(heard):
            return Reading(is_other=True)
        parts = parts_of(heard.text)
        # What is asked is no answer: "is heat any good?" says nothing of how the back is.
        # A run that was run is one wherever it stands: "how far can I go if my longest was 10 km?"
        past = tuple(m for m in heard.mentions if m.role in {LAST_RUN, LONGEST})
        said = replace(heard, text=parts.said, mentions=self._as_corrected(name, heard) if parts.said else past)
        everywhere, found = self._phrases.found(heard.text), self._phrases.found(parts.said)
        command = Command.NONE if heard.is_for_safety else self._command(heard, everywhere)
        told = self._told(name, said.text, said.mentions, found) | self._flagged(name, said)
        unit = _unit_in(heard.text)
        if unit and any(q.unit == "km" for q in self._file.questionnaires[name].questions):
            # "And in miles?" asks for the same once more.
            told[UNIT] = unit
        corrects = "command/correct" in found
        if corrects:
            score = self._scores_corrected(name, heard)
            # "5. No, actually 4": the last one stands.
            told = told | score if len(NUMBER.findall(heard.text)) > 1 else score | told
        if command is Command.BACK and question and self._phrases.chosen(name, question, found, WHEN_ASKED):
            # "Just the back" says where.
            command = Command.NONE
        # "No sorry, middle" takes back what was answered before.
        takes_back = any(match.start == 0 for match in found.get("command/correct", ()))
        is_free = command is Command.NONE and not heard.is_for_safety
        wants_reply = question is not None and is_free and not (takes_back and self._plain_answer(parts.said))
        reply = self._reply(name, question, said, found) if question and wants_reply else None
        if corrects and told:
            # "Actually it's more like 4" says nothing of whether it is getting more.
            reply = told.get(asking)
        elif reply is not None and question is not None:
            told = self._in_a_row(name, question, said, answers) | told
        if question and corrects and reply is None and not told:
            told = self._of_the_question_before(name, question, said, found)
        # "Painkillers on race day?" asks, few as its words are, where it answers nothing that was asked.
        asks = parts.asks or (reply is None and heard.text.rstrip().endswith("?"))
        is_other = self._is_other(name, heard, everywhere, asks=asks, is_answer=reply is not None or bool(told))
        is_open = reply is None and command is Command.NONE and not asks
        is_begun, was_told = bool(asking or answers), bool(told)
        if is_open and is_begun and not told:
            skipped = [key for key, value in answers.items() if value is None]
            told = self._late(
                name, said, found, asking, skipped, is_other=is_other, answers=answers, takes_back=takes_back
            )
        if is_open and (is_begun or len(told) >= _ANSWERS_OF_A_ROW):
            # "6/10, lower back, since Tuesday, worse": the last word answers as well.
            is_topic = is_other and entry_of_intent(heard.intent) is not None
            row = row_of_answers(said.text) or ([] if is_topic else [said.text])
            told = self._out_of_turn(name, row, said, asking, {**answers, **told}) | told
            is_other = is_other and (was_told or not told)
        if reply is None and not told and command is Command.NONE and not heard.is_for_safety:
            command = self._unsure(heard, everywhere, asks=parts.asks)
        shows = self._file.questionnaires[name].shows
        affirms = reply is None and self._plain_answer(parts.said) == "yes"
        # "Ok" answers nothing, and is nothing to be sorry about; a "no" to "how bad is it?" was meant as an answer.
        resumes = self._resumes(heard.text, everywhere)
        is_nod = self._plain_answer(parts.said) == "" and set(self._phrases.words(heard.text)) <= self._besides | BREAKS
        return Reading(
            reply=reply,
            denied=self._denied(name, said),
            told={key: value for key, value in told.items() if key != asking or reply is None},
            command=command,
            corrects=corrects,
            is_other=is_other,
            shows=next((what for what in shows if f"{name}/shows/{what}" in everywhere), ""),
            is_reply=heard.is_reply
            and heard.intent not in _PLEASANTRIES
            and not (heard.is_for_safety or is_nod or resumes),
            leaves=heard.intent == Intent.GOODBYE and heard.confidence >= _SURE_ENOUGH and reply is None and not told,
            affirms=affirms,
            thanks=heard.intent == Intent.THANKS and reply is None,
            repeats="command/repeats" in everywhere,
            resumes=resumes,
        )

    def _as_corrected(self, name: str, heard: Heard) -> tuple[Mention, ...]:
        """Return what a message mentions; of "about ten days, actually two weeks" what stands behind the turn."""
        turns = self._phrases.found(heard.text).get("command/turns", ())
        last = max(turns, key=lambda match: match.end, default=None)
        if last is None or last.start == 0:
            return heard.mentions
        behind = self._phrases.text_behind(heard.text, last)
        before = {mention.entity for mention in heard.mentions}
        again = [
            mention
            for question in self._file.questionnaires[name].questions
            if question.entity in before
            for mention in self._read_mentions(question.frame.format(answer=behind), heard.today)
            if question.is_named_by(mention.entity, mention.role)
        ]
        renewed = {mention.entity for mention in again}
        return (*(mention for mention in heard.mentions if mention.entity not in renewed), *again)

    def told_before(self, name: str, messages: Iterable[Said]) -> dict[str, Value]:
        """Return the answers and facts that earlier messages mention; the last mention counts."""
        told: dict[str, Value] = {}
        for message in messages:
            told |= self._told(name, message.text, message.mentions, self._phrases.found(message.text))
        return told

    def is_named(self, name: str, text: str) -> bool:
        """Return whether a message asks for a questionnaire in so many words."""
        return f"{name}/starts" in self._phrases.found(text)

    def complains(self, name: str, text: str) -> bool:
        """Return whether a message tells, beside what it asks, what the questionnaire is for."""
        parts = parts_of(text)
        return parts.asks and f"{name}/complaint" in self._phrases.found(parts.said)

    def complains_first(self, name: str, text: str) -> bool:
        """Return whether a message tells of so much pain that the questionnaire comes before "can I run?"."""
        return f"{name}/complaint_first" in self._phrases.found(text)

    def tells(self, name: str, text: str) -> bool:
        """Return whether a message tells, in whatever sentence, what the questionnaire is for."""
        return f"{name}/complaint" in self._phrases.found(text)

    def typed_choice(self, name: str, asking: str, text: str) -> str:
        """Return what a button would say whose answer stands for a warning sign, where a few words say the same.

        Asked about the legs, "tingling" is a sign; alone it is a word.
        """
        question, parts = self._file.questionnaires[name].question(asking), parts_of(text)
        if parts.asks or len(text.split()) > LONGEST_BARE_ANSWER:
            return ""
        found = self._phrases.found(text)
        if self._phrases.chosen(name, question, found, WHEN_ASKED):
            return ""
        named = [
            option.id
            for option in question.options
            if option.flags
            and f"{name}/{asking}/{option.id}/says" in found
            and f"{name}/{asking}/{option.id}/not_so" not in found
        ]
        # The gravest stand last.
        return f"{name}:{asking}:{named[-1]}" if named else ""

    def plainly_chosen(self, name: str, asking: str, text: str) -> tuple[Option, ...]:
        """Return the options that a message names where all it says is an answer to the open question.

        Asked which way it goes, "getting worse" is one of the answers; "worse every day, I can't sleep" says more.
        """
        question = self._file.questionnaires[name].question(asking)
        value = self._fitting(name, question, text, date.max, ("says", "asked"))
        return tuple(option for option in question.options if option.id in chosen_of(value))

    def signs_told(self, name: str, flags: tuple[str, ...]) -> dict[str, Value]:
        """Return the answers that warning signs stand for which were said before."""
        return self._flagged(name, Heard(flags=flags))

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
        value = value_of(tapped, [tapped.option(option)])
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
                values = [_plain(m.value) for m in mentions if item.is_named_by(m.entity, m.role)]
                if values and not (item.entity == PAIN_SCORE and is_past_score(text)):
                    told[item.id] = _that_stands(item, values)
        for question in questionnaire.questions:
            if question.gathers:
                told |= self._gathered(name, question, mentions, found, ("told",))
        for question in questionnaire.questions:
            score = score_told(question, text, mentions)
            if score is not None:
                told[question.id] = score
            chosen = self._phrases.chosen(name, question, found, ("told",))
            if chosen and question.id not in told:
                told[question.id] = value_of(question, chosen)
        for fact in questionnaire.facts:
            number = re.search(rf"\b{fact.number_after}\s*(\d{{1,2}})\b", text, re.IGNORECASE)
            if fact.number_after and number:
                told[fact.id] = int(number[1])
        unit = _unit_in(text)
        if unit and any(key.endswith("_km") for key in told):
            told[UNIT] = unit
        return told

    def _scores_corrected(self, name: str, heard: Heard) -> dict[str, Value]:
        """Return the score that the last number of a correction stands for: "make that 4"."""
        # "Sorry, 4 not 7": what it is not counts for nothing.
        numbers = [int(number) for number in NUMBER.findall(_DENIED_NUMBER.sub("", heard.text))]
        scales = [q for q in self._file.questionnaires[name].questions if q.scale is not None]
        if not numbers or len(scales) != 1 or any(m.entity != scales[0].entity for m in heard.mentions):
            return {}
        scale = scales[0].scale
        return {scales[0].id: numbers[-1]} if scale and scale.low <= numbers[-1] <= scale.high else {}

    def _reply(self, name: str, question: Question, heard: Heard, found: Mapping[str, Sequence[Match]]) -> Value:
        if question.gathers:
            gathered = self._gathered(name, question, self._mentions_of(question, heard), found, WHEN_ASKED)
            if gathered:
                return gathered[question.id]
        by_entity = None if question.gathers else self._by_entity(question, heard)
        if by_entity is not None:
            return by_entity
        flagged = self._flagged(name, heard).get(question.id)
        if flagged is not None:
            return flagged
        chosen = self._phrases.chosen(name, question, found, WHEN_ASKED) or by_numbers(question, heard.text)
        if not chosen:
            meant = {"yes": question.yes, "no": question.no}.get(self._plain_answer(heard.text))
            is_word = bool(answer_in(heard.text, self._yes_no))
            chosen = [question.option(meant)] if meant else [] if is_word else nearly(question, heard.text)
        return value_of(question, chosen) if chosen else None

    def _gathered(
        self,
        name: str,
        question: Question,
        mentions: Sequence[Mention],
        found: Mapping[str, Sequence[Match]],
        kinds: Sequence[str],
    ) -> dict[str, Value]:
        """Return all that a message names of what holds together: "lower back and left hip" is two places."""
        read = [str(m.value) for m in mentions if question.is_named_by(m.entity, m.role)]
        chosen = self._phrases.chosen(name, question, found, kinds)
        # What the entity was read as says more than a word of an answer, apart from what is no such entity.
        named = [*read, *(option.id for option in chosen if option.beside or not read)]
        return {question.id: tuple(dict.fromkeys(named))} if named else {}

    def _denied(self, name: str, heard: Heard) -> dict[str, tuple[str, ...]]:
        """Return what a message says it is not, of questions to which several answers hold: "lower, not one side"."""
        denied: dict[str, tuple[str, ...]] = {}
        for match in _DENIED_WORDS.finditer(heard.text):
            part = Heard(text=match[1], mentions=self._read_mentions(match[1], heard.today), today=heard.today)
            for question in self._file.questionnaires[name].questions:
                if question.gathers and question.entity is not None:
                    mentions = self._mentions_of(question, part)
                    denied[question.id] = tuple(str(m.value) for m in mentions)
        return denied

    def _of_the_question_before(
        self, name: str, question: Question, heard: Heard, found: Mapping[str, Sequence[Match]]
    ) -> dict[str, Value]:
        """Return what "sorry, I meant right" answers where a question goes into the answer before it."""
        before = [self._file.questionnaires[name].question(other) for other in question.only]
        return {each.id: value for each in before if (value := self._reply(name, each, heard, found)) is not None}

    def _in_a_row(self, name: str, question: Question, heard: Heard, answers: Mapping[str, Value]) -> dict[str, Value]:
        """Return what the later parts of "5, lower back, same" answer: each the next open question that it fits.

        A number, a yes or a no answers only what was asked, and nothing here gives the all-clear for a warning sign.
        """
        first, *later = row_of_answers(heard.text) or [""]
        questions = self._file.questionnaires[name].questions
        following = [
            q for q in questions[questions.index(question) + 1 :] if answers.get(q.id) is None and not q.is_about_signs
        ]
        alone = Heard(text=first, mentions=self._read_mentions(first, heard.today), today=heard.today)
        if not first or self._reply(name, question, alone, self._phrases.found(first)) is None:
            return {}
        told: dict[str, Value] = {}
        for part in later:
            if self._fitting(name, question, part, heard.today, WHEN_ASKED) is not None:
                continue
            for place, each in enumerate(following):
                value = self._fitting(name, each, part, heard.today)
                if value is not None:
                    told[each.id] = value
                    following = following[place + 1 :]
                    break
        return told

    def _fitting(
        self, name: str, question: Question, part: str, today: date, kinds: Sequence[str] = ("says", "told")
    ) -> Value:
        """Return what a few words answer as a whole, or None where they say more or less than that."""
        if _BARE_NUMBER.fullmatch(part):
            return None
        found = self._phrases.found(part)
        read = self._mentions_of(question, Heard(text=part, today=today)) if question.entity is not None else []
        if read:
            return tuple(str(m.value) for m in read) if question.gathers else _plain(read[-1].value)
        spans = [
            match.span
            for option in question.options
            if not option.alone
            for kind in kinds
            for match in found.get(f"{name}/{question.id}/{option.id}/{kind}", ())
        ]
        taken = {place for span in spans for place in range(*span)}
        words = self._phrases.words(part)
        rest = {word for place, word in enumerate(words) if place not in taken} - BREAKS - set(SMALL_WORDS)
        chosen = self._phrases.chosen(name, question, found, kinds) if taken and rest <= self._besides else []
        return value_of(question, chosen) if chosen else None

    def _flagged(self, name: str, heard: Heard) -> dict[str, Value]:
        """Return the answers that the warning signs of a message stand for: a foot that tingles is one about legs."""
        told: dict[str, Value] = {}
        for question in self._file.questionnaires[name].questions:
            meant = [option for option in question.options if set(option.flags) & set(heard.flags)]
            words = f"{name}/{question.id}"
            found = self._phrases.found(heard.text) if len(meant) > 1 else {}
            named = [option for option in meant if f"{words}/{option.id}/says" in found]
            if meant:
                # The gravest stand last.
                told[question.id] = value_of(question, [(named or meant)[-1]])
        return told

    def _plain_answer(self, text: str) -> str:
        """Return "yes" or "no" where a message begins with just that: "no warm-up" is no "no"."""
        words = self._phrases.words(text)
        answer = answer_in(text, self._yes_no)
        if answer not in {"yes", "no"}:
            return ""
        # "In short, no": what only leads up to it is passed over.
        fillers = {word for phrase in self._yes_no.fillers for word in self._phrases.words(phrase)}
        parts = [list(part) for is_break, part in groupby(words, BREAKS.__contains__) if not is_break]
        first = next((part for part in parts if not fillers.issuperset(part)), [])
        known = {word for phrase in getattr(self._yes_no, answer) for word in self._phrases.words(phrase)}
        return answer if set(first) <= known | self._besides | fillers else ""

    def _late(
        self,
        name: str,
        heard: Heard,
        found: Mapping[str, Sequence[Match]],
        asking: str,
        skipped: Collection[str],
        *,
        is_other: bool,
        answers: Mapping[str, Value],
        takes_back: bool,
    ) -> dict[str, Value]:
        """Return what a few words answer that was asked before or comes later, where they fit one question only."""
        is_topic = is_other and entry_of_intent(heard.intent) is not None
        # A yes or a no answers only what was asked, and nothing said in passing gives the all-clear for a sign.
        is_plain = bool(self._plain_answer(heard.text)) and not takes_back
        is_long = len(heard.text.split()) > _LONGEST_LATE
        if heard.is_for_safety or is_plain or is_long or is_past_score(heard.text):
            return {}
        fitting = {
            question.id: value_of(question, chosen)
            for question in self._file.questionnaires[name].questions
            if not question.is_about_signs and question.is_called(answers)
            if question.id != asking and not (is_topic and question.id not in skipped)
            if (
                chosen := [
                    option
                    for option in question.options
                    if not option.beside and f"{name}/{question.id}/{option.id}/late" in found
                    # "And I did warm up" says nothing of the shoes that were named before.
                    if not (option.alone and answers.get(question.id) is not None)
                ]
            )
        }
        return fitting if len(fitting) == 1 else {}

    def _out_of_turn(
        self, name: str, row: Sequence[str], heard: Heard, asking: str, answers: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Return what the parts of a message answer that was not asked, each where it fits one open question only."""
        if heard.is_for_safety:
            return {}
        open_questions = (q for q in self._file.questionnaires[name].questions if not answers.get(q.id))
        questions = [q for q in open_questions if q.id != asking and not q.is_about_signs]
        told: dict[str, Value] = {}
        for part in row:
            if self._plain_answer(part) or is_past_score(part):
                continue
            fitting = {q.id: value for q in questions if (value := self._fitting(name, q, part, heard.today))}
            told |= fitting if len(fitting) == 1 and not fitting.keys() & told.keys() else {}
        return told

    def _by_entity(self, question: Question, heard: Heard) -> Value:
        if question.scale is not None:
            return score_in(question, heard)
        if question.entity is None:
            return None
        values = [_plain(mention.value) for mention in self._mentions_of(question, heard)]
        return _that_stands(question, values) if values else None

    def _mentions_of(self, question: Question, heard: Heard) -> list[Mention]:
        """Return what a reply mentions of a question's entity, by itself or within the question's frame."""

        def fitting(mentions: Iterable[Mention]) -> list[Mention]:
            return [m for m in mentions if question.is_named_by(m.entity, m.role)]

        answer = heard.text.strip(" .!?")
        if question.unit and _BARE_NUMBER.fullmatch(answer):
            answer = f"{answer} {question.unit}"
        framed = question.frame.format(answer=answer)
        return fitting(heard.mentions) or fitting(self._read_mentions(framed, heard.today))

    def _read_mentions(self, text: str, today: date) -> tuple[Mention, ...]:
        found = self._entities.read(text, today)
        return tuple(Mention(entity=item.entity, value=item.value, role=item.role) for item in found)

    def _command(self, heard: Heard, found: Mapping[str, Sequence[Match]]) -> Command:
        """Return the command that a message is as a whole: "how long should I leave it on" is no "leave it"."""
        words = self._phrases.words(heard.text)
        others = found.get("command/not_these", ())
        for command in _COMMANDS:
            matches = found.get(f"command/{command.value}", ())
            meant = [match for match in matches if not any(match.is_inside(other) for other in others)]
            taken = {place for match in meant for place in range(*match.span)}
            rest = {word for place, word in enumerate(words) if place not in taken} - BREAKS
            if taken and rest <= self._besides:
                return command
        return Command.NONE

    def _resumes(self, text: str, found: Mapping[str, Sequence[Match]]) -> bool:
        """Return whether a message begins with going on, whatever it says behind that: "carry on, it's been a week"."""
        words = self._phrases.words(text)
        small = self._besides | BREAKS
        return any(
            small.issuperset(words[: match.start]) and small.issuperset(words[match.end : match.end + 1])
            for match in found.get("command/resume", ())
        )

    def _unsure(self, heard: Heard, found: Mapping[str, Sequence[Match]], *, asks: bool) -> Command:
        """Return what somebody wants who does not answer: to hear what is meant, or why, or to leave it out."""
        words = len(heard.text.split())
        if "command/how_many" in found:
            return Command.HOW_MANY
        starts = any(match.start <= 1 for match in found.get("command/explain", ()))
        if starts and words <= _LONGEST_EXPLAIN:
            return Command.EXPLAIN
        answer = answer_in(heard.text, self._yes_no)
        is_why = answer == "why" and (words <= _LONGEST_WHY or " you " in f" {heard.text.casefold()} ")
        asks_why = heard.intent == Intent.ASK_WHY and heard.confidence >= _SURE_ENOUGH
        if is_why or (asks_why and heard.is_reply):
            return Command.WHY
        return Command.SKIP if answer == "unsure" and words <= _LONGEST_UNSURE and not asks else Command.NONE

    def _is_other(
        self, name: str, heard: Heard, found: Mapping[str, Sequence[Match]], *, asks: bool, is_answer: bool
    ) -> bool:
        others = [other for other in self._file.questionnaires if other != name]
        if any(f"{other}/starts" in found or self._starts_beside(other, heard) for other in others):
            return True
        if heard.entry:
            return not is_answer
        if heard.intent in _ANSWERS | _PLEASANTRIES:
            return False
        if heard.intent == Intent.OUT_OF_SCOPE:
            return asks and not is_answer
        if not asks and entry_of_intent(heard.intent) is not None and tells_of_oneself(heard.text):
            # "The pavement was icy" tells of the run, and asks for nothing about pavements.
            return False
        is_topic = asks and entry_of_intent(heard.intent) is not None
        is_sure = heard.confidence >= _SURE_ENOUGH
        return is_topic or (is_sure and (asks or not is_answer))


def _is_deed(heard: Heard) -> bool:
    """Return whether a message has something done elsewhere: the numbers in it are no answer here."""
    is_sure = heard.intent in _DEEDS and heard.confidence >= _SURE_OF_DEED
    return is_sure and len(heard.text.split()) >= _LEAST_WORDS_OF_DEED


_MILES = re.compile(r"\d\s*(?:mi|mile|miles|miler|milers)\b|\bmiles?\b", re.IGNORECASE)


_KILOMETRES = re.compile(r"\d\s*(?:k|km|kms)\b|\b(?:km|kms|kilomet(?:er|re)s?)\b", re.IGNORECASE)


def _unit_in(text: str) -> str:
    """Return the unit of distances that a text names, "mi" or "km", or ""."""
    return "mi" if _MILES.search(text) else "km" if _KILOMETRES.search(text) else ""


def load_answer_reader(folder: Path = ROOT / "knowledge") -> AnswerReader:
    """Read the questionnaires of a folder and compile their phrases.

    Raises:
        KnowledgeError: a file has mistakes, or a phrase breaks the syntax.
    """
    file = load_questionnaires(folder)
    return AnswerReader(file, load_safety_words(folder), load_answer_phrases(file, folder))


@lru_cache(maxsize=1)
def shared_reader() -> AnswerReader:
    """Return the process's one reader: its phrases are compiled once."""
    return load_answer_reader()


def _that_stands(item: Item, values: Sequence[Value]) -> Value:
    """Return which of several mentions counts: of numbers the last or the highest, of words the first."""
    numbers = [value for value in values if isinstance(value, int | float)]
    if item.most and numbers:
        return max(numbers)
    return values[0] if isinstance(values[0], str) else values[-1]


def _plain(value: object) -> Value:
    """Return an entity's value as an answer: what is more than a number or a word is told by its name."""
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("state"))
    return value if isinstance(value, int | float | str) else str(value)
