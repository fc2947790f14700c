"""The desk helps a patient who cannot get into the portal: a new address, a confirmation, the list of who waits."""

import pytest

from tests.unit.mock_clinic import IDA, Running, TestClock, ToyPortal, planted


@pytest.fixture
def portal():
    toy = ToyPortal()
    yield toy
    toy.close()


@pytest.fixture
def clinic(tmp_path, portal):
    running = Running(planted(tmp_path), portal.url, clock=TestClock())
    yield running
    running.close()


def text_of(clinic, path):
    reply = clinic.page(path)
    assert reply.status == 200, reply.data
    return reply.data.decode()


@pytest.mark.rule("REC-6")
def test_an_address_is_changed_and_an_identity_confirmed_from_the_stamkort(clinic, portal):
    reply = clinic.page("/desk/nygade/patients/1/address", {"email": "ida@elsewhere.test"})
    assert "E-mailen er skiftet." in text_of(clinic, reply.headers["Location"])
    assert "ida@elsewhere.test" in text_of(clinic, "/desk/nygade/patients/1")
    reply = clinic.page("/desk/nygade/patients/1/confirmation", {})
    assert "identiteten er bekræftet" in text_of(clinic, reply.headers["Location"])
    told = [(one.path, one.content) for one in portal.received]
    assert told == [
        ("/v1/clinic/accounts/address", {"cpr": IDA, "email": "ida@elsewhere.test"}),
        ("/v1/clinic/accounts/confirmation", {"cpr": IDA}),
    ]


@pytest.mark.rule("REC-6")
@pytest.mark.parametrize(
    ("status", "word", "kept"),
    [(404, "ikke bruger af portalen", True), (422, "skrevet rigtigt", False), (503, "tog ikke imod", False)],
)
def test_the_stamkort_is_changed_only_where_the_portal_does_not_refuse(clinic, portal, status, word, kept):
    portal.answers = [(status, {}, {"code": "x"})]
    reply = clinic.page("/desk/nygade/patients/1/address", {"email": "ida@elsewhere.test"})
    assert word in text_of(clinic, reply.headers["Location"])
    assert ("ida@elsewhere.test" in text_of(clinic, "/desk/nygade/patients/1")) is kept


@pytest.mark.rule("REC-9")
def test_who_waits_to_be_confirmed_is_listed_by_name(clinic, portal):
    waiting = {"cpr": IDA, "reason": "disputed", "since": "2026-11-23T09:00:00Z", "until": None}
    portal.answers = [(200, {}, {"items": [waiting]}), (200, {}, {"items": []}), (500, {}, {})]
    text = text_of(clinic, "/desk/nygade/held")
    assert "Ida Prøve" in text
    assert "en anden har skiftet adgangskoden" in text
    assert "Ingen venter." in text_of(clinic, "/desk/nygade/held")
    assert clinic.page("/desk/nygade/held").status == 502


@pytest.mark.rule("ACC-16")
def test_a_one_time_password_is_shown_once_to_hand_over(clinic, portal):
    portal.answers = [(200, {}, {"password": "kf7m-2wqx-h9bn-r4tz", "until": "2026-11-30T09:00:00Z"}), (404, {}, {})]
    assert "kf7m-2wqx-h9bn-r4tz" in clinic.page("/desk/nygade/patients/1/password", {}).data.decode()
    assert "kf7m-2wqx-h9bn-r4tz" not in text_of(clinic, "/desk/nygade/patients/1")
    reply = clinic.page("/desk/nygade/patients/1/password", {})
    assert "ikke bruger af portalen" in text_of(clinic, reply.headers["Location"])
    assert [(one.path, one.content) for one in portal.received] == [("/v1/clinic/accounts/password", {"cpr": IDA})] * 2


def test_a_user_is_detached_from_the_stamkort(clinic, portal):
    reply = clinic.page("/desk/nygade/patients/1/detachment", {})
    assert "ikke længere bruger hos klinikken" in text_of(clinic, reply.headers["Location"])
    assert [(one.path, one.content) for one in portal.received] == [("/v1/clinic/users/detachment", {"cpr": IDA})]
