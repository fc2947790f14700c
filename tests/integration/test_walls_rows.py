"""The wall under the readers' scopes: PostgreSQL shows and takes only what the call was let to, whatever is asked."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from storage.calendar_registers import SLOT
from storage.columns import METADATA
from storage.grant_registers import AUDITOR
from storage.models import HISTORY, INBOX, MESSAGE, OUTBOX, REQUEST
from storage.registers import (
    ACCOUNT,
    CLINIC_SECRET,
    LOG_IN,
    LOG_IN_ATTEMPT,
    MEDICINE_LIST,
    MEMBERSHIP,
    PERSON_CPR,
    RECOVERY_LINK,
    SEALING_KEY,
    SETTING,
)
from storage.scope import COUNTS, IDENTITY, NOTHING, DatabaseRole, Scope
from storage.walls import WALLS
from tests.living import WALLED, everything, live_in, owned
from tests.people import ALICE, BOB, CARLA

SHOWN_TO_ALL = {
    "slot": sa.true(),
    "setting": SETTING.c.topic != "right",
    "sealing_key": SEALING_KEY.c.person_id.is_(None),
}
"""Rows of walled tables that need no scope: a clinic's calendar, what it shows to everyone, its own wrapped keys."""

SHOWN_OTHERWISE = {"sealing_key", "access"}
"""Tables with a person in which that person sees more than their own rows: whoever looked at what is theirs, too."""


@pytest.fixture
def lived(postgres_house, passwords):
    return live_in(postgres_house, passwords)


@pytest.mark.rule("V33", "I6")
@pytest.mark.parametrize("table", WALLED, ids=lambda table: table.name)
def test_who_was_let_to_nothing_sees_nothing(lived, table):
    assert lived.there(everything(table)), "the house must hold something to hide"
    assert set(lived.shown(NOTHING, everything(table))) == set(
        lived.there(everything(table).where(SHOWN_TO_ALL.get(table.name, sa.false())))
    )


OF_PERSON = {
    "message": REQUEST.c.person_id,
    "history": REQUEST.c.person_id,
    **{
        table.name: table.c.person_id
        for table in WALLED
        if "person_id" in table.c and table.name not in SHOWN_OTHERWISE
    },
}
OF_CLINIC = {
    "request": REQUEST.c.clinic_id,
    "message": REQUEST.c.clinic_id,
    "history": REQUEST.c.clinic_id,
    "inbox": INBOX.c.source,
    **{table.name: table.c.clinic_id for table in (MEDICINE_LIST, MEMBERSHIP)},
}


@pytest.mark.rule("V33", "I6")
@pytest.mark.parametrize("name", OF_PERSON)
def test_a_person_sees_their_own_rows_and_no_others(lived, name):
    table = METADATA.tables[name]
    for who in (ALICE, CARLA):
        theirs = lived.there(owned(table, OF_PERSON[name], lived.house.people[who]))
        assert theirs
        assert set(lived.shown(lived.person(who), everything(table))) == set(theirs)


@pytest.mark.rule("V33", "I6")
@pytest.mark.parametrize("name", OF_CLINIC)
def test_a_clinic_sees_its_own_rows_and_no_others(lived, name):
    table = METADATA.tables[name]
    for slug, clinic in lived.house.clinics.items():
        theirs = lived.there(owned(table, OF_CLINIC[name], clinic.clinic))
        assert theirs
        assert set(lived.shown(lived.clinic(slug), everything(table))) == set(theirs)


@pytest.mark.rule("V33")
def test_the_door_to_who_somebody_is_opens_no_words_of_anybody_known(lived):
    for table in (ACCOUNT, PERSON_CPR, LOG_IN, LOG_IN_ATTEMPT, RECOVERY_LINK, CLINIC_SECRET, AUDITOR):
        assert lived.shown(IDENTITY, everything(table)) == lived.there(everything(table))
    for table in (MEDICINE_LIST, INBOX):
        assert lived.shown(IDENTITY, everything(table)) == []
    kinds = lived.shown(IDENTITY, sa.select(REQUEST.c.kind).distinct())
    assert kinds == [("recovery",)]
    spoken = lived.shown(IDENTITY, sa.select(REQUEST.c.kind).join(MESSAGE).distinct())
    assert spoken == [("recovery",)]


@pytest.mark.rule("V33", "V40")
def test_an_auditor_sees_the_requests_of_the_grants_clinics_and_no_words(lived):
    granted = Scope(clinics=(lived.house.clinics["nygade"].clinic,), role=DatabaseRole.AUDITOR)
    ours = lived.there(owned(REQUEST, REQUEST.c.clinic_id, granted.clinics[0]))
    assert set(lived.shown(granted, everything(REQUEST))) == set(ours)
    seen = {row.request_id for row in lived.shown(granted, everything(HISTORY))}
    assert seen == {row.id for row in ours}
    for table in METADATA.tables.values():
        if WALLS[table.name].auditor == "":
            with pytest.raises(ProgrammingError, match="permission denied"):
                lived.shown(granted, everything(table))
    assert lived.shown(Scope(role=DatabaseRole.AUDITOR), everything(REQUEST)) == []


@pytest.mark.rule("V40")
def test_who_counts_reads_no_column_that_says_whose_a_row_is(lived):
    held = lived.shown(COUNTS, sa.select(REQUEST.c.clinic_id, REQUEST.c.slot).where(REQUEST.c.slot_held))
    assert len(held) == 2
    for column in (REQUEST.c.id, REQUEST.c.person_id, OUTBOX.c.request_id):
        with pytest.raises(ProgrammingError, match="permission denied"):
            lived.shown(COUNTS, sa.select(column))


FOREIGN = {
    "request": lambda row, _: row | {"slot_held": False},
    "message": lambda row, _: row | {"n": 9, "clinic_message": None},
    "history": lambda row, _: row | {"n": 99, "prev": b"p" * 32},
    "medicine_list": lambda row, _: row | {"version": 99, "is_current": False},
    "membership": lambda row, house: (
        row | {"person_id": house.people[BOB], "clinic_id": house.clinics["havnen"].clinic}
    ),
    "setting": lambda row, _: row | {"version": 99, "is_current": False},
    "slot": lambda row, _: row | {"version": 99, "is_current": False},
    "inbox": lambda row, _: row | {"message_id": "new"},
    "log_in": lambda row, _: row | {"token_hash": b"t" * 32},
    "person_cpr": lambda row, _: row | {"cpr_index": b"i" * 32},
}


@pytest.mark.rule("V33")
@pytest.mark.parametrize("name", FOREIGN)
def test_nobody_leaves_a_row_with_others(lived, name):
    """A row of Carla's or Havnen's, as Alice and as Nygade; as the tables' owner it goes in, so it is a good row."""
    table, house = METADATA.tables[name], lived.house
    condition = {"person_id": house.people[CARLA], "clinic_id": house.clinics["havnen"].clinic}
    chosen = next((table.c[name] for name in condition if name in table.c), None)
    query = sa.select(table) if chosen is None else sa.select(table).where(chosen == condition[chosen.name])
    if name == "inbox":
        query = query.where(INBOX.c.source == house.clinics["havnen"].clinic)
    if name in {"message", "history"}:
        query = sa.select(table).join(REQUEST).where(REQUEST.c.person_id == house.people[CARLA])
    row = FOREIGN[name](dict(lived.there(query)[0]._mapping), house)
    row |= {column: house.new_id() for column in ("id",) if column in row}
    row |= {column: False for column in ("is_newest",) if column in row}  # a conversation has one of them
    insert = sa.insert(table).values(row)
    for scope in (NOTHING, lived.person(ALICE), lived.clinic("nygade")):
        with pytest.raises(ProgrammingError, match="row-level security"):
            lived.put(scope, insert)
    with house.database.writing() as connection:
        connection.execute(insert)


@pytest.mark.rule("V33")
def test_nobody_changes_a_row_of_others(lived):
    for table, change in (
        (MESSAGE, {"sealed": None}),
        (REQUEST, {"state": "closed"}),
        (ACCOUNT, {"language": "en"}),
        (MEDICINE_LIST, {"sealed": None}),
        (SETTING, {"by": "somebody"}),
        (SLOT, {"offered": False}),
    ):
        before = lived.there(sa.select(table))
        lived.put(NOTHING, sa.update(table).values(change))
        assert _differing(before, lived.there(sa.select(table))) == []
        lived.put(lived.person(ALICE), sa.update(table).values(change))
        shown = lived.shown(lived.person(ALICE), sa.select(table))
        assert _differing(shown, _differing(before, lived.there(sa.select(table)))) == []


def _differing(rows, others):
    """Return those of the others that are not among the rows."""
    return [row for row in others if row not in rows]
