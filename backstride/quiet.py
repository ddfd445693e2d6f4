"""Keep the libraries' noise about one another out of every command, plain `rasa` commands too.

`make setup` lets the environment run `set_up` whenever its Python starts. What is left out says nothing that whoever
runs, trains or writes the assistant could act on; every other warning is shown.
"""

from __future__ import annotations

import logging
import re
import sysconfig
import warnings
from typing import Any

from backstride.settings import set_library_defaults
from backstride.vocabulary import Response

_OF_LIBRARIES = sysconfig.get_path("purelib")
_OF_THEIR_OWN = re.compile(r"pkg_resources is deprecated|distutils|Attempting to set identical", re.IGNORECASE)
# Rasa looks for a sentence of the domain in stories and rules, and cannot see that an action says it.
_SAID_BY_ACTIONS = frozenset(value for name, value in vars(Response).items() if name.isupper())
_UNUSED = re.compile(r"The utterance '(\w+)' is not used in any story or rule")
# TensorFlow misses a part that nothing here uses.
_LIMITED = re.compile(r"Limited tf\.\S+ API due to missing TensorBoard")


def set_up() -> None:
    """Set the libraries' defaults, and leave out their noise from now on."""
    set_library_defaults()
    shown = warnings.showwarning

    def show(message: Any, category: type[Warning], filename: str, *more: Any, **named: Any) -> None:
        if not is_noise(str(message), category, filename):
            shown(message, category, filename, *more, **named)

    # Libraries set filters of their own when they are imported, so that a filter would not last.
    warnings.showwarning = show
    logging.getLogger().addFilter(lambda record: _LIMITED.match(record.getMessage()) is None)


def is_noise(message: str, category: type[Warning], filename: str) -> bool:
    """Return whether a warning concerns nobody here.

    Args:
        message: what it says.
        category: its class.
        filename: the file that it points to.
    """
    if not filename.startswith(_OF_LIBRARIES):
        return False
    unused = _UNUSED.search(message)
    if unused is not None:
        return unused[1] in _SAID_BY_ACTIONS
    return issubclass(category, DeprecationWarning) or _OF_THEIR_OWN.search(message) is not None
