"""The page of models over HTTP: marks, refusals, reports, jobs, and which model the assistant answers with."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from made_comparisons import SIGN, change, compared, comparison, evaluation, keep
from made_conversations import Store, user
from studio_server import Person, Running

from backstride.model_store import SERVED, ModelStore
from backstride.studio import promotion
from backstride.studio.comparisons import Comparisons
from backstride.studio.index import label_of
from backstride.studio.jobs import JobError, Jobs
from backstride.studio.pages import models
from backstride.studio.progress import CHECK, FileReport, JobFolder, Status, Step, now
from backstride.studio.settings import StudioSettings

LABEL = label_of("s")


@pytest.fixture
def running(running: Running, store: Store, monkeypatch: pytest.MonkeyPatch) -> Running:
    """A studio with a conversation, for which every comparison is up to date."""
    monkeypatch.setattr(promotion, "basis_of", lambda _: "basis")
    store.add("s", [user("are my legs numb, says oswin", key="m1"), user("good morning", key="m2")])
    return running


@pytest.fixture
def candidate(settings: StudioSettings) -> str:
    """A candidate that was compared: it takes one message for less urgent, and reads another one differently."""
    changes = (change("m1", conversation=LABEL, before=(SIGN,)), change("m2", conversation=LABEL))
    return compared(settings, comparison(evaluation(), evaluation(), changes=changes, messages=2))


def serving(settings: StudioSettings) -> str:
    return ModelStore(settings.models).serving.read_text()


def test_comparison_shows_masked_words_and_what_is_less_urgent_first(kim: Person, candidate: str) -> None:
    page = kim.get(f"/models/compare/{candidate}").text

    assert "are my legs numb, says [name]" in page
    assert page.index("are my legs numb") < page.index("good morning")
    assert "It may not serve" in page
    assert "1 real message is taken for less urgent than before" in page


def test_long_list_of_readings_leaves_the_figures_within_reach(
    kim: Person, candidate: str, settings: StudioSettings, store: Store
) -> None:
    """What comes after the first ones is folded; each can be marked at its own place all the same."""
    store.add("t", [user(f"message number {number}", key=f"k{number}") for number in range(9)])
    kept = Comparisons(settings.state)
    before = kept.read(candidate)
    assert before is not None
    changes = [change(f"k{number}", conversation=label_of("t")) for number in range(9)]
    kept.write(before.copy(update={"changes": tuple(changes)}))
    page = kim.get(f"/models/compare/{candidate}").text

    assert [int(place) for place in re.findall(r'id="reading-(\d+)"', page)] == list(range(1, 10))
    assert page.index("message number 5") < page.index("3 more") < page.index("message number 6")
    address = f"/models/compare/{candidate}/mark"
    assert kim.post(address, change=changes[8].id, mark="accepted", place="9").url.endswith("#reading-9")


def test_message_that_was_erased_is_gone_from_a_comparison(
    kim: Person, candidate: str, store: Store, settings: StudioSettings
) -> None:
    kim.get(f"/models/compare/{candidate}")
    store.erase("s")

    assert "None." in kim.get(f"/models/compare/{candidate}").text
    kept = Comparisons(settings.state).read(candidate)
    assert kept is not None
    assert kept.changes == ()


def test_promotion_waits_for_the_look_at_what_is_less_urgent(
    kim: Person, candidate: str, settings: StudioSettings
) -> None:
    address = f"/models/compare/{candidate}"
    kim.get(address)
    assert "This model may not serve" in kim.post(f"{address}/promote", why="better").text
    # Accepting all others does not accept this one.
    kim.post(f"{address}/mark", change="all", mark="accepted")
    assert "This model may not serve" in kim.post(f"{address}/promote", why="better").text
    assert serving(settings) == "old"

    looked = change("m1", conversation=LABEL).id
    kim.post(f"{address}/mark", change=looked, mark="accepted", place="1")
    assert "serves from now on" in kim.post(f"{address}/promote", why="better").text
    assert serving(settings) == "new"
    log = kim.get("/audit").text
    assert log.index("promoted a model") < log.index("accepted a changed reading")
    assert "was refused to promote a model" in log


def test_refused_reading_keeps_it_from_serving_until_that_is_taken_back(kim: Person, candidate: str) -> None:
    address = f"/models/compare/{candidate}"
    kim.get(address)
    other = change("m2", conversation=LABEL).id
    assert (
        "1 changed reading of a real message was not accepted"
        in kim.post(f"{address}/mark", change=other, mark="refused").text
    )
    assert "not accepted" not in kim.post(f"{address}/mark", change=other, mark="").text
    assert "No message nothing changes" in kim.post(f"{address}/mark", change="nothing", mark="accepted").text


def test_promotion_asks_why(kim: Person, candidate: str, settings: StudioSettings) -> None:
    assert "Say why" in kim.post(f"/models/compare/{candidate}/promote", why=" ").text
    assert serving(settings) == "old"


@pytest.mark.parametrize(("form", "words"), [("html", ""), ("md", ""), ("html", "?words=1"), ("md", "?words=1")])
def test_report_holds_words_of_real_messages_only_where_asked_for(
    kim: Person, candidate: str, form: str, words: str
) -> None:
    answer = kim.get(f"/models/compare/{candidate}/report/{form}{words}")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="model-{candidate}.{form}"'
    assert ("are my legs numb" in answer.text) is bool(words)
    assert "oswin" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/models/compare/nothing",
        "/models/compare/nothing/report/html",
        "/models/jobs/nothing",
        "/models/jobs/..%2f..%2fx",
    ],
)
def test_what_is_not_there_is_told(kim: Person, candidate: str, address: str) -> None:
    assert kim.get(address).status_code == 404


def test_reports_are_reached_from_the_page(kim: Person, candidate: str) -> None:
    page = kim.get(f"/models/compare/{candidate}").text
    for form in ("html", "md"):
        (address,) = re.findall(rf'href="([^"]+/report/{form})"', page)
        assert kim.get(address).status_code == 200


def test_report_has_two_forms(kim: Person, candidate: str) -> None:
    assert kim.get(f"/models/compare/{candidate}/report/pdf").status_code == 404


def test_candidate_that_was_not_compared_offers_to_compare_it(
    kim: Person, candidate: str, settings: StudioSettings
) -> None:
    newest = keep(settings, "newest")

    assert f"/models/compare/{newest}/again" in kim.get(f"/models/compare/{newest}").text


def test_page_of_the_model_that_serves_refuses_nothing(kim: Person, candidate: str, settings: StudioSettings) -> None:
    ModelStore(settings.models).install(candidate, kind="promoted", by="Kim")
    page = kim.get(f"/models/compare/{candidate}").text

    assert "This is the model that serves" in page
    assert "may not serve" not in page
    assert "/promote" not in page


def test_roll_back_without_a_model_before_is_refused(kim: Person, settings: StudioSettings, candidate: str) -> None:
    assert "nothing to roll back to" in kim.post("/models/rollback").text
    assert "has never served" in kim.post("/models/rollback", to=candidate).text
    assert serving(settings) == "old"


# --- jobs -----------------------------------------------------------------------------------------------------------


def test_training_is_started_once_and_named_in_the_log(kim: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def start(jobs: Jobs, *, by: str, candidate: str | None = None) -> str:
        if started:
            raise JobError("Kim is training already; wait for it or cancel it.")
        started.append((by, candidate))
        return "20260101-000000-aaaa"

    monkeypatch.setattr(models.Jobs, "start", start)
    kim.post("/models/train")
    assert started == [("Kim", None)]
    assert "Kim is training already" in kim.post("/models/compare/x/again").text
    assert kim.get("/audit").text.count("started a training") == 1


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        ("done", "See the comparison"),
        ("failed", "the data contradict themselves"),
        ("cancelled", "cancelled"),
        ("killed", "The training was killed"),
    ],
)
def test_ended_training_says_how_it_ended(kim: Person, settings: StudioSettings, outcome: str, shown: str) -> None:
    folder = JobFolder(settings.state / "jobs" / "20260101-000000-aaaa")
    with folder.alive():
        status = Status(id=folder.path.name, by="ann", pid=1, started_at=now(), steps=(Step(name=CHECK),))
        report = FileReport(folder, status)
        report.begin(CHECK)
        if outcome != "killed":
            error = "the data contradict themselves" if outcome == "failed" else None
            report.end(outcome, error, candidate="m" if outcome == "done" else None)  # type: ignore[arg-type]
    for address in ("/models/jobs/20260101-000000-aaaa", "/models/jobs/20260101-000000-aaaa/part"):
        assert shown in kim.get(address).text
    assert ("The last training" in kim.get("/models").text) is (outcome in {"failed", "killed"})


# --- which model answers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "is_this_one", "seconds_after", "shown", "is_awaited"),
    [
        ("taken over", True, 1, "answers since", False),
        ("started", False, -60, "is taking it over", True),
        ("failed", False, 1, "could not be loaded", False),
        # A failure before the decision says nothing about it.
        ("failed", False, -60, "is taking it over", True),
        ("needs a restart", False, 1, "waits for a restart", False),
    ],
)
def test_page_says_which_model_answers(
    kim: Person,
    candidate: str,
    settings: StudioSettings,
    what: str,
    seconds_after: int,
    shown: str,
    *,
    is_this_one: bool,
    is_awaited: bool,
) -> None:
    store = ModelStore(settings.models)
    decision = store.install(candidate, kind="promoted", by="Kim")
    at = datetime.fromisoformat(decision.at) + timedelta(seconds=seconds_after)
    sha256 = decision.sha256 if is_this_one else decision.previous_sha256
    (settings.models / SERVED).write_text(
        json.dumps(
            {"what": what, "sha256": sha256, "model": None, "at": at.isoformat(timespec="seconds"), "error": None}
        )
    )
    part = kim.get("/models/served").text

    assert shown in part
    assert ("data-refresh" in part) is is_awaited
    assert shown in kim.get("/models").text


def test_nobody_waits_for_an_assistant_that_does_not_run(
    kim: Person, candidate: str, settings: StudioSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ModelStore(settings.models).install(candidate, kind="promoted", by="Kim")
    monkeypatch.setattr(models, "_AWAITED", timedelta())

    part = kim.get("/models/served").text
    assert "takes it over when it runs" in part
    assert "data-refresh" not in part
    assert datetime.now(timezone.utc).isoformat()[:4] not in part
