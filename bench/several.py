"""Several questions in one message: how well `other_intents` names them, and the settings that follow from that."""

# ruff: noqa: PLC0415  # Rasa takes seconds to import, after the libraries' settings
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from backstride.language.intent_model import Example, IntentModel
from backstride.vocabulary import TOPIC_GROUPS, Intent
from bench import report
from bench.examples import (
    BLIND_MULTI_TOPIC,
    SEVERAL_QUESTIONS,
    Labelled,
    SeveralTopics,
    held_apart_with_several_topics,
    read_all,
)
from bench.scores import Scores, with_bias

_SEED = 20
_LEFT_OUT = 0.2
# A message of several questions counts as so many of one question: there are far fewer of them.
_WEIGHT = 4.0
_STRENGTH = 30.0
_FOLDS = 5
THRESHOLDS = (0.05, 0.1, 0.13, 0.15, 0.2, 0.25, 0.3, 0.4)


@dataclass(frozen=True, slots=True)
class Named:
    """What was made of a message: the intent, the other intents listed, and the questions that it really holds."""

    intent: str
    others: frozenset[str]
    asked: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Topics:
    """Topics that messages might ask about beside their intent, one a row."""

    signs: Scores  # rows x 3
    asked: NDArray[np.bool_]
    message: NDArray[np.intp]  # which message each row belongs to
    names: list[str]
    intents: list[str]  # of each message


def report_on(
    model: IntentModel,
    examples: Sequence[Example],
    intents: Sequence[str],
    single: Sequence[Labelled],
    settings: Mapping[str, Any],
) -> str:
    """Return the section of the report: the settings' fit, and the figures of the component as it is served.

    Args:
        model: what was learned from all examples.
        examples: what was learned.
        intents: what each of them means.
        single: held-apart messages that ask one thing.
        settings: of the component.
    """
    fitted, curve = _fit(examples, intents, float(settings["out_of_scope_bias"]))
    return "\n".join(
        [
            "## Several questions in one message\n",
            "Settings chosen on bench/several_questions.yml, by cross-validation over its messages, with the left-out "
            "fifth of the training examples as messages of one question. A topic is listed where a logistic regression "
            f"of three signs says so; fitted anew it is {fitted}.\n",
            curve,
            _served(model, single, settings),
        ]
    )


def figures_of(messages: Sequence[Named]) -> list[list[str]]:
    """Return the rows of the table that says how well further questions are named."""
    further = sum(len(message.asked - {message.intent}) for message in messages)
    found = sum(len(message.others & message.asked) for message in messages)
    listed = sum(len(message.others) for message in messages)
    two = sum(len({message.intent, *message.others} & message.asked) > 1 for message in messages)
    answered = sum(message.intent in message.asked for message in messages)
    return [
        ["the intent is one of the questions", f"{answered} of {len(messages)}"],
        ["questions beside the intent that are listed (recall)", _share(found, further)],
        ["listed intents that were asked for (precision)", _share(found, listed)],
        ["messages of which two questions are named", _share(two, len(messages))],
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / max(1, whole):.2f})"


def _fit(examples: Sequence[Example], intents: Sequence[str], bias: float) -> tuple[str, str]:
    from backstride.language.classifier import OTHERS_CONSTANT, OTHERS_WEIGHTS

    labels = np.array(intents)
    learn, left_out = train_test_split(np.arange(len(labels)), test_size=_LEFT_OUT, random_state=_SEED, stratify=labels)
    model = IntentModel.fit([examples[i] for i in learn], [intents[i] for i in learn])
    several = held_apart_with_several_topics(SEVERAL_QUESTIONS)
    ours = _topics_of(model, [m.text for m in several], [{m.main, *m.also} for m in several], bias)
    single = [i for i in left_out if _is_topic(intents[i])]
    others = _topics_of(model, [examples[i].text for i in single], [{intents[i]} for i in single], bias)

    probabilities = np.zeros(len(ours.asked))
    for fold in range(_FOLDS):
        unseen = ours.message % _FOLDS == fold
        regression = _regression(ours.signs[~unseen], ours.asked[~unseen], others.signs)
        probabilities[unseen] = regression.predict_proba(ours.signs[unseen])[:, 1]
    whole = _regression(ours.signs, ours.asked, others.signs)
    of_single = whole.predict_proba(others.signs)[:, 1]
    rows = [
        [
            f"{threshold:g}",
            *(cell for _, cell in figures_of(_named(ours, probabilities, several, threshold))[1:]),
            _share(len(set(others.message[of_single >= threshold])), len(single)),
        ]
        for threshold in THRESHOLDS
    ]
    head = [
        "`other_above`",
        "recall",
        "precision",
        "two questions named",
        "messages of one question with a topic listed",
    ]
    weights = ", ".join(f"{weight:.1f}" for weight in whole.coef_[0])
    used = ", ".join(f"{weight:g}" for weight in OTHERS_WEIGHTS)
    return (
        f"{weights} and {whole.intercept_[0]:.2f} (in use: {used} and {OTHERS_CONSTANT:g})",
        report.table(head, rows),
    )


def _regression(several: Scores, asked: NDArray[np.bool_], single: Scores) -> Any:
    rows = np.concatenate([several, single])
    labels = np.concatenate([asked, np.zeros(len(single), bool)])
    weights = np.concatenate([np.full(len(several), _WEIGHT), np.ones(len(single))])
    return LogisticRegression(C=_STRENGTH, max_iter=3000).fit(rows, labels, sample_weight=weights)


def _topics_of(model: IntentModel, texts: Sequence[str], asked: Sequence[set[str]], bias: float) -> _Topics:
    from backstride.language.classifier import signs_of_others

    signs, is_asked, owner, names, best = [], [], [], [], []
    for place, (read, questions) in enumerate(zip(read_all(texts), asked, strict=True)):
        whole = read.example
        parts = [whole]
        if len(whole.vectors) > 1:
            parts += [
                Example(clause.text, whole.vectors[row : row + 1]) for row, clause in enumerate(read.clauses, start=1)
            ]
        readings = model.read(parts)
        probabilities = with_bias(model.intents, readings.probabilities, bias)
        best.append(model.intents[int(probabilities[0].argmax())])
        for name, row in zip(model.intents, signs_of_others(probabilities, readings.estimates), strict=True):
            if _is_topic(name) and name != best[-1]:
                signs.append(row)
                is_asked.append(name in questions)
                owner.append(place)
                names.append(name)
    return _Topics(np.array(signs), np.array(is_asked), np.array(owner), names, best)


def _named(topics: _Topics, probabilities: Scores, messages: Sequence[SeveralTopics], threshold: float) -> list[Named]:
    return [
        Named(
            intent,
            frozenset(
                topics.names[row] for row in np.flatnonzero((topics.message == place) & (probabilities >= threshold))
            ),
            frozenset({message.main, *message.also}),
        )
        for place, (intent, message) in enumerate(zip(topics.intents, messages, strict=True))
    ]


def _is_topic(intent: str) -> bool:
    return intent.partition("_")[0] in TOPIC_GROUPS


def _served(model: IntentModel, single: Sequence[Labelled], settings: Mapping[str, Any]) -> str:
    """Read messages with the components that the assistant uses."""
    from rasa.shared.nlu.constants import INTENT
    from rasa.shared.nlu.training_data.message import Message

    from backstride.language.classifier import OTHER_INTENTS, MessageClassifier
    from backstride.language.featurizer import SentenceFeaturizer

    nothing = cast("Any", None)
    classifier = MessageClassifier(dict(settings), nothing, nothing, model)
    featurizer = SentenceFeaturizer("featurizer", {})

    def read(texts: Sequence[str]) -> list[tuple[str, frozenset[str]]]:
        made = classifier.process(featurizer.process([Message.build(text) for text in texts]))
        return [(m.get(INTENT)["name"], frozenset(o["name"] for o in m.get(OTHER_INTENTS) or [])) for m in made]

    def named(messages: Sequence[SeveralTopics]) -> list[Named]:
        read_as = read([message.text for message in messages])
        return [
            Named(intent, others, frozenset({message.main, *message.also}))
            for message, (intent, others) in zip(messages, read_as, strict=True)
        ]

    apart, blind = held_apart_with_several_topics(), held_apart_with_several_topics(BLIND_MULTI_TOPIC)
    rows = [
        [what, of_apart, of_blind]
        for (what, of_apart), (_, of_blind) in zip(figures_of(named(apart)), figures_of(named(blind)), strict=True)
    ]
    in_scope = read([message.text for message in single if message.intent != Intent.OUT_OF_SCOPE])
    with_others = sum(bool(others) for _, others in in_scope)
    return (
        f"As served, with `other_above` at {settings['other_above']:g}:\n\n"
        f"{report.table(['', 'held apart', 'blind'], rows)}\n"
        f"Held-apart messages with one question that have another topic listed: "
        f"{_share(with_others, len(in_scope))}.\n"
    )
