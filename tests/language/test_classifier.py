"""The intent classifier as a Rasa component, on tiny data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backstride.language.classifier import OTHER_INTENTS, RANKING, MessageClassifier, with_question
from backstride.language.clauses import clauses_of
from backstride.language.featurizer import CLAUSES, LAYER_VECTORS, TIDY_TEXT

SAID = {
    "greet": ["hello", "hello there", "hi hello", "good morning hello", "hello you"],
    "relief_heat": ["is heat good", "heat or ice", "a heat pack", "does heat help", "heat on my back"],
    "relief_massage": ["massage please", "is massage good", "a massage now", "does massage help", "massage my back"],
    "out_of_scope": ["bake me bread", "bread please", "bread and butter", "more bread", "bread now"],
}
TOPIC_WORDS = {"hello": 0, "heat": 1, "massage": 2, "bread": 3}


def vector_of(text: str) -> np.ndarray[Any, Any]:
    """A stand-in for the sentence encoder: a direction for each topic word that a text holds."""
    vector = np.full(384, 0.01)
    for word, direction in TOPIC_WORDS.items():
        if word in text:
            vector[direction] += 1
    return vector / np.linalg.norm(vector)


def message(text: str, intent: str | None = None) -> Message:
    clauses = clauses_of(text)
    texts = [text, *([clause.text for clause in clauses] if len(clauses) > 1 else [])]
    vectors = np.stack([vector_of(part) for part in texts]).astype(np.float32)
    data = {TEXT: text, TIDY_TEXT: text, CLAUSES: clauses, LAYER_VECTORS: vectors}
    return Message({**data, INTENT: intent} if intent else data)


class Stored:
    """A classifier with the place that it is stored in."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self._config = MessageClassifier.get_default_config() | config
        self._place = (LocalModelStorage(folder), Resource("classifier"), ExecutionContext(GraphSchema({}), "model"))

    def train(self) -> MessageClassifier:
        classifier = MessageClassifier.create(self._config, *self._place)
        examples = [message(text, intent) for intent, texts in SAID.items() for text in texts]
        classifier.train(TrainingData([*examples, Message({TEXT: "no intent"})]))
        return classifier

    def load(self, **config: Any) -> MessageClassifier:
        return MessageClassifier.load(self._config | config, *self._place)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    it = Stored(tmp_path_factory.mktemp("model"))
    it.train()
    return it


def read(classifier: MessageClassifier, text: str) -> Message:
    (it,) = classifier.process([message(text)])
    return it


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hello hello", "greet"),
        ("heat?", "relief_heat"),
        ("some massage", "relief_massage"),
        ("bread!", "out_of_scope"),
    ],
)
def test_a_message_gets_its_intent(stored: Stored, text: str, intent: str) -> None:
    it = read(stored.load(), text)

    assert it.get(INTENT)["name"] == intent
    assert it.get(INTENT)["confidence"] == it.get(RANKING)[0]["confidence"]


def test_the_ranking_goes_from_sure_to_unsure_and_adds_up(stored: Stored) -> None:
    ranking = read(stored.load(), "is heat good").get(RANKING)
    shares = [reading["confidence"] for reading in ranking]

    assert {reading["name"] for reading in ranking} == set(SAID)
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)


def test_what_was_found_is_told_to_others(stored: Stored) -> None:
    told = read(stored.load(), "hello. is heat good").as_dict(only_output_properties=True)

    assert {INTENT, RANKING, OTHER_INTENTS} <= set(told)


def test_an_unsure_reading_counts_as_not_understood(stored: Stored) -> None:
    it = read(stored.load(reject_below=0.99), "is it any good")

    assert it.get(RANKING)[0]["confidence"] < 0.99
    assert it.get(INTENT)["name"] == "nlu_fallback"
    assert it.get(RANKING)[0]["name"] != "nlu_fallback"


def test_a_message_that_was_not_encoded_is_not_understood(stored: Stored) -> None:
    (it,) = stored.load().process([Message({TEXT: ""})])

    assert it.get(INTENT) == {"name": "nlu_fallback", "confidence": 0.0}
    assert it.get(RANKING) == []


def test_a_message_of_which_tidying_leaves_nothing_is_not_understood(stored: Stored) -> None:
    it = message("heat")
    it.set(TIDY_TEXT, "")
    stored.load().process([it])
    assert it.get(INTENT) == {"name": "nlu_fallback", "confidence": 0.0}


def test_the_bias_moves_what_is_out_of_scope(stored: Stored) -> None:
    def share(bias: float) -> float:
        ranking = read(stored.load(out_of_scope_bias=bias), "heat and bread").get(RANKING)
        return float(next(reading["confidence"] for reading in ranking if reading["name"] == "out_of_scope"))

    assert share(-3) < share(0) < share(3)


def test_other_topics_of_a_message_are_found_in_its_clauses(stored: Stored) -> None:
    it = read(stored.load(other_above=0.4), "hello hello hello hello. is heat any good. is massage any good")

    others = {other["name"] for other in it.get(OTHER_INTENTS)} | {it.get(INTENT)["name"]}
    assert {"relief_heat", "relief_massage"} <= others
    assert "greet" not in {other["name"] for other in it.get(OTHER_INTENTS)}


def test_two_topics_in_one_clause_are_both_named(stored: Stored) -> None:
    it = read(stored.load(other_above=0.1), "is heat or massage good")

    named = {it.get(INTENT)["name"], *(other["name"] for other in it.get(OTHER_INTENTS))}
    assert {"relief_heat", "relief_massage"} <= named


def test_what_is_listed_goes_from_sure_to_unsure_above_the_threshold(stored: Stored) -> None:
    for above in (0.0, 0.1, 0.5):
        listed = read(stored.load(other_above=above), "heat. massage. bread").get(OTHER_INTENTS)
        shares = [other["confidence"] for other in listed]
        assert shares == sorted(shares, reverse=True)
        assert all(share >= above for share in shares)


def test_a_message_of_one_question_has_no_other_topic(stored: Stored) -> None:
    assert read(stored.load(), "is heat good").get(OTHER_INTENTS) == []


def test_training_twice_gives_identical_predictions(stored: Stored, tmp_path: Path) -> None:
    again = Stored(tmp_path).train()

    for text in ("is heat good", "hello bread", "zzz"):
        assert read(again, text).get(RANKING) == read(stored.load(), text).get(RANKING)


def test_before_training_it_has_no_opinion(tmp_path: Path) -> None:
    it = Stored(tmp_path)
    untrained = MessageClassifier.create(it._config, *it._place)

    assert read(untrained, "is heat good").get(RANKING) is None


def test_training_data_are_left_as_they_are(stored: Stored) -> None:
    data = TrainingData([message("is heat good", "relief_heat")])

    assert stored.load().process_training_data(data) is data


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_rejection_share_that_is_none_is_refused(tmp_path: Path, share: float) -> None:
    it = Stored(tmp_path, reject_below=share)

    with pytest.raises(InvalidConfigException, match="reject_below"):
        MessageClassifier.create(it._config, *it._place)


def test_rasa_trains_again_where_code_or_word_lists_change() -> None:
    addon = MessageClassifier.fingerprint_addon({})

    assert addon == MessageClassifier.fingerprint_addon({})
    assert addon


INTENTS = ("greet", "relief_heat", "report_pain")
STORY, HEAT, UNSURE, GREETING = [0.0, 0.1, 0.9], [0.05, 0.9, 0.05], [0.1, 0.7, 0.2], [0.9, 0.05, 0.05]


@pytest.mark.parametrize(
    ("rows", "questions", "best"),
    [
        ([STORY, STORY, HEAT], [1], "relief_heat"),
        ([STORY, HEAT, STORY], [0], "relief_heat"),
        ([STORY, HEAT, UNSURE], [0, 1], "relief_heat"),
        ([STORY, STORY, HEAT], [], "report_pain"),
        ([STORY, STORY, UNSURE], [1], "report_pain"),
        ([STORY, STORY, GREETING], [1], "report_pain"),
        ([GREETING, STORY, HEAT], [1], "greet"),
    ],
    ids=[
        "a clear question at the end",
        "a clear question at the start",
        "the last clear one of two",
        "a clause that asks nothing",
        "a question that is not clear",
        "a question that is no topic",
        "no story of a pain",
    ],
)
def test_a_story_gives_way_to_the_clear_question_that_it_holds(
    rows: list[list[float]], questions: list[int], best: str
) -> None:
    reading = with_question(INTENTS, np.array(rows), questions)
    assert INTENTS[int(reading.argmax())] == best
    assert reading.sum() == pytest.approx(1)
