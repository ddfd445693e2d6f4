"""Compare classifiers on the same data, and draw the curves that the thresholds are chosen from.

    python -m bench.understanding

Every classifier learns the project's examples (data/*/nlu.yml) and is scored twice: by cross-validation on those
examples, and on the held-apart messages (tests/nlu/test_set.yml). Nothing is chosen by the held-apart messages. Of the
blind set (tests/nlu/blind_set.yml) only figures over all of it are told, of the project's own model.
"""

# ruff: noqa: PLC0415  # Rasa takes seconds to import, after the libraries' settings
from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import yaml
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold

from backstride.language.intent_model import Example, IntentModel
from backstride.language.text import tidy
from backstride.settings import ROOT, set_library_defaults
from bench import pictures, report, several
from bench.classifiers import Choice, Model, choices
from bench.examples import (
    BLIND,
    Labelled,
    held_apart,
    near_and_far,
    read_all,
    training_examples,
)
from bench.scores import (
    TURNED_AWAY,
    Point,
    Quality,
    Reading,
    Scores,
    bands_of,
    confusions,
    curve_of,
    last_within,
    lowest_band,
    lowest_reaching,
    quality_of,
    readings_of,
    with_bias,
)

FOLDS = 4
_SEED = 20
_ECE_AT_MOST = 0.05
_TURNED_AWAY_AT_MOST = 0.04
THRESHOLDS = tuple(round(0.05 * i, 2) for i in range(19))
BIASES = tuple(round(0.25 * i - 1, 2) for i in range(15))
_EDGES = tuple(round(0.05 * i, 2) for i in range(21))
_BLIND_FIGURES = ("accuracy", "macro_f1", "first_three", "rejected", "ece")
# What the three thresholds are to guarantee, in shares of messages.
RIGHT_AMONG_THREE = 2 / 3
RIGHT_MORE_OFTEN_THAN_NOT = 0.5
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Confidences at which the dialogue behaves differently; None where no confidence earns it.

    Args:
        not_understood: below it not even the first three readings are worth offering.
        did_you_mean: below it the best reading is wrong more often than right: ask instead of answering.
        sure: from it on the answers are right 19 times in 20.
    """

    not_understood: float | None
    did_you_mean: float | None
    sure: float | None


@dataclass(frozen=True, slots=True)
class _Data:
    """Messages with their vectors and intents."""

    examples: list[Example]
    intents: list[str]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a classifier made of the data: probabilities of unseen training examples and of held-apart messages."""

    name: str
    intents: list[str]
    seconds: float
    crossed: Scores
    held_apart: Scores
    model: Model


def main() -> None:
    """Run the comparison and write the report."""
    parser = argparse.ArgumentParser(prog="python -m bench.understanding", description=__doc__.partition("\n")[0])
    parser.add_argument("--only-ours", action="store_true", help="leave the other classifiers out: a quick look")
    options = parser.parse_args()
    set_library_defaults()
    warnings.simplefilter("ignore", ConvergenceWarning)
    training, messages = training_examples(), held_apart()
    seen, unseen = _prepare(training), _prepare(messages)
    outcomes = []
    for choice in choices():
        if options.only_ours and choice.fit != IntentModel.fit:
            continue
        outcomes.append(_try(choice, seen, unseen))
        print(f"{choice.name}: {outcomes[-1].seconds:.0f} s", flush=True)
    ours = next(outcome for outcome in outcomes if "(ours)" in outcome.name)
    model = cast("IntentModel", ours.model)
    text = "\n".join(
        [
            "# Understanding\n",
            f"{report.conditions()}\n",
            _about(training, messages),
            _comparison(outcomes, seen, unseen, messages),
            _curves(ours, seen, unseen),
            several.report_on(model, seen.examples, seen.intents, messages, component_settings()),
            _mistakes(ours, unseen, training),
            _blind(model),
            (ROOT / "bench" / "tried.md").read_text(encoding="utf-8"),
        ]
    )
    print(text)
    print(f"Written to {report.write('understanding.md', text)}")


def component_settings() -> dict[str, Any]:
    """Return the settings that config.yml gives the intent classifier, with the component's own defaults."""
    from backstride.language.classifier import MessageClassifier

    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    own = next(component for component in pipeline if component["name"].endswith(".MessageClassifier"))
    return {**MessageClassifier.get_default_config(), **own}


def choose_thresholds(readings: Sequence[Reading], truths: Sequence[str]) -> Thresholds:
    """Choose the three thresholds from readings of messages that the model had not seen."""
    bands = bands_of(readings, truths, _EDGES)
    offered = lowest_band(bands, lambda band: band.first_three >= RIGHT_AMONG_THREE)
    answered = lowest_band(bands, lambda band: band.accuracy >= RIGHT_MORE_OFTEN_THAN_NOT)
    sure = lowest_reaching(curve_of(readings, truths, THRESHOLDS), accuracy=SURE)
    return Thresholds(
        offered.low if offered else None, answered.low if answered else None, sure.threshold if sure else None
    )


def _prepare(messages: Sequence[Labelled]) -> _Data:
    read = read_all([message.text for message in messages])
    return _Data([one.example for one in read], [message.intent for message in messages])


def _try(choice: Choice, seen: _Data, unseen: _Data) -> _Outcome:
    started = time.perf_counter()
    model = choice.fit(seen.examples, seen.intents)
    seconds = time.perf_counter() - started
    crossed = np.zeros((len(seen.intents), len(model.intents)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=_SEED)
    for learn, check in folds.split(np.zeros(len(seen.intents)), seen.intents):
        part = choice.fit([seen.examples[i] for i in learn], [seen.intents[i] for i in learn])
        crossed[check] = part.probabilities([seen.examples[i] for i in check])
    return _Outcome(choice.name, list(model.intents), seconds, crossed, model.probabilities(unseen.examples), model)


def _about(training: Sequence[Labelled], messages: Sequence[Labelled]) -> str:
    known = {tidy(example.text).lower() for example in training}
    both = sum(tidy(message.text).lower() in known for message in messages)
    return (
        f"Learned from {len(training)} examples of {len({e.intent for e in training})} intents; scored on "
        f"{len(messages)} held-apart messages ({both} of them, such as a bare greeting, are also training examples), "
        f"and by {FOLDS}-fold cross-validation of the examples. Many examples are written to lie at the border between "
        "two intents, so that cross-validation reads lower than messages of the usual mix.\n"
    )


def _comparison(outcomes: Sequence[_Outcome], seen: _Data, unseen: _Data, messages: Sequence[Labelled]) -> str:
    near, far = near_and_far(messages)
    rows = []
    for outcome in outcomes:
        apart = readings_of(outcome.intents, outcome.held_apart)
        crossed = quality_of(readings_of(outcome.intents, outcome.crossed), seen.intents)
        rows.append(
            [
                outcome.name,
                *_cells(quality_of(apart, unseen.intents), ("accuracy", "macro_f1", "first_three")),
                f"{_noticed(apart, near):.2f} / {_noticed(apart, far):.2f}",
                *_cells(quality_of(apart, unseen.intents), ("rejected", "ece")),
                *_cells(crossed, ("accuracy", "macro_f1", "noticed", "rejected", "ece")),
                f"{outcome.seconds:.0f}",
            ]
        )
    head = [
        "classifier",
        *("accuracy", "macro F1", "first three", "stray noticed, nearer / farther half", "others turned away", "ECE"),
        *("accuracy, cv", "macro F1, cv", "stray noticed, cv", "others turned away, cv", "ECE, cv"),
        "train s",
    ]
    return (
        "## Classifiers\n\n"
        "Surest intent, before any threshold or bias. *Stray noticed*: out-of-scope messages read as such, of the half "
        "of them that lies nearer to the assistant's topics and of the other; *others turned away*: messages in scope "
        "read as out of scope; *ECE*: expected calibration error (15 bands); *cv*: cross-validation. The SVMs' margins "
        "become confidences by one temperature, fitted on a fifth held out.\n\n"
        f"{report.table(head, rows)}"
    )


def _cells(quality: Quality, names: Sequence[str]) -> list[str]:
    return [f"{getattr(quality, name):.3f}" for name in names]


def _noticed(readings: Sequence[Reading], places: Sequence[int]) -> float:
    return sum(readings[i].answered in TURNED_AWAY for i in places) / max(1, len(places))


def _curves(ours: _Outcome, seen: _Data, unseen: _Data) -> str:
    settings = component_settings()
    bias, reject_below = float(settings["out_of_scope_bias"]), float(settings["reject_below"])
    crossed = readings_of(ours.intents, with_bias(ours.intents, ours.crossed, bias))
    apart = readings_of(ours.intents, with_bias(ours.intents, ours.held_apart, bias))
    crossed_points = curve_of(crossed, seen.intents, THRESHOLDS)
    apart_points = curve_of(apart, unseen.intents, THRESHOLDS)
    chosen = choose_thresholds(crossed, seen.intents)
    pictures.draw_confidence(
        report.RESULTS / "confidence.svg",
        crossed_points,
        apart_points,
        {
            "not understood": chosen.not_understood,
            "did you mean": chosen.did_you_mean,
            "sure": chosen.sure,
        },
    )
    bands = bands_of(crossed, seen.intents, _EDGES)
    apart_bands = bands_of(apart, unseen.intents, _EDGES)
    pictures.draw_reliability(report.RESULTS / "reliability.svg", bands, apart_bands)
    return "\n".join(
        [
            "## Confidence\n",
            _verdict(ours, seen, unseen, bias),
            "![What a threshold does](confidence.svg)\n\n![Confidence and accuracy](reliability.svg)\n",
            f"Thresholds, chosen by cross-validation with the bias of config.yml ({bias:g}), in bands of 0.05:\n",
            _chosen(chosen, reject_below),
            "A message is answered where its confidence reaches the threshold and it is not read as out of scope.\n",
            _point_table(crossed_points, apart_points),
            _bias_section(ours, seen, unseen, reject_below, bias),
        ]
    )


def _verdict(ours: _Outcome, seen: _Data, unseen: _Data, bias: float) -> str:
    def error(scores: Scores, truths: list[str], shift: float) -> float:
        return quality_of(readings_of(ours.intents, with_bias(ours.intents, scores, shift)), truths).ece

    crossed, with_shift = error(ours.crossed, seen.intents, 0.0), error(ours.crossed, seen.intents, bias)
    verdict = "within" if max(crossed, with_shift) <= _ECE_AT_MOST else "**above**"
    apart = readings_of(ours.intents, with_bias(ours.intents, ours.held_apart, bias))
    quality = quality_of(apart, unseen.intents)
    mean = sum(reading.confidence for reading in apart) / len(apart)
    return (
        f"Expected calibration error by cross-validation: {crossed:.3f}, and {with_shift:.3f} with the out-of-scope "
        f"bias: {verdict} the {_ECE_AT_MOST} asked for. On the held-apart messages: {quality.ece:.3f}, where the mean "
        f"confidence is {mean:.3f} and {quality.accuracy:.3f} are read rightly.\n"
    )


def _chosen(chosen: Thresholds, reject_below: float) -> str:
    def value(threshold: float | None) -> str:
        return "none" if threshold is None else f"{threshold:.2f}"

    return report.table(
        ["threshold", "chosen", "why"],
        [
            [
                "not understood (`reject_below`)",
                f"{value(chosen.not_understood)} (config.yml: {reject_below:g})",
                "from here up the right intent is among the first three in at least two messages of three, so that "
                "offering them helps",
            ],
            [
                "did you mean",
                value(chosen.did_you_mean),
                "from here up the best reading is right more often than not, so that answering beats asking",
            ],
            ["sure", value(chosen.sure), "of all messages from here up, at least 19 answers in 20 are right"],
        ],
        texts=3,
    )


def _point_table(crossed: Sequence[Point], apart: Sequence[Point]) -> str:
    head = [
        "threshold",
        *("answered, cv", "accuracy, cv", "stray noticed, cv", "others turned away, cv"),
        *("answered", "accuracy", "stray noticed", "others turned away"),
    ]
    rows = [
        [f"{c.threshold:.2f}", *_point_cells(c), *_point_cells(a)]
        for c, a in list(zip(crossed, apart, strict=True))[::2]
    ]
    return report.table(head, rows)


def _point_cells(point: Point) -> list[str]:
    return [f"{share:.3f}" for share in (point.answered, point.accuracy, point.noticed, point.rejected)]


def _bias_section(ours: _Outcome, seen: _Data, unseen: _Data, reject_below: float, bias: float) -> str:
    def points(scores: Scores, truths: list[str]) -> list[Point]:
        return [
            curve_of(readings_of(ours.intents, with_bias(ours.intents, scores, shift)), truths, [reject_below])[0]
            for shift in BIASES
        ]

    crossed, apart = points(ours.crossed, seen.intents), points(ours.held_apart, unseen.intents)
    chosen = BIASES[last_within(crossed, rejected=_TURNED_AWAY_AT_MOST)]
    pictures.draw_bias(report.RESULTS / "out_of_scope_bias.svg", BIASES, crossed, apart, chosen)
    head = ["bias", "stray noticed, cv", "others turned away, cv", "stray noticed", "others turned away"]
    rows = [
        [f"{shift:g}", *(f"{share:.3f}" for share in (c.noticed, c.rejected, a.noticed, a.rejected))]
        for shift, c, a in zip(BIASES, crossed, apart, strict=True)
    ]
    return (
        "### Bias for out of scope\n\n"
        "![Bias](out_of_scope_bias.svg)\n\n"
        f"{chosen:g} is the most that turns away no more than {_TURNED_AWAY_AT_MOST:.0%} of the messages in scope by "
        f"cross-validation, with messages below `reject_below` among them. config.yml uses {bias:g}.\n\n"
        f"{report.table(head, rows)}"
    )


def _mistakes(ours: _Outcome, unseen: _Data, training: Sequence[Labelled]) -> str:
    bias = float(component_settings()["out_of_scope_bias"])
    readings = readings_of(ours.intents, with_bias(ours.intents, ours.held_apart, bias))
    rows = confusions(readings, unseen.intents, 10)
    known = {tidy(example.text).lower() for example in training}
    new = [i for i, example in enumerate(unseen.examples) if example.text.lower() not in known]
    quality = quality_of([readings[i] for i in new], [unseen.intents[i] for i in new])
    return (
        "## Commonest mistakes on the held-apart messages\n\n"
        f"{report.table(['meant', 'read', 'messages'], [[f'`{m}`', f'`{r}`', n] for m, r, n in rows], texts=2)}\n"
        f"Accuracy on the {len(new)} messages that are no training examples too: {quality.accuracy:.3f}.\n"
    )


def _blind(model: IntentModel) -> str:
    """Read the blind set as the assistant does, and tell figures over all of it."""
    settings = component_settings()
    messages = held_apart(BLIND)
    unseen = _prepare(messages)
    probabilities = with_bias(model.intents, model.probabilities(unseen.examples), float(settings["out_of_scope_bias"]))
    readings = readings_of(model.intents, probabilities, reject_below=float(settings["reject_below"]))
    quality = quality_of(readings, unseen.intents)
    near, far = near_and_far(messages)
    rows = [[f"{getattr(quality, name):.3f}" for name in _BLIND_FIGURES]]
    rows[0] += [f"{_noticed(readings, near):.3f} of {len(near)}", f"{_noticed(readings, far):.3f} of {len(far)}"]
    head = ["accuracy", "macro F1", "first three", "others turned away", "ECE", "stray noticed, nearer half", "farther"]
    return (
        "## The blind set\n\n"
        f"{len(messages)} messages by an author who had seen neither the training examples nor the other set; "
        "nobody who works on the intents has read them, and nothing was chosen by them.\n\n"
        f"{report.table(head, rows, texts=0)}"
    )


if __name__ == "__main__":
    main()
