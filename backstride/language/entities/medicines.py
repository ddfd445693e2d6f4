"""Read which medicines a message names."""

from __future__ import annotations

from backstride.language.entities.findings import MEDICINE, Found, Medicine
from backstride.language.entities.reading import Reading


def medicines(reading: Reading) -> list[Found]:
    """Return the medicines that a message names and does not deny."""
    found: list[Found] = []
    denied_until = -1
    for phrase in reading.phrases:
        if phrase.kind != "medicine":
            continue
        joined = reading.message.at(phrase.start - 1) in {"or", "nor"} and denied_until >= phrase.start - 2
        if joined or reading.is_denied(phrase.start):
            denied_until = phrase.end
            continue
        found.append(reading.finding(MEDICINE, phrase.start, phrase.end, Medicine(phrase.heading, phrase.phrase)))
    return found
