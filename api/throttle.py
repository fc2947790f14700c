"""Limits per address, in this process's memory: what protects an account is kept in rows instead.

Every call that is counted is told its share, as draft-ietf-httpapi-ratelimit-headers has it.
"""

import math
import time
from collections.abc import Collection
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from api.call import Call
from api.shares import Share
from identity.outcomes import TooManyRequestsError

_NETWORK_BITS = 64
_NOWHERE = "unknown"


class Throttle:
    """Bounds how often one address may knock at one door: `rate` is such as "30/minute"."""

    def __init__(self, rate: str, trusted_proxies: Collection[str]) -> None:
        self._rate: RateLimitItem = parse(rate)
        self._trusted = frozenset(trusted_proxies)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def knock(self, call: Call) -> None:
        """Count one call and tell it its share.

        Raises:
            TooManyRequestsError: the address has used up its share; says when it has a new one.
        """
        address = self.network(call)
        passes = self._limiter.hit(self._rate, address)
        share = self._share(address)
        call.shares.append(share)
        if not passes:
            raise TooManyRequestsError(share.seconds)

    def takes(self, call: Call) -> bool:
        """Count one call of a door that answers all alike, and return whether it is within the share; it tells none."""
        return self._limiter.hit(self._rate, self.network(call))

    def network(self, call: Call) -> str:
        """Return what counts as one caller."""
        return neighbourhood(address_of(call, self._trusted))

    def _share(self, address: str) -> Share:
        window = self._limiter.get_window_stats(self._rate, address)
        rate = self._rate
        return Share(
            name=f"address-{rate.GRANULARITY.name}",
            most=rate.amount,
            window=rate.get_expiry(),
            left=window.remaining,
            seconds=max(1, math.ceil(window.reset_time - time.time())),
        )


def address_of(call: Call, trusted: Collection[str]) -> str:
    """Return the caller's address: the last one that is not a proxy of ours, as the proxies tell it."""
    address = call.remote_addr or _NOWHERE
    forwarded = [part.strip() for part in (call.get_header("X-Forwarded-For") or "").split(",")]
    while address in trusted and forwarded:
        told = forwarded.pop()
        if not _is_address(told):
            break
        address = told
    return address


def neighbourhood(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or an IPv6 network of 64 bits."""
    if not _is_address(address):
        return _NOWHERE
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> _NETWORK_BITS << _NETWORK_BITS))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
