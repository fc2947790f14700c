"""A call from the clinic that never arrives is only late: the portal reads it in the clinic's feed."""

import pytest

from tests.e2e.whole_house import ALMA, NYGADE


def _drop_every_call(house):
    house.control("POST", "faults", {"clinic": NYGADE, "kind": "drop", "rate": 1.0})


@pytest.mark.rule("I8")
def test_an_answer_whose_call_is_lost_comes_through_the_feed(open_house):
    proof = open_house.client.log_in(ALMA)
    request = open_house.submit(proof, NYGADE, "e_kons", text="Kommer svaret frem?")
    open_house.until_state(request, "delivered")
    _drop_every_call(open_house)
    open_house.act(NYGADE, request, "open")
    open_house.act(NYGADE, request, "answer", message_id="M-1", text="Ja.")

    assert open_house.until_state(request, "notified")[-3:] == ["open", "answer", "notified"]


@pytest.mark.rule("EKO-7", "I8")
def test_a_conversation_that_the_clinic_begins_comes_through_the_feed(open_house):
    proof = open_house.client.log_in(ALMA)
    _drop_every_call(open_house)
    open_house.act(NYGADE, None, "message", message_id="M-1", cpr=ALMA.cpr, text="Kom til kontrol.")

    def listed():
        return open_house.client.call("GET", "/v1/requests", headers=proof)[0]["items"]

    (found,) = open_house.until(listed, "the clinic's own message")
    assert found["kind"] == "e_kons"
    assert open_house.until_state(found["id"], "notified") == ["write", "notified"]
    said = open_house.read(proof, found["id"])["messages"]
    assert [message["content"]["text"] for message in said] == ["Kom til kontrol."]
