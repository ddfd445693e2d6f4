"""The encoder as a Rasa component."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backstride.language.clauses import Clause
from backstride.language.encoder import shared_encoder
from backstride.language.featurizer import (
    CLAUSES,
    LAYER_VECTORS,
    TIDY_TEXT,
    VECTORS,
    SentenceFeaturizer,
    carrying,
)


@pytest.fixture(scope="module")
def featurizer() -> SentenceFeaturizer:
    return SentenceFeaturizer("SentenceFeaturizer", {})


def process(featurizer: SentenceFeaturizer, *texts: str | None) -> list[Message]:
    return featurizer.process([Message({TEXT: text} if text is not None else {}) for text in texts])


def test_a_message_of_one_clause_has_one_vector(featurizer: SentenceFeaturizer) -> None:
    (message,) = process(featurizer, "is heat any good")

    assert message.get(VECTORS).shape == (1, 384)
    assert message.get(CLAUSES) == (Clause("is heat any good", 0, 16),)


def test_a_message_of_several_clauses_has_its_own_vector_and_theirs(featurizer: SentenceFeaturizer) -> None:
    (message,) = process(featurizer, "My  back’s sore today. Is heat any good?")

    texts = ["My back's sore today. Is heat any good?", *(clause.text for clause in message.get(CLAUSES))]
    assert message.get(TIDY_TEXT) == texts[0]
    assert len(texts) == 3
    np.testing.assert_allclose(message.get(VECTORS), shared_encoder().encode(texts), atol=1e-5)


def test_the_vector_of_the_whole_is_a_sentence_feature_for_other_components(featurizer: SentenceFeaturizer) -> None:
    (message,) = process(featurizer, "my back hurts. is heat any good")

    sequence, sentence = message.get_dense_features(TEXT, [])

    assert sequence is None
    np.testing.assert_array_equal(sentence.features, message.get(VECTORS)[:1])


def test_messages_of_one_batch_keep_their_own_vectors(featurizer: SentenceFeaturizer) -> None:
    texts = ["one. two words here. three more words", "is heat any good", "my back hurts. what helps me now"]
    together = process(featurizer, *texts)

    for text, message in zip(texts, together, strict=True):
        (alone,) = process(featurizer, text)
        np.testing.assert_allclose(message.get(VECTORS), alone.get(VECTORS), atol=1e-5)


@pytest.mark.parametrize("text", [None, ""])
def test_a_message_without_text_stays_as_it_is(featurizer: SentenceFeaturizer, text: str | None) -> None:
    (message,) = process(featurizer, text)

    assert message.get(VECTORS) is None


def test_a_message_of_signs_only_has_a_vector(featurizer: SentenceFeaturizer) -> None:
    (message,) = process(featurizer, "?!")

    assert message.get(VECTORS).shape == (1, 384)
    assert message.get(CLAUSES) == ()


def test_no_messages(featurizer: SentenceFeaturizer) -> None:
    assert featurizer.process([]) == []


def test_training_examples_are_encoded_too(featurizer: SentenceFeaturizer) -> None:
    data = TrainingData([Message({TEXT: "is heat any good"}), Message({"intent": "greet"})])

    featurizer.process_training_data(data)

    assert data.training_examples[0].get(VECTORS).shape == (1, 384)
    assert data.training_examples[1].get(VECTORS) is None


def test_training_examples_have_the_vectors_that_messages_have_also_in_a_second_training(
    featurizer: SentenceFeaturizer,
) -> None:
    (message,) = process(featurizer, "is heat any good, and how often?")
    for _ in range(2):
        data = TrainingData([Message({TEXT: "is heat any good, and how often?"})])
        featurizer.process_training_data(data)

        assert np.allclose(data.training_examples[0].get(LAYER_VECTORS), message.get(LAYER_VECTORS), atol=1e-5)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "two", None])
def test_a_number_of_threads_that_is_none_is_refused(threads: Any) -> None:
    with pytest.raises(InvalidConfigException, match="'threads'"):
        SentenceFeaturizer.validate_config({"threads": threads})


def test_a_right_number_of_threads_is_taken() -> None:
    SentenceFeaturizer.validate_config({})
    SentenceFeaturizer.validate_config({"threads": 2})


async def test_a_message_may_be_encoded_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    featurizer, encoder = SentenceFeaturizer("SentenceFeaturizer", {}), shared_encoder(None, 1)
    text = "My back’s sore today. Is heat any good?"
    (plain,) = process(featurizer, text)

    ahead = featurizer.begin(text)
    assert ahead is not None
    await ahead.vectors
    monkeypatch.setattr(encoder, "encode_with_layers", lambda _: pytest.fail("it was encoded twice"))
    with carrying(ahead):
        (read,) = process(featurizer, text)

    np.testing.assert_array_equal(read.get(VECTORS), plain.get(VECTORS))
    assert read.get(TIDY_TEXT) == plain.get(TIDY_TEXT)
    assert read.get(CLAUSES) == plain.get(CLAUSES)


async def test_what_stands_in_the_place_of_a_message_is_encoded_by_itself() -> None:
    featurizer = SentenceFeaturizer("SentenceFeaturizer", {})
    (plain,) = process(featurizer, "/choose_item")

    ahead = featurizer.begin("the second one")
    assert ahead is not None
    await ahead.vectors
    with carrying(ahead):
        (read,) = process(featurizer, "/choose_item")

    np.testing.assert_array_equal(read.get(VECTORS), plain.get(VECTORS))


async def test_what_is_ahead_of_one_message_is_no_other_conversations() -> None:
    featurizer = SentenceFeaturizer("SentenceFeaturizer", {})

    async def read(text: str) -> Message:
        ahead = featurizer.begin(text)
        assert ahead is not None
        with carrying(ahead):
            await ahead.vectors
            (message,) = process(featurizer, text)
        return message

    texts = [f"my back hurts since {day}" for day in ("sunday", "monday", "friday")]
    together = await asyncio.gather(*(read(text) for text in texts))

    for text, message in zip(texts, together, strict=True):
        (alone,) = process(featurizer, text)
        np.testing.assert_array_equal(message.get(VECTORS), alone.get(VECTORS))


@pytest.mark.parametrize("text", ["", "/inform_choice"])
def test_a_tapped_button_is_not_encoded_ahead(text: str) -> None:
    assert SentenceFeaturizer("SentenceFeaturizer", {}).begin(text) is None
