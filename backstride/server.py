"""Rasa's server, the actions and the page in one process.

The actions run here instead of behind a second HTTP server, and Rasa's own `serve_application` does the rest, without
what `lean_rasa` leaves out.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import logging
import marshal
import sys
import time
from collections.abc import Callable
from typing import Any

import rasa.core.run
from rasa.core.actions.action import ActionExecutionRejection
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection as SdkRejection
from sanic import Sanic

from backstride import housekeeping, spoken_language
from backstride.lean_rasa import make_rasa_lean
from backstride.logs import configure_logging
from backstride.model_store import ModelError, ModelStore
from backstride.settings import Settings
from backstride.take_over import TakeOver
from backstride.vocabulary import ActionName

logger = logging.getLogger("backstride.server")

ACTION_TIMEOUT_S = 10.0
_WARM_UP_SENDER = "backstride-warm-up"
# The version of Python's own format in which an object that stands in two places is two objects, as in JSON.
_EACH_OBJECT_BY_ITSELF = 2


class InProcessActions(EndpointConfig):  # type: ignore[misc]  # Rasa ships no types
    """An action endpoint that runs the actions here instead of over HTTP.

    Rasa's `RemoteAction` only calls `request` of its endpoint, so the actions cannot tell the difference:
    they get the same JSON and answer with the same JSON.
    """

    is_trusted = True
    """What rasa_sdk itself answers needs no check against the schema of its answers (see `lean_rasa`)."""

    def __init__(self, package: str = "actions") -> None:
        """Register all actions of a package."""
        super().__init__(url="in-process", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)
        read_now(package)
        self.after_forgetting: Callable[[str], None] | None = None
        """Called with the conversation of somebody who asked to be forgotten, while the message is still answered."""

    async def request(self, *_: object, json: dict[str, Any], **__: object) -> dict[str, Any] | None:
        """Run the action that the JSON names, as `rasa run actions` would.

        Raises:
            ActionExecutionRejection: the action will not run, so that another one may.
            asyncio.TimeoutError: the action took longer than ACTION_TIMEOUT_S.
        """
        call = copy_as_json(json)
        try:
            answer: dict[str, Any] | None = await asyncio.wait_for(self._executor.run(call), ACTION_TIMEOUT_S)
        except SdkRejection as rejection:
            raise ActionExecutionRejection(rejection.action_name, rejection.message) from rejection
        if call.get("next_action") == ActionName.FORGET_ME and self.after_forgetting is not None:
            self.after_forgetting(str(call.get("sender_id")))
        return answer


def read_now(package: str) -> None:
    """Read all that the actions of a package read once.

    A server answers from the files as they were checked at its start, whatever is edited meanwhile, and the first
    person does not wait for them.
    """
    modules = [module for name, module in sys.modules.items() if name == package or name.startswith(f"{package}.")]
    for module in modules:
        for value in vars(module).copy().values():
            if hasattr(value, "cache_info") and not inspect.signature(value).parameters:
                value()


def copy_as_json(value: dict[str, Any]) -> dict[str, Any]:
    """Return what arrives on the other side of an HTTP call: no object is shared with the tracker.

    Python's own format holds what JSON does, and is three times as quick. What it cannot hold (an enumeration's member)
    goes through JSON.
    """
    copied: dict[str, Any]
    try:
        copied = marshal.loads(marshal.dumps(value, _EACH_OBJECT_BY_ITSELF))  # noqa: S302  # its own bytes
    except ValueError:
        copied = json.loads(json.dumps(value))
    return copied


def serve(settings: Settings, *, enable_api: bool = False, on_ready: Callable[[], None] | None = None) -> None:
    """Serve until the process is told to stop.

    Args:
        settings: where to listen, which model, which channels.
        enable_api: also open Rasa's HTTP API (`/model/parse` and the rest); it asks for no password.
        on_ready: called once, when the first message would be answered without delay.

    Raises:
        ModelError: there is no model that this version can load.
    """
    started = time.monotonic()
    unfit: list[str] = []
    configure_logging(settings.log_level)
    make_rasa_lean()
    endpoints = AvailableEndpoints.read_endpoints(str(settings.endpoints))
    endpoints.action = actions = InProcessActions()
    store = ModelStore(settings.models)
    # A folder that only others write to needs no mending here.
    with contextlib.suppress(OSError):
        store.recover()

    async def warm_up(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
        if app.ctx.agent is None or not app.ctx.agent.is_ready():
            unfit.append(str(settings.models))
            app.stop()
            return
        await say_hello(app.ctx.agent)
        housekeeping.start(app)
        actions.after_forgetting = app.ctx.housekeeping.erase_next
        if app.ctx.agent is not None:
            app.add_task(asyncio.to_thread(spoken_language.get_ready), name="languages")
            app.add_task(TakeOver(store, app.ctx.agent, say_hello).watch(), name="take-over")
        logger.info("Ready in %.1f s at http://%s:%d", time.monotonic() - started, settings.interface, settings.port)
        if on_ready is not None:
            on_ready()

    rasa.core.run.serve_application(
        model_path=str(settings.models),
        interface=settings.interface,
        port=settings.port,
        credentials=str(settings.credentials),
        enable_api=enable_api,
        endpoints=endpoints,
        server_listeners=[(warm_up, "after_server_start")],
    )
    if unfit:
        raise ModelError(
            f"The model in {unfit[0]} is missing or was trained by another version, and cannot be loaded. "
            "Train one: make train"
        )


async def say_hello(agent: Any) -> None:
    """Let one message go the whole way, so that the first person does not wait for what is made on first use.

    Its conversation stays in memory: it never reaches the store.
    """
    processor = agent.processor
    tracker = DialogueStateTracker(_WARM_UP_SENDER, agent.domain.slots)
    await agent.parse_message("hello, my lower back hurts after my long run, is heat any good")
    message = UserMessage("hello", CollectingOutputChannel(), _WARM_UP_SENDER)
    await processor._handle_message_with_tracker(message, tracker)
    await processor._run_prediction_loop(message.output_channel, tracker)
