"""Files from upload to download: taken once, by their owner, at their clinic; sealed, shown and fetched."""

import io
from base64 import b64encode
from hashlib import sha256
from uuid import UUID

import pytest
from PIL import Image

from storage.file_registers import STORED_FILE
from storage.models import HISTORY
from storage.registers import ACCESS
from storage.uploads import MOST_UNUSED
from tests.file_stores import MemoryStore
from tests.filing import fetched, submit, sweep_after_a_day
from tests.hostile.forging import document, jpeg, png
from tests.knocking import Doors
from tests.people import ALICE, BOB, CARLA


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


@pytest.mark.rule("EKO-1", "V18", "V19")
def test_a_patient_sends_files_and_both_sides_fetch_them(doors, store):
    files = [doors.uploaded(jpeg(), name="../../udslæt på arm.png"), doors.uploaded(document(), name="svar.pdf")]
    assert b"".join(store.kept.values()).count(b"JFIF") == 0  # sealed
    submitted = submit(doors, *files)
    assert submitted.status_code == 202, submitted.text
    request = UUID(submitted.json["id"])
    whole = doors.get(f"/v1/requests/{request}", doors.patient()).json
    shown = whole["messages"][0]["files"]
    assert [(each["id"], each["name"], each["kind"]) for each in shown] == [
        (str(files[0]), "udslæt på arm.jpg", "jpeg"),
        (str(files[1]), "svar.pdf", "pdf"),
    ]
    answer = fetched(doors, request, files[0])
    assert answer.status_code == 200
    assert len(answer.content) == shown[0]["size"]
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (40, 30)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"udsl_t p_ arm.jpg\"; filename*=UTF-8''udsl%C3%A6t%20p%C3%A5%20arm.jpg"
    )
    clinics = doors.signed("GET", f"/v1/clinic/requests/{request}/files/{files[0]}")
    assert clinics.content == answer.content
    assert {("patient", "patient.file.read", "ok"), ("clinic", "clinic.file.read", "ok")} <= set(doors.accesses())
    assert {row.person_id for row in doors.house.rows(ACCESS, ACCESS.c.act == "clinic.file.read")} == {
        doors.house.people[ALICE]
    }
    export = doors.get("/v1/me/export", doors.patient()).json
    assert export["requests"][0]["messages"][0]["files"] == shown
    page = doors.get("/v1/me/export.html", doors.patient()).text
    assert f"/v1/requests/{request}/files/{files[0]}" in page


@pytest.mark.rule("EKO-1")
def test_the_history_keeps_how_many_and_keyed_checksums_and_never_names(near):
    file = near.uploaded(jpeg(), name="kræftknude.jpg")
    request = UUID(submit(near, file).json["id"])
    row = near.house.rows(HISTORY, HISTORY.c.request_id == request)[0]
    kept = near.house.rows(STORED_FILE)[0]
    assert f'"files":{{"{file}":"{kept.print.hex()}"}}' in row.body.decode()
    assert "kr" not in row.body.decode().split('"files"')[1].split("}")[0]
    assert near.house.history(request)
    assert b"kr\xc3\xa6ft" not in kept.sealed
    assert (kept.message_id, kept.request_id) == (row.id, request)


@pytest.mark.rule("EKO-2")
def test_a_clinic_attaches_files_to_its_answer_and_to_a_message_of_its_own(doors):
    request, guide = doors.house.delivered(doors.house.e_kons()), document()
    file = doors.announced(guide, request=str(request), name="vejledning.pdf")
    early = doors.tell(request, "answer", message_id="M-0", text="Se bilaget.", files=[str(file)])
    assert (early.status_code, early.json["code"]) == (422, "file_not_there")  # announced, not sent
    sent = doors.send(file, guide)
    assert (sent.status_code, sent.json["kind"]) == (200, "pdf")
    assert doors.send(file, guide).json == sent.json
    told = doors.tell(request, "answer", message_id="M-1", text="Se bilaget.", files=[str(file)])
    assert told.status_code == 200, told.text
    again = doors.tell(request, "answer", message_id="M-2", text="Se bilaget.", files=[str(file)])
    assert (again.status_code, again.json["code"]) == (422, "file_not_there")
    whole = doors.get(f"/v1/requests/{request}", doors.patient()).json
    assert [each["name"] for each in whole["messages"][-1]["files"]] == ["vejledning.pdf"]
    assert fetched(doors, request, file).status_code == 200

    own = doors.announced(png(), cpr=ALICE.digits, name="skema.png")
    assert doors.send(own, png()).status_code == 200
    content = {"cpr": ALICE.digits, "message_id": "M-3", "text": "Udfyld skemaet.", "files": [str(own)]}
    assert doors.signed("POST", "/v1/clinic/messages", doors.call(**content)).status_code == 200


@pytest.mark.rule("EKO-2", "V22")
def test_a_clinics_file_is_the_one_that_was_announced_or_it_is_refused(near, store):
    file = near.announced(jpeg(), cpr=ALICE.digits)
    other = near.send(file, png())
    assert (other.status_code, other.json["code"]) == (422, "file_differs")
    wrong = near.send(file, png(), digest=_digest_of(jpeg()))  # signed as announced, and another body
    assert (wrong.status_code, wrong.json["code"]) == (422, "file_differs")
    assert store.kept == {}
    assert near.send(file, jpeg(), clinic="havnen").status_code == 404
    unsigned = near.client.simulate_put(f"/v1/clinic/files/{file}", body=jpeg())
    assert unsigned.status_code == 400 if unsigned.json["code"] == "header_missing" else unsigned.status_code == 401


def _digest_of(content):
    return f"sha-256=:{b64encode(sha256(content).digest()).decode()}:"


@pytest.mark.rule("EKO-1", "V33")
def test_an_upload_is_used_once_and_by_its_owner_at_its_clinic(doors):
    file, bobs = doors.uploaded(jpeg()), doors.uploaded(jpeg(), BOB)
    for named in ([bobs], [file, bobs], [file, file], [UUID(int=77)]):
        before = doors.kept()
        refused = submit(doors, *named)
        assert (refused.status_code, refused.json["code"]) == (422, "file_not_there")
        assert (refused.json["layer"], refused.json["field"]) == ("content", "/files")
        assert doors.kept() == before
    assert submit(doors, file).status_code == 202
    assert submit(doors, file).json["code"] == "file_not_there"
    request = submit(doors, bobs, who=BOB).json["id"]
    assert fetched(doors, request, bobs).status_code == 404
    assert fetched(doors, request, bobs, BOB).status_code == 200
    assert fetched(doors, request, file, BOB).status_code == 404
    havnen = doors.signed("GET", f"/v1/clinic/requests/{request}/files/{bobs}", clinic="havnen")
    assert havnen.status_code == 404


@pytest.mark.rule("EKO-1")
def test_a_fourth_file_and_a_clinic_that_takes_none_are_refused(near, store):
    files = [near.uploaded(jpeg()) for _ in range(4)]
    refused = submit(near, *files)
    assert (refused.status_code, refused.json["code"]) == (422, "too_many_files")
    near.house.settings(files_taken=False)
    changed = submit(near, *files[:3])  # the clinic changed its mind between upload and message
    assert (changed.status_code, changed.json["code"], changed.json["layer"]) == (422, "files_not_taken", "clinic")
    kept = len(store.kept)
    late = near.upload(jpeg())
    assert (late.status_code, late.json["code"], len(store.kept)) == (422, "files_not_taken", kept)
    assert near.upload(jpeg(), CARLA).status_code == 404  # no patient here


@pytest.mark.rule("EKO-1", "V18")
def test_what_is_refused_leaves_nothing(near, store):
    before = near.kept()
    for content, status, code in (
        (b"", 422, "file_empty"),
        (b"<html>", 422, "file_type"),
        (jpeg()[:200], 422, "file_damaged"),
        (jpeg().ljust(10_000_001, b"\x00"), 413, "body_too_large"),
    ):
        refused = near.upload(content, name="billede.jpg", **{"Content-Type": "image/jpeg"})
        assert (refused.status_code, refused.json["code"]) == (status, code)
        assert refused.json.get("detail")
    cut = near.upload(jpeg(), **{"Content-Length": str(len(jpeg()) + 10)})
    assert (cut.status_code, cut.json["code"]) == (400, "body_incomplete")
    chunked = near.upload(jpeg(), **{"Transfer-Encoding": "chunked"})
    assert (chunked.status_code, chunked.json["code"]) == (400, "length_required")
    assert (near.kept(), store.kept) == (before, {})


@pytest.mark.rule("EKO-1")
def test_a_repeat_with_the_same_key_is_the_same_upload(near, store):
    first = near.upload(jpeg(), key="0123456789abcdef")
    again = near.upload(jpeg(), key="0123456789abcdef")
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["idempotent-replay"] == "true"
    other = near.upload(png(), key="0123456789abcdef")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")
    assert len(near.house.rows(STORED_FILE)) == 1
    sweep_after_a_day(near)
    assert store.kept == {}


@pytest.mark.rule("EKO-1")
def test_an_owner_removes_what_they_do_not_send_and_may_not_pile_it_up(near, store):
    files = [near.uploaded(jpeg()) for _ in range(MOST_UNUSED)]
    full = near.upload(jpeg())
    assert (full.status_code, full.json["code"]) == (409, "already_enough")
    assert near.client.simulate_delete(f"/v1/uploads/{files[0]}", headers=near.patient(BOB)).status_code == 404
    assert near.client.simulate_delete(f"/v1/uploads/{files[0]}", headers=near.patient()).status_code == 204
    assert (files[0] in store.kept, len(store.kept)) == (False, MOST_UNUSED - 1)
    assert near.upload(jpeg()).status_code == 201
    submit(near, files[1])
    assert near.client.simulate_delete(f"/v1/uploads/{files[1]}", headers=near.patient()).status_code == 404
