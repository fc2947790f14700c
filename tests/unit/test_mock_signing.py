"""The mock signs and checks as Standard Webhooks describes."""

import base64

import pytest

from winplc_mock.signing import SignatureRefusedError, read_secret, sign, signed_headers, verify

FIRST = "whsec_" + base64.b64encode(bytes(range(32))).decode()
SECOND = "whsec_" + base64.b64encode(bytes(range(32, 64))).decode()
NOW = 1_795_000_000


def test_a_known_signature_of_the_published_scheme():
    # The example of the Standard Webhooks reference libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    assert sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_every_secret_signs_and_any_known_one_is_accepted():
    headers = signed_headers([FIRST, SECOND], "msg_1", NOW, b"{}")
    assert len(headers["webhook-signature"].split()) == 2
    assert verify([SECOND], headers, b"{}", NOW).identifier == "msg_1"
    assert verify([FIRST], headers, b"{}", NOW).fresh


@pytest.mark.parametrize("change", ["body", "id", "timestamp", "secret"])
def test_any_change_breaks_the_signature(change):
    headers = signed_headers([FIRST], "msg_1", NOW, b"{}")
    if change == "id":
        headers["webhook-id"] = "msg_2"
    if change == "timestamp":
        headers["webhook-timestamp"] = str(NOW + 1)
    with pytest.raises(SignatureRefusedError) as refused:
        verify([SECOND if change == "secret" else FIRST], headers, b"[]" if change == "body" else b"{}", NOW)
    assert refused.value.code == "signature_wrong"


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp"])
def test_a_missing_header_is_told_from_a_wrong_one(missing):
    headers = signed_headers([FIRST], "msg_1", NOW, b"{}")
    del headers[missing]
    with pytest.raises(SignatureRefusedError) as refused:
        verify([FIRST], headers, b"{}", NOW)
    assert refused.value.code == "signature_missing"


@pytest.mark.parametrize("timestamp", ["-1", "1e9", "²", "", "0x10"])
def test_only_a_plain_number_is_a_time_stamp(timestamp):
    headers = signed_headers([FIRST], "msg_1", NOW, b"{}") | {"webhook-timestamp": timestamp}
    with pytest.raises(SignatureRefusedError):
        verify([FIRST], headers, b"{}", NOW)


@pytest.mark.parametrize(("distance", "fresh"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_the_time_stamp_may_differ_by_five_minutes(distance, fresh):
    headers = signed_headers([FIRST], "msg_1", NOW + distance, b"{}")
    assert verify([FIRST], headers, b"{}", NOW).fresh is fresh


@pytest.mark.parametrize(
    "text", ["AAAA", "whsec_", "whsec_AAAA", "whsec_*", "whsec_" + base64.b64encode(bytes(65)).decode()]
)
def test_a_secret_that_cannot_be_one_is_refused(text):
    with pytest.raises(ValueError, match="a secret"):
        read_secret(text)
