"""Import a module only when something in it is used: serving pays for nothing that only training needs.

Rasa imports TensorFlow and its plots wherever it runs: a third of the start and a quarter of a gigabyte. Nothing of
ours runs on them. A model that does (one with Rasa's DIETClassifier, say) still works: the module is then imported
on first use.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import threading
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any, Final

# Serving uses nothing of these: tests/test_start.py looks at what a start imports.
NOT_FOR_SERVING: Final = ("tensorflow", "rasa.utils.train_utils", "rasa.utils.plotting")

_lock = threading.RLock()


class _Later(ModuleType):
    """A module that has not been executed yet; asked for anything that a finder did not set, it is."""

    def __getattr__(self, name: str) -> Any:
        # Whoever walks through all modules asks for such names; only `__path__` means that a submodule is wanted.
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        with _lock:
            if type(self) is _Later:
                self._execute()
        return getattr(self, name)

    def _execute(self) -> None:
        spec = self.__spec__
        if spec is None or not isinstance(spec.loader, _LaterLoader):
            raise ImportError(f"{self.__name__} cannot be imported later", name=self.__name__)
        self.__class__ = ModuleType  # type: ignore[assignment]  # an ordinary module from here on
        spec.loader = self.__loader__ = spec.loader.real
        if spec.submodule_search_locations is not None:
            self.__path__ = spec.submodule_search_locations
        self.__loader__.exec_module(self)


class _LaterLoader(importlib.abc.Loader):
    def __init__(self, real: importlib.abc.Loader) -> None:
        self.real = real

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__.pop("__path__", None)
        module.__class__ = _Later


class _LaterFinder(importlib.abc.MetaPathFinder):
    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self._names:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        spec.loader = _LaterLoader(spec.loader)
        return spec


def import_later(names: Iterable[str] = NOT_FOR_SERVING) -> None:
    """Let these modules be imported on first use from now on; those that are imported already stay."""
    sys.meta_path.insert(0, _LaterFinder(names))
