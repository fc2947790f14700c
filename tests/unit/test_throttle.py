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
