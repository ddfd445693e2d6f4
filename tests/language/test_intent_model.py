"""The intent model on tiny data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
from sklearn.feature_extraction.text import TfidfVectorizer

from backstride.language.intent_model import Example, IntentModel, unseen_margins
from backstride.language.ngrams import Ngrams

SAID = {
    "greet": ["hello", "hello there", "hi hello", "good morning hello", "hello you", "oh hello"],
    "heat": ["is heat good", "heat or ice", "a heat pack", "warm heat pack", "does heat help", "heat on my back"],
    "thanks": ["thanks", "many thanks", "thanks a lot", "ok thanks", "thanks bye", "great thanks"],
}
TEXTS = [text for texts in SAID.values() for text in texts]
LABELS = [intent for intent, texts in SAID.items() for _ in texts]


def vectors_for(text: str, label: str, clauses: int = 0) -> Example:
    """Vectors that lie near those of the same label: a stand-in for the sentence encoder."""
    noise = np.random.default_rng(abs(hash_of(text)))
    centre = np.zeros(384)
    centre[sorted(SAID).index(label) if label in SAID else 10] = 3
    rows = centre + noise.normal(size=(1 + clauses, 384)) * 0.1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Example(text, rows.astype(np.float32))


def hash_of(text: str) -> int:
    # Python's own hash differs from run to run.
    return int.from_bytes(text.encode()[:7], "big")


EXAMPLES = [vectors_for(text, label, clauses=len(text) % 3) for text, label in zip(TEXTS, LABELS, strict=True)]


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return IntentModel.fit(EXAMPLES, LABELS)


def test_it_reads_what_it_has_learned(model: IntentModel) -> None:
    shares = model.probabilities(EXAMPLES)

    assert model.intents == ("greet", "heat", "thanks")
    assert [model.intents[row.argmax()] for row in shares] == LABELS


def test_it_reads_what_is_like_it(model: IntentModel) -> None:
    shares = model.probabilities([vectors_for("heat please", "heat"), vectors_for("hello hello", "greet", clauses=2)])

    assert [model.intents[row.argmax()] for row in shares] == ["heat", "greet"]


def test_probabilities_are_shares(model: IntentModel) -> None:
    shares = model.probabilities(EXAMPLES)

    assert shares.shape == (len(EXAMPLES), 3)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-9)
    assert shares.min() >= 0


def test_a_text_of_unknown_words_has_shares_too(model: IntentModel) -> None:
    np.testing.assert_allclose(model.probabilities([vectors_for("zzz", "else")]).sum(), 1, atol=1e-9)
    np.testing.assert_allclose(model.probabilities([vectors_for("", "else")]).sum(), 1, atol=1e-9)


def test_a_message_is_read_alike_alone_and_among_others(model: IntentModel) -> None:
    together = model.probabilities(EXAMPLES)
    alone = np.vstack([model.probabilities([example]) for example in EXAMPLES])

    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_a_message_of_many_clauses_is_read_as_each_of_them_alone(model: IntentModel) -> None:
    # As many rows at once as the longest message has.
    many = [vectors_for(f"{text} {number}", "heat") for number, text in enumerate(TEXTS * 3)][:41]
    alone = np.vstack([model.probabilities([example]) for example in many])

    np.testing.assert_allclose(model.probabilities(many), alone, atol=1e-6)


def test_what_was_heard_ahead_changes_no_reading(model: IntentModel) -> None:
    example = vectors_for("oh what a warm morning", "heat")
    unprepared = IntentModel.fit(EXAMPLES, LABELS).probabilities([example])
    model.listen([example.text])

    np.testing.assert_array_equal(model.probabilities([example]), unprepared)


def test_the_same_examples_twice_give_identical_predictions(model: IntentModel) -> None:
    again = IntentModel.fit(EXAMPLES, LABELS)

    np.testing.assert_array_equal(again.probabilities(EXAMPLES), model.probabilities(EXAMPLES))


def test_what_is_loaded_predicts_as_what_was_stored(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = IntentModel.load(tmp_path)

    assert loaded.intents == model.intents
    np.testing.assert_array_equal(loaded.probabilities(EXAMPLES), model.probabilities(EXAMPLES))


def test_what_was_stored_runs_no_code_when_it_is_loaded(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)

    for file in tmp_path.iterdir():
        with np.load(file, allow_pickle=False) as arrays:
            assert all(arrays[name] is not None for name in arrays)


def test_nothing_stored_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        IntentModel.load(tmp_path)


def test_an_intent_with_too_few_examples_is_named() -> None:
    with pytest.raises(ValueError, match="rare, rarer: write at least 4 examples of each intent"):
        IntentModel.fit(
            [*EXAMPLES, *(vectors_for(str(number), "else") for number in range(4))],
            [*LABELS, "rare", "rare", "rare", "rarer"],
        )


def test_an_example_raises_more_than_one_estimate_where_it_is_like_two_intents(model: IntentModel) -> None:
    heat, greet = model.intents.index("heat"), model.intents.index("greet")
    both = (vectors_for("hello heat", "heat").vectors + vectors_for("hello heat", "greet").vectors) / np.sqrt(2)

    of_one = model.read([vectors_for("heat please", "heat")]).estimates[0]
    of_both = model.read([Example("hello heat", both)]).estimates[0]

    assert of_both[greet] > of_one[greet]
    assert min(of_both[greet], of_both[heat]) > of_both[model.intents.index("thanks")]


def test_unseen_margins_are_those_of_a_regression_that_saw_the_others_only() -> None:
    random = np.random.default_rng(1)
    rows, targets, count = random.normal(size=(20, 30)), random.normal(size=(20, 3)), 6
    likeness = rows @ rows.T
    kernel = likeness + np.eye(20)
    factor, _ = scipy.linalg.cho_factor(kernel, lower=True)
    weights = np.linalg.solve(kernel, targets)

    margins = unseen_margins(factor, weights, targets, count)

    of_others = np.linalg.solve(kernel[:-count, :-count], targets[:-count])
    np.testing.assert_allclose(margins, likeness[-count:, :-count] @ of_others, atol=1e-9)


def test_few_examples_of_many_intents_are_enough() -> None:
    names = [f"intent_{number}" for number in range(12)]
    examples = [vectors_for(f"{name} {i}", name) for name in names for i in range(4)]

    model = IntentModel.fit(examples, [name for name in names for _ in range(4)])

    assert model.intents == tuple(sorted(names))


# --- words and parts of words -----------------------------------------------------------------------------------------


def test_the_n_grams_are_scikit_learns_own_numbers() -> None:
    ngrams = Ngrams(longest_phrase=2).fit(TEXTS)
    said = [*TEXTS, "hello heat heat", "", "zzz"]

    ours = ngrams.transform(said).toarray()

    theirs = np.hstack(
        [
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=r"[a-z']+|\d+|\S")
            .fit(TEXTS)
            .transform(said)
            .toarray(),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3)
            .fit(TEXTS)
            .transform(said)
            .toarray(),
        ]
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_restored_n_grams_give_the_same_numbers() -> None:
    ngrams = Ngrams(longest_phrase=2).fit(TEXTS)
    restored = Ngrams(longest_phrase=2).restore(ngrams.terms(), ngrams.weights())

    np.testing.assert_array_equal(restored.transform(TEXTS).toarray(), ngrams.transform(TEXTS).toarray())


def test_the_product_of_a_text_is_that_of_its_features() -> None:
    ngrams = Ngrams(longest_phrase=2).fit(TEXTS)
    said = ["hello heat heat", "", "zzz", "a warm heat pack, thanks"]
    weights = np.random.default_rng(1).normal(size=(ngrams.transform(TEXTS).shape[1], 3)).astype(np.float32)

    one_by_one = np.array([ngrams.product(text, weights) for text in said])
    np.testing.assert_allclose(one_by_one, ngrams.transform(said) @ weights, atol=1e-6)
