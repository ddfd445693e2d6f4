"""Turn a conversation into a test scenario or a story, and say where it contradicts what is there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backstride.studio.project_files import Flow, Step
from backstride.studio.yaml_lines import append_block, scalar
from backstride.vocabulary import ActionName

if TYPE_CHECKING:
    from backstride.studio.corrections import Correction
    from backstride.studio.dialogue import Turn

_SENTENCE = re.compile(r"[^.!?\n]{12,}[.!?]?")
_FRAGMENT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTurn:
    """One turn of a scenario, as the trainer may change it.

    Args:
        key: the key of the person's message.
        said: the words, or the title of the tapped button.
        is_tapped: whether a button was tapped.
        bot: what the person must read; capitals do not count.
        knowledge: the entries that the reply names.
        urgency: the urgency that it names, or "".
        red_flags: the warning signs that it names.
        is_corrected: whether the reply was not the right one, so that the trainer says what should be read.
    """

    key: str
    said: str
    is_tapped: bool
    bot: tuple[str, ...]
    knowledge: tuple[str, ...]
    urgency: str
    red_flags: tuple[str, ...]
    is_corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Where a story and a rule or another story part: the same before, another action then.

    Args:
        other: the rule or story.
        at: the step of the new story, from 0.
        at_other: the step of the other, from 0.
        mine: what the new story does there.
        theirs: what the other does.
    """

    other: Flow
    at: int
    at_other: int
    mine: str
    theirs: str


def kept_turns(turns: Sequence[Turn], corrections: Mapping[str, Correction]) -> list[KeptTurn]:
    """Return what a scenario of a conversation begins with; corrected turns leave open what should be read."""
    kept = []
    for turn in turns:
        message = turn.message
        if message is None or not turn.replies:
            continue
        correction = corrections.get(message.key)
        wrong = correction is not None and bool(correction.intent or correction.action or correction.missed_flags)
        texts = [reply.text for reply in turn.replies if reply.text]
        kept.append(
            KeptTurn(
                key=message.key,
                said=correction.text if correction and correction.text and message.is_typed else message.text,
                is_tapped=not message.is_typed,
                bot=() if wrong else tuple(filter(None, map(_fragment, texts[:2]))),
                knowledge=() if wrong else tuple(dict.fromkeys(k for r in turn.replies for k in r.knowledge)),
                urgency="" if wrong else next((r.urgency for r in turn.replies if r.urgency), ""),
                red_flags=() if wrong else tuple(dict.fromkeys(f for r in turn.replies for f in r.flags)),
                is_corrected=wrong,
            )
        )
    return kept


def add_scenario(text: str, name: str, turns: Iterable[KeptTurn]) -> str:
    """Return a scenario file's text with one more conversation.

    Raises:
        LayoutError: the file is no list of conversations.
    """
    lines = [f"- name: {scalar(name)}", "  turns:"]
    for turn in turns:
        lines.append(f"  - {'tap' if turn.is_tapped else 'user'}: {scalar(turn.said)}")
        for key, values in (("bot", turn.bot), ("knowledge", turn.knowledge), ("red_flags", turn.red_flags)):
            if values:
                lines.append(f"    {key}: [{', '.join(_flow_scalar(value) for value in values)}]")
        if turn.urgency:
            lines.append(f"    urgency: {scalar(turn.urgency)}")
    return append_block(text, None, lines)


def story_steps(turns: Sequence[Turn], corrections: Mapping[str, Correction]) -> tuple[Step, ...]:
    """Return the steps of a conversation as it should have gone; turns of the safety policy are not for stories."""
    steps: list[Step] = []
    for turn in turns:
        if turn.message is None:
            continue
        correction = corrections.get(turn.message.key)
        intent = (correction.intent if correction else "") or turn.message.intent
        actions = [decision.action for decision in turn.decisions]
        if correction and correction.action:
            actions = [correction.action]
        if not intent or any(action in ActionName.SAFETY for action in actions):
            continue
        steps.append(Step(kind="intent", name=intent))
        steps += [Step(kind="action", name=action) for action in actions]
    return tuple(steps)


def add_story(text: str, name: str, steps: Iterable[Step]) -> str:
    """Return a stories file's text with one more story.

    Raises:
        LayoutError: the file does not end with its list of stories.
    """
    lines = [f"  - story: {scalar(name)}", "    steps:", *(f"      - {step.kind}: {step.name}" for step in steps)]
    return append_block(text or 'version: "3.1"\nstories:\n', "stories", lines)


def contradictions(steps: Sequence[Step], flows: Sequence[Flow]) -> list[Contradiction]:
    """Return where a story parts from rules (anywhere in it) and from stories (from their beginning)."""
    found = []
    for flow in flows:
        starts = range(len(steps)) if flow.kind == "rule" else range(min(1, len(steps)))
        # What a rule or story with slots and forms needs cannot be seen from the steps alone.
        if any(step.kind == "other" for step in flow.steps):
            continue
        parted = next((c for at in starts if (c := _parts(steps, at, flow)) is not None), None)
        if parted is not None:
            found.append(parted)
    return found


def _parts(steps: Sequence[Step], begin: int, flow: Flow) -> Contradiction | None:
    for offset, theirs in enumerate(flow.steps):
        if begin + offset >= len(steps):
            return None
        mine = steps[begin + offset]
        if mine == theirs:
            continue
        if offset and mine.kind == theirs.kind == "action":
            return Contradiction(other=flow, at=begin + offset, at_other=offset, mine=mine.name, theirs=theirs.name)
        return None
    return None


def fitting(steps: Sequence[Step], flows: Sequence[Flow]) -> Iterator[Flow]:
    """Yield the rules and stories that a conversation follows."""
    pairs = {(steps[i], steps[i + 1]) for i in range(len(steps) - 1)}
    for flow in flows:
        if len(flow.steps) > 1 and (flow.steps[0], flow.steps[1]) in pairs:
            yield flow


def _fragment(text: str) -> str:
    """Return the first sentence of what was read, short enough to stay true when a word is changed elsewhere."""
    match = _SENTENCE.search(text.replace("**", ""))
    found = (match.group() if match else text).strip()
    # Never in the middle of a word: nobody can tell what it says.
    return found if len(found) <= _FRAGMENT else found[:_FRAGMENT].rpartition(" ")[0].rstrip(" ,;:")


def _flow_scalar(value: str) -> str:
    """Return a text as it can stand between square brackets."""
    return value if re.fullmatch(r"[\w.-]+", value) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
