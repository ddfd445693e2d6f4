"""How often somebody may do something: token buckets in memory, one a name."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Enough names for a busy server; beyond them the one that was quiet longest is forgotten.
MAX_NAMES = 20_000


class RateLimit:
    """Allows `burst` at once and `per_minute` in the long run, for each name by itself."""

    def __init__(self, *, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._burst = float(burst)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, name: str) -> int:
        """Count one and return 0, or count nothing and return the seconds to wait until one is free."""
        now = self._clock()
        left, at = self._left.pop(name, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        allowed = left >= 1
        self._left[name] = (left - 1 if allowed else left, now)
        if len(self._left) > MAX_NAMES:
            self._left.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) / self._per_second)
