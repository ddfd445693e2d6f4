"""What the project's files say: intents, examples, actions, rules and stories. Read anew when a file changes."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from backstride.errors import BackstrideError
from backstride.studio.yaml_lines import blocks_of
from backstride.triage import load_red_flags

_ANNOTATION = re.compile(r"\[([^\]\n]+)\](?:\([^)\n]*\)|\{[^}\n]*\})")
# Rasa sets these itself; nobody chooses them.
_NOT_CHOSEN = frozenset({"nlu_fallback"})


class ProjectError(BackstrideError):
    """A file of the project cannot be read; the message says which, where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A training example.

    Args:
        text: the words, without annotations.
        written: as it stands in the file.
        intent: its intent.
        path: the file, relative to the project.
        line: counted from 1.
    """

    text: str
    written: str
    intent: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a rule or story.

    Args:
        kind: "intent", "action" or "other" (a slot, a form, a checkpoint).
        name: what is done or said.
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A rule or a story.

    Args:
        kind: "rule" or "story".
        name: as it stands in the file.
        topic: the folder under `data/`.
        path: the file, relative to the project.
        line: of its name, counted from 1.
        steps: in their order; of alternatives ("or") the first.
    """

    kind: str
    name: str
    topic: str
    path: str
    line: int
    steps: tuple[Step, ...]


class Project:
    """The files of a project that trainers change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._kept: dict[str, tuple[Any, Any]] = {}

    @property
    def topics(self) -> list[str]:
        """The folders under `data/`."""
        return sorted(path.name for path in (self.root / "data").iterdir() if path.is_dir())

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents of the domain that a person's message can have, in its order."""
        return tuple(name for name in _names(self._domain().get("intents")) if name not in _NOT_CHOSEN)

    @property
    def actions(self) -> tuple[str, ...]:
        """What the assistant can do: the domain's actions, then its responses."""
        domain = self._domain()
        return (*_names(domain.get("actions")), *(domain.get("responses") or {}))

    @property
    def entities(self) -> dict[str, tuple[str, ...]]:
        """The entities that are found in words, with their roles; those of tapped buttons are none of these."""
        found: dict[str, tuple[str, ...]] = {}
        for item in self._domain().get("entities") or ():
            if isinstance(item, dict):
                for name, options in item.items():
                    found[name] = tuple((options or {}).get("roles") or ())
        return found

    @property
    def flags(self) -> dict[str, str]:
        """The warning signs: id and title."""
        path = self.root / "knowledge"
        return dict(
            self._once("flags", [path / "red_flags.yml"], lambda: {f.id: f.title for f in load_red_flags(path).flags})
        )

    @property
    def examples(self) -> tuple[Example, ...]:
        """All training examples."""
        files = sorted((self.root / "data").glob("*/nlu.yml"))
        return tuple(self._once("examples", files, lambda: tuple(e for f in files for e in _examples(f, self.root))))

    @property
    def test_set(self) -> tuple[Example, ...]:
        """The messages that are held apart: nothing like them may be trained on."""
        folder = self.root / "tests" / "nlu"
        files = [path for name in ("test_set.yml", "blind_set.yml") if (path := folder / name).is_file()]
        return tuple(self._once("test_set", files, lambda: tuple(e for f in files for e in _examples(f, self.root))))

    @property
    def flows(self) -> tuple[Flow, ...]:
        """All rules and stories."""
        files = sorted([*(self.root / "data").glob("*/rules.yml"), *(self.root / "data").glob("*/stories.yml")])
        return tuple(self._once("flows", files, lambda: tuple(f for path in files for f in _flows(path, self.root))))

    def file_of_intent(self, intent: str) -> str | None:
        """Return the file that holds most examples of an intent, relative to the project; None for a new intent."""
        counts = Counter(example.path for example in self.examples if example.intent == intent)
        return counts.most_common(1)[0][0] if counts else None

    def topic_of_intent(self, intent: str) -> str | None:
        """Return the topic that holds most examples of an intent."""
        path = self.file_of_intent(intent)
        return Path(path).parent.name if path else None

    def _domain(self) -> Mapping[str, Any]:
        path = self.root / "domain.yml"
        found: Mapping[str, Any] = self._once("domain", [path], lambda: _load(path))
        return found

    def _once(self, name: str, files: Sequence[Path], read: Any) -> Any:
        """Return what was read before where no file has changed since."""
        state = [(file, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
        kept = self._kept.get(name)
        if kept is None or kept[0] != state:
            kept = (state, read())
            self._kept[name] = kept
        return kept[1]


def plain(written: str) -> str:
    """Return an example's words without annotations of entities."""
    return _ANNOTATION.sub(r"\1", written)


def _examples(path: Path, root: Path) -> Iterator[Example]:
    relative = str(path.relative_to(root))
    for block in blocks_of(path.read_text(encoding="utf-8")):
        for line, written in block.examples:
            yield Example(
                text=plain(written),
                written=written,
                intent=block.intent,
                path=relative,
                line=line,
            )


def _flows(path: Path, root: Path) -> Iterator[Flow]:
    text = path.read_text(encoding="utf-8")
    document = _load(path)
    for kind, key in (("rule", "rules"), ("story", "stories")):
        for item in document.get(key) or ():
            name = str(item.get(kind, ""))
            yield Flow(
                kind=kind,
                name=name,
                topic=path.parent.name,
                path=str(path.relative_to(root)),
                line=_line_of(text, kind, name),
                steps=tuple(_steps(item.get("steps") or ())),
            )


def _line_of(text: str, kind: str, name: str) -> int:
    form = re.compile(rf"^ *- {kind}: *['\"]?{re.escape(name)}['\"]? *(?:#.*)?$")
    return next((number for number, line in enumerate(text.splitlines(), start=1) if form.match(line)), 1)


def _steps(items: Sequence[Any]) -> Iterator[Step]:
    for item in items:
        if not isinstance(item, dict):
            continue
        first = (item.get("or") or [item])[0]
        if "intent" in first:
            yield Step(kind="intent", name=str(first["intent"]))
        elif "action" in item:
            yield Step(kind="action", name=str(item["action"]))
        else:
            key = next(iter(item), "")
            yield Step(kind="other", name=f"{key}: {_short(item.get(key))}")


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_short(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return "none" if value is None else str(value)


def _names(items: Sequence[Any] | None) -> list[str]:
    return [str(next(iter(item)) if isinstance(item, dict) else item) for item in items or ()]


def _load(path: Path) -> Mapping[str, Any]:
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}  # the safe loader, in C
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        raise ProjectError(f"{path}{line}: this is no YAML: {getattr(error, 'problem', None) or error}.") from error
    if not isinstance(loaded, dict):
        raise ProjectError(f"{path}:1: this file has no keys such as 'nlu:' or 'rules:' at its top.")
    return loaded


@functools.lru_cache(maxsize=8)
def project_at(root: Path) -> Project:
    """Return the process's one reader of a project."""
    return Project(root)
