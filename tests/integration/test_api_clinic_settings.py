"""What a clinic decides, at the doors: versions that are not overwritten unseen, and lists in force as a whole."""

import pytest

from storage.accounts import address_of, cpr_index, membership_key, person_by_cpr
from storage.calendar_registers import SLOT
from storage.free_times import Search, free_slots
from storage.medicines import listed_medicines
from storage.models import INBOX
from storage.registers import MEMBERSHIP, SETTING
from tests.builders import call_at_once
from tests.knocking import Doors
from tests.people import ALICE, BOB, CARLA, DAVID, PATIENTS

SETTINGS = "/v1/clinic/settings"
HANSEN = {
    "name": "Anne Hansen",
    "title": "Læge",
    "custom_name": "",
    "services": {"e_kons": True},
    "comment_required": False,
    "calendar_synchronised": True,
}
CHRISTMAS = {"first_day": "2026-12-24", "last_day": "2027-01-01", "message": "Vi holder juleferie.", "substitute": ""}
TUESDAY = {
    "key": "tue-0900",
    "practitioner": "hansen",
    "reason": "consultation",
    "starts_at": "2026-12-01T08:00:00Z",
    "ends_at": "2026-12-01T08:15:00Z",
    "released_at": None,
    "offered": True,
}


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


def put(doors, path, clinic="nygade", evt=None, headers=None, **content):
    if headers is None and path not in {"slots", "medicines"}:
        return doors.decide(path, clinic=clinic, evt=evt, **content)
    sent = headers or {}
    return doors.signed("PUT", f"/v1/clinic/{path}", doors.call(**content), clinic=clinic, message=evt, **sent)


def in_force(doors, topic, key, clinic="nygade"):
    mine = SETTING.c.clinic_id == doors.house.clinics[clinic].clinic
    rows = doors.house.rows(SETTING, mine, SETTING.c.topic == topic, SETTING.c.key == key, SETTING.c.is_current)
    return rows[0].body if rows else None


@pytest.mark.rule("CLN-1")
def test_settings_are_changed_by_whoever_has_read_them(doors):
    read = doors.signed("GET", SETTINGS)
    tag, before = read.headers["etag"], read.json["content"]
    changed = before | {"phone": "70 99 99 99", "longest_text": 900}
    assert put(doors, "settings", headers={}, **changed).json["code"] == "precondition_required"
    written = put(doors, "settings", headers={"if-match": tag}, **changed)
    assert (written.status_code, written.headers["etag"]) == (200, '"2"')
    assert doors.signed("GET", SETTINGS).json["content"]["phone"] == "70 99 99 99"
    late = put(doors, "settings", headers={"if-match": tag}, **before)
    assert (late.status_code, late.json["code"]) == (412, "version_mismatch")
    first = put(doors, "settings", headers={"if-none-match": "*"}, **changed)
    assert first.status_code == 412
    assert doors.signed("GET", SETTINGS, **{"if-none-match": '"2"'}).status_code == 304


@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [
        ("2", 400, "if_match_malformed"),
        ("*", 400, "if_match_malformed"),
        ('W/"1"', 400, "if_match_malformed"),
        ('"x"', 412, "version_mismatch"),
        ('"²"', 400, "if_match_malformed"),
        ('"-1"', 412, "version_mismatch"),
    ],
)
def test_a_strange_tag_changes_nothing(doors, tag, status, code):
    before = doors.kept()
    refused = put(doors, "settings", headers={"if-match": tag}, **doors.signed("GET", SETTINGS).json["content"])
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert doors.kept() == before


def test_of_two_who_have_read_the_same_one_wins(doors):
    read = doors.signed("GET", SETTINGS)
    sent = {"headers": {"if-match": read.headers["etag"]}}
    replies = call_at_once(
        [
            lambda phone=phone: put(doors, "settings", **sent, **read.json["content"] | {"phone": phone})
            for phone in ("1", "2", "3")
        ]
    )
    assert sorted(reply.status_code for reply in replies) == [200, 412, 412]


@pytest.mark.rule("F21")
def test_a_repeated_decision_is_answered_alike_and_restores_nothing(doors):
    first = put(doors, "practitioners/hansen", evt="evt-1", **HANSEN)
    put(doors, "practitioners/hansen", **HANSEN | {"custom_name": "Doktor Anne"})
    assert put(doors, "practitioners/hansen", evt="evt-1", **HANSEN).json == first.json
    assert in_force(doors, "practitioner", "hansen")["custom_name"] == "Doktor Anne"
    elsewhere = put(doors, "practitioners/holm", evt="evt-1", **HANSEN)
    assert (elsewhere.status_code, elsewhere.json["code"]) == (422, "key_reused")


@pytest.mark.rule("PRA-1")
def test_a_practitioners_switch_needs_the_clinics(doors):
    doors.house.settings("nygade", services={"e_kons": "on", "renewal": "receive_only"})
    stays = put(doors, "practitioners/hansen", **HANSEN | {"services": {"booking": True, "e_kons": True}})
    assert stays.status_code == 200, "what was on before the clinic's switch went off is kept"
    before = doors.kept()
    refused = put(doors, "practitioners/holm", **HANSEN | {"services": {"booking": True, "e_kons": True}})
    assert refused.status_code == 422
    (fault,) = refused.json["errors"]
    assert (fault["field"], fault["code"]) == ("/content/services/booking", "clinic_switched_off")
    assert doors.kept() == before


@pytest.mark.rule("PRA-5")
def test_booking_without_a_calendar_is_warned_of(doors):
    sent = HANSEN | {"services": {"booking": True, "e_kons": True}, "calendar_synchronised": False}
    (warned,) = put(doors, "practitioners/hansen", **sent).json["warnings"]
    assert (warned["code"], warned["field"]) == ("booking_without_calendar", "/services/booking")


@pytest.mark.rule("HOL-3")
def test_holidays_may_be_many_but_not_overlap(doors):
    assert put(doors, "closures/christmas", **CHRISTMAS).status_code == 200
    assert put(doors, "closures/christmas", **CHRISTMAS | {"last_day": "2027-01-02"}).json["version"] == 2
    assert (
        put(doors, "closures/winter", **CHRISTMAS | {"first_day": "2027-02-08", "last_day": "2027-02-12"}).status_code
        == 200
    )
    assert put(doors, "closures/christmas", clinic="havnen", **CHRISTMAS).status_code == 200
    before = doors.kept()
    refused = put(doors, "closures/new-year", **CHRISTMAS | {"first_day": "2027-01-02", "last_day": "2027-01-03"})
    assert refused.json["errors"][0]["code"] == "holidays_overlap"
    reversed_days = put(doors, "closures/odd", **CHRISTMAS | {"first_day": "2027-06-02", "last_day": "2027-06-01"})
    assert reversed_days.status_code == 422
    assert doors.kept() == before


@pytest.mark.rule("PAT-1")
def test_a_card_sets_one_patients_rights_at_one_clinic(doors):
    card = {"cpr": BOB.digits, "email": BOB.email, "no_mitid": True, "services": {"booking": False}}
    assert put(doors, "rights", **card).status_code == 200
    assert in_force(doors, "right", str(doors.house.people[BOB])) == {"services": {"booking": False}, "ended": None}
    assert put(doors, "rights", clinic="havnen", **card | {"cpr": ALICE.digits}).status_code == 200
    assert in_force(doors, "right", str(doors.house.people[ALICE]), "nygade") is None


@pytest.mark.rule("ACC-9")
def test_the_mark_of_no_mitid_follows_the_card_at_that_clinic_alone(doors):
    card = {"cpr": ALICE.digits, "email": None, "no_mitid": False, "services": {}}
    put(doors, "rights", **card)
    rows = doors.house.rows(MEMBERSHIP, MEMBERSHIP.c.person_id == doors.house.people[ALICE])
    clinics = doors.house.clinics
    assert {row.clinic_id: row.mitid_exempt for row in rows} == {
        clinics["nygade"].clinic: False,
        clinics["havnen"].clinic: True,
    }


def test_a_card_makes_a_patient_and_never_touches_an_address(doors):
    house, nygade = doors.house, doors.house.clinics["nygade"].clinic
    for who in (DAVID, CARLA):
        card = {"cpr": who.digits, "email": "other@patients.test", "no_mitid": True, "services": {}}
        assert put(doors, "rights", **card).status_code == 200
    with house.database.reading() as connection:
        david = person_by_cpr(connection, cpr_index(house.keyring, DAVID.cpr))
        assert membership_key(connection, house.keyring, david, nygade) is not None
        assert address_of(connection, house.keyring, david)[0] is None
        assert address_of(connection, house.keyring, house.people[CARLA])[0] == CARLA.email


def test_two_clinics_list_the_same_new_person_at_once(doors):
    card = {"cpr": DAVID.digits, "email": None, "no_mitid": True, "services": {}}
    replies = call_at_once(
        [lambda slug=slug: put(doors, "rights", clinic=slug, **card) for slug in ("nygade", "havnen")]
    )
    assert [reply.status_code for reply in replies] == [200, 200]
    assert len({row.person_id for row in doors.house.rows(MEMBERSHIP)}) == len(PATIENTS) + 1


@pytest.mark.rule("REN-3")
def test_the_medicine_list_is_the_clinics(doors):
    house, nygade = doors.house, doors.house.clinics["nygade"].clinic
    listed = [{"key": "losartan", "name": "Losartan", "dose": "50 mg", "ordination": "4713", "renewable_from": None}]
    assert put(doors, "medicines", cpr=BOB.digits, medicines=listed).json["medicines"] == 1
    with house.database.reading() as connection:
        key = membership_key(connection, house.keyring, house.people[BOB], nygade)
        (medicine,) = listed_medicines(connection, nygade, house.people[BOB], key)
    assert medicine.name == "Losartan"
    before = doors.kept()
    assert [put(doors, "medicines", cpr=who.digits, medicines=[]).status_code for who in (CARLA, DAVID)] == [404, 404]
    assert doors.kept() == before


def test_the_calendar_is_whole_and_a_taken_time_stays_taken(doors):
    house, nygade = doors.house, doors.house.clinics["nygade"].clinic
    request = house.booking("slot-1")
    assert put(doors, "slots", slots=[TUESDAY]).json == {"changed": 9}
    with house.database.reading() as connection:
        now = house.clock()
        wanted = Search(["hansen"], ["consultation"], now, now.replace(year=2027), now)
        free = free_slots(connection, nygade, wanted, limit=99)
    assert [slot.key for slot in free] == ["tue-0900"]
    assert house.request(request).slot_held
    assert put(doors, "slots", slots=[TUESDAY]).json == {"changed": 0}
    assert len(house.rows(SLOT, SLOT.c.clinic_id == house.clinics["havnen"].clinic, SLOT.c.offered)) == 8
    twice = put(doors, "slots", slots=[TUESDAY, TUESDAY])
    assert (twice.status_code, twice.json["errors"][0]["code"]) == (422, "slot_twice")


def test_every_decision_is_in_the_access_log_by_whom(doors):
    put(doors, "practitioners/hansen", evt="evt-1", **HANSEN)
    put(doors, "slots", slots=[], evt="evt-2")
    put(doors, "closures/no key!", **CHRISTMAS)
    assert doors.accesses() == [
        ("clinician", "clinic.practitioner.change", "ok"),
        ("clinician", "clinic.slot.change", "ok"),
    ]
    assert {row.message_id for row in doors.house.rows(INBOX)} == {"evt-1", "evt-2"}
