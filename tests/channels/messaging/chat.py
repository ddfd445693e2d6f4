"""What the tests of all platforms share: deliver, wait until everything is answered, and see what came back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from served import Served


class Fake(Protocol):
    """A fake platform."""

    problems: list[Any]
    """What it found wrong with our requests."""


async def no_wait(_: float) -> None:
    """Wait for nothing."""


def answered(
    served: Served, platform: Fake, received: Callable[[], Sequence[Any]], *deliveries: Callable[[], int]
) -> list[Any]:
    """Deliver, and return what the platform received since.

    Args:
        served: our server.
        platform: must find nothing wrong.
        received: returns all that the platform received so far.
        deliveries: each delivers something and returns the status, which must be 200.
    """
    before = len(received())
    assert [deliver() for deliver in deliveries] == [200] * len(deliveries)
    served.settle()
    assert not platform.problems, platform.problems
    return list(received()[before:])
