"""The fused ONNX graph computes what BERT's own arithmetic does, and in whole numbers nearly the same."""

from __future__ import annotations

import itertools

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

from backstride.language import encoder as encoder_module
from backstride.language import onnx_graph
from backstride.language.encoder import DIMENSION, MAX_TOKENS, SentenceEncoder, shared_encoder
from backstride.language.weights import find_weights

Matrix = NDArray[np.float64]

TEXTS = [
    "heat",
    "my lower back hurts after running",
    "Is it safe for me to do the half-kneeling lean if I've got a dodgy knee, or should I choose something else?",
    "sooo sore!!! 👍 siatica",
    "",
]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return shared_encoder()


@pytest.fixture(scope="module")
def in_32_bits() -> SentenceEncoder:
    """The same encoder, its products in 32 bits."""
    encoder = SentenceEncoder(find_weights())
    model = onnx_graph.build(load_file(find_weights() / "model.safetensors"))
    encoder._session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return encoder


class PlainBert:
    """BERT's forward pass (Devlin 2019) in plain numpy: mean over the tokens, scaled to length 1."""

    def __init__(self) -> None:
        folder = find_weights()
        self._w = {
            name: array.astype(np.float64)
            for name, array in load_file(folder / "model.safetensors").items()
            if array.dtype == np.float32
        }
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def encode(self, text: str) -> Matrix:
        ids = self._tokenizer.encode(text).ids
        embeddings = (
            self._w["embeddings.word_embeddings.weight"][ids]
            + self._w["embeddings.position_embeddings.weight"][: len(ids)]
            + self._w["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._normalise(embeddings, "embeddings.LayerNorm")
        for layer in range(6):
            hidden = self._layer(hidden, f"encoder.layer.{layer}")
        mean = hidden.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean))

    def _layer(self, hidden: Matrix, prefix: str) -> Matrix:
        attention = f"{prefix}.attention"
        query, key, value = (
            self._linear(hidden, f"{attention}.self.{name}").reshape(len(hidden), 12, 32).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(32)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        context = (shares @ value).transpose(1, 0, 2).reshape(len(hidden), DIMENSION)
        attended = self._normalise(
            self._linear(context, f"{attention}.output.dense") + hidden, f"{attention}.output.LayerNorm"
        )
        wide = self._linear(attended, f"{prefix}.intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / np.sqrt(2)))
        return self._normalise(self._linear(wide, f"{prefix}.output.dense") + attended, f"{prefix}.output.LayerNorm")

    def _linear(self, rows: Matrix, name: str) -> Matrix:
        return rows @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]

    def _normalise(self, rows: Matrix, name: str) -> Matrix:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return np.asarray(scaled * self._w[f"{name}.weight"] + self._w[f"{name}.bias"])


def test_the_fused_graph_equals_the_plain_forward_pass(in_32_bits: SentenceEncoder) -> None:
    plain = PlainBert()
    texts = [*TEXTS, "a very long message about my back. " * 60]

    vectors = in_32_bits.encode(texts)

    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(vector, plain.encode(text), atol=1e-4)


def test_whole_numbers_give_nearly_the_vectors_of_32_bits(
    encoder: SentenceEncoder, in_32_bits: SentenceEncoder
) -> None:
    # Short texts, and such as no example is like, are the hardest.
    texts = [*TEXTS, "no", "!!!", "qzx vvk 0x41", "der Rücken tut weh", "a very long message about my back. " * 60]

    rounded, exact = (each.encode_with_layers(texts).reshape(len(texts), 4, -1) for each in (encoder, in_32_bits))

    cosine = (rounded * exact).sum(axis=-1)
    assert cosine.min() > 0.99
    assert cosine.mean() > 0.998


def test_a_vector_has_384_numbers_and_length_1(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(TEXTS)

    assert vectors.shape == (len(TEXTS), DIMENSION)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_texts_vector_does_not_depend_on_its_company(encoder: SentenceEncoder) -> None:
    together = encoder.encode(TEXTS)
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])

    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_the_vectors_come_in_the_order_of_the_texts_across_batches(encoder: SentenceEncoder) -> None:
    texts = [f"{'very ' * (number % 7)}sore back {number}" for number in range(70)]

    vectors = encoder.encode(texts)

    for number in (0, 13, 64, 69):
        np.testing.assert_allclose(vectors[number], encoder.encode([texts[number]])[0], atol=1e-5)


def test_no_texts_give_no_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, DIMENSION)


def test_near_meanings_are_near(encoder: SentenceEncoder) -> None:
    back, spine, bread = encoder.encode(["my lower back aches", "my lumbar spine is sore", "how do I bake bread"])

    assert back @ spine > 0.5 > back @ bread


def test_components_share_one_encoder() -> None:
    assert shared_encoder() is shared_encoder()


# --- batches ----------------------------------------------------------------------------------------------


def padded_tokens(lengths: list[int], batches: list[tuple[int, int]]) -> int:
    """What batches cost: every text is padded to the longest beside it."""
    return sum(encoder_module._TOKENS_A_RUN + (end - start) * lengths[end - 1] for start, end in batches)


@given(lengths=st.lists(st.integers(1, 128), min_size=1, max_size=9).map(sorted))
def test_no_other_cut_into_batches_costs_less(lengths: list[int]) -> None:
    batches = encoder_module._batches(lengths)

    assert [place for batch in batches for place in range(*batch)] == list(range(len(lengths)))
    every_cut = itertools.product([False, True], repeat=len(lengths) - 1)
    edges = [[0, *(i + 1 for i, is_cut in enumerate(cut) if is_cut), len(lengths)] for cut in every_cut]
    cheapest = min(padded_tokens(lengths, list(itertools.pairwise(each))) for each in edges)
    assert padded_tokens(lengths, batches) == cheapest


def test_a_long_message_is_not_what_its_short_clauses_are_padded_to() -> None:
    assert encoder_module._batches([7, 8, 9, 60]) == [(0, 3), (3, 4)]


def test_no_batch_is_larger_than_it_may_be() -> None:
    batches = encoder_module._batches([8] * 200)

    assert max(end - start for start, end in batches) <= encoder_module._BATCH
    assert batches[-1][1] == 200
