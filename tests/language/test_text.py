"""What people type, brought into one shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.language.text import MAX_CHARACTERS, tidy


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  my   back\thurts  ", "my back hurts"),
        ("it’s ‘sore’ `here´", "it's 'sore' 'here'"),
        ("“ouch”", '"ouch"'),
        ("a\u00a0b", "a b"),
        ("rock &amp; roll &lt;3", "rock & roll <3"),
        ("<b>bold</b> move", "bold move"),
        ('<a href="x">link</a>', "link"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("ba\u200bck\ufeff pa\u2060in", "back pain"),
        ("\u202eright to left\u202c", "right to left"),
        ("ｆｕｌｌ width", "full width"),
        ("sooooooo sore", "soo sore"),
        ("need", "need"),
        ("10000000", "10000000"),
        ("good 👍", "good thumbs up sign"),
        ("bad 👎", "bad thumbs down sign"),
        ("stiff back 😅", "stiff back smiling face"),
        ("thanks 💚 ❣", "thanks"),
        ("in this heat 🥵", "in this heat hot face"),
        ("I am 💔", "I am broken heart"),
        ("Keep MY capitals", "Keep MY capitals"),
        ("siatica runing", "siatica runing"),
        ("two\nlines", "two\nlines"),
        ("", ""),
        ("\u200b", ""),
    ],
)
def test_a_text_is_brought_into_shape(typed: str, read: str) -> None:
    assert tidy(typed) == read


def test_a_thumb_up_is_not_a_thumb_down() -> None:
    assert tidy("👍") != tidy("👎")


def test_a_long_text_is_read_up_to_the_limit() -> None:
    assert tidy("ab " * MAX_CHARACTERS) == ("ab " * MAX_CHARACTERS)[:MAX_CHARACTERS].strip()


def test_a_text_of_the_greatest_length_is_read_whole() -> None:
    text = ("ab " * MAX_CHARACTERS)[: MAX_CHARACTERS - 1] + "c"

    assert tidy(text) == text


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    read = tidy(text)

    assert len(read) <= MAX_CHARACTERS
    assert read == read.strip()
    assert "  " not in read
    assert not set(read) & set("\u200b\u202e\ufeff\u2060’“`")


@given(st.text(alphabet=st.characters(min_codepoint=97, max_codepoint=122), max_size=30).filter(lambda t: len(t) < 4))
def test_a_short_plain_word_stays_as_it_is(word: str) -> None:
    assert tidy(word) == word
