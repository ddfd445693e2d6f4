"""What a platform's module is given to work with, and the check of our own server that all of them share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from backstride.connect.client import Answer, Client, UnreachableError
from backstride.connect.findings import Report

_REFUSALS = (401, 403)
_IS_IT_RUNNING = (
    "Is the server running (make serve), and does the proxy before it pass this address on?\n"
    "BACKSTRIDE_PUBLIC_URL must be the address that the internet sees."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One platform to look at.

    Args:
        client: asks the platform and our own server.
        secrets: the values of the platform's environment variables by the variables' names.
        address: the webhook's public address.
        change: set the webhook where it is not right; False only looks.
        api: the host of the platform's API, such as `http://127.0.0.1:5260`; None for the platform's own. Only tests
            set it.
    """

    client: Client
    secrets: Mapping[str, str]
    address: str
    change: bool
    api: str | None = None


Examine = Callable[[Task, Report], Awaitable[None]]
Ask = Callable[[], Awaitable[Answer]]


async def look_at_our_server(report: Report, *, genuine: Ask, forged: Ask, accepts: Callable[[Answer], bool]) -> bool:
    """Knock at the webhook's public address as the platform would, and as a forger would.

    Args:
        report: where it is noted down.
        genuine: sends a message that is signed as the platform signs, and means nothing.
        forged: sends the same with a wrong signature.
        accepts: whether the answer to the genuine one is what the platform wants.

    Returns:
        Whether the platform would be let in.
    """
    try:
        answer, refusal = await genuine(), await forged()
    except UnreachableError as error:
        report.wrong(f"our server does not answer at the public address: {error}", _IS_IT_RUNNING)
        return False
    if not accepts(answer):
        why = (
            "The server that runs was started with other secrets, or a proxy changes what passes through it.\n"
            "Start it again with the same environment as this command."
            if answer.status in _REFUSALS
            else _IS_IT_RUNNING
        )
        report.wrong(f"our server does not take a genuine message at the public address (HTTP {answer.status})", why)
        return False
    if refusal.status not in _REFUSALS:
        report.wrong(
            f"the address took a forged message (HTTP {refusal.status})",
            "Something other than Backstride answers there, or answers before it.",
        )
        return False
    report.fine("our server answers at the public address, takes a genuine message and refuses a forged one")
    return True
