"""The pages over HTTP: who gets in, what a form may do, the loop from a misread message to the data."""

from __future__ import annotations

import asyncio
import re
import sqlite3

import pytest
import requests
from made_conversations import Store, user
from studio_server import Person, Running, hidden

from backstride.studio import application
from backstride.studio.index import label_of
from backstride.studio.settings import StudioSettings

ADDRESSES = ["/", "/inbox", "/conversation/x", "/unknown", "/changes", "/picture", "/audit", "/people", "/models"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_page_asks_to_sign_in_when_nobody_is(running: Running, address: str) -> None:
    response = requests.get(running.url + address, allow_redirects=False, timeout=300)
    assert (response.status_code, response.headers["Location"]) == (303, "/sign-in")


@pytest.mark.parametrize("address", ADDRESSES[1:])
def test_page_carries_a_strict_policy_when_it_opens(kim: Person, address: str) -> None:
    response = kim.get(address)
    assert response.status_code == (404 if address == "/conversation/x" else 200)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script>|<style|\sstyle=|\son\w+=", response.text)


def test_first_password_needs_the_printed_key_when_nobody_has_one(running: Running) -> None:
    form = {"name": "Kim", "password": "correct horse", "again": "correct horse"}
    refused = requests.post(running.url + "/first-start", data=form | {"key": "guess"}, timeout=300)
    assert refused.status_code == 403
    assert running.studio.people.is_empty()
    key = running.app.ctx.first_key
    assert requests.post(running.url + "/first-start", data=form | {"key": key}, timeout=300).url.endswith("/inbox")
    again = requests.post(running.url + "/first-start", data=form | {"key": key, "name": "Eve"}, timeout=300)
    assert again.url.endswith("/sign-in")
    assert running.studio.people.names() == ["Kim"]


def test_password_is_not_kept_when_it_was_set(running: Running, settings: StudioSettings) -> None:
    running.person()
    assert b"correct horse" not in b"".join(p.read_bytes() for p in settings.state.glob("studio.db*"))
    assert (settings.state / "studio.db").stat().st_mode & 0o077 == 0


def test_sign_in_is_refused_when_there_were_many_wrong_tries(running: Running) -> None:
    running.person()
    tries = [
        requests.post(running.url + "/sign-in", data={"name": "Kim", "password": "no"}, timeout=300) for _ in range(9)
    ]
    assert {response.status_code for response in tries} == {403}
    assert "Too many tries" in tries[-1].text


def test_cookie_is_closed_to_scripts_and_other_sites_when_signed_in(running: Running) -> None:
    running.person()
    data = {"name": "Kim", "password": "correct horse battery"}
    response = requests.post(running.url + "/sign-in", data=data, allow_redirects=False, timeout=300)
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_form_is_refused_when_its_token_is_wrong(kim: Person) -> None:
    response = kim.session.post(kim.running.url + "/people", data={"csrf": "x", "name": "Eve"}, timeout=300)
    assert response.status_code == 403
    assert kim.running.studio.people.names() == ["Kim"]


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_form_is_refused_when_it_comes_from_another_site(kim: Person, header: dict) -> None:
    data = {"csrf": kim.csrf, "name": "Eve", "password": "correct horse battery"}
    response = kim.session.post(kim.running.url + "/people", data=data, headers=header, timeout=300)
    assert response.status_code == 403


def test_page_is_refused_when_another_name_points_here(running: Running) -> None:
    response = requests.get(running.url + "/sign-in", headers={"Host": "evil.example"}, timeout=300)
    assert response.status_code == 421


def test_session_is_over_when_signed_out(kim: Person) -> None:
    token = kim.session.cookies.get("backstride_studio")
    kim.post("/sign-out")
    assert kim.running.studio.people.session(token) is None


def test_misread_message_becomes_an_example_when_it_is_corrected(kim: Person, label: str, settings) -> None:
    """Inbox, conversation, correction, change, written; and the log says who."""
    assert label in kim.get("/inbox").text
    page = kim.get(f"/conversation/{label}").text
    assert "quokka bath" in page
    text = "quokka bath for my sore back perhaps"
    kim.post(f"/conversation/{label}/correct", message="m1", base="0", intent="relief_heat", text=text)
    changes = kim.get("/changes").text
    assert f"- {text}" in changes
    before = (settings.project / "data/relief/nlu.yml").read_text()
    kim.post("/changes/write", step=hidden(changes, "step"), seen=hidden(changes, "seen"))
    after = (settings.project / "data/relief/nlu.yml").read_text()
    assert set(after.splitlines()) - set(before.splitlines()) == {f"    - {text}"}
    assert "No correction waits" in kim.get("/changes").text
    assert "wrote corrections into the data" in kim.get("/audit").text
    assert text not in kim.get("/audit").text


def test_nothing_is_written_when_the_file_changed_after_the_look(kim: Person, label: str, settings) -> None:
    kim.get("/inbox")
    kim.post(f"/conversation/{label}/correct", message="m1", base="0", intent="relief_heat", text="quokka bath perhaps")
    changes = kim.get("/changes").text
    path = settings.project / "data/relief/nlu.yml"
    path.write_text(path.read_text() + "# an editor was here\n")
    answer = kim.post("/changes/write", step=hidden(changes, "step"), seen=hidden(changes, "seen")).text
    assert "Nothing was written" in answer
    assert "quokka" not in path.read_text()


def test_second_trainer_sees_the_conflict_when_both_correct(kim: Person, label: str) -> None:
    kim.get("/inbox")
    ana = kim.running.person("Ana")
    address = f"/conversation/{label}/correct"
    kim.post(address, message="m1", base="0", intent="relief_heat", text="quokka bath perhaps")
    answer = ana.post(address, message="m1", base="0", intent="greet", text="quokka bath perhaps").text
    assert "Kim has changed this meanwhile" in answer
    assert kim.running.studio.corrections.of(label)["m1"].correction.intent == "relief_heat"


def test_masked_words_are_shown_when_asked_for_and_logged(kim: Person, store: Store) -> None:
    store.add("p", [user("my name is Priya")])
    kim.get("/inbox")
    address = f"/conversation/{label_of('p')}"
    assert "Priya" not in kim.get(address).text
    assert "Priya" in kim.get(address + "?words=shown").text
    assert "looked at unmasked words" in kim.get("/audit").text


def test_inbox_says_that_conversations_are_still_being_read(kim: Person, label: str) -> None:
    with kim.running.studio.index._syncing:
        page = kim.get("/inbox").text
        assert "are being read" in page
        assert "No conversation" not in page
        assert "data-refresh" in kim.get("/inbox/left?empty=1").text
    assert 'data-goto="/inbox?f=not-understood"' in kim.get("/inbox/left?f=not-understood&empty=1").text
    # Somebody reads the list already: it is not torn away.
    assert "data-goto" not in kim.get("/inbox/left").text
    assert label in kim.get("/inbox").text


def test_conversation_is_gone_when_it_was_erased(kim: Person, store: Store, label: str) -> None:
    kim.get("/inbox")
    store.erase("s")
    assert kim.get(f"/conversation/{label}").status_code == 404


def test_group_is_sorted_in_one_go_when_an_intent_is_chosen(kim: Person, store: Store) -> None:
    for number, text in enumerate(["which quokka insoles", "which quokka insoles please", "which quokka insoles"]):
        store.add(f"g{number}", [user(text, "nlu_fallback", 0.1)])
    kim.get("/inbox")
    page = kim.get("/unknown").text
    assert "3 messages in 1 group" in page
    members = re.findall(r'name="members" value="([^"]*)"', page)
    texts = ["which quokka insoles", "which quokka insoles please"]
    answer = kim.post("/unknown/sort", do="out", take=["0", "1"], members=members, text=texts)
    assert answer.url.partition("?")[0].endswith("/changes")
    assert "data/out_of_scope/nlu.yml" in answer.text
    assert "Everything that people wrote was understood" in kim.get("/unknown").text


def test_scenario_is_written_when_a_conversation_is_kept(kim: Person, label: str, settings) -> None:
    kim.get("/inbox")
    page = kim.get(f"/conversation/{label}/keep").text
    form = {
        "label": label,
        "as": "scenario",
        "name": "a bath",
        "topic": "relief",
        "file": "from_conversations",
        "take": "m1",
        "said": "quokka bath for my sore back perhaps",
        "bot": "A warm towel eases it.",
    }
    assert "A warm towel" in page
    looked = kim.post(f"/conversation/{label}/keep", do="look", **form).text
    kim.post(f"/conversation/{label}/keep", do="write", seen=hidden(looked, "seen"), **form)
    from backstride.evaluation.scenarios import read_scenarios

    (scenario,) = read_scenarios(settings.project / "tests/scenarios/relief/from_conversations.yml")
    assert scenario.name == "a bath"
    assert scenario.turns[0].bot == ("A warm towel eases it.",)


def test_picture_shows_the_path_when_a_conversation_is_chosen(kim: Person, label: str) -> None:
    kim.get("/inbox")
    assert "is drawn thick" in kim.get(f"/picture?conversation={label}").text
    assert "<svg" in kim.get("/picture?topic=relief").text


def test_correction_is_kept_when_a_script_sends_it(kim: Person, label: str) -> None:
    kim.get("/inbox")
    fields = {"message": "m1", "base": "0", "intent": "relief_heat", "text": "quokka bath perhaps"}
    headers = {"X-CSRF-Token": kim.csrf, "Accept": "application/json"}
    address = f"{kim.running.url}/conversation/{label}/correct"
    answer = kim.session.post(address, data=fields, headers=headers, timeout=300)
    assert answer.json()["told"] == "intent relief_heat", answer.text


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("data/relief/rules.yml", 'version: "3.1"\nrules: [\n', "rules.yml:3: this is no YAML"),
        ("data/relief/rules.yml", "- a list\n", "rules.yml:1: this file has no keys"),
        ("domain.yml", "intents: {\n", "domain.yml:2: this is no YAML"),
        ("knowledge/red_flags.yml", "nothing: here\n", "red_flags.yml:1"),
    ],
)
def test_broken_file_is_named_and_the_page_is_back_when_it_is_mended(
    kim: Person, label: str, settings, file: str, text: str, told: str
) -> None:
    kim.running.studio.index.sync(kim.running.studio.events)
    path = settings.project / file
    whole = path.read_text()
    path.write_text(text)
    answer = kim.get(f"/conversation/{label}")
    assert answer.status_code == 503
    assert told in answer.text
    path.write_text(whole)
    assert kim.get(f"/conversation/{label}").status_code == 200


def test_conversations_are_followed_on_when_a_look_failed(
    settings: StudioSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk once must not leave an inbox that never changes again."""
    app = application.create_app(settings, name="studio_that_follows")
    looks = 0

    def look(*_: object, **__: object) -> int:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise sqlite3.OperationalError("disk I/O error")
        raise asyncio.CancelledError

    monkeypatch.setattr(application, "_SYNC_EVERY_S", 0.0)
    monkeypatch.setattr(app.ctx.studio.index, "sync", look)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(application._follow_conversations(app))
    assert looks == 2
