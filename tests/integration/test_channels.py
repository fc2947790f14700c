"""The ways that requests come in: each is marked on the request, and a clinic switches each on or off."""

import pytest

from storage.clinics import find_clinic
from storage.models import REQUEST
from storage.parcels import Parcels
from storage.service_facts import Caller, services
from storage.versions import current, put
from tests.furnishing import SERVICES, clinic_settings
from tests.patient_doors import PatientDoors
from tests.people import ALICE
from workflows.catalogue import CATALOGUE
from workflows.clinic_settings import ClinicSettings, Closure, PractitionerSettings


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def switch(doors, **channels):
    doors.house.settings(channels=channels)


def ways(doors):
    """Return the headers of a log-in by each way that a patient's request can come."""
    return {"portal": doors.browse(), "min_laege": doors.log_in(**doors.app()), "api": doors.log_in()}


def ask(doors, proof, kind="e_kons", key="k", **body):
    body = body or {"text": f"May I have a word, {key}?"}
    return doors.call("POST", f"/v1/clinics/nygade/requests/{kind}", body, Idempotency_Key=key * 16, **proof)


@pytest.mark.rule("APP-1", "PRA-4")
def test_requests_of_every_channel_go_to_the_clinic_alike_and_carry_their_channel(doors):
    house = doors.house
    for number, proof in enumerate(ways(doors).values()):
        assert ask(doors, proof, key=str(number)).status_code == 202
    parcels = Parcels(house.keyring, CATALOGUE, house.clock)
    taken = [house.worker.claim(house.owed(row.id).id, parcels.parcel)[1] for row in house.rows(REQUEST)]
    assert sorted(parcel.channel for parcel in taken) == ["api", "min_laege", "portal"]
    assert all((parcel.kind, parcel.to.url) == ("e_kons", taken[0].to.url) for parcel in taken)


@pytest.mark.rule("APP-3")
@pytest.mark.parametrize("off", ["portal", "min_laege", "api"])
def test_a_channel_that_is_off_takes_nothing_new_while_the_others_do_and_all_can_read(doors, off):
    before = ways(doors)
    made = ask(doors, before[off], key="1").json["id"]
    switch(doors, **{off: False})
    for way, proof in before.items():
        answer = ask(doors, proof, key=way[-1])
        read = doors.call("GET", f"/v1/requests/{made}", **proof)
        assert read.status_code == 200
        assert read.json["messages"][0]["content"]["text"] == "May I have a word, 1?"
        if way == off:
            refusal = {name: answer.json[name] for name in ("status", "code", "layer")}
            assert refusal == {"status": 422, "code": "channel_off", "layer": "clinic"}
        else:
            assert answer.status_code == 202
    assert len(doors.house.rows(REQUEST)) == 3


@pytest.mark.rule("APP-3")
@pytest.mark.parametrize(
    ("language", "sentence", "next_step"),
    [
        ("da", "Klinikken tager ikke imod ad denne vej.", "Brug en anden vej, som klinikken tilbyder"),
        ("en", "The clinic does not receive this way.", "Use another way that the clinic offers"),
    ],
)
def test_the_refusal_says_what_to_do_instead(doors, language, sentence, next_step):
    switch(doors, api=False)
    answer = ask(doors, doors.log_in() | {"Accept_Language": language})
    assert answer.json["detail"] == sentence
    assert answer.json["next_step"].startswith(next_step)


@pytest.mark.rule("APP-3", "NEW-11")
def test_what_is_offered_says_so_beforehand_in_the_callers_channel(doors):
    switch(doors, min_laege=False)

    def offered(path, **proof):
        page = doors.call("GET", path, **proof).json
        clinic = next((each for each in page.get("clinics", ()) if each["slug"] == "nygade"), page)
        return {each["kind"]: each["allowed"] for each in clinic["services"] if each["kind"] in SERVICES}

    key = doors.app()
    assert set(offered("/v1/me", **doors.log_in(**key)).values()) == {False}
    assert set(offered("/v1/clinics/nygade", **key).values()) == {False}
    assert set(offered("/v1/me", **doors.log_in()).values()) == {True}
    assert set(offered("/v1/clinics/nygade").values()) == {True}


@pytest.mark.rule("APP-3")
def test_the_switches_are_settings_with_history_and_one_that_is_not_named_is_on(house):
    assert clinic_settings("nygade").channels == {}
    versions = []
    for channels in ({"min_laege": False}, {}):
        house.settings(channels=channels)
        with house.database.reading() as connection:
            versions.append(current(connection, house.clinics["nygade"].clinic, "settings"))
    assert [each.body["channels"] for each in versions] == [{"min_laege": False}, {}]
    assert versions[1].version == versions[0].version + 1
    assert ClinicSettings.model_validate(versions[0].body).channels == {"min_laege": False}


@pytest.mark.rule("PRA-4")
@pytest.mark.parametrize(
    ("channel", "takes"),
    [
        ("portal", {"e_kons": False, "booking": False}),
        ("api", {"e_kons": False, "booking": False}),
        ("min_laege", {"e_kons": False, "booking": True}),
    ],
)
def test_a_practitioners_switches_count_where_they_have_a_say(channel, takes):
    off = PractitionerSettings(name="Hansen", services={"e_kons": False, "booking": False})
    on = PractitionerSettings(name="Hansen", services={"e_kons": True, "booking": True})
    assert {kind: off.takes(kind, channel) for kind in takes} == takes
    assert all(on.takes(kind, channel) for kind in takes)


@pytest.mark.rule("PRA-4", "PRA-5")
def test_min_laege_shows_no_calendar_that_does_not_synchronise():
    unusable = PractitionerSettings(name="Hansen", services={"booking": True}, calendar_synchronised=False)
    assert not unusable.takes("booking", "min_laege")


@pytest.mark.rule("PRA-4")
def test_a_booking_with_a_practitioner_who_takes_none_in_the_portal_comes_through_in_min_laege(doors):
    house = doors.house
    off = PractitionerSettings(name="Hansen", services={"e_kons": False, "booking": False})
    with house.database.writing() as connection:
        clinic = house.clinics["nygade"].clinic
        put(connection, clinic=clinic, topic="practitioner", key="hansen", decided=off, by="s1", at=house.clock())
    wish = {"slot": "slot-1", "reason": "consultation", "practitioner": "hansen"}
    words = {"text": "Hello", "practitioner": "hansen"}
    codes = {}
    for way, proof in ways(doors).items():
        answers = [ask(doors, proof, kind, way[0], **body) for kind, body in (("e_kons", words), ("booking", wish))]
        codes[way] = [each.json.get("code", each.status_code) for each in answers]
    assert codes == {
        "portal": ["practitioner_off", "practitioner_off"],
        "min_laege": ["practitioner_off", 202],
        "api": ["practitioner_off", "practitioner_off"],
    }


def test_facts_are_of_the_channel_that_is_asked_for(house):
    house.settings(channels={"app": False})
    with house.database.reading() as connection:
        standing = find_clinic(connection, "nygade")
        open_in = {
            channel: services(
                connection, house.keyring, standing, Caller(house.people[ALICE], channel), ["e_kons"], house.clock()
            )
            for channel in ("app", "portal")
        }
    assert {channel: facts["e_kons"].service.channel for channel, facts in open_in.items()} == {
        "app": False,
        "portal": True,
    }


@pytest.mark.rule("HOL-1", "HOL-2")
def test_a_holiday_shuts_the_portal_and_leaves_min_laege_to_its_own_switch(doors):
    before, house = ways(doors), doors.house
    closure = Closure(first_day=house.clock().date(), last_day=house.clock().date(), message="Lukket i dag.")
    with house.database.writing() as connection:
        nygade = house.clinics["nygade"].clinic
        put(connection, clinic=nygade, topic="closure", key="today", decided=closure, by="s1", at=house.clock())
    codes = {way: ask(doors, proof, key=way[-1]).json.get("code") for way, proof in before.items()}
    assert codes == {"portal": "holiday", "api": "holiday", "min_laege": None}
    switch(doors, min_laege=False)
    assert ask(doors, before["min_laege"], key="2").json["code"] == "channel_off"
