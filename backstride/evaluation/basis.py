"""Know whether two models were measured with the same things."""

from __future__ import annotations

import hashlib
from pathlib import Path

from backstride.language.sign_language import PHRASES_FOLDER
from backstride.settings import ROOT


def basis_of(project: Path) -> str:
    """Return one hash over everything beside the model that decides what is measured.

    The phrases of the warning signs are left out: only a training reads them, and what it made of them is in the model.
    """
    tests = project / "tests"
    folders = [(tests / name, "*") for name in ("nlu", "red_flags", "scenarios")]
    folders += [(ROOT / "knowledge", "*.yml"), (ROOT / "backstride", "*.py"), (ROOT / "actions", "*.py")]
    digest = hashlib.sha256()
    for folder, pattern in folders:
        for file in sorted(f for f in folder.rglob(pattern) if f.is_file() and f.suffix != ".pyc"):
            if file.parent.name == PHRASES_FOLDER:
                continue
            digest.update(str(file.relative_to(folder)).encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
