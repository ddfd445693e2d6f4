"""Messages compared with learned examples: the same products as BLAS gives, whatever a row is asked with."""

from __future__ import annotations

import numpy as np
import pytest

from backstride.language import columns
from backstride.language.columns import Columns


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 40])
@pytest.mark.parametrize(("examples", "width"), [(1, 3), (1000, 384), (37, 128)])
def test_products_are_those_of_the_matrices(
    monkeypatch: pytest.MonkeyPatch, rows: int, examples: int, width: int
) -> None:
    monkeypatch.setattr(columns, "_BLOCK_NUMBERS", 100 * width)
    random = np.random.default_rng(1)
    known = random.normal(size=(examples, width)).astype(np.float32)
    asked = random.normal(size=(rows, width)).astype(np.float32)
    found = Columns(known).products(asked)
    assert found.dtype == np.float32
    assert found.shape == (rows, examples)
    np.testing.assert_allclose(found, asked.astype(np.float64) @ known.T.astype(np.float64), rtol=1e-4, atol=1e-3)


def test_a_row_gives_the_same_alone_and_among_others() -> None:
    random = np.random.default_rng(2)
    known, asked = (random.normal(size=(count, 64)).astype(np.float32) for count in (500, 6))
    columns_ = Columns(known)
    together = columns_.products(asked)
    alone = np.vstack([columns_.products(row[None]) for row in asked])
    assert (together == alone).all()
