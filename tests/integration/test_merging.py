"""Two accounts of one person become one: nothing that happened is lost, and nothing opens that was shut."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from identity.cpr import Cpr
from identity.subject import Patient
from storage.accounts import cpr_index as index_of
from storage.accounts import cpr_of, membership_key, person_by_cpr
from storage.calendar_feeds import make_feed, whose_feed
from storage.holds import hold_content, holds_of
from storage.links import put_link
from storage.medicines import listed_medicines
from storage.merging import merge
from storage.models import HISTORY, MESSAGE, REQUEST
from storage.people import ids_of, standing_person
from storage.registers import ACCOUNT, LOG_IN, MEDICINE_LIST, MEMBERSHIP, PERSON, RECOVERY_LINK, SETTING
from storage.requests import Page, Requests
from storage.versions import current, put
from storage.visit_preferences import VisitPreference, keep_preference, preference_of
from tests.furnishing import MEDICINES
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA
from workflows.clinic_settings import PatientRights
from workflows.recovery import Finding


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def merged(house, kept=ALICE, other=BOB):
    with house.database.writing() as connection:
        ids = {"survivor": house.people[kept], "other": house.people[other]}
        return merge(connection, house.keyring, now=house.clock(), **ids)


def everything(house, *tables):
    return {table.name: {repr(tuple(row)) for row in house.rows(table)} for table in tables}


@pytest.mark.rule("CPR-5")
def test_requests_messages_and_chains_are_the_survivors_and_whole(doors):
    house = doors.house
    hers, his = house.e_kons("Hers."), house.delivered(house.e_kons("His.", who=BOB))
    before, sealed = everything(house, HISTORY), {row.id: row.sealed for row in house.rows(MESSAGE)}
    assert merged(house)
    assert everything(house, HISTORY) == before
    assert {row.id: row.sealed for row in house.rows(MESSAGE)} == sealed
    assert {row.person_id for row in house.rows(MESSAGE)} == {house.people[ALICE]}
    house.answer(his)
    for request in (hers, his):
        assert house.history(request)  # the chain holds, with the steps from before and after
        assert doors.get(f"/v1/requests/{request}").status_code == 200
    listed = doors.get("/v1/requests").json["items"]
    assert {each["id"] for each in listed} == {str(hers), str(his)}
    texts = [each["content"]["text"] for each in doors.get(f"/v1/requests/{his}").json["messages"]]
    assert texts == ["His.", "Answer 1."]


@pytest.mark.rule("CPR-5")
def test_both_numbers_find_the_survivor_and_only_one_is_present(doors):
    house, alice = doors.house, doors.house.people[ALICE]
    merged(house)
    with house.database.reading() as connection:
        for number in (ALICE.digits, BOB.digits):
            assert person_by_cpr(connection, index_of(house.keyring, Cpr(number))) == alice
        assert cpr_of(connection, house.keyring, alice) == ALICE.cpr
        assert standing_person(connection, house.people[BOB]) == alice
        assert ids_of(connection, alice) == (alice, house.people[BOB])
    assert doors.complete(doors.begin(ALICE).json["attempt"]).status_code == 200
    assert doors.complete(doors.begin(BOB).json["attempt"]).status_code == 401


@pytest.mark.rule("CPR-5")
def test_the_others_ways_in_end_and_the_survivors_stay(doors):
    house = doors.house
    hers, his = doors.doors.patient(ALICE), doors.doors.patient(BOB)
    merged(house)
    assert doors.doors.get("/v1/me", hers).status_code == 200
    assert doors.doors.get("/v1/me", his).json["code"] == "log_in_ended"
    [row] = house.rows(LOG_IN, LOG_IN.c.person_id == house.people[BOB])
    assert row.ended_at == house.clock()
    [account] = house.rows(ACCOUNT, ACCOUNT.c.person_id == house.people[BOB])
    assert (account.password_hash, account.email_index, account.email_sealed) == (None, None, None)


@pytest.mark.rule("CPR-5", "REC-4")
def test_a_link_that_was_on_its_way_to_the_other_sets_no_password_of_the_survivors(house):
    """Its request is the survivor's from now on: in the other's mailbox lies what would open the survivor's account."""
    recovery = house.delivered(house.recovery(BOB))
    house.advance(recovery, "matched", Finding(finding="match"), person=house.people[BOB])
    with house.database.writing() as connection:
        put_link(connection, house.keyring, recovery, house.clock())
    merged(house)
    [link] = house.rows(RECOVERY_LINK)
    assert link.used_at == house.clock()


@pytest.mark.rule("CPR-5", "REC-7")
def test_what_is_kept_back_from_the_survivor_is_kept_back_at_the_clinics_that_come_along(house):
    """Whoever holds the survivor's mailbox must not read at once what was the other's."""
    carla = house.people[CARLA]
    with house.database.writing() as connection:
        hold_content(connection, carla, "reset", house.clock())
        assert len(holds_of(connection, carla, house.clock())) == 1
    merged(house, CARLA, BOB)
    with house.database.reading() as connection:
        held = {each.clinic for each in holds_of(connection, carla, house.clock())}
    assert held == {clinic.clinic for clinic in house.clinics.values()}


@pytest.mark.rule("CPR-5")
def test_a_membership_moves_where_the_survivor_has_none_and_else_both_are_kept(house):
    merged(house, ALICE, BOB)  # both at Nygade
    alice, bob = house.people[ALICE], house.people[BOB]
    spans = {(row.person_id, row.clinic_id): row.until for row in house.rows(MEMBERSHIP)}
    nygade, havnen = (house.clinics[slug].clinic for slug in ("nygade", "havnen"))
    assert spans[alice, nygade] is spans[alice, havnen] is None
    assert spans[bob, nygade] == house.clock()
    merged(house, CARLA, ALICE)  # Carla is at Havnen only
    carla = house.people[CARLA]
    spans = {(row.person_id, row.clinic_id): row.until for row in house.rows(MEMBERSHIP)}
    assert spans[carla, nygade] is None
    assert spans[alice, havnen] == house.clock()
    with house.database.reading() as connection:
        assert ids_of(connection, carla) == (carla, *sorted((alice, bob)))
        assert membership_key(connection, house.keyring, carla, nygade) is not None


@pytest.mark.rule("CPR-5")
def test_a_survivor_who_had_left_is_a_patient_again_where_the_other_is(house):
    alice, bob = house.people[ALICE], house.people[BOB]
    nygade = house.clinics["nygade"].clinic
    with house.database.writing() as connection:
        left = sa.update(MEMBERSHIP).where(MEMBERSHIP.c.person_id == alice, MEMBERSHIP.c.clinic_id == nygade)
        connection.execute(left.values(until=house.clock()))
    merged(house)
    spans = {(row.person_id, row.clinic_id): row.until for row in house.rows(MEMBERSHIP)}
    assert spans[alice, nygade] is None
    assert spans[bob, nygade] == house.clock()


@pytest.mark.rule("CPR-5", "PAT-1")
def test_what_either_was_refused_stays_refused(house):
    nygade, havnen = (house.clinics[slug].clinic for slug in ("nygade", "havnen"))
    with house.database.writing() as connection:
        for person, services in ((ALICE, {"booking": False}), (BOB, {"e_kons": False, "booking": True})):
            decided = PatientRights(services=services)
            key = str(house.people[person])
            put(connection, clinic=nygade, topic="right", key=key, decided=decided, by="s1", at=house.clock())
    before = len(house.rows(SETTING))
    merged(house)
    with house.database.reading() as connection:
        found = current(connection, nygade, "right", str(house.people[ALICE]))
        assert found.body == {"services": {"booking": False, "e_kons": False}, "ended": None}
        assert found.by == "merge"
        assert current(connection, nygade, "right", str(house.people[BOB])).version == 2
    assert len(house.rows(SETTING)) == before + 2  # one at each clinic that had decided on Bob
    assert {row.key for row in house.rows(SETTING, SETTING.c.clinic_id == havnen)} >= {str(house.people[ALICE])}


@pytest.mark.rule("CPR-5", "REN-3")
def test_medicine_lists_stay_and_the_survivor_has_one_at_every_clinic(house):
    before = everything(house, MEDICINE_LIST)["medicine_list"]
    merged(house, CARLA, BOB)  # Carla at Havnen, Bob at Nygade
    after = everything(house, MEDICINE_LIST)["medicine_list"]
    assert before < after
    carla, nygade = house.people[CARLA], house.clinics["nygade"].clinic
    with house.database.reading() as connection:
        key = membership_key(connection, house.keyring, carla, nygade)
        assert listed_medicines(connection, nygade, carla, key) == MEDICINES


@pytest.mark.rule("CPR-5", "NEW-6")
def test_who_has_looked_at_either_is_the_survivors_to_read(doors):
    request = doors.house.e_kons(who=BOB)
    doors.get(f"/v1/requests/{request}", BOB)
    doors.get("/v1/clinics/nygade/medicines", BOB)
    merged(doors.house)
    acts = [each["act"] for each in doors.get("/v1/me/accesses").json["items"]]
    assert acts == ["patient.medicine.read", "patient.request.read"]


@pytest.mark.rule("CPR-5", "BOO-15")
@pytest.mark.parametrize(("hers", "kept"), [(None, 180), (2880, 2880)], ids=["she chose nothing", "she chose"])
def test_when_to_be_reminded_is_the_survivors_choice_or_else_the_others(house, hers, kept):
    """The other's secret address ends as every way in does; the survivor's tells of what the other has booked."""
    alice, bob, now = house.people[ALICE], house.people[BOB], house.clock()
    with house.database.writing() as connection:
        keep_preference(connection, bob, VisitPreference(180, times_in_mail=True), now)
        if hers is not None:
            keep_preference(connection, alice, VisitPreference(hers), now)
        addresses = {who: make_feed(connection, who, now) for who in (alice, bob)}
    merged(house)
    with house.database.reading() as connection:
        assert preference_of(connection, alice) == VisitPreference(kept)
        assert preference_of(connection, bob) == VisitPreference()
        assert [whose_feed(connection, addresses[who]) for who in (alice, bob)] == [alice, None]


@pytest.mark.rule("CPR-5")
def test_merging_again_changes_nothing_and_only_who_stands_is_merged(house):
    assert merged(house)
    before = everything(house, PERSON, MEMBERSHIP, REQUEST, SETTING)
    house.clock.now += timedelta(hours=1)
    assert not merged(house)
    assert not merged(house, ALICE, ALICE)
    assert everything(house, PERSON, MEMBERSHIP, REQUEST, SETTING) == before
    for kept, other in ((BOB, CARLA), (CARLA, BOB)):
        with pytest.raises(ValueError, match="stand"):
            merged(house, kept, other)


@pytest.mark.rule("CPR-5")
def test_two_merges_at_once_leave_one_survivor(house, at_once):
    def one_way(kept, other):
        try:
            return merged(house, kept, other)
        except ValueError:
            return None

    outcomes = at_once([lambda: one_way(ALICE, BOB), lambda: one_way(BOB, ALICE)])
    assert sorted(map(str, outcomes)) == ["None", "True"]
    assert len(house.rows(PERSON, PERSON.c.merged_into.is_not(None))) == 1


@pytest.mark.rule("CPR-5")
def test_the_reader_of_the_survivor_sees_what_was_the_others_and_opens_it(house):
    request = house.e_kons("His.", who=BOB)
    merged(house)
    with house.database.reading() as connection:
        scope = Patient(house.people[ALICE], house.new_id(), "pages")
        [found] = Requests(connection, house.keyring, scope).page(Page())
    assert (found.id, found.person) == (request, house.people[ALICE])
    assert found.key is not None
