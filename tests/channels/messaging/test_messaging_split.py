from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.channels.messaging.platform_limits import utf16_units
from backstride.channels.messaging.split import first_piece, for_sms, split_text

STEPS = (
    "Knee rolls\n\n1. Lie on your back. Bend your knees.\n2. Let both knees fall to one side. Hold 5 seconds.\n3. Rest."
)
ANY_TEXT = st.text(st.sampled_from("ab .!?\n12-*é🙂\u200b"), max_size=400)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(ANY_TEXT, st.integers(1, 60))
def test_every_piece_fits_whatever_the_text(text: str, limit: int) -> None:
    assert all(len(piece) <= limit for piece in split_text(text, limit))


@given(ANY_TEXT, st.integers(1, 60))
def test_no_word_is_lost_when_a_text_is_split(text: str, limit: int) -> None:
    assert squeezed("".join(split_text(text, limit))) == squeezed(text)


@given(st.text(max_size=200), st.integers(2, 40))
def test_pieces_fit_as_telegram_counts_when_there_are_emoji(text: str, limit: int) -> None:
    safe = text.encode("utf-8", "replace").decode()
    assert all(utf16_units(piece) <= limit for piece in split_text(safe, limit, utf16_units))


def test_a_step_stays_whole_when_the_text_is_split() -> None:
    pieces = split_text(STEPS, 60)
    assert [line for piece in pieces for line in piece.splitlines() if line] == [x for x in STEPS.splitlines() if x]


def test_a_step_is_split_at_sentences_when_it_alone_is_too_long() -> None:
    pieces = split_text("1. Lie on your back. Bend your knees. Breathe out slowly.", 40)
    assert pieces == ["1. Lie on your back. Bend your knees.", "Breathe out slowly."]


def test_a_paragraph_stays_whole_when_it_fits_the_next_piece() -> None:
    assert split_text("One two three.\n\nFour five six.", 20) == ["One two three.", "Four five six."]


@pytest.mark.parametrize("text", ["Rest, e.g. one day. Then run.", "See Dr. Who today. Then run."])
def test_no_piece_ends_after_an_abbreviation_when_split_at_sentences(text: str) -> None:
    assert split_text(text, len(text) - 1)[0] == text.removesuffix(" Then run.")


def test_a_number_of_a_step_is_no_end_of_a_sentence() -> None:
    assert split_text("3. Rest now. Then walk.", 14) == ["3. Rest now.", "Then walk."]


@given(ANY_TEXT, st.integers(1, 60))
def test_head_and_rest_hold_the_whole_text(text: str, limit: int) -> None:
    head, rest = first_piece(text, limit)
    assert squeezed(head + rest) == squeezed(text)
    assert not rest or len(head) <= limit


def test_the_rest_keeps_its_line_breaks() -> None:
    head, rest = first_piece(STEPS, 60)
    assert STEPS in {f"{head}\n{rest}", f"{head}\n\n{rest}"}


def test_an_sms_has_no_sign_that_makes_it_longer_when_the_text_is_typographic() -> None:
    assert for_sms("“Ease in” – it’s 5\u00a0°… •") == '"Ease in" - it\'s 5  degrees... -'
