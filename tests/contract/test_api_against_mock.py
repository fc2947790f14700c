"""The portal's doors and the WinPLC mock against each other, over real sockets: what one sends the other takes."""

import json
from importlib.resources import files
from threading import Thread

import pytest
import yaml

from api.clinic.accounts import ClinicAccounts
from portal.demo_data import CLINICS, NEWCOMERS, PATIENTS, fresh_secrets, winplc_seed
from storage.calendar_registers import SLOT
from storage.models import INBOX, REQUEST
from storage.registers import MEDICINE_LIST, MEMBERSHIP, SETTING
from tests.furnishing import SECRET
from tests.knocking import Doors
from tests.unit.mock_clinic import Running, planted, until
from winplc_mock.acts import ACTS
from winplc_mock.server import Server
from workflows.catalogue import CATALOGUE
from workflows.vocabulary import Role, State

CONTRACT = yaml.safe_load((files("winplc_mock") / "contract" / "winplc-to-portal.yaml").read_text(encoding="utf-8"))
FIRST = {"reference": "W-000001", "journal_copy": "J-000001"}


@pytest.fixture
def doors(postgres_house, passwords):
    return Doors.of(postgres_house, passwords)


@pytest.fixture
def portal_url(doors):
    server = Server("127.0.0.1", 0, doors.client.app)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clinic(doors, portal_url, tmp_path):
    """The mock with the demo's books, its staff acting only when told."""
    secrets = dict.fromkeys(fresh_secrets(), SECRET)
    seed = json.loads(winplc_seed("http://localhost:8000", doors.house.clock(), secrets))
    running = Running(planted(tmp_path, seed), portal_url, clock=doors.house.clock)
    yield running
    running.close()


def act(clinic, request, trigger, **content):
    """Do at the desk what staff would; return the event that tells the portal."""
    order = {"clinic": "nygade", "request": request and str(request), "trigger": trigger, "content": content}
    return clinic.control("POST", "act", order)["event"]


def taken(doors, number):
    """Wait until the portal has taken so many messages; return (trigger, status) of each."""
    until(lambda: len(doors.house.rows(INBOX)) >= number)
    return sorted((row.trigger, row.status) for row in doors.house.rows(INBOX))


def test_everything_that_the_clinic_keeps_is_taken(doors, clinic):
    for slug in ("nygade", "havnen"):
        sent = clinic.control("POST", "push", {"clinic": slug})["pushed"]
        assert {each["status"] for each in sent} == {200}, sent
    house = doors.house
    people = {row.person_id for row in house.rows(MEMBERSHIP)} - set(house.people.values())
    assert len(people) == len([*PATIENTS, *NEWCOMERS])
    in_force = {(row.topic, row.key): row.body for row in house.rows(SETTING, SETTING.c.is_current)}
    assert {("practitioner", one["key"]) for clinic in CLINICS for one in clinic.practitioners} <= set(in_force)
    names = {row.body["name"] for row in house.rows(SETTING, SETTING.c.topic == "settings", SETTING.c.is_current)}
    assert names == {clinic.name for clinic in CLINICS}
    with_medicines = [patient for patient in PATIENTS if patient.medicines]
    assert len(people & {row.person_id for row in house.rows(MEDICINE_LIST)}) == len(with_medicines)


@pytest.mark.rule("REC-6", "REC-9")
def test_the_desk_changes_an_address_and_sees_who_waits(doors, clinic):
    for slug in ("nygade", "havnen"):
        clinic.control("POST", "push", {"clinic": slug})
    told = clinic.page("/desk/nygade/patients/1/address", {"email": "nobody@elsewhere.test"})
    assert told.headers["Location"].endswith("told=no_user"), "whoever has no account has none by this"
    assert "Ingen venter." in clinic.page("/desk/nygade/held").data.decode()
    assert clinic.page("/desk/nygade/patients/1/confirmation", {}).headers["Location"].endswith("told=confirmed")
    assert {path for path in CONTRACT["paths"] if "/accounts/" in path} == {
        route.path for route in ClinicAccounts(doors.services).routes()
    }


def test_a_calendar_that_no_longer_names_a_time_takes_it_back(doors, clinic):
    clinic.control("POST", "push", {"clinic": "nygade"})
    nygade = doors.house.clinics["nygade"].clinic
    offered = doors.house.rows(SLOT, SLOT.c.clinic_id == nygade, SLOT.c.is_current, SLOT.c.offered)
    assert offered
    assert not {row.key for row in offered} & {f"slot-{number}" for number in range(1, 9)}


def test_an_e_consultation_is_answered_by_calls(doors, clinic):
    request = doors.house.e_kons()
    act(clinic, request, "receipt", **FIRST)
    act(clinic, request, "open")
    act(clinic, request, "answer", message_id="M-000001", text="Ja.", watch_unread=True)
    assert taken(doors, 3) == [("answer", 200), ("open", 200), ("receipt", 200)]
    assert doors.house.walked(request) == ["submit", "delivered", "open", "answer"]
    listed = doors.signed("GET", "/v1/clinic/lists/unread-answers").json["items"]
    assert [each["id"] for each in listed] == [str(request)]


def test_a_renewal_is_decided_medicine_by_medicine(doors, clinic):
    request = doors.house.delivered(doors.house.renewal("panodil", "metformin"))
    act(clinic, request, "decide", medicine="panodil", decision="approved", reason=None, text=None)
    act(clinic, request, "decide", medicine="metformin", decision="rejected", reason="other", text=None)
    act(clinic, request, "answer", message_id="M-000002", text=None)
    taken(doors, 3)
    assert doors.house.state(request) == State.ANSWERED


@pytest.mark.parametrize(
    ("trigger", "content"),
    [
        ("confirm", {}),
        ("decline", {"reason": "Kursus."}),
        ("offer", {"reason": "Optaget.", "slots": ["slot-2"]}),
    ],
)
def test_a_booking_gets_each_kind_of_word(doors, clinic, trigger, content):
    request = doors.house.delivered(doors.house.booking())
    act(clinic, request, trigger, message_id="M-000003", **content)
    assert taken(doors, 1) == [(trigger, 200)]
    assert doors.house.state(request) == State.ANSWERED


@pytest.mark.rule("BOO-15")
def test_the_clinic_moves_a_booking(doors, clinic):
    request = doors.house.delivered(doors.house.booking())
    act(clinic, request, "confirm", message_id="M-000003")
    act(clinic, request, "move_by_clinic", message_id="M-000004", slot="slot-2")
    assert taken(doors, 2) == [("confirm", 200), ("move_by_clinic", 200)]


@pytest.mark.rule("EKO-7")
def test_the_clinic_begins_a_conversation_and_learns_its_request(doors, clinic):
    clinic.control("POST", "push", {"clinic": "nygade"})
    words = {"message_id": "M-000009", "cpr": PATIENTS[0].cpr, "text": "Dine prøvesvar er fine."}
    act(clinic, None, "message", **words, practitioner="hansen", watch_unread=False)
    (case,) = until(lambda: doors.house.rows(REQUEST))
    assert (case.state, case.initiator, case.channel) == ("answered", "clinician", "clinic")


@pytest.mark.rule("F21")
def test_a_replay_is_answered_alike_and_an_old_unknown_call_is_refused(doors, clinic):
    request = doors.house.e_kons()
    event = act(clinic, request, "receipt", **FIRST)
    taken(doors, 1)
    again = {"event": event, "times": 5, "timestamp_offset": -8 * 24 * 3600}
    replies = clinic.control("POST", "replay", again)["replies"]
    assert [each["status"] for each in replies] == [200] * 5
    assert {each["body"]["state"] for each in replies} == {"delivered"}
    assert doors.house.walked(request) == ["submit", "delivered"]
    assert doors.tell(request, "open", moved=-301).json["code"] == "timestamp_stale"


def test_the_words_of_the_pages_are_the_words_of_the_clinics_system(doors):
    """Two words have no act in the books: writing to a new address follows a changed card, and what was handled is said
    at once, from the portal's own list.
    """
    ours = {
        (kind, step.trigger)
        for kind, workflow in CATALOGUE.items()
        for step in workflow.steps
        if Role.CLINIC in step.by and step.source is not State.DRAFT and step.trigger != workflow.receipt
    }
    assert {trigger for _, trigger in ours - set(ACTS)} == {"renotify", "handled"}
    assert set(ACTS) <= ours
