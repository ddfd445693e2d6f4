"""The actions in the server's own process, and what is served."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.utils import AvailableEndpoints
from rasa_sdk.interfaces import ActionExecutionRejection as SdkRejection
from rasa_sdk.interfaces import ActionNotFoundException

from backstride import server
from backstride.model_store import ModelError
from backstride.server import InProcessActions, copy_as_json
from backstride.settings import Settings
from backstride.vocabulary import ActionName

Behaviour = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def endpoint() -> InProcessActions:
    return InProcessActions()


def call(name: str, **tracker: Any) -> dict[str, Any]:
    """What Rasa's RemoteAction sends."""
    message = {"text": "", "intent": {"name": ""}, "entities": []}
    state = {"sender_id": "ann", "slots": {}, "latest_message": message, "events": [], "latest_action_name": ""}
    return {"next_action": name, "sender_id": "ann", "tracker": state | tracker}


def acting(endpoint: InProcessActions, behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give the endpoint one more action, and return the call for it."""
    monkeypatch.setitem(endpoint._executor.actions, "action_of_a_test", behaviour)
    return call("action_of_a_test")


# --- actions in the process ------------------------------------------------------------------------------------------


async def test_an_action_answers_as_over_http(endpoint: InProcessActions) -> None:
    message = {"text": "heat?", "intent": {"name": "relief_heat"}, "entities": []}

    answer = await endpoint.request(json=call(ActionName.GIVE_RELIEF, latest_message=message), method="post", timeout=1)

    assert answer is not None
    assert answer["responses"][0]["knowledge"] == ["relief.heat"]
    assert {event["name"] for event in answer["events"]} == {"thread", "shown"}
    assert json.loads(json.dumps(answer)) == answer


async def test_all_actions_of_the_domain_are_there(endpoint: InProcessActions) -> None:
    names = {value for key, value in vars(ActionName).items() if isinstance(value, str) and not key.startswith("_")}

    assert names <= set(endpoint._executor.actions)


async def test_the_domain_is_not_sent_along(endpoint: InProcessActions) -> None:
    assert RemoteAction("action_x", endpoint)._is_selective_domain_enabled()


async def test_an_action_cannot_change_what_rasa_holds(
    endpoint: InProcessActions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def spoil(_: Any, tracker: Any, __: Any) -> list[Any]:
        tracker.slots["listed"].append("c")
        return []

    request = acting(endpoint, spoil, monkeypatch)
    request["tracker"]["slots"] = {"listed": ["a", "b"]}
    await endpoint.request(json=request)

    assert request["tracker"]["slots"] == {"listed": ["a", "b"]}


async def test_what_is_no_json_is_refused_as_over_http(endpoint: InProcessActions) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        await endpoint.request(json=call("action_explain_cause", slots={"when": object()}))


async def test_a_rejection_becomes_rasas_own(endpoint: InProcessActions, monkeypatch: pytest.MonkeyPatch) -> None:
    async def reject(*_: Any) -> list[Any]:
        raise SdkRejection("action_of_a_test", "not now")

    with pytest.raises(ActionExecutionRejection, match="not now") as rejection:
        await endpoint.request(json=acting(endpoint, reject, monkeypatch))

    assert rejection.value.action_name == "action_of_a_test"


async def test_an_action_that_takes_too_long_is_given_up(
    endpoint: InProcessActions, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = asyncio.Event()

    async def dawdle(*_: Any) -> list[Any]:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return []

    monkeypatch.setattr(server, "ACTION_TIMEOUT_S", 0.001)
    with pytest.raises(asyncio.TimeoutError):
        await endpoint.request(json=acting(endpoint, dawdle, monkeypatch))

    assert cancelled.is_set()


async def test_an_unknown_action_is_an_error(endpoint: InProcessActions) -> None:
    with pytest.raises(ActionNotFoundException, match="action_nonsense"):
        await endpoint.request(json=call("action_nonsense"))


async def test_two_calls_share_nothing(endpoint: InProcessActions) -> None:
    first, second = await asyncio.gather(
        endpoint.request(json=call(ActionName.EXPLAIN_CAUSE)), endpoint.request(json=call(ActionName.EXPLAIN_CAUSE))
    )

    assert first == second
    assert first is not None
    assert second is not None
    assert first["responses"] is not second["responses"]


def test_all_that_the_actions_read_once_is_read_at_the_start() -> None:
    """Else a file edited meanwhile would meet a server that has read the others as they were."""
    from actions import base, stretch_session

    readers = [base.knowledge, base.answers, base.safety_messages, base.plan_messages, stretch_session._messages]
    for reader in readers:
        reader.cache_clear()

    InProcessActions()

    assert [reader.cache_info().currsize for reader in readers] == [1] * len(readers)


def test_a_copy_is_equal_and_shares_nothing() -> None:
    shared = {"b": None}
    original = {"a": [1, shared], "ä": 1.5, "c": shared, "half a pair": "\ud83d"}

    copied = copy_as_json(original)

    assert copied == original
    assert copied["a"] is not original["a"]
    assert copied["a"][1] is not shared
    assert copied["c"] is not copied["a"][1]


def test_what_only_json_turns_into_plain_text_is_copied_as_well() -> None:
    assert type(copy_as_json({"action": ActionName.FORGET_ME})["action"]) is str


# --- serving ------------------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Rasa's own `serve_application` is called with, instead of serving."""
    options: dict[str, Any] = {}
    monkeypatch.setattr(server.rasa.core.run, "serve_application", lambda **given: options.update(given))
    monkeypatch.setattr(server, "configure_logging", lambda _: None)
    monkeypatch.setattr(server, "make_rasa_lean", lambda: options.setdefault("is_lean", True))
    return options


def test_it_serves_where_and_what_the_settings_say(served: dict[str, Any]) -> None:
    settings = Settings(port=6000)

    server.serve(settings)

    assert served["interface"] == "127.0.0.1"
    assert served["port"] == 6000
    assert served["model_path"] == str(settings.models)
    assert served["credentials"] == str(settings.credentials)
    assert served["enable_api"] is False
    assert served["is_lean"]
    endpoints: AvailableEndpoints = served["endpoints"]
    assert isinstance(endpoints.action, InProcessActions)
    assert endpoints.tracker_store.kwargs["dialect"] == "sqlite"


async def test_it_is_ready_only_after_one_message_went_the_whole_way(
    served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    async def say_hello(_: Any) -> None:
        told.append("hello")

    monkeypatch.setattr(server, "say_hello", say_hello)
    server.serve(Settings(), enable_api=True, on_ready=lambda: told.append("ready"))
    (warm_up, when) = next(
        (listener, when) for listener, when in served["server_listeners"] if when == "after_server_start"
    )

    monkeypatch.setattr(server.housekeeping, "start", lambda _: None)
    helper = SimpleNamespace(erase_next=lambda conversation: None)
    context = SimpleNamespace(agent=SimpleNamespace(is_ready=lambda: True), housekeeping=helper)
    app = SimpleNamespace(ctx=context, add_task=lambda task, **_: task.close())
    await warm_up(app, asyncio.get_running_loop())

    assert when == "after_server_start"
    assert told == ["hello", "ready"]
    assert served["enable_api"] is True


def test_a_model_that_cannot_be_loaded_is_named_with_the_mend(
    served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []

    def serve_application(**options: Any) -> None:
        app = SimpleNamespace(ctx=SimpleNamespace(agent=None), stop=lambda: stopped.append(True))
        for listener, _ in options["server_listeners"]:
            asyncio.run(listener(app, None))

    monkeypatch.setattr(server.rasa.core.run, "serve_application", serve_application)
    with pytest.raises(ModelError, match="make train"):
        server.serve(Settings())
    assert stopped == [True]


async def test_the_first_message_of_all_stays_out_of_the_store(agent: Any) -> None:
    before = list(await agent.tracker_store.keys())

    await server.say_hello(agent)

    assert list(await agent.tracker_store.keys()) == before


async def test_housekeeping_is_told_when_somebody_wants_to_be_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    endpoint = InProcessActions()
    endpoint.after_forgetting = told.append

    async def act(*_: Any) -> list[Any]:
        return []

    for name in (ActionName.FORGET_ME, ActionName.EXPLAIN_CAUSE):
        monkeypatch.setitem(endpoint._executor.actions, name, act)
        await endpoint.request(json=call(name))

    assert told == [call(ActionName.FORGET_ME)["sender_id"]]
