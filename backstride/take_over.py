"""The running assistant takes over a model that was promoted or rolled back to, without dropping a conversation.

The new model is loaded and warmed up beside the old one, in a thread; then the agent's parts are exchanged between two
steps of the event loop. A turn that has begun ends with the old model. Tracker store, locks, channels and actions stay
the same objects, so nothing that anybody said or waits for is touched. Where the new model cannot be loaded, the old
one goes on.

Only a person's decision is taken over: `make train` is for the next start.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from rasa.core.channels.channel import UserMessage
from rasa.core.nlg import NaturalLanguageGenerator, TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor

from backstride.files import replace_text
from backstride.model_store import SERVED, Decision, ModelError, ModelStore, sha256_of
from backstride.training import CODE, fingerprints

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0

# Sends one message the whole way through a model, so that nobody waits for what is made on first use.
WarmUp = Callable[[Any], Any]


class TakeOver:
    """Watches for decisions and lets an agent follow them.

    Args:
        store: where the models are kept.
        agent: the agent that answers; it stays the same object.
        warm_up: sends a message the whole way through an agent, as a coroutine function.
    """

    def __init__(self, store: ModelStore, agent: Any, warm_up: WarmUp) -> None:
        self._store = store
        self._agent = agent
        self._warm_up = warm_up
        # A model that was trained by other code may not fit what is in memory here.
        self._code = fingerprints()[CODE]
        self._seen = self._stamp()
        self._say("started", self._model_file())

    async def watch(self) -> None:
        """Look for decisions until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> bool:
        """Follow a decision that was made since the last look.

        Returns:
            Whether another model answers now.
        """
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            return await self._follow()
        except Exception as error:  # whatever is wrong with the new model, the old one goes on
            logger.exception("A new model could not be taken over; the one before goes on.")
            self._say("failed", None, error=f"{type(error).__name__}: the server's log says where.")
            return False

    async def _follow(self) -> bool:
        loop = asyncio.get_running_loop()
        decision = await loop.run_in_executor(None, self._store.written_decision)
        if decision is None or not decision.is_chosen:
            return False
        if decision.code and decision.code != self._code:
            logger.warning("Model %s needs the code that is there now: start the server again.", decision.model)
            self._say("needs a restart", None, decision=decision)
            return False
        file = self._store.path_of(decision.model)
        processor = await loop.run_in_executor(None, self._load, file, decision)
        self._exchange(processor)
        logger.info("Model %s answers from now on (%s by %s).", decision.model, decision.kind, decision.by)
        self._say("taken over", file, decision=decision)
        return True

    def _load(self, file: Path, decision: Decision) -> MessageProcessor:
        """Load a model beside the one that answers, and let one message go through it."""
        if sha256_of(file) != decision.sha256:
            raise ModelError(f"The file of model {decision.model} is damaged.")
        agent = self._agent
        own = isinstance(agent.nlg, TemplatedNaturalLanguageGenerator)
        generator = NaturalLanguageGenerator.create(None, None) if own else agent.nlg
        processor = MessageProcessor(
            model_path=str(file),
            # Shared: they hold the conversations, and who is writing to which.
            tracker_store=agent.tracker_store,
            lock_store=agent.lock_store,
            action_endpoint=agent.action_endpoint,
            generator=generator,
            http_interpreter=agent.http_interpreter,
        )
        if own:
            generator.responses = processor.domain.responses

        async def parse(text: str) -> Any:
            return await processor.parse_message(UserMessage(text))

        # In this thread's own loop: the server's loop goes on answering.
        beside = SimpleNamespace(processor=processor, domain=processor.domain, parse_message=parse)
        asyncio.run(self._warm_up(beside))
        return processor

    def _exchange(self, processor: MessageProcessor) -> None:
        """Let the new model answer. There is no `await` in here: nobody sees half of it."""
        agent = self._agent
        agent.processor = processor
        agent.domain = processor.domain
        agent.nlg = processor.nlg
        agent.tracker_store.domain = processor.domain
        agent._set_fingerprint(None)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._store.decision_file.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _model_file(self) -> Path | None:
        processor = getattr(self._agent, "processor", None)
        if processor is None:
            return None
        path = Path(processor.model_path)
        return path if path.is_file() else path / processor.model_filename

    def _say(self, what: str, file: Path | None, *, decision: Decision | None = None, error: str = "") -> None:
        """Note for the studio which model answers. Where the folder cannot be written to, nobody is told."""
        told = {
            "what": what,
            "sha256": sha256_of(file) if file is not None and file.is_file() else None,
            "model": decision.model if decision else None,
            "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "pid": os.getpid(),
            "error": error or None,
        }
        try:
            replace_text(self._store.folder / SERVED, json.dumps(told))
        except OSError:
            logger.debug("The folder of the models cannot be written to.")
