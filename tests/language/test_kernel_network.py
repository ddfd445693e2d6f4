"""Messages compared with learned examples: what a Gaussian kernel gives, whatever a row is asked with."""

from __future__ import annotations

import numpy as np
import pytest

from backstride.language.kernel_network import KernelNetwork, Rounded, Rows, likeness

WIDTH = 0.3


def random_rows(count: int, width: int, seed: int) -> Rows:
    # Some columns vary much more than others, as principal components do.
    spread = np.geomspace(1, 0.02, width)
    return np.asarray(np.random.default_rng(seed).normal(size=(count, width)) * spread, np.float32)


def comparing(points: Rounded) -> KernelNetwork:
    network = KernelNetwork()
    return network.end(network.likeness(network.rows, points, WIDTH))


def exactly(rows: Rows, points: Rounded) -> Rows:
    distances = ((rows[:, None].astype(np.float64) - points.values) ** 2).sum(axis=2)
    return np.asarray(np.exp(-WIDTH * distances), np.float32)


# 41 is the longest message and its clauses; each has two digits, and every 32nd row of those is a delicate one.
@pytest.mark.parametrize("rows", [1, 2, 16, 31, 32, 41, 200])
@pytest.mark.parametrize(("examples", "width"), [(20, 3), (1001, 384), (37, 128), (250, 112)])
def test_likeness_is_that_of_the_rounded_examples(rows: int, examples: int, width: int) -> None:
    points = Rounded.of(random_rows(examples, width, 1))
    # Near an example, as messages are.
    asked = points.values[np.arange(rows) % examples] + 0.3 * random_rows(rows, width, 2)

    found = comparing(points).run(asked)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, exactly(asked, points), atol=2e-3)


def test_an_example_is_rounded_to_a_126th_of_the_widest_in_each_of_its_numbers() -> None:
    examples = random_rows(500, 20, 3)

    points = Rounded.of(examples)

    assert np.abs(points.whole).max() <= 63
    assert (np.abs(points.values - examples) <= np.abs(examples).max(axis=0) / 126 * 1.001).all()


def test_the_network_compares_with_the_examples_that_were_learned() -> None:
    points = Rounded.of(random_rows(60, 30, 4))

    np.testing.assert_allclose(comparing(points).run(points.values), likeness(points.values, WIDTH), atol=2e-3)


def test_a_product_is_that_of_the_rounded_matrix() -> None:
    matrix = Rounded.of(random_rows(300, 50, 5))
    asked = np.clip(random_rows(41, 300, 6), -1, 1)
    network = KernelNetwork()
    network.end(network.product(network.rows, matrix, reach=1.0))

    np.testing.assert_allclose(network.run(asked), asked @ matrix.values, atol=1e-3)


def test_no_sum_is_too_large_for_a_processor() -> None:
    # All numbers at their largest: where two products are added in 16 bits, they must fit.
    matrix = Rounded.of(np.stack([np.ones(64), -np.ones(64)], axis=1).astype(np.float32))
    network = KernelNetwork()
    network.end(network.product(network.rows, matrix, reach=1.0))

    np.testing.assert_allclose(network.run(np.ones((1, 64), np.float32)), [[64, -64]], rtol=1e-5)


def test_a_row_gives_the_same_alone_and_among_others() -> None:
    points = Rounded.of(random_rows(500, 64, 7))
    asked = random_rows(41, 64, 8)
    network = comparing(points)

    alone = np.vstack([network.run(row[None]) for row in asked])

    np.testing.assert_allclose(network.run(asked), alone, atol=1e-7)


def test_rows_and_examples_of_zeros_are_compared_too() -> None:
    nothing = Rounded.of(np.zeros((2, 8), np.float32))

    np.testing.assert_allclose(comparing(nothing).run(np.zeros((1, 8), np.float32)), [[1, 1]])
    far = comparing(nothing).run(np.full((1, 8), 100, np.float32))
    np.testing.assert_allclose(far, [[0, 0]], atol=1e-6)


def test_what_lies_farther_than_any_example_is_like_none() -> None:
    points = Rounded.of(random_rows(40, 8, 9))

    far = comparing(points).run(np.full((1, 8), 50, np.float32))

    assert np.isfinite(far).all()
    assert far.max() < 1e-6
