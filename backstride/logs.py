"""Readable logs, without the words that people type and without the libraries' noise."""

from __future__ import annotations

import logging
import warnings

import rasa.utils.common
from rasa.utils.log_utils import configure_structlog

# What they say below a warning is of no use to whoever runs the assistant.
_NOISY = ("apscheduler", "matplotlib", "tensorflow", "sanic.root", "sanic.access", "rasa_sdk.executor")


def configure_logging(level: str) -> None:
    """Set up readable logs without message text and without the libraries' warning noise.

    Rasa prints message texts at debug level only; `debug` is for a developer's own machine.
    """
    number = logging.getLevelName(level.upper())
    line = "%(asctime)s %(levelname)-7s %(name)s  %(message)s"
    logging.basicConfig(format=line, datefmt="%H:%M:%S", level=number, force=True)
    # SQLAlchemy asks for its own deprecations to be shown when it is imported.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    rasa.utils.common.configure_logging_and_warnings(number, warn_only_once=True, filter_repeated_logs=True)
    configure_structlog(number)
    for noisy in (
        "alembic",
        "apscheduler",
        "matplotlib",
        "tensorflow",
        "sanic.root",
        "sanic.access",
        "rasa_sdk.executor",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
