"""What people tell stays sealed: it stands in no column, and a destroyed key takes it away while the proof stays."""

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from identity.cpr import Cpr
from identity.keys import UnreadableError
from identity.outcomes import NotFoundError
from identity.subject import Auditor, Patient
from storage.accounts import address_of, cpr_of
from storage.columns import METADATA
from storage.log_ins import LogIns
from storage.messages import spoken
from storage.models import MESSAGE
from storage.outbox import Unloadable
from storage.parcels import Parcels
from storage.registers import ACCOUNT, MEMBERSHIP, SEALING_KEY
from storage.requests import Page, Requests
from storage.sealing import create_key, destroy_key, load_key
from tests.builders import ANNE, PATIENT
from tests.furnishing import SECRET
from tests.people import ALICE, PATIENTS
from workflows import booking, renewal
from workflows.catalogue import CATALOGUE

SAID = ("sentinel-question", "sentinel-comment", "sentinel-wish", "sentinel-answer", "sentinel-late", "sentinel-dose")
SECRETS = (
    *SAID,
    *(persona.digits for persona in PATIENTS),
    *(f"{persona.digits[:6]}-{persona.digits[6:]}" for persona in PATIENTS),
    *(persona.email for persona in PATIENTS),
    *(persona.password for persona in PATIENTS),
    "Panodil",
    ANNE.name,
    SECRET,
    SECRET.removeprefix("whsec_"),
)


def say_everything(house, passwords):
    """Put each secret wherever the product takes it."""
    request = house.e_kons("sentinel-question")
    wish = renewal.Wish(medicines=("panodil",), comment="sentinel-comment")
    renewed = house.delivered(house.submit("renewal", wish).request)
    house.say(renewed, "decide", medicine="panodil", decision="rejected", reason="other", text="sentinel-dose")
    house.submit("booking", booking.Wish(slot="slot-1", reason="consultation", comment="sentinel-wish"))
    house.recovery(ALICE)
    house.delivered(request)
    house.say(request, "answer", message_id="M-1", text="sentinel-answer")
    withdrawn = house.delivered(house.e_kons())
    house.advance(withdrawn, "withdraw", actor=PATIENT)
    house.say(withdrawn, "close", reason="sentinel-late")
    LogIns(house.database, house.keyring, passwords, house.new_id).begin("nygade", ALICE.cpr, ALICE.password, "pages")
    return request


def everything_stored(database):
    """Return every value of every column of every table as bytes."""
    with database.reading() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(sa.select(table)):
                yield from (as_bytes(value) for value in row)


def as_bytes(value):
    if isinstance(value, bytes):
        return value
    return (json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)).encode()


def leaks(secrets, stored):
    return {word for word in secrets for value in stored if word.encode() in value}


def test_nothing_that_people_told_stands_in_any_column(house, passwords):
    say_everything(house, passwords)
    stored = list(everything_stored(house.database))
    assert leaks(SECRETS, stored) == set()
    assert leaks(["nygade", "submit", "70 10 20 30"], stored) == {"nygade", "submit", "70 10 20 30"}  # the control


def test_nothing_that_people_told_stands_anywhere_in_the_file(sqlite_house, passwords):
    house = sqlite_house
    say_everything(house, passwords)
    files = [path.read_bytes() for path in Path(house.database.engine.url.database).parent.glob("portal.sqlite3*")]
    assert leaks(SECRETS, files) == set()
    assert leaks(["nygade", "submit"], files) == {"nygade", "submit"}


def test_bare_hashes_of_a_number_or_an_address_are_not_stored_either(house):
    plain = [word.encode() for persona in PATIENTS for word in (persona.digits, persona.email)]
    bare = {hashlib.new(name, word).digest() for name in ("md5", "sha1", "sha256", "sha512") for word in plain}
    stored = set(everything_stored(house.database))
    assert bare & stored == set()


def test_the_words_are_there_for_who_has_the_key(house):
    request = house.e_kons("sentinel-question")
    assert words_of(house, request) == ["sentinel-question"]
    with house.database.reading() as connection:
        assert cpr_of(connection, house.keyring, house.people[ALICE]) == Cpr(ALICE.digits)
        assert address_of(connection, house.keyring, house.people[ALICE]) == (ALICE.email, "da")


def test_a_sealed_value_that_is_moved_to_another_row_does_not_open(house):
    first, second = house.e_kons("One."), house.e_kons("Two.")
    with house.database.writing() as connection:
        sealed = sa.select(MESSAGE.c.sealed).where(MESSAGE.c.request_id == first).scalar_subquery()
        connection.execute(sa.update(MESSAGE).where(MESSAGE.c.request_id == second).values(sealed=sealed))
    with pytest.raises(UnreadableError):
        words_of(house, second)


@pytest.mark.rule("V41")
def test_a_destroyed_key_takes_the_words_and_leaves_the_proof(house):
    request, elsewhere = house.e_kons("sentinel-question"), house.e_kons("Elsewhere.", clinic="havnen")
    destroy(house, house.request(request).key_id)
    with pytest.raises(NotFoundError):
        words_of(house, request)
    assert house.walked(request) == ["submit"]  # and the chain holds
    assert words_of(house, elsewhere) == ["Elsewhere."]
    (key,) = house.rows(SEALING_KEY, SEALING_KEY.c.id == house.request(request).key_id)
    assert (key.wrapped, key.destroyed_at) == (None, house.clock())


def test_a_list_with_an_erased_request_in_it_is_still_a_list(house):
    erased, kept = house.e_kons("One."), house.e_kons("Two.", clinic="havnen")
    destroy(house, house.request(erased).key_id)
    clinics = tuple(clinic.clinic for clinic in house.clinics.values())
    day = house.clock().date()
    patient = Patient(house.people[ALICE], house.new_id(), "pages")
    auditor = Auditor(house.new_id(), "auditor", clinics, day, date(9999, 1, 1))
    with house.database.reading() as connection:
        for scope, closed in ((patient, {erased}), (auditor, {erased, kept})):  # an auditor opens no words anyway
            requests = Requests(connection, house.keyring, scope)
            found = {one.id: one.key is None for one in requests.page(Page())}
            assert found == {erased: erased in closed, kept: kept in closed}
            assert len(requests.history(erased)) == 1


def test_work_on_an_erased_request_is_handed_back_to_be_parked(house):
    row = house.owed(house.e_kons())
    destroy(house, house.request(row.request_id).key_id)
    parcels = Parcels(house.keyring, CATALOGUE, house.clock)
    _, loaded = house.worker.claim(row.id, parcels.parcel)
    assert loaded == Unloadable("NotFoundError")


def test_erasing_the_person_takes_number_and_address(house):
    person = house.people[ALICE]
    (account,) = house.rows(ACCOUNT, ACCOUNT.c.person_id == person)
    destroy(house, account.key_id)
    with house.database.reading() as connection:
        for read in (cpr_of, address_of):
            with pytest.raises(NotFoundError):
                read(connection, house.keyring, person)


def test_every_person_and_every_clinic_of_a_person_has_a_key_of_its_own(house):
    keys = [row.key_id for table in (ACCOUNT, MEMBERSHIP) for row in house.rows(table)]
    assert len(set(keys)) == len(keys) == len(PATIENTS) + sum(len(each.clinics) for each in PATIENTS)
    with house.database.writing() as connection:
        key = create_key(connection, house.keyring, house.new_id(), datetime(2026, 1, 1, tzinfo=UTC))
        assert load_key(connection, house.keyring, key.id).open(key.seal(b"x", "here"), "here") == b"x"
        with pytest.raises(NotFoundError):
            load_key(connection, house.keyring, house.new_id())


def words_of(house, request):
    row = house.request(request)
    with house.database.reading() as connection:
        key = load_key(connection, house.keyring, row.key_id)
        return [said.content.written for said in spoken(connection, CATALOGUE[row.kind], request, key)]


def destroy(house, key_id):
    with house.database.writing() as connection:
        destroy_key(connection, key_id, house.clock())
