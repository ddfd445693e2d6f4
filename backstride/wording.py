"""The sentences around the knowledge, from `knowledge/wording.yml`."""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path

from backstride.checked_yaml import YamlMap, line_of, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.settings import ROOT

# Each line of the file, with the words that it may fill in.
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    key: frozenset(words.split())
    for key, words in {
        "hold_one": "seconds",
        "hold_each_side": "seconds",
        "repeat": "count",
        "repeat_each_side": "count",
        "each_side": "",
        "step": "number text dose",
        "dose": "parts",
        "how_much": "dose",
        "take_care": "caution",
        "source": "sources",
        "overview_line": "number title summary",
        "overview_close": "",
        "stretches_close": "",
        "exercises_withheld": "",
        "also_asked": "",
        "or_meant": "",
        "evidence": "strength says",
        "strength_high": "",
        "strength_moderate": "",
        "strength_low": "",
        "strength_very_low": "",
        "strength_consensus": "",
        "correction": "correction",
        "hold_times": "title holds",
        "hold_time": "seconds step",
        "no_time": "title",
        "no_how_often": "title",
        "no_steps": "title answer",
        "safe_excluded": "condition title why",
        "safe_see_first": "condition title",
        "safe_not_listed": "condition title",
        "safe_cautions": "title cautions",
        "safe_cautions_of_cause": "cautions",
        "safe_left_out_by": "conditions",
        "safe_nothing": "title",
        "safe_alternative": "titles",
        "what_else": "",
        "what_else_none": "title",
        "sources": "title sources",
        "checked": "date by",
        "no_clinician": "",
        "clinician": "clinician",
        "no_thread": "",
        "bare_number": "number",
        "not_on_the_list": "",
        "article_title_only": "title",
        "article_unknown": "titles",
        "thanks_no_sign": "",
        "session_begin": "count titles",
        "session_begin_one": "title",
        "session_exercise": "title number all",
        "session_step": "number all text dose",
        "session_once_more": "text dose",
        "session_other_side": "text dose",
        "session_side_first": "",
        "session_side_second": "",
        "session_set": "number all",
        "session_wait": "",
        "session_wait_hold": "",
        "session_easier": "easier",
        "session_no_easier": "title",
        "session_how_many": "title number all",
        "session_at_start": "",
        "session_pause": "",
        "session_again": "title number all",
        "session_hurts": "",
        "session_why_where": "",
        "session_mild": "",
        "session_left_out": "title",
        "session_next_is": "title",
        "session_was_last": "",
        "session_stopped": "",
        "session_open_sign": "",
        "session_done": "titles",
        "session_nothing_suits": "",
        "session_withheld": "",
        "session_gone": "",
        "button_session_start": "",
        "button_session_start_one": "",
        "button_session_done": "",
        "button_session_carry_on": "",
        "button_session_skip": "",
        "button_session_finish": "",
        "button_session_easier": "",
        "button_session_hurts": "",
        "button_session_stop": "",
        "button_session_from_the_start": "",
        "button_pain_mild": "",
        "button_pain_sharp": "",
        "button_pain_leg": "",
        "button_pain_chest": "",
        "button_pain_elsewhere": "",
        "button_yes": "",
        "button_no": "",
        "button_not_sure": "",
        "button_why_ask": "",
        "button_numbers": "",
        "button_got_help": "",
        "button_mistaken": "",
        "button_why": "",
        "button_how_often": "",
        "button_how_long": "",
        "button_safe": "",
        "button_causes": "",
        "button_relief": "",
        "button_prevention": "",
        "button_doctor": "",
        "button_stretches": "",
        "button_keep_running": "",
        "button_help": "",
        "chat_menu": "",
        "chat_menu_of_words": "",
        "chat_more": "",
        "chat_stale": "",
        "chat_stale_nothing": "",
        "chat_photo": "",
        "chat_voice": "",
        "chat_video": "",
        "chat_sticker": "",
        "chat_location": "",
        "chat_contact": "",
        "chat_file": "",
        "chat_other": "",
        "chat_too_long": "",
        "chat_too_fast": "",
        "chat_stop": "",
    }.items()
}


class Wording:
    """Gives each sentence by its key, with the words filled in."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __call__(self, key: str, **words: object) -> str:
        """Return a sentence.

        Raises:
            KeyError: the key or one of the words to fill in is not known.
        """
        return self._texts[key].format(**words)


def load_wording(folder: Path = ROOT / "knowledge") -> Wording:
    """Read `wording.yml` of a folder.

    Raises:
        KnowledgeError: a line is missing, unknown or empty, or fills in a word that it must not.
    """
    path = folder / "wording.yml"
    document = read_yaml(path)
    problems = text_problems(document, PLACEHOLDERS, path)
    if problems:
        raise KnowledgeError(problems)
    return Wording({key: str(text) for key, text in document.items()})


def text_problems(
    document: YamlMap, placeholders: Mapping[str, frozenset[str]], path: Path, *, within: str = ""
) -> list[Problem]:
    """Return what is wrong with a block of sentences: lines that are missing, unknown or empty, and wrong words.

    Args:
        document: the block, key to sentence.
        placeholders: each key that must be there, with the words that its sentence may fill in.
        path: the file.
        within: the key that the block stands under, for the messages.
    """
    problems: list[Problem] = []

    def refuse(key: str, wrong: str, mend: str) -> None:
        name = f"{within}.{key}" if within else key
        problems.append(Problem(path=path, line=line_of(document, [key]), entry=name, wrong=wrong, mend=mend))

    for key in placeholders.keys() - document.keys():
        refuse(key, "this line is missing", "add it")
    for key, text in document.items():
        if key not in placeholders:
            refuse(key, "this line is not known", "correct its spelling or remove it")
        elif not isinstance(text, str) or not text.strip():
            refuse(key, "this line is empty", "write some text")
        else:
            unknown = _words_filled_in(text) - placeholders[key]
            if unknown:
                allowed = ", ".join(f"{{{word}}}" for word in sorted(placeholders[key])) or "none"
                refuse(key, f"it fills in {', '.join(sorted(unknown))}", f"the words it may fill in: {allowed}")
    return problems


def _words_filled_in(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return {"a brace without its partner"}
