"""Whose call it is, where proxies stand between; and how often one address may knock."""

import pytest
from falcon.testing import create_environ

from api.call import Call
from api.throttle import Throttle, address_of, neighbourhood
from identity.outcomes import TooManyRequestsError

PROXY, OTHER_PROXY = "10.0.0.1", "10.0.0.2"


def call(address, forwarded=None):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return Call(create_environ("/", remote_addr=address, headers=headers))


@pytest.mark.parametrize(
    ("address", "forwarded", "found"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        (PROXY, "198.51.100.1", "198.51.100.1"),
        (PROXY, f"203.0.113.9, 198.51.100.1, {OTHER_PROXY}", "198.51.100.1"),
        (PROXY, "nonsense", PROXY),
        (PROXY, "", PROXY),
        (PROXY, None, PROXY),
        (PROXY, f"{PROXY}, {OTHER_PROXY}", PROXY),
        (PROXY, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_our_own_proxies_are_believed(address, forwarded, found):
    assert address_of(call(address, forwarded), {PROXY, OTHER_PROXY}) == found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
        ("a socket", "unknown"),
    ],
)
def test_one_caller_is_an_address_or_a_network_of_64_bits(address, found):
    assert neighbourhood(address) == found


def test_an_address_that_knocks_too_often_is_told_when_to_come_again():
    throttle = Throttle("2/hour", ())
    for _ in range(2):
        throttle.knock(call("192.0.2.7"))
    with pytest.raises(TooManyRequestsError) as refused:
        throttle.knock(call("192.0.2.7"))
    assert 1 <= refused.value.retry_after <= 3600
    throttle.knock(call("192.0.2.8"))
    Throttle("2/hour", ()).knock(call("192.0.2.7"))


def test_every_call_that_is_counted_is_told_its_share():
    """As https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.html writes it."""
    throttle, knocks = Throttle("2/minute", ()), [call("192.0.2.7") for _ in range(3)]
    for each in knocks[:2]:
        throttle.knock(each)
    with pytest.raises(TooManyRequestsError) as refused:
        throttle.knock(knocks[2])
    shares = [share for each in knocks for share in each.shares]
    assert {share.policy for share in shares} == {'"address-minute";q=2;w=60'}
    assert [share.left for share in shares] == [1, 0, 0]
    assert all(share.state == f'"address-minute";r={share.left};t={share.seconds}' for share in shares)
    assert all(1 <= share.seconds <= 60 for share in shares)
    assert refused.value.retry_after == shares[2].seconds
