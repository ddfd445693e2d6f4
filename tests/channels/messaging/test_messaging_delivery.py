from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from backstride.channels.messaging.delivery import Api, ApiAnswer, UndeliveredError


class Script:
    """Answers calls with prepared statuses, and keeps the pauses that were made."""

    def __init__(self, *answers: tuple[int, dict[str, str], str]) -> None:
        self.answers = list(answers)
        self.seen: list[str] = []
        self.pauses: list[float] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.seen.append(await request.text())
        status, headers, text = self.answers.pop(0)
        return web.Response(status=status, headers=headers, text=text)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


OK = (200, {}, '{"ok": true}')
Start = Callable[..., Awaitable[tuple[Api, str, Script]]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    closing: list[Any] = []

    async def begin(*answers: tuple[int, dict[str, str], str], **options: Any) -> tuple[Api, str, Script]:
        script = Script(*answers)
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", script.answer)
        server = TestServer(app)
        await server.start_server()
        api = Api(sleep=script.sleep, **options)
        closing.extend([api, server])
        return api, str(server.make_url("/send")), script

    yield begin
    for thing in closing:
        await thing.close()


async def test_an_answer_is_read_when_all_is_well(start: Start) -> None:
    api, url, script = await start(OK)
    answer = await api.call("POST", url, json_body={"text": "hello"})
    assert (answer.is_ok, answer.body, script.seen) == (True, {"ok": True}, ['{"text": "hello"}'])


async def test_it_waits_as_long_as_the_platform_asks_when_there_were_too_many(start: Start) -> None:
    api, url, script = await start((429, {"Retry-After": "7"}, ""), OK)
    assert (await api.call("POST", url)).is_ok
    assert script.pauses == [7.0]


async def test_it_waits_as_the_body_asks_when_the_platform_says_it_there(start: Start) -> None:
    def asked(answer: ApiAnswer) -> float | None:
        return answer.body.get("wait")

    api, url, script = await start((429, {}, '{"wait": 3}'), OK, pause_asked=asked)
    await api.call("POST", url)
    assert script.pauses == [3]


async def test_it_tries_again_with_growing_pauses_when_the_server_fails(start: Start) -> None:
    api, url, script = await start((500, {}, ""), (502, {}, "<html>"), (503, {}, ""), OK)
    assert (await api.call("POST", url)).is_ok
    assert len(script.pauses) == 3
    assert script.pauses[0] < script.pauses[1] < script.pauses[2]


async def test_it_gives_up_when_the_server_keeps_failing(start: Start) -> None:
    api, url, _ = await start(*[(500, {}, "")] * 3, attempts=3)
    with pytest.raises(UndeliveredError, match="status 500, 3 times"):
        await api.call("POST", url)


async def test_it_gives_up_at_once_when_the_platform_asks_for_an_hour(start: Start) -> None:
    api, url, script = await start((429, {"Retry-After": "3600"}, ""))
    with pytest.raises(UndeliveredError):
        await api.call("POST", url)
    assert script.pauses == []


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_it_does_not_try_again_when_the_platform_refuses(start: Start, status: int) -> None:
    api, url, script = await start((status, {}, "no json"))
    answer = await api.call("POST", url)
    assert (answer.status, answer.body, len(script.seen)) == (status, {}, 1)


async def test_the_reason_holds_neither_address_nor_secret_when_nobody_listens() -> None:
    async def no_pause(_: float) -> None:
        return None

    api = Api(attempts=2, sleep=no_pause)
    with pytest.raises(UndeliveredError) as caught:
        await api.call("POST", f"http://127.0.0.1:{unused_port()}/bot123:SECRET/sendMessage")
    assert "SECRET" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    await api.close()


async def test_a_redirect_is_not_followed(start: Start) -> None:
    api, url, script = await start((302, {"Location": "/elsewhere"}, ""))
    assert (await api.call("POST", url)).status == 302
    assert len(script.seen) == 1
