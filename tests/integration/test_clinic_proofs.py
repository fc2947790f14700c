"""What a clinic can show: its numbers, and what it was given of each request, with a fingerprint that still fits."""

import pytest
import sqlalchemy as sa

from storage.deliveries import keeping
from storage.models import MESSAGE, REQUEST
from storage.notice_registers import REFUSED
from storage.parcels import Parcels
from tests.knocking import Doors
from tests.people import BOB
from workers.deliver import Deliver
from workers.winplc import Filed
from workflows.catalogue import CATALOGUE

DAYS = "first_day=2026-11-01&last_day=2026-11-30"


class Taking:
    """A WinPLC that takes everything."""

    def file(self, _message, _parcel):
        return Filed(reference="W-000007", journal_copy="J-000007")


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


def deliver(house, request):
    from tests.integration.test_not_reached import notify  # noqa: PLC0415 - its crew is the one that is needed

    Deliver(notify(house, None)._crew, Taking())(house.owed(request).id)
    return request


@pytest.mark.rule("NEW-4")
def test_a_clinic_shows_what_it_was_given_and_that_it_is_what_is_stored(house, doors):
    request = deliver(house, house.e_kons("I have a question."))
    path = f"/v1/clinic/requests/{request}/delivery"
    [given] = doors.signed("GET", path).json["items"]
    assert (given["reference"], given["journal_copy"], given["matches"]) == ("W-000007", "J-000007", True)
    assert len(given["fingerprint"]) == 64
    assert doors.signed("GET", path, clinic="havnen").status_code == 404
    history = doors.get(f"/v1/audit/requests/{request}/history", doors.auditor(), purpose="NEW-4").json
    [audited] = history["deliveries"]
    assert audited["fingerprint"] == given["fingerprint"]
    with house.database.writing() as connection:
        connection.execute(sa.update(REQUEST).where(REQUEST.c.id == request).values(practitioner="other"))
    assert doors.signed("GET", path).json["items"][0]["matches"] is False
    with house.database.writing() as connection:
        connection.execute(sa.update(MESSAGE).where(MESSAGE.c.request_id == request).values(sealed=None))
    assert doors.signed("GET", path).json["items"][0]["matches"] is None


@pytest.mark.rule("NEW-4")
def test_a_delivery_that_is_recorded_twice_is_one_and_other_words_are_another_fingerprint(house, doors):
    first, second = (house.e_kons(text) for text in ("One.", "Two."))
    parcels = Parcels(house.keyring, CATALOGUE, house.clock)
    for request in (first, second):
        row = house.owed(request)
        work, parcel = house.worker.claim(row.id, parcels.parcel)
        keep = keeping(house.keyring, work, parcel, "W-1", None, house.clock())
        for _ in range(2):
            with house.database.writing() as connection:
                keep(connection)
    paths = [f"/v1/clinic/requests/{request}/delivery" for request in (first, second)]
    shown = [doors.signed("GET", path).json["items"] for path in paths]
    assert [len(items) for items in shown] == [1, 1]
    assert shown[0][0]["fingerprint"] != shown[1][0]["fingerprint"]


@pytest.mark.rule("NEW-25")
def test_a_clinic_and_its_auditor_read_the_same_numbers_and_nobodys_name(house, doors):
    for number in range(5):
        house.clock.tick(60)
        house.answer(house.delivered(house.e_kons()), number)
    house.delivered(house.e_kons(who=BOB))
    house.settings(services={"e_kons": "off", "booking": "on"})
    headers = {**doors.patient(), "Idempotency-Key": '"k' + "0" * 20 + '"'}
    for _ in range(2):
        refused = doors.client.simulate_post("/v1/clinics/nygade/requests/e_kons", json={"text": "?"}, headers=headers)
        assert refused.status_code == 422
    told = doors.signed("GET", f"/v1/clinic/statistics?{DAYS}").json
    [kind] = told["kinds"]
    assert (kind["kind"], kind["volume"], kind["kept"], kind["awaited"]) == ("e_kons", 6, 5, 1)
    assert kind["by_hour"][10] == 6
    assert kind["to_answer"]["median"] == 0
    assert told["refused"] == [{"kind": "e_kons", "layer": "clinic", "code": refused.json["code"], "count": 2}]
    assert len(house.rows(REFUSED)) == 1
    mine = doors.get("/v1/audit/statistics", doors.auditor("nygade"), purpose="Plan", clinic="nygade",
                     first_day="2026-11-01", last_day="2026-11-30").json  # fmt: skip
    assert mine == told
    text = doors.signed("GET", f"/v1/clinic/statistics?{DAYS}").text
    assert not any(str(person) in text for person in house.people.values())
    assert doors.signed("GET", f"/v1/clinic/statistics?{DAYS}", clinic="havnen").json["kinds"] == []
    stranger = doors.auditor("havnen")
    asked = {"purpose": "Plan", "clinic": "nygade", "first_day": "2026-11-01", "last_day": "2026-11-30"}
    assert doors.get("/v1/audit/statistics", stranger, **asked).status_code == 404
    del asked["purpose"]
    assert doors.get("/v1/audit/statistics", doors.auditor("nygade"), **asked).status_code == 400


@pytest.mark.rule("NEW-25")
@pytest.mark.parametrize(
    ("days", "code"),
    [
        ("first_day=2026-11-30&last_day=2026-11-01", "days_reversed"),
        ("first_day=2025-11-01&last_day=2026-11-30", "period_too_long"),
        ("first_day=2026-11-31&last_day=2026-12-01", None),
        ("first_day=2026-11-01", "missing"),
    ],
)
def test_a_period_that_is_none_is_refused(doors, days, code):
    refused = doors.signed("GET", f"/v1/clinic/statistics?{days}")
    assert refused.status_code == 400
    assert code in {None, refused.json["errors"][0]["code"]}
