"""What tests of several folders share."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

from backstride.settings import set_library_defaults

# Before anything imports TensorFlow.
set_library_defaults()
# No test writes into the diary of this machine.
os.environ["BACKSTRIDE_DATABASE"] = "sqlite://"
# Nothing is claimed about time: a machine may do much else meanwhile.
settings.register_profile("backstride", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("backstride")

# Files that take longest: begun first, so that nobody waits for one of them in the end (`make test` shares files out).
_LONGEST = ("test_whole_loop.py", "test_red_flag_gate.py", "test_intent_gate.py", "test_public_questions.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first; all others stay in their order."""
    items.sort(key=lambda item: _LONGEST.index(item.path.name) if item.path.name in _LONGEST else len(_LONGEST))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives until the end: thousands of tests and all that they import."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def agent() -> Any:
    """The trained model with the real actions; conversations are kept in memory. Loaded once: it takes seconds."""
    from rasa.utils.log_utils import configure_structlog
    from scenario_runner import MODEL, load_agent

    # Else Rasa prints every message and every slot beside each failure.
    configure_structlog(logging.ERROR)
    if not MODEL.is_file():
        pytest.fail(f"{MODEL} is missing; run 'make train'.")
    loaded = asyncio.run(load_agent())
    # As in a server: two threads that share out one message wait for one another longer than they compute.
    threadpool_limits(1)
    gc.freeze()
    return loaded
