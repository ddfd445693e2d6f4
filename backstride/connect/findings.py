"""What a check found: fine, worth knowing, or wrong and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class State(Enum):
    """How a finding stands."""

    FINE = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Args:
        state: how it stands.
        says: what was found, in plain words.
        mend: what to do about it, and where to click; "" where nothing is to be done.
    """

    state: State
    says: str
    mend: str = ""

    def lines(self) -> list[str]:
        """Return the finding as the command line prints it."""
        first = f"  {self.state.value:<6} {self.says}"
        return [first, *(f"         -> {line}" for line in self.mend.splitlines())]


@dataclass(slots=True)
class Report:
    """What was found about one platform or one part of the server, in the order in which it was looked at.

    Args:
        title: what was looked at, such as "Telegram".
    """

    title: str
    findings: list[Finding] = field(default_factory=list)

    def fine(self, says: str) -> None:
        """Note down something that works."""
        self.findings.append(Finding(state=State.FINE, says=says))

    def note(self, says: str, mend: str = "") -> None:
        """Note down something worth knowing that keeps nothing from working."""
        self.findings.append(Finding(state=State.NOTE, says=says, mend=mend))

    def wrong(self, says: str, mend: str) -> None:
        """Note down something that does not work."""
        self.findings.append(Finding(state=State.WRONG, says=says, mend=mend))

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.state is not State.WRONG for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join([self.title, *(line for finding in self.findings for line in finding.lines())])
