"""Check all knowledge files at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from backstride.check_in import load_plan_rules
from backstride.diary_file import load_diary_file
from backstride.errors import KnowledgeError, Problem
from backstride.knowledge import Knowledge, load_knowledge
from backstride.language.answer_reader import load_answer_reader
from backstride.language.entities import load_entity_words
from backstride.language.red_flag_model import Phrases, load_phrases
from backstride.language.scope_words import load_scope_words
from backstride.language.sign_language import load_language, unknown_names
from backstride.outside import load_outside
from backstride.questionnaire import unknown_signs
from backstride.referral import load_numbers
from backstride.safety_words import load_safety_words
from backstride.session_words import load_session_words
from backstride.settings import ROOT
from backstride.triage import RedFlags, load_red_flags
from backstride.wording import load_wording


def check_all(folder: Path = ROOT / "knowledge") -> dict[str, int]:
    """Return how many entries, conditions, flags and lines there are.

    Raises:
        KnowledgeError: with the problems of all files together.
    """
    problems: list[Problem] = []
    loaded: dict[str, Any] = {}
    loaders: dict[str, Callable[[Path], object]] = {
        "knowledge": load_knowledge,
        "wording": load_wording,
        "red_flags": load_red_flags,
        "numbers": load_numbers,
        "safety_words": load_safety_words,
        "scope_words": load_scope_words,
        "outside": load_outside,
        "entity_words": load_entity_words,
        "phrases": load_phrases,
        "language": load_language,
        "questionnaires": load_answer_reader,
        "plan": load_plan_rules,
        "diary": load_diary_file,
        "session_words": load_session_words,
    }
    for name, load in loaders.items():
        try:
            loaded[name] = load(folder)
        except KnowledgeError as error:
            problems.extend(error.problems)
    if problems:
        raise KnowledgeError(problems)
    knowledge: Knowledge = loaded["knowledge"]
    red_flags: RedFlags = loaded["red_flags"]
    phrases: Phrases = loaded["phrases"]
    flags = [flag.id for flag in red_flags.flags]
    problems.extend(unknown_names(folder, flags, red_flags.tags))
    problems.extend(unknown_signs(folder, flags))
    if problems:
        raise KnowledgeError(problems)
    return {
        "entries": len(knowledge.entries),
        "conditions": len(knowledge.conditions),
        "warning signs": len(red_flags.flags),
        "phrases for them": len(phrases.flags_of),
    }
