"""The desk's medicine pages: what staff see before they renew, and a doctor's standing exception."""

import json
from datetime import timedelta

import pytest

from tests.unit.mock_clinic import EXAMPLE, IDA, NOON, Running, TestClock, ToyPortal, new_id, planted, renewal
from winplc_mock.medicines import listed, warnings
from winplc_mock.seed import plant, read_seed
from winplc_mock.store import Store

MEDICINES = "/desk/nygade/patients/1/medicines"
EXCEPTION = "/desk/nygade/patients/1/exception"
TODAY = NOON.date()
NOTHING_KNOWN = dict.fromkeys(("ordination_ended", "exception_until", "expected_used_up")) | {
    "open_prescription": 0,
    "dependency_forming": 0,
}


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


def page(clinic, path=MEDICINES):
    reply = clinic.page(path)
    assert reply.status == 200, reply.data
    return reply.data.decode()


def grants(clinic, medicine="oxazepam", until=TODAY, **form):
    return clinic.page(EXCEPTION, {"medicine": medicine, "until": str(until), "plan": "Aftrapning.", **form})


def in_the_books(clinic, medicine="oxazepam"):
    with clinic.store.read() as db:
        row = db.execute("SELECT * FROM medicines WHERE cpr = ? AND key = ?", (IDA, medicine)).fetchone()
    return row["exception_until"], row["exception_by"], row["exception_plan"]


@pytest.mark.rule("REN-5", "NEW-13")
def test_a_doctor_makes_an_exception_with_a_last_day_and_the_portal_gets_no_plan(clinic, portal):
    assert grants(clinic).status == 303
    assert in_the_books(clinic) == (str(TODAY), "s1", "Aftrapning.")
    (sent,) = [each for each in portal.received if each.path == "/v1/clinic/medicines"]
    assert json.loads(sent.body)["acting_staff"]["id"] == "s1"
    told = {item["key"]: item for item in sent.content["medicines"]}
    assert (told["oxazepam"]["exception_until"], told["oxazepam"]["exception_by"]) == (str(TODAY), "s1")
    assert b"Aftrapning" not in sent.body
    assert "Aftrapning." in page(clinic)
    assert clinic.page(EXCEPTION, {"medicine": "oxazepam", "end": "yes"}).status == 303
    assert in_the_books(clinic) == (None, None, None)


@pytest.mark.rule("NEW-13")
@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"until": TODAY - timedelta(days=1)}, 422, "Vælg en dag"),
        ({"until": "snart"}, 422, "Vælg en dag"),
        ({"medicine": "metformin"}, 404, "ikke på listen"),
    ],
)
def test_an_exception_that_makes_no_sense_is_refused_and_sends_nothing(clinic, portal, form, status, says):
    refused = grants(clinic, **form)
    assert (refused.status, says in refused.data.decode()) == (status, True)
    assert in_the_books(clinic) == (None, None, None)
    assert portal.received == []


@pytest.mark.rule("NEW-13")
def test_only_a_doctor_makes_one(tmp_path, portal):
    seed = json.loads(json.dumps(EXAMPLE))
    seed["clinics"][0]["staff"] = [{"id": "s9", "name": "Sofie Lind", "role": "secretary"}]
    running = Running(planted(tmp_path, seed), portal.url, clock=TestClock())
    refused = grants(running)
    assert (refused.status, "Kun en læge" in refused.data.decode()) == (403, True)
    assert in_the_books(running) == (None, None, None)
    running.close()


@pytest.mark.rule("REN-9")
@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({}, []),
        ({"ordination_ended": "2026-11-23", "open_prescription": 1}, ["ordination_ended", "open_prescription"]),
        ({"ordination_ended": "2026-11-24", "open_prescription": 1}, ["open_prescription"]),
        ({"ordination_ended": "2026-11-23"}, []),
        ({"dependency_forming": 1, "exception_until": "2026-11-22"}, ["dependency_forming", "exception_ended"]),
        ({"expected_used_up": "2026-11-24"}, ["not_used_up"]),
    ],
)
def test_staff_are_warned_of_what_does_not_fit(known, told):
    assert warnings(NOTHING_KNOWN | known, "2026-11-23") == told


@pytest.mark.rule("REN-8", "REN-9", "REN-10")
def test_a_renewal_shows_what_is_known_of_each_medicine_and_what_was_decided(clinic):
    request = new_id()
    assert clinic.put(request, renewal("oxazepam", "metformin")).status == 201
    where = f"/desk/nygade/requests/{request}"
    assert "4712" in page(clinic, where)
    form = {"medicine": "oxazepam", "decision": "rejected", "reason": "needs_checkup", "text": "Ring om en tid."}
    assert clinic.page(f"{where}/decide", form).status == 303
    shown = page(clinic, where)
    assert "Afgjort: Afvist. Kræver kontrol" in shown
    assert "Ring om en tid." in shown


def test_the_seed_again_leaves_an_exception_alone(clinic):
    grants(clinic)
    with clinic.store.write() as db:
        plant(db, read_seed(json.dumps(EXAMPLE)))
    assert in_the_books(clinic)[0] == str(TODAY)


def test_a_file_of_an_earlier_version_gets_what_it_lacks(tmp_path):
    store = planted(tmp_path)
    with store.write() as db:
        db.execute("ALTER TABLE medicines DROP COLUMN exception_plan")
        db.execute("ALTER TABLE decisions DROP COLUMN text")
    store.close()
    again = Store(tmp_path / "winplc.sqlite3")
    with again.read() as db:
        assert len(listed(db, "nygade", IDA)) == 3
        assert db.execute("SELECT exception_plan FROM medicines").fetchall()
        assert db.execute("SELECT text FROM decisions").fetchall() == []
    again.close()
