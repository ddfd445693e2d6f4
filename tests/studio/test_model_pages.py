"""Promoting, refusing and rolling back in a real browser."""

from __future__ import annotations

import pytest
from browsing import PHONE, violations
from made_comparisons import change, compared, comparison, evaluation
from playwright.sync_api import Page, expect

from backstride.evaluation.basis import basis_of
from backstride.model_store import ModelStore
from backstride.studio.settings import StudioSettings
from backstride.training import fingerprints


@pytest.fixture
def settings(settings: StudioSettings) -> StudioSettings:
    """A serving model and a candidate that was compared with it."""
    both = comparison(evaluation(), evaluation(), basis=basis_of(settings.project))
    # Of the code that is here: a roll-back tries to load a model of other code, and this one is none.
    compared(settings, both, inputs="x", parts=fingerprints(settings.project))
    return settings


@pytest.fixture
def page(page: Page) -> Page:
    """Kim's browser, at the models."""
    page.get_by_role("link", name="Models").click()
    return page


def test_a_candidate_is_promoted_and_rolled_back(page: Page, settings: StudioSettings) -> None:
    store = ModelStore(settings.models)
    assert violations(page) == []
    page.get_by_role("link", name="See the comparison").click()
    expect(page.get_by_role("heading", name="Nothing stands against it")).to_be_visible()
    assert violations(page) == []

    page.get_by_label("Why this model should serve").fill("better")
    page.get_by_role("button", name="Promote").click()
    expect(page.get_by_role("status").first).to_contain_text("serves from now on")
    assert store.serving.read_text() == "new"

    page.get_by_text("Roll back to").click()
    page.get_by_label("Why?").fill("worse")
    page.get_by_role("button", name="Roll back now").click()
    expect(page.get_by_role("status").first).to_contain_text("serves again")
    assert store.serving.read_text() == "old"
    assert [(decision.by, decision.why) for decision in store.decisions()][1:] == [("Kim", "better"), ("Kim", "worse")]


def test_refused_candidate_says_why_and_fits_on_a_phone(page: Page, settings: StudioSettings) -> None:
    worse = evaluation(noticed=95, wrong={"talk/a": "'towel' is missing"}, predicted=("greet", *["deny"] * 3))
    both = comparison(evaluation(), worse, changes=(change(),), basis=basis_of(settings.project))
    candidate = compared(settings, both)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    for address in ("/models", f"/models/compare/{candidate}"):
        page.goto(address)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(page.get_by_role("heading", name="It may not serve")).to_be_visible()
    expect(page.get_by_text("it must be at least 0.97")).to_be_visible()
    expect(page.get_by_text("The conversation 'talk/a' went right and no longer does")).to_be_visible()
    expect(page.get_by_role("button", name="Promote")).to_be_disabled()


def test_a_training_that_fails_is_told_with_its_log(page: Page, settings: StudioSettings) -> None:
    (settings.project / "tests" / "nlu" / "test_set.yml").unlink()
    page.get_by_role("button", name="Train and compare").click()

    expect(page.get_by_text("failed", exact=True)).to_be_visible()
    assert violations(page) == []
    assert ModelStore(settings.models).serving.read_text() == "old"
