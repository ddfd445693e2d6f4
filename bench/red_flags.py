"""Which way of recognising warning signs notices most and cries wolf least: what was tried, on the same messages.

    .venv/bin/python -m bench.red_flags

Writes bench/results/red_flags.md. The held-apart messages choose; those of the development set, whose misses were read,
and the blind ones, which nobody who built the recogniser has read, stand beside them, as counts only.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from backstride.evaluation.red_flags import (
    CEILINGS,
    FLOORS,
    FlagMessage,
    FlagReading,
    Share,
    is_urgent_enough,
    measure_flags,
    read_messages,
)
from backstride.language.encoder import Vectors
from backstride.language.red_flag_model import RedFlagModel, labelled_texts, load_phrases
from backstride.language.red_flags import Guess, Thresholds, guesses_of, recognise
from backstride.language.sign_rules import Light, Reading, SignRules, load_language
from backstride.language.text import tidy
from backstride.settings import ROOT
from backstride.triage import RedFlags, State, Urgency, levels, load_red_flags
from bench import report
from bench.examples import Read, read_all, training_examples

MESSAGES = ROOT / "tests" / "red_flags"
# What the sets are called in the report, and their files; the first one chooses.
SETS = {"held apart": "held_apart*.jsonl", "development": "development.jsonl", "blind": "blind.jsonl"}
NOTES = Path(__file__).parent / "red_flags_notes.md"
_NOTHING = Reading(mentions=(), tags=frozenset(), own_tags={})
_OUTRIGHT = "emergency referred at once"
_COMPARED = (
    "emergency answered as emergency",
    _OUTRIGHT,
    "urgent enough",
    "right flag named",
    "emergency noticed in a long message",
    "denied flag raised as present",
    "clean message with an alarm",
    "clean message with a question",
    "clean story with an alarm",
    "clean story with a question",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way of recognising.

    Args:
        name: what it is called in the table.
        model: which classifier, by the names of `_models`; none leaves it out.
        rules: whether the rules are read.
        together: whether a clause is read in the light of the whole message.
        thresholds: which thresholds of config.yml are other ones.
    """

    name: str
    model: str = "as it is"
    rules: bool = True
    together: bool = True
    thresholds: Mapping[str, float] = dataclasses.field(default_factory=dict)


WAYS = (
    Way(name="**as it is**"),
    Way(name="rules alone", model=""),
    Way(name="classifier alone", rules=False),
    Way(name="the encoder's last layer only", model="last layer"),
    Way(name="all four layers", model="all layers"),
    Way(name="no words beside the vectors", model="no words"),
    Way(name="each clause by itself", together=False),
    Way(name="only a rule refers at once", thresholds={"present_emergency": 1.0}),
    Way(name="a guess of 0.8 refers at once", thresholds={"present_emergency": 0.8}),
    Way(name="milder flags: a guess of 0.7 refers at once", thresholds={"present": 0.7}),
    Way(name="asks about an emergency from 0.04", thresholds={"ask_emergency": 0.04}),
    Way(name="asks about an emergency from 0.10", thresholds={"ask_emergency": 0.10}),
    Way(name="asks about an emergency from 0.20", thresholds={"ask_emergency": 0.20}),
    Way(name="asks about milder flags from 0.3", thresholds={"ask": 0.3}),
    Way(name="asks about milder flags from 0.1", thresholds={"ask": 0.1}),
    Way(name="a rule alone always asks", thresholds={"hear_emergency": 0.0, "hear": 0.0}),
    Way(name="a rule alone hardly asks", thresholds={"hear_emergency": 0.03, "hear": 0.1}),
    Way(name="a rule needs no second opinion", thresholds={"confirm_emergency": 0.0, "confirm": 0.0}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A message with all that the ways need of it."""

    message: FlagMessage
    read: Read
    reading: Reading


def thresholds_of_config(path: Path = ROOT / "config.yml") -> Thresholds:
    """Return the thresholds that the assistant runs with."""
    names = {field.name for field in dataclasses.fields(Thresholds)}
    (step,) = (
        step
        for step in yaml.safe_load(path.read_text(encoding="utf-8"))["pipeline"]
        if step["name"].endswith("RedFlagRecognizer")
    )
    return Thresholds(**{name: value for name, value in step.items() if name in names})


def main() -> None:
    """Measure all ways and write the report."""
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--quick", action="store_true", help="leave out the ways that need a classifier of their own")
    quick = cli.parse_args().quick
    ways = [way for way in WAYS if not quick or way.model in {"", WAYS[0].model}]
    rules = SignRules(load_language())
    models = _models(rules, {way.model for way in ways})
    flags = load_red_flags(ROOT / "knowledge")
    cases = {
        name: _cases(messages, rules)
        for name, pattern in SETS.items()
        if (messages := read_messages(MESSAGES, pattern))
    }
    held_apart = next(iter(cases.values()))
    base = thresholds_of_config()
    compared = [(way, _shares(way, models, held_apart, flags, base)) for way in ways]
    reached = {name: _shares(WAYS[0], models, of_set, flags, base) for name, of_set in cases.items()}
    milliseconds = _milliseconds(models["as it is"], rules, held_apart, flags, base)
    text = _report(compared, reached, _missed(models, cases, flags, base), milliseconds)
    print(report.write("red_flags.md", text))


def _models(rules: SignRules, wanted: Collection[str]) -> dict[str, RedFlagModel]:
    phrases = load_phrases()
    messages = dict.fromkeys(tidy(example.text) for example in training_examples())
    said = labelled_texts(phrases, messages)
    ordinary = [text for text in said if text in messages and text not in phrases.flags_of]
    for text in ordinary:
        if any(mention.light is Light.SAID for mention in rules.read(text).mentions):
            del said[text]
    texts = list(said)
    vectors: Vectors = np.array([read.example.vectors[0] for read in read_all(texts)], np.float32)
    settings: dict[str, dict[str, object]] = {
        "as it is": {},
        "last layer": {"layers": (0,)},
        "all layers": {"layers": (0, 1, 2, 3)},
        "no words": {"words_share": 0.0},
    }
    return {
        name: RedFlagModel.fit(texts, vectors, list(said.values()), phrases.flags, **options)  # type: ignore[arg-type]  # two kinds of options
        for name, options in settings.items()
        if name in wanted
    }


def _cases(messages: Sequence[FlagMessage], rules: SignRules) -> list[Case]:
    return [
        Case(message=message, read=read, reading=rules.read(read.example.text))
        for message, read in zip(messages, read_all([message.text for message in messages]), strict=True)
    ]


def _guesses(model: RedFlagModel, read: Read, *, together: bool = True) -> tuple[Guess, ...]:
    text = read.example.text
    clauses = read.clauses if len(read.clauses) > 1 else ()
    parts = [(text, 0, len(text)), *((clause.text, clause.start, clause.end) for clause in clauses)]
    guesses = guesses_of(model.flags, parts, model.probabilities([part[0] for part in parts], read.example.vectors))
    return guesses if together else tuple(dataclasses.replace(guess, probabilities=guess.alone) for guess in guesses)


def _readings(
    way: Way, models: Mapping[str, RedFlagModel], cases: Sequence[Case], flags: RedFlags, base: Thresholds
) -> list[tuple[FlagReading, ...]]:
    thresholds = dataclasses.replace(base, **way.thresholds)
    if not way.model:
        # Without a second opinion the rules must be taken at their word.
        thresholds = dataclasses.replace(
            thresholds, confirm_emergency=0.0, confirm=0.0, hear_emergency=0.0, hear=0.0, ask=1.0, ask_emergency=1.0
        )
    found = []
    for case in cases:
        guesses = _guesses(models[way.model], case.read, together=way.together) if way.model else ()
        signs = recognise(case.reading if way.rules else _NOTHING, guesses, flags, thresholds)
        level = levels(signs, flags)
        found.append(
            tuple(FlagReading(id=sign.flag, state=sign.state.value, urgency=level[sign.flag]) for sign in signs)
        )
    return found


def _shares(
    way: Way, models: Mapping[str, RedFlagModel], cases: Sequence[Case], flags: RedFlags, base: Thresholds
) -> dict[str, Share]:
    readings = _readings(way, models, cases, flags, base)
    messages = [case.message for case in cases]
    outright = [
        any(flag.state == State.PRESENT.value and flag.urgency is Urgency.EMERGENCY_NOW for flag in read)
        for message, read in zip(messages, readings, strict=True)
        if message.kind == "red_flag" and message.is_emergency
    ]
    shares = dict(measure_flags(messages, readings).shares)
    return {**shares, _OUTRIGHT: Share(hits=sum(outright), tries=len(outright))}


def _missed(
    models: Mapping[str, RedFlagModel], cases: Mapping[str, Sequence[Case]], flags: RedFlags, base: Thresholds
) -> list[tuple[str, ...]]:
    """Return, for each flag and set, what is not answered urgently enough, and how many clean messages hear it."""
    rows: dict[str, list[str]] = {flag.id: [flag.id] for flag in flags.flags}
    for of_set in cases.values():
        missed: Counter[str] = Counter()
        tried: Counter[str] = Counter()
        heard: Counter[str] = Counter()
        for case, read in zip(of_set, _readings(WAYS[0], models, of_set, flags, base), strict=True):
            message = case.message
            if message.kind in {"red_flag", "long"} and message.flag:
                tried[message.flag] += 1
                missed[message.flag] += not is_urgent_enough(message, read)
            elif message.kind in {"clean", "story"}:
                heard.update(flag.id for flag in read if flag.is_noticed)
        for flag, row in rows.items():
            row.extend([f"{missed[flag]} of {tried[flag]}", str(heard[flag])])
    return [tuple(row) for row in rows.values()]


def _milliseconds(
    model: RedFlagModel, rules: SignRules, cases: Sequence[Case], flags: RedFlags, base: Thresholds
) -> report.Latency:
    """Return what the recogniser adds to a message: rules, classifier and judgement, without the encoder."""
    taken = []
    for case in cases:
        started = time.perf_counter()
        recognise(rules.read(case.read.example.text), _guesses(model, case.read), flags, base)
        taken.append((time.perf_counter() - started) * 1000)
    return report.latency(taken)


def _report(
    compared: Sequence[tuple[Way, Mapping[str, Share]]],
    reached: Mapping[str, Mapping[str, Share]],
    missed: Sequence[tuple[str, ...]],
    milliseconds: report.Latency,
) -> str:
    wanted = {**FLOORS, **CEILINGS}
    rows = [
        (what, _wanted(what, wanted), *(_told(shares.get(what)) for shares in reached.values())) for what in _COMPARED
    ]
    heads = [head for name in reached for head in (f"missed, {name}", f"heard in clean ones, {name}")]
    tried = [(way.name, *(_count(shares, what) for what in _COMPARED)) for way, shares in compared]
    return f"""# Warning signs: what is reached, and what was tried

{report.conditions()}

Made by `python -m bench.red_flags`. The figures in brackets are the 95 % interval (Wilson 1927).

## Reached

The held-apart messages helped to choose the thresholds. Those of the development set were blind until their misses were
read; the blind ones, where they have a column, were written by somebody else and read by nobody who builds the
recogniser.

{report.table(("what", "ceiling or floor", *reached), rows, texts=1)}
The recogniser adds {milliseconds} ms to a message (p50 / p95; rules, classifier and judgement, without the encoder).

## Tried

Counts on the held-apart messages. Each way differs from the first line in what its name says.

{report.table(("way", *_COMPARED), tried)}
## Still missed

For each flag and set: short and long messages whose answer is not urgent enough, and how many clean messages and
stories name the flag or ask about it.

{report.table(("flag", *heads), missed)}
{NOTES.read_text(encoding="utf-8")}"""


def _wanted(what: str, wanted: Mapping[str, float]) -> str:
    if what not in wanted:
        return "-"
    return f"{'≥' if what in FLOORS else '≤'} {wanted[what]:.2f}"


def _told(share: Share | None) -> str:
    if share is None or not share.tries:
        return "-"
    low, high = share.interval
    return f"{share.hits} of {share.tries} = {share.value:.3f} ({low:.3f} to {high:.3f})"


def _count(shares: Mapping[str, Share], what: str) -> str:
    return f"{shares[what].hits}/{shares[what].tries}" if what in shares else "-"


if __name__ == "__main__":
    main()
