"""Files between the portal and the WinPLC mock, over real sockets: delivered by name, fetched, attached, read."""

import hashlib
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from storage.file_registers import STORED_FILE
from storage.models import INBOX
from storage.parcels import Address, Parcels
from tests.contract.test_api_against_mock import clinic, doors, portal_url  # noqa: F401 - fixtures
from tests.furnishing import SECRET
from tests.hostile.forging import document, jpeg
from tests.people import ALICE
from tests.unit.mock_clinic import until
from workers.winplc import HttpWinPlc
from workflows.catalogue import CATALOGUE


def delivered(doors, clinic, files):  # noqa: F811 - the fixtures
    """Send a question with files and carry it to the mock as the workers do; return its id."""
    house = doors.house
    request = house.e_kons("Se billedet.", files=tuple(files))
    with clinic.store.write() as db:
        db.execute("INSERT INTO patients VALUES ('nygade', ?, 'Alice', NULL, 0, '{}')", (ALICE.digits,))
    work = house.claimed(house.owed(request).id)
    with house.database.reading() as connection:
        parcel = Parcels(house.keyring, CATALOGUE, house.clock).parcel(connection, work)
    winplc = HttpWinPlc(house.clock)
    winplc.file(work.id, replace(parcel, to=Address("nygade", clinic.url, [SECRET])))
    winplc.close()
    return request


@pytest.mark.rule("EKO-1", "EKO-2")
def test_files_reach_the_desk_and_the_desks_reach_the_patient(doors, clinic):  # noqa: F811 - the fixtures
    doors.house.settings(files_taken=True)
    file = doors.uploaded(jpeg(), name="udslæt.jpg")
    request = delivered(doors, clinic, [file])
    page = clinic.page(f"/desk/nygade/requests/{request}")
    address = f"/desk/nygade/requests/{request}/files/{file}"
    assert f'<a href="{address}">udslæt.jpg</a>' in page.data.decode()
    opened = clinic.page(address)
    assert opened.status == 200
    assert opened.headers["Content-Disposition"] == "attachment; filename*=UTF-8''udsl%C3%A6t.jpg"
    stored = doors.house.rows(STORED_FILE)[0]
    patients = doors.get(f"/v1/requests/{request}/files/{file}", doors.patient())
    assert (opened.data, len(opened.data)) == (patients.content, stored.size)
    assert clinic.page(address).data == opened.data  # kept from now on
    assert doors.accesses().count(("clinic", "clinic.file.read", "ok")) == 1

    place = f"/desk/nygade/requests/{request}/files"
    attached = _posted(clinic, place, "vejledning.pdf", document())
    assert (attached.status, urlsplit(attached.headers["Location"]).path) == (303, f"/desk/nygade/requests/{request}")
    assert (
        "vejledning.pdf</a>, følger med det næste svar" in clinic.page(f"/desk/nygade/requests/{request}").data.decode()
    )
    refused = _posted(clinic, place, "virus.exe", b"MZ")
    assert (refused.status, "hverken et billede" in refused.data.decode()) == (422, True)
    clinic.page(f"/desk/nygade/requests/{request}/answer", {"text": "Se vejledningen."})
    until(lambda: any(row.trigger == "answer" for row in doors.house.rows(INBOX)))
    whole = until(lambda: _answered(doors, request))
    assert [each["name"] for each in whole["messages"][-1]["files"]] == ["vejledning.pdf"]
    assert "sendt" in clinic.page(f"/desk/nygade/requests/{request}").data.decode()


@pytest.mark.rule("EKO-1")
def test_a_file_that_is_not_the_one_that_was_named_is_not_kept(doors, clinic):  # noqa: F811 - the fixtures
    doors.house.settings(files_taken=True)
    file = doors.uploaded(jpeg())
    request = delivered(doors, clinic, [file])
    with clinic.store.write() as db:
        wrong = hashlib.sha256(b"another").hexdigest()
        db.execute("UPDATE requests SET body = json_set(body, '$.content.files[0].sha256', ?)", (wrong,))
    assert clinic.page(f"/desk/nygade/requests/{request}/files/{file}").status == 502
    assert clinic.page(f"/desk/nygade/requests/{request}/files/{UUID(int=9)}").status == 404


def _posted(clinic, path, name, content):  # noqa: F811 - the fixture
    return clinic._pool.request("POST", clinic.url + path, fields={"file": (name, content)}, redirect=False)


def _answered(doors, request):  # noqa: F811 - the fixture
    whole = doors.get(f"/v1/requests/{request}", doors.patient()).json
    return whole if len(whole["messages"]) > 1 else None
