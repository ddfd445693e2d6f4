"""Additions to YAML files: only the lines that they must be, whatever the file looks like."""

from __future__ import annotations

import difflib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backstride.settings import ROOT
from backstride.studio.yaml_lines import (
    LayoutError,
    add_examples,
    add_intent,
    add_to_list,
    append_block,
    blocks_of,
    scalar,
)

FILES = sorted((ROOT / "data").glob("*/nlu.yml"))
PLACES = [(path, intent) for path in FILES for intent in sorted({b.intent for b in blocks_of(path.read_text())})]

words = st.text(st.characters(whitelist_categories=("L", "N", "P", "Zs"), blacklist_characters="\x85"), min_size=1)
examples = words.map(lambda text: " ".join(text.split())).filter(lambda text: text and len(text.splitlines()) == 1)


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that were taken out and those that were put in."""
    diff = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [d[2:] for d in diff if d.startswith("- ")], [d[2:] for d in diff if d.startswith("+ ")]


@given(st.lists(st.tuples(st.sampled_from(PLACES), examples), min_size=1, max_size=8))
def test_corrections_change_only_the_lines_that_they_must(corrections: list) -> None:
    """Any number of corrections, into the project's own files: lines are put in, none is touched."""
    texts = {path: path.read_bytes().decode() for path in FILES}
    before = dict(texts)
    for (path, intent), example in corrections:
        texts[path] = add_examples(texts[path], intent, [example])
    for path in FILES:
        old = before[path].split("\n")
        new = iter(texts[path].split("\n"))
        assert all(any(line == kept for kept in new) for line in old), "a line was changed, moved or lost"
        added = sum(place == path for (place, _), _ in corrections)
        assert len(texts[path].split("\n")) == len(old) + added


@given(st.sampled_from(PLACES), st.lists(examples, min_size=1, max_size=3))
def test_examples_are_read_back_when_they_were_added(place: tuple, added: list[str]) -> None:
    path, intent = place
    after = add_examples(path.read_text(), intent, added)
    found = [text for block in blocks_of(after) if block.intent == intent for _, text in block.examples]
    assert all(example in found for example in added)


def test_example_goes_beside_its_nearest_when_an_intent_has_blocks() -> None:
    text = (
        "nlu:\n- intent: greet\n  examples: |\n    - hi\n# later\n- intent: bye\n  examples: |\n    - bye\n"
        "- intent: greet\n  examples: |\n    - good morning\n"
    )
    after = add_examples(text, "greet", ["hey"], near="hi")
    assert changed_lines(text, after) == ([], ["    - hey\n"])
    assert after.index("- hey") < after.index("# later")


@pytest.mark.parametrize("ending", ["\n", ""])
@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
def test_line_breaks_stay_when_a_line_is_added(breaks: str, ending: str) -> None:
    text = breaks.join(["nlu:", "- intent: greet", "  examples: |", "    - hi"]) + ending.replace("\n", breaks)
    after = add_examples(text, "greet", ["hey"])
    assert after.count(breaks) == text.count(breaks) + 1
    assert after.endswith(breaks) == text.endswith(breaks)
    assert after.count("\n") == after.count(breaks)


@pytest.mark.parametrize(
    "text",
    [
        "nlu:\n- intent: greet\n  examples:\n  - hi\n",
        "nlu:\n- examples: |\n    - hi\n  intent: greet\n",
        "nlu: [{intent: greet, examples: '- hi'}]\n",
        "nlu:\n- intent: other\n  examples: |\n    - hi\n",
        "nlu:\n- intent: greet\n  examples: |\n    - hi\n  : [\n",
    ],
)
def test_layout_is_refused_when_it_is_not_known(text: str) -> None:
    with pytest.raises(LayoutError):
        add_examples(text, "greet", ["hey"])


@pytest.mark.parametrize("example", ["", " hi", "two\nlines", "hi "])
def test_example_is_refused_when_it_is_no_line(example: str) -> None:
    with pytest.raises(LayoutError):
        add_examples("nlu:\n- intent: greet\n  examples: |\n    - hi\n", "greet", [example])


def test_intent_is_added_at_the_end_when_it_is_new() -> None:
    path = FILES[0]
    text = path.read_text()
    after = add_intent(text, "ask_insoles", ["which insoles"])
    assert changed_lines(text, after)[0] == []
    assert yaml.safe_load(after)["nlu"][-1] == {"intent": "ask_insoles", "examples": "- which insoles\n"}


def test_list_of_the_domain_grows_by_one_line_when_an_intent_is_new() -> None:
    text = (ROOT / "domain.yml").read_text()
    after = add_to_list(text, "intents", ["ask_insoles"])
    assert changed_lines(text, after) == ([], ["  - ask_insoles\n"])


@given(st.text(min_size=1, max_size=60).filter(lambda t: t.isprintable()))
def test_scalar_is_read_back_when_it_is_any_text(value: str) -> None:
    assert yaml.safe_load(f"- {scalar(value)}\n") == [value]


@pytest.mark.parametrize("path", sorted((ROOT / "data").glob("*/stories.yml")), ids=lambda path: path.parent.name)
def test_story_is_appended_when_the_file_has_stories(path) -> None:
    text = path.read_text()
    block = ["  - story: new one", "    steps:", "      - intent: greet", "      - action: utter_greet"]
    after = append_block(text, "stories", block)
    assert after.startswith(text)
