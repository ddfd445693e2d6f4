"""Why an action was chosen, in words, and what is nearest to a message."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_conversations import action, letters, user

from backstride.errors import WeightsError
from backstride.safety_state import Move
from backstride.studio.dialogue import turns_of
from backstride.studio.explanations import _MOVES, why
from backstride.studio.nearest import Meaning, Nearest, VectorStore
from backstride.studio.project_files import Example, Flow, Step


def flow(kind: str, name: str, *steps: str) -> Flow:
    made = tuple(Step(kind=step.partition(":")[0], name=step.partition(":")[2]) for step in steps)
    return Flow(kind=kind, name=name, topic="relief", path="data/relief/rules.yml", line=3, steps=made)


RULE = flow("rule", "heat", "intent:relief_heat", "action:action_give_relief")
LONG = flow("story", "long", "intent:greet", "action:utter_greet", "intent:relief_heat", "action:action_give_relief")
SHORT = flow("story", "short", "intent:relief_heat", "action:action_give_relief")


def explained(policy: str | None, *, name: str = "action_give_relief", move: str = "") -> str:
    slots = [{"event": "slot", "name": "safety", "value": {"move": move}}] if move else []
    (turn,) = turns_of([user("is heat good", "relief_heat"), action(name, policy), *slots], lambda text: text)
    (decision,) = turn.decisions
    return why(decision, turn, [RULE, LONG, SHORT])[0]


def test_rule_is_named_that_chose_the_action() -> None:
    assert explained("RulePolicy") == "the rule “heat”"


def test_fall_back_is_named_when_no_rule_says_so() -> None:
    assert explained("RulePolicy", name="action_not_understood") == "no rule and no story fits: the fall-back"


def test_shortest_story_is_named_that_chose_the_action() -> None:
    assert explained("StoryPolicy") == "as in the story “short”"


def test_learned_is_said_when_no_story_has_it() -> None:
    assert explained("StoryPolicy", name="action_menu") == "learned from the stories"


def test_action_that_another_one_asked_for_is_told() -> None:
    assert explained(None) == "the action before it asked for it"


def test_other_policy_is_named() -> None:
    assert explained("GuidedPolicy") == "GuidedPolicy decided so"


@pytest.mark.parametrize("move", sorted(_MOVES))
def test_move_of_the_safety_rules_is_told_in_words(move: str) -> None:
    assert explained("SafetyPolicy", move=move) == _MOVES[move]


def test_every_move_of_the_safety_rules_has_its_words() -> None:
    assert set(_MOVES) == {move.value for move in Move} - {Move.PASS.value}


# --- nearest --------------------------------------------------------------------------------------------------------


def example(text: str, intent: str) -> Example:
    return Example(text=text, written=text, intent=intent, path="data/relief/nlu.yml", line=1)


EXAMPLES = (
    example("a hot water bottle", "relief_heat"),
    example("a hot bath", "relief_heat"),
    example("a foam roller", "relief_massage"),
)


@pytest.fixture
def nearest(tmp_path: Path) -> Nearest:
    found = Nearest(VectorStore(tmp_path / "vectors.npz", letters))
    found.learn(EXAMPLES)
    return found


def test_nearest_examples_come_first_with_how_near_they_are(nearest: Nearest) -> None:
    ((first, second),) = nearest.to(["a hot bath"], 2)

    assert (first.example.text, round(first.nearness, 3)) == ("a hot bath", 1.0)
    assert first.nearness > second.nearness


def test_intents_are_ranked_by_their_nearest_examples(nearest: Nearest) -> None:
    (vector,) = letters(["a hot bath please"])

    assert [intent for intent, _ in nearest.intents(vector)] == ["relief_heat", "relief_massage"]


def test_vectors_are_kept_so_that_nothing_is_encoded_twice(tmp_path: Path) -> None:
    encoded: list[str] = []

    def encode(texts: list[str]) -> np.ndarray:
        encoded.extend(texts)
        return letters(texts)

    texts = [f"text {number}" for number in range(1200)]
    first = VectorStore(tmp_path / "vectors.npz", encode).of(texts, lasting=True)
    again = VectorStore(tmp_path / "vectors.npz", encode).of(texts[::-1])

    assert len(encoded) == len(texts)
    assert np.allclose(first, again[::-1])


def test_what_people_wrote_is_not_kept_in_the_file(tmp_path: Path) -> None:
    """It may be erased from the tracker store at any time; unless an example says the same."""
    path = tmp_path / "vectors.npz"
    vectors = VectorStore(path, letters)
    vectors.of(["an example", "another"], lasting=True)
    vectors.of(["my secret", "my other secret", "became an example"])
    vectors.of(["a third example"], lasting=True)
    vectors.of(["became an example"], lasting=True)

    with np.load(path) as kept:
        assert len(kept["keys"]) == len(kept["vectors"]) == 4
    encoded: list[str] = []

    def encode(texts: list[str]) -> np.ndarray:
        encoded.extend(texts)
        return letters(texts)

    VectorStore(path, encode).of(["my secret", "an example", "became an example"])
    assert encoded == ["my secret"]


def test_vectors_are_made_anew_when_their_file_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "vectors.npz").write_bytes(b"PK half a file")

    assert VectorStore(tmp_path / "vectors.npz", letters).of(["a", "b"]).shape == (2, 384)


def test_nothing_is_near_where_the_encoder_is_missing(tmp_path: Path) -> None:
    def encode(_: list[str]) -> np.ndarray:
        raise WeightsError("no weights")

    meaning = Meaning(VectorStore(tmp_path / "vectors.npz", encode))
    meaning.learn(EXAMPLES, ())

    assert meaning.examples.to(["a hot bath"]) == [[]]
    assert meaning.examples.intents(letters(["a"])[0]) == []
