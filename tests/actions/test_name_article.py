"""Asking for one of the neighbouring articles."""

from __future__ import annotations

from action_runner import run

from actions.name_article import NameArticle


def test_a_title_that_is_known_is_named_and_no_more_is_claimed() -> None:
    said = run(NameArticle(), "is there an article about knee braces", "ask_article")

    assert "The Effectiveness of Knee Braces" in said.text
    assert "I have not read it" in said.text
    assert not said.knowledge


def test_an_unknown_one_gives_the_titles() -> None:
    said = run(NameArticle(), "anything on swimming?", "ask_article")

    assert "I have not read any other article" in said.text
    assert "Mountain Pose" in said.text
