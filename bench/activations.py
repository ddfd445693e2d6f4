"""See how large the numbers inside the sentence encoder become, so that it can be rounded to whole numbers.

    python -m bench.activations

The encoder reads all training examples, and a quarter of their clauses, in 32 bits. What goes into each product is
written to `backstride/language/activations.npz`, column by column. It takes a minute, and is needed again only when the
encoder's weights change.
"""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from safetensors.numpy import load_file

from backstride.language import onnx_graph
from backstride.language.clauses import clauses_of
from backstride.language.encoder import shared_encoder
from backstride.language.text import tidy
from backstride.language.weights import find_weights
from backstride.language.whole_numbers import FILE, Seen, write_seen
from backstride.settings import set_library_defaults
from bench.examples import training_examples

_CLAUSES_OF_EACH = 4


def main() -> None:
    """Read the examples and write the file."""
    set_library_defaults()
    texts = [tidy(example.text) for example in training_examples()]
    clauses = [clause.text for text in texts[::_CLAUSES_OF_EACH] for clause in clauses_of(text)]
    write_seen(seen_in(list(dict.fromkeys([*texts, *clauses]))))
    print(f"Written to {FILE}")


def seen_in(texts: list[str]) -> dict[str, Seen]:
    """Return what goes into each product of the encoder, by its name, when it reads texts."""
    model, inputs = onnx_graph.build_with_inputs(load_file(find_weights() / "model.safetensors"))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    largest: dict[str, NDArray[np.float32]] = {}
    total: dict[str, NDArray[np.float64]] = {}
    count = 0
    for batch in shared_encoder().batches_of(texts):
        is_token = np.arange(batch.ids.shape[1]) < batch.lengths[:, None]
        count += int(is_token.sum())
        found = session.run(list(inputs.values()), {"ids": batch.ids, "lengths": batch.lengths})
        for name, columns in zip(inputs, found, strict=True):
            rows = columns[is_token]
            largest[name] = np.maximum(largest.get(name, 0), np.abs(rows).max(axis=0))
            total[name] = total.get(name, 0) + rows.sum(axis=0, dtype=np.float64)
    return {name: Seen(largest[name], np.asarray(total[name] / count, np.float32)) for name in inputs}


if __name__ == "__main__":
    main()
