"""What becomes of files: unused, erased, moved with their person, lost from the disk, or never whole."""

from uuid import UUID

import pytest

from storage.deliveries import deliveries_of, keeping, reckoned
from storage.erasing import erase
from storage.file_registers import STORED_FILE
from storage.file_store import FileFolder
from storage.history import Actor, Cause
from storage.leaving import Leaver, Leaving
from storage.merging import merge
from storage.models import MESSAGE
from storage.parcels import Parcels
from storage.requests import Requests
from storage.scope import DatabaseRole
from storage.uploads import missing, sweep, sweep_nobodys
from tests.file_stores import Disk, MemoryStore
from tests.filing import fetched, kept_by, submit, sweep_after_a_day
from tests.hostile.forging import jpeg, png
from tests.knocking import Doors
from tests.people import ALICE, BOB
from workflows.catalogue import CATALOGUE
from workflows.e_kons import Message
from workflows.vocabulary import Role


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def doors(house, passwords, store):
    """On both databases; the API's own role on PostgreSQL."""
    house.settings(files_taken=True)
    return Doors.of(house, passwords, store=store)


@pytest.fixture
def near(sqlite_house, passwords, store):
    """On SQLite alone, for what asks no new question of the database."""
    sqlite_house.settings(files_taken=True)
    return Doors.of(sqlite_house, passwords, store=store)


@pytest.mark.rule("EKO-1", "V41")
def test_what_is_not_used_in_a_day_or_has_no_row_is_swept(doors, store):
    used, unused = doors.uploaded(jpeg()), doors.uploaded(png())
    request = submit(doors, used).json["id"]
    crashed = UUID(int=1)
    store.kept[crashed] = b"left behind by a crash"
    sweep_after_a_day(doors)
    assert set(store.kept) == {used}
    assert [row.id for row in doors.house.rows(STORED_FILE)] == [used]
    doors.tokens.clear()
    assert submit(doors, unused).json["code"] == "file_not_there"
    assert fetched(doors, request, used).status_code == 200


@pytest.mark.rule("V41")
def test_erasing_a_person_erases_their_files(doors, store):
    house = doors.house
    file = doors.uploaded(jpeg())
    request = UUID(submit(doors, file).json["id"])
    house.delivered(request)
    with house.database.writing() as connection:
        erase(connection, house.people[ALICE], house.clinics["nygade"].clinic, house.clock())
    assert doors.signed("GET", f"/v1/clinic/requests/{request}/files/{file}").status_code == 404
    sweep(kept_by(doors))
    assert (store.kept, house.rows(STORED_FILE)) == ({}, [])
    assert house.history(request)


@pytest.mark.rule("ACC-13", "CPR-6")
def test_files_stay_with_the_clinic_or_go_with_the_person(doors, store):
    house, used, unused = doors.house, doors.uploaded(jpeg()), doors.uploaded(png())
    request = submit(doors, used).json["id"]
    with house.database.writing() as connection:
        merge(connection, house.keyring, survivor=house.people[BOB], other=house.people[ALICE], now=house.clock())
    assert fetched(doors, request, used, BOB).status_code == 200
    leaver = Leaver(house.people[BOB], Actor(Role.PATIENT, "patient"), Cause("test", "leaves"))
    Leaving(house.database, house.ledger, house.new_id).clinic(leaver, "nygade")
    sweep(kept_by(doors))
    assert (used in store.kept, unused in store.kept) == (True, False)
    assert doors.signed("GET", f"/v1/clinic/requests/{request}/files/{used}").status_code == 200


@pytest.mark.rule("NEW-4")
def test_what_was_delivered_is_proven_with_the_checksums_of_its_files(doors):
    house = doors.house
    request = UUID(submit(doors, doors.uploaded(jpeg(), name="arm.jpg")).json["id"])
    work = house.claimed(house.owed(request).id)
    with house.database.writing() as connection:
        parcel = Parcels(house.keyring, CATALOGUE, house.clock).parcel(connection, work)
        keeping(house.keyring, work, parcel, "W-1", "J-1", house.clock())(connection)
    (named,) = parcel.content()["files"]
    assert (named["name"], named["kind"], len(named["sha256"])) == ("arm.jpg", "jpeg", 64)
    with house.database.reading() as connection:
        found = Requests(connection, house.keyring, house.clinics["nygade"]).one(request)
        (delivery,) = deliveries_of(connection, request)
        assert reckoned(connection, house.keyring, CATALOGUE["e_kons"], found) == delivery.fingerprint


@pytest.mark.rule("V18")
def test_a_file_that_is_gone_from_the_disk_is_said_plainly_and_reported(near, store, capsys):
    file = near.uploaded(jpeg())
    request = submit(near, file).json["id"]
    store.kept.clear()
    gone = fetched(near, request, file)
    assert (gone.status_code, gone.json["code"]) == (410, "file_missing")
    assert "file_missing" in capsys.readouterr().out
    assert missing(kept_by(near, DatabaseRole.OPERATOR)) == [file]
    assert near.get(f"/v1/requests/{request}", near.patient()).status_code == 200


@pytest.mark.rule("V18")
def test_a_full_disk_takes_nothing_and_says_so(sqlite_house, passwords, tmp_path):
    sqlite_house.settings(files_taken=True)
    disk = Disk()
    doors = Doors.of(sqlite_house, passwords, store=FileFolder(tmp_path, disk))
    file = doors.uploaded(jpeg())
    before, disk.room = doors.kept(), 300
    full = doors.upload(jpeg())
    assert (full.status_code, full.json["code"]) == (507, "storage_full")
    assert doors.kept() == before
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [str(file)]
    disk.room = 1 << 30
    assert doors.upload(jpeg()).status_code == 201
    assert fetched(doors, submit(doors, file).json["id"], file).status_code == 200


@pytest.mark.rule("V41")
def test_two_messages_at_once_cannot_both_have_the_file(doors, at_once):
    file = doors.uploaded(jpeg())
    house = doors.house
    words = Message(text="Se billedet.", files=(file,))

    def send(number):
        return lambda: house.submit("e_kons", words, key=f"key-{number}-0123456789")

    outcomes = at_once([send(number) for number in range(4)])
    assert sum(hasattr(each, "request") for each in outcomes) == 1
    assert {each.rule.code for each in outcomes if not hasattr(each, "request")} == {"file_not_there"}
    assert len(house.rows(MESSAGE)) == 1


@pytest.mark.rule("V41")
def test_who_does_not_see_every_row_removes_nothing(postgres_house, passwords, store):
    doors = Doors.of(postgres_house, passwords, store=store)
    store.kept[UUID(int=1)] = b"somebody's"
    with pytest.raises(PermissionError):
        sweep_nobodys(doors.services.files)
    assert store.kept
