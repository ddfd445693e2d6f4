"""Where the studio listens, which project it works on, and where it keeps its own state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from backstride.errors import SettingsError
from backstride.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

_LAST_PORT = 65535
STATE_FOLDER = ".studio"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioSettings:
    """How the studio runs.

    Args:
        project: the folder with `data/`, `domain.yml`, `tests/`: what trainers change.
        state: the studio's own folder: people, sessions, drafts, the audit log, the index of conversations.
        endpoints: the file that says where conversations are kept.
        models: the folder that holds the trained models.
        interface: the address that the studio listens on.
        port: the port that it listens on.
    """

    project: Path = ROOT
    state: Path = ROOT / STATE_FOLDER
    endpoints: Path = ROOT / "endpoints.yml"
    models: Path = ROOT / "models"
    interface: str = "127.0.0.1"
    port: int = 5006


def read_studio_settings(environment: Mapping[str, str] | None = None) -> StudioSettings:
    """Return the settings that the environment asks for.

    Raises:
        SettingsError: a variable holds a value that cannot be used.
    """
    environment = os.environ if environment is None else environment
    defaults = StudioSettings()
    port = environment.get("STUDIO_PORT", str(defaults.port))
    if not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
        raise SettingsError(f"STUDIO_PORT is {port!r}; write a number from 1 to 65535.")
    project = Path(environment.get("BACKSTRIDE_STUDIO_PROJECT", defaults.project)).resolve()
    return StudioSettings(
        project=project,
        state=Path(environment.get("BACKSTRIDE_STUDIO_STATE", project / STATE_FOLDER)),
        endpoints=Path(environment.get("BACKSTRIDE_ENDPOINTS", project / "endpoints.yml")),
        models=Path(environment.get("BACKSTRIDE_MODELS", project / "models")),
        interface=environment.get("BACKSTRIDE_STUDIO_INTERFACE", defaults.interface),
        port=int(port),
    )
