"""An operator erases a person: nothing that was sealed opens any more, and every history still verifies."""

import pytest
import sqlalchemy as sa

from identity.outcomes import NotFoundError
from storage.access import accesses_about
from storage.accounts import cpr_index, person_by_cpr
from storage.calendar_feeds import make_feed
from storage.columns import METADATA
from storage.deadlines import Deadlines
from storage.erasing import NotHandedOverError, erase
from storage.history import SYSTEM
from storage.models import HISTORY, IDEMPOTENCY, INBOX, MESSAGE, OUTBOX, REQUEST
from storage.registers import ACCESS, ACCOUNT, LOG_IN, MEDICINE_LIST, MEMBERSHIP, PERSON_CPR, SEALING_KEY
from storage.visit_preferences import VisitPreference, keep_preference
from storage.visit_registers import CALENDAR_FEED, VISIT_PREFERENCE
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from workflows.delivery import Failure

SECRET = "sentinel-question"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def lived(house):
    """Return requests of Alice's at both clinics, at rest there."""
    here, there = house.delivered(house.e_kons(SECRET)), house.delivered(house.e_kons(SECRET, clinic="havnen"))
    house.answer(here)
    return here, there


def erased(house, who=ALICE, clinic=None):
    with house.database.writing() as connection:
        at = None if clinic is None else house.clinics[clinic].clinic
        return erase(connection, house.people[who], at, house.clock())


def keys_of(house, who=ALICE):
    return house.rows(SEALING_KEY, SEALING_KEY.c.person_id == house.people[who])


@pytest.mark.rule("ACC-13", "CPR-5")
def test_everywhere_means_keys_number_address_words_lists_and_log_ins(doors):
    house = doors.house
    here, there = lived(house)
    doors.doors.patient()
    with house.database.writing() as connection:
        make_feed(connection, house.people[ALICE], house.clock())
        keep_preference(connection, house.people[ALICE], VisitPreference(180), house.clock())
    assert erased(house) == 2
    assert keys_of(house)
    assert all((row.wrapped, row.destroyed_at) == (None, house.clock()) for row in keys_of(house))
    alice = house.people[ALICE]
    for table in (PERSON_CPR, MEMBERSHIP, LOG_IN, CALENDAR_FEED, VISIT_PREFERENCE):
        assert house.rows(table, table.c.person_id == alice) == []
    [account] = house.rows(ACCOUNT, ACCOUNT.c.person_id == alice)
    assert (account.password_hash, account.email_index, account.email_sealed) == (None, None, None)
    assert all(row.sealed is None for row in house.rows(MEDICINE_LIST, MEDICINE_LIST.c.person_id == alice))
    assert all(row.sealed is None for row in house.rows(MESSAGE, MESSAGE.c.request_id.in_((here, there))))
    with house.database.reading() as connection:
        assert person_by_cpr(connection, cpr_index(house.keyring, ALICE.cpr)) is None
    assert house.rows(IDEMPOTENCY, IDEMPOTENCY.c.principal == f"person:{alice}") == []


@pytest.mark.rule("ACC-13", "NEW-7")
def test_the_histories_stay_as_they_were_and_verify(house):
    requests = lived(house)
    before = house.rows(HISTORY)
    erased(house)
    assert house.rows(HISTORY) == before
    for request in requests:
        assert house.history(request)


@pytest.mark.rule("ACC-13")
def test_nothing_leads_from_a_request_to_the_person_any_more(house):
    requests = lived(house)
    erased(house)
    assert {row.person_id for row in house.rows(REQUEST)} == {None}
    index = cpr_index(house.keyring, ALICE.cpr)
    with house.database.reading() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(sa.select(table)):
                assert index not in tuple(row), table.name
    keys = {house.request(request).key_id for request in requests}
    assert all(row.wrapped is None for row in house.rows(SEALING_KEY, SEALING_KEY.c.id.in_(keys)))


@pytest.mark.rule("ACC-13")
def test_at_one_clinic_the_others_stay_as_they_are(doors):
    house = doors.house
    here, there = lived(house)
    assert erased(house, clinic="nygade") == 1
    assert doors.get(f"/v1/requests/{here}").status_code == 404
    kept = doors.get(f"/v1/requests/{there}").json
    assert kept["messages"][0]["content"]["text"] == SECRET
    assert [each["slug"] for each in doors.get("/v1/me").json["clinics"]] == ["havnen"]
    assert len(doors.get("/v1/clinics/havnen/medicines").json["items"]) == 3
    assert doors.complete(doors.begin(clinic="havnen").json["attempt"]).status_code == 200


@pytest.mark.rule("ACC-13")
def test_others_lose_nothing(doors):
    his = doors.house.delivered(doors.house.e_kons(SECRET, who=BOB))
    lived(doors.house)
    before = keys_of(doors.house, BOB)
    erased(doors.house)
    assert keys_of(doors.house, BOB) == before
    assert doors.get(f"/v1/requests/{his}", BOB).json["messages"][0]["content"]["text"] == SECRET


@pytest.mark.rule("ACC-13", "I1")
def test_nothing_is_erased_before_it_is_handed_over(house):
    here, there = lived(house)
    waiting = house.e_kons("Still on its way.")
    before = house.rows(SEALING_KEY)
    with pytest.raises(NotHandedOverError) as refused:
        erased(house)
    assert refused.value.requests == (waiting,)
    assert house.rows(SEALING_KEY) == before
    assert erased(house, clinic="havnen") == 1  # what waits at one clinic holds up no other
    assert house.request(there).person_id is None
    assert house.request(here).person_id == house.people[ALICE]
    house.advance(waiting, "refused", Failure(reason="unknown_patient"), SYSTEM)
    with pytest.raises(NotHandedOverError):
        erased(house)


@pytest.mark.rule("ACC-13")
def test_what_time_and_the_workers_would_still_do_is_let_go(house):
    """A key that is gone opens nothing: a deadline or a letter that stayed would fail for ever."""
    stands = house.delivered(house.booking("slot-1"))
    house.say(stands, "confirm", message_id="M-1")
    erased(house)
    assert [row.outcome for row in house.rows(OUTBOX, OUTBOX.c.destination == "mail")] == ["erased"]
    assert house.worker.offer() == []
    house.clock.tick(30 * 24 * 3600)
    assert list(Deadlines(house.database, house.ledger).due()) == []


@pytest.mark.rule("ACC-13")
def test_a_word_of_the_clinic_finds_nothing_and_leaves_nothing(house):
    here, _ = lived(house)
    inbox = len(house.rows(INBOX))
    erased(house)
    for trigger in ("close", "answer"):
        with pytest.raises(NotFoundError):
            house.say(here, trigger, reason="x") if trigger == "close" else house.answer(here, 2)
    assert len(house.rows(INBOX)) == inbox


@pytest.mark.rule("ACC-13", "ACC-5")
def test_who_comes_back_is_somebody_new(doors):
    lived(doors.house)
    erased(doors.house)
    card = {"cpr": ALICE.digits, "no_mitid": True, "services": {}}
    assert doors.doors.decide("rights", **card).status_code == 200
    with doors.house.database.reading() as connection:
        found = person_by_cpr(connection, cpr_index(doors.house.keyring, ALICE.cpr))
    assert found not in {None, doors.house.people[ALICE]}


@pytest.mark.rule("ACC-13")
def test_a_patient_erased_at_a_clinic_may_become_its_patient_again(doors):
    lived(doors.house)
    erased(doors.house, clinic="nygade")
    card = {"cpr": ALICE.digits, "no_mitid": True, "services": {}}
    doors.doors.decide("rights", **card)
    assert doors.submit("e_kons", {"text": "Again."}).status_code == 202


@pytest.mark.rule("ACC-13", "I1")
def test_a_submission_at_the_same_moment_is_refused_or_handed_over_first(house, at_once):
    """Never accepted and then unreadable: either the erasure waits for it, or it finds no patient any more."""

    def submitted():
        try:
            return house.e_kons("In the very moment.")
        except NotFoundError:
            return None

    def wiped():
        try:
            return erased(house)
        except NotHandedOverError:
            return None

    made, gone = at_once([submitted, wiped])
    assert (made is None) != (gone is None)
    if made is not None:
        assert house.request(made).person_id == house.people[ALICE]
        assert all(row.wrapped is not None for row in keys_of(house))


@pytest.mark.rule("ACC-13", "NEW-6")
def test_the_log_of_who_looked_stays_and_names_nobody(doors):
    here, _ = lived(doors.house)
    doors.get(f"/v1/requests/{here}")
    before = doors.house.rows(ACCESS)
    erased(doors.house)
    assert doors.house.rows(ACCESS) == before
    with doors.house.database.reading() as connection:
        assert len(accesses_about(connection, (doors.house.people[ALICE],), None, 10)) == len(before)
