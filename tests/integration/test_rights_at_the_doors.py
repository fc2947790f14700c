"""Whatever is switched off, what was sent and got stays readable, and the doors say who refuses and what to do."""

import pytest

from storage.versions import put
from tests.patient_doors import PatientDoors
from tests.people import ALICE
from workflows.clinic_settings import Closure, PatientRights

ENGLISH = {"Accept_Language": "en"}
SERVICES = ("e_kons", "renewal", "booking")
TRIES = {
    "e_kons": {"text": "Jeg har et spørgsmål."},
    "renewal": {"medicines": ["panodil"]},
    "booking": {"slot": "slot-2", "reason": "consultation"},
}


@pytest.fixture
def doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def _off_at_the_clinic(house):
    house.settings(services=dict.fromkeys(SERVICES, "off"))


def _only_receiving(house):
    house.settings(services=dict.fromkeys(SERVICES, "receive_only"))


def _rights_removed(house):
    _decide(house, "right", str(house.people[ALICE]), PatientRights(services=dict.fromkeys(SERVICES, False)))


def _on_holiday(house):
    today = house.clock().date()
    _decide(house, "closure", "h", Closure(first_day=today, last_day=today, message="Ferie.", closes=SERVICES))


def _decide(house, topic, key, decided):
    clinic = house.clinics["nygade"].clinic
    with house.database.writing() as connection:
        put(connection, clinic=clinic, topic=topic, key=key, decided=decided, by="s1", at=house.clock())


OFF = [
    pytest.param(_off_at_the_clinic, "not_offered", "clinic", id="off"),
    pytest.param(_only_receiving, "receive_only", "clinic", id="receive only"),
    pytest.param(_rights_removed, "right_removed", "patient", id="right removed"),
    pytest.param(_on_holiday, "holiday", "holiday", id="holiday"),
]


@pytest.mark.rule(
    "PAT-2", "PAT-3", "PAT-4", "EKO-10", "EKO-11", "EKO-12", "BOO-12", "REN-7", "CLN-2", "HOL-1", "NEW-11"
)
@pytest.mark.parametrize(("switch_off", "code", "layer"), OFF)
def test_off_hides_nothing_and_says_who_refuses(doors, switch_off, code, layer):
    house = doors.house
    requests = {"e_kons": house.e_kons(), "renewal": house.renewal(), "booking": house.booking()}
    house.answer(house.delivered(requests["e_kons"]))
    switch_off(house)
    assert len(doors.get("/v1/requests").json["items"]) == len(requests)
    for kind, request in requests.items():
        whole = doors.get(f"/v1/requests/{request}", **ENGLISH).json
        assert (whole["kind"], len(whole["messages"]) >= 1) == (kind, True)
        assert whole["actions"]["read"] == {"allowed": True}
        assert doors.get(f"/v1/requests/{request}/timeline").status_code == 200
        refused = doors.submit(kind, TRIES[kind], **ENGLISH)
        assert (refused.status_code, refused.json["code"], refused.json["layer"]) == (422, code, layer)
        assert refused.json["next_step"]
    assert doors.get("/v1/clinics/nygade/medicines").status_code == 200
    reply = doors.submit("e_kons", TRIES["e_kons"] | {"thread": str(requests["e_kons"])}, **ENGLISH)
    shown = doors.get(f"/v1/requests/{requests['e_kons']}", **ENGLISH).json["actions"]["reply"]
    assert shown == {
        "allowed": False,
        "code": reply.json["code"],
        "layer": reply.json["layer"],
        "reason": reply.json["detail"],
        "next_step": reply.json["next_step"],
    }


@pytest.mark.rule("NEW-11", "PAT-2", "PAT-4")
def test_each_service_says_of_every_act_whether_it_is_open_to_me(doors):
    _rights_removed(doors.house)
    (nygade,) = [each for each in doors.get("/v1/me", **ENGLISH).json["clinics"] if each["slug"] == "nygade"]
    services = {each["kind"]: each for each in nygade["services"]}
    assert set(services["e_kons"]["acts"]) >= {"read", "start", "reply", "attach", "withdraw", "renotify"}
    for kind, shut in (("e_kons", {"start", "reply", "attach"}), ("renewal", {"start"})):
        acts = services[kind]["acts"]
        assert {act for act, may in acts.items() if not may["allowed"]} == shut
        assert {acts[act]["layer"] for act in shut} == {"patient"}
    booking = services["booking"]["acts"]
    assert {act for act, may in booking.items() if not may["allowed"]} >= {"start", "cancel", "move"}
    assert booking["read"]["allowed"]
    (panodil, *_) = doors.get("/v1/clinics/nygade/medicines", **ENGLISH).json["items"]
    assert (panodil["renewal"]["allowed"], panodil["renewal"]["layer"]) == (False, "patient")


@pytest.mark.rule("PAT-3")
def test_where_booking_is_off_the_clinics_phone_number_stands_with_the_request(doors):
    request = doors.house.booking()
    _rights_removed(doors.house)
    whole = doors.get(f"/v1/requests/{request}").json
    assert whole["phone"] == "70 10 20 30"
    refused = doors.post(f"/v1/requests/{request}/cancel", {}, **ENGLISH)
    assert (refused.status_code, refused.json["next_step"]) == (422, "Phone the clinic.")


def test_a_move_is_judged_by_the_way_it_comes(doors):
    """The clinic takes nothing from the app: what was booked on the pages is not moved there either."""
    request = doors.house.delivered(doors.house.booking())
    doors.house.say(request, "confirm", message_id="M-1")
    doors.house.settings(channels={"min_laege": False})
    app = doors.app("patient.request.read", "patient.request.change")
    by_app = doors.log_in(**app)
    may = doors.call("GET", f"/v1/requests/{request}", **by_app).json["actions"]
    assert (may["move"]["code"], may["cancel"]["allowed"]) == ("channel_off", True)
    moved = doors.call("POST", f"/v1/requests/{request}/move", TRIES["booking"], **by_app)
    assert (moved.status_code, moved.json["code"]) == (422, "channel_off")
    assert doors.get(f"/v1/requests/{request}").json["state"] == "answered"
