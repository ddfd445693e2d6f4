"""The learned dialogue policy: what it learns from stories, and how it is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates, TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.loading import load_data_from_files
from rasa.shared.core.training_data.structures import StoryGraph

from backstride.language.story_policy import StoryPolicy
from backstride.settings import ROOT

DOMAIN = """
version: "3.1"
intents: [greet, ask_heat, ask_tips, ask_why, affirm, deny]
actions: [action_heat, action_tips, action_follow_up, action_stretches]
slots:
  mood:
    type: categorical
    values: [good, bad]
    mappings: [{type: custom}]
responses:
  utter_greet: [{text: hi}]
  utter_bye: [{text: bye}]
"""

STORIES = """
version: "3.1"
stories:
- story: hello, yes
  steps: [{intent: greet}, {action: utter_greet}, {intent: affirm}, {action: action_heat}]
- story: hello, no
  steps: [{intent: greet}, {action: utter_greet}, {intent: deny}, {action: utter_bye}]
- story: heat, yes
  steps: [{intent: ask_heat}, {action: action_heat}, {intent: affirm}, {action: action_stretches}]
- story: heat, why, yes
  steps: [{intent: ask_heat}, {action: action_heat}, {intent: ask_why}, {action: action_follow_up},
          {intent: affirm}, {action: action_stretches}]
- story: tips, why, yes
  steps: [{intent: ask_tips}, {action: action_tips}, {intent: ask_why}, {action: action_follow_up},
          {intent: affirm}, {action: action_tips}]
- story: heat, no
  steps: [{intent: ask_heat}, {action: action_heat}, {intent: deny}, {action: utter_bye}]
"""


def trackers_of(domain: Domain, files: list[str]) -> list[TrackerWithCachedStates]:
    graph = StoryGraph(load_data_from_files(files, domain))
    trackers: list[TrackerWithCachedStates] = TrainingDataGenerator(
        graph, domain, remove_duplicates=True, augmentation_factor=0, use_story_concatenation=False
    ).generate()
    return trackers


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_yaml(DOMAIN)


@pytest.fixture(scope="module")
def trackers(domain: Domain, tmp_path_factory: pytest.TempPathFactory) -> list[TrackerWithCachedStates]:
    file = tmp_path_factory.mktemp("stories") / "stories.yml"
    file.write_text(STORIES, encoding="utf-8")
    return trackers_of(domain, [str(file)])


class Stored:
    """A policy with the place that it is stored in."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self._config = StoryPolicy.get_default_config() | config
        self._place = (LocalModelStorage(folder), Resource("policy"), ExecutionContext(GraphSchema({}), "model"))
        self.policy = StoryPolicy(self._config, *self._place)

    def loaded(self) -> StoryPolicy:
        return StoryPolicy.load(self._config, *self._place)


@pytest.fixture(scope="module")
def stored(domain: Domain, trackers: list[TrackerWithCachedStates], tmp_path_factory: pytest.TempPathFactory) -> Stored:
    it = Stored(tmp_path_factory.mktemp("model"))
    it.policy.train(trackers, domain)
    return it


def talk(domain: Domain, *steps: str) -> DialogueStateTracker:
    """A conversation of intents and actions that waits for what comes after the last intent."""
    tracker = DialogueStateTracker("ann", domain.slots)
    tracker.update(ActionExecuted("action_listen"), domain)
    for step in steps:
        if step in domain.intents:
            tracker.update(UserUttered(step, {"name": step, "confidence": 1.0}), domain)
        else:
            tracker.update(ActionExecuted(step), domain)
            tracker.update(ActionExecuted("action_listen"), domain)
    return tracker


def probabilities(policy: StoryPolicy, domain: Domain, *steps: str) -> list[float]:
    return list(policy.predict_action_probabilities(talk(domain, *steps), domain).probabilities)


def predicted(policy: StoryPolicy, domain: Domain, *steps: str) -> str:
    shares = probabilities(policy, domain, *steps)
    return str(domain.action_names_or_texts[shares.index(max(shares))])


@pytest.mark.parametrize(
    ("steps", "action"),
    [
        (["greet", "utter_greet", "affirm"], "action_heat"),
        (["greet", "utter_greet", "deny"], "utter_bye"),
        (["ask_heat", "action_heat", "affirm"], "action_stretches"),
        (["ask_heat", "action_heat", "ask_why", "action_follow_up", "affirm"], "action_stretches"),
        (["ask_tips", "action_tips", "ask_why", "action_follow_up", "affirm"], "action_tips"),
        # No story spells these out.
        (["greet", "utter_greet", "ask_heat", "action_heat", "affirm"], "action_stretches"),
        (["ask_tips", "action_tips", "deny"], "utter_bye"),
        (["ask_heat", "action_heat", "ask_why", "action_follow_up", "deny"], "utter_bye"),
        (
            ["ask_heat", "action_heat", "ask_tips", "action_tips", "ask_why", "action_follow_up", "affirm"],
            "action_tips",
        ),
    ],
)
def test_it_continues_stories_and_paths_between_them(
    stored: Stored, domain: Domain, steps: list[str], action: str
) -> None:
    assert predicted(stored.policy, domain, *steps) == action


def test_after_an_action_it_waits_for_the_person(stored: Stored, domain: Domain) -> None:
    tracker = talk(domain, "ask_heat")
    tracker.update(ActionExecuted("action_heat"), domain)

    shares = list(stored.policy.predict_action_probabilities(tracker, domain).probabilities)

    assert domain.action_names_or_texts[shares.index(max(shares))] == "action_listen"


def test_probabilities_are_shares_of_the_domains_actions(stored: Stored, domain: Domain) -> None:
    shares = probabilities(stored.policy, domain, "ask_heat", "action_heat", "affirm")

    assert len(shares) == domain.num_actions
    assert sum(shares) == pytest.approx(1, abs=1e-4)
    assert min(shares) >= 0


def test_training_twice_gives_identical_predictions(
    stored: Stored, domain: Domain, trackers: list[TrackerWithCachedStates], tmp_path: Path
) -> None:
    again = Stored(tmp_path)
    again.policy.train(trackers, domain)

    steps = ["ask_tips", "action_tips", "ask_why", "action_follow_up", "affirm"]
    assert probabilities(again.policy, domain, *steps) == probabilities(stored.policy, domain, *steps)


def test_what_is_loaded_predicts_as_what_was_stored(stored: Stored, domain: Domain) -> None:
    for steps in (["greet"], ["greet", "utter_greet", "deny"], ["ask_tips", "action_tips", "affirm"]):
        assert probabilities(stored.loaded(), domain, *steps) == probabilities(stored.policy, domain, *steps)


def test_what_was_stored_runs_no_code_when_it_is_loaded(stored: Stored) -> None:
    import numpy as np

    with (
        stored._place[0].read_from(stored._place[1]) as folder,
        np.load(folder / "story_policy.npz", allow_pickle=False) as arrays,
    ):
        assert set(arrays) == {"weights", "learned"}


def test_without_stories_it_has_no_opinion(domain: Domain, tmp_path: Path) -> None:
    it = Stored(tmp_path)
    it.policy.train([], domain)

    for policy in (it.policy, it.loaded()):
        assert set(probabilities(policy, domain, "greet", "utter_greet", "affirm")) == {0.0}


def test_two_actions_are_enough_to_learn_from(domain: Domain, tmp_path: Path) -> None:
    stories = 'version: "3.1"\nstories:\n- story: hello\n  steps: [{intent: greet}, {action: utter_greet}]\n'
    file = tmp_path / "stories.yml"
    file.write_text(stories, encoding="utf-8")
    it = Stored(tmp_path / "model")
    (tmp_path / "model").mkdir()
    it.policy.train(trackers_of(domain, [str(file)]), domain)

    assert predicted(it.policy, domain, "greet") == "utter_greet"
    assert sum(probabilities(it.policy, domain, "greet")) == pytest.approx(1, abs=1e-4)


def test_it_looks_back_no_further_than_it_is_told(
    domain: Domain, trackers: list[TrackerWithCachedStates], tmp_path: Path
) -> None:
    short = Stored(tmp_path, max_history=2)
    short.policy.train(trackers, domain)
    end = ["ask_why", "action_follow_up", "affirm"]

    assert probabilities(short.policy, domain, "ask_tips", "action_tips", *end) == probabilities(
        short.policy, domain, "ask_heat", "action_heat", *end
    )


def test_a_slot_of_the_domain_counts(domain: Domain, tmp_path: Path) -> None:
    file = tmp_path / "stories.yml"
    file.write_text(
        'version: "3.1"\nstories:\n'
        "- story: good\n  steps: [{intent: greet}, {slot_was_set: [{mood: good}]}, {action: action_tips}]\n"
        "- story: bad\n  steps: [{intent: greet}, {slot_was_set: [{mood: bad}]}, {action: action_heat}]\n",
        encoding="utf-8",
    )
    (tmp_path / "model").mkdir()
    it = Stored(tmp_path / "model")
    it.policy.train(trackers_of(domain, [str(file)]), domain)

    from rasa.shared.core.events import SlotSet

    for mood, action in (("good", "action_tips"), ("bad", "action_heat")):
        tracker = talk(domain, "greet")
        tracker.update(SlotSet("mood", mood), domain)
        shares = list(it.policy.predict_action_probabilities(tracker, domain).probabilities)
        assert domain.action_names_or_texts[shares.index(max(shares))] == action


def test_it_learns_every_step_of_the_projects_own_stories(tmp_path: Path) -> None:
    """Two stories that differ too far back for the policy to see would be told apart by chance."""
    domain = Domain.load(str(ROOT / "domain.yml"))
    trackers = trackers_of(domain, [str(file) for file in sorted((ROOT / "data").glob("*/stories.yml"))])
    it = Stored(tmp_path)
    it.policy.train(trackers, domain)

    for tracker in trackers:
        steps: list[str] = []
        for event in tracker.events:
            if isinstance(event, UserUttered):
                steps.append(str(event.intent_name))
            elif isinstance(event, ActionExecuted) and event.action_name != "action_listen":
                assert predicted(it.policy, domain, *steps) == event.action_name, (tracker.sender_id, steps)
                steps.append(str(event.action_name))
