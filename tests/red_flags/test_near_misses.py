"""Messages a word apart: the one tells of a sign, the other of nothing. The trained model reads them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

HESITANCY = "had to pee like 10 times and can't really start"


def states(agent: Any, text: str) -> dict[str, str]:
    """The warning signs that the model finds in a message, with the state of each; denied ones left out."""
    parsed = asyncio.run(agent.parse_message(text))
    return {sign["id"]: sign["state"] for sign in parsed["red_flags"] if sign["state"] != "absent"}


@pytest.mark.parametrize(
    "text",
    [f"my lower back is killing me. {HESITANCY}", f"back pain since sunday, {HESITANCY}", f"{HESITANCY}, bad back too"],
)
def test_hesitancy_beside_back_pain_is_referred(agent: Any, text: str) -> None:
    assert states(agent, text)["cauda_equina"] == "present"


def test_hesitancy_alone_is_asked_about(agent: Any) -> None:
    assert states(agent, HESITANCY)["cauda_equina"] == "ask"


@pytest.mark.parametrize(
    "text",
    [
        "I'm scared I've done something serious",
        "I'm scared I've done something serious to my back",
        "worried I've done something stupid and pulled it again",
    ],
)
def test_fear_of_an_injury_is_no_thought_of_self_harm(agent: Any, text: str) -> None:
    assert "self_harm" not in states(agent, text)


@pytest.mark.parametrize(
    "text", ["I've done something stupid, I took all my pills", "I'm scared I'll do something to myself"]
)
def test_a_deed_is_noticed(agent: Any, text: str) -> None:
    assert states(agent, text).keys() & {"self_harm", "overdose"}


@pytest.mark.parametrize(
    "text",
    [
        "My wife is pregnant and I have back pain",
        "my partner is pregnant and my back hurts",
        "my sister is expecting, and I've got a sore back after running",
    ],
)
def test_anothers_pregnancy_is_not_the_speakers(agent: Any, text: str) -> None:
    assert "pregnancy" not in states(agent, text)


@pytest.mark.parametrize("text", ["My wife is pregnant and has back pain", "I am pregnant and I have back pain"])
def test_the_pregnancy_of_who_has_the_pain_counts(agent: Any, text: str) -> None:
    assert states(agent, text)["pregnancy"] == "present"


@pytest.mark.parametrize("text", ["what can i take for the pain", "what can I take for pain?"])
def test_a_question_about_painkillers_is_no_severe_pain(agent: Any, text: str) -> None:
    assert states(agent, text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "took 2 ibuprofen this morning",
        "one paracetamol every 6 hours",
        "2 paracetamol and 1 ibuprofen last night",
        "took two tablets before bed",
        "took 1 paracetamol",
    ],
)
def test_an_ordinary_dose_is_no_overdose(agent: Any, text: str) -> None:
    assert states(agent, text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "took a whole pack of paracetamol",
        "took 20 tablets",
        "i had twenty ibuprofen today",
        "took two packs of paracetamol",
        "took 8 naproxen at once",
        "2 ibuprofen every hour since this morning",
    ],
)
def test_too_much_is_an_overdose(agent: Any, text: str) -> None:
    assert states(agent, text)["overdose"] == "present"
