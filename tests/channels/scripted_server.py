"""A real server with the real web channel and a scripted assistant: starts in two seconds, needs no model.

    python tests/channels/scripted_server.py --port 5099 --database /tmp/conversations.db

What the assistant says depends on words of the message alone; see `Script.replies_to`. Entries, cards and referrals are
those of the knowledge files.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import threading
import warnings
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
warnings.simplefilter("ignore")  # Rasa's own libraries, while they are imported

from rasa.core.channels.channel import UserMessage, register  # noqa: E402
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, SQLTrackerStore  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import (  # noqa: E402
    ActionExecuted,
    BotUttered,
    ConversationPaused,
    SessionStarted,
    UserUttered,
)
from sanic import Sanic, response  # noqa: E402
from sanic_cors import CORS  # noqa: E402

from backstride.answers import Answer, Answers  # noqa: E402
from backstride.channels.web import WebChannel, WebOptions  # noqa: E402
from backstride.guided import Heard  # noqa: E402
from backstride.knowledge import load_knowledge  # noqa: E402
from backstride.locks import OneProcessLockStore  # noqa: E402
from backstride.referral import load_numbers, referral  # noqa: E402
from backstride.session_messages import SessionMessages  # noqa: E402
from backstride.session_words import load_session_words  # noqa: E402
from backstride.settings import ROOT  # noqa: E402
from backstride.stretch_session import SessionState, StretchSession  # noqa: E402
from backstride.triage import Sign, State, load_red_flags, triage  # noqa: E402
from backstride.wording import load_wording  # noqa: E402

# What the scripted stretch session is made of.
SESSION_OF = ("exercise.half_kneeling_lean", "exercise.knee_rolls")
SENTENCE = "Sorry, something went wrong on my side."
# Read here, where warnings are ignored: Rasa's reader loads deprecated libraries.
DOMAIN = Domain.from_yaml(f"""
version: "3.1"
intents: [any]
responses:
  utter_something_went_wrong:
    - text: "{SENTENCE}"
""")


PLAN = {
    "text": "Here is your **plan**.\n\nDo today\n- Walk 10 minutes\n- Knee rolls\n\nLeave for now\n- Hills",
    "plan": [
        {"title": "Do today", "lines": ["Walk 10 minutes", "Knee rolls"]},
        {"title": "Leave for now", "lines": ["Hills"]},
    ],
}


def _led(choice: str, title: str) -> dict[str, str]:
    return {"title": title, "payload": f'/choose_item{{"choice": "check_in:{choice}"}}'}


# Two questions as the check-in asks them.
SKIP = _led("command:skip", "Skip")
PAIN = {
    "text": "How strong is the pain right now?",
    "ask": "pain",
    "question": "check_in.pain",
    "buttons": [_led("pain:mild", "Mild"), _led("pain:strong", "Strong"), SKIP],
}
RUN = {
    "text": "What was the run like? (Name as many as fit.)",
    "several": True,
    "question": "check_in.run",
    "buttons": [*(_led(f"run:{how.lower()}", f"{how} than usual") for how in ("Longer", "Faster", "Hillier")), SKIP],
}


class Script:
    """Says what a message asks for."""

    def __init__(self) -> None:
        self.answers = Answers(load_knowledge(), load_wording())
        self.rules = load_red_flags(ROOT / "knowledge")
        self.numbers = load_numbers(ROOT / "knowledge")
        knowledge = load_knowledge()
        self.session = StretchSession(knowledge, load_session_words())
        self.session_messages = SessionMessages(knowledge, self.session, load_wording())

    def replies_to(self, text: str, thread: str | None, place: dict[str, Any]) -> list[dict[str, Any]]:
        """Return messages as Rasa's actions make them: text, buttons, and metadata beside them."""
        tapped = re.search(r'"choice": "(stretch_session:\w+)"', text)
        if tapped or "take me through" in text:
            return [_message(self._session_message(tapped.group(1) if tapped else "", place))]
        if '"choice": "check_in:' in text:
            return [{"text": "Next question."}]
        choice = re.fullmatch(r"/choose_item(\{.*\})", text)
        if choice:
            return [_message(self.answers.open(json.loads(choice.group(1))["entry"]))]
        if text.startswith("echo:"):
            return [{"text": text.removeprefix("echo:")}]
        if text.startswith("json:"):
            return [json.loads(text.removeprefix("json:"))]
        follow_ups = {
            "/ask_why": self.answers.why,
            "/ask_how_often": self.answers.how_often,
            "/ask_is_it_safe": lambda entry: self.answers.is_it_safe(entry, ()),
        }
        if text in follow_ups and thread:
            return [_message(follow_ups[text](thread))]
        for words, reply in {
            "silence": [],
            "stretch": [_message(self.answers.stretches())],
            "/relief_general": [_message(self.answers.overview("relief"))],
            "what helps?": [_message(self.answers.overview("relief"))],
            "/relief_see_doctor": [_message(self.answers.entry("relief.see_doctor"))],
            "warm up": [_message(self.answers.entry("prevent.warm_up"))],
            "heat": [_message(self.answers.entry("relief.heat"))],
            "then a question": [self._refer("infection", "uk"), {"text": "How long?"}, {"text": "How high?\n" * 12}],
            "somewhere numb": [self._refer("cauda_equina", country=None)],
            "numb": [self._refer("cauda_equina", country="uk")],
            "fever": [self._refer("infection", country="uk")],
            "all clear": [{"text": "Good. We can go on where we were.", "referral": "cleared"}],
            "how bad": [PAIN],
            "which of these": [RUN],
            "hurts after": [{"text": "Sorry to hear that. How strong is the pain right now?", "ask": "pain"}],
            "two": [{"text": "First."}, {"text": "Second."}],
            "plan": [PLAN],
        }.items():
            if words in text.casefold():
                return [dict(each) for each in reply]
        if text in {"hello", "Hello"}:
            return [_message(self.answers.menu("Hello! Tell me what is going on."))]
        return [{"text": f"You said: {text}"}]

    def _session_message(self, choice: str, place: dict[str, Any]) -> Answer:
        state = SessionState(exercises=SESSION_OF)
        if choice and place:
            before = replace(state, place=place["place"], part=place["part"])
            state = self.session.decide(before, Heard(choice=choice)) or before
        return self.session_messages.message(state)

    def _refer(self, flag: str, country: str | None) -> dict[str, Any]:
        card = referral(triage([Sign(flag, State.PRESENT)], self.rules), self.rules, self.numbers, country)
        return {
            "text": card.text(),
            "heading": card.heading,
            "urgency": card.urgency.value,
            "red_flags": list(card.flags),
            "numbers": [{"label": number.label, "number": number.number} for number in card.numbers],
        }


class ScriptedAgent:
    """Stands for Rasa's agent: the parts of it that a channel uses."""

    def __init__(self, database: Path | None = None) -> None:
        self.domain = DOMAIN
        store = SQLTrackerStore(self.domain, db=str(database)) if database else InMemoryTrackerStore(self.domain)
        self.tracker_store = FailSafeTrackerStore(store)
        self.lock_store = OneProcessLockStore()
        self.processor = self
        self.script = Script()
        self.handled: list[str] = []
        self.gate = asyncio.Event()
        # Counts the messages that have come to the gate, for tests in another thread.
        self.at_gate = threading.Semaphore(0)

    def is_ready(self) -> bool:
        """Say yes, as an agent with a model does."""
        return True

    async def parse_message(self, text: str) -> dict[str, Any]:
        """Read a text without answering it: nothing in it is a warning sign."""
        return {"red_flags": []}

    async def handle_message(self, message: UserMessage) -> None:
        """Take a message as Rasa's processor does: the tracker is stored at the very end."""
        tracker = await self.tracker_store.get_or_create_tracker(message.sender_id)
        if not any(isinstance(event, SessionStarted) for event in tracker.events):
            tracker.update_with_events([ActionExecuted("action_session_start"), SessionStarted()], self.domain)
        self.handled.append(message.text)
        # As the model reads a typed title: what is understood is the button's payload.
        understood = "/relief_general" if message.text.startswith("I mean:") else message.text
        parse_data = {"intent": {"name": "any", "confidence": 1.0}, "entities": [], "text": understood}
        tracker.update(
            UserUttered(
                message.text,
                parse_data["intent"],
                parse_data=parse_data,
                input_channel=message.input_channel,
                message_id=message.message_id,
                metadata=message.metadata,
            ),
            self.domain,
        )
        if "crash" in message.text:
            raise RuntimeError(f"the error's own text says {message.text}")
        if "pause" in message.text:
            tracker.update(ConversationPaused())
        replies = self.script.replies_to(message.text, _thread(tracker.events), _place(tracker.events))
        if tracker.is_paused():
            replies = []
        for number, reply in enumerate(replies):
            if "wait" in message.text and number == len(replies) - 1:
                self.at_gate.release()
                await self.gate.wait()
                self.gate.clear()
            data = {key: reply.pop(key) for key in ("buttons", "quick_replies") if key in reply}
            event = BotUttered(reply.pop("text", None), data, metadata=reply)
            await message.output_channel.send_response(message.sender_id, event.message())
            tracker.update_with_events([ActionExecuted("action_answer"), event], self.domain)
        tracker.update(ActionExecuted("action_listen"), self.domain)
        await self.tracker_store.save(tracker)


def build_app(agent: ScriptedAgent, options: WebOptions, *, cors: str = "", name: str = "scripted") -> Sanic:
    """Return a server made as Rasa makes its own: hello at `/`, CORS for everything, then the channels."""
    app = Sanic(name, configure_logging=False)

    @app.get("/")
    async def hello(_: Any) -> Any:
        return response.text("Hello from Rasa")

    @app.post("/test/release")
    async def release(_: Any) -> Any:
        agent.gate.set()
        return response.json({})

    app.config.CORS_AUTOMATIC_OPTIONS = True
    app.config.CORS_SUPPORTS_CREDENTIALS = True
    CORS(app, resources={r"/*": {"origins": cors}}, automatic_options=True)
    register([WebChannel(options)], app, route="/webhooks/")
    app.ctx.agent = agent
    return app


def _message(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.text,
        "buttons": [{"title": button.title, "payload": button.payload} for button in answer.buttons],
        "knowledge": list(answer.knowledge),
        **answer.metadata,
    }


def _thread(events: deque[Any]) -> str | None:
    said = [e.metadata["knowledge"][0] for e in events if isinstance(e, BotUttered) and e.metadata.get("knowledge")]
    return said[-1] if said else None


def _place(events: deque[Any]) -> dict[str, Any]:
    said = [e.metadata["session"] for e in events if isinstance(e, BotUttered) and e.metadata.get("session")]
    return dict(said[-1]) if said else {}


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--key-file", type=Path)
    parser.add_argument("--options", type=json.loads, default={})
    given = parser.parse_args()
    options = WebOptions.read(given.options | ({"key_file": str(given.key_file)} if given.key_file else {}))
    app = build_app(ScriptedAgent(given.database), options)
    app.run(host="127.0.0.1", port=given.port, access_log=False, motd=False)


if __name__ == "__main__":
    main()
