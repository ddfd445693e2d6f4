"""Let a candidate serve, and take that back: who, when, why, and from which data is written down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backstride.errors import BackstrideError
from backstride.evaluation.basis import basis_of
from backstride.model_store import Decision, ModelAbout, ModelError, ModelStore
from backstride.studio.comparison import Comparison, refusals, remarks
from backstride.studio.comparisons import Comparisons
from backstride.training import CODE, fingerprint, fingerprints

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backstride.studio.comparison import Mark
    from backstride.studio.settings import StudioSettings

_LOAD_TIMEOUT_S: Final = 120


class PromotionRefusedError(BackstrideError):
    """A candidate may not serve; `reasons` says why."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("This model may not serve:\n" + "\n".join(f"- {reason}" for reason in self.reasons))


def reasons_against(
    settings: StudioSettings, comparison: Comparison | None, marks: Mapping[str, Mark]
) -> tuple[str, ...]:
    """Return why a candidate may not serve now; nothing where it may.

    Args:
        settings: which project, which models.
        comparison: of the candidate with the serving model.
        marks: what was said of the changed readings.
    """
    if comparison is None:
        return ("It has not been compared with the serving model yet.",)
    store = ModelStore(settings.models)
    current = store.current()
    if current is not None and current.id == comparison.candidate:
        return ("It serves already.",)
    told: list[str] = []
    if (current.id if current else None) != comparison.current:
        told.append("Another model serves than the one it was compared with; compare again.")
    if comparison.basis != basis_of(settings.project):
        told.append("Tests, knowledge or code have changed since it was compared; compare again.")
    return (*told, *refusals(comparison, marks))


def promote(settings: StudioSettings, candidate: str, *, by: str, why: str) -> Decision:
    """Let a candidate serve, if nothing stands against it.

    Raises:
        ModelError: there is no such candidate.
        PromotionRefusedError: something stands against it.
    """
    store = ModelStore(settings.models)
    store.recover()
    about = store.about(candidate)
    comparisons = Comparisons(settings.state)
    comparison, marks = comparisons.read(candidate), comparisons.marks(candidate)
    reasons = reasons_against(settings, comparison, marks)
    if reasons or comparison is None:
        raise PromotionRefusedError(reasons)
    return store.install(
        about.id,
        kind="promoted",
        by=by,
        why=why,
        inputs=fingerprint(settings.project),
        code=fingerprints(settings.project)[CODE],
        notes=remarks(comparison, marks),
    )


def roll_back(settings: StudioSettings, *, by: str, why: str, to: str | None = None) -> Decision:
    """Let the model before the serving one serve again, or an older one.

    Args:
        settings: which project, which models.
        by: who does it.
        why: in the trainer's words.
        to: the older model's id; the one before without it.

    Raises:
        ModelError: there is none, or it cannot be loaded by the code that is here.
    """
    store = ModelStore(settings.models)
    store.recover()
    about = store.about(to) if to else store.previous()
    if about is None:
        raise ModelError("No model served before this one: there is nothing to roll back to.")
    current = store.current()
    if current is not None and current.id == about.id:
        raise ModelError(f"{about.id} serves already.")
    if about.id in {candidate.id for candidate in store.candidates()}:
        raise ModelError(f"{about.id} has never served: compare and promote it.")
    parts = fingerprints(settings.project)
    if about.parts.get(CODE) != parts[CODE]:
        can_load(store.path_of(about.id))
    return store.install(
        about.id,
        kind="rolled_back",
        by=by,
        why=why,
        inputs=fingerprint(settings.project),
        code=parts[CODE],
        notes=what_stays(about, parts),
    )


def what_stays(about: ModelAbout, parts: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a roll-back does not bring back: what the assistant reads from files and not from its model.

    Args:
        about: the model that serves again.
        parts: hashes of the inputs as they are now.
    """
    changed = [part for part in ("warning signs", "word lists", CODE) if about.parts.get(part) != parts.get(part)]
    return tuple(f"Changed since this model was trained, and not brought back with it: {part}." for part in changed)


def can_load(model: Path) -> None:
    """Load a model in a process of its own, as the assistant will.

    Raises:
        ModelError: it cannot be loaded by the code that is here.
    """
    script = (
        "import asyncio, pathlib, sys\n"
        "from backstride.settings import set_library_defaults\n"
        "set_library_defaults()\n"
        "from backstride.evaluation.conversations import load_agent\n"
        "asyncio.run(load_agent(pathlib.Path(sys.argv[1])))\n"
    )
    done = subprocess.run(  # noqa: S603  # a fixed command without a shell
        [sys.executable, "-c", script, str(model)], capture_output=True, check=False, timeout=_LOAD_TIMEOUT_S
    )
    if done.returncode != 0:
        raise ModelError("This model was trained by other code and cannot be loaded by the code that is here.")
