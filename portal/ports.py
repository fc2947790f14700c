"""Ports of this machine: is one free, does somebody answer there."""

import contextlib
import errno
import http.client
import socket
from collections.abc import Callable

_HOST = "127.0.0.1"
_PROBE_SECONDS = 1.0


def answers_tcp(port: int, host: str = _HOST) -> bool:
    """Whether a connection to the port is accepted within a second."""
    try:
        socket.create_connection((host, port), timeout=_PROBE_SECONDS).close()
    except OSError:
        return False
    return True


def answers_http(port: int, path: str) -> bool:
    """Whether `GET path` on the port is answered 200 within a second."""
    connection = http.client.HTTPConnection(_HOST, port, timeout=_PROBE_SECONDS)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def answers_redis(port: int) -> bool:
    """Whether a Redis on the port has loaded its file: until then it answers PING with an error."""
    try:
        with socket.create_connection((_HOST, port), timeout=_PROBE_SECONDS) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def redis_probe(port: int) -> Callable[[], bool]:
    """A readiness probe: the Redis on the port answers PING."""
    return lambda: answers_redis(port)


def http_probe(port: int, path: str) -> Callable[[], bool]:
    """A readiness probe: `GET path` on the port is answered 200."""
    return lambda: answers_http(port, path)


def obstacle(port: int) -> str | None:
    """Why nothing of ours could listen on the port; None if it is free.

    Somebody listening on the IPv6 loopback alone counts as well: a browser sent to `localhost` would meet them.
    """
    if answers_tcp(port) or answers_tcp(port, "::1"):
        return "is taken by another program"
    with socket.socket() as probe:
        # As servers do: connections of a server that has just ended do not keep its port busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as failure:
            taken = failure.errno == errno.EADDRINUSE
            return "is taken by another program" if taken else f"cannot be used: {failure.strerror}"
    return None
