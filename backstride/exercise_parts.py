"""An exercise as the parts that one does after another: steps, sides and sets, with the hold of each.

The one source for all who lead somebody through an exercise: the stretch session asks part by part, and the widget's
player counts their seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backstride.knowledge import Entry

# A hold this long is counted one by one; of shorter ones the person counts the repetitions.
COUNTED_HOLD_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something to do before the next thing is said.

    Args:
        step: the place of the step in the exercise, from 0.
        text: the step's own words.
        hold_seconds: how long to hold, 0 where nothing is held.
        repetitions: how often to do it within this part.
        side: 1 or 2; 0 where there are no sides.
        set: which of the counted holds this is, from 1.
        sets: how many of them there are on this side.
    """

    step: int
    text: str
    hold_seconds: int = 0
    repetitions: int = 1
    side: int = 0
    set: int = 1
    sets: int = 1

    def as_json(self) -> dict[str, Any]:
        """Return what a channel needs to show and count it."""
        return {
            "step": self.step,
            "text": self.text,
            "hold_seconds": self.hold_seconds,
            "repetitions": self.repetitions,
            "side": self.side,
            "set": self.set,
            "sets": self.sets,
        }


def parts_of(entry: Entry) -> tuple[Part, ...]:
    """Return the parts of an exercise in the order of doing: all sets of one side, then those of the other."""
    parts: list[Part] = []
    for place, step in enumerate(entry.steps):
        seconds, times = step.hold_seconds or 0, step.repetitions or 1
        sets = times if seconds >= COUNTED_HOLD_S else 1
        for side in (1, 2) if step.each_side else (0,):
            parts += [
                Part(
                    step=place,
                    text=step.text,
                    hold_seconds=seconds,
                    repetitions=times // sets,
                    side=side,
                    set=number,
                    sets=sets,
                )
                for number in range(1, sets + 1)
            ]
    return tuple(parts)
