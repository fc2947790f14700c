"""What a clinic decides is kept in versions, and nobody overwrites a decision they have not seen."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from identity.outcomes import NotFoundError, VersionMismatchError
from storage.accounts import membership_key
from storage.calendar import OfferedSlot, put_slots
from storage.calendar_registers import SLOT
from storage.clinics import find_clinic, find_clinic_by_id
from storage.medicines import ListedMedicine, listed_medicines, put_medicines
from storage.registers import MEDICINE_LIST, SETTING
from storage.versions import ONLY_KEY, current, currents, put
from tests.furnishing import MEDICINES, clinic_settings
from tests.people import ALICE, BOB
from workflows import e_kons
from workflows.clinic_settings import Closure, PatientRights, PractitionerSettings


def decide(house, topic, key, decided, **expected):
    with house.database.writing() as connection:
        return put(
            connection,
            clinic=house.clinics["nygade"].clinic,
            topic=topic,
            key=key,
            decided=decided,
            by="s1",
            at=house.clock(),
            **expected,
        )


def settings_of(house, longest_text=250, **expected):
    return decide(house, "settings", ONLY_KEY, clinic_settings("nygade", longest_text=longest_text), **expected)


def versions(house, topic="settings"):
    mine = (SETTING.c.clinic_id == house.clinics["nygade"].clinic, SETTING.c.topic == topic)
    return sorted((row.version, row.is_current) for row in house.rows(SETTING, *mine))


def test_a_change_is_a_new_version_and_the_old_one_stays(house):
    house.clock.tick(60)
    assert settings_of(house) == 2
    assert versions(house) == [(1, False), (2, True)]
    with house.database.reading() as connection:
        now = current(connection, house.clinics["nygade"].clinic, "settings")
        assert (now.version, now.body["longest_text"], now.by, now.at) == (2, 250, "s1", house.clock())
        assert find_clinic(connection, "nygade").settings.longest_text == 250
        assert find_clinic_by_id(connection, house.clinics["havnen"].clinic)[1].longest_text == 400


def test_the_same_settings_again_change_nothing(house):
    assert settings_of(house) == settings_of(house) == 2
    assert versions(house) == [(1, False), (2, True)]


def test_who_read_an_older_version_is_turned_away(house):
    assert settings_of(house, expected=1) == 2
    for stale in (0, 1, 3):
        with pytest.raises(VersionMismatchError):
            settings_of(house, expected=stale)
    assert settings_of(house, expected=2) == 2


def test_who_expects_nothing_yet_makes_the_first_version(house):
    closure = Closure(first_day="2026-12-24", last_day="2026-12-31", message="Closed.")
    assert decide(house, "closure", "christmas", closure, expected=0) == 1
    with pytest.raises(VersionMismatchError):
        decide(house, "closure", "christmas", closure, expected=0)


@pytest.mark.rule("F29")
def test_of_ten_who_read_the_same_version_one_changes_it(house, at_once):
    def change(number):
        try:
            return settings_of(house, longest_text=100 + number, expected=1)
        except VersionMismatchError:
            return "turned away"

    answers = at_once([lambda n=n: change(n) for n in range(10)])
    assert sorted(map(str, answers)) == ["2", *["turned away"] * 9]
    assert versions(house) == [(1, False), (2, True)]


def test_ten_who_do_not_care_which_version_they_change_all_get_one_of_their_own(house, at_once):
    answers = at_once([lambda n=n: house.settings(longest_text=100 + n) for n in range(10)])
    assert sorted(answers) == list(range(2, 12))
    assert [number for number, is_current in versions(house) if is_current] == [11]


def test_the_database_holds_one_version_in_force(house):
    settings_of(house)
    with pytest.raises(IntegrityError), house.database.writing() as connection:
        connection.execute(sa.update(SETTING).values(is_current=True))
    assert versions(house) == [(1, False), (2, True)]


def test_topics_and_keys_are_told_apart(house):
    decide(house, "practitioner", "jensen", PractitionerSettings(name="Jensen", services={"e_kons": True}))
    clinic = house.clinics["nygade"].clinic
    with house.database.reading() as connection:
        assert [found.key for found in currents(connection, clinic, "practitioner")] == ["hansen", "jensen"]
        assert current(connection, clinic, "practitioner", "nobody") is None
        for slug in ("nowhere", ""):
            with pytest.raises(NotFoundError):
                find_clinic(connection, slug)


@pytest.mark.rule("PAT-1")
def test_a_right_that_is_removed_bears_on_the_next_submission_of_that_patient_only(house):
    decide(house, "right", str(house.people[BOB]), PatientRights(services={"e_kons": False}))
    assert house.submit("e_kons", e_kons.Message(text="I have a question."), who=BOB).rule.code == "right_removed"
    assert house.e_kons(who=ALICE)


def test_each_history_row_names_the_settings_it_was_decided_under(house):
    before = house.e_kons()
    settings_of(house)
    after = house.e_kons()
    mine = (SETTING.c.clinic_id == house.clinics["nygade"].clinic, SETTING.c.topic == "settings")
    prints = {row.version: row.fingerprint for row in house.rows(SETTING, *mine)}
    for request, version in ((before, 1), (after, 2)):
        assert f'"cfg":"{prints[version]}"'.encode() in house.history(request)[0].body


def test_a_medicine_list_is_sealed_in_versions(house):
    clinic, person = house.clinics["nygade"].clinic, house.people[ALICE]
    fewer = (ListedMedicine(key="panodil", name="Panodil"),)
    with house.database.writing() as connection:
        key = membership_key(connection, house.keyring, person, clinic)
        for medicines in (MEDICINES, fewer, fewer):
            put_medicines(connection, clinic, person, key, medicines, house.clock())
        assert listed_medicines(connection, clinic, person, key) == fewer
        assert listed_medicines(connection, clinic, None, key) == ()
    mine = (MEDICINE_LIST.c.clinic_id == clinic, MEDICINE_LIST.c.person_id == person)
    assert sorted((row.version, row.is_current) for row in house.rows(MEDICINE_LIST, *mine)) == [(1, False), (2, True)]


def test_calendar_and_medicine_list_take_ten_writers_at_once(house, at_once):
    clinic, person = house.clinics["nygade"].clinic, house.people[ALICE]
    start = house.clock() + timedelta(days=5)

    def synchronise(number):
        slot = OfferedSlot(
            key="slot-1",
            practitioner="hansen",
            reason="consultation",
            starts_at=start,
            ends_at=start + timedelta(minutes=number + 1),
        )
        with house.database.writing() as connection:
            put_slots(connection, clinic, [slot], house.clock())
            key = membership_key(connection, house.keyring, person, clinic)
            medicine = ListedMedicine(key="panodil", name=f"Panodil {number}")
            put_medicines(connection, clinic, person, key, [medicine], house.clock())

    at_once([lambda n=n: synchronise(n) for n in range(10)])
    slots = house.rows(SLOT, SLOT.c.clinic_id == clinic, SLOT.c.key == "slot-1")
    lists = house.rows(MEDICINE_LIST, MEDICINE_LIST.c.clinic_id == clinic, MEDICINE_LIST.c.person_id == person)
    for rows in (slots, lists):
        assert sorted(row.version for row in rows) == list(range(1, 12))
        assert sum(row.is_current for row in rows) == 1
