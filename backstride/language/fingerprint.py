"""Know when the code or the word lists behind a trained component have changed."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from backstride.settings import ROOT

_SUFFIXES = {".py", ".npz"}


@functools.lru_cache(maxsize=1)
def fingerprint_of_language() -> str:
    """Return a hash of this package's code and data, and of the word lists and phrases that it learns from."""
    knowledge = ROOT / "knowledge"
    files = [
        *sorted(file for file in Path(__file__).parent.iterdir() if file.suffix in _SUFFIXES),
        *sorted(knowledge.glob("*_words.yml")),
        *sorted(knowledge.glob("red_flag_language.yml")),
        *sorted((knowledge / "red_flag_phrases").glob("*.yml")),
    ]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
