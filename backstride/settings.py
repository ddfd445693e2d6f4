"""Every environment variable that Backstride reads, in one place, checked once."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from backstride.errors import SettingsError

_LAST_PORT = 65535
_MOST_DAYS = 3650
ROOT = Path(__file__).resolve().parent.parent

# What Rasa and its libraries read, in plain `rasa` commands too (see quiet.py); a value that is set already stays.
LIBRARY_DEFAULTS: Mapping[str, str] = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # Two trainings give the same numbers only with the same number of threads.
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    # 100 kB are far more than a message and far less than what would hold the loop up.
    "SANIC_REQUEST_MAX_SIZE": "100000",
}

# Serving besides. A message is too small to share out: two threads wait for one another longer than they compute,
# and the other cores have other things to do.
SERVING_DEFAULTS: Mapping[str, str] = {**LIBRARY_DEFAULTS, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the server runs.

    Args:
        interface: the address that it listens on.
        port: the port that it listens on.
        models: the folder that holds the trained models.
        credentials: the file that names the open channels.
        endpoints: the file that says where conversations are kept.
        country: the id of the country whose emergency number is named, or None to name the common ones.
        log_level: debug, info, warning or error.
        retention_days: days without a message of the person after which all that is kept of them is erased; 0 for
            never.
    """

    interface: str = "127.0.0.1"
    port: int = 5005
    models: Path = ROOT / "models"
    credentials: Path = ROOT / "credentials.yml"
    endpoints: Path = ROOT / "endpoints.yml"
    country: str | None = None
    log_level: str = "info"
    retention_days: int = 30


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the environment asks for.

    Raises:
        SettingsError: a variable holds a value that cannot be used.
    """
    environment = os.environ if environment is None else environment
    defaults = Settings()
    log_level = environment.get("BACKSTRIDE_LOG_LEVEL", defaults.log_level).lower()
    if log_level not in {"debug", "info", "warning", "error"}:
        raise SettingsError(f"BACKSTRIDE_LOG_LEVEL is {log_level!r}; write debug, info, warning or error.")
    return Settings(
        interface=environment.get("BACKSTRIDE_INTERFACE", defaults.interface),
        port=_port(environment.get("PORT", str(defaults.port))),
        models=Path(environment.get("BACKSTRIDE_MODELS", defaults.models)),
        credentials=Path(environment.get("BACKSTRIDE_CREDENTIALS", defaults.credentials)),
        endpoints=Path(environment.get("BACKSTRIDE_ENDPOINTS", defaults.endpoints)),
        country=environment.get("BACKSTRIDE_COUNTRY") or None,
        log_level=log_level,
        retention_days=_days(environment.get("BACKSTRIDE_RETENTION_DAYS", str(defaults.retention_days))),
    )


def set_library_defaults(defaults: Mapping[str, str] = LIBRARY_DEFAULTS) -> None:
    """Set what the libraries read, where nobody has set it. Call it before they are imported."""
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    # Rasa's pinned libraries deprecate one another's functions at every import.
    warnings.filterwarnings("ignore", category=DeprecationWarning)


@contextlib.contextmanager
def quiet_imports() -> Iterator[None]:
    """Keep back what the libraries warn about while they are imported: nothing that an operator could act on."""
    shown, disabled = warnings.showwarning, logging.root.manager.disable
    logging.disable(logging.WARNING)
    # Some libraries set filters of their own when they are imported, so that filters do not reach them.
    warnings.showwarning = lambda *_, **__: None
    try:
        yield
    finally:
        warnings.showwarning = shown
        logging.disable(disabled)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _LAST_PORT:
        raise SettingsError(f"PORT is {text!r}; write a number from 1 to 65535.")
    return int(text)


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_DAYS:
        raise SettingsError(
            f"BACKSTRIDE_RETENTION_DAYS is {text!r}; write a number of days up to {_MOST_DAYS}, or 0 to erase nothing."
        )
    return int(text)
