"""The trainers' commands: `backstride train --candidate`, `compare`, `promote`, `rollback`, `models`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from backstride.errors import SettingsError
from backstride.model_store import ModelError, ModelStore
from backstride.settings import quiet_imports, set_library_defaults
from backstride.studio.audit import AuditLog
from backstride.studio.comparing import look_at, mark_change
from backstride.studio.comparison import Mark
from backstride.studio.comparisons import Comparisons
from backstride.studio.conversations import open_conversations, open_database
from backstride.studio.index import ConversationIndex
from backstride.studio.promotion import promote, roll_back
from backstride.studio.report import as_html, as_markdown
from backstride.studio.settings import StudioSettings, read_studio_settings
from backstride.studio.tracker_events import StoreError
from backstride.training import this_user


class _Printed:
    """Tells on the terminal how far it is."""

    def __init__(self) -> None:
        self._wide = 0

    def begin(self, step: str) -> None:
        """Name the step."""
        self._clear()
        print(f"{step} ...", flush=True)

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Show how far it is, on one line of a terminal; nothing where the output goes to a file."""
        if sys.stdout.isatty():
            text = f"  {detail} {done} of {total}" if total else f"  {detail}"
            print("\r" + text.ljust(self._wide), end="", flush=True)
            self._wide = len(text)

    def line(self, text: str) -> None:
        """Print a line."""
        self._clear()
        print(f"  {text}", flush=True)

    def _clear(self) -> None:
        if self._wide:
            print("\r" + " " * self._wide + "\r", end="")
        self._wide = 0


def train(_: Namespace) -> int:
    """Train a candidate and compare it."""
    return _compare(None)


def compare(options: Namespace) -> int:
    """Compare a candidate, tell the report, take what is said of changed readings."""
    settings = read_studio_settings()
    candidate = _candidate(settings, options.model)
    said: dict[Mark, list[str]] = {"accepted": options.accept, "refused": options.refuse}
    for mark, given in said.items():
        for change in _changes(settings, candidate, given):
            mark_change(settings, candidate, change, mark, who=this_user())
    if options.accept or options.refuse or (options.report and candidate in Comparisons(settings.state).compared()):
        return _tell(settings, candidate, options.report, with_words=options.words)
    return _compare(candidate, report=options.report, with_words=options.words)


def promote_model(options: Namespace) -> int:
    """Let a candidate serve."""
    settings = read_studio_settings()
    decision = promote(settings, _candidate(settings, options.model), by=this_user(), why=options.why)
    _note(settings, "promoted a model", model=decision.model, before=decision.previous, why=options.why)
    print(f"{decision.model} serves from now on; a running assistant takes it over in a moment.")
    print(*(f"- {note}" for note in decision.notes), sep="\n", end="\n" if decision.notes else "")
    return 0


def roll_back_model(options: Namespace) -> int:
    """Let the model before serve again."""
    settings = read_studio_settings()
    decision = roll_back(settings, by=this_user(), why=options.why, to=options.to)
    _note(settings, "rolled back to a model", model=decision.model, before=decision.previous, why=options.why)
    print(f"{decision.model} serves again; a running assistant takes it over in a moment.")
    print(*(f"- {note}" for note in decision.notes), sep="\n", end="\n" if decision.notes else "")
    return 0


def list_models(_: Namespace) -> int:
    """List the kept models, newest first."""
    settings = read_studio_settings()
    store = ModelStore(settings.models)
    store.recover()
    current, candidates = store.current(), {about.id for about in store.candidates()}
    compared = Comparisons(settings.state).compared()
    for about in store.kept():
        state = "serves" if current and about.id == current.id else "candidate" if about.id in candidates else "served"
        git = f" {about.git.commit[:12]}{'+' if about.git.changed else ''}" if about.git else ""
        told = ", compared" if about.id in compared else ""
        print(f"{about.id}  {state}{told}  trained {about.trained_at} by {about.trained_by or 'unknown'}{git}")
    if not store.kept():
        print(f"No models are kept in {store.folder}.")
    return 0


def _compare(candidate: str | None, *, report: str | None = None, with_words: bool = False) -> int:
    set_library_defaults()
    with quiet_imports():
        from backstride.studio.steps import train_and_compare  # noqa: PLC0415  # takes seconds

    settings = read_studio_settings()
    made = train_and_compare(settings, _Printed(), by=this_user(), candidate=candidate)
    return _tell(settings, made.candidate, report, with_words=with_words)


def _tell(settings: StudioSettings, candidate: str, report: str | None, *, with_words: bool) -> int:
    """Print the report, or write it into a file; 1 where the candidate may not serve."""
    # Somebody at the terminal may read what a trainer reads in the studio; a file is passed on.
    view = look_at(settings, candidate, _index(settings), with_words=with_words or report is None)
    if report is None:
        print(as_markdown(view))
    else:
        file = Path(report)
        if file.suffix not in {".html", ".md"}:
            raise SettingsError(f"{report!r}: write a name that ends in .html or .md.")
        file.write_text(as_html(view) if file.suffix == ".html" else as_markdown(view), encoding="utf-8")
        print(f"Wrote {file}")
    if view.reasons:
        print(f"{candidate} may not serve yet.")
        return 1
    print(f"Let it serve: backstride promote {candidate} --why '…'")
    return 0


def _index(settings: StudioSettings) -> ConversationIndex | None:
    try:
        index, events = open_conversations(settings)
        index.sync(events)
    except StoreError as error:
        print(f"  {error}")
        return None
    return index


def _candidate(settings: StudioSettings, given: str | None) -> str:
    """Return the given model, or the newest candidate."""
    store = ModelStore(settings.models)
    if given:
        return store.about(given).id
    candidates = store.candidates()
    if not candidates:
        raise ModelError("There is no candidate: train one with `backstride train --candidate`.")
    return candidates[0].id


def _changes(settings: StudioSettings, candidate: str, given: list[str]) -> list[str]:
    comparison = Comparisons(settings.state).read(candidate)
    return [change.id for change in comparison.changes] if given == ["all"] and comparison else given


def _note(settings: StudioSettings, what: str, **details: object) -> None:
    AuditLog(open_database(settings)).note(f"{this_user()} (command line)", what, **details)
