"""Requests whose length cannot be read: each is refused, and the next one is answered."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
import requests
from running_server import Running

BAD = {
    "negative": b"Content-Length: -5\r\n",
    "with a plus": b"Content-Length: +2\r\n",
    "words": b"Content-Length: two\r\n",
    "empty": b"Content-Length: \r\n",
    "with an underscore": b"Content-Length: 0_2\r\n",
    "other digits": "Content-Length: \u0662\r\n".encode(),
    "a list": b"Content-Length: 2, 2\r\n",
    "twice": b"Content-Length: 2\r\nContent-Length: 40\r\n",
    "and chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
}


def answered(server: Running, path: str, headers: bytes) -> bytes:
    """Send a request as it stands, and return the first line of the answer."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=120) as connection:
        connection.sendall(b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n{}" % (path.encode(), headers))
        return connection.recv(1000).split(b"\r\n")[0]


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("path", ["/chat/messages", "/", "/nowhere"])
def test_a_length_that_is_none_is_refused_and_the_server_goes_on(server: Running, path: str, headers: bytes) -> None:
    assert answered(server, path, headers) == b"HTTP/1.1 400 Bad Request"
    assert requests.get(server.url, timeout=120).status_code == 200


@pytest.mark.parametrize("headers", [b"Content-Length: 2\r\n", b"Content-Length: 2 \r\n"])
def test_a_length_that_is_one_is_read(server: Running, headers: bytes) -> None:
    assert answered(server, "/chat/conversation", headers) == b"HTTP/1.1 201 Created"
