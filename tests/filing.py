"""What tests of files share: sending a message with files, fetching one, and the keeper that a worker has."""

from storage.scope import DatabaseRole
from storage.uploads import Files, sweep, sweep_nobodys
from tests.builders import database_as
from tests.people import ALICE

DAY = 24 * 3600


def kept_by(doors, role=DatabaseRole.WORKER):
    """Return the files as a worker's process has them."""
    database = database_as(doors.house.database, role)
    return Files(database, doors.house.keyring, doors.house.new_id, doors.services.files.store)


def submit(doors, *files, who=ALICE, **more):
    sent = doors.patient(who) | {"Idempotency-Key": f"key-{doors.house.new_id()}"}
    body = {"text": "Se billedet.", "files": [str(file) for file in files], **more}
    return doors.client.simulate_post("/v1/clinics/nygade/requests/e_kons", json=body, headers=sent)


def fetched(doors, request, file, who=ALICE):
    return doors.get(f"/v1/requests/{request}/files/{file}", doors.patient(who))


def sweep_after_a_day(doors):
    doors.house.clock.tick(DAY + 60)
    sweep(kept_by(doors))
    sweep_nobodys(kept_by(doors))
