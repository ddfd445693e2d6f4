"""What `backstride doctor` does: everything that is switched on is looked at, nothing is changed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.lock_store import InMemoryLockStore, LockStore
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain

from backstride.channels.erasure import real_store
from backstride.channels.messaging.pictures import DRAWN, not_drawn
from backstride.channels.site import PICTURES
from backstride.channels.tokens import SECRET_VARIABLE, is_loopback
from backstride.connect.connecting import look_at_platform, open_channels
from backstride.connect.findings import Report
from backstride.connect.platforms import PLATFORMS
from backstride.settings import Settings
from backstride.training import is_fresh

STORE_TIMEOUT_S = 15.0
# Nobody's conversation: it is only asked for.
_NOBODY = "backstride-doctor"
_WEB = "backstride.channels.web.WebChannel"
# Rasa's own channels that check nothing of who sends (Rasa 3.6.21).
_UNCHECKED = ("rest", "callback", "rasa.core.channels.rest.RestInput")


def examine_all(settings: Settings, environment: Mapping[str, str] | None = None) -> list[Report]:
    """Look at everything that is switched on; change nothing.

    Raises:
        KnowledgeError: credentials.yml cannot be read.
    """
    environment = os.environ if environment is None else environment
    channels = open_channels(settings)
    opened = [platform for platform in PLATFORMS.values() if platform.channel in channels]
    others = {name: options for name, options in channels.items() if name not in {p.channel for p in opened}}

    async def look() -> list[Report]:
        return list(
            await asyncio.gather(
                *(look_at_platform(p, channels[p.channel], environment, change=False) for p in opened),
                look_at_stores(settings.endpoints),
            )
        )

    reports = asyncio.run(look())
    first = [look_at_model(settings), reports.pop(), look_at_open_channels(others, settings, environment)]
    return [*first, *([look_at_pictures(PICTURES, DRAWN)] if opened else []), *reports]


def summary(reports: Iterable[Report]) -> str:
    """Return the last line of the doctor."""
    wrong = [report.title for report in reports if not report.is_fine]
    return f"Something is wrong with: {', '.join(wrong)}." if wrong else "Everything that is switched on works."


def look_at_model(settings: Settings) -> Report:
    """See whether a model is there, and trained from the files that are there."""
    report = Report("Model")
    models = settings.models
    found = [models] if models.is_file() else sorted(models.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)
    if not found:
        report.wrong(f"there is no model in {models}", "Run: make train")
    elif is_fresh(models if models.is_dir() else models.parent):
        report.fine(f"{found[-1].name} fits the files that it is trained from")
    else:
        report.note(
            f"{found[-1].name} was trained from other files than those here", "Run: make train, and start again."
        )
    return report


def look_at_pictures(folder: Path, drawn: Path) -> Report:
    """See whether the exercise pictures for messaging apps are drawn."""
    report = Report("Exercise pictures")
    missing = not_drawn(folder, drawn)
    if missing:
        report.note(
            f"not drawn yet, or changed since: {', '.join(missing)}; the first person who needs one waits for it",
            "Run: make pictures",
        )
    else:
        report.fine("they are drawn")
    return report


def look_at_open_channels(channels: Mapping[str, Any], settings: Settings, environment: Mapping[str, str]) -> Report:
    """See what else is open in credentials.yml besides the messaging platforms."""
    report = Report("Other channels")
    local = is_loopback(settings.interface)
    for name, options in channels.items():
        if name == _WEB:
            key_file = options.get("key_file") if isinstance(options, Mapping) else None
            if environment.get(SECRET_VARIABLE) or key_file or local:
                report.fine("the page and the widget: their conversations can be signed")
            else:
                report.wrong(
                    f"the page and the widget have no secret, and the server listens on {settings.interface}",
                    f"Set {SECRET_VARIABLE}; make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
                )
        elif name in _UNCHECKED:
            says = f"Rasa's channel {name} is open: who reaches it can read and write any conversation"
            mend = f"Remove '{name}:' from {settings.credentials.name} where others can reach the server."
            # Behind a proxy the server listens here only, and others reach it all the same.
            (report.note if local else report.wrong)(says, mend)
        else:
            report.note(f"the channel {name} is open; this command does not know it")
    return report


async def look_at_stores(endpoints_file: Path) -> Report:
    """See whether tracker store, lock store and event broker answer."""
    report = Report(f"Stores ({endpoints_file.name})")
    endpoints = AvailableEndpoints.read_endpoints(str(endpoints_file))

    async def tracker_store() -> str:
        store = real_store(await asyncio.to_thread(TrackerStore.create, endpoints.tracker_store, Domain.empty()))
        await store.retrieve(_NOBODY)
        if isinstance(store, InMemoryTrackerStore):
            report.note("conversations are kept in memory: a restart loses them", "Name a tracker_store.")
        return type(store).__name__

    async def lock_store() -> str:
        store = await asyncio.to_thread(LockStore.create, endpoints.lock_store)
        await asyncio.to_thread(store.get_lock, _NOBODY)
        if isinstance(store, InMemoryLockStore):
            report.note("locks are kept in memory: right for one server process, wrong for more")
        return type(store).__name__

    async def broker() -> str:
        found = await EventBroker.create(endpoints.event_broker)
        try:
            if found is not None and not found.is_ready():
                raise ConnectionError("it is not ready")
        finally:
            if found is not None:
                await found.close()
        return type(found).__name__

    await _look_at(report, "tracker store", tracker_store)
    await _look_at(report, "lock store", lock_store)
    if endpoints.event_broker is not None:
        await _look_at(report, "event broker", broker)
    return report


async def _look_at(report: Report, what: str, reach: Callable[[], Awaitable[str]]) -> None:
    try:
        name = await asyncio.wait_for(reach(), STORE_TIMEOUT_S)
    except asyncio.TimeoutError:
        report.wrong(f"the {what} did not answer within {STORE_TIMEOUT_S:.0f} s", "Is it running and reachable?")
    except Exception as error:  # each store's library has errors of its own
        said = str(error).strip().splitlines()
        # Only the first line: what follows may hold the statement and its values.
        why = f"{type(error).__name__}: {said[0][:200]}" if said else type(error).__name__
        report.wrong(f"the {what} cannot be used ({why})", "See its entry in endpoints.yml; is it running?")
    else:
        report.fine(f"the {what} answers ({name})")
