"""Compare ways to run the sentence encoder: a TensorFlow function, ONNX Runtime in 32 bits, in 8 bits, and ours.

    python -m bench.encoder

Each way runs in a process of its own, in turns, with one thread and with two, on short, middle and long messages. The
vectors are held against those of TensorFlow in 32 bits, and the intent model is trained and scored on each.
"""

# ruff: noqa: PLC0415  # each way in its own process loads only what it needs
from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backstride.language.clauses import clauses_of
from backstride.language.encoder import DIMENSION, MAX_TOKENS, SentenceEncoder, Vectors
from backstride.language.text import tidy
from backstride.language.weights import find_weights
from backstride.settings import set_library_defaults
from bench import report
from bench.examples import held_apart, training_examples
from bench.processes import Helper

WAYS = {
    "tensorflow": "TensorFlow function, 32 bits",
    "onnx": "ONNX Runtime, 32 bits",
    "int8": "ONNX Runtime, 8 bits by `quantize_dynamic`",
    "int8-channel": "the same, a scale for each column",
    "whole": "ONNX Runtime, whole numbers with fixed scales (ours)",
}
THREADS = (1, 2)
LENGTHS = {"short": 8, "middle": 25, "long": 100}
_TEXTS = 20
_BATCH = 64
_ALONE = 400
_WAIT_S = 600.0
# Between two messages a server does other things, and the weights leave the processor's own memory.
_PAUSE_S = 0.01

Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Timed:
    """What one way with one number of threads took.

    Args:
        milliseconds: a message, by length.
        texts_a_second: in batches, as in training.
        megabytes: memory of the process at its peak.
    """

    milliseconds: dict[str, list[float]]
    texts_a_second: float
    megabytes: float


def main() -> None:
    """Run the comparison and write the report."""
    parser = argparse.ArgumentParser(prog="python -m bench.encoder", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each way takes its turn")
    parser.add_argument("--worker", nargs=2, metavar=("WAY", "THREADS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    set_library_defaults()
    if options.worker:
        _work(options.worker[0], int(options.worker[1]))
        return
    text = "\n".join(["# Encoder\n", f"{report.conditions()}\n", _speed(options.rounds), _quality(), _conclusion()])
    print(text)
    print(f"Written to {report.write('encoder.md', text)}")


def messages_of_length(texts: Sequence[str], words: int, count: int) -> list[str]:
    """Return messages of exactly so many words, cut from the texts joined end to end."""
    stream = " ".join(texts).split()
    return [" ".join(stream[i * words : (i + 1) * words]) for i in range(min(count, len(stream) // words))]


def _speed(rounds: int) -> str:
    times: dict[tuple[str, int], list[Timed]] = {}
    for turn in range(rounds):
        for way in WAYS:
            for threads in THREADS:
                # A process each: TensorFlow's threads can be set once, and memory is told apart.
                with Helper(["-m", "bench.encoder", "--worker", way, str(threads)], threads=threads) as helper:
                    times.setdefault((way, threads), []).append(Timed(**helper.ask({}, timeout_s=_WAIT_S)))
        print(f"Turn {turn + 1} of {rounds}", flush=True)
    rows = []
    for (way, threads), found in times.items():
        by_length = [report.latency([ms for one in found for ms in one.milliseconds[length]]) for length in LENGTHS]
        rows.append(
            [
                WAYS[way],
                threads,
                *by_length,
                report.number(report.percentile([one.texts_a_second for one in found], 0.5)),
                report.number(max(one.megabytes for one in found)),
            ]
        )
    head = [
        "way",
        "threads",
        *(f"{length} ({words} words), ms p50 / p95" for length, words in LENGTHS.items()),
        f"texts a second in batches of {_BATCH}",
        "peak memory, MB",
    ]
    return (
        "## Speed\n\n"
        f"{_TEXTS} messages of each length, word pieces included, {rounds} turns, one message at a time, "
        f"{_PAUSE_S * 1000:.0f} ms apart as in a server.\n\n"
        f"{report.table(head, rows)}"
    )


def _quality() -> str:
    from backstride.language.intent_model import Example, IntentModel

    training, messages = training_examples(), held_apart()
    texts = [tidy(message.text) for message in (*training, *messages)]
    intents = [message.intent for message in training]
    sentences: list[str] = []
    starts: list[int] = []
    for text in texts:
        clauses = [clause.text for clause in clauses_of(text)]
        starts.append(len(sentences))
        sentences += [text, *(clauses if len(clauses) > 1 else [])]
    ends = [*starts[1:], len(sentences)]
    reference: Vectors | None = None
    rows = []
    for way, name in WAYS.items():
        encode = _encoder(way, 1)
        vectors = encode(sentences)
        reference = vectors if reference is None else reference
        examples = [Example(text, vectors[a:b]) for text, a, b in zip(texts, starts, ends, strict=True)]
        model = IntentModel.fit(examples[: len(training)], intents)
        best = model.probabilities(examples[len(training) :]).argmax(axis=1)
        right = [model.intents[i] == message.intent for i, message in zip(best, messages, strict=True)]
        cosine = (vectors * reference).sum(axis=1)
        alone = np.vstack([encode([sentence]) for sentence in sentences[:: len(sentences) // _ALONE]])
        with_others = (vectors[:: len(sentences) // _ALONE] * alone).sum(axis=1)
        shares = [f"{share:.6f}" for share in (cosine.min(), cosine.mean(), with_others.min())]
        rows.append([name, *shares, f"{sum(right) / len(right):.4f}"])
        print(f"Scored: {name}", flush=True)
    head = [
        "way",
        *("cosine to the reference, least", "mean", "cosine of a text alone to itself in a batch, least"),
        "accuracy on the held-apart messages",
    ]
    return (
        "## Quality\n\n"
        f"Cosine over {len(sentences)} texts (all examples, all held-apart messages, and their clauses); the reference "
        "is TensorFlow in 32 bits, written apart from our graph. The intent model is trained on each way's own "
        "vectors; the clauses and n-grams are the same.\n\n"
        f"{report.table(head, rows)}\n{_covered()}"
    )


def _conclusion() -> str:
    return (
        "## Choice\n\n"
        "The encoder runs in ONNX Runtime, mostly in whole numbers of 8 bits, with one thread. What `quantize_dynamic` "
        "makes was turned down: its scales are taken from whatever shares the batch, so a text's vector in training is "
        "not its vector in use (see the last column but one), and unsigned numbers with signed ones depend on the "
        "processor's instructions. Ours are fixed beforehand, column by column, from what the training examples bring "
        "into each product (`backstride/language/whole_numbers.py`), and both factors are unsigned: a third of the "
        "time of 32 bits, a vector that does not depend on its company, and readings that are as good. A second "
        "thread helps on an idle machine, and would be taken from the other conversations.\n"
    )


def _covered() -> str:
    """Say which operators the 8-bit graph holds."""
    import onnx

    before = Counter(node.op_type for node in _graph().graph.node)
    after = Counter(node.op_type for node in onnx.load_from_string(_model_bytes("int8")).graph.node)
    made = ", ".join(f"{count} {name}" for name, count in sorted((after - before).items()))
    gone = ", ".join(f"{count} {name}" for name, count in sorted((before - after).items()))
    sizes = {way: len(_model_bytes(way)) / 1e6 for way in ("onnx", "int8", "int8-channel")}
    return (
        f"`quantize_dynamic` replaced {gone} by {made}: the fused Attention is covered; the layer norms, the biases "
        "with GELU and the pooling stay in 32 bits. Size of the graph: "
        f"{sizes['onnx']:.0f} MB in 32 bits, {sizes['int8']:.0f} MB in 8, {sizes['int8-channel']:.0f} MB with a scale "
        "for each column.\n"
    )


def _work(way: str, threads: int) -> None:
    """Be the process that measures one way; the answer goes to standard output as JSON."""
    encode = _encoder(way, threads)
    texts = [tidy(message.text) for message in held_apart()]
    milliseconds: dict[str, list[float]] = {}
    for length, words in LENGTHS.items():
        chosen = messages_of_length(texts, words, _TEXTS)
        for text in chosen[:5]:
            encode([text])
        milliseconds[length] = [_milliseconds(encode, text) for _ in range(5) for text in chosen]
    started = time.perf_counter()
    encode(texts)
    seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer = {"milliseconds": milliseconds, "texts_a_second": len(texts) / seconds, "megabytes": megabytes}
    sys.stdin.readline()
    print(json.dumps(answer), flush=True)


def _milliseconds(encode: Encode, text: str) -> float:
    time.sleep(_PAUSE_S)
    started = time.perf_counter()
    encode([text])
    return (time.perf_counter() - started) * 1000


def _encoder(way: str, threads: int) -> Encode:
    from tokenizers import Tokenizer

    folder = find_weights()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    if way == "whole":
        return SentenceEncoder(folder, threads=threads).encode
    if way == "tensorflow":
        from bench import tensorflow_encoder

        return _batched(tokenizer, tensorflow_encoder.build(folder, threads))
    return _batched(tokenizer, _onnx_forward(_model_bytes(way), threads))


def _batched(tokenizer: Any, forward: Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.float32]]) -> Encode:
    """Feed a forward pass as the project's encoder does: texts of like length share a batch."""

    def encode(texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), DIMENSION), np.float32)
        encodings = tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            lengths = np.array([len(encodings[i].ids) for i in batch], np.int32)
            ids = np.zeros((len(batch), int(lengths.max())), np.int32)
            for row, i in enumerate(batch):
                ids[row, : lengths[row]] = encodings[i].ids
            vectors[batch] = forward(ids, lengths)
        return vectors

    return encode


def _onnx_forward(model: bytes, threads: int) -> Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.float32]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def forward(ids: NDArray[np.int32], lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = session.run(["vectors"], {"ids": ids, "lengths": lengths})[0]
        return found

    return forward


def _graph() -> Any:
    from safetensors.numpy import load_file

    from backstride.language import onnx_graph

    return onnx_graph.build(load_file(find_weights() / "model.safetensors"))


def _model_bytes(way: str) -> bytes:
    if way == "onnx":
        whole: bytes = _graph().SerializeToString()
        return whole
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "32.onnx", Path(folder) / "8.onnx"
        source.write_bytes(_graph().SerializeToString())
        quantize_dynamic(
            source,
            target,
            weight_type=QuantType.QInt8,
            per_channel=way == "int8-channel",
            # It cannot infer what comes out of the fused operators.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        return target.read_bytes()


if __name__ == "__main__":
    main()
