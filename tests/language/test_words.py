"""Turning a message into words that phrases can be compared with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.language import words as words_module
from backstride.language.words import BREAKS, Reader

READER = Reader(
    spellings={"bladdar": "bladder", "u": "you", "dnt": "do not"},
    fillers=["really", "kind of"],
    mendable=["numbness", "tingling"],
    known=["tingly"],
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("My legs are NUMB", "my legs are numb"),
        ("I can't feel it", "i can not feel it"),
        ("i cant feel it", "i can not feel it"),
        ("I CANNOT feel it", "i can not feel it"),
        ("I'm numb, it's numb", "i am numb , it is numb"),
        ("im numb", "i am numb"),
        ("my mum's legs", "my mum legs"),
        ("it is really kind of numb", "it is numb"),
        ("my bladdar", "my bladder"),
        ("i dnt know", "i do not know"),
        # One letter wrong, missing, doubled, swapped; a word that is right stays.
        ("numbnes numbnness nubmness nimbness", "numbness numbness numbness numbness"),
        ("tingly tinglling", "tingly tingling"),
        # Pauses: one each, none at the start; the strongest stays.
        ("... hello, - there", "hello , there"),
        ("numb!! yes", "numb . yes"),
        ("numb?! yes", "numb ? yes"),
        ("numb\nyes; no", "numb . yes . no"),
        ("numb.i think", "numb . i think"),
        ("legs/feet, pins-and-needles", "legs feet , pins and needles"),
        ("70yo, 39.5c, 10/10", "70 yo , 39.5 c , 10 10"),
        ("back & legs", "back and legs"),
        # "No" before a whole sentence is an answer.
        ("no my legs are numb", "no , my legs are numb"),
        ("no numbness", "no numbness"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_the_words_of_a_text(text: str, words: str) -> None:
    assert " ".join(READER.read(text).words) == words


def test_every_word_knows_its_place() -> None:
    text = "Can't REALLY feel my bladdar"
    words = READER.read(text)

    assert [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)] == [
        "Ca", "n't", "feel", "my", "bladdar",
    ]  # fmt: skip


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    read = READER.read(text)

    assert len(read) == len(read.words) == len(read.starts) == len(read.ends)
    assert all(0 <= start <= end <= len(text) for start, end in zip(read.starts, read.ends, strict=True))
    assert list(read.starts) == sorted(read.starts)
    assert not read.words or read.words[0] not in BREAKS
    assert not any({a, b} <= BREAKS for a, b in zip(read.words, read.words[1:], strict=False))


def test_the_words_of_one_message_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen listeners ask for them, some of another reader; spaCy takes the message apart for all of them."""
    made: list[str] = []
    make_doc = words_module._english().make_doc
    words_module._tokens_of.cache_clear()
    monkeypatch.setattr(words_module._english(), "make_doc", lambda text: made.append(text) or make_doc(text))
    reader, another = Reader(spellings={}, fillers=()), Reader(spellings={"hurts": "aches"}, fillers=())

    first, second = reader.read("my back hurts"), reader.read("my back hurts")

    assert first is second
    assert another.read("my back hurts").words == ("my", "back", "aches")
    assert made == ["my back hurts"]
