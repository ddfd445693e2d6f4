"""Messages compared with learned examples: nearly the products that BLAS gives, whatever a row is asked with."""

from __future__ import annotations

import numpy as np
import pytest

from backstride.language.columns import Columns


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 40])
@pytest.mark.parametrize(("examples", "width"), [(1, 3), (1000, 384), (37, 128)])
@pytest.mark.parametrize("leading", [0, 2])
def test_products_are_nearly_those_of_the_matrices(rows: int, examples: int, width: int, leading: int) -> None:
    random = np.random.default_rng(1)
    known = random.normal(size=(examples, width)).astype(np.float32)
    asked = random.normal(size=(rows, width)).astype(np.float32)
    found = Columns(known, leading=leading).products(asked)
    assert found.dtype == np.float32
    assert found.shape == (rows, examples)
    lengths = np.linalg.norm(asked, axis=1)[:, None] * np.linalg.norm(known, axis=1)
    # Each number is right to a 126th of the largest beside it, and their errors hardly add up.
    assert (np.abs(found - asked.astype(np.float64) @ known.T.astype(np.float64)) <= lengths / 60).all()


def test_no_sum_is_too_large_for_a_processor() -> None:
    # All numbers at their largest: where two products are added in 16 bits, they must fit.
    known = np.stack([np.ones(64), -np.ones(64)]).astype(np.float32)
    found = Columns(known, leading=0).products(np.ones((1, 64), np.float32))
    np.testing.assert_allclose(found, [[64, -64]], rtol=1e-5)


def test_a_row_of_zeros_is_like_nothing() -> None:
    known = np.random.default_rng(3).normal(size=(5, 8)).astype(np.float32)
    assert (Columns(known, leading=0).products(np.zeros((1, 8), np.float32)) == 0).all()
    assert (Columns(np.zeros((2, 8), np.float32), leading=3).products(known) == 0).all()


def test_a_row_gives_the_same_alone_and_among_others() -> None:
    random = np.random.default_rng(2)
    known, asked = (random.normal(size=(count, 64)).astype(np.float32) for count in (500, 6))
    columns_ = Columns(known, leading=5)
    together = columns_.products(asked)
    alone = np.vstack([columns_.products(row[None]) for row in asked])
    assert (together == alone).all()
