"""A bare Sanic server that sends back what it gets: the floor of a message over HTTP."""

from __future__ import annotations

import sys

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bench.processes import ADDRESS


def main() -> None:
    """Serve on the port that the command line names, until stopped."""
    app = Sanic("echo")

    @app.post("/webhooks/rest/webhook")  # type: ignore[misc,untyped-decorator,unused-ignore]
    async def echo(request: Request) -> HTTPResponse:
        return json([request.json])

    app.run(host=ADDRESS, port=int(sys.argv[1]), access_log=False)


if __name__ == "__main__":
    main()
