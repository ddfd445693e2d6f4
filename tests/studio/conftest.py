"""What the studio's tests share: a copy of the project's files and a tracker store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_conversations import Store, store_at
from playwright.sync_api import expect

from backstride.settings import ROOT
from backstride.studio.settings import StudioSettings

# On a machine that does much else a page takes longer than Playwright's five seconds.
expect.set_options(timeout=120_000)


@pytest.fixture(scope="session")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for name in ("data", "knowledge"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "tests" / "nlu", folder / "tests" / "nlu")
    for name in ("domain.yml", "config.yml", "endpoints.yml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def project(_files: Path, tmp_path: Path) -> Path:
    """A copy of the project that a test may change."""
    return Path(shutil.copytree(_files, tmp_path / "project"))


@pytest.fixture
def settings(project: Path) -> StudioSettings:
    """Settings for that copy."""
    return StudioSettings(
        project=project,
        state=project / ".studio",
        endpoints=project / "endpoints.yml",
        models=project / "models",
    )


@pytest.fixture
def store(project: Path) -> Store:
    """The tracker store that `endpoints.yml` names."""
    return store_at(project / "conversations.db")
