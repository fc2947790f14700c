"""Signed calls to the portal over kept connections."""

import json
from dataclasses import dataclass
from typing import Any

import urllib3

from winplc_mock.clinics import Clinic
from winplc_mock.signing import signed_headers
from winplc_mock.store import Clock, wall_clock

CONNECT_SECONDS = 2.0
READ_SECONDS = 10.0


class PortalUnreachableError(Exception):
    """No answer came; ``code`` names the kind of failure, never an address or content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Reply:
    """What the portal answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object; an empty one if it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


class Portal:
    """The portal at a base address; ``timestamp_offset`` shifts the signature's time, to try stale ones."""

    def __init__(self, base: str, clock: Clock = wall_clock, connections: int = 16) -> None:
        self._base = base.rstrip("/")
        self._clock = clock
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = urllib3.PoolManager(maxsize=connections, retries=False, timeout=timeout)

    def call(
        self,
        clinic: Clinic,
        method: str,
        path: str,
        identifier: str,
        body: bytes = b"",
        *,
        timestamp_offset: int = 0,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Sign the call for this moment and send it once.

        Raises:
            PortalUnreachableError: if no complete answer arrived.
        """
        timestamp = int(self._clock().timestamp()) + timestamp_offset
        signed = signed_headers(clinic.to_portal, identifier, timestamp, body)
        sent = signed | {"webhook-clinic": clinic.slug, "content-type": "application/json"} | (headers or {})
        try:
            reply = self._pool.request(method, self._base + path, body=body or None, headers=sent, redirect=False)
        except urllib3.exceptions.HTTPError as failure:
            raise PortalUnreachableError(type(failure).__name__) from None
        return Reply(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.data)

    def send(self, clinic: Clinic, path: str, identifier: str, content: bytes, digest: str) -> Reply:
        """Put a file; what is signed is the digest in its header, so that nobody has to hold the file to check.

        Raises:
            PortalUnreachableError: if no complete answer arrived.
        """
        timestamp = int(self._clock().timestamp())
        signed = signed_headers(clinic.to_portal, identifier, timestamp, digest.encode())
        told = {"webhook-clinic": clinic.slug, "content-digest": digest, "content-type": "application/octet-stream"}
        try:
            reply = self._pool.request("PUT", self._base + path, body=content, headers=signed | told, redirect=False)
        except urllib3.exceptions.HTTPError as failure:
            raise PortalUnreachableError(type(failure).__name__) from None
        return Reply(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.data)

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.clear()
