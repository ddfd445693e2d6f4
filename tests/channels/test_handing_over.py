"""The diary's picture and table, and all data of a person: who gets them, and what is gone once it is erased."""

from __future__ import annotations

import base64
import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from running_server import Running, bearer

from backstride.channels.tokens import Signer, TokenError
from backstride.diary import DiaryEntry
from backstride.records import RecordsError, shared_records

# Rasa's SQL store uses what SQLAlchemy calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

DAY = date(2026, 11, 23)
CHART = {"text": "Here.", "chart": {"until": DAY.isoformat(), "alt": "Chart from 17 Nov to 23 Nov."}}


def conversation_of(token: str) -> str:
    return str(json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))["c"])


@pytest.fixture
def token(server: Running) -> str:
    """A conversation whose diary has one entry."""
    token = server.begin()
    shared_records().add(conversation_of(token), DiaryEntry(day=DAY, before=4.0, after=6.0, distance_km=8.0))
    return token


def handed_over(server: Running, token: str, message: dict[str, Any]) -> dict[str, Any]:
    [said] = server.say(token, f"json:{json.dumps(message)}")
    return said


def test_the_picture_comes_by_the_address_that_stands_in_the_message(server: Running, token: str) -> None:
    chart = handed_over(server, token, CHART)["chart"]
    response = requests.get(server.url + chart["src"], timeout=120)

    assert chart["alt"] == "Chart from 17 Nov to 23 Nov."
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert "Worst pain of each day" in response.text


def test_the_picture_may_run_and_load_nothing_and_is_kept_nowhere(server: Running, token: str) -> None:
    response = requests.get(server.url + handed_over(server, token, CHART)["chart"]["src"], timeout=120)

    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "<script" not in response.text


def test_the_address_is_made_anew_when_the_conversation_is_loaded(server: Running, token: str) -> None:
    handed_over(server, token, CHART)
    shown = server.read(token)["messages"][-1]["chart"]

    assert requests.get(server.url + shown["src"], timeout=120).status_code == 200


def test_the_table_is_a_file_to_save(server: Running, token: str) -> None:
    file = handed_over(server, token, {"text": "Here.", "file": "diary"})["file"]
    response = requests.get(server.url + file["src"], timeout=120)

    assert file["title"] == "Save my diary (CSV)"
    assert response.headers["Content-Disposition"] == 'attachment; filename="backstride-diary.csv"'
    assert response.text.splitlines()[1] == "2026-11-23,4,6,,8,,"


def test_all_data_are_a_file_with_diary_reminder_and_conversation(server: Running, token: str) -> None:
    file = handed_over(server, token, {"text": "Here.", "file": "data"})["file"]
    kept = requests.get(server.url + file["src"], timeout=120).json()

    assert kept["diary"] == [
        {"id": kept["diary"][0]["id"], "day": "2026-11-23", "before": 4.0, "after": 6.0, "distance_km": 8.0}
    ]
    assert kept["reminder"] is None
    assert any(event["event"] == "user" for event in kept["events"])


def test_the_menus_download_holds_the_diary_too(server: Running, token: str) -> None:
    kept = requests.get(f"{server.url}/chat/export", headers=bearer(token), timeout=120).json()

    assert kept["diary"][0]["after"] == 6.0


def test_forget_me_in_the_menu_erases_the_diary(server: Running, token: str) -> None:
    chart = handed_over(server, token, CHART)["chart"]
    requests.delete(f"{server.url}/chat/conversation", headers=bearer(token), timeout=120).raise_for_status()

    assert shared_records().entries(conversation_of(token)) == ()
    assert requests.get(server.url + chart["src"], timeout=120).status_code == 404


def test_an_address_opens_no_conversation(server: Running, token: str) -> None:
    src = handed_over(server, token, {"text": "Here.", "file": "diary"})["file"]["src"]
    response = requests.get(f"{server.url}/chat/messages", headers=bearer(src.rpartition("/")[2]), timeout=120)

    assert response.status_code == 401


def test_a_conversations_token_is_no_address(server: Running, token: str) -> None:
    assert requests.get(f"{server.url}/chat/file/{token}", timeout=120).status_code == 401


def test_an_address_gives_only_what_it_was_made_for(server: Running, token: str) -> None:
    src = handed_over(server, token, CHART)["chart"]["src"]
    body, _, signature = src.rpartition("/")[2].partition(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(said | {"g": "data"}).encode()).decode().rstrip("=")

    assert requests.get(f"{server.url}/chat/file/{changed}.{signature}", timeout=120).status_code == 401


def test_an_address_ends(key_file: Path) -> None:
    signer = Signer(b"k" * 40)
    link = signer.issue_link("ann", "diary", expires=int(time.time()) - 1)

    with pytest.raises(TokenError, match="token_expired"):
        signer.read_link(link, now=time.time())


@pytest.mark.parametrize("gives", ["chart:yesterday", "chart:", "../etc/passwd", ""])
def test_what_is_nothing_to_hand_over_is_not_found(server: Running, token: str, key_file: Path, gives: str) -> None:
    link = Signer(key_file.read_bytes().strip()).issue_link(
        conversation_of(token), gives, expires=int(time.time()) + 60
    )

    assert requests.get(f"{server.url}/chat/file/{link}", timeout=120).status_code == 404


def test_an_outage_of_the_diary_is_one_to_try_again(
    server: Running, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    src = handed_over(server, token, CHART)["chart"]["src"]

    def away(_: str) -> None:
        raise RecordsError("away")

    monkeypatch.setattr(shared_records(), "entries", away)

    assert requests.get(server.url + src, timeout=120).status_code == 503


def test_the_browsers_time_zone_is_kept_with_the_message(server: Running, token: str) -> None:
    server.say(token, "hello", zone="Europe/Berlin")
    kept = requests.get(f"{server.url}/chat/export", headers=bearer(token), timeout=120).json()
    said = [event for event in kept["events"] if event["event"] == "user"]

    assert said[-1]["metadata"]["zone"] == "Europe/Berlin"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", 7, "x" * 5000, {"a": 1}])
def test_a_time_zone_that_is_none_is_left_out(server: Running, token: str, zone: Any) -> None:
    server.say(token, "hello", zone=zone)
    kept = requests.get(f"{server.url}/chat/export", headers=bearer(token), timeout=120).json()
    said = [event for event in kept["events"] if event["event"] == "user"]

    assert "zone" not in said[-1]["metadata"]


def test_the_page_says_how_long_things_are_kept(server: Running) -> None:
    page = requests.get(server.url, timeout=120).text

    assert "All of it is erased when you have not written for 30 days." in page
    assert "{{" not in page
