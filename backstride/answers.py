"""What the assistant says about an entry of the knowledge file.

Pure functions: entry and question in, text and buttons out. The sentences are those of the knowledge file and of
`knowledge/wording.yml`; here they are only put in order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rapidfuzz import fuzz

from backstride.knowledge import Condition, Entry, Knowledge, Step, Strength
from backstride.vocabulary import Intent, entry_of_intent
from backstride.wording import Wording

MAX_BUTTONS = 5
MAX_READINGS = 3
# Other topics of a message, or other readings of it, that are offered beside its answer.
MAX_ALSO = 2
# A name typed for an item of a list may be off by a letter or two.
_NAME_MATCH = 86
# A title is meant where a text holds a word that no other title holds, or several that few hold.
_OWN_TOPIC = 1.0
_WORDS_OF_NO_TOPIC = frozenset(
    "about after avoid best does from good guide have know need post read show tell that them this time what when with "
    "your".split()
)

_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "top": 1,
    "last": -1,
    "final": -1,
    "bottom": -1,
}
# Follow-up questions as a button asks them.
_WHY, _HOW_OFTEN, _SAFE = (f"/{intent}" for intent in (Intent.ASK_WHY, Intent.ASK_HOW_OFTEN, Intent.ASK_IS_IT_SAFE))
# Words around the name of an exercise that is asked for: "can you show me how to do a plank please".
_AROUND_A_NAME = frozenset(
    "a about again an and are can correctly could do doing does exactly exercise exercises explain for give go hey "
    "hi how i is it just let lets like me move my now of ok okay on perform please pls properly right s show start "
    "steps stretch stretches teach tell thanks that the then this through to try wait want we what whats with works "
    "would you".split()
)
_DIGITS = re.compile(r"(?<![\d.])(\d{1,2})(?:st|nd|rd|th)?(?![\d.])")
_LETTER = re.compile(r"\boption ([a-j])\b|^\(?([a-j])[).]?$")
# In "the posture one" and "that one", "one" is no number.
_NOT_A_NUMBER = re.compile(r"\b(?:(?:the|that|this|which|another|any)\s+)?(?:[a-z-]+\s+)one\b|^(?:the|that|this) one\b")
_ORDINAL_ONE = re.compile(rf"\b({'|'.join(_ORDINALS)})\s+(?:one|item|point|option|exercise|thing)\b")

# Entries and groups that have the person move: not while a warning sign is open.
_ACTIVE_GROUPS = frozenset({"exercise", "return"})
_ACTIVE_ENTRIES = frozenset({"relief.stretching", "relief.keep_running", "prevent.strengthen"})

# An exercise of these may be shown without knowing anything of the person's back: gentle, no load, no end range.
GENTLE = ("exercise.bottom_to_heels", "exercise.knee_rolls", "exercise.pelvic_tilt")


@dataclass(frozen=True, slots=True)
class Button:
    """A next step that the person can tap: what it says, and what the assistant then reads."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One message of the assistant.

    Args:
        text: what the person reads.
        buttons: at most MAX_BUTTONS next steps, and after a list of exercises one that leads through them.
        knowledge: ids of the entries that the text is made from; channels draw cards from them.
        thread: the entry that a follow-up question would be about.
        listed: ids in the order of the numbers that the text shows.
        metadata: what channels draw from besides: urgency, red flags, numbers.
        warns: whether it only says who should be careful, or where the knowledge comes from: it has nobody move.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    knowledge: tuple[str, ...] = ()
    thread: str | None = None
    listed: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    warns: bool = False

    @property
    def is_exercise(self) -> bool:
        """Whether the answer has the person move: an exercise, a stretch, a step back to running."""
        thread = self.thread or ""
        return thread in _ACTIVE_ENTRIES or thread.partition(".")[0] in _ACTIVE_GROUPS


class Answers:
    """Composes answers from the knowledge and the wording."""

    def __init__(self, knowledge: Knowledge, wording: Wording) -> None:
        self._knowledge = knowledge
        self._say = wording
        self._exercise_of_name: dict[str, str] = {}
        for entry in knowledge.of_group("exercise"):
            for name in (entry.title, *entry.names):
                self._exercise_of_name.setdefault(_bare_name(name), entry.id)

    # --- an entry, a list of entries -------------------------------------------------------------------------

    def entry(self, entry_id: str) -> Answer:
        """Return the point, the steps, the caution that matters, and the source of an entry."""
        entry = self._knowledge.entry(entry_id)
        parts = [entry.answer, self._steps(entry)]
        if entry.dose:
            parts.append(self._say("how_much", dose=entry.dose))
        if entry.cautions:
            parts.append(self._say("take_care", caution=entry.cautions[0]))
        parts.append(self._source(entry))
        return Answer(
            text=_join(parts),
            buttons=self._buttons_after(entry),
            knowledge=(entry.id,),
            thread=entry.id,
        )

    def overview(self, group: str, *, left_out_for: Collection[str] = ()) -> Answer:
        """Return the list of a group's main points, with a button for each.

        Args:
            group: causes, relief or prevention.
            left_out_for: ids of conditions that the person has named; points that are not for them are left out.
        """
        intro = self._knowledge.entry(f"{group}.general")
        points = [e for e in self.points_of(group) if not self._knowledge.exclusions(e, left_out_for)]
        return Answer(
            text=_join([intro.answer, self._numbered(points), self._say("overview_close")]),
            buttons=tuple(_entry_button(entry) for entry in points[:MAX_BUTTONS]),
            knowledge=(intro.id, *(entry.id for entry in points)),
            thread=intro.id,
            listed=tuple(entry.id for entry in points),
        )

    def points_of(self, group: str) -> tuple[Entry, ...]:
        """Return the first five entries of a group after its introduction: the article's five points."""
        entries = [entry for entry in self._knowledge.of_group(group) if not entry.id.endswith(".general")]
        return tuple(entries[:MAX_BUTTONS])

    def stretches(self, *, left_out_for: Collection[str] = ()) -> Answer:
        """Return the advice on stretching with three gentle exercises to choose from.

        Args:
            left_out_for: ids of conditions that the person has named; exercises that are not for them are left out.
        """
        advice = self._knowledge.entry("relief.stretching")
        exercises = [
            entry
            for entry in map(
                self._knowledge.entry, (*GENTLE, "exercise.half_kneeling_lean", "exercise.seated_lean_back")
            )
            if not self._knowledge.exclusions(entry, left_out_for)
        ]
        if not exercises:
            # None suits: say why, with the first condition's own words.
            named = [self._knowledge.conditions[condition] for condition in left_out_for]
            return self.is_it_safe(advice.id, named[:1])
        parts = [advice.answer, self._numbered(exercises)]
        if advice.cautions:
            parts.append(self._say("take_care", caution=advice.cautions[0]))
        parts += [self._source(advice), self._say("stretches_close")]
        return Answer(
            text=_join(parts),
            buttons=(*(_entry_button(entry) for entry in exercises[:MAX_BUTTONS]), self.session_button()),
            knowledge=(advice.id, *(entry.id for entry in exercises)),
            thread=advice.id,
            listed=tuple(entry.id for entry in exercises),
        )

    def all_of(self, thread: str | None) -> Answer:
        """Return the whole list that the thread belongs to: all exercises, or all points of its group."""
        if thread is None:
            return self.menu(self._say("no_thread"))
        group = "exercise" if thread == "relief.stretching" else thread.partition(".")[0]
        entries = [e for e in self._knowledge.of_group(group) if not e.id.endswith(".general")]
        return Answer(
            text=_join([self._numbered(entries), self._say("overview_close")]),
            buttons=tuple(_entry_button(entry) for entry in entries[:MAX_BUTTONS]),
            knowledge=tuple(entry.id for entry in entries),
            thread=thread,
            listed=tuple(entry.id for entry in entries),
        )

    def menu(self, text: str) -> Answer:
        """Return a text with the four ways into the knowledge."""
        return Answer(text=text, buttons=self.menu_buttons())

    def menu_buttons(self) -> tuple[Button, ...]:
        """Return the four ways into the knowledge."""
        return (
            Button(self._say("button_relief"), "/relief_general"),
            Button(self._say("button_causes"), "/cause_general"),
            Button(self._say("button_prevention"), "/prevent_general"),
            Button(self._say("button_doctor"), "/relief_see_doctor"),
        )

    def session_button(self) -> Button:
        """Return the button that has the assistant lead through the exercises listed last."""
        return Button(self._say("button_session_start"), payload(Intent.START_STRETCH_SESSION))

    # --- choosing from a list --------------------------------------------------------------------------------

    def choose(self, text: str, listed: Sequence[str]) -> str | None:
        """Return the listed entry that a text means: by number, by ordinal, or by name; None where it is unclear."""
        words = text.casefold().strip(" .!?")
        number = _number_in(words)
        if number is not None and listed:
            index = number - 1 if number > 0 else len(listed) + number
            return listed[index] if 0 <= index < len(listed) else None
        return self.named_in(words, listed)

    def named_in(self, text: str, among: Sequence[str]) -> str | None:
        """Return the entry whose title or other name a text holds, where exactly one fits best."""
        words = text.casefold()
        scores: dict[str, float] = {}
        for entry_id in among:
            entry = self._knowledge.entry(entry_id)
            for name in (entry.title, *entry.names):
                folded = name.casefold()
                score = fuzz.partial_ratio(folded, words) if len(folded) <= len(words) else fuzz.ratio(folded, words)
                # Of two names that both fit, the longer one says more.
                scores[entry_id] = max(
                    scores.get(entry_id, 0.0), score + len(folded) / 100 if score >= _NAME_MATCH else 0
                )
        ranked = sorted(scores, key=lambda entry_id: -scores[entry_id])
        if not ranked or scores[ranked[0]] == 0:
            return None
        if len(ranked) > 1 and scores[ranked[0]] == scores[ranked[1]]:
            return None
        return ranked[0]

    def asked_by_name(self, text: str) -> str | None:
        """Return the exercise whose name is all that a text asks for: "plank?", "show me how to do a plank"."""
        asked = _bare_name(text)
        return self._exercise_of_name.get(asked) if asked else None

    def mentioned_in(self, text: str, among: Sequence[str]) -> str | None:
        """Return the entry one of whose names a text holds, one or many of it; of several the longest name decides."""
        words = text.casefold()
        found = {
            len(name): entry_id
            for entry_id in among
            for entry in (self._knowledge.entry(entry_id),)
            for name in (entry.title, *entry.names)
            if re.search(rf"(?<!\w){re.escape(name.casefold().removesuffix('s'))}s?(?!\w)", words)
        }
        return found[max(found)] if found else None

    def named_beside(self, asked: str, text: str) -> str | None:
        """Return the entry that a text names where it asks for another one: "can I take ibuprofen?" asks what helps.

        Args:
            asked: the entry that the text asks for.
            text: what was said.
        """
        group = asked.partition(".")[0]
        # The points of the overview are asked for by themselves.
        points = {f"{group}.general", *(entry.id for entry in self.points_of(group))}
        beside = [
            entry.id
            for entry in self._knowledge.entries.values()
            if entry.id not in points and (entry.asked_with or f"{entry.group}.general") == asked
        ]
        return self.mentioned_in(text, beside)

    def open(self, entry_id: str, *, left_out_for: Collection[str] = ()) -> Answer:
        """Return an entry that was chosen: the list for an introduction, the warning for what does not suit."""
        entry = self._knowledge.entry(entry_id)
        if entry_id.endswith(".general"):
            return self.overview(entry.group, left_out_for=left_out_for)
        if entry_id == "relief.stretching":
            return self.stretches(left_out_for=left_out_for)
        if self._knowledge.exclusions(entry, left_out_for):
            named = [self._knowledge.conditions[condition] for condition in left_out_for]
            return self.is_it_safe(entry_id, named)
        return self.entry(entry_id)

    def list_again(self, listed: Sequence[str], thread: str | None) -> Answer:
        """Return the last list once more, after a choice that was not on it; the menu where there was no list."""
        if not listed:
            return self.menu(self._say("no_thread"))
        entries = [self._knowledge.entry(entry_id) for entry_id in listed]
        return Answer(
            text=_join([self._say("not_on_the_list"), self._numbered(entries)]),
            buttons=tuple(_entry_button(entry) for entry in entries[:MAX_BUTTONS]),
            knowledge=tuple(listed),
            thread=thread,
            listed=tuple(listed),
        )

    def bare_number(self, number: str) -> Answer:
        """Return what a number may mean that answers nothing: a pain score for the diary."""
        return Answer(text=self._say("bare_number", number=number))

    def readings(self, intents: Sequence[str]) -> Answer:
        """Return up to three entries that a message may have meant, as buttons, after those comes the menu."""
        entries = [
            self._knowledge.entries[entry_id]
            for entry_id in map(entry_of_intent, intents)
            if entry_id is not None and entry_id in self._knowledge.entries
        ]
        buttons = [_entry_button(entry) for entry in entries[:MAX_READINGS]]
        return Answer(text="", buttons=tuple(buttons) or self.menu_buttons())

    def also(self, answer: Answer, entries: Sequence[str], *, sure: bool) -> Answer:
        """Return an answer with other entries offered first among its buttons.

        Args:
            answer: the answer to the most important reading of a message.
            entries: what the message also asked about, or may have meant instead.
            sure: whether the message asked about them besides; otherwise they are other readings of it.
        """
        fresh = [entry for entry in entries if entry in self._knowledge.entries and entry not in answer.knowledge[:1]]
        if not fresh:
            return answer
        buttons = [_entry_button(self._knowledge.entry(entry)) for entry in fresh[:MAX_ALSO]]
        rest = [button for button in answer.buttons if button not in buttons]
        return replace(
            answer,
            text=_join([answer.text, self._say("also_asked" if sure else "or_meant")]),
            buttons=tuple([*buttons, *rest][: max(MAX_BUTTONS, len(answer.listed))]),
        )

    def besides(self, question: Answer, entries: Sequence[str]) -> Answer:
        """Return a question of ours with what the message also asked about behind its buttons."""
        asked = [self._knowledge.entry(entry) for entry in entries if entry in self._knowledge.entries]
        if not asked:
            return question
        buttons = (*question.buttons, *(_entry_button(entry) for entry in asked[:MAX_ALSO]))
        return replace(question, text=_join([question.text, self._say("also_asked")]), buttons=buttons)

    # --- follow-up questions ---------------------------------------------------------------------------------

    def why(self, thread: str) -> Answer:
        """Return why an entry works or happens, what the evidence says, and what people get wrong about it."""
        entry = self._knowledge.entry(thread)
        strength = self._say(f"strength_{Strength(entry.evidence.strength).value}")
        parts = [entry.why, self._say("evidence", strength=strength, says=entry.evidence.says)]
        if entry.correction:
            parts.append(self._say("correction", correction=entry.correction))
        return self._about(entry, parts, _WHY)

    def how_long(self, thread: str) -> Answer:
        """Return how long to hold it, to do it, or until it helps."""
        entry = self._knowledge.entry(thread)
        holds = [
            self._say("hold_time", seconds=step.hold_seconds, step=step.text.rstrip("."))
            for step in entry.steps
            if step.hold_seconds
        ]
        parts = [entry.how_long or ""]
        if holds:
            parts.append(self._say("hold_times", title=entry.title, holds="; ".join(holds)))
        return self._about(entry, parts if any(parts) else [self._say("no_time", title=entry.title)])

    def how_often(self, thread: str) -> Answer:
        """Return how many times, sets and days."""
        entry = self._knowledge.entry(thread)
        often = entry.how_often or entry.dose
        # Only of an exercise may one say "once or twice a day": of a painkiller it would be a dose.
        unknown = self._say("no_how_often", title=entry.title) if entry.group == "exercise" else entry.answer
        return self._about(entry, [often or unknown], _HOW_OFTEN)

    def how_to(self, thread: str) -> Answer:
        """Return the steps; for an entry without steps those of its exercises to choose from."""
        entry = self._knowledge.entry(thread)
        if entry.steps:
            return self.entry(thread)
        exercises = [other for other in self._knowledge.related_to(entry) if other.steps]
        if not exercises:
            return self._about(entry, [entry.detail or self._say("no_steps", title=entry.title, answer=entry.answer)])
        return Answer(
            text=_join([entry.detail or entry.answer, self._numbered(exercises), self._say("stretches_close")]),
            buttons=tuple(_entry_button(exercise) for exercise in exercises[:MAX_BUTTONS]),
            knowledge=(entry.id, *(exercise.id for exercise in exercises)),
            thread=entry.id,
            listed=tuple(exercise.id for exercise in exercises),
        )

    def is_it_safe(self, thread: str, conditions: Sequence[Condition]) -> Answer:
        """Return what the entry says about the conditions that a person named, or about everyone's cautions."""
        entry = self._knowledge.entry(thread)
        if not conditions:
            return replace(self._about(entry, self._general_cautions(entry), _SAFE), warns=True)
        parts: list[str] = []
        for condition in conditions:
            if entry.group == "cause":
                # A cause is nothing to do or to leave.
                parts.append(condition.general)
                continue
            exclusions = self._knowledge.exclusions(entry, [condition.id])
            if exclusions:
                why = exclusions[0].why
                parts.append(self._say("safe_excluded", condition=condition.label, title=entry.title, why=why))
            elif condition.see_first:
                parts.append(self._say("safe_see_first", condition=condition.label, title=entry.title))
            else:
                parts.append(self._say("safe_not_listed", condition=condition.label, title=entry.title))
            parts.append(condition.general)
        return replace(self._about(entry, parts), warns=True)

    def what_else(self, thread: str, shown: Collection[str]) -> Answer:
        """Return what is related to an entry and was not shown yet."""
        entry = self._knowledge.entry(thread)
        others = [*self._knowledge.related_to(entry), *self._knowledge.of_group(entry.group)]
        fresh = list(
            dict.fromkeys(o for o in others if o.id not in shown and o.id != thread and not o.id.endswith(".general"))
        )[:MAX_BUTTONS]
        if not fresh:
            return self.menu(self._say("what_else_none", title=entry.title))
        return Answer(
            text=_join([self._say("what_else"), self._numbered(fresh)]),
            buttons=tuple(_entry_button(other) for other in fresh),
            knowledge=tuple(other.id for other in fresh),
            thread=thread,
            listed=tuple(other.id for other in fresh),
        )

    def where_from(self, thread: str) -> Answer:
        """Return the sources of an entry, and who checked it when."""
        entry = self._knowledge.entry(thread)
        sources = "; ".join(
            ", ".join(str(part) for part in (source.body, source.year, source.what) if part) for source in entry.sources
        )
        check = entry.checked
        parts = [
            self._say("sources", title=entry.title, sources=sources),
            self._say("checked", date=check.on, by=check.by)
            + " "
            + (self._say("clinician", clinician=check.clinician) if check.clinician else self._say("no_clinician")),
        ]
        return replace(self._about(entry, parts), warns=True)

    def article(self, text: str) -> Answer:
        """Return the honest answer about an article of which only the title is known."""
        title = self._title_meant(text)
        if title is None:
            titles = "\n".join(f"- {article.title}" for article in self._knowledge.articles)
            return self.menu(self._say("article_unknown", titles=titles))
        return self.menu(self._say("article_title_only", title=title))

    def _title_meant(self, text: str) -> str | None:
        """Return the one title that shares the most with a text; a word that many titles hold counts little."""
        said = _topics_of(text)
        held = {article.title: _topics_of(f"{article.title} {article.about}") for article in self._knowledge.articles}
        shared = {
            title: sum(1 / sum(topic in others for others in held.values()) for topic in topics & said)
            for title, topics in held.items()
        }
        best = sorted(shared, key=lambda title: -shared[title])[:2]
        if not best or shared[best[0]] < _OWN_TOPIC or (len(best) > 1 and shared[best[0]] == shared[best[1]]):
            return None
        return best[0]

    # --- parts of answers ------------------------------------------------------------------------------------

    def _about(self, entry: Entry, parts: Sequence[str], answered: str = "") -> Answer:
        """Return an answer about an entry, with the next steps other than the question just answered."""
        buttons = tuple(button for button in self._buttons_after(entry) if button.payload != answered)
        return Answer(text=_join(parts), buttons=buttons, knowledge=(entry.id,), thread=entry.id)

    def _general_cautions(self, entry: Entry) -> list[str]:
        parts = []
        if entry.cautions:
            # A cause is nothing that one tries.
            how = "safe_cautions_of_cause" if entry.id.startswith("cause.") else "safe_cautions"
            parts.append(self._say(how, title=entry.title, cautions=" ".join(entry.cautions)))
        if entry.not_for:
            labels = [self._knowledge.conditions[exclusion.condition].label for exclusion in entry.not_for]
            parts.append(self._say("safe_left_out_by", conditions=", ".join(labels)))
        return parts or [self._say("safe_nothing", title=entry.title)]

    def _buttons_after(self, entry: Entry) -> tuple[Button, ...]:
        buttons = [Button(self._say("button_why"), _WHY)]
        if entry.how_often or entry.dose:
            buttons.append(Button(self._say("button_how_often"), _HOW_OFTEN))
        if entry.steps:
            buttons.append(Button(self._say("button_safe"), _SAFE))
        buttons += [_entry_button(other) for other in self._knowledge.related_to(entry)]
        return tuple(buttons[:4])

    def _numbered(self, entries: Sequence[Entry]) -> str:
        return "\n".join(
            self._say("overview_line", number=number, title=entry.title, summary=entry.summary)
            for number, entry in enumerate(entries, 1)
        )

    def _steps(self, entry: Entry) -> str:
        return "\n".join(
            self._say("step", number=number, text=step.text, dose=self._dose(step))
            for number, step in enumerate(entry.steps, 1)
        )

    def _dose(self, step: Step) -> str:
        parts = []
        if step.hold_seconds:
            parts.append(self._say("hold_each_side" if step.each_side else "hold_one", seconds=step.hold_seconds))
        if step.repetitions:
            parts.append(self._say("repeat_each_side" if step.each_side else "repeat", count=step.repetitions))
        if step.each_side and not parts:
            parts.append(self._say("each_side"))
        return self._say("dose", parts=", ".join(parts)) if parts else ""

    def _source(self, entry: Entry) -> str:
        named = [source.name for source in entry.sources[:2]]
        return self._say("source", sources="; ".join(named))


def payload(intent: str, **entities: str) -> str:
    """Return what a button sends: an intent with its entities, as Rasa reads it."""
    return f"/{intent}{json.dumps(entities)}" if entities else f"/{intent}"


def _entry_button(entry: Entry) -> Button:
    return Button(entry.title, payload("choose_item", entry=entry.id))


def _topics_of(text: str) -> set[str]:
    """Return the beginnings of the words that tell what a title is about: showers, showering -> show."""
    words = set(re.findall(r"[a-z]{4,}", text.casefold())) - _WORDS_OF_NO_TOPIC
    return {word[:4] for word in words}


def _bare_name(text: str) -> str:
    """Return the words of a text that can name an exercise, joined: what stands around a name is left out."""
    return _singular([word for word in re.findall(r"[\w']+", text.casefold()) if word not in _AROUND_A_NAME])


def _singular(words: Sequence[str]) -> str:
    """Return words joined, each without a plural s, so that "bird-dogs" and "birddog" are the same."""
    return "".join(word.removesuffix("s").replace("'", "") for word in words)


def _join(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _number_in(words: str) -> int | None:
    ordinal = _ORDINAL_ONE.search(words)
    if ordinal:
        return _ORDINALS[ordinal.group(1)]
    digits = _DIGITS.search(words)
    if digits:
        return int(digits.group(1))
    letter = _LETTER.search(words)
    if letter:
        return ord(letter.group(1) or letter.group(2)) - ord("a") + 1
    remaining = _NOT_A_NUMBER.sub(" ", words)
    return next((_ORDINALS[word] for word in re.findall(r"[a-z]+", remaining) if word in _ORDINALS), None)
