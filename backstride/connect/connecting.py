"""What `backstride connect` does: one platform, looked at and set up."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from backstride.channels.tokens import is_loopback
from backstride.checked_yaml import read_yaml
from backstride.connect.client import Client, UnreachableError
from backstride.connect.findings import Report
from backstride.connect.platforms import PLATFORMS, Platform
from backstride.connect.task import Task
from backstride.settings import Settings

PUBLIC_URL = "BACKSTRIDE_PUBLIC_URL"
_ADDRESS = re.compile(r"https?://[^/\s?#]+/?")


def connect(name: str, settings: Settings, environment: Mapping[str, str] | None = None) -> Report:
    """Check a platform's secrets, and set its webhook where the platform allows it.

    Args:
        name: the platform's name.
        settings: where credentials.yml is.
        environment: the secrets; the process's own if None.

    Raises:
        KnowledgeError: credentials.yml cannot be read.
    """
    environment = os.environ if environment is None else environment
    platform = PLATFORMS[name]
    channels = open_channels(settings)
    report = asyncio.run(look_at_platform(platform, channels.get(platform.channel), environment, change=True))
    if platform.channel not in channels:
        report.wrong(
            f"the channel is not open in {settings.credentials.name}",
            f"Add the line '{platform.channel}:' to it, and start the server again.",
        )
    return report


def open_channels(settings: Settings) -> dict[str, Any]:
    """Return what credentials.yml opens, with variables such as ${HOME} filled in as Rasa does.

    Raises:
        KnowledgeError: the file cannot be read.
    """
    return {str(name): _filled_in(options) for name, options in read_yaml(settings.credentials).items()}


async def look_at_platform(platform: Platform, options: Any, environment: Mapping[str, str], *, change: bool) -> Report:
    """Look at one platform.

    Args:
        platform: which one.
        options: what stands under its channel in credentials.yml.
        environment: the secrets.
        change: set the webhook where it is not right.
    """
    report = Report(platform.title)
    given: Mapping[str, Any] = options if isinstance(options, Mapping) else {}
    secrets = {name: environment.get(name, "").strip() for name in platform.variables}
    for name, source in platform.variables.items():
        if not secrets[name]:
            report.wrong(f"{name} is not set", f"Where to get it: {source}")
    api = given.get("api_url")
    public_url = _public_url(str(given.get("public_url") or environment.get(PUBLIC_URL) or ""), report)
    if public_url is None or not report.is_fine:
        report.note(f"the steps are written down in {platform.guide}")
        return report
    async with Client() as client:
        task = Task(
            client=client,
            secrets=secrets,
            address=platform.address(public_url),
            change=change,
            api=str(api).rstrip("/") if api else None,
        )
        try:
            await platform.examine(task, report)
        except UnreachableError as error:
            report.wrong(f"{platform.title} cannot be asked: {error}", "Does this machine reach the internet?")
    return report


def _public_url(given: str, report: Report) -> str | None:
    """Return the public address, or None after noting down what is wrong with it."""
    if not given:
        report.wrong(
            f"{PUBLIC_URL} is not set",
            "Set it to the address at which the internet reaches this server, such as https://back.example.org",
        )
        return None
    parts = urlsplit(given)
    if not _ADDRESS.fullmatch(given) or not parts.hostname:
        report.wrong(f"{PUBLIC_URL} is {given!r}", "Write scheme and host without a path: https://back.example.org")
        return None
    if parts.scheme != "https" and not is_loopback(parts.hostname):
        report.wrong(f"{PUBLIC_URL} is not https", "No platform sends to an address without https.")
        return None
    return given


def _filled_in(value: Any) -> Any:
    if isinstance(value, str):
        return os.path.expandvars(value)
    if isinstance(value, Mapping):
        return {name: _filled_in(item) for name, item in value.items()}
    return value
