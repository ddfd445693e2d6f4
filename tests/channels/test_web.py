"""The web channel over a real connection: whose conversation it is, what is answered once, what is refused."""

from __future__ import annotations

import base64
import concurrent.futures
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running_server import Running, bearer
from scripted_server import SENTENCE, ScriptedAgent

from backstride.channels import requests as channel_requests
from backstride.channels.tokens import Signer
from backstride.channels.web import chat

# Rasa's SQL store uses what SQLAlchemy calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_message_is_answered_and_kept(server: Running) -> None:
    """What was streamed is what is loaded later: texts, buttons, order, ids."""
    token = server.begin()
    answers = [*server.say(token, "hello"), *server.say(token, "two")]
    kept = server.read(token)["messages"]
    assert [message["from"] for message in kept] == ["person", "bot", "person", "bot", "bot"]
    assert [message["text"] for message in kept][2:] == ["two", "First.", "Second."]
    untimed = [{k: v for k, v in m.items() if k != "at"} for m in kept if m["from"] == "bot"]
    assert untimed == [{k: v for k, v in m.items() if k != "at"} for m in answers]


def test_times_are_those_of_the_conversation(server: Running) -> None:
    """Each message says when it was said, in order."""
    token = server.begin()
    before = time.time()
    server.say(token)
    times = [message["at"] for message in server.read(token)["messages"]]
    assert before - 1 <= times[0] <= times[1] <= time.time() + 1


def test_messages_of_one_turn_come_as_they_are_made(server: Running) -> None:
    """The first of two messages arrives while the second is not made yet."""
    token = server.begin()
    body = {"id": "streaming-1", "text": "two, wait"}
    with requests.post(
        f"{server.url}/chat/messages", json=body, headers=bearer(token), timeout=120, stream=True
    ) as response:
        lines = response.iter_lines()
        assert json.loads(next(lines))["message"]["text"] == "First."
        requests.post(f"{server.url}/test/release")
        assert json.loads(next(lines))["message"]["text"] == "Second."
        assert json.loads(next(lines)) == {"done": True}


def test_entry_comes_with_its_card(server: Running) -> None:
    """A message that gives one whole entry carries the card; the text stands beside it for other readers."""
    [message] = server.say(server.begin(), "heat")
    assert message["card"]["id"] == "relief.heat"
    assert message["text"].startswith(message["card"]["answer"])
    assert message["card"]["sources"][0]["body"]


def test_words_beyond_the_entry_stand_beside_its_card(server: Running) -> None:
    """What an answer says besides the entry is not swallowed by the card."""
    token = server.begin()
    [plain] = server.say(token, "heat")
    more = {"text": plain["text"] + "\n\nYou also asked about shoes.", "knowledge": ["relief.heat"]}
    [message] = server.say(token, f"json:{json.dumps(more)}")
    assert message["card"]["id"] == "relief.heat"
    assert message["after"] == "You also asked about shoes."


@pytest.mark.parametrize("change", ["Not for you: {text}", "{text} But not for you."])
def test_changed_text_is_no_card(server: Running, change: str) -> None:
    """Advice that was changed for a person is shown as it was said."""
    token = server.begin()
    [plain] = server.say(token, "heat")
    changed = {"text": change.format(text=plain["text"]), "knowledge": ["relief.heat"]}
    [message] = server.say(token, f"json:{json.dumps(changed)}")
    assert "card" not in message


def test_exercises_of_a_list_come_with_pictures(server: Running) -> None:
    """A button that opens an exercise carries its drawing; the drawing can be had, with a text in its place."""
    [message] = server.say(server.begin(), "stretch")
    picture = message["buttons"][0]["picture"]
    response = requests.get(server.url + picture["src"], timeout=120)
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert len(picture["alt"]) > 20


def test_answers_are_told_from_other_buttons(server: Running) -> None:
    """What answers the message's own question is marked; a command, or an answer to another question, is not."""
    [question] = server.say(server.begin(), "which of these")
    assert question["several"] is True
    assert [(button["title"].split()[0], button.get("does")) for button in question["buttons"]] == [
        ("Longer", "answer"),
        ("Faster", "answer"),
        ("Hillier", "answer"),
        ("Skip", None),
    ]
    other = {"text": "Where?", "question": "check_in.place", "buttons": [_button("check_in:run:longer")]}
    [message] = server.say(server.begin(), f"json:{json.dumps(other)}")
    assert "does" not in message["buttons"][0]


def _button(choice: str) -> dict[str, str]:
    return {"title": choice, "payload": f'/choose_item{{"choice": "{choice}"}}'}


def test_follow_up_about_an_entry_is_no_card(server: Running) -> None:
    """The answer to "why?" is text, though it is made from an entry."""
    token = server.begin()
    [entry] = server.say(token, "heat")
    why = next(button for button in entry["buttons"] if button["title"] == "Why?")
    [message] = server.say(token, said=None, button=why["id"])
    assert "card" not in message


def test_metadata_reaches_the_widget_and_nothing_else_does(server: Running) -> None:
    """Urgency, numbers and red flags are passed on; unknown keys of the metadata are not."""
    token = server.begin()
    [referral] = server.say(token, "numb")
    assert referral["urgency"] == "emergency_now"
    assert referral["red_flags"]
    assert referral["numbers"][0]["number"] == "999"
    [message] = server.say(token, 'json:{"text": "hi", "secret": "x", "ask": "pain"}')
    assert "secret" not in message
    assert message["ask"] == "pain"


def test_most_urgent_message_stays_pinned(server: Running) -> None:
    """A calmer message does not displace an emergency; only a clearing does."""
    token = server.begin()
    [emergency] = server.say(token, "numb")
    server.say(token, "fever")
    assert server.read(token)["pinned"]["id"] == emergency["id"]
    server.say(token, "all clear")
    assert server.read(token)["pinned"] is None


def test_question_about_a_referral_does_not_take_its_place(server: Running) -> None:
    """What is pinned is the referral itself, until another sign or another number is told."""
    token = server.begin()
    referral = {"text": "Go.", "urgency": "same_day", "red_flags": ["a"], "numbers": [{"label": "x", "number": "1 2"}]}
    [first] = server.say(token, f"json:{json.dumps(referral)}")
    server.say(token, f"json:{json.dumps(referral | {'text': 'Are you sure?'})}")
    assert server.read(token)["pinned"]["id"] == first["id"]
    [other] = server.say(token, f"json:{json.dumps(referral | {'red_flags': ['a', 'b']})}")
    assert server.read(token)["pinned"]["id"] == other["id"]


def test_typed_title_counts_as_the_choice(server: Running) -> None:
    """Whoever types a button's title sees the button as chosen: the understood text tells."""
    token = server.begin()
    [menu] = server.say(token, "hello")
    server.say(token, "I mean: What helps now")
    assert server.read(token)["messages"][1]["chosen"] == menu["buttons"][0]["id"]


def test_words_of_other_channels_are_kept_apart(server: Running) -> None:
    """Payloads and triggered intents in the tracker are not shown as something that the person said."""
    token = server.begin()
    server.say(token, "EXTERNAL: reminder")
    assert [message["from"] for message in server.read(token)["messages"]] == ["bot"]


def test_long_conversation_is_loaded_in_pages(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last messages come first; the ones before on request."""
    monkeypatch.setattr(chat, "PAGE_LENGTH", 20)
    token = server.begin()
    for number in range(12):
        server.say(token, f"echo:{number}")
    last = server.read(token)
    assert (len(last["messages"]), last["earlier"]) == (20, True)
    first = server.read(token, before=last["messages"][0]["id"])
    assert [message["text"] for message in first["messages"]] == ["echo:0", "0", "echo:1", "1"]
    assert first["earlier"] is False


def test_button_is_pressed_by_its_id(server: Running) -> None:
    """The payload stays on the server; the person sees the title that they pressed."""
    token = server.begin()
    [menu] = server.say(token, "hello")
    assert all(set(button) == {"id", "title"} for button in menu["buttons"])
    server.say(token, said=None, button=menu["buttons"][0]["id"])
    assert server.agent.handled[-1] == "/relief_general"
    kept = server.read(token)["messages"]
    assert kept[1]["chosen"] == menu["buttons"][0]["id"]
    assert kept[2]["text"] == "What helps now"


@pytest.mark.parametrize("button", ["nothing.r0.0", "/relief_general", "", "message-1.r0.99"])
def test_button_that_was_not_offered_is_refused(server: Running, button: str) -> None:
    """Only ids of the last turn's buttons are pressed."""
    token = server.begin()
    server.say(token, "hello")
    response = server.post(token, said=None, button=button)
    assert (response.status_code, response.json()["error"]) == (409, "button_gone")


def test_button_of_an_earlier_turn_is_refused(server: Running) -> None:
    """A "yes" to an earlier question does not answer a later one."""
    token = server.begin()
    [menu] = server.say(token, "hello")
    server.say(token, "stretch")
    assert server.post(token, said=None, button=menu["buttons"][0]["id"]).status_code == 409


def test_button_of_another_conversation_is_refused(server: Running) -> None:
    """Button ids belong to one conversation."""
    [menu] = server.say(server.begin(), "hello")
    assert server.post(server.begin(), said=None, button=menu["buttons"][0]["id"]).status_code == 409


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        '/choose_item{"entry": "relief.heat"}',
        "  /session_start",
        "\u00a0/restart",
        "\u200b/restart",
        "\ufeff /restart",
        "\u2003/restart",
        "/relief_general",
    ],
)
def test_typed_intent_is_text(server: Running, text: str) -> None:
    """Rasa never sees a typed text that begins with a slash, not even one that a button offers."""
    token = server.begin()
    server.say(token, "hello")
    server.say(token, text)
    assert not server.agent.handled[-1].strip().startswith("/")
    assert server.read(token)["messages"][2]["text"].lstrip("\u2060\u200b\ufeff ").startswith("/")


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=200))
def test_any_text_is_taken_or_refused_calmly(server: Running, text: str) -> None:
    """Whatever is typed, the server answers, and Rasa is never given an intent."""
    response = server.post(server.begin(), text)
    assert response.status_code in {200, 400}
    if response.status_code == 200:
        assert not server.agent.handled[-1].strip().startswith("/")


def _changed(token: str) -> str:
    body, _, signature = token.partition(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    said["c"] = said["c"][:-1] + ("A" if said["c"][-1] != "A" else "B")
    return f"{base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip('=')}.{signature}"


def _conversation_of(token: str) -> str:
    body = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(body + "=="))["c"])


TAKEOVERS: dict[str, Callable[[str, str], dict[str, str]]] = {
    "without a token": lambda _, __: {},
    "by knowing the id": lambda victim, _: bearer(_conversation_of(victim)),
    "by naming the id beside a token of one's own": lambda victim, own: bearer(own)
    | {"X-Conversation": _conversation_of(victim), "Cookie": f"conversation={_conversation_of(victim)}"},
    "with a changed token": lambda victim, _: bearer(_changed(victim)),
    "with the victim's id and one's own signature": lambda victim, own: bearer(
        f"{victim.partition('.')[0]}.{own.partition('.')[2]}"
    ),
    "with a signature of another key": lambda victim, _: bearer(
        Signer(b"x" * 40).issue(_conversation_of(victim), expires=int(time.time()) + 999)
    ),
    "with an empty signature": lambda victim, _: bearer(victim.partition(".")[0] + "."),
    "with an expired token": lambda victim, _: bearer(victim),
}


@pytest.mark.parametrize("way", TAKEOVERS)
def test_conversation_cannot_be_taken_over(server: Running, key_file: Path, way: str) -> None:
    """Neither reading nor writing nor erasing, whatever is known of the conversation but its token."""
    victim, own = server.begin(), server.begin()
    server.say(victim, "my secret back pain")
    headers = TAKEOVERS[way](victim, own)
    if way == "with an expired token":
        signer = Signer(key_file.read_bytes().strip())
        headers = bearer(signer.issue(_conversation_of(victim), expires=int(time.time()) - 1))
    for method, path in [
        ("GET", "/chat/messages"),
        ("GET", "/chat/export"),
        ("POST", "/chat/messages"),
        ("POST", "/chat/feedback"),
        ("DELETE", "/chat/conversation"),
    ]:
        query = {"conversation": _conversation_of(victim), "sender": _conversation_of(victim)}
        body = {"id": "takeover-1", "text": "mine now", "sender": _conversation_of(victim), **query}
        response = requests.request(
            method, server.url + path, headers=headers, params=query, json=body if method == "POST" else None
        )
        assert "secret" not in response.text
        if way != "by naming the id beside a token of one's own":
            assert response.status_code == 401
    assert [message["text"] for message in server.read(victim)["messages"]] == [
        "my secret back pain",
        "You said: my secret back pain",
    ]


def test_any_server_with_the_key_answers(server: Running, start: Callable[..., Running]) -> None:
    """Servers share nothing but the key and the stores: a conversation goes on at another one."""
    token = server.begin()
    server.say(token, "hello")
    other = start(agent=None)
    other.agent.tracker_store._tracker_store.store = server.agent.tracker_store._tracker_store.store
    assert len(other.read(token)["messages"]) == 2
    other.say(token, "two")
    assert len(server.read(token)["messages"]) == 5


def test_token_is_renewed_while_it_is_used(start: Callable[..., Running], key_file: Path) -> None:
    """A token in the last three quarters of its life is replaced when the conversation is loaded."""
    server = start(token_days=4)
    token = server.begin()
    assert "token" not in server.read(token)
    old = Signer(key_file.read_bytes().strip()).issue(_conversation_of(token), expires=int(time.time()) + 86_400)
    fresh = server.read(old)["token"]
    assert _conversation_of(fresh) == _conversation_of(token)


def test_resent_message_is_answered_once(server: Running) -> None:
    """The same id again gets the same answer, and Rasa hears it once."""
    token = server.begin()
    first = server.say(token, "hello", id="the-same-id")
    handled = len(server.agent.handled)
    again = server.say(token, "hello", id="the-same-id")
    assert len(server.agent.handled) == handled
    assert [m["id"] for m in again] == [m["id"] for m in first]
    assert len(server.read(token)["messages"]) == 2


def test_message_resent_while_it_is_answered_waits_for_that_answer(server: Running) -> None:
    """Two requests with the same id at once: one turn, two equal answers."""
    token = server.begin()
    handled = len(server.agent.handled)
    # Of tests before this one.
    while server.agent.at_gate.acquire(blocking=False):
        pass
    with concurrent.futures.ThreadPoolExecutor() as pool:
        both = [pool.submit(server.say, token, "two, wait", id="twice-at-once") for _ in range(2)]
        assert server.agent.at_gate.acquire(timeout=120)
        requests.post(f"{server.url}/test/release")
        answers = [[m["text"] for m in each.result()] for each in both]
    assert answers == [["First.", "Second."]] * 2
    assert len(server.agent.handled) == handled + 1


def test_message_is_answered_though_the_client_hung_up(server: Running) -> None:
    """A lost connection does not lose the turn: sending again finds its answer."""
    token = server.begin()
    body = {"id": "hung-up-1", "text": "two, wait"}
    with requests.post(
        f"{server.url}/chat/messages", json=body, headers=bearer(token), timeout=120, stream=True
    ) as response:
        next(response.iter_lines())
    requests.post(f"{server.url}/test/release")
    assert [m["text"] for m in server.say(token, "two, wait", id="hung-up-1")] == ["First.", "Second."]


def test_failure_is_one_calm_sentence(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    """The person gets the domain's sentence; the log gets an id and no word of the message."""
    token = server.begin()
    response = server.post(token, "crash when my secret is said", id="failing-1")
    assert response.status_code == 503
    assert response.json()["text"] == SENTENCE
    assert response.json()["incident"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_silence_is_one_calm_sentence(server: Running) -> None:
    """Where the assistant says nothing the person is not left alone, and the sentence is kept."""
    token = server.begin()
    assert [m["text"] for m in server.say(token, "silence")] == [SENTENCE]
    assert server.read(token)["messages"][-1]["text"] == SENTENCE


def test_paused_assistant_may_be_silent(server: Running) -> None:
    """When a person has taken over, the assistant says nothing at all."""
    assert server.say(server.begin(), "pause please") == []


def test_slow_answer_ends_in_time(start: Callable[..., Running]) -> None:
    """A turn that takes too long is given up, and said so."""
    server = start(turn_timeout_s=0.2)
    response = server.post(server.begin(), "hello, wait")
    assert (response.status_code, response.json()["error"]) == (503, "timeout")


def test_outage_of_the_store_is_no_empty_conversation(
    server: Running, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that fails is said to fail, and the message is not answered out of nothing."""
    broken = start()
    token = broken.begin()

    async def fail(*_: Any) -> None:
        raise OSError("disk")

    store = broken.agent.tracker_store._tracker_store
    monkeypatch.setattr(store, "retrieve", fail)
    monkeypatch.setattr(store, "retrieve_full_tracker", fail)
    handled = len(broken.agent.handled)
    for response in (broken.post(token), requests.get(f"{broken.url}/chat/messages", headers=bearer(token))):
        assert (response.status_code, response.json()["error"]) == (503, "store_unavailable")
    assert len(broken.agent.handled) == handled


def test_thumb_and_word_are_kept_as_an_event(server: Running) -> None:
    """Trainers find the thumb in the tracker; it changes nothing that is shown."""
    token = server.begin()
    [message] = server.say(token, "heat")
    body = {"message": message["id"], "value": "down", "words": "too hot"}
    assert requests.post(f"{server.url}/chat/feedback", json=body, headers=bearer(token)).status_code == 200
    kept = server.read(token)["messages"]
    assert [m["from"] for m in kept] == ["person", "bot"]
    assert kept[1]["feedback"] == "down"
    exported = requests.get(f"{server.url}/chat/export", headers=bearer(token)).json()
    assert exported["events"][-1]["metadata"]["feedback"] == body
    # The buttons of the message can still be pressed.
    server.say(token, said=None, button=message["buttons"][0]["id"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": "no-such.r0", "value": "up"}, 404),
        ({"message": "x", "value": "sideways"}, 400),
        ({"message": 1, "value": "up"}, 400),
        ({"message": "x", "value": "up", "words": "w" * 501}, 413),
    ],
)
def test_wrong_feedback_is_refused(server: Running, body: dict[str, Any], status: int) -> None:
    """Feedback is about a message of the assistant, is up or down, and is short."""
    token = server.begin()
    server.say(token)
    assert requests.post(f"{server.url}/chat/feedback", json=body, headers=bearer(token)).status_code == status


def test_forgotten_conversation_is_gone(server: Running, tmp_path: Path, start: Callable[..., Running]) -> None:
    """Nothing of it is left, in memory or in SQL."""
    on_disk = start(agent=ScriptedAgent(tmp_path / "conversations.db"))
    for running in (server, on_disk):
        token = running.begin()
        running.say(token, "a word that must go")
        assert requests.delete(f"{running.url}/chat/conversation", headers=bearer(token)).status_code == 200
        assert running.read(token)["messages"] == []
        assert requests.get(f"{running.url}/chat/export", headers=bearer(token)).json()["events"] == []
    assert b"a word that must go" not in (tmp_path / "conversations.db").read_bytes()


def test_store_that_cannot_erase_says_so(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of an unknown kind refuses instead of pretending."""
    token = server.begin()
    server.say(token)

    class Unknown:
        event_broker = None

        def __getattr__(self, name: str) -> Any:
            if name == "delete":
                raise AttributeError(name)
            return getattr(real, name)

    real = server.agent.tracker_store._tracker_store
    monkeypatch.setattr(server.agent.tracker_store, "_tracker_store", Unknown())
    assert requests.delete(f"{server.url}/chat/conversation", headers=bearer(token)).status_code == 501


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (b"not json", 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b"null", 400, "malformed"),
        (b'""', 400, "malformed"),
        (b"[" * 5000, 400, "malformed"),
        (b"{}", 400, "malformed"),
        (b'{"id": "short", "text": "x"}', 400, "malformed"),
        (b'{"id": "long-enough", "text": 7}', 400, "malformed"),
        (b'{"id": "long-enough", "text": "x", "button": "b"}', 400, "malformed"),
        (b'{"id": "long-enough", "text": "  "}', 400, "empty"),
        (b'{"id": "long-enough", "text": "\\u0000\\u0007"}', 400, "empty"),
        (json.dumps({"id": "long-enough", "text": "x" * 1001}).encode(), 413, "too_long"),
        (b"x" * 17_000, 413, "too_large"),
    ],
)
def test_unfit_body_is_refused(server: Running, content: bytes, status: int, error: str) -> None:
    """Each kind of unfit request has its own status and code."""
    response = requests.post(f"{server.url}/chat/messages", data=content, headers=bearer(server.begin()))
    assert (response.status_code, response.json()["error"]) == (status, error)


@pytest.mark.parametrize("path", ["/chat/conversation", "/chat/messages"])
@pytest.mark.parametrize(("length", "status"), [(-5, 400), (9, 408), (99_999_999, 413)])
def test_body_that_never_comes_holds_nobody_up(
    server: Running, monkeypatch: pytest.MonkeyPatch, path: str, length: int, status: int
) -> None:
    """A length below nothing, a body that stays away, one that is announced too large: each is answered."""
    monkeypatch.setattr(channel_requests, "BODY_TIMEOUT_S", 0.05)
    host = urlsplit(server.url)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.begin()}\r\nContent-Length: {length}\r\n\r\n"
    )
    with socket.create_connection((host.hostname, host.port), timeout=120) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(4096).decode()
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "X-Content-Type-Options: nosniff" in answer


def test_body_without_a_length_is_cut_off(server: Running) -> None:
    """A body that names no length is read no further than the limit."""

    def endless() -> Any:
        for _ in range(40):
            yield b"x" * 1000

    response = requests.post(f"{server.url}/chat/messages", data=endless(), headers=bearer(server.begin()))
    assert response.status_code == 413


def test_rate_of_a_conversation_is_limited(start: Callable[..., Running]) -> None:
    """A conversation that talks too fast is told how long to wait; another one is not held up."""
    server = start(messages_per_minute=3)
    token = server.begin()
    for _ in range(3):
        server.say(token)
    response = server.post(token)
    assert (response.status_code, response.json()["error"]) == (429, "too_many")
    assert int(response.headers["Retry-After"]) == response.json()["wait"] == 20
    server.say(server.begin())


def test_rate_of_an_address_is_limited(start: Callable[..., Running]) -> None:
    """New conversations do not help against the limit of an address; behind a proxy the address is the client's."""
    server = start(address_messages_per_minute=2, conversations_per_hour=5, proxies=1)
    tokens = [server.begin() for _ in range(3)]
    assert [server.post(token).status_code for token in tokens] == [200, 200, 429]
    body = {"id": "from-elsewhere", "text": "hi"}
    elsewhere = bearer(tokens[2]) | {"X-Forwarded-For": "10.0.0.1, 192.0.2.7"}
    assert requests.post(f"{server.url}/chat/messages", json=body, headers=elsewhere).status_code == 200
    server.begin()
    server.begin()
    assert requests.post(f"{server.url}/chat/conversation").status_code == 429


def test_strange_origin_is_refused(server: Running) -> None:
    """A page of another site can do nothing, not even begin a conversation."""
    headers = {"Origin": "https://evil.example"}
    response = requests.post(f"{server.url}/chat/conversation", headers=headers)
    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("cors", ["", "*"])
def test_allowed_origin_may_use_the_chat(start: Callable[..., Running], cors: str) -> None:
    """Origins named in credentials.yml are let in and told so; Rasa's own `--cors` changes nothing here."""
    server = start(allowed_origins=["https://clinic.example"], cors=cors)
    friend, stranger = {"Origin": "https://clinic.example"}, {"Origin": "https://evil.example"}
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for method in ("OPTIONS", "POST"):
        good = requests.request(method, f"{server.url}/chat/conversation", headers=friend | preflight)
        assert good.headers["Access-Control-Allow-Origin"] == "https://clinic.example"
        assert "Access-Control-Allow-Credentials" not in good.headers
        bad = requests.request(method, f"{server.url}/chat/conversation", headers=stranger | preflight)
        assert "Access-Control-Allow-Origin" not in bad.headers


def test_own_origin_may_use_the_chat(server: Running) -> None:
    """The page of the server itself needs no permission."""
    assert requests.post(f"{server.url}/chat/conversation", headers={"Origin": server.url}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/?x=1"),
        ("GET", "/widget/backstride.js"),
        ("GET", "/widget/page/page.css"),
        ("GET", "/chat/messages"),
        ("POST", "/chat/conversation"),
        ("OPTIONS", "/chat/messages"),
        ("GET", "/no/such/place"),
        ("PUT", "/chat/messages"),
        ("GET", "/widget/../backstride/server.py"),
        ("GET", "/widget/%2e%2e/README.md"),
        ("GET", "/pictures/none.svg"),
        ("POST", "/test/release"),
    ],
)
def test_every_response_has_the_security_headers(server: Running, method: str, path: str) -> None:
    """Pages, files, refusals and "not found" alike; no script or style may stand in the page itself."""
    response = requests.request(method, server.url + path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "import" not in response.text or path.endswith(".js")


def test_page_takes_the_place_of_rasas_hello(server: Running) -> None:
    """At `/` there is the page; Rasa's own greeting is not in the way."""
    response = requests.get(f"{server.url}/")
    assert response.status_code == 200
    assert "<back-stride inline>" in response.text
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]


def test_file_that_is_not_there_may_be_looked_for(server: Running) -> None:
    """From any site: a widget there asks whether its page's language has texts, and goes on without."""
    response = requests.get(f"{server.url}/widget/texts.xx.js", headers={"Origin": "https://example.org"}, timeout=120)
    assert response.status_code == 404
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_file_that_is_unchanged_is_not_sent_again(server: Running) -> None:
    """A browser that has the file gets 304; one that can unpack gets it packed."""
    first = requests.get(f"{server.url}/widget/backstride.js")
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = requests.get(f"{server.url}/widget/backstride.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    plain = requests.get(f"{server.url}/widget/backstride.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == first.text


def test_server_that_is_starting_says_so(start: Callable[..., Running]) -> None:
    """Before the model is there, the client is told to come back."""
    server = start()
    token = server.begin()
    server.agent.is_ready = lambda: False  # type: ignore[method-assign]
    assert server.post(token).json()["error"] == "starting"
