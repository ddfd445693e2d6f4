"""The project's training examples and held-apart messages, as the benches read them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from backstride.language.clauses import Clause, clauses_of
from backstride.language.encoder import Vectors, shared_encoder
from backstride.language.fingerprint import fingerprint_of_language
from backstride.language.intent_model import Example
from backstride.language.text import tidy
from backstride.settings import ROOT
from backstride.vocabulary import Intent
from bench.report import CACHE

TEST_SET = ROOT / "tests" / "nlu" / "test_set.yml"
MULTI_TOPIC = ROOT / "tests" / "nlu" / "multi_topic.yml"
# Written by somebody who had seen neither: only figures over all of them are ever told.
BLIND = ROOT / "tests" / "nlu" / "blind_set.yml"
BLIND_MULTI_TOPIC = ROOT / "tests" / "nlu" / "blind_multi_topic.yml"
SEVERAL_QUESTIONS = ROOT / "bench" / "several_questions.yml"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and the intent that it was written for."""

    text: str
    intent: str


@dataclass(frozen=True, slots=True)
class SeveralTopics:
    """A message that asks several things: the intent to answer, and the others."""

    text: str
    main: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A message as the components downstream see it."""

    example: Example
    clauses: tuple[Clause, ...]


def training_examples(folder: Path = ROOT / "data") -> list[Labelled]:
    """Return all training examples, file by file."""
    return [example for file in sorted(folder.glob("*/nlu.yml")) for example in _examples_of(file)]


def held_apart(file: Path = TEST_SET) -> list[Labelled]:
    """Return the messages of a held-apart set, which nothing is trained or tuned on."""
    return _examples_of(file)


def held_apart_with_several_topics(file: Path = MULTI_TOPIC) -> list[SeveralTopics]:
    """Return the messages of a file that ask several things."""
    return [
        SeveralTopics(str(row["text"]), str(row["main"]), tuple(row["also"]))
        for row in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def near_and_far(messages: Sequence[Labelled]) -> tuple[list[int], list[int]]:
    """Return which messages of a test set are narrowly and which are far out of scope: the near half comes first."""
    outside = [i for i, message in enumerate(messages) if message.intent == Intent.OUT_OF_SCOPE]
    half = len(outside) // 2
    return outside[:half], outside[half:]


def read_all(texts: Sequence[str]) -> list[Read]:
    """Tidy, cut and encode texts as the pipeline does; vectors of texts seen before come from the cache."""
    sentences: list[str] = []
    parts: list[tuple[str, tuple[Clause, ...], int]] = []
    for raw in texts:
        text = tidy(raw)
        clauses = clauses_of(text)
        parts.append((text, clauses, len(sentences)))
        sentences += [text, *(clause.text for clause in clauses if len(clauses) > 1)]
    vectors = _encoded(sentences)
    ends = [start for _, _, start in parts[1:]] + [len(sentences)]
    return [
        Read(Example(text, vectors[start:end]), clauses)
        for (text, clauses, start), end in zip(parts, ends, strict=True)
    ]


def _encoded(sentences: Sequence[str]) -> Vectors:
    key = hashlib.sha256("\0".join([fingerprint_of_language(), *sentences]).encode()).hexdigest()[:16]
    cached = CACHE / f"vectors-{key}.npy"
    if cached.is_file():
        found: Vectors = np.load(cached)
        return found
    vectors = shared_encoder().encode_with_layers(sentences)
    CACHE.mkdir(parents=True, exist_ok=True)
    np.save(cached, vectors)
    return vectors


def _examples_of(file: Path) -> list[Labelled]:
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [
        Labelled(line.removeprefix("-").strip(), entry["intent"])
        for entry in content["nlu"]
        if "intent" in entry
        for line in entry["examples"].splitlines()
        if line.strip()
    ]
